package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
)

var (
	errTired = errors.New("máy mệt")
	errTorn  = fault.New(fault.Invalid, "jobtest.torn", "Tệp bị rách.")
)

// office is a database with some runners on it, as if each were a process.
type office struct {
	*db.DB
	now atomic.Int64 // seconds after noon
}

func (o *office) clock() time.Time {
	return time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC).Add(time.Duration(o.now.Load()) * time.Second)
}

func (o *office) pass(d time.Duration) { o.now.Add(int64(d / time.Second)) }

func (o *office) runner() *job.Runner {
	return job.NewRunner(o.DB, slog.New(slog.DiscardHandler), o.clock)
}

func each(t *testing.T, f func(t *testing.T, o *office)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(t.Context(), "job", job.Schema()); err != nil {
			t.Fatal(err)
		}
		log := fstest.MapFS{"1.sql": {Data: []byte(`CREATE TABLE work (n BIGINT NOT NULL)`)}}
		if err := d.Migrate(t.Context(), "work", log); err != nil {
			t.Fatal(err)
		}
		f(t, &office{DB: d})
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func only(t *testing.T, r *job.Runner) job.Job {
	t.Helper()
	all, err := r.List(t.Context(), job.Filter{})
	if err != nil || len(all.Items) != 1 {
		t.Fatalf("jobs: %v, %v, want one", all.Items, err)
	}
	return all.Items[0]
}

// start runs r as a process would, until stop is called, which waits.
func start(t *testing.T, r *job.Runner) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func wait[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing happens")
	}
	return v
}

// Eight processes share two hundred jobs, and none is done twice or forgotten.
func TestEveryJobOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		const jobs = 200
		var left sync.WaitGroup
		left.Add(2 * jobs)
		write := func(ctx context.Context, body json.RawMessage) error {
			var n int
			if err := json.Unmarshal(body, &n); err != nil {
				return err
			}
			_, err := o.Exec(ctx, `INSERT INTO work (n) VALUES ($1)`, n)
			return err
		}
		var rs []*job.Runner
		for range 8 {
			r := o.runner()
			r.Handle("short", func(ctx context.Context, body json.RawMessage) error {
				if err := write(ctx, body); err != nil {
					return err
				}
				db.AfterCommit(ctx, left.Done)
				return nil
			})
			r.HandleLong("long", job.Options{Concurrency: 2}, func(ctx context.Context, run *job.Run, body json.RawMessage) error {
				err := run.Finish(ctx, func(ctx context.Context) error { return write(ctx, body) })
				if err == nil {
					left.Done()
				}
				return err
			})
			rs = append(rs, r)
		}
		for i := range jobs {
			must(t, rs[i%8].Put(t.Context(), "short", i))
			must(t, rs[i%8].Put(t.Context(), "long", jobs+i))
		}
		for _, r := range rs {
			start(t, r)
		}
		done := make(chan struct{})
		go func() { left.Wait(); close(done) }()
		wait(t, done)
		got, err := db.All(t.Context(), o.DB, db.Value[int], `SELECT n FROM work ORDER BY n`)
		must(t, err)
		for i := range 2 * jobs {
			if i >= len(got) || got[i] != i {
				t.Fatalf("work done: %d pieces, wrong at %d", len(got), i)
			}
		}
		counts, err := rs[0].Counts(t.Context())
		if err != nil || counts["short"][job.Done] != jobs || counts["long"][job.Done] != jobs {
			t.Errorf("counts: %v, %v", counts, err)
		}
	})
}

// What a transaction that failed put was never there.
func TestPutIsPartOfTheTransaction(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		r := o.runner()
		err := o.Tx(t.Context(), func(ctx context.Context) error {
			must(t, r.Put(ctx, "x", nil))
			return errTired
		})
		if all, _ := r.List(t.Context(), job.Filter{}); !errors.Is(err, errTired) || len(all.Items) != 0 {
			t.Errorf("%v, jobs %v", err, all.Items)
		}
	})
}

