// Package arch holds the rules of the house, as tests. When one fails, either the
// code is in the wrong room or the rule is wrong; both are settled here, in review.
package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors is the house from the ground up. A package may import packages of the
// floors below its own, and none of its own floor but kit's.
var floors = [][]string{
	{"kit"},    // knows nothing of the procuracy
	{"law"},    // codes, articles, time limits: data and pure functions
	{"site"},   // the frame around every page
	{"org"},    // offices and staff
	{"seal"},   // hashes, signatures, the journal everything is told to
	{"access"}, // rights, and requests to open a file
	{"operation", "criminal", "newsroom", "programme", "secops"},
	{"petition", "deadline", "dossier"},
	{"stats"}, // counts everything below
	{"quality", "screening", "exchange", "archive"},
	{"app"},
	{"arch"},
}

// rooms says what a file of a module may import, by its name: service_find.go is in
// the room service. A file whose name is not here may import what the model may. A
// package below a module, dossier/pdfa, is an engine.
var rooms = map[string]struct{ deny []string }{
	"model":   {deny: []string{"net/http", "database/sql", "embed", "kit/db", "kit/web", "kit/api", "kit/job", "github.com/", "site"}},
	"service": {deny: []string{"net/http", "database/sql", "embed", "kit/web", "kit/api", "github.com/", "site"}},
	"store":   {deny: []string{"net/http", "database/sql", "kit/web", "kit/api", "kit/event", "kit/job", "github.com/", "site"}},
	"web":     {deny: []string{"database/sql", "embed", "kit/db", "kit/api", "github.com/"}},
	"pages":   {deny: []string{"net/http", "database/sql", "kit/db", "kit/api"}},
	"api":     {deny: []string{"net/http", "database/sql", "embed", "kit/db", "kit/web", "github.com/", "site"}},
	"wire":    {},
	// What a program outside is spoken to with: an engine knows no house.
	"engine": {deny: []string{"database/sql", "kit/db", "kit/web", "kit/api", "kit/job", "kit/event", "site"}},
}

type file struct {
	path, pkg, room string // internal/petition/web.go, petition, web
	test            bool
	ast             *ast.File
}

