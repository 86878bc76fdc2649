package stats

import (
	"context"
	"slices"

	"congminh/internal/stats/form"
	"congminh/internal/stats/period"
)

// columns counts the figures of a form for the offices whose path is like one: by the
// condition of a column (keyOf), by figure. Conditions differ in few dimensions, so the
// facts are read once, apart by those, and not once for every condition.
func (s *Service) columns(ctx context.Context, f *form.Ready, like string, p period.Period) (map[string]map[string]float64, error) {
	wheres := map[string]map[Dim][]string{}
	var by []Dim
	for _, c := range f.Column {
		w := dimsOf(c.Where)
		wheres[keyOf(c.Where)] = w
		for d := range w {
			if !slices.Contains(by, d) {
				by = append(by, d)
			}
		}
	}
	counts, err := s.countLike(ctx, like, Ask{Period: p, Figures: f.Figures(), By: by})
	if err != nil {
		return nil, err
	}
	out := make(map[string]map[string]float64, len(wheres))
	for key, w := range wheres {
		sums := map[string]float64{}
		for _, c := range counts {
			if !slices.ContainsFunc(by, func(d Dim) bool { return w[d] != nil && !slices.Contains(w[d], c.Key[slices.Index(by, d)]) }) {
				sums[c.Figure] += float64(c.N)
			}
		}
		out[key] = sums
	}
	return out, nil
}
