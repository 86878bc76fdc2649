package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/backup"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/seal"
)

// safe is an installation with places for copies, and a clock that is moved by hand.
type safe struct {
	*App
	now time.Time
	dir string
	who auth.Actor
}

// newSafe builds one: a target, a second store, keys, on a database.
func newSafe(t *testing.T, database string) *safe {
	t.Helper()
	v := &safe{now: noon, dir: t.TempDir()}
	c := Default()
	c.Data, c.Database = filepath.Join(v.dir, "data"), database
	c.Backup.To = "file:" + filepath.Join(v.dir, "target")
	c.Backup.Copies = "file:" + filepath.Join(v.dir, "second")
	c.Backup.Identity = filepath.Join(v.dir, "usb", "identity.txt")
	c.Backup.Scrub = 1 << 30
	if err := os.MkdirAll(filepath.Dir(c.Backup.Identity), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := BackupKey(c, rand.Reader, c.Backup.Identity); err != nil {
		t.Fatal(err)
	}
	v.App = v.open(t, c)
	return v
}

func (v *safe) open(t *testing.T, c Config) *App {
	t.Helper()
	a, err := New(t.Context(), c, Outside{Now: func() time.Time { return v.now }, Log: slog.New(slog.DiscardHandler), Who: func(*http.Request) auth.Actor { return v.who }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func (v *safe) put(t *testing.T, text string) blob.Ref {
	t.Helper()
	ref, err := v.Blobs.Put(t.Context(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func (v *safe) do(t *testing.T, f func(context.Context) error) {
	t.Helper()
	if err := f(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (v *safe) drill(ctx context.Context) error { return v.copies.drill(ctx, nil) }

func (v *safe) status(t *testing.T) BackupStatus {
	t.Helper()
	s, err := v.Backups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (v *safe) second(t *testing.T) blob.Store {
	t.Helper()
	return v.copies.second[v.Config.copyNames()[0]]
}

func has(t *testing.T, s blob.Store, ref blob.Ref) bool {
	t.Helper()
	_, err := s.Stat(t.Context(), ref.SHA256)
	if err != nil && !errors.Is(err, blob.ErrNone) {
		t.Fatal(err)
	}
	return err == nil
}

// hurt changes one byte of a file.
func hurt(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(path)
	text[len(text)/2] ^= 1
	if err := os.WriteFile(path, text, 0o640); err != nil {
		t.Fatal(err)
	}
}

func TestCopiesFollow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		database := ""
		if d.Postgres() {
			database = dbtest.PostgresURL(t)
		}
		v := newSafe(t, database)
		one := v.put(t, "một")
		if has(t, v.second(t), one) {
			t.Fatal("copied before anybody could see the lag")
		}
		if s := v.status(t); s.Places[2].Lag.Blobs != 1 || !s.Places[2].Lag.Since.Equal(noon) {
			t.Errorf("lag: %+v", s.Places[2].Lag)
		}
		// The process dies; another goes on.
		w := *v
		w.App = v.open(t, v.Config)
		w.do(t, w.copies.follow)
		if !has(t, v.second(t), one) || v.status(t).Places[2].Lag.Blobs != 0 {
			t.Error("not copied after a restart")
		}

		// The store is away, then there again.
		away := filepath.Join(v.dir, "second")
		if err := os.Rename(away, away+".gone"); err != nil {
			t.Fatal(err)
		}
		two := v.put(t, "hai")
		v.do(t, v.copies.follow)
		v.now = v.now.Add(2 * time.Hour)
		s := v.status(t)
		if s.Places[2].Lag.Blobs != 1 || s.Places[2].Lag.Error == "" || s.Parts[1].Copies != 1 {
			t.Errorf("away: %+v, %d copies", s.Places[2].Lag, s.Parts[1].Copies)
		}
		os.RemoveAll(away)
		if err := os.Rename(away+".gone", away); err != nil {
			t.Fatal(err)
		}
		v.do(t, v.copies.follow)
		if !has(t, v.second(t), two) {
			t.Error("not copied when it was there again")
		}

		// What was there before it was a copy, or was lost there, is found by comparing.
		v.do(t, func(ctx context.Context) error { return v.second(t).Delete(ctx, one.SHA256) })
		v.do(t, v.copies.compare)
		v.do(t, v.copies.follow)
		if !has(t, v.second(t), one) {
			t.Error("comparing does not find what is missing")
		}
	})
}

// What is deleted goes from the copy and from the backups, and no healing brings it back.
func TestDeletedEverywhere(t *testing.T) {
	v := newSafe(t, "")
	secret := v.put(t, "tài liệu mật gửi nhầm")
	other := v.put(t, "tài liệu thường")
	v.do(t, v.copies.follow)
	v.do(t, v.copies.snapshot)
	if err := v.Blobs.Delete(t.Context(), secret.SHA256); !errors.Is(err, blob.ErrRecent) {
		t.Fatalf("put a moment ago: %v", err)
	}
	if !has(t, v.Blobs, secret) {
		t.Fatal("refused and deleted")
	}
	v.now = v.now.Add(settle + time.Second)
	v.do(t, func(ctx context.Context) error { return v.Blobs.Delete(ctx, secret.SHA256) })
	if s := v.status(t); len(s.Remaining) != 2 {
		t.Errorf("it is still in two places: %+v", s.Remaining)
	}
	// Before the copy was reached, the store does not take it back from there.
	if _, _, err := v.Blobs.Get(t.Context(), secret.SHA256); !errors.Is(err, blob.ErrNone) {
		t.Errorf("healed from a copy: %v", err)
	}
	v.do(t, v.copies.follow)
	if has(t, v.second(t), secret) || !has(t, v.second(t), other) {
		t.Error("the copy")
	}
	if s := v.status(t); len(s.Remaining) != 0 {
		t.Errorf("left: %+v", s.Remaining)
	}
	from, id, err := OpenBackup(t.Context(), v.Config.Backup.To, v.Config.Backup.Identity, func() time.Time { return v.now })
	if err != nil {
		t.Fatal(err)
	}
	m, err := backup.Find(t.Context(), id, from, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "restored")
	gone, err := Proven(t.Context(), id, from, m, dir, "", nil, JournalWhole)
	if err != nil || len(gone) != 1 || gone[0].SHA256 != secret.SHA256 {
		t.Errorf("%+v, %v", gone, err)
	}
	err = filepath.WalkDir(v.dir, func(p string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && strings.Contains(e.Name(), secret.SHA256) {
			t.Errorf("still there: %s", p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// Sent again for another file it is a blob like any other.
	v.put(t, "tài liệu mật gửi nhầm")
	v.do(t, v.copies.follow)
	if !has(t, v.Blobs, secret) || !has(t, v.second(t), secret) {
		t.Error("the same bytes, sent again, are not kept")
	}
}

// between calls f after the bytes are written and before that is noted.
type between struct {
	blob.Store
	f func()
}

func (b between) Put(ctx context.Context, r io.Reader) (blob.Ref, error) {
	ref, err := b.Store.Put(ctx, r)
	b.f()
	return ref, err
}

// A wipe and an upload of the same bytes meet. Whoever was told that the bytes are kept
// finds them.
func TestWipeMeetsUpload(t *testing.T) {
	v := newSafe(t, "")
	ref := v.put(t, "cùng một nội dung")
	v.now = v.now.Add(time.Hour)

	// The wipe comes after the bytes and before the note.
	s := wholeStore{between{v.copies.s, func() {
		if err := v.Blobs.Delete(t.Context(), ref.SHA256); err != nil {
			t.Error(err)
		}
	}}, v.copies}
	if _, err := s.Put(t.Context(), strings.NewReader("cùng một nội dung")); !errors.Is(err, ErrSwept) {
		t.Errorf("told %v, and the bytes are there: %v", err, has(t, v.Blobs, ref))
	}
	// It is sent again, as it was told to, and the wipe comes right after.
	v.put(t, "cùng một nội dung")
	if err := v.Blobs.Delete(t.Context(), ref.SHA256); !errors.Is(err, blob.ErrRecent) {
		t.Errorf("the row that names it may be about to come: %v", err)
	}
	if !has(t, v.Blobs, ref) {
		t.Error("gone")
	}
}

// Of many puts and deletes at once, every put that said yes and was not followed by a
// delete leaves its bytes.
func TestWipeMeetsUploadsOfMany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		database := ""
		if d.Postgres() {
			database = dbtest.PostgresURL(t)
		}
		v := newSafe(t, database)
		ref := v.put(t, "x")
		v.now = v.now.Add(time.Hour)
		stop, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := v.Blobs.Delete(t.Context(), ref.SHA256); err != nil && !errors.Is(err, blob.ErrRecent) {
					t.Error(err)
				}
			}
		}()
		for range 50 {
			_, err := v.Blobs.Put(t.Context(), strings.NewReader("x"))
			if err != nil && !errors.Is(err, ErrSwept) {
				t.Fatal(err)
			}
			if err == nil && !has(t, v.Blobs, ref) {
				t.Fatal("told that it is kept, and it is not")
			}
		}
		close(stop)
		<-done
	})
}

func TestStatus(t *testing.T) {
	bare := house(t, "", auth.Actor{})
	s, err := bare.Backups(t.Context())
	if err != nil || s.SetUp || len(s.Lacks) != 1 || s.Parts[0].Copies != 1 {
		t.Errorf("nothing is set up: %+v, %v", s, err)
	}

	v := newSafe(t, "")
	v.put(t, "một")
	v.do(t, func(ctx context.Context) error {
		return v.DB.Tx(ctx, func(ctx context.Context) error { return v.Seal.Note(ctx, seal.Entry{Verb: "test"}) })
	})
	if s := v.status(t); s.Parts[0].Copies != 1 || len(s.Lacks) < 4 {
		t.Errorf("before the first: %+v", s)
	}
	v.do(t, v.copies.compare)
	v.do(t, v.copies.follow)
	v.do(t, v.copies.snapshot)
	v.do(t, v.drill)
	v.do(t, v.copies.scrub)
	s = v.status(t)
	for _, p := range s.Parts {
		if p.Copies != 3 || !p.Oldest.Equal(noon) {
			t.Errorf("%s: %d copies, %v", p.Name, p.Copies, p.Oldest)
		}
	}
	// All is there but a place where nothing can be overwritten, for each of three parts.
	if len(s.Lacks) != 3 || !strings.Contains(s.Lacks[0], "object lock") {
		t.Errorf("%q", s.Lacks)
	}
	if len(s.Drills) != 1 || s.Drills[0].Error != "" || len(s.Scrubs) != 2 {
		t.Errorf("%+v, %+v", s.Drills, s.Scrubs)
	}
	beside, err := Backups(t.Context(), v.Config, slog.New(slog.DiscardHandler), func() time.Time { return v.now })
	if err != nil || !slices.Equal(beside.Lacks, s.Lacks) {
		t.Errorf("beside the server: %q, %v", beside.Lacks, err)
	}

	// Time passes and nothing is done.
	v.now = v.now.Add(9 * 24 * time.Hour)
	s = v.status(t)
	if s.Parts[0].Copies != 1 || s.Parts[1].Copies != 2 || !strings.Contains(strings.Join(s.Lacks, "\n"), "Tám ngày qua") {
		t.Errorf("nine days on: %+v", s)
	}
	// The newest snapshot is taken away.
	v.do(t, v.copies.snapshot)
	names, err := filepath.Glob(filepath.Join(v.dir, "target", "snapshot", "*"))
	if err != nil || len(names) != 2 {
		t.Fatal(names, err)
	}
	os.Remove(names[1])
	if s = v.status(t); !strings.Contains(s.Places[1].Error, "lấy đi") {
		t.Errorf("%+v", s.Places[1])
	}
}

// What a disk does to the store, to the second store and to a target is found and put
// right, and told; what cannot be is told too.
func TestDamageIsFound(t *testing.T) {
	v := newSafe(t, "")
	third := "file:" + filepath.Join(v.dir, "third")
	v.copies.c.Backup.To += " " + third
	v.Config.Backup.To = v.copies.c.Backup.To
	one, two, both := v.put(t, strings.Repeat("một ", 100)), v.put(t, strings.Repeat("hai ", 100)), v.put(t, strings.Repeat("ba ", 100))
	v.do(t, v.copies.follow)
	v.do(t, v.copies.snapshot)
	at := func(dir string, r blob.Ref) string { return filepath.Join(v.dir, dir, r.SHA256[:2], r.SHA256) }
	hurt(t, at("data/blobs", one))
	hurt(t, at("second", two))
	v.do(t, v.copies.scrub)
	s := v.status(t)
	if s.Heals != 2 || blob.Verify(t.Context(), v.copies.primary, one.SHA256) != nil || blob.Verify(t.Context(), v.second(t), two.SHA256) != nil {
		t.Errorf("healed %d: %+v", s.Heals, s.Healed)
	}
	hurt(t, at("data/blobs", both))
	hurt(t, at("second", both))
	v.now = v.now.Add(time.Hour)
	if err := v.copies.scrub(t.Context()); !errors.Is(err, blob.ErrCorrupt) {
		t.Errorf("no copy is whole: %v", err)
	}
	if s := v.status(t); !strings.Contains(strings.Join(s.Lacks, "\n"), "tệp hỏng chưa chữa được") {
		t.Errorf("not told: %q", s.Lacks)
	}

	objects, err := filepath.Glob(filepath.Join(v.dir, "target", "data", "*", "*"))
	if err != nil || len(objects) < 5 {
		t.Fatal(objects, err)
	}
	for _, o := range objects[:3] {
		hurt(t, o)
	}
	v.do(t, v.drill)
	if s := v.status(t); s.Heals < 5 || len(s.Drills) != 2 {
		t.Errorf("the drill healed %d: %+v", s.Heals, s.Drills)
	}
	for _, o := range objects[:3] {
		hurt(t, o)
		hurt(t, strings.Replace(o, "/target/", "/third/", 1))
	}
	v.now = v.now.Add(time.Hour)
	if err := v.drill(t.Context()); !errors.Is(err, backup.ErrAltered) && !errors.Is(err, backup.ErrKey) {
		t.Errorf("no target is whole: %v", err)
	}
	if s := v.status(t); s.Drills[0].Error == "" || !strings.Contains(strings.Join(s.Lacks, "\n"), "Khôi phục thử") {
		t.Errorf("not told: %+v", s.Drills)
	}
}

// What is restored by the snapshot in a second store alone, with the files as they lie
// there, is the whole installation.
func TestSecondStoreIsEnough(t *testing.T) {
	v := newSafe(t, "")
	ref := v.put(t, "một")
	v.do(t, v.copies.follow)
	v.do(t, v.copies.snapshot)
	from, id, err := OpenBackup(t.Context(), v.Config.Backup.Copies, v.Config.Backup.Identity, func() time.Time { return v.now })
	if err != nil {
		t.Fatal(err)
	}
	m, err := backup.Find(t.Context(), id, from, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	c := Default()
	c.Data, c.Blobs = filepath.Join(t.TempDir(), "restored"), v.Config.Backup.Copies
	if _, err := Proven(t.Context(), id, from, m, c.Data, "", nil, JournalWhole); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(filepath.Join(v.Config.Data, "keys", "journal.key"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(c.Data, "keys", "journal.key")); err != nil || !bytes.Equal(got, old) {
		t.Errorf("the key of the journal: %v", err)
	}
	a := v.open(t, c)
	if !has(t, a.Blobs, ref) {
		t.Error("a file is not there")
	}
}

func TestBackupPage(t *testing.T) {
	bare := house(t, "", auth.Actor{})
	who := all(bare)
	empty := house(t, "", who)
	if w := call(empty, "GET", "/system/backup", "", ""); w.Code != 200 || !strings.Contains(w.Body.String(), "Chưa có nơi sao lưu") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	form := "application/x-www-form-urlencoded"
	if w := call(empty, "POST", "/system/backup/drill", form, "sure=on"); w.Code != http.StatusConflict {
		t.Errorf("nothing to try: %d", w.Code)
	}
	v := newSafe(t, "")
	v.who = who
	v.put(t, "một")
	v.do(t, v.copies.snapshot)
	if w := call(v.App, "POST", "/system/backup/drill", form, ""); !strings.Contains(w.Body.String(), "Thử phục hồi từ mọi nơi") {
		t.Errorf("not asked: %d", w.Code)
	}
	if w := call(v.App, "POST", "/system/backup/drill", form, "sure=on"); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := call(v.App, "GET", "/system/backup", "", ""); !strings.Contains(w.Body.String(), "đang chờ đến lượt") {
		t.Error("the page does not say that a drill waits")
	}
	v.do(t, v.Jobs.Drain)
	w := call(v.App, "GET", "/system/backup", "", "")
	for _, want := range []string{"Khớp từng byte", "Cơ sở dữ liệu", "object lock", "Lần thử phục hồi cuối xong"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(w.Body.String(), "SECRET") {
		t.Error("a secret on the page")
	}
	v.who = auth.Actor{ID: "x", Office: "lao-cai"}
	if w := call(v.App, "GET", "/system/backup", "", ""); w.Code != http.StatusForbidden {
		t.Errorf("somebody without the right: %d", w.Code)
	}
}
