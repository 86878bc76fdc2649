package stats

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/page"
	"congminh/internal/stats/period"
)

// fixture is the invented year of testdata/cases.txt: cases with their acts, and what
// each adds to the figures, worked out by hand.
type fixture struct {
	cases []invented
	want  []handFact
}

// invented is a case of the fixture. Its acts are with the office each was entered by.
type invented struct {
	id     criminal.ID
	name   string
	people []criminal.Person
	acts   []ledger.Act
}

// handFact is what a case adds to a figure: on a day; or a stock, from a day to another.
type handFact struct {
	figure   string
	of       criminal.ID
	from, to civil.Date // a stock has it until to, "" for ever
	stock    bool
	n        int64
}

// offices of the fixture by their sign.
var fixtureOffices = map[string]auth.Office{"@1": "lao-cai-kv3", "@2": "lao-cai-kv2", "@t": "lao-cai"}

var (
	blockHead = regexp.MustCompile(`^(\d\d)( |$)`)
	personOf  = regexp.MustCompile(`^([A-Z]) (m|f|entity) (?:([0-9-]+) )?(.*)$`)
	actDay    = regexp.MustCompile(`^((?:\d\d-)?\d\d-\d\d)(T\d\d:\d\d)? (.*)$`)
	chargeOf  = regexp.MustCompile(`^\d+[a-z]?(/\d+)?$`)
	wantOf    = regexp.MustCompile(`^([a-z_.]+?(?:\.P)?)(\+P\d*)?@(\S*?)(?:\*(\d+))?$`)
)

// shorts are the prefixes of figures that the fixture writes as one letter.
var shorts = map[string]string{"r.": "report.", "i.": "investigation.", "p.": "prosecution.", "t.": "trial.", "c.": "custody.", "d.": "detention.", "e.": "enforcement.", "q.": "quality.", "v.": "violation."}

func fixtureDay(s string) civil.Date {
	if len(s) == len("05-20") {
		s = "26-" + s
	}
	return civil.Date("20" + s)
}

func readFixture(t *testing.T) (f fixture) {
	t.Helper()
	text, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	var c *invented
	var office auth.Office
	named := map[string]ledger.ActID{}
	for n, line := range strings.Split(string(text), "\n") {
		bad := func(what string) { t.Fatalf("testdata/cases.txt:%d: %s: %s", n+1, what, line) }
		switch {
		case line == "" || line[0] == '#':
		case fixtureOffices[line] != "":
			office = fixtureOffices[line]
		case line[0] == '=':
			for _, w := range strings.Fields(line[1:]) {
				hand, ok := readHand(c.id, w)
				if !ok {
					bad("cannot read " + w)
				}
				f.want = append(f.want, hand...)
			}
		case blockHead.MatchString(line):
			f.cases = append(f.cases, invented{id: criminal.ID("vu-" + line[:2]), name: line})
			c, office = &f.cases[len(f.cases)-1], fixtureOffices["@1"]
			for _, p := range strings.Split(line[2:], ";") {
				if m := personOf.FindStringSubmatch(strings.TrimSpace(p)); m != nil {
					x := criminal.Person{ID: ledger.PartyID(line[:2] + m[1]), Name: m[4], Role: criminal.Accused, Born: m[3], Entity: m[2] == "entity"}
					x.More = map[string]string{"sex": map[string]string{"m": "male", "f": "female"}[m[2]]}
					c.people = append(c.people, x)
				}
			}
		default:
			m := actDay.FindStringSubmatch(line)
			if m == nil {
				bad("no day")
			}
			day := fixtureDay(m[1])
			for _, what := range strings.Split(m[3], "; ") {
				a := ledger.Act{ID: ledger.ActID(fmt.Sprintf("%s-%02d", c.id, len(c.acts))), At: ledger.Moment(string(day) + m[2]), Office: string(office), Author: "hand"}
				entered := day
				for i, w := range strings.Fields(what) {
					name, v, given := strings.Cut(w, "=")
					switch {
					case i == 0 && !given:
						a.Kind = w
					case w[0] == '#':
						named[string(c.id)+w[1:]] = a.ID
					case !given && chargeOf.MatchString(w):
						article, clause, _ := strings.Cut(w, "/")
						a.Charges = append(a.Charges, ledger.Charge{Article: article, Clause: clause})
					case !given:
						for _, p := range strings.Split(w, ",") {
							a.Parties = append(a.Parties, ledger.PartyID(string(c.id)[3:]+p))
						}
					case name == "reason":
						a.Reason = v
					case name == "by":
						a.By = v
					case name == "until":
						a.Until = ledger.Moment(v)
					case name == "flag":
						a.Flags = append(a.Flags, v)
					case name == "entered":
						entered = fixtureDay(v)
					case name == "from":
						entered, a.Flags = fixtureDay(v), append(a.Flags, criminal.Copied)
					case name == "fix", name == "void":
						a.Supersedes, a.Void, a.Why = named[string(c.id)+v], name == "void", "nhập nhầm"
					default:
						if a.Fields == nil {
							a.Fields = map[string]string{}
						}
						a.Fields[name] = v
					}
				}
				a.Entered, _ = time.Parse(time.RFC3339, string(entered)+"T14:00:00Z")
				c.acts = append(c.acts, a)
			}
		}
	}
	return f
}

