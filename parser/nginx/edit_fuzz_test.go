package nginx_test

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// FuzzEdit checks on any text that the helpers do not panic, and on texts that
// parse that they do what they say and nothing else.
func FuzzEdit(f *testing.F) {
	for _, s := range []string{
		"a;\n  x; # c\nb;\n", "a {x;}", "a { x {\n}\n}", "a \"1\n 2\"; b;", "a {\r\n\tx;\r\n\t# c\r\n}\r\n", "a{}b{ }c{\n}", "a;\r b;", "a $ {", "a \"b\"){",
	} {
		for i := range 4 {
			f.Add(s, uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, text string, n uint8) {
		if len(text) > 2000 || strings.Contains(text, "new") {
			return // words that no longer fit nginx's buffer are not the helpers' doing
		}
		tree := nginx.Parse(source.NewFile("f", text))
		var all []*nginx.Directive
		for d := range tree.Root.Walk() {
			all = append(all, d)
		}
		if len(all) == 0 {
			return
		}
		d := all[int(n)%len(all)]
		apply := func(edits ...source.Edit) *nginx.Tree {
			out := edited(t, text, edits...)
			after := nginx.Parse(source.NewFile("f", out))
			if len(tree.Errors) == 0 && len(after.Errors) > 0 {
				t.Fatalf("%q becomes %q: %s", text, out, after.Errors[0].Msg)
			}
			return after
		}
		added := func(e source.Edit) {
			before, after := show(tree.Root), show(apply(e).Root)
			if len(tree.Errors) == 0 && squeeze(strings.Replace(after, "[new][1]", "", 1)) != squeeze(before) {
				t.Fatalf("%q: %s becomes %s", text, before, after)
			}
		}
		apply(nginx.Remove(d))
		apply(nginx.Remove(d), nginx.AddBefore(d, "new 1;"))
		added(nginx.AddBefore(d, "new 1;"))
		added(nginx.AddAfter(d, "new 1;"))
		added(nginx.AddInside(d.In, "new 1;"))
		added(nginx.AddInsideTop(d.In, "new 1;"))
		if d.Body() != nil {
			apply(nginx.AddInside(d.Body(), "new 1;"))
			apply(nginx.AddInsideTop(d.Body(), "new 1;"))
		}
		after := apply(nginx.SetArg(d, int(n)%3, text))
		if got := nth(after, int(n)%len(all)).Arg(min(int(n)%3, d.Args().Len())); len(tree.Errors) == 0 && got != text {
			t.Fatalf("argument of %q is %q", after.File.Text, got)
		}
	})
}

// nth returns the n-th directive of a tree.
func nth(tree *nginx.Tree, n int) *nginx.Directive {
	for d := range tree.Root.Walk() {
		if n--; n < 0 {
			return d
		}
	}
	return nil
}

// squeeze drops the blanks that show puts between directives.
func squeeze(s string) string { return strings.ReplaceAll(s, " ", "") }
