package org

import (
	"encoding/json"
	"errors"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/web"
	"congminh/internal/org/passkey"
	"congminh/internal/org/totp"
	"congminh/internal/site"
)

// serve is the pages of w on a port of their own.
func (w *world) serve() *httptest.Server {
	mux := http.NewServeMux()
	pages := web.NewMux(mux, slog.New(slog.DiscardHandler), site.Refusal)
	w.Module().Web(pages)
	pages.Page("POST /seal", MaySelf, web.Fresh(func(rw http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(rw, "sealed")
		return err
	}))
	pages.Page("GET /work", "case.read", func(rw http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(rw, "work")
		return err
	})
	srv := httptest.NewServer(w.Gate(mux))
	w.t.Cleanup(srv.Close)
	return srv
}

// enrol gives the holder of token a telephone and returns its secret, the new token
// and the recovery codes.
func (w *world) enrol(token string) (secret, fresh string, recovery []string) {
	w.t.Helper()
	e, err := w.BeginTOTP(w.as(token))
	w.must(err)
	fresh, recovery, err = w.FinishTOTP(w.as(token), token, e.Try, w.code(e.Secret))
	w.must(err)
	return e.Secret, fresh, recovery
}

func (w *world) code(secret string) string {
	w.t.Helper()
	code, err := totp.Code(secret, w.clock)
	w.must(err)
	return code
}

// half is the first step of signing in.
func (w *world) half(login, pw string) string {
	w.t.Helper()
	try, err := w.signIn(login, pw)
	if !errors.Is(err, ErrSecond) {
		w.t.Fatalf("the password alone: %v", err)
	}
	return try
}

func (w *world) second(try, code string) (string, error) {
	w.must(w.store.forget(w.t.Context(), code2("pao"))) // guesses have a test of their own
	token, _, err := w.Second(w.t.Context(), try, code, SignIn{Address: "10.0.0.1"})
	return token, err
}

func (w *world) verbs(id StaffID) (out []string) {
	w.t.Helper()
	es, err := w.History(root, id)
	w.must(err)
	for _, e := range es {
		out = append(out, e.Verb)
	}
	return out
}

func TestTOTP(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		p := w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		old := w.in("pao", goodA)
		token := w.in("pao", goodA)
		e, err := w.BeginTOTP(w.as(token))
		w.must(err)
		if _, _, err := w.FinishTOTP(w.as(token), token, e.Try, "000000"); !errors.Is(err, ErrCode) {
			t.Errorf("a wrong code: %v", err)
		}
		if w.in("pao", goodA) == "" {
			t.Error("a secret that was only shown is asked for")
		}
		fresh, recovery, err := w.FinishTOTP(w.as(token), token, e.Try, w.code(e.Secret))
		w.must(err)
		if w.holds(old) || w.holds(token) || !w.holds(fresh) {
			t.Error("other sessions did not end, or the token of this one did not change")
		}
		if a := auth.From(w.as(fresh)); a.Proof.By != auth.ByTOTP {
			t.Errorf("proved by %q", a.Proof.By)
		}

		try := w.half("pao", goodA)
		if w.holds(try) {
			t.Error("half of a sign-in opens")
		}
		if _, err := w.second(try, w.code(e.Secret)); !errors.Is(err, ErrCode) {
			t.Errorf("the code that enrolled, again: %v", err)
		}
		w.pass(30 * time.Second)
		code := w.code(e.Secret)
		session, err := w.second(try, code[:3]+" "+code[3:])
		w.must(err)
		if !w.holds(session) {
			t.Error("signed in and not in")
		}
		if _, err := w.second(try, code); !errors.Is(err, ErrTry) {
			t.Errorf("the step again: %v", err)
		}
		if _, err := w.second(w.half("pao", goodA), code); !errors.Is(err, ErrCode) {
			t.Errorf("the code again: %v", err)
		}
		older, err := totp.Code(e.Secret, w.clock.Add(-30*time.Second))
		w.must(err)
		if _, err := w.second(w.half("pao", goodA), older); !errors.Is(err, ErrCode) {
			t.Errorf("an older code: %v", err)
		}
		w.pass(10 * time.Minute)
		if _, err := w.second(try, w.code(e.Secret)); !errors.Is(err, ErrTry) {
			t.Errorf("a step of long ago: %v", err)
		}

		stored, err := db.All(t.Context(), d, db.Value[string], `SELECT code FROM org_recovery`)
		w.must(err)
		if len(recovery) != codes || len(stored) != codes || slices.Contains(stored, recovery[0]) {
			t.Errorf("%d recovery codes, stored as %v", len(recovery), stored)
		}
		session, err = w.second(w.half("pao", goodA), strings.ToLower(recovery[3]))
		w.must(err)
		if a := auth.From(w.as(session)); a.Proof.By != auth.ByRecovery {
			t.Errorf("proved by %q", a.Proof.By)
		}
		if _, err := w.second(w.half("pao", goodA), recovery[3]); !errors.Is(err, ErrCode) {
			t.Errorf("a recovery code again: %v", err)
		}
		m, err := w.Methods(w.as(session))
		if err != nil || !m.TOTP || m.Recovery != codes-1 {
			t.Errorf("methods %+v, %v", m, err)
		}
		again, err := w.NewRecovery(w.as(session))
		w.must(err)
		if _, err := w.second(w.half("pao", goodA), recovery[4]); !errors.Is(err, ErrCode) || len(again) != codes {
			t.Errorf("a code of the old list: %v", err)
		}
		w.must(w.RemoveTOTP(w.as(session)))
		if m, err := w.Methods(w.as(session)); err != nil || m.Second() || m.Recovery != 0 {
			t.Errorf("after removal %+v, %v", m, err)
		}
		w.in("pao", goodA)
		for _, v := range []string{"totp.added", "second.failed", "recovery.used", "recovery.made", "totp.removed"} {
			if !slices.Contains(w.verbs(p.ID), v) {
				t.Errorf("%s is not on record", v)
			}
		}
	})
}

