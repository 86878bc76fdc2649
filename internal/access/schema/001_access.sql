-- A request to open a case file (phiếu yêu cầu khai thác hồ sơ). A live one is a right.
-- Moments that are compared by the checks below are seconds since 1970.
CREATE TABLE access_request (
  id               TEXT PRIMARY KEY,
  batch            TEXT NOT NULL,
  number           TEXT NOT NULL,
  kind             TEXT NOT NULL CHECK (kind IN ('request', 'emergency')),
  state            TEXT NOT NULL CHECK (state IN ('submitted', 'approved', 'active', 'refused', 'withdrawn', 'closed', 'expired', 'revoked')),
  case_id          TEXT NOT NULL,
  title            TEXT NOT NULL,
  asked            TEXT NOT NULL,
  seen             BOOLEAN NOT NULL,
  level            BIGINT NOT NULL,
  owner            TEXT NOT NULL,
  path             TEXT NOT NULL,
  office           TEXT NOT NULL,
  requester        TEXT NOT NULL,
  requester_name   TEXT NOT NULL,
  beneficiary      TEXT NOT NULL,
  beneficiary_name TEXT NOT NULL,
  mode             TEXT NOT NULL CHECK (mode IN ('read', 'copy')),
  parts            TEXT NOT NULL,
  whole            BOOLEAN NOT NULL,
  purpose          TEXT NOT NULL,
  basis            TEXT NOT NULL,
  from_s           BIGINT NOT NULL,
  to_s             BIGINT NOT NULL,
  made_s           BIGINT NOT NULL,
  due_s            BIGINT NOT NULL,
  approver         TEXT NOT NULL,
  approver_name    TEXT NOT NULL,
  decided_s        BIGINT NOT NULL,
  reason           TEXT NOT NULL,
  second           TEXT NOT NULL,
  second_name      TEXT NOT NULL,
  seconded_s       BIGINT NOT NULL,
  ended_s          BIGINT NOT NULL,
  ended_name       TEXT NOT NULL,
  ended_why        TEXT NOT NULL,
  review           TEXT NOT NULL CHECK (review IN ('', 'justified', 'unjustified')),
  reviewer         TEXT NOT NULL,
  reviewer_name    TEXT NOT NULL,
  review_note      TEXT NOT NULL,
  reviewed_s       BIGINT NOT NULL,
  UNIQUE (owner, number),
  -- Who asks, or would gain, does not decide; the second is not the first.
  CHECK (approver <> requester AND approver <> beneficiary),
  CHECK (second = '' OR second <> approver AND second <> requester AND second <> beneficiary),
  CHECK (reviewer = '' OR reviewer <> requester),
  CHECK (to_s > from_s AND to_s - from_s <= 2592000),
  -- Nothing opens without the decisions it needs, unless in an emergency.
  CHECK (state <> 'active' OR kind = 'emergency' OR approver <> '' AND (level = 0 OR second <> '')),
  CHECK (kind <> 'emergency' OR level <= 1 AND to_s - from_s <= 3600)
);
CREATE INDEX access_request_right ON access_request (beneficiary, state, to_s);
CREATE INDEX access_request_mine ON access_request (requester, id);
CREATE INDEX access_request_owner ON access_request (owner, id);
CREATE INDEX access_request_state ON access_request (state, to_s);
CREATE INDEX access_request_batch ON access_request (batch);
CREATE INDEX access_request_review ON access_request (requester, kind, review);

CREATE TABLE access_document (
  request  TEXT NOT NULL REFERENCES access_request (id),
  document TEXT NOT NULL,
  title    TEXT NOT NULL,
  PRIMARY KEY (request, document)
);

CREATE TABLE access_number (
  office TEXT NOT NULL,
  book   TEXT NOT NULL,
  year   BIGINT NOT NULL,
  last   BIGINT NOT NULL,
  PRIMARY KEY (office, book, year)
);

-- Whoever had to leave a case (từ chối, thay đổi người tiến hành tố tụng).
CREATE TABLE access_recusal (
  case_id TEXT NOT NULL,
  staff   TEXT NOT NULL,
  name    TEXT NOT NULL,
  reason  TEXT NOT NULL,
  at      TIMESTAMP NOT NULL,
  by_name TEXT NOT NULL,
  PRIMARY KEY (case_id, staff)
);
CREATE INDEX access_recusal_staff ON access_recusal (staff);

-- Reading of digitised papers by the accused and counsel (TTLT 02/2018).
CREATE TABLE access_reading (
  id           TEXT PRIMARY KEY,
  number       TEXT NOT NULL,
  office       TEXT NOT NULL,
  path         TEXT NOT NULL,
  case_id      TEXT NOT NULL,
  title        TEXT NOT NULL,
  reader       TEXT NOT NULL,
  capacity     TEXT NOT NULL CHECK (capacity IN ('accused', 'representative', 'counsel')),
  paper        TEXT NOT NULL,
  kinds        TEXT NOT NULL,
  received     TEXT NOT NULL,
  due          TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('received', 'allowed', 'refused', 'done')),
  registered   TEXT NOT NULL,
  registrar    TEXT NOT NULL,
  whole        BOOLEAN NOT NULL,
  decider      TEXT NOT NULL,
  decider_name TEXT NOT NULL,
  decided_s    BIGINT NOT NULL,
  reason       TEXT NOT NULL,
  made_s       BIGINT NOT NULL,
  UNIQUE (office, number),
  CHECK (state <> 'refused' OR reason <> '')
);
CREATE INDEX access_reading_office ON access_reading (office, id);

CREATE TABLE access_reading_document (
  reading  TEXT NOT NULL REFERENCES access_reading (id),
  document TEXT NOT NULL,
  title    TEXT NOT NULL,
  PRIMARY KEY (reading, document)
);

-- At most two sessions a day (n), of three hours at most.
CREATE TABLE access_session (
  id              TEXT PRIMARY KEY,
  reading         TEXT NOT NULL REFERENCES access_reading (id),
  day             TEXT NOT NULL,
  n               BIGINT NOT NULL CHECK (n IN (1, 2)),
  place           TEXT NOT NULL,
  supervisor      TEXT NOT NULL CHECK (supervisor <> ''),
  supervisor_name TEXT NOT NULL,
  begun_s         BIGINT NOT NULL,
  until_s         BIGINT NOT NULL,
  ended_s         BIGINT NOT NULL,
  minutes         TEXT NOT NULL,
  UNIQUE (reading, day, n),
  CHECK (until_s > begun_s AND until_s - begun_s <= 10800),
  CHECK (ended_s = 0 OR ended_s >= begun_s AND ended_s <= until_s)
);
