package tree

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// memory keeps hashes as the database does.
type memory map[int64]Hash

func (m memory) ReadHashes(at []int64) ([]Hash, error) {
	out := make([]Hash, len(at))
	for i, a := range at {
		h, ok := m[a]
		if !ok {
			return nil, fmt.Errorf("no hash %d", a)
		}
		out[i] = h
	}
	return out, nil
}

func (m memory) append(t testing.TB, size int64, es [][]byte) {
	t.Helper()
	nodes, err := Append(m, size, es)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		if _, twice := m[n.Index]; twice {
			t.Fatalf("hash %d is written again", n.Index)
		}
		m[n.Index] = n.Hash
	}
}

func grow(t testing.TB, n int) (memory, [][]byte) {
	m, es := memory{}, [][]byte{}
	for i := range n {
		es = append(es, fmt.Appendf(nil, `{"n":%d}`, i))
	}
	m.append(t, 0, es)
	return m, es
}

func signer(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32))
}

func logKey(t testing.TB) (*Key, *Verifier) {
	k, err := NewKey("vks.test/nhat-ky", signer(1))
	if err != nil {
		t.Fatal(err)
	}
	v, err := ParseVerifier(k.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	return k, v
}

var saw = time.Unix(1_790_000_000, 0)

func witness(t testing.TB) (*Key, *Verifier) {
	k, err := NewWitness("vks.test/lam-chung", signer(2), func() time.Time { return saw })
	if err != nil {
		t.Fatal(err)
	}
	v, err := ParseVerifier(k.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	return k, v
}

// However entries are added, one by one or in any batches, the tree is the same.
func TestBatches(t *testing.T) {
	const n = 300
	whole, es := grow(t, n)
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		m := memory{}
		for at := 0; at < n; {
			k := min(1+r.IntN(40), n-at)
			m.append(t, int64(at), es[at:at+k])
			at += k
		}
		if len(m) != len(whole) {
			t.Fatalf("%d hashes, not %d", len(m), len(whole))
		}
		for at, h := range whole {
			if m[at] != h {
				t.Fatalf("hash %d differs", at)
			}
		}
	}
}

// The root is that of RFC 6962, worked out here from its own words.
func TestRoot(t *testing.T) {
	m, es := grow(t, 70)
	for n := range 71 {
		got, err := Root(m, int64(n))
		if err != nil || got != mth(es[:n]) {
			t.Fatalf("root of %d: %s, %v", n, got, err)
		}
	}
}

func mth(es [][]byte) Hash {
	switch len(es) {
	case 0:
		return empty
	case 1:
		return Leaf(es[0])
	}
	k := 1
	for k*2 < len(es) {
		k *= 2
	}
	l, r := mth(es[:k]), mth(es[k:])
	return sha256.Sum256(append(append([]byte{1}, l[:]...), r[:]...))
}

// Every entry of every size is proven, and any bit of proof, leaf or root that is
// changed is found.
func TestProofs(t *testing.T) {
	m, es := grow(t, 37)
	for size := int64(1); size <= 37; size++ {
		root, _ := Root(m, size)
		for n := range size {
			p, err := ProveInclusion(m, size, n)
			if err != nil || CheckInclusion(p, size, root, n, Leaf(es[n])) != nil {
				t.Fatalf("entry %d of %d: %v", n, size, err)
			}
			for i := range p {
				if size == 37 || size == 32 {
					flips(p[i][:], func(bit int) {
						if CheckInclusion(p, size, root, n, Leaf(es[n])) == nil {
							t.Fatalf("entry %d of %d: bit %d of hash %d may change", n, size, bit, i)
						}
					})
				}
			}
			if n > 0 && CheckInclusion(p, size, root, n-1, Leaf(es[n])) == nil {
				t.Fatalf("entry %d of %d is proven at another place", n, size)
			}
			leaf := bytes.Clone(es[n])
			flips(leaf, func(bit int) {
				if CheckInclusion(p, size, root, n, Leaf(leaf)) == nil {
					t.Fatalf("bit %d of entry %d may change", bit, n)
				}
			})
		}
		for old := range size + 1 {
			was, _ := Root(m, old)
			p, err := ProveConsistency(m, old, size)
			if err != nil || CheckConsistency(p, size, root, old, was) != nil {
				t.Fatalf("%d in %d: %v", old, size, err)
			}
			for i := range p {
				flips(p[i][:], func(bit int) {
					if CheckConsistency(p, size, root, old, was) == nil {
						t.Fatalf("%d in %d: bit %d of hash %d may change", old, size, bit, i)
					}
				})
			}
			flips(was[:], func(bit int) {
				if CheckConsistency(p, size, root, old, was) == nil {
					t.Fatalf("%d in %d: bit %d of the old root may change", old, size, bit)
				}
			})
		}
	}
	for _, bad := range [][2]int64{{5, 5}, {5, -1}, {0, 0}} {
		if _, err := ProveInclusion(m, bad[0], bad[1]); err == nil {
			t.Errorf("entry %d of %d was proven", bad[1], bad[0])
		}
		if !errors.Is(CheckInclusion(nil, bad[0], Hash{}, bad[1], Hash{}), ErrProof) {
			t.Errorf("entry %d of %d was taken", bad[1], bad[0])
		}
	}
	if !errors.Is(CheckConsistency(nil, 3, Hash{}, 4, Hash{}), ErrProof) {
		t.Error("a larger tree was in a smaller one")
	}
}

// flips changes each bit of b in turn.
func flips(b []byte, try func(bit int)) {
	for bit := range len(b) * 8 {
		b[bit/8] ^= 1 << (bit % 8)
		try(bit)
		b[bit/8] ^= 1 << (bit % 8)
	}
}

func signed(t testing.TB) []byte {
	m, _ := grow(t, 12)
	root, _ := Root(m, 12)
	log, v := logKey(t)
	b, err := Checkpoint{"vks.test/nhat-ky", 12, root}.Sign(log)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(b, v)
	if err != nil {
		t.Fatal(err)
	}
	w, _ := witness(t)
	if b, err = Cosign(s, w); err != nil {
		t.Fatal(err)
	}
	return b
}

// A signed head tells who signed and who saw it when; any bit changed is refused, or
// the witness is not counted.
func TestCheckpoint(t *testing.T) {
	b := signed(t)
	_, v := logKey(t)
	_, w := witness(t)
	s, err := Open(b, v, w)
	if err != nil || s.Size != 12 || !s.Cosigned[w.Name()].Equal(saw) {
		t.Fatalf("%+v, %v", s, err)
	}
	// The Go library reads it with its own verifier.
	std, err := note.NewVerifier(v.String())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := note.Open(b, note.VerifierList(std)); err != nil || n.Text != s.Text() {
		t.Errorf("note: %v", err)
	}
	c := bytes.Clone(b)
	cosig := bytes.LastIndex(b, []byte("— "))
	flips(c, func(bit int) {
		got, err := Open(c, v, w)
		if err != nil {
			return
		}
		if bit/8 < cosig || len(got.Cosigned) > 0 {
			t.Fatalf("bit %d of byte %d (%q) may change", bit%8, bit/8, b[bit/8])
		}
	})
	if _, err := Open(b, w); err == nil {
		t.Error("the key of a witness stood for the log's")
	}
	other, _ := NewKey("vks.test/khac", signer(1))
	o, _ := ParseVerifier(other.VerifierKey())
	alien, err := s.Checkpoint.Sign(other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(alien, o); err == nil {
		t.Error("a log signed for the journal of another")
	}
}

func TestKeys(t *testing.T) {
	k, v := logKey(t)
	if std, err := note.NewEd25519VerifierKey(k.Name(), v.public); err != nil || std != k.VerifierKey() {
		t.Errorf("%s, not %s", k.VerifierKey(), std)
	}
	text := []byte(k.VerifierKey())
	flips(text, func(bit int) {
		if got, err := ParseVerifier(string(text)); err == nil {
			t.Errorf("bit %d changed: %s", bit, got)
		}
	})
	for _, bad := range []string{"", "a+b", "a b+", "x\ny"} {
		if _, err := NewKey(bad, signer(1)); err == nil {
			t.Errorf("a key is named %q", bad)
		}
	}
}

// What is printed can be typed back, sloppily; one wrong letter, or two neighbours
// exchanged, is told by its line.
func TestPaper(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		c := Checkpoint{Origin: "vks.test/nhat-ky", Size: r.Int64()}
		for i := range c.Root {
			c.Root[i] = byte(r.Uint32())
		}
		text := c.Paper()
		typed := strings.NewReplacer("0", "o", "1", "l", "  ", " ").Replace(strings.ToLower(text))
		typed = strings.Replace(typed, "vks.test/nhat-ky\n"+strings.Split(typed, "\n")[1], c.Origin+"\n"+strings.Split(text, "\n")[1], 1)
		for i := 1; i <= 5; i++ {
			typed = strings.Replace(typed, "\nl ", "\n1 ", 1)
		}
		if got, err := ParsePaper(typed); err != nil || got != c {
			t.Fatalf("%v\n%s", err, typed)
		}
	}
	c := Checkpoint{Origin: "vks.test/nhat-ky", Size: 1_234_567, Root: Leaf(nil)}
	text := c.Paper()
	lines := strings.Split(text, "\n")
	for i, l := range lines[2:7] {
		for at := 3; at < len(l); at++ {
			for _, r := range letters {
				if l[at] == ' ' || byte(r) == l[at] {
					continue
				}
				refused(t, lines, i+2, l[:at]+string(r)+l[at+1:])
			}
			if at+1 < len(l) && l[at] != l[at+1] && l[at] != ' ' && l[at+1] != ' ' {
				refused(t, lines, i+2, l[:at]+l[at+1:at+2]+l[at:at+1]+l[at+2:])
			}
		}
	}
	for _, bad := range []string{"", text + text, strings.Replace(text, "567", "568", 1), strings.Replace(text, "vks", "vkz", 1), strings.Replace(text, "\n2 ", "\n3 ", 1)} {
		if _, err := ParsePaper(bad); !errors.Is(err, ErrPaper) {
			t.Errorf("taken: %q", bad)
		}
	}
}

func refused(t *testing.T, lines []string, i int, l string) {
	t.Helper()
	typed := append(append(append([]string{}, lines[:i]...), l), lines[i+1:]...)
	if _, err := ParsePaper(strings.Join(typed, "\n")); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("line %d", i-1)) {
		t.Errorf("%q for %q: %v", l, lines[i], err)
	}
}

