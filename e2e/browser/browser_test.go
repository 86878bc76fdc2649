package browser

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/web"
	"congminh/internal/site"
)

// serve serves the pages of site to an officer.
func serve(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	m := web.NewMux(mux, slog.New(slog.DiscardHandler), site.Refusal)
	texts, err := lang.Load(site.Texts())
	if err != nil {
		t.Fatal(err)
	}
	m.Languages(texts)
	m.Menu("Việc của tôi", "/", auth.Anyone)
	m.Menu("Hồ sơ", "/dossiers", auth.Anyone)
	m.Menu("Vụ án", "/cases", auth.Anyone)
	m.Menu("Mẫu giao diện", "/admin/style-guide", auth.Anyone)
	m.Account("Mật khẩu và thiết bị", "/account", auth.Anyone)
	m.Offices(func(context.Context, auth.Office) string {
		return "Viện kiểm sát nhân dân thành phố Hà Nội"
	})
	site.Web(m)
	officer := auth.Actor{ID: "u", Name: "Trần Thị Ếch", Office: "vks-hn"}
	srv := httptest.NewServer(web.Secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r.WithContext(auth.With(r.Context(), officer)))
	})))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestStyleGuide(t *testing.T) {
	b, home := New(t), serve(t)
	for _, skin := range []string{"office", "public"} {
		page := home + "/admin/style-guide?skin=" + skin
		for _, theme := range web.Themes[1:] {
			t.Run(fmt.Sprintf("%s %s", skin, theme), func(t *testing.T) {
				b.Cookie(t, home, "theme", theme)
				if theme == "contrast" {
					b.Axe(t, page, "color-contrast-enhanced") // 7:1
				} else {
					b.Axe(t, page)
				}
				b.Shot(t, "guide-"+skin+"-"+theme+"-1280", 1280, 0)
				b.Shot(t, "guide-"+skin+"-"+theme+"-390", 390, 0)
			})
		}
	}
	b.NoOutside(t)
}

