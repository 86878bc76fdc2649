-- A letter from another module says where one acts on it.
ALTER TABLE deadline_inbox ADD COLUMN href TEXT NOT NULL DEFAULT '';
