package deadline

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/deadline/clock"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/law"
	"congminh/internal/org"
)

// Law is the law as this module reads it: a pack, and the engine made of it.
type Law struct {
	*law.Pack
	Engine  *clock.Engine
	Version string

	traits  map[string]traits // of rules, by id and first day
	reading reading
}

// traits are what a rule is to the watch, found out once.
type traits struct {
	held   Held
	urgent bool
	leads  []time.Duration
}

// reckoning is the version of how this package and the engine compute: raise it when
// the same ledger and law give other clocks than before, so that the night after an
// update does not call them defects.
const reckoning = "5"

// LawOf makes a pack ready.
func LawOf(p *law.Pack) *Law {
	l := &Law{Pack: p, Engine: clock.Compile(p), Version: p.Digest() + "/" + reckoning, traits: map[string]traits{}, reading: newReading()}
	for _, r := range p.Rules() {
		ls, err := leads(r.Warn)
		if err != nil { // the loader of the pack refuses such a rule
			ls = nil
		}
		l.traits[r.ID+"/"+string(r.From)] = traits{held(&r), urgent(&r), ls}
	}
	return l
}

// of returns the traits of a rule.
func (l *Law) of(r *law.Rule) traits { return l.traits[r.ID+"/"+string(r.From)] }

// off reports whether a day is no working day.
func (l *Law) off(d civil.Date) bool { return !l.Calendar().IsWorking(d) }

// facts turns a ledger into what the clocks are computed from.
func facts(l *Law, h criminal.Head, acts []ledger.Act, st ledger.State) clock.Facts {
	f := clock.Facts{Class: map[string]law.Class{"": st.Class}, Juvenile: map[string]clock.Tri{}, Simplified: tri(st.Summary)}
	young := 0
	for _, a := range st.Accused {
		f.Class[string(a.ID)] = firstClass(l, acts, a)
		f.Juvenile[string(a.ID)] = tri(a.Juvenile)
		if a.Juvenile {
			young++
		}
	}
	switch young { // of some but not all: what holds for the case hangs on whether it is split
	case 0:
		f.Juvenile[""] = clock.No
	case len(st.Accused):
		f.Juvenile[""] = clock.Yes
	}
	// A case of a regional office is heard on appeal in the province.
	if strings.Count(h.Path, "/") > 3 {
		f.Superior = clock.No
	}
	f.Events = make([]clock.Event, 0, 2*len(acts))
	investigation := l.reading.first
	for i := range acts {
		from := len(f.Events)
		f.Events = happened(l, &acts[i], f.Events)
		for j := from; j < len(f.Events); j++ {
			l.reading.read(&f.Events[j], &acts[i], &investigation)
		}
	}
	f.Events = l.reading.withoutOthers(f.Events, acts)
	return f
}

// withoutOthers leaves out extensions of the investigation of cases that were joined with
// the one opened first: that one's period goes on, and what prolonged another before the joining does not
// prolong it. A wrong end would hide that an investigation lasts too long.
func (r *reading) withoutOthers(events []clock.Event, acts []ledger.Act) []clock.Event {
	from := origins(acts)
	if len(from) == 0 {
		return events
	}
	var first *ledger.Act // the case it came from was opened first
	for i := range events {
		if events[i].Name == "case_initiated" {
			first = from.act(acts, events[i].Source)
			break
		}
	}
	return slices.DeleteFunc(events, func(e clock.Event) bool {
		if e.Name != "extension_granted" || !r.investigates(e.Value) {
			return false
		}
		mine := from.act(acts, e.Source)
		switch {
		case mine == first:
			return false
		case mine != nil:
			return true
		}
		return day(e.At) < day(string(first.At)) // of this case, before the other was joined to it
	})
}

// arrivals tell of acts that came from a case that was joined to this the act that did it.
type arrivals map[ledger.ActID]ledger.ActID

func origins(acts []ledger.Act) arrivals {
	out := arrivals{}
	for i := range acts {
		a := &acts[i]
		if !slices.Contains(a.Flags, criminal.Copied) {
			continue
		}
		var last *ledger.Act
		for j := range acts {
			if m := &acts[j]; m.Kind == "case.merge" && !slices.Contains(m.Flags, criminal.Copied) && !m.Entered.After(a.Entered) && (last == nil || m.Entered.After(last.Entered)) {
				last = m
			}
		}
		if last != nil {
			out[a.ID] = last.ID
		}
	}
	return out
}

