package archive

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"congminh/internal/dossier"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

// No period is shipped, and a table with one is refused.
func TestShipped(t *testing.T) {
	got, err := readTable(retention)
	if err != nil || got.check() != nil || len(got.Rules) == 0 {
		t.Fatalf("%v %v", err, got.check())
	}
	for name, text := range map[string]string{
		"a period":     "[[rule]]\ncode='a'\nname='A'\ncitation='B'\nconfidence='C'\nyears=20\n",
		"no source":    "[[rule]]\ncode='a'\nname='A'\nconfidence='C'\n",
		"twice":        "[[rule]]\ncode='a'\nname='A'\ncitation='B'\nconfidence='C'\n[[rule]]\ncode='a'\nname='A'\ncitation='B'\nconfidence='C'\n",
		"unknown word": "[[rule]]\nperiod=20\n",
	} {
		if x, err := readTable(text); err == nil && x.check() == nil {
			t.Errorf("%s passed", name)
		}
	}
}

func TestUntil(t *testing.T) {
	for _, c := range []struct {
		p      Period
		v      int
		closed civil.Date
		want   civil.Date
	}{
		{Period{Years: 20, Counted: FromClosing}, 1, "2026-11-26", "2046-11-26"},
		{Period{Years: 20, Counted: FromYearEnd}, 1, "2026-11-26", "2046-12-31"},
		{Period{Years: 1, Counted: FromClosing}, 1, "2028-02-29", "2029-03-01"},
		{Period{Years: 20, Counted: FromClosing}, 0, "2026-11-26", ""}, // nobody confirmed it
		{Period{Permanent: true, Counted: FromClosing}, 1, "2026-11-26", ""},
		{Period{Years: 20, Counted: FromClosing}, 1, "", ""},
	} {
		if got := (Rule{Period: c.p, Version: c.v}).until(c.closed); got != c.want {
			t.Errorf("%+v closed %s: until %q, want %q", c.p, c.closed, got, c.want)
		}
	}
}

var digest = strings.Repeat("ab", 32)

const kind = "kiem-sat-an-hinh-su"

// stored is a file that is closed, appraised and in the archive.
func (w *world) stored(i, n int) dossier.Dossier {
	w.t.Helper()
	f := w.file(w.list[i], n)
	w.volume(f.ID, 1, n)
	w.close(f, n)
	_, err := w.Appraise(w.as("luutru"), f.ID, Appraisal{Rule: kind, Opinion: "Theo bảng thời hạn"})
	w.ok(err)
	_, err = w.Transfer(w.as("luutru"), f.ID, NewTransfer{Giver: w.staff("ksv"), Package: digest, Place: Place{Room: "Kho lưu trữ"}})
	w.ok(err)
	return f
}

