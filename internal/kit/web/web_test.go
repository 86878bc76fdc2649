package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/a-h/templ"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/lang"
)

func text(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	})
}

func testMux() (*Mux, *http.ServeMux) {
	mux := http.NewServeMux()
	return NewMux(mux, slog.New(slog.DiscardHandler), func(f *fault.Error) templ.Component { return text(f.Code) }), mux
}

func post(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

type page struct {
	Limit int `form:"limit"`
}

type input struct {
	Name  string     `form:"name"`
	Note  string     `form:"note,lines"`
	Day   civil.Date `form:"day"`
	Size  int64      `form:"size"`
	Tags  []string   `form:"tag"`
	Pages []int      `form:"page"`
	Sure  bool       `form:"sure"`
	page
	Other string
}

func TestForm(t *testing.T) {
	var got input
	err := Form(post(url.Values{
		"name": {"  Ho\u0300a  Bi\u0300nh "}, "note": {"\r\nmột  hai \r\n\r\nba\r\n"}, "day": {"3/11/2026"}, "size": {"5000000000"},
		"tag": {" a ", "b"}, "page": {"3", "4"}, "sure": {"on"}, "limit": {"7"}, "Other": {"x"},
	}.Encode()), &got)
	want := input{Name: "Hòa Bình", Note: "một  hai\n\nba", Day: "2026-11-03", Size: 5e9, Tags: []string{"a", "b"}, Pages: []int{3, 4}, Sure: true, page: page{7}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

func TestFormRefuses(t *testing.T) {
	for _, c := range []struct {
		body, field string
		want        error
	}{
		{"day=31%2F02%2F2026", "day", ErrFields},
		{"day=hôm nay", "day", ErrFields},
		{"size=nhiều", "size", ErrFields},
		{"page=1&page=2x", "page", ErrFields},
		{"size=99999999999999999999", "size", ErrFields},
		{"%zz=1", "", ErrForm},
		{"note=" + strings.Repeat("a", FormLimit), "", ErrBig},
	} {
		err := Form(post(c.body), &input{})
		f, _ := errors.AsType[*fault.Error](err)
		if !errors.Is(err, c.want) || c.field != "" && (len(f.Fields) != 1 || f.Fields[0].Name != c.field) {
			t.Errorf("%.30s: got %v, want %v about %q", c.body, err, c.want, c.field)
		}
	}
	if err := Form(post(""), &input{}); err != nil {
		t.Error(err)
	}
}

func TestFormInParts(t *testing.T) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	m.WriteField("name", "Đỗ  Ỷ")
	m.Close()
	r := httptest.NewRequest(http.MethodPost, "/", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	var got input
	if err := Form(r, &got); err != nil || got.Name != "Đỗ Ỷ" {
		t.Errorf("got %q, %v", got.Name, err)
	}
}

func TestMenu(t *testing.T) {
	m, mux := testMux()
	m.Menu("Hồ sơ", "/dossiers", "dossier.read")
	m.Menu("Trang đầu", "/", auth.Anyone)
	m.Menu("Nhật ký", "/audit", "audit.read")
	m.Offices(func(_ context.Context, o auth.Office) string { return "Viện " + string(o) })
	var f Frame
	m.Page("GET /", auth.Anyone, func(w http.ResponseWriter, r *http.Request) error {
		f = FrameOf(r.Context())
		return nil
	})
	r := httptest.NewRequest(http.MethodGet, "/a?b=c", nil)
	mux.ServeHTTP(httptest.NewRecorder(), r.WithContext(auth.With(r.Context(), auth.Actor{ID: "u", Office: "hn", Verbs: []auth.Verb{"dossier.read"}})))
	if len(f.Menu) != 2 || f.Menu[0].Href != "/dossiers" || f.Menu[1].Href != "/" {
		t.Errorf("menu %v", f.Menu)
	}
	if f.Office != "Viện hn" || f.Path != "/a?b=c" {
		t.Errorf("frame %+v", f)
	}
	if len(m.Entries()) != 3 {
		t.Errorf("entries %v", m.Entries())
	}
}

func TestFlash(t *testing.T) {
	m, mux := testMux()
	m.Flash("dossier.saved", "Đã lưu hồ sơ.")
	m.Page("POST /", auth.Anyone, func(w http.ResponseWriter, r *http.Request) error { return Done(w, r, "/x", "dossier.saved") })
	var said string
	m.Page("GET /x", auth.Anyone, func(w http.ResponseWriter, r *http.Request) error {
		said = FrameOf(r.Context()).Flash
		return Show(w, r, http.StatusOK, text(""))
	})
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, post(""))
	cookies := w.Result().Cookies()
	if w.Code != http.StatusSeeOther || len(cookies) != 1 {
		t.Fatalf("%d, cookies %v", w.Code, cookies)
	}
	m.Page("GET /leads-on", auth.Anyone, func(w http.ResponseWriter, r *http.Request) error { return Go(w, r, "/x") })
	r := httptest.NewRequest(http.MethodGet, "/leads-on", nil)
	r.AddCookie(cookies[0])
	w = httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	if c := w.Result().Cookies(); len(c) == 0 || c[len(c)-1].Value != "dossier.saved" {
		t.Errorf("a page that leads on keeps %v", c)
	}
	see := func(value string, header ...string) (string, []*http.Cookie) {
		r := httptest.NewRequest(http.MethodGet, "/x", nil)
		r.AddCookie(&http.Cookie{Name: "flash", Value: value})
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		said = ""
		mux.ServeHTTP(w, r)
		return said, w.Result().Cookies()
	}
	if s, c := see(cookies[0].Value); s != "Đã lưu hồ sơ." || len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("said %q, cookies %v", s, c)
	}
	if s, _ := see("<b>made up</b>"); s != "" {
		t.Errorf("a made-up code says %q", s)
	}
	for _, h := range [][2]string{{"HX-Request", "true"}, {"Sec-Fetch-Dest", "image"}, {"Sec-Fetch-Dest", "empty"}} {
		if s, c := see(cookies[0].Value, h[0], h[1]); s != "" || len(c) != 0 {
			t.Errorf("%s %s: says %q and takes %v", h[0], h[1], s, c)
		}
	}
}

func TestGoInFragment(t *testing.T) {
	r := post("")
	r.Header.Set("HX-Request", "true")
	w := httptest.NewRecorder()
	if err := Go(w, r, "/x"); err != nil || w.Code != http.StatusNoContent || w.Header().Get("HX-Redirect") != "/x" {
		t.Errorf("%d %v %v", w.Code, w.Header(), err)
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		cookie, accept string
		want           lang.Tag
	}{
		{"", "", "vi"}, {"", "en-GB,vi;q=0.5", "en"}, {"vi", "en", "vi"}, {"en", "vi", "en"}, {"fr", "en", "en"}, {"", "fr", "vi"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", c.accept)
		if c.cookie != "" {
			r.AddCookie(&http.Cookie{Name: "lang", Value: c.cookie})
		}
		if got := Language(r); got != c.want {
			t.Errorf("cookie %q, header %q: got %s, want %s", c.cookie, c.accept, got, c.want)
		}
	}
}

func TestEvents(t *testing.T) {
	srv := httptest.NewServer(Secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = Events(w, r, func(_ context.Context, send func(string, templ.Component) error) error {
			if err := send("progress#"+LastEvent(r)+"1", text("<p>\ntrang 1</p>")); err != nil {
				return err
			}
			return send("close", nil)
		})
	})))
	t.Cleanup(srv.Close)
	r, _ := http.NewRequest(http.MethodGet, srv.URL, nil)
	r.Header.Set("Last-Event-ID", "4")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	want := "retry: 3000\n\nevent: progress\nid: 41\ndata: <p>\ndata: trang 1</p>\n\nevent: close\ndata: \n\n"
	if string(body) != want || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("got %q\nwant %q", body, want)
	}
}

