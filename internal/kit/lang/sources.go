package lang

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// where says which argument of a call is a text for people.
var where = map[string]int{
	"lang.T":    1,
	"fault.New": 2,
	"Need":      2, // fault.Check
	"Menu":      0, // web.Mux
	"Account":   0,
	"Flash":     1,
}

// Sources returns, sorted, every source text in the Go files below dir, those made
// by templ too: what lang.T is given, refusals, what is wrong with an input, menu
// entries, flashes, and what methods called VN return. It reads literals only; a
// text that is put together at run time belongs in the arguments of lang.T.
func Sources(dir string) ([]string, error) {
	found := map[string]bool{}
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && e.Name() == "testdata" {
			return filepath.SkipDir
		}
		if e.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		inside := ""
		if f.Name.Name == "fault" || f.Name.Name == "lang" {
			inside = f.Name.Name + "."
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if i, ok := textArg(n, inside); ok && i < len(n.Args) {
					note(found, n.Args[i])
				}
			case *ast.FuncDecl:
				if n.Name.Name == "VN" && n.Recv != nil && n.Body != nil {
					vnTexts(found, n.Body)
				}
			}
			return true
		})
		return nil
	})
	out := make([]string, 0, len(found))
	for s := range found {
		out = append(out, s)
	}
	slices.Sort(out)
	return out, err
}

// textArg returns which argument of call is a text; inside is the prefix that calls
// in the package itself leave out.
func textArg(call *ast.CallExpr, inside string) (int, bool) {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			if i, ok := where[x.Name+"."+f.Sel.Name]; ok {
				return i, true
			}
		}
		i, ok := where[f.Sel.Name]
		return i, ok
	case *ast.Ident:
		if inside != "" {
			i, ok := where[inside+f.Name]
			return i, ok
		}
	}
	return 0, false
}

// vnTexts notes what a method VN may return; a table it looks things up in must
// stand inside it.
func vnTexts(found map[string]bool, body *ast.BlockStmt) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ReturnStmt:
			for _, r := range n.Results {
				note(found, r)
			}
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					e = kv.Value
				}
				note(found, e)
			}
		}
		return true
	})
}

func note(found map[string]bool, e ast.Expr) {
	if s, ok := literal(e); ok && s != "" {
		found[s] = true
	}
}

func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			s, err := strconv.Unquote(e.Value)
			return s, err == nil
		}
	case *ast.ParenExpr:
		return literal(e.X)
	case *ast.BinaryExpr:
		a, ok := literal(e.X)
		b, also := literal(e.Y)
		return a + b, ok && also && e.Op == token.ADD
	}
	return "", false
}
