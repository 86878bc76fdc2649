package ers

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
)

var start = time.Date(2026, 11, 28, 9, 30, 0, 0, time.UTC)

func documents(n int) (out [][]byte) {
	for i := range n {
		sum := sha256.Sum256(fmt.Appendf(nil, "Bút lục %d", i))
		out = append(out, sum[:])
	}
	return out
}

type office struct {
	*pki.Development
	now time.Time
}

func newOffice(t testing.TB) *office {
	d, err := pki.NewDevelopment(rand.Reader, start.AddDate(0, 0, -1))
	if err != nil {
		t.Fatal(err)
	}
	return &office{d, start}
}

func (o *office) evidence(t testing.TB) pki.Evidence {
	e, err := o.Evidence(o.now)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (o *office) stamp(t testing.TB, digest []byte) []byte {
	a := stamp.Authority{Identity: o.Stamping(), Policy: pki.DevelopmentPolicy, Now: func() time.Time { return o.now }, Rand: rand.Reader}
	token, err := a.Stamp(context.Background(), digest)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func build(t testing.TB, leaves [][]byte) *Tree {
	tree, err := Build(leaves)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func must(t testing.TB) func(der []byte, err error) []byte {
	return func(der []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
}

// Each document of batches of all sizes is proven by its record, and by no other.
func TestRecord(t *testing.T) {
	o := newOffice(t)
	e := o.evidence(t)
	for n := 1; n <= 9; n++ {
		docs := documents(n)
		tree := build(t, docs)
		token := o.stamp(t, tree.Root())
		for i, d := range docs {
			der := must(t)(tree.Record(i, token))
			if got, err := Verify(der, d, o.Roots(), start, e); err != nil || !got.At.Equal(start) {
				t.Errorf("%d of %d: %v", i, n, err)
			}
			if _, err := Verify(der, documents(100)[99], o.Roots(), start, e); !errors.Is(err, ErrDocument) {
				t.Errorf("%d of %d proves another document: %v", i, n, err)
			}
		}
	}
	if _, err := Build(nil); err == nil {
		t.Error("a tree over nothing")
	}
	if _, err := Build([][]byte{{1}}); err == nil {
		t.Error("a tree over a byte")
	}
}

// The token inside is what OpenSSL takes for one over the root of the tree.
func TestOpenSSL(t *testing.T) {
	o := newOffice(t)
	tree := build(t, documents(1000))
	r, err := parse(must(t)(tree.Record(17, o.stamp(t, tree.Root()))))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	root, token := filepath.Join(dir, "root.pem"), filepath.Join(dir, "token")
	for p, b := range map[string][]byte{root: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: o.Roots()[0].Raw}), token: r.Sequence[0][0].TimeStamp.FullBytes} {
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	top, err := r.Sequence[0][0].climb(documents(18)[17])
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("openssl", "ts", "-verify", "-digest", hex.EncodeToString(top), "-token_in", "-in", token, "-CAfile", root, "-attime", fmt.Sprint(start.Unix()+60)).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Verification: OK") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTamper(t *testing.T) {
	o := newOffice(t)
	docs := documents(5)
	tree := build(t, docs)
	der := must(t)(tree.Record(2, o.stamp(t, tree.Root())))
	e := o.evidence(t)
	for i := range der {
		der[i] ^= 1 << (i % 8)
		if _, err := Verify(der, docs[2], o.Roots(), start, e); err == nil {
			t.Errorf("byte %d of %d changed, and nobody notices", i, len(der))
		}
		der[i] ^= 1 << (i % 8)
	}
	if _, err := Verify(append(der, 0), docs[2], o.Roots(), start, e); err == nil {
		t.Error("a byte more, and nobody notices")
	}
}

// A batch is renewed by one timestamp over the old one; without it nothing is proven
// when the old authority has gone.
func TestRenew(t *testing.T) {
	o := newOffice(t)
	docs := documents(7)
	tree := build(t, docs)
	token := o.stamp(t, tree.Root())
	e := o.evidence(t)
	der := must(t)(tree.Record(3, token))
	for _, years := range []int{8, 16} {
		o.now = start.AddDate(years, 0, 0)
		if _, err := o.NewStamping(o.now, o.now.AddDate(10, 0, 0)); err != nil {
			t.Fatal(err)
		}
		leaf := must(t)(Leaf(der))
		over := build(t, append(documents(3), leaf)) // other records' too
		renewed := must(t)(over.Renew(der, 3, o.stamp(t, over.Root())))
		if _, err := over.Renew(der, 2, token); !errors.Is(err, ErrDocument) {
			t.Errorf("renewed by another's place: %v", err)
		}
		e = e.Add(o.evidence(t))
		if years == 8 {
			o.now = start.AddDate(12, 0, 0)
			if _, err := Verify(der, docs[3], o.Roots(), o.now, e); !errors.Is(err, pki.ErrPath) {
				t.Errorf("not renewed: %v", err)
			}
		}
		der = renewed
		if got, err := Verify(der, docs[3], o.Roots(), o.now, e); err != nil || !got.At.Equal(start) {
			t.Errorf("renewed after %d years: %s, %v", years, got.At, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	o := newOffice(f)
	docs := documents(3)
	tree := build(f, docs)
	f.Add(must(f)(tree.Record(1, o.stamp(f, tree.Root()))))
	e := o.evidence(f)
	f.Fuzz(func(t *testing.T, der []byte) {
		if got, err := Verify(der, docs[1], o.Roots(), start, e); err == nil && !got.At.Equal(start) {
			t.Errorf("a record nobody made tells %s", got.At)
		}
	})
}