// A quiet stream says something every fifteen seconds.
func TestEventsHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := httptest.NewRecorder()
		err := Events(w, httptest.NewRequest(http.MethodGet, "/", nil), func(context.Context, func(string, templ.Component) error) error {
			time.Sleep(40 * time.Second)
			return nil
		})
		if n := strings.Count(w.Body.String(), ":\n\n"); err != nil || n != 2 {
			t.Errorf("%d heartbeats in 40 seconds, %v: %q", n, err, w.Body)
		}
	})
}

// A feed learns that the person has left, so that it does not run for ever.
func TestEventsEnd(t *testing.T) {
	ended := make(chan error, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = Events(w, r, func(_ context.Context, send func(string, templ.Component) error) error {
			for {
				if err := send("tick", nil); err != nil {
					ended <- err
					return err
				}
			}
		})
	}))
	t.Cleanup(srv.Close)
	resp, err := http.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = bufio.NewReader(resp.Body).ReadString('\n')
	resp.Body.Close()
	if err := <-ended; err == nil {
		t.Error("the feed was not told")
	}
}

func TestDisposition(t *testing.T) {
	for _, name := range []string{"Cáo trạng số 15.pdf", "ĐƠN tố cáo.docx", "plain.txt", `a"b\c;d.pdf`, "dài " + strings.Repeat("ế", 80) + ".pdf"} {
		h := Disposition(name, false)
		kind, params, err := mime.ParseMediaType(h)
		want := strings.NewReplacer(`"`, "_", `\`, "_").Replace(name)
		if err != nil || kind != "attachment" || params["filename"] != want {
			t.Errorf("%q: %s reads as %q, %v", name, h, params["filename"], err)
		}
		if strings.ContainsFunc(h, func(c rune) bool { return c > '~' || c < ' ' }) {
			t.Errorf("%q: %s is not ASCII", name, h)
		}
	}
	for name, want := range map[string]string{
		"Cáo trạng.pdf":    `inline; filename="Cao trang.pdf"; filename*=UTF-8''C%C3%A1o%20tr%E1%BA%A1ng.pdf`,
		"Đơn.pdf":          `inline; filename="Don.pdf"; filename*=UTF-8''%C4%90%C6%A1n.pdf`,
		"../../etc/passwd": `inline; filename=".._.._etc_passwd"; filename*=UTF-8''.._.._etc_passwd`,
		"a\r\nSet-Cookie:": `inline; filename="a Set-Cookie_"; filename*=UTF-8''a%20Set-Cookie_`,
		"":                 `inline; filename="tep"; filename*=UTF-8''tep`,
	} {
		if got := Disposition(name, true); got != want {
			t.Errorf("%q: got  %s\nwant %s", name, got, want)
		}
	}
}

func TestFile(t *testing.T) {
	h := Secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = File(w, r, Attachment{Name: "a.html", Type: "text/html", Inline: true, Tag: "abc"}, strings.NewReader("0123456789"))
	}))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Range", "bytes=2-4")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusPartialContent || w.Body.String() != "234" {
		t.Errorf("a range: %d %q", w.Code, w.Body)
	}
	if p := w.Header().Values("Content-Security-Policy"); len(p) != 1 || !strings.HasPrefix(p[0], "sandbox;") {
		t.Errorf("policy %q", p)
	}
	r = httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("If-None-Match", `"abc"`)
	w = httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusNotModified {
		t.Errorf("unchanged: %d", w.Code)
	}
}

// What a browser must be told, and in which words (ASVS 3.4; trust.md, part C).
func TestSecure(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		w := httptest.NewRecorder()
		Secure(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, scheme+"://x/", nil))
		want := map[string]string{
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "same-origin",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Origin-Agent-Cluster":         "?1",
			"Strict-Transport-Security":    "", // a browser ignores it without TLS, and must
		}
		if scheme == "https" {
			want["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
		}
		for name, value := range want {
			if got := w.Header().Get(name); got != value {
				t.Errorf("%s: %s is %q, want %q", scheme, name, got, value)
			}
		}
		policy := strings.Split(w.Header().Get("Content-Security-Policy"), "; ")
		for _, d := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'",
			"base-uri 'none'", "object-src 'none'", "form-action 'self'"} {
			if !slices.Contains(policy, d) {
				t.Errorf("the policy lacks %q: %q", d, policy)
			}
		}
		for _, d := range []string{"camera=()", "microphone=()", "geolocation=()", "usb=()", "display-capture=()", "publickey-credentials-get=(self)"} {
			if !slices.Contains(strings.Split(w.Header().Get("Permissions-Policy"), ", "), d) {
				t.Errorf("the permissions lack %s", d)
			}
		}
	}
	for _, hole := range []string{"unsafe", "*", "http:", "https:"} {
		if strings.Contains(Policy, hole) {
			t.Errorf("the policy has a hole: %s", hole)
		}
	}
}

// Whoever proved who they are too long ago is asked, and told where they come back to.
func TestFresh(t *testing.T) {
	m, mux := testMux()
	m.Page("POST /seal", auth.Anyone, Fresh(func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, "sealed")
		return err
	}))
	m.Page("GET /seal", auth.Anyone, Fresh(func(w http.ResponseWriter, _ *http.Request) error { return nil }))
	do := func(method, target, referer string, a auth.Actor) string {
		r := httptest.NewRequest(method, target, nil)
		r.Header.Set("Referer", referer)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r.WithContext(auth.With(r.Context(), a)))
		return w.Body.String()
	}
	who := func(by string, ago time.Duration) auth.Actor {
		return auth.Actor{ID: "u", Proof: auth.Proof{By: by, Ago: ago}}
	}
	if got := do("POST", "/seal", "", who(auth.ByTOTP, time.Hour)); got != "auth.fresh" {
		t.Errorf("without a page that asks: %q", got)
	}
	m.Confirm(func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.WriteString(w, "back to "+Back(r))
		return err
	})
	for _, c := range []struct {
		method, target, referer string
		who                     auth.Actor
		want                    string
	}{
		{"POST", "/seal", "", who(auth.ByPassword, auth.FreshFor), "sealed"},
		{"POST", "/seal", "http://example.com/form?a=b", who(auth.ByPassword, auth.FreshFor+time.Second), "back to /form?a=b"},
		{"POST", "/seal", "http://evil.example/form", who(auth.ByPassword, time.Hour), "back to /"},
		{"POST", "/seal", "http://example.com//evil.example", who(auth.ByPassword, time.Hour), "back to /"},
		{"POST", "/seal", "", who(auth.ByPassword, time.Hour), "back to /"},
		{"GET", "/seal?x=1", "http://example.com/other", who(auth.ByPassword, time.Hour), "back to /seal?x=1"},
		{"POST", "/seal", "", who("", 0), "back to /"},
		{"POST", "/seal", "", auth.Actor{}, "auth.who"},
	} {
		if got := do(c.method, c.target, c.referer, c.who); got != c.want {
			t.Errorf("%s %s from %q: %q, want %q", c.method, c.target, c.referer, got, c.want)
		}
	}
}

func TestAssets(t *testing.T) {
	a := NewAssets("/static/", fstest.MapFS{"a.css": {Data: bytes.Repeat([]byte("a{} "), 100)}, "f/b.woff2": {Data: []byte("font")}})
	b := NewAssets("/static/", fstest.MapFS{"a.css": {Data: []byte("a{}")}})
	if a.URL("a.css") == b.URL("a.css") {
		t.Error("another content has the same address")
	}
	get := func(path, encoding string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		return w
	}
	if w := get(a.URL("a.css"), "gzip, br"); w.Header().Get("Content-Encoding") != "gzip" || w.Body.Len() >= 400 || w.Header().Get("Vary") == "" {
		t.Errorf("packed: %v, %d bytes", w.Header(), w.Body.Len())
	}
	if w := get(a.URL("a.css"), ""); w.Header().Get("Content-Encoding") != "" || w.Body.Len() != 400 {
		t.Errorf("plain: %v, %d bytes", w.Header(), w.Body.Len())
	}
	if w := get("/static/old/f/b.woff2", "gzip"); w.Code != 200 || w.Header().Get("Cache-Control") != "no-cache" || w.Header().Get("Content-Type") != "font/woff2" {
		t.Errorf("an old address: %d %v", w.Code, w.Header())
	}
	if w := get(a.prefix+a.hash+"/none", ""); w.Code != 404 {
		t.Errorf("what there is not: %d", w.Code)
	}
}
