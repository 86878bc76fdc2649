package app

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"congminh/internal/seal/keys"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
)

// A server that is not for development starts with no trial certificate, whether as
// root, as signer or as timestamp authority; nor does it mix trial and real keys.
func TestNoTrialKeys(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC) }
	log := slog.New(slog.DiscardHandler)
	d, err := pki.NewDevelopment(rand.Reader, now().AddDate(-1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	id, err := d.Issue(pki.Subject{Name: "Viện kiểm sát nhân dân khu vực 3"}, now().AddDate(0, -1, 0), now().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	p12, err := pkcs12.Modern.WithRand(rand.Reader).Encode(id.Key, id.Leaf(), id.Chain[1:], "1234")
	if err != nil {
		t.Fatal(err)
	}
	tsa := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write((&stamp.Authority{Identity: d.Stamping(), Policy: pki.DevelopmentPolicy, Now: now, Rand: rand.Reader}).Respond(body))
	}))
	defer tsa.Close()
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: d.Roots()[0].Raw})
	const signer = "[[signer]]\noffice = \"lao-cai-kv3\"\ndriver = \"pkcs12\"\nfile = \"kv3.p12\"\npassword_file = \"kv3.pass\"\n"

	for name, c := range map[string]struct {
		files map[string][]byte
		edit  func(*Config)
		want  error
	}{
		"nothing":   {want: nil},
		"root":      {files: map[string][]byte{"roots.pem": root}, want: keys.ErrTrial},
		"signer":    {files: map[string][]byte{"signers.toml": []byte(signer), "kv3.p12": p12, "kv3.pass": []byte("1234")}, want: keys.ErrTrial},
		"timestamp": {edit: func(c *Config) { c.Seal.TSA = tsa.URL }, want: keys.ErrTrial},
		"no roots": {files: map[string][]byte{"signers.toml": []byte("[[signer]]\noffice = \"lao-cai-kv3\"\ndriver = \"pkcs11\"\nlibrary = \"x.so\"\ntoken = \"x\"\n")},
			want: errRootsTime},
		"both": {edit: func(c *Config) { c.Seal.TSA, c.Seal.Development = tsa.URL, true }, want: errBoth},
	} {
		t.Run(name, func(t *testing.T) {
			conf := Default()
			conf.Data = t.TempDir()
			if c.edit != nil {
				c.edit(&conf)
			}
			if err := os.Mkdir(filepath.Join(conf.Data, "keys"), 0o700); err != nil {
				t.Fatal(err)
			}
			for n, b := range c.files {
				if err := os.WriteFile(filepath.Join(conf.Data, "keys", n), b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			k, s, err := conf.fill().keys(now, log)
			if err == nil {
				err = s.begin(context.Background())
			}
			if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if c.want == nil && (k.Signer != nil || k.Log == nil) {
				t.Error("without keys there is a journal, and nothing is signed")
			}
		})
	}
	// A timestamp authority that comes up after the start is refused then.
	conf := Default()
	conf.Data, conf.Seal.TSA = t.TempDir(), tsa.URL
	k, _, err := conf.fill().keys(now, log)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Stamp(context.Background(), make([]byte, 32)); !errors.Is(err, keys.ErrTrial) {
		t.Errorf("a trial authority stamps: %v", err)
	}
	if _, err := k.Evidence(now(), pki.Identity{Chain: []*x509.Certificate{id.Leaf()}}); !errors.Is(err, keys.ErrTrial) {
		t.Errorf("a trial authority is proven: %v", err)
	}
}
