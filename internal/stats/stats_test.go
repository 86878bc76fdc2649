package stats

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"slices"
	"testing"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/criminal/made"
	"congminh/internal/deadline"
	"congminh/internal/kit"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/auth/password"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/event"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
	"congminh/internal/law"
	"congminh/internal/org"
	"congminh/internal/seal"
	"congminh/internal/stats/period"
)

// office is a demo office with everything the module works with.
type office struct {
	*Service
	t     testing.TB
	d     *db.DB
	cases *criminal.Service
	org   *org.Service
	clock time.Time
}

func open(t testing.TB, d *db.DB, at time.Time) *office {
	t.Helper()
	o := &office{t: t, d: d, clock: at}
	now := func() time.Time { return o.clock }
	jobs := job.NewRunner(d, slog.New(slog.DiscardHandler), now)
	bus := event.NewBus(jobs)
	o.org = org.NewService(d, now, rand.Reader, org.Options{Cost: password.Cost{Memory: 64, Time: 1, Lanes: 1}})
	laws, err := law.NewService(d, bus, nil, now)
	o.ok(err)
	pack, err := law.Load(law.Embedded())
	o.ok(err)
	o.cases = criminal.NewService(d, bus, o.org, func(context.Context) criminal.Law { return pack }, now)
	policy, err := deadline.LoadPolicy(nil)
	o.ok(err)
	clocks := deadline.NewService(d, bus, o.cases, o.org, deadline.Engines{Jobs: jobs, Pack: func(context.Context) (*law.Pack, error) { return pack, nil },
		Policy: policy, Secret: rand.Text, DBNow: func(context.Context) (time.Time, error) { return o.clock, nil }}, now)
	e, err := Load(nil)
	o.ok(err)
	store, err := blob.Open(t.Context(), "file:"+t.TempDir())
	o.ok(err)
	journal := seal.NewService(d, now)
	e.Jobs, e.Journal, e.Blobs = jobs, journal, store
	e.Calendar = func(context.Context) *law.Calendar { return pack.Calendar() }
	o.Service = NewService(d, bus, o.org, o.cases, clocks, e, now)
	for _, m := range []kit.Module{{Name: "job", Schema: job.Schema()}, o.org.Module(), journal.Module(), laws.Module(), o.cases.Module(), clocks.Module(), o.Module()} {
		o.ok(d.Migrate(t.Context(), m.Name, m.Schema))
	}
	clocks.Module().Listen(bus)
	o.Module().Listen(bus)
	o.Module().Jobs(jobs)
	_, err = o.org.Demo(t.Context())
	o.ok(err)
	return o
}

func (o *office) ok(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) as(login string) context.Context {
	o.t.Helper()
	a, err := o.org.ActorOf(o.t.Context(), login)
	o.ok(err)
	return auth.With(o.t.Context(), a)
}

// fill takes over n invented cases of ksv's office.
func (o *office) fill(n int) (ids []criminal.ID) {
	o.t.Helper()
	a := auth.From(o.as("ksv"))
	home, err := o.org.Office(o.as("ksv"), a.Office)
	o.ok(err)
	var all []criminal.Whole
	for i := range n {
		m := made.Make(i, 25, o.today())
		c := criminal.Case{ID: id.New[criminal.Case](), Number: m.Number, Name: m.Name, Office: a.Office, Stage: criminal.Report, Status: criminal.Open, Created: o.clock}
		for _, p := range m.Ledger.Parties {
			c.Persons = append(c.Persons, criminal.Person{ID: p.ID, Name: p.Name, Role: criminal.Role(p.Role), Born: p.Born})
		}
		all = append(all, criminal.Whole{Case: c, Path: home.Path, Ledger: m.Ledger.Acts,
			Staff: []criminal.Assignment{{Staff: org.StaffID(a.ID), Task: criminal.Conducts, From: o.today()}}})
		ids = append(ids, c.ID)
	}
	o.ok(o.cases.Bulk(o.as("ksv"), all))
	return ids
}

