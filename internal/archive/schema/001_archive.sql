CREATE TABLE archive_file (
  dossier      TEXT PRIMARY KEY,
  case_id      TEXT NOT NULL,
  office       TEXT NOT NULL,
  path         TEXT NOT NULL,
  kind         TEXT NOT NULL,
  title        TEXT NOT NULL,
  words        TEXT NOT NULL,
  folios       BIGINT NOT NULL,
  stage        TEXT NOT NULL,
  closed       TEXT NOT NULL,
  rule         TEXT NOT NULL,
  rule_version BIGINT NOT NULL,
  permanent    BOOLEAN NOT NULL,
  until        TEXT NOT NULL,
  opinion      TEXT NOT NULL,
  package      TEXT NOT NULL,
  content      TEXT NOT NULL,
  changed      TIMESTAMP NOT NULL
);
CREATE INDEX archive_file_case ON archive_file (case_id);
CREATE INDEX archive_file_stage ON archive_file (path, stage, until);

CREATE TABLE archive_volume (
  id          TEXT PRIMARY KEY,
  dossier     TEXT NOT NULL REFERENCES archive_file (dossier),
  n           BIGINT NOT NULL,
  title       TEXT NOT NULL,
  first_folio BIGINT NOT NULL,
  last_folio  BIGINT NOT NULL,
  folios      BIGINT NOT NULL,
  room        TEXT NOT NULL,
  cabinet     TEXT NOT NULL,
  shelf       TEXT NOT NULL,
  words       TEXT NOT NULL,
  holder      TEXT NOT NULL,
  holder_name TEXT NOT NULL,
  slip        TEXT NOT NULL,
  destroyed   BOOLEAN NOT NULL,
  created     TIMESTAMP NOT NULL,
  by          TEXT NOT NULL,
  by_name     TEXT NOT NULL,
  UNIQUE (dossier, n)
);
CREATE INDEX archive_volume_holder ON archive_volume (holder, dossier);
CREATE INDEX archive_volume_slip ON archive_volume (slip);

CREATE TABLE archive_step (
  id      TEXT PRIMARY KEY,
  case_id TEXT NOT NULL,
  dossier TEXT NOT NULL,
  volume  TEXT NOT NULL,
  act     TEXT NOT NULL,
  place   TEXT NOT NULL,
  note    TEXT NOT NULL,
  at      TIMESTAMP NOT NULL,
  by      TEXT NOT NULL,
  by_name TEXT NOT NULL
);
CREATE INDEX archive_step_dossier ON archive_step (dossier, id);
CREATE INDEX archive_step_volume ON archive_step (volume, id);

CREATE TABLE archive_counter (
  office TEXT NOT NULL,
  kind   TEXT NOT NULL,
  year   BIGINT NOT NULL,
  last   BIGINT NOT NULL,
  PRIMARY KEY (office, kind, year)
);

CREATE TABLE archive_slip (
  id            TEXT PRIMARY KEY,
  case_id       TEXT NOT NULL,
  office        TEXT NOT NULL,
  path          TEXT NOT NULL,
  number        TEXT NOT NULL,
  borrower      TEXT NOT NULL,
  borrower_name TEXT NOT NULL,
  words         TEXT NOT NULL,
  purpose       TEXT NOT NULL,
  due           TEXT NOT NULL,
  approver      TEXT NOT NULL,
  approver_name TEXT NOT NULL,
  renewals      BIGINT NOT NULL,
  differs       BOOLEAN NOT NULL,
  lent          TIMESTAMP NOT NULL,
  lent_by       TEXT NOT NULL,
  lent_name     TEXT NOT NULL,
  returned      TIMESTAMP,
  returned_by   TEXT NOT NULL,
  returned_name TEXT NOT NULL,
  UNIQUE (office, number)
);
CREATE INDEX archive_slip_due ON archive_slip (path, due, id);
CREATE INDEX archive_slip_borrower ON archive_slip (borrower, due);

CREATE TABLE archive_slip_volume (
  slip        TEXT NOT NULL REFERENCES archive_slip (id),
  volume      TEXT NOT NULL REFERENCES archive_volume (id),
  folios      BIGINT NOT NULL,
  back        BIGINT NOT NULL,
  state       TEXT NOT NULL,
  PRIMARY KEY (slip, volume)
);

CREATE TABLE archive_renewal (
  id      TEXT PRIMARY KEY,
  slip    TEXT NOT NULL REFERENCES archive_slip (id),
  due     TEXT NOT NULL,
  was     TEXT NOT NULL,
  reason  TEXT NOT NULL,
  at      TIMESTAMP NOT NULL,
  by      TEXT NOT NULL,
  by_name TEXT NOT NULL
);
CREATE INDEX archive_renewal_slip ON archive_renewal (slip, id);

