package clock

import (
	"slices"

	"congminh/internal/law"
)

// body is a period about to be computed.
type body struct {
	rule     int16
	mod      int16
	h        happening
	subject  string
	class    law.Class
	ifClass  bool
	cond     uint64
	num, den int  // fraction of the length
	main     bool // bounds others
}

func (r *run) link(b body, k Kind) Link {
	return Link{
		Rule: b.rule, Mod: b.mod, Of: none, Bound: none, Kind: k, Class: b.class, IfClass: b.ifClass, Cond: b.cond,
		Event: int32(b.h.index), Subject: b.subject, Start: b.h.at, Granted: true, Num: int8(b.num), Den: int8(b.den),
	}
}

func (r *run) add(l Link) int {
	r.buf = append(r.buf, l)
	return len(r.buf) - 1
}

// span adds a length to a start: the nominal end of a period. A fraction of an odd
// number of months is half a month of 15 days more, other halves are rounded down
//
func (r *run) span(c *rule, l law.Length, start moment, num, den, used int) (end moment, hours bool) {
	switch l.Mode {
	case law.Hours:
		return start + l.Value*hour*num/den, true
	case law.Custody:
		return start + l.Value*day*num/den, true
	case law.Days:
		return midnight(start) + l.Value*num/den*day, false
	case law.WorkingDays:
		return r.e.cal.addWorking(start, l.Value*num/den), false
	case law.Months, law.Years:
		months := l.Value * num
		if l.Mode == law.Years {
			months *= 12
		}
		end, _ = addMonths(start, months/den)
		return end + months%den*30/den*day, false
	case law.Detention, law.BoundByParent:
		n := l.Value
		if l.Unit == "month" {
			n *= 30
		}
		return midnight(start) + (n*num/den-used-1)*day, false
	}
	return midnight(start), false
}

// links computes a period and its extensions: those granted and, if they are asked
// for, those possible.
func (r *run) links(b body) {
	c := &r.e.rules[b.rule]
	l := r.link(b, Period)
	length := c.length[b.class]
	l.Start = b.h.at
	counted := length.Mode == law.Hours || length.Mode == law.Custody
	l.Assumed = counted && !b.h.hours
	if !counted {
		l.Start = midnight(b.h.at)
	}
	if c.role&detention != 0 && length.Mode != law.OfParent {
		l.Used = r.used(b)
		l.Next = b.h.fact == factPreviousDetention
	}
	l.Nominal, l.Hours = r.span(c, length, l.Start, b.num, b.den, l.Used)
	r.change(&l, b)
	r.finish(&l, c.Roll, b)
	r.ordered(&l, r.event(&b.h).Until, b.h.index)
	stop := r.stopped(b, l.Start)
	l.Stopped = stop
	last := r.add(l)
	r.bounded(last, b)
	current := r.extensions(b, l.Start, last, stop, 1)
	r.buf[current].Current = true
	if b.main && c.role != 0 {
		r.chains = append(r.chains, chain{b.rule, c.role, r.buf[current].Class, b.ifClass, b.subject, l.Start, r.buf[current].Nominal, stop, current})
	}
	if b.main && r.f.Potential && c.byClass && c.role&(investigation|detention) != 0 && !b.ifClass {
		r.readings(b, l)
	}
}

// readings adds, where what is possible is asked for, how a change of the class may be
// read otherwise: the limit of the lighter crime that had passed by then; the one
// of the heavier crime from the beginning, if the period was being extended by then or
// if its case was joined with the one of a heavier crime.
func (r *run) readings(b body, first Link) {
	if first.Lighter {
		l := first
		l.Lighter, l.Current, l.Cond = false, false, l.Cond|r.e.lighter
		l.Nominal, l.Hours = r.span(&r.e.rules[b.rule], r.e.rules[b.rule].length[l.Class], l.Start, b.num, b.den, l.Used)
		r.finish(&l, r.e.rules[b.rule].Roll, b)
		r.add(l)
	}
	heavier := law.NoClass
	for i := range r.events {
		h := &r.events[i]
		if h.fact == factClassChanged && h.dated && midnight(h.at) > first.Nominal && r.concerns(h, b.subject) {
			heavier = max(heavier, ParseClass(r.event(h).Value))
		}
	}
	if h := r.joined(); h != nil && h.dated && h.at >= first.Start {
		heavier = max(heavier, r.secondClass())
	}
	if heavier > first.Class && first.Class != law.NoClass {
		b.class, b.main, b.cond = heavier, false, b.cond|r.e.recount
		r.links(b)
	}
}

