package ledger

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"congminh/internal/kit/civil"
	"congminh/internal/law"
)

var article = regexp.MustCompile(`^[1-9][0-9]{0,2}[a-zđ]?$`)

// offence is the day the Penal Code is read on for one accused.
func (k *check) offence(x Accused) civil.Date {
	if d := k.a.Fields["offence_day"]; Moment(d).Valid() {
		return civil.Date(d)
	}
	if x.Offence != "" {
		return x.Offence
	}
	return k.a.At.Day()
}

// charges checks what one is charged with and its approval.
func (k *check) charges() {
	if k.about("charges.missing") && len(k.a.Charges) == 0 {
		k.say("charges.missing", "charges")
	}
	seen := map[Charge]bool{}
	for _, x := range append(k.whom(), Accused{}) {
		for _, c := range For(k.a, x.ID) {
			if !seen[c] {
				seen[c] = true
				k.known(c, k.offence(x))
			}
		}
	}
	for _, id := range k.a.Parties {
		x, name := k.of(id), k.name(id)
		if k.about("approve.charges") && x.Charged != "" {
			if bad := beyond(For(k.a, id), x.Charges); len(bad) > 0 {
				k.say("approve.charges", "charges", "name", name, "value", ChargesVN(bad))
			}
		}
		if k.about("approve.twice") && x.Approved != "" {
			k.say("approve.twice", "parties", "name", name, "day", x.Approved.VN())
		}
		if k.about("charge.age") {
			if x.Charged != "" && !x.ended() {
				k.say("charge.twice", "parties", "name", name, "day", x.Charged.VN())
			}
			if p := k.party(id); p != nil {
				if y, known := Age(p.Born, k.offence(x)); known && y < liable {
					k.say("charge.age", "parties", "name", name, "day", Moment(k.offence(x)).VN())
				}
			}
		}
	}
}

// known checks that a charge is in the Penal Code of a day.
func (k *check) known(c Charge, day civil.Date) {
	if !article.MatchString(c.Article) {
		k.say("charges.form", "charges", "value", c.Article)
		return
	}
	o, ok := k.cat.Offence(c.Article, day)
	if !ok {
		k.say("charges.unknown", "charges", "value", c.Article, "day", Moment(day).VN())
		return
	}
	if c.Clause == "" || len(o.Clauses) == 0 {
		return
	}
	i := slices.IndexFunc(o.Clauses, func(x law.Clause) bool { return x.Number == c.Clause })
	if i < 0 {
		k.say("charges.clause", "charges", "value", c.Article, "clause", c.Clause, "day", Moment(day).VN())
	} else if ps := o.Clauses[i].Points; c.Point != "" && len(ps) > 0 && !slices.Contains(ps, c.Point) {
		k.say("charges.point", "charges", "value", c.Article, "clause", c.Clause, "point", c.Point)
	}
}

// beyond returns the charges of some that are not among others. A charge less exact
// than the other is among them.
func beyond(some, others []Charge) (out []Charge) {
	for _, c := range some {
		if !slices.ContainsFunc(others, func(o Charge) bool {
			return o.Article == c.Article && alike(o.Clause, c.Clause) && alike(o.Point, c.Point)
		}) {
			out = append(out, c)
		}
	}
	return out
}

func alike(a, b string) bool { return a == "" || b == "" || a == b }