func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		err            error
		attempts       int // until it is given up
		reason, failed string
	}{
		"an accident is tried ten times":    {errTired, 10, "", "máy mệt"},
		"a refusal is final":                {fmt.Errorf("đọc: %w", errTorn), 1, "Tệp bị rách.", "đọc: jobtest.torn"},
		"what is marked permanent is final": {job.Permanent(errTired), 1, "", "máy mệt"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, o *office) {
				r := o.runner()
				tried := 0
				r.Handle("x", func(context.Context, json.RawMessage) error { tried++; return c.err })
				must(t, r.Put(t.Context(), "x", nil))
				for range 20 {
					must(t, r.Drain(t.Context()))
					o.pass(2 * time.Hour)
				}
				j := only(t, r)
				if tried != c.attempts || j.State != job.Failed || j.Reason != c.reason || j.Error != c.failed || j.Ended == nil {
					t.Errorf("tried %d times, job %+v, want %d times, failed, %q, %q", tried, j, c.attempts, c.reason, c.failed)
				}
				// A person looks, and has it tried again.
				must(t, r.Retry(t.Context(), j.ID))
				must(t, r.Drain(t.Context()))
				if tried != c.attempts+1 {
					t.Errorf("retry: tried %d times, want %d", tried, c.attempts+1)
				}
			})
		})
	}
}

// Each time it fails it waits longer, by at most a fifth more than it should.
func TestBackOff(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		r := o.runner()
		r.Handle("x", func(context.Context, json.RawMessage) error { panic("vỡ") })
		must(t, r.Put(t.Context(), "x", nil))
		for _, want := range []time.Duration{10 * time.Second, 40 * time.Second, 90 * time.Second, 160 * time.Second} {
			must(t, r.Drain(t.Context()))
			j := only(t, r)
			got := j.RunAt.Sub(o.clock())
			if j.State != job.Waiting || got < want || got > want*6/5 {
				t.Errorf("attempt %d: %s, waits %v, want %v to %v", j.Attempts, j.State, got, want, want*6/5)
			}
			o.pass(want - time.Second)
			must(t, r.Drain(t.Context()))
			if again := only(t, r); again.Attempts != j.Attempts {
				t.Errorf("attempt %d came too early", again.Attempts)
			}
			o.pass(want/5 + 2*time.Second)
		}
	})
}

func TestPriority(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		r := o.runner()
		var got []string
		r.Handle("x", func(_ context.Context, body json.RawMessage) error {
			got = append(got, string(body))
			return nil
		})
		must(t, r.Put(t.Context(), "x", 1))
		must(t, r.Put(t.Context(), "x", 2, job.Priority(-1)))
		must(t, r.Put(t.Context(), "x", 3, job.Priority(5)))
		must(t, r.Put(t.Context(), "x", 4))
		must(t, r.Put(t.Context(), "x", 5, job.At(o.clock().Add(time.Hour)), job.Priority(9)))
		must(t, r.Drain(t.Context()))
		o.pass(time.Hour)
		must(t, r.Drain(t.Context()))
		if want := []string{"3", "1", "4", "2", "5"}; !slices.Equal(got, want) {
			t.Errorf("order %v, want %v", got, want)
		}
	})
}

func TestUnique(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		r := o.runner()
		var got []string
		var fail error
		r.Handle("x", func(ctx context.Context, body json.RawMessage) error {
			must(t, r.PutUnique(ctx, "x", "scan-1", "while it runs"))
			got = append(got, string(body))
			return fail
		})
		put := func(name, payload string) { t.Helper(); must(t, r.PutUnique(t.Context(), "x", name, payload)) }
		put("scan-1", "a")
		put("scan-1", "b")
		put("scan-2", "c")
		must(t, r.Drain(t.Context()))
		if want := []string{`"a"`, `"c"`}; !slices.Equal(got, want) {
			// scan-2 puts scan-1 again, which is done by then.
			if want = append(want, `"while it runs"`); !slices.Equal(got, want) {
				t.Errorf("did %v, want %v", got, want)
			}
		}
		got, fail = nil, job.Permanent(errTired)
		put("scan-3", "d")
		must(t, r.Drain(t.Context()))
		fail = nil
		put("scan-3", "e") // given up: may be tried again
		must(t, r.Drain(t.Context()))
		if !slices.Contains(got, `"d"`) || !slices.Contains(got, `"e"`) {
			t.Errorf("did %v, want d and e", got)
		}
		if failed, err := r.List(t.Context(), job.Filter{State: job.Failed, Kind: "x"}); err != nil || len(failed.Items) != 0 {
			t.Errorf("failed: %v, %v", failed, err)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { put("scan-4", "f") })
		}
		all.Wait()
		if waiting, err := r.List(t.Context(), job.Filter{State: job.Waiting}); err != nil || len(waiting.Items) != 1 {
			t.Errorf("eight at once: %d wait, %v, want 1", len(waiting.Items), err)
		}
	})
}