// extensions appends the extensions of a chain, from number first on, to the link
// last, and gives the last link that is granted.
func (r *run) extensions(b body, begin moment, last int, stop moment, first int) (current int) {
	c := &r.e.rules[b.rule]
	current = last
	ordinary := last // the end within the ordinary cap, from which a special extension counts
	total := c.length[b.class].Value
	given, limited := 0, false
	if c.role&custody != 0 {
		given, limited = r.number(factCustodyExtensions, b.subject)
	}
	asks := true
	for i := range c.exts {
		x := &c.exts[i]
		prev := &r.buf[last]
		if x.Seq < first || prev.Class != law.NoClass && !x.classes.has(prev.Class) {
			continue
		}
		grant, until := r.grant(c.group, &b, x.Seq)
		granted := grant != 0 || limited && x.Seq <= given
		if limited && !granted {
			break
		}
		special := x.Seq == specialSeq
		from := last
		if special {
			from = ordinary
		}
		if !granted && !r.f.Potential {
			if asks && x.Ask != nil && current == last && stop == 0 && !r.askedFor(c) {
				r.request(from, x)
			}
			if !special {
				asks = false
			}
			continue
		}
		if r.f.Potential && x.Ask != nil {
			r.request(from, x)
		}
		l := r.extended(b, c, x, begin, from)
		l.Granted, l.Order, l.Stopped = granted, int32(grant), stop
		if granted {
			r.ordered(&l, until, grant-1)
		}
		last = r.add(l)
		if x.bound != none {
			r.toBound(last, x)
		} else {
			r.bounded(last, b)
		}
		last = len(r.buf) - 1
		if granted {
			current = last
		}
		total += x.Max.Value
		if limit := c.cap[b.class]; !special && (limit == 0 || total <= limit) {
			ordinary = last
		}
	}
	return current
}

// specialSeq is the number of the extension in cases of national security.
const specialSeq = 9

// extended computes an extension that follows the link from.
func (r *run) extended(b body, c *rule, x *extension, begin moment, from int) Link {
	prev := r.buf[from]
	l := r.link(b, Period)
	l.Seq, l.Class, l.Start = int8(x.Seq), prev.Class, prev.Nominal
	switch {
	case x.FromTrigger:
		l.Start = begin
	case x.Max.Mode == law.Detention:
		l.Start, l.Next = midnight(prev.Nominal)+day, true
	}
	if x.Max.Mode != law.Hours && x.Max.Mode != law.Custody {
		l.Start = midnight(l.Start)
	}
	if l.Class == law.NoClass && x.classes != 0 {
		for l.Class = law.INT; !x.classes.has(l.Class); l.Class++ {
		}
		l.IfClass = true
	}
	l.Assumed = prev.Assumed && l.Start == prev.Nominal
	l.Nominal, l.Hours = r.span(c, x.Max, l.Start, b.num, b.den, 0)
	r.change(&l, b)
	r.finish(&l, x.Roll, b)
	return l
}

// finish gives a link its legal end.
func (r *run) finish(l *Link, roll bool, b body) {
	l.Legal = l.Nominal
	if roll && !l.Hours {
		l.Legal = r.e.cal.roll(l.Nominal)
	}
	l.Arithmetic = l.Nominal
}

