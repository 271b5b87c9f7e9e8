package report_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
	"github.com/tcplint/tcplint/parser/source"
)

// TestNothingUnseen checks that no format writes a byte that a terminal or a reader
// may obey.
func TestNothingUnseen(t *testing.T) {
	t.Parallel()
	for _, format := range report.Names() {
		for name, r := range reporttest.Results(t) {
			out := reporttest.Rendered(t, format, r)
			if !utf8.Valid(out) {
				t.Errorf("%s of %s is not UTF-8", format, name)
			}
			if i := bytes.IndexFunc(out, func(c rune) bool { return c != '\n' && !unicode.IsPrint(c) && (c != '\t' || format != "html") }); i >= 0 {
				t.Errorf("%s of %s has a character that does not show: %q", format, name, out[max(0, i-20):min(i+20, len(out))])
			}
		}
	}
}

// offsetOf finds a position as a reader of a report does: lines end with a line
// feed, columns are bytes or, in others, characters.
func offsetOf(text string, line, column int, inBytes bool) int {
	at := 0
	for range line - 1 {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	if inBytes {
		return at + column - 1
	}
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

// TestOffsetOf makes sure that the helper above counts.
func TestOffsetOf(t *testing.T) {
	t.Parallel()
	const text = "a\nüb\xffc\r\nd"
	got := []int{offsetOf(text, 1, 1, true), offsetOf(text, 2, 2, true), offsetOf(text, 2, 2, false), offsetOf(text, 2, 4, false), offsetOf(text, 3, 2, false)}
	if diff := cmp.Diff([]int{0, 3, 4, 6, len(text)}, got); diff != "" {
		t.Error(diff)
	}
}

// fixedBy applies a fix as the linter does, to all its files.
func fixedBy(t *testing.T, fix *lint.Fix) map[string]string {
	t.Helper()
	edits := map[*source.File][]source.Edit{}
	for _, e := range fix.Edits {
		edits[e.File] = append(edits[e.File], e.Edit)
	}
	out := map[string]string{}
	for file, list := range edits {
		merged, ok := source.Merge(nil, list)
		if !ok {
			t.Fatalf("the edits of %q overlap", fix.Title)
		}
		text, err := source.Apply(file.Text, merged)
		if err != nil {
			t.Fatal(err)
		}
		out[file.Path] = text
	}
	return out
}
