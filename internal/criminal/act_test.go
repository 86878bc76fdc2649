package criminal

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/law"
)

// story enters a case of one accused up to the approval of the charge.
func (w *world) story(number string) (Case, ledger.PartyID) {
	w.t.Helper()
	ctx := w.as("prosecutor")
	in := some(number)
	in.Stage = Report
	in.Persons = []Person{{Name: "Giàng Seo Vảng", Role: Accused, Born: "1990"}, {Name: "Nguyễn Thị Hảo", Role: Victim}}
	c, err := w.Create(ctx, in)
	w.must(err)
	c, err = w.Detail(ctx, c.ID)
	w.must(err)
	who := []ledger.PartyID{c.Persons[0].ID}
	for _, a := range []ledger.Act{
		{Kind: "report.receive", At: "2026-09-01", Fields: map[string]string{"source": "news"}},
		{Kind: "case.open", At: "2026-09-10T08:00", Number: "21/QĐ-ĐTHS", Issuer: "Cơ quan CSĐT", Charges: []ledger.Charge{{Article: "173", Clause: "2"}}},
		{Kind: "defendant.charge", At: "2026-09-11T08:00", Number: "30/QĐ-ĐTHS", Issuer: "Cơ quan CSĐT", Parties: who, Charges: []ledger.Charge{{Article: "173", Clause: "2"}}},
		{Kind: "defendant.charge_received", At: "2026-09-11T15:00", Parties: who},
		{Kind: "defendant.approve", At: "2026-09-13", Parties: who},
	} {
		if _, _, err := w.Record(ctx, c.ID, a); err != nil {
			w.t.Fatalf("%s: %v: %+v", a.Kind, err, err)
		}
	}
	return c, who[0]
}

func (w *world) state(c ID) ledger.State {
	w.t.Helper()
	_, st, err := w.Acts(w.as("prosecutor"), c, "")
	w.must(err)
	return st
}

func TestRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		c, who := w.story("01/2026/HS")
		ctx := w.as("prosecutor")
		got, err := w.Get(ctx, c.ID)
		w.must(err)
		if got.Stage != Investigation || got.Status != Open || got.Class != "NT" || got.Opened != "2026-09-10" || got.Acts != 5 {
			t.Errorf("case stands at %+v", got)
		}
		led, st, err := w.Acts(ctx, c.ID, "2026-09-05")
		w.must(err)
		if len(led.Acts) != 5 || st.Stage != "report" || st.Opened != "" {
			t.Errorf("as it stood on 5 September: %+v", st)
		}
		approve := led.Acts[4]
		if approve.Number != "01/QĐ-VKS" || approve.By != "procuracy" || approve.Author != string(w.staff["prosecutor"].ID) {
			t.Errorf("approval is %+v", approve)
		}

		// Refused, with the field and what to do; nothing is kept.
		_, _, err = w.Record(ctx, c.ID, ledger.Act{Kind: "custody.extend", At: "2027-05-01T08:00", Parties: []ledger.PartyID{who}})
		if !errors.Is(err, ErrAct) || len(fields(err)) == 0 {
			t.Errorf("a day to come: %v %v", err, fields(err))
		}
		_, _, err = w.Record(ctx, c.ID, ledger.Act{Kind: "no.such", At: "2026-10-01"})
		if !slices.Equal(fields(err), []string{"kind"}) {
			t.Errorf("unknown kind: %v", fields(err))
		}
		if got, _ := w.Get(ctx, c.ID); got.Acts != 5 {
			t.Errorf("%d acts after refusals", got.Acts)
		}

		// Who may not, does not.
		for _, login := range []string{"admin", "reception", "neighbour", "elsewhere"} {
			if _, _, err := w.Record(w.as(login), c.ID, ledger.Act{Kind: "violation.found", At: "2026-10-01"}); err == nil {
				t.Errorf("%s entered an act", login)
			}
		}
	})
}

