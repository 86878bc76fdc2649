package law

import (
	"fmt"
	"slices"
	"strings"
)

// Say tells in Vietnamese how a rule is counted: how long, from what, how the last
// day is found, and on which conditions.
func (p *Pack) Say(r Rule) string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	switch {
	case r.Kind == Modifier && r.Factor == "":
		add("Chưa biết cách tính: không tính tự động, phải nhập ngày kết thúc")
	case r.Kind == Modifier && r.Factor == "1":
		add("Giữ nguyên thời hạn của: %s", p.names(r.Of))
	case r.Kind == Modifier:
		add("Không quá %s thời hạn của: %s", r.Factor, p.names(r.Of))
	case r.Kind == LatestBefore:
		add("Muộn nhất %s trước mốc: %s", r.Length, r.TriggerText)
	case r.Length != nil && r.Length.Mode == BoundByParent && r.Length.Value == 0:
		add("Không quá ngày hết của thời hạn đang chạy: %s", p.names(r.Of))
	case r.Length != nil && r.Length.Mode == BoundByParent:
		add("Không quá %s và không quá ngày hết của thời hạn đang chạy: %s", r.Length, p.names(r.Of))
	case r.Length != nil:
		add("Không quá %s", r.Length)
	default:
		add("Không quá %s", p.byClass(r))
	}
	if r.Kind != LatestBefore && r.Kind != Modifier {
		add("Tính từ: %s", r.TriggerText)
	}
	out = append(out, how(r)...)
	if r.Roll {
		add("Ngày cuối là ngày nghỉ thì ngày làm việc kế tiếp là ngày cuối")
	}
	if len(r.Classes) > 0 {
		add("Chỉ với tội %s", p.ClassNames(r.Classes))
	}
	if len(r.When) > 0 {
		when := make([]string, len(r.When))
		for i, w := range r.When {
			when[i] = p.Condition(w)
		}
		add("Chỉ khi: %s", strings.Join(when, "; "))
	}
	return strings.Join(out, ". ") + "."
}

