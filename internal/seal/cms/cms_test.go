package cms_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"congminh/internal/seal/cms"
	"congminh/internal/seal/pki"

	"github.com/digitorus/pkcs7"
)

var (
	start   = time.Date(2026, 11, 28, 9, 30, 0, 0, time.UTC)
	content = []byte("Quyết định khởi tố vụ án hình sự")
)

func signers(t testing.TB) map[string]pki.Identity {
	t.Helper()
	d, err := pki.NewDevelopment(rand.Reader, start.AddDate(0, 0, -1))
	if err != nil {
		t.Fatal(err)
	}
	officer, err := d.Issue(pki.Subject{Name: "Nguyễn Thị Ánh"}, start, start.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := d.Certify(key.Public(), pki.Subject{Name: "Viện kiểm sát"}, start, start.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]pki.Identity{"P-256": officer, "RSA-3072": {Key: key, Chain: chain}}
}

// What is signed is proven, here and by another library, whether the content is
// inside or apart.
func TestSign(t *testing.T) {
	sum := sha256.Sum256(content)
	for name, id := range signers(t) {
		for _, d := range []cms.Draft{{Signer: id, Digest: sum[:]}, {Signer: id, Type: cms.Data, Content: content}} {
			der, err := cms.Sign(rand.Reader, d)
			if err != nil {
				t.Fatal(name, err)
			}
			m, err := cms.Parse(der)
			if err != nil || !m.Signer.Equal(id.Leaf()) || len(m.Certificates) != 3 || !bytes.Equal(m.Content, d.Content) {
				t.Fatalf("%s: %+v, %v", name, m, err)
			}
			if err := m.Check(sum[:]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if err := m.Check(make([]byte, 32)); d.Content == nil && !errors.Is(err, cms.ErrDigest) {
				t.Errorf("%s: other bytes: %v", name, err)
			}
			other, err := pkcs7.Parse(der)
			if err != nil {
				t.Fatal(name, err)
			}
			other.Content = content
			if err := other.Verify(); err != nil {
				t.Errorf("%s: digitorus/pkcs7: %v", name, err)
			}
		}
	}
}

// What cannot sign is told so.
func TestRefusals(t *testing.T) {
	id := signers(t)["P-256"]
	sum := sha256.Sum256(content)
	broken := errors.New("no authority there")
	for name, d := range map[string]cms.Draft{
		"no key":       {Signer: pki.Identity{Chain: id.Chain}, Digest: sum[:]},
		"no digest":    {Signer: id},
		"short digest": {Signer: id, Digest: sum[:20]},
		"no type":      {Signer: id, Content: content},
		"no timestamp": {Signer: id, Digest: sum[:], Stamp: func([]byte) ([]byte, error) { return nil, broken }},
	} {
		if _, err := cms.Sign(rand.Reader, d); err == nil || name == "no timestamp" && !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	bare, err := cms.Sign(rand.Reader, cms.Draft{Signer: id, Digest: sum[:], Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cms.Parse(bare); !errors.Is(err, cms.ErrMalformed) {
		t.Errorf("no certificate: %v", err)
	}
	if m, err := cms.Parse(bare, id.Leaf()); err != nil || m.Check(sum[:]) != nil {
		t.Errorf("a certificate from elsewhere: %v", err)
	}
}

// A message is not given to another signer with the same key: the certificate is
// signed too (RFC 5035).
func TestBinding(t *testing.T) {
	d, err := pki.NewDevelopment(rand.Reader, start)
	if err != nil {
		t.Fatal(err)
	}
	id, err := d.Issue(pki.Subject{Name: "Nguyễn Thị Ánh"}, start, start.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	der, err := cms.Sign(rand.Reader, cms.Draft{Signer: id, Digest: sum[:], Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	twin := *id.Leaf()
	twin.Raw = append([]byte{}, twin.Raw...)
	twin.Raw[len(twin.Raw)-1] ^= 1
	m, err := cms.Parse(der, &twin)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(sum[:]); !errors.Is(err, cms.ErrBinding) {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	sum := sha256.Sum256(content)
	for _, id := range signers(f) {
		der, err := cms.Sign(rand.Reader, cms.Draft{Signer: id, Digest: sum[:]})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		if m, err := cms.Parse(der); err == nil {
			_ = m.Check(sum[:])
		}
	})
}
