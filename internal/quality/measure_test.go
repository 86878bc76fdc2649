package quality

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/criminal/made"
	"congminh/internal/deadline"
	"congminh/internal/kit"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/auth/password"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/law"
	"congminh/internal/org"
	"congminh/internal/quality/indicator"
	"congminh/internal/seal"
	"congminh/internal/stats"
	"congminh/internal/stats/period"
)

// house is a demo office with everything that indicators are worked out from.
type house struct {
	*Service
	t     testing.TB
	d     *db.DB
	clock time.Time
}

func open(t testing.TB, d *db.DB, at time.Time) *house {
	t.Helper()
	h := &house{t: t, d: d, clock: at}
	now := func() time.Time { return h.clock }
	jobs := job.NewRunner(d, slog.New(slog.DiscardHandler), now)
	bus := event.NewBus(jobs)
	people := org.NewService(d, now, rand.Reader, org.Options{Cost: password.Cost{Memory: 64, Time: 1, Lanes: 1}})
	laws, err := law.NewService(d, bus, nil, now)
	h.ok(err)
	pack, err := law.Load(law.Embedded())
	h.ok(err)
	cases := criminal.NewService(d, bus, people, func(context.Context) criminal.Law { return pack }, now)
	policy, err := deadline.LoadPolicy(nil)
	h.ok(err)
	clocks := deadline.NewService(d, bus, cases, people, deadline.Engines{Jobs: jobs, Pack: func(context.Context) (*law.Pack, error) { return pack, nil },
		Policy: policy, Secret: rand.Text, DBNow: func(context.Context) (time.Time, error) { return h.clock, nil }}, now)
	count, err := stats.Load(nil)
	h.ok(err)
	e, err := Load(nil, count)
	h.ok(err)
	store, err := blob.Open(t.Context(), "file:"+t.TempDir())
	h.ok(err)
	journal := seal.NewService(d, now)
	count.Jobs, count.Journal, count.Blobs = jobs, journal, store
	count.Calendar = func(context.Context) *law.Calendar { return pack.Calendar() }
	figures := stats.NewService(d, bus, people, cases, clocks, count, now)
	e.Jobs, e.Journal = jobs, journal
	h.Service = NewService(d, bus, people, cases, figures, clocks, nil, e, now)
	for _, m := range []kit.Module{{Name: "job", Schema: job.Schema()}, people.Module(), journal.Module(), laws.Module(), cases.Module(), clocks.Module(), figures.Module(), h.Module()} {
		h.ok(d.Migrate(t.Context(), m.Name, m.Schema))
	}
	clocks.Module().Listen(bus)
	figures.Module().Listen(bus)
	h.Module().Listen(bus)
	figures.Module().Jobs(jobs)
	h.Module().Jobs(jobs)
	_, err = people.Demo(t.Context())
	h.ok(err)
	return h
}

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// refused fails the test unless err is a refusal of one kind.
func (h *house) refused(err, want error) {
	h.t.Helper()
	if fault.From(err).Code != fault.From(want).Code {
		h.t.Errorf("got %v, want %v", err, want)
	}
}

func (h *house) as(login string) context.Context {
	h.t.Helper()
	a, err := h.org.ActorOf(h.t.Context(), login)
	h.ok(err)
	return auth.With(h.t.Context(), a)
}

// fill takes over n invented cases, conducted by ksv. A few that were prosecuted are
// returned to the investigators instead.
func (h *house) fill(n int) (ids []criminal.ID) {
	h.t.Helper()
	a := auth.From(h.as("ksv"))
	home, err := h.org.Office(h.as("ksv"), a.Office)
	h.ok(err)
	var all []criminal.Whole
	returned := 0
	for i := range n {
		m := made.Make(i, 25, h.today())
		if at := slices.IndexFunc(m.Ledger.Acts, func(a ledger.Act) bool { return a.Kind == "case.indict" }); at >= 0 && returned < 5 {
			a := &m.Ledger.Acts[at]
			a.Kind, a.Reason, a.Fields, a.Charges = "case.return", "evidence", nil, nil
			m.Ledger.Acts = m.Ledger.Acts[:at+1]
			returned++
		}
		c := criminal.Case{ID: id.New[criminal.Case](), Number: m.Number, Name: m.Name, Office: a.Office, Stage: criminal.Report, Status: criminal.Open, Created: h.clock}
		for _, p := range m.Ledger.Parties {
			c.Persons = append(c.Persons, criminal.Person{ID: p.ID, Name: p.Name, Role: criminal.Role(p.Role), Born: p.Born})
		}
		all = append(all, criminal.Whole{Case: c, Path: home.Path, Ledger: m.Ledger.Acts,
			Staff: []criminal.Assignment{{Staff: org.StaffID(a.ID), Task: criminal.Conducts, From: h.today()}}})
		ids = append(ids, c.ID)
	}
	h.ok(h.cases.Bulk(h.as("ksv"), all))
	h.ok(h.stats.Rebuild(h.t.Context(), nil))
	return ids
}

