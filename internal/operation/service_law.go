package operation

import (
	"context"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/law"
)

// lawDesk shows the law as this installation uses it, and takes its decisions.
type lawDesk struct {
	law *law.Service
	now func() time.Time
}

func (d *lawDesk) today() civil.Date { return civil.On(d.now()) }

// pack returns the law, to those who may see it.
func (d *lawDesk) pack(ctx context.Context) (*law.Pack, error) {
	if err := auth.Require(ctx, law.MayRead); err != nil {
		return nil, err
	}
	return d.law.Pack(ctx)
}

// ruleView is a version of a rule as its page shows it.
type ruleView struct {
	law.Rule
	p         *law.Pack
	versions  []law.Rule
	mayDecide bool
	reason    string // what was typed
	err       error  // what was wrong with it
}

// rule finds a version of a rule: the one that begins on from, or else the one in
// force, or else the last.
func (d *lawDesk) rule(ctx context.Context, id string, from civil.Date) (v ruleView, err error) {
	p, err := d.pack(ctx)
	if err != nil {
		return v, err
	}
	v = ruleView{p: p, versions: p.Versions(id), mayDecide: d.law.MayDecide(ctx)}
	if len(v.versions) == 0 {
		return v, law.ErrRule
	}
	v.Rule = v.versions[len(v.versions)-1]
	for _, r := range v.versions {
		if from != "" && r.From == from || from == "" && r.In(d.today()) {
			v.Rule = r
		}
	}
	if from != "" && v.From != from {
		return v, law.ErrRule
	}
	return v, nil
}

// calendarView is the days off of a year.
type calendarView struct {
	*law.Calendar
	year      int
	off, work []law.Day
	pending   []law.Pending
}

func (d *lawDesk) calendar(ctx context.Context, year int) (v calendarView, err error) {
	p, err := d.pack(ctx)
	if err != nil {
		return v, err
	}
	v = calendarView{Calendar: p.Calendar(), year: year}
	if year == 0 {
		v.year = d.today().Year()
	}
	for _, x := range v.Off {
		if x.Date.Year() == v.year {
			v.off = append(v.off, x)
		}
	}
	for _, x := range v.Work {
		if x.Date.Year() == v.year {
			v.work = append(v.work, x)
		}
	}
	for _, x := range v.Undecided {
		if x.Days[0].Year() == v.year {
			v.pending = append(v.pending, x)
		}
	}
	return v, nil
}