// dump is everything that was counted.
func (o *office) dump() (out []string) {
	o.t.Helper()
	days, err := db.All(o.t.Context(), o.d, func(r db.Row) (string, error) {
		var a, b, c string
		var n int64
		err := r.Scan(&a, &b, &c, &n)
		return fmt.Sprintln("day", a, b, c, n), err
	}, `SELECT office, figure, day, n FROM stats_day ORDER BY office, figure, day`)
	o.ok(err)
	ids, err := db.All(o.t.Context(), o.d, db.Value[criminal.ID], `SELECT DISTINCT case_id FROM stats_fact ORDER BY case_id`)
	o.ok(err)
	for _, id := range ids {
		facts, err := o.store.factsOf(o.t.Context(), id)
		o.ok(err)
		for _, f := range facts {
			days = append(days, fmt.Sprintln(id, f))
		}
	}
	return days
}

// Whatever people do, what was counted step by step is what is counted from nothing.
func TestIncrementalIsFull(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d, time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC))
		ids := o.fill(30)
		o.ok(o.Rebuild(t.Context(), nil))
		r := mathrand.New(mathrand.NewPCG(1, 2))
		ctx := o.as("ksv")
		done := 0
		for range 150 {
			id := ids[r.IntN(len(ids))]
			c, _, err := o.cases.Acts(ctx, id, "")
			o.ok(err)
			standing := ledger.Standing(&c)
			if len(standing) == 0 {
				continue
			}
			a := standing[r.IntN(len(standing))]
			o.clock = o.clock.Add(time.Hour)
			switch r.IntN(3) {
			case 0:
				_, _, err = o.cases.Void(ctx, id, a.ID, "nhập nhầm vụ")
			case 1:
				b := a
				b.ID, b.At = "", ledger.Moment(a.At.Day().Add(1-r.IntN(40)))+a.At[10:]
				_, _, err = o.cases.Correct(ctx, id, a.ID, b, "sai ngày")
			case 2:
				_, _, err = o.cases.Record(ctx, id, ledger.Act{Kind: "investigation.request", At: ledger.Moment(o.today())})
			}
			if err == nil {
				done++
			}
			if r.IntN(10) == 0 {
				o.ok(o.Catch(t.Context(), 1000))
			}
		}
		if done < 40 {
			t.Fatalf("only %d of 150 changes were accepted: the test says little", done)
		}
		o.ok(o.Catch(t.Context(), 1000))
		step := o.dump()
		o.ok(o.Rebuild(t.Context(), nil))
		full := o.dump()
		if !slices.Equal(step, full) {
			for i := range min(len(step), len(full)) {
				if step[i] != full[i] {
					t.Fatalf("after %d changes, line %d: step by step\n%s, from nothing\n%s", done, i, step[i], full[i])
				}
			}
			t.Fatalf("%d lines step by step, %d from nothing", len(step), len(full))
		}
	})
}

// What a figure is and what the facts behind it add is one.
func TestLinesAddUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d, time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC))
		o.fill(60)
		o.ok(o.Rebuild(t.Context(), nil))
		ctx := o.as("vientruong")
		p := period.Of(period.Year, "2026-11-28")
		counts, err := o.Count(ctx, Ask{Period: p})
		o.ok(err)
		if len(counts) < 5 {
			t.Fatal("too few figures to say anything", counts)
		}
		for _, c := range counts {
			l, err := o.Lines(ctx, Drill{Req: page.Req{Limit: 500}, Period: p, Figure: c.Figure})
			o.ok(err)
			sum := int64(0)
			for _, x := range l.Items {
				sum += int64(x.N)
			}
			if l.Sum != c.N || l.Hidden != 0 || sum != c.N {
				t.Errorf("%s is %d; its %d lines add up to %d, hidden %d", c.Figure, c.N, len(l.Items), sum, l.Hidden)
			}
		}
	})
}
