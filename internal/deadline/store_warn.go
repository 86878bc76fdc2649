package deadline

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/page"
	"congminh/internal/org"
)

// dueWarnings returns clocks whose next warning is due, those of one urgency, after a
// place in the order of their moments.
func (s store) dueWarnings(ctx context.Context, urgent bool, now, after string, id ClockID, limit int) ([]Clock, error) {
	return db.All(ctx, s.db, scanClock, `
		SELECT `+clockColumns+` FROM deadline_clock k
		WHERE k.next_warn <> '' AND k.urgent = $1 AND k.next_warn <= $2 AND (k.next_warn, k.id) > ($3, $4)
		ORDER BY k.next_warn, k.id LIMIT $5`, number(urgent), now, after, id, limit)
}

const warningColumns = `id, clock, case_id, office, kind, point, state, level, staff, urgent, raised, wake, late, failed, reason, is_open`

func scanWarning(r db.Row) (w Warning, err error) {
	var open bool
	err = r.Scan(&w.ID, &w.Clock, &w.Case, &w.Office, &w.Kind, &w.Point, &w.Life, &w.Rank, &w.Staff, (*flag)(&w.Urgent), &w.Raised, &w.Wake,
		&w.Late, &w.Failed, &w.Reason, &open)
	w.Closed = !open
	return
}

func (s store) putWarning(ctx context.Context, w Warning) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO deadline_warning (`+warningColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, level = excluded.level, staff = excluded.staff, wake = excluded.wake,
		  failed = excluded.failed, reason = excluded.reason, is_open = excluded.is_open`,
		w.ID, w.Clock, w.Case, w.Office, w.Kind, w.Point, w.Life, w.Rank, w.Staff, number(w.Urgent), w.Raised, w.Wake, w.Late, w.Failed, w.Reason, !w.Closed)
	return err
}

func (s store) warning(ctx context.Context, id WarningID) (Warning, error) {
	return db.One(ctx, s.db, scanWarning, `SELECT `+warningColumns+` FROM deadline_warning WHERE id = $1`, id)
}

func (s store) warningsOf(ctx context.Context, k ClockID) ([]Warning, error) {
	return db.All(ctx, s.db, scanWarning, `SELECT `+warningColumns+` FROM deadline_warning WHERE clock = $1 ORDER BY id`, k)
}

// openOf returns the newest open warning of each clock.
func (s store) openOf(ctx context.Context, ids []string) (map[ClockID]Warning, error) {
	out := map[ClockID]Warning{}
	if len(ids) == 0 {
		return out, nil
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	ws, err := db.All(ctx, s.db, scanWarning, `
		SELECT `+warningColumns+` FROM deadline_warning WHERE clock IN (`+s.db.Strings("$1")+`) AND is_open ORDER BY id`, string(list))
	for _, w := range ws {
		out[w.Clock] = w
	}
	return out, err
}

// waking returns open warnings that nobody answered in time, after a place in their order.
func (s store) waking(ctx context.Context, now, at time.Time, after WarningID, limit int) ([]Warning, error) {
	return db.All(ctx, s.db, scanWarning, `
		SELECT `+warningColumns+` FROM deadline_warning WHERE is_open AND wake <= $1 AND (wake, id) > ($2, $3) ORDER BY wake, id LIMIT $4`, now, at, after, limit)
}

func (s store) openFor(ctx context.Context, who org.StaffID, limit int) ([]Warning, error) {
	return db.All(ctx, s.db, scanWarning, `
		SELECT `+warningColumns+` FROM deadline_warning WHERE is_open AND staff = $1 ORDER BY id DESC LIMIT $2`, who, limit)
}

func (s store) openCount(ctx context.Context) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM deadline_warning WHERE is_open`)
}

func (s store) addStep(ctx context.Context, x StepRow) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO deadline_step (id, warning, at, step, state, level, by, staff, channel, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		x.ID, x.Warning, x.At, x.Step, x.Life, x.Rank, x.By, x.Staff, x.Channel, x.Note)
	return err
}

// steps returns every step of every warning of a clock.
func (s store) steps(ctx context.Context, k ClockID) ([]StepRow, error) {
	return db.All(ctx, s.db, func(r db.Row) (x StepRow, err error) {
		err = r.Scan(&x.ID, &x.Warning, &x.At, &x.Step, &x.Life, &x.Rank, &x.By, &x.Staff, &x.Channel, &x.Note, &x.ByName, &x.StaffName)
		return
	}, `
		SELECT t.id, t.warning, t.at, t.step, t.state, t.level, t.by, t.staff, t.channel, t.note, COALESCE(b.name, ''), COALESCE(o.name, '')
		FROM deadline_warning w JOIN deadline_step t ON t.warning = w.id
		LEFT JOIN org_staff_v b ON b.id = t.by
		LEFT JOIN org_staff_v o ON o.id = t.staff
		WHERE w.clock = $1 ORDER BY t.id`, k)
}

// Boxes.

func (s store) addLetter(ctx context.Context, to org.StaffID, x Letter) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO deadline_inbox (id, staff, warning, clock, case_id, kind, text, urgent, at, seen, href) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, FALSE, $10)`,
		x.ID, to, x.Warning, x.Clock, x.Case, x.Kind, x.Text, number(x.Urgent), x.At, x.Href)
	return err
}

