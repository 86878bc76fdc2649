package stats

import (
	"context"

	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
)

func (s store) found(ctx context.Context, like string, from, to civil.Date, figures []string) ([]Hit, error) {
	q, err := s.ask(like, figures, from, to, nil)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, func(r db.Row) (h Hit, err error) {
		err = r.Scan(&h.Case, &h.Figure, &h.Day, &h.Act)
		return
	}, `SELECT f.case_id, f.figure, f.day, f.act FROM stats_fact f WHERE f.delta > 0 AND `+q.String()+` ORDER BY f.case_id, f.day, f.figure, f.act`, q.args...)
}
