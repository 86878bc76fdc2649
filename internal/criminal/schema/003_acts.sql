-- Where a case stands follows from its acts; these columns keep the answer for lists.
ALTER TABLE criminal ADD COLUMN class TEXT NOT NULL DEFAULT '';
ALTER TABLE criminal ADD COLUMN acts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE criminal ADD COLUMN parent TEXT NOT NULL DEFAULT '';
CREATE INDEX criminal_office ON criminal (office, id);

-- Other numbers of a case: of the police, of the court, of before.
CREATE TABLE criminal_alias (
  case_id TEXT NOT NULL REFERENCES criminal (id),
  code    TEXT NOT NULL,
  whose   TEXT NOT NULL,
  PRIMARY KEY (case_id, code)
);
CREATE INDEX criminal_alias_code ON criminal_alias (code);

ALTER TABLE criminal_person ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE criminal_person ADD COLUMN entity BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE criminal_person ADD COLUMN capacity TEXT NOT NULL DEFAULT '';
ALTER TABLE criminal_person ADD COLUMN born TEXT NOT NULL DEFAULT '';
ALTER TABLE criminal_person ADD COLUMN died TEXT NOT NULL DEFAULT '';
ALTER TABLE criminal_person ADD COLUMN id_number TEXT NOT NULL DEFAULT '';
ALTER TABLE criminal_person ADD COLUMN sort TEXT NOT NULL DEFAULT '';
ALTER TABLE criminal_person ADD COLUMN particulars TEXT NOT NULL DEFAULT '';
UPDATE criminal_person SET id = case_id || '.' || place;
CREATE UNIQUE INDEX criminal_person_id ON criminal_person (id);
CREATE INDEX criminal_person_sort ON criminal_person (sort);
CREATE INDEX criminal_person_number ON criminal_person (id_number);

-- The ledger. A row is never changed but for "stands", which says in one place what
-- the later rows say: that none of them supersedes it.
CREATE TABLE criminal_act (
  id         TEXT PRIMARY KEY,
  case_id    TEXT NOT NULL REFERENCES criminal (id),
  seq        BIGINT NOT NULL,
  office     TEXT NOT NULL,
  kind       TEXT NOT NULL,
  at         TEXT NOT NULL,
  number     TEXT NOT NULL,
  who        TEXT NOT NULL,
  issuer     TEXT NOT NULL,
  signer     TEXT NOT NULL,
  parties    TEXT NOT NULL,
  until_at   TEXT NOT NULL,
  charges    TEXT NOT NULL,
  reason     TEXT NOT NULL,
  fields     TEXT NOT NULL,
  note       TEXT NOT NULL,
  document   TEXT NOT NULL,
  folio      BIGINT NOT NULL,
  supersedes TEXT NOT NULL,
  void       BOOLEAN NOT NULL,
  why        TEXT NOT NULL,
  flags      TEXT NOT NULL,
  entered    TIMESTAMP NOT NULL,
  author     TEXT NOT NULL,
  stands     BOOLEAN NOT NULL,
  UNIQUE (case_id, seq)
);
CREATE INDEX criminal_act_register ON criminal_act (office, kind, at, id);
CREATE INDEX criminal_act_document ON criminal_act (document);

-- The books numbers are taken from (sổ cấp số). A number that was given stays given.
CREATE TABLE criminal_book (
  office TEXT NOT NULL,
  book   TEXT NOT NULL,
  year   BIGINT NOT NULL,
  last   BIGINT NOT NULL,
  PRIMARY KEY (office, book, year)
);
CREATE TABLE criminal_number (
  office TEXT NOT NULL,
  book   TEXT NOT NULL,
  year   BIGINT NOT NULL,
  n      BIGINT NOT NULL,
  act    TEXT NOT NULL,
  case_id TEXT NOT NULL,
  issued TIMESTAMP NOT NULL,
  author TEXT NOT NULL,
  void   TEXT NOT NULL,
  PRIMARY KEY (office, book, year, n)
);

CREATE INDEX criminal_number_act ON criminal_number (act);

-- Acts that a scanned paper seems to prove, until a person says yes or no.
CREATE TABLE criminal_proposal (
  id       TEXT PRIMARY KEY,
  case_id  TEXT NOT NULL REFERENCES criminal (id),
  dossier  TEXT NOT NULL,
  document TEXT NOT NULL UNIQUE,
  folio    BIGINT NOT NULL,
  paper    TEXT NOT NULL,
  title    TEXT NOT NULL,
  kind     TEXT NOT NULL,
  number   TEXT NOT NULL,
  at       TEXT NOT NULL,
  issuer   TEXT NOT NULL,
  signer   TEXT NOT NULL,
  names    TEXT NOT NULL,
  charges  TEXT NOT NULL,
  state    TEXT NOT NULL,
  act      TEXT NOT NULL,
  made     TIMESTAMP NOT NULL
);
CREATE INDEX criminal_proposal_case ON criminal_proposal (case_id, state, id);

-- Lists brought in from elsewhere: what came, what became of each row, and the way back.
CREATE TABLE criminal_import (
  id      TEXT PRIMARY KEY,
  office  TEXT NOT NULL,
  author  TEXT NOT NULL,
  made    TIMESTAMP NOT NULL,
  name    TEXT NOT NULL,
  state   TEXT NOT NULL,
  content TEXT NOT NULL
);
CREATE INDEX criminal_import_office ON criminal_import (office, id);
