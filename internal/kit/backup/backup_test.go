package backup_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/backup"
	"congminh/internal/kit/blob"
)

// house is something to back up, and a target to do it to.
type house struct {
	dir   string
	w     *backup.Writer
	id    *backup.Identity
	to    backup.Target
	blobs blob.Store
	d     *sql.DB
	now   time.Time
	sum   string
}

func keys(t *testing.T) (*backup.Writer, *backup.Identity) {
	t.Helper()
	wt, it, err := backup.NewKeys(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w, err := backup.ParseWriter(wt)
	if err != nil {
		t.Fatal(err)
	}
	id, err := backup.ParseIdentity(it)
	if err != nil {
		t.Fatal(err)
	}
	return w, id
}

func build(t *testing.T) *house {
	t.Helper()
	h := &house{dir: t.TempDir(), now: time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)}
	h.w, h.id = keys(t)
	var err error
	if h.to, err = backup.OpenTarget(t.Context(), "file:"+filepath.Join(h.dir, "repository"), func() time.Time { return h.now }); err != nil {
		t.Fatal(err)
	}
	if h.blobs, err = blob.Open(t.Context(), "file:"+filepath.Join(h.dir, "blobs")); err != nil {
		t.Fatal(err)
	}
	if h.d, err = sql.Open("sqlite", filepath.Join(h.dir, "live.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.d.Close() })
	h.exec(t, `PRAGMA journal_mode = wal`)
	h.exec(t, `CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT NOT NULL)`)
	h.exec(t, `WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO item SELECT i, hex(randomblob(500)) FROM n`)
	for i := range 5 {
		h.put(t, bytes.Repeat([]byte(fmt.Sprintf("Bút lục %d. ", i)), 1000))
	}
	h.put(t, nil)
	return h
}

func (h *house) exec(t *testing.T, q string) {
	t.Helper()
	if _, err := h.d.ExecContext(t.Context(), q); err != nil {
		t.Fatal(err)
	}
}

func (h *house) put(t *testing.T, b []byte) blob.Ref {
	t.Helper()
	ref, err := h.blobs.Put(t.Context(), bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// write makes a snapshot an hour after the one before.
func (h *house) write(t *testing.T, ctx context.Context, to backup.Target) (backup.Result, []byte, error) {
	t.Helper()
	h.now = h.now.Add(time.Hour)
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := backup.SQLite(ctx, filepath.Join(h.dir, "live.db"), file); err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	res, err := backup.Write(ctx, h.w, to, backup.Source{Database: file, Name: "congminh.db", Blobs: h.blobs, Version: "test", Time: h.now, Before: h.sum})
	if err == nil {
		h.sum = res.Sum
	}
	return res, body, err
}

func (h *house) must(t *testing.T) (backup.Result, []byte) {
	t.Helper()
	res, body, err := h.write(t, t.Context(), h.to)
	if err != nil {
		t.Fatal(err)
	}
	return res, body
}

func (h *house) restore(t *testing.T, id *backup.Identity, when time.Time) (string, error) {
	t.Helper()
	m, err := backup.Find(t.Context(), id, h.to, when)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(t.TempDir(), "restored")
	_, err = backup.Restore(t.Context(), id, h.to, m, dir)
	return dir, err
}

func TestRoundTrip(t *testing.T) {
	h := build(t)
	first, before := h.must(t)
	h.exec(t, `INSERT INTO item (text) VALUES ('Nguyễn Thị Hòa')`)
	big := h.put(t, bytes.Repeat([]byte("0123456789abcdef"), 9<<20/16))
	second, after := h.must(t)
	if first.Blobs != 6 || second.Blobs != 7 || bytes.Equal(before, after) {
		t.Errorf("%+v, %+v", first, second)
	}
	// 9 MiB of a blob in two parts, the list of it, and the pieces of three pages.
	if second.Objects > 7 || second.Stored > 9<<20+1<<20+1<<17 {
		t.Errorf("the second snapshot stored %d objects, %d bytes", second.Objects, second.Stored)
	}
	for _, c := range []struct {
		when time.Time
		want []byte
	}{{time.Time{}, after}, {h.now, after}, {h.now.Add(-time.Minute), before}} {
		dir, err := h.restore(t, h.id, c.when)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "congminh.db")); err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("%v: the database is not the same: %d bytes, %v", c.when, len(got), err)
		}
		s, err := blob.Open(t.Context(), "file:"+filepath.Join(dir, "blobs"))
		if err != nil {
			t.Fatal(err)
		}
		if err := blob.Verify(t.Context(), s, big.SHA256); (err != nil) != (&c.want[0] == &before[0]) {
			t.Errorf("%v: the big blob: %v", c.when, err)
		}
	}
	if _, err := h.restore(t, h.id, h.now.Add(-24*time.Hour)); !errors.Is(err, backup.ErrNone) {
		t.Errorf("before the first: %v", err)
	}
	m, err := backup.Find(t.Context(), h.id, h.to, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), h.id, h.to, m, h.dir); !errors.Is(err, fs.ErrExist) {
		t.Errorf("into a folder that is not empty: %v", err)
	}
	if all, gaps, err := backup.Gaps(t.Context(), h.id, h.to); err != nil || len(all) != 2 || len(gaps) != 0 {
		t.Errorf("chain: %d, %v, %v", len(all), gaps, err)
	}
}

