-- Rounds of reviews (đợt đánh giá chất lượng vụ án). The commitment to the seed stands
-- before the list is known; the seed is revealed when the sample is drawn.
CREATE TABLE quality_round (
	id         TEXT      NOT NULL PRIMARY KEY,
	office     TEXT      NOT NULL,
	path       TEXT      NOT NULL,
	title      TEXT      NOT NULL,
	period     TEXT      NOT NULL,
	state      TEXT      NOT NULL,
	commitment TEXT      NOT NULL,
	seed       TEXT      NOT NULL,
	list       TEXT      NOT NULL,
	cases      BIGINT    NOT NULL,
	percent    BIGINT    NOT NULL,
	least      BIGINT    NOT NULL,
	method     BIGINT    NOT NULL,
	author     TEXT      NOT NULL,
	name       TEXT      NOT NULL,
	at         TIMESTAMP NOT NULL,
	frozen     TIMESTAMP NULL,
	drawn      TIMESTAMP NULL,
	notice     TEXT      NOT NULL,
	training   TEXT      NOT NULL
);
CREATE INDEX quality_round_path ON quality_round (path, at);

-- The list of cases of a round, as it was frozen.
CREATE TABLE quality_round_case (
	round   TEXT NOT NULL REFERENCES quality_round (id),
	case_id TEXT NOT NULL,
	who     TEXT NOT NULL,
	ended   TEXT NOT NULL,
	PRIMARY KEY (round, case_id)
);

-- Reviews: the state as it is now. What a review says is in body; every step keeps the
-- whole of it in quality_review_step, so that no result is ever lost.
CREATE TABLE quality_review (
	id       TEXT   NOT NULL PRIMARY KEY,
	round    TEXT   NOT NULL REFERENCES quality_round (id),
	case_id  TEXT   NOT NULL,
	office   TEXT   NOT NULL,
	home     TEXT   NOT NULL,
	path     TEXT   NOT NULL,
	state    TEXT   NOT NULL,
	handler  TEXT   NOT NULL,
	reviewer TEXT   NOT NULL,
	second   TEXT   NOT NULL,
	due      TEXT   NOT NULL,
	grade    TEXT   NOT NULL,
	revision BIGINT NOT NULL,
	rev      BIGINT NOT NULL,
	body     TEXT   NOT NULL,
	UNIQUE (round, case_id)
);
CREATE INDEX quality_review_path ON quality_review (path, state, due);
CREATE INDEX quality_review_handler ON quality_review (handler, state);
CREATE INDEX quality_review_reviewer ON quality_review (reviewer, state);

CREATE TABLE quality_review_step (
	review  TEXT      NOT NULL REFERENCES quality_review (id),
	n       BIGINT    NOT NULL,
	verb    TEXT      NOT NULL,
	why     TEXT      NOT NULL,
	by_id   TEXT      NOT NULL,
	by_name TEXT      NOT NULL,
	at      TIMESTAMP NOT NULL,
	body    TEXT      NOT NULL,
	PRIMARY KEY (review, n)
);

-- A sheet as it was before each saving, so that it can be taken back.
CREATE TABLE quality_review_draft (
	review TEXT   NOT NULL REFERENCES quality_review (id),
	n      BIGINT NOT NULL,
	body   TEXT   NOT NULL,
	PRIMARY KEY (review, n)
);

-- What handlers found themselves when a case ended (tự kiểm tra).
CREATE TABLE quality_self (
	case_id TEXT      NOT NULL,
	ended   TEXT      NOT NULL,
	staff   TEXT      NOT NULL,
	name    TEXT      NOT NULL,
	at      TIMESTAMP NOT NULL,
	body    TEXT      NOT NULL,
	PRIMARY KEY (case_id, ended)
);
