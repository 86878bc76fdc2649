//go:build linux

package crash_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"congminh/internal/kit/blob"
	"congminh/internal/kit/crash"
	"congminh/internal/kit/crash/lossyfs"
	"congminh/internal/kit/db"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
)

func TestMain(m *testing.M) {
	crash.Main(m, map[string]crash.Program{
		"intake":              {Serve: intake{}.serve, Check: check},
		"names-not-kept":      {Serve: intake{put: careless}.serve, Check: check},
		"too-early":           {Serve: intake{early: true}.serve, Check: check},
		"twice":               {Serve: intake{twice: true}.serve, Check: check},
		"repository":          repository(false),
		"repository-unsynced": repository(true),
	})
}

// intake is the least program that takes something in as this house does: a blob,
// then a row and two jobs in one transaction, then the word of thanks. The fields
// are faults.
type intake struct {
	put   func(dir string, body []byte) error // in place of blob.Put
	early bool                                // gives thanks before the commit
	twice bool                                // does not do its work in the job's transaction
}

var tables = fstest.MapFS{"001.sql": {Data: []byte(`
CREATE TABLE item (id TEXT PRIMARY KEY, sha256 TEXT NOT NULL);
CREATE TABLE deed (item TEXT NOT NULL, kind TEXT NOT NULL);
`)}}

func open(ctx context.Context, dir string, now func() time.Time) (*db.DB, blob.Store, *job.Runner, error) {
	blobs, err := blob.Open(ctx, "file:"+filepath.Join(dir, "blobs"))
	if err != nil {
		return nil, nil, nil, err
	}
	url := os.Getenv("CRASH_TEST_DATABASE")
	if url == "" {
		url = "sqlite:" + filepath.Join(dir, "congminh.db")
	}
	d, err := db.Open(ctx, url)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := d.Migrate(ctx, "job", job.Schema()); err != nil {
		return nil, nil, nil, err
	}
	if err := d.Migrate(ctx, "intake", tables); err != nil {
		return nil, nil, nil, err
	}
	return d, blobs, job.NewRunner(d, slog.New(slog.DiscardHandler), now), nil
}

func (p intake) handle(d *db.DB, r *job.Runner) {
	deed := func(ctx context.Context, kind string, body json.RawMessage) error {
		var item string
		if err := json.Unmarshal(body, &item); err != nil {
			return err
		}
		_, err := d.Exec(ctx, `INSERT INTO deed (item, kind) VALUES ($1, $2)`, item, kind)
		return err
	}
	r.Handle("short", func(ctx context.Context, body json.RawMessage) error { return deed(ctx, "short", body) })
	r.HandleLong("long", job.Options{Concurrency: 2}, func(ctx context.Context, run *job.Run, body json.RawMessage) error {
		h := fnv.New32()
		h.Write(body)
		if run.Attempts == 1 && h.Sum32()%8 == 0 {
			return errors.New("máy quét kẹt giấy")
		}
		if err := run.Progress(ctx, 1, 2, "một nửa"); err != nil {
			return err
		}
		if p.twice {
			if err := deed(ctx, "long", body); err != nil {
				return err
			}
			time.Sleep(20 * time.Millisecond)
			return nil
		}
		return run.Finish(ctx, func(ctx context.Context) error { return deed(ctx, "long", body) })
	})
}

