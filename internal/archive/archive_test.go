package archive

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/dossier"
	"congminh/internal/kit"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/auth/password"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
	"congminh/internal/kit/search"
	"congminh/internal/law"
	"congminh/internal/org"
	"congminh/internal/seal"
)

// world is an office with people, cases, a journal, and a clock that is set by hand.
type world struct {
	*Service
	t       *testing.T
	d       *db.DB
	bus     *event.Bus
	org     *org.Service
	journal *seal.Service
	jobs    *job.Runner
	list    []criminal.Case
	clock   time.Time
}

func open(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, d: d, clock: time.Date(2026, 11, 26, 9, 0, 0, 0, civil.Zone)}
	now := func() time.Time { return w.clock }
	w.jobs = job.NewRunner(d, slog.New(slog.DiscardHandler), now)
	w.bus = event.NewBus(w.jobs)
	w.org = org.NewService(d, now, rand.Reader, org.Options{Cost: password.Cost{Memory: 64, Time: 1, Lanes: 1}})
	pack, err := law.Load(law.Embedded())
	w.ok(err)
	cases := criminal.NewService(d, w.bus, w.org, func(context.Context) criminal.Law { return pack }, now)
	index := search.New(d)
	w.journal = seal.NewService(d, now)
	files := dossier.NewService(d, w.bus, cases, dossier.Engines{Index: index, Jobs: w.jobs, Journal: w.journal}, now)
	w.Service = NewService(d, w.bus, w.org, cases, files, w.journal, now)
	w.ok(index.Migrate(t.Context()))
	for _, m := range []kit.Module{{Name: "job", Schema: job.Schema()}, w.org.Module(), cases.Module(), w.journal.Module(), files.Module(), w.Module()} {
		w.ok(d.Migrate(t.Context(), m.Name, m.Schema))
	}
	w.Module().Listen(w.bus)
	w.Module().Jobs(w.jobs)
	_, err = w.org.Demo(t.Context())
	w.ok(err)
	w.list, err = cases.Demo(t.Context())
	w.ok(err)
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) as(login string) context.Context {
	w.t.Helper()
	a, err := w.org.ActorOf(w.t.Context(), login)
	w.ok(err)
	return auth.With(w.t.Context(), a)
}

func (w *world) staff(login string) org.StaffID {
	return org.StaffID(auth.From(w.as(login)).ID)
}

// on sets the clock to nine in the morning of a day.
func (w *world) on(day civil.Date) { w.clock = day.Start().Add(9 * time.Hour) }

// file is a file of a case with n folios.
func (w *world) file(c criminal.Case, n int) dossier.Dossier {
	w.t.Helper()
	d, err := w.files.Create(w.as("vanthu"), dossier.New{Case: c.ID, Kind: dossier.ProcuracyFile, Title: "Hồ sơ kiểm sát " + c.Number})
	w.ok(err)
	_, err = w.d.Exec(w.t.Context(), `UPDATE dossier SET last_folio = $2 WHERE id = $1`, d.ID, n)
	w.ok(err)
	return d
}

// close closes a file as its module does, which needs scans to do it.
func (w *world) close(d dossier.Dossier, n int) {
	w.t.Helper()
	ctx := w.as("vanthu")
	w.ok(w.d.Tx(ctx, func(ctx context.Context) error {
		if _, err := w.d.Exec(ctx, `UPDATE dossier SET state = 'closed', closed = $2, closed_by = 'x' WHERE id = $1`, d.ID, w.clock); err != nil {
			return err
		}
		return dossier.ClosedIn.Emit(ctx, w.bus, dossier.ClosedV1{Dossier: d.ID, Case: d.Case, LastFolio: n})
	}))
}

var shelf = Place{Room: "Kho 1", Cabinet: "Tủ 3", Shelf: "Giá 2"}

func (w *world) volume(d dossier.ID, from, to int) Volume {
	w.t.Helper()
	v, err := w.AddVolume(w.as("vanthu"), d, NewVolume{From: from, To: to, Place: shelf})
	w.ok(err)
	return v
}

