-- Reports that people put together (báo cáo tự chọn).
CREATE TABLE stats_report (
	id       TEXT      NOT NULL PRIMARY KEY,
	name     TEXT      NOT NULL,
	owner    TEXT      NOT NULL,
	by_name  TEXT      NOT NULL, -- of the owner
	office   TEXT      NOT NULL, -- of the owner
	path     TEXT      NOT NULL,
	spec     TEXT      NOT NULL, -- what it counts
	share    TEXT      NOT NULL, -- '', office, below, named
	schedule TEXT      NOT NULL,
	due      TIMESTAMP NULL,     -- when it is made next
	changed  TIMESTAMP NOT NULL,
	deleted  TIMESTAMP NULL
);
CREATE INDEX stats_report_owner ON stats_report (owner);
CREATE INDEX stats_report_path ON stats_report (path);
CREATE INDEX stats_report_due ON stats_report (due);

-- Colleagues a report is shared with by name.
CREATE TABLE stats_report_with (
	report TEXT NOT NULL REFERENCES stats_report (id),
	staff  TEXT NOT NULL,
	PRIMARY KEY (report, staff)
);
CREATE INDEX stats_report_with_staff ON stats_report_with (staff);

-- Reports that were made at their time. What one says never changes.
CREATE TABLE stats_report_run (
	id     TEXT      NOT NULL PRIMARY KEY,
	report TEXT      NOT NULL REFERENCES stats_report (id),
	period TEXT      NOT NULL,
	due    TIMESTAMP NOT NULL,
	made   TIMESTAMP NOT NULL,
	office TEXT      NOT NULL, -- that was counted; "" if it failed
	strict BOOLEAN   NOT NULL, -- small numbers are masked for everybody
	fault  TEXT      NOT NULL,
	body   TEXT      NOT NULL,
	UNIQUE (report, due)
);

-- Who has read which.
CREATE TABLE stats_report_read (
	run   TEXT      NOT NULL REFERENCES stats_report_run (id),
	staff TEXT      NOT NULL,
	at    TIMESTAMP NOT NULL,
	PRIMARY KEY (run, staff)
);
