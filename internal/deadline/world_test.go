package deadline

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/auth/password"
	"congminh/internal/kit/db"
	"congminh/internal/kit/event"
	"congminh/internal/kit/job"
	"congminh/internal/law"
	"congminh/internal/org"
)

// world is an office with people, one law, and a clock that is set by hand.
type world struct {
	*Service
	t     *testing.T
	d     *db.DB
	org   *org.Service
	cases *criminal.Service
	jobs  *job.Runner
	clock time.Time
	dbAt  time.Duration // the clock of the database goes ahead by this
	mail  *outbox
	hook  *outbox
}

// outbox is a channel that may be down.
type outbox struct {
	mu   sync.Mutex
	sent []Message
	down error
}

func (o *outbox) Send(_ context.Context, m Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.down != nil {
		return o.down
	}
	o.sent = append(o.sent, m)
	return nil
}

func (o *outbox) to(address string) (out []Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.sent {
		if m.To == address {
			out = append(out, m)
		}
	}
	return out
}

var errDown = errors.New("connection refused")

func open(t *testing.T, d *db.DB, at string) *world {
	t.Helper()
	w := &world{t: t, d: d, clock: minute(at), mail: &outbox{}, hook: &outbox{}}
	now := func() time.Time { return w.clock }
	w.jobs = job.NewRunner(d, slog.New(slog.DiscardHandler), now)
	bus := event.NewBus(w.jobs)
	w.org = org.NewService(d, now, rand.Reader, org.Options{Cost: password.Cost{Memory: 64, Time: 1, Lanes: 1}})
	laws, err := law.NewService(d, bus, nil, now)
	w.must(err)
	pack, err := law.Load(law.Embedded())
	w.must(err)
	w.cases = criminal.NewService(d, bus, w.org, func(context.Context) criminal.Law { return pack }, now)
	w.Service = NewService(d, bus, w.cases, w.org, Engines{
		Jobs: w.jobs, Pack: func(context.Context) (*law.Pack, error) { return pack, nil }, Mail: w.mail, Hook: w.hook,
		Base: "https://congminh.example", Policy: testPolicy(t), Secret: rand.Text,
		DBNow: func(context.Context) (time.Time, error) { return w.clock.Add(w.dbAt), nil },
	}, now)
	for _, m := range []kit.Module{{Name: "job", Schema: job.Schema()}, w.org.Module(), laws.Module(), w.cases.Module(), w.Module()} {
		w.must(d.Migrate(t.Context(), m.Name, m.Schema))
	}
	w.Module().Listen(bus)
	w.Module().Jobs(w.jobs)
	_, err = w.org.Demo(t.Context())
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) as(login string) context.Context {
	w.t.Helper()
	a, err := w.org.ActorOf(w.t.Context(), login)
	w.must(err)
	return auth.With(w.t.Context(), a)
}

func (w *world) staff(login string) org.StaffID {
	w.t.Helper()
	a, err := w.org.ActorOf(w.t.Context(), login)
	w.must(err)
	return org.StaffID(a.ID)
}

// theft is a case in the charge of ksv: theft of the first clause, one accused.
func (w *world) theft(number string) (c criminal.Case, accused ledger.PartyID) {
	w.t.Helper()
	c, err := w.cases.Create(w.as("ksv"), criminal.New{Number: number, Name: "Vàng A Lềnh – Trộm cắp tài sản", Stage: criminal.Report,
		Persons: []criminal.Person{{Name: "Vàng A Lềnh", Role: criminal.Accused, Born: "1990-05-01"}}})
	w.must(err)
	w.must(w.cases.Assign(w.as("vientruong"), c.ID, w.staff("ksv"), criminal.Conducts))
	c, err = w.cases.Detail(w.as("ksv"), c.ID)
	w.must(err)
	return c, ledger.PartyID(c.Persons[0].ID)
}

// act enters an act; by whom the catalogue says first.
func (w *world) act(c criminal.Case, kind, at string, more ...func(*ledger.Act)) ledger.Act {
	w.t.Helper()
	a := ledger.Act{Kind: kind, At: ledger.Moment(at)}
	for _, f := range more {
		f(&a)
	}
	a, found, err := w.cases.Record(w.as("ksv"), c.ID, a)
	if err != nil {
		w.t.Fatalf("%s at %s: %v %+v", kind, at, err, found)
	}
	return a
}

func of(p ...ledger.PartyID) func(*ledger.Act) { return func(a *ledger.Act) { a.Parties = p } }
func until(m string) func(*ledger.Act)         { return func(a *ledger.Act) { a.Until = ledger.Moment(m) } }
func numbered(n string) func(*ledger.Act)      { return func(a *ledger.Act) { a.Number = n } }
func charged(article, clause string) func(*ledger.Act) {
	return func(a *ledger.Act) { a.Charges = []ledger.Charge{{Article: article, Clause: clause}} }
}
func field(name, value string) func(*ledger.Act) {
	return func(a *ledger.Act) {
		if a.Fields == nil {
			a.Fields = map[string]string{}
		}
		a.Fields[name] = value
	}
}

// clockOf returns the clock of a rule; of those of one chain the last.
func (w *world) clockOf(c criminal.Case, rule string) (out Clock) {
	w.t.Helper()
	ks, err := w.OfCase(w.as("vientruong"), c.ID)
	w.must(err)
	found := false
	for _, k := range ks {
		if k.Rule == rule && (!found || k.Seq > out.Seq) {
			out, found = k, true
		}
	}
	if !found {
		for _, k := range ks {
			w.t.Logf("%s %s/%d %s → %s %s", k.Rule, k.Of, k.Seq, k.Start, k.Nominal, k.State)
		}
		w.t.Fatalf("case %s has no clock of %s", c.Number, rule)
	}
	return out
}

// at sets the clock.
func (w *world) at(s string) { w.clock = minute(s) }

// tick lets the watch look once, and what waits go out.
func (w *world) tick() {
	w.t.Helper()
	w.must(w.Tick(w.t.Context()))
	w.must(w.send(w.t.Context()))
}

// calm is a check that everything computed afresh is what is stored.
func (w *world) calm() {
	w.t.Helper()
	n, err := w.Night(w.t.Context())
	w.must(err)
	if n.Different != 0 {
		ds, _ := w.store.differences(w.t.Context(), n.ID, 10)
		w.t.Fatalf("%d differences between incremental and batch: %+v", n.Different, ds)
	}
}

func secretOf(c criminal.Case) criminal.New {
	return criminal.New{Number: c.Number, Name: c.Name, Stage: c.Stage, Status: c.Status, Secrecy: 1, Opened: c.Opened, Persons: c.Persons}
}
