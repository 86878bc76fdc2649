package clock

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"congminh/internal/law"
)

// Every text the engine says stands in this file. They are legal text, in Vietnamese:
// a prosecutor must be able to check each step by hand.

// Conditions of our own, beside those of the rules.
const (
	condFull       = "clock:full"
	condExtended   = "clock:extended"
	condUnknownEnd = "clock:unknown_end"
	condWhole      = "clock:whole"
	condLighter    = "clock:lighter"
	condRecount    = "clock:recount"
)

var ownConditions = map[string]string{
	condFull:       "vụ án đặc biệt phức tạp, hoặc đã thông báo thủ tục xử lý chuyển hướng",
	condExtended:   "thời hạn của giai đoạn được gia hạn ít nhất đến ngày đó",
	condUnknownEnd: "ngày hết hạn đó là của tạm giam (5 ngày) hoặc của tạm giam đã gia hạn (10 ngày)",
	condWhole:      "hiểu quy định chuyển tiếp là giữ đủ thời hạn như đối với người đủ 18 tuổi",
	condLighter:    "tính theo thời hạn của tội nhẹ hơn dù đã qua khi thay đổi tội danh",
	condRecount:    "tính lại từ đầu theo tội nặng hơn khi thay đổi tội danh hoặc nhập vụ án",
	"juvenile":     "người dưới 18 tuổi",
}

var classTitle = [...]string{"", "ít nghiêm trọng", "nghiêm trọng", "rất nghiêm trọng", "đặc biệt nghiêm trọng"}

var unitTitle = map[string]string{"hour": "giờ", "day": "ngày", "working_day": "ngày làm việc", "month": "tháng", "year": "năm"}

// Evaluate computes every limit that follows from the facts, with its reasons.
func (e *Engine) Evaluate(f *Facts) []Result {
	links := e.Eval(f, nil)
	out := make([]Result, len(links))
	for i, l := range links {
		out[i] = e.Explain(f, l)
	}
	return out
}

// WhatIf computes the limits as they are, and as they would be if more happened.
func (e *Engine) WhatIf(f *Facts, extra ...Event) (before, after []Result) {
	g := *f
	g.Events = append(slices.Clone(f.Events), extra...)
	return e.Evaluate(f), e.Evaluate(&g)
}

// Rule gives the rule of a link.
func (e *Engine) Rule(l Link) *law.Rule { return e.rules[l.Rule].Rule }

// Explain gives the reasons of a link that Eval found for the same facts.
func (e *Engine) Explain(f *Facts, l Link) Result {
	x := explainer{Engine: e, f: f, l: l, c: &e.rules[l.Rule], named: &e.rules[l.Rule]}
	if l.Mod != none {
		x.named = &e.rules[l.Mod]
	}
	r := Result{
		Rule: x.named.ID, What: x.what(), Law: x.named.cited, Subject: l.Subject, Seq: int(l.Seq), Granted: l.Granted,
		Start: iso(l.Start, x.startHours()), Condition: x.condition(),
	}
	switch {
	case l.Mod != none:
		r.Of = x.c.ID
	case l.Of != none:
		r.Of = e.rules[l.Of].ID
	}
	if int(l.Event) < len(f.Events) {
		r.Source = f.Events[l.Event].Source
	}
	if l.Stopped != 0 {
		r.Stopped = iso(l.Stopped, l.Stopped != midnight(l.Stopped))
	}
	x.uncertain(x.c.Uncertain...)
	if x.named != x.c {
		x.uncertain(x.named.Uncertain...)
	}
	if x.named.Confidence == "C" {
		x.step("Quy tắc %s có độ tin cậy C (nguồn thứ cấp hoặc chưa đối chiếu thay đổi): cần Kiểm sát viên xác nhận", x.named.ID)
	}
	if l.Kind == Refusal {
		r.Refused = x.refusal()
		x.step("%s", r.Refused)
		r.Steps, r.Uncertain = x.steps, x.doubts
		return r
	}
	r.Nominal, r.Legal = iso(l.Nominal, l.Hours), iso(l.Legal, l.Hours)
	x.count()
	if l.Kind == Before && !l.Hours || l.Kind == Request && !l.Hours {
		r.Advisory = iso(e.cal.onOrBefore(l.Nominal), false)
		if r.Advisory != r.Nominal {
			x.step("%s là %s, không lùi về sau: nên làm trước, ngày làm việc gần nhất %s (A-8)", vn(l.Nominal, false), e.cal.name(l.Nominal), vn(e.cal.onOrBefore(l.Nominal), false))
			x.assume("A-10")
		}
	}
	if n := l.Seq; n > 0 && l.Kind != Before {
		r.DecidedBy, r.Level = x.decidedBy()
	}
	if l.Stopped != 0 {
		x.step("Thời hạn dừng ngày %s", vn(l.Stopped, false))
	}
	r.Steps, r.Assumptions, r.Uncertain = x.steps, x.assumed, x.doubts
	slices.Sort(r.Assumptions)
	return r
}

