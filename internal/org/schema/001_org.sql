CREATE TABLE org_office (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  short      TEXT NOT NULL,
  level      TEXT NOT NULL,
  parent     TEXT NOT NULL,
  path       TEXT NOT NULL UNIQUE,
  code       TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to   TEXT NOT NULL,
  successor  TEXT NOT NULL,
  source     TEXT NOT NULL,
  confidence TEXT NOT NULL,
  words      TEXT NOT NULL,
  edited     BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX org_office_parent ON org_office (parent);
CREATE INDEX org_office_successor ON org_office (successor);

CREATE TABLE org_staff (
  id         TEXT PRIMARY KEY,
  login      TEXT NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  office     TEXT NOT NULL REFERENCES org_office (id),
  rank       TEXT NOT NULL,
  post       TEXT NOT NULL,
  roles      TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to   TEXT NOT NULL,
  disabled   BOOLEAN NOT NULL,
  demo       BOOLEAN NOT NULL,
  created    TIMESTAMP NOT NULL,
  words      TEXT NOT NULL,
  sort       TEXT NOT NULL,
  password   TEXT NOT NULL,
  code       TEXT NOT NULL,
  code_until TIMESTAMP NOT NULL
);
CREATE INDEX org_staff_office ON org_staff (office);
CREATE UNIQUE INDEX org_staff_sort ON org_staff (sort);

CREATE TABLE org_session (
  id          TEXT PRIMARY KEY,
  token       TEXT NOT NULL UNIQUE,
  staff       TEXT NOT NULL REFERENCES org_staff (id),
  created     TIMESTAMP NOT NULL,
  seen        TIMESTAMP NOT NULL,
  address     TEXT NOT NULL,
  agent       TEXT NOT NULL,
  must_change BOOLEAN NOT NULL
);
CREATE INDEX org_session_staff ON org_session (staff);

CREATE TABLE org_throttle (
  name  TEXT PRIMARY KEY,
  fails BIGINT NOT NULL,
  last  TIMESTAMP NOT NULL
);

CREATE TABLE org_event (
  id      TEXT PRIMARY KEY,
  at      TIMESTAMP NOT NULL,
  actor   TEXT NOT NULL,
  verb    TEXT NOT NULL,
  object  TEXT NOT NULL,
  detail  TEXT NOT NULL,
  address TEXT NOT NULL
);
CREATE INDEX org_event_object ON org_event (object, id);

-- What other modules may know of a person.
CREATE VIEW org_staff_v AS SELECT id, name, office, rank, disabled FROM org_staff;
