package dossier

import (
	"context"
	"encoding/json"

	"congminh/internal/kit/db"
)

const secretColumns = `scan, dossier, state, level, pages, marked, sha256, size, found, place, register, reason, decided, by, by_name, second, second_name, agreed`

func scanSecret(r db.Row) (x Secret, err error) {
	var pages string
	err = r.Scan(&x.Scan, &x.Dossier, &x.State, &x.Level, &pages, &x.Marked, &x.SHA256, &x.Size, &x.Found, &x.Place, &x.Register, &x.Reason, &x.Decided, &x.By, &x.ByName, &x.Second, &x.SecondAs, &x.Agreed)
	if err != nil {
		return
	}
	var kept []keptPage
	err = json.Unmarshal([]byte(pages), &kept)
	for _, k := range kept {
		x.kept = append(x.kept, Page{N: k.N, W: k.W, H: k.H, Picture: k.Picture, Words: k.Words, Access: k.Access, Thumb: k.Thumb})
	}
	x.Pages = len(x.kept)
	return
}

// keptPage is what must be known of a page that was taken out of the file.
type keptPage struct {
	N, W, H                       int
	Picture, Words, Access, Thumb string
}

// saveSecret writes x, new or not. What was found never changes.
func (s store) saveSecret(ctx context.Context, x Secret) error {
	kept := []keptPage{}
	for _, p := range x.kept {
		kept = append(kept, keptPage{p.N, p.W, p.H, p.Picture, p.Words, p.Access, p.Thumb})
	}
	pages, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `
		INSERT INTO dossier_secret (`+secretColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
		ON CONFLICT (scan) DO UPDATE SET state = excluded.state, level = excluded.level, pages = excluded.pages, place = excluded.place,
			register = excluded.register, reason = excluded.reason, decided = excluded.decided, by = excluded.by, by_name = excluded.by_name,
			second = excluded.second, second_name = excluded.second_name, agreed = excluded.agreed`,
		x.Scan, x.Dossier, x.State, x.Level, string(pages), x.Marked, x.SHA256, x.Size, x.Found, x.Place, x.Register, x.Reason, x.Decided, x.By, x.ByName, x.Second, x.SecondAs, x.Agreed)
	return err
}

func (s store) secret(ctx context.Context, id ScanID) (Secret, error) {
	return db.One(ctx, s.db, scanSecret, `SELECT `+secretColumns+` FROM dossier_secret WHERE scan = $1`, id)
}

func (s store) secrets(ctx context.Context, d ID) ([]Secret, error) {
	return db.All(ctx, s.db, scanSecret, `
		SELECT `+secretColumns+` FROM dossier_secret WHERE dossier = $1 ORDER BY CASE WHEN state IN ('held', 'proposed') THEN 0 ELSE 1 END, found, scan`, d)
}

// secretsWaiting lists scans that wait in the files of an office, or that who took in.
func (s store) secretsWaiting(ctx context.Context, office, who string) ([]ScanID, error) {
	return db.All(ctx, s.db, db.Value[ScanID], `
		SELECT x.scan FROM dossier_secret x JOIN dossier_scan c ON c.id = x.scan JOIN dossier d ON d.id = x.dossier
		WHERE x.state IN ('held', 'proposed') AND (d.office = $1 OR c.by = $2)
		ORDER BY CASE WHEN x.state = 'proposed' THEN 0 ELSE 1 END, x.found, x.scan LIMIT 200`, office, who)
}

// deletePagesOfScan takes pages away with what hangs on them: earlier pictures, marks,
// boxes of redactions. It fails if one has a folio number or is the minutes of an
// exhibit.
func (s store) deletePagesOfScan(ctx context.Context, id ScanID) error {
	for _, q := range []string{
		`DELETE FROM dossier_page_version WHERE page IN (SELECT id FROM dossier_page WHERE scan = $1)`,
		`DELETE FROM dossier_mark WHERE page IN (SELECT id FROM dossier_page WHERE scan = $1)`,
		`DELETE FROM dossier_redaction_page WHERE page IN (SELECT id FROM dossier_page WHERE scan = $1)`,
		`DELETE FROM dossier_page WHERE scan = $1 AND folio = 0`,
	} {
		if _, err := s.db.Exec(ctx, q, id); err != nil {
			return err
		}
	}
	return nil
}

func (s store) removeScan(ctx context.Context, id ScanID, name, reason string) error {
	_, err := s.db.Exec(ctx, `
		UPDATE dossier_scan SET state = 'removed', name = $2, reason = $3, pages = 0, done = 0, bad = 0 WHERE id = $1`, id, name, reason)
	if err == nil {
		_, err = s.db.Exec(ctx, `UPDATE dossier_upload SET name = $2 WHERE scan = $1`, id, name)
	}
	return err
}

// names reports whether any row of this module still needs the bytes of sha.
func (s store) names(ctx context.Context, sha string) (bool, error) {
	n, err := db.One(ctx, s.db, db.Value[int], `
		SELECT (SELECT COUNT(*) FROM dossier_scan WHERE sha256 = $1 AND state <> 'removed')
			+ (SELECT COUNT(*) FROM dossier_page WHERE picture = $1 OR words = $1 OR access = $1 OR thumb = $1)
			+ (SELECT COUNT(*) FROM dossier_page_version WHERE picture = $1 OR words = $1 OR access = $1 OR thumb = $1)
			+ (SELECT COUNT(*) FROM dossier_document WHERE pdf = $1)
			+ (SELECT COUNT(*) FROM dossier_exhibit_file WHERE sha256 = $1)
			+ (SELECT COUNT(*) FROM dossier_redaction WHERE sha256 = $1)
			+ (SELECT COUNT(*) FROM dossier_redaction_page WHERE picture = $1 OR words = $1)
			+ (SELECT COUNT(*) FROM dossier_secret WHERE state IN ('held', 'proposed') AND (sha256 = $1 OR pages LIKE '%' || $1 || '%'))`, sha)
	return n > 0, err
}

func (s store) setLevel(ctx context.Context, id DocumentID, level int) error {
	_, err := s.db.Exec(ctx, `UPDATE dossier_document SET level = $2 WHERE id = $1`, id, level)
	return err
}
