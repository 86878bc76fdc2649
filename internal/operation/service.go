package operation

import (
	"context"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
)

// JobID identifies a piece of work.
type JobID = id.Of[job.Job]

// Work is a job as the API shows it: without its payload and its note, which may
// name a case or a file of it. The page of the case knows them.
type Work struct {
	ID       JobID      `json:"id"`
	Kind     string     `json:"kind"`
	State    job.State  `json:"state" enum:"waiting,running,failed,done"`
	Attempts int        `json:"attempts"`
	Made     time.Time  `json:"made"`
	RunAt    time.Time  `json:"run_at"`
	Started  *time.Time `json:"started,omitempty"`
	Ended    *time.Time `json:"ended,omitempty"`
	Ready    int64      `json:"ready"`
	Total    int64      `json:"total"`
	Reason   string     `json:"reason,omitempty"`
	Error    string     `json:"error,omitempty"`
}

func work(j job.Job) Work {
	return Work{j.ID, j.Kind, j.State, j.Attempts, j.Made, j.RunAt, j.Started, j.Ended, j.Ready, j.Total, j.Reason, j.Error}
}

// Service is what those who run the program can see and do.
type Service struct {
	db    *db.DB
	jobs  *job.Runner
	facts Facts
	now   func() time.Time
}

// NewService returns a service that looks after jobs.
func NewService(d *db.DB, jobs *job.Runner, facts Facts, now func() time.Time) *Service {
	return &Service{d, jobs, facts, now}
}

// Missing lists the programs outside that are not there.
func (s *Service) Missing() (out []Tool) {
	for _, t := range s.facts.Tools {
		if !t.Found {
			out = append(out, t)
		}
	}
	return out
}

// State returns how the system stands.
func (s *Service) State(ctx context.Context) (st State, err error) {
	defer fault.Wrap(&err, "system state")
	if err := auth.Require(ctx, MayRead); err != nil {
		return st, err
	}
	st = State{Version: s.facts.Version, Started: s.facts.Started, Now: s.now(), Database: "sqlite", Readers: s.facts.Readers, Tools: s.facts.Tools}
	if s.db.Postgres() {
		st.Database = "postgres"
	}
	counts, err := s.jobs.Counts(ctx)
	for _, by := range counts {
		st.Waiting += by[job.Waiting]
		st.Running += by[job.Running]
		st.Failed += by[job.Failed]
	}
	return st, err
}

// Jobs returns the work that passes f, newest first.
func (s *Service) Jobs(ctx context.Context, f job.Filter) (out page.Of[Work], err error) {
	defer fault.Wrap(&err, "list jobs")
	if err := auth.Require(ctx, MayRead); err != nil {
		return out, err
	}
	rows, err := s.jobs.List(ctx, f)
	out = page.Of[Work]{Items: []Work{}, Next: rows.Next}
	for _, j := range rows.Items {
		out.Items = append(out.Items, work(j))
	}
	return out, err
}

// Retry gives a job that was given up its attempts again.
func (s *Service) Retry(ctx context.Context, id JobID) error { return s.change(ctx, id, s.jobs.Retry) }

// RetryAll does it for every job that was given up, and returns how many.
func (s *Service) RetryAll(ctx context.Context) (n int, err error) {
	defer fault.Wrap(&err, "retry jobs")
	if err := auth.Require(ctx, MayManage); err != nil {
		return 0, err
	}
	for f := (job.Filter{State: job.Failed, Req: page.Req{Limit: 100}}); ; {
		rows, err := s.jobs.List(ctx, f)
		if err != nil {
			return n, err
		}
		for _, j := range rows.Items {
			if err := s.jobs.Retry(ctx, j.ID); err != nil {
				return n, err
			}
			n++
		}
		if f.After = rows.Next; f.After == "" {
			return n, nil
		}
	}
}

// Cancel stops a job that waits or runs.
func (s *Service) Cancel(ctx context.Context, id JobID) error {
	return s.change(ctx, id, s.jobs.Cancel)
}

// Discard forgets a job.
func (s *Service) Discard(ctx context.Context, id JobID) error {
	return s.change(ctx, id, s.jobs.Discard)
}

func (s *Service) change(ctx context.Context, id JobID, f func(context.Context, JobID) error) (err error) {
	defer fault.Wrap(&err, "job %s", id)
	if err := auth.Require(ctx, MayManage); err != nil {
		return err
	}
	return f(ctx, id)
}
