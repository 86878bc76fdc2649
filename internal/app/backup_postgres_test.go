package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/backup"
	"congminh/internal/kit/db"
	"congminh/internal/seal"
)

// newDatabase makes an empty database of its own on the server of the tests.
func newDatabase(t *testing.T) string {
	t.Helper()
	server := os.Getenv("CONGMINH_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("CONGMINH_TEST_POSTGRES is not set")
		}
		t.Skip("CONGMINH_TEST_POSTGRES is not set")
	}
	d, err := db.Open(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("backup%d", time.Now().UnixNano())
	if _, err := d.Exec(t.Context(), `CREATE DATABASE `+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := d.Exec(context.Background(), `DROP DATABASE `+name+` WITH (FORCE)`)
		if err := errors.Join(err, d.Close()); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// rows returns a hash of the rows of every table, in whatever order they lie.
func rows(t *testing.T, d *db.DB) map[string]string {
	t.Helper()
	tables, err := db.All(t.Context(), d, db.Value[string], `SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, name := range tables {
		all, err := db.All(t.Context(), d, db.Value[string], `SELECT CAST(x.* AS text) FROM `+name+` AS x ORDER BY 1`)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = fmt.Sprintf("%d rows %x", len(all), sha256.Sum256([]byte(strings.Join(all, "\n"))))
	}
	return out
}

// An installation on PostgreSQL comes back in an empty database with every row, its
// journal and its files, while the old one went on being written to.
func TestPostgresComesBack(t *testing.T) {
	v := newSafe(t, newDatabase(t))
	if _, err := v.Org.Demo(t.Context()); err != nil {
		t.Fatal(err)
	}
	note := func(n int) {
		for i := range n {
			v.do(t, func(ctx context.Context) error {
				return v.DB.Tx(ctx, func(ctx context.Context) error {
					return v.Seal.Note(ctx, seal.Entry{Verb: "test", Object: fmt.Sprint(i)})
				})
			})
		}
	}
	note(20)
	ref := v.put(t, "một")
	v.do(t, v.copies.follow)
	want := rows(t, v.DB)
	v.do(t, v.copies.snapshot)
	note(5) // after it

	from, id, err := OpenBackup(t.Context(), v.Config.Backup.To, v.Config.Backup.Identity, func() time.Time { return v.now })
	if err != nil {
		t.Fatal(err)
	}
	m, err := backup.Find(t.Context(), id, from, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if m.Log == nil || m.Log.Size < 20 {
		t.Errorf("the journal: %+v", m.Log)
	}
	fresh := newDatabase(t)
	c := Default()
	c.Data, c.Database = filepath.Join(t.TempDir(), "restored"), fresh
	if _, err := Proven(t.Context(), id, from, m, c.Data, fresh, nil, JournalWhole); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), fresh)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	got := rows(t, d)
	if len(got) != len(want) || len(want) < 50 {
		t.Errorf("%d tables of %d", len(got), len(want))
	}
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%s: %s, want %s", name, got[name], w)
		}
	}
	// A database that holds something is not loaded over.
	if err := backup.LoadPostgres(t.Context(), filepath.Join(c.Data, "congminh.dump"), fresh); !errors.Is(err, backup.ErrNotEmpty) {
		t.Errorf("loaded over another: %v", err)
	}
	a := v.open(t, c)
	if !has(t, a.Blobs, ref) {
		t.Error("a file is not there")
	}
	tree, err := a.Seal.TreeAt(t.Context(), m.Log.Size)
	if err != nil {
		t.Fatal(err)
	}
	old, err := v.Seal.TreeAt(t.Context(), m.Log.Size)
	if err != nil || old.Root != tree.Root {
		t.Errorf("another journal: %v", err)
	}
	// The drill reads a dump to its end where no database is given for it.
	v.do(t, v.drill)
	if s := v.status(t); len(s.Drills) != 1 || s.Drills[0].Error != "" {
		t.Errorf("%+v", s.Drills)
	}
}