// load parses every Go file below internal.
func load(t *testing.T) []file {
	t.Helper()
	var out []file
	err := filepath.WalkDir("..", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(p, ".go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(p, ".."+string(filepath.Separator)))
		pkg, base := path.Dir(rel), strings.TrimSuffix(path.Base(rel), ".go")
		room, _, _ := strings.Cut(base, "_")
		if _, ok := rooms[room]; !ok {
			room = "model"
		}
		if strings.Contains(pkg, "/") {
			room = "engine"
		}
		out = append(out, file{rel, pkg, room, strings.HasSuffix(base, "_test"), f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func floor(pkg string) int {
	top, _, _ := strings.Cut(pkg, "/")
	return slices.IndexFunc(floors, func(names []string) bool { return slices.Contains(names, top) })
}

// within reports whether dep is pkg itself or one of its engines (dossier may use
// dossier/pdfa, and one engine another; an engine never uses its module).
func within(dep, pkg string) bool {
	top, sub, engine := strings.Cut(pkg, "/")
	depTop, depSub, depEngine := strings.Cut(dep, "/")
	return top == depTop && (dep == pkg || depEngine && (!engine || sub != depSub))
}

func module(pkg string) bool { return floor(pkg) > floor("site") && floor(pkg) < floor("app") }

func TestFloors(t *testing.T) {
	for _, f := range load(t) {
		if floor(f.pkg) < 0 {
			t.Errorf("internal/%s: %s stands on no floor: add it to floors", f.path, f.pkg)
		}
		for _, im := range f.ast.Imports {
			dep, ok := strings.CutPrefix(unquote(im), "congminh/internal/")
			if !ok || f.test || floor(dep) < floor(f.pkg) || within(dep, f.pkg) {
				continue
			}
			if floor(f.pkg) == 0 && floor(dep) == 0 {
				continue // kit packages may use each other; the compiler forbids circles
			}
			t.Errorf("internal/%s: %s may not import %s, which is not below it", f.path, f.pkg, dep)
		}
	}
}

func TestRooms(t *testing.T) {
	for _, f := range load(t) {
		if f.test || !module(f.pkg) {
			continue
		}
		for _, im := range f.ast.Imports {
			dep := strings.TrimPrefix(unquote(im), "congminh/internal/")
			for _, no := range rooms[f.room].deny {
				if dep == no || strings.HasPrefix(dep, no+"/") || strings.HasSuffix(no, "/") && strings.HasPrefix(dep, no) {
					if (f.room == "pages" || f.room == "web") && dep == "github.com/a-h/templ" {
						continue
					}
					t.Errorf("internal/%s: %s has no place in %s.go", f.path, dep, f.room)
				}
			}
		}
		// Pages and operations reach the tables only through the service's methods.
		if f.room == "web" || f.room == "api" || f.room == "pages" {
			ast.Inspect(f.ast, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "store" {
					t.Errorf("internal/%s: uses the store; ask the service", f.path)
				}
				return true
			})
		}
	}
}

var (
	creates = regexp.MustCompile(`(?i)CREATE TABLE (?:IF NOT EXISTS )?(\w+)`)
	uses    = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|INTO|UPDATE)\s+([a-z]\w*)\b`)
	foreign = regexp.MustCompile(`(?i)\b(jsonb?|serial|bytea|blob|timestamptz|autoincrement|ilike|::|array)\b`)
)

// A table belongs to one module, is named after it, and only its store.go names it.
// Others may read what the owner publishes as a view ending in _v.
func TestTables(t *testing.T) {
	owner := map[string]string{}
	err := filepath.WalkDir("..", func(p string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(p, ".sql") {
			return err
		}
		text, err := os.ReadFile(p)
		pkg := filepath.Base(filepath.Dir(filepath.Dir(p)))
		for _, m := range creates.FindAllStringSubmatch(string(text), -1) {
			owner[m[1]] = pkg
			if m[1] != pkg && !strings.HasPrefix(m[1], pkg+"_") {
				t.Errorf("%s: table %s must be named %s or %s_…", p, m[1], pkg, pkg)
			}
		}
		if m := foreign.FindString(string(text)); m != "" {
			t.Errorf("%s: %q is not in the SQL both databases speak", p, m)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range load(t) {
		if f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			for _, m := range uses.FindAllStringSubmatch(lit.Value, -1) {
				o, known := owner[m[1]]
				switch {
				case !known:
				case o != path.Base(f.pkg):
					t.Errorf("internal/%s: table %s belongs to %s", f.path, m[1], o)
				case module(f.pkg) && f.room != "store":
					t.Errorf("internal/%s: SQL belongs in store.go", f.path)
				}
			}
			return true
		})
	}
}

// Every package says what it is, once; every module also in Vietnamese.
func TestDocs(t *testing.T) {
	docs := map[string][]string{}
	for _, f := range load(t) {
		if f.test && f.pkg != "arch" {
			continue
		}
		docs[f.pkg] = append(docs[f.pkg], "")
		if f.ast.Doc != nil && f.ast.Doc.Text() != "" && !ast.IsGenerated(f.ast) {
			docs[f.pkg] = append(docs[f.pkg], f.ast.Doc.Text())
		}
	}
	for pkg, d := range docs {
		d = slices.DeleteFunc(d, func(s string) bool { return s == "" })
		if pkg == "site" { // its doc stands in a .templ file
			continue
		}
		if len(d) != 1 {
			t.Errorf("internal/%s has %d package comments, want 1", pkg, len(d))
		} else if module(pkg) && !strings.ContainsFunc(d[0], vietnamese) {
			t.Errorf("internal/%s: the package comment must give the Vietnamese term", pkg)
		}
	}
}

// The clock is handed in, never read: a deadline must be testable on any day.
func TestClock(t *testing.T) {
	for _, f := range load(t) {
		if f.test || !module(f.pkg) {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Now" {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
					t.Errorf("internal/%s: reads the clock", f.path)
				}
			}
			return true
		})
	}
}

// vietnamese reports whether a letter is one that English does not have.
func vietnamese(r rune) bool {
	return r >= 'Ạ' && r <= 'ỹ' || strings.ContainsRune("ăâđêôơưáàãéèíìóòõúùýĂÂĐÊÔƠƯ", r)
}

func unquote(im *ast.ImportSpec) string {
	s, _ := strconv.Unquote(im.Path.Value)
	return s
}
