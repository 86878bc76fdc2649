package org

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/auth/password"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
	"congminh/internal/kit/web"
	"congminh/internal/site"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, civil.Zone)

// world is a Service on an empty database with a clock that can be moved.
type world struct {
	*Service
	t     *testing.T
	clock time.Time
}

func house(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, clock: noon}
	w.Service = NewService(d, func() time.Time { return w.clock }, rand.Reader,
		Options{Cost: password.Cost{Memory: 64, Time: 1, Lanes: 1}})
	w.must(d.Migrate(t.Context(), "org", w.Module().Schema))
	w.must(w.Load(t.Context()))
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) pass(d time.Duration) { w.clock = w.clock.Add(d) }

var root = auth.With(context.Background(), Console())

// person adds someone who has set pw as their password.
func (w *world) person(login, pw string, office auth.Office, roles ...Role) Staff {
	w.t.Helper()
	p, code, err := w.AddStaff(root, NewStaff{Login: login, Name: "Vừ A " + login, Office: office, Roles: roles})
	w.must(err)
	token, mustChange, err := w.SignIn(w.t.Context(), SignIn{Login: login, Password: code, Address: "10.0.0.9"})
	if err != nil || !mustChange {
		w.t.Fatalf("first sign-in of %s: must change %v, %v", login, mustChange, err)
	}
	_, err = w.ChangePassword(w.as(token), token, "", pw)
	w.must(err)
	w.must(w.store.endSessions(w.t.Context(), p.ID))
	return p
}

// as is a context in which the holder of token asks.
func (w *world) as(token string) context.Context {
	w.t.Helper()
	a, _, err := w.Holder(w.t.Context(), token)
	w.must(err)
	return auth.With(w.t.Context(), a)
}

func (w *world) signIn(login, pw string) (string, error) {
	token, _, err := w.SignIn(w.t.Context(), SignIn{Login: login, Password: pw, Address: "10.0.0.1"})
	return token, err
}

func (w *world) in(login, pw string) string {
	w.t.Helper()
	token, err := w.signIn(login, pw)
	w.must(err)
	return token
}

func (w *world) holds(token string) bool {
	w.t.Helper()
	a, _, err := w.Holder(w.t.Context(), token)
	w.must(err)
	return a.ID != ""
}

func fields(err error) (out []string) {
	if err != nil {
		for _, f := range fault.From(err).Fields {
			out = append(out, f.Name)
		}
	}
	return out
}

func TestRegister(t *testing.T) {
	os := Register()
	count := map[Level]int{}
	old := 0
	byID := map[auth.Office]Office{}
	for _, o := range os {
		byID[o.ID] = o
		if o.On("2026-11-22") {
			count[o.Level]++
		}
		if o.Level == Province && o.On("2025-06-30") {
			old++
		}
		if !slug(string(o.ID)) || o.Name == "" || o.Short == "" || o.Confidence == "" || o.Source == "" {
			t.Errorf("%s is not whole: %+v", o.ID, o)
		}
		if up := byID[o.Parent]; o.Level != Supreme && o.Path != up.Path+string(o.ID)+"/" {
			t.Errorf("%s stands at %s, below %s", o.ID, o.Path, up.Path)
		}
	}
	for _, o := range os {
		if o.Successor != "" {
			if next, ok := byID[o.Successor]; !ok || o.To == "" || !next.On(o.To.Add(1)) {
				t.Errorf("%s: its successor %q does not stand on the day after %s", o.ID, o.Successor, o.To)
			}
		}
	}
	if count[Province] != 34 || old != 63 || count[Appellate] != 3 || count[Supreme] != 1 || count[District] != 0 {
		t.Errorf("today %v, provinces before the reform %d", count, old)
	}
	if n := count[Region]; n > 355 {
		t.Errorf("%d regional offices, the resolution founds 355", n)
	}
	if o := byID["lao-cai-kv3"]; o.Short != "VKSND khu vực 3 – Lào Cai" || o.Code != "VKSKV3" || o.Path != "/tc/lao-cai/lao-cai-kv3/" {
		t.Errorf("region 3 of Lào Cai is %+v", o)
	}
}

