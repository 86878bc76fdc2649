package dossier

import (
	"context"
	"encoding/json"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
)

const markColumns = `m.id, m.dossier, m.page, m.kind, m.boxes, m.evidence, m.colour, m.text, m.shared, m.at, m.by, m.by_name, p.folio`

func scanMark(r db.Row) (m Mark, err error) {
	var boxes string
	err = r.Scan(&m.ID, &m.Dossier, &m.Page, &m.Kind, &boxes, &m.Group, &m.Colour, &m.Text, &m.Shared, &m.At, &m.By, &m.ByName, &m.Folio)
	if err == nil {
		err = json.Unmarshal([]byte(boxes), &m.Boxes)
	}
	return
}

// saveMark writes m, new or not. Where it stands and who made it never change.
func (s store) saveMark(ctx context.Context, m Mark) error {
	boxes, err := json.Marshal(m.Boxes)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `
		INSERT INTO dossier_mark (id, dossier, page, kind, boxes, evidence, colour, text, shared, at, by, by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, evidence = excluded.evidence, colour = excluded.colour, text = excluded.text, shared = excluded.shared`,
		m.ID, m.Dossier, m.Page, m.Kind, string(boxes), m.Group, m.Colour, m.Text, m.Shared, m.At, m.By, m.ByName)
	return err
}

func (s store) mark(ctx context.Context, id MarkID) (Mark, error) {
	return db.One(ctx, s.db, scanMark, `SELECT `+markColumns+` FROM dossier_mark m JOIN dossier_page p ON p.id = m.page WHERE m.id = $1`, id)
}

func (s store) deleteMark(ctx context.Context, id MarkID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM dossier_mark WHERE id = $1`, id)
	return err
}

// marksOfPage reads the marks on a page that one person may see.
func (s store) marksOfPage(ctx context.Context, p PageID, who string) ([]Mark, error) {
	return db.All(ctx, s.db, scanMark, `
		SELECT `+markColumns+` FROM dossier_mark m JOIN dossier_page p ON p.id = m.page
		WHERE m.page = $1 AND (m.shared OR m.by = $2)
		ORDER BY m.id`, p, who)
}

// marks reads those of a whole file, in the order of its pages.
func (s store) marks(ctx context.Context, d ID, who string) ([]Mark, error) {
	return db.All(ctx, s.db, scanMark, `
		SELECT `+markColumns+` FROM dossier_mark m JOIN dossier_page p ON p.id = m.page
		WHERE m.dossier = $1 AND (m.shared OR m.by = $2)
		ORDER BY p.position, p.id, m.id`, d, who)
}

// Groups of an office.

func (s store) groups(ctx context.Context, o auth.Office) ([]GroupLine, error) {
	return db.All(ctx, s.db, func(r db.Row) (g GroupLine, err error) {
		err = r.Scan(&g.Code, &g.Name, &g.Hidden)
		return
	}, `SELECT code, name, hidden FROM dossier_group WHERE office = $1 ORDER BY position`, o)
}

func (s store) setGroups(ctx context.Context, o auth.Office, gs []GroupLine) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM dossier_group WHERE office = $1`, o); err != nil {
		return err
	}
	for i, g := range gs {
		if _, err := s.db.Exec(ctx, `INSERT INTO dossier_group (office, code, name, hidden, position) VALUES ($1, $2, $3, $4, $5)`,
			o, g.Code, g.Name, g.Hidden, i); err != nil {
			return err
		}
	}
	return nil
}
