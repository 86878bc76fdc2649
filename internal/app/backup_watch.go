package app

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"congminh/internal/kit/backup"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/db"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
)

//go:embed schema/*.sql
var schema embed.FS

// The jobs that keep copies.
const (
	snapshotJob = "backup.snapshot"
	drillJob    = "backup.drill"
	scrubJob    = "backup.scrub"
	compareJob  = "backup.compare"
)

// BackupRun is one thing that was done to keep copies.
type BackupRun struct {
	At     time.Time
	Kind   string // snapshot, drill, scrub, compare, heal
	Target string
	Name   string // of the snapshot; scrub: the blob to go on from; heal: the blob
	Hash   string
	Figure int64 // bytes stored, bytes compared, blobs damaged, blobs missing
	Took   time.Duration
	Error  string
}

// copies keeps the copies of an app.
type copies struct {
	c       Config
	db      *db.DB
	log     *slog.Logger
	now     func() time.Time
	primary blob.Store            // as it is
	s       blob.Store            // healed from the second stores
	second  map[string]blob.Store // by their addresses without secrets
	woken   chan struct{}
}

// newCopies brings its tables up to date and opens the second stores.
func newCopies(ctx context.Context, c Config, d *db.DB, primary blob.Store, log *slog.Logger, now func() time.Time) (_ *copies, err error) {
	k := &copies{c: c, db: d, log: log, now: now, primary: primary, woken: make(chan struct{}, 1)}
	sub, err := fs.Sub(schema, "schema")
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, "app", sub); err != nil {
		return nil, err
	}
	if k.second, err = c.stores(ctx); err != nil {
		return nil, err
	}
	var healers []blob.Store
	for _, name := range c.copyNames() {
		healers = append(healers, living{k.second[name], k})
	}
	k.s = blob.Healing(primary, k.healed("blobs"), healers...)
	return k, nil
}

// healed notes what became of a blob that was not whole.
func (k *copies) healed(store string) blob.Healed {
	return func(ctx context.Context, sha string, found, err error) {
		k.log.WarnContext(ctx, "blob was not whole", "store", store, "sha256", sha, "found", found, "left", err)
		if noted := k.note(context.WithoutCancel(ctx), BackupRun{At: k.now(), Kind: "heal", Target: store, Name: sha}, err); noted != nil && err == nil {
			k.log.ErrorContext(ctx, "healing is not noted", "sha256", sha, "error", noted)
		}
	}
}

// jobs gives the runner what is to be done again and again.
func (k *copies) jobs(r *job.Runner) {
	quiet := job.Options{Attempts: 1, Lease: 10 * time.Minute}
	run := func(kind string, every time.Duration, f func(context.Context, *job.Run) error) {
		r.HandleLong(kind, quiet, func(ctx context.Context, run *job.Run, _ json.RawMessage) error { return f(ctx, run) })
		if every > 0 {
			r.Every(kind, every)
		}
	}
	b, week := k.c.Backup, 7*24*time.Hour
	if b.To == "" && b.Copies == "" {
		b.Every = 0
	}
	if b.To == "" || b.Every == 0 || b.Identity == "" {
		week = 0
	}
	scrub, compare := time.Hour, 24*time.Hour
	if b.Scrub == 0 {
		scrub = 0
	}
	if b.Copies == "" {
		compare = 0
	}
	run(snapshotJob, b.Every, func(ctx context.Context, _ *job.Run) error { return k.snapshot(ctx) })
	run(drillJob, week, k.drill)
	run(scrubJob, scrub, func(ctx context.Context, _ *job.Run) error { return k.scrub(ctx) })
	run(compareJob, compare, func(ctx context.Context, _ *job.Run) error { return k.compare(ctx) })
}

// begin has second stores compared that never were.
func (k *copies) begin(ctx context.Context, r *job.Runner) error {
	runs, err := k.last(ctx)
	if err != nil {
		return err
	}
	for _, name := range k.c.copyNames() {
		if _, ok := find(runs, "compare", name); !ok {
			return r.PutUnique(ctx, compareJob, "first", json.RawMessage(`{}`))
		}
	}
	return nil
}

func find(runs []BackupRun, kind, target string) (BackupRun, bool) {
	for _, r := range runs {
		if r.Kind == kind && r.Target == target {
			return r, true
		}
	}
	return BackupRun{}, false
}

