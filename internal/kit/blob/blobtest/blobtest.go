// Package blobtest is what every store of blobs promises, as a test.
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"congminh/internal/kit/blob"
)

// Factory opens an empty store. spoil changes the stored bytes of a blob behind
// the store's back.
type Factory func(t *testing.T) (s blob.Store, spoil func(sha string, with []byte))

// Run holds a store to its promises.
func Run(t *testing.T, open Factory) {
	t.Run("what was put comes back", func(t *testing.T) {
		s, _ := open(t)
		for _, body := range [][]byte{nil, []byte("Bút lục 01"), bytes.Repeat([]byte("0123456789abcdef"), 200_000)} {
			ref := put(t, s, body)
			if want := name(body); ref.SHA256 != want || ref.Size != int64(len(body)) {
				t.Errorf("put %d bytes: got %v, want %s", len(body), ref, want)
			}
			r, got, err := s.Get(t.Context(), ref.SHA256)
			if err != nil || got != ref {
				t.Fatalf("get: %v, %v, want %v", got, err, ref)
			}
			if b, err := io.ReadAll(r); err != nil || !bytes.Equal(b, body) {
				t.Errorf("read %d bytes, %v, want %d", len(b), err, len(body))
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if got, err := s.Stat(t.Context(), ref.SHA256); err != nil || got != ref {
				t.Errorf("stat: %v, %v, want %v", got, err, ref)
			}
			if err := blob.Verify(t.Context(), s, ref.SHA256); err != nil {
				t.Errorf("verify: %v", err)
			}
		}
	})

	t.Run("a reader may jump about", func(t *testing.T) {
		s, _ := open(t)
		body := bytes.Repeat([]byte("0123456789abcdef"), 100_000)
		r, _, err := blob.GetVerified(t.Context(), s, put(t, s, body).SHA256)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for _, at := range []int64{1_000_003, 7, int64(len(body)) - 5, 0} {
			if got, err := r.Seek(at, io.SeekStart); err != nil || got != at {
				t.Fatalf("seek %d: %d, %v", at, got, err)
			}
			piece := make([]byte, 5)
			if _, err := io.ReadFull(r, piece); err != nil || string(piece) != string(body[at:at+5]) {
				t.Errorf("at %d: %q, %v, want %q", at, piece, err, body[at:at+5])
			}
		}
		if end, err := r.Seek(0, io.SeekEnd); err != nil || end != int64(len(body)) {
			t.Errorf("end: %d, %v, want %d", end, err, len(body))
		}
	})

	t.Run("what is not there is not found", func(t *testing.T) {
		s, _ := open(t)
		for _, sha := range []string{name([]byte("never put")), "", "../../etc/passwd", strings.Repeat("A", 64), strings.Repeat("g", 64)} {
			_, _, err := s.Get(t.Context(), sha)
			_, err2 := s.Stat(t.Context(), sha)
			_, _, err3 := s.Local(t.Context(), sha)
			if !errors.Is(err, blob.ErrNone) || !errors.Is(err2, blob.ErrNone) || !errors.Is(err3, blob.ErrNone) {
				t.Errorf("%q: get %v, stat %v, local %v, want ErrNone", sha, err, err2, err3)
			}
			if err := s.Delete(t.Context(), sha); err != nil {
				t.Errorf("delete %q: %v", sha, err)
			}
		}
	})

	t.Run("many at once put the same", func(t *testing.T) {
		s, _ := open(t)
		body := bytes.Repeat([]byte("một tờ giấy "), 5_000)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if ref, err := s.Put(t.Context(), bytes.NewReader(body)); err != nil || ref.SHA256 != name(body) {
					t.Errorf("put: %v, %v", ref, err)
				}
			})
		}
		all.Wait()
		if refs, err := s.List(t.Context(), "", 10); err != nil || len(refs) != 1 {
			t.Errorf("list: %v, %v, want one", refs, err)
		}
		if err := blob.Verify(t.Context(), s, name(body)); err != nil {
			t.Error(err)
		}
	})

	t.Run("a source that fails leaves nothing", func(t *testing.T) {
		s, _ := open(t)
		broken := errors.New("dây mạng bị rút")
		r := io.MultiReader(strings.NewReader("nửa tệp"), iotest.ErrReader(broken))
		if _, err := s.Put(t.Context(), r); !errors.Is(err, broken) {
			t.Errorf("put: %v, want %v", err, broken)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Put(gone, strings.NewReader("không ai chờ nữa")); !errors.Is(err, context.Canceled) {
			t.Errorf("put after cancel: %v", err)
		}
		if refs, err := s.List(t.Context(), "", 10); err != nil || len(refs) != 0 {
			t.Errorf("list: %v, %v, want none", refs, err)
		}
	})

	t.Run("the list is in order and goes on", func(t *testing.T) {
		s, _ := open(t)
		var want, got []string
		for i := range 23 {
			want = append(want, put(t, s, bytes.Repeat([]byte{byte(i)}, i+1)).SHA256)
		}
		slices.Sort(want)
		after := ""
		for {
			refs, err := s.List(t.Context(), after, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range refs {
				if r.Size < 1 || r.Size > 23 {
					t.Errorf("size of %s: %d", r.SHA256, r.Size)
				}
				got = append(got, r.SHA256)
			}
			if len(refs) < 10 {
				break
			}
			after = refs[9].SHA256
		}
		if !slices.Equal(got, want) {
			t.Errorf("list: got %d %v, want %d %v", len(got), got, len(want), want)
		}
	})

	t.Run("what is deleted is gone", func(t *testing.T) {
		s, _ := open(t)
		ref := put(t, s, []byte("ảnh thu nhỏ"))
		if err := s.Delete(t.Context(), ref.SHA256); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Stat(t.Context(), ref.SHA256); !errors.Is(err, blob.ErrNone) {
			t.Errorf("stat: %v, want ErrNone", err)
		}
		if again := put(t, s, []byte("ảnh thu nhỏ")); again != ref {
			t.Errorf("put again: %v, want %v", again, ref)
		}
	})

	t.Run("a child may read it by path", func(t *testing.T) {
		s, _ := open(t)
		body := []byte("%PDF-1.7 …")
		path, done, err := s.Local(t.Context(), put(t, s, body).SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, body) {
			t.Errorf("local: %q, %v", b, err)
		}
		done()
	})

	t.Run("a damaged blob is never taken for whole", func(t *testing.T) {
		s, spoil := open(t)
		body := bytes.Repeat([]byte("x"), 100_000)
		changed := slices.Clone(body)
		changed[50_000] = 'y'
		ref := put(t, s, body)
		for what, with := range map[string][]byte{
			"one byte": changed, "cut short": body[:99_999], "longer": append(slices.Clone(body), 'x'), "emptied": nil,
		} {
			spoil(ref.SHA256, with)
			r, _, err := s.Get(t.Context(), ref.SHA256)
			if err == nil {
				_, err = io.Copy(io.Discard, r)
				r.Close()
			}
			if !errors.Is(err, blob.ErrCorrupt) { // some stores look at once
				t.Errorf("%s: read: %v, want ErrCorrupt", what, err)
			}
			if _, _, err := blob.GetVerified(t.Context(), s, ref.SHA256); !errors.Is(err, blob.ErrCorrupt) {
				t.Errorf("%s: GetVerified: %v, want ErrCorrupt", what, err)
			}
			if err := blob.Verify(t.Context(), s, ref.SHA256); !errors.Is(err, blob.ErrCorrupt) {
				t.Errorf("%s: Verify: %v, want ErrCorrupt", what, err)
			}
		}
		spoil(ref.SHA256, body[:10])
		put(t, s, body)
		if err := blob.Verify(t.Context(), s, ref.SHA256); err != nil {
			t.Errorf("put again over a cut blob: %v, want it whole", err)
		}
	})
}

func put(t *testing.T, s blob.Store, body []byte) blob.Ref {
	t.Helper()
	ref, err := s.Put(t.Context(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func name(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
