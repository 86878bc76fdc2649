package org

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/org/sso"
)

// provider is an identity provider small enough to see through: it asks nobody for a
// password, and it lies in its tokens when told to.
type provider struct {
	*httptest.Server
	t        *testing.T
	now      func() time.Time
	key      *rsa.PrivateKey
	user     string                              // who is signed in there
	lie      func(header, claims map[string]any) // nil: no lie
	forge    func(signed string) string          // nil: the token as it was signed
	requests map[string]url.Values               // by code: what the browser brought
	asked    url.Values                          // the last such request
}

const clientID, clientSecret = "congminh", "bi mat cua may khach"

func newProvider(t *testing.T, now func() time.Time) *provider {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, now: now, key: key, requests: map[string]url.Values{}}
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token",
			"jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		b := base64.RawURLEncoding
		answer(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k",
			"n": b.EncodeToString(key.N.Bytes()), "e": b.EncodeToString(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("GET /auth", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		p.asked = q
		if q.Get("client_id") != clientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" ||
			q.Get("state") == "" || q.Get("nonce") == "" {
			http.Error(w, "bad request "+r.URL.RawQuery, http.StatusBadRequest)
			return
		}
		code := rand.Text()
		p.requests[code] = q
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.URL}}.Encode(), http.StatusSeeOther)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		id, secret, basic := r.BasicAuth()
		if !basic {
			id, secret = r.FormValue("client_id"), r.FormValue("client_secret")
		} else {
			secret, _ = url.QueryUnescape(secret)
		}
		q, known := p.requests[r.FormValue("code")]
		delete(p.requests, r.FormValue("code")) // a code is used once
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if !known || id != clientID || secret != clientSecret || q.Get("redirect_uri") != r.FormValue("redirect_uri") ||
			q.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, map[string]any{"error": "invalid_grant"})
			return
		}
		answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.token(q.Get("nonce"))})
	})
	return p
}

// token is an id token, signed RS256 unless lie says otherwise.
func (p *provider) token(nonce string) string {
	header := map[string]any{"alg": "RS256", "kid": "k", "typ": "JWT"}
	now := p.now()
	claims := map[string]any{"iss": p.URL, "aud": clientID, "sub": "1", "nonce": nonce, "preferred_username": p.user,
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "auth_time": now.Unix()}
	if p.lie != nil {
		p.lie(header, claims)
	}
	part := func(v any) string {
		b, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(header) + "." + part(claims)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, sum[:])
	if err != nil {
		p.t.Fatal(err)
	}
	signed := text + "." + base64.RawURLEncoding.EncodeToString(sig)
	if header["alg"] == "none" {
		signed = text + "."
	}
	if p.forge != nil {
		signed = p.forge(signed)
	}
	return signed
}

// go to is what a browser does at the provider: it returns what it brings back.
func (p *provider) visit(to string) url.Values {
	p.t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Get(to)
	if err != nil {
		p.t.Fatal(err)
	}
	resp.Body.Close()
	u, err := resp.Location()
	if err != nil {
		p.t.Fatalf("the provider answers %d: %v", resp.StatusCode, err)
	}
	return u.Query()
}

func withProvider(t *testing.T, d *db.DB) (*world, *provider) {
	w := house(t, d)
	p := newProvider(t, func() time.Time { return w.clock })
	p.user = "pao"
	w.opt.SSO = sso.New(sso.Settings{Issuer: p.URL, Client: clientID, Secret: clientSecret, Back: "http://localhost/sign-in/oidc/back"},
		func() time.Time { return w.clock })
	return w, p
}

func answerOf(q url.Values) sso.Answer {
	return sso.Answer{Code: q.Get("code"), Issuer: q.Get("iss"), Error: q.Get("error")}
}

