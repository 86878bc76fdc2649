-- What an installation decided about a version of a rule. Rows are only added: the
-- last one that switches a rule says whether it is used.
CREATE TABLE law_decision (
  id      TEXT PRIMARY KEY,
  rule    TEXT NOT NULL,
  version TEXT NOT NULL,
  what    TEXT NOT NULL,
  staff   TEXT NOT NULL,
  name    TEXT NOT NULL,
  made    TIMESTAMP NOT NULL,
  reason  TEXT NOT NULL,
  digest  TEXT NOT NULL
);
CREATE INDEX law_decision_rule ON law_decision (rule, version);

-- Which packs this installation has worked with, and since when.
CREATE TABLE law_pack (
  id      TEXT PRIMARY KEY,
  digest  TEXT NOT NULL,
  version TEXT NOT NULL,
  since   TIMESTAMP NOT NULL
);

-- Held by whoever decides: one at a time, so that whoever computes again in the same
-- transaction computes from every decision there is.
CREATE TABLE law_lock (id TEXT PRIMARY KEY);
INSERT INTO law_lock (id) VALUES ('decide');
