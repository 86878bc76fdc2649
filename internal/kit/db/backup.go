package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"congminh/internal/kit/fault"
)

// ErrBackup is what Backup returns on PostgreSQL.
var ErrBackup = fault.New(fault.Invalid, "db.backup",
	"Cơ sở dữ liệu PostgreSQL phải được sao lưu bằng công cụ của chính nó (pg_dump hoặc pg_basebackup).")

// Backup writes a copy of the database, as it is at one moment, to a new file at
// path, while others go on writing. Copy the blobs after it, not before: then
// every blob the copy names is there.
func (d *DB) Backup(ctx context.Context, path string) (err error) {
	defer fault.Wrap(&err, "back up database")
	if d.postgres {
		return ErrBackup
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s: %w", path, os.ErrExist)
	}
	part := path + ".part" // so that whatever has the name is whole
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if _, err := d.read.ExecContext(ctx, `VACUUM INTO $1`, part); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// Check reads the whole database and returns what is wrong with it. PostgreSQL
// checks its pages itself; there it only shows that the database answers.
func (d *DB) Check(ctx context.Context) error {
	q := `PRAGMA integrity_check(20)`
	if d.postgres {
		q = `SELECT 'ok'`
	}
	found, err := All(ctx, d, Value[string], q)
	if err != nil {
		return fmt.Errorf("check database: %w", err)
	}
	if len(found) != 1 || found[0] != "ok" {
		return fmt.Errorf("check database: %q", found)
	}
	return nil
}
