package figure

import (
	"cmp"
	"slices"
	"strings"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/civil"
	"congminh/internal/law"
)

// Facts returns what a case adds to every figure, in an order that is always the same:
// those of one figure and person in the order in which they happened. Office is whose
// case it is where an act does not say.
func (s *Set) Facts(cat ledger.Catalogue, c *ledger.Case, clocks []Clock, office string) []Fact {
	m := maker{set: s, cat: cat, c: c, state: &ledger.State{}, office: office, once: map[string]bool{}, held: map[heldKey]held{}}
	m.order()
	ledger.Walk(cat, &ledger.Case{ID: c.ID, Acts: m.acts, Parties: c.Parties}, func(i int, st *ledger.State) {
		m.state = st
		m.step(i)
	})
	for _, k := range clocks {
		for _, f := range s.limits {
			m.limit(f, k)
		}
	}
	return m.out
}

// maker makes the facts of one case.
type maker struct {
	set    *Set
	cat    ledger.Catalogue
	c      *ledger.Case
	steps  []step
	acts   []ledger.Act // of the steps
	office string
	out    []Fact

	state *ledger.State // after the act that is looked at
	once  map[string]bool
	held  map[heldKey]held
}

// step is an act that stands, when it did something to this case.
type step struct {
	*ledger.Act
	at      ledger.Moment
	carried bool // came along from another case
}

// kind is the kind by which figures know a step that moves people or the case.
func (x *step) kind() string {
	if x.carried {
		return Carried
	}
	return x.Kind
}

// copied is the flag of acts that came along from another case; criminal.Copied.
const copied = "copied"

// order puts the acts that stand in the order in which they did something to this case:
// what came from another case did on the day the cases were joined, or this was split off.
func (m *maker) order() {
	standing := ledger.Standing(m.c)
	arrived := m.arrivals()
	for i := range standing {
		a := &standing[i]
		x := step{Act: a, at: a.At}
		if at, came := arrived[a.ID]; came {
			x.at, x.carried = max(a.At, at), true
		}
		m.steps = append(m.steps, x)
	}
	slices.SortStableFunc(m.steps, func(a, b step) int { return strings.Compare(string(a.at), string(b.at)) })
	for _, x := range m.steps {
		m.acts = append(m.acts, *x.Act)
	}
}

// arrivals tells when the acts of another case came: with the act of joining, or of
// splitting this off, that was entered before them; else when they were entered.
func (m *maker) arrivals() map[ledger.ActID]ledger.Moment {
	out := map[ledger.ActID]ledger.Moment{}
	var joined ledger.Moment
	for i := range m.c.Acts {
		a := &m.c.Acts[i]
		switch {
		case slices.Contains(a.Flags, copied):
			if joined == "" && a.Kind == "case.split" {
				joined = a.At
			}
			out[a.ID] = cmp.Or(joined, ledger.Moment(civil.On(a.Entered)))
		case a.Kind == "case.merge":
			joined = a.At
		}
	}
	return out
}

type heldKey struct {
	pool   *pool
	person ledger.PartyID
}

// held is what a pool has now, as it was when it came in: what was known of people then
// is what leaves again.
type held struct {
	office string
	since  civil.Date
	dims   Dims
}

// step looks at act i.
func (m *maker) step(i int) {
	x := &m.steps[i]
	for _, f := range m.set.byKind[x.Kind] {
		if f.in(x.at.Day()) {
			m.flow(f, i)
		}
	}
	if x.carried && i+1 < len(m.steps) && m.steps[i+1].carried && m.steps[i+1].at == x.at {
		return // what comes together comes at once
	}
	for _, p := range m.set.pools {
		m.move(p, i)
	}
}

// flow counts act i for f.
func (m *maker) flow(f *Figure, i int) {
	x := &m.steps[i]
	if f.Unit != OfPerson {
		if m.matches(f, i, "") {
			m.add(f, x, m.officeOf(x.Act), "", m.dimsOfCase(i))
		}
		return
	}
	for _, p := range m.whom(x.Act) {
		if m.matches(f, i, p) && m.fits(f.Who, p, x.at.Day()) {
			m.add(f, x, m.officeOf(x.Act), p, m.dimsOf(p, x.at.Day()))
		}
	}
}

// matches reports whether act i is one that f counts; for one person if one is given.
func (m *maker) matches(f *Figure, i int, p ledger.PartyID) bool {
	x := &m.steps[i]
	if len(f.By) > 0 && !slices.Contains(f.By, m.by(x.Act)) || len(f.Reasons) > 0 && !m.reasoned(f, x.Act, p) {
		return false
	}
	if len(f.Flags) > 0 && !slices.ContainsFunc(f.Flags, func(flag string) bool { return slices.Contains(x.Flags, flag) }) {
		return false
	}
	for name, values := range f.Fields {
		if !slices.Contains(values, x.Fields[name]) {
			return false
		}
	}
	return (f.During == nil || f.During.ofCase(m.state) && (p == "" || m.during(f.During, p))) && m.around(f, i, p)
}

