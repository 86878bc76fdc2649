-- The rows of a list that is brought in: what each would make, and what it made.
CREATE TABLE criminal_import_row (
  import  TEXT NOT NULL REFERENCES criminal_import (id),
  n       BIGINT NOT NULL,
  cells   TEXT NOT NULL,
  state   TEXT NOT NULL,
  plan    TEXT NOT NULL,
  case_id TEXT NOT NULL,
  made    BOOLEAN NOT NULL,
  person  TEXT NOT NULL,
  acts    TEXT NOT NULL,
  reason  TEXT NOT NULL,
  PRIMARY KEY (import, n)
);
CREATE INDEX criminal_import_row_state ON criminal_import_row (import, state, n);