func ifNot(err, want error) error {
	if errors.Is(err, want) {
		return nil
	}
	return err
}

// A password that is known must not buy guesses at the code.
func TestSecondGuesses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		secret, _, _ := w.enrol(w.in("pao", goodA))
		w.pass(time.Minute)
		guesses := 0
		for range 20 {
			try, err := w.signIn("pao", goodA)
			w.must(ifNot(err, ErrSecond))
			if _, _, err := w.Second(t.Context(), try, "000000", SignIn{Address: "10.0.0.1"}); errors.Is(err, ErrWait) {
				break
			}
			guesses++
		}
		if guesses == 0 || guesses > freeAccount {
			t.Errorf("%d guesses at once", guesses)
		}
		w.pass(longestWait)
		_, _, err := w.Second(t.Context(), w.half("pao", goodA), w.code(secret), SignIn{Address: "10.0.0.1"})
		w.must(err)
	})
}

func TestSecondRequired(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		w.person("vanthu", goodA, "lao-cai-kv3", Clerk)
		before := w.in("vanthu", goodA)
		w.opt.Second = true
		for _, token := range []string{before, w.in("vanthu", goodA)} {
			if a, must, err := w.Holder(t.Context(), token); err != nil || must != MustSecond || a.May("case.read") || !a.May(MaySelf) {
				t.Errorf("a clerk with a password: %+v, must %q, %v", a, must, err)
			}
		}
		if a, must, err := w.Holder(t.Context(), w.in("pao", goodA)); err != nil || must != Nothing || !a.May("case.read") {
			t.Errorf("a prosecutor with a password: %+v, must %q, %v", a, must, err)
		}
		srv := w.serve()
		b := newBrowser(w, srv.URL)
		b.post("/sign-in", 303, url.Values{"login": {"vanthu"}, "password": {goodA}, "back": {"/work"}})
		if _, to := b.get("/work", 303); to != "/account" {
			t.Errorf("led to %q", to)
		}
		if page, _ := b.get("/account", 200); !strings.Contains(page, "bắt buộc xác thực hai bước") {
			t.Error("the account does not say what to do")
		}
		page, _ := b.post("/account/totp", 200, nil)
		secret := regexp.MustCompile(`id="totp-secret">(\w+)<`).FindStringSubmatch(page)[1]
		if !strings.Contains(page, "<path d=\"M") {
			t.Error("no picture")
		}
		b.post("/account/totp/finish", 422, url.Values{"try": {input(page, "try")}, "code": {"000000"}})
		page, _ = b.post("/account/totp/finish", 200, url.Values{"try": {input(page, "try")}, "code": {w.code(secret)}})
		if strings.Count(page, "<li><code>") != codes {
			t.Errorf("recovery codes are not shown: %.400s", page)
		}
		b.get("/work", 200)
		if page, _ := b.get("/account", 200); !strings.Contains(page, "Mật khẩu và mã trên điện thoại") {
			t.Error("the session does not say how it was opened")
		}
		if page, _ := b.post("/account/totp/remove", 409, url.Values{"sure": {"on"}}); !strings.Contains(page, "cách cuối cùng") {
			t.Error("the last way was removed")
		}
		// And the two steps of the next day, with a wrong code between them.
		b.post("/sign-out", 303, nil)
		w.pass(time.Hour)
		page, _ = b.post("/sign-in", 200, url.Values{"login": {"vanthu"}, "password": {goodA}, "back": {"/work"}})
		b.get("/work", 401)
		page, _ = b.post("/sign-in/second", 401, url.Values{"try": {input(page, "try")}, "code": {"123"}, "back": {input(page, "back")}})
		if _, to := b.post("/sign-in/second", 303, url.Values{"try": {input(page, "try")}, "code": {w.code(secret)}, "back": {input(page, "back")}}); to != "/work" {
			t.Errorf("led to %q", to)
		}
		b.get("/work", 200)
	})
}

