package db_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

func migration(text string) fstest.MapFS {
	return fstest.MapFS{"001_note.sql": {Data: []byte(text)}}
}

const note = `CREATE TABLE note (id BIGINT PRIMARY KEY, text TEXT NOT NULL)`

// A migration that ran is left alone, and one that changed is not run over it.
func TestMigrateKeepsItsWord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for range 2 {
			if err := d.Migrate(t.Context(), "note", migration(note)); err != nil {
				t.Fatal(err)
			}
		}
		err := d.Migrate(t.Context(), "note", migration(note+` -- better`))
		if !errors.Is(err, db.ErrChanged) {
			t.Errorf("changed migration: %v, want ErrChanged", err)
		}
	})
}

// Everybody may read while one writes, and many writers queue.
func TestManyAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(t.Context(), "note", migration(note)); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				err := d.Tx(t.Context(), func(ctx context.Context) error {
					if _, err := d.Exec(ctx, `INSERT INTO note (id, text) VALUES ($1, '')`, i); err != nil {
						return err
					}
					// Seen from outside, the transaction has done nothing.
					seen, err := db.One(db.Outside(ctx), d, db.Value[int], `SELECT COUNT(*) FROM note WHERE id = $1`, i)
					if err == nil && seen != 0 {
						t.Errorf("row %d is seen before it is committed", i)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n, err := db.One(t.Context(), d, db.Value[int], `SELECT COUNT(*) FROM note`); err != nil || n != 20 {
			t.Errorf("rows: %d, %v, want 20", n, err)
		}
		if err := d.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Two programs may open one file at once, the first time too.
func TestTwoOpenOneFile(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "new.db")
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			d, err := db.Open(t.Context(), url)
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			if err := d.Migrate(t.Context(), "note", migration(note)); err != nil {
				t.Error(err)
			}
			if _, err := d.Exec(t.Context(), `INSERT INTO note (id, text) VALUES ($1, 'x')`, i); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestBackup(t *testing.T) {
	d := dbtest.SQLite(t)
	if err := d.Migrate(t.Context(), "note", migration(note)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Exec(t.Context(), `INSERT INTO note (id, text) VALUES (1, 'Bút lục')`); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := d.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := d.Backup(t.Context(), path); err == nil {
		t.Error("a backup was written over another")
	}
	c, err := db.Open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if got, err := db.One(t.Context(), c, db.Value[string], `SELECT text FROM note`); err != nil || got != "Bút lục" {
		t.Errorf("copy holds %q, %v", got, err)
	}
}

// Anew is no argument of the query, and jit no way of ours.
func TestAnew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if _, err := d.Exec(ctx, `CREATE TABLE anew_line (n BIGINT NOT NULL, word TEXT NOT NULL)`); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Exec(ctx, `INSERT INTO anew_line (n, word) VALUES (1, 'một'), (2, 'hai')`); err != nil {
			t.Fatal(err)
		}
		type word string
		for range 3 {
			got, err := db.All(ctx, d, db.Value[string], `SELECT word FROM anew_line WHERE n >= $1 AND word <> $2 ORDER BY n`, db.Anew, 1, word("hai"))
			if err != nil || len(got) != 1 || got[0] != "một" {
				t.Errorf("got %v, %v", got, err)
			}
		}
		if d.Postgres() {
			if got, err := db.One(ctx, d, db.Value[string], `SELECT setting FROM pg_settings WHERE name = 'jit'`); err != nil || got != "off" {
				t.Errorf("jit is %s, %v", got, err)
			}
		}
	})
}
