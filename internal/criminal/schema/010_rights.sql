-- By which version of access/policy the tags were written; a job writes them anew.
CREATE TABLE criminal_policy (
	one     INTEGER NOT NULL PRIMARY KEY,
	version INTEGER NOT NULL
);
INSERT INTO criminal_policy (one, version) VALUES (1, 0);

-- A request for access names a case by its number or its national code.
CREATE INDEX criminal_by_number ON criminal (number);
CREATE INDEX criminal_by_efile ON criminal (efile);
