package clock

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/law"
)

// Every active rule stands in an expectation somebody worked out.
func TestEveryRuleIsWorked(t *testing.T) {
	e := engine(t)
	worked := map[string]bool{}
	for _, path := range caseFiles {
		want, _ := workedCases(t, path)
		for _, c := range want {
			for _, x := range c.Expected {
				worked[x.Rule] = true
			}
		}
	}
	for _, r := range e.rules {
		if computed(r.Rule) && !worked[r.ID] {
			t.Errorf("no worked case expects %s", r.ID)
		}
	}
}

// Every active rule answers when only its trigger is told, and names itself.
func TestBareTrigger(t *testing.T) {
	e := engine(t)
	for _, r := range e.rules {
		if !computed(r.Rule) {
			continue
		}
		at := moment(max(r.from, dayNumber(2018, 1, 1)*day))
		if r.Kind == law.Modifier && r.num == r.den {
			at = r.from - 10*day
		}
		f := Facts{Events: []Event{{Name: r.Trigger, At: iso(at, false)}}, Potential: true}
		found := slices.ContainsFunc(e.Evaluate(&f), func(x Result) bool {
			return x.Rule == r.ID && (x.Nominal != "" || r.role&measure != 0 && x.Refused != "") && len(x.Steps) > 0 && x.Law != ""
		})
		if !found {
			t.Errorf("%s does not answer to %s on %s", r.ID, r.Trigger, iso(at, false))
		}
	}
}

// What must not be computed is not: unverified, switched off, confidence D.
func TestNeverComputed(t *testing.T) {
	rules := []law.Rule{
		{ID: "X-1", Kind: law.MaxPeriod, Trigger: "x", Length: &law.Length{Value: 3, Unit: "day", Mode: law.Days}, From: "2018-01-01", Status: law.Unverified, Confidence: "B"},
		{ID: "X-2", Kind: law.MaxPeriod, Trigger: "x", Length: &law.Length{Value: 3, Unit: "day", Mode: law.Days}, From: "2018-01-01", Status: law.Off, Confidence: "A"},
		{ID: "X-3", Kind: law.MaxPeriod, Trigger: "x", Length: &law.Length{Value: 3, Unit: "day", Mode: law.Days}, From: "2018-01-01", Status: law.Active, Confidence: "D"},
		{ID: "X-4", Kind: law.MaxPeriod, Trigger: "x", Length: &law.Length{Value: 3, Unit: "day", Mode: law.Days}, From: "2018-01-01", Status: law.Active, Confidence: "C"},
	}
	e := compile(input{rules: rules})
	got := e.Evaluate(&Facts{Events: []Event{{Name: "x", At: "2026-03-10"}}, Potential: true})
	if len(got) != 1 || got[0].Rule != "X-4" || !strings.Contains(strings.Join(got[0].Steps, " "), "độ tin cậy C") {
		t.Errorf("computed %+v; want only X-4, marked", got)
	}
}

// program evaluates as the program does: facts are known.
func program(t *testing.T, f Facts) []Result {
	t.Helper()
	e := engine(t)
	if err := e.Check(&f); err != nil {
		t.Fatal(err)
	}
	return e.Evaluate(&f)
}

func pick(rs []Result, rule string) (out []Result) {
	for _, r := range rs {
		if r.Rule == rule {
			out = append(out, r)
		}
	}
	return out
}

// one is the only result of a rule.
func one(t *testing.T, rs []Result, rule string) Result {
	t.Helper()
	p := pick(rs, rule)
	if len(p) != 1 {
		t.Fatalf("%d results of %s, want 1\n%s", len(p), rule, about(rs, ""))
	}
	return p[0]
}

// Detention of a juvenile from 2026 is not computed: a manual end is needed, and used.
func TestJuvenileDetentionRefused(t *testing.T) {
	f := Facts{
		Events:   []Event{{Name: "detention_start", At: "2026-03-10", Subject: "A", Source: "act-1"}},
		Class:    map[string]law.Class{"A": law.NT},
		Juvenile: map[string]Tri{"A": Yes},
	}
	rs := program(t, f)
	if r := one(t, rs, "JUV-03"); r.Refused == "" || r.Nominal != "" || r.Of != "DET-01" || r.Source != "act-1" || r.Subject != "A" {
		t.Errorf("%+v", r)
	}
	if len(pick(rs, "DET-01")) > 0 {
		t.Error("DET-01 was computed")
	}
	f.Events[0].Until = "2026-04-20"
	rs = program(t, f)
	if r := one(t, rs, "JUV-03"); r.Refused != "" || r.Nominal != "2026-04-20" || r.Legal != "2026-04-20" {
		t.Errorf("%+v", r)
	}
	if r := pick(rs, "DET-02"); len(r) != 1 || r[0].Nominal != "2026-04-10" {
		t.Errorf("DET-02: %+v", r)
	}
}