type explainer struct {
	*Engine
	f       *Facts
	l       Link
	c       *rule // whose length it is
	named   *rule // under whose name it goes
	steps   []string
	assumed []string
	doubts  []string
}

func (x *explainer) step(format string, args ...any) {
	x.steps = append(x.steps, fmt.Sprintf(format, args...))
}

func (x *explainer) assume(ids ...string) {
	for _, id := range ids {
		if !slices.Contains(x.assumed, id) {
			x.assumed = append(x.assumed, id)
		}
	}
}

func (x *explainer) uncertain(ids ...string) {
	for _, id := range ids {
		if id != "" && !slices.Contains(x.doubts, id) {
			x.doubts = append(x.doubts, id)
		}
	}
}

func (x *explainer) startHours() bool {
	m := x.length().Mode
	return m == law.Hours || m == law.Custody || m == law.BeforeHours || x.l.Start != midnight(x.l.Start)
}

// length is the length the link was counted with.
func (x *explainer) length() law.Length {
	if x.l.Seq > 0 && (x.l.Kind == Period || x.l.Kind == Request) {
		for i := range x.c.exts {
			if e := &x.c.exts[i]; e.Seq == int(x.l.Seq) && (x.l.Class == law.NoClass || e.classes.has(x.l.Class)) {
				if x.l.Kind == Request {
					return *e.Ask
				}
				return e.Max
			}
		}
	}
	if x.l.Kind == Before {
		l := x.c.length[law.NoClass]
		if l.Mode == law.BeforeDays {
			l.Value = (midnight(x.l.Start) - x.l.Nominal) / day
		}
		return l
	}
	return x.c.length[x.l.Class]
}

func (x *explainer) what() string {
	w := x.c.Title
	if x.l.Mod != none {
		w = x.named.Title + ": " + w
	}
	switch {
	case x.l.Kind == Request:
		w = fmt.Sprintf("Đề nghị gia hạn lần %d muộn nhất: %s", x.l.Seq, w)
	case x.l.Kind == Before:
	case x.l.Seq == specialSeq:
		w += ", gia hạn đặc biệt (an ninh quốc gia)"
	case x.l.Seq > 0:
		w += fmt.Sprintf(", gia hạn lần %d", x.l.Seq)
	}
	if x.l.IfClass {
		w += " (" + className[x.l.Class] + ")"
	}
	return w
}

func (x *explainer) condition() string {
	var out []string
	for i, w := range x.words {
		if x.l.Cond&(1<<min(i, 63)) == 0 {
			continue
		}
		t := x.text.conditions[w]
		if t == "" {
			t = ownConditions[w]
		}
		if t == "" {
			t = w
		}
		out = append(out, "nếu "+t)
	}
	if x.l.IfClass {
		out = append(out, "nếu là tội "+classTitle[x.l.Class])
	}
	switch {
	case x.l.Granted:
	case x.l.Kind == Request:
		out = append(out, "nếu được gia hạn lần trước đó")
	case x.l.Seq == specialSeq:
		out = append(out, "nếu được gia hạn đặc biệt")
	default:
		out = append(out, fmt.Sprintf("nếu được gia hạn lần %d", x.l.Seq))
	}
	return strings.Join(out, "; ")
}

