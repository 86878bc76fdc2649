package archive

import (
	"context"
	"embed"
	"encoding/json"

	"congminh/internal/access/policy"
	"congminh/internal/criminal"
	"congminh/internal/dossier"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
)

//go:embed schema/*.sql
var schema embed.FS

type store struct{ db *db.DB }

// sight is what somebody sees of the lists: cases by their tags, offices by path.
type sight struct {
	tags string // JSON
	like string
}

func newSight(tags []string, reach auth.Scope) sight {
	b, _ := json.Marshal(tags) // strings always marshal
	return sight{string(b), reach.Like()}
}

// seen is the condition that a case is one of those whose tags are in arg.
func (s store) seen(column, arg string) string {
	return `EXISTS (SELECT 1 FROM criminal_tag_v t WHERE t.case_id = ` + column + ` AND t.tag IN (` + s.db.Strings(arg) + `))
		AND '` + policy.KeptOut + `' || ` + column + ` NOT IN (` + s.db.Strings(arg) + `)`
}

// Files.

const fileColumns = `f.dossier, f.case_id, c.number, c.name, f.office, f.path, f.kind, f.title, f.folios, f.stage, f.closed, f.rule, f.rule_version, f.permanent, f.until,
	f.opinion, f.package, f.content, f.changed, (SELECT COUNT(*) FROM archive_volume v WHERE v.dossier = f.dossier),
	(SELECT COUNT(*) FROM archive_hold h WHERE h.dossier = f.dossier AND h.lifted IS NULL)`

const fileFrom = ` FROM archive_file f JOIN criminal_v c ON c.id = f.case_id `

func scanFile(r db.Row) (f File, err error) {
	err = r.Scan(&f.Dossier, &f.Case, &f.CaseNumber, &f.CaseName, &f.Office, &f.path, &f.Kind, &f.Title, &f.Folios, &f.Stage, &f.Closed, &f.Rule, &f.RuleVersion,
		&f.Permanent, &f.Until, &f.Opinion, &f.Package, &f.Content, &f.Changed, &f.Volumes, &f.Holds)
	return
}