func TestRights(t *testing.T) {
	rights := Rights()
	for _, r := range Roles {
		if _, ok := rights[r]; !ok {
			t.Errorf("role %s has no rights in roles.toml", r)
		}
		if strings.Contains(r.VN(), "_") || r.VN() == string(r) {
			t.Errorf("role %s has no name", r)
		}
	}
	if len(rights) != len(Roles) {
		t.Errorf("roles.toml has %d roles, there are %d", len(rights), len(Roles))
	}
	for _, r := range []Role{SysAdmin, SecOfficer, DXOfficer, Reception} {
		for _, v := range append(rights[r].Own, rights[r].Below...) {
			if strings.HasPrefix(string(v), "dossier.") || strings.HasPrefix(string(v), "case.") {
				t.Errorf("%s may %s: it must never see the content of a case", r, v)
			}
		}
	}
}

func TestLoadTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		o, err := w.EditOffice(root, "lao-cai-thi-xa-sa-pa", NewOffice{Name: "Viện kiểm sát nhân dân thị xã Sa Pa", To: "2025-06-30", Successor: "lao-cai-kv2"})
		w.must(err)
		if o.Level != District || o.Parent != "lao-cai" || o.Confidence != Entered {
			t.Errorf("edited office is %+v", o)
		}
		w.must(w.Load(t.Context()))
		o, err = w.Office(root, o.ID)
		w.must(err)
		if o.Successor != "lao-cai-kv2" {
			t.Errorf("loading again undid what a person entered: %+v", o)
		}
		k, err := w.Kin(root, Office{ID: "lao-cai-kv2", Path: "/tc/lao-cai/lao-cai-kv2/"}, "")
		w.must(err)
		if len(k.Predecessors) != 1 || k.Predecessors[0].ID != o.ID || len(k.Above) != 2 {
			t.Errorf("kin %+v", k)
		}
	})
}

func TestTreeOnAnyDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		lc, err := w.Office(root, "lao-cai")
		w.must(err)
		for _, c := range []struct {
			name    string
			day     civil.Date
			level   Level
			have    int // of that level below Lào Cai
			yenBai  bool
			regions bool
		}{
			{"the last day of the districts", "2025-06-30", District, 9, true, false},
			{"the first day of the regions", "2025-07-01", District, 0, false, true},
			{"long ago", "2019-01-01", District, 9, true, false},
			{"today", "2026-11-22", District, 0, false, true},
		} {
			t.Run(c.name, func(t *testing.T) {
				k, err := w.Kin(root, lc, c.day)
				w.must(err)
				n, kv3 := 0, false
				for _, o := range k.Below {
					if o.Level == c.level {
						n++
					}
					kv3 = kv3 || o.ID == "lao-cai-kv3"
				}
				if n != c.have || kv3 != c.regions {
					t.Errorf("%d of level %s, region 3 there: %v", n, c.level, kv3)
				}
				yb, err := w.Office(root, "yen-bai")
				if err != nil || yb.On(c.day) != c.yenBai || yb.Successor != "lao-cai" {
					t.Errorf("Yên Bái %+v, %v", yb, err)
				}
			})
		}
	})
}

func TestFindOffices(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		for _, c := range []struct {
			name  string
			f     OfficeFilter
			first auth.Office
			n     int
		}{
			{"without marks", OfficeFilter{Words: "khu vuc 3 – lao cai"}, "lao-cai-kv3", 1},
			{"with marks", OfficeFilter{Words: "Khu vực 3 – Lào Cai"}, "lao-cai-kv3", 1},
			{"old provinces by day", OfficeFilter{Words: "yên bái", Level: Province, Day: "2024-01-01"}, "yen-bai", 1},
			{"not today", OfficeFilter{Words: "yên bái", Level: Province, Day: "2026-01-01"}, "", 0},
			{"no such", OfficeFilter{Words: "sao hỏa"}, "", 0},
			{"directly below", OfficeFilter{Parent: "gia-lai", Req: page.Req{Limit: 100}}, "gia-lai-kv1", 14},
		} {
			t.Run(c.name, func(t *testing.T) {
				got, err := w.Offices(root, c.f)
				w.must(err)
				if len(got.Items) != c.n || c.n > 0 && got.Items[0].ID != c.first {
					t.Errorf("%d offices: %+v", len(got.Items), got.Items)
				}
			})
		}
		var all []auth.Office
		f := OfficeFilter{Req: page.Req{Limit: 50}}
		for {
			p, err := w.Offices(root, f)
			w.must(err)
			for _, o := range p.Items {
				all = append(all, o.ID)
			}
			if p.Next == "" {
				break
			}
			f.After = p.Next
		}
		slices.Sort(all)
		if n := len(Register()); len(all) != n || len(slices.Compact(all)) != n {
			t.Errorf("the pages hold %d offices, there are %d", len(all), n)
		}
	})
}

