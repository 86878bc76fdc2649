package deadline

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

// Transactions that count the same days in opposite orders, several times each, do not
// lock one another out, and nothing is lost.
func TestCountsOfManyAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		const writers, rounds = 6, 15
		path := auth.Path([]auth.Office{"tc", "t-x"})
		key := func(i int) countKey {
			day := fmt.Sprintf("2026-05-%02d", i+1)
			return countKey{path: path, day: day, legal: day, state: Running}
		}
		var all sync.WaitGroup
		errs := make(chan error, writers*rounds)
		for n := range writers {
			all.Go(func() {
				for range rounds {
					errs <- d.Tx(t.Context(), func(ctx context.Context) error {
						for i := range 5 {
							if n%2 == 1 { // backwards
								i = 4 - i
							}
							if err := w.store.addCounts(ctx, map[countKey]int{key(i): 1}); err != nil {
								return err
							}
						}
						return nil
					})
				}
			})
		}
		all.Wait()
		close(errs)
		for err := range errs {
			w.must(err)
		}
		for i := range 5 {
			for _, p := range []string{path, auth.Path([]auth.Office{"tc"})} {
				got, err := db.One(t.Context(), d, db.Value[int], `SELECT n FROM deadline_count WHERE path = $1 AND day = $2`, p, key(i).day)
				if err != nil || got != writers*rounds {
					t.Errorf("%s on %s: got %d, %v, want %d", p, key(i).day, got, err, writers*rounds)
				}
			}
		}
		wrong, err := w.store.recount(t.Context()) // there are no such clocks
		w.must(err)
		if wrong != 10 {
			t.Errorf("recount finds %d wrong, want 10", wrong)
		}
		w.must(w.store.analyze(t.Context())) // as after a night that wrote much
		w.must(w.store.dropZeros(t.Context()))
		if left, err := db.One(t.Context(), d, db.Value[int], `SELECT COUNT(*) FROM deadline_count`); err != nil || left != 0 {
			t.Errorf("%d counts are left, %v", left, err)
		}
	})
}