// by is who did an act: as it says, or as it is always done.
func (m *maker) by(a *ledger.Act) string {
	if k, ok := m.cat.Act(a.Kind); ok && a.By == "" && len(k.By) > 0 {
		return k.By[0]
	}
	return a.By
}

// reasoned reports whether act a was done for a reason that f counts. A judgment gives
// each person a result of their own; a case has those of all.
func (m *maker) reasoned(f *Figure, a *ledger.Act, p ledger.PartyID) bool {
	const own = "result."
	if p != "" {
		return slices.Contains(f.Reasons, cmp.Or(a.Fields[own+string(p)], a.Reason))
	}
	for name, v := range a.Fields {
		if strings.HasPrefix(name, own) && slices.Contains(f.Reasons, v) {
			return true
		}
	}
	return slices.Contains(f.Reasons, a.Reason)
}

func (m *maker) during(w *State, p ledger.PartyID) bool {
	for i := range m.state.Accused {
		if x := &m.state.Accused[i]; x.ID == p {
			return w.of(m.state, x)
		}
	}
	return false
}

// around reports whether what must stand before and after act i does, and what must
// not does not; for one person if one is given.
func (m *maker) around(f *Figure, i int, p ledger.PartyID) bool {
	has := func(steps []step, kinds []string, later bool) bool {
		return slices.ContainsFunc(steps, func(b step) bool {
			return slices.Contains(kinds, b.Kind) && !(later && b.carried) && (p == "" || len(b.Parties) == 0 || slices.Contains(b.Parties, p))
		})
	}
	return (len(f.After) == 0 || has(m.steps[:i], f.After, false)) && (len(f.Before) == 0 || has(m.steps[i+1:], f.Before, true)) &&
		!has(m.steps[:i], f.Without, false)
}