// ensure writes down that a file exists, or what of it changed in its own module.
func (s store) ensure(ctx context.Context, f File) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO archive_file (dossier, case_id, office, path, kind, title, words, folios, stage, closed, rule, rule_version, permanent, until, opinion, package, content, changed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 0, FALSE, '', '', '', $11, $12)
		ON CONFLICT (dossier) DO UPDATE SET title = excluded.title, words = excluded.words, folios = excluded.folios`,
		f.Dossier, f.Case, f.Office, f.path, f.Kind, f.Title, vn.Fold(f.Title), f.Folios, f.Stage, f.Closed, f.Content, f.Changed)
	return err
}

// lock takes a file for the rest of the transaction: what is done to it, or to its
// volumes, is done one after the other.
func (s store) lock(ctx context.Context, d dossier.ID) (File, error) {
	if _, err := s.db.Exec(ctx, `UPDATE archive_file SET dossier = dossier WHERE dossier = $1`, d); err != nil {
		return File{}, err
	}
	return s.file(ctx, d)
}

func (s store) file(ctx context.Context, d dossier.ID) (File, error) {
	return db.One(ctx, s.db, scanFile, `SELECT `+fileColumns+fileFrom+`WHERE f.dossier = $1`, d)
}

func (s store) update(ctx context.Context, f File) error {
	_, err := s.db.Exec(ctx, `
		UPDATE archive_file SET stage = $2, closed = $3, rule = $4, rule_version = $5, permanent = $6, until = $7, opinion = $8, package = $9, content = $10, changed = $11, folios = $12
		WHERE dossier = $1`,
		f.Dossier, f.Stage, f.Closed, f.Rule, f.RuleVersion, f.Permanent, f.Until, f.Opinion, f.Package, f.Content, f.Changed, f.Folios)
	return err
}

func (s store) files(ctx context.Context, to sight, f FileFilter, today civil.Date) ([]File, error) {
	order, after := `f.changed DESC, f.dossier DESC`, `(f.changed, f.dossier) < (SELECT x.changed, x.dossier FROM archive_file x WHERE x.dossier = $7)`
	switch f.Sort {
	case "until":
		order, after = `f.until, f.dossier`, `(f.until, f.dossier) > (SELECT x.until, x.dossier FROM archive_file x WHERE x.dossier = $7)`
	case "case":
		order, after = `c.number, f.dossier`, `(c.number, f.dossier) > (SELECT y.number, x.dossier FROM archive_file x JOIN criminal_v y ON y.id = x.case_id WHERE x.dossier = $7)`
	}
	where := ``
	if f.Due {
		where += ` AND f.stage = 'archived' AND f.rule_version > 0 AND NOT f.permanent AND f.until <> '' AND f.until < $6
			AND NOT EXISTS (SELECT 1 FROM archive_hold h WHERE h.dossier = f.dossier AND h.lifted IS NULL)
			AND NOT EXISTS (SELECT 1 FROM archive_destruction_file p JOIN archive_destruction e ON e.id = p.destruction WHERE p.dossier = f.dossier AND e.state IN ('proposed', 'approved'))`
	} else {
		where += ` AND $6 <> ''`
	}
	if f.Held {
		where += ` AND EXISTS (SELECT 1 FROM archive_hold h WHERE h.dossier = f.dossier AND h.lifted IS NULL)`
	}
	if f.After != "" {
		where += ` AND ` + after
	} else {
		where += ` AND $7 = ''`
	}
	return db.All(ctx, s.db, scanFile, `
		SELECT `+fileColumns+fileFrom+`
		WHERE f.path LIKE $1 AND `+s.seen("f.case_id", "$2")+` AND ($3 = '' OR f.stage = $3)
		  AND ($4 = '' OR f.words LIKE '%' || $4 || '%' OR EXISTS (SELECT 1 FROM criminal_words_v w WHERE w.case_id = f.case_id AND w.words LIKE '%' || $4 || '%'))`+
		where+` ORDER BY `+order+` LIMIT $5`, to.like, to.tags, f.Stage, vn.Fold(f.Words), f.Size()+1, today, f.After)
}

// ofCase lists the files of a case that the archive knows.
func (s store) ofCase(ctx context.Context, c criminal.ID) ([]File, error) {
	return db.All(ctx, s.db, scanFile, `SELECT `+fileColumns+fileFrom+`WHERE f.case_id = $1 ORDER BY f.dossier`, c)
}

// unset lists the files appraised under a rule when it had no period.
func (s store) unset(ctx context.Context, rule string) ([]dossier.ID, error) {
	return db.All(ctx, s.db, db.Value[dossier.ID], `SELECT dossier FROM archive_file WHERE rule = $1 AND rule_version = 0 AND stage <> 'destroyed' ORDER BY dossier`, rule)
}

// waiting lists the files whose electronic content is to be taken away.
func (s store) waiting(ctx context.Context) ([]dossier.ID, error) {
	return db.All(ctx, s.db, db.Value[dossier.ID], `SELECT dossier FROM archive_file WHERE content = 'waiting' ORDER BY dossier`)
}

// Volumes.

const volumeColumns = `v.id, v.dossier, v.n, v.title, v.first_folio, v.last_folio, v.folios, v.room, v.cabinet, v.shelf, v.holder, v.holder_name, v.slip, v.destroyed,
	v.created, v.by, v.by_name, f.case_id, c.number, c.name, f.title, COALESCE(l.borrower_name, ''), COALESCE(l.due, '')`

const volumeFrom = ` FROM archive_volume v JOIN archive_file f ON f.dossier = v.dossier JOIN criminal_v c ON c.id = f.case_id LEFT JOIN archive_slip l ON l.id = v.slip `

func scanVolume(r db.Row) (v Volume, err error) {
	err = r.Scan(&v.ID, &v.Dossier, &v.N, &v.Title, &v.From, &v.To, &v.Folios, &v.Room, &v.Cabinet, &v.Shelf, &v.Holder, &v.HolderName, &v.Slip, &v.Destroyed,
		&v.Created, &v.By, &v.ByName, &v.Case, &v.CaseNumber, &v.CaseName, &v.File, &v.Borrower, &v.Due)
	return
}

// words is what v is found by, beside its case and its file.
func (v Volume) words() string { return vn.Fold(v.Title + " " + v.Place.String() + " " + v.HolderName) }

func (s store) insertVolume(ctx context.Context, v Volume) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO archive_volume (id, dossier, n, title, first_folio, last_folio, folios, room, cabinet, shelf, words, holder, holder_name, slip, destroyed, created, by, by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '', '', FALSE, $12, $13, $14)`,
		v.ID, v.Dossier, v.N, v.Title, v.From, v.To, v.Folios, v.Room, v.Cabinet, v.Shelf, v.words(), v.Created, v.By, v.ByName)
	return err
}

func (s store) updateVolume(ctx context.Context, v Volume) error {
	_, err := s.db.Exec(ctx, `
		UPDATE archive_volume SET n = $2, title = $3, first_folio = $4, last_folio = $5, folios = $6, room = $7, cabinet = $8, shelf = $9, holder = $10, holder_name = $11, slip = $12, destroyed = $13, words = $14
		WHERE id = $1`,
		v.ID, v.N, v.Title, v.From, v.To, v.Folios, v.Room, v.Cabinet, v.Shelf, v.Holder, v.HolderName, v.Slip, v.Destroyed, v.words())
	return err
}

func (s store) volume(ctx context.Context, id VolumeID) (Volume, error) {
	return db.One(ctx, s.db, scanVolume, `SELECT `+volumeColumns+volumeFrom+`WHERE v.id = $1`, id)
}