func TestCorrect(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		c, who := w.story("01/2026/HS")
		ctx := w.as("prosecutor")
		led, _, err := w.Acts(ctx, c.ID, "")
		w.must(err)
		approve := led.Acts[4]

		if _, _, err := w.Correct(ctx, c.ID, approve.ID, ledger.Act{Kind: approve.Kind, At: "2026-09-12", Parties: approve.Parties}, ""); err == nil {
			t.Error("a correction without a reason was taken")
		}
		fixed, _, err := w.Correct(ctx, c.ID, approve.ID, ledger.Act{Kind: approve.Kind, At: "2026-09-12", Parties: approve.Parties}, "Ghi nhầm ngày")
		w.must(err)
		if fixed.Number != approve.Number {
			t.Errorf("the number became %q", fixed.Number)
		}
		if _, _, err := w.Correct(ctx, c.ID, approve.ID, ledger.Act{Kind: approve.Kind, At: "2026-09-12", Parties: approve.Parties}, "Lần nữa"); !errors.Is(err, ErrNoAct) {
			t.Errorf("what fell was corrected again: %v", err)
		}
		st := w.state(c.ID)
		if st.Accused[0].Approved != "2026-09-12" {
			t.Errorf("approved %s", st.Accused[0].Approved)
		}

		// To take the correction back makes the first stand again, with its number.
		_, _, err = w.Void(ctx, c.ID, fixed.ID, "Ngày đầu mới đúng")
		w.must(err)
		if st := w.state(c.ID); st.Accused[0].Approved != "2026-09-13" {
			t.Errorf("approved %s", st.Accused[0].Approved)
		}
		ns, err := w.Numbers(ctx, "", "QĐ-VKS", 2026, 0)
		w.must(err)
		if len(ns.Items) != 1 || ns.Items[0].Act != approve.ID || ns.Items[0].Void != "" {
			t.Errorf("numbers %+v", ns.Items)
		}
		// And to take the first back leaves its number void, with the reason.
		_, _, err = w.Void(ctx, c.ID, approve.ID, "Chưa phê chuẩn")
		w.must(err)
		again, _, err := w.Record(ctx, c.ID, ledger.Act{Kind: "defendant.approve", At: "2026-09-14", Parties: []ledger.PartyID{who}})
		w.must(err)
		ns, err = w.Numbers(ctx, "", "QĐ-VKS", 2026, 0)
		w.must(err)
		if again.Number != "02/QĐ-VKS" || len(ns.Items) != 2 || ns.Items[1].Void != "Chưa phê chuẩn" {
			t.Errorf("%s; numbers %+v", again.Number, ns.Items)
		}
	})
}

// A number follows the decision it stands on: one that turns out to be of another kind
// gives its number back as void, and takes one of the right book.
func TestNumberFollows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		c, _ := w.story("01/2026/HS")
		ctx := w.as("prosecutor")
		numbers := func(book string) (out []string) {
			ns, err := w.Numbers(ctx, "", book, 2026, 0)
			w.must(err)
			for _, n := range ns.Items {
				out = append(out, Numbered(n.N, book)+" "+n.Void)
			}
			return out
		}
		same := func(what string, got []string, want ...string) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		asked, _, err := w.Record(ctx, c.ID, ledger.Act{Kind: "investigation.request", At: "2026-10-01"})
		w.must(err)
		same("at first", numbers("YC-VKS"), "01/YC-VKS ")
		right, _, err := w.Correct(ctx, c.ID, asked.ID, ledger.Act{Kind: "violation.recommend", At: "2026-10-01", Reason: asked.Reason}, "Nhầm loại")
		if err != nil {
			t.Fatalf("%v %+v", err, fields(err))
		}
		same("of another kind", append(numbers("YC-VKS"), numbers("KN-VKS")...), "01/YC-VKS Nhầm loại", "01/KN-VKS ")
		_, _, err = w.Void(ctx, c.ID, right.ID, "Đúng là yêu cầu")
		w.must(err)
		same("taken back", append(numbers("YC-VKS"), numbers("KN-VKS")...), "01/YC-VKS ", "01/KN-VKS Đúng là yêu cầu")

		other, err := w.Create(ctx, some("02/2026/HS"))
		w.must(err)
		_, _, err = w.Record(ctx, other.ID, ledger.Act{Kind: "case.open", At: "2026-09-10", Charges: []ledger.Charge{{Article: "173", Clause: "1"}}})
		w.must(err)
		before := len(numbers("QĐ-VKS"))
		_, err = w.Merge(ctx, c.ID, other.ID, ledger.Act{At: "2026-10-05", By: "procuracy"})
		w.must(err)
		if got := numbers("QĐ-VKS"); len(got) != before+1 {
			t.Errorf("one decision took %d numbers: %q", len(got)-before, got)
		}
	})
}

