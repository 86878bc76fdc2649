package ledger

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/law"
)

// Fold returns where a case stands by everything in its ledger.
func Fold(p Catalogue, c *Case) State { return FoldAt(p, c, "", time.Time{}) }

// FoldAt returns where a case stood on a day (to the end of it, or to the minute; ""
// is no end), by what had been entered up to known (zero: everything).
func FoldAt(p Catalogue, c *Case, day Moment, known time.Time) State {
	var room [64]int32
	order := standing(c, day, known, room[:0])
	f := folder{p: p, c: c}
	f.begin(len(order))
	for _, i := range order {
		f.act(&c.Acts[i])
	}
	f.weigh()
	return f.s
}

// Walk calls see after every act, in the order of c, with where the case stands by the
// acts up to it: what Fold says of them, for little more than one Fold. The acts are those
// that stand (Standing). The state is that of the walk, and good until see returns.
func Walk(p Catalogue, c *Case, see func(i int, s *State)) {
	f := folder{p: p, c: c}
	f.begin(len(c.Acts))
	var last Moment
	for i := range c.Acts {
		a := &c.Acts[i]
		if a.At >= last {
			f.act(a)
			f.weigh()
			last = a.At
		} else { // done before what was looked at already, and known of only now
			f.s = Fold(p, &Case{ID: c.ID, Acts: c.Acts[:i+1], Parties: c.Parties})
		}
		see(i, &f.s)
	}
}

func (f *folder) begin(acts int) {
	f.s.Stage, f.s.Status = "report", "open"
	if acts > 0 && len(f.c.Parties) > 0 {
		f.s.Accused = make([]Accused, 0, accusedOf(f.c))
	}
}

func (f *folder) act(a *Act) {
	k, ok := f.p.Act(a.Kind)
	if !ok {
		return // a kind that was taken out of the catalogue does nothing
	}
	for _, e := range k.Effects {
		f.apply(e, &k, a)
	}
}

// weigh gives the case the class of the gravest crime charged in it.
func (f *folder) weigh() {
	f.s.Class, f.s.Limited = law.NoClass, law.NoClass
	for i := range f.s.Accused {
		if x := &f.s.Accused[i]; x.Charged != "" {
			f.s.Class, f.s.Limited = max(f.s.Class, x.Class), max(f.s.Limited, x.Limited)
		}
	}
}

func accusedOf(c *Case) (n int) {
	for i := range c.Parties {
		if c.Parties[i].Role == "accused" {
			n++
		}
	}
	return n
}

// Standing returns the acts that stand, in the order they were done; acts of one
// moment are in the order of their entry.
func Standing(c *Case) []Act {
	order := standing(c, "", time.Time{}, nil)
	out := make([]Act, len(order))
	for i, j := range order {
		out[i] = c.Acts[j]
	}
	return out
}

// standing appends to order the places of the acts that stand. A correction hides the
// act it supersedes; an act made void is as if it had never been entered, so what it
// had superseded stands again.
func standing(c *Case, day Moment, known time.Time, order []int32) []int32 {
	var room [64]uint8
	fell := room[:]
	if len(c.Acts) > len(room) {
		fell = make([]uint8, len(c.Acts))
	}
	const replaced, void = 1, 2
	for i := len(c.Acts) - 1; i >= 0; i-- {
		a := &c.Acts[i]
		if a.Supersedes == "" || fell[i]&void != 0 || after(a, known) {
			continue
		}
		for j := i - 1; j >= 0; j-- {
			if c.Acts[j].ID != a.Supersedes {
				continue
			}
			if a.Void {
				fell[j] |= void
			} else {
				fell[j] |= replaced
			}
			break
		}
	}
	for i := range c.Acts {
		a := &c.Acts[i]
		if fell[i] != 0 || a.Void || after(a, known) || !upTo(a.At, day) {
			continue
		}
		n := len(order)
		order = append(order, int32(i))
		for ; n > 0 && c.Acts[order[n-1]].At > a.At; n-- {
			order[n] = order[n-1]
		}
		order[n] = int32(i)
	}
	return order
}

func after(a *Act, known time.Time) bool { return !known.IsZero() && a.Entered.After(known) }

