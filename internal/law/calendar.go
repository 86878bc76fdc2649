package law

import (
	"slices"
	"time"

	"congminh/internal/kit/civil"
)

// Day is a day off (ngày nghỉ), or a Saturday worked in its place (làm bù).
type Day struct {
	Date       civil.Date `toml:"date" json:"date"`
	Name       string     `toml:"name" json:"name"`
	Kind       string     `toml:"kind" json:"kind"` // statutory, compensation, swap_off; makeup
	Basis      string     `toml:"basis" json:"basis,omitempty"`
	Confidence Confidence `toml:"confidence" json:"confidence"`
}

// Pending is days of which the State has not decided yet whether they are off.
type Pending struct {
	ID        string       `toml:"id" json:"id"`
	Days      []civil.Date `toml:"days" json:"days"`
	Text      string       `toml:"text" json:"text"`
	Assume    string       `toml:"assume" json:"assume"` // what is assumed meanwhile
	Uncertain string       `toml:"uncertain" json:"uncertain"`
	Decided   bool         `toml:"decided" json:"decided,omitempty"` // in a file of an installation: it no longer pends
}

// Calendar is the working days of the offices of the State. Between From and
// To every day off is listed; outside, only Saturdays and Sundays are known.
type Calendar struct {
	Basis   string     `toml:"basis" json:"basis"`
	Sources []string   `toml:"sources" json:"sources"`
	Note    string     `toml:"note" json:"note,omitempty"`
	From    civil.Date `toml:"from" json:"from"`
	To      civil.Date `toml:"to" json:"to"`

	Off       []Day     `toml:"-" json:"off"`  // by date
	Work      []Day     `toml:"-" json:"work"` // by date
	Undecided []Pending `toml:"-" json:"undecided"`

	off, work map[civil.Date]int
	pending   map[civil.Date]int
}

// index makes the look-ups from the lists.
func (c *Calendar) index() {
	byDate := func(a, b Day) int { return compare(a.Date, b.Date) }
	slices.SortFunc(c.Off, byDate)
	slices.SortFunc(c.Work, byDate)
	c.off, c.work, c.pending = map[civil.Date]int{}, map[civil.Date]int{}, map[civil.Date]int{}
	for i, d := range c.Off {
		c.off[d.Date] = i
	}
	for i, d := range c.Work {
		c.work[d.Date] = i
	}
	for i, p := range c.Undecided {
		for _, d := range p.Days {
			c.pending[d] = i
		}
	}
}

// IsWorking reports whether the offices of the State work on a day.
func (c *Calendar) IsWorking(day civil.Date) bool {
	if _, ok := c.work[day]; ok {
		return true
	}
	if _, ok := c.off[day]; ok {
		return false
	}
	w := weekday(day)
	return w != time.Saturday && w != time.Sunday
}

// NextWorking returns the first working day that is not before day.
func (c *Calendar) NextWorking(day civil.Date) civil.Date {
	for !c.IsWorking(day) {
		day = day.Add(1)
	}
	return day
}

// PrevWorking returns the last working day that is not after day.
func (c *Calendar) PrevWorking(day civil.Date) civil.Date {
	for !c.IsWorking(day) {
		day = day.Add(-1)
	}
	return day
}

// AddWorking returns the n-th working day after day, which is itself not counted.
func (c *Calendar) AddWorking(day civil.Date, n int) civil.Date {
	for range n {
		day = c.NextWorking(day.Add(1))
	}
	return day
}

// Pending returns what is still to be decided of a day.
func (c *Calendar) Pending(day civil.Date) (Pending, bool) {
	i, ok := c.pending[day]
	if !ok {
		return Pending{}, false
	}
	return c.Undecided[i], true
}

// Knows reports whether every day off of the year around day is listed.
func (c *Calendar) Knows(day civil.Date) bool { return c.From <= day && day <= c.To }

// On returns what is special about a day: a day off, or a Saturday worked.
func (c *Calendar) On(day civil.Date) (d Day, ok bool) {
	if i, ok := c.work[day]; ok {
		return c.Work[i], true
	}
	if i, ok := c.off[day]; ok {
		return c.Off[i], true
	}
	return Day{}, false
}

// weekday of a day; the day must be one.
func weekday(day civil.Date) time.Weekday {
	t, _ := time.Parse(time.DateOnly, string(day))
	return t.Weekday()
}

func compare[T ~string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
