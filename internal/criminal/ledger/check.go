package ledger

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/law"
)

// Check says what the law and plain sense have against entering an act in the ledger
// of a case, by the rules in the program. Today is the moment of the entry.
func Check(cat Catalogue, c *Case, a Act, today Moment) []Finding {
	return Standard().Check(cat, c, a, today)
}

// Check is Check by these rules. Findings that refuse come first.
func (r *Rules) Check(cat Catalogue, c *Case, a Act, today Moment) []Finding {
	k := &check{rules: r, cat: cat, c: c, a: &a, today: today}
	k.run()
	slices.SortStableFunc(k.out, func(x, y Finding) int {
		return strings.Compare(string(y.Severity), string(x.Severity)) // refuse before flag
	})
	return k.out
}

// check is one check under way.
type check struct {
	rules *Rules
	cat   Catalogue
	c     *Case
	a     *Act
	today Moment

	kind   law.ActKind
	base   Case  // acts that stand, without the one a corrects, in order
	before State // at the moment of the act
	eve    State // at the end of the day before: what ended on the day itself need not have ended first
	out    []Finding
}

func (k *check) run() {
	if !k.correction() {
		return
	}
	var ok bool
	if k.kind, ok = k.cat.Act(k.a.Kind); !ok {
		k.say("kind.unknown", "kind", "kind", k.a.Kind)
		return
	}
	if !k.form() {
		return
	}
	k.base = Case{ID: k.c.ID, Parties: k.c.Parties, Acts: slices.DeleteFunc(Standing(k.c), func(x Act) bool { return x.ID == k.a.Supersedes && x.ID != "" })}
	k.before = FoldAt(k.cat, &k.base, k.a.At, time.Time{})
	k.eve = FoldAt(k.cat, &k.base, Moment(k.a.At.Day().Add(-1)), time.Time{})
	k.numbers()
	k.order()
	k.status()
	k.charges()
	k.people()
	k.measures()
	k.ends()
	k.extensions()
	k.suspension()
	k.returns()
	k.prosecution()
	k.handover()
	k.stage() // last: it is said only where nothing graver was
}

// say adds a finding, unless its rule is off or not in force. Pairs fill the text.
func (k *check) say(id, field string, pairs ...string) {
	r, ok := k.rules.rules[id]
	if !ok || r.Severity == Off || !inForce(r.From, r.To, k.a.At.Day()) {
		return
	}
	k.add(r, r.Severity, field, pairs...)
}

func (k *check) add(r Rule, s Severity, field string, pairs ...string) {
	if k.kind.Title != "" {
		pairs = append(pairs, "act", k.kind.Title)
	}
	if k.a.At.Day() != "" {
		pairs = append(pairs, "day", k.a.At.VN())
	}
	var fill []string
	for i := 0; i+1 < len(pairs); i += 2 {
		fill = append(fill, "{"+pairs[i]+"}", pairs[i+1])
	}
	f := strings.NewReplacer(fill...) // of two values for a word the first holds
	k.out = append(k.out, Finding{Code: r.ID, Severity: s, Field: field, Text: f.Replace(r.Text), Todo: f.Replace(r.Todo), Citation: r.Citation})
}

// about reports whether a rule is about the kind of the act.
func (k *check) about(id string) bool { return names(k.rules.rules[id].Kinds, k.a.Kind) }

// gives reports whether the act gives one of the reasons of a rule.
func (k *check) gives(id string) bool {
	return slices.Contains(k.rules.rules[id].Reasons, k.a.Reason)
}

// lets reports whether a rule that closes a case or a person lets the act pass.
func (k *check) lets(id string) bool {
	r := k.rules.rules[id]
	return names(r.Kinds, k.a.Kind) || slices.Contains(r.Groups, k.kind.Group)
}

func (k *check) refused() bool {
	return slices.ContainsFunc(k.out, func(f Finding) bool { return f.Severity == Refuse })
}

// correction checks what an act says of the act it stands for, and whether there is
// more to check.
func (k *check) correction() bool {
	if k.a.Supersedes == "" {
		if k.a.Void {
			k.say("correct.none", "supersedes")
		}
		return !k.a.Void
	}
	if strings.TrimSpace(k.a.Why) == "" {
		k.say("correct.why", "why")
	}
	i := slices.IndexFunc(k.c.Acts, func(x Act) bool { return x.ID == k.a.Supersedes })
	if i < 0 {
		k.say("correct.none", "supersedes")
		return false
	}
	old := k.c.Acts[i]
	// What made an act void can itself be made void, so it need not stand.
	if !old.Void && !slices.ContainsFunc(Standing(k.c), func(x Act) bool { return x.ID == old.ID }) || old.Void && !k.a.Void {
		k.say("correct.gone", "supersedes")
		return false
	}
	if k.a.Void {
		k.needed(old)
		return false
	}
	if old.Kind != k.a.Kind {
		k.say("correct.kind", "kind", "other", k.title(old.Kind), "act", k.title(k.a.Kind))
	}
	return true
}