// A detention begun in 2026 within an investigation that was running when the law
// changed keeps the old fraction.
func TestJuvenileTransition(t *testing.T) {
	rs := program(t, Facts{
		Events:   []Event{{Name: "case_initiated", At: "2025-12-20"}, {Name: "detention_start", At: "2026-01-10", Subject: "A"}},
		Class:    map[string]law.Class{"A": law.INT},
		Juvenile: map[string]Tri{"A": Yes, "": Yes},
	})
	if r := one(t, rs, "JUV-01"); r.Nominal != "2026-02-18" { // 40 days: 22 in January, 18 in February
		t.Errorf("%+v", r)
	}
	if r := one(t, rs, "INV-01"); r.Nominal != "2026-02-20" {
		t.Errorf("%+v", r)
	}
}

// In the program only what was granted comes out, and what hangs on an end hangs on
// the end now in force.
func TestGranted(t *testing.T) {
	f := Facts{
		Events: []Event{{Name: "case_initiated", At: "2026-01-15T09:00"}},
		Class:  map[string]law.Class{"": law.RNT},
	}
	rs := program(t, f)
	if r := one(t, rs, "INV-01"); r.Nominal != "2026-05-15" || !r.Granted {
		t.Errorf("%+v", r)
	}
	if r := one(t, rs, "INV-02"); r.Nominal != "2026-05-05" {
		t.Errorf("%+v", r)
	}
	f.Events = append(f.Events, Event{Name: "extension_granted", At: "2026-05-11", Value: "INV-01", Source: "act-9"})
	rs = program(t, f)
	inv := pick(rs, "INV-01")
	if len(inv) != 2 || inv[1].Nominal != "2026-09-15" || inv[1].DecidedBy != "VKSND khu vực / VKSQS khu vực" || inv[1].Level != "region" {
		t.Errorf("%+v", inv)
	}
	if r := one(t, rs, "INV-02"); r.Nominal != "2026-09-05" || r.Seq != 1 {
		t.Errorf("%+v", r)
	}
	f.Events = append(f.Events, Event{Name: "extension_granted", At: "2026-09-10", Value: "INV-01/2", Until: "2026-12-01"})
	rs = program(t, f)
	inv = pick(rs, "INV-01")
	if len(inv) != 3 || inv[2].Nominal != "2026-12-01" || inv[2].Level != "province" {
		t.Errorf("%+v", inv)
	}
	if len(pick(rs, "INV-02")) != 0 {
		t.Error("an extension is to be asked for that the law does not know")
	}
}

// Who decides follows the day of the decision, not the day of the case.
func TestDecidedByDate(t *testing.T) {
	for at, want := range map[string]string{"2025-06-30": "VKSND cấp huyện / VKSQS khu vực", "2025-07-01": "VKSND khu vực / VKSQS khu vực"} {
		rs := program(t, Facts{
			Events: []Event{{Name: "case_initiated", At: "2025-05-05"}, {Name: "extension_granted", At: at, Value: "INV-01/1"}},
			Class:  map[string]law.Class{"": law.INT},
		})
		if p := pick(rs, "INV-01"); len(p) != 2 || p[1].DecidedBy != want {
			t.Errorf("%s: %+v", at, p)
		}
	}
}