// refusal says why nothing is computed and what to do.
func (x *explainer) refusal() string {
	switch {
	case x.l.Mod != none:
		return fmt.Sprintf("Không tính: quy tắc %s (%s) chưa được kiểm chứng; hãy nhập ngày hết hạn ghi trong lệnh", x.named.ID, x.named.cited)
	case x.l.Seq > 0:
		return "Không tính: chưa biết thời hạn của giai đoạn, là giới hạn của lần gia hạn này; hãy nhập sự kiện mở giai đoạn"
	}
	return "Không tính: chưa biết thời hạn của giai đoạn, là giới hạn của biện pháp này; hãy nhập sự kiện mở giai đoạn hoặc ngày hết hạn ghi trong lệnh"
}

// count tells the arithmetic.
func (x *explainer) count() {
	x.begin()
	switch x.l.Kind {
	case Before, Request:
		x.back()
		return
	}
	x.forward()
	l := x.l
	if l.Lighter {
		x.step("Thời hạn của tội nhẹ hơn đã hết trước ngày đổi tội danh: hết ngày %s", vn(l.Nominal, l.Hours))
	}
	if l.Cut && x.c.role&measure == 0 {
		x.step("Không được quá %s (%s), hết ngày %s: rút còn %s", lower(x.rules[l.Bound].Title), x.rules[l.Bound].ID, vn(l.Nominal, false), vn(l.Nominal, false))
	}
	if l.Ordered {
		x.order()
	}
	if !l.Hours {
		x.roll()
	}
}

func (x *explainer) begin() {
	l, text := x.l, x.c.TriggerText
	switch {
	case l.Kind == Request:
		text = "ngày hết hạn hiện tại"
	case l.Of != none:
		text = "hết " + lower(x.rules[l.Of].Title)
	case l.Seq > 0 && l.Kind == Period && l.Next:
		text = "ngày kế tiếp của ngày tạm giam cuối cùng"
	case l.Seq > 0 && l.Kind == Period && l.Start != midnight(x.eventAt()) && l.Start != x.eventAt():
		text = "ngày hết hạn danh nghĩa của lần trước"
		x.assume("A-7")
	case l.Next:
		text = "ngày kế tiếp của ngày tạm giam cuối cùng"
	}
	x.step("Mốc tính: %s — %s", text, vn(l.Start, x.startHours()))
	if l.Assumed {
		x.step("Chưa có giờ: tính chặt, từ 00:00 ngày %s", vn(l.Start, false))
	}
	if l.Class != law.NoClass && l.Kind == Period && (x.c.byClass || l.Seq > 0) {
		x.step("Loại tội: %s (%s)", classTitle[l.Class], className[l.Class])
	}
	if l.Changed > 0 {
		v := x.f.Events[l.Changed-1]
		at, _, _ := parse(v.At)
		x.step("Ngày %s đổi tội danh thành tội %s: áp dụng thời hạn của loại tội này từ mốc tính, tức đã trừ thời gian đã qua (A-12)", vn(midnight(at), false), classTitle[l.Class])
		x.assume("A-12")
	}
	if x.named.transitional() {
		x.step("Chuyển tiếp (%s): giai đoạn đang chạy giữ thời hạn cũ", x.named.ID)
		x.assume("A-14")
	}
	if l.Start < x.c.from {
		x.step("Mốc tính trước ngày quy tắc có hiệu lực (%s); thời hiệu còn chạy đến ngày đó thì tính theo quy tắc này", vn(x.c.from, false))
		x.assume("A-14")
	}
	if x.c.From != "" && len(x.of[x.c.group]) > 1 {
		x.assume("A-14")
	}
}

func (x *explainer) eventAt() moment {
	at, _, _ := parse(x.f.Events[x.l.Event].At)
	return at
}