func (s store) letters(ctx context.Context, to org.StaffID, r page.Req) ([]Letter, error) {
	return db.All(ctx, s.db, func(r db.Row) (x Letter, err error) {
		err = r.Scan(&x.ID, &x.Warning, &x.Clock, &x.Case, &x.Kind, &x.Text, (*flag)(&x.Urgent), &x.At, &x.Seen, &x.Href)
		return
	}, `
		SELECT id, warning, clock, case_id, kind, text, urgent, at, seen, href FROM deadline_inbox
		WHERE staff = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`, to, r.After, r.Size()+1)
}

func (s store) unseen(ctx context.Context, to org.StaffID) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM deadline_inbox WHERE staff = $1 AND NOT seen`, to)
}

func (s store) markSeen(ctx context.Context, to org.StaffID, upTo string) error {
	_, err := s.db.Exec(ctx, `UPDATE deadline_inbox SET seen = TRUE WHERE staff = $1 AND NOT seen AND ($2 = '' OR id <= $2)`, to, upTo)
	return err
}

// Messages.

type delivery struct {
	id       string
	staff    org.StaffID
	channel  string
	warnings []string
	urgent   bool
	attempts int
	try      time.Time
	made     time.Time
}

func scanDelivery(r db.Row) (d delivery, err error) {
	var list string
	err = r.Scan(&d.id, &d.staff, &d.channel, &list, (*flag)(&d.urgent), &d.attempts, &d.try, &d.made)
	d.warnings = strings.Fields(list)
	return
}

const deliveryColumns = `id, staff, channel, warnings, urgent, attempts, try_at, made`

// waitingFor returns the message to a person that has not begun to go out: more can
// be said in it.
func (s store) waitingFor(ctx context.Context, who org.StaffID, channel string) (delivery, error) {
	return db.One(ctx, s.db, scanDelivery, `
		SELECT `+deliveryColumns+` FROM deadline_delivery WHERE state = 'waiting' AND staff = $1 AND channel = $2 AND attempts = 0 ORDER BY id LIMIT 1`, who, channel)
}

func (s store) putDelivery(ctx context.Context, d delivery) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO deadline_delivery (`+deliveryColumns+`, state, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', '')
		ON CONFLICT (id) DO UPDATE SET warnings = excluded.warnings, urgent = excluded.urgent, try_at = excluded.try_at`,
		d.id, d.staff, d.channel, strings.Join(d.warnings, "\n"), number(d.urgent), d.attempts, d.try, d.made)
	return err
}

func (s store) dueDeliveries(ctx context.Context, now time.Time, limit int) ([]delivery, error) {
	return db.All(ctx, s.db, scanDelivery, `
		SELECT `+deliveryColumns+` FROM deadline_delivery WHERE state = 'waiting' AND try_at <= $1 ORDER BY urgent DESC, try_at, id LIMIT $2`, now, limit)
}

