package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"congminh/internal/app"
	"congminh/internal/dossier"
	"congminh/internal/dossier/digitise"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/conf"
	"congminh/internal/kit/page"
	"congminh/internal/org"
)

const serveHelp = `
Chạy cho đến khi nhận Ctrl-C hoặc SIGTERM; khi đó các yêu cầu và việc nền đang làm
được kết thúc êm. Serves until Ctrl-C or SIGTERM, then ends gracefully.

  congminh serve
  congminh -http.addr :8443 -http.cert cert.pem -http.key key.pem serve`

func serve(ctx context.Context, e env, _ []string) int {
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
	if err := first(a, e.url(ln.Addr())); err != nil {
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

// url is what a person on this machine types to reach a server that listens on at.
func (e env) url(at net.Addr) string {
	scheme := "http"
	if e.config.HTTP.Cert != "" {
		scheme = "https"
	}
	host := at.String()
	if tcp, ok := at.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		host = fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return scheme + "://" + host
}

const demoHelp = `
Tạo một viện kiểm sát mẫu với cán bộ, vụ án và hồ sơ quét hư cấu, in địa chỉ và các
tài khoản dùng thử, rồi chạy máy chủ. Không chạy được trên cơ sở dữ liệu đã có cán
bộ thật. Makes a demo office with invented people, prints the accounts, and serves.

  -pages N   số trang của hồ sơ quét mẫu (mặc định 24) · pages of the sample file`

func demo(ctx context.Context, e env, args []string) int {
	pages := 24
	rest, ok := e.flags(args, func(fs *flag.FlagSet) { fs.IntVar(&pages, "pages", pages, "pages of the sample file") })
	switch {
	case !ok:
		return usage
	case len(rest) > 0:
		return e.misused("không nhận tham số · takes no arguments")
	}
	e.config.Seal.Development = true
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
	switch {
	case !ok:
		return usage
	case len(words) == 0:
		return e.misused("chưa nêu từ cần tìm · no WORDS given")
	case limit < 1:
		return e.misused("-limit phải từ 1 trở lên · -limit must be at least 1")
	}
	a, err := e.open(ctx)
	if err != nil {
		return e.fail(err)
	}
	defer a.Close()
	who := app.Console()
	if login != "" {
		if who, err = a.Org.ActorOf(ctx, login); err != nil {
			return e.fail(err)
		}
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
  congminh user second LOGIN     gỡ xác thực hai bước (mất điện thoại, mất khóa) cùng mật
                                 khẩu, in mã dùng một lần; việc này vào nhật ký
  congminh user disable LOGIN
  congminh user enable LOGIN`

func users(ctx context.Context, e env, args []string) int {
	verbs := map[string]func(context.Context, env, *org.Service, []string) int{
		"list": listUsers, "add": addUser, "reset": renewUser, "second": renewUser, "disable": changeUser, "enable": changeUser,
	}
	if len(args) == 0 || verbs[args[0]] == nil {
		return e.misused("hãy nêu list, add, reset, second, disable hoặc enable · say which")
	}
	if n := len(args); args[0] == "list" && n != 1 || args[0] != "list" && args[0] != "add" && n != 2 {
		return e.misused("thừa hoặc thiếu tên đăng nhập · one LOGIN, and none for list")
	}
	a, err := e.open(ctx)
	if err != nil {
		return e.fail(err)
	}
	defer a.Close()
	return verbs[args[0]](auth.With(ctx, org.Console()), e, a.Org, args)
}

// listUsers prints a line for everybody: login, name, office, roles, and whether
// they may sign in.
func listUsers(ctx context.Context, e env, o *org.Service, _ []string) int {
	for f := (org.StaffFilter{Req: page.Req{Limit: 100}}); ; {
		ps, err := o.Staff(ctx, f)
		if err != nil {
			return e.fail(err)
		}
		for _, p := range ps.Items {
			state := "active"
			if p.Disabled {
				state = "disabled"
			}
			fmt.Fprintf(e.stdout, "%s\t%s\t%s\t%s\t%s\n", p.Login, p.Name, p.Office, joinRoles(p.Roles, ","), state)
		}
		if f.After = ps.Next; f.After == "" {
			return done
		}
	}
}

func joinRoles(roles []org.Role, sep string) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, sep)
}

func addUser(ctx context.Context, e env, o *org.Service, args []string) int {
	var n org.NewStaff
	var office, roles string
	rest, ok := e.flags(args[1:], func(fs *flag.FlagSet) {
		fs.StringVar(&n.Login, "login", "", "name to sign in with")
		fs.StringVar(&n.Name, "name", "", "full name")
		fs.StringVar(&office, "office", "", "id of the office")
		fs.StringVar(&roles, "roles", "", "roles, separated by commas")
	})
	switch {
	case !ok:
		return usage
	case len(rest) > 0: // a name without quotation marks
		return e.misused(fmt.Sprintf("thừa %q; tên có khoảng trắng phải để trong ngoặc kép · too much", rest))
	}
	n.Office = auth.Office(office)
	for name := range strings.SplitSeq(roles, ",") {
		r := org.Role(strings.TrimSpace(name))
		if r != "" && !slices.Contains(org.Roles, r) {
			return e.fail(fmt.Errorf("không có vai trò %q; các vai trò là %s", r, joinRoles(org.Roles, ", ")))
		}
		n.Roles = append(n.Roles, r)
	}
	p, code, err := o.AddStaff(ctx, n)
	if err != nil {
		return e.fail(err)
	}
	fmt.Fprintf(e.stdout, "%s\tmã dùng một lần: %s\n", p.Login, code)
	return done
}

// renewUser ends a person's password, or all they prove themselves by, and prints the
// one-time code they come in with.
func renewUser(ctx context.Context, e env, o *org.Service, args []string) int {
	p, err := o.PersonByLogin(ctx, args[1])
	if err != nil {
		return e.fail(err)
	}
	renew := o.Reset
	if args[0] == "second" {
		renew = o.RemoveSecond
	}
	code, err := renew(ctx, p.ID)
	if err != nil {
		return e.fail(err)
	}
	fmt.Fprintf(e.stdout, "%s\tmã dùng một lần: %s\n", p.Login, code)
	return done
}

// changeUser disables or enables an account.
func changeUser(ctx context.Context, e env, o *org.Service, args []string) int {
	p, err := o.PersonByLogin(ctx, args[1])
	if err != nil {
		return e.fail(err)
	}
	if err := o.Disable(ctx, p.ID, args[0] == "disable"); err != nil {
		return e.fail(err)
	}
	return done
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

const versionHelp = `
  -sbom   danh sách thành phần (CycloneDX 1.5, JSON) · what the program is built from`

func version(_ context.Context, e env, args []string) int {
	sbom := false
	rest, ok := e.flags(args, func(fs *flag.FlagSet) { fs.BoolVar(&sbom, "sbom", false, "components, as CycloneDX JSON") })
	switch {
	case !ok:
		return usage
	case len(rest) > 0:
		return e.misused("không nhận tham số · takes no arguments")
	case sbom:
		if err := writeSBOM(e.stdout, app.Version()); err != nil {
			return e.fail(err)
		}
		return done
	}
	fmt.Fprintln(e.stdout, "congminh", app.Version())
	return done
}
