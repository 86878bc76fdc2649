package pades

import (
	"context"
	"crypto/rand"
	"testing"

	"congminh/internal/dossier/pdfa"
)

func BenchmarkSign(b *testing.B) {
	o := newOffice(b)
	pdf, e := scan(b, pdfa.A2B, 10), o.evidence(b, o.officer)
	for b.Loop() {
		if _, err := Sign(context.Background(), pdf, Options{Signer: o.officer, Stamp: o.stamper(), Evidence: e, Mark: mark, Now: o.now, Rand: rand.Reader}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	o := newOffice(b)
	pdf := o.renew(b, o.sign(b, scan(b, pdfa.A2B, 10), o.officer))
	for b.Loop() {
		if r, err := Verify(pdf, o.Roots(), start); err != nil || !r.Proven() {
			b.Fatal(err)
		}
	}
}
