package figure

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/civil"
	"congminh/internal/law"
)

// Facts returns what a case adds to every figure, in an order that is always the same:
// those of one figure and person in the order in which they happened. Office is whose
// case it is where an act does not say.
func (s *Set) Facts(cat ledger.Catalogue, c *ledger.Case, clocks []Clock, office string) []Fact {
	m := maker{set: s, cat: cat, c: c, acts: ledger.Standing(c), office: office}
	m.run(clocks)
	return m.out
}

// maker makes the facts of one case.
type maker struct {
	set    *Set
	cat    ledger.Catalogue
	c      *ledger.Case
	acts   []ledger.Act // that stand, in the order in which they were done
	office string
	out    []Fact

	state ledger.State // after the act that is looked at
	once  map[string]bool
	held  map[heldKey]held
}

type heldKey struct {
	figure *Figure
	person ledger.PartyID
}

// held is a stock that has a case or a person now.
type held struct {
	office string
	dims   Dims
}

func (m *maker) run(clocks []Clock) {
	m.once, m.held = map[string]bool{}, map[heldKey]held{}
	// What was known of people when they entered the stock is what leaves it again.
	for i := range m.acts {
		a := &m.acts[i]
		m.state = ledger.FoldAt(m.cat, m.prefix(i), "", time.Time{})
		for _, f := range m.set.byKind[a.Kind] {
			if f.in(a.At.Day()) {
				m.flow(f, i)
			}
		}
		for _, f := range m.set.stocks {
			m.stock(f, a)
		}
	}
	for _, k := range clocks {
		for _, f := range m.set.limits {
			m.limit(f, k)
		}
	}
}

// prefix is the case with only its first acts.
func (m *maker) prefix(last int) *ledger.Case {
	return &ledger.Case{ID: m.c.ID, Acts: m.acts[:last+1], Parties: m.c.Parties}
}

// flow counts act i for f.
func (m *maker) flow(f *Figure, i int) {
	a := &m.acts[i]
	if len(f.By) > 0 && !slices.Contains(f.By, a.By) || len(f.Reasons) > 0 && !slices.Contains(f.Reasons, a.Reason) {
		return
	}
	if len(f.Flags) > 0 && !slices.ContainsFunc(f.Flags, func(x string) bool { return slices.Contains(a.Flags, x) }) {
		return
	}
	for name, values := range f.Fields {
		if !slices.Contains(values, a.Fields[name]) {
			return
		}
	}
	if f.Unit != OfPerson {
		if m.around(f, i, "") {
			m.add(f, a, "", 1, m.dimsOfCase(a.At.Day()))
		}
		return
	}
	for _, p := range m.whom(a) {
		if m.around(f, i, p) && m.fits(f.Who, p, a.At.Day()) {
			m.add(f, a, p, 1, m.dimsOf(p, a.At.Day()))
		}
	}
}

// around reports whether what must stand before and after act i does, and what must
// not does not; for one person if one is given.
func (m *maker) around(f *Figure, i int, p ledger.PartyID) bool {
	has := func(acts []ledger.Act, kinds []string) bool {
		return slices.ContainsFunc(acts, func(b ledger.Act) bool {
			return slices.Contains(kinds, b.Kind) && (p == "" || len(b.Parties) == 0 || slices.Contains(b.Parties, p))
		})
	}
	return (len(f.After) == 0 || has(m.acts[:i], f.After)) && (len(f.Before) == 0 || has(m.acts[i+1:], f.Before)) &&
		!has(m.acts[:i], f.Without)
}

// whom returns the people an act concerns: those it names, else the accused against
// whom the case still ran.
func (m *maker) whom(a *ledger.Act) (out []ledger.PartyID) {
	if len(a.Parties) > 0 {
		return a.Parties
	}
	for _, x := range m.state.Accused {
		if x.Charged != "" && (x.Over == "" || x.Over >= a.At) {
			out = append(out, x.ID)
		}
	}
	return out
}

func (m *maker) party(p ledger.PartyID) ledger.Party {
	for _, x := range m.c.Parties {
		if x.ID == p {
			return x
		}
	}
	return ledger.Party{}
}

func (m *maker) fits(w *Who, p ledger.PartyID, day civil.Date) bool {
	if w == nil {
		return true
	}
	x := m.party(p)
	age, known := ledger.Age(x.Born, day)
	return (w.Juvenile == nil || known && *w.Juvenile == (age < adult) || !known && !*w.Juvenile) &&
		(w.Sex == "" || w.Sex == x.Sex) && (w.Entity == nil || *w.Entity == x.Entity)
}

// adult is the age of majority in criminal law; the ledger counts by the same.
const adult = 18

// add makes a fact of act a.
func (m *maker) add(f *Figure, a *ledger.Act, p ledger.PartyID, n int, d Dims) {
	if f.Once {
		key := f.ID + " " + string(p)
		if m.once[key] {
			return
		}
		m.once[key] = true
	}
	m.out = append(m.out, Fact{Figure: f.ID, Day: a.At.Day(), Office: m.officeOf(a), Person: p, Act: a.ID, N: n, Entered: a.Entered.UTC(), Dims: d})
}

