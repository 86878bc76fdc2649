// Command congminh is the digital procuracy in one file.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"congminh/internal/app"
	"congminh/internal/kit/conf"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/sandbox"
)

// command is one thing the program can be told to do.
type command struct {
	name, args, summary, help string
	run                       func(ctx context.Context, e env, args []string) int
}

// env is what a command works with.
type env struct {
	config         app.Config
	stdout, stderr io.Writer
	self           command
}

// Exit codes: what was asked was done; it was not; it was not understood.
const (
	done = iota
	failed
	usage
)

func commands() []command {
	return []command{
		{"serve", "", "chạy máy chủ: trang làm việc, cổng, API · serve pages and the API", serveHelp, serve},
		{"demo", "[-pages N]", "chạy máy chủ với dữ liệu mẫu · serve with a demo office", demoHelp, demo},
		{"migrate", "", "tạo hoặc nâng cấp cơ sở dữ liệu · bring the tables up to date", "", migrate},
		{"digitise", "[-o DIR] [--json] [--dpi N] [--jobs N] FILE…", "số hóa tệp quét, không cần máy chủ · scans to PDF/A with text", "", digitiseFiles},
		{"search", "[-limit N] [-login NAME] WORDS…", "tìm trong mọi hồ sơ · search all files", searchHelp, searchPages},
		{"deadlines", "--facts FILE [--json]", "tính thời hạn tố tụng từ dữ kiện · time limits from facts", deadlinesHelp, deadlines},
		{"law", "check [DIR] | show RULE [--on DATE] [--json] | diff A B [--json]", "kiểm tra, xem, so sánh luật dưới dạng dữ liệu · the law as data", lawHelp, lawCommand},
		{"verify", "FILE|DIR [--roots FILE] [--head FILE] [--at TIME] [--json]", "kiểm gói chứng cứ hoặc PDF đã ký, không cần mạng · check evidence, offline", verifyHelp, verify},
		{"user", "add|list|reset|second|disable|enable …", "quản lý tài khoản · accounts", userHelp, users},
		{"backup", "[-to TARGET…] | key FILE | list … | prune … | FILE", "sao lưu, máy chủ vẫn chạy · back up, online", backupHelp, backups},
		{"restore", "-from TARGET -identity FILE (-to DIR | -verify) [-at TIME]", "khôi phục, hoặc khôi phục thử · restore, or try to", restoreHelp, restore},
		{"keys", "check", "kiểm tra khóa ký số, ký thử · check the signing keys", keysHelp, keysCommand},
		{"signer", "", "tiến trình giữ thiết bị ký số, do máy chủ gọi · holds a signing device, for the server", signerHelp, signer},
		{"config", "", "in mọi thiết lập đang dùng · print the settings in force", configHelp, showConfig},
		{"openapi", "", "in mô tả API · print the description of the API", "", openAPI},
		{"version", "[-sbom]", "in phiên bản, hoặc danh sách thành phần · print the version, or the components", versionHelp, version},
	}
}

func main() {
	sandbox.Child(app.Handlers())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait for what the first one ends
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := app.Default()
	fs := flag.NewFlagSet("congminh", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	file := fs.String("config", os.Getenv("CONGMINH_CONFIG"), "settings file")
	conf.Flags(&c, fs)
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp), err == nil && slices.Equal(fs.Args(), []string{"help"}):
		overview(stdout, fs)
		return done
	case err != nil:
		fmt.Fprintln(stderr, "congminh:", err)
		return usage
	case fs.NArg() == 0:
		overview(stderr, fs)
		return usage
	}
	name, rest := fs.Arg(0), fs.Args()[1:]
	help := name == "help"
	if help {
		name, rest = rest[0], nil
	}
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		fmt.Fprintf(stderr, "congminh: không có lệnh %q; gõ congminh help để xem các lệnh · no such command\n", name)
		return usage
	}
	cmd := all[i]
	e := env{c, stdout, stderr, cmd}
	asked := func(a string) bool { return a == "-h" || a == "-help" || a == "--help" }
	switch {
	case help && name == "digitise": // it has a help of its own
		rest = []string{"-h"}
	case name != "digitise" && (help || slices.ContainsFunc(rest, asked)):
		cmd.explain(stdout)
		return done
	case cmd.args == "" && len(rest) > 0:
		return e.misused("lệnh này không nhận tham số; thiết lập đứng trước tên lệnh · takes no arguments; settings stand before the command")
	}
	if err := conf.Load(&e.config, *file, "CONGMINH", os.Getenv, fs); err != nil {
		fmt.Fprintln(stderr, "congminh: thiết lập không dùng được ·", err)
		return usage
	}
	if err := new(slog.Level).UnmarshalText([]byte(e.config.Log.Level)); err != nil {
		fmt.Fprintln(stderr, "congminh: thiết lập không dùng được · config log.level:", err)
		return usage
	}
	if f := e.config.Log.Format; f != "text" && f != "json" {
		fmt.Fprintf(stderr, "congminh: thiết lập không dùng được · config log.format: %q is neither text nor json\n", f)
		return usage
	}
	return cmd.run(ctx, e, rest)
}

// explain tells how a command is used.
func (c command) explain(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n%s\n", strings.TrimSpace("congminh "+c.name+" "+c.args), c.summary)
	if c.help != "" {
		fmt.Fprintf(w, "\n%s\n", strings.Trim(c.help, "\n"))
	}
}

func overview(w io.Writer, fs *flag.FlagSet) {
	fmt.Fprint(w, "Công Minh — viện kiểm sát số trong một tệp chương trình\n\ncongminh [-config FILE] [-KEY VALUE…] COMMAND …\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\ncongminh help COMMAND\n\nThiết lập · settings (congminh config):\n")
	fs.VisitAll(func(f *flag.Flag) { fmt.Fprintf(w, "  -%-16s %s\n", f.Name, f.Usage) })
}

// open builds the app of a command.
func (e env) open(ctx context.Context) (*app.App, error) {
	return app.New(ctx, e.config, app.Outside{Now: time.Now, Log: e.logger()})
}

func (e env) logger() *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(e.config.Log.Level)); err != nil { // run has looked at it
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if e.config.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(e.stderr, o))
	}
	return slog.New(slog.NewTextHandler(e.stderr, o))
}

// fail says what went wrong, for a refusal field by field, and returns the code for it.
func (e env) fail(err error) int {
	if errors.Is(err, context.Canceled) { // whoever stopped it knows
		return failed
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		fmt.Fprintf(e.stderr, "congminh %s: %s\n", e.self.name, f.Text)
		for _, x := range f.Fields {
			fmt.Fprintf(e.stderr, "  %s: %s\n", x.Name, x.Text)
		}
		return failed
	}
	fmt.Fprintf(e.stderr, "congminh %s: %v\n", e.self.name, err)
	return failed
}

// misused says why the arguments are not understood, and what they should be.
func (e env) misused(why string) int {
	fmt.Fprintf(e.stderr, "congminh %s: %s\n\n", e.self.name, why)
	e.self.explain(e.stderr)
	return usage
}

// flags parses the flags of a command, and says what is wrong with them.
func (e env) flags(args []string, define func(*flag.FlagSet)) (rest []string, ok bool) {
	fs := flag.NewFlagSet(e.self.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	define(fs)
	if err := fs.Parse(args); err != nil {
		e.misused(err.Error())
		return nil, false
	}
	return fs.Args(), true
}
