package app

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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

// BackupRun is one thing that was done to keep copies, or one of the last of its kind.
type BackupRun struct {
	At     time.Time
	Kind   string // snapshot, drill, scrub
	Target string
	Name   string
	Hash   string
	Figure int64 // bytes stored, bytes compared, blobs damaged
	Took   time.Duration
	Error  string
}

// BackupStatus is how the installation is backed up.
type BackupStatus struct {
	Copies int  // of the data, the live one among them
	Locked bool // one of them cannot be overwritten
	Last   []BackupRun
	Lacks  []string // what is missing, in Vietnamese; none: all is well
}

// copies keeps the copies of an app.
type copies struct {
	c   Config
	db  *db.DB
	s   blob.Store
	now func() time.Time
}

// newCopies brings the table of runs up to date, puts the copies of blobs behind the
// store, and gives the runner its jobs.
func newCopies(ctx context.Context, a *App, now func() time.Time) (_ *copies, err error) {
	k := &copies{a.Config, a.DB, a.Blobs, now}
	sub, err := fs.Sub(schema, "schema")
	if err != nil {
		return nil, err
	}
	if err := a.DB.Migrate(ctx, "app", sub); err != nil {
		return nil, err
	}
	quiet := job.Options{Attempts: 1, Lease: 10 * time.Minute}
	run := func(kind string, every time.Duration, f func(context.Context) error) {
		a.Jobs.HandleLong(kind, quiet, func(ctx context.Context, _ *job.Run, _ json.RawMessage) error { return f(ctx) })
		a.Jobs.Every(kind, every)
	}
	if k.c.Backup.To != "" && k.c.Backup.Every > 0 {
		run("backup.snapshot", k.c.Backup.Every, k.snapshot)
		if k.c.Backup.Identity != "" {
			run("backup.drill", 7*24*time.Hour, k.drill)
		}
	}
	if k.c.Backup.Scrub > 0 {
		run("backup.scrub", time.Hour, k.scrub)
	}
	return k, nil
}

// mirrored puts the second stores of c behind s.
func (c Config) mirrored(ctx context.Context, s blob.Store, report blob.Healed) (blob.Store, error) {
	var more []blob.Store
	for _, address := range strings.Fields(c.Backup.Copies) {
		m, err := blob.Open(ctx, address)
		if err != nil {
			return nil, err
		}
		more = append(more, m)
	}
	if len(more) == 0 {
		return s, nil
	}
	return blob.Healing(s, report, more...), nil
}

