package quality

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
)

// in writes that a column is one of some values, the n-th argument of the query.
func (s store) in(column string, n string) string {
	return column + ` IN (` + s.db.Strings(n) + `)`
}

func list(vs []string) string {
	b, _ := json.Marshal(vs) // of strings, which never fails
	return string(b)
}

// faultCount is what the assessments of an office's lines of a figure come to.
type faultCount struct {
	office          auth.Office
	figure          string
	faulty, pending int64
}

// faulted adds up lines of figures: those the procuracy is at fault for, and those that
// nobody has decided about.
func (s store) faulted(ctx context.Context, like string, figures []string, from, to civil.Date) ([]faultCount, error) {
	return db.All(ctx, s.db, func(r db.Row) (c faultCount, err error) {
		err = r.Scan(&c.office, &c.figure, &c.faulty, &c.pending)
		return
	}, `SELECT f.office, f.figure,
			CAST(SUM(CASE WHEN q.verdict = 'fault' AND q.party = 'procuracy' THEN f.delta ELSE 0 END) AS BIGINT),
			CAST(SUM(CASE WHEN q.verdict IS NULL OR q.verdict = 'none' THEN f.delta ELSE 0 END) AS BIGINT)
		FROM stats_fact_v f LEFT JOIN quality_fault q ON q.figure = f.figure AND q.case_id = f.case_id AND q.act = f.act AND q.person = f.person
		WHERE f.office IN (SELECT o.id FROM org_office_v o WHERE o.path LIKE $1) AND `+s.in("f.figure", "$2")+` AND f.day >= $3 AND f.day <= $4
		GROUP BY f.office, f.figure ORDER BY f.office, f.figure`, like, list(figures), from, to)
}

// term is a figure in a sum: what it counts between two days, so many times.
type term struct {
	figure   string
	from, to civil.Date // from the beginning for ""
	weight   int64
}

// gap lists the cases, or people, to which a sum gives more than nothing, the newest
// first, and what it gives to cases that no tag opens; with blame only of what the
// procuracy is at fault for.
func (s store) gap(ctx context.Context, like string, terms []term, people, blame bool, tags []string, limit int) ([]Missed, int64, error) {
	args := []any{like, list(tags)}
	arg := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	var sums, figures []string
	for _, t := range terms {
		figures = append(figures, t.figure)
		sums = append(sums, fmt.Sprintf(`CASE WHEN x.figure = %s AND x.day >= %s AND x.day <= %s THEN %d * x.delta ELSE 0 END`, arg(t.figure), arg(t.from), arg(t.to), t.weight))
	}
	sum, person, group := strings.Join(sums, " + "), `''`, "x.case_id"
	if people {
		person, group = "x.person", "x.case_id, x.person"
	}
	where := `x.office IN (SELECT o.id FROM org_office_v o WHERE o.path LIKE $1) AND ` + s.in("x.figure", arg(list(figures)))
	if blame {
		where += ` AND EXISTS (SELECT 1 FROM quality_fault q WHERE q.figure = x.figure AND q.case_id = x.case_id AND q.act = x.act AND q.person = x.person
			AND q.verdict = 'fault' AND q.party = 'procuracy')`
	}
	from := ` FROM (SELECT x.case_id AS case_id, ` + person + ` AS person, MAX(x.day) AS day, CAST(SUM(` + sum + `) AS BIGINT) AS lacks
		FROM stats_fact_v x WHERE ` + where + ` GROUP BY ` + group + ` HAVING SUM(` + sum + `) > 0) f`
	hidden, err := db.One(ctx, s.db, db.Value[int64], `SELECT CAST(COALESCE(SUM(f.lacks), 0) AS BIGINT)`+from+` WHERE NOT `+s.opened("$2"), args...)
	if err != nil {
		return nil, 0, err
	}
	n := arg(limit)
	out, err := db.All(ctx, s.db, func(r db.Row) (m Missed, err error) {
		err = r.Scan(&m.Case, &m.Number, &m.Name, &m.Day, &m.Person, &m.Who, &m.Lacks)
		return
	}, `SELECT f.case_id, c.number, c.name, f.day, f.person, COALESCE(p.name, ''), f.lacks`+from+`
		JOIN criminal_v c ON c.id = f.case_id LEFT JOIN criminal_person_v p ON p.id = f.person
		WHERE `+s.opened("$2")+` ORDER BY f.day DESC, f.case_id, f.person LIMIT `+n, args...)
	return out, hidden, err
}

