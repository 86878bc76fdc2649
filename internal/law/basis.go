package law

import (
	"fmt"
	"slices"
	"strings"

	"congminh/internal/kit/civil"
)

// About says which pack this is.
type About struct {
	Version  string     `toml:"version" json:"version"`
	Compiled civil.Date `toml:"compiled" json:"compiled"`
	Timezone string     `toml:"timezone" json:"timezone"`
	Warning  string     `toml:"warning" json:"warning"`
}

// Term is an entry of a small vocabulary of the pack: a stage, a condition, a mode of
// counting, a class, a grade of confidence.
type Term struct {
	Code  string `toml:"code" json:"code"`
	Title string `toml:"title" json:"title"`
	Note  string `toml:"note" json:"note,omitempty"` // of a mode: its assumption; of a class: the highest penalty
}

// Statement is an assumption (A-…, cách hiểu) or an uncertainty (U-…, điều chưa chắc chắn).
type Statement struct {
	ID    string `toml:"id" json:"id"`
	Title string `toml:"title" json:"title,omitempty"`
	Text  string `toml:"text" json:"text"`
}

// Source is where a datum was read (nguồn), and how much of it.
type Source struct {
	ID   string `toml:"id" json:"id"`
	What string `toml:"what" json:"what"`
	URL  string `toml:"url" json:"url"`
	Read string `toml:"read" json:"read"`
}

// Succession says which body took over from which.
type Succession struct {
	Old        string     `toml:"old" json:"old"`
	New        string     `toml:"new" json:"new"`
	From       civil.Date `toml:"from" json:"from"`
	Confidence Confidence `toml:"confidence" json:"confidence"`
}

// ClassBasis is the law that sorts crimes into classes.
type ClassBasis struct {
	Citation Citation `toml:"citation" json:"citation"`
	Note     string   `toml:"note" json:"note"`
}

// Warnings is the default policy of warnings: lead times in ISO 8601, and who is told.
type Warnings struct {
	Hours      []string          `toml:"hours" json:"hours"`
	Detention  []string          `toml:"detention" json:"detention"`
	Statutory  map[string]string `toml:"statutory" json:"statutory"` // by police, court, procuracy
	Escalation string            `toml:"escalation" json:"escalation"`
}

// classes are the codes of the classes, in the order of Class.
var classes = []string{"", "INT", "NT", "RNT", "DBNT"}

// ParseClass reads the code of a class; NoClass for any other text.
func ParseClass(code string) Class { return Class(max(0, slices.Index(classes, code))) }

// String returns the code: INT, NT, RNT, DBNT; "" for NoClass.
func (c Class) String() string {
	if int(c) < len(classes) {
		return classes[c]
	}
	return fmt.Sprintf("class %d", uint8(c))
}

// In reports whether the rule is in force on a day.
func (r Rule) In(day civil.Date) bool { return in(r.From, r.To, day) }

// in reports whether a day lies from from to to; to "" is without end.
func in(from, to, day civil.Date) bool { return from <= day && (to == "" || day <= to) }

// Uncomputed says why a rule is never computed, in Vietnamese; "" if it may be.
func (r Rule) Uncomputed() string {
	switch {
	case r.Status == Off:
		return "Quy tắc đã được tắt ở nơi này."
	case r.Confidence == "D":
		return "Chưa thấy văn bản (độ tin cậy D): không được dùng để tính."
	case r.Status != Active:
		return "Quy tắc chưa được xác minh: không được dùng để tính."
	}
	return ""
}

// String writes the citation: "BLTTHS 101/2015/QH13, Điều 147(1,2)".
func (c Citation) String() string {
	if c.Article == "" || c.Article == "?" {
		return c.Law
	}
	s := c.Law + ", Điều " + c.Article
	if c.Clause != "" {
		s += "(" + c.Clause + ")"
	}
	return s
}

// String writes the length: "20 ngày", "2 tháng (tạm giam)"; "" if it has no figure.
func (l Length) String() string {
	if l.Value == 0 {
		return ""
	}
	s := fmt.Sprintf("%d %s", l.Value, units[l.Unit])
	switch l.Mode {
	case Custody:
		s += " tạm giữ"
	case Detention:
		s += " tạm giam"
	}
	return s
}

var units = map[string]string{"hour": "giờ", "day": "ngày", "working_day": "ngày làm việc", "month": "tháng", "year": "năm"}

// key is how a version of a rule or of an offence is named: "INV-01 từ 2018-01-01".
func key(id string, from civil.Date) string { return id + " từ " + string(from) }

// lead checks a lead time: P20D, P6M, PT4H.
func lead(s string) bool {
	n, unit := strings.TrimPrefix(s, "P"), "DM"
	if n == s {
		return false
	}
	if hours, ok := strings.CutPrefix(n, "T"); ok {
		n, unit = hours, "H"
	}
	if n == "" || !strings.ContainsRune(unit, rune(n[len(n)-1])) {
		return false
	}
	n = n[:len(n)-1]
	return len(n) > 0 && len(n) < 5 && n[0] != '0' && strings.Trim(n, "0123456789") == ""
}
