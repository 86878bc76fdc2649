-- Who had to leave a case, and until when: what ended stays to be seen.
CREATE TABLE access_exclusion (
  id           TEXT PRIMARY KEY,
  case_id      TEXT NOT NULL,
  title        TEXT NOT NULL,
  owner        TEXT NOT NULL, -- of the case, now
  staff        TEXT NOT NULL,
  name         TEXT NOT NULL,
  kind         TEXT NOT NULL CHECK (kind IN ('refused', 'replaced')),
  reason       TEXT NOT NULL,
  basis        TEXT NOT NULL,
  at           TIMESTAMP NOT NULL,
  by_name      TEXT NOT NULL,
  ended_s      BIGINT NOT NULL,
  ended_name   TEXT NOT NULL,
  ended_reason TEXT NOT NULL,
  ended_basis  TEXT NOT NULL,
  CHECK (ended_s = 0 OR ended_reason <> '')
);
CREATE UNIQUE INDEX access_exclusion_live ON access_exclusion (case_id, staff) WHERE ended_s = 0;
CREATE INDEX access_exclusion_staff ON access_exclusion (staff) WHERE ended_s = 0;
CREATE INDEX access_exclusion_owner ON access_exclusion (owner, id);
INSERT INTO access_exclusion (id, case_id, title, owner, staff, name, kind, reason, basis, at, by_name, ended_s, ended_name, ended_reason, ended_basis)
  SELECT case_id || '-' || staff, case_id, '', '', staff, name, 'replaced', reason, '', at, by_name, 0, '', '', '' FROM access_recusal;
DROP TABLE access_recusal;

-- A request that a detained person handed in where they are held: the paper is on its
-- way while received is ''.
ALTER TABLE access_reading ADD COLUMN facility TEXT NOT NULL DEFAULT '';
ALTER TABLE access_reading ADD COLUMN handed TEXT NOT NULL DEFAULT '';
ALTER TABLE access_reading ADD COLUMN forward_due TEXT NOT NULL DEFAULT '';
CREATE INDEX access_reading_waiting ON access_reading (due) WHERE state = 'received';

-- What was told once: that something is soon due, or late.
CREATE TABLE access_reminder (
  object TEXT NOT NULL,
  kind   TEXT NOT NULL,
  due_s  BIGINT NOT NULL,
  PRIMARY KEY (object, kind, due_s)
);
