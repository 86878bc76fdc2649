-- Whether somebody was at fault for what a line of a figure says (đánh giá lỗi): as it
-- was decided last, and whether a proposal waits. Every step is in quality_fault_step.
CREATE TABLE quality_fault (
	id      TEXT   NOT NULL PRIMARY KEY,
	case_id TEXT   NOT NULL,
	act     TEXT   NOT NULL,
	person  TEXT   NOT NULL,
	figure  TEXT   NOT NULL,
	verdict TEXT   NOT NULL,
	party   TEXT   NOT NULL,
	staff   TEXT   NOT NULL,
	waiting TEXT   NOT NULL,
	rev     BIGINT NOT NULL,
	UNIQUE (figure, case_id, act, person)
);

CREATE TABLE quality_fault_step (
	fault   TEXT      NOT NULL REFERENCES quality_fault (id),
	n       BIGINT    NOT NULL,
	verb    TEXT      NOT NULL,
	verdict TEXT      NOT NULL,
	party   TEXT      NOT NULL,
	staff   TEXT      NOT NULL,
	why     TEXT      NOT NULL,
	folios  TEXT      NOT NULL,
	by_id   TEXT      NOT NULL,
	by_name TEXT      NOT NULL,
	at      TIMESTAMP NOT NULL,
	PRIMARY KEY (fault, n)
);

-- What an indicator showed when its period was closed (revision 0), and every later time
-- that somebody took note that it had changed, with the reason.
CREATE TABLE quality_result (
	office      TEXT      NOT NULL,
	period      TEXT      NOT NULL,
	indicator   TEXT      NOT NULL,
	revision    BIGINT    NOT NULL,
	target_set  TEXT      NOT NULL,
	digest      TEXT      NOT NULL,
	numerator   BIGINT    NOT NULL,
	denominator BIGINT    NOT NULL,
	target      TEXT      NOT NULL,
	state       TEXT      NOT NULL,
	reason      TEXT      NOT NULL,
	by_id       TEXT      NOT NULL,
	by_name     TEXT      NOT NULL,
	at          TIMESTAMP NOT NULL,
	PRIMARY KEY (office, period, indicator, revision)
);

-- What an office says about a value of its own (giải trình).
CREATE TABLE quality_note (
	id        TEXT      NOT NULL PRIMARY KEY,
	office    TEXT      NOT NULL,
	period    TEXT      NOT NULL,
	indicator TEXT      NOT NULL,
	body      TEXT      NOT NULL,
	by_id     TEXT      NOT NULL,
	by_name   TEXT      NOT NULL,
	at        TIMESTAMP NOT NULL
);
CREATE INDEX quality_note_of ON quality_note (office, period, indicator);

-- Switches that the supreme office sets: every change is a row, the last one holds.
CREATE TABLE quality_switch (
	name    TEXT      NOT NULL,
	n       BIGINT    NOT NULL,
	state   BOOLEAN   NOT NULL,
	reason  TEXT      NOT NULL,
	by_id   TEXT      NOT NULL,
	by_name TEXT      NOT NULL,
	at      TIMESTAMP NOT NULL,
	PRIMARY KEY (name, n)
);