// change computes the link again if the class of the crime changed while it ran: the
// heavier limit counts from the same start, that is, less the time used; the lighter
// one too, but no limit ends before the day of the change.
func (r *run) change(l *Link, b body) {
	if l.IfClass || l.Class == law.NoClass {
		return
	}
	c := &r.e.rules[b.rule]
	for i := range r.events {
		h := &r.events[i]
		if h.fact != factClassChanged || !h.dated || h.at < l.Start || midnight(h.at) > l.Nominal || !r.concerns(h, b.subject) {
			continue
		}
		to := ParseClass(r.event(h).Value)
		if to == law.NoClass || to == l.Class {
			continue
		}
		length, ok := c.length[to], true
		if l.Seq > 0 {
			length, ok = c.extension(int(l.Seq), to)
		} else if !c.byClass {
			continue
		}
		lighter := to < l.Class
		l.Class, l.Changed = to, int16(h.index)+1
		if ok {
			l.Nominal, l.Hours = r.span(c, length, l.Start, b.num, b.den, l.Used)
		}
		if lighter && (!ok || l.Nominal < midnight(h.at)) {
			l.Nominal, l.Lighter = midnight(h.at), true
		}
	}
}

// extension gives the length of the n-th extension for a class.
func (c *rule) extension(n int, k law.Class) (law.Length, bool) {
	for i := range c.exts {
		if c.exts[i].Seq == n && c.exts[i].classes.has(k) {
			return c.exts[i].Max, true
		}
	}
	return law.Length{}, false
}

// ordered puts the end written in a decision in the place of the computed one. Of
// custody and detention it prevails; of other periods it may only be the earlier.
func (r *run) ordered(l *Link, until string, event int) {
	end, hours, ok := parse(until)
	if !ok {
		return
	}
	c := &r.e.rules[l.Rule]
	if !l.Hours || !hours {
		end = midnight(end)
	}
	if l.Hours && !hours {
		end += day // the whole of the last day
	}
	if c.role&(custody|detention) == 0 && end > l.Nominal {
		return
	}
	if c.role&(custody|detention) == 0 && l.Seq == 0 {
		return // of these the law gives the period, no order
	}
	l.Ordered, l.Order = true, int32(event)+1
	l.Nominal, l.Legal = end, end
	if c.Roll && !l.Hours {
		l.Legal = r.e.cal.roll(end)
	}
}

// grant finds the decision on the n-th extension of a chain: 1 + index of its event and
// the end written in it, or 0.
func (r *run) grant(group int16, b *body, n int) (event int, until string) {
	to := r.again(&r.e.rules[b.rule], &b.h, b.subject)
	count := 0
	for i := range r.events {
		h := &r.events[i]
		if h.fact != factGranted || h.dated && (h.at < midnight(b.h.at) || h.at >= to && h.at > b.h.at) || !r.concerns(h, b.subject) {
			continue
		}
		if h.group != group {
			continue
		}
		count++
		if h.seq == n || h.seq == 0 && count == n {
			return h.index + 1, r.event(h).Until
		}
	}
	return 0, ""
}

// again gives the moment at which the same clock of the same person starts again; a case
// that was joined to the first starts nothing.
func (r *run) again(c *rule, h *happening, subject string) moment {
	for i := range r.events {
		o := &r.events[i]
		if o.dated && o.at > h.at && o.index != h.index && len(h.starts) > 0 && len(o.starts) > 0 && o.starts[0] == h.starts[0] && r.event(o).Subject == subject &&
			!r.joinedInto(c, o) {
			return o.at
		}
	}
	return forever
}

// stopped gives the moment at which a clock was stopped, 0 if it runs.
func (r *run) stopped(b body, start moment) moment {
	c := &r.e.rules[b.rule]
	for i := range r.events {
		h := &r.events[i]
		if !h.dated || h.index == b.h.index || h.at < midnight(start) {
			continue
		}
		switch v := r.event(h); {
		case v.Subject != "" && v.Subject != b.subject:
		case h.fact == factDone && h.group == c.group, h.closes&c.role != 0:
			return h.at
		}
	}
	if c.role&(prosecution|trial|appeal|detention) != 0 {
		if at := r.again(c, &b.h, b.subject); at != forever {
			return at
		}
	}
	return 0
}

