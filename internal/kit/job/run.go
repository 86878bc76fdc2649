package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"runtime/debug"
	"sync"
	"time"

	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
)

// Run does jobs until ctx is done. Then it ends the contexts of those that run,
// waits for their handlers, and gives unfinished jobs back as if they had never
// been taken.
func (r *Runner) Run(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if err := r.tend(ctx); err != nil && ctx.Err() == nil {
			r.log.ErrorContext(ctx, "jobs", "error", err)
		}
		for ctx.Err() == nil {
			j, err := r.take(ctx)
			if errors.Is(err, db.ErrNone) {
				break
			}
			if err != nil {
				r.log.ErrorContext(ctx, "jobs", "error", err)
				break
			}
			all.Go(func() {
				defer poke(r.wake) // a place is free
				defer r.leave(j.Kind)
				if err := r.do(ctx, j); err != nil {
					// Its lease will run out, and it will be taken again.
					r.log.ErrorContext(ctx, "job not settled", "kind", j.Kind, "id", j.ID, "error", err)
				}
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-tick.C:
		}
	}
}

// Drain does every job that is due, one by one, and returns. Tests call it in
// place of Run.
func (r *Runner) Drain(ctx context.Context) error {
	for {
		if err := r.tend(ctx); err != nil {
			return err
		}
		j, err := r.take(ctx)
		if errors.Is(err, db.ErrNone) {
			return nil
		}
		if err != nil {
			return err
		}
		err = r.do(ctx, j)
		r.leave(j.Kind)
		if err != nil {
			return err
		}
	}
}

// take claims the next job there is a place for. leave must follow.
func (r *Runner) take(ctx context.Context) (Job, error) {
	r.places.Lock()
	defer r.places.Unlock()
	all, long := 0, 0
	for kind, n := range r.busy {
		all += n
		if r.handlers[kind].long != nil {
			long += n
		}
	}
	var kinds []string
	for kind, h := range r.handlers {
		if all < r.Limit && (h.long == nil || r.busy[kind] < h.Concurrency && long < max(1, r.Limit-2)) {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) == 0 {
		return Job{}, db.ErrNone
	}
	// A claim that was committed but not heard of would cost the job an attempt.
	j, err := r.claim(context.WithoutCancel(ctx), kinds)
	if err == nil {
		r.busy[j.Kind]++
	}
	return j, err
}

func (r *Runner) leave(kind string) {
	r.places.Lock()
	defer r.places.Unlock()
	r.busy[kind]--
}

// do runs a job that was claimed and settles it.
func (r *Runner) do(stop context.Context, j Job) error {
	h := r.handlers[j.Kind]
	r.nudge(j.Topic)
	defer r.nudge(j.Topic)
	settle := context.WithoutCancel(stop)
	if j.Attempts > h.Attempts { // it was given back because its process died
		return r.fail(settle, j, errors.New(j.Error))
	}

	ctx, cancel := context.WithCancelCause(settle)
	defer cancel(nil)
	defer context.AfterFunc(stop, func() { cancel(errStopped) })()
	r.mu.Lock()
	r.running[j.ID] = cancel
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.running, j.ID)
	}()

	var err error
	if h.long != nil {
		err = r.doLong(ctx, cancel, h, j)
	} else {
		err = r.db.Tx(ctx, func(ctx context.Context) error {
			if err := calm(func() error { return h.short(ctx, j.Payload) }); err != nil {
				return err
			}
			return r.finish(ctx, j)
		})
	}
	if err == nil {
		return nil
	}
	log := r.log.With("kind", j.Kind, "id", j.ID, "attempt", j.Attempts, "error", err)
	switch {
	case errors.Is(err, ErrLost) || errors.Is(context.Cause(ctx), ErrLost):
		log.WarnContext(settle, "job lost")
		return nil
	case errors.Is(context.Cause(ctx), errStopped):
		log.InfoContext(settle, "job given back")
		return r.giveBack(settle, j)
	case isPermanent(err) || j.Attempts >= h.Attempts:
		log.ErrorContext(settle, "job given up")
		return r.fail(settle, j, err)
	}
	log.WarnContext(settle, "job failed")
	return r.again(settle, j, err)
}

func (r *Runner) doLong(ctx context.Context, cancel context.CancelCauseFunc, h handler, j Job) error {
	if err := r.renew(ctx, j, h.Lease); err != nil {
		return err
	}
	var beat sync.WaitGroup
	defer beat.Wait()
	over, end := context.WithCancel(ctx)
	defer end()
	beat.Go(func() { r.heartbeat(over, cancel, h.Lease, j) })

	run := &Run{Job: j, runner: r, lost: cancel}
	if err := calm(func() error { return h.long(ctx, run, j.Payload) }); err != nil {
		return err
	}
	if run.finished {
		return nil
	}
	return r.finish(context.WithoutCancel(ctx), j) // it did all it wanted, though the house is closing
}

