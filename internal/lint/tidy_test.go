package lint

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/parser/source"
)

func TestTidy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text, want string // what is between "<" and ">" goes, "+" is written
	}{
		{"a line between blank lines", "a;\n\n<b;\n>\nc;\n", "a;\n\nc;\n"},
		{"many blank lines", "a;\n\n\n<b;\n>\n\nc;\n", "a;\n\n\nc;\n"},
		{"at the start of a block", "a {\n<  b;\n>\n  c;\n}\n", "a {\n  c;\n}\n"},
		{"at the end of a block", "a {\n  c;\n\n<  b;\n>}\n", "a {\n  c;\n}\n"},
		{"at the start of the file", "<a;\n>\nb;\n", "b;\n"},
		{"at the end of the file", "a;\n\n<b;\n>", "a;\n"},
		{"CRLF", "a;\r\n\r\n<b;\r\n>\r\nc;\r\n", "a;\r\n\r\nc;\r\n"},
		{"no blank lines", "a;\n<b;\n>c;\n", "a;\nc;\n"},
		{"blank lines on one side", "a;\n\n<b;\n>c;\n", "a;\n\nc;\n"},
		{"two on a line", "x;\n  <a;><b;>\ny;\n", "x;\ny;\n"},
		{"two on a line with blanks", "x;\n  <a;> <b;>\ny;\n", "x;\ny;\n"},
		{"one of two on a line", "  <a;>b;\n", "  b;\n"},
		{"two lines that touch", "x;\n\n<a;\n><b;\n>\ny;\n", "x;\n\ny;\n"},
		{"two with a blank line between", "x;\n\n<a;\n>\n<b;\n>\ny;\n", "x;\n\ny;\n"},
		{"another one takes its place", "x;\n\n+<a;\n>\ny;\n", "x;\n\n+\ny;\n"},
		{"at the end without a line end", "x;\n  <a;>", "x;\n  "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var text strings.Builder
			var edits []source.Edit
			for _, c := range tt.text {
				at := text.Len()
				switch c {
				case '<':
					edits = append(edits, source.Edit{Span: source.Span{Start: at, End: at}})
				case '>':
					edits[len(edits)-1].Span.End = at
				case '+':
					edits = append(edits, source.Edit{Span: source.Span{Start: at, End: at}, New: "+"})
				default:
					text.WriteRune(c)
				}
			}
			got, err := source.Apply(text.String(), tidy(text.String(), edits))
			if err != nil || got != tt.want {
				t.Errorf("%q, %v; want %q", got, err, tt.want)
			}
		})
	}
}