func TestRegions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		w.must(w.SetRegions(root, "lao-cai", 10))
		w.must(w.SetRegions(root, "lao-cai", 9)) // takes none away
		o, err := w.Office(root, "lao-cai-kv10")
		if err != nil || o.Confidence != Entered || o.Path != "/tc/lao-cai/lao-cai-kv10/" {
			t.Errorf("region 10 is %+v, %v", o, err)
		}
		o.Name, o.To = "Viện kiểm sát nhân dân khu vực Mười", "2026-10-31"
		w.must(w.store.updateOffice(root, o))
		w.must(w.SetRegions(root, "lao-cai", 11)) // changes none
		if now, err := w.Office(root, "lao-cai-kv10"); err != nil || !reflect.DeepEqual(now, o) {
			t.Errorf("region 10 was %+v and is %+v, %v", o, now, err)
		}
		for _, c := range []struct {
			name   string
			who    context.Context
			office auth.Office
			n      int
			err    error
		}{
			{"too many", root, "lao-cai", 41, ErrOffice},
			{"none", root, "lao-cai", 0, ErrOffice},
			{"not a province", root, "lao-cai-kv1", 3, ErrOffice},
			{"a province that has ended", root, "yen-bai", 3, ErrOffice},
			{"someone from elsewhere", actor("lai-chau", MayManage), "lao-cai", 3, auth.ErrMay},
		} {
			if err := w.SetRegions(c.who, c.office, c.n); !errors.Is(err, c.err) {
				t.Errorf("%s: %v, want %v", c.name, err, c.err)
			}
		}
	})
}

// actor may do verbs in a province and below it.
func actor(office auth.Office, verbs ...auth.Verb) context.Context {
	verbs = append(verbs, MaySelf)
	return auth.With(context.Background(), auth.Actor{ID: "a", Office: office, Path: []auth.Office{"tc", office}, Verbs: verbs, Below: verbs})
}

func TestAddOffice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		in := NewOffice{ID: "lao-cai-p1", Name: "Phòng 1", Level: Unit, Parent: "lao-cai"}
		o, err := w.AddOffice(root, in)
		if err != nil || o.Path != "/tc/lao-cai/lao-cai-p1/" {
			t.Fatalf("%+v, %v", o, err)
		}
		for _, c := range []struct {
			name  string
			alter func(*NewOffice)
			wrong []string
		}{
			{"the same again", func(*NewOffice) {}, []string{"id"}},
			{"letters that no address may hold", func(n *NewOffice) { n.ID = "Phòng 1/../" }, []string{"id"}},
			{"a pattern", func(n *NewOffice) { n.ID = "lao%cai" }, []string{"id"}},
			{"no one above", func(n *NewOffice) { n.ID, n.Parent = "x", "nowhere" }, []string{"parent"}},
			{"ends before it begins", func(n *NewOffice) { n.ID, n.From, n.To = "x", "2026-01-02", "2026-01-01" }, []string{"to"}},
			{"an heir that is not there", func(n *NewOffice) { n.ID, n.Successor = "x", "nowhere" }, []string{"successor"}},
			{"nothing", func(n *NewOffice) { *n = NewOffice{} }, []string{"id", "name", "level", "parent"}},
		} {
			n := in
			c.alter(&n)
			if _, err := w.AddOffice(root, n); !slices.Equal(fields(err), c.wrong) {
				t.Errorf("%s: wrong fields %v (%v), want %v", c.name, fields(err), err, c.wrong)
			}
		}
	})
}

func TestPasswordRules(t *testing.T) {
	p := Staff{Login: "nguyenvana", Name: "Nguyễn Văn Á"}
	for _, c := range []struct {
		name, pw string
		breached bool
		ok       bool
	}{
		{"a sentence", "sáng nay sương xuống", false, true},
		{"twelve letters are enough", "mướp xào tỏi", false, true},
		{"eleven are not", "xoài chua đ", false, false},
		{"marks count once however typed", "mu\u031bo\u031b\u0301p xa\u0300o to\u0309", false, false},
		{"the login", "xin-nguyenvana-chao", false, false},
		{"the name without marks", "nguyen van a 2026 abc", false, false},
		{"the name with marks", "Nguyễn Văn Á là tôi đó", false, false},
		{"a well-known one with a year", "password2026!", false, false},
		{"on the list of the breached", "một câu đã bị lộ", true, false},
		{"longer than anyone types", strings.Repeat("dài quá ", 17), false, false},
		{"letters alone are enough", "caphesuadanhalong", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := goodPassword(c.pw, p, c.breached); (err == nil) != c.ok {
				t.Errorf("%q: %v", c.pw, err)
			}
		})
	}
}