var day = time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)

// What ships is the whole list, with the targets of the reference.
func TestShipped(t *testing.T) {
	count, err := stats.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Load(nil, count)
	if err != nil {
		t.Fatal(err)
	}
	is := e.Sets.For([]string{"tc"}, "2026-11-28")
	numbers, by, usable := map[int]bool{}, map[string]*indicator.Indicator{}, 0
	for _, i := range is {
		numbers[i.Number] = true
		by[i.No()] = i
		if i.NumOf != nil {
			usable++
		}
	}
	for n := 1; n <= 111; n++ {
		if !numbers[n] {
			t.Errorf("number %d is missing", n)
		}
	}
	if len(numbers) != 111 {
		t.Errorf("%d numbers", len(numbers))
	}
	if usable < 28 {
		t.Errorf("%d have figures", usable)
	}
	for no, want := range map[string]string{
		"1": "≥ 100 %", "2": "≥ 100 %", "3": "≥ 80 %", "4": "≥ 100 %", "7": "≥ 1 mỗi năm", "8": "≥ 1 mỗi năm", "9": "≥ 90 %", "10": "≥ 100 %",
		"11": "≥ 97 %", "12": "≥ 100 %", "13": "≥ 75 %", "14": "≥ 80 %", "15": "≥ 100 %", "18": "≥ 80 %", "19": "≥ 100 %", "20": "≥ 95 %",
		"21": "0 %", "22": "≤ 2 %", "23": "≤ 3 %", "26a": "≥ 100 %", "26b": "≥ 98 %", "27": "≥ 100 %", "28": "≥ 2 mỗi năm", "29": "≥ 90 %",
		"32": "≥ 1 mỗi năm", "33": "≥ 90 %", "34": "≥ 100 %", "35": "≥ 80 %", "36": "≥ 1 mỗi năm", "38": "≤ 1,5 %", "39": "≥ 25 %", "40": "≥ 85 %",
		"41": "≤ 20 %", "42": "≥ 1 mỗi năm", "43": "0", "44": "0", "47": "0 %", "55": "≥ 80 %", "57": "≥ 1 mỗi quý", "58": "≥ 50 %",
		"59": "≥ 2 mỗi năm", "60a": "≥ 90 %", "60b": "≥ 100 %", "61": "0", "70": "≤ 1,5 %", "71": "≥ 20 %", "72": "≥ 85 %", "73": "≤ 5 %",
		"97": "≥ 1 mỗi năm", "103": "≥ 5 mỗi năm", "105": "≥ 80 %", "107": "≥ 100 %", "110": "≥ 80 %", "111": "≥ 70 %",
	} {
		if i := by[no]; i == nil || i.Targets[0].Words() != want {
			t.Errorf("number %s: %+v, want %s", no, i, want)
		}
	}
	key := by["25"]
	big, _ := key.Target(100)
	small, _ := key.Target(99)
	if big.Words() != "≥ 5 %" || small.Words() != "≥ 2 mỗi năm" {
		t.Error("25:", big.Words(), small.Words())
	}
	for no, side := range map[string]indicator.Side{"21": indicator.Numerator, "22": indicator.Numerator, "23": indicator.Numerator, "38": indicator.Numerator, "39": indicator.Denominator, "61": indicator.Numerator, "2": ""} {
		if by[no].Fault != side {
			t.Errorf("number %s: fault %q, want %q", no, by[no].Fault, side)
		}
	}
}

