package clock

import (
	"math"
	"slices"
	"strings"

	"congminh/internal/law"
)

// Engine is the rules of a pack made ready to compute with. It never changes and may
// be used by many at once.
type Engine struct {
	rules                                                         []rule
	ids                                                           map[string]int16 // id of a rule → group: its versions share one
	names                                                         []string         // of the groups
	of                                                            [][]int16        // group → its versions
	syms                                                          map[string]*symbol
	words                                                         []string // conditions, each a bit of a condition set
	juvenile, full, extended, unknownEnd, whole, lighter, recount uint64   // conditions of our own
	cal                                                           *calendar
	detained                                                      *symbol // the trigger of detention
	text                                                          texts
}

// texts are what the pack calls things.
type texts struct {
	conditions map[string]string // by code
}

// symbol is what the name of an event means.
type symbol struct {
	fact    fact
	starts  []int16 // rules it is the trigger of
	alone   []int16 // modifiers it names without naming the rule they change
	ends    []int16 // groups whose end it states
	closes  roles   // whose clocks it stops
	detains bool    // a detention begins with it
}

type classes uint8 // a set of law.Class; 0 is all

func (s classes) has(c law.Class) bool { return s == 0 || s&(1<<c) != 0 }

// rule is a version of a rule, compiled.
type rule struct {
	*law.Rule
	group     int16
	from, to  moment // to: the day after the last
	role      role
	classes   classes
	byClass   bool // its length
	classy    bool // anything of it
	held      bool // it concerns only who is detained
	initiated bool // it counts from the initiation of the case
	trigger   *symbol
	length    [law.DBNT + 1]law.Length // by class; all alike unless byClass
	cap       [law.DBNT + 1]int        // ordinary cap, in the unit of the length; 0: none
	conds     []condition
	of        []int16 // groups
	exts      []extension
	mods      []int16 // modifiers of this rule
	ends      []int16 // rules that hang on its end
	bounds    []int16 // groups whose period a detention may not outlast
	refused   []int16 // unverified modifiers that forbid to compute it
	num, den  int     // of a modifier
	cited     string  // where it stands
}

type extension struct {
	*law.Extension
	classes classes
	bound   int16 // group, or −1
}

const none int16 = -1

// forever is after every moment.
const forever moment = math.MaxInt64 / 4

// Compile makes a pack ready. Rules that must not be computed (unverified, switched
// off, confidence D) are left out, but a modifier among them still forbids to compute
// what it would change.
func Compile(p *law.Pack) *Engine { return compile(inputOf(p)) }

// input is what the engine takes from a pack.
type input struct {
	rules    []law.Rule
	off      []off
	open     []pending
	from, to moment // of the calendar
	text     texts
}

func inputOf(p *law.Pack) input {
	words := map[string]string{}
	in := input{rules: readings(p.Rules(), words), text: texts{conditions: words}}
	c := p.Calendar()
	in.from, _, _ = parse(string(c.From))
	if to, _, ok := parse(string(c.To)); ok {
		in.to = to + day
	}
	for _, d := range c.Off {
		at, _, _ := parse(string(d.Date))
		in.off = append(in.off, off{at: at, name: d.Name})
	}
	for _, d := range c.Work {
		at, _, _ := parse(string(d.Date))
		in.off = append(in.off, off{at: at, name: d.Name, work: true})
	}
	for _, x := range c.Undecided {
		for _, d := range x.Days {
			at, _, _ := parse(string(d))
			in.open = append(in.open, pending{at, x.Uncertain, x.Text + "; " + lower(x.Assume)})
		}
	}
	for _, t := range p.Conditions() {
		in.text.conditions[t.Code] = t.Title
	}
	return in
}

func compile(in input) *Engine {
	e := &Engine{ids: map[string]int16{}, syms: map[string]*symbol{}, cal: newCalendar(in.off, in.open), text: in.text}
	e.cal.from, e.cal.to = in.from, in.to
	e.juvenile, e.full, e.extended, e.unknownEnd = e.word("juvenile"), e.word(condFull), e.word(condExtended), e.word(condUnknownEnd)
	e.whole, e.lighter, e.recount = e.word(condWhole), e.word(condLighter), e.word(condRecount)
	var refusing []int16
	for i := range in.rules {
		r := &in.rules[i]
		g, ok := e.ids[r.ID]
		if !ok {
			g = int16(len(e.names))
			e.ids[r.ID] = g
			e.names = append(e.names, r.ID)
			e.of = append(e.of, nil)
		}
		n := int16(len(e.rules))
		if !computed(r) {
			if r.Kind == law.Modifier {
				refusing = append(refusing, n)
				e.rules = append(e.rules, e.rule(r, g))
			}
			continue
		}
		e.of[g] = append(e.of[g], n)
		e.rules = append(e.rules, e.rule(r, g))
	}
	for i := range e.rules {
		e.link(int16(i))
	}
	for _, n := range refusing {
		e.refuse(n)
	}
	for name, f := range facts {
		e.symbol(name).fact = f
	}
	for name, as := range alike {
		s := e.symbol(name)
		s.starts = append(s.starts, e.symbol(as).starts...)
		s.detains = e.symbol(as).detains
	}
	e.detained = e.symbol("detention_start")
	for name, c := range closers {
		e.symbol(name).closes |= c
	}
	for i := range e.rules {
		if e.rules[i].role&afterDetention != 0 {
			s := e.symbol(previousDetention)
			s.starts = append(s.starts, int16(i))
		}
	}
	return e
}

// computed reports whether the law allows us to compute the rule.
func computed(r *law.Rule) bool { return r.Status == law.Active && r.Confidence != "D" }