func TestWait(t *testing.T) {
	for _, c := range []struct {
		fails int
		want  time.Duration
	}{{0, 0}, {4, 0}, {5, 15 * time.Second}, {6, 30 * time.Second}, {7, time.Minute}, {10, 8 * time.Minute}, {11, 15 * time.Minute}, {12, 15 * time.Minute}, {1000, 15 * time.Minute}, {1 << 30, 15 * time.Minute}} {
		if got := wait(c.fails, freeAccount); got != c.want {
			t.Errorf("after %d failures %v, want %v", c.fails, got, c.want)
		}
	}
}

const (
	goodA = "mưa rơi trên mái tôn"
	goodB = "chợ phiên họp sáng chủ nhật"
)

func TestLockout(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		for _, login := range []string{"pao", "nobody"} { // who is not there is locked out alike
			for i := range freeAccount {
				if _, err := w.signIn(login, "sai mật khẩu rồi"); !errors.Is(err, ErrSignIn) {
					t.Fatalf("%s, failure %d: %v", login, i+1, err)
				}
			}
			if _, err := w.signIn(login, goodA); !errors.Is(err, ErrWait) {
				t.Errorf("%s: the right password while locked out: %v, want ErrWait", login, err)
			}
		}
		w.pass(14 * time.Second)
		if _, err := w.signIn("pao", goodA); !errors.Is(err, ErrWait) {
			t.Errorf("after 14 seconds: %v", err)
		}
		w.pass(2 * time.Second)
		if _, err := w.signIn("pao", goodA); err != nil {
			t.Errorf("after 16 seconds: %v", err)
		}
		// Success forgets: there are free attempts again.
		if _, err := w.signIn("pao", "sai"); !errors.Is(err, ErrSignIn) {
			t.Error(err)
		}
		w.in("pao", goodA)

		// However long it goes on, a quarter of an hour of quiet is enough.
		for range 30 {
			_, _ = w.signIn("pao", "sai")
			w.pass(longestWait)
		}
		w.in("pao", goodA)
	})
}

func TestLockoutByAddress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		from := func(addr, login, pw string) error {
			_, _, err := w.SignIn(t.Context(), SignIn{Login: login, Password: pw, Address: addr})
			return err
		}
		for i := range freeAddress {
			if err := from("203.0.113.5", fmt.Sprintf("guess%d", i), "sai"); !errors.Is(err, ErrSignIn) {
				t.Fatalf("guess %d: %v", i, err)
			}
		}
		if err := from("203.0.113.5", "pao", goodA); !errors.Is(err, ErrWait) {
			t.Errorf("one address, many names: %v, want ErrWait", err)
		}
		if err := from("10.0.0.7", "pao", goodA); err != nil {
			t.Errorf("from elsewhere: %v", err)
		}
	})
}

// A hundred attempts at once are a hundred failures.
func TestGuessesAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		errs := make(chan error, 30)
		for i := range cap(errs) {
			go func() {
				_, _, err := w.SignIn(context.Background(), SignIn{Login: "pao", Password: "sai", Address: fmt.Sprint("10.1.0.", i)})
				errs <- err
			}()
		}
		tried := 0
		for range cap(errs) {
			switch err := <-errs; {
			case errors.Is(err, ErrSignIn):
				tried++
			case !errors.Is(err, ErrWait):
				t.Error(err)
			}
		}
		if tried != freeAccount {
			t.Errorf("%d guesses were tried at once, want %d", tried, freeAccount)
		}
	})
}