func TestRushed(t *testing.T) {
	g := Pattern{Kind: Rush, Days: 5, Factor: 2, Least: 5}
	for _, c := range []struct {
		all, last int64
		days      int
		want      bool
	}{
		{30, 5, 30, false},  // as usual
		{30, 10, 30, true},  // twice as usual
		{30, 9, 30, false},  // nearly
		{4, 4, 30, false},   // too few
		{100, 3, 365, true}, // 3 % against 1.4 %
		{100, 2, 365, false},
		{10, 10, 5, false}, // the period is its last days
		{0, 0, 30, false},
	} {
		if _, _, got := rushed(g, c.all, c.last, c.days); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestQuartilesAndRanks(t *testing.T) {
	var ps []Peer
	for _, v := range []float64{50, 10, 40, 30, 20} {
		ps = append(ps, Peer{At: v, Measured: Measured{State: indicator.Met}})
	}
	if q := quartiles(ps); len(q) != 5 || q[0] != 10 || q[1] != 20 || q[2] != 30 || q[4] != 50 {
		t.Error(q)
	}
	if quartiles(ps[:3]) != nil {
		t.Error("three offices have no quartiles")
	}
	ps[1].At = 50
	rank(ps, &indicator.Target{Cmp: indicator.AtLeast})
	if ps[0].Rank != 1 || ps[1].Rank != 1 || ps[2].Rank != 3 {
		t.Error(ps)
	}
	rank(ps, &indicator.Target{Cmp: indicator.AtMost})
	if ps[0].At != 20 || ps[0].Rank != 1 {
		t.Error(ps)
	}
}

// The figures of the board are those of stats, and what keeps an indicator from its
// target is what its sides differ by.
func TestBoardAndGap(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d, day)
		h.fill(60)
		ctx := h.as("vientruong")
		p := period.Of(period.Year, h.today())
		b, err := h.Board(ctx, "", p)
		h.ok(err)
		said := map[indicator.State]int{}
		for _, r := range b.Rows {
			said[r.Now.State]++
			if (r.NumOf == nil) != (r.Now.State == indicator.Unknown) || r.NumOf == nil && r.Now.Value != (indicator.Value{}) {
				t.Errorf("%s: %+v", r.ID, r.Now)
			}
			if r.NumOf == nil {
				continue
			}
			dt, err := h.Detail(ctx, "", p, r.ID)
			h.ok(err)
			if dt.Now != r.Now || dt.Before != r.Before || dt.LastYear != r.LastYear {
				t.Errorf("%s: the board says %+v, the page %+v", r.ID, r.Now, dt.Now)
			}
			sum := func(ps []Part) (n int64) {
				for _, p := range ps {
					n += p.Times * p.N
				}
				return n
			}
			if sum(dt.Num) != r.Now.Num || sum(dt.Den) != r.Now.Den {
				t.Errorf("%s: parts %d of %d, value %+v", r.ID, sum(dt.Num), sum(dt.Den), r.Now.Value)
			}
			lacks := int64(0)
			for _, m := range dt.Gap {
				lacks += m.Lacks
			}
			if r.Target.More() && r.DenOf != nil && r.Fault == "" && lacks < r.Now.Den-r.Now.Num {
				t.Errorf("%s: %d of %d, but the cases lack only %d", r.ID, r.Now.Num, r.Now.Den, lacks)
			}
		}
		if said[indicator.Met]+said[indicator.Exceeded] == 0 || said[indicator.Failed] == 0 || said[indicator.Unknown] < 80 {
			t.Errorf("too little happened to say anything: %v", said)
		}
		if _, err := h.Board(ctx, "lao-cai-kv2", p); fault.From(err).Kind != fault.NotFound {
			t.Error("another office:", err)
		}
	})
}

