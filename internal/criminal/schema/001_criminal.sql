CREATE TABLE criminal (
  id          TEXT PRIMARY KEY,
  number      TEXT NOT NULL,
  efile       TEXT NOT NULL,
  name        TEXT NOT NULL,
  office      TEXT NOT NULL REFERENCES org_office (id),
  office_path TEXT NOT NULL,
  stage       TEXT NOT NULL,
  status      TEXT NOT NULL,
  secrecy     BIGINT NOT NULL,
  key_case    BOOLEAN NOT NULL,
  opened      TEXT NOT NULL,
  created     TIMESTAMP NOT NULL,
  words       TEXT NOT NULL,
  sort        TEXT NOT NULL,
  UNIQUE (office, number)
);
CREATE INDEX criminal_opened ON criminal (opened, id);
CREATE INDEX criminal_sort ON criminal (sort, id);

CREATE TABLE criminal_person (
  case_id TEXT NOT NULL REFERENCES criminal (id),
  place   BIGINT NOT NULL,
  name    TEXT NOT NULL,
  role    TEXT NOT NULL,
  PRIMARY KEY (case_id, place)
);

CREATE TABLE criminal_assignment (
  id         TEXT PRIMARY KEY,
  case_id    TEXT NOT NULL REFERENCES criminal (id),
  staff      TEXT NOT NULL REFERENCES org_staff (id),
  task       TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to   TEXT NOT NULL
);
CREATE INDEX criminal_assignment_case ON criminal_assignment (case_id);

-- Whom a case is for; kept with every change in one transaction.
CREATE TABLE criminal_tag (
  case_id TEXT NOT NULL REFERENCES criminal (id),
  tag     TEXT NOT NULL,
  PRIMARY KEY (case_id, tag)
);
CREATE INDEX criminal_tag_tag ON criminal_tag (tag, case_id);
