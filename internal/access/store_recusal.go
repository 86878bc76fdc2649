package access

import (
	"context"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
)

const recusalColumns = `id, case_id, title, owner, staff, name, kind, reason, basis, at, by_name, ended_s, ended_name, ended_reason, ended_basis`

func scanRecusal(r db.Row) (x Recusal, err error) {
	var ended int64
	err = r.Scan(&x.ID, &x.Case, &x.Title, &x.owner, &x.Staff, &x.Name, &x.Kind, &x.Reason, &x.Basis, &x.At, &x.By, &ended, &x.EndedBy, &x.EndedReason, &x.EndedBasis)
	x.Ended = moment(ended)
	return x, err
}

// recused returns the cases that somebody is kept out of.
func (s store) recused(ctx context.Context, who string) ([]string, error) {
	return db.All(ctx, s.db, db.Value[string], `SELECT case_id FROM access_exclusion WHERE staff = $1 AND ended_s = 0 ORDER BY case_id`, who)
}

func (s store) recusal(ctx context.Context, id RecusalID) (Recusal, error) {
	return db.One(ctx, s.db, scanRecusal, `SELECT `+recusalColumns+` FROM access_exclusion WHERE id = $1`, id)
}

// recusals returns those in cases of an office, but for the cases not.
func (s store) recusals(ctx context.Context, o auth.Office, f RecusalFilter, not []string) ([]Recusal, error) {
	return db.All(ctx, s.db, scanRecusal, `
		SELECT `+recusalColumns+` FROM access_exclusion
		WHERE owner = $1 AND ($2 = '' OR case_id = $2) AND (ended_s > 0) = $3 AND case_id NOT IN (`+s.db.Strings("$4")+`) AND ($5 = '' OR id < $5)
		ORDER BY id DESC LIMIT $6`, o, f.Case, f.Ended, list(not), f.After, f.Size()+1)
}

// recuse writes x unless the person is kept out already, and returns how many it wrote.
func (s store) recuse(ctx context.Context, x Recusal) (int64, error) {
	return s.db.Exec(ctx, `
		INSERT INTO access_exclusion (`+recusalColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, '', '', '')
		ON CONFLICT DO NOTHING`, x.ID, x.Case, x.Title, x.owner, x.Staff, x.Name, x.Kind, x.Reason, x.Basis, x.At, x.By)
}

func (s store) unrecuse(ctx context.Context, x Recusal) (int64, error) {
	return s.db.Exec(ctx, `UPDATE access_exclusion SET ended_s = $2, ended_name = $3, ended_reason = $4, ended_basis = $5 WHERE id = $1 AND ended_s = 0`,
		x.ID, seconds(x.Ended), x.EndedBy, x.EndedReason, x.EndedBasis)
}

// moveRecusals writes which office a case is in now.
func (s store) moveRecusals(ctx context.Context, of string, o auth.Office) error {
	_, err := s.db.Exec(ctx, `UPDATE access_exclusion SET owner = $2 WHERE case_id = $1 AND owner <> $2`, of, o)
	return err
}