func TestSessions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		p := w.person("pao", goodA, "lao-cai-kv3", Prosecutor)

		token := w.in("PAO ", goodA) // a login is the same in capitals
		a, _, err := w.Holder(t.Context(), token)
		w.must(err)
		if a.ID != string(p.ID) || a.Office != "lao-cai-kv3" || !slices.Equal(a.Path, []auth.Office{"tc", "lao-cai", "lao-cai-kv3"}) ||
			!a.May("dossier.read") || !a.May(MaySelf) || a.May(MayManage) || !a.Is("prosecutor") {
			t.Errorf("actor %+v", a)
		}
		stored, err := w.store.sessions(t.Context(), p.ID)
		if err != nil || len(stored) != 1 || strings.Contains(fmt.Sprint(stored), token) {
			t.Errorf("the database holds %v, %v", stored, err)
		}

		w.pass(29 * time.Minute)
		if !w.holds(token) {
			t.Error("ended before 30 minutes without a click")
		}
		w.pass(29 * time.Minute) // a click was 29 minutes ago
		if !w.holds(token) {
			t.Error("a click did not keep it open")
		}
		w.pass(31 * time.Minute)
		if w.holds(token) {
			t.Error("open after 31 minutes without a click")
		}

		token = w.in("pao", goodA)
		for range 24*2 - 1 {
			w.pass(15 * time.Minute)
			if !w.holds(token) {
				t.Fatal("ended while in use")
			}
		}
		w.pass(15 * time.Minute)
		if w.holds(token) {
			t.Error("open after 12 hours")
		}
		if w.holds("") || w.holds("made up") {
			t.Error("a made-up token opens")
		}
	})
}

func TestSignInRotates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		first := w.in("pao", goodA)
		second, _, err := w.SignIn(t.Context(), SignIn{Login: "pao", Password: goodA, Address: "10.0.0.1", Old: first})
		w.must(err)
		if w.holds(first) || !w.holds(second) || first == second {
			t.Error("the token was not changed at sign-in")
		}
		third := w.in("pao", goodA)
		xs, err := w.Sessions(w.as(third), third)
		if err != nil || len(xs) != 2 || !xs[0].Current || xs[1].Current {
			t.Errorf("sessions %+v, %v", xs, err)
		}
		w.must(w.EndSession(w.as(third), string(xs[1].ID)))
		if w.holds(second) || !w.holds(third) {
			t.Error("the wrong session was ended")
		}
		if err := w.EndSession(w.as(third), string(xs[1].ID)); !errors.Is(err, ErrNoSession) {
			t.Errorf("ending it again: %v", err)
		}
		w.must(w.SignOut(w.as(third), third))
		if w.holds(third) {
			t.Error("signed out and still in")
		}
		a, b := w.in("pao", goodA), w.in("pao", goodA)
		w.must(w.SignOutEverywhere(w.as(a)))
		if w.holds(a) || w.holds(b) {
			t.Error("signed out everywhere and still in")
		}
	})
}

func TestChangePassword(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		here, there := w.in("pao", goodA), w.in("pao", goodA)
		for _, c := range []struct {
			name, old, pw string
			wrong         []string
		}{
			{"the old one is wrong", "không phải", goodB, []string{"old"}},
			{"the new one is too short", goodA, "ngắn", []string{"password"}},
			{"the new one is well known", goodA, "qwertyuiop12", []string{"password"}},
		} {
			if _, err := w.ChangePassword(w.as(here), here, c.old, c.pw); !slices.Equal(fields(err), c.wrong) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		fresh, err := w.ChangePassword(w.as(here), here, goodA, goodB)
		w.must(err)
		if w.holds(here) || w.holds(there) || !w.holds(fresh) {
			t.Error("after a change only the new session must be open")
		}
		if _, err := w.signIn("pao", goodA); !errors.Is(err, ErrSignIn) {
			t.Errorf("the old password: %v", err)
		}
		w.in("pao", goodB)
	})
}

// The cost was raised: the hash is made anew at the next sign-in.
func TestRehash(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		p := w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		w.hash = password.NewHasher(password.Cost{Memory: 128, Time: 1, Lanes: 1}, 1, rand.Reader)
		w.in("pao", goodA)
		x, err := w.store.secret(t.Context(), p.ID)
		if err != nil || !strings.Contains(x.password, "m=128,") {
			t.Errorf("hash %q, %v", x.password, err)
		}
		w.in("pao", goodA)
	})
}

