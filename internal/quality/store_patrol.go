package quality

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/org"
	"congminh/internal/quality/watchlist"
)

// holdWatch makes whoever writes findings wait for whoever else does.
func (s store) holdWatch(ctx context.Context) error {
	_, err := s.db.Exec(ctx, `UPDATE quality_watch_round SET one = one`)
	return err
}

func (s store) markWatch(ctx context.Context, ids []criminal.ID, now time.Time) error {
	for _, id := range ids {
		if _, err := s.db.Exec(ctx, `INSERT INTO quality_watch_stale (case_id, since) VALUES ($1, $2) ON CONFLICT (case_id) DO NOTHING`, id, now); err != nil {
			return err
		}
	}
	return nil
}

func (s store) unmarkWatch(ctx context.Context, id criminal.ID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM quality_watch_stale WHERE case_id = $1`, id)
	return err
}

func (s store) staleWatch(ctx context.Context, n int) ([]criminal.ID, error) {
	return db.All(ctx, s.db, db.Value[criminal.ID], `SELECT case_id FROM quality_watch_stale ORDER BY since, case_id LIMIT $1`, n)
}

func (s store) wentRound(ctx context.Context, now time.Time) error {
	_, err := s.db.Exec(ctx, `UPDATE quality_watch_round SET at = $1`, now)
	return err
}

func (s store) lastRound(ctx context.Context) (*time.Time, error) {
	return db.One(ctx, s.db, db.Value[*time.Time], `SELECT at FROM quality_watch_round`)
}

// exhibitsOf are the exhibits of all cases from from to to.
func (s store) exhibitsOf(ctx context.Context, from, to criminal.ID) (map[criminal.ID][]watchlist.Exhibit, error) {
	out := map[criminal.ID][]watchlist.Exhibit{}
	_, err := db.All(ctx, s.db, func(r db.Row) (n int, err error) {
		var c criminal.ID
		var x watchlist.Exhibit
		var made time.Time
		var takers, ends int
		err = r.Scan(&c, &x.ID, &x.Code, &x.Name, &made, &x.Folio, &takers, &ends)
		x.Since, x.Holder, x.Settled = civil.On(made), takers > 0, ends > 0
		out[c] = append(out[c], x)
		return 0, err
	}, `SELECT case_id, id, code, name, created, folio, takers, ends FROM dossier_exhibit_v WHERE case_id >= $1 AND case_id <= $2 ORDER BY case_id, code`, from, to)
	return out, err
}

const watchedColumns = `w.id, w.case_id, COALESCE(c.number, ''), COALESCE(c.name, ''), w.rule, w.subject, w.grp, w.severity, w.office, w.path, w.staff, COALESCE(p.name, ''),
	w.act, w.folio, w.person, w.since, w.text, w.todo, w.found, w.repeated, w.reminded, w.noticed, w.answered, w.reported, w.due, w.notice, w.ended, w.closed, w.how`

const watchedFrom = ` FROM quality_watch w LEFT JOIN criminal_v c ON c.id = w.case_id LEFT JOIN org_staff_v p ON p.id = w.staff `

func scanWatched(r db.Row) (w Watched, err error) {
	var repeated int
	err = r.Scan(&w.ID, &w.Case, &w.Number, &w.CaseName, &w.Rule, &w.subject, &w.Group, &w.Severity, &w.Office, &w.path, &w.Staff, &w.Handler,
		&w.Act, &w.Folio, &w.person, &w.Since, &w.Text, &w.Todo, &w.Found, &repeated, &w.Reminded, &w.Noticed, &w.Answered, &w.Reported, &w.Due, &w.Notice, &w.Ended, &w.Closed, &w.How)
	w.Repeated = repeated > 0
	return w, err
}

func (s store) watched(ctx context.Context, id WatchedID) (Watched, error) {
	return db.One(ctx, s.db, scanWatched, `SELECT `+watchedColumns+watchedFrom+`WHERE w.id = $1`, id)
}

// standingWatch are the findings of some cases that are still so.
func (s store) standingWatch(ctx context.Context, from, to criminal.ID) ([]Watched, error) {
	return db.All(ctx, s.db, scanWatched, `SELECT `+watchedColumns+watchedFrom+`WHERE w.case_id >= $1 AND w.case_id <= $2 AND w.ended IS NULL ORDER BY w.case_id, w.id`, from, to)
}

func (s store) noticeFindings(ctx context.Context, n WatchNoticeID) ([]Watched, error) {
	return db.All(ctx, s.db, scanWatched, `SELECT `+watchedColumns+watchedFrom+`WHERE w.notice = $1 ORDER BY w.rank, w.id`, n)
}

// grave is the order of severities in the database, the graver first.
func grave(s watchlist.Severity) int { return slices.Index(watchlist.Severities, s) }

func (s store) insertWatched(ctx context.Context, ws []Watched) error {
	var rows [][]any
	for _, w := range ws {
		repeated := 0
		if w.Repeated {
			repeated = 1
		}
		rows = append(rows, []any{w.ID, w.Case, w.Rule, w.subject, w.Group, w.Severity, grave(w.Severity), w.Office, w.path, w.Staff, w.Act, w.Folio, w.person, w.Since, w.Text, w.Todo, w.Found, repeated, "", "", ""})
	}
	return s.db.Insert(ctx, `INSERT INTO quality_watch (id, case_id, rule, subject, grp, severity, rank, office, path, staff, act, folio, person, since, text, todo, found, repeated, due, notice, how) VALUES`, rows)
}

// updateWatched writes what a patrol sees differently, and how far its handling is.
func (s store) updateWatched(ctx context.Context, w Watched) error {
	_, err := s.db.Exec(ctx, `UPDATE quality_watch SET severity = $2, rank = $3, office = $4, path = $5, staff = $6, act = $7, folio = $8, since = $9, text = $10, todo = $11,
		reminded = $12, noticed = $13, answered = $14, reported = $15, due = $16, notice = $17, ended = $18, closed = $19, how = $20 WHERE id = $1`,
		w.ID, w.Severity, grave(w.Severity), w.Office, w.path, w.Staff, w.Act, w.Folio, w.Since, w.Text, w.Todo, w.Reminded, w.Noticed, w.Answered, w.Reported, w.Due, w.Notice, w.Ended, w.Closed, w.How)
	return err
}

// brokenSince reports whether the same rule was broken by the same person since a moment,
// and put right.
func (s store) brokenSince(ctx context.Context, staff org.StaffID, rule string, since time.Time) (bool, error) {
	n, err := db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM quality_watch WHERE staff = $1 AND rule = $2 AND found >= $3 AND closed IS NOT NULL`, staff, rule, since)
	return n > 0, err
}