// needed says which act is left without the one that must come before it when old is
// made void.
func (k *check) needed(old Act) {
	rest := slices.DeleteFunc(Standing(k.c), func(x Act) bool { return x.ID == old.ID })
	for i := range rest {
		for _, o := range k.rules.orders[rest[i].Kind] {
			if o.Missing != Refuse || !slices.Contains(o.After, old.Kind) {
				continue
			}
			if !slices.ContainsFunc(rest, func(x Act) bool { return slices.Contains(o.After, x.Kind) && (!o.Person || touch(&x, &rest[i])) }) {
				k.say("correct.needed", "supersedes", "other", k.title(rest[i].Kind), "day", rest[i].At.VN())
			}
		}
	}
}

// form checks what can be seen of an act without its ledger.
func (k *check) form() bool {
	a := k.a
	if !a.At.Valid() {
		k.say("date.form", "at", "value", string(a.At))
		return false
	}
	if late(a.At, k.today) {
		k.say("date.future", "at")
	} else if n, max := days(a.At.Day(), k.today.Day()), k.rules.rules["entry.late"].Days; max > 0 && n > max {
		k.say("entry.late", "at", "n", strconv.Itoa(n))
	}
	if k.kind.Hour && !a.At.HasHour() {
		k.say("date.hour", "at")
	}
	if !inForce(k.kind.From, k.kind.To, a.At.Day()) {
		k.say("kind.in_force", "kind")
	}
	switch {
	case a.Until == "":
		if k.kind.Until == "needed" {
			k.say("until.missing", "until")
		}
	case !a.Until.Valid():
		k.say("until.form", "until", "value", string(a.Until))
		return false
	case late(a.At, a.Until):
		k.say("until.before", "until", "until", a.Until.VN())
	}
	if a.By != "" && len(k.kind.By) > 0 && !slices.Contains(k.kind.By, a.By) {
		k.say("by.unusual", "by")
	}
	if k.kind.Reasons != "" && a.Reason == "" {
		k.say("reason.missing", "reason")
	}
	if k.kind.Scope == "person" && len(a.Parties) == 0 {
		k.say("parties.missing", "parties")
	}
	for _, id := range a.Parties {
		if p := k.party(id); p == nil {
			k.say("parties.unknown", "parties", "value", string(id))
		} else if k.about("parties.role") && !k.rules.rules["parties.role"].is(p) {
			k.say("parties.role", "parties", "name", p.Name)
		}
	}
	for _, f := range k.kind.Fields {
		k.field(f)
	}
	return true
}

func (k *check) field(f law.ActField) {
	values := []string{k.a.Fields[f.Name]}
	if f.Each {
		values = values[:0]
		for _, id := range k.a.Parties {
			values = append(values, k.a.Fields[f.Name+"."+string(id)])
		}
	}
	for _, v := range values {
		switch {
		case v == "" && f.Required:
			k.say("field.missing", f.Name, "field", f.Title)
		case v != "" && !fits(f, v):
			k.say("field.form", f.Name, "field", f.Title, "value", v)
		}
	}
}

func fits(f law.ActField, v string) bool {
	switch f.Type {
	case "number":
		n, err := strconv.Atoi(v)
		return err == nil && n >= 0
	case "date":
		return Moment(v).Valid() && !Moment(v).HasHour()
	case "moment":
		return Moment(v).Valid()
	case "yes":
		return v == "yes" || v == "no"
	case "choice":
		return slices.ContainsFunc(f.Choices, func(c law.Choice) bool { return c.Code == v })
	}
	return true
}

// numbers checks that nothing is entered twice.
func (k *check) numbers() {
	a := k.a
	for i := range k.base.Acts {
		x := &k.base.Acts[i]
		same := x.Kind == a.Kind && x.At.Day() == a.At.Day()
		if a.Number != "" && x.Number == a.Number && x.Issuer == a.Issuer && x.By == a.By && x.At.Day()[:4] == a.At.Day()[:4] && k.book(x.Kind) == k.book(a.Kind) {
			// One decision on several accused may be entered as an act for each.
			if !same || touch(x, a) {
				k.say("number.twice", "number", "value", a.Number, "other", k.title(x.Kind), "day", x.At.VN())
				return
			}
		}
		if same && touch(x, a) && x.At == a.At && (x.Number == "" || a.Number == "" || x.Number == a.Number) && x.Reason == a.Reason {
			k.say("act.twice", "at")
			return
		}
	}
}

// book is the book a kind is numbered in; papers of others have one for each kind.
func (k *check) book(kind string) string {
	if x, ok := k.cat.Act(kind); ok && x.Number != "" {
		return x.Number
	}
	return kind
}

// order checks that what must come first is there and is earlier.
func (k *check) order() {
	for _, o := range k.rules.orders[k.a.Kind] {
		if !inForce(o.From, o.To, k.a.At.Day()) || slices.ContainsFunc(k.base.Acts, func(x Act) bool { return names(k.rules.handed, x.Kind) && upTo(x.At, k.a.At) }) {
			continue
		}
		whose := [][]PartyID{nil}
		if o.Person && len(k.a.Parties) > 0 {
			whose = whose[:0]
			for _, p := range k.a.Parties {
				whose = append(whose, []PartyID{p})
			}
		}
		for _, p := range whose {
			k.follows(o, p)
		}
	}
}

