package quality

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"congminh/internal/access"
	"congminh/internal/access/policy"
	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/org"
	"congminh/internal/quality/draw"
	"congminh/internal/seal"
	"congminh/internal/stats"
	"congminh/internal/stats/period"
)

func method(t *testing.T) Method {
	t.Helper()
	count, err := stats.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	var e Engines
	if err := loadReview(&e, nil, count); err != nil {
		t.Fatal(err)
	}
	return e.Review
}

// Points, faults and grades, as the data says: a serious fault caps the grade.
func TestGrades(t *testing.T) {
	g := method(t).Grades
	items := []Item{{ID: "a", Weight: 10}, {ID: "b", Weight: 10}, {ID: "c", Weight: 10}, {ID: "d", Weight: 10}}
	for _, x := range []struct {
		marks  string // f fine, m minor, s serious, n does not occur, - not yet
		points int
		grade  string
	}{
		{"ffff", 100, "excellent"}, {"fffn", 100, "excellent"}, {"fffm", 87, "good"}, {"ffmm", 75, "good"}, {"fmmm", 62, "basic"},
		{"fffs", 75, "basic"}, {"ffss", 50, "fail"}, {"ssss", 0, "fail"}, {"nnnn", 100, "excellent"}, {"mmmm", 50, "basic"}, {"smmm", 37, "fail"},
	} {
		found := map[string]Found{}
		for i, c := range x.marks {
			found[items[i].ID] = Found{Mark: map[rune]Mark{'f': Fine, 'm': Minor, 's': Serious, 'n': NotHere, '-': NotYet}[c]}
		}
		if r := g.Result(items, found); r.Points != x.points || r.Grade != x.grade {
			t.Errorf("%s: %d, %s; want %d, %s", x.marks, r.Points, r.Grade, x.points, x.grade)
		}
	}
	if r := g.Result(items, nil); r.Left != 4 {
		t.Error("items not looked at are counted", r)
	}
}

// What a score adds up to, and what it says of each line.
func TestRisk(t *testing.T) {
	m := method(t).Selection.Risk
	c := riskCase{end: "2026-10-01", first: "2026-01-01", key: true}
	if sum, lines := m.Score(c); sum != 4 || len(lines) != 2 { // 273 days, key
		t.Error(sum, lines)
	}
	c.state.Opened = "2026-09-01"
	for range 3 { // more than 2: 2 points, each further 1
		c.standing = append(c.standing, ledger.Act{Kind: "detention.extend"})
	}
	if sum, lines := m.Score(c); sum != 4 || len(lines) != 2 || lines[0].Value != 3 {
		t.Error(sum, lines)
	}
	for range 20 {
		c.standing = append(c.standing, ledger.Act{Kind: "investigation.extend"})
	}
	if sum, _ := m.Score(c); sum != 6 { // at most 4 for extensions
		t.Error(sum)
	}
}

// world is a house with cases that ended.
type world struct {
	*house
	cases []criminal.ID
	round Round
}

const seed = "JBSWY3DPEHPK3PXPJBSWY3DPEH"

