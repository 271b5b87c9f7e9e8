package nginx_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// find returns the first directive with a name.
func find(t *testing.T, tree *nginx.Tree, name string) *nginx.Directive {
	t.Helper()
	for d := range tree.Root.Walk() {
		if d.Name() == name {
			return d
		}
	}
	t.Fatalf("no directive %q in %q", name, tree.File.Text)
	return nil
}

// edited merges the edits as fixes of their own and returns the new text.
func edited(t *testing.T, text string, edits ...source.Edit) string {
	t.Helper()
	var all []source.Edit
	for _, e := range edits {
		merged, ok := source.Merge(all, []source.Edit{e})
		if !ok {
			t.Fatalf("edit %+v conflicts with %+v", e, all)
		}
		all = merged
	}
	out, err := source.Apply(text, all)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// editRow has directives "x" and "y" in its text, or blocks of these names, and
// says what becomes of them.
type editRow struct{ name, in, want string }

// runEdits applies an edit of the directive x of every row.
func runEdits(t *testing.T, rows []editRow, edit func(x *nginx.Directive) []source.Edit) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			tree := nginx.Parse(source.NewFile("f", row.in))
			got := edited(t, row.in, edit(find(t, tree, "x"))...)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", row.in, diff)
			}
			if len(tree.Errors) > 0 {
				return
			}
			if errs := nginx.Parse(source.NewFile("f", got)).Errors; len(errs) > 0 {
				t.Errorf("the result %q does not parse: %s", got, errs[0].Msg)
			}
		})
	}
}

func TestRemove(t *testing.T) {
	runEdits(t, []editRow{
		{"own line", "a;\n    x 1 2;\nb;\n", "a;\nb;\n"},
		{"tab", "a {\n\tx;\n\tb;\n}\n", "a {\n\tb;\n}\n"},
		{"CRLF", "a;\r\n  x;\r\nb;\r\n", "a;\r\nb;\r\n"},
		{"blanks behind it", "a;\n  x; \t\nb;\n", "a;\nb;\n"},
		{"trailing comment", "a;\n  x; # why\nb;\n", "a;\nb;\n"},
		{"comment directly behind it", "x;# why\nb;\n", "b;\n"},
		{"comment above stays", "# why\nx;\nb;\n", "# why\nb;\n"},
		{"several lines", "a;\n  x 1\n    2\n  ;\nb;\n", "a;\nb;\n"},
		{"block", "a;\n  x {\n    c;\n  } # end\nb;\n", "a;\nb;\n"},
		{"quoted line end", "x \"1\n  2\"; b;\n", "b;\n"},
		{"first of several", "    x; b; c;\n", "    b; c;\n"},
		{"middle of several", "a; x; c;\n", "a; c;\n"},
		{"last of several", "    a;  x;\n", "    a;\n"},
		{"last of several with comment", "a; x; # all\n", "a; # all\n"},
		{"no blanks", "a;x;c;", "a;c;"},
		{"one-line block", "a { x; }", "a { }"},
		{"tight block", "a {x;}", "a {}"},
		{"end of one-line block", "a { b; x; }", "a { b; }"},
		{"before a closing brace", "a {\n  x; }\n", "a {\n  }\n"},
		{"behind an opening brace", "a { x;\n  b;\n}\n", "a {\n  b;\n}\n"},
		{"no final newline", "a;\nx;", "a;\n"},
		{"all there is", "x;", ""},
		{"all there is, with comment", "  x; # c", ""},
	}, func(x *nginx.Directive) []source.Edit { return []source.Edit{nginx.Remove(x)} })
}

