package seal

import (
	"context"

	"congminh/internal/kit/db"
)

const keyColumns = `vkey, since, leaf, proof`

func scanKey(r db.Row) (k LogKey, err error) {
	err = r.Scan(&k.Key, &k.Since, &k.leaf, &k.proof)
	return
}

// logKeys returns the keys the journal was signed with, oldest first.
func (s store) logKeys(ctx context.Context) ([]LogKey, error) {
	return db.All(ctx, s.db, scanKey, `SELECT `+keyColumns+` FROM seal_key ORDER BY since, vkey`)
}

func (s store) lastKey(ctx context.Context) (LogKey, error) {
	return db.One(ctx, s.db, scanKey, `SELECT `+keyColumns+` FROM seal_key ORDER BY since DESC, vkey LIMIT 1`)
}

// putKey keeps a key the first time it is used.
func (s store) putKey(ctx context.Context, k LogKey) error {
	_, err := s.db.Exec(ctx, `INSERT INTO seal_key (`+keyColumns+`) VALUES ($1, $2, $3, $4) ON CONFLICT (vkey) DO NOTHING`, k.Key, k.Since, k.leaf, k.proof)
	return err
}
