-- Forms that people wrote: drafts, and versions that were published and never change.
CREATE TABLE stats_form (
	id      TEXT      NOT NULL,
	version BIGINT    NOT NULL,
	state   TEXT      NOT NULL, -- draft, published, withdrawn
	text    TEXT      NOT NULL,
	author  TEXT      NOT NULL,
	made    TIMESTAMP NOT NULL,
	PRIMARY KEY (id, version)
);