func TestDrop(t *testing.T) {
	runEdits(t, []editRow{
		{"no comment", "a;\n  x;\nb;\n", "a;\nb;\n"},
		{"it names the directive", "a;\n# x is for old clients\nx 1;\nb;\n", "a;\nb;\n"},
		{"it names both", "a;\n# x and b\nx 1;\nb;\n", "a;\n# x and b\nb;\n"},
		{"it names neither", "a;\n# for old clients\nx 1;\nb;\n", "a;\n# for old clients\nb;\n"},
		{"its own paragraph", "a;\n\n# for old clients\n# of ours\nx 1;\n\nb;\n", "a;\n\nb;\n"},
		{"the last of a block", "a {\n    b;\n\n    # for old clients\n    x;\n}\n", "a {\n    b;\n}\n"},
		{"over the file", "# our proxy\nx;\n\nb;\n", "# our proxy\n\nb;\n"},
		{"a frame", "a;\n#####\n# x\n#####\nx;\nb;\n", "a;\n#####\n# x\n#####\nb;\n"},
		{"put aside", "a;\n# c 1;\nx;\n\nb;\n", "a;\n# c 1;\n\nb;\n"},
		{"its own value put aside", "a;\n# x 2;\nx 1;\n\nb;\n", "a;\n\nb;\n"},
		{"the context", "a;\n# tcplint:context http\nx;\n\nb;\n", "a;\n# tcplint:context http\n\nb;\n"},
		{"a comment behind another directive", "a; # about x\nx;\n\nb;\n", "a; # about x\n\nb;\n"},
		{"within a value", "a \"1\n# x\n\";\nx;\n\nb;\n", "a \"1\n# x\n\";\n\nb;\n"},
		{"one of several on a line", "a;\n# x\nx; b;\n", "a;\n# x\nb;\n"},
		{"all there is", "x;", ""},
	}, func(x *nginx.Directive) []source.Edit { return []source.Edit{nginx.Drop(x)} })
}