func TestSSO(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, p := withProvider(t, d)
		pao := w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		in := SignIn{Address: "10.0.0.1", Agent: "Firefox"}
		try := func() (string, error) {
			t.Helper()
			to, token, err := w.BeginSSO(t.Context(), "/work", false)
			w.must(err)
			session, back, err := w.FinishSSO(t.Context(), token, p.visit(to).Get("state"), answerOf(p.visit(to)), in)
			if back != "/work" {
				t.Errorf("leads back to %q", back)
			}
			return session, err
		}
		session, err := try()
		w.must(err)
		a, _, err := w.Holder(t.Context(), session)
		if err != nil || a.ID != string(pao.ID) || a.Proof.By != auth.ByOIDC || !a.Proof.Strong() {
			t.Errorf("signed in as %+v, %v", a, err)
		}

		for name, lie := range map[string]func(h, c map[string]any){
			"another's token":        func(_, c map[string]any) { c["aud"] = "someone-else" },
			"another issuer":         func(_, c map[string]any) { c["iss"] = "https://evil.example" },
			"another nonce":          func(_, c map[string]any) { c["nonce"] = "x" },
			"no nonce":               func(_, c map[string]any) { delete(c, "nonce") },
			"no signature":           func(h, _ map[string]any) { h["alg"] = "none" },
			"a weak signature":       func(h, _ map[string]any) { h["alg"] = "HS256" },
			"expired":                func(_, c map[string]any) { c["exp"] = w.clock.Add(-time.Second).Unix() },
			"nobody we know":         func(_, c map[string]any) { c["preferred_username"] = "ai do" },
			"no name":                func(_, c map[string]any) { delete(c, "preferred_username") },
			"a name that is no text": func(_, c map[string]any) { c["preferred_username"] = 7 },
		} {
			p.lie = lie
			if _, err := try(); !errors.Is(err, ErrSSO) {
				t.Errorf("%s: %v", name, err)
			}
		}
		p.lie = nil
		p.forge = func(s string) string { return s[:len(s)-6] + "AAAAAA" }
		if _, err := try(); !errors.Is(err, ErrSSO) {
			t.Errorf("a forged signature: %v", err)
		}
		p.forge = nil

		// The code and the step are good for one time each.
		to, token, err := w.BeginSSO(t.Context(), "/", false)
		w.must(err)
		q := p.visit(to)
		_, _, err = w.FinishSSO(t.Context(), token, q.Get("state"), answerOf(q), in)
		w.must(err)
		if _, _, err = w.FinishSSO(t.Context(), token, q.Get("state"), answerOf(q), in); !errors.Is(err, ErrTry) {
			t.Errorf("the same answer again: %v", err)
		}
		_, token, err = w.BeginSSO(t.Context(), "/", false)
		w.must(err)
		if _, _, err = w.FinishSSO(t.Context(), token, token, answerOf(q), in); !errors.Is(err, ErrSSO) {
			t.Errorf("a used code in another step: %v", err)
		}
		// A code made for another attempt does not fit: the verifier differs (PKCE).
		other, _, err := w.BeginSSO(t.Context(), "/", false)
		w.must(err)
		_, token, err = w.BeginSSO(t.Context(), "/", false)
		w.must(err)
		if _, _, err = w.FinishSSO(t.Context(), token, token, answerOf(p.visit(other)), in); !errors.Is(err, ErrSSO) {
			t.Errorf("a code slipped in from another attempt: %v", err)
		}
		// The state must be the one this browser holds.
		to, token, err = w.BeginSSO(t.Context(), "/", false)
		w.must(err)
		for _, cookie := range []string{"", "x" + token} {
			if _, _, err = w.FinishSSO(t.Context(), cookie, token, answerOf(p.visit(to)), in); !errors.Is(err, ErrTry) {
				t.Errorf("with the cookie %q: %v", cookie, err)
			}
		}
		evil := answerOf(p.visit(to))
		evil.Issuer = "https://evil.example"
		if _, _, err = w.FinishSSO(t.Context(), token, token, evil, in); !errors.Is(err, ErrSSO) {
			t.Errorf("an answer of another provider: %v", err)
		}
		to, token, err = w.BeginSSO(t.Context(), "/", false)
		w.must(err)
		q = p.visit(to)
		w.pass(tryLife)
		if _, _, err = w.FinishSSO(t.Context(), token, token, answerOf(q), in); !errors.Is(err, ErrTry) {
			t.Errorf("after five minutes: %v", err)
		}

		w.must(w.Disable(root, pao.ID, true))
		if _, err := try(); !errors.Is(err, ErrSSO) {
			t.Errorf("disabled and in: %v", err)
		}
		if n, err := d.Exec(t.Context(), `UPDATE org_event SET detail = detail WHERE verb = 'sso.failed'`); err != nil || n < 12 {
			t.Errorf("%d refusals on record, %v", n, err)
		}
	})
}

func TestSSOConfirms(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, p := withProvider(t, d)
		w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		w.person("ly", goodA, "lao-cai-kv3", Prosecutor)
		session := w.in("pao", goodA)
		w.pass(10 * time.Minute)
		confirm := func() (string, error) {
			to, token, err := w.BeginSSO(t.Context(), "/account", true)
			w.must(err)
			q := p.visit(to)
			fresh, _, err := w.FinishSSO(w.as(session), token, token, answerOf(q), SignIn{Address: "10.0.0.1", Old: session})
			return fresh, err
		}
		p.user = "ly"
		if _, err := confirm(); !errors.Is(err, ErrSSO) {
			t.Errorf("someone else confirms: %v", err)
		}
		p.user = "pao"
		p.lie = func(_, c map[string]any) { c["auth_time"] = w.clock.Add(-time.Hour).Unix() }
		if _, err := confirm(); !errors.Is(err, ErrSSO) {
			t.Errorf("a proof of an hour ago: %v", err)
		}
		p.lie = nil
		fresh, err := confirm()
		w.must(err)
		if p.asked.Get("prompt") != "login" || p.asked.Get("max_age") != "0" {
			t.Errorf("asked for %v", maps.Clone(p.asked))
		}
		if w.holds(session) || auth.RequireFresh(w.as(fresh), auth.FreshFor) != nil {
			t.Error("the token did not change, or the proof is not fresh")
		}
	})
}

// Through the browser: out to the provider and back, with the cookie.
func TestSSOBrowser(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, p := withProvider(t, d)
		w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		srv := w.serve()
		w.opt.SSO = sso.New(sso.Settings{Issuer: p.URL, Client: clientID, Secret: clientSecret, Back: srv.URL + "/sign-in/oidc/back"},
			func() time.Time { return w.clock })
		jar, err := cookiejar.New(nil)
		w.must(err)
		resp, err := (&http.Client{Jar: jar}).Get(srv.URL + "/sign-in/oidc?back=/account")
		w.must(err)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != "/account" {
			t.Errorf("ends at %s with %d", resp.Request.URL, resp.StatusCode)
		}
	})
}

// A provider that points elsewhere is not followed there.
func TestSSONoRedirect(t *testing.T) {
	followed := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	defer elsewhere.Close()
	srv := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	defer srv.Close()
	c := sso.New(sso.Settings{Issuer: srv.URL, Client: clientID, Secret: clientSecret}, time.Now)
	if _, err := c.Begin(t.Context(), "state", sso.State{}); err == nil || followed {
		t.Errorf("followed %v, error %v", followed, err)
	}
}
