package service_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

var update = flag.Bool("update", false, "write what was read into the examples")

// marker is a line of carets below what was read, with what it was read as.
var marker = regexp.MustCompile(`^ *\^+ `)

// TestReaders reads the examples in testdata/readers: files of a repository, with
// lines of carets below all that is read from them, and nothing else.
func TestReaders(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/readers/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("there are no examples", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want := string(txtar.Format(archive))
			got := string(txtar.Format(annotate(archive)))
			if got == want {
				return
			}
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			t.Errorf("what is read differs from what is marked (-marked +read):\n%s", cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
		})
	}
}

// annotate reads the files of an example and marks all that was read.
func annotate(a *txtar.Archive) *txtar.Archive {
	var files []*source.File
	for _, f := range a.Files {
		var lines []string
		for line := range strings.Lines(string(f.Data)) {
			if !marker.MatchString(line) {
				lines = append(lines, line)
			}
		}
		files = append(files, source.NewFile(f.Name, strings.Join(lines, "")))
	}
	marks := map[*source.File]map[int][]string{}
	for _, s := range service.Read(files, nil).Services {
		for _, fact := range s.Facts() {
			disk, span := fact.At.File.Locate(fact.At.Span) // a template is read as what it makes
			from, to := disk.Position(span.Start), disk.Position(span.End)
			width := max(1, to.Column-from.Column)
			if to.Line != from.Line {
				width = max(1, utf8.RuneCountInString(disk.Slice(disk.LineSpan(from.Line)))-from.Column+1)
			}
			if marks[disk] == nil {
				marks[disk] = map[int][]string{}
			}
			line := strings.Repeat(" ", from.Column-1) + strings.Repeat("^", width) + " " + fact.Text
			if at := marks[disk]; !slices.Contains(at[from.Line], line) {
				at[from.Line] = append(at[from.Line], line)
			}
		}
	}
	out := &txtar.Archive{Comment: a.Comment}
	for i, f := range files {
		var b strings.Builder
		n := 0
		for line := range strings.Lines(f.Text) {
			n++
			b.WriteString(line)
			slices.Sort(marks[f][n])
			for _, m := range marks[f][n] {
				b.WriteString(m + "\n")
			}
		}
		out.Files = append(out.Files, txtar.File{Name: a.Files[i].Name, Data: []byte(b.String())})
	}
	return out
}
