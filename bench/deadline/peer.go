package main

import (
	"fmt"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
	"github.com/rickar/cal/v2"

	"congminh/internal/deadline/clock"
	"congminh/internal/law"
)

// limits are the twelve of the typical case, as one would write them by hand: the last
// day by law.
var limits = []struct {
	rule   string
	seq    int
	text   string
	format string
}{
	{"REC-01", 0, `Hours(Report, 24)`, minute},
	{"REC-03", 0, `Roll(Days(Report, 3))`, time.DateOnly},
	{"REC-04", 0, `Roll(Days(Report, 20))`, time.DateOnly},
	{"INI-02", 0, `Hours(Opened, 24)`, minute},
	{"INV-01", 0, `Roll(Months(Opened, Class == "INT" ? 2 : Class == "NT" ? 3 : 4))`, time.DateOnly},
	{"INV-01", 1, `Roll(Months(Months(Opened, 3), 3))`, time.DateOnly},
	{"INV-02", 1, `Days(Months(Months(Opened, 3), 3), -10)`, time.DateOnly},
	{"HLD-05", 0, `Hours(Custody, 72)`, minute},
	{"INI-05", 0, `Roll(Days(Charged, 3))`, time.DateOnly},
	{"DET-01", 0, `Days(Detained, 30 * (Class == "INT" ? 2 : Class == "NT" ? 3 : 4) - 3 - 1)`, time.DateOnly},
	{"DET-01", 1, `Days(Days(Detained, 90 - 3 - 1), 60)`, time.DateOnly},
	{"INV-08", 0, `Roll(Days(Record, 3))`, time.DateOnly},
}

const minute = "2006-01-02T15:04"

// facts is what the expressions see.
type facts struct {
	Report, Opened, Custody, Charged, Detained, Record time.Time
	Class                                              string
	calendar                                           *cal.BusinessCalendar
}

// Hours adds hours.
func (f *facts) Hours(t time.Time, n int) time.Time { return t.Add(time.Duration(n) * time.Hour) }

// Days adds days to a day.
func (f *facts) Days(t time.Time, n int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+n, 0, 0, 0, 0, time.UTC)
}

// Months gives the same day n months later, or the last of that month.
func (f *facts) Months(t time.Time, n int) time.Time {
	end := time.Date(t.Year(), t.Month()+time.Month(n), t.Day(), 0, 0, 0, 0, time.UTC)
	if end.Day() != t.Day() {
		end = end.AddDate(0, 0, -end.Day())
	}
	return end
}

// Roll gives the first working day.
func (f *facts) Roll(t time.Time) time.Time {
	for !f.calendar.IsWorkday(t) {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

type peer struct {
	programs []*vm.Program
	machine  vm.VM
	facts    facts
	out      []time.Time
}

func newPeer(pack *law.Pack) (*peer, error) {
	p := &peer{}
	c := cal.NewBusinessCalendar()
	c.Cacheable = true
	makeUp := map[time.Time]bool{}
	for _, d := range pack.Calendar().Work {
		t, err := time.Parse(time.DateOnly, string(d.Date))
		if err != nil {
			return nil, err
		}
		makeUp[t] = true
	}
	for _, d := range pack.Calendar().Off {
		t, err := time.Parse(time.DateOnly, string(d.Date))
		if err != nil {
			return nil, err
		}
		c.AddHoliday(&cal.Holiday{Name: d.Name, StartYear: t.Year(), EndYear: t.Year(), Month: t.Month(), Day: t.Day(), Func: cal.CalcDayOfMonth})
	}
	c.WorkdayFunc = func(t time.Time) bool {
		w := t.Weekday()
		return w != time.Saturday && w != time.Sunday || makeUp[t]
	}
	p.facts.calendar = c
	for _, l := range limits {
		program, err := expr.Compile(l.text, expr.Env(&p.facts))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.rule, err)
		}
		p.programs = append(p.programs, program)
	}
	return p, nil
}

// dates reads the acts and gives the twelve limits.
func (p *peer) dates(f *clock.Facts) ([]time.Time, error) {
	for i := range f.Events {
		v := &f.Events[i]
		layout := minute
		if len(v.At) == len(time.DateOnly) {
			layout = time.DateOnly
		}
		t, err := time.Parse(layout, v.At)
		if err != nil {
			return nil, err
		}
		switch v.Name {
		case "report_received":
			p.facts.Report = t
		case "case_initiated":
			p.facts.Opened = t
		case "custody_start":
			p.facts.Custody = t
		case "accused_file_received":
			p.facts.Charged = t
		case "detention_start":
			p.facts.Detained = t
		case "record_received_by_vks":
			p.facts.Record = t
		}
	}
	p.facts.Class = "NT"
	p.out = p.out[:0]
	for _, program := range p.programs {
		v, err := p.machine.Run(program, &p.facts)
		if err != nil {
			return nil, err
		}
		p.out = append(p.out, v.(time.Time))
	}
	return p.out, nil
}
