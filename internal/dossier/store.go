package dossier

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"congminh/internal/access/policy"
	"congminh/internal/criminal"
	"congminh/internal/kit/db"
	"congminh/internal/kit/vn"
)

//go:embed schema/*.sql
var schema embed.FS

// store is the tables of this module. Its SQL is in the files store*.go.
type store struct{ db *db.DB }

const dossierColumns = `id, case_id, office, kind, title, state, stage, last_folio, pages, created, created_by, closed, closed_by`

func scanDossier(r db.Row) (d Dossier, err error) {
	err = r.Scan(&d.ID, &d.Case, &d.Office, &d.Kind, &d.Title, &d.State, &d.Stage, &d.LastFolio, &d.Pages, &d.Created, &d.CreatedBy, &d.Closed, &d.ClosedBy)
	return
}

func (s store) insert(ctx context.Context, d Dossier) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO dossier (`+dossierColumns+`, words)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		d.ID, d.Case, d.Office, d.Kind, d.Title, d.State, d.Stage, d.LastFolio, d.Pages, d.Created, d.CreatedBy, d.Closed, d.ClosedBy, vn.Fold(d.Title))
	return err
}

func (s store) get(ctx context.Context, id ID) (Dossier, error) {
	return db.One(ctx, s.db, scanDossier, `SELECT `+dossierColumns+` FROM dossier WHERE id = $1`, id)
}

// lock takes the file for the rest of the transaction, so that two people who
// arrange or number it at once go one after the other.
func (s store) lock(ctx context.Context, id ID) (Dossier, error) {
	return db.One(ctx, s.db, scanDossier, `UPDATE dossier SET pages = pages WHERE id = $1 RETURNING `+dossierColumns, id)
}

func (s store) update(ctx context.Context, d Dossier) error {
	_, err := s.db.Exec(ctx, `
		UPDATE dossier SET title = $2, state = $3, stage = $4, last_folio = $5, closed = $6, closed_by = $7 WHERE id = $1`,
		d.ID, d.Title, d.State, d.Stage, d.LastFolio, d.Closed, d.ClosedBy)
	return err
}

func (s store) addPages(ctx context.Context, id ID, n int) error {
	_, err := s.db.Exec(ctx, `UPDATE dossier SET pages = pages + $2 WHERE id = $1`, id, n)
	return err
}

func (s store) ofCase(ctx context.Context, c criminal.ID) ([]Dossier, error) {
	return db.All(ctx, s.db, scanDossier, `SELECT `+dossierColumns+` FROM dossier WHERE case_id = $1 ORDER BY id`, c)
}

// list reads the files of cases that carry one of the tags of scope, newest first.
func (s store) list(ctx context.Context, scope []string, f Filter) ([]Dossier, error) {
	tags, err := json.Marshal(scope)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, scanDossier, `
		SELECT `+dossierColumns+` FROM dossier
		WHERE EXISTS (SELECT 1 FROM criminal_tag_v t WHERE t.case_id = dossier.case_id AND t.tag IN (`+s.db.Strings("$1")+`))
		  AND '`+policy.KeptOut+`' || case_id NOT IN (`+s.db.Strings("$1")+`)
		  AND ($2 = '' OR state = $2)
		  AND ($3 = '' OR words LIKE '%' || $3 || '%' OR EXISTS (SELECT 1 FROM criminal_words_v w WHERE w.case_id = dossier.case_id AND w.words LIKE '%' || $3 || '%'))
		  AND ($4 = '' OR id < $4)
		ORDER BY id DESC
		LIMIT $5`, string(tags), f.State, vn.Fold(f.Words), f.After, f.Size()+1)
}

// Uploads.

const uploadColumns = `id, dossier, name, size, scan, started, by`

func scanUpload(r db.Row) (u Upload, err error) {
	err = r.Scan(&u.ID, &u.Dossier, &u.Name, &u.Size, &u.Scan, &u.Started, &u.By)
	return
}

func (s store) insertUpload(ctx context.Context, u Upload) error {
	_, err := s.db.Exec(ctx, `INSERT INTO dossier_upload (`+uploadColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		u.ID, u.Dossier, u.Name, u.Size, u.Scan, u.Started, u.By)
	return err
}