// used gives the days of custody to deduct from a detention: those said, else those
// begun before it.
func (r *run) used(b body) int {
	c := &r.e.rules[b.rule]
	if b.h.used >= 0 {
		return b.h.used
	}
	if c.role&afterDetention != 0 || c.Trigger != "detention_start" {
		return 0
	}
	if n, ok := r.number(factCustodyDays, b.subject); ok {
		return n
	}
	start, end := forever, moment(0)
	for i := r.first; i < len(r.buf); i++ {
		l := &r.buf[i]
		if l.Kind != Period || r.e.rules[l.Rule].role&custody == 0 || l.Subject != b.subject || l.Start > b.h.at+day {
			continue
		}
		contiguous := midnight(l.Nominal) == midnight(b.h.at)
		if l.Seq == 0 {
			start = l.Start
		}
		if l.Granted || contiguous {
			end = max(end, l.Nominal)
		}
		if stop := l.Stopped; stop != 0 && stop < end && !contiguous {
			end = stop
		}
	}
	if start == forever {
		return 0
	}
	if at := midnight(b.h.at); at < end {
		end = at
	}
	return max(0, (end-start+day-1)/day)
}

// bounded cuts a detention to the period of the stage: none may outlast it. What the
// arithmetic says stands beside it where the stage may still be extended.
func (r *run) bounded(n int, b body) {
	c := &r.e.rules[b.rule]
	if c.role&detention == 0 {
		return
	}
	var bound *chain
	for _, g := range c.bounds {
		for i := range r.chains {
			s := &r.chains[i]
			if r.e.rules[s.rule].group == g && midnight(s.start) <= r.buf[n].Start && (s.class == r.buf[n].Class || !s.ifClass || r.buf[n].Class == law.NoClass) &&
				(bound == nil || s.start > bound.start) {
				bound = s
			}
		}
	}
	l := &r.buf[n]
	if bound == nil {
		return
	}
	if length := c.length[b.class]; length.Mode == law.BoundByParent {
		l.Bound = bound.rule
	}
	if l.Nominal <= bound.nominal {
		return
	}
	l.Bound = bound.rule
	if l.Ordered {
		return // the order prevails; Explain says that it is too long
	}
	full := *l
	l.Cut, l.Nominal, l.Legal = true, bound.nominal, bound.nominal
	if r.f.Potential {
		full.Bound, full.Cond = none, full.Cond|r.e.extended
		r.add(full)
	}
}

// toBound ends an extension with the period of another rule, as far as it reaches or
// may be extended.
func (r *run) toBound(n int, x *extension) {
	l := r.buf[n]
	base, found := l.Start, false
	for i := r.first; i < n; i++ {
		p := r.buf[i]
		if p.Kind != Period || r.e.rules[p.Rule].group != x.bound || p.Mod != none || p.Start > l.Start || !r.f.Potential && !p.Current {
			continue
		}
		if found && p.Nominal <= base {
			continue
		}
		m := l
		m.Bound, m.Nominal, m.Legal, m.Arithmetic, m.Hours = p.Rule, p.Nominal, p.Nominal, p.Nominal, false
		m.Class, m.IfClass, m.Cond = p.Class, p.IfClass, l.Cond|p.Cond
		if !p.Granted {
			m.Cond |= r.e.extended
		}
		if !found {
			r.buf[n], found = m, true
			continue
		}
		r.add(m)
	}
	if found {
		return
	}
	if bound, at := r.toldEnd([]int16{x.bound}, l.Start, l.Subject); bound != none {
		m := &r.buf[n]
		m.Bound, m.Nominal, m.Legal, m.Arithmetic, m.Hours = bound, at, at, at, false
		return
	}
	r.buf[n].Kind, r.buf[n].Nominal, r.buf[n].Legal = Refusal, l.Start, l.Start
}

