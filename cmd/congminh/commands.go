package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"congminh/internal/app"
	"congminh/internal/dossier"
	"congminh/internal/dossier/digitise"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/conf"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
	"congminh/internal/org"
)

const serveHelp = `
Chạy cho đến khi nhận Ctrl-C hoặc SIGTERM; khi đó các yêu cầu và việc nền đang làm
được kết thúc êm. Serves until Ctrl-C or SIGTERM, then ends gracefully.

  congminh serve
  congminh -http.addr :8443 -http.cert cert.pem -http.key key.pem serve`

func serve(ctx context.Context, e env, args []string) int {
	if len(args) > 0 {
		fmt.Fprintln(e.stderr, "congminh serve: không nhận tham số; thiết lập đứng trước tên lệnh")
		return usage
	}
	return e.serve(ctx, func(*app.App, string) error { return nil })
}

// serve runs the server; first tells what stands before it.
func (e env) serve(ctx context.Context, first func(a *app.App, url string) error) int {
	a, err := e.open(ctx)
	if err != nil {
		return e.fail(err)
	}
	defer a.Close()
	ln, err := net.Listen("tcp", e.config.HTTP.Addr)
	if err != nil {
		return e.fail(err)
	}
	scheme := "http"
	if e.config.HTTP.Cert != "" {
		scheme = "https"
	}
	if err := first(a, scheme+"://"+ln.Addr().String()); err != nil {
		ln.Close()
		return e.fail(err)
	}
	for _, t := range a.Operation.Missing() {
		fmt.Fprintf(e.stderr, "thiếu %s: %s (apt install %s)\n", t.Name, t.Why, t.Package)
	}
	if err := a.Run(ctx, ln); err != nil {
		return e.fail(err)
	}
	return done
}

const demoHelp = `
Tạo một viện kiểm sát mẫu với cán bộ, vụ án và hồ sơ quét hư cấu, in địa chỉ và các
tài khoản dùng thử, rồi chạy máy chủ. Không chạy được trên cơ sở dữ liệu đã có cán
bộ thật. Makes a demo office with invented people, prints the accounts, and serves.

  -pages N   số trang của hồ sơ quét mẫu (mặc định 24) · pages of the sample file`

func demo(ctx context.Context, e env, args []string) int {
	pages := 24
	if _, ok := e.flags(args, func(fs *flag.FlagSet) { fs.IntVar(&pages, "pages", pages, "pages of the sample file") }); !ok {
		return usage
	}
	return e.serve(ctx, func(a *app.App, url string) error {
		accounts, err := a.Demo(ctx, pages)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.stdout, "\nCông Minh: %s\n\n", url)
		for _, x := range accounts {
			fmt.Fprintf(e.stdout, "  %-12s %-34s %s\n", x.Login, x.Password, x.About)
		}
		fmt.Fprintln(e.stdout)
		return nil
	})
}

func migrate(ctx context.Context, e env, _ []string) int {
	a, err := e.open(ctx)
	if err != nil {
		return e.fail(err)
	}
	fmt.Fprintln(e.stdout, "cơ sở dữ liệu đã sẵn sàng · the tables are up to date")
	if err := a.Close(); err != nil {
		return e.fail(err)
	}
	return done
}

func digitiseFiles(ctx context.Context, e env, args []string) int {
	return digitise.Main(ctx, args, e.stdout, e.stderr)
}

const searchHelp = `
Từ có dấu hay không dấu đều được; "cụm từ" trong ngoặc kép; tiền-tố*; -loại-trừ.
Words with or without marks; "a phrase"; prefix*; -not.

  -login NAME  tìm với quyền của người này (mặc định: mọi hồ sơ, cho người quản trị máy)
  -limit N     số kết quả (mặc định 20)`

func searchPages(ctx context.Context, e env, args []string) int {
	limit, login := 20, ""
	words, ok := e.flags(args, func(fs *flag.FlagSet) {
		fs.IntVar(&limit, "limit", limit, "hits")
		fs.StringVar(&login, "login", "", "search with the rights of this person")
	})
	if !ok || len(words) == 0 {
		return usage
	}
	a, err := e.open(ctx)
	if err != nil {
		return e.fail(err)
	}
	defer a.Close()
	who, err := a.Org.ActorOf(ctx, login)
	if err != nil {
		return e.fail(err)
	}
	found, err := a.Dossier.Search(auth.With(ctx, who), dossier.Query{Words: strings.Join(words, " "), Limit: limit})
	if err != nil {
		return e.fail(err)
	}
	for _, h := range found.Hits {
		at := h.Cite
		if at == "" {
			at = fmt.Sprintf("trang %d", h.Page.N)
		}
		var text strings.Builder
		for _, p := range h.Snippet {
			if p.Hit {
				fmt.Fprintf(&text, " [%s]", p.Text)
			} else {
				fmt.Fprintf(&text, " %s", p.Text)
			}
		}
		fmt.Fprintf(e.stdout, "%s\t%s\t%s\t%s\n", h.CaseNumber, h.Dossier.Title, at, strings.TrimSpace(text.String()))
	}
	if len(found.Hits) == 0 {
		fmt.Fprintln(e.stderr, "không có trang nào · nothing found")
	}
	return done
}

