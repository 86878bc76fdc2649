package criminal

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/auth/password"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/event"
	"congminh/internal/kit/job"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/site"
)

// desk is the demonstration as a browser sees it.
type desk struct {
	*Service
	t     *testing.T
	mux   *http.ServeMux
	cases map[string]Case // by number
	login string          // who asks when nobody else is named
}

func demoDesk(t *testing.T, d *db.DB) *desk {
	t.Helper()
	now := func() time.Time { return noon }
	bus := event.NewBus(job.NewRunner(d, slog.New(slog.DiscardHandler), now))
	o := org.NewService(d, now, rand.Reader, org.Options{Cost: password.Cost{Memory: 64, Time: 1, Lanes: 1}})
	k := &desk{Service: NewService(d, bus, o, testLaw(t), now), t: t, mux: http.NewServeMux(), cases: map[string]Case{}, login: "ksv"}
	k.ok(d.Migrate(t.Context(), "job", job.Schema()))
	k.ok(d.Migrate(t.Context(), "org", o.Module().Schema))
	k.ok(d.Migrate(t.Context(), "criminal", k.Module().Schema))
	_, err := o.Demo(t.Context())
	k.ok(err)
	cs, err := k.Demo(t.Context())
	k.ok(err)
	for _, c := range cs {
		k.cases[c.Number] = c
	}
	pages := web.NewMux(k.mux, slog.New(slog.DiscardHandler), site.Refusal)
	pages.Offices(o.OfficeName)
	site.Web(pages)
	for _, m := range []kit.Module{o.Module(), k.Module()} {
		m.Web(pages)
	}
	return k
}

func (k *desk) ok(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *desk) as(login string) context.Context {
	k.t.Helper()
	a, err := k.org.ActorOf(k.t.Context(), login)
	k.ok(err)
	return auth.With(k.t.Context(), a)
}

// ask sends a form if there is one, and returns the answer.
func (k *desk) ask(who, path string, in url.Values) (int, string, http.Header) {
	k.t.Helper()
	method, body := http.MethodGet, ""
	if in != nil {
		method, body = http.MethodPost, in.Encode()
	}
	r := httptest.NewRequest(method, path, strings.NewReader(body)).WithContext(k.as(who))
	if in != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	k.mux.ServeHTTP(rec, r)
	text, err := io.ReadAll(rec.Body)
	k.ok(err)
	return rec.Code, string(text), rec.Header()
}

func (k *desk) see(who, path string, status int, texts ...string) string {
	k.t.Helper()
	code, body, _ := k.ask(who, path, nil)
	if code != status {
		k.t.Errorf("%s as %s: %d, want %d\n%.900s", path, who, code, status, body)
	}
	for _, x := range texts {
		if !strings.Contains(body, x) {
			k.t.Errorf("%s as %s does not say %q", path, who, x)
		}
	}
	return body
}

func (k *desk) person(number, name string) ledger.PartyID {
	k.t.Helper()
	c, err := k.Detail(k.as("vientruong"), k.cases[number].ID)
	k.ok(err)
	for _, p := range c.Persons {
		if p.Name == name {
			return p.ID
		}
	}
	k.t.Fatalf("no %s in %s", name, number)
	return ""
}

// The invented cases tell stories that the ledger takes without a word.
func TestDemoStories(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := demoDesk(t, d)
		for number, c := range k.cases {
			led, st, err := k.Acts(k.as("vientruong"), c.ID, "")
			k.ok(err)
			for _, a := range led.Acts {
				if len(a.Flags) > 0 {
					t.Errorf("%s: %s on %s is marked %v", number, a.Kind, a.At, a.Flags)
				}
			}
			t.Log(number, st.Stage, st.Status, st.Class, len(led.Acts), st.Accused)
		}
		for number, want := range map[string][3]string{
			"01/2026/HS": {"prosecution", "open", "INT"}, "03/2026/HS": {"investigation", "open", "RNT"}, "05/2026/HS": {"first_instance", "open", "INT"},
			"07/2026/TB": {"report", "open", ""}, "08/2026/HS": {"investigation", "suspended", ""}, "118/2024/HS": {"enforcement", "open", ""}, "09/2026/HS": {"investigation", "open", ""},
		} {
			if c := k.cases[number]; [3]string{string(c.Stage), string(c.Status), c.Class} != want {
				t.Errorf("%s is %s, %s, %q; want %v", number, c.Stage, c.Status, c.Class, want)
			}
		}
	})
}
