package deadline

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"congminh/internal/access/policy"
	"congminh/internal/criminal"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/org"
)

//go:embed schema/*.sql
var schema embed.FS

// store is the tables of this module: cases, clocks and counts here, warnings and
// the watch itself in store_warn.go.
type store struct{ db *db.DB }

const caseColumns = `case_id, office, path, secret, staff, leader, law, suspended, reason, waiting, limitation`

func scanCase(r db.Row) (c caseRow, err error) {
	err = r.Scan(&c.ID, &c.Office, &c.Path, &c.Secret, &c.Staff, &c.Leader, &c.Law, &c.Suspended, &c.Reason, &c.Waiting, &c.Limitation)
	return
}

func (s store) caseRow(ctx context.Context, id criminal.ID) (caseRow, error) {
	return db.One(ctx, s.db, scanCase, `SELECT `+caseColumns+` FROM deadline_case WHERE case_id = $1`, id)
}

func (s store) putCase(ctx context.Context, c caseRow) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO deadline_case (`+caseColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (case_id) DO UPDATE SET office = excluded.office, path = excluded.path, secret = excluded.secret,
		  staff = excluded.staff, leader = excluded.leader, law = excluded.law, suspended = excluded.suspended,
		  reason = excluded.reason, waiting = excluded.waiting, limitation = excluded.limitation`,
		c.ID, c.Office, c.Path, c.Secret, c.Staff, c.Leader, c.Law, c.Suspended, c.Reason, c.Waiting, c.Limitation)
	return err
}

func (s store) setLaw(ctx context.Context, id criminal.ID, version string) error {
	_, err := s.db.Exec(ctx, `UPDATE deadline_case SET law = $2 WHERE case_id = $1`, id, version)
	return err
}

// clockNames are the columns of a clock, in the order of clockFields and clockValues.
const clockNames = `id, case_id, rule, of_rule, subject, source, seq, start, nominal, legal, due, late,
	state, ended, ended_by, own, held, urgent, office, path, secret, staff, leader, warned, next_warn, made`

// clockColumns are they of the clock k.
var clockColumns = "k." + strings.Join(strings.Fields(clockNames), " k.")

func clockValues(k *Clock) []any {
	return []any{k.ID, k.Case, k.Rule, k.Of, k.Subject, k.Source, k.Seq, k.Start, k.Nominal, k.Legal, k.due, k.late,
		k.State, k.Ended, k.EndedBy, k.Own, k.Held, number(k.Urgent), k.Office, k.path, k.secret, k.Staff, k.leader, k.warned, k.warns, k.made}
}

func clockFields(k *Clock) []any {
	return []any{&k.ID, &k.Case, &k.Rule, &k.Of, &k.Subject, &k.Source, &k.Seq, &k.Start, &k.Nominal, &k.Legal, &k.due, &k.late,
		&k.State, &k.Ended, &k.EndedBy, &k.Own, &k.Held, (*flag)(&k.Urgent), &k.Office, &k.path, &k.secret, &k.Staff, &k.leader, &k.warned, &k.warns, &k.made}
}

// flag is a truth kept as a number, so that it can lead an index.
type flag bool

func (f *flag) Scan(v any) error {
	n, _ := v.(int64)
	*f = n != 0
	return nil
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

func scanClock(r db.Row) (k Clock, err error) {
	err = r.Scan(clockFields(&k)...)
	return
}

func (s store) clocksOf(ctx context.Context, id criminal.ID) ([]Clock, error) {
	return db.All(ctx, s.db, scanClock, `SELECT `+clockColumns+` FROM deadline_clock k WHERE k.case_id = $1 ORDER BY k.id`, id)
}

func (s store) clocksBetween(ctx context.Context, from, to criminal.ID) ([]Clock, error) {
	return db.All(ctx, s.db, scanClock, `SELECT `+clockColumns+` FROM deadline_clock k WHERE k.case_id >= $1 AND k.case_id <= $2 ORDER BY k.case_id, k.id`, from, to)
}

func (s store) clock(ctx context.Context, id ClockID) (Clock, error) {
	return db.One(ctx, s.db, scanClock, `SELECT `+clockColumns+` FROM deadline_clock k WHERE k.id = $1`, id)
}

func (s store) putClock(ctx context.Context, k Clock) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO deadline_clock (`+clockNames+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
		ON CONFLICT (id) DO UPDATE SET source = excluded.source, start = excluded.start, nominal = excluded.nominal, legal = excluded.legal,
		  due = excluded.due, late = excluded.late, state = excluded.state, ended = excluded.ended, ended_by = excluded.ended_by,
		  own = excluded.own, held = excluded.held, urgent = excluded.urgent, office = excluded.office, path = excluded.path,
		  secret = excluded.secret, staff = excluded.staff, leader = excluded.leader, warned = excluded.warned, next_warn = excluded.next_warn`,
		clockValues(&k)...)
	return err
}

