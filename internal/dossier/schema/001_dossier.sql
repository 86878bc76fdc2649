CREATE TABLE dossier (
  id         TEXT PRIMARY KEY,
  case_id    TEXT NOT NULL,
  office     TEXT NOT NULL,
  kind       TEXT NOT NULL,
  title      TEXT NOT NULL,
  words      TEXT NOT NULL,
  state      TEXT NOT NULL,
  stage      TEXT NOT NULL,
  last_folio BIGINT NOT NULL,
  pages      BIGINT NOT NULL,
  created    TIMESTAMP NOT NULL,
  created_by TEXT NOT NULL,
  closed     TIMESTAMP,
  closed_by  TEXT NOT NULL
);
CREATE INDEX dossier_case ON dossier (case_id, id);
CREATE INDEX dossier_office ON dossier (office, id);

CREATE TABLE dossier_upload (
  id       TEXT PRIMARY KEY,
  dossier  TEXT NOT NULL REFERENCES dossier (id),
  name     TEXT NOT NULL,
  size     BIGINT NOT NULL,
  scan     TEXT NOT NULL,
  started  TIMESTAMP NOT NULL,
  by       TEXT NOT NULL
);
CREATE INDEX dossier_upload_dossier ON dossier_upload (dossier, id);

CREATE TABLE dossier_scan (
  id       TEXT PRIMARY KEY,
  dossier  TEXT NOT NULL REFERENCES dossier (id),
  seq      BIGINT NOT NULL,
  name     TEXT NOT NULL,
  sha256   TEXT NOT NULL,
  size     BIGINT NOT NULL,
  kind     TEXT NOT NULL,
  state    TEXT NOT NULL,
  reason   TEXT NOT NULL,
  pages    BIGINT NOT NULL,
  done     BIGINT NOT NULL,
  bad      BIGINT NOT NULL,
  signed   BOOLEAN NOT NULL,
  via      TEXT NOT NULL,
  received TIMESTAMP NOT NULL,
  by       TEXT NOT NULL,
  UNIQUE (dossier, seq),
  UNIQUE (dossier, sha256)
);

CREATE TABLE dossier_document (
  id         TEXT PRIMARY KEY,
  dossier    TEXT NOT NULL REFERENCES dossier (id),
  kind       TEXT NOT NULL,
  form       BIGINT NOT NULL,
  evidence   TEXT NOT NULL,
  title      TEXT NOT NULL,
  number     TEXT NOT NULL,
  date       TEXT NOT NULL,
  issuer     TEXT NOT NULL,
  signer     TEXT NOT NULL,
  persons    TEXT NOT NULL,
  articles   TEXT NOT NULL,
  seen       TEXT NOT NULL,
  confidence DOUBLE PRECISION NOT NULL,
  state      TEXT NOT NULL,
  accepted   TIMESTAMP,
  accepted_by TEXT NOT NULL,
  pdf        TEXT NOT NULL,
  pdf_state  TEXT NOT NULL
);
CREATE INDEX dossier_document_dossier ON dossier_document (dossier, id);

CREATE TABLE dossier_page (
  id         TEXT PRIMARY KEY,
  dossier    TEXT NOT NULL REFERENCES dossier (id),
  scan       TEXT NOT NULL,
  n          BIGINT NOT NULL,
  part       BIGINT NOT NULL,
  position   BIGINT NOT NULL,
  document   TEXT NOT NULL,
  state      TEXT NOT NULL,
  folio      BIGINT NOT NULL,
  label      BIGINT NOT NULL,
  picture    TEXT NOT NULL,
  format     TEXT NOT NULL,
  w          BIGINT NOT NULL,
  h          BIGINT NOT NULL,
  dpi        BIGINT NOT NULL,
  rotation   BIGINT NOT NULL,
  turn       BIGINT NOT NULL,
  skew       DOUBLE PRECISION NOT NULL,
  blank      BOOLEAN NOT NULL,
  spread     BOOLEAN NOT NULL,
  twin       TEXT NOT NULL,
  twin_exact BOOLEAN NOT NULL,
  hash       TEXT NOT NULL,
  confidence DOUBLE PRECISION NOT NULL,
  words      TEXT NOT NULL,
  access     TEXT NOT NULL,
  thumb      TEXT NOT NULL,
  locked     BOOLEAN NOT NULL,
  reader     BIGINT NOT NULL,
  problem    TEXT NOT NULL,
  version    BIGINT NOT NULL,
  read_at    TIMESTAMP NOT NULL,
  UNIQUE (scan, n, part)
);
CREATE INDEX dossier_page_order ON dossier_page (dossier, position);
CREATE INDEX dossier_page_document ON dossier_page (document, position);
CREATE INDEX dossier_page_weak ON dossier_page (dossier, locked, confidence);