// act is the act that brought another, nil if none did.
func (x arrivals) act(acts []ledger.Act, id string) *ledger.Act {
	for i := range acts {
		if acts[i].ID == x[ledger.ActID(id)] {
			return &acts[i]
		}
	}
	return nil
}

func tri(b bool) clock.Tri {
	if b {
		return clock.Yes
	}
	return clock.No
}

// firstClass is the class of what somebody was charged with first; later changes are
// events.
func firstClass(l *Law, acts []ledger.Act, x ledger.Accused) law.Class {
	for i := range acts {
		a := &acts[i]
		if len(a.Parties) > 0 && !slices.Contains(a.Parties, x.ID) {
			continue
		}
		if c := classOf(l, a, x.ID); c != law.NoClass {
			return c
		}
	}
	return x.Class
}

// classOf is the class of the heaviest charge an act has for a person.
func classOf(l *Law, a *ledger.Act, who ledger.PartyID) law.Class {
	heaviest := law.NoClass
	for _, c := range ledger.For(a, who) {
		heaviest = max(heaviest, l.ClassOf(c.Article, c.Clause, day(string(a.At))))
	}
	return heaviest
}

// happened appends the events an act raises: one for the case, or one for each person
// it is about. "name@field" lies on the day in that field; "until" is the end written
// in the act.
func happened(l *Law, a *ledger.Act, out []clock.Event) []clock.Event {
	kind, ok := l.Act(a.Kind)
	if !ok || len(kind.Events) == 0 {
		return out
	}
	subjects := []ledger.PartyID{""}
	if len(a.Parties) > 0 && kind.Scope != "case" {
		subjects = a.Parties
	}
	for _, name := range kind.Events {
		name, field, elsewhere := strings.Cut(name, "@")
		for _, who := range subjects {
			e := clock.Event{Name: name, At: string(a.At), Subject: string(who), Source: string(a.ID), Until: string(a.Until)}
			if elsewhere {
				e.Until = ""
				if e.At = a.Fields[field+"."+string(who)]; e.At == "" {
					e.At = a.Fields[field]
				}
				if field == "until" {
					e.At = string(a.Until)
				}
				if e.At == "" {
					continue
				}
			}
			switch name {
			case "case_joined_or_split":
				if slices.Contains(a.Flags, criminal.Copied) {
					continue // the decision is sent, and that is watched, where it was entered
				}
			case "class_changed":
				e.Value = classes[classOf(l, a, who)]
			case "measure_applied":
				e.Value = measureOf(kind)
			case "case_initiated":
				if a.By == "other" {
					e.Value = "agency:other"
				}
			}
			out = append(out, e)
		}
	}
	return out
}

// measureOf is the measure an act applies, as rules ask for it.
func measureOf(kind law.ActKind) string {
	for _, e := range kind.Effects {
		if m, ok := strings.CutPrefix(e, "measure:"); ok {
			return "measure:" + m
		}
		if e == "exit_ban" {
			return "measure:exit_ban"
		}
	}
	return ""
}

var classes = map[law.Class]string{law.INT: "INT", law.NT: "NT", law.RNT: "RNT", law.DBNT: "DBNT"}

func day(at string) civil.Date {
	if len(at) < 10 {
		return ""
	}
	return civil.Date(at[:10])
}

// said is what a person said of a clock that no act shows.
type said struct {
	clock  ClockID
	done   string // when it was done
	until  string // its end, by hand
	lapsed string // a right ended then
	note   string
	by     string
	at     time.Time
}

// stageOf says in which stage of a case the rules of a stage of the pack run. Those
// that are not here run on whatever becomes of the stage.
var stageOf = map[string]string{
	"tin_bao": "report", "khoi_to": "investigation", "dieu_tra": "investigation", "truy_to": "prosecution",
	"xet_xu_so_tham": "first_instance", "phuc_tham": "appeal",
}

// watched is a case with its clocks, as they follow from its ledger.
type watched struct {
	row    caseRow
	clocks []Clock
}

