package linttest

import (
	"testing"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// Host reads the files of a txtar archive as a host of the supported versions;
// an archive without files is an empty one.
func Host(t *testing.T, archive string) *model.Host {
	t.Helper()
	e := &lint.Example{}
	target, err := targetOf(e)
	if err != nil {
		t.Fatal(err)
	}
	if archive == "" {
		return model.Build(model.Input{Target: target})
	}
	ts, err := split(&lint.Rule{ID: "host-example"}, archive)
	if err != nil {
		t.Fatal(err)
	}
	in, err := ts.input(target)
	if err != nil {
		t.Fatal(err)
	}
	return model.Build(in)
}

// Findings returns what a rule finds in the bad texts of all its examples.
func Findings(t *testing.T, r *lint.Rule, all []*lint.Rule) []lint.Finding {
	t.Helper()
	var out []lint.Finding
	for i := range r.Examples {
		x, err := load(r, &r.Examples[i], all)
		if err != nil {
			t.Fatal(err)
		}
		found, err := x.lint(x.bad)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, found...)
	}
	return out
}