func (w *world) slip(to string, vs ...VolumeID) NewSlip {
	return NewSlip{Volumes: vs, Borrower: w.staff(to), Purpose: "Nghiên cứu để tham gia phiên tòa", Due: w.today().Add(10), Approver: w.staff("vientruong")}
}

// wrong is the names of the inputs that err complains of.
func wrong(err error) string {
	if !errors.Is(err, ErrInvalid) {
		return fmt.Sprint(err)
	}
	var out []string
	for _, f := range fault.From(err).Fields {
		out = append(out, f.Name)
	}
	return strings.Join(out, " ")
}

// verbs is the journal of a case, oldest first.
func (w *world) verbs(c criminal.ID) (out []string) {
	w.t.Helper()
	es, err := w.journal.Of(w.t.Context(), seal.Filter{Req: page.Req{Limit: 100}, Case: string(c)})
	w.ok(err)
	for i := len(es.Items) - 1; i >= 0; i-- {
		out = append(out, strings.TrimPrefix(es.Items[i].Verb, "archive."))
	}
	return out
}

func TestVolumes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		clerk := w.as("vanthu")
		f := w.file(w.list[0], 300)
		a := w.volume(f.ID, 1, 120)
		if a.N != 1 || a.Folios != 120 || a.Cite() != "BL 01–120" || a.Where() != Shelved {
			t.Errorf("%+v", a)
		}
		for name, c := range map[string]struct {
			in   NewVolume
			want string
		}{
			"nothing":        {NewVolume{}, "folios"},
			"overlap":        {NewVolume{From: 100, To: 200}, "from"},
			"backwards":      {NewVolume{From: 200, To: 150}, "to folios"},
			"past the end":   {NewVolume{From: 121, To: 301}, "to"},
			"number twice":   {NewVolume{N: 1, From: 121, To: 130}, "n"},
			"only an end":    {NewVolume{To: 130, Folios: 4}, "to"},
			"a long shelf":   {NewVolume{From: 121, To: 130, Place: Place{Shelf: strings.Repeat("ê", 101)}}, "shelf"},
			"not even pages": {NewVolume{Folios: -3}, "folios"},
		} {
			if _, err := w.AddVolume(clerk, f.ID, c.in); wrong(err) != c.want {
				t.Errorf("%s: %q, want %q", name, wrong(err), c.want)
			}
		}
		if _, err := w.AddVolume(w.as("ksv"), f.ID, NewVolume{Folios: 3}); !errors.Is(err, auth.ErrMay) {
			t.Errorf("a prosecutor records volumes: %v", err)
		}
		b := w.volume(f.ID, 121, 300)
		b, err := w.EditVolume(clerk, b.ID, NewVolume{Title: "Lời khai", From: 121, To: 250})
		w.ok(err)
		if b.Name() != "Tập 2 – Lời khai" || b.Folios != 130 || b.Place != shelf {
			t.Errorf("%+v", b)
		}
		b, err = w.Move(clerk, b.ID, Move{Holder: w.staff("ksv"), Note: "Thụ lý"})
		w.ok(err)
		if b.Where() != Held || b.HolderName != "Giàng A Páo" {
			t.Errorf("%+v", b)
		}
		if _, err := w.Move(clerk, b.ID, Move{}); wrong(err) != "room" {
			t.Errorf("moved nowhere: %v", err)
		}
		if _, err := w.Move(clerk, b.ID, Move{Holder: "nobody"}); wrong(err) != "holder" {
			t.Errorf("moved to nobody: %v", err)
		}
		_, err = w.Move(clerk, b.ID, Move{Place: Place{Room: "Kho 2"}})
		w.ok(err)
		_, steps, err := w.Volume(clerk, b.ID)
		w.ok(err)
		var where []string
		for _, x := range steps {
			if x.Place != "" {
				where = append(where, x.Place)
			}
		}
		if fmt.Sprint(where) != "[Kho 2 Giàng A Páo Kho 1 · Tủ 3 · Giá 2]" {
			t.Errorf("places %v", where)
		}
		// Lists: found without marks, in each order, page by page, each once.
		for _, c := range []struct {
			f    VolumeFilter
			want int
		}{{VolumeFilter{}, 2}, {VolumeFilter{Words: "kho 2"}, 1}, {VolumeFilter{Words: "loi khai"}, 1}, {VolumeFilter{Words: w.list[0].Number}, 2}, {VolumeFilter{Where: Lent}, 0}, {VolumeFilter{Where: Shelved}, 2}, {VolumeFilter{Where: Held}, 0}, {VolumeFilter{Where: Nowhere}, 0}, {VolumeFilter{Where: Gone}, 0}} {
			for _, sort := range []VolumeSort{"", ByCase, ByPlace} {
				c.f.Sort, c.f.Limit, c.f.After = sort, 1, ""
				seen := map[VolumeID]bool{}
				for {
					got, err := w.Volumes(clerk, c.f)
					w.ok(err)
					for _, v := range got.Items {
						seen[v.ID] = true
					}
					if c.f.After = got.Next; got.Next == "" {
						break
					}
				}
				if len(seen) != c.want {
					t.Errorf("%+v: %d volumes, want %d", c.f, len(seen), c.want)
				}
			}
		}
		if got := w.verbs(w.list[0].ID); fmt.Sprint(got) != "[volume volume edit move move]" {
			t.Errorf("journal %v", got)
		}
	})
}

