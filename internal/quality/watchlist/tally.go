package watchlist

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"congminh/internal/kit/civil"
)

// Kept is a finding as the ledger of a month counts it. Days that have not come are "".
type Kept struct {
	Group    Group
	Severity Severity
	Office   string
	Staff    string // who handles the case
	Found    civil.Date
	Reminded civil.Date
	Noticed  civil.Date
	Due      civil.Date // to put it right, after the reminder or the notice
	Reported civil.Date
	Closed   civil.Date
	Repeated bool
}

// Counts is a line of the ledger of a month (sổ giám sát tháng). Before + Found − Closed
// is Open.
type Counts struct {
	Before   int `json:"before"` // open when the month began
	Found    int `json:"found"`
	Reminded int `json:"reminded"`
	Noticed  int `json:"noticed"`
	Reported int `json:"reported"`
	Closed   int `json:"closed"`
	InTime   int `json:"in_time"` // of those closed: before the day they were due, or before anybody had to ask
	Late     int `json:"late"`
	Repeated int `json:"repeated"` // of those found
	Open     int `json:"open"`
	Median   int `json:"median"` // days from being found to being closed; -1 if none was closed
}

// Remedied is the share of what there was to put right that was, in per cent; -1 of none.
func (c Counts) Remedied() int {
	if c.Before+c.Found == 0 {
		return -1
	}
	return (100*c.Closed + (c.Before+c.Found)/2) / (c.Before + c.Found)
}

// Line is the counts of one value of what the ledger is told apart by.
type Line struct {
	Key    string `json:"key"`
	Counts Counts `json:"counts"`
}

// Month is the ledger of a month.
type Month struct {
	All      Counts `json:"all"`
	Groups   []Line `json:"groups"`
	Grades   []Line `json:"severities"`
	Offices  []Line `json:"offices"`
	Handlers []Line `json:"handlers"`
}

// counter adds up one line.
type counter struct {
	c    Counts
	took []int
}

func (n *counter) add(x Kept, from, to civil.Date) {
	in := func(d civil.Date) bool { return d != "" && from <= d && d <= to }
	if x.Found > to || x.Closed != "" && x.Closed < from {
		return
	}
	if x.Found < from {
		n.c.Before++
	} else {
		n.c.Found++
		if x.Repeated {
			n.c.Repeated++
		}
	}
	for _, step := range []struct {
		day civil.Date
		to  *int
	}{{x.Reminded, &n.c.Reminded}, {x.Noticed, &n.c.Noticed}, {x.Reported, &n.c.Reported}} {
		if in(step.day) {
			*step.to++
		}
	}
	if !in(x.Closed) {
		n.c.Open++
		return
	}
	n.c.Closed++
	if x.Due == "" || x.Closed <= x.Due {
		n.c.InTime++
	} else {
		n.c.Late++
	}
	n.took = append(n.took, days(x.Found, x.Closed))
}

func (n *counter) counts() Counts {
	c := n.c
	c.Median = -1
	if len(n.took) > 0 {
		slices.Sort(n.took)
		c.Median = n.took[(len(n.took)-1)/2]
	}
	return c
}

// Tally counts findings over the days of a month, both included.
func Tally(all []Kept, from, to civil.Date) (m Month) {
	var whole counter
	by := [4]map[string]*counter{{}, {}, {}, {}}
	for _, x := range all {
		whole.add(x, from, to)
		for i, key := range []string{string(x.Group), string(x.Severity), x.Office, x.Staff} {
			n := by[i][key]
			if n == nil {
				n = &counter{}
				by[i][key] = n
			}
			n.add(x, from, to)
		}
	}
	m.All = whole.counts()
	for i, to := range []*[]Line{&m.Groups, &m.Grades, &m.Offices, &m.Handlers} {
		for _, key := range slices.Sorted(maps.Keys(by[i])) {
			if c := by[i][key].counts(); c.Before+c.Found > 0 {
				*to = append(*to, Line{key, c})
			}
		}
	}
	inOrder(m.Groups, Groups)
	inOrder(m.Grades, Severities)
	return m
}

// inOrder sorts lines as people are used to see them.
func inOrder[T ~string](lines []Line, order []T) {
	slices.SortFunc(lines, func(a, b Line) int {
		return cmp.Or(slices.Index(order, T(a.Key))-slices.Index(order, T(b.Key)), strings.Compare(a.Key, b.Key))
	})
}
