package rules_test

import (
	"slices"
	"testing"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/rules"
)

// TestShownFixes makes the changes that fixes only show, each alone: whoever copies
// one must not end with a file that tcplint complains about in another way.
func TestShownFixes(t *testing.T) {
	t.Parallel()
	all := rules.All()
	made := 0
	for _, r := range all {
		for i := range r.Examples {
			in := linttest.Bad(t, r, &r.Examples[i], all)
			before := lint.Run([]*model.Host{model.Build(in)}, lint.Options{Rules: all}).Findings
			known := map[string]int{}
			for _, f := range before {
				known[f.Rule.ID]++
			}
			for _, f := range before {
				if f.Fix == nil || f.Fix.Safety != lint.Shown || len(f.Fix.Edits) == 0 {
					continue
				}
				made++
				left := map[string]int{}
				for _, g := range lint.Run([]*model.Host{model.Build(in.With(byHand(t, f.Fix)))}, lint.Options{Rules: all}).Findings {
					if left[g.Rule.ID]++; g.Severity > lint.Info && left[g.Rule.ID] > known[g.Rule.ID] && !slices.Contains(f.Fix.Leads, g.Rule.ID) {
						t.Errorf("%s, example %q: done by hand, %q brings %s: %s", r.ID, r.Examples[i].Name, f.Fix.Title, g.Rule.ID, g.Msg)
					}
				}
			}
		}
	}
	if made < 10 {
		t.Errorf("only %d fixes are shown with their edits", made)
	}
}

// byHand makes the edits of a fix.
func byHand(t *testing.T, fix *lint.Fix) map[string]*source.File {
	t.Helper()
	files := map[string]*source.File{}
	edits := map[*source.File][]source.Edit{}
	for _, e := range fix.Edits {
		merged, ok := source.Merge(edits[e.File], []source.Edit{e.Edit})
		if !ok {
			t.Fatalf("%q has edits that overlap", fix.Title)
		}
		edits[e.File] = merged
	}
	for f, list := range edits {
		text, err := source.Apply(f.Text, list)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Path] = source.NewFile(f.Path, text)
	}
	return files
}