func TestLend(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		clerk, c := w.as("vanthu"), w.list[0]
		f := w.file(c, 100)
		a, b := w.volume(f.ID, 1, 60), w.volume(f.ID, 61, 100)
		other := w.volume(w.file(w.list[1], 10).ID, 1, 10)
		for name, x := range map[string]struct {
			change func(*NewSlip)
			want   string
		}{
			"nothing":                 {func(n *NewSlip) { *n = NewSlip{} }, "volume borrower purpose due approver"},
			"of another case":         {func(n *NewSlip) { n.Volumes = append(n.Volumes, other.ID) }, "volume"},
			"due yesterday":           {func(n *NewSlip) { n.Due = w.today().Add(-1) }, "due"},
			"approved by no leader":   {func(n *NewSlip) { n.Approver = w.staff("ksv2") }, "approver"},
			"approved by who borrows": {func(n *NewSlip) { n.Borrower, n.Approver = w.staff("phovt"), w.staff("phovt") }, "approver"},
			"to another office":       {func(n *NewSlip) { n.Borrower = w.staff("truongphong") }, "borrower"},
		} {
			in := w.slip("ksv", a.ID)
			x.change(&in)
			if _, err := w.Lend(clerk, c.ID, in); wrong(err) != x.want {
				t.Errorf("%s: %q, want %q", name, wrong(err), x.want)
			}
		}
		if _, err := w.Lend(w.as("ksv"), c.ID, w.slip("ksv", a.ID)); !errors.Is(err, auth.ErrMay) {
			t.Errorf("a prosecutor lends: %v", err)
		}
		l, err := w.Lend(clerk, c.ID, w.slip("ksv", a.ID, b.ID))
		w.ok(err)
		if l.Number != "PM-1/2026" || len(l.Volumes) != 2 || l.State(w.today()) != Out {
			t.Errorf("%+v", l)
		}
		if _, err := w.Lend(clerk, c.ID, w.slip("ksv2", a.ID)); !errors.Is(err, ErrOut) {
			t.Errorf("lent twice: %v", err)
		}
		if _, err := w.Move(clerk, a.ID, Move{Place: shelf}); !errors.Is(err, ErrOut) {
			t.Errorf("moved while it is out: %v", err)
		}
		if _, err := w.EditVolume(clerk, a.ID, NewVolume{From: 1, To: 50}); !errors.Is(err, ErrOut) {
			t.Errorf("rewritten while it is out: %v", err)
		}

		// Eleven days later it is overdue, for who lent and for who borrowed.
		w.on(w.today().Add(11))
		for login, mine := range map[string]int{"vanthu": 0, "ksv": 1} {
			desk, err := w.Desk(w.as(login))
			w.ok(err)
			late := append(desk.Overdue, desk.Mine...)
			if len(late) != 1 || len(desk.Mine) != mine || !late[0].Overdue(desk.Today) {
				t.Errorf("desk of %s: overdue %d, mine %d", login, len(desk.Overdue), len(desk.Mine))
			}
		}
		if _, err := w.Renew(clerk, l.ID, Renew{Due: l.Due, Reason: "x"}); wrong(err) != "due" {
			t.Errorf("renewed to the same day: %v", err)
		}
		l, err = w.Renew(clerk, l.ID, Renew{Due: w.today().Add(5), Reason: "Phiên tòa hoãn"})
		w.ok(err)
		if l.Renewals != 1 || len(l.Renewed) != 1 || l.Renewed[0].Was >= l.Due || l.Overdue(w.today()) {
			t.Errorf("%+v", l)
		}

		// One volume comes back with a folio less.
		if _, err := w.TakeBack(clerk, l.ID, []Back{{Volume: a.ID, Folios: 60}}, Place{}); wrong(err) != "folios folios" {
			t.Errorf("half a slip came back: %v", wrong(err))
		}
		l, err = w.TakeBack(clerk, l.ID, []Back{{Volume: a.ID, Folios: 59, State: "Mất tờ cuối, bìa rách"}, {Volume: b.ID, Folios: 40}}, Place{})
		w.ok(err)
		if !l.Differs || l.State(w.today()) != Returned || !l.Volumes[0].Differs() || l.Volumes[1].Differs() {
			t.Errorf("%+v", l)
		}
		a, steps, err := w.Volume(clerk, a.ID)
		w.ok(err)
		if a.Folios != 59 || a.Where() != Shelved || a.Place != shelf || !strings.Contains(steps[0].Note, "giao 60 tờ, nhận lại 59 tờ") {
			t.Errorf("%+v %+v", a, steps[0])
		}
		if _, err := w.TakeBack(clerk, l.ID, []Back{{Volume: a.ID, Folios: 59}, {Volume: b.ID, Folios: 40}}, Place{}); !errors.Is(err, ErrBack) {
			t.Errorf("came back twice: %v", err)
		}

		// A hold keeps a file in the house.
		h, err := w.Hold(w.as("vientruong"), f.ID, "Đang giải quyết khiếu nại số 4")
		w.ok(err)
		if _, err := w.Lend(clerk, c.ID, w.slip("ksv", a.ID)); !errors.Is(err, ErrHeld) {
			t.Errorf("lent under a hold: %v", err)
		}
		_, err = w.Lift(w.as("luutru"), h.ID, "Đã giải quyết xong")
		w.ok(err)
		if _, err := w.Lift(w.as("luutru"), h.ID, "lần nữa"); !errors.Is(err, ErrNoHold) {
			t.Errorf("lifted twice: %v", err)
		}
		l2, err := w.Lend(clerk, c.ID, w.slip("ksv2", a.ID))
		w.ok(err)
		for _, x := range []struct {
			f    SlipFilter
			want string
		}{{SlipFilter{}, "PM-2/2026 PM-1/2026"}, {SlipFilter{Sort: "newest"}, "PM-2/2026 PM-1/2026"}, {SlipFilter{State: Out}, "PM-2/2026"}, {SlipFilter{State: Returned}, "PM-1/2026"},
			{SlipFilter{State: Overdue}, ""}, {SlipFilter{Words: "luong thu"}, "PM-2/2026"}, {SlipFilter{Words: c.Number}, "PM-2/2026 PM-1/2026"}} {
			got, err := w.Slips(clerk, x.f)
			w.ok(err)
			var names []string
			for _, l := range got.Items {
				names = append(names, l.Number)
			}
			if x.f.Sort == "" && len(names) == 2 { // by due date: 12 and 17 December
				names[0], names[1] = names[1], names[0]
			}
			if strings.Join(names, " ") != x.want {
				t.Errorf("%+v: %v, want %s", x.f, names, x.want)
			}
		}
		if l2.Number != "PM-2/2026" {
			t.Errorf("number %s", l2.Number)
		}
	})
}

