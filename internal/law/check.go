package law

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"congminh/internal/kit/civil"
)

// checker collects what is wrong with a pack.
type checker struct {
	*Pack
	ids  map[string]bool // of rules
	at   Origin
	id   string
	list Problems
}

// wrong adds a problem of the datum being checked.
func (c *checker) wrong(format string, args ...any) {
	c.list = append(c.list, Problem{c.at.File, c.at.Line, c.id, fmt.Sprintf(format, args...)})
}

// need adds a problem unless ok.
func (c *checker) need(ok bool, format string, args ...any) {
	if !ok {
		c.wrong(format, args...)
	}
}

// refer checks that codes of a field stand on a shelf.
func refer[T any](c *checker, field string, s *shelf[T], codes ...string) {
	for _, code := range codes {
		c.need(s.has(code), "%s: không có %q", field, code)
	}
}

// each checks every item of a shelf.
func each[T any](c *checker, s *shelf[T], id func(T) string, check func(T)) {
	for i, x := range s.items {
		c.at, c.id = s.from[i], id(x)
		check(x)
	}
}

// check finds everything that is wrong with the pack, sorted by place.
func (p *Pack) check() Problems {
	c := &checker{Pack: p, ids: map[string]bool{}}
	for _, r := range p.rules.items {
		c.ids[r.ID] = true
	}
	each(c, &p.rules, func(r Rule) string { return r.ID }, c.rule)
	c.overlaps()
	each(c, &p.acts, func(a ActKind) string { return a.Code }, c.act)
	each(c, &p.offences, func(o Offence) string { return "Điều " + o.Article }, c.offence)
	each(c, &p.forms, func(f Form) string { return fmt.Sprint("mẫu ", f.Number) }, func(f Form) {
		c.need(f.Number > 0 && strings.TrimSpace(f.Title) != "", "mẫu cần số và tên")
	})
	each(c, &p.lists, func(l List) string { return l.Code }, c.shortList)
	each(c, &p.off, func(d Day) string { return string(d.Date) }, func(d Day) { c.day(d, "statutory", "compensation", "swap_off") })
	each(c, &p.work, func(d Day) string { return string(d.Date) }, func(d Day) { c.day(d, "makeup") })
	each(c, &p.pending, func(x Pending) string { return x.ID }, func(x Pending) {
		c.need(len(x.Days) > 0 && x.Text != "", "cần days và text")
		for _, d := range x.Days {
			c.need(isDay(d, false), "days: %q không phải ngày (YYYY-MM-DD)", d)
		}
		if x.Uncertain != "" {
			refer(c, "uncertain", &p.uncertain, x.Uncertain)
		}
	})
	c.at, c.id = Origin{File: "calendar.toml"}, "calendar"
	if k := p.calendar; k.From != "" || k.To != "" || len(p.off.items) > 0 {
		c.need(isDay(k.From, false) && isDay(k.To, false) && k.From <= k.To, "from, to: %q, %q không phải khoảng ngày", k.From, k.To)
		refer(c, "sources", &p.sources, k.Sources...)
	}
	slices.SortFunc(c.list, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), strings.Compare(a.Text, b.Text))
	})
	return c.list
}

var (
	word     = regexp.MustCompile(`^[A-Za-z0-9_.:@-]+$`)
	fraction = regexp.MustCompile(`^1$|^[1-9]\d?/[1-9]\d?$`)
)

func (c *checker) span(from, to civil.Date) {
	c.need(isDay(from, false), "from: %q không phải ngày (YYYY-MM-DD)", from)
	c.need(isDay(to, true), "to: %q không phải ngày (YYYY-MM-DD)", to)
	c.need(to == "" || from <= to, "to %s đứng trước from %s", to, from)
}

func (c *checker) citations(cs []Citation) {
	c.need(len(cs) > 0, "thiếu căn cứ (citation)")
	for _, x := range cs {
		c.need(strings.TrimSpace(x.Law) != "" && strings.TrimSpace(x.Article) != "", "căn cứ cần law và article")
	}
}

func (c *checker) grade(field string, g Confidence) {
	c.need(oneOf(string(g), "A", "B", "C", "D"), "%s: %q không phải A, B, C hoặc D", field, g)
}

