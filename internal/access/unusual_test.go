package access

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/seal"
)

// What the journal shows to be unusual is found once, however often one looks, goes on
// as one, is told to the leaders of the person, and is judged by somebody else.
func TestUnusual(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		ksv, chief := h.as("ksv"), h.as("vientruong")
		open := func(n int, verb string) {
			t.Helper()
			for i := range n {
				h.clock = h.clock.Add(5 * time.Second)
				if err := h.journal.Note(ksv, seal.Entry{Verb: verb, Object: "page/x", Case: "c12", Owner: h.cases["12/2026"].Path, Rule: "assigned", More: map[string]string{"folio": fmt.Sprint("BL ", i)}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		watch := func(want int) []Unusual {
			t.Helper()
			for range 2 {
				if err := h.Watch(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			out, err := h.ListUnusual(chief, UnusualFilter{})
			if err != nil || len(out.Items) != want {
				t.Fatal(out.Items, err)
			}
			return out.Items
		}
		watch(0)
		open(150, "page.view")
		open(20, "document.download")
		watch(0)
		if len(h.said()) != 0 {
			t.Error("told of nothing")
		}
		open(3, "document.download")
		x := watch(1)[0]
		if x.Rule != "copies" || x.Found != 23 || x.ActorName != "Giàng A Páo" {
			t.Error(x)
		}
		told := h.said()
		if len(told) != 1 || !strings.Contains(told[0].Text, "Giàng A Páo – In, tải, xuất dồn dập (23)") {
			t.Fatal(told)
		}
		h.goesTo(told[0], "vientruong", "phovt")
		open(2, "document.download")
		if x = watch(1)[0]; x.Found != 25 || len(h.said()) != 0 {
			t.Error("what goes on is another:", x)
		}
		if x, err := h.Unusual(chief, x.ID); err != nil || len(x.Lines) != 25 || !x.Lines[0].Open || x.Lines[0].Detail != "BL 0" {
			t.Error(x, err)
		}
		_, err := h.Unusual(ksv, x.ID)
		want(t, err, auth.ErrMay)
		_, err = h.Unusual(h.stranger(), x.ID)
		want(t, err, auth.ErrMay)
		_, err = h.Say(chief, x.ID, Verdict{State: Dismissed})
		want(t, err, ErrVerdict)
		self := auth.From(chief)
		self.ID = x.Actor
		_, err = h.Say(auth.With(t.Context(), self), x.ID, Verdict{State: Dismissed, Reason: "Việc của tôi"})
		want(t, err, ErrOneself)
		if x, err = h.Say(chief, x.ID, Verdict{State: Dismissed, Reason: "Sao chụp cho người bào chữa"}); err != nil || x.State != Dismissed {
			t.Fatal(x, err)
		}
		_, err = h.Say(chief, x.ID, Verdict{State: Confirmed, Reason: "Lại"})
		want(t, err, ErrState)
		watch(1)

		// Nothing for months, then page after page.
		h.clock = h.clock.AddDate(0, 0, 90)
		open(20, "page.view")
		watch(1)
		open(11, "page.view")
		if x := watch(2)[0]; x.Rule != "dormant" || x.Found != 31 {
			t.Error(x)
		}
		if _, err := d.Exec(t.Context(), `UPDATE access_unusual SET state = 'confirmed', reason = 'x', decider = actor`); err == nil {
			t.Error("the table took a verdict on oneself")
		}
	})
}
