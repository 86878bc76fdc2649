package watchlist

import (
	"slices"
	"strings"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/civil"
	"congminh/internal/law"
)

// Look asks every rule of a case as it stands at the end of a day.
func (s *Set) Look(cat ledger.Catalogue, c Case, day civil.Date) []Finding {
	k := &look{cat: cat, c: c, day: day, acts: ledger.Standing(c.Ledger), state: ledger.Fold(cat, c.Ledger)}
	k.acts = slices.DeleteFunc(k.acts, func(a ledger.Act) bool { return a.At.Day() > day })
	k.earlier = k.stands(s.earlier, "", "")
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.From <= day && (r.To == "" || day <= r.To) {
			k.rule(r)
		}
	}
	return k.out
}

// look is one case being looked at.
type look struct {
	cat     ledger.Catalogue
	c       Case
	day     civil.Date
	acts    []ledger.Act // that stand, in order
	state   ledger.State
	earlier bool // acts of before are on paper only
	out     []Finding
}

func (k *look) rule(r *Rule) {
	w := &r.When
	status := w.Status
	if len(status) == 0 {
		status = []string{"open"}
	}
	switch {
	case !slices.Contains(status, k.state.Status):
	case len(w.Stage) > 0 && !slices.Contains(w.Stage, k.state.Stage):
	case len(w.Has) > 0 && !k.stands(w.Has, "", ""):
	case len(w.Party) > 0 && !k.party(w.Party):
	case len(w.NoParty) > 0 && k.party(w.NoParty):
	case k.earlier && (len(w.Lacks) > 0 || len(w.Since) > 0): // what is lacking may be on paper
	default:
		switch r.About {
		case OfCase:
			k.whole(r)
		case OfAct:
			k.eachAct(r)
		case OfPerson:
			k.eachPerson(r)
		case OfClock:
			k.eachClock(r)
		case OfExhibit:
			k.eachExhibit(r)
		}
	}
}

func (k *look) whole(r *Rule) {
	if len(r.When.Lacks) > 0 && k.stands(r.When.Lacks, "", "") {
		return
	}
	if since, ok := k.since(r, k.anchor(r.When.Counting), ""); ok {
		k.say(r, Finding{Since: since}, nil)
	}
}

func (k *look) anchor(what string) civil.Date {
	s := &k.state
	switch what {
	case "received":
		return s.Received.Day()
	case "opened":
		return s.Opened.Day()
	case "stage":
		return s.Since.Day()
	case "arrived":
		return s.Arrived.Day()
	case "indicted":
		return s.Indicted.Day()
	case "sent":
		return s.Sent.Day()
	case "judged":
		return s.Judged.Day()
	case "last":
		if n := len(k.acts); n > 0 {
			return k.acts[n-1].At.Day()
		}
	}
	return ""
}

// since reports whether enough days have passed since the day a rule counts from, and
// nothing has been done from that day on that would settle it.
func (k *look) since(r *Rule, from civil.Date, whom ledger.PartyID) (civil.Date, bool) {
	w := &r.When
	if from == "" {
		return "", w.Counting == "" && w.After == 0 && len(w.Since) == 0
	}
	return from, days(from, k.day) >= w.After && (len(w.Since) == 0 || !k.stands(w.Since, from, whom))
}

func (k *look) eachAct(r *Rule) {
	w := &r.When
	for i := range k.acts {
		a := &k.acts[i]
		if !named(w.Acts, a.Kind) || named(w.Not, a.Kind) || len(w.By) > 0 && !slices.Contains(w.By, k.by(a)) {
			continue
		}
		missing := k.missing(a, w.Missing)
		switch {
		case len(w.Missing) > 0 && len(missing) == 0:
			continue
		case len(w.Flagged) > 0 && !slices.ContainsFunc(a.Flags, func(f string) bool { return slices.Contains(w.Flagged, f) }):
			continue
		case w.LateEntry > 0 && days(a.At.Day(), civil.On(a.Entered)) <= w.LateEntry:
			continue
		case w.Recent > 0 && days(civil.On(a.Entered), k.day) > w.Recent:
			continue
		case w.Corrected > 0 && k.corrections(a.ID) < w.Corrected:
			continue
		}
		whose := a.Parties
		if len(whose) == 0 || len(w.Lacks) == 0 && len(w.Since) == 0 {
			whose = []ledger.PartyID{""}
		}
		for _, p := range whose {
			if len(w.Lacks) > 0 && k.stands(w.Lacks, "", p) {
				continue
			}
			if since, ok := k.since(r, a.At.Day(), p); ok {
				subject := string(a.ID)
				if p != "" {
					subject += "/" + string(p)
				}
				k.say(r, Finding{Subject: subject, Act: a.ID, Folio: a.Folio, Person: p, Since: since}, map[string]string{"act": k.title(a.Kind), "number": a.Number, "day": a.At.Day().VN(), "missing": strings.Join(missing, ", ")})
			}
		}
	}
}

