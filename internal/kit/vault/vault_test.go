package vault_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/vault"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, text []byte) *vault.Vault {
	t.Helper()
	v, err := vault.Parse(text, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func roll(t *testing.T, old []byte, at time.Time) []byte {
	t.Helper()
	text, err := vault.Roll(old, rand.Reader, at)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSeal(t *testing.T) {
	first := roll(t, nil, noon)
	v := open(t, first)
	a, err := v.Seal("totp/hoa", "JBSWY3DPEHPK3PXP")
	if err != nil || strings.Contains(a, "JBSWY3DPEHPK3PXP") || !v.Current(a) {
		t.Fatal(a, err)
	}
	if b, err := v.Seal("totp/hoa", "JBSWY3DPEHPK3PXP"); err != nil || a == b {
		t.Error("the same secret twice is the same twice")
	}
	if got, err := v.Open("totp/hoa", a); err != nil || got != "JBSWY3DPEHPK3PXP" {
		t.Error(got, err)
	}
	if _, err := v.Open("totp/tam", a); !errors.Is(err, vault.ErrAltered) {
		t.Errorf("moved to another person: %v", err)
	}
	for i := len("v1.20261128T120000Z."); i < len(a); i++ {
		c := byte('A')
		if a[i] == c {
			c = 'B'
		}
		if got, err := v.Open("totp/hoa", a[:i]+string(c)+a[i+1:]); err == nil {
			t.Errorf("byte %d changed: %q", i, got)
		}
		if _, err := v.Open("totp/hoa", a[:i]); err == nil {
			t.Errorf("cut at %d", i)
		}
	}
	if got, err := v.Open("totp/hoa", "JBSWY3DPEHPK3PXP"); err != nil || got != "JBSWY3DPEHPK3PXP" || v.Current(got) {
		t.Error("what was never sealed is to be sealed, and can be read until then")
	}

	second := roll(t, first, noon.AddDate(1, 0, 0))
	w := open(t, second)
	if w.Current(a) || !w.Since().Equal(noon.AddDate(1, 0, 0)) {
		t.Error("the new key seals")
	}
	b, err := w.Renew("totp/hoa", a)
	if err != nil || !w.Current(b) {
		t.Fatal(b, err)
	}
	if got, err := w.Open("totp/hoa", b); err != nil || got != "JBSWY3DPEHPK3PXP" {
		t.Error(got, err)
	}
	if _, err := v.Open("totp/hoa", b); !errors.Is(err, vault.ErrKey) {
		t.Errorf("the new key is not there: %v", err)
	}
	if _, err := vault.Roll(second, rand.Reader, noon); err == nil {
		t.Error("two keys of one name")
	}
	var none *vault.Vault
	if s, err := none.Seal("x", "y"); err != nil || s != "y" {
		t.Error(s, err)
	}
	for _, bad := range []string{"", "x", "20261128T120000Z 00", "20261128T120000Z " + strings.Repeat("zz", 32)} {
		if _, err := vault.Parse([]byte(bad), rand.Reader); err == nil {
			t.Errorf("%q is a key file", bad)
		}
	}
}
