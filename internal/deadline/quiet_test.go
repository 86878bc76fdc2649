package deadline

import (
	"slices"
	"sync"
	"testing"
	"time"

	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

// A secret case is known to its leaders and those assigned: no warning, count or list
// tells anybody above of it, however long it goes unanswered.
func TestSecretWarningsStopWithTheChief(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		k := w.approval("41/2026/HS")
		c, err := w.store.clock(t.Context(), k)
		w.must(err)
		cs, err := w.cases.Detail(w.as("vientruong"), c.Case)
		w.must(err)
		w.act(cs, "custody.start", "2026-03-13T07:00", of(c.Subject))
		_, err = w.cases.Edit(w.as("vientruong"), c.Case, secretOf(cs))
		w.must(err)
		w.at("2026-03-17T00:01")
		for range 6 {
			w.tick()
			w.clock = w.clock.Add(25 * time.Hour)
		}
		for _, x := range w.warnings(k) {
			if x.Staff != "" && x.Staff != w.staff("vientruong") && x.Staff != w.staff("phovt") && x.Staff != w.staff("ksv") {
				t.Errorf("a warning went to %s: %+v", x.Staff, x)
			}
		}
		above := w.as("vientruongtinh")
		if box := w.box("vientruongtinh"); len(box.Letters.Items) != 0 || len(box.Open) != 0 {
			t.Errorf("the office above has letters: %+v", box)
		}
		desk, err := w.Desk(above, DeskFilter{})
		w.must(err)
		if len(desk.Calls) != 0 {
			t.Errorf("and warnings on the first screen: %+v", desk.Calls)
		}
		b, err := w.Board(above, Superior, Filter{})
		w.must(err)
		if n := b.Counts; n.Custody+n.Suspended+n.Breached+n.Overdue != 0 || slices.ContainsFunc(n.CustodyLeft, func(x Left) bool { return x.Clocks > 0 }) || len(b.Rows.Items) != 0 {
			t.Errorf("and counts: %+v", n)
		}
		look, err := w.look(above, Superior)
		w.must(err)
		if rows, err := w.store.byStaff(t.Context(), look); err != nil || len(rows) != 0 {
			t.Errorf("and who has charge of it: %+v %v", rows, err)
		}
		own, err := w.Board(w.as("vientruong"), Office, Filter{})
		w.must(err)
		if own.Counts.Custody == 0 || own.Counts.Breached == 0 {
			t.Errorf("its own chief counts it: %+v", own.Counts)
		}
	})
}

// However many ticks run at once, a warning is raised once, and what was done between
// a tick's look and its write is not warned of.
func TestTicksAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		k := w.approval("42/2026/HS")
		w.at("2026-03-16T07:00")
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := w.Tick(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if ws := w.warnings(k); len(ws) != 1 {
			t.Fatalf("%d warnings of one point: %s", len(ws), w.path(k))
		}

		// A tick that read the warning before it was acknowledged does not take it on.
		stale := w.warnings(k)[0]
		w.must(w.Acknowledge(w.as("ksv"), stale.ID))
		l, err := w.laws(t.Context())
		w.must(err)
		p, err := w.people(t.Context())
		w.must(err)
		w.must(w.climb(t.Context(), l, p, stale))
		if got := w.warnings(k)[0]; got.Life != Acknowledged {
			t.Errorf("acknowledged, then %s", got.Life)
		}

		// One that read the clock before the act was entered raises nothing.
		clock, err := w.store.clock(t.Context(), k)
		w.must(err)
		cs, err := w.cases.Get(w.as("ksv"), clock.Case)
		w.must(err)
		w.act(cs, "defendant.approve", "2026-03-16", of(clock.Subject), charged("173", "1"))
		w.at("2026-03-17T00:01")
		raised, err := w.raise(t.Context(), l, p, clock, w.clock, w.clock)
		w.must(err)
		if raised || slices.ContainsFunc(w.warnings(k), func(x Warning) bool { return !x.Closed }) {
			t.Errorf("a clock that is done is warned of: %s", w.path(k))
		}
		w.calm()
	})
}