// readHand reads what a case adds, as the head of testdata/cases.txt explains.
func readHand(of criminal.ID, w string) (out []handFact, ok bool) {
	m := wantOf.FindStringSubmatch(w)
	if m == nil {
		return nil, false
	}
	h := handFact{figure: m[1], of: of, n: 1}
	if long := shorts[h.figure[:2]]; long != "" {
		h.figure = long + h.figure[2:]
	}
	if base, of := strings.CutSuffix(h.figure, ".P"); of {
		h.figure = base + ".person"
	}
	if m[4] != "" {
		h.n, _ = strconv.ParseInt(m[4], 10, 64)
	}
	from, to, stock := strings.Cut(m[3], "..")
	h.stock = stock
	if from != "" {
		h.from = fixtureDay(from)
	}
	if to != "" {
		h.to = fixtureDay(to)
	}
	out = []handFact{h}
	if m[2] != "" {
		p := h
		p.figure += ".person"
		if p.n = 1; m[2] != "+P" {
			p.n, _ = strconv.ParseInt(m[2][2:], 10, 64)
		}
		out = append(out, p)
	}
	return out, true
}

// in is what h adds to a period: a flow to its days, a stock to its end.
func (h handFact) in(p period.Period) int64 {
	switch {
	case h.stock && h.from <= p.To && (h.to == "" || h.to > p.To), !h.stock && h.from >= p.From && h.from <= p.To:
		return h.n
	}
	return 0
}

// take puts the fixture into the demo offices, with clocks and figures made of it.
func (o *office) take(f fixture) {
	o.t.Helper()
	paths := map[auth.Office]string{}
	for _, id := range fixtureOffices {
		home, err := o.org.Office(o.as("vientruongtinh"), id)
		o.ok(err)
		paths[id] = home.Path
	}
	var all []criminal.Whole
	for _, x := range f.cases {
		last := auth.Office(x.acts[len(x.acts)-1].Office)
		all = append(all, criminal.Whole{Case: criminal.Case{ID: x.id, Number: string(x.id), Name: x.name, Office: last, Stage: criminal.Report, Status: criminal.Open,
			Created: o.clock, Persons: x.people}, Path: paths[last], Ledger: x.acts})
	}
	o.ok(o.cases.Bulk(o.as("vientruongtinh"), all))
	for _, x := range f.cases { // taken over whole, they are all of the last office; step by step they were not
		for _, a := range x.acts {
			_, err := o.d.Exec(o.t.Context(), `UPDATE criminal_act SET office = $2 WHERE id = $1`, a.ID, a.Office)
			o.ok(err)
		}
	}
	_, err := o.deadline.Night(o.t.Context())
	o.ok(err)
	o.ok(o.Rebuild(o.t.Context(), nil))
}

