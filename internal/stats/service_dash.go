package stats

import (
	"context"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/org"
	"congminh/internal/stats/figure"
	"congminh/internal/stats/period"
)

// CardSet is a set of cards of the leaders' board (bảng điều hành), as a file defines it.
type CardSet struct {
	ID    string `toml:"id"`
	Title string `toml:"title"`
	Size  string `toml:"size"` // the figure that tells how large an office is
	Card  []struct {
		Title  string `toml:"title"`
		Figure string `toml:"figure"`
	} `toml:"card"`
}

// boards reads the sets of cards, in the order of their files.
func boards(over fs.FS) (out []CardSet, err error) {
	err = files(over, "boards", func(text []byte) error {
		var b CardSet
		err := strict(text, &b)
		out = append(out, b)
		return err
	})
	return out, err
}

// Card is a number that leaders look at.
type Card struct {
	Title   string
	Figure  figure.Figure
	Known   bool // there is a source
	Now     int64
	Before  int64 // the same period a year before
	Trend   []int64
	Peers   int     // offices of like size, without this one
	Median  float64 // of theirs
	Compare bool    // there are enough of them
}

// OfficeRow is what the cards say of one office below, or of the office by itself.
type OfficeRow struct {
	Office org.Office
	Itself bool
	Values []int64 // one for each card
}

// Board is the leaders' board of an office.
type Board struct {
	Set    CardSet
	Sets   []CardSet
	Months []string // of the trend, 2026-11
	Size   int64    // of the office
	Cards  []Card
	Below  []OfficeRow
	Behind int // cases that wait to be counted again
}

// fewPeers is how many offices of like size there must be, so that their median tells
// nothing of one of them.
const fewPeers = 3

// Board returns the cards of a set, "" for the first, for an office and a period.
func (s *Service) Board(ctx context.Context, set string, office auth.Office, p period.Period) (b Board, err error) {
	defer fault.Wrap(&err, "board of %s", p)
	o, err := s.reach(ctx, MayRead, office)
	if err != nil {
		return b, err
	}
	b.Sets, b.Set = s.Boards, s.Boards[0]
	for _, x := range s.Boards {
		if x.ID == set {
			b.Set = x
		}
	}
	if err := s.Catch(ctx, few); err != nil {
		return b, err
	}
	var ids []string
	for _, c := range b.Set.Card {
		f, ok := s.Figures.Get(c.Figure, p.To)
		b.Cards = append(b.Cards, Card{Title: c.Title, Figure: f, Known: ok})
		if ok {
			ids = append(ids, c.Figure)
		}
	}
	values := func(p period.Period) (map[string]int64, error) {
		counts, err := s.count(ctx, o.Path, Ask{Period: p, Figures: ids})
		out := map[string]int64{}
		for _, c := range counts {
			out[c.Figure] = c.N
		}
		return out, err
	}
	now, err := values(p)
	if err != nil {
		return b, err
	}
	// A period that still runs is compared with as many days of the year before.
	past := p
	if today := s.today(); p.From <= today && today < p.To {
		past = period.Period{Kind: period.Days, From: p.From, To: today}
	}
	before, err := values(past.LastYear())
	if err != nil {
		return b, err
	}
	b.Months = months(twelve(past.To))
	trends, err := s.trends(ctx, o.Path, ids, past.To)
	if err != nil {
		return b, err
	}
	for i := range b.Cards {
		c := &b.Cards[i]
		c.Now, c.Before, c.Trend = now[c.Figure.ID], before[c.Figure.ID], trends[c.Figure.ID]
	}
	if err := s.peers(ctx, &b, o, ids, p); err != nil {
		return b, err
	}
	if err := s.below(ctx, &b, o, ids, p); err != nil {
		return b, err
	}
	b.Behind, err = s.Behind(ctx)
	return b, err
}

// months are the months of a span.
func months(p period.Period) (out []string) {
	for m := period.Of(period.Month, p.From); m.From <= p.To; m = m.Shift(1) {
		out = append(out, m.String())
	}
	return out
}

// trends are figures month by month, the twelve months that end with the one of a day:
// what came in each, or of a stock what there was at its end.
func (s *Service) trends(ctx context.Context, path string, ids []string, day civil.Date) (map[string][]int64, error) {
	span := twelve(day)
	counts, err := s.count(ctx, path, Ask{Period: span, Figures: ids, By: []Dim{ByMonth}})
	if err != nil {
		return nil, err
	}
	of := map[string]map[string]int64{}
	for _, c := range counts {
		if of[c.Figure] == nil {
			of[c.Figure] = map[string]int64{}
		}
		of[c.Figure][c.Key[0]] = c.N
	}
	out := map[string][]int64{}
	for _, id := range ids {
		f, _ := s.Figures.Get(id, day)
		for _, m := range months(span) {
			n := of[id][m]
			if f.Stock() {
				n = 0
				for month, d := range of[id] {
					if month <= m {
						n += d
					}
				}
			}
			out[id] = append(out[id], n)
		}
	}
	return out, nil
}