// A return counts against the procuracy only once somebody else than the handler said
// so and a leader decided; every step stays.
func TestFaults(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d, day)
		h.fill(120)
		p := period.Period{Kind: period.Days, From: "2019-01-01", To: h.today()}
		chief, deputy := h.as("vientruong"), h.as("phovt")
		list, err := h.Faults(chief, "", p, FaultFilter{Limit: 100, Figure: "prosecution.returned"})
		h.ok(err)
		if len(list.Items) == 0 {
			t.Fatal("no returned case to assess")
		}
		value := func() Row {
			b, err := h.Board(chief, "", p)
			h.ok(err)
			for _, r := range b.Rows {
				if r.ID == "investigation.22" {
					return r
				}
			}
			t.Fatal("indicator 22 is missing")
			return Row{}
		}
		if v := value(); v.Now.Num != 0 || v.Now.Pending != int64(len(list.Items)) {
			t.Fatalf("before: %+v of %d", v.Now, len(list.Items))
		}
		x := list.Items[0].Subject
		o := Opinion{Verdict: AtFault, Party: ByProcuracy, Why: "Không phát hiện thiếu chứng cứ", Folios: "45, 47-49"}
		h.refused(h.ProposeFault(h.as("ksv"), x, 0, o), ErrHandler)
		h.refused(h.ProposeFault(chief, x, 0, Opinion{Verdict: AtFault, Why: "thiếu"}), ErrOpinion)
		h.refused(h.ProposeFault(chief, x, 0, Opinion{Verdict: Clear, Why: "thiếu", Folios: "trang đầu"}), ErrOpinion)
		h.refused(h.ProposeFault(h.as("ksv"), Subject{Case: x.Case, Act: x.Act, Figure: "report.new"}, 0, o), ErrSubject)
		h.ok(h.ProposeFault(deputy, x, 0, o))
		if v := value(); v.Now.Num != 0 {
			t.Error("a proposal counts:", v.Now)
		}
		h.refused(h.DecideFault(deputy, x, 1, true, ""), ErrAssessor)
		h.refused(h.DecideFault(chief, x, 0, true, ""), ErrMoved)
		h.refused(h.ProposeFault(deputy, x, 1, o), ErrWaiting)
		h.ok(h.DecideFault(chief, x, 1, true, ""))
		if v := value(); v.Now.Num != 1 || v.Now.Pending != int64(len(list.Items)-1) {
			t.Errorf("decided: %+v", v.Now)
		}
		det, err := h.Detail(chief, "", p, "investigation.22")
		h.ok(err)
		if len(det.Gap) != 1 || det.Gap[0].Case != x.Case {
			t.Errorf("the case at fault is not shown: %+v", det.Gap)
		}
		// Changed later, with a reason; refused; then changed.
		h.ok(h.ProposeFault(chief, x, 2, Opinion{Verdict: Clear, Why: "Chứng cứ mới chỉ có sau khi chuyển hồ sơ"}))
		h.refused(h.DecideFault(deputy, x, 3, false, ""), ErrReason)
		h.ok(h.DecideFault(deputy, x, 3, false, "Chứng cứ đã có trong hồ sơ"))
		if v := value(); v.Now.Num != 1 {
			t.Error("a refused change counts:", v.Now)
		}
		h.ok(h.ProposeFault(chief, x, 4, Opinion{Verdict: AtFault, Party: ByPolice, Why: "Lỗi của cơ quan điều tra"}))
		h.ok(h.DecideFault(deputy, x, 5, true, ""))
		if v := value(); v.Now.Num != 0 {
			t.Error("the fault of the police counts:", v.Now)
		}
		a, err := h.Assessment(chief, x)
		h.ok(err)
		if len(a.Steps) != 6 || a.Verdict != AtFault || a.Party != ByPolice || a.Steps[0].Folios != "45, 47-49" {
			t.Errorf("%+v", a)
		}
		left, err := h.Faults(chief, "", p, FaultFilter{Limit: 100, Figure: "prosecution.returned", Verdict: Unassessed})
		h.ok(err)
		if len(left.Items) != len(list.Items)-1 {
			t.Errorf("%d are left of %d", len(left.Items), len(list.Items))
		}
		// Page by page it is the same list.
		n, f := 0, FaultFilter{Limit: 2, Sort: "number"}
		all, err := h.Faults(chief, "", p, FaultFilter{Limit: 100})
		h.ok(err)
		for {
			pg, err := h.Faults(chief, "", p, f)
			h.ok(err)
			n += len(pg.Items)
			if f.After = pg.Next; f.After == "" {
				break
			}
		}
		if all.Next == "" && n != len(all.Items) {
			t.Errorf("%d page by page, %d at once", n, len(all.Items))
		}
	})
}

