package embed

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tcplint/tcplint/parser/embed/embedtest"
	"github.com/tcplint/tcplint/parser/source"
)

var updateCarriers = flag.Bool("update-carriers", false, "rewrite what is wanted in testdata/carriers")

// TestCarriers compares what is found in the first file of each archive with the
// second one, "want".
func TestCarriers(t *testing.T) {
	t.Parallel()
	for _, name := range embedtest.Archives(t, "*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f := source.NewFile(ar.Files[0].Name, string(ar.Files[0].Data))
			found := Extract(f)
			embedtest.CheckTexts(t, f, found, Extract)
			embedtest.CheckSquares(t, found)
			got := embedtest.Describe(found)
			if *updateCarriers {
				ar.Files = []txtar.File{ar.Files[0], {Name: "want", Data: []byte(got)}}
				if err := os.WriteFile(name, txtar.Format(ar), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(ar.Files[1].Data), got); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
		})
	}
}
