package source_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/source"
)

func TestPosition(t *testing.T) {
	for _, tt := range []struct {
		name, text   string
		offset       int
		line, column int
	}{
		{"empty file", "", 0, 1, 1},
		{"start", "ab\ncd\n", 0, 1, 1},
		{"inside", "ab\ncd\n", 4, 2, 2},
		{"at the line end", "ab\ncd\n", 2, 1, 3},
		{"start of a line", "ab\ncd\n", 3, 2, 1},
		{"end of file, behind a line end", "ab\ncd\n", 6, 3, 1},
		{"end of file, no line end", "ab\ncd", 5, 2, 3},
		{"before the file", "ab\n", -5, 1, 1},
		{"behind the file", "ab\n", 50, 2, 1},
		{"CRLF: the CR is on its line", "ab\r\ncd\r\n", 2, 1, 3},
		{"CRLF: so is the LF", "ab\r\ncd\r\n", 3, 1, 4},
		{"CRLF: next line", "ab\r\ncd\r\n", 4, 2, 1},
		{"a lone CR ends nothing", "ab\rcd", 3, 1, 4},
		{"behind two-byte letters", "äö;", 4, 1, 3},
		{"behind a four-byte letter", "😀;", 4, 1, 2},
		{"inside a letter", "äö;", 1, 1, 2},
		{"behind bytes that are no UTF-8", "\xff\xfe;", 2, 1, 3},
		{"behind a byte order mark", "\ufeffa", 3, 1, 2},
		{"tab", "\ta", 1, 1, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := source.Position{Line: tt.line, Column: tt.column, Offset: min(max(tt.offset, 0), len(tt.text))}
			if diff := cmp.Diff(want, source.NewFile("f", tt.text).Position(tt.offset)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLineSpan(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"", []string{""}},
		{"\n", []string{"", ""}},
		{"ab", []string{"ab"}},
		{"ab\n", []string{"ab", ""}},
		{"ab\ncd", []string{"ab", "cd"}},
		{"ab\r\ncd\r\n", []string{"ab", "cd", ""}},
		{"ab\rcd\n\r\n", []string{"ab\rcd", "", ""}},
		{"ab\r", []string{"ab"}},
	} {
		f := source.NewFile("f", tt.text)
		var got []string
		for line := range f.LineCount() {
			got = append(got, f.Slice(f.LineSpan(line+1)))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("lines of %q (-want +got):\n%s", tt.text, diff)
		}
		for _, line := range []int{-1, 0, f.LineCount() + 1} {
			if s := f.LineSpan(line); s.Start != len(tt.text) || s.Len() != 0 {
				t.Errorf("line %d of %q is %v", line, tt.text, s)
			}
		}
	}
}

func TestEOL(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		offset     int
		want       string
	}{
		{"empty file", "", 0, "\n"},
		{"no line end", "ab", 1, "\n"},
		{"LF", "ab\ncd\r\n", 1, "\n"},
		{"LF itself", "ab\ncd\r\n", 2, "\n"},
		{"CRLF", "ab\ncd\r\n", 3, "\r\n"},
		{"CRLF, at the CR", "ab\r\ncd\n", 2, "\r\n"},
		{"CRLF, at the LF", "ab\r\ncd\n", 3, "\r\n"},
		{"last line takes that of the line before", "ab\r\ncd", 5, "\r\n"},
		{"end of file", "ab\r\n", 4, "\r\n"},
		{"file begins with LF", "\nab\r\n", 0, "\n"},
		{"before the file", "ab\r\n", -7, "\r\n"},
		{"behind the file", "ab\r\n", 70, "\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := source.NewFile("f", tt.text).EOL(tt.offset); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSpan(t *testing.T) {
	s := source.Span{Start: 2, End: 5}
	for o, want := range map[source.Span]bool{
		{Start: 2, End: 5}: true,
		{Start: 3, End: 3}: true,
		{Start: 5, End: 5}: true,
		{Start: 1, End: 3}: false,
		{Start: 4, End: 6}: false,
	} {
		if got := s.Contains(o); got != want {
			t.Errorf("%v contains %v: %t", s, o, got)
		}
	}
	if s.Len() != 3 {
		t.Errorf("the length of %v is %d", s, s.Len())
	}
}

// FuzzPosition compares with counting from the start, and checks that lines and
// line ends make up the file.
func FuzzPosition(f *testing.F) {
	for _, s := range []string{"", "a\nb", "ä\r\n\xff\n", "\r\r\n\n"} {
		f.Add(s, 2)
	}
	f.Fuzz(func(t *testing.T, text string, offset int) {
		file := source.NewFile("f", text)
		p := file.Position(offset)
		if p.Offset != min(max(offset, 0), len(text)) {
			t.Fatalf("offset %d becomes %d", offset, p.Offset)
		}
		before := text[:p.Offset]
		line := before[strings.LastIndexByte(before, '\n')+1:]
		if p.Line != strings.Count(before, "\n")+1 || p.Column != utf8.RuneCountInString(line)+1 {
			t.Fatalf("offset %d of %q is %+v", offset, text, p)
		}
		end := 0
		for n := range file.LineCount() {
			s := file.LineSpan(n + 1)
			if gap := text[end:s.Start]; n > 0 && gap != "\n" && gap != "\r\n" {
				t.Fatalf("%q stands before line %d of %q", gap, n+1, text)
			}
			end = s.End
		}
		if rest := text[end:]; rest != "" && rest != "\r" {
			t.Fatalf("%q stands behind the last line of %q", rest, text)
		}
	})
}