// upTo reports whether at is not after end; a day lasts to its end, and what was done
// on a day, hour unknown, was done by any hour of it.
func upTo(at, end Moment) bool {
	switch {
	case end == "":
		return true
	case at.HasHour() && end.HasHour():
		return at <= end
	}
	return at.Day() <= end.Day()
}

// folder is a fold under way.
type folder struct {
	p Catalogue
	c *Case
	s State

	terminated ActID // the last act that terminated the case, or that against somebody
}

// apply does one effect of an act. The words are those of the catalogue (acts.toml).
func (f *folder) apply(effect string, k *law.ActKind, a *Act) {
	op, arg, only := words(effect)
	if only != "" && op != "verdict" && !among(only, decision(a)) {
		return
	}
	s := &f.s
	switch op {
	// The case.
	case "receive":
		first(&s.Received, a.At)
	case "stage":
		if arg == "report" && s.Opened != "" {
			break // the report of a case that was joined to this: what is open is past its own
		}
		if s.Stage != arg || s.Since == "" {
			s.Stage, s.Since = arg, a.At
		}
	case "status":
		s.Status, s.Suspended, s.Why = arg, "", ""
	case "open":
		if s.Opened == "" { // the opening of a case that was joined to this changes nothing
			s.Opened = a.At
			s.Stage, s.Since, s.Status, s.Suspended, s.Why = "investigation", a.At, "open", "", ""
		}
	case "earlier": // where a case stood whose earlier acts are on paper only
		if stage := a.Fields["stage"]; stage != "" {
			s.Stage, s.Since = stage, a.At
		}
		first(&s.Opened, Moment(a.Fields["opened"]))
		s.Returns, _ = strconv.Atoi(a.Fields["returns"])
	case "unopen":
		s.Opened, s.Status = "", "terminated"
	case "extend":
		f.extend(arg, a)
	case "conclude":
		s.Concluded = a.At
	case "arrive":
		s.Arrived = a.At
	case "send":
		s.Sent = a.At
	case "accept":
		s.Accepted = a.At
	case "trial":
		s.Trial = a.At
	case "judge":
		s.Judged = a.At
	case "unjudge":
		s.Judged, s.Effective, s.Accepted, s.Trial, s.Status = "", "", "", "", "open"
		f.each(a, func(x *Accused) {
			if len(a.Parties) > 0 || x.Result != "" { // who was never judged stays as they are
				x.Result, x.Sentence, x.Status, x.Over, x.overBy = "", "", "open", "", ""
			}
		})
	case "effective":
		s.Effective = a.At
		if len(s.Appeals) == 0 { // else only a part of the judgment is in effect
			s.Stage, s.Since, s.Status = "enforcement", a.At, "open"
		}
	case "return":
		if a.Fields["for_court"] != "yes" {
			s.Returns++
		}
	case "court_return":
		s.CourtReturns++
	case "summary":
		s.Summary = true
	case "unsummary":
		s.Summary = false
	case "appeal":
		s.Appeals = append(s.Appeals, Appeal{Kind: arg, At: a.At, Act: a.ID, Parties: a.Parties})
	case "unappeal":
		f.withdraw(a)
	case "clear_appeals":
		s.Appeals = nil
	case "wait":
		s.Waits = append(s.Waits, Wait{For: arg, Since: a.At, Act: a.ID})
	case "unwait":
		for i := range s.Waits { // the answer is to the oldest question
			if s.Waits[i].For == arg {
				s.Waits = slices.Delete(s.Waits, i, i+1)
				break
			}
		}
	case "suspend":
		f.suspend(a)
	case "resume":
		f.resume(a)
	case "terminate":
		f.terminate(a)

	// The people.
	default:
		if len(a.Parties) == 0 {
			judges := op == "verdict" || op == "appeal_judge"
			for i := range s.Accused {
				if x := &s.Accused[i]; !judges || x.judgedBy(k, a) {
					f.person(op, arg, only, k, a, x)
				}
			}
			return
		}
		for _, id := range a.Parties {
			f.person(op, arg, only, k, a, f.accused(id, a.At.Day()))
		}
	}
}