// insertClocks writes many new clocks at once.
func (s store) insertClocks(ctx context.Context, ks []Clock) error {
	rows := make([][]any, len(ks))
	for i := range ks {
		rows[i] = clockValues(&ks[i])
	}
	return s.db.Insert(ctx, `INSERT INTO deadline_clock (`+clockNames+`) VALUES`, rows)
}

func (s store) dropClock(ctx context.Context, id ClockID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM deadline_clock WHERE id = $1`, id)
	return err
}

func (s store) setWarned(ctx context.Context, id ClockID, warned, next string) error {
	_, err := s.db.Exec(ctx, `UPDATE deadline_clock SET warned = $2, next_warn = $3 WHERE id = $1`, id, warned, next)
	return err
}

// countKey is what clocks are counted by.
type countKey struct {
	path, day, legal string
	secret, own      bool
	held             Held
	state            State
}

func (k *Clock) countKey() (countKey, bool) {
	if !k.waits() {
		return countKey{}, false
	}
	d, l := string(day(k.due)), string(day(k.late))
	return countKey{k.path, d, l, k.secret, k.Own, k.Held, k.State}, true
}

// spread adds the counts of an office to those of every office above it, but for
// secret cases, which nobody above counts.
func spread(by map[countKey]int) map[countKey]int {
	out := make(map[countKey]int, 3*len(by))
	for k, n := range by {
		out[k] += n
		if k.secret {
			continue
		}
		up := auth.Offices(k.path)
		for i := 1; i < len(up); i++ {
			a := k
			a.path = auth.Path(up[:i])
			out[a] += n
		}
	}
	return out
}

// addCounts adds to the counts when the transaction is about to commit.
func (s store) addCounts(ctx context.Context, by map[countKey]int) error {
	return s.addSpread(ctx, spread(by))
}

func (s store) addSpread(ctx context.Context, by map[countKey]int) error {
	return db.Late(ctx, s.db, "deadline.count", s.writeCounts, by)
}

func compareKeys(a, b countKey) int {
	return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.day, b.day), cmp.Compare(a.legal, b.legal),
		cmp.Compare(number(a.secret), number(b.secret)), cmp.Compare(number(a.own), number(b.own)),
		cmp.Compare(a.held, b.held), cmp.Compare(a.state, b.state))
}

// writeCounts writes all that a transaction adds, in one order for all: two
// transactions that touch the same counts never wait for each other in a circle.
func (s store) writeCounts(ctx context.Context, all []map[countKey]int) error {
	by := map[countKey]int{}
	for _, part := range all {
		for k, n := range part {
			by[k] += n
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(by), compareKeys) {
		if by[k] == 0 {
			continue
		}
		if _, err := s.db.Exec(ctx, `
			INSERT INTO deadline_count (path, day, legal, secret, own, held, state, n) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (path, day, legal, secret, own, held, state) DO UPDATE SET n = deadline_count.n + excluded.n`,
			k.path, k.day, k.legal, k.secret, k.own, k.held, k.state, by[k]); err != nil {
			return err
		}
	}
	return nil
}

// recount writes the counts anew from the clocks and returns how many were wrong.
func (s store) recount(ctx context.Context) (wrong int, err error) {
	type row struct {
		stored bool
		countKey
		n int
	}
	// One statement, so that what others write meanwhile is in both halves or in none.
	rows, err := db.All(ctx, s.db, func(r db.Row) (x row, err error) {
		err = r.Scan(&x.stored, &x.path, &x.day, &x.legal, &x.secret, &x.own, &x.held, &x.state, &x.n)
		return
	}, `
		SELECT FALSE, path, substr(due, 1, 10), substr(late, 1, 10), secret, own, held, state, COUNT(*)
		FROM deadline_clock WHERE state IN ('running', 'manual') GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
		UNION ALL
		SELECT TRUE, path, day, legal, secret, own, held, state, n FROM deadline_count`)
	if err != nil {
		return 0, err
	}
	own := map[countKey]int{}
	for _, r := range rows {
		if !r.stored {
			own[r.countKey] += r.n
		}
	}
	by := spread(own)
	for _, r := range rows {
		if r.stored {
			by[r.countKey] -= r.n
		}
	}
	for _, n := range by {
		if n != 0 {
			wrong++
		}
	}
	return wrong, s.addSpread(ctx, by)
}

// dropZeros removes counts of nothing, each by itself: in one statement they would be
// locked in no order. Call it in no transaction.
func (s store) dropZeros(ctx context.Context) error {
	keys, err := db.All(ctx, s.db, func(r db.Row) (k countKey, err error) {
		err = r.Scan(&k.path, &k.day, &k.legal, &k.secret, &k.own, &k.held, &k.state)
		return
	}, `SELECT path, day, legal, secret, own, held, state FROM deadline_count WHERE n = 0`)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if _, err := s.db.Exec(ctx, `
			DELETE FROM deadline_count WHERE path = $1 AND day = $2 AND legal = $3 AND secret = $4 AND own = $5 AND held = $6 AND state = $7 AND n = 0`,
			k.path, k.day, k.legal, k.secret, k.own, k.held, k.state); err != nil {
			return err
		}
	}
	return nil
}

// analyze has the database look anew at the tables a night writes.
func (s store) analyze(ctx context.Context) error {
	return s.db.Analyze(ctx, "deadline_case", "deadline_clock", "deadline_count")
}

const saidColumns = `clock, done, until, lapsed, note, by, at`

func scanSaid(r db.Row) (x said, err error) {
	err = r.Scan(&x.clock, &x.done, &x.until, &x.lapsed, &x.note, &x.by, &x.at)
	return
}

func (s store) saidOf(ctx context.Context, id criminal.ID) ([]said, error) {
	return db.All(ctx, s.db, scanSaid, `SELECT `+saidColumns+` FROM deadline_said WHERE case_id = $1`, id)
}

func (s store) say(ctx context.Context, c criminal.ID, x said) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO deadline_said (case_id, `+saidColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (clock) DO UPDATE SET done = excluded.done, until = excluded.until, lapsed = excluded.lapsed,
		  note = excluded.note, by = excluded.by, at = excluded.at`,
		c, x.clock, x.done, x.until, x.lapsed, x.note, x.by, x.at)
	return err
}

// Everything of a stretch of cases, for the comparison of the night: one row a case,
// for a database is faster at joining texts than at handing out columns.

// sumColumns writes what Clock.line writes, and after it what was warned of.
const sumColumns = `id || '|' || rule || '|' || source || '|' || start || '|' || nominal || '|' || legal || '|' || state || '|' || ended || '|' || ended_by
	|| '|' || CASE WHEN own THEN '1' ELSE '0' END || '|' || held || '|' || urgent || '|' || path
	|| '|' || CASE WHEN secret THEN '1' ELSE '0' END || '|' || staff || '|' || leader || '|' || warned || '|' || next_warn`

type sum struct {
	id    criminal.ID
	lines string
}

func (s store) sums(ctx context.Context, from, to criminal.ID) ([]sum, error) {
	return db.All(ctx, s.db, func(r db.Row) (x sum, err error) {
		err = r.Scan(&x.id, &x.lines)
		return
	}, `
		SELECT case_id, string_agg(`+sumColumns+`, '
' ORDER BY id)
		FROM deadline_clock WHERE case_id >= $1 AND case_id <= $2 GROUP BY case_id ORDER BY case_id`, from, to)
}

func (s store) caseRows(ctx context.Context, from, to criminal.ID) ([]caseRow, error) {
	return db.All(ctx, s.db, scanCase, `SELECT `+caseColumns+` FROM deadline_case WHERE case_id >= $1 AND case_id <= $2 ORDER BY case_id`, from, to)
}

type saidIn struct {
	said
	of criminal.ID
}

func (s store) saidBetween(ctx context.Context, from, to criminal.ID) ([]saidIn, error) {
	return db.All(ctx, s.db, func(r db.Row) (x saidIn, err error) {
		err = r.Scan(&x.of, &x.clock, &x.done, &x.until, &x.lapsed, &x.note, &x.by, &x.at)
		return
	}, `SELECT case_id, `+saidColumns+` FROM deadline_said WHERE case_id >= $1 AND case_id <= $2 ORDER BY case_id`, from, to)
}

// cut returns n-1 ids that part the cases into n stretches of about one length.
func (s store) cut(ctx context.Context, n int) ([]criminal.ID, error) {
	all, err := db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM criminal_v`)
	if err != nil {
		return nil, err
	}
	var out []criminal.ID
	for i := 1; i < n && all/n > 0; i++ {
		id, err := db.One(ctx, s.db, db.Value[criminal.ID], `SELECT id FROM criminal_v ORDER BY id LIMIT 1 OFFSET $1`, i*all/n)
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, nil
}

// Boards.

// look is who looks at what: the office, the path pattern, or the person.
type look struct {
	scope  Scope
	me     org.StaffID
	office auth.Office
	path   string
	secret bool     // may count the secret cases of the office
	tags   []string // whose cases may be seen
	now    string
	today  civil.Date
	week   civil.Date
	month  civil.Date
}

// where is the condition of a scope on the clocks, its argument in $1.
func (l look) where() (string, any) {
	switch l.scope {
	case Mine:
		return `k.staff = $1`, l.me
	case Unit:
		return `k.leader = $1`, l.me
	case Superior:
		return `k.path LIKE $1`, l.path + "%"
	case Office:
	}
	return `k.office = $1`, l.office
}

type bucket struct {
	level Level
	own   bool
	held  Held
	state State
	n     int
}

func scanBucket(r db.Row) (b bucket, err error) {
	var level int
	err = r.Scan(&level, &b.own, &b.held, &b.state, &b.n)
	b.level = Levels[level]
	return
}

// personal counts the clocks of a person, or of the secret cases they are in.
func (s store) personal(ctx context.Context, l look) ([]bucket, error) {
	where, arg := l.where()
	// Two halves, for each state has an index of its own.
	return db.All(ctx, s.db, scanBucket, `
		SELECT `+levelCase+`, k.own, k.held, k.state, COUNT(*)
		FROM deadline_clock k WHERE k.state = 'running' AND `+where+` GROUP BY 1, 2, 3, 4
		UNION ALL
		SELECT 5, k.own, k.held, k.state, COUNT(*)
		FROM deadline_clock k WHERE k.state = 'manual' AND `+where+` GROUP BY 1, 2, 3, 4`,
		arg, l.now, closes(string(l.today)), closes(string(l.week)), closes(string(l.month)))
}

const levelCase = `CASE WHEN k.late <= $2 THEN 0 WHEN k.due <= $2 THEN 1 WHEN k.due <= $3 THEN 2 WHEN k.due <= $4 THEN 3 WHEN k.due <= $5 THEN 4 ELSE 5 END`

// counted adds up the counts of an office, or of it and all below.
func (s store) counted(ctx context.Context, l look) ([]bucket, error) {
	return db.All(ctx, s.db, scanBucket, `
		SELECT CASE WHEN legal < $2 THEN 0 WHEN day < $2 THEN 1 WHEN day = $2 THEN 2 WHEN day <= $3 THEN 3 WHEN day <= $4 THEN 4 ELSE 5 END,
		  own, held, state, SUM(n)
		FROM deadline_count
		WHERE path = $1 AND (secret = FALSE OR $5) GROUP BY 1, 2, 3, 4`,
		l.path, l.today, l.week, l.month, l.secret)
}

type pathBucket struct {
	path string
	bucket
}

// byOffice is counted for each of several offices, without secret cases.
func (s store) byOffice(ctx context.Context, l look, paths []string) ([]pathBucket, error) {
	list, err := json.Marshal(paths)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, func(r db.Row) (b pathBucket, err error) {
		var level int
		err = r.Scan(&b.path, &level, &b.own, &b.held, &b.state, &b.n)
		b.level = Levels[level]
		return
	}, `
		SELECT path, CASE WHEN legal < $2 THEN 0 WHEN day < $2 THEN 1 WHEN day = $2 THEN 2 WHEN day <= $3 THEN 3 WHEN day <= $4 THEN 4 ELSE 5 END,
		  own, held, state, SUM(n)
		FROM deadline_count
		WHERE path IN (`+s.db.Strings("$1")+`) AND secret = FALSE GROUP BY 1, 2, 3, 4, 5`,
		string(list), l.today, l.week, l.month)
}

