package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"congminh/internal/kit/backup"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/db"
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

// BackupTo adds a snapshot to each target and tells what came of each by done. It
// brings no table up to date, and a server may be at work. The first error of all
// targets is returned after every one was tried.
func BackupTo(ctx context.Context, c Config, targets []string, now func() time.Time, done func(target string, r backup.Result, err error)) error {
	c = c.fill()
	if len(targets) == 0 {
		targets = strings.Fields(c.Backup.To)
	}
	if len(targets) == 0 {
		return errors.New("chưa nêu nơi sao lưu: dùng --to hoặc đặt backup.to · no target")
	}
	text, err := os.ReadFile(c.Backup.Key)
	if err != nil {
		return fmt.Errorf("chưa có khóa sao lưu, hãy chạy congminh backup key: %w", err)
	}
	w, err := backup.ParseWriter(text)
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
	if s.Blobs, err = blob.Open(ctx, c.Blobs); err != nil {
		return err
	}
	s.Time, s.Version = at, Version()
	var errs []error
	for _, address := range targets {
		name, res, err := backupOne(ctx, w, address, s)
		done(name, res, err)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func backupOne(ctx context.Context, w *backup.Writer, address string, s backup.Source) (string, backup.Result, error) {
	to, err := backup.OpenTarget(ctx, address)
	if err != nil {
		return "", backup.Result{}, err
	}
	if _, s.Before, err = backup.Last(ctx, to); err != nil {
		return to.String(), backup.Result{}, err
	}
	res, err := backup.Write(ctx, w, to, s)
	return to.String(), res, err
}

// dump copies the database, as it is at one moment, into dir.
func (c Config) dump(ctx context.Context, dir string) (s backup.Source, err error) {
	if path, ok := strings.CutPrefix(c.Database, "sqlite:"); ok {
		s.Name = "congminh.db"
		s.Database = filepath.Join(dir, s.Name)
		return s, backup.SQLite(ctx, path, s.Database)
	}
	s.Name = "congminh.dump"
	s.Database = filepath.Join(dir, s.Name)
	return s, backup.Postgres(ctx, c.Database, s.Database)
}

// OpenBackup opens a target and the identity in a file.
func OpenBackup(ctx context.Context, address, identity string) (backup.Target, *backup.Identity, error) {
	text, err := os.ReadFile(identity)
	if err != nil {
		return nil, nil, fmt.Errorf("không đọc được khóa mở: %w", err)
	}
	id, err := backup.ParseIdentity(text)
	if err != nil {
		return nil, nil, err
	}
	t, err := backup.OpenTarget(ctx, address)
	return t, id, err
}

// Proof is something a restored database must stand, like the root of its journal.
type Proof func(ctx context.Context, d *db.DB) error

// Proven restores a snapshot into dir and puts it to the proof: the database is the
// one that was saved, byte for byte, and whole; every blob is read again; proofs hold.
func Proven(ctx context.Context, id *backup.Identity, from backup.Target, m backup.Manifest, dir string, proofs ...Proof) error {
	if err := backup.Restore(ctx, id, from, m, dir); err != nil {
		return err
	}
	s, err := blob.Open(ctx, "file:"+filepath.Join(dir, "blobs"))
	if err != nil {
		return err
	}
	var errs []error
	for next, first := "", true; first || next != ""; first = false {
		if next, err = blob.Scrub(ctx, s, next, 1000, 0, func(_ blob.Ref, err error) { errs = append(errs, err) }); err != nil {
			return err
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	path := filepath.Join(dir, m.Database.Name)
	if filepath.Ext(path) != ".db" { // pg_restore reads it
		return dumpWhole(path)
	}
	d, err := db.Open(ctx, "sqlite:"+path)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Check(ctx); err != nil {
		return err
	}
	for _, p := range proofs {
		if err := p(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// dumpWhole reports whether a file is one of pg_dump's own format; its bytes were
// compared with their hash already.
func dumpWhole(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var head [5]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || !bytes.Equal(head[:], []byte("PGDMP")) {
		return fmt.Errorf("%s is no dump of pg_dump: %w", filepath.Base(path), errors.Join(err, backup.ErrAltered))
	}
	return nil
}
