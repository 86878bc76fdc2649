package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"congminh/internal/kit/backup"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/db"
	"congminh/internal/kit/lang"
)

// BackupStatus is how the installation is backed up.
type BackupStatus struct {
	Parts     []BackupPart // database, files, journal
	Places    []BackupPlace
	Drills    []BackupRun // the last of each target
	Scrubs    []BackupRun // how far the search for damage has come, by store
	Healed    []BackupRun // the last
	Heals     int         // in all
	Remaining []Remainder // what was deleted and is still somewhere
	Lacks     []string    // what is missing and what to do, in the reader's language; none: all is well
	SetUp     bool        // there is a place for copies at all
	CanDrill  bool
}

// BackupPart is a part of the data and how many copies of it there are, the live one
// among them.
type BackupPart struct {
	Name   string // database, blobs, journal
	Copies int
	Oldest time.Time // of the copies that count; the zero time: there is only the live one
	Locked []string  // places of copies that cannot be overwritten
}

// BackupPlace is a place where copies are.
type BackupPlace struct {
	Name     string // address without secrets; "live" for the data at work
	Blobs    bool   // it has the files
	Second   bool   // it is a second store, of files as they are
	Locked   bool   // what is written cannot be overwritten or deleted
	Last     time.Time
	Snapshot string
	Lag      Lag
	Compared time.Time // when a second store was last compared with the first
	Error    string    // why it does not count
	counts   bool
}

// fresh is how old the last snapshot of a place may be.
func (c Config) fresh() time.Duration { return max(3*c.Backup.Every, 15*time.Minute) }

// Status says how the copies stand: at least three of each part of the data, one of them
// where it cannot be overwritten, none older than it should be, and tried within eight
// days.
func (k *copies) Status(ctx context.Context) (s BackupStatus, err error) {
	runs, err := k.last(ctx)
	if err != nil {
		return s, err
	}
	lags, err := k.lags(ctx)
	if err != nil {
		return s, err
	}
	if s.Remaining, err = k.remainders(ctx); err != nil {
		return s, err
	}
	if s.Healed, s.Heals, err = k.ofKind(ctx, "heal"); err != nil {
		return s, err
	}
	s.SetUp = k.c.Backup.To != "" || k.c.Backup.Copies != ""
	s.CanDrill = k.c.Backup.To != "" && k.c.Backup.Identity != ""
	for _, r := range runs {
		switch r.Kind {
		case "drill":
			s.Drills = append(s.Drills, r)
		case "scrub":
			s.Scrubs = append(s.Scrubs, r)
		}
	}
	s.Places = []BackupPlace{{Name: "live", Blobs: true, Last: k.now(), counts: true}}
	for _, address := range strings.Fields(k.c.Backup.To) {
		s.Places = append(s.Places, k.place(ctx, address, runs, false, Lag{}))
	}
	for _, address := range strings.Fields(k.c.Backup.Copies) {
		s.Places = append(s.Places, k.place(ctx, address, runs, true, lags[backup.Plain(address)]))
	}
	for _, name := range []string{"database", "blobs", "journal"} {
		s.Parts = append(s.Parts, k.part(name, s.Places))
	}
	s.Lacks = k.lacks(ctx, s)
	return s, nil
}

// place looks at one place. It has five seconds: a page must not hang on a server that
// does not answer.
func (k *copies) place(ctx context.Context, address string, runs []BackupRun, second bool, lag Lag) (p BackupPlace) {
	p = BackupPlace{Name: backup.Plain(address), Second: second, Blobs: true, Lag: lag}
	if r, ok := find(runs, "compare", p.Name); ok && r.Error == "" {
		p.Compared = r.At
	}
	within, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	t, err := backup.OpenTarget(within, address, k.now)
	if err != nil {
		p.Error = lang.T(ctx, "không mở được: %v. Hãy kiểm tra ổ đĩa, mạng và tài khoản của kho.", err)
		return p
	}
	p.Locked = t.Locked()
	name, hash, err := backup.Last(within, t)
	if err != nil {
		p.Error = lang.T(ctx, "không đọc được: %v. Hãy kiểm tra ổ đĩa, mạng và tài khoản của kho.", err)
		return p
	}
	p.Snapshot = name
	wrote, ran := find(runs, "snapshot", p.Name)
	if at, err := backup.At(name); err == nil {
		p.Last = at
	}
	switch {
	case ran && wrote.Error == "" && (name < wrote.Name || name == wrote.Name && hash != wrote.Hash):
		p.Error = lang.T(ctx, "bản %s đã bị lấy đi hoặc bị thay thế. Hãy xem ai vào được kho này, và sao lưu sang một kho mới.", wrote.Name)
	case ran && wrote.Error != "":
		p.Error = lang.T(ctx, "lần sao lưu cuối không thành: %s", wrote.Error)
	case name == "":
		p.Error = lang.T(ctx, "chưa có bản sao lưu nào. Bản đầu tiên được ghi trong vòng %v kể từ khi máy chủ chạy.", k.c.Backup.Every)
	case k.now().Sub(p.Last) > k.c.fresh():
		p.Error = lang.T(ctx, "bản mới nhất đã cũ. Hãy xem máy chủ có đang chạy không, và xem mục Việc nền.")
	}
	p.counts = p.Error == ""
	return p
}

