package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/a-h/templ"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
)

// A file that breaks off must not end like a whole one, with a page behind it.
func TestBreaksOff(t *testing.T) {
	var log bytes.Buffer
	mux := http.NewServeMux()
	m := NewMux(mux, slog.New(slog.NewTextHandler(&log, nil)), func(f *fault.Error) templ.Component { return text(f.Code) })
	m.Page("GET /half", auth.Anyone, func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/pdf")
		_, _ = io.WriteString(w, "%PDF-")
		return errors.New("the disk broke")
	})
	m.Page("GET /none", auth.Anyone, func(w http.ResponseWriter, _ *http.Request) error {
		return errors.New("the disk broke")
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	get := func(path string) (string, error) {
		resp, err := http.Get(srv.URL + path)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return string(body), err
	}
	if body, err := get("/half"); err == nil || strings.Contains(body, "internal") {
		t.Errorf("half a file came as %q, %v", body, err)
	}
	if body, err := get("/none"); err != nil || body != "internal" {
		t.Errorf("a page that never began came as %q, %v", body, err)
	}
	if n := strings.Count(log.String(), "the disk broke"); n != 2 {
		t.Errorf("%d errors logged", n)
	}
}

// A person who leaves is no error.
func TestLeaves(t *testing.T) {
	var log bytes.Buffer
	mux := http.NewServeMux()
	m := NewMux(mux, slog.New(slog.NewTextHandler(&log, nil)), func(f *fault.Error) templ.Component { return text(f.Code) })
	m.Page("GET /", auth.Anyone, func(_ http.ResponseWriter, r *http.Request) error { return r.Context().Err() })
	ctx, leave := context.WithCancel(t.Context())
	leave()
	mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
	if log.Len() > 0 {
		t.Errorf("logged %s", &log)
	}
}

func TestBodies(t *testing.T) {
	m, mux := testMux()
	m.Page("POST /form", auth.Anyone, func(w http.ResponseWriter, r *http.Request) error {
		_, err := fmt.Fprintf(w, "%d", len(r.FormValue("a")))
		return err
	})
	m.Upload("POST /files", auth.Anyone, func(w http.ResponseWriter, r *http.Request) error {
		in, err := r.MultipartReader()
		if err != nil {
			return err
		}
		part, err := in.NextPart()
		if err != nil {
			return err
		}
		n, err := io.Copy(io.Discard, part)
		_, _ = fmt.Fprintf(w, "%d", n)
		return err
	})
	long := strings.Repeat("a", FormLimit)
	var b bytes.Buffer
	parts := multipart.NewWriter(&b)
	_ = parts.WriteField("a", long)
	parts.Close()
	for _, c := range []struct{ path, kind, body, want string }{
		{"/form", "application/x-www-form-urlencoded", "a=xyz", "3"},
		{"/form", "application/x-www-form-urlencoded", "a=" + long, "web.form_size"},
		{"/form", parts.FormDataContentType(), b.String(), "web.form_size"},
		{"/files", parts.FormDataContentType(), b.String(), fmt.Sprint(FormLimit)},
		{"/files", "application/x-www-form-urlencoded", "a=xyz", "web.form"},
	} {
		r := httptest.NewRequest(http.MethodPost, c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if got := w.Body.String(); got != c.want {
			t.Errorf("%s, %s, %d bytes: %s, want %s", c.path, c.kind, len(c.body), got, c.want)
		}
	}
}

// A stream ends when the server does, and by itself after ten minutes.
func TestStreamsEnd(t *testing.T) {
	for _, stops := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			done := make(chan struct{})
			begun := time.Now()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r = r.WithContext(EndStreams(r.Context(), done))
			if stops {
				time.AfterFunc(time.Minute, func() { close(done) })
			}
			err := Events(httptest.NewRecorder(), r, func(ctx context.Context, _ func(string, templ.Component) error) error {
				<-ctx.Done()
				return ctx.Err()
			})
			want := longest
			if stops {
				want = time.Minute
			}
			if d := time.Since(begun); err != nil || d != want {
				t.Errorf("ended after %v, want %v: %v", d, want, err)
			}
		})
	}
}

func TestFormKeepsNoBinary(t *testing.T) {
	var in struct {
		Name string `form:"name"`
		Note string `form:"note,lines"`
	}
	if err := Form(post("name=a%00b%ffc&note=%00x%fe"), &in); err != nil || in.Name != "abc" || in.Note != "x" {
		t.Errorf("%q, %v", in, err)
	}
}

func TestProxied(t *testing.T) {
	for _, c := range []struct {
		name, addr string
		tls        bool
		headers    map[string]string
	}{
		{"nothing said", "192.0.2.1:1234", false, nil},
		{"one hop", "203.0.113.7:0", false, map[string]string{"X-Forwarded-For": "203.0.113.7"}},
		{"a hop that the sender made up", "203.0.113.7:0", true, map[string]string{"X-Forwarded-For": "10.0.0.1, 203.0.113.7", "X-Forwarded-Proto": "https"}},
		{"IPv6", "[2001:db8::1]:0", false, map[string]string{"X-Forwarded-For": "2001:db8::1", "X-Forwarded-Proto": "http"}},
		{"no address", "192.0.2.1:1234", false, map[string]string{"X-Forwarded-For": "unknown"}},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "192.0.2.1:1234"
		for k, v := range c.headers {
			r.Header.Set(k, v)
		}
		Proxied(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.RemoteAddr != c.addr || (r.TLS != nil) != c.tls {
				t.Errorf("%s: %s, TLS %v", c.name, r.RemoteAddr, r.TLS != nil)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
}
