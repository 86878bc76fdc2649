package stats

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/org"
	"congminh/internal/stats/period"
)

// sumSeen is sum for the cases that tags open.
func (s store) sumSeen(ctx context.Context, like string, figures []string, from, to civil.Date, by []Dim, where map[Dim][]string, tags []string) ([]Count, error) {
	q, err := s.ask(like, figures, from, to, where)
	if err == nil {
		err = q.tagged(tags)
	}
	if err != nil {
		return nil, err
	}
	cols := "f.figure"
	for _, d := range by {
		cols += ", " + columns[d]
	}
	return db.All(ctx, s.db, func(r db.Row) (c Count, err error) {
		c.Key = make([]string, len(by))
		to := []any{&c.Figure}
		for i := range c.Key {
			to = append(to, &c.Key[i])
		}
		err = r.Scan(append(to, &c.N)...)
		return c, err
	}, `SELECT `+cols+`, CAST(SUM(f.delta) AS BIGINT) FROM stats_fact f WHERE `+q.String()+` GROUP BY `+cols, q.args...)
}

const reportColumns = `r.id, r.name, r.owner, r.by_name, r.office, r.path, r.spec, r.share, r.schedule, r.due, r.changed, r.deleted`

func scanReport(row db.Row) (r Report, err error) {
	var spec, schedule string
	var due, deleted *time.Time
	if err = row.Scan(&r.ID, &r.Name, &r.Owner, &r.By, &r.Office, &r.Path, &spec, &r.Share, &schedule, &due, &r.Changed, &deleted); err != nil {
		return r, err
	}
	r.Changed = r.Changed.UTC()
	if due != nil {
		r.Next = due.UTC()
	}
	if deleted != nil {
		r.Deleted = deleted.UTC()
	}
	return r, errors.Join(json.Unmarshal([]byte(spec), &r.Spec), json.Unmarshal([]byte(schedule), &r.Schedule))
}

// orNull is a moment, or NULL for none.
func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

func (s store) saveReport(ctx context.Context, r Report) error {
	spec, err := json.Marshal(r.Spec)
	if err != nil {
		return err
	}
	schedule, err := json.Marshal(r.Schedule)
	if err != nil {
		return err
	}
	if _, err = s.db.Exec(ctx, `INSERT INTO stats_report (id, name, owner, by_name, office, path, spec, share, schedule, due, changed, deleted)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, spec = excluded.spec, share = excluded.share, schedule = excluded.schedule,
			due = excluded.due, changed = excluded.changed, deleted = excluded.deleted`,
		r.ID, r.Name, r.Owner, r.By, r.Office, r.Path, string(spec), r.Share, string(schedule), orNull(r.Next), r.Changed, orNull(r.Deleted)); err != nil {
		return err
	}
	if _, err = s.db.Exec(ctx, `DELETE FROM stats_report_with WHERE report = $1`, r.ID); err != nil {
		return err
	}
	for _, staff := range r.With {
		if _, err = s.db.Exec(ctx, `INSERT INTO stats_report_with (report, staff) VALUES ($1, $2)`, r.ID, staff); err != nil {
			return err
		}
	}
	return nil
}

// readable is the condition that a report is the reader's or shared with them: $1 is who
// reads, $2 their office, $3 its path.
const readable = `(r.owner = $1 OR r.deleted IS NULL AND (r.share = 'office' AND r.office = $2 OR r.share = 'below' AND $3 LIKE r.path || '%'
	OR r.share = 'named' AND EXISTS (SELECT 1 FROM stats_report_with w WHERE w.report = r.id AND w.staff = $1)))`

func reader(ctx context.Context) []any {
	a := auth.From(ctx)
	return []any{a.ID, string(a.Office), auth.Path(a.Path)}
}

// reports lists the reports a reader may see, by name.
func (s store) reports(ctx context.Context) ([]Report, error) {
	return db.All(ctx, s.db, scanReport, `SELECT `+reportColumns+` FROM stats_report r WHERE `+readable+` ORDER BY r.name, r.id`, reader(ctx)...)
}

