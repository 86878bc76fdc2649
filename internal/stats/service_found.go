package stats

import (
	"context"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/stats/period"
)

// Hit is a fact as other programs ask for it.
type Hit struct {
	Case   criminal.ID
	Figure string
	Day    civil.Date
	Act    ledger.ActID
}

// Found returns what came to count for some figures in a period, of the offices at and
// below a path. It is for programs that judge by the figures: no right is asked for.
func (s *Service) Found(ctx context.Context, path string, p period.Period, figures []string) (out []Hit, err error) {
	defer fault.Wrap(&err, "what %d figures found in %s", len(figures), p)
	if len(figures) == 0 {
		return nil, nil
	}
	if err := s.Catch(ctx, few); err != nil {
		return nil, err
	}
	return s.store.found(ctx, path+"%", p.From, p.To, figures)
}