// browser is a browser without a script.
type browser struct {
	*http.Client
	w    *world
	base string
	at   string // the page it shows
}

func newBrowser(w *world, base string) *browser {
	jar, err := cookiejar.New(nil)
	w.must(err)
	return &browser{&http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, w, base, ""}
}

func (b *browser) send(r *http.Request, status int) (page, to string) {
	b.w.t.Helper()
	resp, err := b.Do(r)
	b.w.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	b.w.must(err)
	if resp.StatusCode != status {
		b.w.t.Errorf("%s %s: %d, want %d\n%.600s", r.Method, r.URL.Path, resp.StatusCode, status, text)
	}
	return string(text), resp.Header.Get("Location")
}

func (b *browser) get(path string, status int) (page, to string) {
	b.w.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.base+path, nil)
	b.w.must(err)
	b.at = b.base + path
	return b.send(r, status)
}

func (b *browser) post(path string, status int, in url.Values) (page, to string) {
	b.w.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.base+path, strings.NewReader(in.Encode()))
	b.w.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Referer", b.at)
	return b.send(r, status)
}

// input is the value of a hidden input.
func input(page, name string) string {
	_, page, _ = strings.Cut(page, "<main") // the frame has forms too
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

func TestConfirm(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		p := w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		srv := w.serve()
		b := newBrowser(w, srv.URL)
		b.post("/sign-in", 303, url.Values{"login": {"pao"}, "password": {goodA}})
		if page, _ := b.post("/seal", 200, nil); page != "sealed" {
			t.Errorf("just signed in: %s", page)
		}
		w.pass(auth.FreshFor + time.Second)
		b.get("/account?x=1", 200)
		page, _ := b.post("/seal", 403, nil)
		if !strings.Contains(page, `action="/confirm"`) || input(page, "back") != "/account?x=1" || input(page, "again") != "on" || !strings.Contains(page, "chưa được lưu") {
			t.Errorf("asked by\n%s", page)
		}
		form := url.Values{"back": {input(page, "back")}, "again": {"on"}, "password": {"sai"}}
		if page, _ := b.post("/confirm", 422, form); !strings.Contains(page, "Mật khẩu không đúng") {
			t.Error("a wrong password is not said")
		}
		before := b.Jar.Cookies(mustURL(srv.URL))
		form.Set("password", goodA)
		if _, to := b.post("/confirm", 303, form); to != "/account?x=1" {
			t.Errorf("led to %q", to)
		}
		after := b.Jar.Cookies(mustURL(srv.URL))
		if cookie(before, "cm") == cookie(after, "cm") || w.holds(cookie(before, "cm")) {
			t.Error("the token did not change")
		}
		b.post("/seal", 200, nil)
		for _, v := range []string{"confirm.failed", "confirmed"} {
			if !slices.Contains(w.verbs(p.ID), v) {
				t.Errorf("%s is not on record", v)
			}
		}
		form.Set("back", "//evil.example/")
		if _, to := b.post("/confirm", 303, form); to != "/" {
			t.Errorf("led out to %q", to)
		}

		// Who has a second factor confirms with both.
		token := cookie(b.Jar.Cookies(mustURL(srv.URL)), "cm")
		secret, token, _ := w.enrol(token)
		w.pass(10 * time.Minute)
		if _, err := w.Confirm(w.as(token), token, goodA, "", "10.0.0.1"); !slices.Equal(fields(err), []string{"code"}) {
			t.Errorf("without a code: %v", err)
		}
		if auth.RequireFresh(w.as(token), auth.FreshFor) == nil {
			t.Error("half a proof counts")
		}
		fresh, err := w.Confirm(w.as(token), token, goodA, w.code(secret), "10.0.0.1")
		w.must(err)
		w.must(auth.RequireFresh(w.as(fresh), auth.FreshFor))
		if a := auth.From(w.as(fresh)); a.Proof.By != auth.ByTOTP {
			t.Errorf("proved by %q", a.Proof.By)
		}
	})
}

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

