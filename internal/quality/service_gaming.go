package quality

import (
	"context"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
	"congminh/internal/org"
	"congminh/internal/stats"
	"congminh/internal/stats/period"
)

// signMost is how many rows of a pattern are shown.
const signMost = 100

// Signs lists the patterns that were found for an office in a period. A sign is no
// fault: it names what to ask about.
func (s *Service) Signs(ctx context.Context, office auth.Office, p period.Period) (out []Sign, err error) {
	defer fault.Wrap(&err, "patterns of %s", p)
	o, err := s.reach(ctx, MayRead, office)
	if err != nil {
		return nil, err
	}
	for _, g := range s.Patterns {
		var found []Sign
		switch g.Kind {
		case Rush:
			found, err = s.rush(ctx, o, p, g)
		case Moved, Again:
			found, err = s.changed(ctx, o, p, g)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// rushed tells whether so many of all in the last of so many days are more than usual,
// and the two shares.
func rushed(g Pattern, all, last int64, days int) (share, usual float64, found bool) {
	if all < g.Least || all == 0 || days <= g.Days {
		return 0, 0, false
	}
	share, usual = float64(last)/float64(all), float64(g.Days)/float64(days)
	return share, usual, share >= g.Factor*usual
}

func (s *Service) rush(ctx context.Context, o org.Office, p period.Period, g Pattern) (out []Sign, err error) {
	end := period.Period{Kind: period.Days, From: p.To.Add(1 - g.Days), To: p.To}
	days := int(p.To.Start().Sub(p.From.Start()).Hours()/24+0.5) + 1
	of := func(p period.Period) (map[string]int64, error) {
		cs, err := s.stats.Count(ctx, stats.Ask{Office: o.ID, Period: p, Figures: g.Figures})
		m := map[string]int64{}
		for _, c := range cs {
			m[c.Figure] = c.N
		}
		return m, err
	}
	all, err := of(p)
	if err != nil {
		return nil, err
	}
	last, err := of(end)
	if err != nil {
		return nil, err
	}
	for _, name := range g.Figures {
		share, usual, found := rushed(g, all[name], last[name], days)
		if !found {
			continue
		}
		x := Sign{Pattern: g, Figure: name, FigureName: name, All: all[name], Last: last[name], Share: share, Usual: usual}
		if f, err := s.stats.Figure(name, p); err == nil {
			x.FigureName = f.Name
		}
		l, err := s.stats.Lines(ctx, stats.Drill{Req: page.Req{Limit: signMost}, Office: o.ID, Period: end, Figure: name})
		if err != nil {
			return nil, err
		}
		x.Lines, x.Hidden, x.More = l.Items, l.Hidden, l.Next != ""
		out = append(out, x)
	}
	return out, nil
}

// changed finds acts whose day was moved over an end of the period, or that were taken
// out and entered again.
func (s *Service) changed(ctx context.Context, o org.Office, p period.Period, g Pattern) ([]Sign, error) {
	read := s.store.moved
	if g.Kind == Again {
		read = s.store.again
	}
	cs, err := read(ctx, o.Path+"%", p.From, p.To, g.Within, s.cases.Scope(ctx), signMost+1)
	if err != nil || len(cs) == 0 {
		return nil, err
	}
	x := Sign{Pattern: g}
	if len(cs) > signMost {
		cs, x.More = cs[:signMost], true
	}
	for _, c := range cs {
		if c.Seen {
			x.Changes = append(x.Changes, c)
		} else {
			x.Hidden++
		}
	}
	return []Sign{x}, nil
}
