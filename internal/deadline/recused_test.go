package deadline

import (
	"context"
	"testing"

	"congminh/internal/access/policy"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

// Whoever had to leave a case sees none of its clocks, on no board.
func TestRecusedSeesNoClocks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		k, err := w.store.clock(t.Context(), w.approval("41/2026/HS"))
		w.must(err)
		rows := func() int {
			t.Helper()
			b, err := w.Board(w.as("vientruong"), Office, Filter{})
			w.must(err)
			n := 0
			for _, r := range b.Rows.Items {
				if r.Case == k.Case {
					n++
				}
			}
			return n
		}
		if rows() == 0 {
			t.Fatal("the chief sees no clocks of the case to begin with")
		}
		w.cases.Rights(func(ctx context.Context) (policy.Subject, error) {
			s := policy.For(auth.From(ctx), w.clock)
			s.Recused = []string{string(k.Case)}
			return s, nil
		})
		if n := rows(); n != 0 {
			t.Errorf("who left the case sees %d of its clocks", n)
		}
	})
}
