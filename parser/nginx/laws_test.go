package nginx_test

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// checkLaws fails the test if a promise is broken that holds for every input.
func checkLaws(t *testing.T, text string) {
	t.Helper()
	checkTokens(t, text)
	tree := nginx.Parse(source.NewFile("f", text))
	whole := source.Span{End: len(text)}
	if tree.Root.Span() != whole || tree.Root.Owner() != nil {
		t.Fatalf("the root is %v of %d bytes", tree.Root.Span(), len(text))
	}
	checkBlock(t, tree.Root)
	checkComments(t, tree)
	for _, e := range tree.Errors {
		if e.Msg == "" || !whole.Contains(e.Span) || !whole.Contains(e.Opened) {
			t.Fatalf("error %+v in a text of %d bytes", e, len(text))
		}
	}
}

func checkTokens(t *testing.T, text string) {
	t.Helper()
	end, words := 0, 0
	var last nginx.Kind
	for tok := range nginx.Tokens(text) {
		if tok.Span.Start != end || tok.Span.Len() <= 0 {
			t.Fatalf("token %v at %v follows byte %d", tok.Kind, tok.Span, end)
		}
		if tok.Kind == nginx.Space && last == nginx.Space && end > 0 {
			t.Fatalf("two runs of blanks meet at byte %d", end)
		}
		if tok.Kind == nginx.Word {
			words++
		}
		end, last = tok.Span.End, tok.Kind
	}
	if end != len(text) {
		t.Fatalf("tokens end at byte %d of %d", end, len(text))
	}
	named := 0
	for d := range nginx.Parse(source.NewFile("f", text)).Root.Walk() {
		for _, w := range d.Words().All() {
			if w.Span.Len() > 0 {
				named++
			}
		}
	}
	if named != words {
		t.Fatalf("%d words in the tree, %d in the tokens", named, words)
	}
}

func checkBlock(t *testing.T, b *nginx.Block) {
	t.Helper()
	end := b.Span().Start
	for d := range b.Kids() {
		if d.In != b || d.Span().Start < end || d.Span().End > b.Span().End {
			t.Fatalf("directive %q at %v does not stand behind byte %d in block %v", d.Name(), d.Span(), end, b.Span())
		}
		end = d.Span().End
		inner := d.Span().Start
		for _, w := range d.Words().All() {
			if w.Span.Start < inner || w.Span.End > d.Span().End {
				t.Fatalf("word %q at %v does not stand behind byte %d in its directive %v", w.Value, w.Span, inner, d.Span())
			}
			inner = w.Span.End
		}
		if d.Body() == nil {
			continue
		}
		if d.Body().Owner() != d || d.Body().Tree != b.Tree || d.Body().Span().Start <= inner || d.Body().Span().End > d.Span().End {
			t.Fatalf("block %v does not stand behind byte %d in its directive %v", d.Body().Span(), inner, d.Span())
		}
		checkBlock(t, d.Body())
	}
}

func checkComments(t *testing.T, tree *nginx.Tree) {
	t.Helper()
	end := 0
	for c := range tree.Comments() {
		s := tree.File.Slice(c)
		if c.Start < end || !strings.HasPrefix(s, "#") || strings.Contains(s, "\n") {
			t.Fatalf("comment %q at %v behind byte %d", s, c, end)
		}
		end = c.End
	}
	for c := range tree.Comments() {
		for again := range tree.CommentsFrom(c.Start) {
			if again != c {
				t.Fatalf("the first comment from byte %d on is at %v", c.Start, again)
			}
			break
		}
	}
}

// seeds are inputs that once were hard, for the fuzzer to start from.
func seeds() []string {
	var all []string
	for _, row := range rows {
		all = append(all, row.in...)
	}
	all = append(all, longInputs(4095)...)
	for _, row := range luaRows {
		all = append(all, row.in)
	}
	return append(all, "a {\r\n  b c; # d\r\n}\r\n", "a \xff\xfe\x80;", "\x00a\x00 b\x00;", "a;\r b;\r#c\rd;\n")
}

// longInputs holds words and comments of about the size of nginx's read buffer,
// at the start of the file and behind some bytes, followed by whatever may end
// them.
func longInputs(sizes ...int) []string {
	var all []string
	for _, n := range sizes {
		body := strings.Repeat("x", n)
		for _, before := range []string{"", "t a\n", "t " + strings.Repeat("y", 4090) + ";\n"} {
			for _, after := range []string{"", ";", "; b;", "{", "{}", " ", " ;", "\n", "\n;", ")", ");", "\t b;", "#;\n", `\;;`, `\`} {
				for _, word := range []string{
					body, "#" + body, `"` + body + `"`, `'` + body + `'`, `"` + body, `'` + body, `\` + body, "$" + body, `"` + body + `\"`,
				} {
					all = append(all, before+word+after)
				}
			}
		}
	}
	return all
}

func FuzzLex(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkLaws(t, text)
		checkOracle(t, text)
	})
}

// clip keeps messages about long inputs readable.
func clip(s string) string {
	if len(s) > 400 {
		return s[:200] + "…" + s[len(s)-200:]
	}
	return s
}
