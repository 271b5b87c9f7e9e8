package pipeline

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/rules"
)

// TestReadmeVersions holds the versions that the README calls known against the tables.
func TestReadmeVersions(t *testing.T) {
	readme := strings.Join(strings.Fields(read(t, filepath.Join(project(), "README.md"))), " ")
	kernel := facts.V(facts.NewestKernel.Major, facts.NewestKernel.Minor, 0)
	want := fmt.Sprintf("Known are nginx up to %s and Linux up to %s; the rules are about nginx from %s and Linux from %s.",
		facts.NewestNginx, kernel, facts.OldestNginx, facts.OldestKernel)
	if !strings.Contains(readme, want) {
		t.Errorf("the README does not say %q", want)
	}
}

// TestExperiments checks that every experiment that a rule cites is described.
func TestExperiments(t *testing.T) {
	doc := read(t, filepath.Join(project(), "docs", "experiments.md"))
	cited := regexp.MustCompile(`experiment ([0-9]+[a-z]?)`)
	n := 0
	for _, r := range rules.All() {
		for _, m := range cited.FindAllStringSubmatch(r.Why, -1) {
			n++
			if !regexp.MustCompile(`(?m)^###? ` + m[1] + `\. `).MatchString(doc) {
				t.Errorf("%s cites experiment %s, which docs/experiments.md does not have", r.ID, m[1])
			}
		}
	}
	if n == 0 {
		t.Error("no rule cites an experiment")
	}
}
