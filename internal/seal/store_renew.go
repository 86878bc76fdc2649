package seal

import (
	"context"
	"fmt"
	"strings"
	"time"

	"congminh/internal/kit/db"
	"congminh/internal/kit/vn"
)

const certifiedColumns = `id, object, case_id, title, office, owner, signer, source, result, at, good_to, renews, tried_at, trouble, record, batch`

func scanCertified(r db.Row) (c Certified, err error) {
	var trouble string
	err = r.Scan(&c.ID, &c.Object, &c.Case, &c.Title, &c.Office, &c.owner, &c.Signer, &c.Source, &c.Result, &c.At, &c.GoodTo, &c.Renews, &c.Tried, &trouble, &c.record, &c.batch)
	code, detail, _ := strings.Cut(trouble, "\n")
	c.Trouble, c.Detail, c.Record = Trouble(code), detail, c.record != ""
	return
}

// certified keeps what was certified or renewed, in the place of what stood for the thing
// before.
func (s store) certified(ctx context.Context, c Certified) error {
	if _, err := s.db.Exec(ctx, `UPDATE seal_certified SET next = $2, trouble = '' WHERE object = $1 AND next = ''`, c.Object, c.ID); err != nil {
		return err
	}
	n, err := s.size(ctx)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `INSERT INTO seal_certified (id, object, case_id, title, office, owner, words, signer, source, result, n, at, good_to, renews, record, batch)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		c.ID, c.Object, c.Case, c.Title, c.Office, c.owner, vn.Fold(c.Title+" "+c.Signer), c.Signer, c.Source, c.Result, n, c.At, c.GoodTo, c.Renews, c.record, c.batch)
	return err
}

// renewed is certified for a proof that must still be the one it was.
func (s store) renewed(ctx context.Context, old, c Certified) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE seal_certified SET next = $2, trouble = '' WHERE id = $1 AND next = ''`, old.ID, c.ID)
	if err != nil || n == 0 {
		return false, err
	}
	return true, s.certified(ctx, c)
}

// due returns proofs that end by a time and were not tried since another, the first to
// end first.
func (s store) due(ctx context.Context, by, tried time.Time, limit int) ([]Certified, error) {
	return db.All(ctx, s.db, scanCertified, `SELECT `+certifiedColumns+` FROM seal_certified
		WHERE next = '' AND good_to <= $1 AND (tried_at IS NULL OR tried_at < $2) ORDER BY good_to, id LIMIT $3`, by, tried, limit)
}

// troubled keeps why a renewal failed.
func (s store) troubled(ctx context.Context, id CertifiedID, at time.Time, trouble Trouble, detail string) error {
	_, err := s.db.Exec(ctx, `UPDATE seal_certified SET tried_at = $2, trouble = $3 WHERE id = $1`, id, at, string(trouble)+"\n"+detail)
	return err
}

// untried has what failed be tried again at once.
func (s store) untried(ctx context.Context, like string) error {
	_, err := s.db.Exec(ctx, `UPDATE seal_certified SET tried_at = NULL WHERE next = '' AND trouble <> '' AND owner LIKE $1`, like)
	return err
}

func (s store) certifiedRow(ctx context.Context, id CertifiedID) (Certified, error) {
	return db.One(ctx, s.db, scanCertified, `SELECT `+certifiedColumns+` FROM seal_certified WHERE id = $1`, id)
}

// history returns every proof of a thing, newest first.
func (s store) history(ctx context.Context, object string) ([]Certified, error) {
	return db.All(ctx, s.db, scanCertified, `SELECT `+certifiedColumns+` FROM seal_certified WHERE object = $1 ORDER BY id DESC`, object)
}

// seals returns the proofs as they stand, of things of offices like path, newest first.
func (s store) seals(ctx context.Context, like string, f SealFilter, now, due time.Time, limit int) ([]Certified, error) {
	where, args := []string{"next = ''", "owner LIKE $1"}, []any{like}
	add := func(cond string, vs ...any) {
		marks := make([]any, len(vs))
		for i, v := range vs {
			args = append(args, v)
			marks[i] = len(args)
		}
		where = append(where, fmt.Sprintf(cond, marks...))
	}
	if f.After != "" {
		add("id < $%d", f.After)
	}
	for _, w := range strings.Fields(vn.Fold(f.Q)) {
		add(`words LIKE $%d ESCAPE '\'`, "%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(w)+"%")
	}
	switch f.State {
	case Good:
		add("good_to > $%d AND trouble = ''", due)
	case Due:
		add("good_to > $%d AND good_to <= $%d AND trouble = ''", now, due)
	case Failed:
		add("good_to > $%d AND trouble <> ''", now)
	case Over:
		add("good_to <= $%d", now)
	}
	args = append(args, limit)
	return db.All(ctx, s.db, scanCertified, fmt.Sprintf(`SELECT `+certifiedColumns+` FROM seal_certified WHERE `+strings.Join(where, " AND ")+` ORDER BY id DESC LIMIT $%d`, len(args)), args...)
}

// sealCounts counts the proofs as they stand.
func (s store) sealCounts(ctx context.Context, like string, now, due time.Time) (map[Standing]int, error) {
	type count struct{ good, due, failed, over int }
	c, err := db.One(ctx, s.db, func(r db.Row) (c count, err error) { err = r.Scan(&c.good, &c.due, &c.failed, &c.over); return }, `SELECT
		COALESCE(SUM(CASE WHEN good_to > $2 AND trouble = '' THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN good_to > $3 AND good_to <= $2 AND trouble = '' THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN good_to > $3 AND trouble <> '' THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN good_to <= $3 THEN 1 ELSE 0 END), 0) FROM seal_certified WHERE next = '' AND owner LIKE $1`, like, due, now)
	return map[Standing]int{Good: c.good, Due: c.due, Failed: c.failed, Over: c.over}, err
}

// batch is one timestamp over many documents.
type batch struct {
	id, root, token, evidence string
	count                     int
	at, goodTo                time.Time
}

func (s store) putBatch(ctx context.Context, b batch) error {
	_, err := s.db.Exec(ctx, `INSERT INTO seal_batch (id, root, token, evidence, count, at, good_to) VALUES ($1, $2, $3, $4, $5, $6, $7)`, b.id, b.root, b.token, b.evidence, b.count, b.at, b.goodTo)
	return err
}

// evidences returns what proves the certificates of every timestamp over many documents
// that a thing is under.
func (s store) evidences(ctx context.Context, object string) ([]string, error) {
	return db.All(ctx, s.db, db.Value[string], `SELECT evidence FROM seal_batch WHERE id IN (SELECT batch FROM seal_certified WHERE object = $1) ORDER BY id`, object)
}
