package source

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Edit replaces the bytes of Span by New. An empty span inserts.
type Edit struct {
	Span Span
	New  string
}

// Delta is the number of bytes by which the edit makes the text longer.
func (e Edit) Delta() int { return len(e.New) - e.Span.Len() }

// Merge adds the edits of one fix to those already accepted. Identical edits
// coalesce, insertions at one point queue in the order in which they came, and
// edits that overlap conflict: then ok is false and the result is acc,
// unchanged. Both lists speak of the same text.
func Merge(acc, fix []Edit) (merged []Edit, ok bool) {
	if !slices.IsSortedFunc(acc, byPlace) {
		acc = slices.Clone(acc)
		slices.SortStableFunc(acc, byPlace)
	}
	var more []Edit
	seen := make(map[Edit]bool, len(fix))
	for _, e := range fix {
		if !seen[e] && !holds(acc, e) {
			seen[e] = true
			more = append(more, e)
		}
	}
	slices.SortStableFunc(more, byPlace)
	merged = make([]Edit, 0, len(acc)+len(more))
	rest := acc
	for _, e := range more {
		n, _ := slices.BinarySearchFunc(rest, e, func(a, e Edit) int {
			if byPlace(a, e) <= 0 {
				return -1 // behind those at the same place, which came first
			}
			return 1
		})
		merged = append(append(merged, rest[:n]...), e)
		rest = rest[n:]
	}
	merged = append(merged, rest...)
	// In this order, if any two edits overlap then two neighbours do.
	for i := 1; i < len(merged); i++ {
		if overlap(merged[i-1].Span, merged[i].Span) {
			return acc, false
		}
	}
	return merged, true
}

// byPlace orders edits by where they are: an insertion goes before what is
// replaced at the same point.
func byPlace(a, b Edit) int {
	return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Span.End, b.Span.End))
}

// holds reports whether a sorted list has the same edit.
func holds(sorted []Edit, e Edit) bool {
	i, _ := slices.BinarySearchFunc(sorted, e, byPlace)
	for ; i < len(sorted) && sorted[i].Span == e.Span; i++ {
		if sorted[i] == e {
			return true
		}
	}
	return false
}

// overlap reports whether two edits touch the same byte, or one inserts inside
// what the other replaces. Insertions at the edge of a replacement do not
// overlap it.
func overlap(a, b Span) bool { return a.Start < b.End && b.Start < a.End }

// Apply returns the text with all edits made. Edits must be sorted and free of
// overlaps, as Merge leaves them; anything else is an error and changes
// nothing.
func Apply(text string, edits []Edit) (string, error) {
	size, last := len(text), 0
	for i, e := range edits {
		if e.Span.Start < last || e.Span.End < e.Span.Start || e.Span.End > len(text) {
			return "", fmt.Errorf("edit %d (bytes %d to %d) overlaps another or lies outside the text", i, e.Span.Start, e.Span.End)
		}
		last = e.Span.End
		size += e.Delta()
	}
	var b strings.Builder
	b.Grow(size)
	last = 0
	for _, e := range edits {
		b.WriteString(text[last:e.Span.Start])
		b.WriteString(e.New)
		last = e.Span.End
	}
	b.WriteString(text[last:])
	return b.String(), nil
}

// Shift returns where an offset of the old text lies after the edits. An
// offset inside a replaced range moves to the end of the replacement.
func Shift(offset int, edits []Edit) int {
	delta := 0
	for _, e := range edits {
		if e.Span.Start > offset || (e.Span.Start == offset && e.Span.Len() > 0) {
			break
		}
		if e.Span.End > offset {
			return e.Span.Start + delta + len(e.New)
		}
		delta += e.Delta()
	}
	return offset + delta
}
