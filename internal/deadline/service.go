package deadline

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/job"
	"congminh/internal/kit/vault"
	"congminh/internal/law"
	"congminh/internal/org"
)

// Engines are what the service works with and does not make.
type Engines struct {
	Jobs *job.Runner
	Log  *slog.Logger
	// Pack returns the law in force in this installation.
	Pack func(ctx context.Context) (*law.Pack, error)
	// Mail and Hook send; nil where the installation has none.
	Mail Sender
	Hook Sender
	// Vault encrypts the secrets that sign hooks; nil: they are kept as they are.
	Vault *vault.Vault
	// Ping tells an outside monitor that the watch is awake; nil for none.
	Ping func(ctx context.Context) error
	// Link makes the address of a case for a message, "/cases/ID" put behind the
	// address people reach the house by.
	Base   string
	Policy Policy
	// Secret makes secrets, of addresses of calendars.
	Secret func() string
	// DBNow is the time by the clock of the database; nil for its own.
	DBNow func(ctx context.Context) (time.Time, error)
}

// Sender takes a message to a person outside the house. What it returns says whether
// the other side has taken it.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Message is what leaves the house: no content of a case, only its number, the rule,
// the end and where to read on.
type Message struct {
	To      string // address: of mail, or https
	Secret  string // signs a hook
	ID      string // the same when it is sent again
	Subject string
	Lines   []Line
	At      time.Time
	Urgent  bool
}

// Line is one warning in a message.
type Line struct {
	Number string `json:"number"`
	Rule   string `json:"rule"`
	Title  string `json:"title"`
	Kind   Kind   `json:"kind"`
	Due    string `json:"due"`
	Link   string `json:"link"`
	Text   string `json:"text"`
}

// Service is what can be done with time limits and warnings. It is the only thing
// another package may call.
type Service struct {
	Engines
	store store
	bus   *event.Bus
	cases *criminal.Service
	org   *org.Service
	now   func() time.Time

	ready atomic.Pointer[Law] // made of the pack that was used last

	mu    sync.Mutex
	boxes map[org.StaffID]map[chan struct{}]bool // who looks at their box
}

// NewService returns a service that watches the cases of c in d.
func NewService(d *db.DB, bus *event.Bus, c *criminal.Service, o *org.Service, e Engines, now func() time.Time) *Service {
	s := &Service{Engines: e, store: store{d}, bus: bus, cases: c, org: o, now: now, boxes: map[org.StaffID]map[chan struct{}]bool{}}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.DBNow == nil {
		s.DBNow = s.store.clockNow
	}
	c.Guard(s.guard)
	return s
}

// laws returns the law in force, made ready.
func (s *Service) laws(ctx context.Context) (*Law, error) {
	p, err := s.Pack(ctx)
	if err != nil {
		return nil, err
	}
	if l := s.ready.Load(); l != nil && l.Pack == p {
		return l, nil
	}
	l := LawOf(p)
	s.ready.Store(l)
	return l, nil
}

// watcher is who acts when nobody asked: the watch itself.
func watcher(ctx context.Context) context.Context {
	v := []auth.Verb{org.MaySelf, org.MayRead}
	return auth.With(ctx, auth.Actor{ID: "deadline", Name: "Bộ theo dõi thời hạn", Office: "tc", Path: []auth.Office{"tc"}, Verbs: v, Below: v})
}

// refresh computes the clocks of a case afresh and writes what is different. Call it
// in the transaction of what changed.
func (s *Service) refresh(ctx context.Context, id criminal.ID) (changed int, err error) {
	defer fault.Wrap(&err, "clocks of case %s", id)
	l, err := s.laws(ctx)
	if err != nil {
		return 0, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lockCase(ctx, id); err != nil {
			return err
		}
		h, c, err := s.cases.Ledger(ctx, id)
		if err != nil {
			return err
		}
		sayings, err := s.store.saidOf(ctx, id)
		if err != nil {
			return err
		}
		stored, err := s.store.clocksOf(ctx, id)
		if err != nil {
			return err
		}
		was, err := s.store.caseRow(ctx, id)
		if err != nil && !errors.Is(err, db.ErrNone) {
			return err
		}
		counts := map[countKey]int{}
		changed, err = s.write(ctx, compute(l, s.Policy, h, &c, sayings), was, stored, counts)
		if err != nil || changed == 0 {
			return err
		}
		if err := s.store.addCounts(ctx, counts); err != nil {
			return err
		}
		return Updated.Emit(ctx, s.bus, UpdatedV1{id, changed})
	})
	return changed, err
}