// The date in the order prevails for detention; that it differs is said, and by how much.
func TestOrderPrevails(t *testing.T) {
	for until, want := range map[string]string{
		"2026-06-06": "sớm hơn cách tính 1 ngày",
		"2026-06-07": "đúng với cách tính",
		"2026-06-10": "CẢNH BÁO: lệnh, quyết định ghi hết hạn 10/06/2026, muộn hơn cách tính 3 ngày (tính ra 07/06/2026)",
	} {
		rs := program(t, Facts{
			Events: []Event{{Name: "detention_start", At: "2026-03-10", Subject: "A", Until: until}},
			Class:  map[string]law.Class{"A": law.NT},
		})
		if r := one(t, rs, "DET-01"); r.Nominal != until || !strings.Contains(strings.Join(r.Steps, "\n"), want) {
			t.Errorf("until %s: %s %q", until, r.Nominal, r.Steps)
		}
	}
	// Of other periods the law gives the length; a decision may only be shorter.
	rs := program(t, Facts{
		Events: []Event{{Name: "case_initiated", At: "2026-01-15"}, {Name: "extension_granted", At: "2026-04-10", Value: "INV-01/1", Until: "2026-12-31"}},
		Class:  map[string]law.Class{"": law.NT},
	})
	if p := pick(rs, "INV-01"); p[1].Nominal != "2026-07-15" {
		t.Errorf("%+v", p)
	}
}

// Detention never outlasts the investigation in force.
func TestDetentionWithinInvestigation(t *testing.T) {
	f := Facts{
		Events: []Event{{Name: "case_initiated", At: "2026-01-15"}, {Name: "detention_start", At: "2026-02-20", Subject: "A"}},
		Class:  map[string]law.Class{"A": law.INT},
	}
	r := one(t, program(t, f), "DET-01") // 60 days would be 20/4; the investigation ends on 15/3
	if r.Nominal != "2026-03-15" || !strings.Contains(strings.Join(r.Steps, "\n"), "INV-01") {
		t.Errorf("%+v", r)
	}
	f.Events = append(f.Events, Event{Name: "extension_granted", At: "2026-03-05", Value: "INV-01/1"})
	if r := one(t, program(t, f), "DET-01"); r.Nominal != "2026-04-20" {
		t.Errorf("%+v", r)
	}
	f.Events[1].Until = "2026-06-01"
	if r := one(t, program(t, f), "DET-01"); r.Nominal != "2026-06-01" || !strings.Contains(strings.Join(r.Steps, "\n"), "CẢNH BÁO: ngày đó vượt quá") {
		t.Errorf("%+v", r)
	}
}

// Custody is deducted day for day, also if it was begun only.
func TestCustodyDeducted(t *testing.T) {
	base := []Event{{Name: "custody_start", At: "2026-03-02T10:00", Subject: "A"}}
	for _, c := range []struct {
		more []Event
		want string // of 60 days less custody
	}{
		{[]Event{{Name: "detention_start", At: "2026-03-05", Subject: "A"}}, "2026-04-30"}, // 3 days: 57
		{[]Event{{Name: "detention_start", At: "2026-03-04", Subject: "A"}}, "2026-04-30"}, // 2 days: 58
		{[]Event{{Name: "detention_start", At: "2026-03-05", Subject: "B"}}, "2026-05-03"}, // another's custody
		{[]Event{{Name: "extension_granted", At: "2026-03-05", Value: "HLD-05", Subject: "A"}, {Name: "detention_start", At: "2026-03-08", Subject: "A"}}, "2026-04-30"},
		{[]Event{{Name: "released", At: "2026-03-03T09:00", Subject: "A"}, {Name: "detention_start", At: "2026-04-01", Subject: "A"}}, "2026-05-29"}, // 1 day: 59
	} {
		rs := program(t, Facts{Events: append(slices.Clone(base), c.more...), Class: map[string]law.Class{"": law.INT}})
		if r := one(t, rs, "DET-01"); r.Nominal != c.want {
			t.Errorf("%+v: %s, want %s %q", c.more, r.Nominal, c.want, r.Steps)
		}
	}
}

