package criminal

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"

	"congminh/internal/kit"
	"congminh/internal/kit/api"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/auth/password"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/job"
	"congminh/internal/kit/web"
	"congminh/internal/law"
	"congminh/internal/org"
	"congminh/internal/site"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, civil.Zone)

// world is a Service beside real offices and people.
type world struct {
	*Service
	t       *testing.T
	staff   map[string]org.Staff
	changed []ChangedV1
}

// testLaw is the law of the program.
func testLaw(t *testing.T) func(context.Context) Law {
	t.Helper()
	p, err := law.Load(law.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	return func(context.Context) Law { return p }
}

func house(t *testing.T, d *db.DB) *world {
	t.Helper()
	now := func() time.Time { return noon }
	bus := event.NewBus(job.NewRunner(d, slog.New(slog.DiscardHandler), now))
	o := org.NewService(d, now, rand.Reader, org.Options{Cost: password.Cost{Memory: 64, Time: 1, Lanes: 1}})
	w := &world{Service: NewService(d, bus, o, testLaw(t), now), t: t, staff: map[string]org.Staff{}}
	w.must(d.Migrate(t.Context(), "job", job.Schema()))
	w.must(d.Migrate(t.Context(), "org", o.Module().Schema))
	w.must(d.Migrate(t.Context(), "criminal", w.Module().Schema))
	w.must(o.Load(t.Context()))
	Changed.On(bus, func(_ context.Context, e ChangedV1) error {
		w.changed = append(w.changed, e)
		return nil
	})
	root := auth.With(t.Context(), org.Console())
	for login, p := range map[string]struct {
		office auth.Office
		role   org.Role
	}{
		"chief":      {"lao-cai-kv3", org.Chief},
		"deputy":     {"lao-cai-kv3", org.DeputyChief},
		"prosecutor": {"lao-cai-kv3", org.Prosecutor},
		"second":     {"lao-cai-kv3", org.Prosecutor},
		"clerk":      {"lao-cai-kv3", org.Clerk},
		"admin":      {"lao-cai-kv3", org.SysAdmin},
		"reception":  {"lao-cai-kv3", org.Reception},
		"neighbour":  {"lao-cai-kv2", org.Chief},
		"province":   {"lao-cai", org.Chief},
		"phead":      {"lao-cai", org.Head},
		"supreme":    {"tc", org.Officer},
		"elsewhere":  {"lai-chau", org.Chief},
	} {
		s, _, err := o.AddStaff(root, org.NewStaff{Login: login, Name: "Cán bộ " + login, Office: p.office, Roles: []org.Role{p.role}})
		w.must(err)
		w.staff[login] = s
	}
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// as is a context in which the person asks, with the rights of their role.
func (w *world) as(login string) context.Context {
	w.t.Helper()
	p, ok := w.staff[login]
	if !ok {
		return context.Background()
	}
	o, err := w.org.Office(auth.With(w.t.Context(), org.Console()), p.Office)
	w.must(err)
	a := auth.Actor{ID: string(p.ID), Name: p.Name, Office: p.Office, Path: auth.Offices(o.Path), Verbs: []auth.Verb{org.MaySelf},
		Proof: auth.Proof{By: auth.ByPassword}}
	for _, r := range p.Roles {
		right := org.Rights()[r]
		a.Roles = append(a.Roles, string(r))
		a.Verbs = append(append(a.Verbs, right.Own...), right.Below...)
		a.Below = append(a.Below, right.Below...)
	}
	return auth.With(w.t.Context(), a)
}

func some(number string) New {
	return New{Number: number, Name: "Giàng Seo Vảng – Trộm cắp tài sản", Stage: Investigation, Opened: "2026-03-12",
		Persons: []Person{{Name: "Giàng Seo Vảng", Role: Accused}}}
}

func fields(err error) (out []string) {
	if err != nil {
		for _, f := range fault.From(err).Fields {
			out = append(out, f.Name)
		}
	}
	return out
}

func TestTidy(t *testing.T) {
	for _, c := range []struct {
		name  string
		alter func(*New)
		wrong []string
	}{
		{"as it should be", func(*New) {}, nil},
		{"a report has no day of opening", func(n *New) { n.Stage, n.Opened = Report, "" }, nil},
		{"empty lines are nobody", func(n *New) { n.Persons = append(n.Persons, Person{Name: "  ", Role: Victim}) }, nil},
		{"no number", func(n *New) { n.Number = " " }, []string{"number"}},
		{"opened tomorrow", func(n *New) { n.Opened = "2026-11-23" }, []string{"opened"}},
		{"a stage there is not", func(n *New) { n.Stage = "police" }, []string{"stage"}},
		{"secrecy 3", func(n *New) { n.Secrecy = 3 }, []string{"secrecy"}},
		{"a person of no role", func(n *New) { n.Persons = []Person{{Name: "A"}} }, []string{"persons"}},
		{"nothing", func(n *New) { *n = New{} }, []string{"number", "name", "stage"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := some("1")
			c.alter(&n)
			n, err := n.tidy("2026-11-22")
			if !slices.Equal(fields(err), c.wrong) {
				t.Errorf("wrong fields %v, want %v", fields(err), c.wrong)
			}
			if len(n.Persons) > 1 {
				t.Errorf("persons %v", n.Persons)
			}
		})
	}
}

// Somebody is protected while they may be under 18, however much of their birth is known.
func TestMinor(t *testing.T) {
	for _, c := range []struct {
		born string
		day  civil.Date
		want bool
	}{
		{"2008-11-28", "2026-11-27", true}, {"2008-11-28", "2026-11-28", false},
		{"2008-11", "2026-11-29", true}, {"2008-11", "2026-12-01", false},
		{"2008", "2026-12-30", true}, {"2008", "2027-01-01", false}, {"1990", "2026-01-01", false},
		{"", "2026-01-01", false}, {"?", "2026-01-01", false}, {"nhỏ", "2026-01-01", false},
	} {
		if got := minor(c.born, c.day); got != c.want {
			t.Errorf("born %q, on %s: %v", c.born, c.day, got)
		}
	}
}

// Who sees what: each person against an ordinary case, a secret one, a secret one
// assigned to the prosecutor, and one that was assigned and is no more.
func TestVisibility(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		make := func(number string, s Secrecy) ID {
			n := some(number)
			n.Secrecy = s
			c, err := w.Create(w.as("chief"), n)
			w.must(err)
			return c.ID
		}
		ids := []ID{make("1", 0), make("2", 1), make("3", 2), make("4", 2)}
		for _, i := range []int{2, 3} {
			w.must(w.Assign(w.as("chief"), ids[i], w.staff["prosecutor"].ID, Conducts))
		}
		w.must(w.Unassign(w.as("deputy"), ids[3], w.staff["prosecutor"].ID))

		for _, c := range []struct {
			who string
			see string // of the four
			err error  // of asking at all
		}{
			{"chief", "1234", nil},
			{"deputy", "1234", nil},
			{"prosecutor", "1-3-", nil},
			{"second", "1---", nil},
			{"clerk", "1---", nil},
			{"province", "1---", nil},
			{"phead", "1---", nil},
			{"supreme", "1---", nil},
			{"neighbour", "----", nil},
			{"elsewhere", "----", nil},
			{"admin", "----", auth.ErrMay},
			{"reception", "----", auth.ErrMay},
			{"public", "----", auth.ErrWho},
		} {
			t.Run(c.who, func(t *testing.T) {
				ctx := w.as(c.who)
				got := ""
				for i, id := range ids {
					_, err := w.Get(ctx, id)
					want := c.err
					if want == nil {
						want = ErrNone
					}
					switch {
					case err == nil:
						got += fmt.Sprint(i + 1)
					case !errors.Is(err, want):
						t.Errorf("case %d: %v, want %v", i+1, err, want)
						fallthrough
					default:
						got += "-"
					}
					// The rule's other face, which the search index uses.
					ts, tagErr := w.Tags(ctx, id)
					w.must(tagErr)
					if meets := slices.ContainsFunc(w.Scope(ctx), func(s string) bool { return slices.Contains(ts, s) }); meets != (err == nil) {
						t.Errorf("case %d: tags %q and scope %q say %v, Get says %v", i+1, ts, w.Scope(ctx), meets, err)
					}
				}
				if got != c.see {
					t.Errorf("sees %s, want %s", got, c.see)
				}
				cs, err := w.List(ctx, Filter{})
				if !errors.Is(err, c.err) || len(cs.Items) != len(strings.ReplaceAll(c.see, "-", "")) {
					t.Errorf("lists %d cases, %v", len(cs.Items), err)
				}
			})
		}
	})
}

func TestWhoMayChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		c, err := w.Create(w.as("clerk"), some("1"))
		w.must(err)
		edit := func(who string, alter func(*New)) error {
			n := some("1")
			if alter != nil {
				alter(&n)
			}
			_, err := w.Edit(w.as(who), c.ID, n)
			return err
		}
		secret := func(n *New) { n.Secrecy = 1 }
		for _, x := range []struct {
			name string
			err  error
			want error
		}{
			{"the clerk edits", edit("clerk", nil), nil},
			{"the prosecutor edits", edit("prosecutor", nil), nil},
			{"the province reads and does not write", edit("phead", nil), auth.ErrMay},
			{"the neighbour finds nothing", edit("neighbour", nil), ErrNone},
			{"the administrator has no business here", edit("admin", nil), auth.ErrMay},
			{"the clerk does not make secrets", edit("clerk", secret), ErrSecrecy},
			{"the clerk does not assign", w.Assign(w.as("clerk"), c.ID, w.staff["second"].ID, Joins), auth.ErrMay},
			{"the province's chief does not assign below", w.Assign(w.as("province"), c.ID, w.staff["second"].ID, Joins), auth.ErrMay},
			{"nobody of another office is assigned", w.Assign(w.as("chief"), c.ID, w.staff["neighbour"].ID, Joins), ErrAssign},
			{"no administrator is assigned", w.Assign(w.as("chief"), c.ID, w.staff["admin"].ID, Joins), ErrAssign},
			{"a task there is not", w.Assign(w.as("chief"), c.ID, w.staff["second"].ID, "rest"), ErrAssign},
			{"ending what is not", w.Unassign(w.as("chief"), c.ID, w.staff["second"].ID), ErrAssign},
			{"the chief makes it secret", edit("chief", secret), nil},
			{"now the clerk finds nothing", edit("clerk", secret), ErrNone},
		} {
			if !errors.Is(x.err, x.want) {
				t.Errorf("%s: %v, want %v", x.name, x.err, x.want)
			}
		}
		_, err = w.Create(w.as("neighbour"), some("1"))
		w.must(err) // the number is free in another office
		if _, err := w.Create(w.as("clerk"), some("1")); !errors.Is(err, ErrNumber) {
			t.Errorf("a number twice: %v", err)
		}
		// At once, one gets the number and the others hear that it is taken.
		clerk, errs := w.as("clerk"), make([]error, 6)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { _, errs[i] = w.Create(clerk, some("7")) })
		}
		all.Wait()
		got := 0
		for _, err := range errs {
			if err == nil {
				got++
			} else if !errors.Is(err, ErrNumber) {
				t.Errorf("a number at once: %v", err)
			}
		}
		if got != 1 {
			t.Errorf("%d cases have one number", got)
		}
		n := some("9")
		n.Office = "lai-chau"
		if _, err := w.Create(w.as("clerk"), n); !slices.Equal(fields(err), []string{"office"}) {
			t.Errorf("a case for another office: %v", err)
		}
	})
}