// back counts back from an end.
func (x *explainer) back() {
	n := x.length()
	x.step("Chậm nhất %d %s trước khi hết hạn: %s − %d %s = %s (A-8)", n.Value, unitTitle[n.Unit], vn(x.l.Start, x.startHours()), n.Value, unitTitle[n.Unit], vn(x.l.Nominal, x.l.Hours))
	x.assume("A-8")
}

// forward counts a period.
func (x *explainer) forward() {
	l, n := x.l, x.length()
	num, den := int(l.Num), int(l.Den)
	if l.Bound != none && !l.Cut && (n.Mode == law.BoundByParent && n.Value == 0 || x.bounded()) {
		b := &x.rules[l.Bound]
		x.step("Không quá %s (%s), hết ngày %s", lower(b.Title), b.ID, vn(l.Arithmetic, false))
		return
	}
	if l.Cut && x.c.role&measure != 0 {
		b := &x.rules[l.Bound]
		x.step("Không quá %s (%s), hết ngày %s; ngày đề nghị %s vượt quá, không chấp nhận", lower(b.Title), b.ID, vn(l.Nominal, false), vn(l.Arithmetic, false))
		return
	}
	if x.c.role&measure != 0 {
		return
	}
	start, end := vn(l.Start, l.Hours), vn(l.Arithmetic, l.Hours)
	length := fmt.Sprintf("%d %s", n.Value, unitTitle[n.Unit])
	if num < den {
		x.step("%s: lấy %d/%d của %s (A-9)", x.fractionOf(), num, den, length)
		x.assume("A-9")
	}
	switch n.Mode {
	case law.Hours:
		x.step("Thời hạn %s: %s + %d giờ = %s; đêm và ngày nghỉ vẫn tính (A-1)", length, start, n.Value*num/den, end)
		x.assume("A-1")
	case law.Custody:
		x.step("Tạm giữ %d ngày, mỗi ngày 24 giờ: %s + %d giờ = %s (A-5)", n.Value, start, n.Value*24, end)
		x.assume("A-5")
	case law.Days:
		x.step("Thời hạn %d ngày, không tính ngày đầu: %s + %d ngày = %s (A-2)", n.Value*num/den, start, n.Value*num/den, end)
		x.assume("A-2")
	case law.WorkingDays:
		x.step("Thời hạn %d ngày làm việc, không tính ngày đầu: %s (A-10)", n.Value*num/den, x.workingDays(n.Value*num/den))
		x.assume("A-10")
	case law.Months, law.Years:
		x.months(n, num, den)
		x.assume("A-3")
	case law.Detention, law.BoundByParent:
		x.detention(n, num, den)
		x.assume("A-6")
	}
}

// bounded reports whether the link is an extension that ends with another period.
func (x *explainer) bounded() bool {
	for i := range x.c.exts {
		if e := &x.c.exts[i]; e.Seq == int(x.l.Seq) && e.bound != none {
			return true
		}
	}
	return false
}

func (x *explainer) fractionOf() string {
	if x.named == x.c {
		return "Người dưới 18 tuổi"
	}
	return "Người dưới 18 tuổi (" + x.named.ID + ")"
}

func (x *explainer) workingDays(n int) string {
	var out []string
	at := x.l.Start
	for i := range n {
		at = x.cal.onOrAfter(at + day)
		_, m, d := civilOf(floorDay(at))
		if i < n-1 {
			out = append(out, fmt.Sprintf("%02d/%02d", d, m))
		} else {
			out = append(out, vn(at, false))
		}
	}
	return strings.Join(out, ", ")
}

