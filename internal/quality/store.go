package quality

import (
	"context"
	"embed"

	"congminh/internal/kit/db"
	"congminh/internal/org"
)

//go:embed schema/*.sql
var schema embed.FS

type store struct{ db *db.DB }

// offices lists the offices of a subtree, as a tree is read.
func (s store) offices(ctx context.Context, like string) ([]org.Office, error) {
	return db.All(ctx, s.db, func(r db.Row) (o org.Office, err error) {
		err = r.Scan(&o.ID, &o.Name, &o.Short, &o.Level, &o.Parent, &o.Path)
		return
	}, `SELECT id, name, short, level, parent, path FROM org_office_v WHERE path LIKE $1 ORDER BY path`, like)
}
