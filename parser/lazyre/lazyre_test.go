package lazyre

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestAll compiles every expression of the project that is written in one piece, since
// a wrong one would show only where it is first used.
func TestAll(t *testing.T) {
	t.Parallel()
	n := 0
	err := filepath.WalkDir(filepath.Join("..", ".."), func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".go") {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || f.Sel.Name != "New" {
				return true
			}
			lit, ok := call.Args[0].(*ast.BasicLit)
			if pkg, isName := f.X.(*ast.Ident); !ok || !isName || pkg.Name != "lazyre" {
				return true
			}
			expr, err := strconv.Unquote(lit.Value)
			if err == nil {
				_, err = regexp.Compile(expr)
			}
			if err != nil {
				t.Errorf("%s: %v", fset.Position(lit.Pos()), err)
			}
			n++
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 10 {
		t.Errorf("only %d expressions were found", n)
	}
}

func TestRegexp(t *testing.T) {
	t.Parallel()
	re := New(`a(b+)`)
	if re.re != nil {
		t.Error("it is compiled before it is needed")
	}
	if !re.MatchString("xabb") || re.FindStringSubmatch("xabb")[1] != "bb" || re.ReplaceAllString("xabb", "$1") != "xbb" {
		t.Error("it does not match as regexp does")
	}
}
