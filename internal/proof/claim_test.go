//go:build linux

package proof

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/rules"
)

// A claim is an example of a rule, and the experiment that the rule cites for
// the effect which the example has.
type claim struct{ rule, example, experiment string }

// claims are all that the tests of this package show.
func claims() []claim {
	var all []claim
	for _, c := range connectionCases {
		all = append(all, c.claim)
	}
	for _, c := range requestCases {
		all = append(all, c.claim)
	}
	for _, c := range responseCases {
		all = append(all, c.claim)
	}
	for _, c := range streamCases {
		all = append(all, c.claim)
	}
	for _, c := range leavingCases {
		all = append(all, c.claim)
	}
	for _, c := range refusalCases {
		all = append(all, c.claim)
	}
	all = append(all, upgradeCases...)
	all = append(all, resumptionCases...)
	all = slices.Concat(all, raceCases, fullCases, fileCases, repeatCases, thrashCases)
	for _, c := range kernelCases {
		all = append(all, c.claim)
	}
	return all
}

// TestCited makes sure that the figures which people read in "explain" name the
// experiment, and that every claim is about an example that there is.
func TestCited(t *testing.T) {
	t.Parallel()
	seen := map[claim]bool{}
	for _, c := range claims() {
		r := c.find(t).rule
		if !regexp.MustCompile(`\b[Ee]xperiment ` + c.experiment + `\b`).MatchString(r.Why) {
			t.Errorf("%s does not cite experiment %s, which is repeated here", c.rule, c.experiment)
		}
		if seen[c] {
			t.Errorf("%s is shown twice", c)
		}
		seen[c] = true
	}
}

// String names the claim's test.
func (c claim) String() string {
	return c.rule + "/" + strings.ReplaceAll(cmp.Or(c.example, "example"), "/", " ")
}

// An example is one of a rule.
type example struct {
	*lint.Example

	rule *lint.Rule
}

func (c claim) find(t *testing.T) example {
	t.Helper()
	for _, r := range rules.All() {
		if r.ID != c.rule {
			continue
		}
		for i := range r.Examples {
			if e := &r.Examples[i]; e.Name == c.example && e.Good != "" {
				return example{e, r}
			}
		}
	}
	t.Fatalf("there is no rule %s with a bad and a good example named %q", c.rule, c.example)
	return example{}
}

// sides are the texts of the claim's example, for the oldest nginx of this machine
// of which the rule finds what is marked. The test is skipped if it finds another
// fault with every one.
func (c claim) sides(t *testing.T) (bad, good linttest.Side) {
	t.Helper()
	bad, good, reason := c.find(t).sides(t)
	if reason != "" {
		t.Skip(reason)
	}
	return bad, good
}

// sides are the texts of the example; the reason says why there are none.
func (x example) sides(t *testing.T) (bad, good linttest.Side, reason string) {
	t.Helper()
	var reasons []string
	for _, target := range here(t) {
		var about string
		if bad, good, about = linttest.Sides(t, x.rule, x.Example, rules.All(), target); about == "" {
			return bad, good, ""
		}
		reasons = append(reasons, fmt.Sprintf("the example is not about nginx %s and Linux %s:\n%s", target.Nginx.From, target.Kernel.From, about))
	}
	return bad, good, strings.Join(reasons, "\n")
}

// here are the kernel of this machine and each nginx, the oldest first. Without an
// nginx, rules about the kernel are told of the oldest release.
func here(t *testing.T) []model.Target {
	t.Helper()
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	release, err := facts.ParseVersion(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	all, err := linttest.Nginxes()
	if err != nil && os.Getenv(linttest.RequireOracles) == "1" {
		t.Fatal(err)
	}
	if err != nil {
		t.Log(err)
	}
	if len(all) == 0 {
		all = []linttest.Nginx{{Version: facts.OldestNginx}}
	}
	var targets []model.Target
	for _, n := range all {
		targets = append(targets, model.Target{Nginx: facts.Only(n.Version), Kernel: facts.Only(release)})
	}
	return targets
}

// cured is a text after the fixes of further rules, those that the fix of the
// claim's own rule leads to.
func cured(t *testing.T, side linttest.Side, ids []string) linttest.Side {
	t.Helper()
	if len(ids) == 0 {
		return side
	}
	few := slices.DeleteFunc(rules.All(), func(r *lint.Rule) bool { return !slices.Contains(ids, r.ID) })
	out := lint.FixAll([]model.Input{side.Input}, lint.Options{Rules: few, Known: rules.IDs()}, lint.Unsafe)
	if len(out.Changes) == 0 {
		t.Fatalf("%v find nothing to fix", ids)
	}
	files := slices.Clone(side.Files)
	for _, change := range out.Changes {
		for i := range files {
			if files[i].Name == change.New.Path {
				files[i].Data = []byte(change.New.Text)
			}
		}
	}
	side.Files = files
	return side
}

// A trial is one run of a test, with the bad or the good text of an example.
type trial struct {
	*testing.T

	side linttest.Side
	bad  bool
}

// each runs a test for the bad and the good text of a claim at once.
func (c claim) each(t *testing.T, test func(trial)) {
	t.Helper()
	t.Run(c.String(), func(t *testing.T) {
		t.Parallel()
		bad, good := c.sides(t)
		t.Run("bad", func(t *testing.T) {
			t.Parallel()
			test(trial{t, bad, true})
		})
		t.Run("good", func(t *testing.T) {
			t.Parallel()
			test(trial{t, good, false})
		})
	})
}