// upToDate reports whether the files of a second store are all there, but for those of
// the last moments.
func (k *copies) upToDate(p BackupPlace) bool {
	return !p.Second || !p.Compared.IsZero() && (p.Lag.Blobs == 0 || k.now().Sub(p.Lag.Since) < k.c.fresh())
}

func (k *copies) part(name string, places []BackupPlace) BackupPart {
	out := BackupPart{Name: name}
	for _, p := range places {
		if name == "blobs" && p.Second {
			// Its files are written as they come, and are not under the lock of its snapshots.
			if !k.upToDate(p) {
				continue
			}
			p.counts, p.Locked, p.Last = true, false, k.now()
			if p.Lag.Blobs > 0 {
				p.Last = p.Lag.Since
			}
		}
		if !p.counts {
			continue
		}
		out.Copies++
		if p.Name != "live" && (out.Oldest.IsZero() || p.Last.Before(out.Oldest)) {
			out.Oldest = p.Last
		}
		if p.Locked {
			out.Locked = append(out.Locked, p.Name)
		}
	}
	return out
}

// lacks says what is missing, and what to do about it.
func (k *copies) lacks(ctx context.Context, s BackupStatus) (out []string) {
	if !s.SetUp {
		return []string{lang.T(ctx, "Chưa có nơi sao lưu nào: hỏng ổ đĩa là mất dữ liệu. Hãy đặt backup.to.")}
	}
	for _, p := range s.Places {
		if p.Error != "" {
			out = append(out, p.Name+": "+p.Error)
		}
		if p.Second && p.Error == "" && !k.upToDate(p) {
			out = append(out, p.Name+": "+lang.T(ctx, "còn thiếu %d tệp. Hãy kiểm tra kho có đủ chỗ và ghi được không: %s", p.Lag.Blobs, p.Lag.Error))
		}
	}
	for _, p := range s.Parts {
		if p.Copies < 3 {
			out = append(out, lang.T(ctx, "%s: mới có %d bản, cần ít nhất 3. Hãy thêm nơi vào backup.to hoặc backup.copies.", lang.T(ctx, p.VN()), p.Copies))
		}
		if len(p.Locked) == 0 {
			out = append(out, lang.T(ctx, "%s: không bản nào chống ghi đè. Hãy thêm một kho S3 có khóa đối tượng (object lock) vào backup.to.", lang.T(ctx, p.VN())))
		}
	}
	tried := false
	for _, r := range s.Drills {
		if r.Error != "" {
			out = append(out, lang.T(ctx, "Khôi phục thử từ %s không thành: %s", r.Target, r.Error))
		}
		tried = tried || r.Error == "" && k.now().Sub(r.At) < 8*24*time.Hour
	}
	if !tried {
		out = append(out, lang.T(ctx, "Tám ngày qua chưa có lần khôi phục thử nào thành công. Hãy bấm Thử phục hồi, hoặc chạy congminh restore -verify."))
	}
	for _, r := range s.Scrubs {
		if r.Figure > 0 {
			out = append(out, lang.T(ctx, "%s: có %d tệp hỏng chưa chữa được: %s", r.Target, r.Figure, r.Error))
		}
	}
	return out
}

// VN names a part for a person.
func (p BackupPart) VN() string {
	switch p.Name {
	case "database":
		return "Cơ sở dữ liệu"
	case "blobs":
		return "Tệp quét, tài liệu"
	}
	return "Nhật ký"
}

// Backups tells how the copies stand.
func (a *App) Backups(ctx context.Context) (BackupStatus, error) { return a.copies.Status(ctx) }

// Backups tells how the copies of an installation stand, beside its server. It makes no
// database.
func Backups(ctx context.Context, c Config, log *slog.Logger, now func() time.Time) (s BackupStatus, err error) {
	c = c.fill()
	if path, ok := strings.CutPrefix(c.Database, "sqlite:"); ok {
		if _, err := os.Stat(path); err != nil {
			return s, fmt.Errorf("database: %w", err)
		}
	}
	d, err := db.Open(ctx, c.Database)
	if err != nil {
		return s, err
	}
	defer d.Close()
	primary, err := blob.Open(ctx, c.Blobs)
	if err != nil {
		return s, err
	}
	k, err := newCopies(ctx, c, d, primary, log, now)
	if err != nil {
		return s, err
	}
	return k.Status(ctx)
}