// results lists what was kept of a period, the oldest first; of every indicator for "".
func (s store) results(ctx context.Context, office auth.Office, period, indicator string) ([]Result, error) {
	return db.All(ctx, s.db, func(r db.Row) (x Result, err error) {
		err = r.Scan(&x.Indicator, &x.Revision, &x.Set, &x.Digest, &x.Num, &x.Den, &x.Target, &x.State, &x.Reason, &x.By, &x.At)
		x.At = x.At.UTC()
		return
	}, `SELECT indicator, revision, target_set, digest, numerator, denominator, target, state, reason, by_name, at FROM quality_result
		WHERE office = $1 AND period = $2 AND ($3 = '' OR indicator = $3) ORDER BY indicator, revision`, office, period, indicator)
}

func (s store) closed(ctx context.Context, office auth.Office, period string) (bool, error) {
	n, err := db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM quality_result WHERE office = $1 AND period = $2`, office, period)
	return n > 0, err
}

func (s store) keep(ctx context.Context, office auth.Office, period, by string, rs []Result) error {
	var rows [][]any
	for _, x := range rs {
		rows = append(rows, []any{office, period, x.Indicator, x.Revision, x.Set, x.Digest, x.Num, x.Den, x.Target, x.State, x.Reason, by, x.By, x.At})
	}
	err := s.db.Insert(ctx, `INSERT INTO quality_result (office, period, indicator, revision, target_set, digest, numerator, denominator, target, state, reason, by_id, by_name, at) VALUES`, rows)
	if db.IsUnique(err) {
		return ErrMoved
	}
	return err
}

func (s store) notes(ctx context.Context, office auth.Office, period, indicator string) ([]Note, error) {
	return db.All(ctx, s.db, func(r db.Row) (x Note, err error) {
		err = r.Scan(&x.ID, &x.Body, &x.By, &x.At)
		x.At = x.At.UTC()
		return
	}, `SELECT id, body, by_name, at FROM quality_note WHERE office = $1 AND period = $2 AND indicator = $3 ORDER BY at, id`, office, period, indicator)
}

func (s store) countNotes(ctx context.Context, office auth.Office, period string) (map[string]int, error) {
	type row struct {
		id string
		n  int
	}
	rows, err := db.All(ctx, s.db, func(r db.Row) (x row, err error) { err = r.Scan(&x.id, &x.n); return },
		`SELECT indicator, COUNT(*) FROM quality_note WHERE office = $1 AND period = $2 GROUP BY indicator`, office, period)
	out := map[string]int{}
	for _, r := range rows {
		out[r.id] = r.n
	}
	return out, err
}

func (s store) addNote(ctx context.Context, office auth.Office, period, indicator, by string, x Note) error {
	_, err := s.db.Exec(ctx, `INSERT INTO quality_note (id, office, period, indicator, body, by_id, by_name, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		x.ID, office, period, indicator, x.Body, by, x.By, x.At)
	return err
}

// on is how a switch stands; off if nobody ever set it.
func (s store) on(ctx context.Context, name string) (bool, error) {
	v, err := db.One(ctx, s.db, db.Value[bool], `SELECT state FROM quality_switch WHERE name = $1 ORDER BY n DESC LIMIT 1`, name)
	if errors.Is(err, db.ErrNone) {
		err = nil
	}
	return v, err
}

func (s store) switched(ctx context.Context, name string) ([]Switched, error) {
	return db.All(ctx, s.db, func(r db.Row) (x Switched, err error) {
		err = r.Scan(&x.On, &x.Reason, &x.By, &x.At)
		x.At = x.At.UTC()
		return
	}, `SELECT state, reason, by_name, at FROM quality_switch WHERE name = $1 ORDER BY n DESC`, name)
}

func (s store) set(ctx context.Context, name, by string, x Switched) error {
	_, err := s.db.Exec(ctx, `INSERT INTO quality_switch (name, n, state, reason, by_id, by_name, at)
		SELECT $1, COALESCE(MAX(n), 0) + 1, $2, $3, $4, $5, $6 FROM quality_switch WHERE name = $1`, name, x.On, x.Reason, by, x.By, x.At)
	if db.IsUnique(err) {
		return ErrMoved
	}
	return err
}
