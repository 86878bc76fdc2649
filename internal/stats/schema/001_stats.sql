-- What every case adds to every figure. All of it follows from the ledgers and can be
-- made again; day is the day that counts, delta 1, or -1 where a stock loses something.
CREATE TABLE stats_fact (
	case_id TEXT      NOT NULL,
	n       BIGINT    NOT NULL,
	figure  TEXT      NOT NULL,
	day     TEXT      NOT NULL,
	office  TEXT      NOT NULL,
	person  TEXT      NOT NULL,
	act     TEXT      NOT NULL,
	delta   BIGINT    NOT NULL,
	entered TIMESTAMP NOT NULL,
	chapter TEXT      NOT NULL,
	class   TEXT      NOT NULL,
	sex     TEXT      NOT NULL,
	age     TEXT      NOT NULL,
	PRIMARY KEY (case_id, n)
);
CREATE INDEX stats_fact_cell ON stats_fact (figure, office, day);

-- The facts of a day added up, so that a figure of any period reads few rows.
CREATE TABLE stats_day (
	office TEXT   NOT NULL,
	figure TEXT   NOT NULL,
	day    TEXT   NOT NULL,
	n      BIGINT NOT NULL,
	PRIMARY KEY (office, figure, day)
);

-- Cases whose facts may not be right any more.
CREATE TABLE stats_stale (
	case_id TEXT      NOT NULL PRIMARY KEY,
	since   TIMESTAMP NOT NULL
);

-- By which definitions the facts were made. Whoever writes facts holds this row.
CREATE TABLE stats_made (
	one    INTEGER   NOT NULL PRIMARY KEY,
	digest TEXT      NOT NULL,
	at     TIMESTAMP NULL
);
INSERT INTO stats_made (one, digest) VALUES (1, '');
