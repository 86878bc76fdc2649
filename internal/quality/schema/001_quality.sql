-- Whether somebody was at fault for what an act says (đánh giá lỗi): one row a line of a
-- figure, the state as it is now; every step is in quality_fault_step.
CREATE TABLE quality_fault (
	id       TEXT      NOT NULL PRIMARY KEY,
	case_id  TEXT      NOT NULL,
	act      TEXT      NOT NULL,
	person   TEXT      NOT NULL,
	kind     TEXT      NOT NULL,
	office   TEXT      NOT NULL,
	state    TEXT      NOT NULL,
	who      TEXT      NOT NULL,
	staff    TEXT      NOT NULL,
	why      TEXT      NOT NULL,
	folios   TEXT      NOT NULL,
	by_id    TEXT      NOT NULL,
	by_name  TEXT      NOT NULL,
	at       TIMESTAMP NOT NULL,
	decided  TIMESTAMP NULL,
	decider  TEXT      NOT NULL,
	rev      BIGINT    NOT NULL,
	UNIQUE (case_id, act, person, kind)
);

-- Every step of an assessment, in order.
CREATE TABLE quality_fault_step (
	fault  TEXT      NOT NULL,
	n      BIGINT    NOT NULL,
	verb   TEXT      NOT NULL,
	state  TEXT      NOT NULL,
	who    TEXT      NOT NULL,
	staff  TEXT      NOT NULL,
	why    TEXT      NOT NULL,
	folios TEXT      NOT NULL,
	by_id   TEXT     NOT NULL,
	by_name TEXT     NOT NULL,
	at     TIMESTAMP NOT NULL,
	PRIMARY KEY (fault, n)
);

-- What an indicator showed when its period was closed, and what it showed when it was
-- looked at again, with the reason: revision 0 is what was closed.
CREATE TABLE quality_result (
	office      TEXT      NOT NULL,
	period      TEXT      NOT NULL,
	indicator   TEXT      NOT NULL,
	revision    BIGINT    NOT NULL,
	version     BIGINT    NOT NULL,
	target_set  TEXT      NOT NULL,
	digest      TEXT      NOT NULL,
	numerator   TEXT      NOT NULL,
	denominator TEXT      NOT NULL,
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

-- Switches that the supreme office sets, each change a row; the last one holds.
CREATE TABLE quality_switch (
	name    TEXT      NOT NULL,
	n       BIGINT    NOT NULL,
	state   BIGINT    NOT NULL,
	reason  TEXT      NOT NULL,
	by_id   TEXT      NOT NULL,
	by_name TEXT      NOT NULL,
	at      TIMESTAMP NOT NULL,
	PRIMARY KEY (name, n)
);