func TestTiles(t *testing.T) {
	const n = 700
	m, es := grow(t, n)
	for _, path := range []string{"tile/0/000", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/000", "tile/entries/002.p/188"} {
		tile, err := ParseTile(path)
		if err != nil || tile.Path() != path || !tile.In(n) {
			t.Fatalf("%s: %v", path, err)
		}
		if from, to, ok := tile.Entries(); ok {
			b, err := Bundle(es[from:to])
			back, bad := ParseBundle(b)
			if err != nil || bad != nil || len(back) != int(to-from) || !bytes.Equal(back[0], es[from]) {
				t.Errorf("%s: %v %v", path, err, bad)
			}
			continue
		}
		b, err := tile.Hashes(m)
		if err != nil || len(b)%32 != 0 {
			t.Errorf("%s: %v", path, err)
		}
		if path == "tile/0/001" && !bytes.Equal(b[:32], func() []byte { h := Leaf(es[256]); return h[:] }()) {
			t.Errorf("%s does not begin with entry 256", path)
		}
	}
	for _, path := range []string{"", "tile", "tile/0/0", "tile/00/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/64/000", "tile/-1/000", "tile/data/000", "tile/8/0/000", "tile/0/../000", "tile/0/x000/000"} {
		if got, err := ParseTile(path); err == nil {
			t.Errorf("%q is taken as %s", path, got.Path())
		}
	}
	for _, path := range []string{"tile/0/002", "tile/0/003.p/1", "tile/1/000.p/3", "tile/2/000.p/1", "tile/entries/002.p/189"} {
		if tile, err := ParseTile(path); err != nil || tile.In(n) {
			t.Errorf("%s is in a journal of %d: %v", path, n, err)
		}
	}
	if _, err := Bundle([][]byte{make([]byte, MaxEntry+1)}); err == nil {
		t.Error("a bundle took an entry that its length cannot tell")
	}
}

