package app

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"congminh/internal/kit/backup"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/db"
	"congminh/internal/seal"
)

// BackupKey makes the two files of a key: the one the server writes with, at
// backup.key of the settings, and the identity that opens, at path, which must lie
// outside the data folder. Neither may be there yet.
func BackupKey(c Config, random io.Reader, path string) (writer string, err error) {
	c = c.fill()
	data, err := filepath.Abs(c.Data)
	if err != nil {
		return "", err
	}
	at, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if rel, err := filepath.Rel(data, at); err == nil && !strings.HasPrefix(rel, "..") {
		return "", fmt.Errorf("%s nằm trong thư mục dữ liệu; hãy để khóa mở ở nơi khác, nếu không ai lấy được dữ liệu cũng mở được bản sao lưu", path)
	}
	w, id, err := backup.NewKeys(random)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(c.Backup.Key), 0o700); err != nil {
		return "", err
	}
	if err := create(path, id); err != nil {
		return "", err
	}
	if err := create(c.Backup.Key, w); err != nil {
		return "", errors.Join(err, os.Remove(path))
	}
	return c.Backup.Key, nil
}

// create writes a file that only its owner may read, and that was not there.
func create(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// writer reads the key snapshots are made with.
func (c Config) writer() (*backup.Writer, error) {
	text, err := os.ReadFile(c.Backup.Key)
	if err != nil {
		return nil, fmt.Errorf("chưa có khóa sao lưu, hãy chạy congminh backup key: %w", err)
	}
	return backup.ParseWriter(text)
}

// BackupTo adds a snapshot to each target and tells what came of each by done: of
// everything to those of backup.to, or those named; where none is named, of the database
// alone to the second stores too, which have the blobs already. It brings no table up to
// date, and a server may be at work. The errors of all targets are returned after every
// one was tried.
func BackupTo(ctx context.Context, c Config, targets []string, now func() time.Time, done func(target string, r backup.Result, err error)) error {
	c = c.fill()
	var bare []string
	if len(targets) == 0 {
		targets, bare = strings.Fields(c.Backup.To), strings.Fields(c.Backup.Copies)
	}
	if len(targets)+len(bare) == 0 {
		return errors.New("chưa nêu nơi sao lưu: dùng --to hoặc đặt backup.to · no target")
	}
	w, err := c.writer()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "congminh-backup-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	at := now() // before the copy: what is asked for "as of" this time is in it
	s, err := c.dump(ctx, dir)
	if err != nil {
		return err
	}
	blobs, err := blob.Open(ctx, c.Blobs)
	if err != nil {
		return err
	}
	s.Time, s.Version = at, Version()
	if s.Keys, err = c.keyFiles(); err != nil {
		return err
	}
	var errs []error
	one := func(address string) {
		name, res, err := backupOne(ctx, w, address, s, now)
		done(name, res, err)
		errs = append(errs, err)
	}
	for _, address := range bare {
		one(address)
	}
	s.Blobs = blobs
	for _, address := range targets {
		one(address)
	}
	return errors.Join(errs...)
}

// keyFiles lists the keys that lie outside the database and without which it cannot be
// read in full, or its journal not gone on with.
func (c Config) keyFiles() (out []string, err error) {
	dir := filepath.Join(c.Data, "keys")
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, f := range files {
		if ext := filepath.Ext(f.Name()); f.Type().IsRegular() && (ext == ".key" || ext == ".pem") {
			out = append(out, filepath.Join(dir, f.Name()))
		}
	}
	return out, err
}

func backupOne(ctx context.Context, w *backup.Writer, address string, s backup.Source, now func() time.Time) (string, backup.Result, error) {
	to, err := backup.OpenTarget(ctx, address, now)
	if err != nil {
		return backup.Plain(address), backup.Result{}, err
	}
	if _, s.Before, err = backup.Last(ctx, to); err != nil {
		return to.String(), backup.Result{}, err
	}
	res, err := backup.Write(ctx, w, to, s)
	return to.String(), res, err
}

// dump copies the database, as it is at one moment, into dir. The journal is measured
// before, so that what was measured is in the copy.
func (c Config) dump(ctx context.Context, dir string) (s backup.Source, err error) {
	path, lite := strings.CutPrefix(c.Database, "sqlite:")
	if lite {
		if _, err := os.Stat(path); err != nil { // opening it would make one
			return s, err
		}
	}
	if s.Log, err = c.journal(ctx); err != nil {
		return s, err
	}
	if lite {
		s.Name = "congminh.db"
		s.Database = filepath.Join(dir, s.Name)
		return s, backup.SQLite(ctx, path, s.Database)
	}
	s.Name = "congminh.dump"
	s.Database = filepath.Join(dir, s.Name)
	return s, backup.Postgres(ctx, c.Database, s.Database)
}

// journal measures the journal; nil if the database has none yet.
func (c Config) journal(ctx context.Context) (*backup.Log, error) {
	d, err := db.Open(ctx, c.Database)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	t, err := seal.NewService(d, time.Now).Tree(ctx)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	return &backup.Log{Size: t.Size, Root: base64.StdEncoding.EncodeToString(t.Root[:])}, nil
}

// OpenBackup opens a target and the identity in a file.
func OpenBackup(ctx context.Context, address, identity string, now func() time.Time) (backup.Target, *backup.Identity, error) {
	text, err := os.ReadFile(identity)
	if err != nil {
		return nil, nil, fmt.Errorf("không đọc được khóa mở: %w", err)
	}
	id, err := backup.ParseIdentity(text)
	if err != nil {
		return nil, nil, err
	}
	t, err := backup.OpenTarget(ctx, address, now)
	return t, id, err
}

// Proof is something a restored database must stand, like the root of its journal.
type Proof func(ctx context.Context, d *db.DB) error

// Proven restores a snapshot into dir and puts it to the proof: the database is the
// one that was saved, byte for byte, and whole, its journal as long as it was and with
// the same root; every blob is read again; proofs hold. A dump of PostgreSQL is loaded
// into the empty database at load; if that is "", it is only read to its end. step, if
// not nil, hears of every object that was fetched.
func Proven(ctx context.Context, id *backup.Identity, from backup.Target, m backup.Manifest, dir, load string, step func(), proofs ...Proof) (gone []backup.Removed, err error) {
	if step != nil {
		from = counting{from, step}
	}
	if gone, err = backup.Restore(ctx, id, from, m, dir); err != nil {
		return gone, err
	}
	if err := wholeBlobs(ctx, filepath.Join(dir, "blobs")); err != nil {
		return gone, err
	}
	path := filepath.Join(dir, m.Database.Name)
	address := "sqlite:" + path
	if filepath.Ext(path) != ".db" {
		if err := backup.ReadDump(ctx, path); err != nil || load == "" {
			return gone, err
		}
		if err := backup.LoadPostgres(ctx, path, load); err != nil {
			return gone, err
		}
		address = load
	}
	d, err := db.Open(ctx, address)
	if err != nil {
		return gone, err
	}
	defer d.Close()
	if err := d.Check(ctx); err != nil {
		return gone, err
	}
	if m.Log != nil {
		proofs = append(proofs, journalReaches(*m.Log))
	}
	for _, p := range proofs {
		if err := p(ctx, d); err != nil {
			return gone, err
		}
	}
	return gone, nil
}

// journalReaches is the Proof that the journal has the lines it had, and the same.
func journalReaches(l backup.Log) Proof {
	return func(ctx context.Context, d *db.DB) error {
		t, err := seal.NewService(d, time.Now).TreeAt(ctx, l.Size)
		if err != nil {
			return err
		}
		if got := base64.StdEncoding.EncodeToString(t.Root[:]); got != l.Root {
			return fmt.Errorf("nhật ký %d dòng có gốc %s, lúc sao lưu là %s: %w", l.Size, got, l.Root, backup.ErrAltered)
		}
		return nil
	}
}

func wholeBlobs(ctx context.Context, dir string) error {
	s, err := blob.Open(ctx, "file:"+dir)
	if err != nil {
		return err
	}
	var errs []error
	for next, first := "", true; first || next != ""; first = false {
		if next, err = blob.Scrub(ctx, s, next, 1000, 0, func(_ blob.Ref, err error) { errs = append(errs, err) }); err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}

// counting tells of every object that is fetched.
type counting struct {
	backup.Target
	step func()
}

func (c counting) Get(ctx context.Context, name string) ([]byte, error) {
	b, err := c.Target.Get(ctx, name)
	c.step()
	return b, err
}