func TestSplitAndMerge(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		c, _ := w.story("01/2026/HS")
		ctx := w.as("prosecutor")
		second, err := w.AddPerson(ctx, c.ID, Person{Name: "Lý A Chớ", Role: Accused, Born: "2009-05-01"})
		w.must(err)
		_, _, err = w.Record(ctx, c.ID, ledger.Act{Kind: "defendant.charge", At: "2026-09-15T08:00", Parties: []ledger.PartyID{second.ID}, Charges: []ledger.Charge{{Article: "173", Clause: "1"}}})
		w.must(err)
		_, _, err = w.Record(ctx, c.ID, ledger.Act{Kind: "defendant.charge_change", At: "2026-09-16", By: "police", Parties: []ledger.PartyID{second.ID}, Charges: []ledger.Charge{{Article: "173", Clause: "1"}},
			Fields: map[string]string{"change": "change", "charges." + string(second.ID): "173/4"}})
		w.must(err)

		two, _, err := w.Split(ctx, c.ID, []ledger.PartyID{second.ID}, New{Number: "02/2026/HS", Name: "Lý A Chớ – Trộm cắp tài sản"},
			ledger.Act{At: "2026-09-20", By: "police", Number: "5/QĐ", Issuer: "Cơ quan CSĐT"})
		w.must(err)
		led, st, err := w.Acts(ctx, two.ID, "")
		w.must(err)
		if two.Parent != c.ID || st.Stage != "investigation" || len(st.Accused) != 1 || st.Accused[0].Charged != "2026-09-15T08:00" || !st.Accused[0].Juvenile || st.Class != law.DBNT {
			t.Errorf("the new case: %+v", st)
		}
		first := led.Acts[0]
		if first.Kind != "case.split" || first.At != "2026-09-20" || first.Number != "5/QĐ" || first.Fields["case"] != "01/2026/HS" || len(first.Parties) != 0 {
			t.Errorf("the new case does not know by what it was made: %+v", first)
		}
		for _, a := range led.Acts {
			if !slices.Contains(a.Flags, Copied) || len(a.Parties) > 0 && a.Parties[0] == second.ID {
				t.Errorf("carried as %+v", a)
			}
		}
		if _, _, err := w.Split(ctx, two.ID, []ledger.PartyID{st.Accused[0].ID}, New{Number: "03/2026/HS", Name: "X"}, ledger.Act{At: "2026-09-21"}); err == nil {
			t.Error("a case was left without an accused")
		}

		_, err = w.Merge(ctx, c.ID, two.ID, ledger.Act{At: "2026-10-01", By: "police", Number: "6/QĐ", Issuer: "Cơ quan CSĐT"})
		w.must(err)
		gone, err := w.Get(ctx, two.ID)
		w.must(err)
		all, err := w.Detail(ctx, c.ID)
		w.must(err)
		if gone.Parent != c.ID || gone.Status != Transferred || len(all.Persons) != 5 {
			t.Errorf("merged: %+v, %d people", gone, len(all.Persons))
		}
	})
}