// passed counts the clocks that end today and have already ended: the counts know
// days only.
func (s store) passed(ctx context.Context, l look) ([]bucket, error) {
	where, arg := l.where()
	return db.All(ctx, s.db, scanBucket, `
		SELECT 0, k.own, k.held, k.state, COUNT(*)
		FROM deadline_clock k
		WHERE k.state = 'running' AND `+where+` AND k.due >= $2 AND k.due <= $3 AND (k.secret = FALSE OR $4 AND k.office = $5)
		GROUP BY 1, 2, 3, 4`, arg, opens(string(l.today)), l.now, l.secret, l.office)
}

// custody returns the ends of the custodies that run.
func (s store) custody(ctx context.Context, l look) ([]string, error) {
	where, arg := l.where()
	return db.All(ctx, s.db, db.Value[string], `
		SELECT k.due FROM deadline_clock k
		WHERE k.state = 'running' AND k.held = 1 AND `+where+` AND (k.secret = FALSE OR $2 AND k.office = $4 OR k.staff = $3) ORDER BY k.due`,
		arg, l.secret, l.me, l.office)
}

// detention counts the detentions that run by the day they end.
func (s store) detention(ctx context.Context, l look) ([]dayCount, error) {
	if l.scope == Mine || l.scope == Unit {
		where, arg := l.where()
		return db.All(ctx, s.db, scanDay, `
			SELECT substr(k.due, 1, 10), k.own, COUNT(*) FROM deadline_clock k
			WHERE k.state = 'running' AND k.held = 2 AND `+where+` GROUP BY 1, 2`, arg)
	}
	return db.All(ctx, s.db, scanDay, `
		SELECT day, own, SUM(n) FROM deadline_count
		WHERE path = $1 AND state = 'running' AND held = 2 AND (secret = FALSE OR $2) GROUP BY 1, 2`, l.path, l.secret)
}

