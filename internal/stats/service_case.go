package stats

import (
	"context"
	"slices"

	"congminh/internal/criminal"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/stats/figure"
	"congminh/internal/stats/form"
	"congminh/internal/stats/period"
)

// CaseFault is a check of a form that a case keeps from holding.
type CaseFault struct {
	Form   *form.Ready
	Check  form.Check
	Column form.Column
	Off    float64
	Period period.Period
}

// CaseFaults returns the checks of the forms of this month that a case keeps from
// holding, so that whoever enters acts sees it while they do. Whoever may open the case
// may ask.
func (s *Service) CaseFaults(ctx context.Context, c criminal.ID) (out []CaseFault, err error) {
	defer fault.Wrap(&err, "checks of case %s", c)
	if err := auth.Require(ctx, MayRead); err != nil {
		return nil, err
	}
	stale, err := s.store.isStale(ctx, c)
	if err == nil && stale {
		err = s.refresh(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	facts, err := s.store.factsOf(ctx, c)
	if err != nil {
		return nil, err
	}
	p := period.Of(period.Month, s.today())
	fs, err := s.FormList(ctx, p.To)
	if err != nil {
		return nil, err
	}
	sums := s.sumsOf(facts, p)
	for _, f := range fs {
		if !meant(f, period.Month) {
			continue
		}
		for _, k := range f.Check {
			for _, col := range f.Column {
				// A column that tells another apart by sex or age is at fault where that one is.
				if col.Of != "" || len(k.Columns) > 0 && !slices.Contains(k.Columns, col.Code) {
					continue
				}
				weights, _, err := f.Weights(k.ID, col.Code)
				if err != nil {
					continue // no single case is at fault
				}
				off := 0.0
				for name, w := range weights {
					off += w * float64(sums[name])
				}
				if k.Op == "=" && off != 0 || k.Op == "<=" && off > 0 || k.Op == ">=" && off < 0 {
					out = append(out, CaseFault{f, k, col, off, p})
				}
			}
		}
	}
	return out, nil
}

// sumsOf adds up what the facts of a case give to each figure of a period.
func (s *Service) sumsOf(facts []figure.Fact, p period.Period) map[string]int {
	out := map[string]int{}
	for _, x := range facts {
		f, ok := s.Figures.Get(x.Figure, p.To)
		if !ok {
			continue
		}
		in := func(from, to civil.Date) bool { return from <= x.Day && x.Day <= to }
		switch {
		case !f.Stock() && in(p.From, p.To):
			out[x.Figure] += x.N
		case f.Stock() && in("", p.To):
			out[x.Figure] += x.N
		}
		if f.Stock() && in("", p.From.Add(-1)) {
			out[x.Figure+Start] += x.N
		}
	}
	return out
}
