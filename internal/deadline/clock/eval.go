package clock

import (
	"slices"
	"strings"
	"sync"

	"congminh/internal/law"
)

// Eval computes every limit that follows from the facts and appends it to buf. It
// makes no garbage if buf is long enough. Events whose name or day cannot be read
// are passed over: Check tells which they are.
func (e *Engine) Eval(f *Facts, buf []Link) []Link {
	r := runs.Get().(*run)
	r.e, r.f, r.buf, r.first = e, f, buf, len(buf)
	r.read()
	r.pass(0)
	r.pass(custody)
	r.detainedAfterCustody()
	r.pass(detention)
	r.pass(measure)
	r.endings()
	buf = r.buf
	r.e, r.f, r.buf = nil, nil, nil
	clear(r.events)
	clear(r.chains)
	r.events, r.chains = r.events[:0], r.chains[:0]
	runs.Put(r)
	return buf
}

var runs = sync.Pool{New: func() any { return new(run) }}

// run is one evaluation.
type run struct {
	e      *Engine
	f      *Facts
	buf    []Link
	first  int // of ours in buf
	events []happening
	chains []chain

	simplified, superior Tri
}

// happening is an event that was read.
type happening struct {
	*symbol
	at    moment
	hours bool
	dated bool
	index int    // in the facts
	who   string // the person a limit is computed for, of an event of the whole case
	used  int    // custody days to deduct, −1: to be found
	group int16  // of the rule it names, extended or done; none
	seq   int    // of the extension it names, 0: the next
}

// chain is a period with its extensions.
type chain struct {
	rule           int16
	role           role
	class          law.Class
	ifClass        bool
	subject        string
	start, nominal moment
	stopped        moment
	last           int // link that is current
}

func (r *run) event(h *happening) *Event { return &r.f.Events[h.index] }

// subject gives whose an event is.
func (r *run) subject(h *happening) string {
	if h.who != "" {
		return h.who
	}
	return r.f.Events[h.index].Subject
}

// read looks the events up and puts them in the order of time.
func (r *run) read() {
	for i := range r.f.Events {
		v := &r.f.Events[i]
		s := r.e.syms[v.Name]
		if s == nil {
			continue
		}
		h := happening{symbol: s, index: i, used: -1, group: none}
		h.at, h.hours, h.dated = parse(v.At)
		if !h.dated && s.fact == noFact {
			continue
		}
		if s.fact == factGranted || s.fact == factDone {
			id, seq, _ := strings.Cut(v.Value, "/")
			h.group = r.e.group(id)
			h.seq, _ = digits(seq)
		}
		n := len(r.events)
		r.events = append(r.events, h)
		for h.dated && n > 0 && r.events[n-1].dated && r.events[n-1].at > h.at {
			r.events[n] = r.events[n-1]
			n--
		}
		r.events[n] = h
	}
	r.simplified, r.superior = r.f.Simplified, r.f.Superior
	if r.simplified == Unknown {
		r.simplified = r.said(factSimplified, "")
	}
	if r.superior == Unknown {
		r.superior = r.said(factSuperior, "")
	}
}

// pass starts the clocks of a role: those of detention need those of the stages.
func (r *run) pass(which role) {
	const later = custody | detention | measure
	for i := range r.events {
		h := &r.events[i]
		if !h.dated {
			continue
		}
		if which == detention && r.orderedInStage(h) {
			continue
		}
		for _, n := range h.starts {
			if c := &r.e.rules[n]; c.role&later == which && (!c.held || !r.forEachHeld(n, h)) {
				r.start(n, h)
			}
		}
		if which == 0 {
			for _, m := range h.alone {
				r.modified(m, h)
			}
		}
	}
}

// forEachHeld starts a clock of those detained for each of them, at an event of the
// whole case; not if nobody in particular is known to be.
func (r *run) forEachHeld(n int16, h *happening) (found bool) {
	if r.event(h).Subject != "" {
		return false
	}
	for i := range r.events {
		o := &r.events[i]
		who := r.event(o).Subject
		if !o.detains || !o.dated || o.at > h.at || who == "" {
			continue
		}
		if slices.ContainsFunc(r.events[:i], func(x happening) bool { return x.detains && r.f.Events[x.index].Subject == who }) {
			continue
		}
		person := *h
		person.who, found = who, true
		r.start(n, &person)
	}
	return found
}