func TestResetAndDisable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		p := w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		token := w.in("pao", goodA)
		code, err := w.Reset(root, p.ID)
		w.must(err)
		if w.holds(token) {
			t.Error("a reset did not end the sessions")
		}
		if _, err := w.signIn("pao", goodA); !errors.Is(err, ErrSignIn) {
			t.Errorf("the password before the reset: %v", err)
		}
		typed := strings.ToLower(strings.ReplaceAll(code, "-", " "))
		token, mustChange, err := w.SignIn(t.Context(), SignIn{Login: "pao", Password: typed, Address: "10.0.0.1"})
		if err != nil || !mustChange {
			t.Fatalf("by code: must change %v, %v", mustChange, err)
		}
		if a := auth.From(w.as(token)); a.May("dossier.read") || !a.May(MaySelf) {
			t.Errorf("before setting a password one may %v", a.Verbs)
		}
		if _, err := w.signIn("pao", code); !errors.Is(err, ErrSignIn) {
			t.Errorf("a code twice: %v", err)
		}
		token, err = w.ChangePassword(w.as(token), token, "", goodB)
		w.must(err)
		if a := auth.From(w.as(token)); !a.May("dossier.read") {
			t.Errorf("after setting a password one may %v", a.Verbs)
		}

		w.must(w.Disable(root, p.ID, true))
		if w.holds(token) {
			t.Error("disabled and still in")
		}
		if _, err := w.signIn("pao", goodB); !errors.Is(err, ErrSignIn) {
			t.Errorf("disabled: %v", err)
		}
		w.must(w.Disable(root, p.ID, false))
		w.in("pao", goodB)

		code, err = w.Reset(root, p.ID)
		w.must(err)
		w.pass(codeLife)
		if _, err := w.signIn("pao", code); !errors.Is(err, ErrSignIn) {
			t.Errorf("an old code: %v", err)
		}
		es, err := w.History(root, p.ID)
		if err != nil || !slices.ContainsFunc(es, func(e Event) bool { return e.Verb == "sign-in.failed" && e.From == "10.0.0.1" }) ||
			!slices.ContainsFunc(es, func(e Event) bool { return e.Verb == "staff.disabled" && e.Actor == "console" }) {
			t.Errorf("history %+v, %v", es, err)
		}
		for _, e := range es {
			if strings.Contains(e.Detail, code) || strings.Contains(e.Detail, goodB) {
				t.Errorf("a secret stands in the history: %+v", e)
			}
		}
	})
}

// Rights are read at every request: a change counts at the next click.
func TestRightsChangeAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		p := w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		token := w.in("pao", goodA)
		_, err := w.EditStaff(root, p.ID, NewStaff{Name: p.Name, Office: "lao-cai", Roles: []Role{Reception}})
		w.must(err)
		if a := auth.From(w.as(token)); a.May("dossier.read") || a.Office != "lao-cai" {
			t.Errorf("after the change: %+v", a)
		}
		w.clock = noon.AddDate(0, 0, 1)
		_, err = w.EditStaff(root, p.ID, NewStaff{Name: p.Name, Office: "lao-cai", Roles: []Role{Reception}, To: "2026-11-22"})
		w.must(err)
		if _, err := w.signIn("pao", goodA); !errors.Is(err, ErrSignIn) {
			t.Errorf("the day after the last day: %v", err)
		}
	})
}

func TestWhoManagesWhom(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		admin := w.person("quantri", goodA, "lao-cai", SysAdmin)
		below := w.person("duoi", goodA, "lao-cai-kv3", Clerk)
		above := w.person("cao", goodA, "tc", Clerk)
		beside := w.person("ben", goodA, "lai-chau", Clerk)
		token := w.in("quantri", goodA)
		me := w.as(token)
		for _, c := range []struct {
			name string
			do   func() error
			err  error
		}{
			{"someone below", func() error { _, err := w.Reset(me, below.ID); return err }, nil},
			{"someone above", func() error { _, err := w.Reset(me, above.ID); return err }, ErrNoStaff},
			{"someone in another province", func() error { return w.Disable(me, beside.ID, true) }, ErrNoStaff},
			{"someone who is not there", func() error { _, err := w.Person(me, "none"); return err }, ErrNoStaff},
			{"oneself", func() error { return w.Disable(me, admin.ID, true) }, ErrSelf},
			{"one's own roles", func() error {
				_, err := w.EditStaff(me, admin.ID, NewStaff{Name: admin.Name, Office: "lao-cai", Roles: []Role{Chief}})
				return err
			}, ErrRoleAbove},
			{"adding above", func() error {
				_, _, err := w.AddStaff(me, NewStaff{Login: "moi", Name: "Mới", Office: "tc", Roles: []Role{Clerk}})
				return err
			}, ErrStaff},
			{"adding to an office that has ended", func() error {
				_, _, err := w.AddStaff(me, NewStaff{Login: "moi", Name: "Mới", Office: "lao-cai-thi-xa-sa-pa", Roles: []Role{Clerk}})
				return err
			}, ErrStaff},
			{"a login that is taken", func() error {
				_, _, err := w.AddStaff(me, NewStaff{Login: "DUOI", Name: "Khác", Office: "lao-cai-kv3", Roles: []Role{Clerk}})
				return err
			}, ErrLogin},
			{"an administrator with a second hat", func() error {
				_, _, err := w.AddStaff(me, NewStaff{Login: "moi", Name: "Mới", Office: "lao-cai", Roles: []Role{SysAdmin, Chief}})
				return err
			}, ErrStaff},
			{"a clerk who would reset", func() error { _, err := w.Reset(w.as(w.in("cao", goodA)), below.ID); return err }, auth.ErrMay},
			{"the public", func() error { _, err := w.Staff(context.Background(), StaffFilter{}); return err }, auth.ErrWho},
		} {
			t.Run(c.name, func(t *testing.T) {
				if err := c.do(); !errors.Is(err, c.err) {
					t.Errorf("%v, want %v", err, c.err)
				}
			})
		}
		got, err := w.Staff(me, StaffFilter{})
		if err != nil || len(got.Items) != 2 {
			t.Errorf("the list of a province's administrator: %+v, %v", got.Items, err)
		}
	})
}