// An order of detention after the investigation is counted as one of its stage, and
// takes the place of the last; it is never left without a clock.
func TestDetentionInStage(t *testing.T) {
	f := Facts{
		Events: []Event{
			{Name: "case_initiated", At: "2026-01-15"}, {Name: "detention_start", At: "2026-01-20", Subject: "A"},
			{Name: "file_received_by_vks", At: "2026-04-10"},
			{Name: "detention_start", At: "2026-04-15", Subject: "A", Until: "2026-04-30"},
		},
		Class: map[string]law.Class{"": law.NT},
	}
	rs := program(t, f)
	if p := pick(rs, "DET-01"); len(p) != 1 || p[0].Stopped != "2026-04-15" {
		t.Errorf("DET-01: %s", about(p, ""))
	}
	if p := pick(rs, "PRO-05"); p[len(p)-1].Nominal != "2026-04-30" || p[len(p)-1].Stopped != "" {
		t.Errorf("PRO-05: %s", about(p, ""))
	}
	if p := pick(rs, "PRO-04"); len(p) == 0 || p[len(p)-1].Nominal != "2026-04-23" {
		t.Errorf("PRO-04: %s", about(p, ""))
	}
	f.Events = append(f.Events, Event{Name: "case_accepted_by_court", At: "2026-04-28"}, Event{Name: "court_detention_start", At: "2026-04-28", Subject: "A", Until: "2026-06-11"})
	rs = program(t, f)
	if r := one(t, rs, "TRI-05"); r.Nominal != "2026-06-11" || r.Stopped != "" { // 45 days: 3 + 31 + 11
		t.Errorf("%+v", r)
	}
	for _, r := range pick(rs, "PRO-05") {
		if r.Stopped == "" {
			t.Errorf("the order of the procuracy runs on: %+v", r)
		}
	}
}

// A clock that was stopped says when, and nothing hangs on its end any more.
func TestStopped(t *testing.T) {
	for _, stop := range []Event{
		{Name: "investigation_suspended", At: "2026-03-02"},
		{Name: "investigation_concluded", At: "2026-03-02"},
		{Name: "suspended", At: "2026-03-02"},
		{Name: "done", At: "2026-03-02", Value: "INV-01"},
	} {
		rs := program(t, Facts{Events: []Event{{Name: "case_initiated", At: "2026-01-15"}, stop}, Class: map[string]law.Class{"": law.NT}})
		if r := one(t, rs, "INV-01"); r.Stopped != "2026-03-02" || r.Nominal != "2026-04-15" {
			t.Errorf("%s: %+v", stop.Name, r)
		}
		if len(pick(rs, "INV-02")) > 0 {
			t.Errorf("%s: an extension is still asked for", stop.Name)
		}
	}
	// What concerns one accused does not stop the clock of the case.
	rs := program(t, Facts{Events: []Event{{Name: "case_initiated", At: "2026-01-15"}, {Name: "investigation_suspended", At: "2026-03-02", Subject: "A"}}, Class: map[string]law.Class{"": law.NT}})
	if r := one(t, rs, "INV-01"); r.Stopped != "" {
		t.Errorf("%+v", r)
	}
}

