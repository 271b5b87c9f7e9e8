package linttest

import (
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
// is empty if the example shows the same fault there, and says what differs
// otherwise: then it is about other versions.
func Sides(t *testing.T, r *lint.Rule, e *lint.Example, all []*lint.Rule, target model.Target) (bad, good Side, about string) {
	t.Helper()
	x, err := load(r, e, all)
	if err != nil {
		t.Fatal(err)
	}
	x.target = target
	side := func(ts texts) (Side, []lint.Finding) {
		in, err := x.input(ts)
		if err != nil {
			t.Fatal(err)
		}
		found, err := x.lint(ts)
		if err != nil {
			t.Fatal(err)
		}
		return Side{Files: ts, Input: in}, found
	}
	bad, found := side(x.bad)
	about = compare(x.marks, found)
	if x.good != nil {
		good, found = side(x.good)
		about += compare(nil, found)
	}
	return bad, good, about
}

// InstalledNginx returns the nginx of this machine.
func InstalledNginx() (program string, version facts.Version, ok bool) {
	o, ok := findNginx()
	return o.program, o.version, ok
}