// Whoever enters a secret case can still open it.
func TestSecretFromTheStart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		n := some("1")
		n.Secrecy = 2
		c, err := w.Create(w.as("clerk"), n)
		w.must(err)
		got, err := w.Detail(w.as("clerk"), c.ID)
		if err != nil || len(got.Assigned) != 1 || got.Assigned[0].Name != "Cán bộ clerk" || got.Assigned[0].From != "2026-11-22" {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := w.Get(w.as("second"), c.ID); !errors.Is(err, ErrNone) {
			t.Errorf("another of the office: %v", err)
		}
	})
}

func TestChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		chief := w.as("chief")
		c, err := w.Create(chief, some("1"))
		w.must(err)
		step := func(name string, told int, err error) {
			t.Helper()
			w.must(err)
			if len(w.changed) != told {
				t.Errorf("%s: %d events %+v, want %d", name, len(w.changed), w.changed, told)
			}
			w.changed = nil
		}
		n := some("1")
		n.Name = "Tên mới"
		_, err = w.Edit(chief, c.ID, n)
		step("another name changes nothing for who may see it", 0, err)
		n.Secrecy = 1
		_, err = w.Edit(chief, c.ID, n)
		step("secrecy", 1, err)
		step("assigned", 1, w.Assign(chief, c.ID, w.staff["second"].ID, Conducts))
		step("another task of the same person", 0, w.Assign(chief, c.ID, w.staff["second"].ID, Joins))
		step("unassigned", 1, w.Unassign(chief, c.ID, w.staff["second"].ID))
		step("assigned", 1, w.Assign(chief, c.ID, w.staff["second"].ID, Conducts))
		step("sent", 1, w.Send(chief, c.ID, "lao-cai-kv2"))
		for who, want := range map[string]error{"chief": ErrNone, "second": ErrNone, "neighbour": nil} {
			if _, err := w.Get(w.as(who), c.ID); !errors.Is(err, want) {
				t.Errorf("after it was sent, %s: %v, want %v", who, err, want)
			}
		}
		got, err := w.Detail(w.as("neighbour"), c.ID)
		if err != nil || got.Name != "Tên mới" || len(got.Persons) != 1 || len(got.Assigned) != 3 || got.Assigned[0].To == "" {
			t.Errorf("the case there: %+v, %v", got, err)
		}
		if cs, err := w.List(w.as("neighbour"), Filter{Words: "seo vang"}); err != nil || len(cs.Items) != 1 {
			t.Errorf("found by a person in it: %+v, %v", cs, err)
		}
		for office, want := range map[auth.Office]error{"lao-cai-kv2": ErrInvalid, "nowhere": ErrInvalid, "lao-cai-thi-xa-sa-pa": ErrInvalid} {
			if err := w.Send(w.as("neighbour"), c.ID, office); !errors.Is(err, want) {
				t.Errorf("to %s: %v", office, err)
			}
		}
	})
}

