package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"congminh/internal/app"
	"congminh/internal/kit/backup"
)

const backupHelp = `
  congminh backup key FILE         tạo khóa: FILE mở được bản sao lưu, hãy để ở két, xa máy chủ
  congminh backup [-to TARGET]…    sao lưu mã hóa, chỉ ghi phần mới; mặc định: backup.to
  congminh backup list -from TARGET [-identity FILE]
  congminh backup status           có mấy bản, ở đâu, cũ bao lâu, bản nào không ai ghi đè được
  congminh backup roll             khóa mới cho mã bí mật trong cơ sở dữ liệu
  congminh backup heal -from TARGET -with TARGET… -identity FILE
                                   đọc mọi phần, chữa phần hỏng từ kho khác
  congminh backup prune -from TARGET -identity FILE [-days N] [-between FROM/TO] [-yes -delete-old-snapshots]
  congminh backup FILE             chỉ chép cơ sở dữ liệu SQLite ra tệp mới, không mã hóa

TARGET là file:DIR hoặc s3:https://KEY:SECRET@HOST/BUCKET?lock=2160h; máy chủ không phải
dừng. prune giữ mọi bản trong 48 giờ, mỗi ngày một bản trong N ngày, rồi mỗi tháng một
bản, trừ các bản trong khoảng -between; chỉ xóa khi có cả hai cờ xác nhận, và không xóa
phần nào còn bị khóa.
Encrypted incremental snapshots; the file of "backup key" opens them: keep it apart.`

const restoreHelp = `
Khôi phục bản sao lưu vào thư mục trống DIR, hoặc với -verify: khôi phục thử vào thư
mục tạm, so từng byte với mã băm, kiểm tra cơ sở dữ liệu và mọi tệp, rồi xóa.
Restores into the empty folder DIR; with -verify tries it in a folder that is removed.

  -from TARGET     file:DIR hoặc s3:…
  -identity FILE   khóa mở, do "congminh backup key" tạo
  -to DIR          thư mục trống
  -at TIME         bản cuối cùng không muộn hơn, như 2026-11-28T07:00:00+07:00
  -database URL    cơ sở dữ liệu PostgreSQL trống, để nạp vào (với -verify: nạp thử)
  -verify          kiểm tra`

// list is a flag that may be given again.
type list []string

// String is part of flag.Value.
func (l *list) String() string { return strings.Join(*l, " ") }

// Set is part of flag.Value.
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func backups(ctx context.Context, e env, args []string) int {
	verb := ""
	if len(args) > 0 {
		verb = args[0]
	}
	switch {
	case verb == "key":
		return backupKey(e, args[1:])
	case verb == "roll":
		if err := app.RollSecrets(e.config, time.Now()); err != nil {
			return e.fail(err)
		}
		fmt.Fprintln(e.stdout, "đã tạo khóa bí mật mới; khởi động lại máy chủ để mã hóa lại · a new key of secrets: restart the server")
		return done
	case verb == "status":
		return backupStatus(ctx, e)
	case verb == "list" || verb == "prune" || verb == "heal":
		return oldBackups(ctx, e, verb, args[1:])
	case verb == "" || strings.HasPrefix(verb, "-"):
		return backupTo(ctx, e, args)
	default:
		return backupFile(ctx, e, args)
	}
}

func backupKey(e env, args []string) int {
	if len(args) != 1 {
		return e.misused("hãy nêu đúng một tệp chưa có cho khóa mở · name one FILE for the identity")
	}
	key, err := app.BackupKey(e.config, rand.Reader, args[0])
	if err != nil {
		return e.fail(err)
	}
	fmt.Fprintf(e.stdout, "%s\tkhóa ghi, ở lại máy chủ · stays on the server\n", key)
	fmt.Fprintf(e.stdout, "%s\tkhóa mở: chép vào hai USB, in một bản, cất trong két ở hai nơi, rồi xóa khỏi máy này. Mất nó thì không ai mở được bản sao lưu · opens the backups: keep it apart, lose it and nothing opens them\n", args[0])
	return done
}

func backupTo(ctx context.Context, e env, args []string) int {
	var to list
	rest, ok := e.flags(args, func(fs *flag.FlagSet) { fs.Var(&to, "to", "target") })
	switch {
	case !ok:
		return usage
	case len(rest) > 0:
		return e.misused(fmt.Sprintf("thừa %q · too much", rest))
	}
	code := done
	err := app.BackupTo(ctx, e.config, to, time.Now, func(target string, r backup.Result, err error) {
		if err != nil {
			return
		}
		fmt.Fprintf(e.stdout, "%s\t%s\t%d tệp\t%d byte mới trong %d phần\n", target, r.Name, r.Blobs, r.Stored, r.Objects)
		for _, sha := range r.Damaged {
			fmt.Fprintf(e.stderr, "congminh backup: tệp %s trong kho đã hỏng, không có trong bản sao lưu này\n", sha)
			code = failed
		}
	})
	if err != nil {
		return e.fail(err)
	}
	return code
}