type dayCount struct {
	day civil.Date
	own bool
	n   int
}

func scanDay(r db.Row) (d dayCount, err error) {
	err = r.Scan(&d.day, &d.own, &d.n)
	return
}

// calendar counts clocks by the day they end.
func (s store) calendar(ctx context.Context, l look, from, to civil.Date) ([]dayCount, error) {
	if l.scope == Mine || l.scope == Unit {
		where, arg := l.where()
		return db.All(ctx, s.db, scanDay, `
			SELECT substr(k.due, 1, 10), k.own, COUNT(*) FROM deadline_clock k
			WHERE k.state = 'running' AND `+where+` AND k.due > $2 AND k.due <= $3 GROUP BY 1, 2`, arg, string(from), closes(string(to)))
	}
	return db.All(ctx, s.db, scanDay, `
		SELECT day, own, SUM(n) FROM deadline_count
		WHERE path = $1 AND day >= $2 AND day <= $3 AND state = 'running' AND (secret = FALSE OR $4) GROUP BY 1, 2`,
		l.path, from, to, l.secret)
}

func (s store) suspendedCount(ctx context.Context, l look) (int, error) {
	where, arg := l.caseWhere()
	return db.One(ctx, s.db, db.Value[int], `
		SELECT COUNT(*) FROM deadline_case c WHERE c.suspended <> '' AND `+where+` AND (c.secret = FALSE OR $2 AND c.office = $4 OR c.staff = $3)`,
		arg, l.secret, l.me, l.office)
}

