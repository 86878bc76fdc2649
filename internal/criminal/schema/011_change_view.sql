-- What was corrected or taken out of the ledgers: the act that did it, and what it took
-- the place of.
CREATE VIEW criminal_change_v AS
  SELECT n.case_id, n.seq, n.id, n.office, n.kind, n.at, n.void, n.why, n.entered, n.author, o.id AS was, o.kind AS was_kind, o.at AS was_at, o.entered AS was_entered
  FROM criminal_act n JOIN criminal_act o ON o.id = n.supersedes WHERE n.supersedes <> '';
CREATE INDEX criminal_act_changed ON criminal_act (office, entered) WHERE supersedes <> '';
