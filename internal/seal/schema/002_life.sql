-- Offices that keep this journal's heads (witness_key), whose heads are kept here
-- (log_key), or both. Two people are needed for one to come and for one to go. sent is
-- the size of the last head it countersigned; alarm is 'fork', 'late' or ''.
CREATE TABLE seal_peer (
	id          TEXT      NOT NULL PRIMARY KEY,
	name        TEXT      NOT NULL,
	url         TEXT      NOT NULL,
	log_key     TEXT      NOT NULL,
	witness_key TEXT      NOT NULL,
	origin      TEXT      NOT NULL,
	owner       TEXT      NOT NULL,
	state       TEXT      NOT NULL,
	asked_by    TEXT      NOT NULL,
	asked_name  TEXT      NOT NULL,
	asked_at    TIMESTAMP NOT NULL,
	agreed_by   TEXT      NOT NULL,
	agreed_name TEXT      NOT NULL,
	agreed_at   TIMESTAMP,
	sent        BIGINT    NOT NULL,
	reached_at  TIMESTAMP,
	tried_at    TIMESTAMP,
	trouble     TEXT      NOT NULL,
	alarm       TEXT      NOT NULL,
	alarm_at    TIMESTAMP,
	alarm_text  TEXT      NOT NULL
);
CREATE INDEX seal_peer_state ON seal_peer (state, origin);

-- What witnesses signed under heads of this journal: a line of a signed note each.
CREATE TABLE seal_cosigned (
	size    BIGINT    NOT NULL,
	witness TEXT      NOT NULL,
	line    TEXT      NOT NULL,
	at      TIMESTAMP NOT NULL,
	PRIMARY KEY (size, witness)
);

-- Keys of the journal, oldest first. leaf and proof are the entry that hands over to
-- the key, and its place under a head that the key before and the key signed; empty for
-- the first, and for one that came without a hand-over.
CREATE TABLE seal_key (
	vkey  TEXT      NOT NULL PRIMARY KEY,
	since TIMESTAMP NOT NULL,
	leaf  TEXT      NOT NULL,
	proof TEXT      NOT NULL
);

-- A row of seal_certified that was renewed names the row that renewed it; trouble is
-- why the last try failed. words is what it is found by, folded. record is an evidence record (RFC 4998, base64) that proves
-- the bytes where the file itself was not changed; batch is where its timestamp stands.
ALTER TABLE seal_certified ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE seal_certified ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE seal_certified ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE seal_certified ADD COLUMN next TEXT NOT NULL DEFAULT '';
ALTER TABLE seal_certified ADD COLUMN tried_at TIMESTAMP;
ALTER TABLE seal_certified ADD COLUMN trouble TEXT NOT NULL DEFAULT '';
ALTER TABLE seal_certified ADD COLUMN record TEXT NOT NULL DEFAULT '';
ALTER TABLE seal_certified ADD COLUMN batch TEXT NOT NULL DEFAULT '';
CREATE INDEX seal_certified_live ON seal_certified (next, good_to);
CREATE INDEX seal_certified_owner ON seal_certified (next, at, id);

-- Timestamps over many documents at once, with what proves the authority's certificate.
CREATE TABLE seal_batch (
	id       TEXT      NOT NULL PRIMARY KEY,
	root     TEXT      NOT NULL,
	token    TEXT      NOT NULL,
	evidence TEXT      NOT NULL,
	count    INTEGER   NOT NULL,
	at       TIMESTAMP NOT NULL,
	good_to  TIMESTAMP NOT NULL
);

UPDATE seal_certified SET owner = COALESCE((SELECT e.owner FROM seal_entry e WHERE e.object = seal_certified.object AND e.verb = 'seal.certify' ORDER BY e.n DESC LIMIT 1), '');
