package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"congminh/internal/kit/blob"
	"congminh/internal/kit/blob/blobtest"
)

// shop is a store in a folder, and the way to its files.
type shop struct {
	blob.Store
	dir string
}

func newShop(t *testing.T) shop {
	t.Helper()
	dir := t.TempDir()
	s, err := blob.Open(t.Context(), "file:"+dir)
	if err != nil {
		t.Fatal(err)
	}
	return shop{s, dir}
}

func (s shop) path(sha string) string { return filepath.Join(s.dir, sha[:2], sha) }

// hurt does to a file what a disk may.
func (s shop) hurt(t *testing.T, sha, how string) {
	t.Helper()
	b, err := os.ReadFile(s.path(sha))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(s.path(sha)); err != nil {
		t.Fatal(err)
	}
	switch how {
	case "flipped":
		b[len(b)/3] ^= 1
	case "cut":
		b = b[:len(b)/2]
	case "empty":
		b = nil
	case "gone":
		return
	}
	if err := os.WriteFile(s.path(sha), b, 0o440); err != nil {
		t.Fatal(err)
	}
}

func TestHealing(t *testing.T) {
	body := bytes.Repeat([]byte("Bút lục số 7. "), 50_000)
	for _, c := range []struct {
		name                   string
		primary, first, second string
		want                   error
		reports                int
	}{
		{name: "whole"},
		{name: "flipped", primary: "flipped", reports: 1},
		{name: "cut", primary: "cut", reports: 1},
		{name: "empty", primary: "empty", reports: 1},
		{name: "gone", primary: "gone", reports: 1},
		{name: "first copy bad too", primary: "flipped", first: "cut", reports: 1},
		{name: "all bad", primary: "flipped", first: "cut", second: "flipped", want: blob.ErrCorrupt, reports: 1},
		{name: "bad, and no copy", primary: "flipped", first: "gone", second: "gone", want: blob.ErrCorrupt, reports: 1},
		{name: "nowhere", primary: "gone", first: "gone", second: "gone", want: blob.ErrNone, reports: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, a, b := newShop(t), newShop(t), newShop(t)
			var ref blob.Ref
			for s, how := range map[shop]string{p: c.primary, a: c.first, b: c.second} {
				r, err := s.Put(t.Context(), bytes.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				if ref = r; how != "" {
					s.hurt(t, ref.SHA256, how)
				}
			}
			var reports int
			h := blob.Healing(p, func(_ context.Context, sha string, found, err error) {
				reports++
				if sha != ref.SHA256 || found == nil || (err != nil) != (c.want != nil) {
					t.Errorf("reported %s, %v, %v", sha, found, err)
				}
			}, a, b)
			r, _, err := h.Get(t.Context(), ref.SHA256)
			if reports != c.reports {
				t.Errorf("%d reports, want %d", reports, c.reports)
			}
			if c.want != nil {
				if !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, body) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
			if got, err := os.ReadFile(p.path(ref.SHA256)); err != nil || !bytes.Equal(got, body) {
				t.Errorf("the file is not healed: %d bytes, %v", len(got), err)
			}
		})
	}
}

// A healing store is a store.
func TestHealingIsAStore(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) (blob.Store, func(string, []byte)) {
		p := newShop(t)
		return blob.Healing(p, nil), func(sha string, with []byte) {
			os.Remove(p.path(sha))
			if err := os.WriteFile(p.path(sha), with, 0o640); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// The scrubber finds exactly the damaged ones, whatever the size of its steps.
func TestScrub(t *testing.T) {
	p, a := newShop(t), newShop(t)
	bad := map[string]bool{}
	for i := range 20 {
		body := bytes.Repeat([]byte{byte(i), 'x'}, 1000)
		ref, err := p.Put(t.Context(), bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			bad[ref.SHA256] = true
			p.hurt(t, ref.SHA256, "flipped")
		}
		if i != 0 { // the first has no copy
			if _, err := a.Put(t.Context(), bytes.NewReader(body)); err != nil {
				t.Fatal(err)
			}
		}
	}
	sweep := func(s blob.Store) (found map[string]bool) {
		found = map[string]bool{}
		for next, steps := "", 0; steps == 0 || next != ""; steps++ {
			var err error
			if next, err = blob.Scrub(t.Context(), s, next, 7, 0, func(r blob.Ref, _ error) { found[r.SHA256] = true }); err != nil {
				t.Fatal(err)
			}
		}
		return found
	}
	if found := sweep(p); len(found) != len(bad) {
		t.Errorf("found %d, want %d", len(found), len(bad))
	}
	healed := 0
	h := blob.Healing(p, func(_ context.Context, _ string, _, err error) {
		if err == nil {
			healed++
		}
	}, a)
	if left := sweep(h); len(left) != 1 || healed != len(bad)-1 {
		t.Errorf("%d left, %d healed of %d", len(left), healed, len(bad))
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := blob.Scrub(stopped, p, "", 7, 1, func(blob.Ref, error) { t.Error("a stop is no damage") }); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}
