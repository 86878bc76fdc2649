package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/BurntSushi/toml"

	"congminh/internal/kit/golden"
)

const security = "../../docs/security/"

// requirement is one row of a table of security requirements.
type requirement struct {
	ID     string   `toml:"id"`
	Level  int      `toml:"level"`
	Text   string   `toml:"text"`
	State  string   `toml:"state"`
	Answer []string `toml:"answer"`
	Note   string   `toml:"note"`
}

// states are what can be said of a requirement. All but the first must say why.
var states = []string{"met", "partly", "open", "not applicable"}

// asvs is the level of every requirement of ASVS 5.0.0, by section: "2.1=122" is 2.1.1
// of level 1, 2.1.2 and 2.1.3 of level 2.
const asvs = `
1.1=22 1.2=1111122223 1.3=112222222223 1.4=222 1.5=123
2.1=122 2.2=112 2.3=12223 2.4=23
3.1=3 3.2=113 3.3=12223 3.4=11222233 3.5=11122333 3.6=3 3.7=22333
4.1=12233 4.2=23333 4.3=22 4.4=1222
5.1=2 5.2=112333 5.3=113 5.4=222
6.1=122 6.2=111111112222 6.3=11223333 6.4=112233 6.5=22222333 6.6=2223 6.7=33 6.8=2222
7.1=222 7.2=1111 7.3=22 7.4=11222 7.5=223 7.6=22
8.1=1233 8.2=1123 8.3=133 8.4=23
9.1=111 9.2=1222
10.1=22 10.2=223 10.3=22223 10.4=1111122222233333 10.5=22222 10.6=22 10.7=222
11.1=2233 11.2=22233 11.3=11233 11.4=1222 11.5=23 11.6=23 11.7=33
12.1=12233 12.2=11 12.3=22223
13.1=2333 13.2=222223 13.3=2233 13.4=1222233
14.1=22 14.2=12223333 14.3=122
15.1=12233 15.2=12233 15.3=1222222 15.4=3333
16.1=2 16.2=22222 16.3=2222 16.4=222 16.5=2223
17.1=23 17.2=22223333 17.3=22`

// Every requirement of levels 1 and 2 has its row, once, and nothing else does.
func TestASVSWhole(t *testing.T) {
	var want, got []string
	for section := range strings.FieldsSeq(asvs) {
		name, levels, _ := strings.Cut(section, "=")
		for i, l := range levels {
			if l < '3' {
				want = append(want, fmt.Sprintf("%s.%d level %c", name, i+1, l))
			}
		}
	}
	for _, r := range readRows(t, "asvs") {
		got = append(got, fmt.Sprintf("%s level %d", r.ID, r.Level))
	}
	if len(want) != 253 { // 70 of level 1, 183 of level 2
		t.Fatalf("%d requirements in the list", len(want))
	}
	if !slices.Equal(got, want) {
		for i := range want {
			if i >= len(got) || got[i] != want[i] {
				t.Fatalf("row %d of %d, want %s", i, len(got), want[i])
			}
		}
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
}

func readRows(t *testing.T, name string) []requirement {
	t.Helper()
	var file struct {
		Row []requirement `toml:"row"`
	}
	md, err := toml.DecodeFile(security+name+".toml", &file)
	if err != nil {
		t.Fatal(err)
	}
	if u := md.Undecoded(); len(u) > 0 {
		t.Fatalf("%s: unknown key %s", name, u[0])
	}
	return file.Row
}

// What a row points at is there: a test, a thing in the code, a heading. And what is
// not met says why.
func TestAnswersStand(t *testing.T) {
	for _, table := range []string{"asvs", "qcvn"} {
		seen := map[string]bool{}
		for _, r := range readRows(t, table) {
			at := table + " " + r.ID
			if seen[r.ID] || r.ID == "" {
				t.Errorf("%s stands twice", at)
			}
			seen[r.ID] = true
			switch {
			case !slices.Contains(states, r.State):
				t.Errorf("%s: state %q", at, r.State)
			case r.State == "met" && len(r.Answer) == 0:
				t.Errorf("%s is met by nothing", at)
			case r.State != "met" && r.Note == "":
				t.Errorf("%s is %s and does not say why", at, r.State)
			case r.Text == "":
				t.Errorf("%s has no words", at)
			}
			for _, a := range r.Answer {
				if !stands(t, a) {
					t.Errorf("%s: there is no %s", at, a)
				}
			}
		}
	}
}

// stands reports whether folder.Symbol, folder.Type.Method or file.md#heading is there.
func stands(t *testing.T, answer string) bool {
	t.Helper()
	if file, heading, ok := strings.Cut(answer, ".md#"); ok {
		text, err := os.ReadFile("../../" + file + ".md")
		return err == nil && slices.Contains(anchors(string(text)), heading)
	}
	slash := strings.LastIndexByte(answer, '/') + 1
	pkg, symbol, ok := strings.Cut(answer[slash:], ".")
	return ok && symbols(t, answer[:slash]+pkg)[symbol]
}

// anchors are the headings of a Markdown text as an address names them.
func anchors(text string) (out []string) {
	for line := range strings.SplitSeq(text, "\n") {
		title := strings.TrimLeft(line, "#")
		if title == line || !strings.HasPrefix(title, " ") {
			continue
		}
		out = append(out, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, strings.TrimSpace(title)))
	}
	return out
}