func TestStaffList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		for i, name := range []string{"Trần Thị Ánh", "Lê Văn Bình", "Đặng An", "Vũ Đình Đạt", "Bùi Cúc"} {
			_, _, err := w.AddStaff(root, NewStaff{Login: fmt.Sprint("nv", i), Name: name, Office: "lao-cai-kv3", Roles: []Role{Clerk}})
			w.must(err)
		}
		var got []string
		f := StaffFilter{Req: page.Req{Limit: 2}}
		for {
			p, err := w.Staff(root, f)
			w.must(err)
			for _, x := range p.Items {
				got = append(got, x.Name)
			}
			if f.After = p.Next; f.After == "" {
				break
			}
		}
		want := []string{"Đặng An", "Trần Thị Ánh", "Lê Văn Bình", "Bùi Cúc", "Vũ Đình Đạt"}
		if !slices.Equal(got, want) {
			t.Errorf("by given name: %q, want %q", got, want)
		}
		p, err := w.Staff(root, StaffFilter{Words: "dang an"})
		if err != nil || len(p.Items) != 1 {
			t.Errorf("found %+v, %v", p.Items, err)
		}
	})
}

func TestDemo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		as, err := w.Demo(t.Context())
		w.must(err)
		again, err := w.Demo(t.Context())
		if err != nil || len(again) != len(as) {
			t.Errorf("the second time: %d accounts, %v", len(again), err)
		}
		for _, a := range as {
			w.in(a.Login, a.Password)
		}
		_, _, err = w.AddStaff(root, NewStaff{Login: "that", Name: "Người Thật", Office: "lao-cai", Roles: []Role{Clerk}})
		w.must(err)
		if _, err := w.Demo(t.Context()); !errors.Is(err, ErrDemo) {
			t.Errorf("beside real people: %v, want ErrDemo", err)
		}
	})
}

func TestCookie(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		for _, c := range []struct {
			secure bool
			name   string
		}{{false, "cm"}, {true, "__Host-cm"}} {
			w.opt.Secure = c.secure
			rec := httptest.NewRecorder()
			w.keep(rec, httptest.NewRequest("GET", "/", nil), w.in("pao", goodA))
			got := rec.Result().Cookies()[0]
			if got.Name != c.name || !got.HttpOnly || got.Secure != c.secure || got.SameSite != http.SameSiteLaxMode || got.Path != "/" || got.Domain != "" {
				t.Errorf("cookie %+v", got)
			}
			r := httptest.NewRequest("GET", "/", nil)
			if a := w.Who(r); a.ID != "" {
				t.Errorf("no cookie is %+v", a)
			}
			r.AddCookie(got)
			if a := w.Who(r); a.Name != "Vừ A pao" {
				t.Errorf("the cookie is of %+v", a)
			}
		}
	})
}

func TestCodes(t *testing.T) {
	for range 50 {
		code, err := newCode(rand.Reader)
		if err != nil || len(code) != 29 || tidyCode(code) != code || tidyCode(strings.ToLower(" "+code)) != code {
			t.Fatalf("code %q, %v", code, err)
		}
	}
	if tidyCode("01801-AAAAA-AAAAA-AAAAA") != "OIBOI-AAAAA-AAAAA-AAAAA" || tidyCode("short") != "" {
		t.Error("a code is not read as it looks")
	}
}