func (l look) caseWhere() (string, any) {
	switch l.scope {
	case Mine:
		return `c.staff = $1`, l.me
	case Unit:
		return `c.leader = $1`, l.me
	case Superior:
		return `c.path LIKE $1`, l.path + "%"
	case Office:
	}
	return `c.office = $1`, l.office
}

func scanNamed(r db.Row) (k Clock, err error) {
	err = r.Scan(append(clockFields(&k), &k.Number, &k.CaseName, &k.Person, &k.StaffName)...)
	return
}

var (
	named    = nameless + `deadline_clock k` + names
	nameless = `SELECT ` + clockColumns + `, v.number, v.name, COALESCE(p.name, ''), COALESCE(o.name, '')
	FROM `
	names = `
	JOIN criminal_v v ON v.id = k.case_id
	LEFT JOIN criminal_person_v p ON p.id = k.subject
	LEFT JOIN org_staff_v o ON o.id = k.staff`
)

// seen is the rule of who may see a case, whose id stands in column; its argument is
// the JSON of the tags. OFFSET 0 has PostgreSQL ask it of one case after the other,
// until there are enough, and not gather all cases that may be seen. Cases that are
// kept out of the scope stand in the same list, after policy.KeptOut.
func (s store) seen(column, arg string) string {
	return `EXISTS (SELECT 1 FROM criminal_tag_v t WHERE t.case_id = ` + column + ` AND t.tag IN (` + s.db.Strings(arg) + `) LIMIT 1 OFFSET 0)
		AND '` + policy.KeptOut + `' || ` + column + ` NOT IN (` + s.db.Strings(arg) + `)`
}