// request says until when an extension must be asked for.
func (r *run) request(from int, x *extension) {
	l := r.buf[from]
	l.Kind, l.Seq, l.Current = Request, int8(x.Seq), false
	l.Start, l.Order, l.Ordered, l.Cut, l.Changed = l.Nominal, 0, false, false, 0
	l.Nominal = ahead(l.Start, *x.Ask)
	l.Hours = x.Ask.Mode == law.BeforeHours
	l.Legal, l.Arithmetic = l.Nominal, l.Nominal
	r.add(l)
}

// askedFor reports whether another rule says until when an extension is asked for.
func (r *run) askedFor(c *rule) bool {
	for _, n := range c.ends {
		if asked[r.e.rules[n].ID] {
			return true
		}
	}
	return false
}

// ahead counts a length back from an end.
func ahead(at moment, l law.Length) moment {
	switch l.Mode {
	case law.BeforeHours:
		return at - l.Value*hour
	case law.BeforeMonths:
		back, _ := addMonths(at, -l.Value)
		return back
	}
	return midnight(at) - l.Value*day
}

// end is the end of a period, on which other limits hang.
type end struct {
	at      moment
	hours   bool
	cond    uint64
	class   law.Class
	ifClass bool
	event   int
	subject string
	of      int16
	seq     int8
	granted bool
}

// before computes the day before which something is due.
func (r *run) before(n int16, x end) {
	c := &r.e.rules[n]
	if x.at < c.from || x.at >= c.to {
		return
	}
	l := Link{
		Rule: n, Mod: none, Of: x.of, Bound: none, Kind: Before, Class: x.class, IfClass: x.ifClass, Cond: x.cond, Seq: x.seq,
		Event: int32(x.event), Subject: x.subject, Start: x.at, Granted: x.granted, Current: true, Num: 1, Den: 1,
	}
	length := c.length[law.NoClass]
	l.Hours = length.Mode == law.BeforeHours
	l.Assumed = l.Hours && !x.hours
	add := func(length law.Length) {
		l.Nominal = ahead(x.at, length)
		l.Legal, l.Arithmetic = l.Nominal, l.Nominal
		r.add(l)
	}
	more, special := notice[c.ID]
	switch {
	case !special:
		add(length)
	case x.of == none: // only the end is known, not of what
		add(length)
		l.Cond |= r.e.unknownEnd
		add(law.Length{Value: more.first, Unit: "day", Mode: law.BeforeDays})
		add(law.Length{Value: more.extended, Unit: "day", Mode: law.BeforeDays})
	case r.e.rules[x.of].role&custody != 0:
		add(length)
	case x.seq > 0:
		add(law.Length{Value: more.extended, Unit: "day", Mode: law.BeforeDays})
	default:
		add(law.Length{Value: more.first, Unit: "day", Mode: law.BeforeDays})
	}
}