func (c *checker) classesOf(field string, codes []string) {
	for _, k := range codes {
		c.need(ParseClass(k) != NoClass, "%s: %q không phải INT, NT, RNT hoặc DBNT", field, k)
	}
}

func (c *checker) rule(r Rule) {
	c.need(word.MatchString(r.ID), "id chỉ gồm chữ, số, dấu - _ .")
	c.need(strings.TrimSpace(r.Title) != "", "thiếu tên (title)")
	c.citations(r.Citations)
	refer(c, "stage", &c.stages, r.Stage)
	c.need(word.MatchString(r.Trigger), "trigger: %q không phải tên sự kiện", r.Trigger)
	c.need(r.TriggerText != "" && r.Actor != "", "cần trigger_text và actor")
	c.classesOf("classes", r.Classes)
	refer(c, "when", &c.conditions, r.When...)
	c.need(oneOf(r.Scope, "case", "person"), "scope: %q không phải case hoặc person", r.Scope)
	c.need(oneOf(string(r.Status), string(Active), string(Unverified), string(Off)), "status: %q không phải active, unverified hoặc off", r.Status)
	c.grade("confidence", r.Confidence)
	c.need(r.Confidence != "D" || r.Status != Active, "độ tin cậy D thì status phải là unverified")
	if r.Competence != "" {
		c.grade("competence_confidence", r.Competence)
	}
	c.span(r.From, r.To)
	for _, w := range r.Warn {
		c.need(lead(w), "warn: %q không phải khoảng thời gian như P20D, P6M, PT4H", w)
	}
	if len(c.acts.items) > 0 { // a pack without a catalogue cannot be held against it
		refer(c, "done", &c.acts, r.Done...)
	}
	refer(c, "assumptions", &c.assumptions, r.Assumptions...)
	refer(c, "uncertain", &c.uncertain, r.Uncertain...)
	c.need(len(r.Sources) > 0, "thiếu nguồn (sources)")
	refer(c, "sources", &c.sources, r.Sources...)
	for _, id := range r.Of {
		c.need(c.ids[id], "of: không có quy tắc %q", id)
		c.need(id != r.ID, "of: quy tắc chỉ tới chính nó")
	}
	c.measure(r)
	c.extensions(r)
}

// measure checks the length of a rule against its kind.
func (c *checker) measure(r Rule) {
	lengths := []Length{}
	if r.Length != nil {
		c.length("length", *r.Length)
		lengths = append(lengths, *r.Length)
	}
	for k, l := range r.ByClass {
		c.classesOf("by_class", []string{k})
		c.length("by_class."+k, l)
		lengths = append(lengths, l)
	}
	for k, l := range r.Cap {
		c.need(k == "" || k == "DBNT_special" || ParseClass(k) != NoClass, "cap: %q không phải loại tội phạm", k)
		c.length("cap."+k, l)
	}
	before := slices.ContainsFunc(lengths, func(l Length) bool { return l.Mode.before() })
	switch r.Kind {
	case Modifier:
		c.need(len(r.Of) > 0 || r.Status == Unverified, "modifier cần of: những quy tắc nó thay đổi")
		c.need(fraction.MatchString(r.Factor) || r.Status == Unverified, "factor: %q không phải phân số như 1/2", r.Factor)
	case MaxPeriod, LatestBefore:
		c.need(len(lengths) > 0, "thiếu length hoặc by_class")
		c.need(r.Length == nil || len(r.ByClass) == 0, "chỉ dùng một trong length và by_class")
		c.need(r.Factor == "", "factor chỉ dùng cho modifier")
		c.need(len(lengths) == 0 || before == (r.Kind == LatestBefore), "kind %s không hợp với mode", r.Kind)
		for _, k := range classes[1:] {
			_, ok := r.ByClass[k]
			c.need(len(r.ByClass) == 0 || ok || len(r.Classes) > 0 && !slices.Contains(r.Classes, k), "by_class: thiếu %s", k)
		}
	default:
		c.wrong("kind: %q không phải max_period, latest_before hoặc modifier", r.Kind)
	}
	for _, l := range lengths {
		c.need(l.Mode != BoundByParent || len(r.Of) > 0, "mode bound cần of: những quy tắc chặn nó")
	}
}