// Every figure of a month, a quarter and the year, and the cases behind it, are those
// worked out by hand.
func TestFixture(t *testing.T) {
	f := readFixture(t)
	if len(f.cases) < 60 {
		t.Fatal("too few cases", len(f.cases))
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d, time.Date(2027, 1, 5, 3, 0, 0, 0, time.UTC))
		o.take(f)
		for _, p := range []period.Period{period.Of(period.Month, "2026-05-15"), period.Of(period.Quarter, "2026-05-15"), period.Of(period.Year, "2026-05-15")} {
			o.compare(f, p)
		}
		for _, x := range o.Figures.All("2026-12-31") {
			if !slices.ContainsFunc(f.want, func(h handFact) bool { return h.figure == x.ID && (h.stock || h.from >= "2026-01-01") }) {
				t.Errorf("no case of the fixture adds to %s", x.ID)
			}
		}
	})
}

func (o *office) compare(f fixture, p period.Period) {
	o.t.Helper()
	want := map[string]map[criminal.ID]int64{}
	add := func(figure string, of criminal.ID, n int64) {
		if n != 0 {
			if want[figure] == nil {
				want[figure] = map[criminal.ID]int64{}
			}
			want[figure][of] += n
		}
	}
	before := period.Period{From: "2025-01-01", To: p.From.Add(-1)}
	for _, h := range f.want {
		if !o.Figures.Has(h.figure) {
			o.t.Fatalf("case %s: there is no figure %s", h.of, h.figure)
		}
		add(h.figure, h.of, h.in(p))
		if h.stock {
			add(h.figure+Start, h.of, h.in(before))
		}
	}
	ctx := o.as("vientruongtinh")
	counts, err := o.Count(ctx, Ask{Period: p})
	o.ok(err)
	got := map[string]int64{}
	for _, c := range counts {
		got[c.Figure] = c.N
	}
	rows, err := db.All(o.t.Context(), o.d, func(r db.Row) (x struct {
		figure string
		of     criminal.ID
		day    civil.Date
		n      int64
	}, err error) {
		err = r.Scan(&x.figure, &x.of, &x.day, &x.n)
		return
	}, `SELECT figure, case_id, day, delta FROM stats_fact`)
	o.ok(err)
	of := map[string]map[criminal.ID]int64{}
	for _, r := range rows {
		figure, ok := o.Figures.Get(r.figure, p.To)
		put := func(id string, from, to civil.Date) {
			if r.day >= from && r.day <= to {
				if of[id] == nil {
					of[id] = map[criminal.ID]int64{}
				}
				of[id][r.of] += r.n
			}
		}
		switch {
		case ok && figure.Stock():
			put(r.figure, "", p.To)
			put(r.figure+Start, "", p.From.Add(-1))
		default:
			put(r.figure, p.From, p.To)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(got)) {
		if want[id] == nil {
			want[id] = map[criminal.ID]int64{}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		sum := int64(0)
		for _, n := range want[id] {
			sum += n
		}
		maps.DeleteFunc(of[id], func(_ criminal.ID, n int64) bool { return n == 0 })
		if sum != got[id] || !maps.Equal(of[id], want[id]) && len(of[id])+len(want[id]) > 0 {
			o.t.Errorf("%s, %s is %d, by hand %d; of %v, by hand %v", p, id, got[id], sum, of[id], want[id])
		}
	}
}

// What two offices have, the one sent and the other took: together it is the fixture.
func TestFixtureByOffice(t *testing.T) {
	f := readFixture(t)
	o := open(t, dbtest.SQLite(t), time.Date(2027, 1, 5, 3, 0, 0, 0, time.UTC))
	o.take(f)
	ctx, year := o.as("vientruongtinh"), period.Of(period.Year, "2026-05-15")
	for _, x := range []struct {
		office auth.Office
		figure string
		want   int64
	}{
		// Of the second office: 09 came and went as a report, 17 as a case with one accused,
		// 35 came to be prosecuted, 33 was there to be enforced, 55 came from the other court,
		// 17 and 59 began there in custody.
		{"lao-cai-kv2", "report.new", 1}, {"lao-cai-kv2", "report.out", 1}, {"lao-cai-kv2", "report.in", 0},
		{"lao-cai-kv2", "investigation.new", 1}, {"lao-cai-kv2", "investigation.out.person", 1}, {"lao-cai-kv2", "investigation.open", 0},
		{"lao-cai-kv2", "detention.new", 1}, {"lao-cai-kv2", "detention.out", 1}, {"lao-cai-kv2", "detention.released", 0},
		{"lao-cai-kv2", "prosecution.in", 1}, {"lao-cai-kv2", "prosecution.terminated", 1}, {"lao-cai-kv2", "enforcement.out", 1}, {"lao-cai-kv2", "enforcement.open.start", 1},
		{"lao-cai-kv2", "trial.in.person", 1}, {"lao-cai-kv2", "trial.terminated", 1}, {"lao-cai-kv2", "custody.new", 2}, {"lao-cai-kv2", "custody.out", 1}, {"lao-cai-kv2", "custody.released", 0},
		{"lao-cai-kv3", "report.in", 1}, {"lao-cai-kv3", "investigation.in", 1}, {"lao-cai-kv3", "detention.in", 1}, {"lao-cai-kv3", "detention.released", 2}, {"lao-cai-kv3", "appeal.out", 1}, {"lao-cai-kv3", "appeal.in", 0},
	} {
		counts, err := o.Count(ctx, Ask{Office: x.office, Period: year, Figures: []string{x.figure}})
		o.ok(err)
		n := int64(0)
		for _, c := range counts {
			n += c.N
		}
		if n != x.want {
			t.Errorf("%s of %s is %d, want %d", x.figure, x.office, n, x.want)
		}
	}
	// Late: what was entered after the period it counts for is told by the day it was entered.
	l, err := o.Lines(ctx, Drill{Req: page.Req{Limit: 100}, Period: period.Of(period.Month, "2026-05-15"), Figure: "quality.late_entry"})
	o.ok(err)
	if len(l.Items) != 1 || l.Items[0].Case != "vu-51" || civil.On(l.Items[0].Entered) != "2026-06-15" {
		t.Error(l.Items)
	}
}

// In every form, of every month, quarter and of the year, of each office and of both
// together, all checks hold; and what stands at the end of a month begins the next.
func TestFixtureForms(t *testing.T) {
	f := readFixture(t)
	o := open(t, dbtest.SQLite(t), time.Date(2027, 1, 5, 3, 0, 0, 0, time.UTC))
	o.take(f)
	ctx := o.as("vientruongtinh")
	for _, form := range o.Forms {
		for _, office := range []auth.Office{"lao-cai", "lao-cai-kv3", "lao-cai-kv2"} {
			p, before := period.Of(period.Month, "2026-01-15"), Filled{}
			for range 12 {
				now, err := o.Fill(ctx, form.ID, office, p, before.Values)
				o.ok(err)
				for _, x := range now.Failures {
					at, _, err := o.Faults(ctx, form.ID, x.Check.ID, x.Column, office, p)
					t.Errorf("%s of %s, %s: %s, column %s: %v and %v; %+v %v", form.ID, office, p, x.Check.ID, x.Column, x.Left, x.Right, at, err)
				}
				p, before = p.Shift(1), now
			}
			year, err := o.Fill(ctx, form.ID, office, period.Of(period.Year, "2026-05-15"), nil)
			o.ok(err)
			for _, x := range year.Failures {
				t.Errorf("%s of %s, the year: %s, column %s: %v and %v", form.ID, office, x.Check.ID, x.Column, x.Left, x.Right)
			}
		}
	}
}

// A check fails for what was entered wrongly, and names the case: each of these takes one
// act the law puts before another away, or has it twice.
func TestChecksFindMistakes(t *testing.T) {
	d := dbtest.SQLite(t)
	o := open(t, d, time.Date(2027, 1, 5, 3, 0, 0, 0, time.UTC))
	f := readFixture(t)
	f.cases = slices.DeleteFunc(f.cases, func(c invented) bool { return c.id > "vu-02" })
	mistakes := []struct{ form, check, column, acts string }{
		{"tk-dieu-tra", "can-doi", "b", "03-02 case.open; 03-03 defendant.charge; 03-04 defendant.charge"},                                     // charged twice
		{"tk-dieu-tra", "can-doi", "a", "03-02 case.open; 03-10 case.indict; 03-12 file.to_court; 03-14 court.accept"},                         // tried without a file
		{"tk-truy-to", "can-doi", "a", "03-02 case.open; 03-03 defendant.charge; 03-10 file.to_vks; 03-14 court.accept"},                       // without an indictment
		{"tk-truy-to", "toa-thu-ly", "a", "03-02 case.open; 03-03 defendant.charge; 03-10 file.to_vks; 03-12 case.indict; 03-14 court.accept"}, // without being sent
		{"tk-dieu-tra", "chuyen", "a", "03-02 case.open; 03-10 file.to_vks; 03-11 file.to_vks"},                                                // sent twice
		{"tk-xet-xu", "phuc-tham", "a", "03-02 case.open; 03-10 court.accept; 03-20 court.judgment; 03-25 appeal.accept"},                      // an appeal nobody made
		{"tk-bat-giam", "tam-giu", "b", "03-02T08:00 custody.start; 03-03T08:00 custody.start"},                                                // into custody twice
		{"tk-bat-giam", "tam-giam", "b", "03-02 case.open; 03-03 detention.start; 03-04 custody.start"},                                        // from detention to custody
		{"tk-nguon-tin", "can-doi", "a", "03-02 report.receive; 03-10 case.merge"},                                                             // holds: it joined another
		{"tk-thi-hanh", "can-doi", "a", "03-02 case.open; 03-05 court.judgment; 03-20 judgment.effective; 03-22 investigation.resume"},         // back from a sentence
	}
	for i, m := range mistakes {
		c := invented{id: criminal.ID(fmt.Sprintf("sai-%02d", i)), name: m.acts, people: []criminal.Person{{ID: ledger.PartyID(fmt.Sprint("sai", i)), Name: "Lê Văn Sai", Role: criminal.Accused, Born: "1990", More: map[string]string{"sex": "male"}}}}
		for j, x := range strings.Split(m.acts, "; ") {
			at, kind, _ := strings.Cut(x, " ")
			a := ledger.Act{ID: ledger.ActID(fmt.Sprintf("%s-%d", c.id, j)), Kind: kind, At: ledger.Moment("2026-" + at), Office: "lao-cai-kv3", Entered: o.clock}
			if strings.HasPrefix(kind, "defendant.") || strings.HasPrefix(kind, "custody.") || strings.HasPrefix(kind, "detention.") {
				a.Parties = []ledger.PartyID{c.people[0].ID}
			}
			if kind == "case.open" || kind == "defendant.charge" {
				a.Charges = []ledger.Charge{{Article: "173", Clause: "1"}}
			}
			if kind == "case.merge" {
				a.Fields = map[string]string{"decision": "into"}
			}
			c.acts = append(c.acts, a)
		}
		f.cases = append(f.cases, c)
	}
	o.take(f)
	ctx := o.as("vientruongtinh")
	for i, m := range mistakes {
		found, hidden, err := o.Faults(ctx, m.form, m.check, m.column, "lao-cai-kv3", period.Of(period.Month, "2026-03-15"))
		o.ok(err)
		id := criminal.ID(fmt.Sprintf("sai-%02d", i))
		named := slices.ContainsFunc(found, func(x AtFault) bool { return x.Case == id })
		if want := m.form != "tk-nguon-tin"; named != want {
			t.Errorf("%s, check %s of %s, column %s: named %v, want %v (%d found, %d hidden)", m.acts, m.check, m.form, m.column, named, want, len(found), hidden)
		}
		for _, x := range found {
			if strings.HasPrefix(string(x.Case), "vu-") {
				t.Errorf("check %s of %s names %s, which is right", m.check, m.form, x.Case)
			}
		}
	}
}