func oldBackups(ctx context.Context, e env, verb string, args []string) int {
	var from, identity, between string
	var yes, really bool
	var with list
	days := 60
	rest, ok := e.flags(args, func(fs *flag.FlagSet) {
		fs.StringVar(&from, "from", "", "target")
		fs.StringVar(&identity, "identity", e.config.Backup.Identity, "file of the key that opens")
		if verb == "heal" {
			fs.Var(&with, "with", "another target")
		}
		if verb == "prune" {
			fs.StringVar(&between, "between", "", "FROM/TO: no snapshot of this time stays")
			fs.IntVar(&days, "days", days, "days of which the last snapshot stays")
			fs.BoolVar(&yes, "yes", false, "first confirmation")
			fs.BoolVar(&really, "delete-old-snapshots", false, "second confirmation")
		}
	})
	switch {
	case !ok:
		return usage
	case from == "" || len(rest) > 0:
		return e.misused("hãy nêu -from TARGET · say which target")
	case verb != "list" && identity == "":
		return e.misused("hãy nêu -identity FILE · say which key opens them")
	}
	after, upTo, err := betweenTimes(between)
	if err != nil {
		return e.misused("-between phải như 2026-11-27T00:00:00Z/2026-11-28T00:00:00Z · not such a span")
	}
	if identity == "" {
		t, err := backup.OpenTarget(ctx, from, time.Now)
		if err != nil {
			return e.fail(err)
		}
		names, err := backup.Snapshots(ctx, t)
		if err != nil {
			return e.fail(err)
		}
		for _, name := range names {
			fmt.Fprintln(e.stdout, name)
		}
		return done
	}
	t, id, err := app.OpenBackup(ctx, from, identity, time.Now)
	if err != nil {
		return e.fail(err)
	}
	if verb == "heal" {
		return heal(ctx, e, id, t, with)
	}
	if verb == "prune" {
		dry := !yes || !really
		p, err := backup.Prune(ctx, id, t, backup.Keep{All: 48 * time.Hour, Days: days, From: after, To: upTo}, time.Now(), dry)
		if err != nil {
			return e.fail(err)
		}
		fmt.Fprintf(e.stdout, "%d bản, %d phần\n", p.Snapshots, p.Objects)
		if p.Locked > 0 {
			fmt.Fprintf(e.stdout, "còn khóa %d phần, lâu nhất đến %s · still locked\n", p.Locked, p.Until.UTC().Format(time.RFC3339))
		}
		if dry {
			fmt.Fprintln(e.stdout, "chưa xóa gì; để xóa, thêm cả -yes và -delete-old-snapshots · nothing is deleted yet")
		}
		return done
	}
	all, gaps, err := backup.Gaps(ctx, id, t)
	for _, m := range all {
		fmt.Fprintf(e.stdout, "%s\t%s\t%d byte\t%d tệp\t%d byte\n", m.Name, m.Version, m.Database.Size, m.Blobs, m.Bytes)
	}
	for _, g := range gaps {
		fmt.Fprintf(e.stderr, "trước %s có một bản không còn: đã được dọn, hoặc bị lấy đi · one before it is gone\n", g.Name)
	}
	if err != nil {
		return e.fail(err)
	}
	return done
}

// backupStatus tells how many copies there are; it fails if something is missing.
func backupStatus(ctx context.Context, e env) int {
	s, err := app.Backups(ctx, e.config, slog.New(slog.NewTextHandler(e.stderr, nil)), time.Now)
	if err != nil {
		return e.fail(err)
	}
	for _, p := range s.Parts {
		fmt.Fprintf(e.stdout, "%s\t%d bản\tcũ nhất %s\tchống ghi đè: %s\n", p.VN(), p.Copies, moment(p.Oldest), strings.Join(p.Locked, " "))
	}
	for _, p := range s.Places {
		fmt.Fprintf(e.stdout, "%s\t%s\tcòn %d tệp chưa chép\t%s\n", p.Name, moment(p.Last), p.Lag.Blobs, p.Error)
	}
	for _, r := range s.Drills {
		fmt.Fprintf(e.stdout, "phục hồi thử\t%s\t%s\t%s\t%s\n", r.Target, moment(r.At), r.Name, r.Error)
	}
	for _, x := range s.Remaining {
		until := "đang xóa"
		if x.Until != nil {
			until = "khóa đến " + moment(*x.Until)
		}
		fmt.Fprintf(e.stdout, "đã gỡ, còn ở\t%s\t%s\t%s\n", x.Store, x.SHA256, until)
	}
	for _, l := range s.Lacks {
		fmt.Fprintf(e.stderr, "cần làm: %s\n", l)
	}
	if len(s.Lacks) > 0 {
		return failed
	}
	return done
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.RFC3339)
}

// betweenTimes reads FROM/TO; "" is no time at all.
func betweenTimes(text string) (from, to time.Time, err error) {
	if text == "" {
		return from, to, nil
	}
	a, b, _ := strings.Cut(text, "/")
	if from, err = time.Parse(time.RFC3339, a); err == nil {
		to, err = time.Parse(time.RFC3339, b)
	}
	return from, to, err
}