CREATE TABLE archive_handover (
  id         TEXT PRIMARY KEY,
  office     TEXT NOT NULL,
  path       TEXT NOT NULL,
  number     TEXT NOT NULL,
  giver      TEXT NOT NULL,
  giver_name TEXT NOT NULL,
  taker      TEXT NOT NULL,
  taker_name TEXT NOT NULL,
  reason     TEXT NOT NULL,
  note       TEXT NOT NULL,
  remarks    TEXT NOT NULL,
  made       TIMESTAMP NOT NULL,
  made_by    TEXT NOT NULL,
  given      TIMESTAMP,
  taken      TIMESTAMP,
  refused    TIMESTAMP,
  UNIQUE (office, number),
  CHECK (giver <> taker)
);
CREATE INDEX archive_handover_giver ON archive_handover (giver, id);
CREATE INDEX archive_handover_taker ON archive_handover (taker, id);

CREATE TABLE archive_handover_volume (
  handover TEXT NOT NULL REFERENCES archive_handover (id),
  volume   TEXT NOT NULL REFERENCES archive_volume (id),
  folios   BIGINT NOT NULL,
  counted  BIGINT NOT NULL,
  PRIMARY KEY (handover, volume)
);

CREATE TABLE archive_rule (
  code      TEXT NOT NULL,
  version   BIGINT NOT NULL,
  years     BIGINT NOT NULL,
  permanent BOOLEAN NOT NULL,
  counted   TEXT NOT NULL,
  source    TEXT NOT NULL,
  at        TIMESTAMP NOT NULL,
  by        TEXT NOT NULL,
  by_name   TEXT NOT NULL,
  PRIMARY KEY (code, version),
  CHECK (permanent AND years = 0 OR NOT permanent AND years > 0)
);

CREATE TABLE archive_hold (
  id          TEXT PRIMARY KEY,
  dossier     TEXT NOT NULL REFERENCES archive_file (dossier),
  reason      TEXT NOT NULL,
  at          TIMESTAMP NOT NULL,
  by          TEXT NOT NULL,
  by_name     TEXT NOT NULL,
  lifted      TIMESTAMP,
  lifted_by   TEXT NOT NULL,
  lifted_name TEXT NOT NULL,
  lifted_why  TEXT NOT NULL
);
CREATE INDEX archive_hold_dossier ON archive_hold (dossier, id);

CREATE TABLE archive_transfer (
  id         TEXT PRIMARY KEY,
  dossier    TEXT NOT NULL REFERENCES archive_file (dossier),
  case_id    TEXT NOT NULL,
  office     TEXT NOT NULL,
  number     TEXT NOT NULL,
  giver      TEXT NOT NULL,
  giver_name TEXT NOT NULL,
  package    TEXT NOT NULL,
  note       TEXT NOT NULL,
  rule       TEXT NOT NULL,
  until      TEXT NOT NULL,
  permanent  BOOLEAN NOT NULL,
  at         TIMESTAMP NOT NULL,
  by         TEXT NOT NULL,
  by_name    TEXT NOT NULL,
  UNIQUE (office, number),
  CHECK (giver <> by)
);
CREATE INDEX archive_transfer_dossier ON archive_transfer (dossier, id);

CREATE TABLE archive_destruction (
  id            TEXT PRIMARY KEY,
  office        TEXT NOT NULL,
  path          TEXT NOT NULL,
  number        TEXT NOT NULL,
  state         TEXT NOT NULL,
  basis         TEXT NOT NULL,
  proposed      TIMESTAMP NOT NULL,
  proposed_by   TEXT NOT NULL,
  proposed_name TEXT NOT NULL,
  decided       TIMESTAMP,
  decided_by    TEXT NOT NULL,
  decided_name  TEXT NOT NULL,
  why           TEXT NOT NULL,
  committee     TEXT NOT NULL,
  method        TEXT NOT NULL,
  day           TEXT NOT NULL,
  done          TIMESTAMP,
  done_by       TEXT NOT NULL,
  done_name     TEXT NOT NULL,
  proof         TEXT NOT NULL,
  UNIQUE (office, number),
  CHECK (decided_by = '' OR decided_by <> proposed_by),
  CHECK (state IN ('proposed', 'refused') OR decided_by <> '')
);
CREATE INDEX archive_destruction_path ON archive_destruction (path, id);

CREATE TABLE archive_destruction_file (
  destruction  TEXT NOT NULL REFERENCES archive_destruction (id),
  dossier      TEXT NOT NULL REFERENCES archive_file (dossier),
  case_id      TEXT NOT NULL,
  case_number  TEXT NOT NULL,
  case_name    TEXT NOT NULL,
  title        TEXT NOT NULL,
  folios       BIGINT NOT NULL,
  volumes      BIGINT NOT NULL,
  rule         TEXT NOT NULL,
  rule_version BIGINT NOT NULL,
  until        TEXT NOT NULL,
  package      TEXT NOT NULL,
  PRIMARY KEY (destruction, dossier)
);
CREATE INDEX archive_destruction_dossier ON archive_destruction_file (dossier);