// compute gives the clocks of a case afresh. The same ledger, law and sayings give
// the same clocks, whenever it is asked.
func compute(l *Law, p Policy, h criminal.Head, c *ledger.Case, sayings []said) watched {
	acts, st := ledger.Standing(c), ledger.Fold(l.Pack, c)
	w := watched{row: rowOf(h, l, st, acts)}
	f := facts(l, h, acts, st)
	w.clocks = clocks(l, p, &w.row, &f, acts, st, sayings, roots(c.Acts))
	return w
}

// roots gives of each correction the act that was first entered: a clock is the same
// one however often its act is corrected, and what people said of it stands.
func roots(acts []ledger.Act) (out map[ledger.ActID]ledger.ActID) {
	for _, a := range acts { // in the order of entry, so what is corrected comes before
		if a.Supersedes == "" || a.Void {
			continue
		}
		first := a.Supersedes
		if r, ok := out[first]; ok {
			first = r
		}
		if out == nil {
			out = map[ledger.ActID]ledger.ActID{}
		}
		out[a.ID] = first
	}
	return out
}

// caseRow is what is kept of a case beside its clocks.
type caseRow struct {
	ID            criminal.ID
	Office        auth.Office
	Path          string
	Secret        bool
	Staff, Leader org.StaffID
	Law           string
	Suspended     civil.Date
	Reason        string
	Waiting       string
	Limitation    civil.Date
}

func rowOf(h criminal.Head, l *Law, st ledger.State, acts []ledger.Act) caseRow {
	r := caseRow{ID: h.ID, Office: h.Office, Path: h.Path, Secret: h.Secrecy > 0, Law: l.Version}
	for _, a := range h.Assigned {
		switch {
		case a.To != "":
		case a.Task == criminal.Conducts && r.Staff == "":
			r.Staff = a.Staff
		case a.Task == criminal.Leads && r.Leader == "":
			r.Leader = a.Staff
		}
	}
	if r.Staff == "" {
		r.Staff = r.Leader
	}
	if st.Status == string(criminal.Suspended) {
		r.Suspended, r.Reason = day(string(st.Suspended)), st.Why
	}
	for _, x := range st.Accused { // suspended for some only: it is watched all the same
		if d := day(string(x.Suspended)); x.Status == "suspended" && (r.Suspended == "" || d < r.Suspended) {
			r.Suspended, r.Reason = d, x.Why
		}
	}
	if r.Suspended != "" {
		for _, w := range st.Waits {
			r.Waiting = w.For
		}
	}
	return r
}

// key names a clock for ever.
func key(c criminal.ID, rule, of, subject, source string, seq, twin int) ClockID {
	var room [256]byte
	b := room[:0]
	for _, x := range []string{string(c), rule, of, subject, source} {
		b = append(append(b, x...), '|')
	}
	b = strconv.AppendInt(b, int64(seq), 10)
	b = append(b, '|')
	b = strconv.AppendInt(b, int64(twin), 10)
	sum := sha256.Sum256(b)
	return ClockID(hex.EncodeToString(sum[:12]))
}

// passage is a moment at which a case left a stage, or was over.
type passage struct {
	at   string
	from string // stage that was left
	act  ledger.ActID
	over bool
}

// passages are the moments at which a case went from one stage to another, and the
// one at which it was over, as the effects of its acts say.
func passages(l *Law, acts []ledger.Act) (out []passage) {
	stage, opened := "report", false
	for i := range acts {
		a := &acts[i]
		kind, ok := l.Act(a.Kind)
		if !ok {
			continue
		}
		for _, e := range kind.Effects {
			op, only, conditional := strings.Cut(e, "?")
			if conditional && !slices.Contains(strings.Split(only, ","), decision(a)) {
				continue
			}
			op, to, _ := strings.Cut(op, ":")
			switch {
			case op == "open" && opened, op == "stage" && to == "report" && opened:
				continue // of a case that was joined to this one
			case op == "open":
				op, to, opened = "stage", "investigation", true
			case op == "unopen":
				opened = false
				out = append(out, passage{string(a.At), stage, a.ID, true})
			case op == "terminate" && len(a.Parties) == 0, op == "status" && to != "open" && to != "suspended":
				out = append(out, passage{string(a.At), stage, a.ID, true})
			}
			if op == "stage" && to != stage {
				out = append(out, passage{string(a.At), stage, a.ID, false})
				stage = to
			}
		}
	}
	return out
}