// whom returns the people an act concerns: those it names, else the accused against
// whom the case still ran, and those who were judged.
func (m *maker) whom(a *ledger.Act) (out []ledger.PartyID) {
	if len(a.Parties) > 0 {
		return a.Parties
	}
	for _, x := range m.state.Accused {
		if x.Charged != "" && (x.Over == "" || x.Over >= a.At || m.state.Judged != "" && x.Over >= m.state.Judged) {
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

// add counts a step for f. What was carried over was counted in the case it came from.
func (m *maker) add(f *Figure, x *step, office string, p ledger.PartyID, d Dims) {
	if f.Once {
		key := f.ID + " " + string(p)
		if m.once[key] {
			return
		}
		m.once[key] = true
	}
	if !x.carried || slices.Contains(f.Acts, Carried) {
		m.fact(f, x, office, p, 1, d)
	}
}

func (m *maker) fact(f *Figure, x *step, office string, p ledger.PartyID, n int, d Dims) {
	m.out = append(m.out, Fact{Figure: f.ID, Day: x.at.Day(), Office: office, Person: p, Act: x.ID, N: n, Entered: x.Entered.UTC(), Dims: d})
}

func (m *maker) officeOf(a *ledger.Act) string { return cmp.Or(a.Office, m.office) }

// move counts what came into the state of a pool by act i, and what left it. What went
// to another office leaves here and enters there.
func (m *maker) move(p *pool, i int) {
	x := &m.steps[i]
	day, office := x.at.Day(), m.officeOf(x.Act)
	in := day >= p.from && (p.to == "" || day <= p.to) && p.state.ofCase(m.state)
	if p.ofCase {
		m.moveOne(p, i, "", in, func() held { return held{office, day, m.dimsOfCase(i)} })
		return
	}
	for j := range m.state.Accused {
		a := &m.state.Accused[j]
		m.moveOne(p, i, a.ID, in && p.state.of(m.state, a), func() held { return held{office, day, m.dimsOf(a.ID, day)} })
	}
}

func (m *maker) moveOne(p *pool, i int, who ledger.PartyID, has bool, fresh func() held) {
	x, key := &m.steps[i], heldKey{p, who}
	was, had := m.held[key]
	if had && (!has || was.office != m.officeOf(x.Act)) {
		m.count(p.stocks, nil, p.leaves, i, who, was)
		delete(m.held, key)
		had = false
	}
	if has && !had {
		now := fresh()
		m.count(nil, p.stocks, p.enters, i, who, now)
		m.held[key] = now
	}
}

// count counts that something left some stocks or entered others, and by which act.
func (m *maker) count(left, entered, moves []*Figure, i int, who ledger.PartyID, h held) {
	x := &m.steps[i]
	for _, f := range left {
		if m.fits(f.Who, who, h.since) {
			m.fact(f, x, h.office, who, -1, h.dims)
		}
	}
	for _, f := range entered {
		if m.fits(f.Who, who, h.since) {
			m.fact(f, x, h.office, who, 1, h.dims)
		}
	}
	for _, f := range moves {
		if slices.Contains(f.Acts, x.kind()) && m.fits(f.Who, who, h.since) && m.matches(f, i, who) {
			m.add(f, x, h.office, who, h.dims)
		}
	}
}

func some(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }

// is reports whether what is asked for, if anything, is so.
func is(want *bool, so bool) bool { return want == nil || *want == so }

// since reports whether something happened since the case came into its stage.
func since(at ledger.Moment, s *ledger.State) bool { return at != "" && at.Day() >= s.Since.Day() }

func (w *State) ofCase(s *ledger.State) bool {
	return some(w.Stage, s.Stage) && some(w.Status, s.Status) && (!w.Opened || s.Opened != "") && (!w.Received || s.Received != "") &&
		(!w.Appealed || len(s.Appeals) > 0) && is(w.Indicted, since(s.Indicted, s)) && is(w.Accepted, since(s.Accepted, s)) && is(w.Judged, since(s.Judged, s))
}

func (w *State) of(s *ledger.State, x *ledger.Accused) bool {
	return some(w.Person, x.Status) && some(w.Measure, x.Measure) && (!w.Custody || x.Custody) && (!w.Detained || x.Detained) &&
		(!w.Charged || x.Charged != "") && (!w.Appealed || slices.ContainsFunc(s.Appeals, func(a ledger.Appeal) bool {
		return len(a.Parties) == 0 || slices.Contains(a.Parties, x.ID)
	}))
}

// limit counts a time limit for f.
func (m *maker) limit(f *Figure, k Clock) {
	if f.Clock.Own && !k.Own || f.Clock.Held && !k.Held ||
		!slices.ContainsFunc(f.Clock.Rules, func(prefix string) bool { return strings.HasPrefix(k.Rule, prefix) }) {
		return
	}
	arrived := civil.Date("")
	for i := range m.steps {
		if x := &m.steps[i]; x.carried && x.ID == k.Act {
			arrived = x.at.Day()
		}
	}
	if k.Ended != "" && ledger.Moment(k.Ended).Day() < arrived {
		return // it ended in the case it came from, and counts there
	}
	d := m.dimsOfCase(len(m.steps) - 1)
	if k.Person != "" {
		d = m.dimsOf(k.Person, ledger.Moment(k.Legal).Day())
	}
	add := func(day civil.Date, n int) {
		if day != "" && f.in(day) {
			m.out = append(m.out, Fact{Figure: f.ID, Day: day, Office: cmp.Or(k.Office, m.office), Person: k.Person, Act: k.Act, N: n, Dims: d})
		}
	}
	// A period that is shorter for a juvenile runs beside that of the others: it is one case.
	first := func() bool {
		key := f.ID + "|" + string(k.Act)
		if f.Unit != OfCase || k.Act == "" {
			return true
		}
		was := m.once[key]
		m.once[key] = true
		return !was
	}
	ended := ledger.Moment(k.Ended).Day()
	switch f.Clock.Outcome {
	case Met, Late:
		if k.Outcome == f.Clock.Outcome && first() {
			add(ended, 1)
		}
	case Settled:
		if (k.Outcome == Met || k.Outcome == Late) && first() {
			add(ended, 1)
		}
	case Overdue:
		legal := ledger.Moment(k.Legal).Day()
		if legal == "" || ended != "" && ended <= legal || !first() {
			return
		}
		add(max(legal.Add(1), arrived), 1)
		if ended != "" {
			add(ended, -1)
		}
	}
}

// dimsOfCase tells a case apart by its heaviest accused as it stands after act i, or by
// what it was opened for while nobody is charged.
func (m *maker) dimsOfCase(i int) (d Dims) {
	var top *ledger.Accused
	for j := range m.state.Accused {
		if x := &m.state.Accused[j]; len(x.Charges) > 0 && (top == nil || x.Class > top.Class) {
			top = x
		}
	}
	if i < 0 {
		return d
	}
	day := m.steps[i].at.Day()
	if top != nil {
		return m.crime(top.Charges[0], top.Class, day)
	}
	for ; i >= 0; i-- {
		if a := &m.acts[i]; len(a.Charges) > 0 {
			c := a.Charges[0]
			return m.crime(c, m.cat.ClassOf(c.Article, c.Clause, day), day)
		}
	}
	return d
}

func (m *maker) crime(c ledger.Charge, class law.Class, day civil.Date) (d Dims) {
	if class != law.NoClass {
		d.Class = class.String()
	}
	if o, ok := m.cat.Offence(c.Article, day); ok {
		d.Chapter = o.Chapter
	}
	return d
}

// dimsOf tells a person apart.
func (m *maker) dimsOf(p ledger.PartyID, day civil.Date) (d Dims) {
	for i := range m.state.Accused {
		if x := &m.state.Accused[i]; x.ID == p && len(x.Charges) > 0 {
			d = m.crime(x.Charges[0], x.Class, day)
		}
	}
	who := m.party(p)
	d.Sex = who.Sex
	if age, known := ledger.Age(who.Born, day); known {
		d.Age = ageGroup(age)
	}
	return d
}
