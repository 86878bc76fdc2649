package stamp

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"congminh/internal/seal/pki"

	"github.com/digitorus/timestamp"
)

var (
	start  = time.Date(2026, 11, 28, 9, 30, 0, 0, time.UTC)
	digest = func() []byte { d := sha256.Sum256([]byte("Kết luận điều tra")); return d[:] }()
)

func begin(t testing.TB, now *time.Time) (*pki.Development, *Authority) {
	t.Helper()
	d, err := pki.NewDevelopment(rand.Reader, start.AddDate(0, 0, -1))
	if err != nil {
		t.Fatal(err)
	}
	return d, &Authority{d.Stamping(), pki.DevelopmentPolicy, func() time.Time { return *now }, rand.Reader}
}

func evidence(t testing.TB, d *pki.Development, at time.Time) pki.Evidence {
	t.Helper()
	e, err := d.Evidence(at)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func file(t testing.TB, name string, data []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func asPEM(cs ...*x509.Certificate) (out []byte) {
	for _, c := range cs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

// A token from our authority, asked over HTTP, is what OpenSSL and another library
// take for one.
func TestOthers(t *testing.T) {
	now := start
	d, a := begin(t, &now)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(a.Respond(body))
	}))
	defer srv.Close()
	token, err := Remote(srv.Client(), srv.URL, rand.Reader)(context.Background(), digest)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Check(token, digest, d.Roots(), start, evidence(t, d, start))
	if err != nil || !got.At.Equal(start) || !pki.IsDevelopment(got.Authority) {
		t.Fatalf("%+v, %v", got, err)
	}
	out, err := exec.Command("openssl", "ts", "-verify", "-digest", hexOf(digest), "-token_in", "-in", file(t, "token", token),
		"-CAfile", file(t, "root.pem", asPEM(d.Roots()...)), "-attime", "1795858300").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Verification: OK") {
		t.Errorf("openssl ts: %v\n%s", err, out)
	}
	if _, err := exec.Command("openssl", "ts", "-verify", "-digest", hexOf(make([]byte, 32)), "-token_in", "-in", file(t, "token", token),
		"-CAfile", file(t, "root.pem", asPEM(d.Roots()...))).CombinedOutput(); err == nil {
		t.Error("openssl takes the token for other bytes too: this test proves nothing")
	}
	other, err := timestamp.Parse(token)
	if err != nil || !other.Time.Equal(start) {
		t.Errorf("digitorus/timestamp: %v", err)
	}
	req, err := timestamp.CreateRequest(strings.NewReader("x"), &timestamp.RequestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := timestamp.ParseResponse(a.Respond(req)); err != nil {
		t.Errorf("a request of digitorus/timestamp: %v", err)
	}
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}

// Every change of every byte of a token is noticed.
func TestTamper(t *testing.T) {
	now := start
	d, a := begin(t, &now)
	token, err := a.Stamp(context.Background(), digest)
	if err != nil {
		t.Fatal(err)
	}
	e := evidence(t, d, start)
	for i := range token {
		for _, bit := range []byte{1, 0x80} {
			token[i] ^= bit
			if _, err := Check(token, digest, d.Roots(), start, e); err == nil {
				t.Errorf("byte %d of %d changed by %#x, and nobody notices", i, len(token), bit)
			}
			token[i] ^= bit
		}
	}
	if _, err := Check(token, digest, d.Roots(), start, e); err != nil {
		t.Fatal(err)
	}
	if _, err := Check(append(token, 0), digest, d.Roots(), start, e); !errors.Is(err, ErrToken) {
		t.Errorf("a byte more: %v", err)
	}
	if _, err := Check(token, make([]byte, 32), d.Roots(), start, e); !errors.Is(err, ErrImprint) {
		t.Errorf("other bytes: %v", err)
	}
}

// The clock moves: what a token is worth depends on when it is asked about, and on
// what became of the authority since.
func TestTimes(t *testing.T) {
	for _, c := range []struct {
		name    string
		ask     time.Time
		revoked time.Time
		reason  int
		want    error // nil: proven
	}{
		{"now", start, time.Time{}, 0, nil},
		{"in nine years", start.AddDate(9, 0, 0), time.Time{}, 0, nil},
		{"after the authority's certificate ended", start.AddDate(11, 0, 0), time.Time{}, 0, pki.ErrPath},
		{"revoked before", start, start.Add(-time.Hour), 4, &pki.Revoked{Certificate: &x509.Certificate{}}},
		{"superseded after", start.AddDate(0, 1, 0), start.Add(time.Hour), 4, nil},
		{"stolen after", start.AddDate(0, 1, 0), start.Add(time.Hour), 1, &pki.Revoked{Certificate: &x509.Certificate{}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := start
			d, a := begin(t, &now)
			token, err := a.Stamp(context.Background(), digest)
			if err != nil {
				t.Fatal(err)
			}
			if !c.revoked.IsZero() {
				d.Revoke(a.Identity.Leaf(), c.revoked, c.reason)
			}
			_, err = Check(token, digest, d.Roots(), c.ask, evidence(t, d, c.ask))
			if r, ok := errors.AsType[*pki.Revoked](err); ok {
				if _, want := c.want.(*pki.Revoked); !want || !r.At.Equal(c.revoked) {
					t.Error(err)
				}
			} else if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
	now := start.Add(time.Hour)
	d, a := begin(t, &now)
	token, _ := a.Stamp(context.Background(), digest)
	if _, err := Check(token, digest, d.Roots(), start, evidence(t, d, start)); err == nil {
		t.Error("a token from the future is taken")
	}
	officer, err := d.Issue(pki.Subject{Name: "Nguyễn Văn An"}, start.AddDate(-1, 0, 0), start.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	a.Identity, now = officer, start
	token, _ = a.Stamp(context.Background(), digest)
	if _, err := Check(token, digest, d.Roots(), start, evidence(t, d, start)); !errors.Is(err, pki.ErrPath) {
		t.Errorf("an officer plays the authority: %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	now := start
	d, a := begin(f, &now)
	token, _ := a.Stamp(context.Background(), digest)
	f.Add(token)
	e := evidence(f, d, start)
	f.Fuzz(func(t *testing.T, der []byte) {
		if got, err := Check(der, digest, d.Roots(), start, e); err == nil && !got.At.Equal(start) {
			t.Errorf("a token nobody gave tells %s", got.At)
		}
	})
}

func FuzzRespond(f *testing.F) {
	now := start
	_, a := begin(f, &now)
	req, _ := (&timestamp.Request{HashAlgorithm: 5, HashedMessage: digest}).Marshal()
	f.Add(req)
	f.Fuzz(func(t *testing.T, req []byte) { a.Respond(req) })
}