// watchQuery is what a list of findings or notices is asked with.
type watchQuery struct {
	where []string
	args  []any
}

func (q *watchQuery) add(cond string, args ...any) {
	for _, a := range args {
		q.args = append(q.args, a)
		cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(q.args)), 1)
	}
	q.where = append(q.where, cond)
}

func (q *watchQuery) String() string { return strings.Join(q.where, " AND ") }

// mayWatch is which findings the asker may see: those of the cases open to them that
// are in the offices they supervise, or that they handle.
type mayWatch struct {
	like string // "" for whoever does not supervise
	me   org.StaffID
	tags []string
}

func (s store) seenBy(q *watchQuery, table string, m mayWatch) error {
	tags, err := json.Marshal(append([]string{}, m.tags...)) // never null: PostgreSQL wants a list
	if err != nil {
		return err
	}
	q.add(`EXISTS (SELECT 1 FROM criminal_tag_v t WHERE t.case_id = `+table+`.case_id AND t.tag IN (`+s.db.Strings("?")+`))`, string(tags))
	if m.like == "" {
		q.add(table+`.staff = ?`, m.me)
		return nil
	}
	q.add(`(`+table+`.path LIKE ? OR `+table+`.staff = ?)`, m.like, m.me)
	return nil
}

func (s store) watchWhere(f WatchFilter, m mayWatch, now time.Time) (q watchQuery, err error) {
	if err := s.seenBy(&q, "w", m); err != nil {
		return q, err
	}
	switch f.State {
	case WatchClosed:
		q.add(`w.closed IS NOT NULL`)
	case WatchAnswered:
		q.add(`w.closed IS NULL AND w.answered IS NOT NULL`)
	case WatchNoticed:
		q.add(`w.closed IS NULL AND w.answered IS NULL AND w.notice <> ''`)
	case WatchReminded:
		q.add(`w.closed IS NULL AND w.answered IS NULL AND w.notice = '' AND w.reminded IS NOT NULL`)
	case WatchOpen:
		q.add(`w.closed IS NULL AND w.answered IS NULL AND w.notice = '' AND w.reminded IS NULL`)
	default:
		q.add(`w.closed IS NULL`)
	}
	for _, c := range []struct{ column, v string }{{"w.grp", string(f.Group)}, {"w.severity", string(f.Severity)}, {"w.office", string(f.Office)}, {"w.staff", string(f.Staff)}, {"w.case_id", string(f.Case)}, {"w.rule", f.Rule}} {
		if c.v != "" {
			q.add(c.column+` = ?`, c.v)
		}
	}
	if f.Age > 0 {
		q.add(`w.found <= ?`, now.AddDate(0, 0, -f.Age))
	}
	return q, nil
}

