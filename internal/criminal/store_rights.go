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
