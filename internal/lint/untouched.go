package lint

import (
	"fmt"
	"slices"
	"sort"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// untouched makes sure that a patch says no more than its edits do: every
// directive that none of them touches is still read as it was, in the same
// block, one whose name stays is still a directive, and none begins outside what
// the edits wrote. So a forgotten semicolon that swallows the next directive is
// found out, and a brace that ends a block too early.
func untouched(before, after *nginx.Tree, edits []source.Edit) error {
	m := newMoves(edits)
	now := map[int]*nginx.Directive{}
	for d := range after.Root.Walk() {
		now[d.Span().Start] = d
	}
	known := map[int]bool{}
	for d := range before.Root.Walk() {
		start := m.shift(d.Span().Start)
		known[start] = true
		if m.touch(d.Words().At(0).Span) {
			continue // replaced by something else
		}
		n, whole := now[start], d.Span()
		if d.Body() != nil {
			whole.End = d.Body().Span().Start
		}
		if n == nil || n.Name() != d.Name() || !m.touch(whole) && !m.same(d, n) {
			return fmt.Errorf("it would make something else of the directive %s", d.Name())
		}
	}
	for d := range after.Root.Walk() {
		if start := d.Span().Start; !known[start] && !m.wrote(start) {
			return fmt.Errorf("it would make the directive %s of something else", d.Name())
		}
	}
	return nil
}

// moves answers where edits, sorted and free of overlaps, leave things.
type moves struct {
	edits []source.Edit
	delta []int // by how much the text has grown before each edit, and in the end
}

func newMoves(edits []source.Edit) *moves {
	m := &moves{edits: edits, delta: make([]int, len(edits)+1)}
	for i, e := range edits {
		m.delta[i+1] = m.delta[i] + e.Delta()
	}
	return m
}

// shift is source.Shift, in less time.
func (m *moves) shift(offset int) int {
	i := sort.Search(len(m.edits), func(i int) bool {
		s := m.edits[i].Span
		return s.Start > offset || s.Start == offset && s.Len() > 0
	})
	if i > 0 && m.edits[i-1].Span.End > offset {
		return m.edits[i-1].Span.Start + m.delta[i-1] + len(m.edits[i-1].New)
	}
	return offset + m.delta[i]
}

// touch reports whether an edit changes what stands in a span. What is inserted
// at its edge does not.
func (m *moves) touch(span source.Span) bool {
	i := sort.Search(len(m.edits), func(i int) bool { return m.edits[i].Span.End > span.Start })
	return i < len(m.edits) && m.edits[i].Span.Start < span.End
}

// wrote reports whether an edit wrote what now stands at an offset.
func (m *moves) wrote(offset int) bool {
	end := func(i int) int { return m.edits[i].Span.Start + m.delta[i] + len(m.edits[i].New) }
	i := sort.Search(len(m.edits), func(i int) bool { return end(i) > offset })
	return i < len(m.edits) && end(i)-len(m.edits[i].New) <= offset
}

// same reports whether two directives before and after the edits say the same in
// the same block.
func (m *moves) same(d, n *nginx.Directive) bool {
	if (d.Body() == nil) != (n.Body() == nil) || !slices.Equal(d.Words().Values(), n.Words().Values()) {
		return false
	}
	a, b := d.In.Owner(), n.In.Owner()
	if a == nil || b == nil {
		return a == b
	}
	return b.Span().Start == m.shift(a.Span().Start)
}