// A process stops in the middle of a job: the job waits again, having lost nothing.
func TestStopInTheMiddle(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		r, began := o.runner(), make(chan string, 2)
		r.HandleLong("long", job.Options{}, func(ctx context.Context, run *job.Run, _ json.RawMessage) error {
			began <- "long"
			<-ctx.Done()
			return ctx.Err()
		})
		must(t, r.Put(t.Context(), "long", nil))
		stop := start(t, r)
		wait(t, began)
		stop()
		if j := only(t, r); j.State != job.Waiting || j.Attempts != 0 || j.RunAt.After(o.clock()) {
			t.Errorf("after stop: %+v, want waiting, no attempt lost, due", j)
		}

		again := o.runner()
		again.HandleLong("long", job.Options{}, func(context.Context, *job.Run, json.RawMessage) error { return nil })
		must(t, again.Drain(t.Context()))
		if j := only(t, r); j.State != job.Done || j.Attempts != 1 {
			t.Errorf("at the end: %+v, want done at the first attempt", j)
		}
	})
}

// A process hangs past its lease. Another does the job; what the first writes
// when it wakes does not count.
func TestLostLease(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		slow, quick := o.runner(), o.runner()
		began, wake, ended := make(chan bool), make(chan bool), make(chan error, 1)
		// A lease so long that no heartbeat comes within this test.
		slow.HandleLong("x", job.Options{Lease: time.Hour}, func(ctx context.Context, run *job.Run, _ json.RawMessage) error {
			began <- true
			<-wake
			err := run.Finish(ctx, func(ctx context.Context) error {
				_, err := o.Exec(ctx, `INSERT INTO work (n) VALUES (1)`)
				return err
			})
			ended <- errors.Join(err, run.Progress(ctx, 1, 1, ""), run.Tx(ctx, func(context.Context) error { return nil }))
			return err
		})
		quick.HandleLong("x", job.Options{}, func(ctx context.Context, run *job.Run, _ json.RawMessage) error {
			return run.Finish(ctx, func(ctx context.Context) error {
				_, err := o.Exec(ctx, `INSERT INTO work (n) VALUES (2)`)
				return err
			})
		})
		must(t, slow.Put(t.Context(), "x", nil))
		stop := start(t, slow)
		wait(t, began)
		must(t, quick.Drain(t.Context()))
		if j := only(t, quick); j.State != job.Running {
			t.Fatalf("within the lease: %s, want running", j.State)
		}
		o.pass(2 * time.Hour)
		must(t, quick.Drain(t.Context()))
		close(wake)
		if err := wait(t, ended); !errors.Is(err, job.ErrLost) {
			t.Errorf("the late one: %v, want ErrLost", err)
		}
		stop()
		got, err := db.All(t.Context(), o.DB, db.Value[int], `SELECT n FROM work`)
		if j := only(t, quick); err != nil || !slices.Equal(got, []int{2}) || j.State != job.Done || j.Attempts != 2 {
			t.Errorf("work %v, %v, job %+v, want that of the second only", got, err, j)
		}
	})
}

// While a handler works its lease is renewed, however short it is.
func TestHeartbeat(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		r := o.runner()
		r.HandleLong("x", job.Options{Lease: 30 * time.Millisecond}, func(ctx context.Context, run *job.Run, _ json.RawMessage) error {
			o.pass(time.Hour) // the lease is long over, by this clock
			for {
				j, err := r.Get(ctx, run.ID)
				if err != nil || j.RunAt.After(o.clock()) {
					return err
				}
			}
		})
		must(t, r.Put(t.Context(), "x", nil))
		must(t, r.Drain(t.Context()))
		if j := only(t, r); j.State != job.Done || j.Attempts != 1 {
			t.Errorf("%+v, want done at the first attempt", j)
		}
	})
}