// missing names in Vietnamese what of wanted an act does not tell.
func (k *look) missing(a *ledger.Act, wanted []string) (out []string) {
	for _, what := range wanted {
		name, has := what, a.Fields[what] != ""
		switch what {
		case "page":
			name, has = "bút lục chứng minh", a.Document != "" || a.Folio > 0
		case "number":
			name, has = "số", a.Number != ""
		case "signer":
			name, has = "người ký", a.Signer != ""
		case "issuer":
			name, has = "cơ quan ban hành", a.Issuer != ""
		case "until":
			name, has = "ngày hết hạn", a.Until != ""
		default:
			if kind, ok := k.cat.Act(a.Kind); ok {
				if i := slices.IndexFunc(kind.Fields, func(f law.ActField) bool { return f.Name == what }); i >= 0 {
					name = strings.ToLower(kind.Fields[i].Title)
				} else {
					has = true // an act of this kind is not asked for it
				}
			}
		}
		if !has {
			out = append(out, name)
		}
	}
	return out
}

func (k *look) corrections(of ledger.ActID) (n int) {
	by := map[ledger.ActID]*ledger.Act{}
	for i := range k.c.Ledger.Acts {
		by[k.c.Ledger.Acts[i].ID] = &k.c.Ledger.Acts[i]
	}
	for a := by[of]; a != nil && a.Supersedes != "" && n <= len(by); a = by[a.Supersedes] {
		n++
	}
	return n
}

func (k *look) eachPerson(r *Rule) {
	w := &r.When
	for i := range k.state.Accused {
		x := &k.state.Accused[i]
		switch {
		case x.Over != "" || x.Died != "" || x.Status == "split":
			continue
		case len(w.Measure) > 0 && !slices.Contains(w.Measure, x.Measure):
			continue
		case !is(w.Held, x.Custody || x.Detained) || !is(w.Juvenile, x.Juvenile) || !is(w.Charged, x.Charged != "") || !is(w.Property, x.Property > 0):
			continue
		case len(w.Class) > 0 && !slices.Contains(w.Class, x.Class.String()):
			continue
		case w.NoEnd && (x.Measure == "" || x.MeasureUntil != ""):
			continue
		case w.Left != nil && (x.MeasureUntil == "" || !w.Left.has(days(k.day, x.MeasureUntil.Day()))):
			continue
		case len(w.Lacks) > 0 && k.stands(w.Lacks, "", x.ID):
			continue
		}
		from := x.Charged
		if w.Counting == "measure" || len(w.Measure) > 0 || w.Held != nil {
			from = x.MeasureSince
		}
		if since, ok := k.since(r, from.Day(), x.ID); ok {
			f := Finding{Subject: string(x.ID), Person: x.ID, Since: since}
			f.Act, f.Folio = k.done(from, x.ID)
			k.say(r, f, map[string]string{"until": x.MeasureUntil.VN()})
		}
	}
}

// done finds the act that was done to somebody at a moment.
func (k *look) done(at ledger.Moment, whom ledger.PartyID) (ledger.ActID, int) {
	for i := len(k.acts) - 1; i >= 0; i-- {
		if a := &k.acts[i]; a.At == at && (len(a.Parties) == 0 || slices.Contains(a.Parties, whom)) {
			return a.ID, a.Folio
		}
	}
	return "", 0
}