// how says how the days of the rule are counted.
func how(r Rule) []string {
	if r.Kind == LatestBefore {
		return []string{"Không dời muộn hơn; nếu là ngày nghỉ thì nên làm vào ngày làm việc trước đó"}
	}
	var out []string
	for _, m := range r.modes() {
		if s := counts[m]; s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// counts says how the days of each mode are counted.
var counts = map[Mode]string{
	Hours:       "Tính liên tục theo giờ, cả đêm và ngày nghỉ",
	Days:        "Không tính ngày đầu",
	WorkingDays: "Không tính ngày đầu",
	Months:      sameDay,
	Years:       sameDay,
	Custody:     "Mỗi ngày là 24 giờ, tính liên tục; giờ ghi trong quyết định được ưu tiên",
	Detention:   "Một tháng là 30 ngày; tính cả ngày đầu và ngày cuối; trừ số ngày đã tạm giữ; không lùi khi gặp ngày nghỉ",
}

const sameDay = "Số tháng, năm hết vào ngày cùng số; tháng không có ngày đó thì hết vào ngày cuối tháng"

// modes are the ways the rule's own period is counted.
func (r Rule) modes() (out []Mode) {
	if r.Length != nil {
		return []Mode{r.Length.Mode}
	}
	for _, k := range classes[1:] {
		if l, ok := r.ByClass[k]; ok {
			out = append(out, l.Mode)
		}
	}
	return out
}

// byClass writes lengths by class, classes of one length together.
func (p *Pack) byClass(r Rule) string {
	var order []Length
	same := map[Length][]string{}
	for _, k := range classes[1:] {
		l, ok := r.ByClass[k]
		if !ok {
			continue
		}
		if _, ok := same[l]; !ok {
			order = append(order, l)
		}
		same[l] = append(same[l], k)
	}
	parts := make([]string, len(order))
	for i, l := range order {
		parts[i] = fmt.Sprintf("%s (tội %s)", l, p.ClassNames(same[l]))
	}
	return strings.Join(parts, ", ")
}

// ClassNames writes classes by name: "ít nghiêm trọng và nghiêm trọng".
func (p *Pack) ClassNames(codes []string) string {
	out := make([]string, len(codes))
	for i, k := range codes {
		out[i] = p.ClassName(k)
	}
	if n := len(out); n > 1 {
		return strings.Join(out[:n-1], ", ") + " và " + out[n-1]
	}
	return strings.Join(out, "")
}

// names writes rules by title and id.
func (p *Pack) names(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id
		if v := p.versions[id]; len(v) > 0 {
			out[i] = fmt.Sprintf("%s (%s)", p.rules.items[v[len(v)-1]].Title, id)
		}
	}
	return strings.Join(out, "; ")
}

// SayExtension tells in Vietnamese what an extension gives, and on what it hangs.
func (p *Pack) SayExtension(e Extension) string {
	var out []string
	switch {
	case e.Max.Mode == BoundByParent:
		out = append(out, "đến hết thời hạn: "+p.names([]string{e.Bound}))
	case e.FromTrigger:
		out = append(out, fmt.Sprintf("đến %s tính từ mốc ban đầu", e.Max))
	case e.Max.Mode == Custody:
		out = append(out, fmt.Sprintf("thêm %s, nối từ giờ hết hạn trước", e.Max))
	case e.Max.Mode == Detention:
		out = append(out, fmt.Sprintf("thêm %s, bắt đầu từ ngày liền sau ngày tạm giam cuối", e.Max))
	default:
		out = append(out, fmt.Sprintf("thêm %s, nối từ ngày hết hạn danh nghĩa trước", e.Max))
	}
	if len(e.Classes) > 0 {
		out = append(out, "tội "+p.ClassNames(e.Classes))
	}
	if e.Roll {
		out = append(out, "lùi nếu ngày cuối là ngày nghỉ")
	}
	if e.Ask != nil {
		out = append(out, fmt.Sprintf("đề nghị muộn nhất %s trước khi hết hạn", e.Ask))
	}
	if e.Note != "" {
		out = append(out, e.Note)
	}
	return strings.Join(out, "; ")
}

// Caps writes the longest a rule and its extensions may last together.
func (p *Pack) Caps(r Rule) string {
	if l, ok := r.Cap[""]; ok {
		return l.String()
	}
	var out []string
	for _, k := range append(slices.Clone(classes[1:]), "DBNT_special") {
		l, ok := r.Cap[k]
		switch {
		case !ok:
		case k == "DBNT_special":
			out = append(out, fmt.Sprintf("%s (trường hợp đặc biệt)", l))
		default:
			out = append(out, fmt.Sprintf("%s (tội %s)", l, p.ClassName(k)))
		}
	}
	return strings.Join(out, ", ")
}

// SayLead writes a lead time of a warning: "20 ngày", "4 giờ", "6 tháng".
func SayLead(iso string) string {
	n := strings.TrimLeft(iso, "PT")
	if !lead(iso) {
		return iso
	}
	unit := map[byte]string{'D': "ngày", 'M': "tháng", 'H': "giờ"}[n[len(n)-1]]
	return n[:len(n)-1] + " " + unit
}

// Short writes how long a rule gives, for a list: "20 ngày", "2–4 tháng".
func (p *Pack) Short(r Rule) string {
	switch {
	case r.Kind == Modifier && r.Factor == "":
		return "không tính"
	case r.Kind == Modifier:
		return "× " + r.Factor
	case r.Length != nil && r.Length.Value == 0:
		return "≤ thời hạn đang chạy"
	case r.Length != nil && r.Kind == LatestBefore:
		return r.Length.String() + " trước"
	case r.Length != nil:
		return r.Length.String()
	}
	var out []string
	for _, k := range classes[1:] {
		if l, ok := r.ByClass[k]; ok && !slices.Contains(out, l.String()) {
			out = append(out, l.String())
		}
	}
	return strings.Join(out, " / ")
}