CREATE TABLE dossier_page_version (
  page    TEXT NOT NULL REFERENCES dossier_page (id),
  version BIGINT NOT NULL,
  scan    TEXT NOT NULL,
  picture TEXT NOT NULL,
  format  TEXT NOT NULL,
  w       BIGINT NOT NULL,
  h       BIGINT NOT NULL,
  dpi     BIGINT NOT NULL,
  rotation BIGINT NOT NULL,
  skew    DOUBLE PRECISION NOT NULL,
  words   TEXT NOT NULL,
  access  TEXT NOT NULL,
  thumb   TEXT NOT NULL,
  reason  TEXT NOT NULL,
  at      TIMESTAMP NOT NULL,
  by      TEXT NOT NULL,
  PRIMARY KEY (page, version)
);

CREATE TABLE dossier_folio (
  dossier TEXT NOT NULL REFERENCES dossier (id),
  folio   BIGINT NOT NULL,
  page    TEXT NOT NULL,
  stage   TEXT NOT NULL,
  stamp   TEXT NOT NULL,
  at      TIMESTAMP NOT NULL,
  by      TEXT NOT NULL,
  PRIMARY KEY (dossier, folio),
  UNIQUE (page)
);

CREATE TABLE dossier_remark (
  id      TEXT PRIMARY KEY,
  dossier TEXT NOT NULL REFERENCES dossier (id),
  folio   BIGINT NOT NULL,
  kind    TEXT NOT NULL,
  reason  TEXT NOT NULL,
  at      TIMESTAMP NOT NULL,
  by      TEXT NOT NULL,
  by_name TEXT NOT NULL
);
CREATE INDEX dossier_remark_dossier ON dossier_remark (dossier, folio);

CREATE TABLE dossier_change (
  id      TEXT PRIMARY KEY,
  dossier TEXT NOT NULL REFERENCES dossier (id),
  act     TEXT NOT NULL,
  before  TEXT NOT NULL,
  undone  BOOLEAN NOT NULL,
  at      TIMESTAMP NOT NULL,
  by      TEXT NOT NULL,
  by_name TEXT NOT NULL
);
CREATE INDEX dossier_change_dossier ON dossier_change (dossier, id);

CREATE TABLE dossier_mark (
  id      TEXT PRIMARY KEY,
  dossier TEXT NOT NULL REFERENCES dossier (id),
  page    TEXT NOT NULL REFERENCES dossier_page (id),
  kind    TEXT NOT NULL,
  boxes   TEXT NOT NULL,
  evidence TEXT NOT NULL,
  colour  TEXT NOT NULL,
  text    TEXT NOT NULL,
  shared  BOOLEAN NOT NULL,
  at      TIMESTAMP NOT NULL,
  by      TEXT NOT NULL,
  by_name TEXT NOT NULL
);
CREATE INDEX dossier_mark_page ON dossier_mark (page, id);
CREATE INDEX dossier_mark_dossier ON dossier_mark (dossier, id);

CREATE TABLE dossier_group (
  office   TEXT NOT NULL,
  code     TEXT NOT NULL,
  name     TEXT NOT NULL,
  hidden   BOOLEAN NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (office, code)
);

CREATE TABLE dossier_paper_line (
  dossier  TEXT NOT NULL REFERENCES dossier (id),
  line     BIGINT NOT NULL,
  title    TEXT NOT NULL,
  pages    BIGINT NOT NULL,
  first    BIGINT NOT NULL,
  last     BIGINT NOT NULL,
  PRIMARY KEY (dossier, line)
);

CREATE TABLE dossier_exhibit (
  id       TEXT PRIMARY KEY,
  dossier  TEXT NOT NULL REFERENCES dossier (id),
  code     TEXT NOT NULL,
  name     TEXT NOT NULL,
  kind     TEXT NOT NULL,
  about    TEXT NOT NULL,
  measures TEXT NOT NULL,
  page     TEXT NOT NULL REFERENCES dossier_page (id),
  words    TEXT NOT NULL,
  created  TIMESTAMP NOT NULL,
  by       TEXT NOT NULL,
  by_name  TEXT NOT NULL,
  UNIQUE (dossier, code)
);

CREATE TABLE dossier_exhibit_file (
  id      TEXT PRIMARY KEY,
  exhibit TEXT NOT NULL REFERENCES dossier_exhibit (id),
  name    TEXT NOT NULL,
  sha256  TEXT NOT NULL,
  size    BIGINT NOT NULL,
  type    TEXT NOT NULL,
  at      TIMESTAMP NOT NULL,
  by      TEXT NOT NULL,
  by_name TEXT NOT NULL,
  UNIQUE (exhibit, sha256)
);

CREATE TABLE dossier_custody (
  id      TEXT PRIMARY KEY,
  exhibit TEXT NOT NULL REFERENCES dossier_exhibit (id),
  act     TEXT NOT NULL,
  giver   TEXT NOT NULL,
  taker   TEXT NOT NULL,
  place   TEXT NOT NULL,
  day     TEXT NOT NULL,
  note    TEXT NOT NULL,
  at      TIMESTAMP NOT NULL,
  by      TEXT NOT NULL,
  by_name TEXT NOT NULL
);
CREATE INDEX dossier_custody_exhibit ON dossier_custody (exhibit, day, id);