// decision is what was decided, where an act has more than one outcome.
func decision(a *ledger.Act) string {
	if d := a.Fields["decision"]; d != "" {
		return d
	}
	return a.Reason
}

// chainOf is what the links of one chain share.
type chainOf struct {
	rule, mod, of int16
	kind          clock.Kind
	event         int32
	subject       string
}

func chain(k clock.Link) chainOf { return chainOf{k.Rule, k.Mod, k.Of, k.Kind, k.Event, k.Subject} }

// hold is somebody who is held, and how.
type hold struct {
	who ledger.PartyID
	how Held
}

// holds are the moments from which limits hold people.
type holds map[hold][]string

func holdsOf(l *Law, f *clock.Facts, links []clock.Link) holds {
	out := holds{}
	for i := range links {
		n := &links[i]
		if !n.Granted || n.Kind == clock.Request || int(n.Event) >= len(f.Events) {
			continue
		}
		if how := l.of(l.Engine.Rule(*n)).held; how != Free {
			x := hold{ledger.PartyID(n.Subject), how}
			out[x] = append(out[x], f.Events[n.Event].At)
		}
	}
	return out
}

// after returns the first moment after another from which a limit holds somebody: it takes
// the place of the one before. "" is none.
func (h holds) after(who ledger.PartyID, how Held, at string) (next string) {
	for _, x := range h[hold{who, how}] {
		if opens(x) > opens(at) && (next == "" || opens(x) < opens(next)) {
			next = x
		}
	}
	return next
}

// clocks computes the limits and gives each its state.
func clocks(l *Law, p Policy, row *caseRow, f *clock.Facts, acts []ledger.Act, st ledger.State, sayings []said, root map[ledger.ActID]ledger.ActID) []Clock {
	links := strictest(l.Engine.Eval(f, nil))
	of := make(map[string]*ledger.Act, len(acts))
	for i := range acts {
		of[string(acts[i].ID)] = &acts[i]
	}
	last := map[chainOf]int8{} // highest seq granted
	for i := range links {
		if links[i].Granted {
			c := chain(links[i])
			last[c] = max(last[c], links[i].Seq)
		}
	}
	ways := passages(l, acts)
	holds := holdsOf(l, f, links)
	seen := make(map[ClockID]bool, len(links))
	out := make([]Clock, 0, len(links))
	leads := make([][]time.Duration, 0, len(links))
	for i := range links {
		n := &links[i]
		if !n.Granted {
			continue
		}
		rule := l.Engine.Rule(*n)
		is := l.of(rule)
		k := Clock{
			Case: row.ID, Rule: rule.ID, Subject: ledger.PartyID(n.Subject), Seq: int(n.Seq), State: Running,
			Start: text(n.Start, n.Start%(24*60) != 0), Own: rule.Own, Held: is.held, Urgent: is.urgent,
			Office: row.Office, Staff: row.Staff, path: row.Path, secret: row.Secret, leader: row.Leader,
		}
		var source *ledger.Act
		if int(n.Event) < len(f.Events) {
			k.Source = ledger.ActID(f.Events[n.Event].Source)
			source = of[string(k.Source)]
			k.next = holds.after(ledger.PartyID(n.Subject), k.Held, f.Events[n.Event].At)
		}
		switch {
		case n.Mod >= 0:
			k.Of, k.Rule = rule.ID, l.Engine.Rule(clock.Link{Rule: n.Mod}).ID
		case n.Of >= 0:
			k.Of = l.Engine.Rule(clock.Link{Rule: n.Of}).ID
		case n.Kind == clock.Request:
			k.Of = "request"
		}
		for twin := 0; ; twin++ {
			first := k.Source
			if r, ok := root[first]; ok {
				first = r
			}
			if k.ID = key(row.ID, k.Rule, k.Of, n.Subject, string(first), k.Seq, twin); !seen[k.ID] {
				break
			}
		}
		seen[k.ID] = true
		var s said
		for _, x := range sayings {
			if x.clock == k.ID {
				s = x
			}
		}
		if n.Kind == clock.Refusal {
			if k.State = Manual; s.until != "" {
				k.State, k.Nominal, k.Legal = Running, s.until, s.until
			}
		} else {
			k.Nominal, k.Legal = text(n.Nominal, n.Hours), text(n.Legal, n.Hours)
			if rule.ID == l.reading.limitation && (row.Limitation == "" || k.Nominal < string(row.Limitation)) {
				row.Limitation = day(k.Nominal)
			}
		}
		k.due, k.late = closes(k.Nominal), max(closes(k.Nominal), closes(k.Legal))
		if n.Seq < last[chain(*n)] && n.Kind == clock.Period {
			k.State = Extended
		} else {
			k.end(l, rule, acts, ways, st, begun(links, n, f, source), stopped(n))
		}
		if k.waits() {
			k.hear(s)
		}
		if k.State == Running && !watch(rule, n, &k, p) {
			k.State = Noted
		}
		k.schedule(is.leads)
		out, leads = append(out, k), append(leads, is.leads)
	}
	keepHeld(out, leads, st)
	withParents(out)
	return byID(out)
}