// ended enters n cases, numbered from one on, of kv3 that ended in October; those at even places are of ksv,
// the others of ksv2, and the first is signed by phovt.
func (h *house) ended(first, n int) (out []criminal.ID) {
	h.t.Helper()
	home, err := h.org.Office(h.as("ksv"), auth.From(h.as("ksv")).Office)
	h.ok(err)
	var all []criminal.Whole
	for i := range n {
		who := auth.From(h.as([]string{"ksv", "ksv2"}[i%2]))
		c := criminal.Case{ID: id.New[criminal.Case](), Number: fmt.Sprintf("%d/2026/HS", first+i), Name: "Vụ trộm cắp tài sản", Office: home.ID, Stage: criminal.Report, Status: criminal.Open, Created: h.clock}
		p := ledger.PartyID(id.New[ledger.Party]())
		c.Persons = []criminal.Person{{ID: p, Name: "Người bị tố giác", Role: criminal.Accused}}
		acts := []ledger.Act{
			{ID: ledger.ActID(id.New[ledger.Act]()), Kind: "report.receive", At: "2026-09-01", By: "police", Entered: h.clock, Author: who.ID},
			{ID: ledger.ActID(id.New[ledger.Act]()), Kind: "report.decline", At: ledger.Moment(fmt.Sprintf("2026-10-%02d", 1+i%28)), By: "police", Number: fmt.Sprintf("%d/QĐ", i+1), Entered: h.clock, Author: who.ID},
		}
		if i == 0 {
			acts = append(acts[:1:1], ledger.Act{ID: ledger.ActID(id.New[ledger.Act]()), Kind: "report.verify_request", At: "2026-09-05", By: "procuracy", Signer: "Sùng Seo Lử", Entered: h.clock, Author: who.ID}, acts[1])
		}
		all = append(all, criminal.Whole{Case: c, Path: home.Path, Ledger: acts,
			Staff: []criminal.Assignment{{Staff: org.StaffID(who.ID), Task: criminal.Conducts, From: "2026-09-01"}}})
		out = append(out, c.ID)
	}
	h.ok(h.cases.Bulk(h.as("ksv"), all))
	h.ok(h.stats.Rebuild(h.t.Context(), nil))
	return out
}

var october = period.Period{Kind: period.Days, From: "2026-10-01", To: "2026-10-31"}

// drawn opens, freezes and draws a round of the province, so that its leader decides.
func drawn(t *testing.T, d *db.DB, n int) *world {
	t.Helper()
	w := &world{house: open(t, d, day)}
	w.Review.Seed = func() string { return seed }
	w.cases = w.ended(1, n)
	ctx := w.as("vientruongtinh")
	x, err := w.OpenRound(ctx, NewRound{Title: "Đánh giá tháng 10", Period: october})
	w.ok(err)
	if x.Seed != "" || x.Commitment != draw.Commit(seed) {
		t.Fatal("the seed is shown, or not committed to", x)
	}
	if r, err := w.Round(ctx, x.ID); err != nil || r.Seed != "" {
		t.Fatal("the seed is shown before it is drawn", r, err)
	}
	w.refused(w.Draw(ctx, x.ID), ErrRoundIn)
	w.ok(w.Freeze(ctx, x.ID))
	w.refused(w.Freeze(ctx, x.ID), ErrRoundIn)
	w.ok(w.Draw(ctx, x.ID))
	w.round, err = w.Round(ctx, x.ID)
	w.ok(err)
	return w
}

func (w *world) staff(login string) org.StaffID { return org.StaffID(auth.From(w.as(login)).ID) }

// reviewOf is the review of a case that ksv conducted.
func (w *world) reviewOf(login string) ReviewID {
	w.t.Helper()
	rs, err := w.RoundReviews(w.as("vientruongtinh"), w.round.ID)
	w.ok(err)
	for _, r := range rs {
		if r.Handler == string(w.staff(login)) {
			return r.ID
		}
	}
	w.t.Fatal("no review of", login)
	return ""
}