// words takes an effect apart: op:arg?only, as strings.Cut would, in one look.
func words(effect string) (op, arg, only string) {
	op = effect
	for i := range len(effect) {
		switch effect[i] {
		case ':':
			op, arg = effect[:i], effect[i+1:]
		case '?':
			if only = effect[i+1:]; arg == "" {
				return effect[:i], "", only
			}
			return op, arg[:len(arg)-len(only)-1], only
		}
	}
	return op, arg, only
}

// person does an effect on one accused, and notes when it ended their being held, or
// the case against them.
func (f *folder) person(op, arg, only string, k *law.ActKind, a *Act, x *Accused) {
	held, ended := x.Custody || x.Detained, x.ended()
	f.effect(op, arg, only, k, a, x)
	if held && !x.Custody && !x.Detained {
		x.Freed = a.At
	}
	x.over(ended, a)
}

// over notes when and by what the case against an accused ended, if it did now.
func (x *Accused) over(before bool, a *Act) {
	switch now := x.ended(); {
	case !now:
		x.Over, x.overBy = "", ""
	case !before:
		x.Over, x.overBy = a.At, a.ID
	}
}

// judgedBy reports whether a judgment that names nobody is about an accused: one who is
// charged, alive, and against whom the case still runs. A first judgment is not about
// those judged before; one on appeal is about them.
func (x *Accused) judgedBy(k *law.ActKind, a *Act) bool {
	switch x.Status {
	case "open", "at_large":
	case "convicted", "acquitted":
		if x.overBy != a.ID && slices.Contains(k.Effects, "judge") {
			return false
		}
	default: // suspended, terminated, left for another case
		return false
	}
	return x.Charged != "" && x.Died == ""
}

func (f *folder) effect(op, arg, only string, k *law.ActKind, a *Act, x *Accused) {
	switch op {
	case "person": // is known from now on
	case "charge":
		first(&x.Charged, a.At)
		x.Approved, x.Status = "", "open"
		f.charge(a, x, For(a, x.ID))
	case "recharge":
		cs := For(a, x.ID)
		if a.Fields["change"] == "add" {
			cs = append(x.Charges[:len(x.Charges):len(x.Charges)], cs...)
		}
		if len(cs) > 0 {
			f.charge(a, x, cs)
		}
	case "uncharge":
		x.Charged, x.Approved, x.Charges, x.Class, x.Limited, x.Status = "", "", nil, law.NoClass, law.NoClass, "terminated"
	case "approve":
		x.Approved = a.At
	case "indict":
		x.Indicted, f.s.Indicted = For(a, x.ID), a.At
	case "verdict":
		r := resultOf(a, x.ID)
		if only == "" || among(only, r) {
			x.Status, x.Result, x.Sentence = arg, r, a.own("sentence.", x.ID)
		}
	case "appeal_judge":
		x.Result = resultOf(a, x.ID)
		if v := a.own("sentence.", x.ID); v != "" {
			x.Sentence = v
		}
	case "ordered": // starts later; its end holds then
		if a.Until != "" {
			x.ordered = a.Until
		}
	case "custody":
		x.hold("custody", by(k, a), a)
		x.Custody, x.Detained = true, false
	case "detain":
		if x.Detained { // a new order for one who is detained goes on from the old
			x.MeasureUntil, x.MeasureBy = cmp.Or(a.Until, x.MeasureUntil), arg
			break
		}
		x.hold("detention", arg, a)
		x.Custody, x.Detained = false, true
	case "extend_measure":
		if x.Measure == arg {
			x.Extensions++
			x.MeasureUntil = a.Until
			x.MeasureBy = by(k, a)
		}
	case "release":
		if x.Measure == arg {
			x.free()
		}
	case "measure":
		x.hold(arg, by(k, a), a)
		x.Custody, x.Detained = false, false
	case "measure_field":
		switch m := a.Fields["measure"]; m {
		case "", "none":
			x.free()
		case "exit_ban":
			x.ExitBan = a.At
		default:
			x.hold(m, by(k, a), a)
			x.Custody, x.Detained = false, false
		}
	case "approve_measure":
		x.MeasureBy = by(k, a)
	case "unmeasure":
		if !x.Custody && !x.Detained {
			x.free()
		}
	case "exit_ban":
		x.ExitBan = a.At
	case "unexit_ban":
		x.ExitBan = ""
	case "property":
		x.Property++
	case "unproperty":
		x.Property = max(0, x.Property-1)
	case "wanted":
		x.Wanted = a.At
		if x.Status == "open" {
			x.Status = "at_large"
		}
	case "unwanted":
		x.Wanted = ""
		if x.Status == "at_large" && x.Escaped == "" {
			x.Status = "open"
		}
	case "escape":
		x.Escaped, x.Custody, x.Detained = a.At, false, false
		if x.Status == "open" {
			x.Status = "at_large"
		}
	case "recapture":
		x.Escaped, x.Wanted = "", ""
		x.Custody, x.Detained = x.Measure == "custody", x.Measure == "detention"
		if x.Status == "at_large" {
			x.Status = "open"
		}
	case "dead":
		x.Died = a.At
		x.free()
	case "leave": // for another case, where all goes on: those named, or all if the whole case goes
		if len(a.Parties) > 0 || only != "" {
			x.Status = "split"
			x.free()
		}
	}
}

