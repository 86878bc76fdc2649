package db

import (
	"context"

	"congminh/internal/kit/fault"
)

// Analyze has the database look at tables anew, after very much was written to them:
// it chooses the ways of its queries by what it knows of them. It runs in no
// transaction of the caller.
func (d *DB) Analyze(ctx context.Context, tables ...string) (err error) {
	defer fault.Wrap(&err, "analyze")
	ctx = Outside(ctx)
	for _, t := range tables {
		if _, err := d.Exec(ctx, `ANALYZE `+t); err != nil {
			return err
		}
	}
	if d.postgres {
		return nil
	}
	// The samples of SQLite are of the values of today; what they say of a state or an
	// office changes the plan of a query with its arguments. The averages are enough.
	sampled, err := One(ctx, d, Value[int], `SELECT COUNT(*) FROM sqlite_schema WHERE name = 'sqlite_stat4'`)
	if err != nil {
		return err
	}
	if sampled > 0 {
		if _, err := d.Exec(ctx, `DELETE FROM sqlite_stat4`); err != nil {
			return err
		}
	}
	if _, err := d.Exec(ctx, `ANALYZE sqlite_schema`); err != nil { // so that they are read again
		return err
	}
	d.read.SetMaxIdleConns(0) // connections that read them before
	d.read.SetMaxIdleConns(readers)
	return nil
}