// people checks births, deaths, flight and return.
func (k *check) people() {
	day := k.a.At.Day()
	for _, id := range k.a.Parties {
		p, x, name := k.party(id), k.of(id), k.name(id)
		if p == nil {
			continue
		}
		if p.Born != "" && len(p.Born) <= len(day) && string(day[:len(p.Born)]) < p.Born {
			k.say("person.unborn", "at", "name", name)
		}
		if p.Entity && k.about("entity.held") {
			k.say("entity.held", "parties", "name", name)
		}
		k.dead(p, x, name)
		switch {
		case slices.Contains(k.kind.Effects, "escape") && x.Escaped != "":
			k.say("escape.twice", "parties", "name", name, "day", x.Escaped.VN())
		case slices.Contains(k.kind.Effects, "recapture") && x.Escaped == "":
			k.say("recapture.escape", "parties", "name", name)
		}
		eve := k.eve.of(id)
		if x.Status == "terminated" && eve.Status == x.Status && x.Charged != "" && x.Died == "" && k.before.Status != "terminated" && !k.lets("person.ended") {
			k.say("person.ended", "parties", "name", name)
		}
		if x.Status == "split" && eve.Status == x.Status && !k.lets("person.left") {
			k.say("person.left", "parties", "name", name)
		}
		if x.Status == "suspended" && eve.Status == x.Status && k.before.Status != "suspended" && k.about("person.suspended") {
			k.say("person.suspended", "parties", "name", name)
		}
		if k.about("juvenile.representative") && !p.Entity && k.minor(p, x) && !k.represented(id) {
			k.say("juvenile.representative", "parties", "name", name)
		}
	}
}

func (k *check) dead(p *Party, x Accused, name string) {
	died := x.Died
	if died == "" && len(p.Died) == len("2026-03-10") {
		died = Moment(p.Died)
	}
	if !slices.Contains(k.kind.Effects, "dead") {
		if died != "" && k.a.At.Day() > died.Day() && !k.lets("person.dead") {
			k.say("person.dead", "parties", "name", name, "day", died.VN())
		}
		return
	}
	if x.Died != "" {
		k.say("death.twice", "parties", "name", name, "day", x.Died.VN())
	}
	r := k.rules.rules["person.dead"]
	for i := range k.base.Acts {
		o := &k.base.Acts[i]
		kind, _ := k.cat.Act(o.Kind)
		if o.At.Day() <= k.a.At.Day() || !slices.Contains(o.Parties, x.ID) || names(r.Kinds, o.Kind) || slices.Contains(r.Groups, kind.Group) {
			continue
		}
		if slices.Contains(kind.Effects, "dead") {
			k.say("death.twice", "parties", "name", name, "day", o.At.VN())
		} else {
			k.say("death.later", "at", "name", name, "other", kind.Title, "day", o.At.VN())
		}
		return
	}
}

func (k *check) minor(p *Party, x Accused) bool {
	if x.Charged != "" {
		return x.Juvenile
	}
	y, known := Age(p.Born, k.offence(x))
	return known && y < adult
}

func (k *check) represented(id PartyID) bool {
	for i := range k.c.Parties {
		if k.rules.rules["juvenile.representative"].is(&k.c.Parties[i]) {
			return true
		}
	}
	return slices.ContainsFunc(k.base.Acts, func(x Act) bool {
		return x.Kind == "juvenile.representative" && slices.Contains(x.Parties, id)
	})
}

// rank orders those who decide on measures: who comes later may undo what who comes
// earlier has decided, not the other way.
var rank = map[string]int{"police": 1, "procuracy": 2, "court": 3}

var agencies = map[string]string{"police": "Cơ quan điều tra", "procuracy": "Viện kiểm sát", "court": "Tòa án"}

// measures checks who undoes a measure, and that nobody is held for nothing.
func (k *check) measures() {
	who := k.a.By // unknown where several may do it and the act does not say
	if len(k.kind.By) == 1 {
		who = by(&k.kind, k.a)
	}
	for _, x := range k.whom() {
		name := k.name(x.ID)
		if k.about("measure.by") && rank[who] > 0 && rank[who] < rank[x.MeasureBy] {
			k.say("measure.by", "by", "name", name, "other", agencies[x.MeasureBy], "value", agencies[who])
		}
		if k.about("measure.none") && (x.Measure == "" || x.Custody || x.Detained) {
			k.say("measure.none", "parties", "name", name)
		}
		if slices.Contains(k.kind.Effects, "judge") && x.Detained && slices.Contains(k.rules.rules["judgment.free"].Reasons, resultOf(k.a, x.ID)) {
			k.say("judgment.free", "parties", "name", name)
		}
	}
}

