package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/auth"
)

// certificate writes a certificate for 127.0.0.1 and its key, for a test.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, x, x, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		p := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(p, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", private)
}

// serveTLS runs a house behind TLS and returns its address.
func serveTLS(t *testing.T) string {
	t.Helper()
	c := Default()
	c.Data = t.TempDir()
	c.HTTP.Cert, c.HTTP.Key = certificate(t)
	a, err := New(t.Context(), c, Outside{Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, ln) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}

// Old TLS is refused, new TLS is preferred, plain HTTP is not led on, headers without
// end are not read, and every answer tells the browser to come back by TLS only.
func TestTLS(t *testing.T) {
	addr := serveTLS(t)
	dial := func(least, most uint16) (uint16, error) {
		c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, MinVersion: least, MaxVersion: most})
		if err != nil {
			return 0, err
		}
		defer c.Close()
		return c.ConnectionState().Version, nil
	}
	if v, err := dial(tls.VersionTLS10, tls.VersionTLS11); err == nil {
		t.Errorf("it speaks TLS %#x", v)
	}
	if v, err := dial(tls.VersionTLS12, tls.VersionTLS12); err != nil || v != tls.VersionTLS12 {
		t.Errorf("TLS 1.2: %#x, %v", v, err)
	}
	if v, err := dial(tls.VersionTLS12, 0); err != nil || v != tls.VersionTLS13 {
		t.Errorf("the best: %#x, %v", v, err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	r, err := client.Get("https://" + addr + "/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if got := r.Header.Get("Strict-Transport-Security"); got != "max-age=31536000; includeSubDomains" {
		t.Errorf("HSTS %q", got)
	}
	plain, err := http.Get("http://" + addr + "/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Body.Close()
	if plain.StatusCode != http.StatusBadRequest || plain.Header.Get("Location") != "" {
		t.Errorf("plain HTTP: %s, %v", plain.Status, plain.Header)
	}
	q, err := http.NewRequest(http.MethodGet, "https://"+addr+"/sign-in", nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("X-Long", strings.Repeat("a", 80<<10))
	if big, err := client.Do(q); err == nil {
		defer big.Body.Close()
		if big.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("a header of 80 KiB: %s", big.Status)
		}
	}
}

// Answers say what they are, letters included; TRACE and made-up methods are nothing.
func TestAnswersNameThemselves(t *testing.T) {
	nobody := house(t, "", auth.Actor{})
	a := house(t, "", all(nobody))
	for _, r := range a.Pages.Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if method != http.MethodGet || strings.Contains(path, "{") || strings.HasSuffix(path, "/events") || strings.HasSuffix(path, "/live") {
			continue
		}
		w := call(a, method, path, "", "")
		kind := w.Header().Get("Content-Type")
		if w.Body.Len() > 0 && (kind == "" || strings.HasPrefix(kind, "text/") && !strings.Contains(kind, "charset=utf-8")) {
			t.Errorf("%s says it is %q", r.Pattern, kind)
		}
	}
	for _, method := range []string{http.MethodTrace, http.MethodConnect, "DEBUG"} {
		if w := call(a, method, "/sign-in", "", ""); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

// A form that another site makes a browser send is on record.
func TestCrossSiteIsLogged(t *testing.T) {
	var log strings.Builder
	c := Default()
	c.Data = t.TempDir()
	a, err := New(t.Context(), c, Outside{Now: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Who: func(*http.Request) auth.Actor { return auth.Actor{ID: "hoa"} }})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	r := httptest.NewRequest("POST", "/dossiers", strings.NewReader("kind=case_file"))
	r.Header.Set("Origin", "https://evil.example")
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden || !strings.Contains(log.String(), "origin=https://evil.example") || !strings.Contains(log.String(), "actor=hoa") {
		t.Errorf("%d, log %s", w.Code, log.String())
	}
}

// A page that breaks tells nothing of why, and the next one is served.
func TestBrokenPageTellsNothing(t *testing.T) {
	nobody := house(t, "", auth.Actor{})
	a := house(t, "", all(nobody))
	a.Pages.Page("GET /breaks", auth.Anyone, func(http.ResponseWriter, *http.Request) error {
		return io.ErrUnexpectedEOF
	})
	w := call(a, "GET", "/breaks", "", "")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), io.ErrUnexpectedEOF.Error()) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := call(a, "GET", "/sign-in", "", ""); w.Code >= 500 {
		t.Errorf("after it: %d", w.Code)
	}
}