// peers compares an office with those of its level that have about as many cases a year,
// 30 % more or fewer. It gives their median and nobody's place: this is no ranking. So
// that no office is told apart it looks at all of them, whoever asks.
func (s *Service) peers(ctx context.Context, b *Board, o org.Office, ids []string, p period.Period) error {
	offices, err := s.sorted(ctx, "%")
	if err != nil {
		return err
	}
	sizes, err := s.byOffice(ctx, "/%", []string{b.Set.Size}, twelve(min(p.To, max(p.From, s.today()))))
	if err != nil {
		return err
	}
	size := func(path string) int64 { return under(offices, sizes[b.Set.Size], path) }
	b.Size = size(o.Path)
	var alike []org.Office
	for _, x := range offices {
		if n := size(x.Path); x.ID != o.ID && x.Level == o.Level && n > 0 && 10*n >= 7*b.Size && 10*n <= 13*b.Size {
			alike = append(alike, x)
		}
	}
	for i := range b.Cards {
		b.Cards[i].Peers, b.Cards[i].Compare = len(alike), len(alike) >= fewPeers
	}
	if len(alike) < fewPeers {
		return nil
	}
	var theirs []string // of them and those below them
	for _, x := range offices {
		if slices.ContainsFunc(alike, func(a org.Office) bool { return strings.HasPrefix(x.Path, a.Path) }) {
			theirs = append(theirs, string(x.ID))
		}
	}
	values, err := s.byOffice(ctx, "/%", ids, p, theirs...)
	if err != nil {
		return err
	}
	for i := range b.Cards {
		var all []int64
		for _, x := range alike {
			all = append(all, under(offices, values[b.Cards[i].Figure.ID], x.Path))
		}
		b.Cards[i].Median = median(all)
	}
	return nil
}

func median(all []int64) float64 {
	slices.Sort(all)
	n := len(all)
	if n == 0 {
		return 0
	}
	return float64(all[(n-1)/2]+all[n/2]) / 2
}

// byOffice counts figures for each office whose path is like one, not those below it; if
// some are given, only for them.
func (s *Service) byOffice(ctx context.Context, like string, ids []string, p period.Period, only ...string) (map[string]map[string]int64, error) {
	q := Ask{Period: p, Figures: ids, By: []Dim{ByOffice}}
	if len(only) > 0 {
		q.Where = map[Dim][]string{ByOffice: only}
	}
	counts, err := s.countLike(ctx, like, q)
	out := map[string]map[string]int64{}
	for _, c := range counts {
		if out[c.Figure] == nil {
			out[c.Figure] = map[string]int64{}
		}
		out[c.Figure][c.Key[0]] = c.N
	}
	return out, err
}

// sorted are offices in the order of the bytes of their paths, whatever order the
// database has.
func (s *Service) sorted(ctx context.Context, like string) ([]org.Office, error) {
	out, err := s.store.offices(ctx, like)
	slices.SortFunc(out, func(a, b org.Office) int { return strings.Compare(a.Path, b.Path) })
	return out, err
}

// under adds up what the offices of a subtree have; offices are sorted.
func under(offices []org.Office, values map[string]int64, path string) (n int64) {
	if len(values) == 0 {
		return 0
	}
	at, _ := slices.BinarySearchFunc(offices, path, func(o org.Office, p string) int { return strings.Compare(o.Path, p) })
	for ; at < len(offices) && strings.HasPrefix(offices[at].Path, path); at++ {
		n += values[string(offices[at].ID)]
	}
	return n
}

// below makes the table of the offices right below one, each with what is below it.
func (s *Service) below(ctx context.Context, b *Board, o org.Office, ids []string, p period.Period) error {
	offices, err := s.sorted(ctx, o.Path+"%")
	if err != nil || len(offices) < 2 {
		return err
	}
	values, err := s.byOffice(ctx, o.Path+"%", ids, p)
	if err != nil {
		return err
	}
	for _, x := range offices {
		if x.ID != o.ID && x.Parent != o.ID {
			continue
		}
		row := OfficeRow{Office: x, Itself: x.ID == o.ID}
		for _, c := range b.Cards {
			n := values[c.Figure.ID][string(x.ID)]
			if !row.Itself {
				n = under(offices, values[c.Figure.ID], x.Path)
			}
			row.Values = append(row.Values, n)
		}
		b.Below = append(b.Below, row)
	}
	return nil
}

// FigureList is the figures in force on a day by their groups, for choosing.
func (s *Service) FigureList(day civil.Date) []figure.Figure {
	out := s.Figures.All(day)
	slices.SortStableFunc(out, func(a, b figure.Figure) int { return slices.Index(Groups, a.Group) - slices.Index(Groups, b.Group) })
	return out
}

// DimValues lists the values by which the facts of a figure can be filtered, with their
// names; those of offices and days are chosen otherwise.
func (s *Service) DimValues(ctx context.Context) (map[Dim][]string, func(Dim, string) string, error) {
	l, err := s.labels(ctx, auth.Path(auth.From(ctx).Path))
	if err != nil {
		return nil, nil, err
	}
	out := map[Dim][]string{}
	for _, d := range filterDims {
		out[d] = append(l.values(d), "")
	}
	return out, l.title, nil
}

// filterDims are the dimensions one filters by.
var filterDims = []Dim{ByChapter, ByClass, BySex, ByAge}

// whereKeys are the dimensions of a condition in order.
func whereKeys(w map[Dim][]string) []Dim { return slices.Sorted(maps.Keys(w)) }