func (x *explainer) months(n law.Length, num, den int) {
	l := x.l
	months := n.Value * num
	unit := "tháng"
	if n.Mode == law.Years {
		months *= 12
		unit = "năm"
	}
	whole, rest := months/den, months%den*30/den
	at, lacking := addMonths(l.Start, whole)
	text := fmt.Sprintf("cùng số ngày của tháng thứ %d", whole)
	shown := whole
	if n.Mode == law.Years && whole%12 == 0 {
		shown = whole / 12
		text = fmt.Sprintf("cùng ngày của năm thứ %d", shown)
	} else {
		unit = "tháng"
	}
	y, m, _ := civilOf(floorDay(at))
	_, _, d := civilOf(floorDay(l.Start))
	if lacking {
		text += fmt.Sprintf("; tháng %d/%d không có ngày %d nên là %s (A-3)", m, y, d, vn(at, false))
	} else {
		text += ": " + vn(at, false) + " (A-3)"
	}
	if rest > 0 {
		x.step("Thời hạn %d %s %d ngày: %s; + %d ngày = %s", shown, unit, rest, text, rest, vn(l.Arithmetic, false))
		return
	}
	x.step("Thời hạn %d %s: %s", shown, unit, text)
}

func (x *explainer) detention(n law.Length, num, den int) {
	l := x.l
	days, text := n.Value, fmt.Sprintf("%d ngày", n.Value)
	if n.Unit == "month" {
		days *= 30
		text = fmt.Sprintf("%d tháng × 30 ngày = %d ngày", n.Value, days)
	}
	if num < den {
		days = days * num / den
		text += fmt.Sprintf(", lấy %d/%d còn %d ngày", num, den, days)
	}
	if l.Used > 0 {
		text += fmt.Sprintf(", trừ %d ngày tạm giữ còn %d ngày", l.Used, days-l.Used)
	}
	if l.Changed > 0 {
		at, _, _ := parse(x.f.Events[l.Changed-1].At)
		gone := (midnight(at)-l.Start)/day + 1
		text += fmt.Sprintf(" (đến ngày đổi tội danh đã dùng %d ngày)", gone)
	}
	x.step("%s; tính cả ngày đầu %s: ngày cuối %s, hết 24 giờ (A-6)", text, vn(l.Start, false), vn(l.Arithmetic, false))
}

// order tells of the end written in the decision.
func (x *explainer) order() {
	l := x.l
	diff := (l.Nominal - l.Arithmetic) / day
	why := "ngày ghi trong lệnh, quyết định có giá trị"
	switch {
	case x.c.role&measure != 0:
		x.step("Lệnh ghi hết hạn ngày %s", vn(l.Nominal, false))
		return
	case diff == 0 && l.Nominal == l.Arithmetic:
		x.step("Lệnh, quyết định ghi hết hạn %s, đúng với cách tính", vn(l.Nominal, l.Hours))
	case l.Mod != none && x.named.Status != law.Active:
		x.step("Quy tắc %s chưa được kiểm chứng nên không tính: lấy ngày ghi trong lệnh %s", x.named.ID, vn(l.Nominal, l.Hours))
	case diff < 0 || l.Nominal < l.Arithmetic:
		x.step("Lệnh, quyết định ghi hết hạn %s, sớm hơn cách tính %s: %s", vn(l.Nominal, l.Hours), apart(l.Arithmetic-l.Nominal), why)
	default:
		x.step("CẢNH BÁO: lệnh, quyết định ghi hết hạn %s, muộn hơn cách tính %s (tính ra %s): %s nhưng phải kiểm tra", vn(l.Nominal, l.Hours), apart(l.Nominal-l.Arithmetic), vn(l.Arithmetic, l.Hours), why)
	}
	if l.Bound != none && !l.Cut && x.c.role&detention != 0 {
		x.step("CẢNH BÁO: ngày đó vượt quá %s (%s)", lower(x.rules[l.Bound].Title), x.rules[l.Bound].ID)
	}
}

// apart writes a distance.
func apart(d int) string {
	if d%day == 0 {
		return strconv.Itoa(d/day) + " ngày"
	}
	return fmt.Sprintf("%d giờ %02d phút", d/hour, d%hour)
}