// What a listener refuses did not happen.
func TestChangeIsWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		c, err := w.Create(w.as("chief"), some("1"))
		w.must(err)
		no := errors.New("no")
		Changed.On(w.bus, func(context.Context, ChangedV1) error { return no })
		if err := w.Assign(w.as("chief"), c.ID, w.staff["second"].ID, Conducts); !errors.Is(err, no) {
			t.Fatal(err)
		}
		got, err := w.Detail(w.as("chief"), c.ID)
		ts, tagErr := w.Tags(t.Context(), c.ID)
		if err != nil || tagErr != nil || len(got.Assigned) != 0 || len(ts) != 5 {
			t.Errorf("after a refusal: %+v, %v, tags %q, %v", got, err, ts, tagErr)
		}
	})
}

func TestList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		for i, n := range []New{
			{Number: "1", Name: "Cướp tài sản", Stage: Investigation, Opened: "2026-02-01"},
			{Number: "2", Name: "An toàn giao thông", Stage: Prosecution, Opened: "2026-01-01", Key: true},
			{Number: "3", Name: "Đánh bạc", Stage: Investigation, Opened: "2026-03-01"},
			{Number: "4", Name: "Buôn lậu", Stage: Report},
			{Number: "5", Name: "Đánh bạc", Stage: Investigation, Opened: "2026-03-01", Status: Suspended},
		} {
			c, err := w.Create(w.as("clerk"), n)
			w.must(err)
			if i%2 == 0 {
				w.must(w.Assign(w.as("chief"), c.ID, w.staff["prosecutor"].ID, Conducts))
			}
		}
		for _, c := range []struct {
			name string
			f    Filter
			want string
		}{
			{"newest first", Filter{}, "5 4 3 2 1"},
			{"by day", Filter{Sort: ByOpened}, "5 3 1 2 4"},
			{"by name", Filter{Sort: ByName}, "2 4 1 3 5"},
			{"an order there is not", Filter{Sort: "x; DROP TABLE criminal"}, "5 4 3 2 1"},
			{"words without marks", Filter{Words: "danh BAC"}, "5 3"},
			{"a pattern finds nothing", Filter{Words: "';--"}, ""},
			{"stage", Filter{Stage: Prosecution}, "2"},
			{"status", Filter{Status: Suspended}, "5"},
			{"key cases", Filter{Key: true}, "2"},
			{"mine", Filter{Mine: true}, "5 3 1"},
			{"of an office", Filter{Office: "lao-cai-kv2"}, ""},
		} {
			t.Run(c.name, func(t *testing.T) {
				var got []string
				c.f.Limit = 2
				for {
					p, err := w.List(w.as("prosecutor"), c.f)
					w.must(err)
					for _, x := range p.Items {
						got = append(got, x.Number)
					}
					if c.f.After = p.Next; p.Next == "" {
						break
					}
				}
				if s := strings.Join(got, " "); s != c.want {
					t.Errorf("%q, want %q", s, c.want)
				}
			})
		}
	})
}

