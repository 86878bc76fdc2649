// Package period knows the periods figures are for (kỳ thống kê): month, quarter, half
// and year, by the calendar or by the working year that begins in October, and any days.
package period

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"congminh/internal/kit/civil"
)

// Kind is a length of period.
type Kind string

// The kinds.
const (
	Month    Kind = "month"
	Quarter  Kind = "quarter"
	Half     Kind = "half"
	Year     Kind = "year"
	WorkYear Kind = "work-year" // October to September
	WorkHalf Kind = "work-half" // October to March, April to September
	Days     Kind = "days"
)

// Kinds lists the kinds in the order people are offered them.
var Kinds = []Kind{Month, Quarter, Half, Year, WorkHalf, WorkYear, Days}

// VN names k for a person.
func (k Kind) VN() string {
	switch k {
	case Month:
		return "Tháng"
	case Quarter:
		return "Quý"
	case Half:
		return "6 tháng"
	case Year:
		return "Năm"
	case WorkYear:
		return "Năm công tác (10–9)"
	case WorkHalf:
		return "6 tháng năm công tác"
	case Days:
		return "Từ ngày đến ngày"
	}
	return string(k)
}

// Period is some days, both ends included.
type Period struct {
	Kind Kind       `json:"kind"`
	From civil.Date `json:"from"`
	To   civil.Date `json:"to"`
}

// firstMonth of the working year.
const firstMonth = time.October

// months of a kind; 0 for Days.
func (k Kind) months() int {
	switch k {
	case Month:
		return 1
	case Quarter:
		return 3
	case Half, WorkHalf:
		return 6
	case Year, WorkYear:
		return 12
	}
	return 0
}

// Of returns the period of a kind that a day is in; that day itself for Days.
func Of(k Kind, day civil.Date) Period {
	n := k.months()
	if n == 0 {
		return Period{k, day, day}
	}
	y, m := day.Year(), day.Month()
	offset := 0 // months between January and the first of the year that is meant
	if k == WorkYear || k == WorkHalf {
		offset = int(firstMonth) - 1
	}
	months := y*12 + m - 1 - offset
	return at(k, months-months%n+offset, n)
}

func at(k Kind, months, n int) Period {
	first := func(months int) civil.Date { return civil.Date(fmt.Sprintf("%04d-%02d-01", months/12, months%12+1)) }
	return Period{k, first(months), first(months + n).Add(-1)}
}

// Shift returns the period n periods later, or earlier if n is negative. Days move by
// their own length.
func (p Period) Shift(n int) Period {
	l := p.Kind.months()
	if l == 0 {
		days := int(p.To.Start().Sub(p.From.Start()).Hours()/24+0.5) + 1
		return Period{p.Kind, p.From.Add(n * days), p.To.Add(n * days)}
	}
	return at(p.Kind, p.From.Year()*12+p.From.Month()-1+n*l, l)
}

// LastYear returns the same period a year before (cùng kỳ năm trước).
func (p Period) LastYear() Period {
	back := func(d civil.Date) civil.Date {
		day, _ := strconv.Atoi(string(d[8:]))
		for ; ; day-- { // 29 February
			out := civil.Date(fmt.Sprintf("%04d-%s-%02d", d.Year()-1, d[5:7], day))
			if _, err := civil.Parse(string(out)); err == nil {
				return out
			}
		}
	}
	if l := p.Kind.months(); l > 0 {
		return at(p.Kind, p.From.Year()*12+p.From.Month()-1-12, l)
	}
	return Period{p.Kind, back(p.From), back(p.To)}
}

// Parse reads what String writes: 2026-11, 2026-q4, 2026-h2, 2026, w2026, w2026-h1,
// 2026-11-03..2026-11-20.
func Parse(s string) (Period, error) {
	bad := func() (Period, error) {
		return Period{}, fmt.Errorf("kỳ %q: cần dạng 2026-11, 2026-q4, 2026-h2, 2026, w2026, w2026-h1 hoặc 2026-11-03..2026-11-20", s)
	}
	if a, b, ok := strings.Cut(s, ".."); ok {
		from, err1 := civil.Parse(a)
		to, err2 := civil.Parse(b)
		if err1 != nil || err2 != nil || to < from {
			return bad()
		}
		return Period{Days, from, to}, nil
	}
	text, work := strings.CutPrefix(s, "w")
	year, rest, _ := strings.Cut(text, "-")
	y, err := strconv.Atoi(year)
	if err != nil || len(year) != 4 || y < 1900 {
		return bad()
	}
	// A working year has the name of the calendar year it ends in.
	first := y * 12
	if work {
		first += int(firstMonth) - 1 - 12
	}
	p := Period{}
	switch n := len(rest); {
	case rest == "" && work:
		p = at(WorkYear, first, 12)
	case rest == "":
		p = at(Year, first, 12)
	case n == 2 && rest[0] == 'h' && (rest[1] == '1' || rest[1] == '2'):
		k := Half
		if work {
			k = WorkHalf
		}
		p = at(k, first+6*int(rest[1]-'1'), 6)
	case n == 2 && rest[0] == 'q' && '1' <= rest[1] && rest[1] <= '4' && !work:
		p = at(Quarter, first+3*int(rest[1]-'1'), 3)
	case n == 2 && !work:
		m, err := strconv.Atoi(rest)
		if err != nil || m < 1 || m > 12 {
			return bad()
		}
		p = at(Month, first+m-1, 1)
	default:
		return bad()
	}
	return p, nil
}

// String writes p as it stands in addresses.
func (p Period) String() string {
	y, m := p.From.Year(), p.From.Month()
	work := y
	if p.Kind == WorkYear || p.Kind == WorkHalf {
		if m >= int(firstMonth) {
			work++
		}
	}
	switch p.Kind {
	case Month:
		return string(p.From[:7])
	case Quarter:
		return fmt.Sprintf("%04d-q%d", y, (m+2)/3)
	case Half:
		return fmt.Sprintf("%04d-h%d", y, (m+5)/6)
	case Year:
		return fmt.Sprintf("%04d", y)
	case WorkYear:
		return fmt.Sprintf("w%04d", work)
	case WorkHalf:
		if m >= int(firstMonth) {
			return fmt.Sprintf("w%04d-h1", work)
		}
		return fmt.Sprintf("w%04d-h2", work)
	}
	return string(p.From) + ".." + string(p.To)
}

// Title is the name of p on a form, in Vietnamese.
func (p Period) Title() string {
	y, m := p.From.Year(), p.From.Month()
	switch p.Kind {
	case Month:
		return fmt.Sprintf("Tháng %d/%d", m, y)
	case Quarter:
		return fmt.Sprintf("Quý %s/%d", []string{"I", "II", "III", "IV"}[(m-1)/3], y)
	case Half:
		if m == 1 {
			return fmt.Sprintf("6 tháng đầu năm %d", y)
		}
		return fmt.Sprintf("6 tháng cuối năm %d", y)
	case Year:
		return fmt.Sprintf("Năm %d", y)
	case WorkYear:
		return fmt.Sprintf("Năm công tác %d (%s–%s)", p.To.Year(), p.From.VN(), p.To.VN())
	case WorkHalf:
		return fmt.Sprintf("6 tháng năm công tác (%s–%s)", p.From.VN(), p.To.VN())
	}
	return p.From.VN() + "–" + p.To.VN()
}