// From closing to the archive; a period that nobody confirmed is never computed.
func TestToArchive(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		keeper := w.as("luutru")
		f := w.file(w.list[0], 50)
		v := w.volume(f.ID, 1, 50)
		if _, err := w.Appraise(keeper, f.ID, Appraisal{Rule: kind}); !errors.Is(err, ErrOpen) {
			t.Errorf("appraised while it is open: %v", err)
		}
		w.close(f, 50)
		x, err := w.Dossier(keeper, f.ID)
		w.ok(err)
		if x.File.Stage != ToValue || x.File.Closed != "2026-11-26" {
			t.Errorf("%+v", x.File)
		}
		if _, err := w.Transfer(keeper, f.ID, NewTransfer{}); !errors.Is(err, ErrStage) {
			t.Errorf("transferred before it was appraised: %v", err)
		}
		if _, err := w.Appraise(w.as("vanthu"), f.ID, Appraisal{Rule: kind}); !errors.Is(err, auth.ErrMay) {
			t.Errorf("a clerk appraises: %v", err)
		}
		if _, err := w.Appraise(keeper, f.ID, Appraisal{Rule: "none"}); wrong(err) != "rule" {
			t.Errorf("by no rule: %v", err)
		}
		got, err := w.Appraise(keeper, f.ID, Appraisal{Rule: kind})
		w.ok(err)
		if got.Stage != ToStore || got.Until != "" || got.RuleVersion != 0 {
			t.Errorf("computed from nothing: %+v", got)
		}
		if _, err := w.Transfer(keeper, f.ID, NewTransfer{Giver: w.staff("luutru"), Package: "abc"}); wrong(err) != "giver package room" {
			t.Errorf("%q", wrong(err))
		}
		l, err := w.Lend(keeper, w.list[0].ID, w.slip("ksv", v.ID))
		w.ok(err)
		in := NewTransfer{Giver: w.staff("ksv"), Package: strings.ToUpper(digest), Place: Place{Room: "Kho lưu trữ"}}
		if _, err := w.Transfer(keeper, f.ID, in); !errors.Is(err, ErrOut) {
			t.Errorf("transferred while a volume is out: %v", err)
		}
		_, err = w.TakeBack(keeper, l.ID, []Back{{Volume: v.ID, Folios: 50}}, Place{})
		w.ok(err)
		tr, err := w.Transfer(keeper, f.ID, in)
		w.ok(err)
		if tr.Number != "NL-1/2026" || tr.Package != digest {
			t.Errorf("%+v", tr)
		}
		if _, x, err = w.Minutes(w.as("ksv"), tr.ID); err != nil || x.File.Stage != Archived || x.Volumes[0].Room != "Kho lưu trữ" {
			t.Errorf("%+v %v", x, err)
		}

		// Twenty years later it is still not due, for nobody confirmed a period.
		w.on("2049-01-01")
		due, err := w.Files(keeper, FileFilter{Due: true})
		w.ok(err)
		if len(due.Items) != 0 {
			t.Error("due by a period nobody confirmed")
		}
		if _, err := w.Propose(keeper, NewDestruction{Files: []dossier.ID{f.ID}, Basis: "x"}); !errors.Is(err, ErrKept) {
			t.Errorf("proposed by a period nobody confirmed: %v", err)
		}
		if _, err := w.ConfirmRule(w.as("vientruong"), kind, Period{Years: 20}); !errors.Is(err, auth.ErrMay) {
			t.Errorf("the chief confirms: %v", err)
		}
		for _, p := range []Period{{}, {Years: 20, Permanent: true}, {Years: 201, Counted: FromClosing, Source: "x"}, {Years: 20, Counted: FromClosing}} {
			if _, err := w.ConfirmRule(keeper, kind, p); !errors.Is(err, ErrInvalid) {
				t.Errorf("%+v: %v", p, err)
			}
		}
		text := strings.Replace(retention, "code = \""+kind+"\"", "code = \""+kind+"\"\nyears = 20\ncounted = \"year_end\"\nsource = \"Bảng thời hạn ban hành ngày 01/02/2027, mục 3\"", 1)
		for range 2 { // the same file twice is one version
			rs, err := w.ConfirmRules(keeper, text)
			w.ok(err)
			if len(rs) != 1 || rs[0].Version != 1 || rs[0].ByName != "Đỗ Hải Yến" {
				t.Errorf("%+v", rs)
			}
		}
		if _, err := w.ConfirmRules(keeper, retention); wrong(err) != "file" {
			t.Errorf("a file without periods: %v", err)
		}
		due, err = w.Files(keeper, FileFilter{Due: true, Sort: "until"})
		w.ok(err)
		if len(due.Items) != 1 || due.Items[0].Until != "2046-12-31" || due.Items[0].RuleVersion != 1 {
			t.Errorf("%+v", due.Items)
		}
		// A newer period does not change what was computed; appraising again does.
		_, err = w.ConfirmRule(keeper, kind, Period{Permanent: true, Source: "Bảng thời hạn năm 2048"})
		w.ok(err)
		x, err = w.Dossier(keeper, f.ID)
		w.ok(err)
		if x.File.RuleVersion != 1 || x.File.Until != "2046-12-31" {
			t.Errorf("%+v", x.File)
		}
		got, err = w.Appraise(keeper, f.ID, Appraisal{Rule: kind})
		w.ok(err)
		if !got.Permanent || got.Until != "" || got.Stage != Archived {
			t.Errorf("%+v", got)
		}
		now, was, err := w.RuleHistory(keeper, kind)
		w.ok(err)
		if now.Version != 2 || len(was) != 2 || was[1].Years != 20 {
			t.Errorf("%+v %+v", now, was)
		}
		if got := fmt.Sprint(w.verbs(w.list[0].ID)); got != "[volume to-appraise appraise lend return transfer transfer until appraise]" {
			t.Errorf("journal %s", got)
		}
	})
}