// A job that kills whoever runs it is given up too.
func TestDeadlyJob(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		r := o.runner()
		r.HandleLong("x", job.Options{Attempts: 3}, func(context.Context, *job.Run, json.RawMessage) error {
			t.Error("ran once more")
			return nil
		})
		must(t, r.Put(t.Context(), "x", nil))
		// What three processes that died leave behind.
		_, err := o.Exec(t.Context(), `UPDATE job SET state = 'running', attempts = 3, holder = 'dead'`)
		must(t, err)
		must(t, r.Drain(t.Context()))
		if j := only(t, r); j.State != job.Failed || j.Error == "" {
			t.Errorf("%+v, want failed", j)
		}
	})
}

func TestConcurrency(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		r := o.runner()
		r.Limit = 5
		var now, most atomic.Int32
		began, leave, short := make(chan bool, 10), make(chan bool), make(chan bool, 1)
		work := func(context.Context, *job.Run, json.RawMessage) error {
			most.Store(max(most.Load(), now.Add(1)))
			began <- true
			<-leave
			now.Add(-1)
			return nil
		}
		r.HandleLong("ocr", job.Options{Concurrency: 2}, work)
		r.HandleLong("pdf", job.Options{Concurrency: 9}, work)
		r.Handle("short", func(context.Context, json.RawMessage) error { short <- true; return nil })
		for range 5 {
			must(t, r.Put(t.Context(), "ocr", nil, job.Priority(1)))
		}
		start(t, r)
		wait(t, began)
		wait(t, began)
		must(t, r.Put(t.Context(), "short", nil)) // passes although better jobs wait for a place
		wait(t, short)
		for range 3 {
			must(t, r.Put(t.Context(), "pdf", nil))
		}
		wait(t, began) // two ocr and one pdf; the last two places are for short ones
		must(t, r.Put(t.Context(), "short", nil))
		wait(t, short)
		if n := now.Load(); n != 3 {
			t.Errorf("%d long jobs at once, want 3", n)
		}
		close(leave)
		for range 5 {
			wait(t, began)
		}
		if most.Load() > 3 {
			t.Errorf("%d at once", most.Load())
		}
	})
}

func TestCancelAndDiscard(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		r, began, cause := o.runner(), make(chan bool), make(chan error, 1)
		r.HandleLong("x", job.Options{}, func(ctx context.Context, _ *job.Run, _ json.RawMessage) error {
			began <- true
			<-ctx.Done()
			cause <- context.Cause(ctx)
			return ctx.Err()
		})
		must(t, r.Put(t.Context(), "x", nil))
		stop := start(t, r)
		wait(t, began)
		j := only(t, r)
		if err := r.Discard(t.Context(), j.ID); !errors.Is(err, job.ErrState) {
			t.Errorf("discard of a running job: %v, want ErrState", err)
		}
		must(t, r.Cancel(t.Context(), j.ID))
		if err := wait(t, cause); !errors.Is(err, job.ErrLost) {
			t.Errorf("the handler hears %v, want ErrLost", err)
		}
		stop()
		if j := only(t, r); j.State != job.Failed || j.Reason == "" {
			t.Errorf("after cancel: %+v, want failed with a reason", j)
		}
		if err := r.Cancel(t.Context(), j.ID); !errors.Is(err, job.ErrState) {
			t.Errorf("cancel again: %v, want ErrState", err)
		}
		must(t, r.Discard(t.Context(), j.ID))
		if _, err := r.Get(t.Context(), j.ID); !errors.Is(err, job.ErrNone) {
			t.Errorf("get: %v, want ErrNone", err)
		}
		if err := r.Retry(t.Context(), j.ID); !errors.Is(err, job.ErrNone) {
			t.Errorf("retry: %v, want ErrNone", err)
		}
	})
}