func cookie(cs []*http.Cookie, name string) string {
	for _, c := range cs {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// device is a telephone with a passkey.
type device struct {
	w    *world
	rp   virtualwebauthn.RelyingParty
	auth virtualwebauthn.Authenticator
	key  virtualwebauthn.Credential
}

func (w *world) device(origin string, p Staff) *device {
	key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	// The virtual device drops zeros at the beginning of a coordinate, which no real one
	// does (RFC 9053, 7.1.1), so one key in 128 is no key. 77 bytes is a whole one.
	for len(key.Key.AttestationData()) != 77 {
		key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	return &device{w, virtualwebauthn.RelyingParty{ID: "localhost", Name: "Công Minh", Origin: origin},
		virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(p.ID)}),
		key}
}

func (d *device) register(token, name string) (fresh string, err error) {
	d.w.t.Helper()
	o, try, err := d.w.NewPasskey(d.w.as(token))
	d.w.must(err)
	text, err := json.Marshal(o)
	d.w.must(err)
	opts, err := virtualwebauthn.ParseAttestationOptions(string(text))
	d.w.must(err)
	return d.w.AddPasskey(d.w.as(token), token, try, virtualwebauthn.CreateAttestationResponse(d.rp, d.auth, d.key, *opts), name)
}

// prove answers a question with the device.
func (d *device) prove() (try, answer string) {
	d.w.t.Helper()
	o, try, err := d.w.AskPasskey(d.w.t.Context())
	d.w.must(err)
	text, err := json.Marshal(o)
	d.w.must(err)
	return try, d.answer(string(text))
}

func (d *device) answer(options string) string {
	d.w.t.Helper()
	opts, err := virtualwebauthn.ParseAssertionOptions(options)
	d.w.must(err)
	return virtualwebauthn.CreateAssertionResponse(d.rp, d.auth, d.key, *opts)
}

func (d *device) signIn() (string, error) {
	d.w.t.Helper()
	try, answer := d.prove()
	return d.w.SignInByPasskey(d.w.t.Context(), try, answer, SignIn{Address: "10.0.0.1"})
}

const home = "http://localhost:8080"

func withKeys(t *testing.T, d *db.DB) *world {
	w := house(t, d)
	var err error
	w.opt.Keys, err = passkey.New("http://127.0.0.1:8080", "Công Minh")
	w.must(err)
	return w
}

func TestPasskey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := withKeys(t, d)
		if w.KeyHost() != "localhost" {
			t.Errorf("bound to %q", w.KeyHost())
		}
		p := w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		token := w.in("pao", goodA)
		phone, stick := w.device(home, p), w.device(home, p)
		if _, err := phone.register(token, " "); !slices.Equal(fields(err), []string{"name"}) {
			t.Errorf("without a name: %v", err)
		}
		token, err := phone.register(token, "Điện thoại")
		w.must(err)
		w.pass(time.Second)
		token, err = stick.register(token, "Khóa USB")
		w.must(err)
		w.pass(time.Minute)
		session, err := phone.signIn()
		w.must(err)
		if a := auth.From(w.as(session)); a.ID != string(p.ID) || a.Proof.By != auth.ByPasskey || !a.May("case.read") {
			t.Errorf("in as %+v", a)
		}
		m, err := w.Methods(w.as(session))
		if err != nil || len(m.Passkeys) != 2 || m.Passkeys[0].Name != "Điện thoại" || !m.Passkeys[0].Used.Equal(w.clock) || m.Passkeys[1].Used.Equal(w.clock) {
			t.Errorf("keys %+v, %v", m.Passkeys, err)
		}
		if try, err := w.signIn("pao", goodA); !errors.Is(err, ErrSecond) || w.holds(try) {
			t.Errorf("a password alone beside a passkey: %v", err)
		}

		// What must not open.
		evil := *phone
		evil.rp.Origin = "http://localhost.evil.example"
		if _, err := evil.signIn(); !errors.Is(err, ErrPasskey) {
			t.Errorf("signed for another page: %v", err)
		}
		evil = *phone
		evil.rp.ID = "evil.example"
		if _, err := evil.signIn(); !errors.Is(err, ErrPasskey) {
			t.Errorf("signed for another program: %v", err)
		}
		evil = *phone
		evil.auth.Options.UserNotVerified = true
		if _, err := evil.signIn(); !errors.Is(err, ErrPasskey) {
			t.Errorf("neither PIN nor finger: %v", err)
		}
		evil = *phone
		evil.key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		if _, err := evil.signIn(); !errors.Is(err, ErrPasskey) {
			t.Errorf("another key: %v", err)
		}
		evil.key.ID = phone.key.ID
		if _, err := evil.signIn(); !errors.Is(err, ErrPasskey) {
			t.Errorf("another key under the name of this: %v", err)
		}
		evil = *phone
		evil.auth.Options.UserHandle = []byte("nobody")
		if _, err := evil.signIn(); !errors.Is(err, ErrPasskey) {
			t.Errorf("of nobody: %v", err)
		}
		try, answer := phone.prove()
		in := SignIn{Address: "10.0.0.1"}
		_, err = w.SignInByPasskey(t.Context(), try, answer, in)
		w.must(err)
		if _, err := w.SignInByPasskey(t.Context(), try, answer, in); !errors.Is(err, ErrTry) {
			t.Errorf("the same answer again: %v", err)
		}
		other, _ := phone.prove()
		if _, err := w.SignInByPasskey(t.Context(), other, answer, in); !errors.Is(err, ErrPasskey) {
			t.Errorf("an answer to another question: %v", err)
		}
		if _, err := w.SignInByPasskey(t.Context(), "made up", answer, in); !errors.Is(err, ErrTry) {
			t.Errorf("an answer to no question: %v", err)
		}
		if _, err := w.SignInByPasskey(t.Context(), other, "{}", in); !errors.Is(err, ErrTry) {
			t.Errorf("a question used up: %v", err)
		}

		// A count that goes back is put on record.
		phone.key.Counter = 9
		_, err = phone.signIn()
		w.must(err)
		if slices.Contains(w.verbs(p.ID), "passkey.cloned") {
			t.Error("a count that rises is no clone")
		}
		phone.key.Counter = 3
		session, err = phone.signIn()
		w.must(err)
		if !slices.Contains(w.verbs(p.ID), "passkey.cloned") {
			t.Error("a count that went back is not on record")
		}

		w.must(w.RemovePasskey(w.as(session), m.Passkeys[0].ID))
		if _, err := phone.signIn(); !errors.Is(err, ErrPasskey) {
			t.Errorf("a removed key: %v", err)
		}
		if err := w.RemovePasskey(w.as(session), m.Passkeys[0].ID); !errors.Is(err, ErrNoKey) {
			t.Errorf("removed again: %v", err)
		}
		w.opt.Second = true
		if err := w.RemovePasskey(w.as(session), m.Passkeys[1].ID); err != nil {
			t.Errorf("a role that does not ask for it: %v", err)
		}
		w.in("pao", goodA)
	})
}

func TestHashesAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if n := house(t, d).opt.Hashes; n != 2*runtime.NumCPU() {
			t.Errorf("%d hashes at once on %d processors", n, runtime.NumCPU())
		}
	})
}

func TestPasskeyConfirms(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := withKeys(t, d)
		p, q := w.person("pao", goodA, "lao-cai-kv3", Prosecutor), w.person("ly", goodA, "lao-cai-kv3", Prosecutor)
		phone, hers := w.device(home, p), w.device(home, q)
		token, err := phone.register(w.in("pao", goodA), "Điện thoại")
		w.must(err)
		_, err = hers.register(w.in("ly", goodA), "Điện thoại")
		w.must(err)
		w.pass(10 * time.Minute)
		if err := w.RemovePasskey(w.as(token), "x"); !errors.Is(err, auth.ErrFresh) {
			t.Errorf("ten minutes later: %v", err)
		}
		if _, _, err := w.NewPasskey(w.as(token)); !errors.Is(err, auth.ErrFresh) {
			t.Errorf("a new key ten minutes later: %v", err)
		}
		try, answer := hers.prove()
		if _, err := w.ConfirmByPasskey(w.as(token), token, try, answer, "10.0.0.1"); !errors.Is(err, ErrPasskey) {
			t.Errorf("the key of another: %v", err)
		}
		try, answer = phone.prove()
		fresh, err := w.ConfirmByPasskey(w.as(token), token, try, answer, "10.0.0.1")
		w.must(err)
		if w.holds(token) || auth.RequireFresh(w.as(fresh), auth.FreshFor) != nil {
			t.Error("the token did not change, or the proof is not fresh")
		}
		// A key of hers cannot be entered as one of his.
		hers.auth.Options.UserHandle = []byte(p.ID)
		if _, err := hers.register(fresh, "Của người khác"); !errors.Is(err, ErrKey) {
			t.Errorf("a key someone else has: %v", err)
		}
		w.must(w.Disable(root, p.ID, true))
		if w.holds(fresh) {
			t.Error("disabled and still in")
		}
		if _, err := phone.signIn(); !errors.Is(err, ErrSignIn) {
			t.Errorf("disabled and in by passkey: %v", err)
		}
	})
}

