package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

// copiesOf finds the findings that are those of another file once more: the same
// rule says the same of the same text on the same line, as in copies of a file.
// copies are, for the first of each, the places of the others; again marks these.
// Findings of one file stay apart.
func copiesOf(all []lint.Finding) (copies map[int][]lint.Place, again map[int]bool) {
	copies, again = map[int][]lint.Place{}, map[int]bool{}
	if !slices.ContainsFunc(all, func(f lint.Finding) bool { return f.At.File != all[0].At.File }) {
		return copies, again
	}
	first := map[string]int{}
	for i := range all {
		key, ok := copyKey(&all[i])
		if !ok {
			continue
		}
		j, seen := first[key]
		inFile := func(p lint.Place) bool { return p.File == all[i].At.File }
		switch {
		case !seen:
			first[key] = i
		case !inFile(all[j].At) && !slices.ContainsFunc(copies[j], inFile):
			copies[j] = append(copies[j], all[i].At)
			again[i] = true
		}
	}
	return copies, again
}

// copyKey is the same for findings that are copies of each other.
func copyKey(f *lint.Finding) (key string, ok bool) {
	if f.At.File == nil {
		return "", false
	}
	at := f.At.File.Position(f.At.Span.Start)
	parts := []string{ruleID(f), f.Severity.String(), f.Msg, f.Versions, linesOf(f.At), strconv.Itoa(at.Line), strconv.Itoa(at.Column)}
	for _, n := range f.Notes {
		parts = append(parts, n.Msg)
	}
	if f.Fix != nil {
		parts = append(parts, f.Fix.Title, f.Fix.Safety.String())
	}
	return strings.Join(parts, "\x00"), true
}

// linesOf is the text of the lines that a place touches.
func linesOf(at lint.Place) string {
	text := at.File.Text
	from := min(max(at.Span.Start, 0), len(text))
	end := min(max(at.Span.End, from), len(text))
	start := strings.LastIndexByte(text[:from], '\n') + 1
	if i := strings.IndexByte(text[end:], '\n'); i >= 0 {
		end += i
	}
	return at.File.Slice(source.Span{Start: start, End: end})
}

// namedCopies is the number of copies that are named.
const namedCopies = 3

// sameIn says where else a finding is made.
func (p *printer) sameIn(places []lint.Place) {
	if len(places) == 0 {
		return
	}
	var names []string
	for _, at := range places[:min(len(places), namedCopies)] {
		names = append(names, place(at))
	}
	s := "the same in " + count(len(places), "other file", "other files") + ": " + strings.Join(names, ", ")
	if n := len(places) - namedCopies; n > 0 {
		s += fmt.Sprintf(" and %d more", n)
	}
	p.remark(p.note, "note", s)
}