// What is not ordinary comes out only if it is known.
func TestKnownOnly(t *testing.T) {
	rs := program(t, Facts{
		Events: []Event{{Name: "case_initiated", At: "2026-03-02"}, {Name: "complaint_received", At: "2026-03-02", Value: "subject:custody"}, {Name: "measure_applied", At: "2026-03-05", Value: "bail_guarantee", Subject: "A"}},
		Class:  map[string]law.Class{"": law.INT},
	})
	var got []string
	for _, r := range rs {
		got = append(got, r.Rule)
		if r.Condition != "" {
			t.Errorf("%s has the condition %q", r.Rule, r.Condition)
		}
	}
	want := []string{"INI-02", "INV-01", "CPL-02", "MEA-02", "INV-02", "INV-18", "HLD-11"}
	if slices.Sort(got); !reflect.DeepEqual(got, sorted(want)) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func sorted(s []string) []string { slices.Sort(s); return s }

// What-if: "if I extend today".
func TestWhatIf(t *testing.T) {
	e := engine(t)
	f := Facts{Events: []Event{{Name: "case_initiated", At: "2026-01-15"}}, Class: map[string]law.Class{"": law.INT}}
	before, after := e.WhatIf(&f, Event{Name: "extension_granted", At: "2026-03-05", Value: "INV-01/1"})
	if len(pick(before, "INV-01")) != 1 || len(pick(after, "INV-01")) != 2 || pick(after, "INV-01")[1].Nominal != "2026-05-15" || len(f.Events) != 1 {
		t.Errorf("before %s\nafter %s", about(before, "INV-01"), about(after, "INV-01"))
	}
}

func TestExplained(t *testing.T) {
	e := engine(t)
	rs := e.Evaluate(&Facts{Events: []Event{{Name: "case_initiated", At: "2025-10-31"}}, Class: map[string]law.Class{"": law.RNT}})
	r := one(t, rs, "INV-01")
	want := []string{
		"Mốc tính: khởi tố vụ án (ngày ra quyết định khởi tố vụ án đầu tiên) — 31/10/2025",
		"Loại tội: rất nghiêm trọng (RNT)",
		"Thời hạn 4 tháng: cùng số ngày của tháng thứ 4; tháng 2/2026 không có ngày 31 nên là 28/02/2026 (A-3)",
		"28/02/2026 là thứ Bảy → ngày làm việc tiếp theo 02/03/2026 (A-4)",
	}
	if !reflect.DeepEqual(r.Steps, want) || !reflect.DeepEqual(r.Assumptions, []string{"A-10", "A-3", "A-4"}) || !slices.Contains(r.Uncertain, "U-1") {
		t.Errorf("%q %v %v", r.Steps, r.Assumptions, r.Uncertain)
	}
	if got, want := Sentence(r), "Thời hạn điều tra vụ án (BLTTHS 101/2015/QH13 Điều 172 khoản 1,2,3,5,6): tính từ ngày 31/10/2025, hết ngày 28/02/2026; vì là ngày nghỉ, ngày cuối theo luật là ngày 02/03/2026."; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	rs = e.Evaluate(&Facts{Events: []Event{{Name: "judgment_pronounced", At: "2027-01-22"}}})
	if r := one(t, rs, "APP-01"); !slices.Contains(r.Uncertain, "U-6") {
		t.Errorf("the days off of Tết 2027 are not said to be undecided: %+v", r)
	}
}

func TestCheck(t *testing.T) {
	err := engine(t).Check(&Facts{Events: []Event{{Name: "case_initated", At: "2026-01-15"}, {Name: "case_initiated", At: "2026-02-30"}, {Name: "case_initiated"}}})
	for _, want := range []string{`có phải "case_initiated"?`, "sự kiện 2 (case_initiated)", "sự kiện 3"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

// walker counts day by day, as with a finger on a calendar.
type walker struct{ off, work map[string]bool }

func (w walker) works(d time.Time) bool {
	s := d.Format(time.DateOnly)
	return w.work[s] || !w.off[s] && d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
}

func (w walker) end(l law.Length, start time.Time, roll bool) (nominal, legal time.Time) {
	d := start
	switch l.Mode {
	case law.Hours:
		for range l.Value {
			d = d.Add(time.Hour)
		}
		return d, d
	case law.Custody:
		for range 24 * l.Value {
			d = d.Add(time.Hour)
		}
		return d, d
	}
	d = time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, time.UTC)
	switch l.Mode {
	case law.Days:
		for range l.Value {
			d = d.AddDate(0, 0, 1)
		}
	case law.WorkingDays:
		for n := 0; n < l.Value; {
			if d = d.AddDate(0, 0, 1); w.works(d) {
				n++
			}
		}
	case law.Months, law.Years:
		n := l.Value
		if l.Mode == law.Years {
			n *= 12
		}
		first := d.Day()
		for range n { // from month to month, then to the day that is there
			d = time.Date(d.Year(), d.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		}
		for d.Day() < first && d.AddDate(0, 0, 1).Day() != 1 {
			d = d.AddDate(0, 0, 1)
		}
	case law.Detention:
		n := l.Value
		if l.Unit == "month" {
			n *= 30
		}
		for range n - 1 { // the first day is the first
			d = d.AddDate(0, 0, 1)
		}
	case law.BeforeDays:
		for range l.Value {
			d = d.AddDate(0, 0, -1)
		}
	default:
		panic(l.Mode)
	}
	legal = d
	for roll && !w.works(legal) {
		legal = legal.AddDate(0, 0, 1)
	}
	return d, legal
}

func walk(t *testing.T) walker {
	p, err := law.Load(law.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	w := walker{map[string]bool{}, map[string]bool{}}
	for _, d := range p.Calendar().Off {
		w.off[string(d.Date)] = true
	}
	for _, d := range p.Calendar().Work {
		w.work[string(d.Date)] = true
	}
	return w
}

// No day is invented: for every rule and many days the engine says what the walker says.
func TestWalker(t *testing.T) {
	e, w := engine(t), walk(t)
	rnd := rand.New(rand.NewPCG(3, 1))
	n := 0
	for _, r := range e.rules {
		if !computed(r.Rule) || r.Kind == law.Modifier || r.length[law.INT].Mode == law.BoundByParent || notice[r.ID].first > 0 {
			continue
		}
		for range 150 {
			at := time.Date(2018, 12, 10, 0, rnd.IntN(12*365*24*60), 0, 0, time.UTC)
			if rnd.IntN(4) == 0 {
				at = time.Date(2018, 12, 10, 0, rnd.IntN(180*365*24*60), 0, 0, time.UTC)
			}
			if a := at.Unix() / 60; int(a) < r.from || int(a) >= r.to || e.cal.undecided(int(a)) != nil {
				continue
			}
			k := law.Class(1 + rnd.IntN(4))
			if !r.classes.has(k) {
				continue
			}
			l := r.length[k]
			if l.Mode == law.BeforeHours || l.Mode == law.BeforeMonths {
				continue
			}
			f := Facts{Potential: true, Class: map[string]law.Class{"": k}, Events: []Event{{Name: r.Trigger, At: at.Format("2006-01-02T15:04")}, {Name: "detained", Value: "true"}}}
			nominal, legal := w.end(l, at, r.Roll)
			if e.cal.undecided(int(nominal.Unix()/60)) != nil {
				continue
			}
			format := time.DateOnly
			if l.Mode == law.Hours || l.Mode == law.Custody {
				format = "2006-01-02T15:04"
			}
			want := expected{Rule: r.ID, Nominal: nominal.Format(format), Legal: legal.Format(format)}
			if rs := e.Evaluate(&f); !answers(rs, want) {
				t.Fatalf("%s of %s from %s: the walker says %s, %s\n%s", r.ID, className[k], f.Events[0].At, want.Nominal, want.Legal, about(rs, r.ID))
			}
			n++
		}
	}
	if n < 15000 {
		t.Errorf("only %d dates compared", n)
	}
}

// Longer is never earlier, later begun never ends earlier, and a legal end is a working
// day or the nominal one.
func TestMonotone(t *testing.T) {
	e := engine(t)
	rnd := rand.New(rand.NewPCG(5, 2))
	c := &rule{}
	for range 20000 {
		start := moment(dayNumber(1900, 1, 1)*day + rnd.IntN(300*365*day))
		for _, m := range []law.Mode{law.Hours, law.Custody, law.Days, law.Months, law.Years, law.WorkingDays, law.Detention} {
			n := 1 + rnd.IntN(20)
			a, _ := spanOf(e, m, n, start)
			b, _ := spanOf(e, m, n+1, start)
			later, _ := spanOf(e, m, n, start+day)
			if b <= a || later < a {
				t.Fatalf("%d %s from %s: %s; one longer %s; a day later %s", n, m, iso(start, true), iso(a, true), iso(b, true), iso(later, true))
			}
			if e.cal.roll(b) < e.cal.roll(a) {
				t.Fatalf("%d %s from %s rolls behind the longer", n, m, iso(start, true))
			}
			if r := e.cal.roll(a); r < midnight(a) || r != midnight(a) && !e.cal.works(r) {
				t.Fatalf("%s rolls to %s", iso(a, false), iso(r, false))
			}
			if m == law.Days || m == law.Detention || m == law.Months {
				h, _ := (&run{e: e}).span(c, law.Length{Value: n, Mode: m, Unit: "month"}, start, 1, 2, 0)
				if full, _ := (&run{e: e}).span(c, law.Length{Value: n, Mode: m, Unit: "month"}, start, 1, 1, 0); h > full {
					t.Fatalf("half of %d %s is longer than the whole", n, m)
				}
			}
		}
	}
}

func spanOf(e *Engine, m law.Mode, n int, start moment) (moment, bool) {
	return (&run{e: e}).span(&rule{}, law.Length{Value: n, Mode: m, Unit: "day"}, start, 1, 1, 0)
}

// Extensions follow each other, each from the nominal end of the one before.
func TestExtensionOrder(t *testing.T) {
	e := engine(t)
	rnd := rand.New(rand.NewPCG(7, 3))
	for _, r := range e.rules {
		if len(r.exts) == 0 || !computed(r.Rule) || r.exts[0].bound != none {
			continue
		}
		for range 40 {
			at := moment(dayNumber(2018, 12, 10)*day + rnd.IntN(9*365*day))
			if at >= r.to {
				continue
			}
			f := Facts{Potential: true, Events: []Event{{Name: r.Trigger, At: iso(at, true)}}, Class: map[string]law.Class{"": law.Class(1 + rnd.IntN(4))}}
			var prev *Link
			links := e.Eval(&f, nil)
			for i := range links {
				l := &links[i]
				if e.rules[l.Rule].group != r.group || e.rules[l.Rule].Length != r.Length || l.Kind != Period || l.Mod != none || l.Cut {
					continue
				}
				if prev != nil {
					x := &r.exts[slices.IndexFunc(r.exts, func(x extension) bool { return x.Seq == int(l.Seq) && x.classes.has(l.Class) })]
					switch want := prev.Nominal; {
					case l.Seq == specialSeq: // from the end of the ordinary ones
					case x.FromTrigger && midnight(l.Start) != midnight(at), !x.FromTrigger && l.Next && l.Start != midnight(want)+day, !x.FromTrigger && !l.Next && l.Start != want:
						t.Fatalf("%s/%d starts %s after %s", r.ID, l.Seq, iso(l.Start, true), iso(want, true))
					case l.Nominal <= prev.Nominal || l.Seq <= prev.Seq:
						t.Fatalf("%s/%d ends %s, not after %s", r.ID, l.Seq, iso(l.Nominal, true), iso(prev.Nominal, true))
					}
				} else if l.Seq != 0 {
					t.Fatalf("%s begins with extension %d", r.ID, l.Seq)
				}
				prev = l
			}
		}
	}
}

// invented makes facts by chance: many events, some of them nonsense together.
func invented(e *Engine, rnd *rand.Rand, n int) Facts {
	names := make([]string, 0, len(e.syms))
	for s := range e.syms {
		names = append(names, s)
	}
	slices.Sort(names)
	f := Facts{Class: map[string]law.Class{}, Juvenile: map[string]Tri{}, Potential: rnd.IntN(2) == 0, Simplified: Tri(rnd.IntN(3)), Superior: Tri(rnd.IntN(3))}
	subjects := []string{"", "A", "B"}
	for _, s := range subjects {
		if rnd.IntN(3) > 0 {
			f.Class[s] = law.Class(rnd.IntN(5))
		}
		f.Juvenile[s] = Tri(rnd.IntN(3))
	}
	values := []string{"", "true", "false", "3", "RNT", "INT", "INV-01", "INV-01/2", "DET-01/1", "HLD-05", "subject:custody", "bail_money"}
	for i := range n {
		at := moment(dayNumber(2017, 6, 1)*day + rnd.IntN(12*365*day))
		at = at/64*64 + i // no two at one moment
		ev := Event{Name: names[rnd.IntN(len(names))], At: iso(at, true), Subject: subjects[rnd.IntN(3)], Value: values[rnd.IntN(len(values))]}
		if rnd.IntN(5) == 0 {
			ev.Until = iso(at+rnd.IntN(200*day), rnd.IntN(2) == 0)
		}
		f.Events = append(f.Events, ev)
	}
	return f
}

// text writes results for comparison, without regard to their order.
func text(rs []Result) []string {
	out := make([]string, len(rs))
	for i, r := range rs {
		b, _ := json.Marshal(r)
		out[i] = string(b)
	}
	slices.Sort(out)
	return out
}

// All at once or one event after the other, in whatever order they are entered: the
// same answer. And what was computed before for others leaves no trace.
func TestBatchAndIncremental(t *testing.T) {
	e := engine(t)
	rnd := rand.New(rand.NewPCG(11, 4))
	for range 300 {
		all := invented(e, rnd, 1+rnd.IntN(25))
		batch := e.Evaluate(&all)
		grown := all
		grown.Events = nil
		var last []Result
		for _, ev := range all.Events {
			grown.Events = append(grown.Events, ev)
			last = e.Evaluate(&grown)
		}
		if !reflect.DeepEqual(batch, last) {
			t.Fatalf("batch and incremental differ for %+v", all.Events)
		}
		// Undated facts count in the order of entry; all others by their date.
		mixed := all
		mixed.Events = slices.Clone(all.Events)
		rnd.Shuffle(len(mixed.Events), func(i, j int) { mixed.Events[i], mixed.Events[j] = mixed.Events[j], mixed.Events[i] })
		if a, b := text(batch), text(e.Evaluate(&mixed)); !slices.Equal(a, b) {
			t.Fatalf("the order of entry matters for %+v\n%s", all.Events, difference(a, b))
		}
	}
}

func difference(a, b []string) string {
	var out strings.Builder
	for _, s := range a {
		if !slices.Contains(b, s) {
			fmt.Fprintln(&out, "-", s)
		}
	}
	for _, s := range b {
		if !slices.Contains(a, s) {
			fmt.Fprintln(&out, "+", s)
		}
	}
	return out.String()
}

// The zone of the machine does not matter.
func TestZone(t *testing.T) {
	e := engine(t)
	rnd := rand.New(rand.NewPCG(13, 5))
	f := invented(e, rnd, 40)
	want := e.Evaluate(&f)
	defer func(l *time.Location) { time.Local = l }(time.Local)
	for _, zone := range []string{"America/New_York", "Pacific/Kiritimati", "Europe/Berlin"} {
		z, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("TZ", zone)
		time.Local = z
		if got := e.Evaluate(&f); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: another answer", zone)
		}
	}
}

// The calendar is that of package time.
func TestCalendar(t *testing.T) {
	for d := time.Date(1899, 12, 1, 0, 0, 0, 0, time.UTC); d.Year() < 2252; d = d.AddDate(0, 0, 1) {
		n := int(d.Unix() / 86400)
		if d.Unix() < 0 {
			n = int((d.Unix() - 86399) / 86400)
		}
		y, m, dd := civilOf(n)
		if dayNumber(d.Year(), int(d.Month()), d.Day()) != n || y != d.Year() || m != int(d.Month()) || dd != d.Day() || weekday(n*day) != (int(d.Weekday())+6)%7 {
			t.Fatalf("%s is day %d: %d-%d-%d", d.Format(time.DateOnly), n, y, m, dd)
		}
	}
}

// One evaluation makes no garbage.
func TestNoGarbage(t *testing.T) {
	e := engine(t)
	f := invented(e, rand.New(rand.NewPCG(17, 6)), 25)
	f.Potential = false
	buf := make([]Link, 0, 4096)
	e.Eval(&f, buf)
	if n := testing.AllocsPerRun(200, func() { e.Eval(&f, buf) }); n > 0.5 {
		t.Errorf("%.1f allocations an evaluation", n)
	}
}

func FuzzEval(f *testing.F) {
	e := engine(f)
	f.Add(uint64(1), uint64(2), 10, "2026-01-15", "case_initiated", "NT")
	f.Add(uint64(3), uint64(4), 40, "2200-12-31T23:59", "detention_start", "9999")
	f.Fuzz(func(t *testing.T, a, b uint64, n int, at, name, value string) {
		facts := invented(e, rand.New(rand.NewPCG(a, b)), n&63)
		facts.Events = append(facts.Events, Event{Name: name, At: at, Value: value, Until: value}, Event{Name: "custody_days", Value: value}, Event{Name: "extension_no", Value: value}, Event{Name: "custody_extensions", Value: value})
		for _, r := range e.Evaluate(&facts) {
			if r.Refused != "" {
				continue
			}
			nominal, _, ok1 := parse(r.Nominal)
			legal, _, ok2 := parse(r.Legal)
			if (!ok1 || !ok2) && r.Nominal < "2201" && r.Nominal > "1900" {
				t.Fatalf("%+v", r)
			}
			if ok1 && ok2 && legal < nominal || len(r.Steps) == 0 || Sentence(r) == "" {
				t.Fatalf("%+v", r)
			}
		}
	})
}

func FuzzReadCases(f *testing.F) {
	e := engine(f)
	f.Add("cases:\n- id: A\n  events:\n  - {event: case_initiated, value: 2026-01-15}\n  - {event: class, value: NT}\n")
	f.Add("cases:\n- events:\n  - {event: class_changed, value: {date: 2018-01-30, to: RNT}}\n  - {event: extension_granted, value: {rule: INV-01, seq: 2}}\n")
	f.Add("cases: [{id: 1, events: [{event: complaint_received_a, value: null}]}]")
	f.Fuzz(func(t *testing.T, in string) {
		cases, err := e.ReadCases(strings.NewReader(in))
		if err != nil {
			return
		}
		for _, c := range cases {
			if c.Err == nil {
				e.Evaluate(&c.Facts)
				if err := e.Check(&c.Facts); err != nil {
					t.Fatalf("what was read cannot be used: %v", err)
				}
			}
		}
	})
}
