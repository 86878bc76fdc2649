package roll

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/kit/vn"
)

var (
	dayFirst  = regexp.MustCompile(`^(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})$`)
	yearFirst = regexp.MustCompile(`^(\d{4})[./-](\d{1,2})[./-](\d{1,2})(?:T00:00:00Z?)?$`)
	monthYear = regexp.MustCompile(`^(\d{1,2})[./-](\d{4})$`)
	hourIn    = regexp.MustCompile(`(\d{1,2})\s*(?:h|:|giờ|g)\s*(\d{1,2})?\s*(?:phút|ph|p|'|:\d{2})?`)
	serial    = regexp.MustCompile(`^\d{5}(\.\d+)?$`)
)

// Date reads a day as people write it here: 12/3/2026, 12-03-2026, ngày 12 tháng 3 năm
// 2026; or as a spreadsheet counts it. It reports false for what is no day.
func Date(s string) (civil.Date, bool) {
	s = strings.ToLower(vn.Clean(s))
	s = strings.TrimSpace(strings.TrimPrefix(s, "ngày"))
	if strings.Contains(s, "tháng") {
		s = strings.NewReplacer("tháng", "/", "năm", "/", " ", "").Replace(s)
	}
	if serial.MatchString(s) {
		n, _ := strconv.ParseFloat(s, 64) // digits
		if n < 10_000 || n > 80_000 {
			return "", false
		}
		return civil.Date(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(n)).Format(time.DateOnly)), true
	}
	var y, m, d string
	if p := dayFirst.FindStringSubmatch(s); p != nil {
		d, m, y = p[1], p[2], p[3]
	} else if p := yearFirst.FindStringSubmatch(s); p != nil {
		y, m, d = p[1], p[2], p[3]
	} else {
		return "", false
	}
	if len(y) == 2 {
		y = "20" + y
	}
	day, err := civil.Parse(fmt.Sprintf("%s-%02s-%02s", y, m, d))
	return day, err == nil && day != ""
}

// Moment reads a day, with its hour if one is written: 22 giờ 30 phút, 22h30, 22:30.
func Moment(s string) (string, bool) {
	s = strings.ToLower(vn.Clean(s))
	p := hourIn.FindStringSubmatchIndex(s)
	if p == nil {
		d, ok := Date(s)
		return string(d), ok
	}
	at := func(i int) string {
		if p[i] < 0 {
			return "0"
		}
		return s[p[i]:p[i+1]]
	}
	h, _ := strconv.Atoi(at(2)) // digits
	m, _ := strconv.Atoi(at(4))
	rest := strings.Trim(s[:p[0]]+" "+s[p[1]:], " ,;-")
	d, ok := Date(strings.TrimSpace(strings.TrimPrefix(rest, "ngày")))
	if !ok || h > 23 || m > 59 {
		return "", false
	}
	return fmt.Sprintf("%sT%02d:%02d", d, h, m), true
}

// Born reads a year, a month or a day of birth.
func Born(s string) (string, bool) {
	s = strings.TrimSpace(strings.TrimPrefix(strings.ToLower(vn.Clean(s)), "sinh"))
	s = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(s, "năm"), "ngày"))
	if len(s) == 4 {
		if y, err := strconv.Atoi(s); err == nil && y > 1900 && y < 2100 {
			return s, true
		}
		return "", false
	}
	if p := monthYear.FindStringSubmatch(s); p != nil {
		day, err := civil.Parse(fmt.Sprintf("%s-%02s-01", p[2], p[1]))
		if err != nil || day == "" {
			return "", false
		}
		return string(day[:7]), true
	}
	if p := dayFirst.FindStringSubmatch(s); p != nil && len(p[3]) == 2 { // whose century?
		return "", false
	}
	d, ok := Date(s)
	return string(d), ok
}

// Charge is an article, clause and point that a cell names.
type Charge struct{ Article, Clause, Point string }

// One article and what is said of it, in either order: "điểm a khoản 2 Điều 173", "Điều
// 173 khoản 2", "173/2/a", "k2 Đ173", or the number alone.
var (
	article  = regexp.MustCompile(`(?:điều|dieu|đ|d)\.?\s*(\d{1,3}[a-z]?)\b`)
	clause   = regexp.MustCompile(`(?:khoản|khoan|k)\.?\s*(\d{1,2})\b`)
	point    = regexp.MustCompile(`(?:điểm|diem)\.?\s*([a-zđ])\b`)
	slashed  = regexp.MustCompile(`^(\d{1,3}[a-z]?)(?:/(\d{1,2}))?(?:/([a-zđ]))?$`)
	sentence = regexp.MustCompile(`;|\n| và | va `)
)

// Charges reads the charges a cell names; it reports false if it says something, but
// no article.
func Charges(s string) (out []Charge, ok bool) {
	s = strings.ToLower(vn.Clean(s))
	if s == "" {
		return nil, true
	}
	for _, part := range sentence.Split(s, -1) {
		part = strings.Trim(part, " ,.")
		if p := slashed.FindStringSubmatch(part); p != nil {
			out = append(out, Charge{p[1], p[2], p[3]})
			continue
		}
		a := article.FindStringSubmatch(part)
		if a == nil {
			continue
		}
		c := Charge{Article: a[1]}
		if k := clause.FindStringSubmatch(part); k != nil {
			c.Clause = k[1]
		}
		if p := point.FindStringSubmatch(part); p != nil {
			c.Point = p[1]
		}
		out = append(out, c)
	}
	return out, len(out) > 0
}

// Identity reads the number of a card: digits without what people put between them.
// A spreadsheet that took it for a number has lost the zeros before it.
func Identity(s string) string {
	s = strings.ToUpper(strings.NewReplacer(" ", "", ".", "", "-", "", "'", "").Replace(vn.Clean(s)))
	if len(s) == 11 && strings.Trim(s, "0123456789") == "" {
		s = "0" + s
	}
	return s
}