func heal(ctx context.Context, e env, id *backup.Identity, t backup.Target, with list) int {
	var others []backup.Target
	for _, address := range with {
		o, err := backup.OpenTarget(ctx, address, time.Now)
		if err != nil {
			return e.fail(err)
		}
		others = append(others, o)
	}
	healed, err := backup.Heal(ctx, id, t, others...)
	for _, name := range healed {
		fmt.Fprintf(e.stdout, "đã chữa %s · healed\n", name)
	}
	if err != nil {
		return e.fail(err)
	}
	fmt.Fprintf(e.stdout, "%s: mọi phần đều nguyên vẹn · everything is whole\n", t)
	return done
}

func restore(ctx context.Context, e env, args []string) int {
	var from, to, identity, at, load string
	var verify bool
	rest, ok := e.flags(args, func(fs *flag.FlagSet) {
		fs.StringVar(&from, "from", "", "target")
		fs.StringVar(&to, "to", "", "empty folder")
		fs.StringVar(&identity, "identity", e.config.Backup.Identity, "file of the key that opens")
		fs.StringVar(&at, "at", "", "time")
		fs.StringVar(&load, "database", "", "empty PostgreSQL database")
		fs.BoolVar(&verify, "verify", false, "try it")
	})
	var when time.Time
	var bad error
	if at != "" {
		when, bad = time.Parse(time.RFC3339, at)
	}
	switch {
	case !ok:
		return usage
	case from == "" || identity == "" || len(rest) > 0 || (to == "") != verify:
		return e.misused("hãy nêu -from, -identity và một trong hai: -to hoặc -verify · say which")
	case bad != nil:
		return e.misused("-at phải như 2026-11-28T07:00:00+07:00 · not such a time")
	}
	t, id, err := app.OpenBackup(ctx, from, identity, time.Now)
	if err != nil {
		return e.fail(err)
	}
	m, err := backup.Find(ctx, id, t, when)
	if err != nil {
		return e.fail(err)
	}
	var gone []backup.Removed
	if verify {
		if to, err = os.MkdirTemp("", "congminh-restore-"); err != nil {
			return e.fail(err)
		}
		defer os.RemoveAll(to)
		gone, err = app.Proven(ctx, id, t, m, to, load, nil, app.JournalWhole)
	} else {
		if gone, err = backup.Restore(ctx, id, t, m, to); err == nil && load != "" {
			err = backup.LoadPostgres(ctx, filepath.Join(to, m.Database.Name), load)
		}
	}
	for _, x := range gone {
		fmt.Fprintf(e.stdout, "%s đã được gỡ khỏi mọi bản sao lưu lúc %s, không khôi phục · removed on purpose\n", x.SHA256, x.At.Format(time.RFC3339))
	}
	if err != nil {
		return e.fail(err)
	}
	fmt.Fprintf(e.stdout, "%s\t%s %d byte\t%d tệp, %d byte\tkhớp từng byte · every byte is the same\n", m.Name, m.Database.Name, m.Database.Size, m.Blobs, m.Bytes)
	if len(m.Keys) == 0 {
		fmt.Fprintln(e.stdout, "bản này không có thư mục keys: mã xác thực hai bước và khóa nhật ký phải lấy từ bản cất riêng · no keys in it")
	}
	if !verify && load == "" && strings.HasSuffix(m.Database.Name, ".dump") {
		fmt.Fprintf(e.stdout, "nạp vào PostgreSQL · load it:\n  pg_restore --no-owner --dbname=… %s/%s\n", to, m.Database.Name)
	}
	return done
}

// backupFile copies the database alone.
func backupFile(ctx context.Context, e env, args []string) int {
	if len(args) != 1 {
		return e.misused("hãy nêu đúng một tệp chưa có · name one FILE that does not exist yet")
	}
	blobs, err := app.Backup(ctx, e.config, args[0])
	if p, ok := errors.AsType[*fs.PathError](err); ok && errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("không có %s, hãy xem thiết lập data và database", p.Path)
	}
	if errors.Is(err, fs.ErrExist) {
		err = fmt.Errorf("đã có %s; hãy chọn tên khác, bản sao lưu không ghi đè tệp nào", args[0])
	}
	if err != nil {
		return e.fail(err)
	}
	st, err := os.Stat(args[0])
	if err != nil {
		return e.fail(err)
	}
	fmt.Fprintf(e.stdout, "đã sao lưu cơ sở dữ liệu: %s, %d byte · the database is saved\n", args[0], st.Size())
	if blobs == "" {
		fmt.Fprintln(e.stdout, "kho S3 chưa có trong đó; hãy sao lưu riêng, ngay bây giờ, bằng công cụ của kho · the bucket is not in it; copy it now, with its own tools")
	} else {
		fmt.Fprintf(e.stdout, "kho tệp quét chưa có trong đó; hãy chép riêng, ngay bây giờ · the scans are not in it; copy them now:\n  rsync -a %s/ NƠI-KHÁC/\n", blobs)
	}
	return done
}
