package deadline

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

// detainedYouth is a case of a juvenile who was detained on 2026-03-13 by an order that
// names no end: how long the law lets it last the program refuses to compute.
func (w *world) detainedYouth(number string) (criminal.Case, ledger.PartyID, Clock) {
	w.t.Helper()
	c, err := w.cases.Create(w.as("ksv"), criminal.New{Number: number, Name: "Lầu A Chu – Trộm cắp tài sản", Stage: criminal.Report,
		Persons: []criminal.Person{{Name: "Lầu A Chu", Role: criminal.Accused, Born: "2009-05-01"}}})
	w.must(err)
	w.must(w.cases.Assign(w.as("vientruong"), c.ID, w.staff("ksv"), criminal.Conducts))
	c, err = w.cases.Detail(w.as("ksv"), c.ID)
	w.must(err)
	p := ledger.PartyID(c.Persons[0].ID)
	w.act(c, "case.open", "2026-03-12", charged("173", "2"), numbered("15/QĐ-CSĐT"))
	w.act(c, "defendant.charge", "2026-03-12", of(p), charged("173", "2"), numbered("16/QĐ-CSĐT"))
	w.act(c, "detention.start", "2026-03-13", of(p))
	k := w.clockOf(c, "JUV-03")
	if k.State != Manual || k.Held != Detained || !k.Urgent {
		w.t.Fatalf("got %+v, want a detention that needs an end", k)
	}
	return c, p, k
}

// Somebody is detained and nobody has said until when: whoever has the case is warned
// at once, at night too, and what is not answered climbs until the end is entered.
func TestEndToEnterIsWarnedOf(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T22:30") // quiet hours
		w.reach("ksv", "pao@example.vn", "")
		_, _, k := w.detainedYouth("81/2026/HS")
		w.tick()
		if got := w.path(k.ID); got != "raise deliver:app deliver:mail" {
			t.Fatalf("it is said at once: got %q", got)
		}
		first := w.warnings(k.ID)[0]
		if first.Kind != Enter || first.Staff != w.staff("ksv") || first.Rank != ToProsecutor || first.Late || !first.Urgent {
			t.Errorf("to the prosecutor: got %+v", first)
		}
		m := w.mail.to("pao@example.vn")
		if text := m[0].Lines[0].Text; !strings.Contains(text, "Cần nhập hạn: vụ 81/2026/HS, Tạm giam") || !strings.Contains(text, "chưa có ngày hết hạn") {
			t.Errorf("the message says what is missing: got %q", text)
		}
		if !slices.ContainsFunc(w.box("ksv").Letters.Items, func(l Letter) bool {
			return l.Clock == k.ID && l.Kind == string(Enter) && strings.HasSuffix(l.Text, "tính từ 13/03/2026, chưa có ngày hết hạn.")
		}) {
			t.Errorf("so does the box: got %+v", w.box("ksv").Letters.Items)
		}
		w.tick()
		if got := len(w.warnings(k.ID)); got != 1 {
			t.Errorf("it is said once: got %d", got)
		}
		desk, err := w.Desk(w.as("ksv"), DeskFilter{Whose: "warned"})
		w.must(err)
		if desk.Warned == 0 || !slices.ContainsFunc(desk.Groups, func(g DeskGroup) bool { return g.Part == PartManual }) {
			t.Errorf("the desk shows that it waits for an answer: got %+v", desk.Groups)
		}
		for _, who := range []string{"phovt", "vientruong", "vientruongtinh"} {
			w.clock = w.clock.Add(time.Hour + time.Minute)
			w.tick()
			if got := w.warnings(k.ID)[0]; got.Staff != w.staff(who) || got.Closed {
				t.Fatalf("it climbs to %s: got %+v", who, got)
			}
		}
		w.must(w.Acknowledge(w.as("vientruongtinh"), first.ID))
		if err := w.Remedy(w.as("ksv"), first.ID, "đã hỏi cơ quan điều tra"); !errors.Is(err, ErrEnter) {
			t.Errorf("words do not close it: got %v", err)
		}
		w.clock = w.clock.Add(25 * time.Hour)
		w.tick()
		if got := w.warnings(k.ID)[0]; got.Closed || got.Life != Escalated {
			t.Errorf("to know of it is not enough: got %+v", got)
		}
		w.calm()
		w.must(w.SetEnd(w.as("ksv"), k.ID, "2026-04-20", "Lệnh tạm giam số 5 ghi đến 20/4/2026"))
		if got := w.warnings(k.ID)[0]; !got.Closed || !strings.HasSuffix(w.path(k.ID), "remedy") {
			t.Errorf("the end closes it: got %+v by %s", got, w.path(k.ID))
		}
		steps, err := w.WarningLog(w.as("ksv"), k.ID)
		w.must(err)
		if last := steps[len(steps)-1]; last.Life != Scheduled || !last.At.Equal(minute("2026-04-20T24:00")) {
			t.Errorf("now its end is watched: got %+v", last)
		}
		w.calm()
	})
}

// A clock that needs an end is settled by the release, and one that holds nobody warns
// of nothing.
func TestEndToEnterIsNoLongerAsked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T09:00")
		c, p, k := w.detainedYouth("82/2026/HS")
		w.tick()
		w.at("2026-03-14T09:00")
		w.act(c, "detention.release", "2026-03-14", of(p), numbered("9/QĐ"))
		if got := w.warnings(k.ID); len(got) != 1 || !got[0].Closed {
			t.Errorf("got %+v by %s", got, w.path(k.ID))
		}
		w.calm()
	})
}

// What needed an end goes on needing it while somebody is held, whatever becomes of the
// case; and where nothing is known of an end there is one point and no more.
func TestEndToEnterOfTheHeld(t *testing.T) {
	l, p := testLaw(t), testPolicy(t)
	young := region
	for _, c := range []struct {
		name string
		kind string
		by   string
	}{
		{"detained", "", ""},
		{"the case is suspended", "investigation.suspend", "police"},
		{"transferred", "case.transfer", "procuracy"},
	} {
		acts := []ledger.Act{{ID: "d", Kind: "detention.start", At: "2026-03-13", By: "police", Parties: []ledger.PartyID{"p"}}}
		if c.kind != "" {
			acts = append(acts, ledger.Act{ID: "s", Kind: c.kind, At: "2026-03-20", By: c.by})
		}
		in := case173("2", acts...)
		for i := range in.Parties {
			in.Parties[i].Born = "2009-05-01"
		}
		ks := compute(l, p, young, &in, nil).clocks
		i := slices.IndexFunc(ks, func(k Clock) bool { return k.Held == Detained })
		if i < 0 || ks[i].State != Manual || ks[i].warns != "2026-03-13T00:00" || len(ks[i].pts) != 1 {
			t.Errorf("%s: got %+v", c.name, ks)
		}
		for _, k := range ks {
			if k.State == Manual && k.Held == Free && k.warns != "" {
				t.Errorf("%s: %s holds nobody and warns at %s", c.name, k.Rule, k.warns)
			}
		}
	}
}
