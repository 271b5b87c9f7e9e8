package report

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

func TestSnippet(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 200)
	for _, tt := range []struct {
		name, text, span string
		want             string // snippet and carets, without the gutter
	}{
		{"plain", "listen 80;\n", "80", "listen 80;\n       ^^"},
		{"tabs", "\tx\ty 1;", "y", "    x   y 1;\n        ^"},
		{"a tab inside", "a\tb;", "a\tb", "a   b;\n^^^^^"},
		{"wide", "見 出;", "出", "見 出;\n   ^^"},
		{"combining", "e\u0301t x;", "x", "e\u0301t x;\n   ^"},
		{"control", "a\x1bb\x7fc;", "c", "a␛b␡c;\n    ^"},
		{"C1, format and invalid", "\u009b\u200b\xff;", ";", "\\u009b\\u200b\\xff;\n                ^"},
		{"no-break space", "a\u00a0b;", "\u00a0", "a\\u00a0b;\n ^^^^^^"},
		{"CRLF end", "ab\r\ncd", "\r\n", "ab\n  ^"},
		{"lone CR", "a\rb\n", "b", "a␍b\n  ^"},
		{"trailing blanks", "ab  \n", "b", "ab\n ^"},
		{"whole line with its end", "ab\ncd", "ab\n", "ab\n^^"},
		{"lines", "ab {\n c\n}\n", "ab {\n c\n}", "ab {\n^^^^... to line 3"},
		{"from a line end", "ab\nc\nd", "\nc\nd", "ab\n  ^... to line 3"},
		{"empty span", "ab", "", "ab\n^"},
		{"long, near the start", "xyz" + long, "xyz", "xyz" + long[:83] + "...\n^^^"},
		{"long, at the end", long + "xyz", "xyz", "..." + long[:83] + "xyz\n" + strings.Repeat(" ", 86) + "^^^"},
		{"long, in the middle", long + "xyz" + long, "xyz", "..." + long[:41] + "xyz" + long[:42] + "...\n" + strings.Repeat(" ", 44) + "^^^"},
		{"long span", "b" + long + "c", long, "b" + long[:85] + "...\n " + strings.Repeat("^", 85)},
		{"long span further in", strings.Repeat("b", 50) + long, long, "..." + strings.Repeat("b", 10) + long[:76] + "...\n" + strings.Repeat(" ", 13) + strings.Repeat("^", 76)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := source.NewFile("x", tt.text)
			start := strings.Index(tt.text, tt.span)
			s := newSnippet(f, source.Span{Start: start, End: start + len(tt.span)}, f.Position(start), lineColumns)
			got := s.text + "\n" + strings.Repeat(" ", s.indent) + strings.Repeat("^", s.carets) + s.tail
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// FuzzText gives arbitrary bytes to all places of a finding that show any, and
// looks for control characters, long lines and carets outside their line.
func FuzzText(f *testing.F) {
	f.Add("server {\n\tlisten 80;\n}\n", "a message", 3, 9)
	f.Add("\x1b[2J\xff\r\n\u202e東京\te\u0301", "\x1b[31m\n", 0, 40)
	f.Add(strings.Repeat("東\t", 3000), "", 4000, 9)
	f.Add(strings.Repeat("\u0301", 3000), "", 3000, 90)
	f.Add("", "", -1, -7)
	f.Fuzz(func(t *testing.T, text, msg string, start, length int) {
		file := source.NewFile(msg, text)
		at := lint.Place{File: file, Span: source.Span{Start: start, End: start + length}}
		finding := lint.Finding{
			Rule: &lint.Rule{ID: msg}, At: at, Msg: msg, Versions: msg,
			Notes: []lint.Note{{Msg: msg, At: at}, {Msg: msg}},
			Fix:   &lint.Fix{Title: msg, Safety: lint.Shown, Edits: []lint.FileEdit{{File: file, Edit: source.Edit{Span: at.Span, New: msg}}}},
		}
		r := &lint.Result{
			Files: []string{msg}, Findings: []lint.Finding{finding},
			NotChecked: []lint.NotChecked{{Rule: msg, At: at, Reason: msg}},
			Dropped:    []lint.Dropped{{Finding: finding, Reason: msg}},
		}
		var out bytes.Buffer
		if err := Text(&out, r, Options{}); err != nil {
			t.Fatal(err)
		}
		for _, c := range out.String() {
			if c != '\n' && !unicode.IsPrint(c) {
				t.Fatalf("%U in the output:\n%q", c, out.String())
			}
		}
		// The first line, then the source line and the carets.
		lines := strings.Split(out.String(), "\n")
		width, carets := textColumns(lines[1]), textColumns(lines[2])
		if limit := gutter + 3 + len(ellipsis) + lineColumns + len(ellipsis); width > limit {
			t.Errorf("the snippet has %d columns, more than %d", width, limit)
		}
		if !strings.Contains(lines[2], "^") || carets > gutter+3+lineColumns+len("...^... to line 99999999") {
			t.Errorf("bad carets:\n%s\n%s", lines[1], lines[2])
		}
		if diff := new(bytes.Buffer); Text(diff, r, Options{DryRun: true, Diff: text, Terminal: true}) == nil {
			for _, c := range diff.String() {
				if c != '\n' && c != '\t' && !unicode.IsPrint(c) {
					t.Fatalf("%U in the diff", c)
				}
			}
		}
		var j bytes.Buffer
		if err := JSON(&j, r, Options{Diff: text, Fix: true}); err != nil {
			t.Fatal(err)
		}
		for _, c := range j.String() {
			if c != '\n' && !unicode.IsPrint(c) {
				t.Fatalf("%U in the JSON", c)
			}
		}
	})
}