func TestDemo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := func() time.Time { return noon }
		bus := event.NewBus(job.NewRunner(d, slog.New(slog.DiscardHandler), now))
		o := org.NewService(d, now, rand.Reader, org.Options{Cost: password.Cost{Memory: 64, Time: 1, Lanes: 1}})
		s := NewService(d, bus, o, testLaw(t), now)
		for _, err := range []error{d.Migrate(t.Context(), "job", job.Schema()), d.Migrate(t.Context(), "org", o.Module().Schema),
			d.Migrate(t.Context(), "criminal", s.Module().Schema)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if _, err := o.Demo(t.Context()); err != nil {
				t.Fatal(err)
			}
			cs, err := s.Demo(t.Context())
			if err != nil || len(cs) != len(demoCases) {
				t.Fatalf("%d cases, %v", len(cs), err)
			}
		}
	})
}

// The pages and the API of both modules, as a browser and a program see them.
func TestDoors(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		w.Hang(Panel{Title: "Ô thử", Show: func(_ context.Context, c ID) (templ.Component, error) {
			return templ.Raw("panel of " + string(c)), nil
		}})
		mux := http.NewServeMux()
		pages := web.NewMux(mux, slog.New(slog.DiscardHandler), site.Refusal)
		ops := api.New(mux, "t", "1", slog.New(slog.DiscardHandler))
		for _, m := range []kit.Module{w.org.Module(), w.Module()} {
			m.Web(pages)
			m.API(ops)
		}
		ask := func(who, method, path, kind, body string) (int, string, http.Header) {
			r := httptest.NewRequest(method, path, strings.NewReader(body)).WithContext(w.as(who))
			r.Header.Set("Content-Type", kind)
			rec := httptest.NewRecorder()
			mux.ServeHTTP(rec, r)
			text, err := io.ReadAll(rec.Body)
			w.must(err)
			return rec.Code, string(text), rec.Header()
		}
		form := func(who, path string, in url.Values) (int, string, http.Header) {
			return ask(who, "POST", path, "application/x-www-form-urlencoded", in.Encode())
		}
		see := func(who, path string, status int, texts ...string) {
			t.Helper()
			code, body, _ := ask(who, "GET", path, "", "")
			if code != status {
				t.Errorf("%s as %s: %d, want %d\n%.600s", path, who, code, status, body)
			}
			for _, x := range texts {
				if !strings.Contains(body, x) {
					t.Errorf("%s as %s does not say %q", path, who, x)
				}
			}
		}

		see("clerk", "/cases", 200, "Chưa có vụ án nào", "/cases/new")
		see("clerk", "/cases/new", 200, "Số vụ án")
		in := url.Values{"number": {"7/2026/HS"}, "name": {"Vụ <thử>"}, "stage": {"investigation"}, "status": {"open"}, "secrecy": {"0"},
			"opened": {"12/03/2026"}, "accused": {"Giàng Seo Vảng\r\n\r\nLý A Chớ"}, "victims": {"Nguyễn Thị Hảo"}}
		code, body, h := form("clerk", "/cases", in)
		if code != http.StatusSeeOther {
			t.Fatalf("entering a case: %d\n%s", code, body)
		}
		at := h.Get("Location")
		id := strings.TrimPrefix(at, "/cases/")
		see("clerk", at, 200, "Vụ &lt;thử&gt;", "12/03/2026", "Giàng Seo Vảng", "Lý A Chớ", "Nguyễn Thị Hảo", "panel of "+id, at+"/edit")
		see("phead", at, 200, "Vụ &lt;thử&gt;")
		see("neighbour", at, 404)
		see("admin", at, 403)
		see("public", at, 401, "/sign-in?back=")
		see("clerk", at+"/edit", 200, "Lý A Chớ")
		see("clerk", "/cases?q=ly+a+cho&sort=name", 200, "7/2026/HS")
		see("clerk", "/cases?q=khong+co", 200, "Không có vụ án nào khớp")
		if code, body, _ := form("clerk", "/cases", in); code != 422 || !strings.Contains(body, "đã có trong đơn vị") || !strings.Contains(body, "number-wrong") {
			t.Errorf("the same number again: %d", code)
		}
		in.Set("opened", "30/02/2026")
		if code, body, _ := form("clerk", at, in); code != 422 || !strings.Contains(body, "opened-wrong") {
			t.Errorf("30 February: %d", code)
		}
		see("chief", at+"/assignments", 200, "Chưa phân công ai", "Cán bộ prosecutor")
		if code, _, _ := form("chief", at+"/assignments", url.Values{"staff": {string(w.staff["prosecutor"].ID)}, "task": {"conduct"}}); code != 303 {
			t.Errorf("assigning: %d", code)
		}
		see("clerk", at+"/assignments", 200, "Cán bộ prosecutor")
		if code, _, _ := form("chief", at+"/assignments", url.Values{"staff": {"none"}, "task": {"conduct"}}); code != 422 {
			t.Errorf("assigning nobody: %d", code)
		}

		see("prosecutor", "/admin/offices", 200, "VKSND tối cao", "trong 355")
		see("prosecutor", "/admin/offices?q=lao+cai", 200, "VKSND khu vực 3 – Lào Cai")
		see("prosecutor", "/admin/offices?q=sao+hoa", 200, "Không có đơn vị nào khớp")
		see("prosecutor", "/admin/offices/lao-cai?day=2025-06-30", 200, "VKSND thị xã Sa Pa", "VKSND tỉnh Yên Bái")
		see("prosecutor", "/admin/offices/nowhere", 404)
		see("prosecutor", "/admin/offices/new", 403)
		see("prosecutor", "/admin/staff", 200, "Cán bộ clerk")
		see("admin", "/admin/staff?q=khong+co", 200, "Không có cán bộ nào khớp")
		see("admin", "/admin/staff/new", 200, "VKSND khu vực 3 – Lào Cai")
		person := "/admin/staff/" + string(w.staff["second"].ID)
		see("admin", person, 200, "Cấp lại mật khẩu", "Thêm cán bộ")
		see("admin", person+"/edit", 200, "Cán bộ second")
		if code, body, _ := form("admin", person+"/reset", nil); code != 200 || strings.Contains(body, "Mã này chỉ hiện một lần") {
			t.Errorf("a reset without a yes: %d", code)
		}
		if code, body, _ := form("admin", person+"/reset", url.Values{"sure": {"on"}}); code != 200 || !strings.Contains(body, "Mã này chỉ hiện một lần") {
			t.Errorf("a reset: %d", code)
		}
		if code, body, _ := form("admin", "/admin/staff", url.Values{"login": {"moi"}, "name": {""}, "office": {"lao-cai-kv3"}}); code != 422 ||
			!strings.Contains(body, "name-wrong") || !strings.Contains(body, "roles-wrong") {
			t.Errorf("an unfinished person: %d", code)
		}
		if code, body, _ := form("admin", "/admin/staff", url.Values{"login": {"moi"}, "name": {"Vàng A Mới"}, "office": {"lao-cai-kv3"}, "roles": {"clerk", "officer"}}); code != 200 || !strings.Contains(body, "Vàng A Mới") {
			t.Errorf("a new person: %d\n%s", code, body)
		}
		see("admin", "/account", 200, "Các phiên đang mở")
		see("admin", "/account/password", 200, "Mật khẩu mới")
		see("public", "/sign-in?back=/cases", 200, `value="/cases"`)
		see("public", "/sign-in?back=//evil.example", 200, `value="/"`)
		if code, body, h := form("public", "/sign-in", url.Values{"login": {"none"}, "password": {"sai"}}); code != 401 || h.Get("Set-Cookie") != "" || !strings.Contains(body, "không đúng") {
			t.Errorf("a wrong sign-in: %d %v", code, h)
		}

		api := func(who, method, path, body string, status int) map[string]any {
			t.Helper()
			code, text, _ := ask(who, method, "/api/v1"+path, "application/json", body)
			if code != status {
				t.Errorf("%s %s as %s: %d, want %d: %s", method, path, who, code, status, text)
			}
			out := map[string]any{}
			if text != "" {
				w.must(json.Unmarshal([]byte(text), &out))
			}
			return out
		}
		made := api("clerk", "POST", "/cases", `{"number":"8/2026/HS","name":"Vụ hai","stage":"report","persons":[{"name":"A","role":"accused"}]}`, 201)
		two := "/cases/" + made["id"].(string)
		if got := api("clerk", "GET", two, "", 200); got["name"] != "Vụ hai" || len(got["persons"].([]any)) != 1 {
			t.Errorf("the case is %v", got)
		}
		api("neighbour", "GET", two, "", 404)
		api("clerk", "PUT", two, `{"number":"8/2026/HS","name":"Vụ thứ hai","stage":"investigation"}`, 200)
		api("clerk", "PUT", two, `{"number":"7/2026/HS","name":"Vụ thứ hai","stage":"investigation"}`, 409)
		api("chief", "PUT", two+"/assignments/"+string(w.staff["second"].ID), `{"task":"conduct"}`, 204)
		api("chief", "DELETE", two+"/assignments/"+string(w.staff["second"].ID), "", 204)
		if got := api("clerk", "GET", "/cases?limit=1", "", 200); got["next"] == nil {
			t.Errorf("the first page is %v", got)
		}
		if got := api("clerk", "GET", "/offices?q=khu+vuc+3+lao&limit=5", "", 200); got["items"] == nil {
			t.Errorf("offices %v", got)
		}
		if got := api("clerk", "GET", "/offices/lao-cai-kv3", "", 200); got["code"] != "VKSKV3" {
			t.Errorf("office %v", got)
		}
		if got := api("admin", "POST", "/staff", `{"login":"apinv","name":"Qua API","office":"lao-cai-kv3","roles":["clerk"]}`, 201); len(got["code"].(string)) != 29 {
			t.Errorf("new staff %v", got)
		}
		api("admin", "PUT", "/staff/"+string(w.staff["second"].ID), `{"login":"","name":"Tên Khác","office":"lao-cai-kv3","roles":["officer"]}`, 200)
		api("supreme", "PUT", "/offices/lao-cai-kv3", `{"id":"","name":"x","level":"region","parent":""}`, 403)
		api("clerk", "POST", "/staff", `{"login":"apinv2","name":"Qua API","office":"lao-cai-kv3","roles":["clerk"]}`, 403)
		api("admin", "POST", "/staff/"+string(w.staff["second"].ID)+"/disable", "", 201)
		api("admin", "GET", "/staff/"+string(w.staff["elsewhere"].ID), "", 404)
		if _, err := ops.OpenAPI(); err != nil {
			t.Error(err)
		}
	})
}