// A check that finds nothing on a page that is wrong is worth nothing.
func TestFindsFaults(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!DOCTYPE html><html lang="vi"><title>x</title><style>:focus{outline:none} i{display:block;width:900px}</style>
			<img src="http://other.invalid/x.png"><a href="#">đây</a><i>rộng</i><button tabindex="2">một</button><button tabindex="1">hai</button><script>throw Error("x")</script>`)
	}))
	t.Cleanup(srv.Close)
	b := New(t)
	for name, check := range map[string]func(testing.TB){
		"axe":    func(t testing.TB) { b.Axe(t, srv.URL) },
		"reflow": func(t testing.TB) { b.Reflow(t, srv.URL) },
		"zoom":   func(t testing.TB) { b.Zoom(t, srv.URL) },
		"focus":  func(t testing.TB) { b.FocusOrder(t, srv.URL) },
		"target": func(t testing.TB) { b.Targets(t, srv.URL) },
		"hosts":  func(t testing.TB) { b.Open(t, srv.URL); b.NoOutside(t) },
	} {
		found := &recorder{TB: t}
		check(found)
		if len(found.said) == 0 {
			t.Errorf("%s finds nothing wrong", name)
		}
	}
}

// recorder takes down what a check would have failed with.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Error(args ...any) { r.said = append(r.said, fmt.Sprint(args...)) }
func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

// Every page and look at every size, by keyboard; the checks of colour are above.
func TestFits(t *testing.T) {
	b, home := New(t), serve(t)
	for _, page := range []string{"/admin/style-guide?skin=office", "/admin/style-guide?skin=public", "/preferences"} {
		for _, size := range []string{"", "larger"} {
			t.Run(page+" "+size, func(t *testing.T) {
				b.Cookie(t, home, "size", size)
				b.Reflow(t, home+page)
				b.Zoom(t, home+page)
			})
		}
		b.Cookie(t, home, "size", "")
		t.Run(page, func(t *testing.T) {
			b.Targets(t, home+page)
			b.FocusOrder(t, home+page)
		})
	}
	b.Axe(t, home+"/preferences")
	b.NoOutside(t)
}

// What the script adds: menus that close, questions, shortcuts, a look at once.
func TestScript(t *testing.T) {
	b, home := New(t), serve(t)
	b.Size(t, 1280, 900)
	b.Open(t, home+"/admin/style-guide")
	is := func(what, expression string) {
		t.Helper()
		if !Eval[bool](t, b, expression) {
			t.Errorf("not so: %s", what)
		}
	}
	const click = "document.querySelector(%q).click()"
	press := func(sel string) { t.Helper(); Eval[*int](t, b, fmt.Sprintf(click+", null", sel)) }

	press(".mast-tools summary")
	is("the menu is open", `document.querySelector(".mast-tools details").open`)
	b.Axe(t, "")
	b.Shot(t, "menu-1280", 1280, 800)
	b.Shot(t, "menu-390", 390, 800)
	b.Reflow(t, "")
	press(".looks button[value=dark]")
	is("the theme changes at once", `document.documentElement.dataset.theme === "dark" && document.cookie.includes("theme=dark")`)
	press(".looks button[name=theme][value='']")
	is("and back", `!document.documentElement.dataset.theme && !document.cookie.includes("theme")`)
	Eval[*int](t, b, `document.querySelector(".mast-tools summary").focus(), null`)
	b.Do(t, chromedp.KeyEvent(kb.Escape))
	is("escape closes the menu and keeps the focus", `!document.querySelector(".mast-tools details").open && document.activeElement.matches(".mast-tools summary")`)

	b.Do(t, chromedp.KeyEvent("?"))
	is("? lists the shortcuts", `document.querySelector("#key-help").open && document.querySelector("#key-help dl").textContent.includes("Hồ sơ mới")`)
	b.Axe(t, "")
	b.Shot(t, "keys-1280", 1280, 800)
	b.Do(t, chromedp.KeyEvent(kb.Escape))
	b.Do(t, chromedp.KeyEvent("n"))
	is("n does what it says", `location.hash === "#bang"`)

	press("[data-ask]")
	is("the question is asked", `document.querySelector("#ask-xoa").open && document.querySelector("#ask-xoa").contains(document.activeElement)`)
	b.Axe(t, "")
	b.Shot(t, "ask-390", 390, 800)
	press("#ask-xoa [data-close]")
	is("no closes it", `!document.querySelector("#ask-xoa").open`)

	b.Size(t, 390, 800)
	is("on a phone the menu is folded", `!document.querySelector(".menu-main ul").checkVisibility()`)
	press(".menu-open")
	is("and unfolds", `document.querySelector(".menu-main ul").checkVisibility() && document.querySelector(".menu-open").ariaExpanded === "true"`)
	b.Size(t, 1280, 900)

	b.Prefer(t, "", "forced-colors", "active", "prefers-reduced-motion", "reduce")
	b.Shot(t, "forced-1280", 1280, 0)
	b.Prefer(t, "print")
	is("paper has no menu", `!document.querySelector(".menu-main").checkVisibility()`)
	b.Shot(t, "print-800", 800, 0)
	b.NoOutside(t)
}

// A first view must not cost a citizen on a slow line more than it has to.
func TestWeight(t *testing.T) {
	home := serve(t)
	for page, limit := range map[string]int{"/preferences": 100_000, "/admin/style-guide": 250_000} {
		b := New(t) // with nothing kept
		b.Open(t, home+page)
		got := Eval[int](t, b, `performance.getEntries().reduce((sum, e) => sum + (e.transferSize || 0), 0)`)
		t.Logf("%s: %d bytes", page, got)
		if got > limit || got < 10_000 {
			t.Errorf("%s weighs %d bytes, want at most %d", page, got, limit)
		}
	}
}

// Nothing is lost when people set the spacing they need to read (WCAG 1.4.12).
func TestSpacing(t *testing.T) {
	b, home := New(t), serve(t)
	for _, skin := range []string{"office", "public"} {
		b.Open(t, home+"/admin/style-guide?skin="+skin)
		Eval[bool](t, b, `(() => { const s = new CSSStyleSheet(); s.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }"); document.adoptedStyleSheets.push(s); return true })()`)
		b.Reflow(t, "")
		b.Zoom(t, "")
	}
}

// Everything works where scripts are off, only with a page more.
func TestWithoutScript(t *testing.T) {
	b, home := New(t), serve(t)
	b.Open(t, home+"/preferences") // with a script, to wait for the letters
	b.Do(t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	b.Size(t, 390, 800)
	b.Do(t, chromedp.Navigate(home+"/admin/style-guide"))
	if s := b.Text(t, ".menu-main"); !strings.Contains(s, "Hồ sơ") || strings.Contains(s, "Trình đơn") {
		t.Errorf("the menu shows %q", s)
	}
	b.Do(t, chromedp.Click(".mast-tools summary"), chromedp.Click(".looks button[value=dark]"), chromedp.WaitReady(`html[data-theme="dark"]`),
		chromedp.Click(".mast-tools summary"), chromedp.Click(".looks button[value=en]"), chromedp.WaitReady(`html[lang="en"]`))
	if s := b.Text(t, "h1"); s != "Style guide" {
		t.Errorf("in English the page is called %q", s)
	}
	b.NoOutside(t)
}
