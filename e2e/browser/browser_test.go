package browser

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

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
				b.Axe(t, page)
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