func proof(t testing.TB) (Proof, []byte) {
	m, es := grow(t, 12)
	hs, err := ProveInclusion(m, 12, 7)
	if err != nil {
		t.Fatal(err)
	}
	return Proof{7, hs, signed(t)}, es[7]
}

// A proof stands alone; any bit of it or of the entry that is changed is found, but
// for what a witness added that nobody here knows.
func TestProofText(t *testing.T) {
	p, entry := proof(t)
	_, v := logKey(t)
	text := p.Marshal()
	check := func(b []byte) error {
		q, err := ParseProof(b)
		if err == nil {
			_, err = q.Check(entry, v)
		}
		return err
	}
	if err := check(text); err != nil {
		t.Fatal(err)
	}
	end := bytes.LastIndex(text, []byte("— "))
	c := bytes.Clone(text)
	flips(c, func(bit int) {
		if bit/8 < end && check(c) == nil {
			t.Fatalf("byte %d (%q) may change", bit/8, text[bit/8])
		}
	})
	flips(entry, func(bit int) {
		if check(text) == nil {
			t.Fatalf("bit %d of the entry may change", bit)
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	f.Add("vks.test/nhat-ky\n12\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := ParseCheckpoint(s); err == nil && c.Text() != s {
			t.Errorf("%q is read as %q", s, c.Text())
		}
	})
}

func FuzzOpen(f *testing.F) {
	_, v := logKey(f)
	_, w := witness(f)
	good := signed(f)
	f.Add(good)
	text, _, _ := bytes.Cut(good, []byte("\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := Open(b, v, w); err == nil && s.Text() != string(text)+"\n" {
			t.Errorf("forged %q", s.Text())
		}
	})
}