// begin says that a message goes out now, so that nothing is added to it.
func (s store) beginDelivery(ctx context.Context, id string, attempts int) (delivery, error) {
	return db.One(ctx, s.db, scanDelivery, `
		UPDATE deadline_delivery SET attempts = $2 + 1 WHERE id = $1 AND attempts = $2 AND state = 'waiting' RETURNING `+deliveryColumns, id, attempts)
}

func (s store) settleDelivery(ctx context.Context, id, state string, try time.Time, why string) error {
	_, err := s.db.Exec(ctx, `UPDATE deadline_delivery SET state = $2, try_at = $3, error = $4 WHERE id = $1`, id, state, try, why)
	return err
}

func (s store) deliveryCounts(ctx context.Context, since time.Time) (waiting, failed int, err error) {
	waiting, err = db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM deadline_delivery WHERE state = 'waiting'`)
	if err != nil {
		return
	}
	failed, err = db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM deadline_delivery WHERE state = 'failed' AND made > $1`, since)
	return
}

// warned is what a message says of a warning.
type warned struct {
	Warning
	rule, start, nominal, number string
}

func (s store) lines(ctx context.Context, ids []string) ([]warned, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, func(r db.Row) (w warned, err error) {
		err = r.Scan(&w.ID, &w.Clock, &w.Case, &w.Kind, (*flag)(&w.Urgent), &w.Rank, &w.Failed, &w.rule, &w.start, &w.nominal, &w.number)
		return
	}, `
		SELECT w.id, w.clock, w.case_id, w.kind, w.urgent, w.level, w.failed, k.rule, k.start, k.nominal, v.number
		FROM deadline_warning w JOIN deadline_clock k ON k.id = w.clock JOIN criminal_v v ON v.id = w.case_id
		WHERE w.id IN (`+s.db.Strings("$1")+`) AND w.is_open ORDER BY w.urgent DESC, k.due, w.id`, string(list))
}

// Settings.

type channels struct {
	Settings
	calendar string
}

func (s store) settings(ctx context.Context, who org.StaffID) (c channels, err error) {
	c.Staff = who
	all, err := db.All(ctx, s.db, func(r db.Row) (c channels, err error) {
		err = r.Scan(&c.Staff, &c.Mail, &c.MailOn, &c.Hook, &c.Secret, &c.HookOn, &c.calendar)
		c.Calendar = c.calendar != ""
		return
	}, `SELECT staff, mail, mail_on, hook, hook_secret, hook_on, calendar FROM deadline_channel WHERE staff = $1`, who)
	if len(all) > 0 {
		c = all[0]
	}
	return c, err
}