func TestRound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := drawn(t, d, 90) // 45 each: 5 % is 3
		ctx := w.as("vientruongtinh")
		if w.round.Seed != seed || w.round.Cases != 90 {
			t.Fatal(w.round)
		}
		one, all, same, err := w.Repeat(ctx, w.round.ID)
		w.ok(err)
		two, _, _, err := w.Repeat(ctx, w.round.ID)
		w.ok(err)
		if !same || !slices.Equal(one, two) || len(one) != 6 || len(all) != 90 {
			t.Fatal(same, one, two)
		}
		text, err := w.RoundList(ctx, w.round.ID)
		w.ok(err)
		if strings.Count(text, "\n") != 90 || draw.Commit(text) != w.round.List {
			t.Error("the list that is offered is not the one that was published")
		}
		rs, err := w.RoundReviews(ctx, w.round.ID)
		w.ok(err)
		if len(rs) != 6 {
			t.Errorf("%d reviews, want 6", len(rs))
		}
		// The list is what it was, whatever is entered later.
		w.ended(901, 4)
		if _, again, same, err := w.Repeat(ctx, w.round.ID); err != nil || !same || len(again) != 90 {
			t.Error(len(again), same, err)
		}
		// The journal has the commitment, then the list, then the seed.
		for i, v := range []string{"quality.round.open", "quality.round.freeze", "quality.round.draw"} {
			es, err := w.Journal.Of(ctx, seal.Filter{Object: "round/" + string(w.round.ID)})
			if err != nil || len(es.Items) != 3 {
				t.Fatal(es, err)
			}
			slices.SortFunc(es.Items, func(a, b seal.Entry) int { return int(a.N - b.N) })
			e := es.Items[i]
			if e.Verb != v || i == 0 && (e.More["commitment"] != w.round.Commitment || e.More["seed"] != "") || i == 2 && e.More["seed"] != seed {
				t.Errorf("%d: %v", i, e)
			}
		}
		// Nobody but the leader of the office sees a round.
		for _, login := range []string{"ksv", "vientruong", "thongketinh"} {
			if _, err := w.Round(w.as(login), w.round.ID); err == nil {
				t.Errorf("%s sees a round of the province", login)
			}
		}
		_, err = w.OpenRound(w.as("ksv"), NewRound{Title: "Đợt của ksv", Period: october})
		w.refused(err, ErrOffice)
		x, err := w.OpenRound(ctx, NewRound{Title: "Tháng này", Period: period.Of(period.Month, w.today())})
		w.ok(err)
		w.refused(w.Freeze(ctx, x.ID), ErrTooSoon)
		// A case is added with its reason, once.
		_, err = w.AddCase(ctx, w.round.ID, NewSpecial{Number: "không có", Why: "Theo kế hoạch chuyên đề"})
		w.refused(err, ErrRoundForm)
		var spare criminal.ID
		for _, c := range w.cases {
			if !slices.ContainsFunc(rs, func(r Review) bool { return r.Case == c }) {
				spare = c
			}
		}
		_, err = w.AddCase(ctx, w.round.ID, NewSpecial{Number: string(spare), Trigger: "complaint", Why: "Quyết định giải quyết khiếu nại 03"})
		w.ok(err)
		_, err = w.AddCase(ctx, w.round.ID, NewSpecial{Number: string(spare), Why: "Theo kế hoạch chuyên đề"})
		w.refused(err, ErrRoundForm)
	})
}

