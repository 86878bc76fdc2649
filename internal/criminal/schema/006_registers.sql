-- A register of many offices is walked by its kinds of act.
CREATE INDEX criminal_act_kind ON criminal_act (kind, at, id);