// byID puts clocks in the order of their ids. They are large, so each is moved once.
func byID(ks []Clock) []Clock {
	order := make([]int, len(ks))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(ks[a].ID, ks[b].ID) })
	out := make([]Clock, len(ks))
	for i, j := range order {
		out[i] = ks[j]
	}
	return out
}

// keepHeld lets no one who is held go unwatched: if nothing that holds them runs, what
// would have ended last goes on, whatever stopped it, of what no later limit replaced. A suspension, a transfer or a
// step to the court frees nobody; only a release does, and the ledger says so.
func keepHeld(ks []Clock, leads [][]time.Duration, st ledger.State) {
	for _, x := range st.Accused {
		if !x.Custody && !x.Detained || x.Status == "convicted" && st.Effective != "" { // serves the sentence
			continue
		}
		last := -1
		for i := range ks {
			k := &ks[i]
			if k.Subject != x.ID || k.Held == Free || (k.Held == InCustody) != x.Custody || k.State == Extended || k.next != "" {
				continue
			}
			if k.waits() {
				last = -1
				break
			}
			if last < 0 || k.due > ks[last].due {
				last = i
			}
		}
		if last >= 0 && ks[last].EndedBy != "said" { // what a person answers for stands
			k := &ks[last]
			if k.State, k.Ended, k.EndedBy = Running, "", ""; k.late == "" {
				k.State = Manual
			}
			k.schedule(leads[last])
		}
	}
}

// withParents stops what hangs on the end of a period that has come to rest.
func withParents(ks []Clock) {
	for i := range ks {
		k := &ks[i]
		if k.State != Running || k.Of == "" {
			continue
		}
		for j := range ks {
			p := &ks[j]
			if p.Rule == k.Of && p.Subject == k.Subject && p.Source == k.Source && p.Seq == k.Seq && p.Ended != "" && p.State != Extended {
				k.finish(Stopped, Missed, p.Ended, "parent")
				k.pts, k.warns = nil, ""
				break
			}
		}
	}
}

// strictest leaves, of limits that hang on a class of crime nobody has told yet, the
// one that ends first.
func strictest(links []clock.Link) []clock.Link {
	type at struct {
		chainOf
		seq int8
	}
	first := map[at]int{}
	out := links[:0]
	for _, n := range links {
		if n.IfClass {
			k := at{chain(n), n.Seq}
			if i, ok := first[k]; ok {
				if n.Nominal < out[i].Nominal {
					out[i] = n
				}
				continue
			}
			first[k] = len(out)
		}
		out = append(out, n)
	}
	return out
}

// watch reports whether anybody can be warned of a clock: a duty or right of others
// that no act of ours would show as done is only noted.
func watch(rule *law.Rule, n *clock.Link, k *Clock, p Policy) bool {
	if k.Held != Free || k.Own {
		return true
	}
	return len(rule.Done) > 0 && n.Kind != clock.Request && !slices.Contains(p.Rights, rule.ID)
}