// ends flags those who are still under a measure when the case against them ends.
func (k *check) ends() {
	if !k.about("terminate.held") {
		return
	}
	for _, x := range k.before.Accused {
		if x.Measure != "" && (len(k.a.Parties) == 0 || slices.Contains(k.a.Parties, x.ID)) {
			k.say("terminate.held", "parties", "name", k.name(x.ID), "value", measuresVN[x.Measure])
		}
	}
}

// extensions checks that extensions follow one another.
func (k *check) extensions() {
	for _, e := range k.kind.Effects {
		op, what, _ := strings.Cut(e, ":")
		switch op {
		case "extend":
			n, until := k.before.Extended.of(what)
			k.extends("extend.expired", n, until)
		case "extend_measure":
			for _, id := range k.a.Parties {
				k.extendsMeasure(what, k.of(id))
			}
		}
	}
	if !k.about("extend.request_late") {
		return
	}
	ends := []Moment{k.before.Extended.InvestigationUntil}
	if strings.HasPrefix(k.a.Kind, "detention.") {
		ends = ends[:0]
		for _, x := range k.whom() {
			ends = append(ends, x.MeasureUntil)
		}
	}
	for _, end := range ends {
		if n := days(k.a.At.Day(), end.Day()); end != "" && n < k.rules.rules["extend.request_late"].Days {
			k.say("extend.request_late", "at", "n", strconv.Itoa(max(0, n)), "until", end.VN())
		}
	}
}

func (k *check) extendsMeasure(what string, x Accused) {
	name := k.name(x.ID)
	if x.Measure != what {
		k.say(what+".not_held", "parties", "name", name)
		return
	}
	if max := k.rules.rules["custody.twice"].Max; what == "custody" && max > 0 && x.Extensions >= max {
		k.say("custody.twice", "parties", "name", name, "n", strconv.Itoa(x.Extensions))
		return
	}
	expired := "extend.expired"
	if what == "custody" {
		expired = "custody.expired"
	}
	k.extends(expired, x.Extensions, x.MeasureUntil, "name", name)
	if end := k.before.Extended.InvestigationUntil; what == "detention" && k.before.Stage == "investigation" && end != "" && k.a.Until.Day() > end.Day() {
		k.say("detention.beyond", "until", "until", k.a.Until.VN(), "other", end.VN())
	}
}

// extends checks one link after n others, the last of which ends at until.
func (k *check) extends(expired string, n int, until Moment, pairs ...string) {
	if until != "" && late(k.a.At, until) {
		k.say(expired, "at", append(pairs, "until", until.VN())...)
	}
	if k.a.Until != "" && until != "" && !late(k.a.Until, until) {
		k.say("extend.shorter", "until", "until", k.a.Until.VN(), "other", until.VN())
	}
	if v := k.a.Fields["seq"]; v != "" && v != strconv.Itoa(n+1) {
		k.say("extend.order", "seq", "n", strconv.Itoa(n+1), "value", v)
	}
}

func (e Extended) of(what string) (int, Moment) {
	switch what {
	case "report":
		return e.Report, e.ReportUntil
	case "investigation":
		return e.Investigation, e.InvestigationUntil
	case "prosecution":
		return e.Prosecution, e.ProsecutionUntil
	}
	return e.Trial, e.TrialUntil
}

