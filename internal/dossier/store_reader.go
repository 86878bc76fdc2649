package dossier

import (
	"context"
	"encoding/json"

	"congminh/internal/kit/db"
)

// What the reader asks of every page of a file, and asks often: few columns, and
// never a page more than it shows.

func scanLeaf(r db.Row) (l Leaf, err error) {
	var state PageState
	var blank, problem, picture bool
	err = r.Scan(&l.Page, &l.Document, &l.Folio, &l.W, &l.H, &l.DPI, &l.Rotation, &l.Turn, &state, &blank, &problem, &picture)
	for _, f := range []struct {
		on   bool
		flag int
	}{{state == Excluded, LeafExcluded}, {state == Missing, LeafMissing}, {problem && state != Missing, LeafProblem}, {blank, LeafBlank}, {!picture, LeafBare}} {
		if f.on {
			l.Flags |= f.flag
		}
	}
	return
}

func (s store) leaves(ctx context.Context, d ID) ([]Leaf, error) {
	return db.All(ctx, s.db, scanLeaf, `
		SELECT id, document, folio, w, h, dpi, rotation, turn, state, blank, problem <> '', access <> '' FROM dossier_page
		WHERE dossier = $1 ORDER BY position, id`, d)
}

// leveled counts the documents of a file that are more than ordinary.
func (s store) leveled(ctx context.Context, d ID) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM dossier_document WHERE dossier = $1 AND level > 0`, d)
}

func scanID(r db.Row) (id PageID, err error) {
	err = r.Scan(&id)
	return
}

func (s store) firstPage(ctx context.Context, d ID) (PageID, error) {
	return db.One(ctx, s.db, scanID, `SELECT id FROM dossier_page WHERE dossier = $1 ORDER BY position, id LIMIT 1`, d)
}

// folioPage finds a page by its number: numbers have a table of their own, with a key.
func (s store) folioPage(ctx context.Context, d ID, folio int) (PageID, error) {
	return db.One(ctx, s.db, scanID, `SELECT page FROM dossier_folio WHERE dossier = $1 AND folio = $2`, d, folio)
}

// beside returns the pages before and after p, "" where there is none.
func (s store) beside(ctx context.Context, p Page) (prev, next PageID, err error) {
	before, err := db.All(ctx, s.db, scanID, `
		SELECT id FROM dossier_page WHERE dossier = $1 AND (position < $2 OR position = $2 AND id < $3)
		ORDER BY position DESC, id DESC LIMIT 1`, p.Dossier, p.Position, p.ID)
	if err != nil {
		return "", "", err
	}
	after, err := db.All(ctx, s.db, scanID, `
		SELECT id FROM dossier_page WHERE dossier = $1 AND (position > $2 OR position = $2 AND id > $3)
		ORDER BY position, id LIMIT 1`, p.Dossier, p.Position, p.ID)
	if len(before) > 0 {
		prev = before[0]
	}
	if len(after) > 0 {
		next = after[0]
	}
	return prev, next, err
}

// place counts how many pages stand before p, and all of them.
func (s store) place(ctx context.Context, p Page) (before, all int, err error) {
	all, err = db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM dossier_page WHERE dossier = $1`, p.Dossier)
	if err != nil {
		return 0, 0, err
	}
	before, err = db.One(ctx, s.db, db.Value[int], `
		SELECT COUNT(*) FROM dossier_page WHERE dossier = $1 AND (position < $2 OR position = $2 AND id < $3)`, p.Dossier, p.Position, p.ID)
	return before, all, err
}

// papers reads the documents of a file in the order of their pages, with what a
// table of contents shows of them.
func (s store) papers(ctx context.Context, d ID) ([]Paper, error) {
	return db.All(ctx, s.db, func(r db.Row) (p Paper, err error) {
		var place int64
		err = r.Scan(&p.ID, &p.Group, &p.Title, &p.Number, &p.Date, &p.From, &p.To, &p.Pages, &place)
		return
	}, `
		SELECT d.id, d.evidence, d.title, d.number, d.date, x.first, x.last, x.pages, x.place
		FROM dossier_document d
		JOIN (SELECT document, MIN(folio) AS first, MAX(folio) AS last, COUNT(*) AS pages, MIN(position) AS place
			FROM dossier_page WHERE dossier = $1 AND document <> '' GROUP BY document) x ON x.document = d.id
		ORDER BY x.place`, d)
}

func (s store) firstOfDocument(ctx context.Context, d DocumentID) (PageID, error) {
	return db.One(ctx, s.db, scanID, `SELECT id FROM dossier_page WHERE document = $1 ORDER BY position, id LIMIT 1`, d)
}

// inPageOrder puts pages that a search found in the order of the file.
func (s store) inPageOrder(ctx context.Context, d ID, ids []PageID) ([]PageID, error) {
	text, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, scanID, `
		SELECT id FROM dossier_page WHERE dossier = $1 AND id IN (`+s.db.Strings("$2")+`) ORDER BY position, id`, d, string(text))
}