// roll tells of days off at the end.
func (x *explainer) roll() {
	l, cal := x.l, x.cal
	if s := cal.undecided(l.Nominal); s != nil {
		x.step("Chưa có quyết định về ngày nghỉ: %s", s.text)
		x.uncertain(s.why)
	}
	if x.c.role&(custody|detention|measure) != 0 || l.Hours {
		if !cal.works(l.Nominal) {
			x.step("%s là %s: không lùi sang ngày làm việc", vn(l.Nominal, false), cal.name(l.Nominal))
		}
		return
	}
	switch {
	case l.Legal != l.Nominal:
		x.step("%s là %s → ngày làm việc tiếp theo %s (A-4)", vn(l.Nominal, false), cal.name(l.Nominal), vn(l.Legal, false))
		x.assume("A-4", "A-10")
	case !cal.works(l.Nominal):
		x.step("%s là %s: không lùi sang ngày làm việc", vn(l.Nominal, false), cal.name(l.Nominal))
	}
	if !cal.covers(l.Nominal) {
		y, _, _ := civilOf(floorDay(l.Nominal))
		x.step("Chưa có lịch nghỉ lễ năm %d trong dữ liệu: chỉ xét thứ Bảy, Chủ nhật", y)
	}
}

// decidedBy gives who decides on an extension on the day of the decision, or, of one
// not yet granted, on the last day it could be.
func (x *explainer) decidedBy() (by, level string) {
	at := x.l.Start
	if x.l.Order > 0 {
		if on, _, ok := parse(x.f.Events[x.l.Order-1].At); ok {
			at = on
		}
	}
	for i := range x.c.exts {
		e := &x.c.exts[i]
		if e.Seq != int(x.l.Seq) || x.l.Class != law.NoClass && !e.classes.has(x.l.Class) {
			continue
		}
		for _, d := range e.DecidedBy {
			from, _, hasFrom := parse(string(d.From))
			to, _, hasTo := parse(string(d.To))
			if (!hasFrom || at >= from) && (!hasTo || at < to+day) {
				return d.By, d.Level
			}
		}
	}
	return "", ""
}

// cite writes citations: "BLTTHS 101/2015/QH13 Điều 172 khoản 1,2".
func cite(cs []law.Citation) string {
	out := make([]string, len(cs))
	for i, c := range cs {
		out[i] = strings.TrimSpace(c.Law + " Điều " + c.Article)
		if c.Clause != "" {
			out[i] += " khoản " + c.Clause
		}
	}
	return strings.Join(out, "; ")
}

// lower writes the first letter small.
func lower(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToLower(s[:n]) + s[n:]
}

// Sentence says a result in one Vietnamese sentence, with its article.
func Sentence(r Result) string {
	var b strings.Builder
	b.WriteString(r.What)
	if r.Law != "" {
		fmt.Fprintf(&b, " (%s)", r.Law)
	}
	if r.Condition != "" {
		fmt.Fprintf(&b, ", %s", r.Condition)
	}
	switch {
	case r.Refused != "":
		fmt.Fprintf(&b, ": %s", lower(r.Refused))
	default:
		fmt.Fprintf(&b, ": tính từ %s, hết %s", spoken(r.Start), spoken(r.Nominal))
		if r.Legal != r.Nominal {
			fmt.Fprintf(&b, "; vì là ngày nghỉ, ngày cuối theo luật là %s", spoken(r.Legal))
		}
		if r.Advisory != "" && r.Advisory != r.Nominal {
			fmt.Fprintf(&b, "; nên làm trước, chậm nhất %s", spoken(r.Advisory))
		}
	}
	if r.DecidedBy != "" {
		fmt.Fprintf(&b, "; thẩm quyền: %s", r.DecidedBy)
	}
	if r.Stopped != "" {
		fmt.Fprintf(&b, "; đã dừng %s", spoken(r.Stopped))
	}
	b.WriteByte('.')
	return b.String()
}

// spoken writes a day or a minute of a Result in a sentence.
func spoken(s string) string {
	at, hours, ok := parse(s)
	if !ok {
		return s
	}
	if hours {
		return "lúc " + vn(at, true)
	}
	return "ngày " + vn(at, false)
}