func TestDestroy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		keeper, chief := w.as("luutru"), w.as("vientruong")
		_, err := w.ConfirmRule(keeper, kind, Period{Years: 10, Counted: FromClosing, Source: "Bảng thời hạn, mục 3"})
		w.ok(err)
		a, b := w.stored(0, 30), w.stored(1, 20)
		in := NewDestruction{Files: []dossier.ID{a.ID, b.ID}, Basis: "Hết thời hạn bảo quản"}
		w.on("2036-11-26") // its last day
		if _, err := w.Propose(keeper, in); !errors.Is(err, ErrKept) {
			t.Errorf("proposed on its last day: %v", err)
		}
		w.on("2036-11-27")
		h, err := w.Hold(chief, a.ID, "Có đơn đề nghị xem lại vụ án")
		w.ok(err)
		if _, err := w.Propose(keeper, in); !errors.Is(err, ErrHeld) {
			t.Errorf("proposed under a hold: %v", err)
		}
		_, err = w.Lift(chief, h.ID, "Đã giải quyết")
		w.ok(err)
		if _, err := w.Propose(chief, in); !errors.Is(err, auth.ErrMay) {
			t.Errorf("the chief proposes: %v", err)
		}
		x, err := w.Propose(keeper, in)
		w.ok(err)
		if _, err := w.Propose(keeper, in); !errors.Is(err, ErrSettled) {
			t.Errorf("proposed twice: %v", err)
		}
		if _, err := w.Decide(keeper, x.ID, Decision{Yes: true}); !errors.Is(err, ErrSame) {
			t.Errorf("who proposed decides: %v", err)
		}
		// The table itself refuses one person for two.
		if _, err := d.Exec(t.Context(), `UPDATE archive_destruction SET decided_by = proposed_by, state = 'approved' WHERE id = $1`, x.ID); err == nil {
			t.Error("the table takes one person for two")
		}
		carried := Carried{Committee: "Đỗ Hải Yến, Lưu trữ\nTrần Quang Vịnh, Viện trưởng", Method: "Nghiền thành bột giấy", Day: "2036-11-28"}
		if _, err := w.Destroy(keeper, x.ID, carried); !errors.Is(err, ErrSettled) {
			t.Errorf("destroyed before it was approved: %v", err)
		}
		if _, err := w.Decide(chief, x.ID, Decision{}); wrong(err) != "why" {
			t.Errorf("refused without a word: %v", err)
		}
		x, err = w.Decide(chief, x.ID, Decision{Yes: true})
		w.ok(err)
		if x.State != ApprovedD || x.DecidedName != "Trần Quang Vịnh" {
			t.Errorf("%+v", x)
		}
		w.on("2036-11-28")
		h, err = w.Hold(chief, b.ID, "Tòa án yêu cầu hồ sơ")
		w.ok(err)
		if _, err := w.Destroy(keeper, x.ID, carried); !errors.Is(err, ErrHeld) {
			t.Errorf("destroyed under a hold put after the yes: %v", err)
		}
		_, err = w.Lift(chief, h.ID, "Tòa đã trả")
		w.ok(err)
		left := auth.From(keeper)
		left.Proof.Ago = auth.FreshFor + 1
		if _, err := w.Destroy(auth.With(keeper, left), x.ID, carried); !errors.Is(err, auth.ErrFresh) {
			t.Errorf("destroyed from a screen left open: %v", err)
		}
		if _, err := w.Destroy(keeper, x.ID, Carried{Committee: "một người", Day: "2036-11-26"}); wrong(err) != "committee method day" {
			t.Errorf("%q", wrong(err))
		}
		if _, err := w.Destroy(chief, x.ID, carried); !errors.Is(err, auth.ErrMay) {
			t.Errorf("the chief carries it out: %v", err)
		}
		x, err = w.Destroy(keeper, x.ID, carried)
		w.ok(err)
		if x.State != DoneD || x.Proof == "" || x.Proof != x.Digest() || x.Files[0].Package != digest || x.Files[0].Content != ContentWaiting {
			t.Errorf("%+v", x)
		}
		for _, change := range []func(*Destruction){func(x *Destruction) { x.Day = "2036-11-29" }, func(x *Destruction) { x.Files[1].Package = strings.Repeat("ac", 32) }, func(x *Destruction) { x.Files = x.Files[:1] }} {
			y := x
			y.Files = append([]DestructionFile{}, x.Files...)
			change(&y)
			if y.Digest() == x.Proof {
				t.Error("the proof fits what was changed")
			}
		}
		// Nothing more is done with it; what proves it stays.
		if _, err := w.AddVolume(keeper, a.ID, NewVolume{Folios: 3}); !errors.Is(err, ErrGone) {
			t.Errorf("a volume of a destroyed file: %v", err)
		}
		if _, err := w.Hold(chief, a.ID, "muộn"); !errors.Is(err, ErrGone) {
			t.Errorf("a hold on a destroyed file: %v", err)
		}
		s, err := w.Dossier(keeper, a.ID)
		w.ok(err)
		if s.File.Stage != Destroyed || s.File.Package != digest || s.Volumes[0].Where() != Gone || len(s.Transfers) != 1 {
			t.Errorf("%+v", s)
		}
		list, err := w.Destructions(chief, DestructionFilter{})
		w.ok(err)
		if len(list.Items) != 1 || list.Items[0].Count != 2 {
			t.Errorf("%+v", list)
		}
		if _, err := w.Destruction(w.as("ksv"), x.ID); !errors.Is(err, auth.ErrMay) {
			t.Errorf("a prosecutor reads it: %v", err)
		}

		// The electronic content goes when it was said how; what fails is tried again.
		w.ok(w.Forget(t.Context()))
		if s, err = w.Dossier(keeper, a.ID); err != nil || s.File.Content != ContentWaiting {
			t.Errorf("%+v %v", s.File, err)
		}
		broken, gone := true, map[dossier.ID]int{}
		w.Forgets(func(_ context.Context, id dossier.ID) error {
			if broken && id == b.ID {
				return errors.New("disk")
			}
			gone[id]++
			return nil
		})
		if err := w.Forget(t.Context()); err == nil {
			t.Error("nobody hears that content was not taken away")
		}
		broken = false
		w.ok(w.Forget(t.Context()))
		w.ok(w.Forget(t.Context()))
		if len(gone) != 2 || gone[a.ID] != 1 || gone[b.ID] != 1 {
			t.Errorf("forgotten %v", gone)
		}
		if x, err = w.Destruction(chief, x.ID); err != nil || x.Files[0].Content != ContentGone || x.Proof != x.Digest() {
			t.Errorf("%+v %v", x, err)
		}
		if got := fmt.Sprint(w.verbs(b.Case)); !strings.HasSuffix(got, "destroy-propose destroy-approve hold lift destroy forget]") {
			t.Errorf("journal %s", got)
		}
	})
}