// text writes a moment of the engine: minutes since 1970 in Hà Nội.
func text(m int, hours bool) string {
	t := time.Unix(int64(m)*60, 0).UTC()
	if hours {
		return t.Format("2006-01-02T15:04")
	}
	return t.Format(time.DateOnly)
}

func stopped(n *clock.Link) string {
	if n.Stopped == 0 {
		return ""
	}
	return text(n.Stopped, n.Stopped%(24*60) != 0)
}

// begun is when the duty began: with the act it starts from; of one that hangs on the
// end of an extension, with the decision to extend.
func begun(links []clock.Link, n *clock.Link, f *clock.Facts, source *ledger.Act) string {
	if n.Of >= 0 && n.Seq > 0 {
		for i := range links {
			o := &links[i]
			if o.Rule == n.Of && o.Subject == n.Subject && o.Event == n.Event && o.Seq == n.Seq && o.Order > 0 {
				return opens(f.Events[o.Order-1].At)
			}
		}
	}
	if source != nil {
		return opens(string(source.At))
	}
	return opens(text(n.Start, false))
}

// schedule says when the clock is warned of.
func (k *Clock) schedule(leads []time.Duration) {
	k.pts = k.points(leads)
	k.warns = next(k.pts, "")
}

// points are the moments at which the clock is warned of. One that needs an end has
// one while it holds somebody: from its first day nobody knows when they must be let go.
func (k *Clock) points(ls []time.Duration) []point {
	switch {
	case k.State == Manual && k.Held != Free:
		return []point{{opens(k.Start), Enter, len(ls)}}
	case k.State != Running:
		return nil
	}
	start := k.Start
	if opens(start) >= k.due { // "before" limits start where their parent ends
		start = ""
	}
	return points(start, k.due, k.late, ls)
}

// held says whether a rule keeps somebody locked up.
func held(r *law.Rule) Held {
	for _, l := range lengths(r) {
		switch {
		case l.Mode == law.Custody:
			return InCustody
		case l.Mode == law.Detention, l.Mode == law.BoundByParent && slices.Contains(r.Done, "detention.release"):
			return Detained
		}
	}
	return Free
}

// urgent says whether a rule counts hours or holds somebody.
func urgent(r *law.Rule) bool {
	for _, l := range lengths(r) {
		if l.Mode == law.Hours || l.Mode == law.BeforeHours || l.Unit == "hour" {
			return true
		}
	}
	return held(r) != Free
}

func lengths(r *law.Rule) []law.Length {
	var out []law.Length
	if r.Length != nil {
		out = append(out, *r.Length)
	}
	for _, c := range []string{"INT", "NT", "RNT", "DBNT"} {
		if l, ok := r.ByClass[c]; ok {
			out = append(out, l)
		}
	}
	return out
}

// end finds out whether a clock was done, or stopped: by the engine, because the limit
// of another stage took its place, or because what it was for is over. What is done to
// somebody held after that is not of this limit: it was over.
func (k *Clock) end(l *Law, rule *law.Rule, acts []ledger.Act, ways []passage, st ledger.State, from, stopped string) {
	why := "law"
	if k.next != "" && (stopped == "" || opens(k.next) < opens(stopped)) {
		stopped, why = k.next, "stage"
	}
	if a := k.done(l, rule, acts, st, from); a != nil && (stopped == "" || k.Held == Free || day(string(a.At)) <= day(stopped)) {
		k.finish(Done, Late, string(a.At), string(a.ID))
		return
	}
	if stopped != "" {
		k.finish(Stopped, Missed, stopped, why)
		return
	}
	if at, why := k.stop(rule, st, acts, ways, from); at != "" {
		k.finish(Stopped, Missed, at, why)
	}
}

// finish ends a clock: in time, or after its legal end. A day stands for its first
// minute: whether it was in time is doubted in favour of who acted.
func (k *Clock) finish(inTime, after State, at, by string) {
	k.Ended, k.EndedBy = at, by
	switch {
	case k.State == Manual:
		k.State = inTime
	case opens(at) > k.late:
		k.State = after
	default:
		k.State = inTime
	}
}

