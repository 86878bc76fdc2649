-- The bytes of a state secret are deleted by two persons: who agreed, and when.
ALTER TABLE dossier_secret ADD COLUMN second TEXT NOT NULL DEFAULT '';
ALTER TABLE dossier_secret ADD COLUMN second_name TEXT NOT NULL DEFAULT '';
ALTER TABLE dossier_secret ADD COLUMN agreed TIMESTAMP;
