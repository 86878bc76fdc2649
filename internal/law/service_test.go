package law

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/job"
)

const rec05 = civil.Date("2018-03-01") // the version of REC-05

// world is the law of an installation, with what it has heard.
type world struct {
	*Service
	t     *testing.T
	mu    sync.Mutex
	heard []ChangedV1
	saw   []Status // of REC-05, by whoever heard
	fail  error    // what the listener answers
}

func begin(t *testing.T, d *db.DB, files fs.FS) *world {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC) }
	bus := event.NewBus(job.NewRunner(d, slog.New(slog.DiscardHandler), now))
	s, err := NewService(d, bus, files, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(t.Context(), "law", s.Module().Schema); err != nil {
		t.Fatal(err)
	}
	w := &world{Service: s, t: t}
	Changed.On(bus, func(ctx context.Context, e ChangedV1) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.heard = append(w.heard, e)
		w.saw = append(w.saw, w.status(ctx))
		return w.fail
	})
	return w
}

// status is how REC-05 stands.
func (w *world) status(ctx context.Context) Status {
	w.t.Helper()
	p, err := w.Pack(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	r, _ := p.Rule("REC-05", "2026-11-28")
	return r.Status
}

func asking(t *testing.T, verbs []auth.Verb, offices ...auth.Office) context.Context {
	return auth.With(t.Context(), auth.Actor{ID: "u1", Name: "Hoàng Thị Bích", Office: offices[len(offices)-1], Path: offices, Verbs: verbs})
}

func chief(t *testing.T) context.Context { return asking(t, []auth.Verb{MayRead, MayManage}, "tc") }

func TestDecide(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := begin(t, d, nil)
		ctx := chief(t)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		before, err := w.Pack(ctx)
		must(err)
		if again, _ := w.Pack(ctx); again != before {
			t.Error("the pack is not kept")
		}
		must(w.Decide(ctx, "REC-05", rec05, Confirmed, ""))
		must(w.Decide(ctx, "REC-05", rec05, SwitchedOff, "  Chờ  Thông tư liên tịch mới "))
		if w.status(ctx) != Off {
			t.Error("REC-05 is not off")
		}
		p, err := w.Pack(ctx)
		must(err)
		ds := p.Decisions("REC-05", rec05)
		if len(ds) != 2 || ds[0].What != SwitchedOff || ds[0].Reason != "Chờ Thông tư liên tịch mới" || ds[1].Name != "Hoàng Thị Bích" || !ds[0].Made.Equal(w.now()) {
			t.Errorf("decisions: %+v", ds)
		}
		r, _ := p.Rule("REC-05", "2026-11-28")
		if c, ok := p.Confirmation(r); !ok || c.What != Confirmed || r.Uncomputed() == "" {
			t.Errorf("the confirmation does not survive the switch: %+v", c)
		}
		if r, _ := before.Rule("REC-05", "2026-11-28"); r.Status != Active {
			t.Error("a pack that was handed out has changed")
		}
		if other, _ := p.Rule("REC-04", "2026-11-28"); other.Status != Active {
			t.Error("REC-04 was switched too")
		}
		must(w.Decide(ctx, "REC-05", rec05, SwitchedOn, "Đã kiểm tra"))
		if w.status(ctx) != Active {
			t.Error("REC-05 is not on")
		}
		// A rule that is not verified can be switched, but never into use.
		must(w.Decide(ctx, "JUV-03", "2026-01-01", SwitchedOff, "thử"))
		must(w.Decide(ctx, "JUV-03", "2026-01-01", SwitchedOn, "thử"))
		p, err = w.Pack(ctx)
		must(err)
		if r, _ := p.Rule("JUV-03", "2026-11-28"); r.Status != Unverified || r.Uncomputed() == "" {
			t.Errorf("JUV-03 is %s", r.Status)
		}
		if len(w.heard) != 5 || w.heard[1] != (ChangedV1{"REC-05", rec05, SwitchedOff}) {
			t.Errorf("heard %+v", w.heard)
		}
		if w.saw[1] != Off || w.saw[2] != Active {
			t.Errorf("whoever heard it saw %v", w.saw)
		}
	})
}

func TestDecideRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := begin(t, d, nil)
		long := make([]rune, 1001)
		for i := range long {
			long[i] = 'đ'
		}
		for _, k := range []struct {
			name    string
			ctx     context.Context
			rule    string
			version civil.Date
			what    Verdict
			reason  string
			want    error
		}{
			{"nobody", t.Context(), "REC-05", rec05, Confirmed, "", auth.ErrWho},
			{"may only read", asking(t, []auth.Verb{MayRead}, "tc"), "REC-05", rec05, Confirmed, "", auth.ErrMay},
			{"below the top", asking(t, []auth.Verb{MayManage}, "tc", "lao-cai"), "REC-05", rec05, Confirmed, "", ErrTop},
			{"no reason", chief(t), "REC-05", rec05, SwitchedOff, " ", ErrReason},
			{"a long reason", chief(t), "REC-05", rec05, SwitchedOff, string(long), ErrReason},
			{"no such verdict", chief(t), "REC-05", rec05, "burnt", "x", ErrReason},
			{"no such rule", chief(t), "ABC-01", rec05, Confirmed, "", ErrRule},
			{"no such version", chief(t), "REC-05", "2018-01-01", Confirmed, "", ErrRule},
			{"on already", chief(t), "REC-05", rec05, SwitchedOn, "x", ErrSwitch},
		} {
			if err := w.Decide(k.ctx, k.rule, k.version, k.what, k.reason); !errors.Is(err, k.want) {
				t.Errorf("%s: %v, want %v", k.name, err, k.want)
			}
		}
		// Who computes cannot take it in: nothing has happened.
		w.fail = fault.New(fault.Conflict, "test.fail."+t.Name(), "không")
		if err := w.Decide(chief(t), "REC-05", rec05, SwitchedOff, "x"); !errors.Is(err, w.fail) || w.status(t.Context()) != Active {
			t.Errorf("%v, REC-05 is %s", err, w.status(t.Context()))
		}
		if len(w.heard) != 1 {
			t.Errorf("heard %v", w.heard)
		}
	})
}

// Many decide at once, others ask all the while: the last word is what stands.
func TestDecideTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := begin(t, d, nil)
		var all sync.WaitGroup
		for _, r := range []string{"REC-05", "REC-02", "REC-12", "REC-13"} {
			all.Go(func() {
				for range 3 {
					if err := w.Decide(chief(t), r, rec05, SwitchedOff, "thử"); err != nil {
						t.Error(err)
					}
					if err := w.Decide(chief(t), r, rec05, SwitchedOn, "thử"); err != nil {
						t.Error(err)
					}
				}
				if err := w.Decide(chief(t), r, rec05, SwitchedOff, "thử"); err != nil {
					t.Error(err)
				}
			})
		}
		for range 2 {
			all.Go(func() {
				for range 50 {
					if _, err := w.Pack(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		p, err := w.Pack(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n := len(p.Find(Filter{Status: string(Off)}, "2026-11-28")); n != 4 {
			t.Errorf("%d rules are off, want 4", n)
		}
	})
}

// What stands in files is used; what is wrong in them is refused and told; who
// computes hears when they are others than last time.
func TestFiles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		files := fstest.MapFS{}
		w := begin(t, d, files)
		ctx := chief(t)
		for range 2 { // the first time, and again with the same files: nothing to compute
			if err := w.Begin(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if len(w.heard) != 0 {
			t.Errorf("heard %v", w.heard)
		}
		files["x.toml"] = &fstest.MapFile{Data: []byte(rule(`"ZZZ-01"`, `"REC-05"`, "2026-01-01", "2018-03-01"))}
		if err := w.Decide(ctx, "REC-05", rec05, Confirmed, ""); err != nil {
			t.Fatal(err)
		}
		if err := w.Reread(ctx); err != nil {
			t.Fatal(err)
		}
		p, err := w.Pack(ctx)
		if err != nil {
			t.Fatal(err)
		}
		r, _ := p.Rule("REC-05", "2026-11-28")
		if r.Title != "Thời hạn thử" || len(w.heard) != 2 || w.heard[1] != (ChangedV1{}) {
			t.Errorf("%s; heard %v", r.Title, w.heard)
		}
		if _, ok := p.Confirmation(r); ok {
			t.Error("another text counts as confirmed")
		}
		files["x.toml"] = &fstest.MapFile{Data: []byte("nonsense")}
		if err := w.Reread(ctx); err != nil {
			t.Fatal(err)
		}
		if p, err = w.Pack(ctx); err != nil || len(p.Refused()) != 1 || len(p.Rules()) != 185 {
			t.Errorf("%v, refused %v", err, p.Refused())
		}
		if err := w.Reread(asking(t, []auth.Verb{MayRead}, "tc")); !errors.Is(err, auth.ErrMay) {
			t.Errorf("who may only read: %v", err)
		}
		// Another start, with the files gone.
		v := begin(t, d, fstest.MapFS{})
		if err := v.Begin(ctx); err != nil || len(v.heard) != 0 {
			t.Errorf("%v, heard %v", err, v.heard) // the refused file had left the program's own pack
		}
	})
}