func (s store) upload(ctx context.Context, id UploadID) (Upload, error) {
	return db.One(ctx, s.db, scanUpload, `SELECT `+uploadColumns+` FROM dossier_upload WHERE id = $1`, id)
}

func (s store) finishUpload(ctx context.Context, id UploadID, scan ScanID) error {
	_, err := s.db.Exec(ctx, `UPDATE dossier_upload SET scan = $2 WHERE id = $1`, id, scan)
	return err
}

// openUploads lists what has begun and not become a scan, for one person and file.
func (s store) openUploads(ctx context.Context, d ID, by string) ([]Upload, error) {
	return db.All(ctx, s.db, scanUpload, `
		SELECT `+uploadColumns+` FROM dossier_upload WHERE dossier = $1 AND scan = '' AND by = $2 ORDER BY id`, d, by)
}

func (s store) staleUploads(ctx context.Context, before time.Time) ([]Upload, error) {
	return db.All(ctx, s.db, scanUpload, `
		SELECT `+uploadColumns+` FROM dossier_upload WHERE started < $1 ORDER BY id LIMIT 1000`, before)
}

func (s store) deleteUpload(ctx context.Context, id UploadID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM dossier_upload WHERE id = $1`, id)
	return err
}

// Scans.

const scanColumns = `id, dossier, seq, name, sha256, size, kind, state, reason, pages, done, bad, signed, via, received, by`

func scanScan(r db.Row) (c Scan, err error) {
	err = r.Scan(&c.ID, &c.Dossier, &c.Seq, &c.Name, &c.SHA256, &c.Size, &c.Kind, &c.State, &c.Reason, &c.Pages, &c.Done, &c.Bad, &c.Signed, &c.Via, &c.Received, &c.By)
	return
}

func (s store) insertScan(ctx context.Context, c Scan) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO dossier_scan (`+scanColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		c.ID, c.Dossier, c.Seq, c.Name, c.SHA256, c.Size, c.Kind, c.State, c.Reason, c.Pages, c.Done, c.Bad, c.Signed, c.Via, c.Received, c.By)
	return err
}

func (s store) updateScan(ctx context.Context, c Scan) error {
	_, err := s.db.Exec(ctx, `
		UPDATE dossier_scan SET kind = $2, state = $3, reason = $4, pages = $5, done = $6, bad = $7, signed = $8 WHERE id = $1`,
		c.ID, c.Kind, c.State, c.Reason, c.Pages, c.Done, c.Bad, c.Signed)
	return err
}

func (s store) scan(ctx context.Context, id ScanID) (Scan, error) {
	return db.One(ctx, s.db, scanScan, `SELECT `+scanColumns+` FROM dossier_scan WHERE id = $1`, id)
}

func (s store) scanBySHA(ctx context.Context, d ID, sha string) (Scan, error) {
	return db.One(ctx, s.db, scanScan, `SELECT `+scanColumns+` FROM dossier_scan WHERE dossier = $1 AND sha256 = $2`, d, sha)
}

func (s store) scans(ctx context.Context, d ID) ([]Scan, error) {
	return db.All(ctx, s.db, scanScan, `SELECT `+scanColumns+` FROM dossier_scan WHERE dossier = $1 ORDER BY seq`, d)
}

// busyOf says which scans of a file are still being read.
func (s store) busyOf(ctx context.Context, d ID) ([]ScanID, error) {
	return db.All(ctx, s.db, db.Value[ScanID], `SELECT id FROM dossier_scan WHERE dossier = $1 AND state IN ('received', 'reading')`, d)
}

func (s store) nextSeq(ctx context.Context, d ID) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `SELECT COALESCE(MAX(seq), 0) + 1 FROM dossier_scan WHERE dossier = $1`, d)
}

