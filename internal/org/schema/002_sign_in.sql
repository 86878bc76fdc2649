-- Who signed in before this must do so once more: nobody wrote down how they did.
DROP TABLE org_session;
CREATE TABLE org_session (
  id          TEXT PRIMARY KEY,
  token       TEXT NOT NULL UNIQUE,
  staff       TEXT NOT NULL REFERENCES org_staff (id),
  created     TIMESTAMP NOT NULL,
  seen        TIMESTAMP NOT NULL,
  address     TEXT NOT NULL,
  agent       TEXT NOT NULL,
  must_change BOOLEAN NOT NULL,
  method      TEXT NOT NULL,
  proved      TIMESTAMP NOT NULL
);
CREATE INDEX org_session_staff ON org_session (staff);

-- step is the last step of 30 seconds whose code was used.
CREATE TABLE org_totp (
  staff   TEXT PRIMARY KEY REFERENCES org_staff (id),
  secret  TEXT NOT NULL,
  step    BIGINT NOT NULL,
  created TIMESTAMP NOT NULL
);

CREATE TABLE org_recovery (
  staff TEXT NOT NULL REFERENCES org_staff (id),
  code  TEXT NOT NULL,
  PRIMARY KEY (staff, code)
);

CREATE TABLE org_passkey (
  id      TEXT PRIMARY KEY,
  staff   TEXT NOT NULL REFERENCES org_staff (id),
  name    TEXT NOT NULL,
  data    TEXT NOT NULL,
  created TIMESTAMP NOT NULL,
  used    TIMESTAMP NOT NULL
);
CREATE INDEX org_passkey_staff ON org_passkey (staff);

-- What is kept between two steps of signing in.
CREATE TABLE org_try (
  token TEXT PRIMARY KEY,
  kind  TEXT NOT NULL,
  staff TEXT NOT NULL,
  data  TEXT NOT NULL,
  ends  TIMESTAMP NOT NULL
);
