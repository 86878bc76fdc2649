package keys

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"congminh/internal/dossier/pdfa"
	"congminh/internal/dossier/reading"
	"congminh/internal/seal/pades"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
)

const softHSM = "/usr/lib/softhsm/libsofthsm2.so"

// drawer is a token of SoftHSM with a key of each kind.
type drawer struct {
	*pki.Development
	module *Module
	pin    string // file
	now    time.Time
	env    []string
}

func newDrawer(t testing.TB) *drawer {
	t.Helper()
	need(t, "softhsm2-util")
	need(t, "pkcs11-tool")
	dir := t.TempDir()
	conf := save(t, "softhsm2.conf", fmt.Appendf(nil, "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", dir))
	w := &drawer{Development: authority(t), pin: save(t, "pin", []byte("123456\n")), now: start, env: []string{"SOFTHSM2_CONF=" + conf}}
	w.module = &Module{Library: softHSM, Env: map[string]string{"SOFTHSM2_CONF": conf}, Now: func() time.Time { return w.now }}
	t.Cleanup(w.module.Close)
	run(t, w.env, "softhsm2-util", "--init-token", "--free", "--label", "khu-vuc-3", "--pin", "123456", "--so-pin", "12345678")
	return w
}

func (w *drawer) tool(t testing.TB, args ...string) {
	t.Helper()
	run(t, w.env, "pkcs11-tool", append([]string{"--module", softHSM, "--token-label", "khu-vuc-3", "--login", "--pin", "123456"}, args...)...)
}

// key makes a key in the token and puts its certificate beside it.
func (w *drawer) key(t testing.TB, kind, label, id string, more ...string) {
	t.Helper()
	w.tool(t, append([]string{"--keypairgen", "--key-type", kind, "--label", label, "--id", id, "--usage-sign"}, more...)...)
	pub := filepath.Join(t.TempDir(), "pub")
	w.tool(t, "--read-object", "--type", "pubkey", "--id", id, "--output-file", pub)
	der, err := os.ReadFile(pub)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	w.certify(t, public, label, id)
}

// put brings a key that was made outside into the token: pkcs11-tool cannot read the
// public half of a P-384 key again.
func (w *drawer) put(t testing.TB, key crypto.Signer, label, id string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := save(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	run(t, w.env, "softhsm2-util", "--import", file, "--token", "khu-vuc-3", "--label", label, "--id", id, "--pin", "123456")
	w.certify(t, key.Public(), label, id)
}

func (w *drawer) certify(t testing.TB, public crypto.PublicKey, label, id string) {
	t.Helper()
	chain, err := w.Certify(public, pki.Subject{Name: "Viện kiểm sát nhân dân khu vực 3 " + label}, start.AddDate(0, -1, 0), start.AddDate(3, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	w.tool(t, "--write-object", save(t, "cert.der", chain[0].Raw), "--type", "cert", "--id", id, "--label", label)
}

func (w *drawer) token(label, id string) *Token {
	return &Token{Module: w.module, Name: "khu-vuc-3", Label: label, ID: id, PIN: Secret{File: w.pin}, Chain: w.issuers()}
}

// issuers are those of the authority, as a file of them would give them.
func (w *drawer) issuers() []*x509.Certificate {
	return append(w.Stamping().Chain[1:2:2], w.Roots()...)
}

func (w *drawer) open(t testing.TB, k *Token) pki.Identity {
	t.Helper()
	id, err := k.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Keys of all kinds sign in the token, chosen by label or id.
func TestToken(t *testing.T) {
	w := newDrawer(t)
	w.key(t, "EC:prime256v1", "con dấu", "01")
	if id := w.open(t, w.token("", "")); !strings.Contains(id.Leaf().Subject.CommonName, "con dấu") {
		t.Errorf("the only certificate is %s", id.Leaf().Subject)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.put(t, p384, "viện trưởng", "02")
	w.key(t, "rsa:2048", "phó viện trưởng", "a3")
	w.key(t, "EC:prime256v1", "hỏi mỗi lần", "04", "--always-auth")
	for _, k := range []*Token{w.token("con dấu", ""), w.token("", "02"), w.token("phó viện trưởng", "A3"), w.token("hỏi mỗi lần", "")} {
		id := w.open(t, k)
		signsWith(t, id)
		if _, err := id.Key.Sign(rand.Reader, []byte("ngắn"), crypto.SHA256); err == nil {
			t.Error("half a digest is signed")
		}
		if len(id.Chain) != 3 {
			t.Errorf("%d certificates lead to the root", len(id.Chain))
		}
	}
	for _, k := range []*Token{w.token("", ""), w.token("con dấu", "02"), w.token("không có", "")} {
		_, err := k.Open(context.Background())
		is(t, err, ErrKey)
	}
	k := w.token("con dấu", "")
	k.Name = "khu-vuc-4"
	_, err = k.Open(context.Background())
	is(t, err, ErrToken)
	k.Module = &Module{Library: save(t, "none.so", nil), Now: w.module.Now}
	defer k.Module.Close()
	_, err = k.Open(context.Background())
	is(t, err, ErrLibrary)
}

// A PIN that was refused is not tried again, so that the token is not locked by a
// program that goes on and on; another PIN is.
func TestWrongPIN(t *testing.T) {
	w := newDrawer(t)
	w.key(t, "EC:prime256v1", "con dấu", "01")
	wrong := w.token("con dấu", "")
	wrong.PIN = Secret{File: save(t, "pin", []byte("999999"))}
	for range 5 {
		_, err := wrong.Open(context.Background())
		is(t, err, ErrPIN)
	}
	// SoftHSM says in the flags of a token that a PIN was wrong, but not how often: a
	// child that is gone cannot have been asked.
	w.module.Close()
	_, err := wrong.Open(context.Background())
	is(t, err, ErrPIN)
	if w.module.child != nil {
		t.Error("the wrong PIN was tried again")
	}
	if err := os.WriteFile(wrong.PIN.File, []byte("123456"), 0o600); err != nil {
		t.Fatal(err)
	}
	signsWith(t, w.open(t, wrong))
}

// A library that crashes or hangs takes its child along, nothing else: the next
// signature works.
func TestChildDies(t *testing.T) {
	w := newDrawer(t)
	w.key(t, "EC:prime256v1", "con dấu", "01")
	id := w.open(t, w.token("con dấu", ""))
	signsWith(t, id)
	w.module.child.kill()
	signsWith(t, id)

	// In the middle of work, by many.
	var all sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					signsWith(t, id)
				}
			}
		})
	}
	for range 5 {
		time.Sleep(30 * time.Millisecond)
		<-w.module.turn
		c := w.module.child
		w.module.turn <- struct{}{}
		if c != nil {
			c.kill()
		}
	}
	close(stop)
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// A library that never answers is given up after the limit; after several accidents
// the child is left alone for a while.
func TestChildHangs(t *testing.T) {
	w := newDrawer(t)
	w.key(t, "EC:prime256v1", "con dấu", "01")
	k := w.token("con dấu", "")
	k.Module = &Module{Library: softHSM, Env: w.module.Env, Limit: 200 * time.Millisecond, Now: w.module.Now}
	defer k.Module.Close()
	k.Module.once.Do(k.Module.init)
	for i, want := range []string{"no answer in 200ms", "no answer in 200ms", "not tried for 1s", "not tried for 1s"} {
		if i < 2 { // a child that is stopped stands for a library that hangs
			c, err := k.Module.start()
			if err != nil {
				t.Fatal(err)
			}
			k.Module.child = c
			if err := c.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
		}
		_, err := k.Open(context.Background())
		is(t, err, ErrSigner)
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v, want %s", i, err, want)
		}
	}
	w.now = w.now.Add(time.Second)
	signsWith(t, w.open(t, k))
}