func (s store) busyScans(ctx context.Context, d ID) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM dossier_scan WHERE dossier = $1 AND state IN ('received', 'reading')`, d)
}

// Pages.

const pageColumns = `id, dossier, scan, n, part, position, document, state, folio, label, picture, format, w, h, dpi,
	rotation, turn, skew, blank, spread, twin, twin_exact, hash, confidence, words, access, thumb, locked, reader, problem, version, read_at`

func scanPage(r db.Row) (p Page, err error) {
	err = r.Scan(&p.ID, &p.Dossier, &p.Scan, &p.N, &p.Part, &p.Position, &p.Document, &p.State, &p.Folio, &p.Label, &p.Picture, &p.Format, &p.W, &p.H, &p.DPI,
		&p.Rotation, &p.Turn, &p.Skew, &p.Blank, &p.Spread, &p.Twin, &p.TwinExact, &p.Hash, &p.Confidence, &p.Words, &p.Access, &p.Thumb, &p.Locked, &p.Reader, &p.Problem, &p.Version, &p.ReadAt)
	return
}

func (s store) insertPage(ctx context.Context, p Page) (bool, error) {
	n, err := s.db.Exec(ctx, `
		INSERT INTO dossier_page (`+pageColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)
		ON CONFLICT (scan, n, part) DO NOTHING`,
		p.ID, p.Dossier, p.Scan, p.N, p.Part, p.Position, p.Document, p.State, p.Folio, p.Label, p.Picture, p.Format, p.W, p.H, p.DPI,
		p.Rotation, p.Turn, p.Skew, p.Blank, p.Spread, p.Twin, p.TwinExact, p.Hash, p.Confidence, p.Words, p.Access, p.Thumb, p.Locked, p.Reader, p.Problem, p.Version, p.ReadAt)
	return n == 1, err
}

func (s store) updatePage(ctx context.Context, p Page) error {
	_, err := s.db.Exec(ctx, `
		UPDATE dossier_page SET scan = $2, n = $3, part = $4, picture = $5, format = $6, w = $7, h = $8, dpi = $9, rotation = $10, turn = $11, skew = $12,
			blank = $13, spread = $14, twin = $15, twin_exact = $16, hash = $17, confidence = $18, words = $19, access = $20, thumb = $21,
			locked = $22, reader = $23, problem = $24, version = $25, read_at = $26, state = $27, label = $28
		WHERE id = $1`,
		p.ID, p.Scan, p.N, p.Part, p.Picture, p.Format, p.W, p.H, p.DPI, p.Rotation, p.Turn, p.Skew,
		p.Blank, p.Spread, p.Twin, p.TwinExact, p.Hash, p.Confidence, p.Words, p.Access, p.Thumb,
		p.Locked, p.Reader, p.Problem, p.Version, p.ReadAt, p.State, p.Label)
	return err
}

func (s store) page(ctx context.Context, id PageID) (Page, error) {
	return db.One(ctx, s.db, scanPage, `SELECT `+pageColumns+` FROM dossier_page WHERE id = $1`, id)
}

func (s store) pageOfFolio(ctx context.Context, d ID, folio int) (Page, error) {
	return db.One(ctx, s.db, scanPage, `SELECT `+pageColumns+` FROM dossier_page WHERE dossier = $1 AND folio = $2`, d, folio)
}

func (s store) pages(ctx context.Context, d ID) ([]Page, error) {
	return db.All(ctx, s.db, scanPage, `SELECT `+pageColumns+` FROM dossier_page WHERE dossier = $1 ORDER BY position, id`, d)
}

func (s store) pagesOfScan(ctx context.Context, c ScanID) ([]Page, error) {
	return db.All(ctx, s.db, scanPage, `SELECT `+pageColumns+` FROM dossier_page WHERE scan = $1 ORDER BY position, id`, c)
}

func (s store) pagesOfDocument(ctx context.Context, d DocumentID) ([]Page, error) {
	return db.All(ctx, s.db, scanPage, `SELECT `+pageColumns+` FROM dossier_page WHERE document = $1 ORDER BY position, id`, d)
}

// pagesByID reads pages that a search found, in any order.
func (s store) pagesByID(ctx context.Context, ids []PageID) ([]Page, error) {
	text, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, scanPage, `SELECT `+pageColumns+` FROM dossier_page WHERE id IN (`+s.db.Strings("$1")+`)`, string(text))
}

// weakPages is the correction queue of a file: the least sure first.
func (s store) weakPages(ctx context.Context, d ID, limit int) ([]Page, error) {
	return db.All(ctx, s.db, scanPage, `
		SELECT `+pageColumns+` FROM dossier_page
		WHERE dossier = $1 AND locked = FALSE AND blank = FALSE AND state NOT IN ('missing', 'excluded') AND problem = '' AND confidence < $2
		ORDER BY confidence, position
		LIMIT $3`, d, float64(WeakBelow), limit)
}

