-- What is watched of each case. One row a case, written with its clocks.
CREATE TABLE deadline_case (
  case_id     TEXT PRIMARY KEY,
  office      TEXT NOT NULL,
  path        TEXT NOT NULL,
  secret      BOOLEAN NOT NULL,
  staff       TEXT NOT NULL, -- the prosecutor in charge
  leader      TEXT NOT NULL, -- the leader in charge
  law         TEXT NOT NULL, -- version of the pack it was computed by
  suspended   TEXT NOT NULL, -- day of the suspension, '' while it is open
  reason      TEXT NOT NULL,
  waiting     TEXT NOT NULL, -- whose answer is waited for
  limitation  TEXT NOT NULL  -- last day of the limitation period, '' unknown
);
CREATE INDEX deadline_case_suspended ON deadline_case (office, suspended, case_id) WHERE suspended <> '';

-- A clock is one link of a chain: the period, or an extension of it. Moments are
-- texts of Hà Nội, 2026-03-10T22:30, a whole day ends at T24:00, so they sort.
CREATE TABLE deadline_clock (
  id         TEXT PRIMARY KEY, -- made of case, rule, subject, source and seq: the same for ever
  case_id    TEXT NOT NULL,
  rule       TEXT NOT NULL,
  of_rule    TEXT NOT NULL,
  subject    TEXT NOT NULL,
  source     TEXT NOT NULL,
  seq        BIGINT NOT NULL,
  start      TEXT NOT NULL,
  nominal    TEXT NOT NULL,
  legal      TEXT NOT NULL,
  due        TEXT NOT NULL, -- end of nominal, sortable
  late       TEXT NOT NULL, -- end of legal, sortable
  state      TEXT NOT NULL,
  ended      TEXT NOT NULL, -- when it was done or stopped
  ended_by   TEXT NOT NULL, -- the act, or the reason
  own        BOOLEAN NOT NULL,
  held       BIGINT NOT NULL, -- 1 custody, 2 detention
  urgent     BIGINT NOT NULL, -- 1: quiet hours do not delay it
  office     TEXT NOT NULL,
  path       TEXT NOT NULL,
  secret     BOOLEAN NOT NULL,
  staff      TEXT NOT NULL,
  leader     TEXT NOT NULL,
  warned     TEXT NOT NULL, -- the last point that was warned of
  next_warn  TEXT NOT NULL, -- the next
  made       TIMESTAMP NOT NULL
);
CREATE INDEX deadline_clock_case ON deadline_clock (case_id);
CREATE INDEX deadline_clock_office ON deadline_clock (office, due, id) WHERE state = 'running';
CREATE INDEX deadline_clock_staff ON deadline_clock (staff, due, id) WHERE state = 'running';
CREATE INDEX deadline_clock_leader ON deadline_clock (leader, due, id) WHERE state = 'running';
CREATE INDEX deadline_clock_due ON deadline_clock (due, id) WHERE state = 'running';
CREATE INDEX deadline_clock_custody ON deadline_clock (due, id) WHERE state = 'running' AND held = 1;
CREATE INDEX deadline_clock_warn ON deadline_clock (urgent, next_warn, id) WHERE state = 'running';
CREATE INDEX deadline_clock_manual ON deadline_clock (office, id) WHERE state = 'manual';
CREATE INDEX deadline_clock_manual_staff ON deadline_clock (staff, id) WHERE state = 'manual';

-- How many clocks run in an office and all below it, by the days they end: so that a
-- board of 200,000 cases is added up from some hundred rows. Secret cases count in
-- their own office only.
CREATE TABLE deadline_count (
  path    TEXT NOT NULL,
  day     TEXT NOT NULL,
  legal   TEXT NOT NULL,
  secret  BOOLEAN NOT NULL,
  own     BOOLEAN NOT NULL,
  held    BIGINT NOT NULL,
  state   TEXT NOT NULL,
  n       BIGINT NOT NULL,
  PRIMARY KEY (path, day, legal, secret, own, held, state)
);

-- What a person said of a clock that no act shows: done, or its end by hand.
CREATE TABLE deadline_said (
  clock  TEXT PRIMARY KEY,
  case_id TEXT NOT NULL,
  done   TEXT NOT NULL, -- when it was done
  until  TEXT NOT NULL, -- end by hand
  lapsed TEXT NOT NULL, -- when a right that nobody used ended
  note   TEXT NOT NULL,
  by     TEXT NOT NULL,
  at     TIMESTAMP NOT NULL
);
CREATE INDEX deadline_said_case ON deadline_said (case_id);

