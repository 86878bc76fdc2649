package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"congminh/internal/kit/backup"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
)

// settle is how long after a put a blob is not deleted: whoever put it has committed
// the row that names it by then, and is seen.
const settle = 10 * time.Minute

// ErrSwept is what Put says when the same bytes were deleted at that very moment. They
// are to be sent again.
var ErrSwept = fault.New(fault.Conflict, "app.blob.swept", "Tệp này vừa được gỡ khỏi kho đúng lúc đang gửi lên. Hãy gửi lại.")

// wholeStore is the store of blobs as the modules see it: what is put goes to every copy,
// what is deleted goes from every copy and every backup and does not come back.
type wholeStore struct {
	blob.Store
	k *copies
}

// Put notes when it was, and leaves the blob to every copy. The note is written after
// the bytes and not before, for their name is known only then; a deletion that came in
// between is found by looking once more.
func (s wholeStore) Put(ctx context.Context, r io.Reader) (blob.Ref, error) {
	ref, err := s.Store.Put(ctx, r)
	if err != nil {
		return ref, err
	}
	if err := s.k.notePut(ctx, ref); err != nil {
		return ref, err
	}
	if _, err := s.Store.Stat(ctx, ref.SHA256); errors.Is(err, blob.ErrNone) {
		return ref, ErrSwept
	} else if err != nil {
		return ref, err
	}
	return ref, nil
}

// Delete returns blob.ErrRecent if the blob was put a moment ago.
func (s wholeStore) Delete(ctx context.Context, sha string) error {
	ref, err := s.Stat(ctx, sha)
	if errors.Is(err, blob.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	err = s.k.db.Tx(ctx, func(ctx context.Context) error {
		// The row is held until the end: a put of the same bytes waits here.
		was, err := s.k.holdGone(ctx, sha)
		if err != nil {
			return err
		}
		if s.k.now().Sub(was) < settle {
			return fmt.Errorf("blob %s: %w", sha, blob.ErrRecent)
		}
		for _, place := range append(s.k.c.copyNames(), s.k.c.targetNames()...) {
			if err := s.k.putDue(ctx, place, "delete", ref); err != nil {
				return err
			}
		}
		return s.Store.Delete(ctx, sha)
	})
	if err == nil {
		s.k.wake()
	}
	return err
}

// living is a copy that does not give back what was deleted.
type living struct {
	blob.Store
	k *copies
}

func (s living) Get(ctx context.Context, sha string) (io.ReadSeekCloser, blob.Ref, error) {
	if err := s.alive(ctx, sha); err != nil {
		return nil, blob.Ref{}, err
	}
	return s.Store.Get(ctx, sha)
}

func (s living) Stat(ctx context.Context, sha string) (blob.Ref, error) {
	if err := s.alive(ctx, sha); err != nil {
		return blob.Ref{}, err
	}
	return s.Store.Stat(ctx, sha)
}

func (s living) alive(ctx context.Context, sha string) error {
	gone, err := s.k.gone(ctx, sha)
	if err == nil && gone {
		err = fmt.Errorf("blob %s: %w", sha, blob.ErrNone)
	}
	return err
}

// copyNames and targetNames are the addresses of the second stores and of the places of
// snapshots, without secrets.
func (c Config) copyNames() []string   { return plain(c.Backup.Copies) }
func (c Config) targetNames() []string { return plain(c.Backup.To) }

func plain(addresses string) (out []string) {
	for _, a := range strings.Fields(addresses) {
		out = append(out, backup.Plain(a))
	}
	return out
}

// Tables.

func (k *copies) notePut(ctx context.Context, ref blob.Ref) error {
	return k.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := k.db.Exec(ctx, `INSERT INTO app_blob (sha, at, gone) VALUES ($1, $2, $3)
			ON CONFLICT (sha) DO UPDATE SET at = excluded.at, gone = excluded.gone`, ref.SHA256, k.now(), false); err != nil {
			return err
		}
		for _, place := range k.c.copyNames() {
			if err := k.putDue(ctx, place, "put", ref); err != nil {
				return err
			}
		}
		db.AfterCommit(ctx, k.wake)
		return nil
	})
}

