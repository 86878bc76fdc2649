package quality

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
)

const faultColumns = `f.case_id, f.act, f.person, f.figure, COALESCE(q.id, ''), f.office, f.day, c.number, c.name, COALESCE(p.name, ''), COALESCE(a.kind, ''),
	COALESCE(q.verdict, 'none'), COALESCE(q.party, ''), COALESCE(q.staff, ''), COALESCE(q.waiting, ''), COALESCE(q.rev, 0)`

const faultTables = ` FROM stats_fact_v f JOIN criminal_v c ON c.id = f.case_id
	LEFT JOIN criminal_person_v p ON p.id = f.person LEFT JOIN criminal_act_v a ON a.id = f.act
	LEFT JOIN quality_fault q ON q.figure = f.figure AND q.case_id = f.case_id AND q.act = f.act AND q.person = f.person`

func scanFault(r db.Row) (f Fault, err error) {
	err = r.Scan(&f.Case, &f.Act, &f.Person, &f.Figure, &f.ID, &f.Office, &f.Day, &f.Number, &f.CaseName, &f.Who, &f.ActKind, &f.Verdict, &f.Party, &f.Staff, &f.Waiting, &f.Rev)
	return
}

// opened is the condition that tags open the case.
func (s store) opened(n string) string {
	return `EXISTS (SELECT 1 FROM criminal_tag_v t WHERE t.case_id = f.case_id AND ` + s.in("t.tag", n) + `)`
}

func (f FaultFilter) req() page.Req { return page.Req{After: f.After, Limit: f.Limit} }

// faultKey is where a list goes on after x.
func faultKey(x Fault, sort string) string {
	first := string(x.Day)
	if sort == "number" {
		first = x.Number
	}
	return strings.Join([]string{first, string(x.Case), string(x.Act), string(x.Person), x.Figure}, "~")
}

func (s store) faults(ctx context.Context, like string, figures []string, from, to civil.Date, tags []string, f FaultFilter) ([]Fault, error) {
	args := []any{like, list(figures), from, to, list(tags)}
	where := `f.office IN (SELECT o.id FROM org_office_v o WHERE o.path LIKE $1) AND ` + s.in("f.figure", "$2") + ` AND f.day >= $3 AND f.day <= $4 AND f.delta > 0 AND ` + s.opened("$5")
	add := func(cond string, vs ...any) {
		for _, v := range vs {
			args = append(args, v)
			cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where += " AND " + cond
	}
	if f.Verdict != "" {
		add(`COALESCE(q.verdict, 'none') = ?`, f.Verdict)
	}
	if f.Party != "" {
		add(`COALESCE(q.party, '') = ?`, f.Party)
	}
	if f.Waiting {
		where += ` AND COALESCE(q.waiting, '') <> ''`
	}
	if words := vn.Fold(f.Words); words != "" {
		add(`(c.number = ? OR EXISTS (SELECT 1 FROM criminal_words_v w WHERE w.case_id = f.case_id AND w.words LIKE ?))`, f.Words, "%"+words+"%")
	}
	column, order, than := "f.day", " DESC", "<"
	switch f.Sort {
	case "day":
		order, than = "", ">"
	case "number":
		column, order, than = "c.number", "", ">"
	}
	if f.After != "" {
		k := strings.SplitN(f.After, "~", 5)
		for len(k) < 5 {
			k = append(k, "")
		}
		add(`(`+column+`, f.case_id, f.act, f.person, f.figure) `+than+` (?, ?, ?, ?, ?)`, k[0], k[1], k[2], k[3], k[4])
	}
	args = append(args, f.req().Size()+1)
	by := strings.Join([]string{column, "f.case_id", "f.act", "f.person", "f.figure"}, order+", ") + order
	return db.All(ctx, s.db, scanFault, `SELECT `+faultColumns+faultTables+` WHERE `+where+` ORDER BY `+by+fmt.Sprintf(` LIMIT $%d`, len(args)), args...)
}

func (s store) subject(ctx context.Context, tags []string, x Subject) (Fault, error) {
	f, err := db.One(ctx, s.db, scanFault, `SELECT `+faultColumns+faultTables+`
		WHERE f.case_id = $1 AND f.act = $2 AND f.person = $3 AND f.figure = $4 AND f.delta > 0 AND `+s.opened("$5")+` ORDER BY f.day LIMIT 1`,
		x.Case, x.Act, x.Person, x.Figure, list(tags))
	if errors.Is(err, db.ErrNone) {
		err = ErrSubject
	}
	return f, err
}

func (s store) steps(ctx context.Context, id FaultID) ([]FaultStep, error) {
	return db.All(ctx, s.db, func(r db.Row) (x FaultStep, err error) {
		err = r.Scan(&x.N, &x.Verb, &x.Verdict, &x.Party, &x.Staff, &x.Why, &x.Folios, &x.ByID, &x.By, &x.At)
		x.At = x.At.UTC()
		return
	}, `SELECT n, verb, verdict, party, staff, why, folios, by_id, by_name, at FROM quality_fault_step WHERE fault = $1 ORDER BY n`, id)
}

// putFault writes how an assessment stands, if nobody else wrote it in between.
func (s store) putFault(ctx context.Context, f Fault, fresh bool) error {
	if fresh {
		_, err := s.db.Exec(ctx, `INSERT INTO quality_fault (id, case_id, act, person, figure, verdict, party, staff, waiting, rev) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)`,
			f.ID, f.Case, f.Act, f.Person, f.Figure, f.Verdict, f.Party, f.Staff, f.Waiting)
		if db.IsUnique(err) {
			return ErrMoved
		}
		return err
	}
	n, err := s.db.Exec(ctx, `UPDATE quality_fault SET verdict = $1, party = $2, staff = $3, waiting = $4, rev = rev + 1 WHERE id = $5 AND rev = $6`,
		f.Verdict, f.Party, f.Staff, f.Waiting, f.ID, f.Rev)
	if err == nil && n == 0 {
		return ErrMoved
	}
	return err
}

func (s store) addStep(ctx context.Context, id FaultID, x FaultStep) error {
	_, err := s.db.Exec(ctx, `INSERT INTO quality_fault_step (fault, n, verb, verdict, party, staff, why, folios, by_id, by_name, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		id, x.N, x.Verb, x.Verdict, x.Party, x.Staff, x.Why, x.Folios, x.ByID, x.By, x.At)
	return err
}