func (s store) putSettings(ctx context.Context, c channels) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO deadline_channel (staff, mail, mail_on, hook, hook_secret, hook_on, calendar) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (staff) DO UPDATE SET mail = excluded.mail, mail_on = excluded.mail_on, hook = excluded.hook,
		  hook_secret = excluded.hook_secret, hook_on = excluded.hook_on, calendar = excluded.calendar`,
		c.Staff, c.Mail, c.MailOn, c.Hook, c.Secret, c.HookOn, c.calendar)
	return err
}

// hookSecrets returns whose hooks have a secret, and which.
func (s store) hookSecrets(ctx context.Context) ([]channels, error) {
	return db.All(ctx, s.db, func(r db.Row) (c channels, err error) {
		err = r.Scan(&c.Staff, &c.Secret)
		return
	}, `SELECT staff, hook_secret FROM deadline_channel WHERE hook_secret <> '' ORDER BY staff`)
}

func (s store) resealHook(ctx context.Context, who org.StaffID, old, fresh string) error {
	_, err := s.db.Exec(ctx, `UPDATE deadline_channel SET hook_secret = $3 WHERE staff = $1 AND hook_secret = $2`, who, old, fresh)
	return err
}

func (s store) calendarOwner(ctx context.Context, digest string) (org.StaffID, error) {
	return db.One(ctx, s.db, db.Value[org.StaffID], `SELECT staff FROM deadline_channel WHERE calendar = $1 AND calendar <> ''`, digest)
}

func scanAbsence(r db.Row) (a Absence, err error) {
	err = r.Scan(&a.ID, &a.Staff, &a.From, &a.To, &a.Substitute, &a.By)
	return
}

func (s store) absences(ctx context.Context, who org.StaffID) ([]Absence, error) {
	return db.All(ctx, s.db, scanAbsence, `
		SELECT id, staff, valid_from, valid_to, substitute, by FROM deadline_absence WHERE staff = $1 ORDER BY valid_from DESC LIMIT 50`, who)
}

func (s store) absent(ctx context.Context, today civil.Date) ([]Absence, error) {
	return db.All(ctx, s.db, scanAbsence, `
		SELECT id, staff, valid_from, valid_to, substitute, by FROM deadline_absence WHERE valid_from <= $1 AND valid_to >= $1`, today)
}

func (s store) addAbsence(ctx context.Context, a Absence) error {
	_, err := s.db.Exec(ctx, `INSERT INTO deadline_absence (id, staff, valid_from, valid_to, substitute, by) VALUES ($1, $2, $3, $4, $5, $6)`,
		a.ID, a.Staff, a.From, a.To, a.Substitute, a.By)
	return err
}

func (s store) endAbsence(ctx context.Context, id string, who org.StaffID, day civil.Date) (int64, error) {
	return s.db.Exec(ctx, `UPDATE deadline_absence SET valid_to = $3 WHERE id = $1 AND staff = $2`, id, who, day)
}

func (s store) absence(ctx context.Context, id string) (Absence, error) {
	return db.One(ctx, s.db, scanAbsence, `SELECT id, staff, valid_from, valid_to, substitute, by FROM deadline_absence WHERE id = $1`, id)
}

// The watch itself.

type tick struct {
	seq              int64
	planned, started time.Time
	done             *time.Time
	raised, climbed  int
	note             string
}

func scanTick(r db.Row) (t tick, err error) {
	err = r.Scan(&t.seq, &t.planned, &t.started, &t.done, &t.raised, &t.climbed, &t.note)
	return
}

const tickColumns = `seq, planned, started, done, raised, climbed, note`

func (s store) beginTick(ctx context.Context, planned, started time.Time, note string) (int64, error) {
	return db.One(ctx, s.db, db.Value[int64], `
		INSERT INTO deadline_tick (seq, planned, started, raised, climbed, note)
		SELECT COALESCE(MAX(seq), 0) + 1, $1, $2, 0, 0, $3 FROM deadline_tick RETURNING seq`, planned, started, note)
}

func (s store) endTick(ctx context.Context, seq int64, done time.Time, raised, climbed int) error {
	_, err := s.db.Exec(ctx, `UPDATE deadline_tick SET done = $2, raised = $3, climbed = $4 WHERE seq = $1`, seq, done, raised, climbed)
	return err
}

// lastTick returns the last tick that ended; the zero tick if none ever did.
func (s store) lastTick(ctx context.Context) (tick, error) {
	ts, err := db.All(ctx, s.db, scanTick, `SELECT `+tickColumns+` FROM deadline_tick WHERE done IS NOT NULL ORDER BY seq DESC LIMIT 1`)
	if err != nil || len(ts) == 0 {
		return tick{}, err
	}
	return ts[0], nil
}

func (s store) ticks(ctx context.Context, limit int) ([]tick, error) {
	return db.All(ctx, s.db, scanTick, `SELECT `+tickColumns+` FROM deadline_tick WHERE done IS NOT NULL ORDER BY seq DESC LIMIT $1`, limit)
}

// gaps returns the pauses between ticks that are longer than they may be.
func (s store) gaps(ctx context.Context, since time.Time) ([]Gap, error) {
	return db.All(ctx, s.db, func(r db.Row) (g Gap, err error) {
		err = r.Scan(&g.From, &g.To)
		return
	}, `
		SELECT a.started, b.started FROM deadline_tick b JOIN deadline_tick a ON a.seq = b.seq - 1
		WHERE b.note LIKE 'gap%' AND b.started > $1 ORDER BY b.seq DESC LIMIT 100`, since)
}

func (s store) pruneTicks(ctx context.Context, before time.Time) error {
	_, err := s.db.Exec(ctx, `DELETE FROM deadline_tick WHERE started < $1 AND note = ''`, before)
	return err
}

func scanAlarm(r db.Row) (a Alarm, err error) {
	err = r.Scan(&a.ID, &a.Kind, &a.Subject, &a.Since, &a.Until, &a.Note, &a.Remedy)
	return
}

const alarmColumns = `id, kind, subject, since, until, note, remedy`

// openAlarms returns what alarms of one kind last.
func (s store) openAlarms(ctx context.Context, kind string) ([]Alarm, error) {
	return db.All(ctx, s.db, scanAlarm, `SELECT `+alarmColumns+` FROM deadline_alarm WHERE kind = $1 AND until IS NULL ORDER BY id`, kind)
}

func (s store) addAlarm(ctx context.Context, a Alarm) error {
	_, err := s.db.Exec(ctx, `INSERT INTO deadline_alarm (id, kind, subject, since, note, remedy) VALUES ($1, $2, $3, $4, $5, '')`, a.ID, a.Kind, a.Subject, a.Since, a.Note)
	return err
}

func (s store) endAlarm(ctx context.Context, kind, subject string, at time.Time, remedy string) (int64, error) {
	return s.db.Exec(ctx, `UPDATE deadline_alarm SET until = $3, remedy = $4 WHERE kind = $1 AND subject = $2 AND until IS NULL`, kind, subject, at, remedy)
}

func (s store) alarms(ctx context.Context, since time.Time) ([]Alarm, error) {
	return db.All(ctx, s.db, scanAlarm, `
		SELECT `+alarmColumns+` FROM deadline_alarm WHERE until IS NULL OR since > $1
		ORDER BY CASE WHEN until IS NULL THEN 0 ELSE 1 END, id DESC LIMIT 100`, since)
}

func (s store) putNight(ctx context.Context, n Night) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO deadline_night (id, started, done, cases, clocks, different) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET done = excluded.done, cases = excluded.cases, clocks = excluded.clocks, different = excluded.different`,
		n.ID, n.Started, n.Done, n.Cases, n.Clocks, n.Different)
	return err
}