// before reports whether the mode counts back from an end.
func (m Mode) before() bool { return m == BeforeDays || m == BeforeHours || m == BeforeMonths }

// unitsOf is the units each mode is written in; bound and parent may have no figure.
var unitsOf = map[Mode][]string{
	Hours: {"hour"}, Days: {"day"}, Months: {"month"}, Years: {"year"}, WorkingDays: {"working_day"},
	Custody: {"day"}, Detention: {"day", "month"}, BeforeDays: {"day"}, BeforeHours: {"hour"}, BeforeMonths: {"month"},
	BoundByParent: {"", "day", "month"}, OfParent: {""},
}

func (c *checker) length(field string, l Length) {
	us, ok := unitsOf[l.Mode]
	if !ok {
		c.wrong("%s: không có cách tính (mode) %q", field, l.Mode)
		return
	}
	optional := slices.Contains(us, "")
	if optional && l.Value == 0 && l.Unit == "" || l.Mode == Detention && l.Unit == "" && l.Value == 0 && c.modifies() {
		return
	}
	c.need(l.Value > 0 && l.Value <= 1000, "%s: value %d phải từ 1 đến 1000", field, l.Value)
	c.need(l.Unit != "" && slices.Contains(us, l.Unit), "%s: mode %s không dùng unit %q", field, l.Mode, l.Unit)
}

// modifies reports whether the datum being checked is a modifier: its length says
// only how the result is counted.
func (c *checker) modifies() bool {
	return slices.ContainsFunc(c.rules.items, func(r Rule) bool { return r.ID == c.id && r.Kind == Modifier })
}

func (c *checker) extensions(r Rule) {
	type link struct {
		seq   int
		class string
	}
	has := map[link]bool{}
	for _, e := range r.Extensions {
		at := fmt.Sprintf("gia hạn %d", e.Seq)
		c.need(e.Seq >= 1 && e.Seq <= 9, "%s: seq phải từ 1 đến 9", at)
		c.classesOf(at, e.Classes)
		c.length(at+": max", e.Max)
		c.need(!e.Max.Mode.before(), "%s: mode %s không phải một khoảng", at, e.Max.Mode)
		c.need(e.Max.Mode != BoundByParent || e.Bound != "", "%s: mode bound cần bound", at)
		c.need(e.Bound == "" || c.ids[e.Bound], "%s: bound: không có quy tắc %q", at, e.Bound)
		of := e.Classes
		if len(of) == 0 {
			of = classes[1:]
		}
		for _, k := range of {
			c.need(!has[link{e.Seq, k}], "%s đứng hai lần cho %s", at, k)
			c.need(e.Seq == 1 || e.Seq == 9 || has[link{e.Seq - 1, k}], "%s cho %s không có lần %d trước nó", at, k, e.Seq-1)
			has[link{e.Seq, k}] = true
		}
		for i, d := range e.DecidedBy {
			c.need(d.By != "", "%s: decided_by cần by", at)
			c.need(oneOf(d.Level, "", "region", "province", "supreme", "supreme_chief"), "%s: level %q", at, d.Level)
			c.need(isDay(d.From, true) && isDay(d.To, true), "%s: decided_by: from, to không phải ngày", at)
			for _, o := range e.DecidedBy[:i] {
				c.need(!overlap(d.From, d.To, o.From, o.To), "%s: hai thẩm quyền cùng một lúc", at)
			}
		}
		if e.Ask != nil {
			c.length(at+": ask", *e.Ask)
			c.need(e.Ask.Mode.before(), "%s: ask cần mode before_…", at)
		}
	}
}

// overlap reports whether two spans of days share a day; "" is without end.
func overlap(from1, to1, from2, to2 civil.Date) bool {
	return (to1 == "" || from2 <= to1) && (to2 == "" || from1 <= to2)
}

