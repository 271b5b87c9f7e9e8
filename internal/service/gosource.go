//go:build !js

package service

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/source"
)

// goServer reads the one http.Server of a file.
func (p *process) goServer(f *source.File) {
	files := token.NewFileSet()
	tree, err := parser.ParseFile(files, f.Path, f.Text, parser.SkipObjectResolution)
	if err != nil {
		return
	}
	place := func(n ast.Node) Place {
		return Place{File: f, Span: source.Span{Start: files.Position(n.Pos()).Offset, End: files.Position(n.End()).Offset}}
	}
	servers := 0
	set := settings{}
	for n := range ast.Preorder(tree) {
		switch x := n.(type) {
		case *ast.CompositeLit:
			if !isSelector(x.Type, "http", "Server") {
				continue
			}
			servers++
			for _, e := range x.Elts {
				kv, ok := e.(*ast.KeyValueExpr)
				if !ok {
					continue
				}
				if key, ok := kv.Key.(*ast.Ident); ok {
					set[key.Name] = Field[string]{Value: goLiteral(kv.Value), Sure: Set, At: place(kv), Name: key.Name}
				}
			}
		case *ast.CallExpr:
			if isSelector(x.Fun, "http", "ListenAndServe") && len(x.Args) > 0 {
				servers++
				set["Addr"] = Field[string]{Value: goLiteral(x.Args[0]), Sure: Set, At: place(x), Name: "ListenAndServe"}
			}
		case *ast.AssignStmt: // srv.IdleTimeout = ...
			for _, l := range x.Lhs {
				if sel, ok := l.(*ast.SelectorExpr); ok && (sel.Sel.Name == "IdleTimeout" || sel.Sel.Name == "ReadTimeout") {
					set[sel.Sel.Name] = Field[string]{Value: string(source.Unknown), Sure: Set, At: place(x), Name: sel.Sel.Name}
				}
			}
		}
	}
	if servers != 1 {
		return
	}
	p.Variant = "go"
	p.listen(set.text("Addr"), "http")
	// A listener of the program's own machine is for debugging as a rule, and the one
	// for others stands in another file.
	p.AllListens = len(p.Listens) > 0 && !p.doubtful && !IsLoopback(p.Listens[0].Value.Host)
	for _, name := range []string{"IdleTimeout", "ReadTimeout"} {
		t, ok := set[name]
		if !ok {
			continue
		}
		d, valid := duration(t.Value, time.Nanosecond)
		switch {
		case !valid:
			p.Variant = ""
		case d == 0:
			continue
		default:
			p.Idle, p.Keeps = as(t, d), as(t, facts.KeepsFor)
		}
		return
	}
}

func isSelector(e ast.Expr, pkg, name string) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == pkg
}

// goLiteral reads a string, a number, and a product of a number and a unit of package
// time, as a text that duration reads.
func goLiteral(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(x.Value); err == nil {
			return s
		}
		return strings.ReplaceAll(x.Value, "_", "")
	case *ast.ParenExpr:
		return goLiteral(x.X)
	case *ast.SelectorExpr:
		if unit, ok := goUnits[x.Sel.Name]; ok && isSelector(x, "time", x.Sel.Name) {
			return "1" + unit
		}
	case *ast.BinaryExpr:
		a, b := goLiteral(x.X), goLiteral(x.Y)
		if x.Op == token.MUL && isNumber(a) && strings.HasPrefix(b, "1") {
			return a + b[1:]
		}
		if x.Op == token.MUL && isNumber(b) && strings.HasPrefix(a, "1") {
			return b + a[1:]
		}
	}
	return string(source.Unknown)
}

var goUnits = map[string]string{"Nanosecond": "ns", "Microsecond": "us", "Millisecond": "ms", "Second": "s", "Minute": "m", "Hour": "h"}