func (e *Engine) symbol(name string) *symbol {
	s := e.syms[name]
	if s == nil {
		s = &symbol{}
		e.syms[name] = s
	}
	return s
}

func (e *Engine) group(id string) int16 {
	if g, ok := e.ids[id]; ok {
		return g
	}
	return none
}

func (e *Engine) rule(r *law.Rule, g int16) rule {
	c := rule{Rule: r, group: g, to: forever, role: roleOf[r.ID], cited: cite(r.Citations), classes: classSet(r.Classes), byClass: len(r.ByClass) > 0}
	c.from, _, _ = parse(string(r.From))
	if to, _, ok := parse(string(r.To)); ok {
		c.to = to + day
	}
	for k := law.NoClass; k <= law.DBNT; k++ {
		if r.Length != nil {
			c.length[k] = *r.Length
		}
		if l, ok := r.ByClass[className[k]]; ok {
			c.length[k] = l
		}
		l, ok := r.Cap[className[k]]
		if !ok {
			l = r.Cap[""]
		}
		c.cap[k] = l.Value
	}
	for _, w := range r.When {
		kind, arg, _ := strings.Cut(w, ":")
		c.conds = append(c.conds, condition{kind, arg, e.word(w)})
	}
	if n, d, ok := strings.Cut(r.Factor, "/"); r.Factor != "" {
		c.num, _ = digits(n)
		c.den = 1
		if ok {
			c.den, _ = digits(d)
		}
	}
	exts := r.Extensions
	for i := range exts {
		c.exts = append(c.exts, extension{&exts[i], classSet(exts[i].Classes), none})
	}
	c.classy = c.byClass || c.classes != 0 || slices.ContainsFunc(c.exts, func(x extension) bool { return x.classes != 0 })
	slices.SortStableFunc(c.exts, func(a, b extension) int { return a.Seq - b.Seq })
	return c
}

// transitional reports whether a modifier keeps the length of before.
func (c *rule) transitional() bool { return c.num > 0 && c.num == c.den }

// word gives the bit of a condition.
func (e *Engine) word(w string) uint64 {
	i := slices.Index(e.words, w) // those past 63 share a bit
	if i < 0 {
		i = len(e.words)
		e.words = append(e.words, w)
	}
	return 1 << min(i, 63)
}

// link ties a rule to its trigger and to the rules it hangs together with.
func (e *Engine) link(n int16) {
	r := &e.rules[n]
	r.trigger, r.initiated = e.symbol(r.Trigger), r.Trigger == "case_initiated"
	for _, id := range r.Of {
		if g := e.group(id); g != none {
			r.of = append(r.of, g)
		}
	}
	for _, id := range within[r.ID] {
		if g := e.group(id); g != none {
			r.bounds = append(r.bounds, g)
		}
	}
	if r.length[0].Mode == law.BoundByParent {
		r.bounds = append(r.bounds, r.of...)
	}
	if as, ok := extendedAs[r.ID]; ok && len(r.exts) == 0 && e.group(as) != none {
		for _, v := range e.of[e.group(as)] {
			r.exts = e.rules[v].exts
		}
	}
	for i := range r.exts {
		if r.exts[i].Bound != "" {
			r.exts[i].bound = e.group(r.exts[i].Bound)
		}
	}
	if !computed(r.Rule) {
		return
	}
	switch {
	case r.Kind == law.Modifier:
		own := false
		for _, g := range r.of {
			for _, v := range e.of[g] {
				e.rules[v].mods = append(e.rules[v].mods, n)
				own = own || e.rules[v].Trigger == r.Trigger
			}
		}
		if !own {
			r.trigger.alone = append(r.trigger.alone, n)
		}
		return
	case e.derived(r):
		s := r.trigger
		for _, g := range e.endings(r) {
			for _, v := range e.of[g] {
				e.rules[v].ends = append(e.rules[v].ends, n)
			}
			if !slices.Contains(s.ends, g) {
				s.ends = append(s.ends, g)
			}
		}
	}
	r.trigger.starts = append(r.trigger.starts, n)
	r.held = slices.ContainsFunc(r.conds, func(w condition) bool { return w.kind == "detained" })
	r.trigger.detains = r.trigger.detains || r.role&detention != 0 && !r.held
}

// derived reports whether the trigger of a rule is the end of another's period.
func (e *Engine) derived(r *rule) bool {
	return len(r.of) > 0 && r.Kind != law.Modifier && r.length[0].Mode != law.BoundByParent
}

// endings are the groups whose ends are the trigger of a rule.
func (e *Engine) endings(r *rule) []int16 {
	out := r.of
	for _, id := range endsToo[r.ID] {
		if g := e.group(id); g != none && !slices.Contains(out, g) {
			out = append(slices.Clone(out), g)
		}
	}
	return out
}

// refuse makes an unverified modifier forbid what verified modifiers of the same
// trigger would change.
func (e *Engine) refuse(n int16) {
	for i := range e.rules {
		m := &e.rules[i]
		if m.Kind != law.Modifier || !computed(m.Rule) || m.Trigger != e.rules[n].Trigger {
			continue
		}
		for _, g := range m.of {
			for _, v := range e.of[g] {
				e.rules[v].refused = append(e.rules[v].refused, n)
			}
		}
	}
}

var className = [...]string{"", "INT", "NT", "RNT", "DBNT"}

// ParseClass reads INT, NT, RNT or DBNT; anything else is NoClass.
func ParseClass(s string) law.Class {
	if i := slices.Index(className[:], s); i > 0 {
		return law.Class(i)
	}
	return law.NoClass
}

func classSet(names []string) (s classes) {
	for _, n := range names {
		if c := ParseClass(n); c != law.NoClass {
			s |= 1 << c
		}
	}
	return s
}