// A hold and a destruction at once: whichever comes first, a held file is not gone.
func TestHoldRace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		keeper, chief := w.as("luutru"), w.as("vientruong")
		_, err := w.ConfirmRule(keeper, kind, Period{Years: 1, Counted: FromClosing, Source: "Bảng thời hạn"})
		w.ok(err)
		a := w.stored(0, 5)
		w.on("2028-01-01")
		x, err := w.Propose(keeper, NewDestruction{Files: []dossier.ID{a.ID}, Basis: "Hết hạn"})
		w.ok(err)
		_, err = w.Decide(chief, x.ID, Decision{Yes: true})
		w.ok(err)
		var held, ended error
		var all sync.WaitGroup
		all.Go(func() { _, held = w.Hold(chief, a.ID, "Có yêu cầu") })
		all.Go(func() {
			_, ended = w.Destroy(keeper, x.ID, Carried{Committee: "a\nb", Method: "Đốt", Day: "2028-01-01"})
		})
		all.Wait()
		if (held == nil) == (ended == nil) {
			t.Errorf("held: %v, destroyed: %v", held, ended)
		}
	})
}

// A file opened and closed again is appraised anew.
func TestClosedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		_, err := w.ConfirmRule(w.as("luutru"), kind, Period{Years: 1, Counted: FromClosing, Source: "Bảng thời hạn"})
		w.ok(err)
		a := w.stored(0, 5)
		w.on("2027-11-27")
		_, err = w.d.Exec(t.Context(), `UPDATE dossier SET state = 'open', closed = NULL WHERE id = $1`, a.ID)
		w.ok(err)
		if _, err := w.Propose(w.as("luutru"), NewDestruction{Files: []dossier.ID{a.ID}, Basis: "Hết hạn"}); !errors.Is(err, ErrOpen) {
			t.Errorf("proposed though it was opened again: %v", err)
		}
		w.close(a, 9)
		x, err := w.Dossier(w.as("luutru"), a.ID)
		w.ok(err)
		if x.File.Stage != ToValue || x.File.Folios != 9 || x.File.Closed != "2027-11-27" || x.File.Until != "" {
			t.Errorf("%+v", x.File)
		}
	})
}
