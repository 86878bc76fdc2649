package quality

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/org"
	"congminh/internal/quality/indicator"
	"congminh/internal/stats"
	"congminh/internal/stats/formula"
	"congminh/internal/stats/period"
)

// trendLength is how many periods a trend shows.
const trendLength = 6

// indicators lists those of an office on a day.
func (s *Service) indicators(o org.Office, day civil.Date) []*indicator.Indicator {
	var chain []string
	for _, id := range auth.Offices(o.Path) {
		chain = append(chain, string(id))
	}
	return s.Sets.For(chain, day)
}

// counts are the figures of some offices in a period: all, and of those that an act of
// the procuracy has to answer for those that were decided and those that were not.
type counts struct {
	n       map[string]int64
	faulty  map[string]int64
	pending map[string]int64
}

func newCounts() counts {
	return counts{map[string]int64{}, map[string]int64{}, map[string]int64{}}
}

// value works an indicator out.
func (c counts) value(i *indicator.Indicator) (m Measured) {
	if i.NumOf == nil {
		return m
	}
	side := func(e *formula.Expr, which indicator.Side) int64 {
		if e == nil {
			return 0
		}
		of := c.n
		if i.Fault == which {
			of = c.faulty
			for _, name := range e.Names() {
				m.Pending += c.pending[name]
			}
		}
		v, _ := e.Eval(func(name string) float64 { return float64(of[name]) })
		return int64(math.Round(v))
	}
	m.Num, m.Den = side(i.NumOf, indicator.Numerator), side(i.DenOf, indicator.Denominator)
	return m
}

// named lists the figures that indicators name, and those whose fault counts.
func named(is []*indicator.Indicator) (all, faults []string) {
	for _, i := range is {
		for side, e := range map[indicator.Side]*formula.Expr{indicator.Numerator: i.NumOf, indicator.Denominator: i.DenOf} {
			if e == nil {
				continue
			}
			all = append(all, e.Names()...)
			if i.Fault == side {
				faults = append(faults, e.Names()...)
			}
		}
	}
	slices.Sort(all)
	slices.Sort(faults)
	return slices.Compact(all), slices.Compact(faults)
}