// A case that must be reviewed, and one at risk, are taken whatever the seed; each with
// the act or the score that says so.
func TestReasons(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d, day)
		h.ended(1, 60)
		ksv := auth.From(h.as("ksv"))
		home, err := h.org.Office(h.as("ksv"), ksv.Office)
		h.ok(err)
		enter := func(number string, key bool, acts ...ledger.Act) criminal.ID {
			c := criminal.Case{ID: id.New[criminal.Case](), Number: number, Name: "Vụ lừa đảo", Office: home.ID, Stage: criminal.Report, Status: criminal.Open, Key: key, Created: h.clock}
			for i := range acts {
				acts[i].ID, acts[i].Entered, acts[i].Author = ledger.ActID(id.New[ledger.Act]()), h.clock, ksv.ID
			}
			h.ok(h.cases.Bulk(h.as("ksv"), []criminal.Whole{{Case: c, Path: home.Path, Ledger: acts, Staff: []criminal.Assignment{{Staff: org.StaffID(ksv.ID), Task: criminal.Conducts, From: "2026-01-01"}}}}))
			return c.ID
		}
		must := enter("701/2026/HS", false, ledger.Act{Kind: "report.receive", At: "2026-09-01", By: "police"}, ledger.Act{Kind: "compensation.request", At: "2026-10-07", By: "procuracy"})
		acts := []ledger.Act{{Kind: "report.receive", At: "2026-05-01", By: "police"}}
		for i := range 5 {
			acts = append(acts, ledger.Act{Kind: "report.extend", At: ledger.Moment(fmt.Sprintf("2026-06-%02d", i+1)), By: "procuracy"})
		}
		risky := enter("702/2026/HS", true, append(acts, ledger.Act{Kind: "report.decline", At: "2026-10-09", By: "police"})...)
		h.ok(h.stats.Rebuild(t.Context(), nil))

		h.Review.Seed = func() string { return seed }
		ctx := h.as("vientruong")
		x, err := h.OpenRound(ctx, NewRound{Title: "Đánh giá tháng 10", Period: october})
		h.ok(err)
		h.ok(h.Freeze(ctx, x.ID))
		h.ok(h.Draw(ctx, x.ID))
		rs, err := h.RoundReviews(ctx, x.ID)
		h.ok(err)
		why := map[criminal.ID][]Reason{}
		for _, r := range rs {
			why[r.Case] = r.Body.Reasons
		}
		if w := why[must]; len(w) != 1 || w[0].Kind != Mandatory || w[0].Act == "" || !strings.Contains(w[0].Text, "bồi thường") || !strings.Contains(w[0].Text, "07/10/2026") {
			t.Errorf("must be reviewed: %+v", w)
		}
		i := slices.IndexFunc(why[risky], func(w Reason) bool { return w.Kind == ByRisk })
		if i < 0 || !strings.Contains(why[risky][i].Text, "6 điểm") || len(why[risky][i].Score) != 2 {
			t.Errorf("at risk: %+v", why[risky])
		}
		if _, _, same, err := h.Repeat(ctx, x.ID); !same || err != nil {
			t.Error("what was taken for other reasons disturbs the sample", err)
		}
	})
}

// Who must not review, and why.
func TestConflicts(t *testing.T) {
	w := drawn(t, dbtest.SQLite(t), 4) // every case is drawn: two each
	ctx := w.as("vientruongtinh")
	var first Review
	rs, err := w.RoundReviews(ctx, w.round.ID)
	w.ok(err)
	for _, r := range rs {
		if r.Case == w.cases[0] {
			first = r
		}
	}
	for login, want := range map[string]string{
		"ksv": "thụ lý", "phovt": "đã ký", "vanthu": "không có quyền", "thongke": "không có quyền", "nobody": "phạm vi",
		"ksv2": "", "ksv_kv2": "", "truongphong": "",
	} {
		staff := org.StaffID("nobody")
		if login != "nobody" {
			staff = w.staff(login)
		}
		why, _, err := w.Unfit(ctx, first, staff)
		w.ok(err)
		if want == "" && len(why) > 0 || want != "" && !strings.Contains(strings.Join(why, " "), want) {
			t.Errorf("%s: %q, want %q", login, why, want)
		}
	}
	// Assigned, or an author, since.
	w.ok(w.house.cases.Assign(w.as("vientruong"), first.Case, w.staff("ksv2"), criminal.Joins))
	if why, _, _ := w.Unfit(ctx, first, w.staff("ksv2")); !strings.Contains(strings.Join(why, " "), "phân công") {
		t.Error("assigned, yet fit", why)
	}
	// Kept out of the case.
	w.house.cases.Rights(func(ctx context.Context) (policy.Subject, error) {
		x := policy.For(auth.From(ctx), w.clock)
		x.Recused = []string{string(first.Case)}
		return x, nil
	})
	if why, _, _ := w.Unfit(ctx, first, w.staff("ksv_kv2")); !strings.Contains(strings.Join(why, " "), "từ chối") {
		t.Error("recused, yet fit", why)
	}
	w.refused(w.AssignReview(ctx, first.ID, w.staff("ksv")), ErrConflict)
}

