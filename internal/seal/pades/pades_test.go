package pades

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"congminh/internal/dossier/pdfa"
	"congminh/internal/dossier/reading"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
)

var start = time.Date(2026, 11, 28, 2, 30, 0, 0, time.UTC) // 09:30 in Viet Nam

// need finds a program, or skips; where everything must be there, it fails.
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

// try runs a program and returns all it says.
func try(t testing.TB, name string, args ...string) (string, error) {
	t.Helper()
	out, err := exec.Command(need(t, name), args...).CombinedOutput()
	return string(out), err
}

func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := try(t, name, args...)
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return out
}

func save(t testing.TB, name string, data []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// office is an authority with an officer and an agency, and a clock that moves.
type office struct {
	*pki.Development
	now             time.Time
	officer, agency pki.Identity
}

func newOffice(t testing.TB) *office {
	t.Helper()
	d, err := pki.NewDevelopment(rand.Reader, start.AddDate(0, 0, -1))
	if err != nil {
		t.Fatal(err)
	}
	o := &office{Development: d, now: start}
	if o.officer, err = d.Issue(pki.Subject{Name: "Nguyễn Thị Ánh", Office: "VKSND khu vực 3"}, start.AddDate(0, -1, 0), start.AddDate(3, 0, 0)); err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		t.Fatal(err)
	}
	o.agency = pki.Identity{Key: key}
	if o.agency.Chain, err = d.Certify(key.Public(), pki.Subject{Name: "Viện kiểm sát nhân dân khu vực 3"}, start.AddDate(0, -1, 0), start.AddDate(3, 0, 0)); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) stamper() stamp.Stamper {
	a := &stamp.Authority{Identity: o.Stamping(), Policy: pki.DevelopmentPolicy, Now: func() time.Time { return o.now }, Rand: rand.Reader}
	return a.Stamp
}

func (o *office) evidence(t testing.TB, ids ...pki.Identity) pki.Evidence {
	t.Helper()
	e, err := o.Evidence(o.now, ids...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var mark = &Mark{"BẢN SỐ HÓA", "Viện kiểm sát nhân dân khu vực 3 – Thành phố Hà Nội"}

func (o *office) sign(t testing.TB, pdf []byte, id pki.Identity) []byte {
	t.Helper()
	out, err := Sign(context.Background(), pdf, Options{
		Signer: id, Stamp: o.stamper(), Evidence: o.evidence(t, id), Mark: mark, Now: o.now, Reason: "Số hóa từ bản giấy", Place: "Hà Nội", Rand: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (o *office) renew(t testing.TB, pdf []byte) []byte {
	t.Helper()
	out, err := Renew(context.Background(), pdf, o.stamper(), o.evidence(t))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// scan is a file as the dossier keeps it.
func scan(t testing.TB, level pdfa.Level, pages int) []byte {
	t.Helper()
	var out, picture bytes.Buffer
	m := image.NewGray(image.Rect(0, 0, 620, 877))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	m.Set(10, 10, color.Black)
	if err := png.Encode(&picture, m); err != nil {
		t.Fatal(err)
	}
	w, err := pdfa.New(&out, pdfa.Meta{Level: level, Title: "Kết luận điều tra", Time: start})
	if err != nil {
		t.Fatal(err)
	}
	for range pages {
		if err := w.AddPage(pdfa.Page{Picture: bytes.NewReader(picture.Bytes()), Format: "png", DPI: 75, Words: []reading.Word{}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// kinds are a file of ours, and one with cross-reference streams and object streams.
func kinds(t testing.TB) map[string][]byte {
	ours := scan(t, pdfa.A2B, 2)
	in, out := save(t, "in.pdf", ours), filepath.Join(t.TempDir(), "out.pdf")
	run(t, "qpdf", "--object-streams=generate", in, out)
	streams, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"table": ours, "streams": streams}
}

// trust makes a database of certificates for pdfsig.
func trust(t testing.TB, roots []*x509.Certificate) string {
	t.Helper()
	dir := t.TempDir()
	run(t, "certutil", "-N", "-d", dir, "--empty-password")
	run(t, "certutil", "-A", "-d", dir, "-n", "root", "-t", "C,C,C", "-i", save(t, "root.pem", asPEM(roots...)))
	return dir
}

func asPEM(cs ...*x509.Certificate) (out []byte) {
	for _, c := range cs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

// Others than we say that what we seal is sealed, and by whom.
func TestOthers(t *testing.T) {
	o := newOffice(t)
	nss, root := trust(t, o.Roots()), save(t, "root.pem", asPEM(o.Roots()...))
	for kind, pdf := range kinds(t) {
		for who, id := range map[string]pki.Identity{"P-256": o.officer, "RSA-3072": o.agency} {
			t.Run(kind+" "+who, func(t *testing.T) {
				out := o.sign(t, pdf, id)
				if !bytes.HasPrefix(out, pdf) {
					t.Fatal("the bytes that were there are not those that are")
				}
				path := save(t, "sealed.pdf", out)
				run(t, "qpdf", "--check", path)
				says := run(t, "pdfsig", "-nssdir", nss, path)
				for _, want := range []string{"Signature is Valid.", "Certificate is Trusted.", "Total document signed", id.Leaf().Subject.CommonName} {
					if !strings.Contains(says, want) {
						t.Errorf("pdfsig does not say %q:\n%s", want, says)
					}
				}
				text := strings.Join(strings.Fields(run(t, "pdftotext", "-layout", path, "-")), " ")
				if want := "BẢN SỐ HÓA Viện kiểm sát nhân dân khu vực 3 – Thành phố Hà Nội Thời gian ký: 2026-11-28T09:30:00+07:00"; !strings.Contains(text, want) {
					t.Errorf("page 1 says %q, want %q", text, want)
				}
				dump, content := filepath.Join(t.TempDir(), "cms"), filepath.Join(t.TempDir(), "content")
				der, covered := parts(t, out)
				for p, b := range map[string][]byte{dump: der, content: covered} {
					if err := os.WriteFile(p, b, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				says = run(t, "openssl", "cms", "-verify", "-cades", "-inform", "DER", "-in", dump, "-content", content, "-binary", "-CAfile", root, "-purpose", "any", "-attime", "1795860000", "-out", os.DevNull)
				if !strings.Contains(says, "CAdES Verification successful") {
					t.Error(says)
				}
				long := save(t, "long.pdf", o.renew(t, out))
				run(t, "qpdf", "--check", long)
				if says := run(t, "pdfsig", "-nssdir", nss, long); !strings.Contains(says, "Signature is Valid.") {
					t.Errorf("pdfsig, after the file was renewed:\n%s", says)
				}
			})
		}
	}
}

// parts returns the CMS of the only seal, and the bytes it covers.
func parts(t testing.TB, pdf []byte) (der, covered []byte) {
	t.Helper()
	i := bytes.LastIndex(pdf, []byte("/Contents <"))
	j := i + bytes.IndexByte(pdf[i:], '>')
	f, err := open(pdf)
	if err != nil {
		t.Fatal(err)
	}
	l := lexer{b: f.b, at: i + len("/Contents ")}
	v, err := l.value()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimRight(v.(str).value, "\x00"), append(append([]byte{}, pdf[:i+len("/Contents ")]...), pdf[j+1:]...)
}
