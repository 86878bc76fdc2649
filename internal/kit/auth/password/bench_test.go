package password

import (
	"crypto/rand"
	"testing"
)

func BenchmarkStandard(b *testing.B) {
	h := NewHasher(Standard, 1, rand.Reader)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Hash(b.Context(), "một mật khẩu dài"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCommon(b *testing.B) {
	for b.Loop() {
		Common("một mật khẩu dài")
	}
}
