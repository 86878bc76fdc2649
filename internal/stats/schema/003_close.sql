-- Forms as they were closed. A closing never changes; a later revision stands beside it.
CREATE TABLE stats_closing (
	id       TEXT      NOT NULL PRIMARY KEY,
	form     TEXT      NOT NULL,
	version  BIGINT    NOT NULL,
	office   TEXT      NOT NULL,
	path     TEXT      NOT NULL,
	period   TEXT      NOT NULL,
	first    TEXT      NOT NULL,
	last     TEXT      NOT NULL,
	revision BIGINT    NOT NULL,
	body     TEXT      NOT NULL, -- figures, values, checks that failed, what it was consolidated from
	digest   TEXT      NOT NULL, -- SHA-256 of body, hex
	reason   TEXT      NOT NULL,
	author   TEXT      NOT NULL,
	name     TEXT      NOT NULL,
	at       TIMESTAMP NOT NULL,
	due      TEXT      NOT NULL,
	UNIQUE (form, office, period, revision)
);
CREATE INDEX stats_closing_path ON stats_closing (path, period, form);

-- Who signed a closing, for which side.
CREATE TABLE stats_signature (
	closing  TEXT      NOT NULL REFERENCES stats_closing (id),
	side     TEXT      NOT NULL, -- procuracy, police, court, detention
	staff    TEXT      NOT NULL, -- of ours; "" of another body
	name     TEXT      NOT NULL,
	title    TEXT      NOT NULL,
	how      TEXT      NOT NULL, -- here, pdf, paper
	document TEXT      NOT NULL, -- SHA-256 of the signed file; where the paper is kept
	digest   TEXT      NOT NULL, -- of the closing that was signed
	at       TIMESTAMP NOT NULL,
	PRIMARY KEY (closing, side)
);
