package nginx_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// TestErrors shows all errors of a text, where they stand and what they say was
// never finished: the text of Span, Msg, the text of Opened.
func TestErrors(t *testing.T) {
	const eof = "" // the empty text of a span at the end
	long := strings.Repeat("x", 5000)
	for _, tt := range []struct {
		name, in string
		want     [][3]string
	}{
		{"none", "a;", nil},
		{"semicolon", "a;;", [][3]string{{";", `unexpected ";"`, ""}}},
		{"opening brace", "{}", [][3]string{{"{", `unexpected "{"`, ""}}},
		{"closing brace", "}", [][3]string{{"}", `unexpected "}"`, ""}}},
		{"closing brace in a directive", "a { bc d }", [][3]string{{"}", `unexpected "}"`, "bc"}}},
		{"behind a quoted word", `a "b"c;`, [][3]string{{"c", `unexpected "c"`, ""}}},
		{"behind every quoted word", `a "b"'c'#`, [][3]string{
			{"'", `unexpected "'"`, ""},
			{"#", `unexpected "#"`, ""},
			{eof, `unexpected end of file, expecting ";" or "}"`, "a"},
		}},
		{"unfinished directive", "a; bc d", [][3]string{{eof, `unexpected end of file, expecting ";" or "}"`, "bc"}}},
		{"unfinished directive, quotes closed", `a "b"`, [][3]string{{eof, `unexpected end of file, expecting ";" or "}"`, "a"}}},
		{"unfinished word", `a 'b; c;`, [][3]string{{eof, `unexpected end of file, expecting ";" or "}"`, "'"}}},
		{"unfinished word, escaped quote", `a "b\"`, [][3]string{{eof, `unexpected end of file, expecting ";" or "}"`, `"`}}},
		{"only a quote", `"`, [][3]string{{eof, `unexpected end of file, expecting ";" or "}"`, `"`}}},
		{"unfinished block", "a b { c d { }", [][3]string{{eof, `unexpected end of file, expecting "}"`, "a b"}}},
		{"unfinished blocks", "a b { c d {", [][3]string{{eof, `unexpected end of file, expecting "}"`, "c d"}}},
		{"long word", "a " + long + ";", [][3]string{{"x", `too long parameter "xxxxxxxxxx..." started`, ""}}},
		{"long quoted word", "a '" + long + "';", [][3]string{{"'", `too long parameter, probably missing terminating "'" character`, ""}}},
		{"long comment", "#" + long + "\n", [][3]string{{"#", `too long parameter "#xxxxxxxxx..." started`, ""}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := nginx.Parse(source.NewFile("f", tt.in))
			var got [][3]string
			for _, e := range tree.Errors {
				got = append(got, [3]string{tree.File.Slice(e.Span), e.Msg, tree.File.Slice(e.Opened)})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", clip(tt.in), diff)
			}
		})
	}
}

// TestRecovery shows what the tree holds behind an error.
func TestRecovery(t *testing.T) {
	for in, want := range map[string]string{
		"a;; b;":                   "[a] [b]",
		"a { b c } d;":             "[a]{[b][c]} [d]",
		"a { b; } } c;":            "[a]{[b]} [c]",
		"{ a; } b;":                "[]{[a]} [b]",
		"a { b { c; d;":            "[a]{[b]{[c] [d]}}",
		`a "b"c; d;`:               "[a][b][c] [d]",
		"a " + "\"b;\nc d;":        "[a][b;\nc d;]",
		"server {\n a b\n c d;\n}": "[server]{[a][b][c][d]}",
	} {
		if diff := cmp.Diff(want, show(nginx.Parse(source.NewFile("f", in)).Root)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}

// Nesting is bounded, so that no file can exhaust the stack of what goes through
// the tree.
func TestDepth(t *testing.T) {
	for _, depth := range []int{1000, 1001, 200_000} {
		text := strings.Repeat("a {", depth) + strings.Repeat("}", depth)
		tree := nginx.Parse(source.NewFile("nginx.conf", text))
		want := []string(nil)
		if depth > 1000 {
			want = []string{"blocks are nested more than 1000 deep"}
		}
		var got []string
		for _, e := range tree.Errors {
			got = append(got, e.Msg)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("depth %d: -want +got:\n%s", depth, diff)
		}
	}
}
