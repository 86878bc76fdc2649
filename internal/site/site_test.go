package site

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/web"
)

// server serves the pages of this package to a person with a menu.
func server(t *testing.T) http.Handler {
	t.Helper()
	mux := http.NewServeMux()
	m := web.NewMux(mux, slog.New(slog.DiscardHandler), Refusal)
	texts, err := lang.Load(Texts())
	if err != nil {
		t.Fatal(err)
	}
	m.Languages(texts)
	m.Menu("Hồ sơ", "/dossiers", "dossier.read")
	m.Menu("Nhật ký", "/audit", "audit.read")
	Web(m)
	actor := auth.Actor{ID: "u", Name: "Trần Thị E", Office: "vks-hn", Verbs: []auth.Verb{"dossier.read"}}
	return web.Secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r.WithContext(auth.With(r.Context(), actor)))
	}))
}

func get(t *testing.T, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// pages are all the pages of this package.
var pages = []string{"/admin/style-guide", "/admin/style-guide?skin=public", "/preferences?back=/x"}

// blocked finds what the content security policy would block, and what would ask
// another host.
var blocked = regexp.MustCompile(`(?i)<style|<script(?:[^>]*>[^<]|>)|\s(?:style|on[a-z]+)=|javascript:|(?:src|href|action)="(?:https?:)?//`)

func TestNothingInline(t *testing.T) {
	for _, bad := range []string{`<p style="x">`, `<a onclick="x">`, `<script>x`, `<script src="a">x`, `<img src="//x">`, `<a href="https://x">`} {
		if !blocked.MatchString(bad) {
			t.Errorf("%s is not found", bad)
		}
	}
	h := server(t)
	for _, p := range pages {
		w := get(t, h, p)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", p, w.Code)
		}
		if m := blocked.FindString(w.Body.String()); m != "" {
			t.Errorf("%s holds %q", p, m)
		}
	}
}

func TestTranslated(t *testing.T) {
	texts, err := lang.Load(Texts())
	if err != nil {
		t.Fatal(err)
	}
	sources, err := lang.Sources(".")
	if err != nil || len(sources) < 30 {
		t.Fatalf("found %d texts: %v", len(sources), err)
	}
	for _, s := range sources {
		if texts[lang.EN][s] == "" {
			t.Errorf("en.toml has no %q", s)
		}
	}
	used := strings.Join(sources, "\x00") + "\x00"
	for s := range texts[lang.EN] {
		if !strings.Contains(used, s+"\x00") {
			t.Errorf("en.toml translates %q, which nothing says", s)
		}
	}
}

func TestFrame(t *testing.T) {
	h := server(t)
	vi, en := get(t, h, pages[0]).Body.String(), get(t, h, pages[0], "Cookie", "lang=en; theme=dark; size=large").Body.String()
	for _, want := range []string{`<html data-skin="office" lang="vi">`, "Hồ sơ", "Trần Thị E", "vks-hn", "Tới nội dung chính"} {
		if !strings.Contains(vi, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(vi, "/audit") {
		t.Error("the menu shows what this person may not open")
	}
	for _, want := range []string{`data-size="large"`, `data-theme="dark"`, `lang="en"`, "Skip to main content"} {
		if !strings.Contains(en, want) {
			t.Errorf("in English: no %q", want)
		}
	}
	if s := get(t, h, pages[0], "Cookie", `theme="><script>`).Body.String(); strings.Contains(s, "data-theme") {
		t.Error("a made-up theme is taken")
	}
}

func TestPreferences(t *testing.T) {
	h := server(t)
	for _, c := range []struct{ back, want string }{
		{"/dossiers?q=a", "/dossiers?q=a"}, {"https://evil.vn/", "/"}, {"//evil.vn", "/"}, {`/\evil.vn`, "/"}, {"", "/"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/preferences", strings.NewReader(url.Values{"theme": {"dark"}, "back": {c.back}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != c.want {
			t.Errorf("back %q: %d to %q, want %q", c.back, w.Code, w.Header().Get("Location"), c.want)
		}
		if got := w.Header().Values("Set-Cookie"); len(got) != 1 || !strings.HasPrefix(got[0], "theme=dark;") {
			t.Errorf("cookies %q", got)
		}
	}
}

// A page names its files by their hash, and every font the sheet names is there.
func TestStatic(t *testing.T) {
	h := server(t)
	w := get(t, h, Asset("site.css"), "Accept-Encoding", "gzip")
	if w.Code != 200 || w.Header().Get("Content-Encoding") != "gzip" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("site.css: %d %v", w.Code, w.Header())
	}
	if w := get(t, h, Asset("site.css"), "If-None-Match", w.Header().Get("ETag")); w.Code != http.StatusNotModified {
		t.Errorf("site.css again: %d", w.Code)
	}
	css := get(t, h, Asset("site.css")).Body.String()
	fonts := regexp.MustCompile(`url\("([^"]+)"\)`).FindAllStringSubmatch(css, -1)
	if len(fonts) != 8 {
		t.Errorf("%d fonts", len(fonts))
	}
	for _, m := range fonts {
		if w := get(t, h, Asset(m[1])); w.Code != 200 || w.Header().Get("Content-Type") != "font/woff2" {
			t.Errorf("%s: %d", m[1], w.Code)
		}
	}
	if js := get(t, h, Asset("site.js")).Body.Len(); js > 7<<10 {
		t.Errorf("site.js has %d bytes; 7 KB are enough", js)
	}
	if w := get(t, h, "/static/../site.go"); w.Code == 200 {
		t.Error("serves what is not static")
	}
}

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestField(t *testing.T) {
	err := fmt.Errorf("save: %w", &fault.Error{Fields: []fault.Field{{Name: "ten", Text: "Hãy ghi <tên>."}}})
	for _, c := range []struct {
		in   Input
		want []string
		not  string
	}{
		{Input{Name: "ten", Label: "Tên", Required: true, Help: "Như trong hồ sơ", Err: err}, []string{`<label for="ten">`, `aria-describedby="ten-help ten-wrong"`, `aria-invalid="true"`, `id="ten-wrong"`, "Hãy ghi &lt;tên&gt;.", `type="text"`, " required"}, "không bắt buộc"},
		{Input{Name: "khac", Label: "Khác", Err: err}, []string{"(không bắt buộc)"}, "aria-"},
		{Input{Name: "ghi", Label: "Ghi chú", Rows: 3, Value: "</textarea><script>"}, []string{`rows="3"`, "&lt;/textarea&gt;"}, "<script>"},
	} {
		got := render(t, Field(c.in))
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %s in\n%s", c.in.Name, want, got)
			}
		}
		if strings.Contains(strings.ReplaceAll(got, "aria-hidden", ""), c.not) {
			t.Errorf("%s: %s in\n%s", c.in.Name, c.not, got)
		}
	}
}