// Through the pages, as the script does it.
func TestPasskeyBrowser(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := withKeys(t, d)
		p := w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		phone := w.device(home, p)
		_, err := phone.register(w.in("pao", goodA), "Điện thoại")
		w.must(err)
		b := newBrowser(w, w.serve().URL)
		if page, _ := b.get("/sign-in", 200); !strings.Contains(page, `id="passkey-sign-in"`) || strings.Contains(page, "oidc-sign-in") {
			t.Error("the page of sign-in offers what there is not, or not what there is")
		}
		page, _ := b.post("/sign-in/passkey/ask", 200, nil)
		var asked struct {
			Options json.RawMessage
			Try     string
		}
		w.must(json.Unmarshal([]byte(page), &asked))
		form := url.Values{"try": {asked.Try}, "answer": {phone.answer(string(asked.Options))}, "back": {"/account"}}
		if _, to := b.post("/sign-in/passkey", 303, form); to != "/account" {
			t.Errorf("led to %q", to)
		}
		if page, _ := b.get("/account", 200); !strings.Contains(page, "Điện thoại") || !strings.Contains(page, `id="passkey-add"`) {
			t.Error("the account does not show the key")
		}
		b.post("/sign-in/passkey", 401, form)

		// Whoever has nothing to type is not asked to type it.
		c := newBrowser(w, b.base)
		page, _ = c.post("/sign-in", 200, url.Values{"login": {"pao"}, "password": {goodA}})
		if strings.Contains(page, `name="code"`) || !strings.Contains(page, `id="passkey-sign-in"`) {
			t.Error("the second step of a passkey asks for a code")
		}
		if page, _ := b.get("/confirm?back=/account", 200); strings.Contains(page, `name="code"`) || strings.Contains(page, `name="password"`) || !strings.Contains(page, `id="passkey-confirm"`) {
			t.Error("a passkey confirms by something else")
		}
	})
}