// setArrangement puts a page in its place. A page with a folio number keeps place and
// document whatever is asked: only its turn may change.
func (s store) setArrangement(ctx context.Context, slot Slot, position int64) error {
	n, err := s.db.Exec(ctx, `
		UPDATE dossier_page SET position = $2, document = $3, state = $4, turn = $5
		WHERE id = $1 AND (folio = 0 OR position = $2 AND document = $3)`,
		slot.Page, position, slot.Document, slot.State, slot.Turn)
	if err == nil && n != 1 {
		err = ErrNumbered
	}
	return err
}

func (s store) setTwin(ctx context.Context, id, twin PageID, exact bool) error {
	_, err := s.db.Exec(ctx, `UPDATE dossier_page SET twin = $2, twin_exact = $3 WHERE id = $1`, id, twin, exact)
	return err
}

func (s store) setFolio(ctx context.Context, d Dossier, slot Slot, stamp string, at time.Time, by string) error {
	if _, err := s.db.Exec(ctx, `INSERT INTO dossier_folio (dossier, folio, page, stage, stamp, at, by) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		d.ID, slot.Folio, slot.Page, d.Stage, stamp, at, by); err != nil {
		return err
	}
	n, err := s.db.Exec(ctx, `UPDATE dossier_page SET folio = $2 WHERE id = $1 AND folio = 0`, slot.Page, slot.Folio)
	if err == nil && n != 1 {
		err = fmt.Errorf("page %s has a folio already", slot.Page)
	}
	return err
}

func (s store) lastPosition(ctx context.Context, d ID) (int64, error) {
	return db.One(ctx, s.db, db.Value[int64], `SELECT COALESCE(MAX(position), 0) FROM dossier_page WHERE dossier = $1`, d)
}

func (s store) keepVersion(ctx context.Context, p Page, reason string, at time.Time, by string) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO dossier_page_version (page, version, scan, picture, format, w, h, dpi, rotation, skew, words, access, thumb, reason, at, by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		p.ID, p.Version, p.Scan, p.Picture, p.Format, p.W, p.H, p.DPI, p.Rotation, p.Skew, p.Words, p.Access, p.Thumb, reason, at, by)
	return err
}

func (s store) versions(ctx context.Context, p PageID) ([]PageVersion, error) {
	return db.All(ctx, s.db, func(r db.Row) (v PageVersion, err error) {
		err = r.Scan(&v.Version, &v.Picture, &v.Access, &v.Thumb, &v.Reason, &v.At, &v.By)
		return
	}, `SELECT version, picture, access, thumb, reason, at, by FROM dossier_page_version WHERE page = $1 ORDER BY version DESC`, p)
}

// Documents.

const documentColumns = `id, dossier, kind, form, evidence, title, number, date, issuer, signer, persons, articles, seen, confidence, state, accepted, accepted_by, pdf, pdf_state, level`

func scanDocument(r db.Row) (d Document, err error) {
	var persons, articles, seen string
	err = r.Scan(&d.ID, &d.Dossier, &d.Kind, &d.Form, &d.Group, &d.Title, &d.Number, &d.Date, &d.Issuer, &d.Signer, &persons, &articles, &seen, &d.Confidence, &d.State, &d.Accepted, &d.AcceptedBy, &d.PDF, &d.PDFState, &d.Level)
	for _, f := range []struct {
		text string
		to   any
	}{{persons, &d.Persons}, {articles, &d.Articles}, {seen, &d.Seen}} {
		if err == nil && f.text != "" {
			err = json.Unmarshal([]byte(f.text), f.to)
		}
	}
	return
}

func (d Document) args() ([]any, error) {
	var text [3]string
	for i, v := range []any{d.Persons, d.Articles, d.Seen} {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		text[i] = string(b)
	}
	return []any{d.ID, d.Dossier, d.Kind, d.Form, d.Group, d.Title, d.Number, d.Date, d.Issuer, d.Signer, text[0], text[1], text[2], d.Confidence, d.State, d.Accepted, d.AcceptedBy, d.PDF, d.PDFState, d.Level}, nil
}

// saveDocument writes d, new or not. The level of one that is there stays: see setLevel.
func (s store) saveDocument(ctx context.Context, d Document) error {
	args, err := d.args()
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `
		INSERT INTO dossier_document (`+documentColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, form = excluded.form, evidence = excluded.evidence, title = excluded.title,
			number = excluded.number, date = excluded.date, issuer = excluded.issuer, signer = excluded.signer, persons = excluded.persons,
			articles = excluded.articles, seen = excluded.seen, confidence = excluded.confidence, state = excluded.state,
			accepted = excluded.accepted, accepted_by = excluded.accepted_by, pdf = excluded.pdf, pdf_state = excluded.pdf_state`, args...)
	return err
}

func (s store) document(ctx context.Context, id DocumentID) (Document, error) {
	return db.One(ctx, s.db, scanDocument, `SELECT `+documentColumns+` FROM dossier_document WHERE id = $1`, id)
}

// documents reads the documents of a file that have pages, in no order.
func (s store) documents(ctx context.Context, d ID) ([]Document, error) {
	return db.All(ctx, s.db, scanDocument, `SELECT `+documentColumns+` FROM dossier_document WHERE dossier = $1`, d)
}

func (s store) setPDF(ctx context.Context, id DocumentID, sha, state string) error {
	_, err := s.db.Exec(ctx, `UPDATE dossier_document SET pdf = $2, pdf_state = $3 WHERE id = $1`, id, sha, state)
	return err
}

// Changes that can be undone.

// undoable is how many changes of a file can be taken back.
const undoable = 50

func scanChange(r db.Row) (c Change, err error) {
	err = r.Scan(&c.ID, &c.Act, &c.before, &c.At, &c.By, &c.ByName)
	return
}

func (s store) insertChange(ctx context.Context, d ID, c Change) error {
	_, err := s.db.Exec(ctx, `INSERT INTO dossier_change (id, dossier, act, before, undone, at, by, by_name) VALUES ($1, $2, $3, $4, FALSE, $5, $6, $7)`,
		c.ID, d, c.Act, c.before, c.At, c.By, c.ByName)
	if err != nil || c.before == "" {
		return err
	}
	_, err = s.db.Exec(ctx, `
		UPDATE dossier_change SET before = '' WHERE dossier = $1 AND before <> '' AND id <= (
			SELECT id FROM dossier_change WHERE dossier = $1 AND before <> '' ORDER BY id DESC LIMIT 1 OFFSET $2)`, d, undoable)
	return err
}

func (s store) lastChange(ctx context.Context, d ID) (Change, error) {
	return db.One(ctx, s.db, scanChange, `
		SELECT id, act, before, at, by, by_name FROM dossier_change
		WHERE dossier = $1 AND undone = FALSE AND before <> '' ORDER BY id DESC LIMIT 1`, d)
}

func (s store) undone(ctx context.Context, id string) error {
	_, err := s.db.Exec(ctx, `UPDATE dossier_change SET undone = TRUE WHERE id = $1`, id)
	return err
}

// forgetUndo closes the door behind an act that cannot be undone.
func (s store) forgetUndo(ctx context.Context, d ID) error {
	_, err := s.db.Exec(ctx, `UPDATE dossier_change SET before = '' WHERE dossier = $1`, d)
	return err
}

func (s store) changes(ctx context.Context, d ID, limit int) ([]Change, error) {
	return db.All(ctx, s.db, scanChange, `
		SELECT id, act, '', at, by, by_name FROM dossier_change WHERE dossier = $1 ORDER BY id DESC LIMIT $2`, d, limit)
}

// Remarks.

func (s store) insertRemark(ctx context.Context, m Remark) error {
	_, err := s.db.Exec(ctx, `INSERT INTO dossier_remark (id, dossier, folio, kind, reason, at, by, by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		m.ID, m.Dossier, m.Folio, m.Kind, m.Reason, m.At, m.By, m.ByName)
	return err
}

func (s store) remarks(ctx context.Context, d ID) ([]Remark, error) {
	return db.All(ctx, s.db, func(r db.Row) (m Remark, err error) {
		err = r.Scan(&m.ID, &m.Dossier, &m.Folio, &m.Kind, &m.Reason, &m.At, &m.By, &m.ByName)
		return
	}, `SELECT id, dossier, folio, kind, reason, at, by, by_name FROM dossier_remark WHERE dossier = $1 ORDER BY folio, id`, d)
}
