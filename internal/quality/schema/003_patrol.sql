-- What a patrol found in the handling of cases. A row stands for one rule and one thing
-- of one case, from the day it was found. ended: what was found is no longer so; closed:
-- it is settled, by that or by a judgment (how).
CREATE TABLE quality_watch (
	id       TEXT      NOT NULL PRIMARY KEY,
	case_id  TEXT      NOT NULL,
	rule     TEXT      NOT NULL,
	subject  TEXT      NOT NULL,
	grp      TEXT      NOT NULL,
	severity TEXT      NOT NULL,
	rank     BIGINT    NOT NULL,
	office   TEXT      NOT NULL,
	path     TEXT      NOT NULL,
	staff    TEXT      NOT NULL,
	act      TEXT      NOT NULL,
	folio    BIGINT    NOT NULL,
	person   TEXT      NOT NULL,
	since    TEXT      NOT NULL,
	text     TEXT      NOT NULL,
	todo     TEXT      NOT NULL,
	found    TIMESTAMP NOT NULL,
	repeated BIGINT    NOT NULL,
	reminded TIMESTAMP NULL,
	noticed  TIMESTAMP NULL,
	answered TIMESTAMP NULL,
	reported TIMESTAMP NULL,
	due      TEXT      NOT NULL,
	notice   TEXT      NOT NULL,
	ended    TIMESTAMP NULL,
	closed   TIMESTAMP NULL,
	how      TEXT      NOT NULL
);
CREATE INDEX quality_watch_case ON quality_watch (case_id, rule, subject);
CREATE INDEX quality_watch_open ON quality_watch (path, closed);
CREATE INDEX quality_watch_staff ON quality_watch (staff, rule, found);
CREATE INDEX quality_watch_notice ON quality_watch (notice);

-- Every step in handling a finding or a notice, in order.
CREATE TABLE quality_watch_step (
	of_id   TEXT      NOT NULL,
	n       BIGINT    NOT NULL,
	verb    TEXT      NOT NULL,
	by_id   TEXT      NOT NULL,
	by_name TEXT      NOT NULL,
	to_id   TEXT      NOT NULL,
	to_name TEXT      NOT NULL,
	note    TEXT      NOT NULL,
	act     TEXT      NOT NULL,
	folio   BIGINT    NOT NULL,
	at      TIMESTAMP NOT NULL,
	PRIMARY KEY (of_id, n)
);

-- Written notices (thông báo giám sát), numbered by office and year.
CREATE TABLE quality_notice (
	id         TEXT      NOT NULL PRIMARY KEY,
	office     TEXT      NOT NULL,
	path       TEXT      NOT NULL,
	year       BIGINT    NOT NULL,
	number     BIGINT    NOT NULL,
	case_id    TEXT      NOT NULL,
	staff      TEXT      NOT NULL,
	staff_name TEXT      NOT NULL,
	ask        TEXT      NOT NULL,
	state      TEXT      NOT NULL,
	due        TEXT      NOT NULL,
	late_from  TEXT      NOT NULL,
	level      BIGINT    NOT NULL,
	by_id      TEXT      NOT NULL,
	by_name    TEXT      NOT NULL,
	at         TIMESTAMP NOT NULL,
	UNIQUE (office, year, number)
);
CREATE INDEX quality_notice_state ON quality_notice (state, late_from);
CREATE INDEX quality_notice_path ON quality_notice (path, id);

-- To whom a notice went up.
CREATE TABLE quality_notice_report (
	notice TEXT      NOT NULL,
	staff  TEXT      NOT NULL,
	at     TIMESTAMP NOT NULL,
	PRIMARY KEY (notice, staff)
);
CREATE INDEX quality_notice_report_staff ON quality_notice_report (staff, notice);

-- The last number given in an office and year.
CREATE TABLE quality_notice_book (
	office TEXT   NOT NULL,
	year   BIGINT NOT NULL,
	last   BIGINT NOT NULL,
	PRIMARY KEY (office, year)
);

-- Ledgers of months as they were closed.
CREATE TABLE quality_watch_month (
	office  TEXT      NOT NULL,
	month   TEXT      NOT NULL,
	body    TEXT      NOT NULL,
	by_id   TEXT      NOT NULL,
	by_name TEXT      NOT NULL,
	at      TIMESTAMP NOT NULL,
	PRIMARY KEY (office, month)
);

-- Cases that changed since the last patrol.
CREATE TABLE quality_watch_stale (
	case_id TEXT      NOT NULL PRIMARY KEY,
	since   TIMESTAMP NOT NULL
);

-- When the last whole patrol went round. Whoever writes findings holds this row.
CREATE TABLE quality_watch_round (
	one BIGINT    NOT NULL PRIMARY KEY,
	at  TIMESTAMP NULL
);
INSERT INTO quality_watch_round (one) VALUES (1);