func FuzzVerifier(f *testing.F) {
	k, _ := logKey(f)
	f.Add(k.VerifierKey())
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := ParseVerifier(s); err == nil && v.String() != s {
			t.Errorf("%q is read as %q", s, v)
		}
	})
}

func FuzzProof(f *testing.F) {
	p, _ := proof(f)
	f.Add(p.Marshal())
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := ParseProof(b); err == nil && !bytes.Equal(p.Marshal(), b) {
			t.Errorf("%q has two forms", b)
		}
	})
}

func FuzzPaper(f *testing.F) {
	f.Add(Checkpoint{Origin: "a", Size: 3}.Paper())
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParsePaper(s)
		if err != nil {
			return
		}
		if again, err := ParsePaper(c.Paper()); err != nil || again != c {
			t.Errorf("%+v cannot be printed", c)
		}
	})
}

func FuzzTile(f *testing.F) {
	f.Add("tile/0/x001/234.p/5")
	f.Add("tile/entries/000")
	f.Fuzz(func(t *testing.T, s string) {
		if tile, err := ParseTile(s); err == nil && tile.Path() != s {
			t.Errorf("%q is read as %q", s, tile.Path())
		} else if err == nil {
			tile.In(1 << 40)
		}
	})
}

func FuzzBundle(f *testing.F) {
	f.Add([]byte("\x00\x01a\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		es, err := ParseBundle(b)
		if err != nil {
			return
		}
		if again, err := Bundle(es); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q has two forms", b)
		}
	})
}