const userHelp = `
  congminh user list
  congminh user add -login NAME -name "HỌ TÊN" -office ID -roles clerk,archivist
  congminh user reset LOGIN      in mã dùng một lần để đặt mật khẩu mới
  congminh user disable LOGIN
  congminh user enable LOGIN`

func users(ctx context.Context, e env, args []string) int {
	if len(args) == 0 {
		fmt.Fprintln(e.stderr, strings.TrimSpace(userHelp))
		return usage
	}
	a, err := e.open(ctx)
	if err != nil {
		return e.fail(err)
	}
	defer a.Close()
	ctx = auth.With(ctx, org.Console())
	verb, rest := args[0], args[1:]
	switch verb {
	case "list":
		for f := (org.StaffFilter{Req: page.Req{Limit: 100}}); ; {
			ps, err := a.Org.Staff(ctx, f)
			if err != nil {
				return e.fail(err)
			}
			for _, p := range ps.Items {
				fmt.Fprintf(e.stdout, "%s\t%s\t%s\t%v\n", p.Login, p.Name, p.Office, p.Roles)
			}
			if f.After = ps.Next; f.After == "" {
				return done
			}
		}
	case "add":
		var n org.NewStaff
		var office, roles string
		if _, ok := e.flags(rest, func(fs *flag.FlagSet) {
			fs.StringVar(&n.Login, "login", "", "name to sign in with")
			fs.StringVar(&n.Name, "name", "", "full name")
			fs.StringVar(&office, "office", "", "id of the office")
			fs.StringVar(&roles, "roles", "", "roles, separated by commas")
		}); !ok {
			return usage
		}
		n.Office = auth.Office(office)
		for _, r := range strings.Split(roles, ",") {
			n.Roles = append(n.Roles, org.Role(strings.TrimSpace(r)))
		}
		p, code, err := a.Org.AddStaff(ctx, n)
		if err != nil {
			return e.refuse(err)
		}
		fmt.Fprintf(e.stdout, "%s\tmã dùng một lần: %s\n", p.Login, code)
		return done
	case "reset", "disable", "enable":
		if len(rest) != 1 {
			return usage
		}
		p, err := a.Org.PersonByLogin(ctx, rest[0])
		if err != nil {
			return e.refuse(err)
		}
		if verb == "reset" {
			code, err := a.Org.Reset(ctx, p.ID)
			if err != nil {
				return e.refuse(err)
			}
			fmt.Fprintf(e.stdout, "%s\tmã dùng một lần: %s\n", p.Login, code)
			return done
		}
		if err := a.Org.Disable(ctx, p.ID, verb == "disable"); err != nil {
			return e.refuse(err)
		}
		return done
	}
	fmt.Fprintln(e.stderr, strings.TrimSpace(userHelp))
	return usage
}

// refuse says what is wrong with the input, field by field.
func (e env) refuse(err error) int {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return e.fail(err)
	}
	fmt.Fprintf(e.stderr, "congminh %s: %s\n", e.self.name, f.Text)
	for _, x := range f.Fields {
		fmt.Fprintf(e.stderr, "  %s: %s\n", x.Name, x.Text)
	}
	return failed
}

const configHelp = `
In ra tệp TOML cho đúng các thiết lập đang dùng; bí mật không được in. Thứ tự ưu
tiên: cờ trên dòng lệnh, biến môi trường CONGMINH_…, tệp -config, mặc định.`

func showConfig(_ context.Context, e env, _ []string) int {
	conf.Print(e.stdout, &e.config)
	return done
}

func openAPI(ctx context.Context, e env, _ []string) int {
	dir, err := os.MkdirTemp("", "congminh-")
	if err != nil {
		return e.fail(err)
	}
	defer os.RemoveAll(dir)
	c := app.Default()
	c.Data = dir // the description depends on no data; none is touched
	a, err := app.New(ctx, c, app.Outside{Now: time.Now, Log: e.logger()})
	if err != nil {
		return e.fail(err)
	}
	defer a.Close()
	text, err := a.API.OpenAPI()
	if err != nil {
		return e.fail(err)
	}
	fmt.Fprintf(e.stdout, "%s", text)
	return done
}

func version(_ context.Context, e env, _ []string) int {
	fmt.Fprintln(e.stdout, "congminh", app.Version())
	return done
}
