package report

import (
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tcplint/tcplint/parser/source"
)

// Measures of a snippet, in terminal columns unless said otherwise.
const (
	tabStop     = 4
	lineColumns = 86      // shown of a line, so that all of it stays within fullWidth
	fullWidth   = 100     // where no terminal has a width
	leastWidth  = 40      // of a terminal; in a narrower one lines are broken by it
	minContext  = 10      // kept to the left of a span that is itself too long
	reach       = 1 << 10 // bytes looked at on either side of a span's start
	ellipsis    = "..."
)

// snippet is the first line of a span, ready to show, and the carets below it.
type snippet struct {
	line   int
	text   string
	indent int // columns before the carets
	carets int // at least one
	tail   string
}

// newSnippet lays out the line on which a span starts; at is the position of
// its start, most the columns to show.
func newSnippet(f *source.File, span source.Span, at source.Position, most int) snippet {
	line := f.LineSpan(at.Line)
	// A span may start on the line end, and end on a later line.
	start := min(at.Offset, line.End)
	end := min(max(span.End, start), line.End)
	s := snippet{line: at.Line}
	s.text, s.indent, s.carets = layOut(f.Text, line, source.Span{Start: start, End: end}, most)
	if span.End > line.End {
		if last := f.Position(span.End - 1).Line; last > at.Line {
			s.tail = ellipsis + " to line " + strconv.Itoa(last)
		}
	}
	if at.Offset == len(f.Text) {
		s.tail = " end of file"
	}
	return s
}

// cell is one character as it is shown.
type cell struct {
	shown           string
	offset          int // in the file
	column, columns int
}

// layOut returns what to show of a line, and where the span in it then lies.
// It looks only at the surroundings of the span's start, so that many findings
// on one huge line stay cheap.
func layOut(text string, line, span source.Span, most int) (shown string, indent, carets int) {
	if whole := text[line.Start:line.End]; len(whole) <= most && plain(whole) {
		return strings.TrimRight(whole, " "), span.Start - line.Start, max(1, span.Len())
	}
	from, to := line.Start, line.End
	if span.Start-from > reach {
		from = span.Start - reach
		for from < span.Start && !utf8.RuneStart(text[from]) {
			from++
		}
	}
	if to-span.Start > reach {
		to = span.Start + reach
		for to > span.Start && !utf8.RuneStart(text[to]) {
			to--
		}
	}
	cells, total := split(text[from:to], from)
	column := func(offset int) int {
		i := sort.Search(len(cells), func(i int) bool { return cells[i].offset >= offset })
		if i == len(cells) {
			return total
		}
		return cells[i].column
	}
	a, b := column(span.Start), column(span.End)
	left, right := frame(a, b, total, most)

	var out strings.Builder
	if left > 0 || from > line.Start {
		out.WriteString(ellipsis)
		indent = len(ellipsis)
	}
	for _, c := range cells {
		end := c.column + c.columns
		switch {
		case end > right:
		case c.column < left:
			// Half of a wide character is cut away: fill up its other half.
			out.WriteString(strings.Repeat(" ", max(0, end-left)))
		case c.columns == 0 && c.column == left && left > 0:
			// The character that it belongs to is cut away.
		default:
			out.WriteString(c.shown)
		}
	}
	if right < total || to < line.End {
		out.WriteString(ellipsis)
	}
	return strings.TrimRight(out.String(), " "), indent + a - left, max(1, min(b, right)-a)
}

// split turns a text into cells. Tabs become blanks up to the next tab stop.
func split(text string, offset int) (cells []cell, total int) {
	cells = make([]cell, 0, len(text))
	for text != "" {
		shown, size, columns := glyph(text)
		if text[0] == '\t' {
			columns = tabStop - total%tabStop
			shown = strings.Repeat(" ", columns)
		}
		cells = append(cells, cell{shown, offset, total, columns})
		text, offset, total = text[size:], offset+size, total+columns
	}
	return cells, total
}

// frame chooses the columns to show of a line with that total, so that a span
// from a to b is seen with something around it.
func frame(a, b, total, most int) (left, right int) {
	if total <= most {
		return 0, total
	}
	if b > most {
		left = a - max(minContext, (most-(b-a))/2)
		left = max(0, min(left, total-most))
	}
	return left, left + most
}