// measure computes the latest end of a preventive measure: that of the period of the
// stage in which it was applied.
func (r *run) measure(n int16, h *happening, class law.Class, ifClass bool, cond uint64) {
	c := &r.e.rules[n]
	ev := r.event(h)
	b := body{rule: n, h: *h, subject: ev.Subject, class: law.NoClass, cond: cond, mod: none, num: 1, den: 1}
	until, _, asked := parse(ev.Until)
	order := h.index
	if w := r.last(factRequestedEnd, ev.Subject); !asked && w != nil && w.dated {
		until, asked, order = w.at, true, w.index
	}
	until = midnight(until)
	latest := moment(-1 << 60)
	for i := range r.chains {
		if s := &r.chains[i]; r.bounds(c, s, h.at) {
			latest = max(latest, s.start)
		}
	}
	stop := r.stopped(b, h.at)
	found := false
	for i := range r.chains {
		s := &r.chains[i]
		if !r.bounds(c, s, h.at) || s.start != latest {
			continue
		}
		found = true
		l := r.link(b, Period)
		l.Start, l.Bound, l.Class, l.IfClass, l.Stopped = midnight(h.at), s.rule, s.class, s.ifClass, stop
		l.Nominal, l.Current = midnight(s.nominal), true
		l.Legal, l.Arithmetic = l.Nominal, l.Nominal
		if r.f.Potential {
			r.measureExtended(l, s)
		}
		if asked && until <= l.Nominal {
			if r.f.Potential {
				m := l
				m.Current = false
				r.add(m) // the longest it could be
			}
			l.Ordered, l.Order, l.Nominal, l.Legal = true, int32(order)+1, until, until
		} else if asked {
			l.Cut, l.Order, l.Arithmetic = true, int32(order)+1, until
		}
		r.add(l)
	}
	if found {
		return
	}
	if bound, at := r.toldEnd(c.of, h.at, ev.Subject); bound != none {
		l := r.link(b, Period)
		l.Start, l.Bound, l.Stopped, l.Current = midnight(h.at), bound, stop, true
		l.Nominal, l.Legal, l.Arithmetic = at, at, at
		switch {
		case asked && until <= at:
			l.Ordered, l.Order, l.Nominal, l.Legal = true, int32(order)+1, until, until
		case asked:
			l.Cut, l.Order, l.Arithmetic = true, int32(order)+1, until
		}
		r.add(l)
		return
	}
	l := r.link(b, Refusal)
	l.Start, l.Nominal, l.Legal, l.Current, l.Stopped = midnight(h.at), midnight(h.at), midnight(h.at), true, stop
	if asked {
		l.Kind, l.Ordered, l.Order, l.Nominal, l.Legal, l.Arithmetic = Period, true, int32(order)+1, until, until, until
		l.Cond |= r.e.extended
	}
	r.add(l)
}

// measureExtended adds how long a measure could be if the period that bounds it were
// extended; it then needs a new order.
func (r *run) measureExtended(l Link, s *chain) {
	of := r.buf[s.last]
	for i, n := r.first, len(r.buf); i < n; i++ {
		p := &r.buf[i]
		if p.Kind != Period || p.Granted || p.Rule != s.rule || p.Mod != of.Mod || p.Event != of.Event || p.Subject != s.subject || p.Class != s.class || p.Seq == specialSeq {
			continue
		}
		m := l
		m.Nominal, m.Granted, m.Current = midnight(p.Nominal), false, false
		m.Legal, m.Arithmetic, m.Cond = m.Nominal, m.Nominal, l.Cond|p.Cond|r.e.extended
		r.add(m)
	}
}

// toldEnd gives the end that was told of a period of one of some rules, not before a
// moment, and the rule; none if nobody told.
func (r *run) toldEnd(of []int16, from moment, subject string) (rule int16, at moment) {
	for _, g := range of {
		for i := range r.events {
			h := &r.events[i]
			if h.dated && midnight(h.at) >= midnight(from) && slices.Contains(h.ends, g) && r.concerns(h, subject) && len(r.e.of[g]) > 0 {
				return r.e.of[g][0], midnight(h.at)
			}
		}
	}
	return none, 0
}

// bounds reports whether a period may bound a measure applied at a moment.
func (r *run) bounds(c *rule, s *chain, at moment) bool {
	if midnight(s.start) > at {
		return false
	}
	for _, g := range c.of {
		if r.e.rules[s.rule].group == g {
			return true
		}
	}
	return false
}

