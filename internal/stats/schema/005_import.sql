-- Closings that came as a file from an office with an installation of its own.
CREATE TABLE stats_received (
	closing TEXT      NOT NULL PRIMARY KEY REFERENCES stats_closing (id),
	staff   TEXT      NOT NULL, -- who took it in
	name    TEXT      NOT NULL,
	at      TIMESTAMP NOT NULL,
	seal    TEXT      NOT NULL, -- SHA-256 of the file, hex
	signed  TEXT      NOT NULL  -- what the file says of signatures
);

-- What was said about a term of closing, so that it is said once.
CREATE TABLE stats_reminder (
	office TEXT      NOT NULL,
	period TEXT      NOT NULL,
	how    TEXT      NOT NULL, -- soon, today, late; or the day somebody above reminded
	at     TIMESTAMP NOT NULL,
	PRIMARY KEY (office, period, how)
);
