package linttest

import (
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/facts"
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
// says which of the marked findings are not made there, and is empty if all are:
// else the example is about other versions.
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
	found, err := x.lint(x.bad)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(compare(x.marks, found)) {
		if strings.HasPrefix(line, "- ") {
			about += line
		}
	}
	bad = side(x.bad)
	if x.good != nil {
		good = side(x.good)
	}
	return bad, good, about
}

// InstalledNginx returns the nginx of this machine.
func InstalledNginx() (program string, version facts.Version, ok bool) {
	o, ok := findNginx()
	return o.program, o.version, ok
}