func (s store) volumesIn(ctx context.Context, d dossier.ID) ([]Volume, error) {
	return db.All(ctx, s.db, scanVolume, `SELECT `+volumeColumns+volumeFrom+`WHERE v.dossier = $1 ORDER BY v.n`, d)
}

func (s store) volumesOfCase(ctx context.Context, c criminal.ID) ([]Volume, error) {
	return db.All(ctx, s.db, scanVolume, `SELECT `+volumeColumns+volumeFrom+`WHERE f.case_id = $1 ORDER BY v.dossier, v.n`, c)
}

// heldBy lists what somebody holds in their charge, of the cases in tags.
func (s store) heldBy(ctx context.Context, who org.StaffID, tags string) ([]Volume, error) {
	return db.All(ctx, s.db, scanVolume, `
		SELECT `+volumeColumns+volumeFrom+`
		WHERE v.holder = $1 AND v.slip = '' AND NOT v.destroyed AND `+s.seen("f.case_id", "$2")+` ORDER BY c.number, v.dossier, v.n`, who, tags)
}

// placeOf is the order of places.
const placeOf = `(v.room || ' ' || v.cabinet || ' ' || v.shelf)`

func (s store) volumes(ctx context.Context, to sight, f VolumeFilter) ([]Volume, error) {
	order, after := `v.id DESC`, `v.id < $5`
	switch f.Sort {
	case ByCase:
		order = `c.number, v.id`
		after = `(c.number, v.id) > (SELECT y.number, x.id FROM archive_volume x JOIN archive_file g ON g.dossier = x.dossier JOIN criminal_v y ON y.id = g.case_id WHERE x.id = $5)`
	case ByPlace:
		order = placeOf + `, v.id`
		after = `(` + placeOf + `, v.id) > (SELECT x.room || ' ' || x.cabinet || ' ' || x.shelf, x.id FROM archive_volume x WHERE x.id = $5)`
	}
	where := ``
	switch f.Where {
	case Shelved:
		where = ` AND NOT v.destroyed AND v.slip = '' AND v.holder = '' AND (v.room <> '' OR v.cabinet <> '' OR v.shelf <> '')`
	case Held:
		where = ` AND NOT v.destroyed AND v.slip = '' AND v.holder <> ''`
	case Lent:
		where = ` AND v.slip <> ''`
	case Nowhere:
		where = ` AND NOT v.destroyed AND v.slip = '' AND v.holder = '' AND v.room = '' AND v.cabinet = '' AND v.shelf = ''`
	case Gone:
		where = ` AND v.destroyed`
	}
	if f.After != "" {
		where += ` AND ` + after
	} else {
		where += ` AND $5 = ''`
	}
	return db.All(ctx, s.db, scanVolume, `
		SELECT `+volumeColumns+volumeFrom+`
		WHERE f.path LIKE $1 AND `+s.seen("f.case_id", "$2")+`
		  AND ($3 = '' OR f.words LIKE '%' || $3 || '%' OR EXISTS (SELECT 1 FROM criminal_words_v w WHERE w.case_id = f.case_id AND w.words LIKE '%' || $3 || '%')
		    OR v.words LIKE '%' || $3 || '%')`+where+`
		ORDER BY `+order+` LIMIT $4`, to.like, to.tags, vn.Fold(f.Words), f.Size()+1, f.After)
}

// History.

const stepColumns = `id, case_id, dossier, volume, act, place, note, at, by, by_name`

func scanStep(r db.Row) (x Step, err error) {
	err = r.Scan(&x.ID, &x.Case, &x.File, &x.Volume, &x.Act, &x.Place, &x.Note, &x.At, &x.By, &x.ByName)
	return
}

func (s store) insertStep(ctx context.Context, x Step) error {
	_, err := s.db.Exec(ctx, `INSERT INTO archive_step (`+stepColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		x.ID, x.Case, x.File, x.Volume, x.Act, x.Place, x.Note, x.At, x.By, x.ByName)
	return err
}

// steps lists the last of what happened to a file, newest first.
func (s store) steps(ctx context.Context, d dossier.ID, limit int) ([]Step, error) {
	return db.All(ctx, s.db, scanStep, `SELECT `+stepColumns+` FROM archive_step WHERE dossier = $1 ORDER BY id DESC LIMIT $2`, d, limit)
}

// stepsOf lists what happened to a volume, newest first.
func (s store) stepsOf(ctx context.Context, v VolumeID) ([]Step, error) {
	return db.All(ctx, s.db, scanStep, `SELECT `+stepColumns+` FROM archive_step WHERE volume = $1 ORDER BY id DESC`, v)
}

// next is the next number of a kind of paper of an office in a year.
func (s store) next(ctx context.Context, o auth.Office, kind string, year int) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `
		INSERT INTO archive_counter (office, kind, year, last) VALUES ($1, $2, $3, 1)
		ON CONFLICT (office, kind, year) DO UPDATE SET last = archive_counter.last + 1
		RETURNING last`, o, kind, year)
}
