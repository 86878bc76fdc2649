package web

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
)

// A form that is sent drop by drop is given up; it holds no handler meanwhile.
func TestSlowForm(t *testing.T) {
	m, mux := testMux()
	m.patience = 100 * time.Millisecond
	called := false
	m.Page("POST /", auth.Anyone, func(http.ResponseWriter, *http.Request) error { called = true; return nil })
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\na=")
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 422") || called {
		t.Errorf("called %v, error %v, answer %q", called, err, answer)
	}
}

// Refusals of a right go into the log: who, where, which; and nothing of what was sent.
func TestRefusalsAreLogged(t *testing.T) {
	var log bytes.Buffer
	mux := http.NewServeMux()
	m := NewMux(mux, slog.New(slog.NewTextHandler(&log, nil)), func(f *fault.Error) templ.Component { return text(f.Code) })
	m.Page("POST /cases/{id}", "case.act", func(http.ResponseWriter, *http.Request) error { return nil })
	r := post("password=bi-mat-123")
	r.URL.Path = "/cases/9"
	r = r.WithContext(auth.With(t.Context(), auth.Actor{ID: "hoa"}))
	mux.ServeHTTP(httptest.NewRecorder(), r)
	got := log.String()
	for _, want := range []string{"level=WARN", `route="POST /cases/{id}"`, "code=auth.may", "actor=hoa"} {
		if !strings.Contains(got, want) {
			t.Errorf("the log lacks %s: %s", want, got)
		}
	}
	if strings.Contains(got, "bi-mat") || strings.Contains(got, "/cases/9") {
		t.Errorf("the log tells too much: %s", got)
	}
}

// What a sender writes cannot begin a line of the log.
func TestLogLines(t *testing.T) {
	var log bytes.Buffer
	mux := http.NewServeMux()
	m := NewMux(mux, slog.New(slog.NewTextHandler(&log, nil)), func(f *fault.Error) templ.Component { return text(f.Code) })
	m.Page("GET /", auth.Anyone, func(http.ResponseWriter, *http.Request) error { return auth.ErrMay })
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = "10.0.0.1\nlevel=INFO msg=made-up"
	mux.ServeHTTP(httptest.NewRecorder(), r)
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines: %s", n, &log)
	}
}

// With TLS every cookie is kept from other hosts and paths, and none goes out unencrypted.
func TestHostCookies(t *testing.T) {
	m, mux := testMux()
	m.Flash("x.said", "Đã xong.")
	m.Page("GET /{$}", auth.Anyone, func(w http.ResponseWriter, r *http.Request) error {
		Say(w, r, "x.said")
		Remember(w, r, "theme", "dark")
		return nil
	})
	var look Look
	m.Page("GET /look", auth.Anyone, func(_ http.ResponseWriter, r *http.Request) error { look = LookOf(r); return nil })
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://congminh.vks.example/", nil))
	r := httptest.NewRequest(http.MethodGet, "https://congminh.vks.example/look", nil)
	for _, c := range w.Result().Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie %v", c)
		}
		r.AddCookie(c)
	}
	mux.ServeHTTP(httptest.NewRecorder(), r)
	if look.Theme != "dark" {
		t.Errorf("look %+v", look)
	}
}