CREATE TABLE deadline_warning (
  id       TEXT PRIMARY KEY,
  clock    TEXT NOT NULL,
  case_id  TEXT NOT NULL,
  office   TEXT NOT NULL,
  kind     TEXT NOT NULL, -- lead, due, breach
  point    TEXT NOT NULL, -- when it was to be raised
  state    TEXT NOT NULL,
  level    BIGINT NOT NULL,
  staff    TEXT NOT NULL, -- who has it now
  urgent   BIGINT NOT NULL,
  raised   TIMESTAMP NOT NULL,
  wake     TIMESTAMP NOT NULL, -- when it climbs if nothing happens
  late     BOOLEAN NOT NULL,   -- the act was entered after the point
  failed   BOOLEAN NOT NULL,
  reason   TEXT NOT NULL,
  is_open  BOOLEAN NOT NULL
);
CREATE INDEX deadline_warning_clock ON deadline_warning (clock, id);
CREATE INDEX deadline_warning_wake ON deadline_warning (wake, id) WHERE is_open;
CREATE INDEX deadline_warning_staff ON deadline_warning (staff, id) WHERE is_open;

-- Every step of every warning; nothing here is ever changed.
CREATE TABLE deadline_step (
  id      TEXT PRIMARY KEY,
  warning TEXT NOT NULL REFERENCES deadline_warning (id),
  at      TIMESTAMP NOT NULL,
  step    TEXT NOT NULL,
  state   TEXT NOT NULL, -- after it
  level   BIGINT NOT NULL,
  by      TEXT NOT NULL,
  staff   TEXT NOT NULL, -- to whom
  channel TEXT NOT NULL,
  note    TEXT NOT NULL
);
CREATE INDEX deadline_step_warning ON deadline_step (warning, id);

-- What lies in the box of a person.
CREATE TABLE deadline_inbox (
  id      TEXT PRIMARY KEY,
  staff   TEXT NOT NULL,
  warning TEXT NOT NULL, -- '' for an alarm of the watch itself
  clock   TEXT NOT NULL,
  case_id TEXT NOT NULL,
  kind    TEXT NOT NULL,
  text    TEXT NOT NULL,
  urgent  BIGINT NOT NULL,
  at      TIMESTAMP NOT NULL,
  seen    BOOLEAN NOT NULL
);
CREATE INDEX deadline_inbox_staff ON deadline_inbox (staff, id);
CREATE INDEX deadline_inbox_unseen ON deadline_inbox (staff) WHERE NOT seen;

-- What is to go out: one row a message and channel.
CREATE TABLE deadline_delivery (
  id       TEXT PRIMARY KEY,
  staff    TEXT NOT NULL,
  channel  TEXT NOT NULL, -- mail, hook
  warnings TEXT NOT NULL, -- ids, one a line; many are one digest
  state    TEXT NOT NULL, -- waiting, sent, failed
  urgent   BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  try_at   TIMESTAMP NOT NULL,
  made     TIMESTAMP NOT NULL,
  error    TEXT NOT NULL
);
CREATE INDEX deadline_delivery_waiting ON deadline_delivery (try_at, id) WHERE state = 'waiting';

-- How a person wants to be told.
CREATE TABLE deadline_channel (
  staff       TEXT PRIMARY KEY,
  mail        TEXT NOT NULL,
  mail_on     BOOLEAN NOT NULL,
  hook        TEXT NOT NULL,
  hook_secret TEXT NOT NULL,
  hook_on     BOOLEAN NOT NULL,
  calendar    TEXT NOT NULL  -- digest of the secret address, '' for none
);
CREATE INDEX deadline_channel_calendar ON deadline_channel (calendar);

CREATE TABLE deadline_absence (
  id         TEXT PRIMARY KEY,
  staff      TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to   TEXT NOT NULL,
  substitute TEXT NOT NULL,
  by         TEXT NOT NULL
);
CREATE INDEX deadline_absence_staff ON deadline_absence (staff, valid_from);

-- Each minute the watch looked, and each night everything was computed again.
CREATE TABLE deadline_tick (
  seq     BIGINT PRIMARY KEY, -- clocks jump, this does not
  planned TIMESTAMP NOT NULL,
  started TIMESTAMP NOT NULL,
  done    TIMESTAMP,
  raised  BIGINT NOT NULL,
  climbed BIGINT NOT NULL,
  note    TEXT NOT NULL
);

CREATE TABLE deadline_night (
  id        TEXT PRIMARY KEY,
  started   TIMESTAMP NOT NULL,
  done      TIMESTAMP,
  cases     BIGINT NOT NULL,
  clocks    BIGINT NOT NULL,
  different BIGINT NOT NULL
);

-- A difference between what was stored and what follows from the acts: a defect.
CREATE TABLE deadline_difference (
  id      TEXT PRIMARY KEY,
  night   TEXT NOT NULL,
  case_id TEXT NOT NULL,
  clock   TEXT NOT NULL,
  stored  TEXT NOT NULL,
  right_is TEXT NOT NULL,
  at      TIMESTAMP NOT NULL
);
CREATE INDEX deadline_difference_night ON deadline_difference (night, id);

-- What is wrong with the watch itself.
CREATE TABLE deadline_alarm (
  id     TEXT PRIMARY KEY,
  kind   TEXT NOT NULL, -- silence, clock, channel, night
  since  TIMESTAMP NOT NULL,
  until  TIMESTAMP,
  note   TEXT NOT NULL,
  remedy TEXT NOT NULL
);
CREATE INDEX deadline_alarm_open ON deadline_alarm (kind) WHERE until IS NULL;
