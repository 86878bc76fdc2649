package app

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/golden"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/sandbox"
	"congminh/internal/org"
)

func TestMain(m *testing.M) {
	sandbox.Child(Handlers())
	os.Exit(m.Run())
}

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, civil.Zone)

// house builds the whole program on a database, asked by a.
func house(t *testing.T, database string, a auth.Actor) *App {
	t.Helper()
	c := Default()
	c.Data, c.Database = t.TempDir(), database
	h, err := New(t.Context(), c, Outside{
		Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler),
		Who: func(*http.Request) auth.Actor { return a },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func call(a *App, method, path, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

// all is somebody who may do everything there is to do, in one office.
func all(a *App) auth.Actor {
	who := auth.Actor{ID: "u", Name: "U", Office: "lao-cai-kv3", Path: []auth.Office{"tc", "lao-cai", "lao-cai-kv3"}}
	for _, r := range a.Pages.Routes() {
		who.Verbs = append(who.Verbs, r.Verb)
	}
	who.Verbs = append(who.Verbs, a.API.Verbs()...)
	return who
}

// Every route and every refusal is in a list that people review.
func TestLists(t *testing.T) {
	a := house(t, "", auth.Actor{})
	var routes []string
	for _, r := range a.Pages.Routes() {
		routes = append(routes, fmt.Sprintf("%-18s %s\n", r.Verb, r.Pattern))
	}
	slices.Sort(routes)
	golden.Check(t, "routes.txt", []byte(strings.Join(routes, "")))

	text, err := a.API.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "openapi.yaml", bytes.ReplaceAll(text, []byte("version: "+Version()), []byte("version: dev")))

	var faults strings.Builder
	for _, f := range fault.All() {
		fmt.Fprintf(&faults, "%d %-24s %s\n", f.Kind.Status(), f.Code, f.Text)
	}
	golden.Check(t, "problems.txt", []byte(faults.String()))
}

func TestProblems(t *testing.T) {
	nobody := house(t, "", auth.Actor{})
	somebody := house(t, "", all(nobody))
	for _, c := range []struct {
		name, method, path, body string
		app                      *App
		want                     string
	}{
		{"no one", "GET", "/api/v1/dossiers", "", nobody,
			`401 {"type":"/problems/auth.who","title":"Xin đăng nhập.","status":401}`},
		{"nothing there", "GET", "/api/v1/dossiers/x", "", somebody,
			`404 {"type":"/problems/dossier.none","title":"Không tìm thấy hồ sơ, hoặc bạn không có quyền xem hồ sơ này.","status":404}`},
		{"wrong for the schema", "POST", "/api/v1/dossiers", `{"case":"x","kind":"poem"}`, somebody,
			`422 {"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"validation failed","fields":[{"name":"body.kind","text":"expected value to be one of \"case_file, procuracy_file\""}]}`},
		{"a cursor nobody gave", "GET", "/api/v1/search?q=x&after=zzz", "", somebody,
			`422 {"type":"/problems/search.cursor","title":"Địa chỉ trang kết quả không đúng. Hãy tìm lại từ đầu.","status":422}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := call(c.app, c.method, c.path, "application/json", c.body)
			got := fmt.Sprintf("%d %s", w.Code, bytes.TrimSpace(w.Body.Bytes()))
			if got != c.want || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s\ngot  %s\nwant %s", w.Header().Get("Content-Type"), got, c.want)
			}
		})
	}
}

// Nobody opens a door without its verb: every route that asks for one refuses the
// public, and every page answers with the headers that tell a browser to be careful.
func TestDoors(t *testing.T) {
	a := house(t, "", auth.Actor{})
	for _, r := range a.Pages.Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		path = strings.NewReplacer("{id}", "x", "{code}", "x", "{$}", "", "{path...}", "nowhere", "{dossier}", "x", "{bl}", "1", "{staff}", "x", "{mark}", "x", "{file}", "x").Replace(path)
		w := call(a, method, path, "application/x-www-form-urlencoded", "")
		if r.Verb != auth.Anyone && w.Code != http.StatusUnauthorized {
			t.Errorf("%s answers the public with %d", r.Pattern, w.Code)
		}
		if w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s lacks headers", r.Pattern)
		}
		if w.Code == http.StatusInternalServerError {
			t.Errorf("%s broke", r.Pattern)
		}
	}
}

// A server that is told to stop ends the streams that people watch, and stops.
func TestStopsWithStreams(t *testing.T) {
	nobody := house(t, "", auth.Actor{})
	a := house(t, "", all(nobody))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, ln) }()
	resp, err := http.Get("http://" + ln.Addr().String() + "/admin/jobs/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	if !lines.Scan() {
		t.Fatal("the stream says nothing")
	}
	stop()
	for lines.Scan() { // to its end
	}
	if err := lines.Err(); err != nil {
		t.Errorf("the stream was cut: %v", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A server whose listener breaks gives up its work before it returns.
func TestListenerBreaks(t *testing.T) {
	a := house(t, "", auth.Actor{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if err := a.Run(t.Context(), ln); err == nil {
		t.Error("nothing is wrong with a closed listener")
	}
}

// Addresses that are no text are refused before a database sees them.
func TestOddRequests(t *testing.T) {
	nobody := house(t, "", auth.Actor{})
	a := house(t, "", all(nobody))
	for _, c := range []struct {
		path string
		want int
	}{
		{"/readyz", http.StatusOK},
		{"/dossiers/%00", http.StatusBadRequest}, {"/dossiers?q=%ff", http.StatusBadRequest},
		{"/dossiers?q=a%zz", http.StatusUnprocessableEntity}, {"/dossiers?q=%C4%91", http.StatusOK},
		{"/api/v1/dossiers/%00", http.StatusBadRequest},
	} {
		if w := call(a, "GET", c.path, "", ""); w.Code != c.want {
			t.Errorf("%s: %d, want %d", c.path, w.Code, c.want)
		}
	}
	if w := call(a, "GET", "/api/v1/dossiers", "", ""); w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("an answer of the API may be kept: %v", w.Header())
	}
}

// A form posted from another site is refused before any module sees it.
func TestCrossSite(t *testing.T) {
	a := house(t, "", auth.Actor{ID: "u"})
	r := httptest.NewRequest("POST", "/dossiers", strings.NewReader("kind=case_file"))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("status %d, want 403", w.Code)
	}
}

// Every verb that a role has is the verb of some route or operation, and the system
// administrator has none that opens a file.
func TestRoles(t *testing.T) {
	a := house(t, "", auth.Actor{})
	known := all(a).Verbs
	for role, right := range org.Rights() {
		for _, v := range slices.Concat(right.Own, right.Below) {
			if !slices.Contains(known, v) {
				t.Errorf("%s may %q, which nothing asks for", role, v)
			}
			if role == org.SysAdmin && (strings.HasPrefix(string(v), "dossier.") || strings.HasPrefix(string(v), "case.")) {
				t.Errorf("the system administrator may %s", v)
			}
		}
	}
}

// Every text a person may read has an English one.
func TestTranslated(t *testing.T) {
	var packages []fs.FS
	err := filepath.WalkDir("..", func(p string, e fs.DirEntry, err error) error {
		if err == nil && e.Name() == "en.toml" {
			packages = append(packages, os.DirFS(filepath.Dir(p)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	texts, err := lang.Load(packages...)
	if err != nil {
		t.Fatal(err)
	}
	sources, err := lang.Sources("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		if texts[lang.EN][s] == "" {
			t.Errorf("no English for %q", s)
		}
	}
}

// The two databases must hold the same tables and columns.
func TestSchemasAgree(t *testing.T) {
	columns := map[string][]string{}
	read := func(t *testing.T, url string) {
		a := house(t, url, auth.Actor{})
		q := `SELECT m.name || '.' || c.name || CASE c."notnull" WHEN 1 THEN ' NOT NULL' ELSE '' END
			FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.pk = 0 AND m.name NOT LIKE 'search%' AND m.name NOT LIKE 'sqlite_%'`
		if a.DB.Postgres() {
			q = `SELECT c.table_name || '.' || c.column_name || CASE c.is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END
				FROM information_schema.columns c JOIN information_schema.tables b ON b.table_name = c.table_name AND b.table_schema = c.table_schema AND b.table_type = 'BASE TABLE'
				WHERE c.table_schema = current_schema() AND c.table_name NOT LIKE 'search%' AND NOT EXISTS (
					SELECT 1 FROM information_schema.key_column_usage k JOIN information_schema.table_constraints t
						ON t.constraint_name = k.constraint_name AND t.table_schema = k.table_schema
					WHERE t.constraint_type = 'PRIMARY KEY' AND k.table_schema = c.table_schema
						AND k.table_name = c.table_name AND k.column_name = c.column_name)`
		}
		got, err := db.All(t.Context(), a.DB, db.Value[string], q)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		columns[t.Name()] = got
	}
	t.Run("sqlite", func(t *testing.T) { read(t, "") })
	t.Run("postgres", func(t *testing.T) { read(t, dbtest.PostgresURL(t)) })
	if a, b := columns["TestSchemasAgree/sqlite"], columns["TestSchemasAgree/postgres"]; b != nil && !slices.Equal(a, b) {
		t.Errorf("sqlite   %v\npostgres %v", a, b)
	}
}