// Two clerks lend the same volume at once: one slip, and one refusal.
func TestLendRace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		c := w.list[0]
		f := w.file(c, 100)
		a, b := w.volume(f.ID, 1, 60), w.volume(f.ID, 61, 100)
		const at = 8
		errs := make([]error, at)
		ctxs := []context.Context{w.as("vanthu"), w.as("luutru")}
		in := []NewSlip{w.slip("ksv", a.ID, b.ID), w.slip("ksv2", b.ID, a.ID)}
		var all sync.WaitGroup
		for i := range at {
			all.Go(func() { _, errs[i] = w.Lend(ctxs[i%2], c.ID, in[i%2]) })
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, ErrOut):
				t.Errorf("%v", err)
			}
		}
		if won != 1 {
			t.Errorf("%d slips for one volume", won)
		}
		n, err := db.One(t.Context(), d, db.Value[int], `SELECT COUNT(*) FROM archive_slip`)
		w.ok(err)
		if n != 1 {
			t.Errorf("%d slips stored", n)
		}
		if got := w.verbs(c.ID); fmt.Sprint(got) != "[volume volume lend lend]" {
			t.Errorf("journal %v", got)
		}
	})
}

// Paper goes to nobody who may not see the case on the screen.
func TestSecret(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		chief := w.as("vientruong")
		c, err := w.cases.Create(chief, criminal.New{Number: "77/2026/HS", Name: "Vụ án hạn chế", Stage: criminal.Prosecution, Secrecy: 1})
		w.ok(err)
		w.ok(w.cases.Assign(chief, c.ID, w.staff("vanthu"), criminal.Helps))
		f := w.file(c, 10)
		v := w.volume(f.ID, 1, 10)
		if _, err := w.Lend(w.as("vanthu"), c.ID, w.slip("ksv", v.ID)); wrong(err) != "borrower" {
			t.Errorf("lent to who may not see it: %v", err)
		}
		if _, err := w.Move(w.as("vanthu"), v.ID, Move{Holder: w.staff("ksv")}); wrong(err) != "holder" {
			t.Errorf("given to who may not see it: %v", err)
		}
		if _, _, err := w.Volume(w.as("ksv"), v.ID); !errors.Is(err, ErrNoVolume) {
			t.Errorf("seen: %v", err)
		}
		got, err := w.Volumes(w.as("luutru"), VolumeFilter{})
		w.ok(err)
		if len(got.Items) != 0 {
			t.Errorf("listed: %+v", got.Items)
		}
		if _, err := w.Dossier(w.as("quantri"), f.ID); err == nil {
			t.Error("the system administrator sees the paper")
		}
		w.ok(w.cases.Assign(chief, c.ID, w.staff("ksv"), criminal.Conducts))
		_, err = w.Lend(w.as("vanthu"), c.ID, w.slip("ksv", v.ID))
		w.ok(err)
	})
}

func TestHandOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		clerk, ksv, ksv2 := w.as("vanthu"), w.as("ksv"), w.as("ksv2")
		a, b := w.volume(w.file(w.list[0], 60).ID, 1, 60), w.volume(w.file(w.list[1], 40).ID, 1, 40)
		for _, v := range []Volume{a, b} {
			_, err := w.Move(clerk, v.ID, Move{Holder: w.staff("ksv")})
			w.ok(err)
		}
		in := NewHandover{Taker: w.staff("ksv2"), Volumes: []VolumeID{a.ID, b.ID}, Reason: "Thay đổi Kiểm sát viên, Quyết định số 12"}
		if _, err := w.HandOver(ksv2, NewHandover{Giver: w.staff("ksv"), Taker: w.staff("ksv2"), Volumes: in.Volumes, Reason: "x"}); !errors.Is(err, ErrNotYours) {
			t.Errorf("one takes from another's hands: %v", err)
		}
		if _, err := w.HandOver(ksv, NewHandover{Taker: w.staff("ksv")}); wrong(err) != "taker volume reason" {
			t.Errorf("empty: %q", wrong(err))
		}
		if _, err := w.HandOver(ksv2, NewHandover{Taker: w.staff("ksv"), Volumes: in.Volumes, Reason: "x"}); !errors.Is(err, ErrMoved) {
			t.Errorf("one gives what one does not hold: %v", err)
		}
		h, err := w.HandOver(ksv, in)
		w.ok(err)
		if h.State() != AwaitsTaker || h.Number != "BG-1/2026" || len(h.Volumes) != 2 {
			t.Errorf("%+v", h)
		}
		if _, err := w.HandOver(ksv, in); !errors.Is(err, ErrMoved) {
			t.Errorf("promised twice: %v", err)
		}
		desk, err := w.Desk(ksv2)
		w.ok(err)
		if len(desk.Waiting) != 1 {
			t.Errorf("%d hand-overs wait for the taker", len(desk.Waiting))
		}
		counted := []Back{{Volume: a.ID, Folios: 60}, {Volume: b.ID, Folios: 39}}
		if _, err := w.Take(ksv, h.ID, counted, ""); !errors.Is(err, ErrNotYours) {
			t.Errorf("the giver takes: %v", err)
		}
		if _, err := w.Take(ksv2, h.ID, counted, ""); wrong(err) != "remarks" {
			t.Errorf("a difference without a word: %v", err)
		}
		h, err = w.Take(ksv2, h.ID, counted, "Tập 1 vụ thứ hai thiếu một tờ")
		w.ok(err)
		if h.State() != HandedOver {
			t.Errorf("%+v", h)
		}
		held, err := w.HeldBy(ksv2, w.staff("ksv2"))
		w.ok(err)
		if len(held) != 2 || held[0].Folios+held[1].Folios != 99 {
			t.Errorf("held %+v", held)
		}
		if _, err := w.Refuse(ksv2, h.ID, "muộn"); !errors.Is(err, ErrSettled) {
			t.Errorf("refused after it was taken: %v", err)
		}
		// A clerk writes it for both; each confirms; or one does not.
		in.Giver, in.Taker, in.Volumes = w.staff("ksv2"), w.staff("ksv"), []VolumeID{a.ID}
		g, err := w.HandOver(clerk, in)
		w.ok(err)
		if g.State() != AwaitsGiver {
			t.Errorf("%+v", g)
		}
		if _, err := w.Take(ksv, g.ID, []Back{{Volume: a.ID, Folios: 60}}, ""); !errors.Is(err, ErrSettled) {
			t.Errorf("taken before it was given: %v", err)
		}
		_, err = w.GiveUp(ksv2, g.ID)
		w.ok(err)
		if g, err = w.Refuse(ksv, g.ID, "Chưa có quyết định phân công"); err != nil || g.State() != NotTaken {
			t.Errorf("%+v %v", g, err)
		}
		if v, _, err := w.Volume(clerk, a.ID); err != nil || v.Holder != w.staff("ksv2") {
			t.Errorf("a refused hand-over moved it: %+v %v", v, err)
		}
		if _, err := w.Handover(w.as("phovt"), h.ID); err != nil {
			t.Errorf("the deputy chief: %v", err)
		}
		if _, err := w.Handover(w.as("truongphong"), h.ID); !errors.Is(err, ErrNoHandover) {
			t.Errorf("another office: %v", err)
		}
	})
}

// Two confirm the same minutes at once: the volumes move once.
func TestTakeRace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		a := w.volume(w.file(w.list[0], 60).ID, 1, 60)
		_, err := w.Move(w.as("vanthu"), a.ID, Move{Holder: w.staff("ksv")})
		w.ok(err)
		h, err := w.HandOver(w.as("ksv"), NewHandover{Taker: w.staff("ksv2"), Volumes: []VolumeID{a.ID}, Reason: "Thay đổi"})
		w.ok(err)
		ksv, ksv2 := w.as("ksv"), w.as("ksv2")
		var taken, refused error
		var all sync.WaitGroup
		all.Go(func() { _, taken = w.Take(ksv2, h.ID, []Back{{Volume: a.ID, Folios: 60}}, "") })
		all.Go(func() { _, refused = w.Refuse(ksv, h.ID, "Nhầm") })
		all.Wait()
		v, _, err := w.Volume(ksv, a.ID)
		w.ok(err)
		if (taken == nil) == (refused == nil) || (v.Holder == w.staff("ksv2")) != (taken == nil) {
			t.Errorf("taken %v, refused %v, held by %s", taken, refused, v.HolderName)
		}
	})
}