// Three processes keep one timetable.
func TestSchedule(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		var ran atomic.Int32
		var rs []*job.Runner
		for range 3 {
			r := o.runner()
			r.Every("hourly", time.Hour)
			r.Daily("daily", 12, 30) // in half an hour, in Viet Nam
			r.Handle("hourly", func(context.Context, json.RawMessage) error { ran.Add(1); return nil })
			r.Handle("daily", func(context.Context, json.RawMessage) error { ran.Add(100); return nil })
			rs = append(rs, r)
		}
		for _, c := range []struct {
			pass time.Duration
			want int32
		}{
			{0, 0},
			{29 * time.Minute, 0},
			{time.Minute, 100},           // 12:30
			{30 * time.Minute, 101},      // 13:00
			{time.Hour, 102},             // 14:00
			{time.Minute, 102},           //
			{20 * time.Hour, 103},        // 10:01 the next day: one for all that were missed
			{2*time.Hour + 30*60e9, 204}, // 12:31
		} {
			o.pass(c.pass)
			var all sync.WaitGroup
			for _, r := range rs {
				all.Go(func() {
					if err := r.Drain(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if got := ran.Load(); got != c.want {
				t.Errorf("at %s: %d, want %d", o.clock(), got, c.want)
			}
		}
	})
}

// Who watches a topic sees how it stands and how it goes on; a page loaded again
// sees the same.
func TestWatch(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		r, page := o.runner(), make(chan bool)
		r.HandleLong("read", job.Options{}, func(ctx context.Context, run *job.Run, _ json.RawMessage) error {
			for i := range 3 {
				<-page
				o.pass(time.Second)
				if err := run.Progress(ctx, i, 3, fmt.Sprintf("trang %d", i+1)); err != nil {
					return err
				}
				if err := run.Progress(ctx, i, 3, "too soon to be told"); err != nil {
					return err
				}
			}
			<-page
			return nil
		})
		must(t, r.PutUnique(t.Context(), "read", "scan-1", nil, job.Topic("dossier-1")))
		must(t, r.Put(t.Context(), "read", nil, job.Topic("dossier-2"), job.At(o.clock().Add(24*time.Hour))))
		ctx, leave := context.WithCancel(t.Context())
		seen := r.Watch(ctx, "dossier-1")
		// By the wait between, a reader may miss Running before the first page.
		next := func(want string) {
			t.Helper()
			for {
				j := wait(t, seen)
				got := fmt.Sprintf("%s %d/%d %s", j.State, j.Ready, j.Total, j.Note)
				if got == want {
					return
				}
				if got != "running 0/0 " {
					t.Fatalf("saw %s, want %s", got, want)
				}
			}
		}
		next("waiting 0/0 ")
		start(t, r)
		for i := range 3 {
			page <- true
			next(fmt.Sprintf("running %d/3 trang %d", i, i+1))
			if now, err := r.Of(t.Context(), "dossier-1"); err != nil || len(now) != 1 || now[0].Ready != int64(i) {
				t.Errorf("loaded again: %+v, %v", now, err)
			}
		}
		page <- true
		next("done 2/3 trang 3")
		leave()
		for range seen { // ends
		}
	})
}

func TestListGoesOnAndOldOnesGo(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		r := o.runner()
		r.Handle("x", func(context.Context, json.RawMessage) error { return nil })
		for i := range 25 {
			must(t, r.Put(t.Context(), "x", i))
		}
		must(t, r.Drain(t.Context()))
		first, err := r.List(t.Context(), job.Filter{State: job.Done})
		must(t, err)
		rest, err := r.List(t.Context(), job.Filter{State: job.Done, Req: page.Req{After: first.Next}})
		must(t, err)
		if len(first.Items) != 20 || len(rest.Items) != 5 || string(first.Items[0].Payload) != "24" || string(rest.Items[4].Payload) != "0" {
			t.Errorf("pages of %d and %d, from %s", len(first.Items), len(rest.Items), first.Items[0].Payload)
		}
		o.pass(8 * 24 * time.Hour)
		must(t, r.Drain(t.Context()))
		if counts, err := r.Counts(t.Context()); err != nil || len(counts) != 0 {
			t.Errorf("after a week: %v, %v", counts, err)
		}
	})
}
