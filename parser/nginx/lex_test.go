package nginx_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// row is one tree and all the spellings that lead to it.
type row struct {
	name string
	in   []string
	// want is the tree: every word in brackets, blocks in braces.
	want string
	// err is the first error, nginx's words; line is the line it names.
	err  string
	line int
	// inside is the block in which nginx takes such directives, for the test
	// that asks nginx itself; "" where only the parser is meant.
	inside string
}

// rows is what the tokenizer does, case by case. The directives "t" and "tb"
// are not nginx's: names, numbers of arguments and conditions are the rules'
// business.
var rows = []row{
	{name: "semicolons need no blanks", in: []string{"t a;t b;", "t a; t b;", "t a ;\nt b ;\n"}, want: "[t][a] [t][b]", inside: "types"},
	{name: "all four blanks separate", in: []string{"t\n a\n\tb\r\n ;", "t a b;", "\r\rt\ra\rb\r;\r"}, want: "[t][a][b]", inside: "types"},
	{name: "a forgotten semicolon joins two lines", in: []string{"t a\nt b;"}, want: "[t][a][t][b]", inside: "types"},
	{name: "a letter behind a quoted word", in: []string{`t "a"b;`}, want: "[t][a][b]", err: `unexpected "b"`, line: 1, inside: "types"},
	{name: "a quote behind a quoted word", in: []string{`t "a""b";`}, want: "[t][a][b]", err: `unexpected """`, line: 1, inside: "types"},
	{name: "a parenthesis behind a quoted word is a word", in: []string{`t "a");`, `t 'a' );`}, want: "[t][a][)]", inside: "types"},
	{name: "a brace behind a quoted word", in: []string{`tb "a"{ t x; }`, `tb 'a' {t x;}`}, want: "[tb][a]{[t][x]}"},
	{name: "a closing brace behind a quoted word", in: []string{`tb x{ t "a"}`}, want: "[tb][x]{[t][a]}", err: `unexpected "}"`, line: 1},
	{name: "a comment behind a quoted word", in: []string{`t "a"# c`}, want: "[t][a]", err: `unexpected "#"`, line: 1, inside: "types"},
	{name: "quotes inside a word are bytes", in: []string{`t a"b c";`}, want: `[t][a"b][c"]`, inside: "types"},
	{name: "an apostrophe inside a word", in: []string{`t don't stop;`}, want: "[t][don't][stop]", inside: "types"},
	{name: "a hash inside a word", in: []string{`t a#b;`}, want: "[t][a#b]", inside: "types"},
	{name: "a hash at the start of a word", in: []string{"t a #b;\n;"}, want: "[t][a]", inside: "types"},
	{name: "a hash at the end of a name", in: []string{"t# c\n a;"}, want: "[t#][c][a]", inside: "types"},
	{name: "a closing brace inside a word", in: []string{"t a}b;"}, want: "[t][a}b]", inside: "types"},
	{name: "a closing brace at the start of a word", in: []string{"t a }b;"}, want: "[t][a] [b]", err: `unexpected "}"`, line: 1, inside: "types"},
	{name: "an opening brace ends a word", in: []string{"t ^/a{2,3}$;"}, want: "[t][^/a]{[2,3}$]}", err: `unexpected end of file, expecting "}"`, line: 1},
	{name: "braces in quotes", in: []string{`t "^/a{2,3}$";`, `t '^/a{2,3}$';`}, want: "[t][^/a{2,3}$]", inside: "types"},
	{name: "a variable in braces", in: []string{"t ${foo} a${b}c;"}, want: "[t][${foo}][a${b}c]", inside: "types"},
	{name: "a variable with one brace", in: []string{"t ${foo;"}, want: "[t][${foo]", inside: "types"},
	{name: "further braces behind a dollar", in: []string{"t a${{{b};"}, want: "[t][a${{{b}]", inside: "types"},
	{name: "a letter between dollar and brace", in: []string{"tb $foo{ t x; }"}, want: "[tb][$foo]{[t][x]}"},
	{name: "a dollar swallows the block's brace", in: []string{`location ~ \.php${ }`}, want: `[location][~][\.php${]`, err: `unexpected "}"`, line: 1, inside: "server"},
	{name: "a blank saves the block's brace", in: []string{`location ~ \.php$ { }`}, want: `[location][~][\.php$]{}`, inside: "server"},
	{name: "an escaped blank", in: []string{`t a\ b;`}, want: `[t][a\ b]`, inside: "types"},
	{name: "an escaped semicolon", in: []string{`t a\;b;`}, want: `[t][a\;b]`, inside: "types"},
	{name: "escaped quotes", in: []string{`t \"b\";`, `t '"b"';`, `t "\"b\"";`}, want: `[t]["b"]`, inside: "types"},
	{name: "escaped control characters", in: []string{`t "a\nb" a\nb;`}, want: "[t][a\nb][a\nb]", inside: "types"},
	{name: "other escapes stay", in: []string{`t "\d\.\$";`, `t \d\.\$;`}, want: `[t][\d\.\$]`, inside: "types"},
	{name: "an escaped backslash", in: []string{`t "a\\b";`, `t a\\b;`, `t 'a\\b';`}, want: `[t][a\b]`, inside: "types"},
	{name: "an escaped line end continues nothing", in: []string{"t a\\\nb;"}, want: "[t][a\\\nb]", inside: "types"},
	{name: "empty words", in: []string{`t "" '';`}, want: "[t][][]", inside: "types"},
	{name: "an empty name", in: []string{`"" a;`}, want: "[][a]", inside: "types"},
	{name: "a semicolon too many", in: []string{"t a;;"}, want: "[t][a]", err: `unexpected ";"`, line: 1, inside: "types"},
	{name: "a byte order mark is part of the name", in: []string{"\ufefft a;"}, want: "[\ufefft][a]", inside: "types"},
	{name: "NUL", in: []string{"t a\x00b;"}, want: "[t][a\x00b]", inside: "types"},
	{name: "vertical tab", in: []string{"t a\vb;"}, want: "[t][a\vb]", inside: "types"},
	{name: "no-break space", in: []string{"t a\u00a0b;"}, want: "[t][a\u00a0b]", inside: "types"},
	{name: "a long comment", in: []string{"# " + strings.Repeat("x", 5000), "# " + strings.Repeat("x", 5000) + "\n"}, err: `too long parameter "# xxxxxxxx..." started`, line: 1, inside: "types"},
	{name: "quotes behind a parenthesis", in: []string{`t ("a b");`}, want: `[t][("a][b")]`, inside: "types"},
	{name: "a condition", in: []string{`tb ($a = "b"){ }`}, want: "[tb][($a][=][b][)]{}"},
	{name: "a condition without blanks", in: []string{`if ($a="b") { }`}, want: `[if][($a="b")]{}`},
	{name: "a condition with a bare brace", in: []string{`if ($a ~ x{2}) { }`}, want: "[if][($a][~][x]{[2})]{}}", err: `unexpected end of file, expecting "}"`, line: 1},
	{name: "a location that is no negation", in: []string{"location !~/x { }"}, want: "[location][!~/x]{}", inside: "server"},
	{name: "a location twice", in: []string{"location /a {} location ^~ /a {}"}, want: "[location][/a]{} [location][^~][/a]{}"},
	{name: "braces in an include", in: []string{`include "x/{a,b}*.conf";`}, want: "[include][x/{a,b}*.conf]", inside: "server"},

	{name: "nothing", in: []string{"", " ", "\n", "# c", "# c\n", "\r\n\r\n"}, inside: "types"},
	{name: "a lone CR ends no comment", in: []string{"# c\rt a;\nt b;", "t b; # c\r t c;"}, want: "[t][b]", inside: "types"},
	{name: "a semicolon without a directive", in: []string{";"}, err: `unexpected ";"`, line: 1, inside: "types"},
	{name: "a brace without a directive", in: []string{"{ t a; }"}, want: "[]{[t][a]}", err: `unexpected "{"`, line: 1, inside: "types"},
	{name: "a closing brace too many", in: []string{"t a;\n}\nt b;"}, want: "[t][a] [t][b]", err: `unexpected "}"`, line: 2, inside: "types"},
	{name: "an unfinished directive", in: []string{"t a;\nt b", "t a;\nt \"b\"", "t a;\nt b # c"}, want: "[t][a] [t][b]", err: `unexpected end of file, expecting ";" or "}"`, line: 2, inside: "types"},
	{name: "an unfinished word", in: []string{"t a;\nt \"b\n;"}, want: "[t][a] [t][b\n;]", err: `unexpected end of file, expecting ";" or "}"`, line: 3, inside: "types"},
	{name: "a backslash at the end", in: []string{`t b\`}, want: `[t][b\]`, err: `unexpected end of file, expecting ";" or "}"`, line: 1, inside: "types"},
	{name: "an unfinished block", in: []string{"tb {\nt a;\n"}, want: "[tb]{[t][a]}", err: `unexpected end of file, expecting "}"`, line: 3},
	{name: "an unfinished directive in a block", in: []string{"tb {\nt a\n}"}, want: "[tb]{[t][a]}", err: `unexpected "}"`, line: 3},
	{name: "a quote that nobody closes within the buffer", in: []string{"\nt \"" + strings.Repeat("x\n", 3000) + "\";"}, want: "[t][" + strings.Repeat("x\n", 3000) + "]", err: `too long parameter, probably missing terminating """ character`, line: 2, inside: "types"},
}

// show writes a tree as the rows do.
func show(b *nginx.Block) string {
	var out []string
	for d := range b.Kids() {
		var words strings.Builder
		for _, w := range d.Words().All() {
			words.WriteString("[" + w.Value + "]")
		}
		s := words.String()
		if d.Body() != nil {
			s += "{" + show(d.Body()) + "}"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestParse(t *testing.T) {
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			for _, in := range row.in {
				tree := nginx.Parse(source.NewFile("f", in))
				if diff := cmp.Diff(row.want, show(tree.Root)); diff != "" {
					t.Errorf("tree of %q (-want +got):\n%s", clip(in), diff)
				}
				checkFirstError(t, tree, row.err, row.line)
				checkLaws(t, in)
				checkOracle(t, in)
			}
		})
	}
}

func checkFirstError(t *testing.T, tree *nginx.Tree, want string, line int) {
	t.Helper()
	if len(tree.Errors) == 0 {
		if want != "" {
			t.Errorf("no error for %q, want %s", clip(tree.File.Text), want)
		}
		return
	}
	e := tree.Errors[0]
	if got := tree.File.Position(e.Span.Start).Line; e.Msg != want || got != line {
		t.Errorf("error of %q: %s in line %d, want %q in line %d", clip(tree.File.Text), e.Msg, got, want, line)
	}
}

// TestLongInputs compares with the oracle where nginx's read buffer is just
// full.
func TestLongInputs(t *testing.T) {
	for _, in := range longInputs(4092, 4093, 4094, 4095, 4096, 4097, 4098) {
		checkLaws(t, in)
		checkOracle(t, in)
	}
}

func TestTokens(t *testing.T) {
	const text = "a \"b\";# c\r\nd{\n} content_by_lua_block { x = \"}\" }"
	want := []string{
		"Word a", "Space  ", `Word "b"`, "Semi ;", "Comment # c\r", "Space \n", "Word d", "Open {", "Space \n", "Close }",
		"Space  ", "Word content_by_lua_block", "Space  ", "Open {", "Lua  x = \"}\" ", "Close }",
	}
	var got []string
	for tok := range nginx.Tokens(text) {
		got = append(got, tok.Kind.String()+" "+text[tok.Span.Start:tok.Span.End])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
	for range nginx.Tokens(text) {
		break // the caller may stop early
	}
}
