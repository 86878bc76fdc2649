package clock

import (
	"cmp"
	"slices"
)

// A moment is a number of minutes since 1 January 1970, 00:00, on the clock of Hà
// Nội. That clock is never put forward or back, so this is arithmetic, and no time
// zone of a machine can change a result. A day is the moment of its midnight.
type moment = int

const (
	hour = 60
	day  = 24 * hour

	firstYear = 1900 // the years events may lie in
	lastYear  = 2200
	tableEnd  = lastYear + 50 // no period of the law is longer
)

// dayNumber gives the days since 1 January 1970 (the algorithm of H. Hinnant: years
// begin in March, so the leap day is the last).
func dayNumber(y, m, d int) int {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

// civilOf is the inverse of dayNumber.
func civilOf(n int) (y, m, d int) {
	n += 719468
	era := n / 146097
	doe := n - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = doy - (153*mp+2)/5 + 1
	m = mp + 3
	y = yoe + era*400
	if m > 12 {
		m -= 12
		y++
	}
	return y, m, d
}

func leap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func monthDays(y, m int) int {
	switch m {
	case 2:
		if leap(y) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// addMonths gives the day of the same number n months later, or the last of that
// month if it has none.
func addMonths(at moment, n int) (end moment, lacking bool) {
	y, m, d := civilOf(floorDay(at))
	m += n - 1
	y, m = y+m/12, m%12+1
	if m < 1 {
		m += 12
		y--
	}
	if last := monthDays(y, m); d > last {
		d, lacking = last, true
	}
	return dayNumber(y, m, d) * day, lacking
}

// floorDay is the number of the day a moment lies in.
func floorDay(at moment) int {
	if at < 0 {
		return -((-at + day - 1) / day)
	}
	return at / day
}

func midnight(at moment) moment { return floorDay(at) * day }

// weekday is 0 for Monday … 6 for Sunday; 1 January 1970 was a Thursday.
func weekday(at moment) int { return ((floorDay(at)+3)%7 + 7) % 7 }

// parse reads "2026-03-10" or "2026-03-10T22:30" (seconds are allowed and ignored).
func parse(s string) (at moment, hours, ok bool) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return 0, false, false
	}
	y, ok1 := digits(s[0:4])
	m, ok2 := digits(s[5:7])
	d, ok3 := digits(s[8:10])
	if !ok1 || !ok2 || !ok3 || y < firstYear || y > lastYear || m < 1 || m > 12 || d < 1 || d > monthDays(y, m) {
		return 0, false, false
	}
	at = dayNumber(y, m, d) * day
	rest := s[10:]
	if rest == "" {
		return at, false, true
	}
	if len(rest) != 6 && len(rest) != 9 || rest[0] != 'T' && rest[0] != ' ' || rest[3] != ':' {
		return 0, false, false
	}
	h, ok1 := digits(rest[1:3])
	mi, ok2 := digits(rest[4:6])
	if len(rest) == 9 {
		sec, ok := digits(rest[7:9])
		ok3 = ok && rest[6] == ':' && sec < 60
	}
	if !ok1 || !ok2 || !ok3 || h > 23 || mi > 59 {
		return 0, false, false
	}
	return at + h*hour + mi, true, true
}

func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// iso writes a moment as parse reads it.
func iso(at moment, hours bool) string {
	y, m, d := civilOf(floorDay(at))
	var b [16]byte
	two(b[0:], y/100)
	two(b[2:], y%100)
	b[4], b[7] = '-', '-'
	two(b[5:], m)
	two(b[8:], d)
	if !hours {
		return string(b[:10])
	}
	t := at - midnight(at)
	b[10], b[13] = 'T', ':'
	two(b[11:], t/hour)
	two(b[14:], t%hour)
	return string(b[:])
}

// two writes a number of two digits.
func two(b []byte, n int) { b[0], b[1] = byte('0'+n/10%10), byte('0'+n%10) }

// vn writes a moment as people here do: 10/03/2026, or 22:30 ngày 10/03/2026.
func vn(at moment, hours bool) string {
	y, m, d := civilOf(floorDay(at))
	var b [10]byte
	two(b[0:], d)
	two(b[3:], m)
	b[2], b[5] = '/', '/'
	two(b[6:], y/100)
	two(b[8:], y%100)
	if !hours {
		return string(b[:])
	}
	t := at - midnight(at)
	h := [5]byte{2: ':'}
	two(h[0:], t/hour)
	two(h[3:], t%hour)
	return string(h[:]) + " ngày " + string(b[:])
}

var weekdays = [...]string{"thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"}

// off is a day off, or a Saturday worked to make up for one.
type off struct {
	at   moment
	name string
	work bool // a make-up Saturday
}

// pending is a day of which it is not yet decided whether it is one off.
type pending struct {
	at   moment
	why  string // uncertainty
	text string
}

// calendar is the working days from firstYear to tableEnd, looked up.
type calendar struct {
	base     int       // number of the first day
	next     []uint8   // days to the first working day that is not before
	prev     []uint8   // days back to the last working day that is not after
	days     []off     // by date
	open     []pending // by date
	from, to moment    // between them every day off is known
}

func newCalendar(days []off, open []pending) *calendar {
	c := &calendar{base: dayNumber(firstYear, 1, 1), days: slices.Clone(days), open: slices.Clone(open)}
	slices.SortStableFunc(c.days, func(a, b off) int { return cmp.Compare(a.at, b.at) })
	slices.SortStableFunc(c.open, func(a, b pending) int { return cmp.Compare(a.at, b.at) })
	n := dayNumber(tableEnd+1, 1, 1) - c.base
	work := make([]bool, n)
	for i := range work {
		work[i] = weekday((c.base+i)*day) < 5
	}
	for _, d := range c.days {
		if i := floorDay(d.at) - c.base; i >= 0 && i < n {
			work[i] = d.work
		}
	}
	c.next, c.prev = make([]uint8, n), make([]uint8, n)
	for i := n - 1; i >= 0; i-- {
		if !work[i] && i+1 < n {
			c.next[i] = c.next[i+1] + 1
		}
	}
	for i := range n {
		if !work[i] && i > 0 {
			c.prev[i] = c.prev[i-1] + 1
		}
	}
	return c
}

// onOrAfter gives the first working day that is not before at.
func (c *calendar) onOrAfter(at moment) moment {
	n := floorDay(at)
	if i := n - c.base; i >= 0 && i < len(c.next) {
		n += int(c.next[i])
	}
	return n * day
}

// onOrBefore gives the last working day that is not after at.
func (c *calendar) onOrBefore(at moment) moment {
	n := floorDay(at)
	if i := n - c.base; i >= 0 && i < len(c.prev) {
		n -= int(c.prev[i])
	}
	return n * day
}

func (c *calendar) works(at moment) bool { return c.onOrAfter(at) == midnight(at) }

// addWorking gives the n-th working day after at, the day of at not counted.
func (c *calendar) addWorking(at moment, n int) moment {
	at = midnight(at)
	for range n {
		at = c.onOrAfter(at + day)
	}
	return at
}

// roll gives the legal last day of a period that ends on at. While it is not
// decided which days around it are off, the nominal day binds, unless it is a day off
// already.
func (c *calendar) roll(at moment) moment {
	at = midnight(at)
	to := c.onOrAfter(at)
	if to != at && c.undecided(at) != nil {
		if _, listed := c.find(at); !listed {
			return at
		}
	}
	return to
}

// undecided gives what is still open about a day, or nil.
func (c *calendar) undecided(at moment) *pending {
	i, ok := slices.BinarySearchFunc(c.open, midnight(at), func(p pending, at moment) int { return cmp.Compare(p.at, at) })
	if !ok {
		return nil
	}
	return &c.open[i]
}

// find looks for the day in the list of days off and make-up days.
func (c *calendar) find(at moment) (int, bool) {
	return slices.BinarySearchFunc(c.days, midnight(at), func(d off, at moment) int { return cmp.Compare(d.at, at) })
}

// name says what kind of day it is: "thứ Bảy", "thứ Năm, Tết Dương lịch".
func (c *calendar) name(at moment) string {
	if i, ok := c.find(at); ok && c.days[i].name != "" {
		return weekdays[weekday(at)] + ", " + c.days[i].name
	}
	return weekdays[weekday(at)]
}

// covers reports whether the days off around at are known.
func (c *calendar) covers(at moment) bool { return at >= c.from && at < c.to }
