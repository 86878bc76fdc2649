-- The journal. leaf is what the tree holds and what counts; the columns beside it
-- repeat some of it, to be found by, and are checked against it (Check).
CREATE TABLE seal_entry (
	n       BIGINT    NOT NULL PRIMARY KEY,
	at      TIMESTAMP NOT NULL,
	actor   TEXT      NOT NULL,
	verb    TEXT      NOT NULL,
	object  TEXT      NOT NULL,
	case_id TEXT      NOT NULL,
	owner   TEXT      NOT NULL,
	leaf    TEXT      NOT NULL
);
CREATE INDEX seal_entry_case ON seal_entry (case_id, n);
CREATE INDEX seal_entry_actor ON seal_entry (actor, n);
CREATE INDEX seal_entry_object ON seal_entry (object, n);
CREATE INDEX seal_entry_at ON seal_entry (at);

-- The hashes of the tree, in the order of golang.org/x/mod/sumdb/tlog.
CREATE TABLE seal_hash (
	i    BIGINT NOT NULL PRIMARY KEY,
	hash TEXT   NOT NULL
);

-- How many entries there are. Whoever appends holds this row.
CREATE TABLE seal_size (
	one  INTEGER NOT NULL PRIMARY KEY,
	size BIGINT  NOT NULL
);
INSERT INTO seal_size (one, size) VALUES (1, 0);

-- Heads of the tree as they were signed, with what witnesses and the timestamp
-- authority added.
CREATE TABLE seal_head (
	size  BIGINT    NOT NULL PRIMARY KEY,
	root  TEXT      NOT NULL,
	note  TEXT      NOT NULL,
	token TEXT      NOT NULL,
	at    TIMESTAMP NOT NULL
);

-- The last head of every other journal this one is a witness of.
CREATE TABLE seal_seen (
	origin TEXT      NOT NULL PRIMARY KEY,
	vkey   TEXT      NOT NULL,
	size   BIGINT    NOT NULL,
	note   TEXT      NOT NULL,
	at     TIMESTAMP NOT NULL
);

-- What was certified: the bytes before and after, by whom, and until when the proof
-- holds without being renewed.
CREATE TABLE seal_certified (
	id      TEXT      NOT NULL PRIMARY KEY,
	object  TEXT      NOT NULL,
	case_id TEXT      NOT NULL,
	source  TEXT      NOT NULL,
	result  TEXT      NOT NULL,
	signer  TEXT      NOT NULL,
	office  TEXT      NOT NULL,
	n       BIGINT    NOT NULL,
	at      TIMESTAMP NOT NULL,
	good_to TIMESTAMP NOT NULL,
	renews  TEXT      NOT NULL
);
CREATE INDEX seal_certified_object ON seal_certified (object, at);
CREATE INDEX seal_certified_good ON seal_certified (good_to);