// full is a sheet with one mark for all, or a fault at its first item.
func (w *world) full(r Review, first Mark) SheetInput {
	in := SheetInput{Rev: r.Rev, Found: map[string]Found{}, Overall: "Nhìn chung tốt"}
	for i, x := range r.Body.Items {
		f := Found{Mark: Fine}
		if i == 0 && first.Faulty() {
			f = Found{Mark: first, Note: "Thiếu quyết định phân công", Folios: "12, 15-17"}
		}
		in.Found[x.ID] = f
	}
	return in
}

// at brings a review to a state.
func (w *world) at(rid ReviewID, to ReviewState) {
	w.t.Helper()
	lead, reviewer := w.as("vientruongtinh"), w.as("ksv_kv2")
	for {
		v, err := w.ReviewOf(lead, rid)
		w.ok(err)
		if v.State == to {
			return
		}
		switch v.State {
		case Chosen:
			w.ok(w.AssignReview(lead, rid, w.staff("ksv_kv2")))
		case Reviewing:
			w.ok(w.Submit(reviewer, rid, w.full(v.Review, Minor)))
		case Answering:
			w.ok(w.AnswerReview(w.as("ksv"), rid, AnswerInput{Text: "Đồng ý"}))
		case Seconding:
			w.ok(w.Opine(w.as("truongphong"), rid, SecondView{Agree: true, Text: "Đồng ý với kết quả"}))
		case Deciding:
			if to == Seconding {
				w.ok(w.AskSecond(lead, rid, w.staff("truongphong")))
				continue
			}
			in := Conclusion{Grade: v.Body.Result.Grade, Lesson: "Phân công kịp thời"}
			if to == Remedying {
				in.Remedies = []string{"Bổ sung quyết định phân công"}
			}
			w.ok(w.Decide(lead, rid, in))
		case Remedying:
			w.ok(w.Prove(w.as("ksv"), rid, 0, "20", ""))
			w.ok(w.Accept(lead, rid))
		case Ended:
			w.t.Fatal("ended before", to)
		}
	}
}

// Every verb in every state by everybody: only what moves says is done.
func TestReviewStates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := drawn(t, d, 2*len(ReviewStates))
		logins := map[Seat]string{IsLeader: "vientruongtinh", IsHandler: "ksv", IsReviewer: "ksv_kv2", IsSecond: "truongphong", IsHome: "vientruong"}
		try := func(ctx context.Context, v Verb, r Review) error {
			switch v {
			case DoAssign:
				return w.AssignReview(ctx, r.ID, "nobody")
			case DoSubmit:
				return w.Submit(ctx, r.ID, SheetInput{Rev: r.Rev})
			case DoAnswer:
				return w.AnswerReview(ctx, r.ID, AnswerInput{})
			case DoSecond:
				return w.AskSecond(ctx, r.ID, "nobody")
			case DoOpine:
				return w.Opine(ctx, r.ID, SecondView{})
			case DoDecide:
				return w.Decide(ctx, r.ID, Conclusion{})
			case DoProve:
				return w.Prove(ctx, r.ID, 9, "", "")
			case DoAccept:
				return w.Accept(ctx, r.ID)
			case DoReturn:
				return w.Return(ctx, r.ID, 9, "")
			case DoRevise:
				return w.Revise(ctx, r.ID, "")
			case DoChoose:
			}
			return nil
		}
		lead := w.as("vientruongtinh")
		rid := w.reviewOf("ksv")
		for _, state := range []ReviewState{Chosen, Reviewing, Answering, Deciding, Seconding, Remedying, Ended} {
			w.at(rid, state)
			v, err := w.ReviewOf(lead, rid)
			w.ok(err)
			for verb, m := range moves {
				for seat, login := range logins {
					allowed := slices.Contains(m.from, state) && m.by == seat
					err := try(w.as(login), verb, v.Review)
					closed := errors.Is(err, ErrReviewIn) || errors.Is(err, ErrReview)
					if allowed == closed {
						t.Errorf("%s, %s by %s: %v, may %v", state, verb, seat, err, allowed)
					}
					if err == nil {
						t.Errorf("%s, %s by %s: empty input was accepted", state, verb, seat)
					}
				}
			}
		}
	})
}