// Without a script the form of Confirm arrives without "sure", and the page that
// answers it carries the same fields on.
func TestConfirm(t *testing.T) {
	ask := Ask{Action: "/x", Name: "x", Label: "Xóa", Title: "Xóa?", Yes: "Xóa hẳn", Hidden: []Option{{Value: "7", Text: "version"}}, Back: "/back"}
	button, page := render(t, Confirm(ask)), render(t, ConfirmPage(Page{}, ask))
	before, dialog, _ := strings.Cut(button, "<dialog")
	if strings.Contains(before, `name="sure"`) || !strings.Contains(dialog, `name="sure" value="on"`) {
		t.Error("only the answer in the dialog may be sure")
	}
	for _, want := range []string{`action="/x"`, `name="version" value="7"`, `name="sure" value="on"`, `href="/back"`, "Xóa?"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s on the page", want)
		}
	}
}

func TestRefusal(t *testing.T) {
	for kind, want := range map[fault.Kind][2]string{
		fault.Unauthenticated: {"Cần đăng nhập", `href="/sign-in?back=`}, fault.NotFound: {"Không tìm thấy", "Có thể đường dẫn"},
		fault.Forbidden: {"Không có quyền", `href="/"`}, fault.Invalid: {"Chưa làm được", `href="/"`},
		fault.Conflict: {"Chưa làm được", `href="/"`}, fault.Internal: {"Hệ thống gặp lỗi", `href="/"`},
	} {
		got := render(t, Refusal(&fault.Error{Kind: kind, Code: "a.b", Text: "Không được."}))
		if !strings.Contains(got, "<h1>"+want[0]+"</h1>") || !strings.Contains(got, want[1]) || !strings.Contains(got, "a.b") {
			t.Errorf("kind %d: no %s", kind, want)
		}
		if n := strings.Count(got, "Không được."); n != 1 {
			t.Errorf("kind %d: the reason stands %d times", kind, n)
		}
	}
	var b strings.Builder
	ctx := web.WithFrame(t.Context(), web.Frame{Fragment: true})
	if err := Refusal(&fault.Error{Text: "Không được."}).Render(ctx, &b); err != nil || strings.Contains(b.String(), "<html") {
		t.Errorf("a fragment gets %s, %v", b.String(), err)
	}
}

func TestIcons(t *testing.T) {
	for _, f := range []string{"layout.templ", "form.templ", "parts.templ", "guide.templ"} {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`@(?:Icon|menu)\("([a-z]+)"`).FindAllStringSubmatch(string(src), -1) {
			if icons[m[1]] == "" {
				t.Errorf("%s: no icon %s", f, m[1])
			}
		}
	}
}