func (p intake) serve(ctx context.Context, dir string, ack func(string)) error {
	d, blobs, r, err := open(ctx, dir, time.Now)
	if err != nil {
		return err
	}
	p.handle(d, r)
	go r.Run(ctx)
	failed := make(chan error)
	for range 4 {
		go func() {
			for {
				if err := p.take(ctx, dir, d, blobs, r, ack); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

func (p intake) take(ctx context.Context, dir string, d *db.DB, blobs blob.Store, r *job.Runner, ack func(string)) error {
	item := string(id.New[intake]())
	body := []byte(strings.Repeat(item, 1+rand.IntN(1000)))
	ref, err := blobs.Put(ctx, strings.NewReader(string(body)))
	if p.put != nil {
		// The same bytes under another name, kept in the careless way.
		body = append(body, '!')
		ref = blob.Ref{SHA256: digest(body)}
		err = p.put(filepath.Join(dir, "blobs", ref.SHA256[:2], ref.SHA256), body)
	}
	if err != nil {
		return err
	}
	if p.early {
		ack(item + " " + ref.SHA256)
	}
	err = d.Tx(ctx, func(ctx context.Context) error {
		if _, err := d.Exec(ctx, `INSERT INTO item (id, sha256) VALUES ($1, $2)`, item, ref.SHA256); err != nil {
			return err
		}
		return errors.Join(r.Put(ctx, "short", item), r.PutUnique(ctx, "long", item, item))
	})
	if err == nil && !p.early {
		ack(item + " " + ref.SHA256)
	}
	return err
}

// settle waits until PostgreSQL has noticed that the program is dead: a commit it
// was sent may still be under way.
func settle(ctx context.Context, d *db.DB) error {
	for d.Postgres() {
		n, err := db.One(ctx, d, db.Value[int], `SELECT COUNT(*) FROM pg_stat_activity
			WHERE pid <> pg_backend_pid() AND application_name = current_setting('application_name')`)
		if err != nil || n == 0 {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

func digest(body []byte) string { return fmt.Sprintf("%x", sha256.Sum256(body)) }

// careless writes a file as one does who has not heard of syncing folders.
func careless(path string, body []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	return errors.Join(err, f.Sync(), f.Close())
}

// check is as if the program were started again hours later, when every lease is
// over and every wait for another attempt too: all that was acknowledged must be
// there, and all work be done, once.
func check(ctx context.Context, dir string, acked []string) error {
	later := 2 * time.Hour
	d, blobs, r, err := open(ctx, dir, func() time.Time { return time.Now().Add(later) })
	if err != nil {
		return err
	}
	defer d.Close()
	if err := errors.Join(d.Check(ctx), settle(ctx, d)); err != nil {
		return err
	}
	type item struct{ id, sha string }
	items, err := db.All(ctx, d, func(row db.Row) (i item, err error) { err = row.Scan(&i.id, &i.sha); return }, `SELECT id, sha256 FROM item`)
	if err != nil {
		return err
	}
	there := map[string]string{}
	for _, i := range items {
		there[i.id] = i.sha
	}
	lost := 0
	for _, a := range acked {
		id, sha, _ := strings.Cut(a, " ")
		if there[id] != sha {
			lost++
		}
	}
	if lost > 0 {
		return fmt.Errorf("%d rows of %d are lost", lost, len(acked))
	}
	for _, i := range items {
		if err := blob.Verify(ctx, blobs, i.sha); err != nil {
			return fmt.Errorf("item %s: %w", i.id, err)
		}
	}
	intake{}.handle(d, r)
	for range 2 { // some work fails the first time
		if err := r.Drain(ctx); err != nil {
			return err
		}
		later += 2 * time.Hour
	}
	wrong, err := db.All(ctx, d, db.Value[string], `SELECT item FROM (
			SELECT id AS item, 'short' AS kind FROM item UNION ALL SELECT id, 'long' FROM item) AS due
		WHERE (SELECT COUNT(*) FROM deed WHERE deed.item = due.item AND deed.kind = due.kind) <> 1`)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return fmt.Errorf("work on %d of %d items was not done once, as that on %s", len(wrong), len(items), wrong[0])
	}
	counts, err := r.Counts(ctx)
	if err == nil && (counts["short"][job.Done] != len(items) || counts["long"][job.Done] != len(items)) {
		err = fmt.Errorf("%d items, jobs %v", len(items), counts)
	}
	return err
}

// rounds is how often a loop kills: CONGMINH_CRASH_ROUNDS for a long night.
func rounds(n int) int {
	if more, err := strconv.Atoi(os.Getenv("CONGMINH_CRASH_ROUNDS")); err == nil {
		return more
	}
	return n
}

func run(t *testing.T, l crash.Loop) (crash.Result, error) {
	t.Helper()
	l.Dir, l.Seed, l.Log = t.TempDir(), rand.Uint64(), t.Logf
	t.Logf("seed %d", l.Seed)
	res, err := l.Run(t.Context())
	t.Logf("%d kills, %d items acknowledged", res.Rounds, len(res.Acked))
	return res, err
}

func lossy(t *testing.T) *lossyfs.Disk {
	t.Helper()
	if err := lossyfs.Available(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return lossyfs.New()
}

func TestKilled(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel() // the loops mostly wait, for disks and for deaths
		if _, err := run(t, crash.Loop{Program: "intake", Rounds: rounds(20)}); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := os.Getenv("CONGMINH_TEST_POSTGRES")
		if url == "" {
			t.Skip("CONGMINH_TEST_POSTGRES is not set")
		}
		d, err := db.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		schema := fmt.Sprintf("crash%d", time.Now().UnixNano())
		if _, err := d.Exec(t.Context(), `CREATE SCHEMA `+schema); err != nil {
			t.Fatal(err)
		}
		defer d.Exec(context.Background(), `DROP SCHEMA `+schema+` CASCADE`)
		sep := "?"
		if strings.Contains(url, "?") {
			sep = "&"
		}
		own := "CRASH_TEST_DATABASE=" + url + sep + "search_path=" + schema + "&application_name=" + schema
		if _, err := run(t, crash.Loop{Program: "intake", Rounds: rounds(10), Env: []string{own}}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestPowerCut(t *testing.T) {
	for _, torn := range []bool{false, true} {
		t.Run(fmt.Sprintf("torn=%t", torn), func(t *testing.T) {
			t.Parallel()
			disk := lossy(t)
			disk.Torn = torn
			if _, err := run(t, crash.Loop{Program: "intake", Rounds: rounds(5), Disk: disk}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A loop that finds nothing is worth nothing unless it finds what is there.
func TestFaultsAreFound(t *testing.T) {
	for program, want := range map[string]string{
		"names-not-kept": "blob.none",
		"too-early":      "rows of",
		"twice":          "not done once",
	} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			l := crash.Loop{Program: program, Rounds: 60}
			if program == "names-not-kept" { // a kill alone cannot show it
				l.Disk = lossy(t)
			}
			_, err := run(t, l)
			if !errors.Is(err, crash.ErrLost) || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want ErrLost because of %q", err, want)
			}
		})
	}
}