// What was closed stays; what the ledgers say later stands beside it, with a reason.
func TestClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d, day)
		h.fill(60)
		chief := h.as("vientruong")
		p := period.Of(period.Half, "2026-03-01")
		h.refused(h.CloseResults(chief, "", period.Of(period.Year, h.today())), ErrNotOver)
		if err := h.CloseResults(h.as("ksv"), "", p); fault.From(err).Kind != fault.Forbidden && fault.From(err).Kind != fault.NotFound {
			t.Error("a prosecutor closes:", err)
		}
		h.ok(h.CloseResults(chief, "", p))
		h.refused(h.CloseResults(chief, "", p), ErrClosed)
		const watched = "investigation.10"
		before, err := h.Detail(chief, "", p, watched)
		h.ok(err)
		if before.Kept == nil || before.Moved() || before.Kept.Value != before.Now.Value {
			t.Fatalf("%+v", before.Kept)
		}
		h.refused(h.ReviseResult(chief, "", p, watched, "nhìn lại"), ErrSame)
		// An act of the closed period is taken out.
		l, err := h.stats.Lines(chief, stats.Drill{Period: p, Figure: "investigation.new"})
		h.ok(err)
		if len(l.Items) == 0 {
			t.Fatal("no case was opened in the period")
		}
		h.clock = h.clock.Add(time.Hour)
		done := false
		for _, x := range l.Items {
			if _, _, err := h.cases.Void(h.as("ksv"), x.Case, x.Act, "nhập nhầm vụ"); err == nil {
				done = true
				break
			}
		}
		if !done {
			// A case that went on cannot lose its beginning: move the opening instead.
			for _, x := range l.Items {
				c, _, err := h.cases.Acts(h.as("ksv"), x.Case, "")
				h.ok(err)
				for _, a := range ledger.Standing(&c) {
					if a.ID != x.Act {
						continue
					}
					moved := a
					moved.ID, moved.At = "", "2025-12-20"
					if _, _, err := h.cases.Correct(h.as("ksv"), x.Case, a.ID, moved, "sai ngày"); err == nil {
						done = true
					}
				}
				if done {
					break
				}
			}
		}
		if !done {
			t.Fatal("no act could be changed")
		}
		h.ok(h.stats.Catch(t.Context(), 100))
		after, err := h.Detail(chief, "", p, watched)
		h.ok(err)
		if !after.Moved() || after.Kept.Value != before.Kept.Value {
			t.Fatalf("now %+v, kept %+v", after.Now, after.Kept)
		}
		h.refused(h.ReviseResult(chief, "", p, watched, " "), ErrReason)
		h.ok(h.ReviseResult(chief, "", p, watched, "một vụ nhập nhầm"))
		last, err := h.Detail(chief, "", p, watched)
		h.ok(err)
		if len(last.History) != 2 || last.Moved() || last.History[0].Value != before.Now.Value || last.History[1].Reason != "một vụ nhập nhầm" {
			t.Errorf("%+v", last.History)
		}
		// Who explains what.
		h.refused(h.Explain(h.as("vientruongtinh"), last.Office, p, watched, "x"), ErrOffice)
		h.ok(h.Explain(chief, "", p, watched, "Một vụ nhập nhầm đã gỡ."))
		last, err = h.Detail(chief, "", p, watched)
		h.ok(err)
		if len(last.Notes) != 1 {
			t.Error(last.Notes)
		}
		// The change shows among the patterns.
		signs, err := h.Signs(chief, "", p)
		h.ok(err)
		seen := false
		for _, s := range signs {
			seen = seen || s.Kind == Moved && len(s.Changes) > 0
		}
		if l, err := h.store.moved(chief, "/%", p.From, p.To, 0, nil, 10); err != nil || len(l) > 0 && !seen {
			t.Error("a moved act is not shown:", err, l)
		}
	})
}

// Offices are not ranked until the chief of the supreme office says so, and he may end it.
func TestRanking(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d, day)
		h.refused(h.SetRanking(h.as("vientruong"), true, "thử"), ErrSupreme)
		h.refused(h.SetRanking(h.as("vientruongtinh"), true, "thử"), ErrSupreme)
		a := auth.From(h.as("vientruongtinh"))
		a.Office, a.Path = "tc", []auth.Office{"tc"}
		supreme := auth.With(t.Context(), a)
		h.refused(h.SetRanking(supreme, true, ""), ErrReason)
		h.ok(h.SetRanking(supreme, true, "thử trong một quý"))
		if on, err := h.store.on(supreme, rankingSwitch); err != nil || !on {
			t.Error(on, err)
		}
		h.ok(h.SetRanking(supreme, false, "hết thời gian thử"))
		list, err := h.Ranking(supreme)
		h.ok(err)
		if len(list) != 2 || list[0].On || !list[1].On {
			t.Error(list)
		}
		es, err := h.Journal.Of(supreme, seal.Filter{Object: "quality/ranking"})
		h.ok(err)
		if len(es.Items) != 2 {
			t.Error("the journal has", len(es.Items))
		}
	})
}