// heartbeat renews a lease until ctx is done, and ends the run when the lease is lost.
func (r *Runner) heartbeat(ctx context.Context, lost context.CancelCauseFunc, lease time.Duration, j Job) {
	tick := time.NewTicker(lease / 3)
	defer tick.Stop()
	missed := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		switch err := r.renew(ctx, j, lease); {
		case ctx.Err() != nil:
			return
		case err == nil:
			missed = 0
		default:
			missed++
			r.log.WarnContext(ctx, "lease not renewed", "kind", j.Kind, "id", j.ID, "error", err)
			if errors.Is(err, ErrLost) || missed == 3 { // by now another may have it
				lost(ErrLost)
				return
			}
		}
	}
}

// calm makes a panic an error.
func calm(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// Run is one attempt at a long job.
type Run struct {
	Job // as it was when it was taken

	runner   *Runner
	lost     context.CancelCauseFunc
	finished bool

	mu   sync.Mutex
	told time.Time
	ends bool // the last one told was the end
}

const often = 500 * time.Millisecond

// Progress notes how far the run is, for all to see. It may be called as often as
// one likes: only two a second are written, and the first and the last. The error
// is ErrLost when another has the job.
func (r *Run) Progress(ctx context.Context, ready, total int, note string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, ends := r.runner.now(), ready == total && total > 0
	if now.Sub(r.told) < often && (!ends || r.ends) {
		return nil
	}
	r.told, r.ends = now, ends
	if err := r.runner.progress(ctx, r.Job, ready, total, note); err != nil {
		if errors.Is(err, ErrLost) {
			r.lost(ErrLost)
		}
		return fmt.Errorf("progress: %w", err)
	}
	db.AfterCommit(ctx, func() { r.runner.nudge(r.Topic) })
	return nil
}

// Tx runs f in a transaction that commits only if the job is still this run's.
func (r *Run) Tx(ctx context.Context, f func(context.Context) error) error {
	return r.runner.db.Tx(ctx, func(ctx context.Context) error {
		if err := r.runner.hold(ctx, r.Job); err != nil {
			return err
		}
		return f(ctx)
	})
}

// Finish runs f in the transaction that makes the job done: what f writes is
// written once, however often the job was tried. The handler should return nil
// after it.
func (r *Run) Finish(ctx context.Context, f func(context.Context) error) error {
	err := r.runner.db.Tx(ctx, func(ctx context.Context) error {
		if err := r.runner.finish(ctx, r.Job); err != nil {
			return err
		}
		return f(ctx)
	})
	if err == nil {
		r.finished = true
	}
	return err
}

// backOff is how long to wait after an attempt: 10 s, 40 s, 90 s … at most an
// hour, and up to a fifth more so that jobs that failed together do not return
// together. The fifth is drawn from the job itself, so a test can foresee it.
func backOff(job id.Of[Job], attempt int) time.Duration {
	d := min(time.Duration(attempt*attempt)*10*time.Second, time.Hour)
	h := fnv.New32a()
	fmt.Fprint(h, job, attempt)
	return d + d*time.Duration(h.Sum32()%1000)/5000
}

type schedule struct {
	kind string
	next func(time.Time) time.Time // the first moment after
}

// Every puts a job of kind each time a multiple of d has passed, counted from the
// epoch. However many processes say so, the job is put once; moments that passed
// while none was running are made up for with one job.
func (r *Runner) Every(kind string, d time.Duration) {
	r.schedules = append(r.schedules, schedule{kind, func(t time.Time) time.Time { return t.Truncate(d).Add(d) }})
}

// Daily is Every for a time of day in Viet Nam.
func (r *Runner) Daily(kind string, hour, minute int) {
	vn := time.FixedZone("+07", 7*60*60) // without summer time since 1975
	r.schedules = append(r.schedules, schedule{kind, func(t time.Time) time.Time {
		t = t.In(vn)
		at := time.Date(t.Year(), t.Month(), t.Day(), hour, minute, 0, 0, vn)
		if !at.After(t) {
			at = at.AddDate(0, 0, 1)
		}
		return at
	}})
}

// tend frees jobs whose process died, puts scheduled ones and forgets old ones.
func (r *Runner) tend(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "tend jobs")
	now := r.now()
	if err := r.free(ctx, now); err != nil {
		return err
	}
	for _, s := range r.schedules {
		if err := r.tick(ctx, s, now); err != nil {
			return err
		}
	}
	r.mu.Lock()
	prune := now.Sub(r.pruned) >= time.Hour
	if prune {
		r.pruned = now
	}
	r.mu.Unlock()
	if prune {
		return r.prune(ctx, now.Add(-keep))
	}
	return nil
}

func (r *Runner) tick(ctx context.Context, s schedule, now time.Time) error {
	due, err := r.due(ctx, s.kind)
	if errors.Is(err, db.ErrNone) {
		return r.schedule(ctx, s.kind, s.next(now))
	}
	next := s.next(now)
	switch {
	case err != nil:
		return err
	case due.After(next): // the timetable was changed
		_, err := r.move(ctx, s.kind, due, next)
		return err
	case due.After(now):
		return nil
	}
	return r.db.Tx(ctx, func(ctx context.Context) error {
		won, err := r.move(ctx, s.kind, due, next)
		if err != nil || !won { // another process was quicker
			return err
		}
		return r.PutUnique(ctx, s.kind, "schedule", json.RawMessage(`{}`))
	})
}