// watchedList returns findings in the order asked for.
func (s store) watchedList(ctx context.Context, f WatchFilter, m mayWatch, now time.Time, limit int) ([]Watched, error) {
	q, err := s.watchWhere(f, m, now)
	if err != nil {
		return nil, err
	}
	order := `w.rank, w.id`
	after, id, _ := strings.Cut(f.After, "~")
	switch f.Sort {
	case "newest":
		order = `w.id DESC`
		if f.After != "" {
			q.add(`w.id < ?`, id)
		}
	case "oldest":
		order = `w.id`
		if f.After != "" {
			q.add(`w.id > ?`, id)
		}
	default:
		if f.After != "" {
			q.add(`(w.rank > ? OR w.rank = ? AND w.id > ?)`, grave(watchlist.Severity(after)), grave(watchlist.Severity(after)), id)
		}
	}
	q.args = append(q.args, limit)
	return db.All(ctx, s.db, scanWatched, `SELECT `+watchedColumns+watchedFrom+`WHERE `+q.String()+` ORDER BY `+order+fmt.Sprintf(` LIMIT $%d`, len(q.args)), q.args...)
}

// countWatched counts findings by group and severity.
func (s store) countWatched(ctx context.Context, f WatchFilter, m mayWatch, now time.Time) (map[watchlist.Group]map[watchlist.Severity]int, error) {
	q, err := s.watchWhere(f, m, now)
	if err != nil {
		return nil, err
	}
	out := map[watchlist.Group]map[watchlist.Severity]int{}
	_, err = db.All(ctx, s.db, func(r db.Row) (n int, err error) {
		var g watchlist.Group
		var v watchlist.Severity
		err = r.Scan(&g, &v, &n)
		if out[g] == nil {
			out[g] = map[watchlist.Severity]int{}
		}
		out[g][v] = n
		return
	}, `SELECT w.grp, w.severity, COUNT(*) FROM quality_watch w WHERE `+q.String()+` GROUP BY w.grp, w.severity`, q.args...)
	return out, err
}

// watchHandlers are the people whose cases have findings, for choosing one of them.
func (s store) watchHandlers(ctx context.Context, m mayWatch) ([]org.Staff, error) {
	var q watchQuery
	if err := s.seenBy(&q, "w", m); err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, func(r db.Row) (p org.Staff, err error) { err = r.Scan(&p.ID, &p.Name); return },
		`SELECT DISTINCT p.id, p.name FROM quality_watch w JOIN org_staff_v p ON p.id = w.staff WHERE `+q.String()+` ORDER BY p.name, p.id`, q.args...)
}

