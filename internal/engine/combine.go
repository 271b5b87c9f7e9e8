package engine

import (
	"cmp"
	"slices"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

// findingKey tells findings apart.
type findingKey struct {
	rule, path, msg string
	span            source.Span
}

func keyOf(f lint.Finding) findingKey {
	return findingKey{f.Rule.ID, f.At.File.Path, f.Msg, f.At.Span}
}

// combine makes one result of several. What several hosts say of the same place
// is said once.
func combine(results []*lint.Result) *lint.Result {
	all := &lint.Result{}
	findings := 0
	for _, r := range results {
		findings += len(r.Findings)
	}
	all.Findings = slices.Grow(all.Findings, findings)
	silenced, unseen := map[findingKey]bool{}, map[findingKey]bool{}
	first := func(seen map[findingKey]bool, k findingKey) bool {
		if seen[k] {
			return false
		}
		seen[k] = true
		return true
	}
	for _, r := range results {
		all.Findings = append(all.Findings, r.Findings...)
		for _, s := range r.Suppressed {
			if first(silenced, keyOf(s.Finding)) {
				all.Suppressed = append(all.Suppressed, s)
			}
		}
		for _, n := range r.NotChecked {
			k := findingKey{rule: n.Rule, msg: n.Reason, span: n.At.Span}
			if n.At.File != nil {
				k.path = n.At.File.Path
			}
			if first(unseen, k) {
				all.NotChecked = append(all.NotChecked, n)
			}
		}
		all.Files = append(all.Files, r.Files...)
		all.Dropped = append(all.Dropped, r.Dropped...)
		all.Applied += r.Applied
		all.Elsewhere += r.Elsewhere
		all.Broken = append(all.Broken, r.Broken...)
	}
	slices.Sort(all.Files)
	all.Files = slices.Compact(all.Files)
	lint.Sort(all.Findings) // so that what is said of one place stands together
	all.Findings = slices.CompactFunc(all.Findings, func(a, b lint.Finding) bool { return keyOf(a) == keyOf(b) })
	slices.SortStableFunc(all.Suppressed, func(a, b lint.Suppression) int {
		return cmp.Or(
			cmp.Compare(a.Finding.At.File.Path, b.Finding.At.File.Path),
			cmp.Compare(a.Finding.At.Span.Start, b.Finding.At.Span.Start),
		)
	})
	return all
}
