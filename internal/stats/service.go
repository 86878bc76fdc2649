package stats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/deadline"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
	"congminh/internal/law"
	"congminh/internal/org"
	"congminh/internal/seal"
	"congminh/internal/stats/figure"
	"congminh/internal/stats/form"
	"congminh/internal/stats/period"
)

// Engines is what the service works with.
type Engines struct {
	Jobs    *job.Runner
	Figures *figure.Set
	Digest  string        // of the files the figures come from
	Forms   []*form.Ready // of the program
	Boards  []CardSet     // of the leaders' board
	// Terms are the working days after a period within which a form is closed: by who
	// leads, by the level of the office.
	Terms    map[string]map[string]int
	Calendar func(context.Context) *law.Calendar
	Journal  *seal.Service
	Blobs    blob.Store
}

// Service counts.
type Service struct {
	Engines
	store    store
	bus      *event.Bus
	org      *org.Service
	cases    *criminal.Service
	deadline *deadline.Service
	now      func() time.Time
}

// NewService returns a service that keeps its facts in d.
func NewService(d *db.DB, bus *event.Bus, o *org.Service, cases *criminal.Service, clocks *deadline.Service, e Engines, now func() time.Time) *Service {
	return &Service{Engines: e, store: store{d}, bus: bus, org: o, cases: cases, deadline: clocks, now: now}
}

// today is the day it is.
func (s *Service) today() civil.Date { return civil.On(s.now()) }

// signFresh is how long ago one may have proved who one is to sign figures.
const signFresh = 10 * time.Minute

// reach is the office asked for, if the asker may see its figures; the asker's own
// topmost office for "".
func (s *Service) reach(ctx context.Context, v auth.Verb, o auth.Office) (org.Office, error) {
	a := auth.From(ctx)
	if o == "" {
		o = a.Office
	}
	out, err := s.org.Office(ctx, o)
	if err != nil {
		return out, ErrOffice
	}
	if err := auth.RequireIn(ctx, v, out.Path); err != nil {
		return out, errors.Join(ErrOffice, err)
	}
	return out, nil
}

// offices lists the offices whose figures the asker may see.
func (s *Service) offices(ctx context.Context) ([]org.Office, error) {
	reach, err := auth.Reach(ctx, MayRead)
	if err != nil {
		return nil, err
	}
	return s.store.offices(ctx, reach.Like())
}

// Count returns figures of a period. Flows are those of its days; stocks are as they
// stand at its end, or before it with ".start".
func (s *Service) Count(ctx context.Context, q Ask) (out []Count, err error) {
	defer fault.Wrap(&err, "count %s", q.Period)
	o, err := s.reach(ctx, MayRead, q.Office)
	if err != nil {
		return nil, err
	}
	if err := s.Catch(ctx, few); err != nil {
		return nil, err
	}
	return s.count(ctx, o.Path, q)
}

// count is Count for an office known to be open to the asker.
func (s *Service) count(ctx context.Context, path string, q Ask) ([]Count, error) {
	return s.countLike(ctx, path+"%", q)
}

// countLike is count for the offices whose path is like one.
func (s *Service) countLike(ctx context.Context, like string, q Ask) (out []Count, err error) {
	for _, d := range slices.Concat(q.By, keysOf(q.Where)) {
		if !slices.Contains(Dims, d) {
			return nil, ErrDim
		}
	}
	flows, stocks, starts := s.sort(q)
	for _, part := range []struct {
		figures  []string
		from, to civil.Date
		suffix   string
	}{{flows, q.Period.From, q.Period.To, ""}, {stocks, "", q.Period.To, ""}, {starts, "", q.Period.From.Add(-1), Start}} {
		if len(part.figures) == 0 {
			continue
		}
		rows, err := s.store.sum(ctx, like, part.figures, part.from, part.to, q.By, q.Where)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			r.Figure += part.suffix
			out = append(out, r)
		}
	}
	return out, nil
}

