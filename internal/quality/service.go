package quality

import (
	"context"
	"errors"
	"time"

	"congminh/internal/access"
	"congminh/internal/criminal"
	"congminh/internal/deadline"
	"congminh/internal/dossier"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/event"
	"congminh/internal/kit/job"
	"congminh/internal/org"
	"congminh/internal/quality/indicator"
	"congminh/internal/quality/watchlist"
	"congminh/internal/seal"
	"congminh/internal/stats"
)

// Engines is what the service works with; Load reads what is data.
type Engines struct {
	Jobs    *job.Runner
	Journal *seal.Service

	Sets       *indicator.Sets
	FaultKinds []FaultKind
	Patterns   []Pattern
	Watch      *watchlist.Set

	Review Method
	Ask    func(context.Context, access.New) ([]access.Request, error) // for the right to read a file; nil: by hand
}

// Service measures, reviews and supervises.
type Service struct {
	Engines
	store    store
	bus      *event.Bus
	org      *org.Service
	cases    *criminal.Service
	stats    *stats.Service
	deadline *deadline.Service
	files    *dossier.Service
	now      func() time.Time
}

// NewService returns a service that keeps what it knows in d.
func NewService(d *db.DB, bus *event.Bus, o *org.Service, cases *criminal.Service, figures *stats.Service, clocks *deadline.Service, files *dossier.Service, e Engines, now func() time.Time) *Service {
	return &Service{Engines: e, store: store{d}, bus: bus, org: o, cases: cases, stats: figures, deadline: clocks, files: files, now: now}
}

// today is the day it is.
func (s *Service) today() civil.Date { return civil.On(s.now()) }

// reach is the office asked for, if the asker may do v there; the asker's own for "".
func (s *Service) reach(ctx context.Context, v auth.Verb, o auth.Office) (org.Office, error) {
	if o == "" {
		o = auth.From(ctx).Office
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

// offices lists the offices for which the asker may do v, as a tree is read.
func (s *Service) offices(ctx context.Context, v auth.Verb) ([]org.Office, error) {
	reach, err := auth.Reach(ctx, v)
	if err != nil {
		return nil, err
	}
	return s.store.offices(ctx, reach.Like())
}

// note writes into the journal what was done, in the transaction that does it.
func (s *Service) note(ctx context.Context, verb, object string, more map[string]string) error {
	return s.Journal.Note(ctx, seal.Entry{At: s.now(), Verb: verb, Object: object, More: more})
}