// An administrator takes a lost telephone away, and learns no secret by it.
func TestRemoveSecond(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := withKeys(t, d)
		p := w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		w.person("quantri", goodA, "lao-cai", SysAdmin)
		phone := w.device(home, p)
		token, err := phone.register(w.in("pao", goodA), "Điện thoại")
		w.must(err)
		secret, token, recovery := w.enrol(token)

		code, err := w.Reset(root, p.ID) // a new password is not a new telephone
		w.must(err)
		w.pass(time.Minute)
		session, mustChange, err := w.Second(t.Context(), w.half("pao", code), w.code(secret), SignIn{Address: "10.0.0.1"})
		if err != nil || !mustChange {
			t.Fatalf("a one-time code and the telephone: must change %v, %v", mustChange, err)
		}
		session, err = w.ChangePassword(w.as(session), session, "", goodB)
		w.must(err)
		if a := auth.From(w.as(session)); a.Proof.By != auth.ByTOTP {
			t.Errorf("proved by %q", a.Proof.By)
		}
		if _, err := w.signIn("pao", code); !errors.Is(err, ErrSignIn) {
			t.Errorf("a used one-time code: %v", err)
		}

		admin := w.in("quantri", goodA)
		w.pass(10 * time.Minute)
		if _, err := w.RemoveSecond(w.as(admin), p.ID); !errors.Is(err, auth.ErrFresh) {
			t.Errorf("an administrator of ten minutes ago: %v", err)
		}
		admin, err = w.Confirm(w.as(admin), admin, goodA, "", "10.0.0.2")
		w.must(err)
		code, err = w.RemoveSecond(w.as(admin), p.ID)
		w.must(err)
		if w.holds(session) || w.holds(token) {
			t.Error("a session outlived it")
		}
		if _, err := phone.signIn(); !errors.Is(err, ErrPasskey) {
			t.Errorf("the lost key: %v", err)
		}
		if _, err := w.signIn("pao", goodB); !errors.Is(err, ErrSignIn) {
			t.Errorf("the old password: %v", err)
		}
		session, mustChange, err = w.SignIn(t.Context(), SignIn{Login: "pao", Password: code, Address: "10.0.0.1"})
		if err != nil || !mustChange {
			t.Fatalf("the one-time code: must change %v, %v", mustChange, err)
		}
		if m, err := w.Methods(w.as(session)); err != nil || m.Second() || m.Recovery != 0 || len(recovery) == 0 {
			t.Errorf("left over: %+v, %v", m, err)
		}
		if !slices.Contains(w.verbs(p.ID), "staff.second-removed") {
			t.Error("not on record")
		}
		if _, err := w.RemoveSecond(w.as(session), p.ID); !errors.Is(err, auth.ErrMay) {
			t.Errorf("by someone without the right: %v", err)
		}

		b := newBrowser(w, w.serve().URL)
		b.post("/sign-in", 303, url.Values{"login": {"quantri"}, "password": {goodA}})
		at := "/admin/staff/" + string(p.ID)
		if page, _ := b.get(at, 200); !strings.Contains(page, at+"/second/remove") {
			t.Error("the page of a person does not offer it")
		}
		if page, _ := b.post(at+"/second/remove", 200, nil); !strings.Contains(page, "Gỡ xác thực hai bước của") {
			t.Error("it is done without a question")
		}
		page, _ := b.post(at+"/second/remove", 200, url.Values{"sure": {"on"}})
		code = regexp.MustCompile(`<code>([A-Z2-7-]{29})</code>`).FindString(page)
		if code == "" {
			t.Fatalf("no code on the page: %.300s", page)
		}
		if _, mustChange, err := w.SignIn(t.Context(), SignIn{Login: "pao", Password: strings.Trim(code, "</code>"), Address: "10.0.0.1"}); err != nil || !mustChange {
			t.Errorf("the code of the page: must change %v, %v", mustChange, err)
		}
		w.pass(10 * time.Minute)
		if page, _ := b.post(at+"/second/remove", 403, url.Values{"sure": {"on"}}); !strings.Contains(page, `action="/confirm"`) {
			t.Error("ten minutes later nobody asks who it is")
		}
	})
}