// detainedAfterCustody starts, where what is possible is asked for and no detention is
// told of, the detention that would follow custody at once.
func (r *run) detainedAfterCustody() {
	if !r.f.Potential {
		return
	}
	start := r.e.syms["detention_start"]
	if start == nil {
		return
	}
	for i := range r.events {
		if r.events[i].detains {
			return
		}
	}
	if days, ok := r.number(factCustodyDays, ""); ok {
		for i := range r.events {
			if h := &r.events[i]; h.dated && r.endsCustody(h) {
				d := happening{symbol: start, at: midnight(h.at), dated: true, index: h.index, used: days}
				for _, n := range start.starts {
					r.start(n, &d)
				}
				return
			}
		}
	}
	_, told := r.number(factCustodyExtensions, "")
	first := none
	for i, last := r.first, len(r.buf); i < last; i++ {
		l := r.buf[i]
		if l.Kind != Period || r.e.rules[l.Rule].role&custody == 0 || l.Mod != none || first != none && l.Rule != first {
			continue
		}
		first = l.Rule
		if told && !l.Current || !told && r.classAt(l.Subject, l.Nominal) == law.NoClass && r.simplified != Yes {
			continue
		}
		h := happening{symbol: start, at: midnight(l.Nominal), dated: true, index: int(l.Event), used: 3 * (int(l.Seq) + 1)}
		if days := l.Nominal - r.custodyStart(l); days > 0 {
			h.used = (days + day - 1) / day
		}
		for _, n := range start.starts {
			r.start(n, &h)
		}
	}
}

// endsCustody reports whether an event tells the end of custody, and only that.
func (r *run) endsCustody(h *happening) bool {
	return len(h.ends) > 0 && !slices.ContainsFunc(h.ends, func(g int16) bool {
		return len(r.e.of[g]) == 0 || r.e.rules[r.e.of[g][0]].role&custody == 0
	})
}

// custodyStart gives the start of the chain a link of custody is of.
func (r *run) custodyStart(l Link) moment {
	for i := r.first; i < len(r.buf); i++ {
		if p := &r.buf[i]; p.Rule == l.Rule && p.Event == l.Event && p.Seq == 0 && p.Kind == Period {
			return p.Start
		}
	}
	return l.Start
}

// endings computes what hangs on the ends of the periods found, and the extensions of
// those of which only the end is known.
func (r *run) endings() {
	for i, n := r.first, len(r.buf); i < n; i++ {
		l := r.buf[i]
		if l.Kind != Period || l.Mod != none && r.e.rules[l.Mod].transitional() || !r.f.Potential && (!l.Current || l.Stopped != 0) {
			continue
		}
		for _, b := range r.e.rules[l.Rule].ends {
			r.hang(b, &l)
		}
	}
	for i := range r.events {
		if h := &r.events[i]; h.dated && len(h.ends) > 0 {
			r.hangOnKnownEnd(h)
			r.extendKnownEnd(h)
		}
	}
}

// hang computes the limit of a rule that hangs on the end of a period.
func (r *run) hang(n int16, l *Link) {
	c := &r.e.rules[n]
	for i := range r.events {
		if h := &r.events[i]; h.symbol == c.trigger && h.dated && r.concerns(h, l.Subject) {
			return // the end was told, and was counted from
		}
	}
	if asked[c.ID] && !r.f.Potential && !r.mayExtend(l) {
		return
	}
	h := happening{symbol: c.trigger, at: l.Nominal, hours: l.Hours, dated: true, index: int(l.Event), used: -1}
	cond, ok := r.conditions(c, &h, l.Subject, l.Nominal)
	if !ok {
		return
	}
	if c.Kind == law.LatestBefore {
		r.before(n, end{at: l.Nominal, hours: l.Hours, cond: cond | l.Cond, class: l.Class, ifClass: l.IfClass, event: int(l.Event), subject: l.Subject, of: l.Rule, seq: l.Seq, granted: l.Granted})
		return
	}
	if !r.f.Potential && r.later(c, l) || !r.inForce(c, l.Legal) {
		return
	}
	h.at = l.Legal
	b := body{rule: n, mod: none, h: h, subject: l.Subject, class: l.Class, ifClass: l.IfClass, cond: cond | l.Cond, num: 1, den: 1}
	from := len(r.buf)
	r.links(b)
	for ; from < len(r.buf); from++ {
		r.buf[from].Of = l.Rule
	}
}

// later reports whether another period on whose end a rule hangs ends later.
func (r *run) later(c *rule, l *Link) bool {
	for i := r.first; i < len(r.buf); i++ {
		o := &r.buf[i]
		if o.Kind != Period || o.Event != l.Event || o.Rule == l.Rule || !o.Current {
			continue
		}
		for _, g := range c.of {
			if r.e.rules[o.Rule].group == g && (o.Legal > l.Legal || o.Legal == l.Legal && o.Rule < l.Rule) {
				return true
			}
		}
	}
	return false
}