// overlaps finds versions of one rule, or wordings of one article, in force together.
func (c *checker) overlaps() {
	type span struct {
		from, to civil.Date
		at       Origin
	}
	together := func(id string, all []span) {
		for i, a := range all {
			for _, b := range all[:i] {
				if overlap(a.from, a.to, b.from, b.to) {
					c.at, c.id = a.at, id
					c.wrong("hai phiên bản cùng có hiệu lực (từ %s và từ %s); hãy đặt to cho bản trước", b.from, a.from)
				}
			}
		}
	}
	spans := map[string][]span{}
	for i, r := range c.rules.items {
		spans[r.ID] = append(spans[r.ID], span{r.From, r.To, c.rules.from[i]})
	}
	for i, o := range c.offences.items {
		id := "Điều " + o.Article
		spans[id] = append(spans[id], span{o.From, o.To, c.offences.from[i]})
	}
	for id, all := range spans {
		together(id, all)
	}
}

func (c *checker) act(a ActKind) {
	c.need(word.MatchString(a.Code), "code chỉ gồm chữ, số, dấu . - _")
	c.need(strings.TrimSpace(a.Title) != "" && a.Group != "", "cần title và group")
	for _, n := range a.Forms {
		c.need(c.forms.has(fmt.Sprint(n)), "forms: không có mẫu %d", n)
	}
	for _, b := range a.By {
		c.need(oneOf(b, "police", "procuracy", "court", "other"), "by: %q không phải police, procuracy, court hoặc other", b)
	}
	c.need(oneOf(a.Scope, "case", "person", "any"), "scope: %q không phải case, person hoặc any", a.Scope)
	c.need(oneOf(a.Until, "", "optional", "needed"), "until: %q không phải optional hoặc needed", a.Until)
	c.need(oneOf(a.Handover, "", "in", "out"), "handover: %q không phải in hoặc out", a.Handover)
	if a.Reasons != "" {
		refer(c, "reasons", &c.lists, a.Reasons)
	}
	for _, f := range a.Fields {
		c.need(word.MatchString(f.Name) && f.Title != "", "field cần name và title")
		c.need(oneOf(f.Type, "text", "number", "date", "moment", "choice", "office", "yes"), "field %s: không có kiểu %q", f.Name, f.Type)
		c.need((f.Type == "choice") == (len(f.Choices) > 0), "field %s: choice chỉ dùng cho kiểu choice", f.Name)
	}
	c.grade("confidence", a.Confidence)
	c.span(a.From, a.To)
	for _, x := range a.Citation {
		c.need(strings.TrimSpace(x.Law) != "" && strings.TrimSpace(x.Article) != "", "căn cứ cần law và article")
	}
}

func (c *checker) offence(o Offence) {
	c.need(strings.TrimSpace(o.Title) != "" && o.Chapter != "", "cần title và chapter")
	if l, ok := c.List("chapters"); ok {
		c.need(slices.ContainsFunc(l.Items, func(x Choice) bool { return x.Code == o.Chapter }), "chapter: không có chương %q", o.Chapter)
	}
	c.grade("confidence", o.Confidence)
	c.span(o.From, o.To)
	seen := map[string]bool{}
	for _, k := range o.Clauses {
		c.need(k.Class == "" || ParseClass(k.Class) != NoClass, "khoản %s: class %q", k.Number, k.Class)
		c.need(!seen[k.Number], "khoản %s đứng hai lần", k.Number)
		seen[k.Number] = true
	}
}

func (c *checker) shortList(l List) {
	c.need(strings.TrimSpace(l.Title) != "", "thiếu title")
	seen := map[string]bool{}
	for _, x := range l.Items {
		c.need(x.Code != "" && x.Title != "", "mục cần code và title")
		c.need(!seen[x.Code], "mục %s đứng hai lần", x.Code)
		seen[x.Code] = true
	}
	c.grade("confidence", l.Confidence)
}

func (c *checker) day(d Day, kinds ...string) {
	if !isDay(d.Date, false) {
		c.wrong("date: %q không phải ngày (YYYY-MM-DD)", d.Date)
		return
	}
	c.need(d.Name != "", "thiếu name")
	c.need(slices.Contains(kinds, d.Kind), "kind: %q không phải %s", d.Kind, strings.Join(kinds, ", "))
	c.grade("confidence", d.Confidence)
	c.need(d.Kind == "makeup" || d.Basis != "", "ngày nghỉ cần basis")
	w := weekday(d.Date)
	c.need(d.Kind != "makeup" || w == 0 || w == 6, "ngày làm bù phải là thứ Bảy hoặc Chủ nhật")
}
