package lint

import (
	"math/bits"
	"sort"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// The text of a template that rules see shows every branch of its conditions and
// the body of each loop once, which no rendering may ever give. So what they
// find is true only if it is found in the renderings as well.

// maxOutcomes bounds how many renderings are looked at.
const maxOutcomes = 24

// outcomes returns ways in which n choices may fall out. Each choice has each of
// its branches in one of them, and any two choices fall out in all four
// combinations of the first and the second way: what two conditions bring
// together is what a third one rarely changes.
func outcomes(n int) []func(int) int {
	always := func(v int) func(int) int { return func(int) int { return v } }
	out := []func(int) int{always(0), always(1), always(2), always(3)}
	for bit := range min(bits.Len(uint(max(n-1, 0))), (maxOutcomes-len(out))/2) {
		out = append(out,
			func(i int) int { return i >> bit & 1 },
			func(i int) int { return 1 - i>>bit&1 })
	}
	return out
}

// confirm drops the findings of a host with templates that a rendering denies: it
// has the place, and the finding is not there.
func confirm(h *model.Host, found []Finding, o Options) []Finding {
	n := h.Choices()
	if n == 0 || len(found) == 0 {
		return found
	}
	type key struct {
		rule, msg string
		place     Place
	}
	keyOf := func(f Finding) key { return key{f.Rule.ID, f.Msg, f.At.onDisk()} }
	for _, choose := range outcomes(n) {
		rendered := h.Outcome(choose)
		there := map[key]bool{}
		for _, f := range check(rendered, o) {
			there[keyOf(f)] = true
		}
		shown := visible(rendered)
		kept := found[:0:0]
		for _, f := range found {
			if there[keyOf(f)] || !shown(f.At) {
				kept = append(kept, f)
			}
		}
		if found = kept; len(found) == 0 {
			break
		}
	}
	return found
}

// onDisk is where on disk a place is.
func (p Place) onDisk() Place {
	if p.File == nil {
		return p
	}
	file, span := p.File.Locate(p.Span)
	return Place{file, span}
}

// visible returns a function that tells whether the start of a place is part of
// the rendered host.
func visible(h *model.Host) func(Place) bool {
	parts := map[*source.File][]source.Span{} // on disk, sorted
	for _, f := range h.Files() {
		if f.View == nil {
			parts[f] = []source.Span{{End: len(f.Text) + 1}}
			continue
		}
		for _, g := range f.View.Segments {
			parts[f.View.Disk] = append(parts[f.View.Disk], source.Span{Start: g.Disk, End: g.Disk + g.Len})
		}
	}
	for _, list := range parts {
		sort.Slice(list, func(i, j int) bool { return list[i].Start < list[j].Start })
	}
	return func(p Place) bool {
		p = p.onDisk()
		list := parts[p.File]
		i := sort.Search(len(list), func(i int) bool { return list[i].End > p.Span.Start })
		return i < len(list) && list[i].Start <= p.Span.Start
	}
}