func TestSetArg(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		i        int
		value    string
		want     string
	}{
		{"bare", "x 1 2;", 1, "3", "x 1 3;"},
		{"bare to quoted", "x 1 2;", 0, "a b", `x "a b" 2;`},
		{"bare to empty", "x 1;", 0, "", `x "";`},
		{"double quotes stay", `x "1";`, 0, "3", `x "3";`},
		{"single quotes stay", `x '1' 2;`, 0, "it's", `x 'it\'s' 2;`},
		{"other quote inside", `x '1';`, 0, `say "a"`, `x 'say "a"';`},
		{"comment between", "x 1 # one\n  2;", 1, "3", "x 1 # one\n  3;"},
		{"block", "x 1 {}", 0, "2", "x 2 {}"},
		{"brace directly behind", "x ~ a{}", 1, "b$", `x ~ "b$"{}`},
		{"dollar before a blank", "x ~ a {}", 1, "b$", "x ~ b$ {}"},
		{"behind a closing quote", `x "a");`, 1, "b", `x "a" b;`},
		{"behind a closing quote, quoted", `x "a");`, 1, "b c", `x "a" "b c";`},
		{"further argument", "x 1;", 1, "2", "x 1 2;"},
		{"further argument, none before", "x;", 7, "a b", `x "a b";`},
		{"further argument, brace behind", "x a{}", 1, "b$", `x a "b$"{}`},
		{"negative", "x 1;", -1, "2", "x 1 2;"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := find(t, nginx.Parse(source.NewFile("f", tt.in)), "x")
			got := edited(t, tt.in, nginx.SetArg(x, tt.i, tt.value))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSetName(t *testing.T) {
	t.Parallel()
	tree := nginx.Parse(source.NewFile("nginx.conf", "a { proxy_read_timeout  5s; }\n"))
	got := edited(t, tree.File.Text, nginx.SetName(find(t, tree, "proxy_read_timeout"), "grpc_read_timeout"))
	if want := "a { grpc_read_timeout  5s; }\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRemoveArg(t *testing.T) {
	runEdits(t, []editRow{
		{"one of several", "x 1 2 3;\n", "x 1 3;\n"},
		{"blanks", "x 1 \t 2  3;\n", "x 1  3;\n"},
		{"own line", "x 1\n    2\n    3;\n", "x 1\n\n    3;\n"},
		{"behind a comment", "x 1 # why\n  2;\n", "x 1 # why\n;\n"},
		{"quoted", "x 1 \"2\";\n", "x 1;\n"},
	}, func(x *nginx.Directive) []source.Edit { return []source.Edit{nginx.RemoveArg(x, 1)} })
	runEdits(t, []editRow{
		{"neighbours", "x 1 2 3;\n", "x 1;\n"},
		{"none", "x 1;\n", "x 1;\n"},
	}, func(x *nginx.Directive) []source.Edit {
		return []source.Edit{nginx.RemoveArg(x, 1), nginx.RemoveArg(x, 2)}
	})
}

func TestAddBefore(t *testing.T) {
	runEdits(t, []editRow{
		{"own line", "a;\n    x;\n", "a;\n    n 1;\n    m;\n    x;\n"},
		{"tab", "a {\n\tx;\n}\n", "a {\n\tn 1;\n\tm;\n\tx;\n}\n"},
		{"CRLF", "  x;\r\n", "  n 1;\r\n  m;\r\n  x;\r\n"},
		{"start of file", "x;\n", "n 1;\nm;\nx;\n"},
		{"no final newline", "x;", "n 1;\nm;\nx;"},
		{"no final newline, CRLF before", "a;\r\nx;", "a;\r\nn 1;\r\nm;\r\nx;"},
		{"below a comment", "# c\n  x;\n", "# c\n  n 1;\n  m;\n  x;\n"},
		{"first of several", "  x; b;\n", "  n 1;\n  m;\n  x; b;\n"},
		{"inline", "a; x;\n", "a; n 1; m; x;\n"},
		{"one-line block", "a { x; }", "a { n 1; m; x; }"},
		{"tight block", "a {x;}", "a {n 1; m; x;}"},
		{"no blanks", "a;x;", "a;n 1; m; x;"},
		{"block", "  x {\n  }\n", "  n 1;\n  m;\n  x {\n  }\n"},
	}, func(x *nginx.Directive) []source.Edit {
		return []source.Edit{nginx.AddBefore(x, "n 1;"), nginx.AddBefore(x, "m;")}
	})
}

func TestAddAfter(t *testing.T) {
	runEdits(t, []editRow{
		{"own line", "    x;\nb;\n", "    x;\n    n 1;\n    m;\nb;\n"},
		{"tab", "a {\n\tx;\n}\n", "a {\n\tx;\n\tn 1;\n\tm;\n}\n"},
		{"CRLF", "  x;\r\nb;\r\n", "  x;\r\n  n 1;\r\n  m;\r\nb;\r\n"},
		{"trailing comment", "  x; # why\nb;\n", "  x; # why\n  n 1;\n  m;\nb;\n"},
		{"trailing comment, CRLF", "  x; # why\r\nb;\r\n", "  x; # why\r\n  n 1;\r\n  m;\r\nb;\r\n"},
		{"comment below", "  x;\n  # on b\n  b;\n", "  x;\n  n 1;\n  m;\n  # on b\n  b;\n"},
		{"no final newline", "a;\n  x;", "a;\n  x;\n  n 1;\n  m;"},
		{"no final newline, CRLF before", "a;\r\n  x;", "a;\r\n  x;\r\n  n 1;\r\n  m;"},
		{"no final newline, comment", "x; # c", "x; # c\nn 1;\nm;"},
		{"several on the line", "  x; b; # c\n", "  x; n 1; m; b; # c\n"},
		{"last of several", "  a; x; # c\n", "  a; x; n 1; m; # c\n"},
		{"one-line block", "a { x; }", "a { x; n 1; m; }"},
		{"tight block", "a {x;}", "a {x; n 1; m;}"},
		{"before a closing brace", "a {\n  x; }\n", "a {\n  x; n 1; m; }\n"},
		{"several lines", "  x 1\n    2;\nb;\n", "  x 1\n    2;\n  n 1;\n  m;\nb;\n"},
		{"block", "  x {\n    c;\n  }\nb;\n", "  x {\n    c;\n  }\n  n 1;\n  m;\nb;\n"},
		{"block that begins inline", "a { x {\n  }\n}\n", "a { x {\n  } n 1; m;\n}\n"},
	}, func(x *nginx.Directive) []source.Edit {
		return []source.Edit{nginx.AddAfter(x, "n 1;"), nginx.AddAfter(x, "m;")}
	})
}

func TestAddInside(t *testing.T) {
	runEdits(t, []editRow{
		{"behind the last", "x {\n    a;\n    b;\n}\n", "x {\n    a;\n    b;\n    n 1;\n    m;\n}\n"},
		{"tab, CRLF", "x {\r\n\ta;\r\n}\r\n", "x {\r\n\ta;\r\n\tn 1;\r\n\tm;\r\n}\r\n"},
		{"trailing comment", "x {\n  a; # c\n}\n", "x {\n  a; # c\n  n 1;\n  m;\n}\n"},
		{"comments at the end stay there", "x {\n  a;\n\n  # end\n}\n", "x {\n  a;\n  n 1;\n  m;\n\n  # end\n}\n"},
		{"block at the end", "x {\n  a {\n  }\n}\n", "x {\n  a {\n  }\n  n 1;\n  m;\n}\n"},
		{"one line", "x { a b; }", "x { a b; n 1; m; }"},
		{"one line, tight", "x {a b;}", "x {a b; n 1; m;}"},
		{"one line of a larger file", "h {\n  x { a; }\n}\n", "h {\n  x { a; n 1; m; }\n}\n"},
		{"empty over two lines", "x {\n}\n", "x {\n    n 1;\n    m;\n}\n"},
		{"empty over two lines, indented", "h {\n  x {\n  }\n}\n", "h {\n  x {\n    n 1;\n    m;\n  }\n}\n"},
		{"empty, tab", "h {\n\tx {\n\t}\n}\n", "h {\n\tx {\n\t\tn 1;\n\t\tm;\n\t}\n}\n"},
		{"empty, the file's unit is elsewhere", "x {\n}\nh {\n   a;\n}\n", "x {\n   n 1;\n   m;\n}\nh {\n   a;\n}\n"},
		{"empty, CRLF", "x {\r\n}\r\n", "x {\r\n    n 1;\r\n    m;\r\n}\r\n"},
		{"empty, brace on its own line", "x\n{\n}\n", "x\n{\n    n 1;\n    m;\n}\n"},
		{"empty, begins inline", "h { x {\n  }\n}\n", "h { x {\n    n 1;\n    m;\n  }\n}\n"},
		{"comments only", "x {\n  # none yet\n}\n", "x {\n  # none yet\n    n 1;\n    m;\n}\n"},
		{"comment behind the brace", "x { # none yet\n}\n", "x { # none yet\n    n 1;\n    m;\n}\n"},
		{"one blank", "x { }", "x { n 1; m; }"},
		{"Lua", "x_by_lua_block { f() } x {}", "x_by_lua_block { f() } x { n 1;  m; }"},
		{"unclosed", "x {", "x { n 1;  m; "},
		{"unclosed, over two lines", "x {\n", "x {\n    n 1;\n    m;\n"},
	}, func(x *nginx.Directive) []source.Edit {
		return []source.Edit{nginx.AddInside(x.Body(), "n 1;"), nginx.AddInside(x.Body(), "m;")}
	})
}

func TestAddInsideTop(t *testing.T) {
	runEdits(t, []editRow{
		{"before the first", "x {\n    a;\n}\n", "x {\n    n 1;\n    m;\n    a;\n}\n"},
		{"tab, CRLF", "x {\r\n\ta;\r\n}\r\n", "x {\r\n\tn 1;\r\n\tm;\r\n\ta;\r\n}\r\n"},
		{"comment on the first", "x {\n  # on a\n  a;\n}\n", "x {\n  n 1;\n  m;\n  # on a\n  a;\n}\n"},
		{"comment behind the brace", "x { # c\n  a;\n}\n", "x { # c\n  n 1;\n  m;\n  a;\n}\n"},
		{"one line", "x { a b; }", "x { n 1; m; a b; }"},
		{"one line, tight", "x {a b;}", "x {n 1; m; a b;}"},
		{"first on the brace's line", "x { a;\n  b;\n}\n", "x { n 1; m; a;\n  b;\n}\n"},
		{"empty over two lines", "x {\n}\n", "x {\n    n 1;\n    m;\n}\n"},
		{"comments only", "h {\n  x {\n    # c\n  }\n}\n", "h {\n  x {\n    n 1;\n    m;\n    # c\n  }\n}\n"},
		{"one blank", "x { }", "x { n 1; m; }"},
		{"unclosed", "x {", "x { n 1;  m; "},
	}, func(x *nginx.Directive) []source.Edit {
		return []source.Edit{nginx.AddInsideTop(x.Body(), "n 1;"), nginx.AddInsideTop(x.Body(), "m;")}
	})
}

// TestAddOne shows the cases in which a single call looks better than two.
func TestAddOne(t *testing.T) {
	inside := func(b *nginx.Block) source.Edit { return nginx.AddInside(b, "n 1;") }
	top := func(b *nginx.Block) source.Edit { return nginx.AddInsideTop(b, "n 1;") }
	body := func(name string) func(*testing.T, *nginx.Tree) *nginx.Block {
		return func(t *testing.T, tree *nginx.Tree) *nginx.Block {
			t.Helper()
			return find(t, tree, name).Body()
		}
	}
	root := func(_ *testing.T, tree *nginx.Tree) *nginx.Block { return tree.Root }
	for _, tt := range []struct {
		name, in string
		block    func(*testing.T, *nginx.Tree) *nginx.Block
		edit     func(*nginx.Block) source.Edit
		want     string
	}{
		{"empty", "x {}", body("x"), inside, "x { n 1; }"},
		{"empty, top", "x {}", body("x"), top, "x { n 1; }"},
		{"Lua takes none", "content_by_lua_block {\n f()\n}\n", body("content_by_lua_block"), inside, "content_by_lua_block {\n f()\n}\n"},
		{"Lua takes none at its top", "content_by_lua_block {\n}\n", body("content_by_lua_block"), top, "content_by_lua_block {\n}\n"},
		{"end of file", "a;\n", root, inside, "a;\nn 1;\n"},
		{"end of file, behind comments", "a;\n# end\n", root, inside, "a;\n# end\nn 1;\n"},
		{"end of file, no final newline", "a;", root, inside, "a;\nn 1;\n"},
		{"end of file, no final newline, CRLF", "a;\r\nb; # c", root, inside, "a;\r\nb; # c\r\nn 1;\r\n"},
		{"empty file", "", root, inside, "n 1;\n"},
		{"empty file, top", "", root, top, "n 1;\n"},
		{"start of file", "# licence\n\na;\n", root, top, "# licence\n\nn 1;\na;\n"},
		{"comment file, top", "# licence\n", root, top, "# licence\nn 1;\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := nginx.Parse(source.NewFile("f", tt.in))
			if diff := cmp.Diff(tt.want, edited(t, tt.in, tt.edit(tt.block(t, tree)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestReplace shows that Remove and AddBefore of one directive never conflict.
func TestReplace(t *testing.T) {
	runEdits(t, []editRow{
		{"own line", "a;\n  x; # c\nb;\n", "a;\n  n;\nb;\n"},
		{"first of several", "  x; b;\n", "  n;\n  b;\n"},
		{"inline", "a; x; b;\n", "a; n; b;\n"},
		{"one-line block", "a { x; }\n", "a { n; }\n"},
		{"tight block", "a {x;}\n", "a {n; }\n"},
		{"no final newline", "x;", "n;\n"},
	}, func(x *nginx.Directive) []source.Edit {
		return []source.Edit{nginx.Remove(x), nginx.AddBefore(x, "n;")}
	})
}

// TestNeighbours shows edits of several directives in one go.
func TestNeighbours(t *testing.T) {
	const text = "h {\n  a;\n  x;\n  b;\n}\n"
	tree := nginx.Parse(source.NewFile("f", text))
	a, x, b := find(t, tree, "a"), find(t, tree, "x"), find(t, tree, "b")
	got := edited(t, text,
		nginx.Remove(x), nginx.AddAfter(a, "n;"), nginx.AddBefore(b, "m;"), nginx.AddInside(a.In, "l;"),
		nginx.AddAfter(a, "n;"), // coalesces
		nginx.AddInsideTop(a.In, "k;"), nginx.Remove(b))
	if diff := cmp.Diff("h {\n  k;\n  a;\n  n;\n  m;\n  l;\n}\n", got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
