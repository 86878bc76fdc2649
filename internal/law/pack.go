package law

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"congminh/internal/kit/civil"
)

// Pack is everything the program knows of the law. Nobody changes it once it is
// loaded: what it returns is shared and only to be read.
type Pack struct {
	About      About
	Warnings   Warnings
	ClassBasis ClassBasis

	rules       shelf[Rule]
	acts        shelf[ActKind]
	offences    shelf[Offence]
	forms       shelf[Form]
	lists       shelf[List]
	off, work   shelf[Day]
	pending     shelf[Pending]
	assumptions shelf[Statement]
	uncertain   shelf[Statement]
	sources     shelf[Source]
	conditions  shelf[Term]
	stages      shelf[Term]
	modes       shelf[Term]
	classes     shelf[Term]
	grades      shelf[Term]
	successions shelf[Succession]

	calendar  Calendar
	versions  map[string][]int // of a rule, by id: places in rules, oldest first
	wordings  map[string][]int // of an article: places in offences, oldest first
	formAt    map[int]int
	refused   Problems
	decisions map[string][]Decision // by key of the version, newest first
}

// Origin is where a datum stands.
type Origin struct {
	File  string `json:"file"`
	Line  int    `json:"line"`  // 0 if it is not known
	Layer int    `json:"layer"` // 0 the program's own, 1… files of the installation
}

// shelf holds the data of one kind, each under its key.
type shelf[T any] struct {
	items []T
	at    map[string]int
	from  []Origin
}

// put adds an item, in the place of an earlier one of the same key.
func (s *shelf[T]) put(key string, item T, o Origin) {
	if s.at == nil {
		s.at = map[string]int{}
	}
	if i, ok := s.at[key]; ok {
		s.items[i], s.from[i] = item, o
		return
	}
	s.at[key] = len(s.items)
	s.items, s.from = append(s.items, item), append(s.from, o)
}

func (s *shelf[T]) get(key string) (item T, ok bool) {
	i, ok := s.at[key]
	if ok {
		item = s.items[i]
	}
	return item, ok
}

func (s *shelf[T]) has(key string) bool { _, ok := s.at[key]; return ok }

// drop takes an item away.
func (s *shelf[T]) drop(key string) {
	i, ok := s.at[key]
	if !ok {
		return
	}
	s.items, s.from = slices.Delete(s.items, i, i+1), slices.Delete(s.from, i, i+1)
	delete(s.at, key)
	for k, n := range s.at {
		if n > i {
			s.at[k] = n - 1
		}
	}
}

func (s shelf[T]) clone() shelf[T] {
	return shelf[T]{slices.Clone(s.items), maps.Clone(s.at), slices.Clone(s.from)}
}

// clone returns a pack that can be added to while p stands.
func (p *Pack) clone() *Pack {
	q := *p
	q.rules, q.acts, q.offences, q.forms, q.lists = p.rules.clone(), p.acts.clone(), p.offences.clone(), p.forms.clone(), p.lists.clone()
	q.off, q.work, q.pending = p.off.clone(), p.work.clone(), p.pending.clone()
	q.assumptions, q.uncertain, q.sources = p.assumptions.clone(), p.uncertain.clone(), p.sources.clone()
	q.conditions, q.stages, q.modes, q.classes, q.grades = p.conditions.clone(), p.stages.clone(), p.modes.clone(), p.classes.clone(), p.grades.clone()
	q.successions = p.successions.clone()
	return &q
}

// index makes the look-ups.
func (p *Pack) index() {
	p.versions, p.wordings, p.formAt = map[string][]int{}, map[string][]int{}, map[int]int{}
	for i, r := range p.rules.items {
		p.versions[r.ID] = append(p.versions[r.ID], i)
	}
	for i, o := range p.offences.items {
		p.wordings[o.Article] = append(p.wordings[o.Article], i)
	}
	for _, at := range p.versions {
		slices.SortStableFunc(at, func(a, b int) int { return compare(p.rules.items[a].From, p.rules.items[b].From) })
	}
	for _, at := range p.wordings {
		slices.SortStableFunc(at, func(a, b int) int { return compare(p.offences.items[a].From, p.offences.items[b].From) })
	}
	for i, f := range p.forms.items {
		p.formAt[f.Number] = i
	}
	p.calendar.Off, p.calendar.Work = slices.Clone(p.off.items), slices.Clone(p.work.items)
	p.calendar.Undecided = slices.Clone(p.pending.items)
	p.calendar.index()
}

// Rules returns every version of every rule, in the order of the files.
func (p *Pack) Rules() []Rule { return p.rules.items }

// Rule returns a rule as it is in force on a day.
func (p *Pack) Rule(id string, day civil.Date) (Rule, bool) {
	for _, i := range p.versions[id] {
		if r := &p.rules.items[i]; r.In(day) {
			return *r, true
		}
	}
	return Rule{}, false
}

// Versions returns the history of a rule, oldest first.
func (p *Pack) Versions(id string) (out []Rule) {
	for _, i := range p.versions[id] {
		out = append(out, p.rules.items[i])
	}
	return out
}

// Acts returns the catalogue of acts, in the order of the files.
func (p *Pack) Acts() []ActKind { return p.acts.items }

// Act returns a kind of act of the catalogue.
func (p *Pack) Act(code string) (ActKind, bool) { return p.acts.get(code) }