func (k *copies) note(ctx context.Context, r BackupRun, err error) error {
	if err != nil {
		r.Error = err.Error()
	}
	_, noted := k.db.Exec(ctx, `INSERT INTO app_backup_run (id, at, kind, target, name, hash, figure, millis, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		string(id.New[BackupRun]()), r.At, r.Kind, r.Target, r.Name, r.Hash, r.Figure, k.now().Sub(r.At).Milliseconds(), r.Error)
	return errors.Join(err, noted)
}

func (k *copies) last(ctx context.Context) ([]BackupRun, error) {
	return db.All(ctx, k.db, func(row db.Row) (r BackupRun, err error) {
		var ms int64
		err = row.Scan(&r.At, &r.Kind, &r.Target, &r.Name, &r.Hash, &r.Figure, &ms, &r.Error)
		r.Took = time.Duration(ms) * time.Millisecond
		return r, err
	}, `SELECT at, kind, target, name, hash, figure, millis, error FROM app_backup_run AS r
		WHERE at = (SELECT MAX(at) FROM app_backup_run AS n WHERE n.kind = r.kind AND n.target = r.target) ORDER BY kind, target`)
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
	return errors.Join(append(noted, err)...)
}

// drill restores the last snapshot of every target to a folder that is then removed.
func (k *copies) drill(ctx context.Context) error {
	var errs []error
	for _, address := range strings.Fields(k.c.Backup.To) {
		begun := k.now()
		r, err := k.drillOne(ctx, address)
		r.At, r.Kind = begun, "drill"
		errs = append(errs, k.note(ctx, r, err))
	}
	return errors.Join(errs...)
}

func (k *copies) drillOne(ctx context.Context, address string) (r BackupRun, err error) {
	from, who, err := OpenBackup(ctx, address, k.c.Backup.Identity)
	if err != nil {
		return r, err
	}
	r.Target = from.String()
	m, err := backup.Find(ctx, who, from, time.Time{})
	if err != nil {
		return r, err
	}
	r.Name, r.Figure = m.Name, m.Bytes+m.Database.Size
	dir, err := os.MkdirTemp(k.c.spool(), "drill-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	return r, Proven(ctx, who, from, m, dir, JournalWhole)
}

// scrub reads some blobs more than the last time; after the last it begins anew.
func (k *copies) scrub(ctx context.Context) error {
	begun, from := k.now(), ""
	runs, err := k.last(ctx)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.Kind == "scrub" {
			from = r.Name
		}
	}
	var damaged []error
	ctx, stop := context.WithTimeout(ctx, 50*time.Minute)
	defer stop()
	next := from
	for steps := 0; steps == 0 || next != "" && ctx.Err() == nil; steps++ {
		next, err = blob.Scrub(ctx, k.s, next, 100, k.c.Backup.Scrub, func(_ blob.Ref, err error) { damaged = append(damaged, err) })
		if err != nil {
			break
		}
	}
	if errors.Is(err, context.DeadlineExceeded) { // goes on here in an hour
		err = nil
	}
	out := context.WithoutCancel(ctx)
	return k.note(out, BackupRun{At: begun, Kind: "scrub", Target: "blobs", Name: next, Figure: int64(len(damaged))}, errors.Join(append(damaged, err)...))
}

// Status says how the copies stand: at least three of the data, one of them where it
// cannot be overwritten, none older than it should be, and tried within eight days.
func (k *copies) Status(ctx context.Context) (s BackupStatus, err error) {
	if s.Last, err = k.last(ctx); err != nil {
		return s, err
	}
	s.Copies = 1
	lack := func(format string, a ...any) { s.Lacks = append(s.Lacks, fmt.Sprintf(format, a...)) }
	tried := false
	for _, r := range s.Last {
		if r.Error != "" {
			lack("%s %s: %s", r.Kind, r.Target, r.Error)
		}
		tried = tried || r.Kind == "drill" && r.Error == "" && k.now().Sub(r.At) < 8*24*time.Hour
	}
	for _, address := range strings.Fields(k.c.Backup.To) {
		t, err := backup.OpenTarget(ctx, address)
		if err != nil {
			lack("%v", err)
			continue
		}
		s.Copies++
		s.Locked = s.Locked || t.Locked()
		k.target(ctx, t, s.Last, lack)
	}
	if s.Copies < 3 {
		lack("mới có %d bản dữ liệu, cần ít nhất 3: thêm nơi vào backup.to", s.Copies)
	}
	if !s.Locked {
		lack("không bản nào chống ghi đè: thêm một kho S3 có khóa đối tượng (object lock)")
	}
	if !tried {
		lack("tám ngày qua chưa có lần khôi phục thử nào thành công")
	}
	return s, nil
}

// target compares what a target has with what was written to it.
func (k *copies) target(ctx context.Context, t backup.Target, last []BackupRun, lack func(string, ...any)) {
	name, hash, err := backup.Last(ctx, t)
	if err != nil {
		lack("%v", err)
		return
	}
	at, err := backup.At(name)
	if err != nil || k.now().Sub(at) > 3*k.c.Backup.Every {
		lack("%s: bản mới nhất quá cũ (%q)", t, name)
	}
	for _, r := range last {
		if r.Kind == "snapshot" && r.Target == t.String() && r.Error == "" && (name < r.Name || name == r.Name && hash != r.Hash) {
			lack("%s: bản %s đã bị lấy đi hoặc thay thế", t, r.Name)
		}
	}
}

// Backups tells how the copies stand.
func (a *App) Backups(ctx context.Context) (BackupStatus, error) { return a.copies.Status(ctx) }