func TestTransfer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		c, _ := w.story("01/2026/HS")
		if _, err := w.Transfer(w.as("prosecutor"), c.ID, "lao-cai-kv2", ledger.Act{At: "2026-10-01", Reason: "not_competent"}); err == nil {
			t.Error("a prosecutor sent a case away")
		}
		_, err := w.Create(w.as("neighbour"), some("01/2026/HS")) // the number is taken there
		w.must(err)
		_, err = w.Transfer(w.as("chief"), c.ID, "lao-cai-kv2", ledger.Act{At: "2026-10-01", Reason: "not_competent"})
		if err != nil {
			t.Fatalf("%v: %+v", err, err)
		}
		got, err := w.Get(w.as("neighbour"), c.ID)
		w.must(err)
		if got.Office != "lao-cai-kv2" || got.Number != "01/2026/HS (lao-cai-kv3)" {
			t.Errorf("it is %s at %s", got.Number, got.Office)
		}
		full, err := w.Detail(w.as("neighbour"), c.ID)
		w.must(err)
		if !slices.Contains(full.Aliases, Alias{"01/2026/HS", "lao-cai-kv3"}) {
			t.Errorf("its old number is lost: %+v", full.Aliases)
		}
	})
}

func TestProposals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		c, who := w.story("01/2026/HS")
		ctx := w.as("prosecutor")
		p := Proposal{Case: c.ID, Dossier: "d", Document: "doc1", Folio: 12, Paper: "qd-phe-chuan-gia-han-tam-giu", Title: "Quyết định phê chuẩn gia hạn tạm giữ",
			Number: "7/QĐ-VKS", At: "2026-09-14", Names: []string{"GIÀNG SEO VẢNG"}}
		w.must(w.Propose(t.Context(), p))
		w.must(w.Propose(t.Context(), Proposal{Case: c.ID, Document: "doc2", Paper: "giay-trang"}))
		ps, err := w.Proposals(ctx, c.ID)
		w.must(err)
		if len(ps) != 1 || ps[0].Kind != "custody.extend" {
			t.Fatalf("proposals %+v", ps)
		}
		of, a, err := w.Draft(ctx, ps[0].ID)
		w.must(err)
		if of != c.ID || !slices.Equal(a.Parties, []ledger.PartyID{who}) || a.Folio != 12 {
			t.Errorf("draft %+v", a)
		}
		if _, err := w.Proposals(w.as("elsewhere"), c.ID); !errors.Is(err, ErrNone) {
			t.Errorf("a stranger saw them: %v", err)
		}
		w.must(w.Assign(w.as("chief"), c.ID, w.staff["prosecutor"].ID, Conducts))
		mine, err := w.Pending(ctx)
		w.must(err)
		if len(mine) != 1 || mine[0].Count != 1 || mine[0].Number != "01/2026/HS" {
			t.Errorf("pending %+v", mine)
		}
		if theirs, err := w.Pending(w.as("second")); err != nil || len(theirs) != 0 {
			t.Errorf("another's: %+v %v", theirs, err)
		}
		w.must(w.Decline(ctx, ps[0].ID))
		if _, _, err := w.Take(ctx, ps[0].ID, a); !errors.Is(err, ErrAnswered) {
			t.Errorf("answered twice: %v", err)
		}

		w.must(w.Propose(t.Context(), Proposal{Case: c.ID, Dossier: "d", Document: "doc3", Folio: 30, Paper: "ban-ket-luan-dieu-tra", Title: "Bản kết luận điều tra", Number: "9/KLĐT", At: "2026-11-01"}))
		ps, err = w.Proposals(ctx, c.ID)
		w.must(err)
		if len(ps) != 1 {
			t.Fatalf("proposals %+v", ps)
		}
		_, a, err = w.Draft(ctx, ps[0].ID)
		w.must(err)
		out, _, err := w.Take(ctx, ps[0].ID, a)
		if err != nil {
			t.Fatalf("%v %+v", err, err)
		}
		if out.Document != "doc3" || out.Folio != 30 {
			t.Errorf("taken %+v", out)
		}
	})
}

func TestPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		var heard []ActedV1
		Acted.On(w.bus, func(_ context.Context, e ActedV1) error { heard = append(heard, e); return nil })
		c, who := w.story("01/2026/HS")
		ctx := w.as("prosecutor")
		if err := w.RemovePerson(ctx, c.ID, who); !errors.Is(err, ErrInLedger) {
			t.Errorf("someone in an act was removed: %v", err)
		}
		edit := some("01/2026/HS")
		edit.Persons = nil
		if _, err := w.Edit(ctx, c.ID, edit); !errors.Is(err, ErrInLedger) {
			t.Errorf("someone in an act was edited away: %v", err)
		}
		for _, bad := range []Person{{}, {Name: "A", Born: "1990-13"}, {Name: "A", IDNumber: "12"}, {Name: "A", Born: "2000", Died: "1999"}, {Name: "A", More: map[string]string{"x": "y"}}} {
			if _, err := w.AddPerson(ctx, c.ID, bad); !errors.Is(err, ErrPerson) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		w.story("02/2026/HS")
		same, err := w.Alike(ctx, c.ID, Person{Name: "giàng seo vảng", Born: "1990-02-02"})
		w.must(err)
		if len(same) != 1 || same[0].Number != "02/2026/HS" {
			t.Errorf("alike %+v", same)
		}
		if same, _ := w.Alike(ctx, c.ID, Person{Name: "Giàng Seo Vảng", Born: "1975"}); len(same) != 0 {
			t.Errorf("another age: %+v", same)
		}
		// Whoever computes from the ledger hears that an age changed.
		heard = nil
		p, err := w.store.party(ctx, c.ID, who)
		w.must(err)
		p.Born = "2010-01-01"
		_, err = w.EditPerson(ctx, c.ID, p)
		w.must(err)
		if len(heard) != 1 || heard[0].Case != c.ID || heard[0].Act != "" {
			t.Errorf("heard %+v", heard)
		}
		if st := w.state(c.ID); !st.Accused[0].Juvenile {
			t.Error("born 2010 and not a juvenile")
		}
		if got, _ := w.List(ctx, Filter{Words: "seo vang"}); len(got.Items) != 2 {
			t.Errorf("found %d", len(got.Items))
		}
	})
}

func TestBooks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		if err := w.OpenBook(w.as("prosecutor"), "QĐ-VKS", 2026, 40); !errors.Is(err, auth.ErrMay) {
			t.Errorf("a prosecutor opened a book: %v", err)
		}
		w.must(w.OpenBook(w.as("chief"), "QĐ-VKS", 2026, 40))
		if err := w.OpenBook(w.as("chief"), "QĐ-VKS", 2026, 50); !errors.Is(err, ErrBook) {
			t.Errorf("opened twice: %v", err)
		}
		c, _ := w.story("01/2026/HS")
		led, _, err := w.Acts(w.as("chief"), c.ID, "")
		w.must(err)
		if n := led.Acts[4].Number; n != "41/QĐ-VKS" {
			t.Errorf("after 40 came %s", n)
		}
	})
}

// What Ledgers reads in batches is what Ledger reads one by one.
func TestLedgers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		var want []string
		for _, n := range []string{"01/2026/HS", "02/2026/HS", "03/2026/HS"} {
			c, _ := w.story(n)
			want = append(want, string(c.ID))
		}
		var got []string
		err := w.Ledgers(t.Context(), "", "", func(h Head, c *ledger.Case) error {
			one, led, err := w.Ledger(t.Context(), h.ID)
			if err != nil {
				return err
			}
			if len(led.Acts) != len(c.Acts) || len(led.Parties) != len(c.Parties) || one.Number != h.Number || len(c.Acts) != 5 {
				t.Errorf("%s: %d and %d acts", h.Number, len(led.Acts), len(c.Acts))
			}
			got = append(got, string(h.ID))
			return nil
		})
		w.must(err)
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("read %v, want %v", got, want)
		}
	})
}