// orderedInStage starts, for a new order of detention after the investigation, the clock
// of detention of the stage the case is in. The order takes the place of the last one.
func (r *run) orderedInStage(h *happening) (started bool) {
	if r.f.Potential || len(h.starts) == 0 || r.e.rules[h.starts[0]].trigger != r.e.detained {
		return false
	}
	s := r.stageAt(h.at, stages)
	if s == nil {
		return false
	}
	for i := range r.e.rules {
		c := &r.e.rules[i]
		if c.role&afterDetention == 0 || c.length[law.INT].Mode != law.Detention || !slices.Contains(c.bounds, r.e.rules[s.rule].group) {
			continue
		}
		for k := r.first; k < len(r.buf); k++ {
			if l := &r.buf[k]; r.e.rules[l.Rule].group == c.group && l.Subject == r.event(h).Subject && l.Stopped == 0 {
				l.Stopped = h.at
			}
		}
		n := len(r.buf)
		r.start(int16(i), h)
		started = started || len(r.buf) > n
	}
	return started
}

// start starts the clock of a rule at an event.
func (r *run) start(n int16, h *happening) {
	c := &r.e.rules[n]
	begin := *h
	if h.fact == factPreviousDetention {
		begin.at = midnight(h.at) + day
	}
	if !r.inForce(c, begin.at) {
		return
	}
	if r.joinedInto(c, h) {
		return
	}
	who := r.subject(h)
	cond, ok := r.conditions(c, h, who, begin.at)
	if !ok {
		return
	}
	class := law.NoClass
	if c.classy {
		class = r.classAt(who, begin.at)
	}
	if c.classy && c.initiated && r.joined() != nil {
		class = max(class, r.secondClass())
	}
	switch {
	case c.Kind == law.LatestBefore:
		if c.classes.has(class) || class == law.NoClass {
			r.before(n, end{at: begin.at, hours: h.hours, cond: cond, event: h.index, subject: who, of: none, granted: true})
		}
	case !c.classy:
		r.period(n, &begin, law.NoClass, false, cond)
	case class != law.NoClass:
		if c.classes.has(class) {
			r.period(n, &begin, class, false, cond)
		}
	case c.byClass, c.classes != 0:
		for k := law.INT; k <= law.DBNT; k++ {
			if c.classes.has(k) {
				r.period(n, &begin, k, true, cond)
			}
		}
	default:
		r.period(n, &begin, law.NoClass, false, cond)
	}
}

// inForce reports whether a version of a rule governs what began at a moment. Of
// periods of years one that still ran when the rule came into force is governed by it
// (thời hiệu), unless an older version governed it.
func (r *run) inForce(c *rule, at moment) bool {
	if at >= c.from && at < c.to {
		return true
	}
	if at >= c.to || c.length[0].Mode != law.Years && c.length[law.INT].Mode != law.Years {
		return false
	}
	for _, v := range r.e.of[c.group] {
		if o := &r.e.rules[v]; o.from < c.from {
			return false
		}
	}
	longest := 0
	for _, l := range c.length {
		longest = max(longest, l.Value)
	}
	end, _ := addMonths(at, 12*longest)
	return end >= c.from
}

// classAt gives the class of the crime of a person, or the heaviest of the case, at a
// moment; NoClass if nobody told.
func (r *run) classAt(subject string, at moment) law.Class {
	if len(r.f.Class) == 0 {
		return law.NoClass
	}
	if c, ok := r.f.Class[subject]; ok && c != law.NoClass {
		return r.changed(subject, c, at)
	}
	if subject != "" {
		return r.changed(subject, r.f.Class[""], at)
	}
	heaviest := law.NoClass
	for s, c := range r.f.Class {
		heaviest = max(heaviest, r.changed(s, c, at))
	}
	return heaviest
}

func (r *run) changed(subject string, c law.Class, at moment) law.Class {
	for i := range r.events {
		h := &r.events[i]
		if h.fact == factClassChanged && h.dated && h.at <= at && r.concerns(h, subject) {
			if to := ParseClass(r.event(h).Value); to != law.NoClass {
				c = to
			}
		}
	}
	return min(c, law.DBNT)
}