var known = map[string]map[string]bool{}

// symbols are the names a package declares, tests included.
func symbols(t *testing.T, dir string) map[string]bool {
	t.Helper()
	if s, ok := known[dir]; ok {
		return s
	}
	s := map[string]bool{}
	known[dir] = s
	files, err := filepath.Glob("../../" + dir + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range files {
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				name := d.Name.Name
				if d.Recv != nil {
					typ := d.Recv.List[0].Type
					if star, ok := typ.(*ast.StarExpr); ok {
						typ = star.X
					}
					id, ok := typ.(*ast.Ident)
					if !ok {
						continue
					}
					name = id.Name + "." + name
				}
				s[name] = true
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						s[spec.Name.Name] = true
					case *ast.ValueSpec:
						for _, n := range spec.Names {
							s[n.Name] = true
						}
					}
				}
			}
		}
	}
	return s
}

// The tables people read are made from the files, and docs/security.md counts them
// right. go test ./internal/arch -run TestSecurityTables -update writes them again.
func TestSecurityTables(t *testing.T) {
	golden.Check(t, "../"+security+"asvs.md", page("OWASP ASVS 5.0.0, levels 1 and 2", "asvs", readRows(t, "asvs")))
	golden.Check(t, "../"+security+"qcvn.md", page("QCVN 12:2026/BCA", "qcvn", readRows(t, "qcvn")))
	front, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"asvs", "qcvn"} {
		if line := counts(readRows(t, table)); !strings.Contains(string(front), line) {
			t.Errorf("docs/security.md should say of %s: %s", table, line)
		}
	}
}

func counts(rows []requirement) string {
	n := map[string]int{}
	for _, r := range rows {
		n[r.State]++
	}
	cells := make([]string, len(states))
	for i, s := range states {
		cells[i] = fmt.Sprint(n[s])
	}
	return fmt.Sprintf("| %d | %s |", len(rows), strings.Join(cells, " | "))
}

func page(title, table string, rows []requirement) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\nMade from [%s.toml](%s.toml) by `go test ./internal/arch -run TestSecurityTables -update`; do not edit.\n\n", title, table, table)
	fmt.Fprintf(&b, "| Requirements | met | partly | open | not applicable |\n| --- | --- | --- | --- | --- |\n%s\n\n", counts(rows))
	b.WriteString("| Id | Subject | State | Answer |\n| --- | --- | --- | --- |\n")
	for _, r := range rows {
		said := []string{}
		if r.Note != "" {
			said = append(said, r.Note)
		}
		for _, a := range r.Answer {
			if file, heading, ok := strings.Cut(a, ".md#"); ok {
				said = append(said, fmt.Sprintf("[%s](../../%s.md#%s)", heading, file, heading))
			} else {
				said = append(said, "`"+strings.TrimPrefix(a, "internal/")+"`")
			}
		}
		id := r.ID
		if r.Level > 0 {
			id = fmt.Sprintf("%s (L%d)", r.ID, r.Level)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", id, r.Text, r.State, strings.Join(said, "; "))
	}
	return []byte(b.String())
}

// sources returns the Go files of the program by path, tests and generated ones left out.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	out := map[string]*ast.File{}
	for _, f := range load(t) {
		if !f.test && !ast.IsGenerated(f.ast) {
			out[f.path] = f.ast
		}
	}
	return out
}

var (
	// MD5 and DES are nowhere. SHA-1 is what telephones speak, and the format of the
	// published lists of breached passwords.
	weak = map[string][]string{
		"crypto/md5": nil, "crypto/des": nil, "crypto/rc4": nil,
		"crypto/sha1": {"kit/auth/password/common.go"},
	}
	// What may be guessed: invented files for demonstration and measure, faults for tests.
	invented = regexp.MustCompile(`^(criminal/made|dossier/sample|dossier/raster/degrade|kit/crash)/`)
)

// Only approved hashes and ciphers are used.
func TestHashes(t *testing.T) {
	for p, f := range sources(t) {
		for _, im := range f.Imports {
			if may, ok := weak[unquote(im)]; ok && !slices.Contains(may, p) {
				t.Errorf("internal/%s imports %s", p, unquote(im))
			}
		}
	}
}

// Nothing that must not be guessed comes from math/rand.
func TestRandom(t *testing.T) {
	for p, f := range sources(t) {
		for _, im := range f.Imports {
			if strings.HasPrefix(unquote(im), "math/rand") && !invented.MatchString(p) {
				t.Errorf("internal/%s imports %s", p, unquote(im))
			}
		}
	}
}
