package lsp

import (
	"sort"
	"unicode/utf8"

	"github.com/tcplint/tcplint/parser/source"
)

// mapper converts between byte offsets of a text and positions of the protocol. It
// is the only place where that is done, and holds the text that both speak of.
//
// Lines end with LF, CR or CR LF, as the protocol has it; no position lies between the
// CR and the LF of one end. Columns count UTF-16 code units, or bytes if utf8 is set. A
// byte that is no UTF-8 counts as one character, as every decoder shows it.
type mapper struct {
	text  string
	utf8  bool
	lines []int // where each begins
	ascii bool
}

func newMapper(text string, utf8Columns bool) *mapper {
	m := &mapper{text: text, utf8: utf8Columns, lines: []int{0}, ascii: true}
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\n', c == '\r' && (i+1 == len(text) || text[i+1] != '\n'):
			m.lines = append(m.lines, i+1)
		case c >= utf8.RuneSelf:
			m.ascii = false
		}
	}
	return m
}

// position returns the place of a byte offset; one outside of the text is moved to its
// nearest end, one within a line end to its beginning, one within a character to its
// beginning.
func (m *mapper) position(offset int) position {
	offset = min(max(offset, 0), len(m.text))
	line := sort.SearchInts(m.lines, offset+1) - 1
	start := m.lines[line]
	offset = min(offset, m.end(line))
	if m.ascii {
		return position{Line: uint32(line), Character: uint32(offset - start)} //nolint:gosec // texts are shorter than 4 GB
	}
	column := 0
	for i := start; i < offset; {
		r, n := utf8.DecodeRuneInString(m.text[i:])
		if i+n > offset {
			break
		}
		column += m.width(r, n)
		i += n
	}
	return position{Line: uint32(line), Character: uint32(column)} //nolint:gosec // texts are shorter than 4 GB
}

// offset returns the byte offset of a place; one behind the end of its line is that
// end, as the protocol has it, one behind the last line the end of the text.
func (m *mapper) offset(p position) int {
	line := int(p.Line)
	if line >= len(m.lines) {
		return len(m.text)
	}
	start, end := m.lines[line], m.end(line)
	column := int(p.Character)
	if m.ascii {
		return min(start+column, end)
	}
	i := start
	for i < end && column > 0 {
		r, n := utf8.DecodeRuneInString(m.text[i:])
		w := m.width(r, n)
		if w > column {
			break // inside of a character
		}
		column -= w
		i += n
	}
	return i
}

// span returns the range of a span.
func (m *mapper) span(s source.Span) spanRange {
	return spanRange{Start: m.position(s.Start), End: m.position(s.End)}
}

// offsets returns the span of a range.
func (m *mapper) offsets(r spanRange) source.Span {
	start := m.offset(r.Start)
	return source.Span{Start: start, End: max(start, m.offset(r.End))}
}

// end is where a line ends, without its line end.
func (m *mapper) end(line int) int {
	if line+1 == len(m.lines) {
		return len(m.text)
	}
	end := m.lines[line+1] - 1
	if end > m.lines[line] && m.text[end] == '\n' && m.text[end-1] == '\r' {
		end--
	}
	return end
}

func (m *mapper) width(r rune, n int) int {
	switch {
	case m.utf8:
		return n
	case r >= 0x10000:
		return 2
	}
	return 1
}