// mayExtend reports whether the law knows an extension after a link.
func (r *run) mayExtend(l *Link) bool {
	c := &r.e.rules[l.Rule]
	for i := range c.exts {
		if x := &c.exts[i]; x.Seq > int(l.Seq) && x.Seq != specialSeq && x.classes.has(l.Class) {
			return true
		}
	}
	return false
}

// hangOnKnownEnd computes, where what is possible is asked for, what hangs on an end that
// was told but is called otherwise there: an end of custody is one of custody or detention.
func (r *run) hangOnKnownEnd(h *happening) {
	if !r.f.Potential {
		return
	}
	for _, g := range h.ends {
		for _, v := range r.e.of[g] {
			if computedHere(r.buf[r.first:], v) || !r.inForce(&r.e.rules[v], h.at) {
				continue
			}
			for _, n := range r.e.rules[v].ends {
				r.hangOn(n, v, h)
			}
		}
	}
}

func (r *run) hangOn(n, of int16, h *happening) {
	c := &r.e.rules[n]
	if c.Kind != law.LatestBefore || c.trigger == h.symbol {
		return
	}
	for i := range r.events {
		if r.events[i].symbol == c.trigger {
			return
		}
	}
	for i := r.first; i < len(r.buf); i++ {
		if l := &r.buf[i]; l.Rule == n && l.Event == int32(h.index) {
			return // by another rule of the same end
		}
	}
	cond, ok := r.conditions(c, h, r.subject(h), h.at)
	if !ok {
		return
	}
	x := end{at: h.at, hours: h.hours, cond: cond, event: h.index, subject: r.subject(h), of: of, granted: true}
	r.before(n, x)
	if _, special := notice[c.ID]; special && r.e.rules[of].role&custody == 0 {
		x.seq, x.cond = 1, cond|r.e.unknownEnd
		r.before(n, x)
	}
}

// extendKnownEnd computes the extensions that follow an end that was told.
func (r *run) extendKnownEnd(h *happening) {
	ev := r.event(h)
	seq, told := r.number(factExtensionNo, ev.Subject)
	if !r.f.Potential {
		return
	}
	if !told || seq < 1 {
		seq = 1
	}
	for _, g := range h.ends {
		for _, n := range r.e.of[g] {
			c := &r.e.rules[n]
			if len(c.exts) == 0 || !r.inForce(c, h.at) || computedHere(r.buf[r.first:], n) {
				continue
			}
			cond, ok := r.conditions(c, h, ev.Subject, h.at)
			if !ok {
				continue
			}
			class := r.classAt(ev.Subject, h.at)
			b := body{rule: n, mod: none, h: *h, subject: ev.Subject, class: class, cond: cond, num: 1, den: 1}
			switch {
			case class != law.NoClass || !c.byClass:
				r.extendFrom(b, seq)
			default:
				for b.class, b.ifClass = law.INT, true; b.class <= law.DBNT; b.class++ {
					r.extendFrom(b, seq)
				}
			}
		}
	}
}

// computedHere reports whether a rule has given a period already.
func computedHere(links []Link, n int16) bool {
	for i := range links {
		if links[i].Rule == n && links[i].Kind == Period {
			return true
		}
	}
	return false
}

// extendFrom appends the extensions from number seq on to an end that was told.
func (r *run) extendFrom(b body, seq int) {
	at := r.link(b, Period)
	at.Nominal, at.Legal, at.Arithmetic, at.Hours = b.h.at, b.h.at, b.h.at, b.h.hours
	at.Assumed = !b.h.hours
	n := r.add(at)
	r.extensions(b, b.h.at, n, 0, seq)
	r.buf = append(r.buf[:n], r.buf[n+1:]...) // the end itself is no answer
}
