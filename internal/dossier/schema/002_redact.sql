ALTER TABLE dossier_document ADD COLUMN level BIGINT NOT NULL DEFAULT 0;

CREATE TABLE dossier_redaction (
  id         TEXT PRIMARY KEY,
  dossier    TEXT NOT NULL REFERENCES dossier (id),
  state      TEXT NOT NULL,
  recipient  TEXT NOT NULL,
  purpose    TEXT NOT NULL,
  ground     TEXT NOT NULL,
  rules      TEXT NOT NULL,
  pages      BIGINT NOT NULL,
  sha256     TEXT NOT NULL,
  size       BIGINT NOT NULL,
  created    TIMESTAMP NOT NULL,
  by         TEXT NOT NULL,
  by_name    TEXT NOT NULL,
  made       TIMESTAMP
);
CREATE INDEX dossier_redaction_dossier ON dossier_redaction (dossier, id);

CREATE TABLE dossier_redaction_page (
  redaction  TEXT NOT NULL REFERENCES dossier_redaction (id),
  n          BIGINT NOT NULL,
  page       TEXT NOT NULL,
  folio      BIGINT NOT NULL,
  picture    TEXT NOT NULL,
  words      TEXT NOT NULL,
  boxes      TEXT NOT NULL,
  checked    TIMESTAMP,
  checked_by TEXT NOT NULL,
  looked     TIMESTAMP,
  looked_by  TEXT NOT NULL,
  PRIMARY KEY (redaction, n),
  UNIQUE (redaction, page)
);

CREATE TABLE dossier_redaction_change (
  id        TEXT PRIMARY KEY,
  redaction TEXT NOT NULL REFERENCES dossier_redaction (id),
  n         BIGINT NOT NULL,
  act       TEXT NOT NULL,
  before    TEXT NOT NULL,
  undone    BOOLEAN NOT NULL,
  at        TIMESTAMP NOT NULL,
  by        TEXT NOT NULL,
  by_name   TEXT NOT NULL
);
CREATE INDEX dossier_redaction_change_of ON dossier_redaction_change (redaction, id);

CREATE TABLE dossier_secret (
  scan     TEXT PRIMARY KEY REFERENCES dossier_scan (id),
  dossier  TEXT NOT NULL REFERENCES dossier (id),
  state    TEXT NOT NULL,
  level    BIGINT NOT NULL,
  pages    TEXT NOT NULL,
  marked   BIGINT NOT NULL,
  sha256   TEXT NOT NULL,
  size     BIGINT NOT NULL,
  found    TIMESTAMP NOT NULL,
  place    TEXT NOT NULL,
  register TEXT NOT NULL,
  reason   TEXT NOT NULL,
  decided  TIMESTAMP,
  by       TEXT NOT NULL,
  by_name  TEXT NOT NULL
);
CREATE INDEX dossier_secret_dossier ON dossier_secret (dossier, found);