// done returns the first act that fulfils the duty.
func (k *Clock) done(l *Law, rule *law.Rule, acts []ledger.Act, st ledger.State, from string) *ledger.Act {
	source := -1
	for i := range acts {
		a := &acts[i]
		if a.ID == k.Source {
			source = i
			continue
		}
		if !slices.Contains(rule.Done, a.Kind) || before(string(a.At), from) {
			continue
		}
		if source < 0 && k.Source != "" && sameAs(acts, k.Source, a) {
			continue // of the same day, and entered before
		}
		switch {
		case k.Subject != "" && len(a.Parties) > 0 && !slices.Contains(a.Parties, k.Subject):
		case k.Subject == "" && !whole(l, a, st):
		default:
			return a
		}
	}
	return nil
}

// sameAs reports whether an act is dated exactly as the one with an id.
func sameAs(acts []ledger.Act, id ledger.ActID, a *ledger.Act) bool {
	for i := range acts {
		if acts[i].ID == id {
			return acts[i].At == a.At
		}
	}
	return false
}

// before reports whether an act lies before a moment: by days where its hour is not known.
func before(at, from string) bool {
	if len(at) == 10 && len(from) > 10 {
		return at < from[:10]
	}
	return opens(at) < from
}

// whole reports whether an act is about the whole case: it names nobody, or everyone
// who is still accused.
func whole(l *Law, a *ledger.Act, st ledger.State) bool {
	if len(a.Parties) == 0 {
		return true
	}
	if kind, ok := l.Act(a.Kind); ok && kind.Scope != "any" {
		return true
	}
	for _, x := range st.Accused {
		if x.Charged != "" && x.Status == "open" && !slices.Contains(a.Parties, x.ID) {
			return false
		}
	}
	return true
}

// stop says when and why a clock came to rest without being done: its stage ended,
// the person is held no more, the case is over.
func (k *Clock) stop(rule *law.Rule, st ledger.State, acts []ledger.Act, ways []passage, from string) (at, why string) {
	for _, x := range st.Accused {
		if x.ID != k.Subject || k.Subject == "" {
			continue
		}
		switch {
		case k.Held == InCustody && !x.Custody && x.Detained: // goes on as detention
			return max(string(x.MeasureSince), k.Start), "released"
		case k.Held == InCustody && !x.Custody || k.Held == Detained && !x.Detained:
			if opens(string(x.Freed)) < from {
				return k.Start, "released" // of a hold that is not in the ledger
			}
			return string(x.Freed), "released"
		case x.Over != "" && x.Status != "convicted" && x.Status != "split" || x.Status == "split" && k.Held == Free:
			return string(x.Over), "terminated"
		case x.Suspended != "" && opens(string(x.Suspended)) > from && rule.Kind == law.MaxPeriod && k.Held == Free:
			return string(x.Suspended), "suspended"
		}
	}
	stage, bound := stageOf[rule.Stage]
	over := st.Status == string(criminal.Terminated) || st.Status == string(criminal.Transferred) || st.Status == string(criminal.Closed)
	for _, p := range ways {
		if opens(p.at) < from || p.act == k.Source {
			continue
		}
		if p.over && over {
			return p.at, "closed"
		}
		if !p.over && bound && p.from == stage {
			return p.at, "stage"
		}
	}
	if st.Suspended != "" && opens(string(st.Suspended)) > from && bound {
		return string(st.Suspended), "suspended"
	}
	return "", ""
}

// hear takes what a person said.
func (k *Clock) hear(s said) {
	switch {
	case s.done != "":
		k.finish(Done, Late, s.done, "said")
	case s.lapsed != "":
		k.State, k.Ended, k.EndedBy = Lapsed, s.lapsed, "lapsed"
	}
}

// line is a clock as one text: all that follows from the ledger, and nothing else.
// The database writes the same text from its columns, see sumColumns.
func (k *Clock) line() string {
	b := func(x bool) string {
		if x {
			return "1"
		}
		return "0"
	}
	return strings.Join([]string{string(k.ID), k.Rule, string(k.Source), k.Start, k.Nominal, k.Legal, string(k.State), k.Ended, k.EndedBy,
		b(k.Own), strconv.Itoa(int(k.Held)), b(k.Urgent), k.path, b(k.secret), string(k.Staff), string(k.leader)}, "|")
}
