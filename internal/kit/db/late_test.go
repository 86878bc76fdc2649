package db_test

import (
	"context"
	"errors"
	"slices"
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
