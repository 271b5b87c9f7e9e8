package linttest

import (
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// A Side is one text of an example: its files without markers, and what they
// make a host of.
type Side struct {
	Files []txtar.File
	Input model.Input
}

// Sides returns both texts of an example, read for a target of one's own. about
// is empty if all marked findings are made there and Good has no error. Else it
// says what is wrong, and the example is about other versions.
func Sides(t *testing.T, r *lint.Rule, e *lint.Example, all []*lint.Rule, target model.Target) (bad, good Side, about string) {
	t.Helper()
	x, err := load(r, e, all)
	if err != nil {
		t.Fatal(err)
	}
	x.target = target
	side := func(ts texts) Side {
		in, err := x.input(ts)
		if err != nil {
			t.Fatal(err)
		}
		return Side{Files: ts, Input: in}
	}
	bad = side(x.bad)
	found, err := x.lint(x.bad)
	if err != nil {
		t.Fatal(err)
	}
	var problems []string
	for line := range strings.Lines(compare(x.marks, found)) {
		if strings.HasPrefix(line, "- ") {
			problems = append(problems, line)
		}
	}
	if x.good != nil {
		good = side(x.good)
		for _, f := range lint.Run([]*model.Host{model.Build(good.Input)}, options(all, all)).Findings {
			if f.Severity == lint.Error {
				problems = append(problems, "in Good: "+markOf(f).String()+"\n")
			}
		}
	}
	return bad, good, strings.Join(problems, "")
}

// Bad returns what the bad text of an example makes a host of.
func Bad(t *testing.T, r *lint.Rule, e *lint.Example, all []*lint.Rule) model.Input {
	t.Helper()
	x, err := load(r, e, all)
	if err != nil {
		t.Fatal(err)
	}
	in, err := x.input(x.bad)
	if err != nil {
		t.Fatal(err)
	}
	return in
}
