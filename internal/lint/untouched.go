package lint

import (
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// untouched makes sure that a patch says no more than its edits do: every
// directive that none of them touches is still read as it was, in the same
// block, and no directive begins outside what they wrote. So a forgotten
// semicolon that swallows the next directive is found out, and a brace that ends
// a block too early.
func untouched(before, after *nginx.Tree, edits []source.Edit) error {
	now := map[int]*nginx.Directive{}
	for d := range after.Root.Walk() {
		now[d.Span.Start] = d
	}
	known := map[int]bool{}
	for d := range before.Root.Walk() {
		start := source.Shift(d.Span.Start, edits)
		known[start] = true
		if n := now[start]; !touches(edits, d) && (n == nil || !sameDirective(d, n, edits)) {
			return fmt.Errorf("it would make something else of the directive %s", d.Name())
		}
	}
	written := writtenBy(edits)
	for start, n := range now {
		in := func(s source.Span) bool { return s.Start <= start && start < s.End }
		if !known[start] && !slices.ContainsFunc(written, in) {
			return fmt.Errorf("it would make the directive %s of something else", n.Name())
		}
	}
	return nil
}

// touches reports whether an edit changes a directive; of one with a block, its
// opening words. What is inserted at its edge does not.
func touches(edits []source.Edit, d *nginx.Directive) bool {
	span := d.Span
	if d.Body != nil {
		span.End = d.Body.Span.Start
	}
	return slices.ContainsFunc(edits, func(e source.Edit) bool {
		return e.Span.Start < span.End && span.Start < e.Span.End
	})
}

func sameDirective(d, n *nginx.Directive, edits []source.Edit) bool {
	if (d.Body == nil) != (n.Body == nil) || !slices.EqualFunc(d.Words, n.Words, func(a, b nginx.Arg) bool { return a.Value == b.Value }) {
		return false
	}
	a, b := d.In.Owner, n.In.Owner
	if a == nil || b == nil {
		return a == b
	}
	return b.Span.Start == source.Shift(a.Span.Start, edits)
}

// writtenBy returns where the new text of edits stands after them.
func writtenBy(edits []source.Edit) []source.Span {
	spans := make([]source.Span, 0, len(edits))
	delta := 0
	for _, e := range edits {
		start := e.Span.Start + delta
		spans = append(spans, source.Span{Start: start, End: start + len(e.New)})
		delta += e.Delta()
	}
	return spans
}