func (s store) lastNight(ctx context.Context) (Night, error) {
	ns, err := db.All(ctx, s.db, func(r db.Row) (n Night, err error) {
		err = r.Scan(&n.ID, &n.Started, &n.Done, &n.Cases, &n.Clocks, &n.Different)
		return
	}, `SELECT id, started, done, cases, clocks, different FROM deadline_night ORDER BY id DESC LIMIT 1`)
	if err != nil || len(ns) == 0 {
		return Night{}, err
	}
	return ns[0], nil
}

func (s store) addDifference(ctx context.Context, id, night string, d Different) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO deadline_difference (id, night, case_id, clock, stored, right_is, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id, night, d.Case, d.Clock, d.Stored, d.Right, d.At)
	return err
}

func (s store) differences(ctx context.Context, night string, limit int) ([]Different, error) {
	return db.All(ctx, s.db, func(r db.Row) (d Different, err error) {
		err = r.Scan(&d.Case, &d.Clock, &d.Stored, &d.Right, &d.At)
		return
	}, `SELECT case_id, clock, stored, right_is, at FROM deadline_difference WHERE night = $1 ORDER BY id LIMIT $2`, night, limit)
}

// failures returns, of a stretch of time, the warnings that failed and their reasons:
// figures of the quality of work are made of them.
func (s store) failures(ctx context.Context, l look, from, to time.Time, limit int) ([]Warning, error) {
	return db.All(ctx, s.db, scanWarning, `
		SELECT `+warningColumns+` FROM deadline_warning WHERE failed AND raised >= $1 AND raised < $2
		  AND EXISTS (SELECT 1 FROM deadline_case c WHERE c.case_id = deadline_warning.case_id AND c.path LIKE $3 AND c.secret = FALSE)
		ORDER BY id LIMIT $4`, from, to, l.path+"%", limit)
}

func (s store) hasCase(ctx context.Context, id criminal.ID) (bool, error) {
	n, err := db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM deadline_case WHERE case_id = $1`, id)
	return n > 0, err
}