// count counts what indicators name: of an office and all below it, or of each of them.
func (s *Service) count(ctx context.Context, o org.Office, p period.Period, is []*indicator.Indicator, apart bool) (map[auth.Office]counts, error) {
	all, faults := named(is)
	out := map[auth.Office]counts{}
	at := func(id auth.Office) counts {
		if !apart {
			id = o.ID
		}
		if _, ok := out[id]; !ok {
			out[id] = newCounts()
		}
		return out[id]
	}
	if len(all) == 0 {
		at(o.ID)
		return out, nil
	}
	q := stats.Ask{Office: o.ID, Period: p, Figures: all}
	if apart {
		q.By = []stats.Dim{stats.ByOffice}
	}
	cs, err := s.stats.Count(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, c := range cs {
		id := o.ID
		if apart {
			id = auth.Office(c.Key[0])
		}
		at(id).n[c.Figure] += c.N
	}
	if len(faults) > 0 {
		fs, err := s.store.faulted(ctx, o.Path+"%", faults, p.From, p.To)
		if err != nil {
			return nil, err
		}
		for _, f := range fs {
			at(f.office).faulty[f.figure] += f.faulty
			at(f.office).pending[f.figure] += f.pending
		}
	}
	at(o.ID)
	return out, nil
}

// one is count for an office and all below it.
func (s *Service) one(ctx context.Context, o org.Office, p period.Period, is []*indicator.Indicator) (counts, error) {
	m, err := s.count(ctx, o, p, is, false)
	return m[o.ID], err
}

// year is the twelve months that end with a period.
func year(p period.Period) period.Period {
	last := period.Period{Kind: period.Days, From: p.To, To: p.To}.LastYear().To
	return period.Period{Kind: period.Days, From: last.Add(1), To: p.To}
}

// sizes tells how many cases a year each office has.
func (s *Service) sizes(ctx context.Context, o org.Office, p period.Period, is []*indicator.Indicator) (map[auth.Office]int64, error) {
	out := map[auth.Office]int64{}
	if len(is) == 0 {
		return out, nil
	}
	e := is[0].Set.SizeOf
	cs, err := s.stats.Count(ctx, stats.Ask{Office: o.ID, Period: year(p), Figures: e.Names(), By: []stats.Dim{stats.ByOffice}})
	if err != nil {
		return nil, err
	}
	of := map[auth.Office]map[string]float64{}
	for _, c := range cs {
		id := auth.Office(c.Key[0])
		if of[id] == nil {
			of[id] = map[string]float64{}
		}
		of[id][c.Figure] += float64(c.N)
	}
	for id, m := range of {
		v, _ := e.Eval(func(name string) float64 { return m[name] })
		out[id] = int64(math.Round(v))
	}
	return out, nil
}

// months is the length of a period; 0 for some days.
func months(p period.Period) int {
	if p.Kind == period.Days {
		return 0
	}
	return (p.To.Year()-p.From.Year())*12 + p.To.Month() - p.From.Month() + 1
}

// place is an office with what is below it, and how big it is.
type place struct {
	org.Office
	below []org.Office // and itself
	sizes map[auth.Office]int64
}

// at finds the place that a question is about.
func (s *Service) at(ctx context.Context, office auth.Office, p period.Period) (x place, is []*indicator.Indicator, err error) {
	if x.Office, err = s.reach(ctx, MayRead, office); err != nil {
		return x, nil, err
	}
	is = s.indicators(x.Office, p.To)
	if x.below, err = s.store.offices(ctx, x.Path+"%"); err != nil {
		return x, nil, err
	}
	x.sizes, err = s.sizes(ctx, x.Office, p, is)
	return x, is, err
}

// units lists the offices that an indicator measures.
func (x place) units(i *indicator.Indicator) (out []org.Office) {
	for _, o := range x.below {
		if slices.Contains(i.Levels, string(o.Level)) {
			out = append(out, o)
		}
	}
	return out
}

// cases is how many cases a year an office has with all below it.
func (x place) cases(path string) (n int64) {
	for _, o := range x.below {
		if strings.HasPrefix(o.Path, path) {
			n += x.sizes[o.ID]
		}
	}
	return n
}

// judge puts the target and the state to a row.
func (s *Service) judge(r *Row, p period.Period, cases, units int64) {
	r.Span = indicator.Span{Months: months(p), Over: p.To < s.today(), Units: units}
	t, ok := r.Indicator.Target(cases / max(1, units))
	r.Target = t
	switch {
	case r.NumOf == nil || !ok:
		r.Now.State = indicator.Unknown
	case units == 0:
		r.Now.State = indicator.None
	default:
		r.Now.State = r.Judge(t, r.Now.Value, r.Span)
	}
}

// Board returns every indicator of an office in a period.
func (s *Service) Board(ctx context.Context, office auth.Office, p period.Period) (b Board, err error) {
	defer fault.Wrap(&err, "indicators of %s", p)
	x, is, err := s.at(ctx, office, p)
	if err != nil {
		return b, err
	}
	b = Board{Office: x.ID, Period: p, Cases: x.cases(x.Path)}
	for _, i := range is {
		b.Rows = append(b.Rows, Row{Indicator: i, Trend: make([]indicator.Value, trendLength)})
	}
	each := func(p period.Period, put func(r *Row, m Measured)) error {
		c, err := s.one(ctx, x.Office, p, is)
		for n := range b.Rows {
			put(&b.Rows[n], c.value(b.Rows[n].Indicator))
		}
		return err
	}
	for n := range trendLength {
		if err := each(p.Shift(n-trendLength+1), func(r *Row, m Measured) { r.Trend[n], r.Now = m.Value, m }); err != nil {
			return b, err
		}
	}
	if err := each(p.LastYear(), func(r *Row, m Measured) { r.LastYear = m.Value }); err != nil {
		return b, err
	}
	kept, err := s.store.results(ctx, x.ID, p.String(), "")
	if err != nil {
		return b, err
	}
	notes, err := s.store.countNotes(ctx, x.ID, p.String())
	if err != nil {
		return b, err
	}
	for n := range b.Rows {
		r := &b.Rows[n]
		r.Before = r.Trend[trendLength-2]
		s.judge(r, p, b.Cases, int64(len(x.units(r.Indicator))))
		r.Notes = notes[r.ID]
		r.Kept = last(kept, r.ID)
	}
	b.Closed = len(kept) > 0
	b.Ranking, err = s.store.on(ctx, rankingSwitch)
	return b, err
}

// last is the newest result of an indicator.
func last(rs []Result, id string) (out *Result) {
	for n := range rs {
		if rs[n].Indicator == id && (out == nil || rs[n].Revision > out.Revision) {
			out = &rs[n]
		}
	}
	return out
}

// find returns an indicator as it is in force for an office.
func find(is []*indicator.Indicator, id string) (*indicator.Indicator, error) {
	for _, i := range is {
		if i.ID == id {
			return i, nil
		}
	}
	return nil, ErrIndicator
}

// Detail returns everything about one indicator.
func (s *Service) Detail(ctx context.Context, office auth.Office, p period.Period, id string) (d Detail, err error) {
	defer fault.Wrap(&err, "indicator %s of %s", id, p)
	x, is, err := s.at(ctx, office, p)
	if err != nil {
		return d, err
	}
	i, err := find(is, id)
	if err != nil {
		return d, err
	}
	only := []*indicator.Indicator{i}
	d = Detail{Row: Row{Indicator: i, Trend: make([]indicator.Value, trendLength)}, Office: x.ID, Period: p}
	for n := range trendLength {
		c, err := s.one(ctx, x.Office, p.Shift(n-trendLength+1), only)
		if err != nil {
			return d, err
		}
		d.Now = c.value(i)
		d.Trend[n] = d.Now.Value
		d.Num, d.Den = s.parts(i, indicator.Numerator, c, p), s.parts(i, indicator.Denominator, c, p)
	}
	d.Before = d.Trend[trendLength-2]
	c, err := s.one(ctx, x.Office, p.LastYear(), only)
	if err != nil {
		return d, err
	}
	d.LastYear = c.value(i).Value
	s.judge(&d.Row, p, x.cases(x.Path), int64(len(x.units(i))))
	if i.NumOf != nil {
		if err := s.besides(ctx, &d, x, only); err != nil {
			return d, err
		}
		if err := s.gap(ctx, &d); err != nil {
			return d, err
		}
	}
	if d.History, err = s.store.results(ctx, x.ID, p.String(), id); err != nil {
		return d, err
	}
	d.Kept = last(d.History, id)
	if d.Closed, err = s.store.closed(ctx, x.ID, p.String()); err != nil {
		return d, err
	}
	d.Notes, err = s.store.notes(ctx, x.ID, p.String(), id)
	d.Row.Notes = len(d.Notes)
	return d, err
}

// parts lists the figures of one side of an indicator with what each gives.
func (s *Service) parts(i *indicator.Indicator, side indicator.Side, c counts, p period.Period) (out []Part) {
	e := i.NumOf
	if side == indicator.Denominator {
		e = i.DenOf
	}
	if e == nil {
		return nil
	}
	of := c.n
	if i.Fault == side {
		of = c.faulty
	}
	for _, name := range e.Names() {
		part := Part{Figure: name, Name: name, Times: times(e, name), N: of[name]}
		if f, err := s.stats.Figure(name, p); err == nil {
			part.Name = f.Name
		}
		out = append(out, part)
	}
	return out
}

// times is how often a figure counts in a sum.
func times(e *formula.Expr, name string) int64 {
	v, _ := e.Eval(func(n string) float64 {
		if n == name {
			return 1
		}
		return 0
	})
	return int64(math.Round(v))
}

// besides puts other offices beside: those right below, and those with the same work.
func (s *Service) besides(ctx context.Context, d *Detail, x place, only []*indicator.Indicator) error {
	// The pool of offices to compare with is what the reader's own office reaches.
	top, _, err := s.at(ctx, "", d.Period)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(x.Path, top.Path) {
		top = x
	}
	each, err := s.count(ctx, top.Office, d.Period, only, true)
	if err != nil {
		return err
	}
	ranking, err := s.store.on(ctx, rankingSwitch)
	if err != nil {
		return err
	}
	i := d.Indicator
	sum := func(in func(org.Office) bool) counts {
		out := newCounts()
		for _, o := range top.below {
			if c, ok := each[o.ID]; ok && in(o) {
				for _, m := range []struct{ to, from map[string]int64 }{{out.n, c.n}, {out.faulty, c.faulty}, {out.pending, c.pending}} {
					for k, v := range m.from {
						m.to[k] += v
					}
				}
			}
		}
		return out
	}
	peer := func(o org.Office, c counts, cases, units int64) Peer {
		r := Row{Indicator: i, Now: c.value(i)}
		s.judge(&r, d.Period, cases, units)
		p := Peer{Office: o.ID, Short: o.Short, Cases: cases, Measured: r.Now, At: float64(r.Now.Num)}
		if rate, ok := r.Now.Rate(); ok {
			p.At = rate
		}
		return p
	}
	for _, o := range top.below {
		if o.Parent != x.ID {
			continue
		}
		units := int64(0)
		for _, u := range top.units(i) {
			if strings.HasPrefix(u.Path, o.Path) {
				units++
			}
		}
		d.Below = append(d.Below, peer(o, sum(func(b org.Office) bool { return strings.HasPrefix(b.Path, o.Path) }), top.cases(o.Path), units))
	}
	// Whoever leads other offices sees those; the others see those of their own level.
	below := func(o org.Office) bool { return o.ID != x.ID && strings.HasPrefix(o.Path, x.Path) }
	leads, own := slices.ContainsFunc(top.units(i), below), top.sizes[x.ID]
	for _, o := range top.units(i) {
		if leads && !below(o) || !leads && o.Level != x.Level {
			continue
		}
		p := peer(o, sum(func(b org.Office) bool { return b.ID == o.ID }), top.sizes[o.ID], 1)
		p.Like = !leads && o.ID != x.ID && math.Abs(float64(p.Cases-own)) <= likeShare*float64(own)
		d.Peers = append(d.Peers, p)
	}
	d.Quartiles = quartiles(d.Peers)
	if ranking {
		rank(d.Peers, &d.Target)
	}
	return nil
}

// quartiles returns the least value, the three quartiles and the greatest, of the
// offices where something happened; nil for fewer than four.
func quartiles(ps []Peer) []float64 {
	var at []float64
	for _, p := range ps {
		if p.State != indicator.None && p.State != indicator.Unknown {
			at = append(at, p.At)
		}
	}
	if len(at) < 4 {
		return nil
	}
	slices.Sort(at)
	out := make([]float64, 5)
	for q := range out {
		f := float64(q) / 4 * float64(len(at)-1)
		lo := int(f)
		hi := min(lo+1, len(at)-1)
		out[q] = at[lo] + (f-float64(lo))*(at[hi]-at[lo])
	}
	return out
}

// rank orders offices by their value; equal values have one rank.
func rank(ps []Peer, t *indicator.Target) {
	slices.SortStableFunc(ps, func(a, b Peer) int {
		if t.More() {
			return cmp.Compare(b.At, a.At)
		}
		return cmp.Compare(a.At, b.At)
	})
	for n := range ps {
		ps[n].Rank = n + 1
		if n > 0 && ps[n].At == ps[n-1].At {
			ps[n].Rank = ps[n-1].Rank
		}
	}
}

// gapShown is how many cases are shown.
const gapShown = 100

// gap finds the cases, or people, that keep an indicator from its target: those of the
// denominator that the numerator has not, or where little is good the numerator itself.
func (s *Service) gap(ctx context.Context, d *Detail) error {
	i := d.Indicator
	weights := map[string]int64{}
	add := func(e *formula.Expr, sign int64) {
		if e == nil {
			return
		}
		for _, name := range e.Names() {
			if weights[name] += sign * times(e, name); weights[name] == 0 {
				delete(weights, name)
			}
		}
	}
	switch {
	case d.Target.More() && i.DenOf == nil || d.Target.More() && i.Fault != "":
		return nil // nothing that was not done stands in a ledger
	case d.Target.More():
		add(i.DenOf, 1)
		add(i.NumOf, -1)
	default:
		add(i.NumOf, 1)
	}
	var terms []term
	for _, name := range sorted(weights) {
		base, start := strings.CutSuffix(name, stats.Start)
		f, err := s.stats.Figure(base, d.Period)
		if err != nil {
			return err
		}
		t := term{base, d.Period.From, d.Period.To, weights[name]}
		if f.Stock() {
			t.from = ""
		}
		if start {
			t.to = d.Period.From.Add(-1)
		}
		terms = append(terms, t)
	}
	if len(terms) == 0 {
		return nil
	}
	o, err := s.org.Office(ctx, d.Office)
	if err != nil {
		return err
	}
	d.Gap, d.GapHidden, err = s.store.gap(ctx, o.Path+"%", terms, i.Unit == "person", i.Fault == indicator.Numerator, s.cases.Scope(ctx), gapShown+1)
	if len(d.Gap) > gapShown {
		d.Gap, d.GapMore = d.Gap[:gapShown], true
	}
	return err
}

func sorted(m map[string]int64) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
