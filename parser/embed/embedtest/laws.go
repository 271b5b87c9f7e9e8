// Package embedtest has what the tests of all carriers share: the laws that hold
// for each text that is found, the archives, the corpus.
package embedtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// Describe writes what was found, with "?" for what is not known.
func Describe(found carrier.Found) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", found.Carrier)
	for _, x := range found.Texts {
		fmt.Fprintf(&b, "\n== %s: %s", x.File.View.Where, x.Kind)
		for _, part := range [][2]string{{"host", x.Host}, {"name", x.Name}, {"context", x.Context}, {"container", x.Container}} {
			if part[1] != "" {
				fmt.Fprintf(&b, ", %s %q", part[0], part[1])
			}
		}
		b.WriteByte('\n')
		for line := range strings.Lines(strings.ReplaceAll(x.File.Text, string(source.Unknown), "?")) {
			b.WriteString("|" + strings.TrimSuffix(line, "\n") + "\n")
		}
	}
	for _, s := range found.Skipped {
		fmt.Fprintf(&b, "\nskipped: %s\n", s.Reason)
	}
	return b.String()
}

// CheckTexts checks what must hold for all that is found anywhere.
func CheckTexts(tb testing.TB, f *source.File, found carrier.Found, read func(*source.File) carrier.Found) {
	tb.Helper()
	seen := map[string]bool{}
	for _, x := range found.Texts {
		v := x.File.View
		switch {
		case v == nil || v.Disk != f:
			tb.Errorf("%s is no view of %s", x.File.Path, f.Path)
			continue
		case x.File.Path != f.Path+"#"+v.Where:
			tb.Errorf("path %q, where %q", x.File.Path, v.Where)
		case seen[x.File.Path]:
			tb.Errorf("two texts are called %q", x.File.Path)
		case x.Kind != detect.Nginx && x.Kind != detect.Sysctl:
			tb.Errorf("%s is %v", x.File.Path, x.Kind)
		}
		seen[x.File.Path] = true
		CheckSegments(tb, f, x.File)
	}
	for _, s := range found.Skipped {
		if s.At.Start < 0 || s.At.End < s.At.Start || s.At.End > len(f.Text) {
			tb.Errorf("skipped at %v in %d bytes", s.At, len(f.Text))
		}
	}
	if diff := cmp.Diff(Describe(found), Describe(read(f))); diff != "" {
		tb.Errorf("read twice (-first +second):\n%s", diff)
	}
}

// CheckSegments checks that every segment stands on disk as it does in the text.
func CheckSegments(tb testing.TB, disk, text *source.File) {
	tb.Helper()
	_, all := text.Locate(source.Span{Start: 0, End: len(text.Text)})
	tagged := carrier.HoldsTag(disk.Slice(all)) // what stands for code of a template is not that code
	last := 0
	for _, g := range text.View.Segments {
		if g.Len <= 0 || g.Text < last || g.Text+g.Len > len(text.Text) || g.Disk < 0 || g.Disk+g.Len > len(disk.Text) {
			tb.Errorf("%s: segment %+v is out of place", text.Path, g)
			return
		}
		last = g.Text + g.Len
		for i := range g.Len {
			if c := text.Text[g.Text+i]; c != source.Unknown && !tagged && c != disk.Text[g.Disk+i] {
				tb.Errorf("%s: segment %+v differs from the file:\n%q\n%q", text.Path, g, text.Text[g.Text:g.Text+g.Len], disk.Text[g.Disk:g.Disk+g.Len])
				return
			}
		}
	}
}

// CheckSquares makes edits of every text: each either is refused, or the file on
// disk reads as the edited text, and all others as before. It returns how many
// were made and how many refused.
func CheckSquares(tb testing.TB, found carrier.Found) (made, refused int) {
	tb.Helper()
	for _, x := range found.Texts {
		for _, e := range SampleEdits(x.File.Text) {
			out, err := source.Rewrite(map[*source.File][]source.Edit{x.File: {e}})
			if err != nil {
				refused++
				continue
			}
			made++
			want, _ := source.Apply(x.File.Text, []source.Edit{e})
			got := out.Files[x.File.Path]
			if got == nil || got.Text != want {
				tb.Errorf("%s: an edit of %v to %q reads otherwise", x.File.Path, e.Span, e.New)
				continue
			}
			for _, y := range found.Texts {
				if other := out.Files[y.File.Path]; y.File != x.File && !shared(x.File, y.File) && (other == nil || other.Text != y.File.Text) {
					tb.Errorf("%s: an edit of %v to %q changes %s", x.File.Path, e.Span, e.New, y.File.Path)
				}
			}
		}
	}
	return made, refused
}

// shared reports whether two texts have bytes on disk in common, as what tee
// writes to two files.
func shared(a, b *source.File) bool {
	for _, g := range a.View.Segments {
		for _, h := range b.View.Segments {
			if g.Disk < h.Disk+h.Len && h.Disk < g.Disk+g.Len {
				return true
			}
		}
	}
	return false
}

// SampleEdits returns edits such as fixes are made of: another value, a line more,
// a line less.
func SampleEdits(text string) []source.Edit {
	var edits []source.Edit
	start := 0
	for line := range strings.Lines(text) {
		end := start + len(line)
		edits = append(edits,
			source.Edit{Span: source.Span{Start: start, End: start}, New: "# a comment\n"},
			source.Edit{Span: source.Span{Start: start, End: end}},
		)
		if i := strings.IndexByte(line, '='); i >= 0 {
			from := start + i + 1 + len(line[i+1:]) - len(strings.TrimLeft(line[i+1:], " "))
			to := start + len(strings.TrimRight(line, " \n"))
			if from < to {
				edits = append(edits, source.Edit{Span: source.Span{Start: from, End: to}, New: "7 8"})
			}
		}
		if body := strings.TrimRight(line, "\n"); strings.HasSuffix(body, ";") {
			edits = append(edits, source.Edit{Span: source.Span{Start: start + len(body), End: start + len(body)}, New: "\n    set $a \"b\";"})
		}
		start = end
	}
	return slices.Clip(edits)
}
