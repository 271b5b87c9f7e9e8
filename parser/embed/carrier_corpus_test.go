package embed

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/embedtest"
	"github.com/tcplint/tcplint/parser/source"
)

// TestCarriersOfCorpus reads the files of the corpus that are not YAML, and
// prints what is found in them.
func TestCarriersOfCorpus(t *testing.T) {
	t.Parallel()
	table := map[string]*[4]int{}
	made, refused := 0, 0
	for _, kind := range []string{"sysctl-tuned", "sysctl-other-cm", "sysctl-in-shell"} {
		for _, path := range embedtest.CorpusFiles(t, kind) {
			switch filepath.Ext(path) {
			case ".yaml", ".yml", ".sls":
				continue
			}
			text, err := os.ReadFile(path) //nolint:gosec // of the corpus
			if err != nil {
				t.Fatal(err)
			}
			f := source.NewFile(filepath.ToSlash(path), string(text))
			found := Extract(f)
			embedtest.CheckTexts(t, f, found, Extract)
			m, r := embedtest.CheckSquares(t, found)
			made, refused = made+m, refused+r
			row := kind + " " + found.Carrier
			if table[row] == nil {
				table[row] = &[4]int{}
			}
			table[row][0]++
			for _, x := range found.Texts {
				table[row][1]++
				if x.Kind == detect.Sysctl {
					table[row][2] += strings.Count(x.File.Text, "=")
				}
			}
			table[row][3] += len(found.Skipped)
			if len(found.Texts) == 0 {
				t.Logf("nothing in %s", path)
			}
		}
	}
	for row, n := range table {
		t.Logf("%-44s %d files, %d texts, %d settings, %d skipped", row, n[0], n[1], n[2], n[3])
	}
	t.Logf("%d edits made, %d refused", made, refused)
}
