package keys

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/seal/pki"
)

// shelf is a folder with a file of keys.
type shelf struct {
	t   testing.TB
	dir string
	now time.Time
	log bytes.Buffer
}

func newShelf(t testing.TB) *shelf {
	return &shelf{t: t, dir: t.TempDir(), now: start}
}

// keep puts a key in a PKCS#12 file.
func (s *shelf) keep(name string, id pki.Identity) {
	s.t.Helper()
	b, err := pkcs12.Modern.WithRand(rand.Reader).Encode(id.Key, id.Leaf(), id.Chain[1:], "1234")
	if err != nil {
		s.t.Fatal(err)
	}
	for n, b := range map[string][]byte{name: b, "mat-khau": []byte("1234\n")} {
		if err := os.WriteFile(filepath.Join(s.dir, n), b, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *shelf) load(text string) (*Book, error) {
	s.t.Helper()
	path := filepath.Join(s.dir, "signers.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return Load(path, World{HTTP: http.DefaultClient, Now: func() time.Time { return s.now }, Log: slog.New(slog.NewTextHandler(&s.log, nil))})
}

func signer(office, from, file string) string {
	return fmt.Sprintf("[[signer]]\noffice = %q\nfrom = %q\ndriver = \"pkcs12\"\nfile = %q\npassword_file = \"mat-khau\"\n", office, from, file)
}

// The next key takes over on its day; a key that ends without one is told of.
func TestRollOver(t *testing.T) {
	p, s := newProvider(t), newShelf(t)
	s.keep("cu.p12", p.issue("Con dấu cũ", start.AddDate(0, 3, 0), p.issuer, nil))
	s.keep("moi.p12", p.issue("Con dấu mới", start.AddDate(2, 0, 0), p.issuer, nil))
	s.keep("khac.p12", p.issue("Đơn vị khác", start.AddDate(0, 1, 0), p.issuer, nil))
	b, err := s.load(signer("lao-cai-kv3", "", "cu.p12") + signer("lao-cai-kv4", "", "khac.p12") + signer("lao-cai-kv3", "2026-12-15", "moi.p12"))
	if err != nil {
		t.Fatal(err)
	}
	day := func(s string) time.Time {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		office, at, who string
		err             *fault.Error
	}{
		{"lao-cai-kv3", "2026-11-28T09:00:00+07:00", "Con dấu cũ", nil},
		{"lao-cai-kv3", "2026-12-14T23:59:59+07:00", "Con dấu cũ", nil},
		{"lao-cai-kv3", "2026-12-15T00:00:00+07:00", "Con dấu mới", nil},
		{"lao-cai-kv3", "2029-01-01T00:00:00+07:00", "", ErrEnded},
		{"lao-cai-kv4", "2026-12-01T00:00:00+07:00", "Đơn vị khác", nil},
		{"lao-cai-kv5", "2026-12-01T00:00:00+07:00", "", ErrNoSigner},
	} {
		id, err := b.Signer(context.Background(), "", "", time.Time{})
		if err == nil {
			t.Errorf("no office signs as %s", id.Leaf().Subject)
		}
		id, err = b.Signer(context.Background(), auth.Office(c.office), "Tên", day(c.at))
		switch {
		case c.err != nil:
			is(t, err, c.err)
		case err != nil:
			t.Error(err)
		case id.Leaf().Subject.CommonName != c.who:
			t.Errorf("%s at %s: %s signs, want %s", c.office, c.at, id.Leaf().Subject.CommonName, c.who)
		}
	}
	// The old one of kv3 ends within 60 days of January, but the new one follows.
	if end := b.Ending(start); len(end) != 1 || end[0].Office != "lao-cai-kv4" || end[0].Who != "Đơn vị khác" {
		t.Errorf("ending: %+v", end)
	}
	if n := strings.Count(s.log.String(), "ends soon"); n != 1 || !strings.Contains(s.log.String(), "lao-cai-kv4") {
		t.Errorf("%d warnings:\n%s", n, &s.log)
	}
	states := b.Check(context.Background(), path(p.issuers()), true)
	if len(states) != 3 {
		t.Fatalf("%d keys are checked", len(states))
	}
	for _, x := range states {
		if x.Err != nil || x.Current != (x.Who != "Con dấu mới") || x.Soon != (x.Office == "lao-cai-kv4") {
			t.Errorf("%+v", x)
		}
	}
}

func path(i *Issuers) func(ctx context.Context, at time.Time, chain []*x509.Certificate) error {
	return func(ctx context.Context, at time.Time, chain []*x509.Certificate) error {
		_, err := i.Path(ctx, chain, at)
		return err
	}
}

// A real installation takes no trial certificate, as signer, in a token or as root.
func TestNoTrial(t *testing.T) {
	d, s := authority(t), newShelf(t)
	s.keep("thu.p12", issue(t, d, start.AddDate(0, -1, 0), start.AddDate(1, 0, 0)))
	_, err := s.load(signer("lao-cai-kv3", "", "thu.p12"))
	is(t, err, ErrTrial)
	_, err = Roots(save(t, "roots.pem", asPEM(d.Roots()...)))
	is(t, err, ErrTrial)
	p := newProvider(t)
	_, err = Roots(save(t, "roots.pem", asPEM(p.issuer.Leaf())))
	is(t, err, ErrSettings)
	if cs, err := Roots(save(t, "roots.pem", asPEM(p.root.Leaf()))); err != nil || len(cs) != 1 {
		t.Errorf("%d roots, %v", len(cs), err)
	}

	w := newDrawer(t)
	w.key(t, "EC:prime256v1", "con dấu", "01")
	b, err := s.load(fmt.Sprintf("[[signer]]\noffice = \"lao-cai-kv3\"\ndriver = \"pkcs11\"\nlibrary = %q\ntoken = \"khu-vuc-3\"\npin_file = %q\n[signer.environment]\nSOFTHSM2_CONF = %q\n",
		softHSM, w.pin, w.module.Env["SOFTHSM2_CONF"]))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	is(t, b.Begin(context.Background(), path(p.issuers())), ErrTrial)
	_, err = b.Signer(context.Background(), "lao-cai-kv3", "Khu vực 3", start)
	is(t, err, ErrTrial)
}

// A device that is not there does not stop the server; it is told of.
func TestBeginWithout(t *testing.T) {
	p, s := newProvider(t), newShelf(t)
	b, err := s.load("[[signer]]\noffice = \"lao-cai-kv3\"\ndriver = \"pkcs11\"\nlibrary = \"khong-co.so\"\ntoken = \"khu-vuc-3\"\n")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Begin(context.Background(), path(p.issuers())); err != nil {
		t.Error(err)
	}
	if !strings.Contains(s.log.String(), "keys.library") {
		t.Errorf("the log says %s", &s.log)
	}
	_, err = b.Signer(context.Background(), "lao-cai-kv3", "Khu vực 3", start)
	is(t, err, ErrLibrary)
}

// A key that was exchanged where it is kept fails once, and is opened anew.
func TestExchanged(t *testing.T) {
	p, s, far := newProvider(t), newShelf(t), newService(t)
	agency := func(name string) pki.Identity { return p.issue(name, start.AddDate(1, 0, 0), p.issuer, nil) }
	c := far.add("con-dau", agency("Con dấu cũ"))
	r := far.remote("con-dau")
	b, err := s.load(fmt.Sprintf("[[signer]]\noffice = \"lao-cai-kv3\"\ndriver = \"csc\"\nurl = %q\nclient = \"congminh\"\nsecret_file = %q\npin_file = %q\n", r.Base, r.Secret.File, r.PIN.File))
	if err != nil {
		t.Fatal(err)
	}
	open := func() pki.Identity {
		id, err := b.Signer(context.Background(), "lao-cai-kv3", "Khu vực 3", start)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	signsWith(t, open())
	c.id = agency("Con dấu mới")
	c.signer = c.id.Key
	digest := sha256.Sum256(nil)
	_, err = open().Key.Sign(rand.Reader, digest[:], crypto.SHA256)
	is(t, err, ErrSigner)
	if id := open(); id.Leaf().Subject.CommonName != "Con dấu mới" {
		t.Errorf("%s still signs", id.Leaf().Subject)
	}
	signsWith(t, open())
}

// What is declared wrongly is refused at once, with its place.
func TestDeclaredWrongly(t *testing.T) {
	s := newShelf(t)
	if b, err := Load(filepath.Join(s.dir, "none.toml"), World{}); err != nil || !b.Empty() {
		t.Errorf("no file is no empty book: %v", err)
	}
	for text, want := range map[string]string{
		"[[signer]]\ndriver = \"pkcs12\"\nfile = \"x\"":                                       "no office",
		"[[signer]]\noffice = \"a\"\ndriver = \"usb\"":                                        `"usb"`,
		"[[signer]]\noffice = \"a\"\ndriver = \"pkcs11\"":                                     "needs library",
		"[[signer]]\noffice = \"a\"\ndriver = \"csc\"\nurl = \"https://x\"":                   "needs url and client",
		"[[signer]]\noffice = \"a\"\ndriver = \"pkcs12\"\nfile = \"x\"\npassword = \"1234\"":  "signer.password",
		"[[signer]]\noffice = \"a\"\ndriver = \"csc\"\nurl=\"u\"\nclient=\"c\"\nfrom=\"mai\"": "mai",
		"[[signer]":                 "signers.toml",
		signer("a", "", "none.p12"): "none.p12",
	} {
		if _, err := s.load(text); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "keys.") {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
