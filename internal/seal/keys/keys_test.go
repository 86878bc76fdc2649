package keys

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"congminh/internal/kit/fault"
	"congminh/internal/seal/pki"
)

var start = time.Date(2026, 11, 28, 2, 30, 0, 0, time.UTC)

// The test binary is also the child that holds a library.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "signer" {
		if err := Serve(); err != nil {
			os.Stderr.WriteString(err.Error())
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func need(t testing.TB, name string) string {
	t.Helper()
	p, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return p
}

func run(t testing.TB, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(need(t, name), args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func save(t testing.TB, name string, data []byte) string {
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

func authority(t testing.TB) *pki.Development {
	t.Helper()
	d, err := pki.NewDevelopment(rand.Reader, start.AddDate(-1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func issue(t testing.TB, d *pki.Development, from, to time.Time) pki.Identity {
	t.Helper()
	id, err := d.Issue(pki.Subject{Name: "Viện kiểm sát nhân dân khu vực 3"}, from, to)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func is(t testing.TB, err error, want *fault.Error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%v, want %s", err, want.Code)
	}
}

// signsWith proves that an identity signs digests of all lengths with its key.
func signsWith(t testing.TB, id pki.Identity) {
	t.Helper()
	if err := id.Check(); err != nil {
		t.Fatal(err)
	}
	short, long := sha256.Sum256([]byte("bút lục")), sha512.Sum384([]byte("bút lục"))
	for h, digest := range map[crypto.Hash][]byte{crypto.SHA256: short[:], crypto.SHA384: long[:]} {
		signature, err := id.Key.Sign(rand.Reader, digest, h)
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(id.Leaf().PublicKey, digest, h, signature); err != nil {
			t.Error(err)
		}
	}
}

// A file of any make opens with its password, and with no other.
func TestFile(t *testing.T) {
	d := authority(t)
	id := issue(t, d, start, start.AddDate(1, 0, 0))
	for name, e := range map[string]*pkcs12.Encoder{"AES": pkcs12.Modern2023, "3DES": pkcs12.LegacyDES, "RC2": pkcs12.LegacyRC2} {
		t.Run(name, func(t *testing.T) {
			b, err := e.WithRand(rand.Reader).Encode(id.Key, id.Leaf(), id.Chain[1:], "mật khẩu")
			if err != nil {
				t.Fatal(err)
			}
			f := File{Path: save(t, "k.p12", b), Password: Secret{File: save(t, "k.pass", []byte("mật khẩu\n"))}}
			got, err := f.Open(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			signsWith(t, got)
			if len(got.Chain) != 3 {
				t.Errorf("%d certificates lead to the root", len(got.Chain))
			}
			f.Password = Secret{File: save(t, "k.pass", []byte("khác"))}
			_, err = f.Open(context.Background())
			is(t, err, ErrPIN)
		})
	}
}

// What OpenSSL exports opens, and issuers may come from elsewhere.
func TestFileOpenSSL(t *testing.T) {
	d := authority(t)
	id := issue(t, d, start, start.AddDate(1, 0, 0))
	der, err := x509.MarshalPKCS8PrivateKey(id.Key)
	if err != nil {
		t.Fatal(err)
	}
	key := save(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	out := filepath.Join(t.TempDir(), "k.p12")
	run(t, nil, "openssl", "pkcs12", "-export", "-inkey", key, "-in", save(t, "leaf.pem", asPEM(id.Leaf())), "-out", out, "-passout", "pass:1234")
	t.Setenv("KHOA_MAT_KHAU", "1234")
	f := File{Path: out, Password: Secret{Env: "KHOA_MAT_KHAU"}, Chain: id.Chain[1:]}
	got, err := f.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	signsWith(t, got)
	if len(got.Chain) != 3 {
		t.Errorf("%d certificates lead to the root", len(got.Chain))
	}
	for name, bad := range map[string]File{
		"no file":       {Path: out + "x"},
		"not PKCS#12":   {Path: key},
		"no variable":   {Path: out, Password: Secret{Env: "KHOA_KHONG_CO"}},
		"open to all":   {Path: out, Password: Secret{File: open(t)}},
		"two passwords": {Path: out, Password: Secret{Env: "KHOA_MAT_KHAU", File: key}},
	} {
		if _, err := bad.Open(context.Background()); err == nil || !strings.Contains(err.Error(), "keys.") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// open is a file of a password that everybody can read.
func open(t testing.TB) string {
	p := save(t, "open", []byte("1234"))
	if err := os.Chmod(p, 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}