// write brings what is stored of a case to what was computed, and adds to counts what
// changes there.
func (s *Service) write(ctx context.Context, w watched, was caseRow, stored []Clock, counts map[countKey]int) (changed int, err error) {
	if w.row != was {
		if err := s.store.putCase(ctx, w.row); err != nil {
			return 0, err
		}
	}
	old := make(map[ClockID]*Clock, len(stored))
	for i := range stored {
		old[stored[i].ID] = &stored[i]
	}
	var left []Clock // those that no longer run, or wait for an end, as they did
	for i := range w.clocks {
		k := &w.clocks[i]
		o := old[k.ID]
		delete(old, k.ID)
		k.inherit(o, s.now())
		if o != nil && o.line() == k.line() && o.warns == k.warns && o.warned == k.warned {
			continue
		}
		changed++
		if err := s.store.putClock(ctx, *k); err != nil {
			return changed, err
		}
		if o != nil {
			o.countIn(counts, -1)
			if o.waits() && (k.State != o.State || k.due != o.due) {
				left = append(left, *k)
			}
		}
		k.countIn(counts, 1)
	}
	for _, o := range stored {
		if old[o.ID] == nil {
			continue
		}
		changed++
		if err := s.store.dropClock(ctx, o.ID); err != nil {
			return changed, err
		}
		o.countIn(counts, -1)
		o.State, o.EndedBy = Stopped, "corrected"
		left = append(left, o)
	}
	for _, k := range left {
		if err := s.settle(ctx, k); err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// inherit takes over from what is stored what does not follow from the ledger: when
// the clock was first known, and what was warned of, unless its end moved.
func (k *Clock) inherit(o *Clock, now time.Time) {
	k.made = now
	if o != nil {
		k.made = o.made
		if o.due == k.due && o.late == k.late {
			k.warned = o.warned
		}
	}
	k.warns = next(k.pts, k.warned)
}

func (k *Clock) countIn(counts map[countKey]int, n int) {
	if c, ok := k.countKey(); ok {
		counts[c] += n
	}
}

// guard is asked before an act is entered: it computes the case with and without it,
// and says what is wrong with the ends the act brings.
func (s *Service) guard(ctx context.Context, h criminal.Head, before ledger.Case, a ledger.Act) ([]ledger.Finding, error) {
	l, err := s.laws(ctx)
	if err != nil {
		return nil, err
	}
	return findings(l, h, before, a), nil
}

// levelOf says of what level an office is, by its place in the tree.
func levelOf(path string) string {
	switch strings.Count(path, "/") {
	case 2:
		return "supreme"
	case 3:
		return "province"
	}
	return "region"
}

// sees returns the tags whose cases the asker may see, if they may use this module.
func (s *Service) sees(ctx context.Context, v auth.Verb) ([]string, error) {
	if err := auth.Require(ctx, v); err != nil {
		return nil, err
	}
	return s.cases.Scope(ctx), nil
}

// visible returns a clock of a case the asker may see.
func (s *Service) visible(ctx context.Context, v auth.Verb, id ClockID) (Clock, error) {
	if err := auth.Require(ctx, v); err != nil {
		return Clock{}, err
	}
	k, err := s.store.clock(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return k, ErrNone
	}
	if err != nil {
		return k, err
	}
	c, err := s.cases.Get(ctx, k.Case)
	if errors.Is(err, criminal.ErrNone) {
		return k, ErrNone
	}
	k.Number, k.CaseName = c.Number, c.Name
	return k, err
}

// leads reports whether the asker leads the office at path, or one above it.
func leadsOffice(ctx context.Context, path string) bool {
	a := auth.From(ctx)
	leader := slices.ContainsFunc([]org.Role{org.Chief, org.DeputyChief, org.Head}, func(r org.Role) bool { return a.Is(string(r)) })
	if !leader || a.Office == "" {
		return false
	}
	up := a.Path
	if len(up) == 0 {
		up = []auth.Office{a.Office}
	}
	return strings.HasPrefix(path, auth.Path(up))
}

// refusal is a refusal for one wrong input.
type refusal struct{ *fault.Error }

// Need is fault.Check's, for one input.
func (r refusal) Need(ok bool, name, text string) error {
	var c fault.Check
	c.Need(ok, name, text)
	return c.Err(r.Error)
}
