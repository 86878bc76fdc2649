package stats

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/org"
	"congminh/internal/stats/figure"
)

//go:embed schema/*.sql
var schema embed.FS

type store struct{ db *db.DB }

// hold makes whoever writes facts wait for whoever else does, to the end of the
// transaction.
func (s store) hold(ctx context.Context) error {
	_, err := s.db.Exec(ctx, `UPDATE stats_made SET one = one`)
	return err
}

func (s store) mark(ctx context.Context, ids []criminal.ID, now time.Time) error {
	rows := make([][]any, len(ids))
	for i, id := range ids {
		rows[i] = []any{id, now}
	}
	for _, r := range rows {
		if _, err := s.db.Exec(ctx, `INSERT INTO stats_stale (case_id, since) VALUES ($1, $2) ON CONFLICT (case_id) DO NOTHING`, r...); err != nil {
			return err
		}
	}
	return nil
}

func (s store) unmark(ctx context.Context, id criminal.ID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM stats_stale WHERE case_id = $1`, id)
	return err
}

func (s store) stale(ctx context.Context, n int) ([]criminal.ID, error) {
	return db.All(ctx, s.db, db.Value[criminal.ID], `SELECT case_id FROM stats_stale ORDER BY since, case_id LIMIT $1`, n)
}

func (s store) countStale(ctx context.Context) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM stats_stale`)
}

const factColumns = `figure, day, office, person, act, delta, entered, chapter, class, sex, age`

func scanFact(r db.Row) (f figure.Fact, err error) {
	err = r.Scan(&f.Figure, &f.Day, &f.Office, &f.Person, &f.Act, &f.N, &f.Entered, &f.Chapter, &f.Class, &f.Sex, &f.Age)
	f.Entered = f.Entered.UTC()
	return
}

func (s store) factsOf(ctx context.Context, id criminal.ID) ([]figure.Fact, error) {
	return db.All(ctx, s.db, scanFact, `SELECT `+factColumns+` FROM stats_fact WHERE case_id = $1 ORDER BY n`, id)
}

func (s store) insert(ctx context.Context, facts map[criminal.ID][]figure.Fact) error {
	var rows [][]any
	for _, id := range slices.Sorted(maps.Keys(facts)) {
		for i, f := range facts[id] {
			rows = append(rows, []any{id, i, f.Figure, f.Day, f.Office, f.Person, f.Act, f.N, f.Entered, f.Chapter, f.Class, f.Sex, f.Age})
		}
	}
	return s.db.Insert(ctx, `INSERT INTO stats_fact (case_id, n, `+factColumns+`) VALUES`, rows)
}

// cell is a row of stats_day.
type cell struct {
	office, figure string
	day            civil.Date
}

// replace puts the facts of a case in place of those it had, and the days right.
func (s store) replace(ctx context.Context, id criminal.ID, old, fresh []figure.Fact) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM stats_fact WHERE case_id = $1`, id); err != nil {
		return err
	}
	if err := s.insert(ctx, map[criminal.ID][]figure.Fact{id: fresh}); err != nil {
		return err
	}
	change := map[cell]int{}
	for _, f := range old {
		change[cell{f.Office, f.Figure, f.Day}] -= f.N
	}
	for _, f := range fresh {
		change[cell{f.Office, f.Figure, f.Day}] += f.N
	}
	for _, c := range slices.SortedFunc(maps.Keys(change), func(a, b cell) int {
		return cmp.Or(strings.Compare(a.office, b.office), strings.Compare(a.figure, b.figure), strings.Compare(string(a.day), string(b.day)))
	}) {
		if change[c] == 0 {
			continue
		}
		if _, err := s.db.Exec(ctx, `INSERT INTO stats_day (office, figure, day, n) VALUES ($1, $2, $3, $4)
			ON CONFLICT (office, figure, day) DO UPDATE SET n = stats_day.n + excluded.n`, c.office, c.figure, c.day, change[c]); err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, `DELETE FROM stats_day WHERE office = $1 AND figure = $2 AND day = $3 AND n = 0`, c.office, c.figure, c.day); err != nil {
			return err
		}
	}
	return nil
}

// rewrite puts facts in place of those of all cases from from to to.
func (s store) rewrite(ctx context.Context, from, to criminal.ID, facts map[criminal.ID][]figure.Fact) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM stats_fact WHERE case_id >= $1 AND case_id <= $2`, from, to); err != nil {
		return err
	}
	return s.insert(ctx, facts)
}