func (s store) addWatchStep(ctx context.Context, of string, x WatchStep) error {
	n, err := db.One(ctx, s.db, db.Value[int], `SELECT COALESCE(MAX(n), 0) + 1 FROM quality_watch_step WHERE of_id = $1`, of)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `INSERT INTO quality_watch_step (of_id, n, verb, by_id, by_name, to_id, to_name, note, act, folio, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		of, n, x.Verb, x.By, x.ByName, x.To, x.ToName, x.Note, x.Act, x.Folio, x.At)
	return err
}

func (s store) watchSteps(ctx context.Context, of string) ([]WatchStep, error) {
	return db.All(ctx, s.db, func(r db.Row) (x WatchStep, err error) {
		err = r.Scan(&x.Verb, &x.By, &x.ByName, &x.To, &x.ToName, &x.Note, &x.Act, &x.Folio, &x.At)
		return
	}, `SELECT verb, by_id, by_name, to_id, to_name, note, act, folio, at FROM quality_watch_step WHERE of_id = $1 ORDER BY n`, of)
}

// nextNotice gives the next number of an office and year; whoever asks at once waits.
func (s store) nextNotice(ctx context.Context, o auth.Office, year int) (int64, error) {
	if _, err := s.db.Exec(ctx, `INSERT INTO quality_notice_book (office, year, last) VALUES ($1, $2, 1)
		ON CONFLICT (office, year) DO UPDATE SET last = quality_notice_book.last + 1`, o, year); err != nil {
		return 0, err
	}
	return db.One(ctx, s.db, db.Value[int64], `SELECT last FROM quality_notice_book WHERE office = $1 AND year = $2`, o, year)
}

const noticeColumns = `n.id, n.office, n.path, n.year, n.number, n.case_id, COALESCE(c.number, ''), COALESCE(c.name, ''), n.staff, n.staff_name, n.ask, n.state, n.due, n.late_from, n.level, n.by_id, n.by_name, n.at`

const noticeFrom = ` FROM quality_notice n LEFT JOIN criminal_v c ON c.id = n.case_id `

func scanNotice(r db.Row) (n WatchNotice, err error) {
	err = r.Scan(&n.ID, &n.Office, &n.path, &n.Year, &n.N, &n.Case, &n.Number, &n.CaseName, &n.Staff, &n.Handler, &n.Ask, &n.State, &n.Due, &n.lateFrom, &n.Level, &n.By, &n.ByName, &n.At)
	return
}

func (s store) insertNotice(ctx context.Context, n WatchNotice) error {
	_, err := s.db.Exec(ctx, `INSERT INTO quality_notice (id, office, path, year, number, case_id, staff, staff_name, ask, state, due, late_from, level, by_id, by_name, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		n.ID, n.Office, n.path, n.Year, n.N, n.Case, n.Staff, n.Handler, n.Ask, n.State, n.Due, n.lateFrom, n.Level, n.By, n.ByName, n.At)
	return err
}

func (s store) updateNotice(ctx context.Context, n WatchNotice) error {
	_, err := s.db.Exec(ctx, `UPDATE quality_notice SET state = $2, late_from = $3, level = $4 WHERE id = $1`, n.ID, n.State, n.lateFrom, n.Level)
	return err
}

func (s store) notice(ctx context.Context, id WatchNoticeID) (WatchNotice, error) {
	return db.One(ctx, s.db, scanNotice, `SELECT `+noticeColumns+noticeFrom+`WHERE n.id = $1`, id)
}

// noticeList returns notices, the newest first; also those that went up to the asker.
func (s store) noticeList(ctx context.Context, state NoticeState, m mayWatch, after string, limit int) ([]WatchNotice, error) {
	var own watchQuery
	if err := s.seenBy(&own, "n", m); err != nil {
		return nil, err
	}
	q := watchQuery{args: own.args}
	q.add(`(`+own.String()+` OR EXISTS (SELECT 1 FROM quality_notice_report r WHERE r.notice = n.id AND r.staff = ?))`, m.me)
	if state != "" {
		q.add(`n.state = ?`, state)
	}
	if after != "" {
		q.add(`n.id < ?`, after)
	}
	q.args = append(q.args, limit)
	return db.All(ctx, s.db, scanNotice, `SELECT `+noticeColumns+noticeFrom+`WHERE `+q.String()+fmt.Sprintf(` ORDER BY n.id DESC LIMIT $%d`, len(q.args)), q.args...)
}

