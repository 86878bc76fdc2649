package stats

import (
	"context"
	"encoding/json"

	"congminh/internal/criminal"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
)

// published returns the forms that people published, the oldest first.
func (s store) published(ctx context.Context) ([]string, error) {
	return db.All(ctx, s.db, db.Value[string], `SELECT text FROM stats_form WHERE state = 'published' ORDER BY made, id, version`)
}

type caseCount struct {
	id     criminal.ID
	figure string
	n      int64
}

// byCase adds up what each case adds to figures.
func (s store) byCase(ctx context.Context, like string, figures []string, from, to civil.Date, where map[Dim][]string) ([]caseCount, error) {
	q, err := s.ask(like, figures, from, to, where)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, func(r db.Row) (c caseCount, err error) { err = r.Scan(&c.id, &c.figure, &c.n); return },
		`SELECT f.case_id, f.figure, CAST(SUM(f.delta) AS BIGINT) FROM stats_fact f WHERE `+q.String()+`
		GROUP BY f.case_id, f.figure HAVING SUM(f.delta) <> 0`, q.args...)
}

// named returns those of some cases that tags open, with number and name.
func (s store) named(ctx context.Context, ids []criminal.ID, tags []string) ([]AtFault, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	open, err := json.Marshal(tags)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, func(r db.Row) (c AtFault, err error) { err = r.Scan(&c.Case, &c.Number, &c.Name); return },
		`SELECT c.id, c.number, c.name FROM criminal_v c WHERE c.id IN (`+s.db.Strings("$1")+`)
		AND EXISTS (SELECT 1 FROM criminal_tag_v t WHERE t.case_id = c.id AND t.tag IN (`+s.db.Strings("$2")+`))`, string(list), string(open))
}
