package criminal

import (
	"context"

	"congminh/internal/kit/db"
)

func (s store) policy(ctx context.Context) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `SELECT version FROM criminal_policy WHERE one = 1`)
}

func (s store) setPolicy(ctx context.Context, version int) error {
	_, err := s.db.Exec(ctx, `UPDATE criminal_policy SET version = $1 WHERE one = 1`, version)
	return err
}

func (s store) idsAfter(ctx context.Context, after ID, limit int) ([]ID, error) {
	return db.All(ctx, s.db, db.Value[ID], `SELECT id FROM criminal WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
}

// named returns the cases with this id, or this code, or else this number.
func (s store) named(ctx context.Context, key string) ([]Case, error) {
	for _, column := range []string{"id", "efile", "number"} {
		found, err := db.All(ctx, s.db, scan, `SELECT `+columns+` FROM criminal c WHERE $1 <> '' AND c.`+column+` = $1 LIMIT 2`, key)
		if err != nil || len(found) > 0 {
			return found, err
		}
	}
	return nil, nil
}