// An act that moves over the end of a period shows, and one that was taken out and
// entered again; one that was entered again long after does not.
func TestSigns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d, day)
		ids := h.fill(40)
		ctx, chief := h.as("ksv"), h.as("vientruong")
		month := period.Of(period.Month, h.today())
		request := func(at ledger.Moment) (criminal.ID, ledger.Act) {
			t.Helper()
			for n, id := range ids {
				if _, _, err := h.cases.Record(ctx, id, ledger.Act{Kind: "investigation.request", At: at}); err == nil {
					ids = ids[n+1:]
					c, _, err := h.cases.Acts(ctx, id, "")
					h.ok(err)
					for _, x := range ledger.Standing(&c) {
						if x.Kind == "investigation.request" && x.At == at {
							return id, x
						}
					}
				}
			}
			t.Fatal("no case takes a request")
			return "", ledger.Act{}
		}
		found := func(kind string) (out []Change) {
			t.Helper()
			signs, err := h.Signs(chief, "", month)
			h.ok(err)
			for _, s := range signs {
				if s.Kind == kind {
					out = append(out, s.Changes...)
				}
			}
			return out
		}
		if len(found(Moved))+len(found(Again)) > 0 {
			t.Fatal("signs before anything was done")
		}
		id, a := request("2026-11-20")
		b := a
		b.ID, b.At = "", "2026-11-19"
		_, _, err := h.cases.Correct(ctx, id, a.ID, b, "sai ngày")
		h.ok(err)
		if len(found(Moved)) > 0 {
			t.Error("a day moved inside the period is shown")
		}
		id, a = request("2026-11-20")
		b = a
		b.ID, b.At = "", "2026-10-30"
		_, _, err = h.cases.Correct(ctx, id, a.ID, b, "sai tháng")
		h.ok(err)
		if cs := found(Moved); len(cs) != 1 || cs[0].Case != id || cs[0].Was != "2026-11-20" || cs[0].At != "2026-10-30" || cs[0].Why != "sai tháng" {
			t.Errorf("%+v", cs)
		}
		id, a = request("2026-11-21")
		late, x := request("2026-11-22")
		for c, act := range map[criminal.ID]ledger.ActID{id: a.ID, late: x.ID} {
			_, _, err = h.cases.Void(ctx, c, act, "nhập nhầm")
			h.ok(err)
		}
		if len(found(Again)) > 0 {
			t.Error("taken out alone is shown")
		}
		h.clock = h.clock.AddDate(0, 0, 3)
		_, _, err = h.cases.Record(ctx, id, ledger.Act{Kind: "investigation.request", At: "2026-12-01"})
		h.ok(err)
		h.clock = h.clock.AddDate(0, 0, 70)
		_, _, err = h.cases.Record(ctx, late, ledger.Act{Kind: "investigation.request", At: "2027-02-01"})
		h.ok(err)
		if cs := found(Again); len(cs) != 1 || cs[0].Case != id || cs[0].At != "2026-12-01" {
			t.Errorf("%+v", cs)
		}
	})
}

// An installation may have a set of its own, for the province it names.
func TestOwnSet(t *testing.T) {
	count, err := stats.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	const own = `[set]
id = "lao-cai"
version = 1
name = "Chỉ tiêu của tỉnh"
office = "lao-cai"
from = "2026-07-01"
size = "prosecution.new"
levels = ["region"]
source = "quyết định của tỉnh"
confidence = "S"

[[indicator]]
id = "report.03"
number = 3
name = "Ban hành yêu cầu kiểm tra, xác minh"
group = "report"
unit = "case"
numerator = "%s"
denominator = "report.new + report.in"
targets = [{ cmp = ">=", percent = 90 }]
`
	e, err := Load(fstest.MapFS{"quality/indicators/lao-cai.toml": {Data: fmt.Appendf(nil, own, "report.verify_request.case")}}, count)
	if err != nil {
		t.Fatal(err)
	}
	for chain, want := range map[string]string{"lao-cai": "≥ 90 %", "son-la": "≥ 80 %"} {
		is := e.Sets.For([]string{"tc", chain, chain + "-kv1"}, "2026-11-28")
		if i, err := find(is, "report.03"); err != nil || i.Targets[0].Words() != want || len(is) < 111 {
			t.Errorf("%s: %v %v, want %s among %d", chain, i.Targets, err, want, len(is))
		}
	}
	if _, err := Load(fstest.MapFS{"quality/indicators/lao-cai.toml": {Data: fmt.Appendf(nil, own, "report.none")}}, count); err == nil || !strings.Contains(err.Error(), "report.none") {
		t.Error("a figure that is not there:", err)
	}
}
