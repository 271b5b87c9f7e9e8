package lint

import (
	"math/bits"
	"slices"
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
// has the place, and the finding is not there. It also drops those in a template
// that no rendering confirms.
func confirm(h *model.Host, found []Finding, o Options) []Finding {
	n := h.Choices()
	if n == 0 || len(found) == 0 {
		return found
	}
	t := &trial{host: h, options: o, found: found, confirmed: map[findingKey]bool{}}
	for _, choose := range outcomes(n) {
		t.try(choose)
	}
	for range maxOutcomes / len(bases) {
		i := slices.IndexFunc(t.found, t.open)
		if i < 0 {
			break
		}
		at := t.found[i].At
		for _, v := range bases {
			t.try(toward(h, at, v))
		}
		t.sought = append(t.sought, at)
	}
	return slices.DeleteFunc(t.found, t.unconfirmed)
}

// bases are how all choices fall out that do not decide whether a place is there.
var bases = []int{0, 1}

// toward is a way in which choices fall out so that a place is there. All others
// fall out as v.
func toward(h *model.Host, at Place, v int) func(int) int {
	way := h.Toward(at.File, at.Span.Start)
	return func(i int) int {
		if w, ok := way[i]; ok {
			return w
		}
		return v
	}
}

// trial holds findings against renderings.
type trial struct {
	host      *model.Host
	options   Options
	found     []Finding // not denied so far
	confirmed map[findingKey]bool
	sought    []Place // places that renderings were made for
}

// findingKey tells findings apart, wherever a rendering puts their places.
type findingKey struct {
	rule, msg string
	place     Place
}

func keyOf(f *Finding) findingKey { return findingKey{f.Rule.ID, f.Msg, f.At.onDisk()} }

// try drops what a rendering denies, and notes what it confirms.
func (t *trial) try(choose func(int) int) {
	if len(t.found) == 0 {
		return
	}
	rendered := t.host.Outcome(choose)
	there := map[findingKey]bool{}
	found, _, _ := check(rendered, t.options) // a rule that breaks has broken before
	for _, f := range found {
		there[keyOf(&f)] = true
	}
	shown := visible(rendered)
	kept := t.found[:0:0]
	for _, f := range t.found {
		k := keyOf(&f)
		if there[k] || !shown(f.At) {
			kept = append(kept, f)
			t.confirmed[k] = t.confirmed[k] || there[k]
		}
	}
	t.found = kept
}

// unconfirmed reports whether a finding stands in a template and no rendering has
// it.
func (t *trial) unconfirmed(f Finding) bool {
	return f.At.File != nil && f.At.File.View != nil && f.At.File.View.Toward != nil && !t.confirmed[keyOf(&f)]
}

// open reports whether a finding is unconfirmed and no rendering was made for it.
func (t *trial) open(f Finding) bool { return t.unconfirmed(f) && !slices.Contains(t.sought, f.At) }

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