// accused returns where the accused stands, who is known from this day on.
func (f *folder) accused(id PartyID, day civil.Date) *Accused {
	for i := range f.s.Accused {
		if f.s.Accused[i].ID == id {
			return &f.s.Accused[i]
		}
	}
	f.s.Accused = append(f.s.Accused, Accused{ID: id, Status: "open", Juvenile: f.juvenile(id, day)})
	return &f.s.Accused[len(f.s.Accused)-1]
}

// each calls do for the people an act concerns: those it names, or all.
func (f *folder) each(a *Act, do func(*Accused)) {
	for i := range f.s.Accused {
		if x := &f.s.Accused[i]; len(a.Parties) == 0 || slices.Contains(a.Parties, x.ID) {
			do(x)
		}
	}
}

func (f *folder) charge(a *Act, x *Accused, cs []Charge) {
	if d := civil.Date(a.Fields["offence_day"]); d != "" {
		x.Offence = d
	}
	day := x.Offence
	if day == "" {
		day = x.Charged.Day()
	}
	x.Charges, x.Class, x.Limited = cs, law.NoClass, law.NoClass
	for _, c := range cs {
		x.Class = max(x.Class, f.p.ClassOf(c.Article, c.Clause, day))
		if c.Clause == "" {
			c.Clause = basic
		}
		x.Limited = max(x.Limited, f.p.ClassOf(c.Article, c.Clause, day))
	}
	x.Juvenile = f.juvenile(x.ID, day)
}

// juvenile reports whether a person was under 18 on a day, as far as is known.
func (f *folder) juvenile(id PartyID, day civil.Date) bool {
	for i := range f.c.Parties {
		if f.c.Parties[i].ID == id {
			age, known := Age(f.c.Parties[i].Born, day)
			return known && age < adult
		}
	}
	return false
}

// basic is the clause limitation is counted by where only the article is charged.
const basic = "1"

func (f *folder) extend(what string, a *Act) {
	e := &f.s.Extended
	switch what {
	case "report":
		e.Report, e.ReportUntil = e.Report+1, a.Until
	case "investigation":
		e.Investigation, e.InvestigationUntil = e.Investigation+1, a.Until
	case "prosecution":
		e.Prosecution, e.ProsecutionUntil = e.Prosecution+1, a.Until
	case "trial":
		e.Trial, e.TrialUntil = e.Trial+1, a.Until
	}
}

func (f *folder) withdraw(a *Act) {
	f.s.Appeals = slices.DeleteFunc(f.s.Appeals, func(x Appeal) bool {
		if x.Kind != a.Fields["kind"] {
			return false
		}
		return len(a.Parties) == 0 || slices.ContainsFunc(x.Parties, func(p PartyID) bool { return slices.Contains(a.Parties, p) })
	})
}

// ended reports whether the case against the accused is over.
func (x *Accused) ended() bool {
	return x.Status == "terminated" || x.Status == "convicted" || x.Status == "acquitted" || x.Status == "split"
}

func (f *folder) suspend(a *Act) {
	f.each(a, func(x *Accused) {
		if !x.ended() {
			x.Status, x.Suspended, x.Why = "suspended", a.At, a.Reason
		}
	})
	f.settle(a)
}