// conditions are what a query asks beside its fixed part: only what is set stands in
// it, for a condition that may be switched off by its value hides from the database
// how few rows it leaves.
type conditions struct {
	text strings.Builder
	args []any
}

// and adds a condition; each ? in it is one of the values.
func (c *conditions) and(set bool, text string, values ...any) {
	if !set {
		return
	}
	c.text.WriteString(" AND ")
	for _, v := range values {
		before, after, _ := strings.Cut(text, "?")
		c.text.WriteString(before + c.arg(v))
		text = after
	}
	c.text.WriteString(text)
}

// arg adds a value and returns its place.
func (c *conditions) arg(v any) string {
	c.args = append(c.args, v)
	return "$" + strconv.Itoa(len(c.args))
}

// rows returns the clocks of a scope that pass f, nearest end first.
func (s store) rows(ctx context.Context, l look, f Filter) ([]Clock, error) {
	where, arg := l.where()
	tags, err := json.Marshal(l.tags)
	if err != nil {
		return nil, err
	}
	state := `k.state = 'running'`
	if f.State == Manual { // has no end yet
		state = `k.state = 'manual'`
	}
	from, to, late, notLate := "", "", "", ""
	today, week, month := closes(string(l.today)), closes(string(l.week)), closes(string(l.month))
	switch f.Level {
	case Breached:
		late = l.now
	case Overdue:
		to, notLate = l.now, l.now
	case Today:
		from, to = l.now, today
	case Week:
		from, to = today, week
	case Month:
		from, to = week, month
	case Later:
		from = month
	}
	if f.Level == Week && week <= today {
		to = today
	}
	if f.Day != "" {
		if from, to = max(from, string(f.Day)), cmp.Or(to, "9"); closes(string(f.Day)) < to {
			to = closes(string(f.Day))
		}
	}
	c := conditions{args: []any{arg, string(tags)}}
	c.and(from != "", `k.due > ?`, from)
	c.and(to != "", `k.due <= ?`, to)
	c.and(late != "", `k.late <= ?`, late)
	c.and(notLate != "", `k.late > ?`, notLate)
	c.and(f.Whose != "", `k.own = ?`, f.Whose == "own")
	c.and(f.Held != Free, `k.held = ?`, int(f.Held))
	c.and(f.Rule != "", `k.rule = ?`, f.Rule)
	c.and(f.Office != "", `k.office = ?`, f.Office)
	c.and(f.Staff != "", `k.staff = ?`, f.Staff)
	c.and(f.Case != "", `k.case_id = ?`, f.Case)
	c.and(f.Of != "", `k.subject = ?`, f.Of)
	c.and(f.After != "", `(k.due, k.id) > (SELECT a.due, a.id FROM deadline_clock a WHERE a.id = ?)`, f.After)
	limit := c.arg(f.Size() + 1)
	// The rows are cut before their names are joined: PostgreSQL would name them all.
	return db.All(ctx, s.db, scanNamed, nameless+`(
		SELECT k.* FROM deadline_clock k
		WHERE `+state+` AND `+where+` AND `+s.seen("k.case_id", "$2")+c.text.String()+`
		ORDER BY k.due, k.id
		LIMIT `+limit+`) k`+names+`
		ORDER BY k.due, k.id`, append([]any{db.Anew}, c.args...)...)
}