// A review from the draw to the remedy, its notice, and its revision.
func TestReview(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := drawn(t, d, 4)
		lead, handler, reviewer := w.as("vientruongtinh"), w.as("ksv"), w.as("ksv_kv2")
		rid := w.reviewOf("ksv")
		w.ok(w.AssignReview(lead, rid, w.staff("ksv_kv2")))

		v, err := w.ReviewOf(reviewer, rid)
		w.ok(err)
		if v.Opens {
			t.Error("an office that does not own the case opens its file without leave")
		}
		// The right to read is asked for in the usual way.
		w.Ask = func(_ context.Context, in access.New) ([]access.Request, error) {
			if in.Mode != policy.Reads || in.Cases[0] != string(v.Case) || in.To != v.Due || in.Purpose == "" || in.Basis == "" {
				t.Error(in)
			}
			return []access.Request{{ID: "asked"}}, nil
		}
		w.ok(w.AskToRead(reviewer, rid))
		w.refused(w.AskToRead(handler, rid), ErrReviewIn)

		// Saved step by step, taken back, not written over.
		v, err = w.ReviewOf(reviewer, rid)
		w.ok(err)
		one := SheetInput{Rev: v.Rev, Found: map[string]Found{v.Body.Items[0].ID: {Mark: Fine}, "no-such-item": {Mark: Fine}}}
		rev, err := w.SaveSheet(reviewer, rid, one)
		w.ok(err)
		_, err = w.SaveSheet(reviewer, rid, one)
		w.refused(err, ErrReviewRev)
		_, err = w.SaveSheet(reviewer, rid, SheetInput{Rev: rev, Found: map[string]Found{v.Body.Items[0].ID: {Mark: Serious}}})
		w.ok(err)
		w.ok(w.UndoSheet(reviewer, rid))
		v, err = w.ReviewOf(reviewer, rid)
		w.ok(err)
		if len(v.Body.Found) != 1 || v.Body.Found[v.Body.Items[0].ID].Mark != Fine || v.Drafts != 1 {
			t.Error(v.Body.Found, v.Drafts)
		}
		// The handler and the leader do not read over the shoulder.
		for _, ctx := range []context.Context{handler, lead} {
			if o, err := w.ReviewOf(ctx, rid); err != nil || len(o.Body.Found) != 0 {
				t.Error(o.Body.Found, err)
			}
		}
		// Nobody else sees it at all, nor in a list.
		for _, login := range []string{"ksv2", "vanthu", "thongke", "vientruong2"} {
			_, err := w.ReviewOf(w.as(login), rid)
			if err == nil {
				t.Error(login, "sees a review that is none of their business")
			}
			if l, _ := w.Reviews(w.as(login), ReviewFilter{}); slices.ContainsFunc(l.Items, func(r Review) bool { return r.ID == rid }) {
				t.Error(login, "finds it in a list")
			}
		}
		in := w.full(v.Review, Serious)
		bad := w.full(v.Review, Fine)
		bad.Found[v.Body.Items[0].ID] = Found{Mark: Minor, Note: "ngắn", Folios: "mười"}
		err = w.Submit(reviewer, rid, bad)
		w.refused(err, ErrSheet)
		if f := fault.From(err); len(f.Fields) != 2 {
			t.Error(f.Fields)
		}
		w.ok(w.Submit(reviewer, rid, in))
		v, err = w.ReviewOf(handler, rid)
		w.ok(err)
		if v.State != Answering || v.Body.Result.Serious != 1 || v.Body.Result.Grade != "basic" || v.Due != w.stats.Calendar(lead).AddWorking(w.today(), 5) {
			t.Errorf("%s %+v %s", v.State, v.Body.Result, v.Due)
		}
		w.refused(w.Decide(lead, rid, Conclusion{Grade: "basic"}), ErrWait)
		w.ok(w.AnswerReview(handler, rid, AnswerInput{Answers: map[string]string{v.Body.Items[0].ID: "Quyết định có ở bút lục 9"}, Second: true}))
		w.refused(w.Decide(lead, rid, Conclusion{Grade: "basic"}), ErrNeeds)
		w.refused(w.AskSecond(lead, rid, w.staff("ksv_kv2")), ErrConflict)
		w.ok(w.AskSecond(lead, rid, w.staff("truongphong")))
		w.ok(w.Opine(w.as("truongphong"), rid, SecondView{Grade: "good", Text: "Quyết định phân công có đủ"}))
		w.refused(w.Decide(lead, rid, Conclusion{Grade: "good"}), ErrSheet) // another grade needs its reason
		w.ok(w.Decide(lead, rid, Conclusion{Grade: "good", Text: "Theo ý kiến thứ hai", Lesson: "Đưa quyết định phân công vào hồ sơ ngay", Training: "Lập hồ sơ kiểm sát", Remedies: []string{"Sắp xếp lại hồ sơ", " "}}))
		w.refused(w.Prove(handler, rid, 0, "đã làm rồi", ""), ErrProof)
		w.refused(w.Accept(lead, rid), ErrProof)
		v, err = w.ReviewOf(lead, rid)
		w.ok(err)
		if v.State != Remedying || len(v.Body.Remedies) != 1 || v.Body.Remedies[0].Late(w.today()) || !v.Body.Remedies[0].Late(v.Due.Add(1)) {
			t.Error(v.State, v.Body.Remedies)
		}
		w.ok(w.Prove(handler, rid, 0, "20-21", "đã sắp xếp"))
		w.ok(w.Return(lead, rid, 0, "Bút lục 21 chưa được đánh số"))
		w.ok(w.Prove(handler, rid, 0, "20-22", ""))
		w.ok(w.Accept(lead, rid))

		l, err := w.LessonsOf(lead, w.round.ID)
		w.ok(err)
		if l.Decided != 1 || l.Grades["Đạt"] != 1 || len(l.Lesson) != 1 || len(l.Train) != 1 || l.Classes[v.Body.Items[0].Class] != [2]int{0, 1} {
			t.Errorf("%+v", l)
		}
		w.ok(w.SetNotice(lead, w.round.ID, "Rút kinh nghiệm chung", "Tập huấn quý I"))

		// A result is decided again with a reason; the old one stays in its step.
		w.refused(w.Revise(lead, rid, "ngắn"), ErrSheet)
		w.ok(w.Revise(lead, rid, "Có tình tiết mới ở bút lục 30"))
		w.ok(w.Decide(lead, rid, Conclusion{Grade: "excellent", Text: "Tình tiết mới"}))
		v, err = w.ReviewOf(lead, rid)
		w.ok(err)
		if v.Revision != 2 || v.Grade != "excellent" || v.State != Ended {
			t.Error(v.Revision, v.Grade, v.State)
		}
		var verbs []Verb
		for _, x := range v.Steps {
			verbs = append(verbs, x.Verb)
		}
		want := []Verb{DoChoose, DoAssign, DoSubmit, DoAnswer, DoSecond, DoOpine, DoDecide, DoProve, DoReturn, DoProve, DoAccept, DoRevise, DoDecide}
		if !slices.Equal(verbs, want) {
			t.Errorf("%v\nwant %v", verbs, want)
		}
		kept, err := db.One(t.Context(), w.d, db.Value[string], `SELECT body FROM quality_review_step WHERE review = $1 AND n = 7`, rid)
		w.ok(err)
		if !strings.Contains(kept, `"grade":"good"`) {
			t.Error("the first result is lost:", kept)
		}
		es, err := w.Journal.Of(lead, seal.Filter{Object: "review/" + string(rid)})
		w.ok(err)
		if len(es.Items) != len(want) {
			t.Errorf("%d lines in the journal, want %d", len(es.Items), len(want))
		}
	})
}

