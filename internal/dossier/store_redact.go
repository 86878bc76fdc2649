package dossier

import (
	"context"
	"encoding/json"

	"congminh/internal/kit/db"
)

const redactionColumns = `id, dossier, state, recipient, purpose, ground, rules, pages, sha256, size, created, by, by_name, made`

// redactionCounts are how many pages were confirmed and looked at again.
const redactionCounts = `
	(SELECT COUNT(*) FROM dossier_redaction_page p WHERE p.redaction = dossier_redaction.id AND p.checked IS NOT NULL),
	(SELECT COUNT(*) FROM dossier_redaction_page p WHERE p.redaction = dossier_redaction.id AND p.looked IS NOT NULL)`

func scanRedaction(row db.Row) (r Redaction, err error) {
	var rules string
	err = row.Scan(&r.ID, &r.Dossier, &r.State, &r.To, &r.Purpose, &r.Ground, &rules, &r.Pages, &r.SHA256, &r.Size, &r.Created, &r.By, &r.ByName, &r.Made, &r.Checked, &r.Looked)
	if err == nil {
		err = json.Unmarshal([]byte(rules), &r.Rules)
	}
	return
}

func (s store) insertRedaction(ctx context.Context, r Redaction) error {
	rules, err := json.Marshal(r.Rules)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `
		INSERT INTO dossier_redaction (`+redactionColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		r.ID, r.Dossier, r.State, r.To, r.Purpose, r.Ground, string(rules), r.Pages, r.SHA256, r.Size, r.Created, r.By, r.ByName, r.Made)
	return err
}

// updateRedaction writes how far a redaction has come. What it is for never changes.
func (s store) updateRedaction(ctx context.Context, r Redaction) error {
	_, err := s.db.Exec(ctx, `UPDATE dossier_redaction SET state = $2, sha256 = $3, size = $4, made = $5 WHERE id = $1`, r.ID, r.State, r.SHA256, r.Size, r.Made)
	return err
}

func (s store) redaction(ctx context.Context, id RedactionID) (Redaction, error) {
	return db.One(ctx, s.db, scanRedaction, `SELECT `+redactionColumns+`,`+redactionCounts+` FROM dossier_redaction WHERE id = $1`, id)
}

// lockRedaction takes a redaction for the rest of the transaction.
func (s store) lockRedaction(ctx context.Context, id RedactionID) (Redaction, error) {
	if _, err := s.db.Exec(ctx, `UPDATE dossier_redaction SET pages = pages WHERE id = $1`, id); err != nil {
		return Redaction{}, err
	}
	return s.redaction(ctx, id)
}

func (s store) redactions(ctx context.Context, d ID) ([]Redaction, error) {
	return db.All(ctx, s.db, scanRedaction, `SELECT `+redactionColumns+`,`+redactionCounts+` FROM dossier_redaction WHERE dossier = $1 ORDER BY id DESC`, d)
}

const redactionPageColumns = `n, page, folio, picture, words, boxes, checked, checked_by, looked, looked_by`

func scanRedactionPage(row db.Row) (p RedactionPage, err error) {
	var boxes string
	err = row.Scan(&p.N, &p.Page, &p.Folio, &p.From, &p.words, &boxes, &p.Checked, &p.CheckedBy, &p.Looked, &p.LookedBy)
	if err == nil {
		err = json.Unmarshal([]byte(boxes), &p.Boxes)
	}
	return
}

// saveRedactionPage writes p, new or not.
func (s store) saveRedactionPage(ctx context.Context, id RedactionID, p RedactionPage) error {
	if p.Boxes == nil {
		p.Boxes = p.Boxes[:0:0]
	}
	boxes, err := json.Marshal(p.Boxes)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `
		INSERT INTO dossier_redaction_page (redaction, `+redactionPageColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (redaction, n) DO UPDATE SET picture = excluded.picture, words = excluded.words, folio = excluded.folio, boxes = excluded.boxes,
			checked = excluded.checked, checked_by = excluded.checked_by, looked = excluded.looked, looked_by = excluded.looked_by`,
		id, p.N, p.Page, p.Folio, p.From, p.words, string(boxes), p.Checked, p.CheckedBy, p.Looked, p.LookedBy)
	return err
}

func (s store) redactionPage(ctx context.Context, id RedactionID, n int) (RedactionPage, error) {
	return db.One(ctx, s.db, scanRedactionPage, `SELECT `+redactionPageColumns+` FROM dossier_redaction_page WHERE redaction = $1 AND n = $2`, id, n)
}

func (s store) redactionPages(ctx context.Context, id RedactionID) ([]RedactionPage, error) {
	return db.All(ctx, s.db, scanRedactionPage, `SELECT `+redactionPageColumns+` FROM dossier_redaction_page WHERE redaction = $1 ORDER BY n`, id)
}

const redactionChangeColumns = `id, n, act, before, undone, at, by, by_name`

func scanRedactionChange(row db.Row) (c RedactionChange, err error) {
	err = row.Scan(&c.ID, &c.N, &c.Act, &c.before, &c.Undone, &c.At, &c.By, &c.ByName)
	return
}

func (s store) insertRedactionChange(ctx context.Context, id RedactionID, c RedactionChange) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO dossier_redaction_change (redaction, `+redactionChangeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id, c.ID, c.N, c.Act, c.before, c.Undone, c.At, c.By, c.ByName)
	return err
}

// lastRedactionChange is the last change of boxes that was not taken back.
func (s store) lastRedactionChange(ctx context.Context, id RedactionID) (RedactionChange, error) {
	return db.One(ctx, s.db, scanRedactionChange, `
		SELECT `+redactionChangeColumns+` FROM dossier_redaction_change
		WHERE redaction = $1 AND before <> '' AND undone = FALSE ORDER BY id DESC LIMIT 1`, id)
}

func (s store) undoneRedactionChange(ctx context.Context, id string) error {
	_, err := s.db.Exec(ctx, `UPDATE dossier_redaction_change SET undone = TRUE WHERE id = $1`, id)
	return err
}

func (s store) redactionChanges(ctx context.Context, id RedactionID, limit int) ([]RedactionChange, error) {
	return db.All(ctx, s.db, scanRedactionChange, `
		SELECT `+redactionChangeColumns+` FROM dossier_redaction_change WHERE redaction = $1 ORDER BY id DESC LIMIT $2`, id, limit)
}
