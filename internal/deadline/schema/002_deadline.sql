-- What runs out of points to warn of has none in next_warn, and a clock whose end a
-- person must enter is warned of too.
DROP INDEX deadline_clock_warn;
CREATE INDEX deadline_clock_warn ON deadline_clock (urgent, next_warn, id) WHERE next_warn <> '';

-- Two alarms of one kind, about two offices or two channels, are two.
ALTER TABLE deadline_alarm ADD COLUMN subject TEXT NOT NULL DEFAULT '';
UPDATE deadline_alarm SET subject = substr(note, 8) WHERE kind = 'nobody' AND until IS NULL;  -- 'office X'
UPDATE deadline_alarm SET subject = substr(note, 1, 4) WHERE kind = 'channel' AND until IS NULL; -- 'mail: …', 'hook: …'
DROP INDEX deadline_alarm_open;
CREATE INDEX deadline_alarm_open ON deadline_alarm (kind, subject) WHERE until IS NULL;

-- What is asked every minute, or by every page.
CREATE INDEX deadline_warning_failed ON deadline_warning (raised) WHERE failed;
CREATE INDEX deadline_delivery_open ON deadline_delivery (staff, channel, id) WHERE state = 'waiting' AND attempts = 0;
CREATE INDEX deadline_delivery_failed ON deadline_delivery (made) WHERE state = 'failed';
DROP INDEX deadline_delivery_waiting;
CREATE INDEX deadline_delivery_waiting ON deadline_delivery (urgent DESC, try_at, id) WHERE state = 'waiting';
CREATE INDEX deadline_tick_started ON deadline_tick (started);
CREATE INDEX deadline_absence_until ON deadline_absence (valid_to);