// suspension checks suspensions, and splits that need one.
func (k *check) suspension() {
	people := k.whom()
	if k.about("suspend.wanted") && k.gives("suspend.wanted") {
		for _, x := range people {
			if x.Wanted == "" {
				k.say("suspend.wanted", "reason", "name", k.name(x.ID))
			}
		}
	}
	if k.about("suspend.each") && k.gives("suspend.each") && len(k.a.Parties) == 0 && len(people) > 1 {
		k.say("suspend.each", "parties", "n", strconv.Itoa(len(people)))
	}
	if k.a.Kind == "case.split" && slices.Contains(k.rules.rules["split.prosecution"].Stages, k.before.Stage) {
		if len(k.a.Parties) == 0 {
			k.say("split.whom", "parties")
		}
		for _, id := range k.a.Parties {
			if x := k.of(id); x.Status != "suspended" || !slices.Contains(k.rules.rules["split.prosecution"].Reasons, x.Why) {
				k.say("split.prosecution", "parties", "name", k.name(id))
			}
		}
	}
	if k.about("transfer.province") && k.a.Fields["out_of_province"] == "yes" && (k.a.Fields["level"] == "region" || k.a.Fields["level"] == "") {
		k.say("transfer.province", "level")
	}
	if slices.Contains(k.kind.Effects, "summary") && k.before.Class > law.INT {
		k.say("summary.class", "kind")
	}
}

// returns counts how often the file was sent back.
func (k *check) returns() {
	if slices.Contains(k.kind.Effects, "return") && k.a.Fields["for_court"] != "yes" {
		if max := k.rules.rules["return.twice"].Max; max > 0 && k.before.Returns >= max {
			k.say("return.twice", "kind", "n", strconv.Itoa(k.before.Returns))
		}
	}
	if !slices.Contains(k.kind.Effects, "court_return") {
		return
	}
	who, n := k.a.Fields["returned_by"], 0
	for i := range k.base.Acts {
		if x := &k.base.Acts[i]; x.Kind == k.a.Kind && x.Fields["returned_by"] == who {
			n++
		}
	}
	if max := k.rules.rules["return_court."+who].Max; max > 0 && n >= max {
		k.say("return_court."+who, "returned_by", "n", strconv.Itoa(n))
	}
}

// prosecution checks an indictment against those it accuses.
func (k *check) prosecution() {
	if !k.about("indict.charges") {
		return
	}
	people := k.whom()
	for _, x := range people {
		name, cs := k.name(x.ID), For(k.a, x.ID)
		switch {
		case x.Charged == "":
			k.say("indict.uncharged", "parties", "name", name)
		case len(cs) == 0:
			k.say("indict.charges", "charges", "name", name)
		default:
			if bad := beyond(cs, x.Charges); len(bad) > 0 {
				k.say("indict.other", "charges", "name", name, "value", ChargesVN(bad))
			}
		}
	}
	if len(people) == 0 {
		k.say("indict.charges", "parties", "name", "bị can nào")
	}
	if len(k.a.Parties) == 0 {
		return
	}
	for _, x := range k.before.Accused {
		if x.Charged != "" && !x.ended() && x.Status != "suspended" && len(x.Indicted) == 0 && !slices.Contains(k.a.Parties, x.ID) {
			k.say("indict.left_out", "parties", "name", k.name(x.ID))
		}
	}
}

// handover checks what goes with a file.
func (k *check) handover() {
	if k.about("file.incomplete") && (k.a.Fields["delivered"] == "no" || k.a.Fields["complete"] == "no") {
		k.say("file.incomplete", "kind")
	}
	if k.about("handover.pages") {
		last := 0
		for i := range k.base.Acts {
			if x := &k.base.Acts[i]; upTo(x.At, k.a.At) && names(k.rules.rules["handover.pages"].Kinds, x.Kind) {
				if n, err := strconv.Atoi(x.Fields["pages"]); err == nil {
					last = n
				}
			}
		}
		if n, err := strconv.Atoi(k.a.Fields["pages"]); err == nil && n < last {
			k.say("handover.pages", "pages", "value", strconv.Itoa(n), "n", strconv.Itoa(last))
		}
	}
	first, err1 := strconv.Atoi(k.a.Fields["first"])
	last, err2 := strconv.Atoi(k.a.Fields["last"])
	if err1 == nil && err2 == nil && first > last {
		k.say("folio.range", "last", "n", strconv.Itoa(first), "value", strconv.Itoa(last))
	}
}