// The first day of a new person, through the browser: the code, a password of
// their own, the work, and out again.
func TestFirstDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		_, code, err := w.AddStaff(root, NewStaff{Login: "moi", Name: "Vàng Thị Mới", Office: "lao-cai-kv3", Roles: []Role{Clerk}})
		w.must(err)
		mux := http.NewServeMux()
		pages := web.NewMux(mux, slog.New(slog.DiscardHandler), site.Refusal)
		w.Module().Web(pages)
		pages.Page("GET /work", "dossier.read", func(rw http.ResponseWriter, r *http.Request) error {
			_, err := io.WriteString(rw, auth.From(r.Context()).Name)
			return err
		})
		pages.Page("GET /{$}", MaySelf, func(http.ResponseWriter, *http.Request) error { return nil })
		srv := httptest.NewServer(w.Gate(mux))
		defer srv.Close()
		jar, err := cookiejar.New(nil)
		w.must(err)
		browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		step := func(name string, status int, to string, resp *http.Response, err error) string {
			t.Helper()
			w.must(err)
			defer resp.Body.Close()
			text, err := io.ReadAll(resp.Body)
			w.must(err)
			if resp.StatusCode != status || resp.Header.Get("Location") != to {
				t.Errorf("%s: %d to %q, want %d to %q\n%.300s", name, resp.StatusCode, resp.Header.Get("Location"), status, to, text)
			}
			return string(text)
		}
		get := func(name, path string, status int, to string) string {
			t.Helper()
			resp, err := browser.Get(srv.URL + path)
			return step(name, status, to, resp, err)
		}
		post := func(name, path string, status int, to string, in url.Values) string {
			t.Helper()
			resp, err := browser.PostForm(srv.URL+path, in)
			return step(name, status, to, resp, err)
		}

		get("nobody", "/work", 401, "")
		post("the code", "/sign-in", 303, "/account/password", url.Values{"login": {"moi"}, "password": {code}, "back": {"/work"}})
		get("work before a password", "/work", 303, "/account/password")
		if page := get("the form", "/account/password", 200, ""); strings.Contains(page, `name="old"`) {
			t.Error("asks for a password that was never set")
		}
		two := "hai  dấu cách  trong câu"
		post("two that differ", "/account/password", 422, "", url.Values{"password": {two}, "again": {goodA}})
		post("too short", "/account/password", 422, "", url.Values{"password": {"ngắn"}, "again": {"ngắn"}})
		post("her own", "/account/password", 303, "/", url.Values{"password": {two}, "again": {two}})
		if got := get("work", "/work", 200, ""); got != "Vàng Thị Mới" {
			t.Errorf("works as %q", got)
		}
		if page := get("the account", "/account", 200, ""); !strings.Contains(page, "Phiên này") {
			t.Error("the present session is not marked")
		}
		get("signed in already", "/sign-in?back=/work", 303, "/work")
		post("out", "/sign-out", 303, "/sign-in", nil)
		get("after signing out", "/work", 401, "")
		post("in again, spaces and all", "/sign-in", 303, "/work", url.Values{"login": {"moi"}, "password": {two}, "back": {"/work"}})
		get("work again", "/work", 200, "")
		post("everywhere out", "/account/sign-out-everywhere", 303, "/sign-in", nil)
		get("after that", "/work", 401, "")
	})
}

// A failed attempt that cannot be put on record is trouble, not a wrong password.
func TestFailureOffRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		if _, err := w.signIn("pao", "sai"); !errors.Is(err, ErrSignIn) {
			t.Fatal(err)
		}
		if _, err := d.Exec(t.Context(), `DROP TABLE org_event`); err != nil {
			t.Fatal(err)
		}
		if _, err := w.signIn("pao", "sai"); err == nil || errors.Is(err, ErrSignIn) {
			t.Errorf("without a record: %v", err)
		}
	})
}

// Behind a proxy that speaks TLS the cookie is the careful one.
func TestCookieBehindProxy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		for proto, name := range map[string]string{"http": "cm", "https": "__Host-cm"} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("X-Forwarded-Proto", proto)
			rec := httptest.NewRecorder()
			web.Proxied(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { w.keep(rec, r, "x") })).ServeHTTP(rec, r)
			if c := rec.Result().Cookies()[0]; c.Name != name || c.Secure != (proto == "https") {
				t.Errorf("%s: %+v", proto, c)
			}
			rec = httptest.NewRecorder()
			w.keep(rec, r, "x") // nobody said that there is a proxy
			if c := rec.Result().Cookies()[0]; c.Name != "cm" || c.Secure {
				t.Errorf("%s without a proxy: %+v", proto, c)
			}
		}
	})
}