func keysOf(m map[Dim][]string) (out []Dim) {
	for d := range m {
		out = append(out, d)
	}
	return out
}

// sort tells flows from stocks. Of every figure both ends of a stock are meant.
func (s *Service) sort(q Ask) (flows, stocks, starts []string) {
	ids := q.Figures
	if len(ids) == 0 {
		for _, f := range s.Figures.All(q.Period.To) {
			ids = append(ids, f.ID)
			if f.Stock() {
				ids = append(ids, f.ID+Start)
			}
		}
	}
	for _, id := range ids {
		base, start := strings.CutSuffix(id, Start)
		f, ok := s.Figures.Get(base, q.Period.To)
		switch {
		case !ok:
		case start:
			starts = append(starts, base)
		case f.Stock():
			stocks = append(stocks, id)
		default:
			flows = append(flows, id)
		}
	}
	return flows, stocks, starts
}

// Lines returns the facts behind a figure, the newest first; of cases that the asker
// may not see only what they add together.
func (s *Service) Lines(ctx context.Context, q Drill) (out Lines, err error) {
	defer fault.Wrap(&err, "cases behind %s", q.Figure)
	o, err := s.reach(ctx, MayRead, q.Office)
	if err != nil {
		return out, err
	}
	base, start := strings.CutSuffix(q.Figure, Start)
	f, ok := s.Figures.Get(base, q.Period.To)
	if !ok {
		return out, ErrFigure
	}
	from, to := q.Period.From, q.Period.To
	if f.Stock() {
		from = ""
	}
	if start {
		to = q.Period.From.Add(-1)
	}
	sums, err := s.store.sum(ctx, o.Path+"%", []string{base}, from, to, nil, q.Where)
	if err != nil {
		return out, err
	}
	for _, c := range sums {
		out.Sum += c.N
	}
	tags := s.cases.Scope(ctx)
	seen, err := s.store.seen(ctx, o.Path+"%", base, from, to, q.Where, tags)
	if err != nil {
		return out, err
	}
	out.Hidden = out.Sum - seen
	rows, err := s.store.lines(ctx, o.Path+"%", base, from, to, f.Stock(), q.Where, tags, q.Oldest, q.After, q.Size()+1)
	if err != nil {
		return out, err
	}
	out.Of = page.Cut(rows, q.Req, func(l Line) string {
		return strings.Join([]string{string(l.Day), string(l.Case), string(l.Person), string(l.Act)}, "~")
	})
	return out, nil
}

// few is how many stale cases a question waits for; more are left to the job.
const few = 50

// Catch makes the facts of stale cases again, at most n of them.
func (s *Service) Catch(ctx context.Context, n int) (err error) {
	defer fault.Wrap(&err, "catch up")
	ids, err := s.store.stale(ctx, n)
	for _, id := range ids {
		if err == nil {
			err = s.refresh(ctx, id)
		}
	}
	return err
}

// Behind tells how many cases wait to be counted again.
func (s *Service) Behind(ctx context.Context) (int, error) { return s.store.countStale(ctx) }

// mark notes that the facts of a case may not be right any more, in the transaction
// that changes it.
func (s *Service) mark(ctx context.Context, id criminal.ID) error {
	return db.Late(ctx, s.store.db, "stats.stale", func(ctx context.Context, ids []criminal.ID) error {
		slices.Sort(ids)
		return s.store.mark(ctx, slices.Compact(ids), s.now())
	}, id)
}

// refresh makes the facts of one case again.
func (s *Service) refresh(ctx context.Context, id criminal.ID) (err error) {
	defer fault.Wrap(&err, "facts of case %s", id)
	return s.store.db.Tx(db.Outside(ctx), func(ctx context.Context) error {
		if err := s.store.hold(ctx); err != nil {
			return err
		}
		if err := s.store.unmark(ctx, id); err != nil {
			return err
		}
		var fresh []figure.Fact
		h, c, err := s.cases.Ledger(ctx, id)
		switch {
		case errors.Is(err, criminal.ErrNone): // taken away
		case err != nil:
			return err
		default:
			ks, err := s.deadline.Clocks(ctx, id, id)
			if err != nil {
				return err
			}
			fresh = s.Figures.Facts(s.cases.Law(ctx), &c, clocks(ks), string(h.Office))
		}
		old, err := s.store.factsOf(ctx, id)
		if err != nil || slices.Equal(old, fresh) {
			return err
		}
		return s.store.replace(ctx, id, old, fresh)
	})
}