func (k *copies) note(ctx context.Context, r BackupRun, err error) error {
	if err != nil {
		r.Error = err.Error()
	}
	_, noted := k.db.Exec(ctx, `INSERT INTO app_backup_run (id, at, kind, target, name, hash, figure, millis, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		string(id.New[BackupRun]()), r.At, r.Kind, r.Target, r.Name, r.Hash, r.Figure, k.now().Sub(r.At).Milliseconds(), r.Error)
	return errors.Join(err, noted)
}

const runColumns = `at, kind, target, name, hash, figure, millis, error`

func scanRun(row db.Row) (r BackupRun, err error) {
	var ms int64
	err = row.Scan(&r.At, &r.Kind, &r.Target, &r.Name, &r.Hash, &r.Figure, &ms, &r.Error)
	r.Took = time.Duration(ms) * time.Millisecond
	return r, err
}

// last returns the last run of each kind and target.
func (k *copies) last(ctx context.Context) ([]BackupRun, error) {
	return db.All(ctx, k.db, scanRun, `SELECT `+runColumns+` FROM app_backup_run AS r
		WHERE at = (SELECT MAX(at) FROM app_backup_run AS n WHERE n.kind = r.kind AND n.target = r.target) ORDER BY kind, target, id DESC`)
}

// ofKind returns the last runs of a kind, newest first, and how many there were.
func (k *copies) ofKind(ctx context.Context, kind string) (runs []BackupRun, n int, err error) {
	if runs, err = db.All(ctx, k.db, scanRun, `SELECT `+runColumns+` FROM app_backup_run WHERE kind = $1 ORDER BY at DESC, id DESC LIMIT 20`, kind); err != nil {
		return nil, 0, err
	}
	n, err = db.One(ctx, k.db, db.Value[int], `SELECT COUNT(*) FROM app_backup_run WHERE kind = $1`, kind)
	return runs, n, err
}

// prune forgets runs of a year ago; the last of each kind and target stays.
func (k *copies) prune(ctx context.Context) error {
	_, err := k.db.Exec(ctx, `DELETE FROM app_backup_run WHERE at < $1 AND kind <> 'heal'
		AND at < (SELECT MAX(at) FROM app_backup_run AS n WHERE n.kind = app_backup_run.kind AND n.target = app_backup_run.target)`, k.now().AddDate(-1, 0, 0))
	return errors.Join(err, k.forgetPuts(ctx))
}

func (k *copies) snapshot(ctx context.Context) error {
	begun := k.now()
	var noted []error
	err := BackupTo(ctx, k.c, nil, k.now, func(target string, res backup.Result, err error) {
		if err == nil && len(res.Damaged) > 0 {
			err = fmt.Errorf("%d tệp hỏng không có trong bản sao lưu: %s", len(res.Damaged), res.Damaged[0])
		}
		noted = append(noted, k.note(ctx, BackupRun{At: begun, Kind: "snapshot", Target: target, Name: res.Name, Hash: res.Sum, Figure: res.Stored}, err))
	})
	if err != nil && len(noted) == 0 { // it never came to a target
		for _, place := range append(k.c.targetNames(), k.c.copyNames()...) {
			noted = append(noted, k.note(ctx, BackupRun{At: begun, Kind: "snapshot", Target: place}, err))
		}
	}
	return errors.Join(append(noted, err)...)
}

// drill restores the last snapshot of every target to a folder that is then removed. A
// target that is not whole is healed from the others and tried again; that it had to be
// is told.
func (k *copies) drill(ctx context.Context, run *job.Run) error {
	var errs []error
	addresses := strings.Fields(k.c.Backup.To)
	for i, address := range addresses {
		begun := k.now()
		r, err := k.drillOne(ctx, address, func(done, total int) {
			if run != nil {
				_ = run.Progress(ctx, i*1000+min(999, done*1000/max(1, total)), len(addresses)*1000, backup.Plain(address)) // whoever lost the job is told by ctx
			}
		})
		r.At, r.Kind = begun, "drill"
		errs = append(errs, k.note(ctx, r, err))
	}
	return errors.Join(errs...)
}

func (k *copies) drillOne(ctx context.Context, address string, tell func(done, total int)) (r BackupRun, err error) {
	r.Target = backup.Plain(address)
	from, who, err := OpenBackup(ctx, address, k.c.Backup.Identity, k.now)
	if err != nil {
		return r, err
	}
	m, err := backup.Find(ctx, who, from, time.Time{})
	if err != nil {
		return r, err
	}
	r.Name, r.Figure = m.Name, m.Bytes+m.Database.Size
	total, n := len(m.Database.Pieces)+len(m.Shelves)+m.Blobs, 0
	try := func() error {
		dir, err := os.MkdirTemp(k.c.spool(), "drill-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		n = 0
		_, err = Proven(ctx, who, from, m, dir, "", func() { n++; tell(n, total) }, JournalWhole)
		return err
	}
	err = try()
	if !errors.Is(err, backup.ErrAltered) && !errors.Is(err, backup.ErrKey) && !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	var others []backup.Target
	for _, other := range strings.Fields(k.c.Backup.To) {
		if other != address {
			o, err := backup.OpenTarget(ctx, other, k.now)
			if err != nil {
				continue // one that cannot be reached helps nobody
			}
			others = append(others, o)
		}
	}
	healed, left := backup.Heal(ctx, who, from, others...)
	if left != nil {
		return r, errors.Join(err, left)
	}
	for _, name := range healed {
		if noted := k.note(ctx, BackupRun{At: k.now(), Kind: "heal", Target: r.Target, Name: name}, nil); noted != nil {
			return r, noted
		}
	}
	return r, try()
}

// scrub reads some blobs more than the last time, in the store and in every copy; after
// the last it begins anew.
func (k *copies) scrub(ctx context.Context) error {
	runs, err := k.last(ctx)
	if err != nil {
		return err
	}
	out := context.WithoutCancel(ctx)
	ctx, stop := context.WithTimeout(ctx, 50*time.Minute)
	defer stop()
	errs := []error{k.scrubOne(ctx, out, runs, "blobs", k.s)}
	for _, name := range k.c.copyNames() {
		errs = append(errs, k.scrubOne(ctx, out, runs, name, blob.Healing(k.second[name], k.healed(name), k.primary)))
	}
	return errors.Join(append(errs, k.prune(out))...)
}

func (k *copies) scrubOne(ctx, out context.Context, runs []BackupRun, name string, s blob.Store) error {
	begun := k.now()
	was, _ := find(runs, "scrub", name)
	next, damaged := was.Name, []error(nil)
	var err error
	for steps := 0; steps == 0 || next != "" && ctx.Err() == nil; steps++ {
		next, err = blob.Scrub(ctx, s, next, 100, k.c.Backup.Scrub, func(_ blob.Ref, err error) { damaged = append(damaged, err) })
		if err != nil {
			break
		}
	}
	if errors.Is(err, context.DeadlineExceeded) { // goes on here in an hour
		err = nil
	}
	return k.note(out, BackupRun{At: begun, Kind: "scrub", Target: name, Name: next, Figure: int64(len(damaged))}, errors.Join(append(damaged, err)...))
}