// holdGone marks a blob as deleted and tells when it was last put; the zero time if that
// is not known any more.
func (k *copies) holdGone(ctx context.Context, sha string) (was time.Time, err error) {
	if _, err := k.db.Exec(ctx, `INSERT INTO app_blob (sha, at, gone) VALUES ($1, $2, $3) ON CONFLICT (sha) DO UPDATE SET sha = excluded.sha`, sha, time.Time{}, true); err != nil {
		return was, err
	}
	if was, err = db.One(ctx, k.db, db.Value[time.Time], `SELECT at FROM app_blob WHERE sha = $1`, sha); err != nil {
		return was, err
	}
	_, err = k.db.Exec(ctx, `UPDATE app_blob SET at = $2, gone = $3 WHERE sha = $1`, sha, k.now(), true)
	return was, err
}

func (k *copies) gone(ctx context.Context, sha string) (bool, error) {
	gone, err := db.One(ctx, k.db, db.Value[bool], `SELECT gone FROM app_blob WHERE sha = $1`, sha)
	if errors.Is(err, db.ErrNone) {
		return false, nil
	}
	return gone, err
}

// forgetPuts forgets when blobs were put that nobody asks about any more.
func (k *copies) forgetPuts(ctx context.Context) error {
	_, err := k.db.Exec(ctx, `DELETE FROM app_blob WHERE gone = $1 AND at < $2`, false, k.now().Add(-24*time.Hour))
	return err
}

// due is something to be done in a copy.
type due struct {
	ID, Store, Op, Error string
	Ref                  blob.Ref
	At                   time.Time
	Tries                int
	Until                *time.Time
}

const dueColumns = `id, store, op, sha, size, at, tries, until, error`

func scanDue(r db.Row) (d due, err error) {
	err = r.Scan(&d.ID, &d.Store, &d.Op, &d.Ref.SHA256, &d.Ref.Size, &d.At, &d.Tries, &d.Until, &d.Error)
	return
}

func (k *copies) putDue(ctx context.Context, store, op string, ref blob.Ref) error {
	_, err := k.db.Exec(ctx, `INSERT INTO app_copy_due (id, store, op, sha, size, at, due, tries, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		string(id.New[due]()), store, op, ref.SHA256, ref.Size, k.now(), k.now(), 0, "")
	return err
}

func (k *copies) dues(ctx context.Context) ([]due, error) {
	return db.All(ctx, k.db, scanDue, `SELECT `+dueColumns+` FROM app_copy_due WHERE due <= $1 ORDER BY due, id LIMIT 200`, k.now())
}

func (k *copies) done(ctx context.Context, d due) error {
	_, err := k.db.Exec(ctx, `DELETE FROM app_copy_due WHERE id = $1`, d.ID)
	return err
}

func (k *copies) later(ctx context.Context, d due, at time.Time) error {
	_, err := k.db.Exec(ctx, `UPDATE app_copy_due SET due = $2, tries = $3, until = $4, error = $5 WHERE id = $1`, d.ID, at, d.Tries+1, d.Until, d.Error)
	return err
}

// Lag is how far a copy is behind.
type Lag struct {
	Store string
	Blobs int
	Since time.Time // the oldest of them
	Error string    // of one of them
}

func (k *copies) lags(ctx context.Context) (map[string]Lag, error) {
	all, err := db.All(ctx, k.db, func(r db.Row) (l Lag, err error) {
		err = r.Scan(&l.Store, &l.Blobs, &l.Since, &l.Error)
		return
	}, `SELECT store, (SELECT COUNT(*) FROM app_copy_due AS n WHERE n.op = 'put' AND n.store = d.store), at, error FROM app_copy_due AS d
		WHERE op = 'put' AND at = (SELECT MIN(at) FROM app_copy_due AS n WHERE n.op = 'put' AND n.store = d.store)`)
	out := map[string]Lag{}
	for _, l := range all {
		if l.Error == "" {
			l.Error = out[l.Store].Error
		}
		out[l.Store] = l
	}
	return out, err
}

// Remainder is a deleted blob that a copy still has.
type Remainder struct {
	Store, SHA256 string
	Since         time.Time
	Until         *time.Time // the end of the lock; nil: it is only a matter of time
	Error         string
}

func (k *copies) remainders(ctx context.Context) ([]Remainder, error) {
	return db.All(ctx, k.db, func(r db.Row) (x Remainder, err error) {
		err = r.Scan(&x.Store, &x.SHA256, &x.Since, &x.Until, &x.Error)
		return
	}, `SELECT store, sha, at, until, error FROM app_copy_due WHERE op = 'delete' ORDER BY at DESC, id LIMIT 100`)
}
