package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/lint"
)

// faults is how many faults are in the repository of testdata/library.txtar.
const faults = 24

// TestLibrary checks a repository in which nothing is declared: all of its faults are
// named, each where it stands, and no warning or error names anything else.
func TestLibrary(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/library.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{".git/HEAD": "ref: refs/heads/main\n"}
	for _, f := range archive.Files {
		files[f.Name] = string(f.Data)
	}
	want := strings.Split(strings.TrimSpace(files["want"]), "\n")
	delete(files, "want")
	findings := checked(t, files)
	var got []string
	for _, f := range findings {
		if f.Severity < lint.Warning && f.Rule.ID != "nginx-sse-buffered" {
			continue
		}
		disk, at := f.At.File.Locate(f.At.Span)
		line := strings.TrimSpace(disk.Slice(disk.LineSpan(disk.Position(at.Start).Line)))
		got = append(got, fmt.Sprintf("%s: %s: %s", disk.Path, line, f.Rule.ID))
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(want) != faults {
		t.Errorf("%d faults are listed, of %d", len(want), faults)
	}
}