// What is signed in a token is sealed for others too.
func TestSealed(t *testing.T) {
	w := newDrawer(t)
	w.key(t, "EC:prime256v1", "con dấu", "01")
	w.key(t, "rsa:3072", "viện trưởng", "02")
	nss := t.TempDir()
	run(t, nil, "certutil", "-N", "-d", nss, "--empty-password")
	run(t, nil, "certutil", "-A", "-d", nss, "-n", "root", "-t", "C,C,C", "-i", save(t, "root.pem", asPEM(w.Roots()...)))
	tsa := &stamp.Authority{Identity: w.Stamping(), Policy: pki.DevelopmentPolicy, Now: func() time.Time { return start }, Rand: rand.Reader}
	for _, label := range []string{"con dấu", "viện trưởng"} {
		id := w.open(t, w.token(label, ""))
		evidence, err := w.Evidence(start, id)
		if err != nil {
			t.Fatal(err)
		}
		out, err := pades.Sign(context.Background(), scan(t), pades.Options{Signer: id, Stamp: tsa.Stamp, Evidence: evidence, Now: start, Rand: rand.Reader})
		if err != nil {
			t.Fatal(err)
		}
		says := run(t, nil, "pdfsig", "-nssdir", nss, save(t, "sealed.pdf", out))
		for _, want := range []string{"Signature is Valid.", "Certificate is Trusted.", "Total document signed", id.Leaf().Subject.CommonName} {
			if !strings.Contains(says, want) {
				t.Errorf("pdfsig does not say %q:\n%s", want, says)
			}
		}
		if r, err := pades.Verify(out, w.Roots(), start); err != nil || !r.Proven() {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

// scan is a file as the dossier keeps it.
func scan(t testing.TB) []byte {
	t.Helper()
	var out, picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 620, 877))); err != nil {
		t.Fatal(err)
	}
	w, err := pdfa.New(&out, pdfa.Meta{Level: pdfa.A2B, Title: "Kết luận điều tra", Time: start})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.AddPage(pdfa.Page{Picture: &picture, Format: "png", DPI: 75, Words: []reading.Word{}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func BenchmarkToken(b *testing.B) {
	w := newDrawer(b)
	w.key(b, "EC:prime256v1", "con dấu", "01")
	id := w.open(b, w.token("con dấu", ""))
	for b.Loop() {
		signsWith(b, id)
	}
}
