package password

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// cheap keeps the tests fast; Standard is measured once.
var cheap = Cost{Memory: 64, Time: 1, Lanes: 1}

func TestCheck(t *testing.T) {
	ctx := t.Context()
	h := NewHasher(cheap, 2, rand.Reader)
	hash, err := h.Hash(ctx, "hoà bình ở bản Phố")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, pw, hash string
		want           bool
	}{
		{"the password", "hoà bình ở bản Phố", hash, true},
		{"the same, typed decomposed", "hoa\u0300 bi\u0300nh o\u031b\u0309 ba\u0309n Phô\u0301", hash, true},
		{"another", "hoà bình ở bản Pho", hash, false},
		{"nothing", "", hash, false},
		{"an account that is not there", "hoà bình ở bản Phố", "", false},
		{"even with the dummy's own bytes", "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := h.Check(ctx, c.pw, c.hash)
			if err != nil || got != c.want {
				t.Errorf("got %v, %v; want %v", got, err, c.want)
			}
		})
	}
	again, err := h.Hash(ctx, "hoà bình ở bản Phố")
	if err != nil || again == hash {
		t.Errorf("the same password twice has the same hash: no salt (%v)", err)
	}
	if h.Stale(hash) {
		t.Error("a fresh hash is stale")
	}
	if dear := NewHasher(Standard, 1, rand.Reader); !dear.Stale(hash) {
		t.Error("a hash of another cost is not stale")
	}
}

func TestStandardCost(t *testing.T) {
	h := NewHasher(Standard, 1, rand.Reader)
	hash, err := h.Hash(t.Context(), "một mật khẩu")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %q, %v", hash, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	h := NewHasher(cheap, 1, rand.Reader)
	for _, hash := range []string{
		"plain", "$argon2i$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=99999999,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AA",
	} {
		if ok, err := h.Check(t.Context(), "x", hash); ok || err == nil {
			t.Errorf("%s: got %v, %v; want an error", hash, ok, err)
		}
	}
}

// The waiting end when the asker has gone.
func TestSlots(t *testing.T) {
	h := NewHasher(cheap, 1, rand.Reader)
	h.slots <- struct{}{}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := h.Hash(ctx, "x"); err == nil {
		t.Error("a hash was made beyond the limit")
	}
	// An account that is not there waits for its turn like any other.
	if _, err := h.Check(ctx, "x", ""); err == nil {
		t.Error("an empty hash was not checked at all")
	}
}

func TestCommon(t *testing.T) {
	if len(common) != 49233*width || !slices.IsSortedFunc(slices.Collect(slices.Chunk(common, width)), bytes.Compare) {
		t.Fatalf("the list has %d bytes, or is not sorted", len(common))
	}
	for _, c := range []struct {
		pw   string
		want bool
	}{
		{"password", true},
		{"PassWord", true},
		{"password1234", true},
		{"!!iloveyou2026!!", true},
		{"123456789012345", true},
		{"aaaaaaaaaaaa", true},
		{"abcabcabcabcab", true},
		{"dragondragon", true},
		{"qwertyuiop", true},
		{"suong som tren doi che", false},
		{"hoà bình ở bản Phố", false},
		{"khong-ai-nghi-ra-dau", false},
	} {
		if got := Common(c.pw); got != c.want {
			t.Errorf("%q: got %v, want %v", c.pw, got, c.want)
		}
	}
}

func TestBreached(t *testing.T) {
	var lines []string
	for i := range 5000 {
		sum := sha1.Sum(fmt.Appendf(nil, "leaked %d", i))
		tail := ""
		if i%3 > 0 {
			tail = fmt.Sprintf(":%d", i)
		}
		lines = append(lines, strings.ToUpper(hex.EncodeToString(sum[:]))+tail)
	}
	slices.Sort(lines)
	for _, end := range []string{"\n", "\r\n"} {
		path := filepath.Join(t.TempDir(), "list.txt")
		if err := os.WriteFile(path, []byte(strings.Join(lines, end)), 0o600); err != nil {
			t.Fatal(err)
		}
		for i := range 5200 {
			got, err := Breached(path, fmt.Sprintf("leaked %d", i))
			if err != nil || got != (i < 5000) {
				t.Fatalf("entry %d: got %v, %v", i, got, err)
			}
		}
	}
	if _, err := Breached(filepath.Join(t.TempDir(), "none"), "x"); err == nil {
		t.Error("a list that is not there is no error")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		c, salt, key, err := decode(s)
		if err == nil {
			if c2, salt2, key2, err := decode(encode(c, salt, key)); err != nil || c2 != c || !bytes.Equal(salt, salt2) || !bytes.Equal(key, key2) {
				t.Errorf("%q does not survive", s)
			}
		}
	})
}