// resume goes on with the case against those an act names. One that names nobody takes
// back the last decision: the suspension; or, if nobody is suspended, the termination,
// for those it ended the case against. Who was let off before by another stays so.
func (f *folder) resume(a *Act) {
	suspended := slices.ContainsFunc(f.s.Accused, func(x Accused) bool { return x.Status == "suspended" })
	f.each(a, func(x *Accused) {
		ended := x.Status == "terminated" && (len(a.Parties) > 0 || !suspended && x.overBy == f.terminated)
		if x.Status == "suspended" || ended {
			x.Status, x.Suspended, x.Why, x.Over, x.overBy = "open", "", "", "", ""
			if x.Escaped != "" || x.Wanted != "" {
				x.Status = "at_large"
			}
		}
	})
	f.s.Status, f.s.Suspended, f.s.Why = "open", "", ""
}

func (f *folder) terminate(a *Act) {
	f.terminated = a.ID
	f.each(a, func(x *Accused) {
		if x.Status != "convicted" && x.Status != "acquitted" && x.Status != "split" {
			ended := x.ended()
			x.Status, x.Suspended, x.Why = "terminated", "", ""
			x.over(ended, a)
		}
	})
	if len(a.Parties) == 0 {
		f.s.Status, f.s.Suspended, f.s.Why = "terminated", "", ""
		return
	}
	f.settle(a)
}

// settle gives the case the status of its accused once none of them is left open.
func (f *folder) settle(a *Act) {
	suspended := len(a.Parties) == 0
	for i := range f.s.Accused {
		switch x := &f.s.Accused[i]; {
		case x.Charged == "" && x.Status != "suspended": // held or reported only
		case x.Status == "suspended":
			suspended = true
		case !x.ended():
			return
		}
	}
	if !suspended {
		f.s.Status, f.s.Suspended, f.s.Why = "terminated", "", ""
	} else if f.s.Status != "suspended" {
		f.s.Status, f.s.Suspended, f.s.Why = "suspended", a.At, a.Reason
	}
}

// hold puts a measure in the place of the one in force.
func (x *Accused) hold(measure, by string, a *Act) {
	until := a.Until
	if until == "" && (measure == "custody" || measure == "detention") {
		until = x.ordered
	}
	x.ordered = ""
	x.Measure, x.MeasureBy, x.MeasureSince, x.MeasureUntil, x.Extensions = measure, by, a.At, until, 0
}

// free ends the measure in force.
func (x *Accused) free() {
	x.Measure, x.MeasureBy, x.MeasureSince, x.MeasureUntil, x.Extensions = "", "", "", "", 0
	x.Custody, x.Detained = false, false
}

func first(m *Moment, at Moment) {
	if *m == "" {
		*m = at
	}
}

// by is who did the act: as it says, or as it is always done.
func by(k *law.ActKind, a *Act) string {
	if a.By == "" && len(k.By) > 0 {
		return k.By[0]
	}
	return a.By
}

// decision is what an act decided, where its kind leaves it open.
func decision(a *Act) string {
	if d := a.Fields["decision"]; d != "" {
		return d
	}
	return a.Reason
}

func resultOf(a *Act, id PartyID) string {
	if r := a.own("result.", id); r != "" {
		return r
	}
	return a.Reason
}

// own returns what an act says in a field of one person.
func (a *Act) own(field string, id PartyID) string {
	if len(a.Fields) == 0 {
		return "" // most acts have none, and are spared the making of the name
	}
	return a.Fields[field+string(id)]
}

// among reports whether x is one of a list written a,b,c.
func among(list, x string) bool {
	for list != "" {
		var e string
		if e, list, _ = strings.Cut(list, ","); e == x {
			return x != ""
		}
	}
	return false
}

// For returns the charges an act has for one person: his own (field charges.ID,
// written 173/2/a 174/1), or those of the act.
func For(a *Act, id PartyID) []Charge {
	own := a.own("charges.", id)
	if own == "" {
		return a.Charges
	}
	var out []Charge
	for _, f := range strings.Fields(own) {
		article, rest, _ := strings.Cut(f, "/")
		clause, point, _ := strings.Cut(rest, "/")
		out = append(out, Charge{article, clause, point})
	}
	return out
}
