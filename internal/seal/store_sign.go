package seal

import (
	"context"
	"time"

	"congminh/internal/kit/db"
)

const headColumns = `size, root, note, token, at`

func scanHead(r db.Row) (h Head, err error) {
	err = r.Scan(&h.Size, &h.Root, &h.Note, &h.Token, &h.At)
	return
}

func (s store) head(ctx context.Context, size int64) (Head, error) {
	return db.One(ctx, s.db, scanHead, `SELECT `+headColumns+` FROM seal_head WHERE size = $1`, size)
}

func (s store) heads(ctx context.Context, limit int) ([]Head, error) {
	return db.All(ctx, s.db, scanHead, `SELECT `+headColumns+` FROM seal_head ORDER BY size DESC LIMIT $1`, limit)
}

// putHead keeps a head; of two signed at once for one size the first stays.
func (s store) putHead(ctx context.Context, h Head) error {
	_, err := s.db.Exec(ctx, `INSERT INTO seal_head (`+headColumns+`) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (size) DO NOTHING`, h.Size, h.Root, h.Note, h.Token, h.At)
	return err
}

// turnHead is putHead for the head under which a key was handed over: it is the one
// that stays.
func (s store) turnHead(ctx context.Context, h Head) error {
	_, err := s.db.Exec(ctx, `INSERT INTO seal_head (`+headColumns+`) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (size) DO UPDATE SET note = excluded.note, token = excluded.token, at = excluded.at`, h.Size, h.Root, h.Note, h.Token, h.At)
	return err
}

// lastOf returns the last entry about an object from place n on.
func (s store) lastOf(ctx context.Context, object string, n int64) (int64, error) {
	return db.One(ctx, s.db, db.Value[int64], `SELECT n FROM seal_entry WHERE object = $1 AND n >= $2 ORDER BY n DESC LIMIT 1`, object, n)
}

func (s store) certifiedBy(ctx context.Context, object string) (at time.Time, by string, err error) {
	type mark struct {
		at time.Time
		by string
	}
	m, err := db.One(ctx, s.db, func(r db.Row) (m mark, err error) { err = r.Scan(&m.at, &m.by); return },
		`SELECT at, signer FROM seal_certified WHERE object = $1 AND renews = '' ORDER BY at DESC, id DESC LIMIT 1`, object)
	return m.at, m.by, err
}
