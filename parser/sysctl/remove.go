package sysctl

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// Remove takes out the whole line of an entry with its line end, the comment above
// it that is about nothing else, and blank lines that would pile up. Where the
// last line has no line end, the one in front of it goes instead, so that the file
// still ends without one.
func Remove(tree *Tree, e *Entry) source.Edit { return RemoveAll(tree, e)[0] }

// RemoveAll is Remove for several entries, whose lines may touch.
func RemoveAll(tree *Tree, entries ...*Entry) []source.Edit {
	r := remover{text: tree.File.Text, gone: map[int]bool{}}
	for _, e := range entries {
		r.gone[e.Line.Start] = true
	}
	var spans []source.Span
	for _, e := range entries {
		spans = append(spans, r.span(e))
	}
	slices.SortFunc(spans, func(a, b source.Span) int { return a.Start - b.Start })
	var edits []source.Edit
	for _, s := range spans {
		if n := len(edits); n > 0 && s.Start <= edits[n-1].Span.End {
			edits[n-1].Span.End = max(edits[n-1].Span.End, s.End)
			continue
		}
		edits = append(edits, source.Edit{Span: s})
	}
	return edits
}

// remover finds what goes with a line. Lines are given by where they start.
type remover struct {
	text string
	gone map[int]bool // the lines of entries that go
}

func (r *remover) span(e *Entry) source.Span {
	s := source.Span{Start: e.Line.Start, End: r.next(e.Line.Start)}
	s.Start = r.comments(s, e)
	first := r.blanksAbove(s.Start)
	if below := r.blanksBelow(s.End); below > s.End || s.End == len(r.text) {
		switch {
		case first == 0:
			s.Start, s.End = 0, below // the file does not begin with blank lines
		case first < s.Start:
			s.Start = first
		}
	}
	if !strings.HasSuffix(r.text[s.Start:s.End], "\n") && s.Start > 0 {
		s.Start--
		if s.Start > 0 && r.text[s.Start-1] == '\r' {
			s.Start--
		}
	}
	return s
}

// next is where the line behind the one at a place starts.
func (r *remover) next(at int) int {
	if i := strings.IndexByte(r.text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(r.text)
}

// above is where the line in front of a place starts.
func (r *remover) above(at int) int {
	return strings.LastIndexByte(r.text[:max(at-1, 0)], '\n') + 1
}

// line is the text of a line without the blanks around it.
func (r *remover) line(at int) string {
	end := r.next(at)
	first := skipSpace(r.text, at, end)
	return r.text[first:trimSpace(r.text, first, end)]
}

func (r *remover) blanksAbove(at int) int {
	for at > 0 && r.line(r.above(at)) == "" {
		at = r.above(at)
	}
	return at
}

func (r *remover) blanksBelow(at int) int {
	for at < len(r.text) && r.line(at) == "" {
		at = r.next(at)
	}
	return at
}

// comments is where the comment above a line starts, as far as it is about that
// line alone: the line's end if there is none. A comment over several settings,
// over the whole file, or one that frames a part of it, stays.
func (r *remover) comments(s source.Span, e *Entry) int {
	leaf := lastPart(e.Key.Value)
	start, named := s.Start, false
	var told strings.Builder
	for at := s.Start; at > 0; {
		at = r.above(at)
		text := r.line(at)
		if text == "" || text[0] != '#' && text[0] != ';' {
			break
		}
		text = strings.TrimLeft(text, "#; \t")
		if strings.Trim(text, "#;=-*_~+") == "" {
			return s.Start // a frame
		}
		if key, _, set := strings.Cut(text, "="); set && !strings.ContainsAny(strings.TrimSpace(key), " \t") && !strings.Contains(key, leaf) {
			break // another setting, put aside
		}
		named = named || strings.Contains(text, leaf)
		told.WriteString(text)
		start = at
	}
	behind := s.End
	for r.gone[behind] && behind < len(r.text) {
		behind = r.next(behind)
	}
	if behind == len(r.text) || r.line(behind) == "" {
		if named || start > 0 {
			return start
		}
		return s.Start
	}
	key, _, _ := strings.Cut(r.line(behind), "=")
	if named && !strings.Contains(told.String(), lastPart(strings.TrimRight(key, " \t"))) {
		return start
	}
	return s.Start
}

// lastPart is what stands behind the last separator of a key.
func lastPart(key string) string { return key[strings.LastIndexAny(key, "./")+1:] }
