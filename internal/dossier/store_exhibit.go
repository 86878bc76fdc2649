package dossier

import (
	"context"
	"encoding/json"

	"congminh/internal/kit/db"
	"congminh/internal/kit/vn"
)

const exhibitColumns = `x.id, x.dossier, x.code, x.name, x.kind, x.about, x.measures, x.page, x.created, x.by, x.by_name, p.folio,
	(SELECT COUNT(*) FROM dossier_exhibit_file f WHERE f.exhibit = x.id)`

const exhibitFrom = ` FROM dossier_exhibit x JOIN dossier_page p ON p.id = x.page `

func scanExhibit(r db.Row) (x Exhibit, err error) {
	var measures string
	err = r.Scan(&x.ID, &x.Dossier, &x.Code, &x.Name, &x.Kind, &x.About, &measures, &x.Page, &x.Created, &x.By, &x.ByName, &x.Folio, &x.Files)
	if err == nil {
		err = json.Unmarshal([]byte(measures), &x.Measures)
	}
	return
}

func (s store) insertExhibit(ctx context.Context, x Exhibit) (bool, error) {
	measures, err := json.Marshal(x.Measures)
	if err != nil {
		return false, err
	}
	n, err := s.db.Exec(ctx, `
		INSERT INTO dossier_exhibit (id, dossier, code, name, kind, about, measures, page, words, created, by, by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (dossier, code) DO NOTHING`,
		x.ID, x.Dossier, x.Code, x.Name, x.Kind, x.About, string(measures), x.Page, x.words(), x.Created, x.By, x.ByName)
	return n == 1, err
}

func (s store) updateExhibit(ctx context.Context, x Exhibit) error {
	measures, err := json.Marshal(x.Measures)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `
		UPDATE dossier_exhibit SET code = $2, name = $3, kind = $4, about = $5, measures = $6, page = $7, words = $8 WHERE id = $1`,
		x.ID, x.Code, x.Name, x.Kind, x.About, string(measures), x.Page, x.words())
	return err
}

// words is what x is found by.
func (x Exhibit) words() string { return vn.Fold(x.Code + " " + x.Name + " " + x.About) }

func (s store) exhibit(ctx context.Context, id ExhibitID) (Exhibit, error) {
	return db.One(ctx, s.db, scanExhibit, `SELECT `+exhibitColumns+exhibitFrom+`WHERE x.id = $1`, id)
}

func (s store) exhibitByCode(ctx context.Context, d ID, code string) (Exhibit, error) {
	return db.One(ctx, s.db, scanExhibit, `SELECT `+exhibitColumns+exhibitFrom+`WHERE x.dossier = $1 AND x.code = $2`, d, code)
}

func (s store) exhibits(ctx context.Context, d ID, f ExhibitFilter) ([]Exhibit, error) {
	return db.All(ctx, s.db, scanExhibit, `
		SELECT `+exhibitColumns+exhibitFrom+`
		WHERE x.dossier = $1 AND ($2 = '' OR x.kind = $2) AND ($3 = '' OR x.words LIKE '%' || $3 || '%')
		ORDER BY x.code, x.id`, d, f.Kind, vn.Fold(f.Words))
}

// Files of exhibits.

const exhibitFileColumns = `id, exhibit, name, sha256, size, type, at, by, by_name`

func scanExhibitFile(r db.Row) (f ExhibitFile, err error) {
	err = r.Scan(&f.ID, &f.Exhibit, &f.Name, &f.SHA256, &f.Size, &f.Type, &f.At, &f.By, &f.ByName)
	return
}

func (s store) insertExhibitFile(ctx context.Context, f ExhibitFile) (bool, error) {
	n, err := s.db.Exec(ctx, `
		INSERT INTO dossier_exhibit_file (`+exhibitFileColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (exhibit, sha256) DO NOTHING`,
		f.ID, f.Exhibit, f.Name, f.SHA256, f.Size, f.Type, f.At, f.By, f.ByName)
	return n == 1, err
}

func (s store) exhibitFile(ctx context.Context, id ExhibitFileID) (ExhibitFile, error) {
	return db.One(ctx, s.db, scanExhibitFile, `SELECT `+exhibitFileColumns+` FROM dossier_exhibit_file WHERE id = $1`, id)
}

func (s store) exhibitFileBySHA(ctx context.Context, x ExhibitID, sha string) (ExhibitFile, error) {
	return db.One(ctx, s.db, scanExhibitFile, `SELECT `+exhibitFileColumns+` FROM dossier_exhibit_file WHERE exhibit = $1 AND sha256 = $2`, x, sha)
}

func (s store) exhibitFiles(ctx context.Context, x ExhibitID) ([]ExhibitFile, error) {
	return db.All(ctx, s.db, scanExhibitFile, `SELECT `+exhibitFileColumns+` FROM dossier_exhibit_file WHERE exhibit = $1 ORDER BY id`, x)
}

// Custody. There is no statement here that changes or removes a line: what was
// written stays.

const custodyColumns = `c.id, c.exhibit, c.act, c.giver, c.taker, c.place, c.day, c.note, c.at, c.by, c.by_name`

func scanCustody(r db.Row) (c Custody, err error) {
	err = r.Scan(&c.ID, &c.Exhibit, &c.Act, &c.Giver, &c.Taker, &c.Place, &c.Day, &c.Note, &c.At, &c.By, &c.ByName)
	return
}

func (s store) insertCustody(ctx context.Context, c Custody) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO dossier_custody (id, exhibit, act, giver, taker, place, day, note, at, by, by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		c.ID, c.Exhibit, c.Act, c.Giver, c.Taker, c.Place, c.Day, c.Note, c.At, c.By, c.ByName)
	return err
}

func (s store) custody(ctx context.Context, x ExhibitID) ([]Custody, error) {
	return db.All(ctx, s.db, scanCustody, `SELECT `+custodyColumns+` FROM dossier_custody c WHERE c.exhibit = $1 ORDER BY c.day, c.id`, x)
}

// custodyIn reads the lines of all exhibits of a file.
func (s store) custodyIn(ctx context.Context, d ID) ([]Custody, error) {
	return db.All(ctx, s.db, scanCustody, `
		SELECT `+custodyColumns+` FROM dossier_custody c JOIN dossier_exhibit x ON x.id = c.exhibit
		WHERE x.dossier = $1 ORDER BY c.exhibit, c.day, c.id`, d)
}

// lockExhibit takes an exhibit for the rest of the transaction, so that two lines of
// custody are written one after the other.
func (s store) lockExhibit(ctx context.Context, id ExhibitID) error {
	_, err := s.db.Exec(ctx, `UPDATE dossier_exhibit SET code = code WHERE id = $1`, id)
	return err
}