// Lists: by box, by words, by state, page by page.
func TestReviewLists(t *testing.T) {
	w := drawn(t, dbtest.SQLite(t), 4)
	lead, rid := w.as("vientruongtinh"), w.reviewOf("ksv")
	count := func(login string, f ReviewFilter) int {
		t.Helper()
		out, err := w.Reviews(w.as(login), f)
		w.ok(err)
		return len(out.Items)
	}
	if n := count("vientruongtinh", ReviewFilter{Box: ToDecide}); n != 4 {
		t.Error("to assign:", n)
	}
	w.ok(w.AssignReview(lead, rid, w.staff("ksv_kv2")))
	v, err := w.ReviewOf(lead, rid)
	w.ok(err)
	for _, x := range []struct {
		login string
		f     ReviewFilter
		want  int
	}{
		{"ksv_kv2", ReviewFilter{}, 1}, {"ksv_kv2", ReviewFilter{Box: ToReview}, 1}, {"ksv", ReviewFilter{}, 2}, {"ksv", ReviewFilter{Box: ToAnswer}, 0},
		{"vientruong", ReviewFilter{}, 4}, {"vientruongtinh", ReviewFilter{State: Reviewing}, 1}, {"vientruongtinh", ReviewFilter{Words: v.Number}, 1},
		{"vientruongtinh", ReviewFilter{Words: "trom cap"}, 4}, {"vientruongtinh", ReviewFilter{Words: "lừa đảo"}, 0}, {"vientruongtinh", ReviewFilter{Round: w.round.ID}, 4},
	} {
		if n := count(x.login, x.f); n != x.want {
			t.Errorf("%s %+v: %d, want %d", x.login, x.f, n, x.want)
		}
	}
	for _, sort := range []string{"due", "number"} {
		seen := map[ReviewID]bool{}
		f := ReviewFilter{Sort: sort, Req: page.Req{Limit: 1}}
		for range 10 {
			out, err := w.Reviews(lead, f)
			w.ok(err)
			for _, r := range out.Items {
				seen[r.ID] = true
			}
			if f.After = out.Next; f.After == "" {
				break
			}
		}
		if len(seen) != 4 || f.After != "" {
			t.Errorf("%s: %d of 4 page by page", sort, len(seen))
		}
	}
}