// concerns reports whether an event is about a person, or about the whole case.
func (r *run) concerns(h *happening, subject string) bool {
	s := r.event(h).Subject
	return s == "" || s == subject
}

// last gives the last event that states a fact about a person or the case, or nil.
func (r *run) last(f fact, subject string) *happening {
	for i := len(r.events) - 1; i >= 0; i-- {
		if h := &r.events[i]; h.fact == f && r.concerns(h, subject) {
			return h
		}
	}
	return nil
}

// said gives what an event with a truth value says.
func (r *run) said(f fact, subject string) Tri {
	h := r.last(f, subject)
	switch {
	case h == nil:
		return Unknown
	case r.event(h).Value == "false":
		return No
	}
	return Yes
}

// number gives a number stated as a fact.
func (r *run) number(f fact, subject string) (int, bool) {
	h := r.last(f, subject)
	if h == nil {
		return 0, false
	}
	v := r.event(h).Value
	if v == "" || len(v) > 4 {
		return 0, false
	}
	return digits(v)
}

func (r *run) joined() *happening { return r.last(factJoined, "") }

func (r *run) secondClass() law.Class {
	if h := r.last(factSecondClass, ""); h != nil {
		return ParseClass(r.event(h).Value)
	}
	return law.NoClass
}

// joinedInto reports whether the period of investigation that would start here goes
// on in the one of the first case initiated.
func (r *run) joinedInto(c *rule, h *happening) bool {
	if c.role&investigation == 0 || !c.initiated || r.joined() == nil {
		return false
	}
	for i := range r.events {
		o := &r.events[i]
		if o == h {
			return false
		}
		if o.dated && slices.ContainsFunc(o.starts, func(n int16) bool { return r.e.rules[n].group == c.group }) {
			return true
		}
	}
	return false
}

func (r *run) juvenile(subject string) Tri {
	if t := r.f.Juvenile[subject]; t != Unknown {
		return t
	}
	if t := r.f.Juvenile[""]; t != Unknown {
		return t
	}
	t := r.said(factJuvenile, subject)
	if t == Unknown && !r.f.Potential {
		return No
	}
	return t
}

// conditions gives those conditions of a rule that are not known to hold; not ok if
// one is known not to.
func (r *run) conditions(c *rule, h *happening, subject string, at moment) (unknown uint64, ok bool) {
	for _, w := range c.conds {
		switch r.holds(w, h, subject, at) {
		case No:
			return 0, false
		case Unknown:
			unknown |= w.bit
		}
	}
	return unknown, true
}

// condition is a word of When, compiled.
type condition struct {
	kind string
	arg  string
	bit  uint64
}

func (t Tri) not() Tri {
	switch t {
	case Yes:
		return No
	case No:
		return Yes
	}
	return Unknown
}

// unless gives what is ordinary if nothing is known.
func (t Tri) unless(known Tri) Tri {
	if known == Unknown {
		return t
	}
	return known
}