// namedOf returns the clocks of a case with names.
func (s store) namedOf(ctx context.Context, id criminal.ID) ([]Clock, error) {
	return db.All(ctx, s.db, scanNamed, named+` WHERE k.case_id = $1
		ORDER BY CASE k.state WHEN 'running' THEN 0 WHEN 'manual' THEN 0 ELSE 1 END, k.due, k.id`, id)
}

// ofPerson returns what runs in the charge of a person, for their calendar.
func (s store) ofPerson(ctx context.Context, who org.StaffID, limit int) ([]Clock, error) {
	return db.All(ctx, s.db, scanNamed, named+` WHERE k.state = 'running' AND k.staff = $1 ORDER BY k.due, k.id LIMIT $2`, who, limit)
}

func scanSuspended(r db.Row) (x Suspended, err error) {
	err = r.Scan(&x.Case, &x.Number, &x.Name, &x.Office, &x.Since, &x.Reason, &x.Waiting, &x.Limitation)
	return
}

func (s store) suspended(ctx context.Context, l look, f Filter) ([]Suspended, error) {
	where, arg := l.caseWhere()
	tags, err := json.Marshal(l.tags)
	if err != nil {
		return nil, err
	}
	c := conditions{args: []any{arg, string(tags)}}
	c.and(f.Office != "", `c.office = ?`, f.Office)
	c.and(f.After != "", `(c.suspended, c.case_id) > (SELECT a.suspended, a.case_id FROM deadline_case a WHERE a.case_id = ?)`, f.After)
	limit := c.arg(f.Size() + 1)
	return db.All(ctx, s.db, scanSuspended, `
		SELECT c.case_id, v.number, v.name, c.office, c.suspended, c.reason, c.waiting, c.limitation
		FROM deadline_case c JOIN criminal_v v ON v.id = c.case_id
		WHERE c.suspended <> '' AND `+where+` AND `+s.seen("c.case_id", "$2")+c.text.String()+`
		ORDER BY c.suspended, c.case_id LIMIT `+limit, append([]any{db.Anew}, c.args...)...)
}

// lockCase makes those that compute one case go one after the other.
func (s store) lockCase(ctx context.Context, id criminal.ID) error {
	_, err := s.db.Exec(ctx, `UPDATE deadline_case SET case_id = case_id WHERE case_id = $1`, id)
	return err
}

// clockNow is the time by the clock of the database.
func (s store) clockNow(ctx context.Context) (time.Time, error) {
	v, err := db.One(ctx, s.db, db.Value[any], `SELECT CURRENT_TIMESTAMP`)
	if err != nil {
		return time.Time{}, err
	}
	switch t := v.(type) {
	case time.Time:
		return t.UTC(), nil
	case string:
		return time.Parse(time.DateTime, t)
	}
	return time.Time{}, fmt.Errorf("clock of the database: %T", v)
}
