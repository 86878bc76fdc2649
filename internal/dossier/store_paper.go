package dossier

import (
	"context"

	"congminh/internal/kit/db"
)

func (s store) paperLines(ctx context.Context, d ID) ([]PaperLine, error) {
	return db.All(ctx, s.db, func(r db.Row) (l PaperLine, err error) {
		err = r.Scan(&l.Line, &l.Title, &l.Pages, &l.First, &l.Last)
		return
	}, `SELECT line, title, pages, first, last FROM dossier_paper_line WHERE dossier = $1 ORDER BY line`, d)
}

func (s store) setPaperLines(ctx context.Context, d ID, ls []PaperLine) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM dossier_paper_line WHERE dossier = $1`, d); err != nil {
		return err
	}
	for _, l := range ls {
		if _, err := s.db.Exec(ctx, `INSERT INTO dossier_paper_line (dossier, line, title, pages, first, last) VALUES ($1, $2, $3, $4, $5, $6)`,
			d, l.Line, l.Title, l.Pages, l.First, l.Last); err != nil {
			return err
		}
	}
	return nil
}