// addUp makes the days again from the facts.
func (s store) addUp(ctx context.Context, digest string, now time.Time) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM stats_day`); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, `INSERT INTO stats_day (office, figure, day, n)
		SELECT office, figure, day, SUM(delta) FROM stats_fact GROUP BY office, figure, day HAVING SUM(delta) <> 0`); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, `UPDATE stats_made SET digest = $1, at = $2`, digest, now)
	return err
}

func (s store) digest(ctx context.Context) (string, error) {
	return db.One(ctx, s.db, db.Value[string], `SELECT digest FROM stats_made`)
}

// columns of the facts that dimensions stand in.
var columns = map[Dim]string{ByOffice: "f.office", ByMonth: "SUBSTR(f.day, 1, 7)", ByDay: "f.day", ByChapter: "f.chapter", ByClass: "f.class", BySex: "f.sex", ByAge: "f.age"}

// daily reports whether days added up can tell these dimensions apart.
func daily(ds []Dim) bool {
	return !slices.ContainsFunc(ds, func(d Dim) bool { return d != ByOffice && d != ByMonth && d != ByDay })
}

// query is the conditions of a question with their arguments.
type query struct {
	db    *db.DB
	where []string
	args  []any
}

func (q *query) add(cond string, v any) {
	q.args = append(q.args, v)
	q.where = append(q.where, strings.ReplaceAll(cond, "?", fmt.Sprintf("$%d", len(q.args))))
}

// list adds that column is one of some values.
func (q *query) list(column string, vs []string) error {
	b, err := json.Marshal(vs)
	if err != nil {
		return err
	}
	q.args = append(q.args, string(b))
	q.where = append(q.where, column+` IN (`+q.db.Strings(fmt.Sprintf("$%d", len(q.args)))+`)`)
	return nil
}

func (s store) ask(like string, figures []string, from, to civil.Date, where map[Dim][]string) (*query, error) {
	q := &query{db: s.db}
	q.args = append(q.args, like)
	q.where = append(q.where, `f.office IN (SELECT o.id FROM org_office_v o WHERE o.path LIKE $1)`)
	if len(figures) == 1 { // said so, the databases know to begin with the figure
		q.add("f.figure = ?", figures[0])
	} else if err := q.list("f.figure", figures); err != nil {
		return nil, err
	}
	if from != "" {
		q.add("f.day >= ?", from)
	}
	q.add("f.day <= ?", to)
	for _, d := range slices.Sorted(maps.Keys(where)) {
		if err := q.list(columns[d], where[d]); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (q *query) String() string { return strings.Join(q.where, " AND ") }

// sum adds up figures from from (from the beginning if "") to to.
func (s store) sum(ctx context.Context, like string, figures []string, from, to civil.Date, by []Dim, where map[Dim][]string) ([]Count, error) {
	q, err := s.ask(like, figures, from, to, where)
	if err != nil {
		return nil, err
	}
	table, n := "stats_fact", "f.delta"
	if daily(by) && daily(keysOf(where)) {
		table, n = "stats_day", "f.n"
	}
	cols, group := "f.figure", "f.figure"
	for _, d := range by {
		cols += ", " + columns[d]
		group += ", " + columns[d]
	}
	return db.All(ctx, s.db, func(r db.Row) (c Count, err error) {
		c.Key = make([]string, len(by))
		to := []any{&c.Figure}
		for i := range c.Key {
			to = append(to, &c.Key[i])
		}
		err = r.Scan(append(to, &c.N)...)
		return c, err
	}, `SELECT `+cols+`, CAST(SUM(`+n+`) AS BIGINT) FROM `+table+` f WHERE `+q.String()+` GROUP BY `+group+` ORDER BY `+group, q.args...)
}

// tagged adds that the case is open to one of some tags.
func (q *query) tagged(tags []string) error {
	b, err := json.Marshal(tags)
	if err != nil {
		return err
	}
	q.args = append(q.args, string(b))
	q.where = append(q.where, `EXISTS (SELECT 1 FROM criminal_tag_v t WHERE t.case_id = f.case_id AND t.tag IN (`+q.db.Strings(fmt.Sprintf("$%d", len(q.args)))+`))`)
	return nil
}

// seen adds up what the cases add that tags open.
func (s store) seen(ctx context.Context, like, figure string, from, to civil.Date, where map[Dim][]string, tags []string) (int64, error) {
	q, err := s.ask(like, []string{figure}, from, to, where)
	if err == nil {
		err = q.tagged(tags)
	}
	if err != nil {
		return 0, err
	}
	return db.One(ctx, s.db, db.Value[int64], `SELECT CAST(COALESCE(SUM(f.delta), 0) AS BIGINT) FROM stats_fact f WHERE `+q.String(), q.args...)
}

// lines returns facts, the newest first, or the oldest; of a stock only what it still has.
// They are chosen before anything else is looked up: no database may begin with the cases.
func (s store) lines(ctx context.Context, like, figure string, from, to civil.Date, stock bool, where map[Dim][]string, tags []string, oldest bool, after string, limit int) ([]Line, error) {
	beyond, order := "<", "DESC"
	if oldest {
		beyond, order = ">", "ASC"
	}
	q, err := s.ask(like, []string{figure}, from, to, where)
	if err == nil {
		err = q.tagged(tags)
	}
	if err != nil {
		return nil, err
	}
	if stock {
		// What entered and left again cancels out: the last that entered of a case, a
		// person and an office counts, if more entered than left.
		q.where = append(q.where, `f.delta > 0`, `NOT EXISTS (SELECT 1 FROM stats_fact g WHERE g.case_id = f.case_id AND g.figure = f.figure AND g.person = f.person
			AND g.office = f.office AND g.day <= `+fmt.Sprintf("$%d", len(q.args)+1)+` AND g.n > f.n)`)
		q.args = append(q.args, to)
	}
	if after != "" {
		k := strings.SplitN(after, "~", 4)
		for len(k) < 4 {
			k = append(k, "")
		}
		n := len(q.args)
		q.where = append(q.where, fmt.Sprintf(`(f.day, f.case_id, f.person, f.act) `+beyond+` ($%d, $%d, $%d, $%d)`, n+1, n+2, n+3, n+4))
		q.args = append(q.args, k[0], k[1], k[2], k[3])
	}
	q.args = append(q.args, limit)
	inOrder := ` ORDER BY f.day ` + order + `, f.case_id ` + order + `, f.person ` + order + `, f.act ` + order
	return db.All(ctx, s.db, func(r db.Row) (l Line, err error) {
		err = r.Scan(&l.Case, &l.Number, &l.Name, &l.Office, &l.Day, &l.Act, &l.Kind, &l.Person, &l.Who, &l.N, &l.Entered)
		return
	}, `SELECT f.case_id, c.number, c.name, f.office, f.day, f.act, COALESCE(a.kind, ''), f.person, COALESCE(p.name, ''), f.delta, f.entered
		FROM (SELECT f.* FROM stats_fact f WHERE `+q.String()+inOrder+` LIMIT `+fmt.Sprintf("$%d", len(q.args))+`) f JOIN criminal_v c ON c.id = f.case_id
		LEFT JOIN criminal_act_v a ON a.id = f.act LEFT JOIN criminal_person_v p ON p.id = f.person`+inOrder, q.args...)
}

// offices lists the offices of a subtree, as a tree is read.
func (s store) offices(ctx context.Context, like string) ([]org.Office, error) {
	return db.All(ctx, s.db, func(r db.Row) (o org.Office, err error) {
		err = r.Scan(&o.ID, &o.Name, &o.Short, &o.Level, &o.Parent, &o.Path)
		return
	}, `SELECT id, name, short, level, parent, path FROM org_office_v WHERE path LIKE $1 ORDER BY path`, like)
}