func (m *maker) officeOf(a *ledger.Act) string { return cmp.Or(a.Office, m.office) }

// stock adds what entered a stock by act a, and takes away what left it. What went to
// another office leaves here and enters there.
func (m *maker) stock(f *Figure, a *ledger.Act) {
	day, office := a.At.Day(), m.officeOf(a)
	now := map[ledger.PartyID]Dims{}
	if f.in(day) {
		if f.Unit == OfCase {
			if f.While.ofCase(&m.state) {
				now[""] = m.dimsOfCase(day)
			}
		} else {
			for i := range m.state.Accused {
				if x := &m.state.Accused[i]; f.While.ofCase(&m.state) && f.While.of(x) && m.fits(f.Who, x.ID, day) {
					now[x.ID] = m.dimsOf(x.ID, day)
				}
			}
		}
	}
	people := []ledger.PartyID{""}
	for i := range m.state.Accused {
		people = append(people, m.state.Accused[i].ID)
	}
	for _, p := range people {
		key := heldKey{f, p}
		was, had := m.held[key]
		dims, has := now[p]
		if had && (!has || was.office != office) {
			m.out = append(m.out, Fact{Figure: f.ID, Day: day, Office: was.office, Person: p, Act: a.ID, N: -1, Entered: a.Entered.UTC(), Dims: was.dims})
			delete(m.held, key)
			had = false
		}
		if has && !had {
			m.out = append(m.out, Fact{Figure: f.ID, Day: day, Office: office, Person: p, Act: a.ID, N: 1, Entered: a.Entered.UTC(), Dims: dims})
			m.held[key] = held{office, dims}
		}
	}
}

func some(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }

func (w *State) ofCase(s *ledger.State) bool {
	return some(w.Stage, s.Stage) && some(w.Status, s.Status) && (!w.Opened || s.Opened != "") && (!w.Received || s.Received != "")
}

func (w *State) of(x *ledger.Accused) bool {
	return some(w.Person, x.Status) && some(w.Measure, x.Measure) && (!w.Custody || x.Custody) && (!w.Detained || x.Detained) &&
		(!w.Charged || x.Charged != "")
}

// limit counts a time limit for f.
func (m *maker) limit(f *Figure, k Clock) {
	if f.Clock.Own && !k.Own || f.Clock.Held && !k.Held ||
		!slices.ContainsFunc(f.Clock.Rules, func(prefix string) bool { return strings.HasPrefix(k.Rule, prefix) }) {
		return
	}
	d := Dims{}
	if k.Person != "" {
		d = m.dimsOf(k.Person, ledger.Moment(k.Legal).Day())
	} else {
		d = m.dimsOfCase(ledger.Moment(k.Legal).Day())
	}
	add := func(day civil.Date, n int) {
		if day != "" && f.in(day) {
			m.out = append(m.out, Fact{Figure: f.ID, Day: day, Office: cmp.Or(k.Office, m.office), Person: k.Person, Act: k.Act, N: n, Dims: d})
		}
	}
	ended := ledger.Moment(k.Ended).Day()
	switch f.Clock.Outcome {
	case Met, Late:
		if k.Outcome == f.Clock.Outcome {
			add(ended, 1)
		}
	case Settled:
		if k.Outcome == Met || k.Outcome == Late {
			add(ended, 1)
		}
	case Overdue:
		legal := ledger.Moment(k.Legal).Day()
		if legal == "" || ended != "" && ended <= legal {
			return
		}
		add(legal.Add(1), 1)
		if ended != "" {
			add(ended, -1)
		}
	}
}

// dimsOfCase tells a case apart by its heaviest accused.
func (m *maker) dimsOfCase(day civil.Date) (d Dims) {
	var top *ledger.Accused
	for i := range m.state.Accused {
		if x := &m.state.Accused[i]; len(x.Charges) > 0 && (top == nil || x.Class > top.Class) {
			top = x
		}
	}
	if top != nil {
		d = m.crime(top, day)
	}
	return d
}

func (m *maker) crime(x *ledger.Accused, day civil.Date) (d Dims) {
	if x.Class != law.NoClass {
		d.Class = x.Class.String()
	}
	if o, ok := m.cat.Offence(x.Charges[0].Article, day); ok {
		d.Chapter = o.Chapter
	}
	return d
}

// dimsOf tells a person apart.
func (m *maker) dimsOf(p ledger.PartyID, day civil.Date) (d Dims) {
	for i := range m.state.Accused {
		if x := &m.state.Accused[i]; x.ID == p && len(x.Charges) > 0 {
			d = m.crime(x, day)
		}
	}
	who := m.party(p)
	d.Sex = who.Sex
	if age, known := ledger.Age(who.Born, day); known {
		d.Age = ageGroup(age)
	}
	return d
}
