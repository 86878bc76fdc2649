-- How far the journal was looked through for unusual ways of reading.
CREATE TABLE access_watched (
  one BIGINT PRIMARY KEY CHECK (one = 1),
  n   BIGINT NOT NULL -- lines before this place
);
INSERT INTO access_watched (one, n) VALUES (1, 0);

-- When somebody did anything last; and when they last came back, after how many days.
CREATE TABLE access_last (
  actor  TEXT PRIMARY KEY,
  at_s   BIGINT NOT NULL,
  back_s BIGINT NOT NULL,
  days   BIGINT NOT NULL
);

-- Something unusual (dấu hiệu bất thường), until a person has looked at it.
CREATE TABLE access_unusual (
  id           TEXT PRIMARY KEY,
  rule         TEXT NOT NULL,
  rules        TEXT NOT NULL, -- their version
  actor        TEXT NOT NULL,
  actor_name   TEXT NOT NULL,
  office       TEXT NOT NULL, -- of the actor
  path         TEXT NOT NULL,
  from_s       BIGINT NOT NULL,
  to_s         BIGINT NOT NULL,
  found        BIGINT NOT NULL,
  made_s       BIGINT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('open', 'dismissed', 'confirmed')),
  decided_s    BIGINT NOT NULL,
  decider      TEXT NOT NULL,
  decider_name TEXT NOT NULL,
  reason       TEXT NOT NULL,
  CHECK (state = 'open' OR reason <> '' AND decider <> '' AND decider <> actor)
);
CREATE INDEX access_unusual_path ON access_unusual (path, id);
CREATE INDEX access_unusual_open ON access_unusual (actor, rule) WHERE state = 'open';

CREATE TABLE access_unusual_line (
  unusual TEXT NOT NULL REFERENCES access_unusual (id),
  n       BIGINT NOT NULL,
  at_s    BIGINT NOT NULL,
  verb    TEXT NOT NULL,
  owner   TEXT NOT NULL,
  rule    TEXT NOT NULL,
  detail  TEXT NOT NULL,
  PRIMARY KEY (unusual, n)
);
