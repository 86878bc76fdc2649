package db_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

// What is kept late is written once, in order of the keys, before the commit, and
// not at all if the transaction comes to nothing.
func TestLate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if _, err := d.Exec(ctx, `CREATE TABLE late_line (n BIGINT NOT NULL, word TEXT NOT NULL)`); err != nil {
			t.Fatal(err)
		}
		calls := 0
		write := func(ctx context.Context, words []string) error {
			for _, w := range words {
				calls++
				if _, err := d.Exec(ctx, `INSERT INTO late_line (n, word) VALUES ($1, $2)`, calls, w); err != nil {
					return err
				}
			}
			return nil
		}
		late := func(ctx context.Context, key string, words ...string) {
			t.Helper()
			if err := db.Late(ctx, d, key, write, words...); err != nil {
				t.Fatal(err)
			}
		}
		err := d.Tx(ctx, func(ctx context.Context) error {
			late(ctx, "b", "third")
			late(ctx, "a", "first")
			late(ctx, "a", "second")
			if calls != 0 {
				t.Error("written before the end")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		refusal := errors.New("no")
		if err := d.Tx(ctx, func(ctx context.Context) error { late(ctx, "a", "never"); return refusal }); !errors.Is(err, refusal) {
			t.Fatal(err)
		}
		late(ctx, "a", "at once")
		got, err := db.All(ctx, d, db.Value[string], `SELECT word FROM late_line ORDER BY n`)
		if want := []string{"first", "second", "third", "at once"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, %v; want %v", got, err, want)
		}
	})
}

// Those who come while a transaction is on its way wait together; one whose items
// spoil the batch spoils it for nobody else, and who gives up meanwhile takes nobody
// with them.
func TestLateTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if _, err := d.Exec(t.Context(), `CREATE TABLE late_group (n BIGINT NOT NULL PRIMARY KEY)`); err != nil {
			t.Fatal(err)
		}
		var batches atomic.Int64
		write := func(ctx context.Context, ns []int64) error {
			batches.Add(1)
			for _, n := range ns {
				if _, err := d.Exec(ctx, `INSERT INTO late_group (n) VALUES ($1)`, n); err != nil {
					return err
				}
			}
			return nil
		}
		const writers = 200
		errs := make([]error, writers)
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i%7 == 0 {
					cancel()
				}
				n := int64(i)
				if i%50 == 1 {
					n = 0 // which another has
				}
				errs[i] = db.Late(ctx, d, "group", write, n)
			})
		}
		all.Wait()
		zeros := 0
		for i, err := range errs {
			switch zero := i == 0 || i%50 == 1; {
			case zero && err == nil:
				zeros++
			case !zero && err != nil, zero && !db.IsUnique(err):
				t.Errorf("%d: %v", i, err)
			}
		}
		n, err := db.One(t.Context(), d, db.Value[int], `SELECT COUNT(*) FROM late_group`)
		if want := writers - writers/50; err != nil || n != want || zeros != 1 {
			t.Errorf("%d rows, %d zeros, %v; want %d and 1", n, zeros, err, want)
		}
		if b := batches.Load(); b >= 2*writers {
			t.Errorf("%d writers, %d times written: nobody waited together", writers, b)
		}
	})
}