// Handlers check their own cases; the day due is in working days.
func TestSelfCheck(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d, day)
		ids := h.ended(1, 4)
		all, err := h.SelfChecks(h.as("ksv"))
		h.ok(err)
		if len(all) != 2 {
			t.Fatalf("%d cases of ksv, want 2", len(all))
		}
		x := all[0]
		if x.Ended != "2026-10-01" || x.Due != civil.Date("2026-10-15") || len(x.Items) == 0 {
			t.Errorf("ended %s, due %s, %d items", x.Ended, x.Due, len(x.Items))
		}
		h.refused(h.CheckSelf(h.as("ksv"), x.Case, nil), ErrSheet)
		h.refused(h.CheckSelf(h.as("ksv2"), ids[0], nil), ErrSelf)
		found := map[string]Found{}
		for _, i := range x.Items {
			found[i.ID] = Found{Mark: Fine}
		}
		h.ok(h.CheckSelf(h.as("ksv"), x.Case, found))
		all, err = h.SelfChecks(h.as("ksv"))
		h.ok(err)
		if all[1].Case != x.Case || all[1].Done == nil || all[0].Done != nil {
			t.Error("what is done comes last", all)
		}
		if lead, err := h.SelfChecks(h.as("vientruong")); err != nil || len(lead) != 4 {
			t.Error("the leader sees those of the office", len(lead), err)
		}
	})
}