func tri(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

func (r *run) holds(w condition, h *happening, subject string, at moment) Tri {
	unknown := Unknown // what the program does not know does not hold
	if !r.f.Potential {
		unknown = No
	}
	switch w.kind {
	case "simplified":
		return unknown.unless(r.simplified)
	case "not_simplified":
		return Yes.unless(r.simplified.not())
	case "superior_court":
		return r.superior
	case "lower_court":
		return r.superior.not()
	case "juvenile":
		return unknown.unless(r.juvenile(subject))
	case "adult":
		return Yes.unless(r.juvenile(subject).not())
	case "detained":
		return unknown.unless(r.detained(h, subject, at))
	case "resumed":
		return unknown.unless(r.resumed(subject, at))
	case "not_resumed":
		return Yes.unless(r.resumed(subject, at).not())
	case "reading":
		return unknown
	case "stage":
		return r.stage(w.arg, at)
	case "agency":
		if r.event(h).Value == "" {
			return unknown
		}
		return tri(has(r.event(h).Value, w.arg))
	}
	// measure, subject and what an installation adds: the event says which.
	if v := r.event(h).Value; v != "" {
		return tri(has(v, w.arg))
	}
	return Unknown
}

// has reports whether a list with commas has a word.
func has(list, word string) bool {
	for list != "" {
		var one string
		one, list, _ = strings.Cut(list, ",")
		if one = strings.TrimSpace(one); one == word {
			return true
		}
		if _, tail, ok := strings.Cut(one, ":"); ok && tail == word {
			return true
		}
	}
	return false
}

// detained reports whether a person was in detention at a moment.
func (r *run) detained(h *happening, subject string, at moment) Tri {
	if h.fact == factPreviousDetention {
		return Yes
	}
	if t := r.said(factDetained, subject); t != Unknown {
		return t
	}
	held := Unknown
	for i := range r.events {
		o := &r.events[i]
		if !o.dated || o.at > at || r.event(o).Subject != subject && subject != "" {
			continue
		}
		switch {
		case o.detains || o.fact == factPreviousDetention:
			held = Yes
		case o.closes&detention != 0:
			held = No
		}
	}
	return held
}

// resumed reports whether the investigation at a moment is a resumed or additional one.
func (r *run) resumed(subject string, at moment) Tri {
	if t := r.said(factResumed, subject); t != Unknown {
		return t
	}
	if c := r.stageAt(at, investigation); c != nil {
		return tri(c.role&additional != 0)
	}
	return Unknown
}

// stageAt gives the period of a stage that began last before a moment, or nil.
func (r *run) stageAt(at moment, which roles) (last *chain) {
	for i := range r.chains {
		c := &r.chains[i]
		if c.role&which != 0 && midnight(c.start) <= at && (last == nil || c.start > last.start) {
			last = c
		}
	}
	return last
}

// stage reports whether the case is in a stage; one that only might be is unknown.
func (r *run) stage(name string, at moment) Tri {
	is := Unknown
	if c := r.stageAt(at, stages); c != nil {
		is = tri(r.e.rules[c.rule].Stage == name || c.role&investigation != 0 && name == "dieu_tra" || c.role&prosecution != 0 && name == "truy_to")
	}
	if is == No && r.f.Potential {
		return Unknown
	}
	return is
}

// period computes a period and its extensions, as the law has it for the persons it
// concerns: in full, or as a modifier changes it.
func (r *run) period(n int16, h *happening, class law.Class, ifClass bool, cond uint64) {
	c := &r.e.rules[n]
	if c.role&measure != 0 {
		r.measure(n, h, class, ifClass, cond)
		return
	}
	b := body{rule: n, h: *h, subject: r.subject(h), class: class, ifClass: ifClass, cond: cond, mod: none, num: 1, den: 1, main: true}
	if len(c.mods) == 0 {
		r.links(b)
		return
	}
	r.forPerson(b, r.juvenile(b.subject))
	if b.subject == "" && r.f.Juvenile[""] != Yes {
		r.eachJuvenile(b)
	}
}

// eachJuvenile adds the shorter limit of every juvenile among the accused of a case.
func (r *run) eachJuvenile(b body) {
	for s := r.nextJuvenile(""); s != ""; s = r.nextJuvenile(s) {
		b.subject = s
		for _, m := range r.e.rules[b.rule].mods {
			if mod := &r.e.rules[m]; mod.num < mod.den && r.shortens(mod, b) {
				b.mod, b.num, b.den, b.main = m, mod.num, mod.den, false
				r.links(b)
			}
		}
	}
}

// nextJuvenile gives the next juvenile by id.
func (r *run) nextJuvenile(after string) (next string) {
	for s, t := range r.f.Juvenile {
		if t == Yes && s > after && (next == "" || s < next) {
			next = s
		}
	}
	return next
}

// shortens reports whether a modifier governs a period (it may not be known whether
// the person is a juvenile).
func (r *run) shortens(m *rule, b body) bool {
	at := r.regime(b)
	if at < m.from || at >= m.to {
		return false
	}
	return m.length[0].Mode != law.OfParent || r.said(factComplex, b.subject) != Yes && r.said(factDiversion, b.subject) != Yes
}

// regime is the moment whose law governs a period: of a detention, the beginning of
// the stage if that stage was running when the law changed.
func (r *run) regime(b body) moment {
	if r.e.rules[b.rule].role&detention == 0 {
		return b.h.at
	}
	s := r.stageAt(b.h.at, stages)
	if s == nil {
		return b.h.at
	}
	for _, m := range r.e.rules[b.rule].mods {
		if t := &r.e.rules[m]; t.transitional() && s.start < t.from && s.nominal >= t.from {
			return s.start
		}
	}
	return b.h.at
}

func (r *run) forPerson(b body, juvenile Tri) {
	c := &r.e.rules[b.rule]
	replaced, halved := none, false
	if juvenile != No {
		for _, m := range c.mods {
			mod := &r.e.rules[m]
			if mod.transitional() || !r.shortens(mod, b) {
				continue
			}
			s := b
			s.mod, s.num, s.den, s.main = m, mod.num, mod.den, juvenile == Yes
			if juvenile == Unknown {
				s.cond |= r.e.juvenile
			} else {
				replaced, halved = m, mod.length[0].Mode == law.OfParent
			}
			r.links(s)
		}
	}
	if replaced == none && juvenile == Yes && r.refused(b) {
		return
	}
	switch {
	case replaced == none:
		r.links(b)
	case halved && r.f.Potential && r.said(factComplex, b.subject) == Unknown && r.said(factDiversion, b.subject) == Unknown:
		s := b
		s.cond |= r.e.full
		s.main = false
		r.links(s)
	}
	if juvenile == No || !r.f.Potential {
		return
	}
	for _, m := range c.mods {
		mod := &r.e.rules[m]
		if !mod.transitional() || b.h.at >= mod.from || !r.runsAt(b, mod.from) {
			continue
		}
		s := b
		s.mod, s.main = m, false
		if replaced != none {
			s.num, s.den = r.e.rules[replaced].num, r.e.rules[replaced].den
		}
		if juvenile == Unknown {
			s.cond |= r.e.juvenile
		}
		r.links(s)
		if replaced != none { // what the transition keeps may be read as the limit of adults
			s.num, s.den, s.cond = mod.num, mod.den, s.cond|r.e.whole
			r.links(s)
		}
	}
}

// runsAt reports whether a period was running at a moment.
func (r *run) runsAt(b body, at moment) bool {
	end, _ := r.span(&r.e.rules[b.rule], r.e.rules[b.rule].length[b.class], b.h.at, b.num, b.den, 0)
	return end >= at
}

// refused says of a period that it must not be computed, if so; the end written in
// the order serves instead.
func (r *run) refused(b body) bool {
	at := r.regime(b)
	for _, m := range r.e.rules[b.rule].refused {
		if mod := &r.e.rules[m]; at < mod.from || at >= mod.to {
			continue
		}
		l := r.link(b, Refusal)
		l.Mod = m
		if end, hours, ok := parse(r.event(&b.h).Until); ok {
			l.Kind, l.Ordered, l.Hours = Period, true, hours && r.e.rules[b.rule].role&custody != 0
			l.Nominal, l.Legal, l.Arithmetic, l.Order = end, end, end, int32(b.h.index)+1
			if !l.Hours {
				l.Nominal, l.Legal = midnight(end), midnight(end)
			}
		}
		l.Current = true
		r.add(l)
		return true
	}
	return false
}

// modified answers to the trigger of a modifier that does not name the rule it changes:
// each of them, from that day.
func (r *run) modified(m int16, h *happening) {
	mod := &r.e.rules[m]
	subject := r.event(h).Subject
	cond := uint64(0)
	switch r.juvenile(subject) {
	case No:
		return
	case Unknown:
		cond = r.e.juvenile
	}
	class := r.classAt(subject, h.at)
	for _, g := range mod.of {
		for _, n := range r.e.of[g] {
			c := &r.e.rules[n]
			if !r.inForce(c, h.at) {
				continue
			}
			unknown, _ := r.conditions(c, h, subject, h.at)
			b := body{rule: n, h: *h, subject: subject, class: class, cond: cond | unknown, mod: m, num: mod.num, den: mod.den}
			if class != law.NoClass || !c.byClass {
				r.links(b)
				continue
			}
			for b.class, b.ifClass = law.INT, true; b.class <= law.DBNT; b.class++ {
				r.links(b)
			}
		}
	}
}