func TestWrongKey(t *testing.T) {
	h := build(t)
	h.must(t)
	_, other := keys(t)
	if _, err := h.restore(t, other, time.Time{}); !errors.Is(err, backup.ErrKey) {
		t.Errorf("got %v, want ErrKey", err)
	}
}

// objects lists the files of the repository.
func (h *house) objects(t *testing.T) (out []string) {
	t.Helper()
	for _, folder := range []string{"data", "snapshot"} {
		names, err := h.to.List(t.Context(), folder)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, names...)
	}
	return out
}

// Whatever part of a repository is flipped, cut, emptied, taken away or put in the
// place of another: a restore fails and names it.
func TestTamper(t *testing.T) {
	h := build(t)
	h.must(t)
	all := h.objects(t)
	for i, name := range all {
		at := filepath.Join(h.dir, "repository", filepath.FromSlash(name))
		whole, err := os.ReadFile(at)
		if err != nil {
			t.Fatal(err)
		}
		flipped := bytes.Clone(whole)
		flipped[len(flipped)*(i+1)/(len(all)+2)] ^= 1
		other, err := os.ReadFile(filepath.Join(h.dir, "repository", filepath.FromSlash(all[(i+1)%len(all)])))
		if err != nil {
			t.Fatal(err)
		}
		for how, with := range map[string][]byte{"flipped": flipped, "cut": whole[:len(whole)-1], "empty": {}, "another": other, "gone": nil} {
			os.Remove(at)
			if with != nil {
				if err := os.WriteFile(at, with, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := h.restore(t, h.id, time.Time{})
			if how == "gone" && strings.HasPrefix(name, "snapshot/") {
				if !errors.Is(err, backup.ErrNone) {
					t.Errorf("the only snapshot gone: %v", err)
				}
			} else if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s %s: %v", name, how, err)
			}
		}
		os.Remove(at)
		if err := os.WriteFile(at, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.restore(t, h.id, time.Time{}); err != nil {
		t.Errorf("put right again: %v", err)
	}
}

// Who owns the target can neither give an old snapshot a new name, nor write one, nor
// take one out of the middle unnoticed.
func TestSwap(t *testing.T) {
	h := build(t)
	first, _ := h.must(t)
	second, _ := h.must(t)
	h.must(t)
	at := func(name string) string { return filepath.Join(h.dir, "repository", "snapshot", name) }
	old, err := os.ReadFile(at(first.Name))
	if err != nil {
		t.Fatal(err)
	}
	late := h.now.Add(time.Hour).Format("20060102T150405.000000Z")
	if err := os.WriteFile(at(late), old, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.restore(t, h.id, time.Time{}); !errors.Is(err, backup.ErrAltered) || !strings.Contains(err.Error(), first.Name) {
		t.Errorf("an old one renamed: %v", err)
	}
	if err := errors.Join(os.Remove(at(late)), os.Remove(at(second.Name))); err != nil {
		t.Fatal(err)
	}
	if _, gaps, err := backup.Gaps(t.Context(), h.id, h.to); err != nil || len(gaps) != 1 {
		t.Errorf("one taken out: %v, %v", gaps, err)
	}
}

// failing gives up after n objects.
type failing struct {
	backup.Target
	left *int
}

func (f failing) Put(ctx context.Context, name string, b []byte) error {
	if *f.left--; *f.left < 0 {
		return errors.New("mất mạng")
	}
	return f.Target.Put(ctx, name, b)
}

func TestInterrupted(t *testing.T) {
	h := build(t)
	_, good := h.must(t)
	h.exec(t, `UPDATE item SET text = hex(randomblob(500))`)
	for n := range 8 {
		h.put(t, bytes.Repeat([]byte{byte(n)}, 1000))
		if _, _, err := h.write(t, t.Context(), failing{h.to, &n}); err == nil {
			t.Fatal("nothing failed")
		}
		dir, err := h.restore(t, h.id, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "congminh.db")); err != nil || !bytes.Equal(got, good) {
			t.Errorf("stopped after %d: the last good one is not there: %v", n, err)
		}
	}
	_, want := h.must(t) // goes on where it was stopped
	dir, err := h.restore(t, h.id, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "congminh.db")); err != nil || !bytes.Equal(got, want) {
		t.Error("the next snapshot is not whole")
	}
}

// A damaged blob is told, kept out, and does not stop the rest.
func TestDamagedBlob(t *testing.T) {
	h := build(t)
	ref := h.put(t, []byte("sắp hỏng"))
	at := filepath.Join(h.dir, "blobs", ref.SHA256[:2], ref.SHA256)
	os.Remove(at)
	if err := os.WriteFile(at, []byte("sắp hỏnG"), 0o600); err != nil {
		t.Fatal(err)
	}
	res, _ := h.must(t)
	if len(res.Damaged) != 1 || res.Damaged[0] != ref.SHA256 || res.Blobs != 6 {
		t.Errorf("%+v", res)
	}
	if _, err := h.restore(t, h.id, time.Time{}); err != nil {
		t.Error(err)
	}
}

func TestPrune(t *testing.T) {
	h := build(t)
	for range 30 { // 30 hours
		h.exec(t, `UPDATE item SET text = hex(randomblob(500)) WHERE id < 5`)
		h.must(t)
	}
	keep := backup.Keep{All: 3 * time.Hour, Days: 7}
	p, err := backup.Prune(t.Context(), h.id, h.to, keep, h.now, true)
	if err != nil || p.Snapshots < 20 || p.Objects == 0 || len(h.objects(t)) < p.Objects+p.Snapshots {
		t.Fatalf("dry: %+v, %v", p, err)
	}
	if _, err := backup.Prune(t.Context(), h.id, h.to, keep, h.now, false); err != nil {
		t.Fatal(err)
	}
	names, err := backup.Snapshots(t.Context(), h.to)
	if err != nil || len(names) != 30-p.Snapshots {
		t.Errorf("%d snapshots left, %v", len(names), err)
	}
	for _, name := range names {
		when, err := backup.At(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.restore(t, h.id, when); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p, err := backup.Prune(t.Context(), h.id, h.to, keep, h.now, true); p != (backup.Pruned{}) || err != nil {
		t.Errorf("again: %+v, %v", p, err)
	}
	all := backup.Keep{All: 1000 * time.Hour, From: h.now.Add(-3 * time.Hour), To: h.now}
	if p, err := backup.Prune(t.Context(), h.id, h.to, all, h.now, true); err != nil || p.Snapshots != 2 { // not the newest
		t.Errorf("a period: %+v, %v", p, err)
	}
}

// A blob that was removed is in no snapshot any more, the rest restores, and the
// restore says what is not there and since when. Without the note it fails.
func TestRemove(t *testing.T) {
	h := build(t)
	big := h.put(t, bytes.Repeat([]byte("bí mật nhà nước "), 9<<20/16))
	h.must(t)
	before := len(h.objects(t))
	if until, err := backup.Remove(t.Context(), h.w, h.to, big, h.now); err != nil || !until.IsZero() {
		t.Fatalf("%v, %v", until, err)
	}
	if n := len(h.objects(t)); n != before-2 {
		t.Errorf("%d objects left of %d", n, before)
	}
	m, err := backup.Find(t.Context(), h.id, h.to, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "restored")
	gone, err := backup.Restore(t.Context(), h.id, h.to, m, dir)
	if err != nil || len(gone) != 1 || gone[0].SHA256 != big.SHA256 || !gone[0].At.Equal(h.now) {
		t.Errorf("%+v, %v", gone, err)
	}
	if healed, err := backup.Heal(t.Context(), h.id, h.to); err != nil || len(healed) != 0 {
		t.Errorf("heal: %v, %v", healed, err)
	}
	notes, err := h.to.List(t.Context(), "removed")
	if err != nil || len(notes) != 1 {
		t.Fatal(notes, err)
	}
	if err := h.to.Delete(t.Context(), notes[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := h.restore(t, h.id, time.Time{}); err == nil {
		t.Error("parts that somebody took away are not missed")
	}
}

// Keys go along, and come back as they were.
func TestKeysGoAlong(t *testing.T) {
	h := build(t)
	key := filepath.Join(t.TempDir(), "secrets.key")
	if err := os.WriteFile(key, []byte("khóa"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := backup.SQLite(t.Context(), filepath.Join(h.dir, "live.db"), file); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Write(t.Context(), h.w, h.to, backup.Source{Database: file, Name: "congminh.db", Keys: []string{key}, Time: h.now}); err != nil {
		t.Fatal(err)
	}
	dir, err := h.restore(t, h.id, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "keys", "secrets.key"))
	if err != nil || string(got) != "khóa" {
		t.Errorf("%q, %v", got, err)
	}
}

// What a disk did to one target is put right from another; what no other has is told.
func TestHeal(t *testing.T) {
	h := build(t)
	big := h.put(t, bytes.Repeat([]byte("0123456789abcdef"), 9<<20/16))
	other, err := backup.OpenTarget(t.Context(), "file:"+filepath.Join(h.dir, "other"), func() time.Time { return h.now })
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.write(t, t.Context(), other); err != nil {
		t.Fatal(err)
	}
	h.sum = ""
	h.must(t)
	at := func(name string) string { return filepath.Join(h.dir, "repository", filepath.FromSlash(name)) }
	var hurt []string
	for i, name := range h.objects(t) {
		if strings.HasPrefix(name, "snapshot/") {
			continue
		}
		hurt = append(hurt, name)
		text, err := os.ReadFile(at(name))
		if err != nil {
			t.Fatal(err)
		}
		os.Remove(at(name))
		if i%2 == 0 { // else: gone
			text[len(text)/2] ^= 1
			if err := os.WriteFile(at(name), text, 0o440); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := h.restore(t, h.id, time.Time{}); err == nil {
		t.Fatal("nothing is wrong")
	}
	if _, err := backup.Heal(t.Context(), h.id, h.to); err == nil {
		t.Errorf("no other copy: %v", err)
	}
	healed, err := backup.Heal(t.Context(), h.id, h.to, other)
	if err != nil || len(healed) < len(hurt) {
		t.Errorf("healed %d of %d, %v", len(healed), len(hurt), err)
	}
	dir, err := h.restore(t, h.id, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := blob.Open(t.Context(), "file:"+filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	if err := blob.Verify(t.Context(), s, big.SHA256); err != nil {
		t.Error(err)
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(`{"name":"20261128T080000.000000Z","time":"2026-11-28T08:00:00Z","database":{"name":"congminh.db"}}`))
	f.Add([]byte(`{"name":"x","database":{"name":"../x","size":-1}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := backup.ParseManifest(text)
		if err != nil {
			if !errors.Is(err, backup.ErrAltered) {
				t.Errorf("%v is not ErrAltered", err)
			}
			return
		}
		if n := m.Database.Name; n == "" || n == "." || n == ".." || filepath.Base(n) != n {
			t.Errorf("takes the name %q", n)
		}
	})
}