func (k *check) follows(o Order, whom []PartyID) {
	var later *Act
	of := Act{Parties: whom}
	for i := range k.base.Acts {
		x := &k.base.Acts[i]
		if !slices.Contains(o.After, x.Kind) || !touch(x, &of) {
			continue
		}
		if upTo(x.At, k.a.At) {
			return
		}
		if later == nil {
			later = x
		}
	}
	suffix := ""
	if len(whom) > 0 {
		suffix = " đối với " + k.name(whom[0])
	}
	if later != nil {
		if r := k.rules.rules["order.early"]; r.Severity != Off && o.Early != Off {
			r.Citation = o.Citation
			k.add(r, o.Early, "at", "other", k.title(later.Kind), "until", later.At.VN(), "whose", suffix)
		}
		return
	}
	if r := k.rules.rules["order.missing"]; r.Severity != Off && o.Missing != Off {
		r.Citation = o.Citation
		k.add(r, o.Missing, "kind", "other", k.title(o.After[0]), "whose", suffix)
	}
}

var stages = []string{"report", "investigation", "prosecution", "first_instance", "appeal", "enforcement", "cassation", "reopening", "supreme_review"}

// stage compares the act with where the case stood.
func (k *check) stage() {
	if len(k.kind.Stages) == 0 || k.refused() || slices.Contains(k.kind.Stages, k.before.Stage) || len(k.base.Acts) == 0 {
		return
	}
	now, first, last := slices.Index(stages, k.before.Stage), len(stages), -1
	for _, s := range k.kind.Stages {
		i := slices.Index(stages, s)
		first, last = min(first, i), max(last, i)
	}
	if now < first {
		k.say("stage.early", "kind")
	} else if now > last {
		k.say("stage.late", "kind")
	}
}

var ended = map[string]string{"terminated": "kết thúc, đình chỉ", "transferred": "chuyển đi nơi khác", "closed": "kết thúc"}

// status checks that a case that is over, or waits, gets no act it should not get.
func (k *check) status() {
	s := &k.before
	switch {
	case ended[s.Status] != "" && ended[k.eve.Status] != "" && !k.lets("case.closed"):
		k.say("case.closed", "kind", "status", ended[s.Status])
	case s.Stage == "enforcement" && k.eve.Stage == s.Stage && len(k.kind.Stages) > 0 && !slices.Contains(k.kind.Stages, s.Stage) && !k.lets("case.final"):
		k.say("case.final", "kind")
	case s.Status == "suspended" && s.Suspended.Day() < k.a.At.Day() && k.about("case.suspended"):
		k.say("case.suspended", "kind", "day", s.Suspended.VN())
	}
	if k.a.Kind == "case.open" || k.a.Kind == "case.open_vks" {
		if s.Opened != "" {
			k.say("open.twice", "kind", "day", s.Opened.VN())
		}
	}
	if slices.Contains(k.kind.Effects, "effective") && k.kind.Group == "enforcement" && len(s.Appeals) > 0 && len(k.a.Parties) == 0 {
		k.say("effective.appealed", "kind")
	}
}

func (k *check) title(kind string) string {
	if x, ok := k.cat.Act(kind); ok {
		return x.Title
	}
	return kind
}

func (k *check) party(id PartyID) *Party {
	for i := range k.c.Parties {
		if k.c.Parties[i].ID == id {
			return &k.c.Parties[i]
		}
	}
	return nil
}

func (k *check) name(id PartyID) string {
	if p := k.party(id); p != nil && p.Name != "" {
		return p.Name
	}
	return string(id)
}

// of returns where one accused stood at the moment of the act.
func (k *check) of(id PartyID) Accused { return k.before.of(id) }

func (s *State) of(id PartyID) Accused {
	for _, x := range s.Accused {
		if x.ID == id {
			return x
		}
	}
	return Accused{ID: id}
}

// whom returns those the act concerns: named, or all that were charged and not ended.
func (k *check) whom() (out []Accused) {
	if len(k.a.Parties) == 0 {
		for _, x := range k.before.Accused {
			if x.Charged != "" && !x.ended() {
				out = append(out, x)
			}
		}
		return out
	}
	for _, id := range k.a.Parties {
		out = append(out, k.of(id))
	}
	return out
}

// touch reports whether two acts concern a common person; an act on nobody by name
// concerns all.
func touch(a, b *Act) bool {
	return len(a.Parties) == 0 || len(b.Parties) == 0 || slices.ContainsFunc(a.Parties, func(p PartyID) bool { return slices.Contains(b.Parties, p) })
}

// late reports whether a is after b, as far as is known of their hours.
func late(a, b Moment) bool { return !upTo(a, b) }

// days counts from a to b.
func days(a, b civil.Date) int {
	x, err1 := time.Parse(time.DateOnly, string(a))
	y, err2 := time.Parse(time.DateOnly, string(b))
	if err1 != nil || err2 != nil {
		return 0
	}
	return int(y.Sub(x).Hours() / 24)
}