func (s store) report(ctx context.Context, id ReportID) (r Report, err error) {
	r, err = db.One(ctx, s.db, scanReport, `SELECT `+reportColumns+` FROM stats_report r WHERE `+readable+` AND r.id = $4`, append(reader(ctx), id)...)
	if err != nil {
		return r, err
	}
	r.With, err = db.All(ctx, s.db, db.Value[org.StaffID], `SELECT staff FROM stats_report_with WHERE report = $1 ORDER BY staff`, id)
	return r, err
}

// dueReports lists reports whose time has come, the longest waiting first.
func (s store) dueReports(ctx context.Context, now time.Time, n int) ([]Report, error) {
	return db.All(ctx, s.db, scanReport, `SELECT `+reportColumns+` FROM stats_report r WHERE r.due <= $1 AND r.deleted IS NULL ORDER BY r.due, r.id LIMIT $2`, now, n)
}

// advance moves the time of a report on; false if somebody else did.
func (s store) advance(ctx context.Context, id ReportID, was, next time.Time) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE stats_report SET due = $3 WHERE id = $1 AND due = $2 AND deleted IS NULL`, id, was, orNull(next))
	return n == 1, err
}

func (s store) insertRun(ctx context.Context, r Run) error {
	body, err := json.Marshal(r.Pivot)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `INSERT INTO stats_report_run (id, report, period, due, made, office, strict, fault, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.ID, r.Report, r.Period.String(), r.Due, r.Made, r.Pivot.Spec.Office, r.Strict, r.Fault, string(body))
	return err
}

const runColumns = `u.id, u.report, r.name, r.owner, u.period, u.due, u.made, u.strict, u.fault,
	EXISTS (SELECT 1 FROM stats_report_read d WHERE d.run = u.id AND d.staff = $1)`

// openRun is the condition that a reader may see what was made: the owner all of it,
// others what was made for others and did not fail.
const openRun = readable + ` AND (r.owner = $1 OR u.strict AND u.fault = '')`

func scanRun(more ...any) func(db.Row) (Run, error) {
	return func(row db.Row) (u Run, err error) {
		var p string
		if err = row.Scan(append([]any{&u.ID, &u.Report, &u.Name, &u.Owner, &p, &u.Due, &u.Made, &u.Strict, &u.Fault, &u.Read}, more...)...); err != nil {
			return u, err
		}
		u.Due, u.Made = u.Due.UTC(), u.Made.UTC()
		u.Period, err = period.Parse(p)
		return u, err
	}
}

// runs lists the last reports that were made and that a reader may see.
func (s store) runs(ctx context.Context, n int) ([]Run, error) {
	return db.All(ctx, s.db, scanRun(), `SELECT `+runColumns+` FROM stats_report_run u JOIN stats_report r ON r.id = u.report
		WHERE `+openRun+` ORDER BY u.due DESC, u.id DESC LIMIT $4`, append(reader(ctx), n)...)
}

func (s store) run(ctx context.Context, id RunID) (u Run, err error) {
	var body string
	u, err = db.One(ctx, s.db, scanRun(&body), `SELECT `+runColumns+`, u.body FROM stats_report_run u JOIN stats_report r ON r.id = u.report
		WHERE `+openRun+` AND u.id = $4`, append(reader(ctx), id)...)
	if err == nil {
		err = json.Unmarshal([]byte(body), &u.Pivot)
	}
	return u, err
}

// unread counts the reports that were made and that a reader has not read.
func (s store) unread(ctx context.Context) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM stats_report_run u JOIN stats_report r ON r.id = u.report
		WHERE `+openRun+` AND NOT EXISTS (SELECT 1 FROM stats_report_read d WHERE d.run = u.id AND d.staff = $1)`, reader(ctx)...)
}

func (s store) markRead(ctx context.Context, id RunID, staff string, now time.Time) error {
	_, err := s.db.Exec(ctx, `INSERT INTO stats_report_read (run, staff, at) VALUES ($1, $2, $3) ON CONFLICT (run, staff) DO NOTHING`, id, staff, now)
	return err
}
