package topology

import (
	"cmp"
	"iter"
	"slices"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

// owned is the text of a node.
type owned struct {
	span source.Span
	node int
}

// touched is a directive that decides about an edge.
type touched struct {
	span source.Span
	edge *Edge
}

// hops are the directives of a file that decide about edges, sorted by where they begin.
type hops struct {
	all     []touched
	longest int // of their texts
}

func (h *hops) add(t touched) {
	h.all, h.longest = append(h.all, t), max(h.longest, t.span.Len())
}

// under yields those whose text has a byte in common with a span.
func (h *hops) under(span source.Span) iter.Seq[touched] {
	return func(yield func(touched) bool) {
		first, _ := slices.BinarySearchFunc(h.all, span.Start-h.longest, func(t touched, start int) int { return cmp.Compare(t.span.Start, start) })
		for _, t := range h.all[first:] {
			if t.span.Start >= span.End {
				return
			}
			if overlap(t.span, span) && !yield(t) {
				return
			}
		}
	}
}

// attach puts findings where they belong: into the innermost node whose text they
// stand in, and onto each hop that a directive decides about which they speak of.
func (b *builder) attach(findings []lint.Finding) {
	nodes := map[string][]owned{}
	for i, n := range b.Nodes {
		for _, p := range n.region {
			nodes[p.File.Path] = append(nodes[p.File.Path], owned{p.Span, i})
		}
	}
	for _, all := range nodes {
		slices.SortStableFunc(all, func(x, y owned) int {
			return cmp.Or(cmp.Compare(x.span.Start, y.span.Start), cmp.Compare(y.span.End, x.span.End))
		})
	}
	byPath := map[string]*hops{}
	for _, e := range b.Edges {
		for _, p := range e.touches {
			h := byPath[p.File.Path]
			if h == nil {
				h = &hops{}
				byPath[p.File.Path] = h
			}
			h.add(touched{p.Span, e})
		}
	}
	for _, h := range byPath {
		slices.SortFunc(h.all, func(x, y touched) int { return cmp.Compare(x.span.Start, y.span.Start) })
	}
	for i := range findings {
		f := &findings[i]
		if f.At.File == nil {
			continue
		}
		for _, n := range innermost(nodes[f.At.File.Path], f.At.Span) {
			b.Nodes[n].Findings = addOnce(b.Nodes[n].Findings, i)
		}
		onto := func(p lint.Place, ownOnly bool) (found bool) {
			if p.File == nil || byPath[p.File.Path] == nil {
				return false
			}
			for t := range byPath[p.File.Path].under(p.Span) {
				if ownOnly && (t.edge.own.File != p.File || t.edge.own.Span != t.span) {
					continue
				}
				t.edge.Findings = addOnce(t.edge.Findings, i)
				found = true
			}
			return found
		}
		// A note such as "the pool is declared here" is about one of many hops that
		// have the pool; one that leads to a pass is about that.
		found := onto(f.At, false)
		for _, n := range f.Notes {
			onto(n.At, found)
		}
	}
}

// inherit gives a hop into a location what is found in that, and one from an
// upstream to a peer what is found on the hops to the upstream: the same
// connections go over it.
func (b *builder) inherit() {
	into := map[int][]int{}
	for _, e := range b.Edges {
		switch b.Nodes[e.To].Stage {
		case Location:
			e.Findings = union(e.Findings, b.Nodes[e.To].Findings)
		case Upstream:
			into[e.To] = union(into[e.To], e.Findings)
		default: // nothing else goes on as the same connections
		}
	}
	for _, e := range b.Edges {
		e.Findings = union(e.Findings, into[e.From])
	}
}

func union(a, b []int) []int {
	if len(b) == 0 {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

func overlap(a, b source.Span) bool { return a.Start < b.End && b.Start < a.End }

// innermost are the nodes with the smallest text that holds a span. all is sorted
// by where the texts begin, those that hold others first. A text that is included
// twice is that of several nodes.
func innermost(all []owned, span source.Span) []int {
	after, _ := slices.BinarySearchFunc(all, span.Start+1, func(o owned, start int) int { return cmp.Compare(o.span.Start, start) })
	var out []int
	var best source.Span
	for _, o := range slices.Backward(all[:after]) {
		switch {
		case len(out) > 0 && o.span != best:
			return out
		case o.span.Contains(span):
			best = o.span
			out = append(out, o.node)
		}
	}
	return out
}

func addOnce(all []int, i int) []int {
	if len(all) > 0 && all[len(all)-1] == i { // findings come in order
		return all
	}
	return append(all, i)
}

// prune leaves out the locations that pass nothing on and in which nothing is
// found.
func (b *builder) prune() {
	index := make([]int, len(b.Nodes))
	var nodes []*Node
	for i, n := range b.Nodes {
		if !n.kept && len(n.Findings) == 0 {
			index[i] = -1
			b.Hidden++
			continue
		}
		index[i] = len(nodes)
		nodes = append(nodes, n)
	}
	var edges []*Edge
	for _, e := range b.Edges {
		if e.From, e.To = index[e.From], index[e.To]; e.From >= 0 && e.To >= 0 {
			edges = append(edges, e)
		}
	}
	for _, n := range nodes {
		if n.Server >= 0 {
			n.Server = index[n.Server]
		}
	}
	b.Nodes, b.Edges = nodes, edges
}