// Offences returns every wording of every article, in the order of the files.
func (p *Pack) Offences() []Offence { return p.offences.items }

// Offence returns an article of the Penal Code as it is in force on a day.
func (p *Pack) Offence(article string, day civil.Date) (Offence, bool) {
	for _, i := range p.wordings[article] {
		if o := &p.offences.items[i]; in(o.From, o.To, day) {
			return *o, true
		}
	}
	return Offence{}, false
}

// ClassOf returns the class of a crime by the clause charged, as the Penal Code is in
// force on a day. It is NoClass if the clause or its class is not known; the clause
// of an article that has none is "".
func (p *Pack) ClassOf(article, clause string, day civil.Date) Class {
	o, _ := p.Offence(article, day)
	for _, c := range o.Clauses {
		if c.Number == clause || c.Number == "" && len(o.Clauses) == 1 {
			return ParseClass(c.Class)
		}
	}
	return NoClass
}

// Lists returns the short catalogues.
func (p *Pack) Lists() []List { return p.lists.items }

// List returns a short catalogue: measures, chapters, reasons of …
func (p *Pack) List(code string) (List, bool) { return p.lists.get(code) }

// Forms returns the forms of the sector.
func (p *Pack) Forms() []Form { return p.forms.items }

// Form returns a form by its number.
func (p *Pack) Form(n int) (Form, bool) {
	i, ok := p.formAt[n]
	if !ok {
		return Form{}, false
	}
	return p.forms.items[i], true
}

// Calendar returns the working days.
func (p *Pack) Calendar() *Calendar { return &p.calendar }

// Assumption returns A-….
func (p *Pack) Assumption(id string) (Statement, bool) { return p.assumptions.get(id) }

// Assumptions returns A-1 … in order.
func (p *Pack) Assumptions() []Statement { return p.assumptions.items }

// Uncertainty returns U-….
func (p *Pack) Uncertainty(id string) (Statement, bool) { return p.uncertain.get(id) }

// Uncertainties returns U-1 … in order.
func (p *Pack) Uncertainties() []Statement { return p.uncertain.items }

// Source returns S….
func (p *Pack) Source(id string) (Source, bool) { return p.sources.get(id) }

// Sources returns every source.
func (p *Pack) Sources() []Source { return p.sources.items }

// Stages returns the stages rules are sorted by.
func (p *Pack) Stages() []Term { return p.stages.items }

// Stage returns the title of a stage of rules; the code if it has none.
func (p *Pack) Stage(code string) string { return title(&p.stages, code) }

// Condition returns a condition of a rule (Rule.When) in words.
func (p *Pack) Condition(code string) string { return title(&p.conditions, code) }

// Conditions returns every condition rules know.
func (p *Pack) Conditions() []Term { return p.conditions.items }

// Grade returns what a grade of confidence means.
func (p *Pack) Grade(c Confidence) string { return title(&p.grades, string(c)) }

// ClassName returns the title of a class: "ít nghiêm trọng".
func (p *Pack) ClassName(code string) string { return title(&p.classes, code) }

// Successions returns which body took over from which.
func (p *Pack) Successions() []Succession { return p.successions.items }

// Refused returns what was wrong with files of the installation that were refused;
// empty if everything that was found is used.
func (p *Pack) Refused() Problems { return p.refused }

// RuleOrigin returns where a version of a rule stands.
func (p *Pack) RuleOrigin(id string, from civil.Date) Origin {
	if i, ok := p.rules.at[key(id, from)]; ok {
		return p.rules.from[i]
	}
	return Origin{}
}

// Decisions returns what the installation decided about a version of a rule, newest
// first.
func (p *Pack) Decisions(id string, from civil.Date) []Decision { return p.decisions[key(id, from)] }

func title(s *shelf[Term], code string) string {
	if t, ok := s.get(code); ok {
		return t.Title
	}
	return code
}

// decided returns the pack with the decisions of an installation, newest first,
// applied to the rules: what was switched off last is Off.
func (p *Pack) decided(all []Decision) *Pack {
	q := *p
	q.rules.items = slices.Clone(p.rules.items)
	q.decisions = map[string][]Decision{}
	for _, d := range all {
		k := key(d.Rule, d.Version)
		q.decisions[k] = append(q.decisions[k], d)
	}
	for i := range q.rules.items {
		r := &q.rules.items[i]
		for _, d := range q.decisions[key(r.ID, r.From)] {
			if d.What == SwitchedOff {
				r.Status = Off
			}
			if d.What != Confirmed {
				break
			}
		}
	}
	return &q
}

// Digest identifies the content of a rule: it changes with every field but what an
// installation switches.
func (r Rule) Digest() string {
	r.Status = ""
	return digest(r)
}

// Digest identifies the content of the pack, without what an installation switched.
func (p *Pack) Digest() string {
	rules := make([]string, len(p.rules.items))
	for i, r := range p.rules.items {
		rules[i] = r.Digest()
	}
	return digest([]any{p.About, rules, p.acts.items, p.offences.items, p.forms.items, p.lists.items, p.off.items, p.work.items, p.pending.items, p.assumptions.items})
}

func digest(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // plain data always has a text
		panic(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// citesVN writes several citations in one line.
func citesVN(cs []Citation) string {
	out := make([]string, len(cs))
	for i, c := range cs {
		out[i] = c.String()
	}
	return strings.Join(out, "; ")
}