// lateNotices are those nobody answered in time or met, that may go up further.
func (s store) lateNotices(ctx context.Context, day civil.Date, below int) ([]WatchNotice, error) {
	return db.All(ctx, s.db, scanNotice, `SELECT `+noticeColumns+noticeFrom+`WHERE n.state IN ('issued', 'unremedied') AND n.late_from < $1 AND n.level < $2 ORDER BY n.id`, day, below)
}

func (s store) addReport(ctx context.Context, n WatchNoticeID, to org.StaffID, at time.Time) error {
	_, err := s.db.Exec(ctx, `INSERT INTO quality_notice_report (notice, staff, at) VALUES ($1, $2, $3) ON CONFLICT (notice, staff) DO NOTHING`, n, to, at)
	return err
}

func (s store) reportedTo(ctx context.Context, n WatchNoticeID, who org.StaffID) (bool, error) {
	c, err := db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM quality_notice_report WHERE notice = $1 AND staff = $2`, n, who)
	return c > 0, err
}

// kept are the findings that a span of days counts, of the offices at or below a path.
func (s store) kept(ctx context.Context, path string, from, to civil.Date) ([]watchlist.Kept, error) {
	day := func(t *time.Time) civil.Date {
		if t == nil {
			return ""
		}
		return civil.On(*t)
	}
	return db.All(ctx, s.db, func(r db.Row) (k watchlist.Kept, err error) {
		var found time.Time
		var reminded, noticed, reported, closed *time.Time
		var repeated int
		err = r.Scan(&k.Group, &k.Severity, &k.Office, &k.Staff, &found, &reminded, &noticed, &k.Due, &reported, &closed, &repeated)
		k.Found, k.Reminded, k.Noticed, k.Reported, k.Closed, k.Repeated = civil.On(found), day(reminded), day(noticed), day(reported), day(closed), repeated > 0
		return k, err
	}, `SELECT grp, severity, office, staff, found, reminded, noticed, due, reported, closed, repeated FROM quality_watch
		WHERE path LIKE $1 AND found < $2 AND (closed IS NULL OR closed >= $3)`, path+"%", to.Add(1).Start(), from.Start())
}

func (s store) keepMonth(ctx context.Context, o auth.Office, month string, m watchlist.Month, by, name string, now time.Time) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `INSERT INTO quality_watch_month (office, month, body, by_id, by_name, at) VALUES ($1, $2, $3, $4, $5, $6)`, o, month, string(body), by, name, now)
	return err
}

// monthKept is the ledger of a month as it was closed.
func (s store) monthKept(ctx context.Context, o auth.Office, month string) (m watchlist.Month, name string, at time.Time, err error) {
	_, err = db.One(ctx, s.db, func(r db.Row) (n int, err error) {
		var body string
		if err = r.Scan(&body, &name, &at); err == nil {
			err = json.Unmarshal([]byte(body), &m)
		}
		return 0, err
	}, `SELECT body, by_name, at FROM quality_watch_month WHERE office = $1 AND month = $2`, o, month)
	return m, name, at, err
}

// officesUnkept are the offices that have findings of a span of days and no closed
// ledger of the month.
func (s store) officesUnkept(ctx context.Context, month string, from, to civil.Date) ([]auth.Office, error) {
	return db.All(ctx, s.db, db.Value[auth.Office], `SELECT DISTINCT office FROM quality_watch w WHERE found < $2 AND (closed IS NULL OR closed >= $3)
		AND NOT EXISTS (SELECT 1 FROM quality_watch_month m WHERE m.office = w.office AND m.month = $1) ORDER BY office`, month, to.Add(1).Start(), from.Start())
}

// staffNames are the names of people.
func (s store) staffNames(ctx context.Context, ids []string) (map[string]string, error) {
	list, err := json.Marshal(append([]string{}, ids...)) // never null: PostgreSQL wants a list
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	_, err = db.All(ctx, s.db, func(r db.Row) (n int, err error) {
		var id, name string
		err = r.Scan(&id, &name)
		out[id] = name
		return 0, err
	}, `SELECT id, name FROM org_staff_v WHERE id IN (`+s.db.Strings("$1")+`)`, string(list))
	return out, err
}
