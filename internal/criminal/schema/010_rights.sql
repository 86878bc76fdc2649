-- By which version of access/policy the tags were written; a job writes them anew.
CREATE TABLE criminal_policy (
	one     INTEGER NOT NULL PRIMARY KEY,
	version INTEGER NOT NULL
);
INSERT INTO criminal_policy (one, version) VALUES (1, 0);
