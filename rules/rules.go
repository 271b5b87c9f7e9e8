// Package rules holds tcplint's rules: one file each, named after the rule's
// ID, with what it claims, why, and the examples that are its tests.
package rules

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
)

var all []*lint.Rule

// add declares a rule. Every rule file calls it once, in a package-level
// variable, so that no list has to be kept. It takes the address of a variable since
// the compiler then lays the rule out, and nothing is made when the program starts.
//
//go:noinline
func add(r *lint.Rule) *lint.Rule { //nolint:unparam // the result lets a package-level variable make the call
	all = append(all, r)
	return r
}

// All returns the rules, sorted by ID.
func All() []*lint.Rule {
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(a, b *lint.Rule) int { return strings.Compare(a.ID, b.ID) })
	return sorted
}

// IDs returns the names of all rules, sorted.
func IDs() []string {
	var ids []string
	for _, r := range All() {
		ids = append(ids, r.ID)
	}
	return ids
}
