package figure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/law"
)

func pack(t *testing.T) *law.Pack {
	t.Helper()
	p, err := law.Load(law.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// theCase reads acts written "day kind people reason/name=value": A is a man of 30, B a
// girl of 16, C a company.
func theCase(text string) *ledger.Case {
	c := &ledger.Case{ID: "v", Parties: []ledger.Party{{ID: "A", Role: "accused", Born: "1996-01-01", Sex: "male"},
		{ID: "B", Role: "accused", Born: "2009-08-01", Sex: "female"}, {ID: "C", Role: "accused", Entity: true}}}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		w := strings.Fields(line)
		a := ledger.Act{ID: ledger.ActID(fmt.Sprint("a", i)), At: ledger.Moment("2026-" + w[0]), Kind: w[1], Office: "home"}
		a.Entered, _ = time.Parse(time.DateOnly, "2026-"+w[0][:5])
		for _, x := range w[2:] {
			name, v, given := strings.Cut(x, "=")
			switch {
			case !given && strings.Trim(x, "ABC,") == "":
				for _, p := range strings.Split(x, ",") {
					a.Parties = append(a.Parties, ledger.PartyID(p))
				}
			case !given:
				article, clause, _ := strings.Cut(x, "/")
				a.Charges = append(a.Charges, ledger.Charge{Article: article, Clause: clause})
			case name == "reason":
				a.Reason = v
			case name == "by":
				a.By = v
			case name == "office":
				a.Office = v
			case name == "flag":
				a.Flags = append(a.Flags, v)
			case name == "from":
				a.Flags = append(a.Flags, copied)
				a.Entered, _ = time.Parse(time.DateOnly, "2026-"+v)
			default:
				if a.Fields == nil {
					a.Fields = map[string]string{}
				}
				a.Fields[name] = v
			}
		}
		c.Acts = append(c.Acts, a)
	}
	return c
}

// tell writes facts short: day office person, and -1 where a stock loses something.
func tell(facts []Fact) string {
	var out []string
	for _, f := range facts {
		s := string(f.Day[5:]) + " " + f.Office + " " + string(f.Person)
		if f.N < 0 {
			s = "-" + s
		}
		out = append(out, strings.TrimSpace(s))
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// set makes a set of figures; what they need not say for a test is filled in.
func set(t *testing.T, figures ...Figure) *Set {
	t.Helper()
	for i := range figures {
		f := &figures[i]
		f.ID, f.Version, f.Name, f.From = cmp.Or(f.ID, "f"), 1, "f", cmp.Or(f.From, "2019-01-01")
	}
	s, err := NewSet(figures)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func yes() *bool { v := true; return &v }
func no() *bool  { v := false; return &v }

const running = `01-02 case.open 173/1
01-03 custody.start A,B
01-04 defendant.charge A,B 173/1
01-05 custody.release B by=procuracy
01-06 detention.start A
01-10 investigation.request flag=entry.late due=2026-02-01
01-20 investigation.request by=other
02-01 investigation.terminate B reason=no_crime
02-10 investigation.suspend reason=expert
02-20 investigation.resume A
03-01 case.transfer reason=not_competent
03-05 case.taken_over office=other
03-10 file.to_vks office=other
03-20 case.indict office=other`

// Each way a figure chooses acts and people, on one case.
func TestChoosing(t *testing.T) {
	p := pack(t)
	open := &State{Stage: []string{"investigation"}, Status: []string{"open"}, Opened: true}
	people := &State{Stage: []string{"investigation"}, Status: []string{"open"}, Person: []string{"open"}, Charged: true}
	for _, c := range []struct {
		what string
		f    Figure
		want string
	}{
		{"each act", Figure{Unit: OfAct, Acts: []string{"investigation.request"}}, "01-10 home; 01-20 home"},
		{"once", Figure{Unit: OfCase, Acts: []string{"investigation.request"}, Once: true}, "01-10 home"},
		{"by", Figure{Unit: OfAct, Acts: []string{"investigation.request"}, By: []string{"other"}}, "01-20 home"},
		{"by, as it is always done", Figure{Unit: OfAct, Acts: []string{"investigation.request"}, By: []string{"procuracy"}}, "01-10 home"},
		{"flags", Figure{Unit: OfAct, Acts: []string{"investigation.request"}, Flags: []string{"entry.late"}}, "01-10 home"},
		{"fields", Figure{Unit: OfAct, Acts: []string{"investigation.request"}, Fields: map[string][]string{"due": {"2026-02-01"}}}, "01-10 home"},
		{"fields that are empty", Figure{Unit: OfAct, Acts: []string{"investigation.request"}, Fields: map[string][]string{"due": {""}}}, "01-20 home"},
		{"reasons", Figure{Unit: OfPerson, Acts: []string{"investigation.terminate"}, Reasons: []string{"no_crime"}}, "02-01 home B"},
		{"other reasons", Figure{Unit: OfPerson, Acts: []string{"investigation.terminate"}, Reasons: []string{"dead"}}, ""},
		{"people an act names", Figure{Unit: OfPerson, Acts: []string{"custody.start"}}, "01-03 home A; 01-03 home B"},
		{"people against whom the case runs", Figure{Unit: OfPerson, Acts: []string{"case.indict"}}, "03-20 other A"},
		{"after, of the same person", Figure{Unit: OfPerson, Acts: []string{"detention.start", "investigation.terminate"}, After: []string{"custody.release"}}, "02-01 home B"},
		{"before, of the same person", Figure{Unit: OfPerson, Acts: []string{"custody.start"}, Before: []string{"detention.start"}}, "01-03 home A"},
		{"without", Figure{Unit: OfPerson, Acts: []string{"custody.start", "investigation.terminate", "detention.start"}, Without: []string{"custody.release"}}, "01-03 home A; 01-03 home B; 01-06 home A"},
		{"during", Figure{Unit: OfAct, Acts: []string{"investigation.request", "case.indict"}, During: &State{Stage: []string{"prosecution"}}}, "03-20 other"},
		{"juvenile", Figure{Unit: OfPerson, Acts: []string{"custody.start"}, Who: &Who{Juvenile: yes()}}, "01-03 home B"},
		{"not juvenile", Figure{Unit: OfPerson, Acts: []string{"custody.start"}, Who: &Who{Juvenile: no()}}, "01-03 home A"},
		{"women", Figure{Unit: OfPerson, Acts: []string{"custody.start"}, Who: &Who{Sex: "female"}}, "01-03 home B"},
		{"companies", Figure{Unit: OfPerson, Acts: []string{"custody.start"}, Who: &Who{Entity: yes()}}, ""},
		{"a stock of cases, between offices", Figure{Unit: OfCase, While: open}, "-02-10 home; -03-01 home; -03-10 other; 01-02 home; 02-20 home; 03-05 other"},
		{"a stock of people", Figure{Unit: OfPerson, While: people}, "-02-01 home B; -02-10 home A; -03-01 home A; -03-10 other A; 01-04 home A; 01-04 home B; 02-20 home A; 03-05 other A"},
		{"one detained changes the office with the case", Figure{Unit: OfPerson, While: &State{Detained: true}}, "-03-05 home A; 01-06 home A; 03-05 other A"},
		{"a case is not terminated for one of two", Figure{Unit: OfCase, Leaves: open, Acts: []string{"investigation.terminate"}}, ""},
		{"enters", Figure{Unit: OfCase, Enters: open, Acts: []string{"investigation.resume", "case.taken_over"}}, "02-20 home; 03-05 other"},
		{"leaves, for the office that had it", Figure{Unit: OfPerson, Leaves: &State{Detained: true}, Acts: []string{"case.taken_over"}}, "03-05 home A"},
		{"leaves for a reason", Figure{Unit: OfCase, Leaves: open, Acts: []string{"investigation.suspend"}, Reasons: []string{"expert"}}, "02-10 home"},
		{"in force from a day", Figure{Unit: OfCase, From: "2026-01-15", Acts: []string{"investigation.request"}}, "01-20 home"},
		{"in force to a day", Figure{Unit: OfCase, To: "2026-01-15", Acts: []string{"investigation.request"}}, "01-10 home"},
	} {
		if got := tell(set(t, c.f).Facts(p, theCase(running), nil, "home")); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.what, got, c.want)
		}
	}
}

// What came from another case is in the stock from the day it came, was done only there,
// and is the first of its kind all the same.
func TestCarried(t *testing.T) {
	p := pack(t)
	people := &State{Stage: []string{"investigation"}, Status: []string{"open"}, Person: []string{"open"}, Charged: true}
	s := set(t, []Figure{
		{ID: "new", Unit: OfPerson, Acts: []string{"defendant.charge"}}, {ID: "open", Unit: OfPerson, While: people}, {ID: "came", Unit: OfPerson, Enters: people, Acts: []string{Carried}},
		{ID: "held", Unit: OfPerson, Acts: []string{"custody.start"}, Once: true},
	}...)
	joined := `02-01 case.open 173/1
02-02 defendant.charge A 173/1
03-10 case.merge decision=take
02-03 case.open 173/1 from=03-12
02-04 custody.start B from=03-12
02-05 defendant.charge B 173/1 from=03-12
03-20 custody.start B`
	split := `02-01 case.open 173/1 from=03-12
02-05 defendant.charge B 173/1 from=03-12`
	late := `03-10 case.split from=03-12
` + split
	for _, c := range []struct{ text, figure, want string }{
		{late, "new", ""}, {late, "open", "03-10 home B"}, {late, "came", "03-10 home B"},
		{joined, "new", "02-02 home A"}, {joined, "open", "02-02 home A; 03-10 home B"}, {joined, "came", "03-10 home B"}, {joined, "held", ""},
		{split, "new", ""}, {split, "open", "03-12 home B"}, {split, "came", "03-12 home B"},
	} {
		facts := slices.DeleteFunc(s.Facts(p, theCase(c.text), nil, "home"), func(f Fact) bool { return f.Figure != c.figure })
		if got := tell(facts); got != c.want {
			t.Errorf("%s: %s, want %s", c.figure, got, c.want)
		}
	}
}

// A judgment gives each their own result; those who left or were terminated have none.
func TestResults(t *testing.T) {
	p := pack(t)
	text := `01-02 case.open 173/1
01-03 defendant.charge A,B,C 173/1
01-04 case.split C
02-01 court.accept
03-01 court.judgment A,B reason=as_charged result.B=acquitted
03-05 appeal.file`
	for _, c := range []struct {
		f    Figure
		want string
	}{
		{Figure{Unit: OfPerson, Acts: []string{"court.judgment"}, Reasons: []string{"acquitted"}}, "03-01 home B"},
		{Figure{Unit: OfPerson, Acts: []string{"court.judgment"}, Reasons: []string{"as_charged"}}, "03-01 home A"},
		{Figure{Unit: OfCase, Acts: []string{"court.judgment"}, Reasons: []string{"acquitted"}}, "03-01 home"},
		{Figure{Unit: OfPerson, Acts: []string{"appeal.file"}}, "03-05 home A; 03-05 home B"},
	} {
		if got := tell(set(t, c.f).Facts(p, theCase(text), nil, "home")); got != c.want {
			t.Errorf("%v: %s, want %s", c.f.Reasons, got, c.want)
		}
	}
}

// Time limits: met, late, settled, overdue; own, held; of rules by how their ids begin.
func TestLimits(t *testing.T) {
	p := pack(t)
	clocks := []Clock{
		{Rule: "INV-01", Act: "a0", Office: "home", Legal: "2026-03-02", Ended: "2026-03-10", Outcome: Late},
		{Rule: "INV-03", Act: "a1", Office: "home", Legal: "2026-03-02", Ended: "2026-03-01", Outcome: Met},
		{Rule: "INV-04", Act: "a2", Office: "home", Legal: "2026-04-02"},
		{Rule: "JUV-02/INV-01", Act: "a0", Office: "home", Legal: "2026-02-02", Ended: "2026-03-10", Outcome: Late},
		{Rule: "PRO-01", Act: "a3", Office: "home", Legal: "2026-03-20", Ended: "2026-03-19", Outcome: Met, Own: true},
		{Rule: "HLD-05", Act: "a4", Person: "A", Office: "home", Legal: "2026-01-06T08:00", Ended: "2026-01-06T20:00", Outcome: Late, Held: true},
		{Rule: "HLD-05", Act: "a5", Person: "B", Office: "home", Legal: "2026-01-06T08:00", Ended: "2026-01-09T07:00", Outcome: Late, Held: true},
	}
	for _, c := range []struct {
		unit Unit
		l    Limit
		want string
	}{
		{OfCase, Limit{Rules: []string{"INV-"}, Outcome: Met}, "03-01 home"},
		{OfCase, Limit{Rules: []string{"INV-"}, Outcome: Late}, "03-10 home"},
		{OfCase, Limit{Rules: []string{"INV-", "JUV-02/INV-"}, Outcome: Late}, "03-10 home"}, // one period of one case
		{OfCase, Limit{Rules: []string{"JUV-02/PRO-"}, Outcome: Late}, ""},
		{OfCase, Limit{Rules: []string{"INV-01", "INV-03"}, Outcome: Settled}, "03-01 home; 03-10 home"},
		{OfCase, Limit{Rules: []string{"INV-"}, Outcome: Overdue}, "-03-10 home; 03-03 home; 04-03 home"},
		{OfAct, Limit{Rules: []string{""}, Outcome: Met, Own: true}, "03-19 home"},
		{OfPerson, Limit{Rules: []string{""}, Outcome: Late, Held: true}, "01-06 home A; 01-09 home B"},
		// Whoever was let go on the last day, hours late, was not held on another day.
		{OfPerson, Limit{Rules: []string{"HLD-"}, Outcome: Overdue}, "-01-09 home B; 01-07 home B"},
	} {
		if got := tell(set(t, Figure{Unit: c.unit, Clock: &c.l}).Facts(p, theCase(running), clocks, "home")); got != c.want {
			t.Errorf("%+v: %s, want %s", c.l, got, c.want)
		}
	}
}

// People are told apart by what they were when they came in, a case by its heaviest
// accused, or by what it was opened for.
func TestDims(t *testing.T) {
	p := pack(t)
	s := set(t, Figure{ID: "case", Unit: OfCase, Acts: []string{"case.open", "case.indict"}}, Figure{ID: "held", Unit: OfPerson, While: &State{Custody: true}})
	got := ""
	for _, f := range s.Facts(p, theCase(`07-30 case.open 249/1
07-31 custody.start B
08-02 defendant.charge A 251/4
08-03 custody.release B
08-10 case.indict`), nil, "home") {
		got += fmt.Sprintf("%s %s %d %s %s %s %s\n", f.Figure, f.Day, f.N, f.Chapter, f.Class, f.Sex, f.Age)
	}
	if want := "case 2026-07-30 1 XX NT  \nheld 2026-07-31 1   female 16-17\nheld 2026-08-03 -1   female 16-17\ncase 2026-08-10 1 XX DBNT  \n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// A figure that says too little, or two things, is refused.
func TestRefused(t *testing.T) {
	good := Figure{ID: "f", Version: 1, From: "2019-01-01", Name: "f", Unit: OfCase, Acts: []string{"case.open"}}
	for what, change := range map[string]func(*Figure){
		"id, name":            func(f *Figure) { f.Name = "" },
		"ends before":         func(f *Figure) { f.To = "2018-01-01" },
		"unit":                func(f *Figure) { f.Unit = "kg" },
		"exactly one":         func(f *Figure) { f.While = &State{} },
		"of a case or a pers": func(f *Figure) { f.Acts, f.While, f.Unit = nil, &State{}, OfAct },
		"into a state":        func(f *Figure) { f.Enters, f.Leaves = &State{}, &State{} },
		"count people":        func(f *Figure) { f.Who = &Who{} },
		"want met":            func(f *Figure) { f.Acts, f.Clock = nil, &Limit{Outcome: "soon"} },
	} {
		f := good
		change(&f)
		if _, err := NewSet([]Figure{f}); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("want %q, got %v", what, err)
		}
	}
	if _, err := NewSet([]Figure{good, good}); err == nil {
		t.Error("one version twice")
	}
}
