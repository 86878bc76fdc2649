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
		{"demo", "[-pages N] [-keep]", "chạy máy chủ với dữ liệu mẫu · serve with a demo office", demoHelp, demo},
		{"migrate", "", "tạo hoặc nâng cấp cơ sở dữ liệu · bring the tables up to date", "", migrate},
		{"digitise", "[-o DIR] [--json] [--dpi N] [--jobs N] FILE…", "số hóa tệp quét, không cần máy chủ · scans to PDF/A with text", "", digitiseFiles},
		{"search", "[-limit N] [-login NAME] WORDS…", "tìm trong mọi hồ sơ · search all files", searchHelp, searchPages},
		{"user", "add|list|reset|disable|enable …", "quản lý tài khoản · accounts", userHelp, users},
		{"config", "", "in mọi thiết lập đang dùng · print the settings in force", configHelp, showConfig},
		{"openapi", "", "in mô tả API · print the description of the API", "", openAPI},
		{"version", "", "in phiên bản · print the version", "", version},
	}
}

func main() {
	sandbox.Child(app.Handlers())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
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
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) || err == nil && (fs.NArg() == 0 || fs.Arg(0) == "help" && fs.NArg() == 1) {
		overview(stdout, fs)
		if fs.NArg() == 0 && err == nil {
			return usage
		}
		return done
	} else if err != nil {
		fmt.Fprintln(stderr, "congminh:", err)
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
		fmt.Fprintf(stderr, "congminh: không có lệnh %q; gõ congminh help để xem các lệnh\n", name)
		return usage
	}
	cmd := all[i]
	if name != "digitise" && (help || slices.ContainsFunc(rest, func(a string) bool { return a == "-h" || a == "--help" || a == "-help" })) {
		fmt.Fprintf(stdout, "congminh %s %s\n\n%s\n", cmd.name, cmd.args, cmd.summary)
		if cmd.help != "" {
			fmt.Fprintf(stdout, "\n%s\n", strings.TrimSpace(cmd.help))
		}
		return done
	}
	if help {
		rest = []string{"-h"}
	}
	if err := conf.Load(&c, *file, "CONGMINH", os.Getenv, fs); err != nil {
		fmt.Fprintln(stderr, "congminh:", err)
		return usage
	}
	return cmd.run(ctx, env{c, stdout, stderr, cmd}, rest)
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
	if err := level.UnmarshalText([]byte(e.config.Log.Level)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if e.config.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(e.stderr, o))
	}
	return slog.New(slog.NewTextHandler(e.stderr, o))
}

// fail says what went wrong, and returns the code for it.
func (e env) fail(err error) int {
	if errors.Is(err, context.Canceled) {
		return failed
	}
	fmt.Fprintf(e.stderr, "congminh %s: %v\n", e.self.name, err)
	return failed
}

// flags parses the flags of a command.
func (e env) flags(args []string, define func(*flag.FlagSet)) ([]string, bool) {
	fs := flag.NewFlagSet(e.self.name, flag.ContinueOnError)
	fs.SetOutput(e.stderr)
	fs.Usage = func() { fmt.Fprintf(e.stderr, "congminh %s %s\n", e.self.name, e.self.args) }
	define(fs)
	err := fs.Parse(args)
	return fs.Args(), err == nil
}