func (k *look) eachClock(r *Rule) {
	w := &r.When
	for _, c := range k.c.Clocks {
		if c.Legal.Day() == "" || !is(w.Own, c.Own) || !slices.ContainsFunc(w.Clock, func(p string) bool { return strings.HasPrefix(c.Rule, p) }) || !w.Left.has(days(k.day, c.Legal.Day())) {
			continue
		}
		f := Finding{Subject: c.ID, Act: c.Act, Person: c.Person, Since: c.Legal.Day()}
		if i := slices.IndexFunc(k.acts, func(a ledger.Act) bool { return a.ID == c.Act }); i >= 0 {
			f.Folio = k.acts[i].Folio
		}
		k.say(r, f, map[string]string{"limit": c.Title, "until": c.Legal.VN()})
	}
}

func (k *look) eachExhibit(r *Rule) {
	w := &r.When
	for _, x := range k.c.Exhibits {
		if slices.Contains(w.Without, "holder") && x.Holder || slices.Contains(w.Without, "decision") && x.Settled {
			continue
		}
		if days(x.Since, k.day) >= w.After {
			k.say(r, Finding{Subject: x.ID, Folio: x.Folio, Since: x.Since}, map[string]string{"exhibit": strings.TrimSpace(x.Code + " " + x.Name), "day": x.Since.VN()})
		}
	}
}

// say adds a finding and fills its words.
func (k *look) say(r *Rule, f Finding, words map[string]string) {
	f.Rule, f.Group, f.Severity = r.ID, r.Group, r.Severity
	fill := []string{"{person}", k.name(f.Person)}
	for _, w := range []string{"act", "number", "day", "until", "limit", "exhibit", "missing"} {
		v := words[w]
		if w == "day" && v == "" {
			v = f.Since.VN()
		}
		if w == "number" {
			if v != "" {
				v = " số " + v
			}
			fill = append(fill, " {number}", v) // the space before it belongs to the number
		}
		fill = append(fill, "{"+w+"}", strings.TrimSpace(v))
	}
	replace := strings.NewReplacer(fill...)
	f.Text, f.Todo = replace.Replace(r.Text), replace.Replace(r.Todo)
	k.out = append(k.out, f)
}

func (k *look) name(id ledger.PartyID) string {
	for i := range k.c.Ledger.Parties {
		if k.c.Ledger.Parties[i].ID == id {
			return k.c.Ledger.Parties[i].Name
		}
	}
	return "người liên quan"
}

func (k *look) title(kind string) string {
	if x, ok := k.cat.Act(kind); ok {
		return x.Title
	}
	return kind
}

func (k *look) by(a *ledger.Act) string {
	if a.By == "" {
		if x, ok := k.cat.Act(a.Kind); ok && len(x.By) == 1 {
			return x.By[0]
		}
	}
	return a.By
}

// stands reports whether an act of one of some kinds stands, on or after a day, that
// concerns somebody; one on nobody by name concerns all.
func (k *look) stands(kinds []string, from civil.Date, whom ledger.PartyID) bool {
	return slices.ContainsFunc(k.acts, func(a ledger.Act) bool {
		return named(kinds, a.Kind) && a.At.Day() >= from && (whom == "" || len(a.Parties) == 0 || slices.Contains(a.Parties, whom))
	})
}

// party reports whether the case has somebody of one of some roles or capacities.
func (k *look) party(of []string) bool {
	return slices.ContainsFunc(k.c.Ledger.Parties, func(p ledger.Party) bool {
		return slices.Contains(of, p.Role) || slices.Contains(of, p.Capacity)
	})
}

// named reports whether a kind is one of a list; "*" is any, "court." all that begin so.
func named(kinds []string, kind string) bool {
	return slices.ContainsFunc(kinds, func(k string) bool {
		return k == kind || k == "*" || strings.HasSuffix(k, ".") && strings.HasPrefix(kind, k)
	})
}

func is(want *bool, got bool) bool { return want == nil || *want == got }

// days counts from a to b.
func days(a, b civil.Date) int {
	x, err1 := time.Parse(time.DateOnly, string(a))
	y, err2 := time.Parse(time.DateOnly, string(b))
	if err1 != nil || err2 != nil {
		return 0
	}
	return int(y.Sub(x).Hours() / 24)
}