// ruleOf names the rule of a time limit, and behind a slash the one it changes or follows.
func ruleOf(k deadline.Clock) string {
	if k.Of == "" {
		return k.Rule
	}
	return k.Rule + "/" + k.Of
}

// clocks are the time limits of a case as figures count them.
func clocks(ks []deadline.Clock) []figure.Clock {
	out := make([]figure.Clock, 0, len(ks))
	for _, k := range ks {
		x := figure.Clock{Rule: ruleOf(k), Act: k.Source, Person: k.Subject, Office: string(k.Office), Legal: k.Legal, Ended: k.Ended, Own: k.Own, Held: k.Held != deadline.Free}
		switch k.State {
		case deadline.Done:
			x.Outcome = figure.Met
		case deadline.Late, deadline.Missed:
			x.Outcome = figure.Late
		case deadline.Running, deadline.Manual, deadline.Stopped:
		case deadline.Extended, deadline.Lapsed, deadline.Noted:
			continue // another link counts, or nothing was due
		}
		out = append(out, x)
	}
	return out
}

// Rebuild makes the facts of every case again (tính lại toàn bộ). tell is called after
// every batch with how many cases are done.
func (s *Service) Rebuild(ctx context.Context, tell func(done int) error) (err error) {
	defer fault.Wrap(&err, "rebuild facts")
	ctx = db.Outside(ctx)
	done := 0
	var last criminal.ID
	for more := true; more; {
		var batch []counted
		more = false
		err := s.cases.Ledgers(ctx, last, "", func(h criminal.Head, c *ledger.Case) error {
			batch = append(batch, counted{id: h.ID, office: string(h.Office), c: c})
			if len(batch) == batchSize {
				more = true
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
		if len(batch) == 0 {
			break
		}
		if err := s.remake(ctx, batch); err != nil {
			return err
		}
		last = batch[len(batch)-1].id
		if done += len(batch); tell != nil {
			if err := tell(done); err != nil {
				return err
			}
		}
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.hold(ctx); err != nil {
			return err
		}
		return s.store.addUp(ctx, s.Digest, s.now())
	})
}

const batchSize = 500

var errEnough = errors.New("enough")

// counted is a case whose facts are made in bulk.
type counted struct {
	id     criminal.ID
	office string
	c      *ledger.Case
}

// remake replaces the facts of some cases; the days are added up at the end.
func (s *Service) remake(ctx context.Context, batch []counted) error {
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.hold(ctx); err != nil {
			return err
		}
		from, to := batch[0].id, batch[len(batch)-1].id
		ks, err := s.deadline.Clocks(ctx, from, to)
		if err != nil {
			return err
		}
		of := map[criminal.ID][]deadline.Clock{}
		for _, k := range ks {
			of[k.Case] = append(of[k.Case], k)
		}
		catalogue := s.cases.Law(ctx)
		facts := make(map[criminal.ID][]figure.Fact, len(batch))
		for _, b := range batch {
			facts[b.id] = s.Figures.Facts(catalogue, b.c, clocks(of[b.id]), b.office)
		}
		return s.store.rewrite(ctx, from, to, facts)
	})
}

// Figure returns a figure as it stands at the end of a period.
func (s *Service) Figure(id string, p period.Period) (figure.Figure, error) {
	f, ok := s.Figures.Get(strings.TrimSuffix(id, Start), p.To)
	if !ok {
		return f, fmt.Errorf("%s: %w", id, ErrFigure)
	}
	return f, nil
}
