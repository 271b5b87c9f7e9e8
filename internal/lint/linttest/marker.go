package linttest

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

// markerLine is blanks, "#" or nothing, perhaps more blanks, at least one "^"
// and, behind a blank, a part of the message.
var markerLine = regexp.MustCompile(`^([ \t]*)(#?)([ \t]*)(\^+)(?:[ \t]+(.*))?$`)

// A mark says where a finding is, or should be: in characters, from column
// From to before column To of a line.
type mark struct {
	File     string
	Line     int
	From, To int
	Msg      string
}

// String writes a mark as a report would, so that differences read well.
func (m mark) String() string {
	return fmt.Sprintf("%s:%d:%d-%d: %s", m.File, m.Line, m.From, m.To, m.Msg)
}

// cutMarkers takes the marker lines out of a file's text and returns what is
// left and what they marked. A marker without a line above it is an error.
func cutMarkers(file, text string) (plain string, marks []mark, err error) {
	var b strings.Builder
	line := 0
	for l := range strings.Lines(text) {
		found := markerLine.FindStringSubmatch(strings.TrimRight(l, "\r\n"))
		if found == nil {
			b.WriteString(l)
			line++
			continue
		}
		if line == 0 {
			return "", nil, fmt.Errorf("%s: a marker stands above the first line", file)
		}
		from := utf8.RuneCountInString(found[1]+found[2]+found[3]) + 1
		to := from + len(found[4])
		if strings.HasPrefix(l, "#^") {
			from = 1
		}
		marks = append(marks, mark{file, line, from, to, strings.TrimSpace(found[5])})
	}
	return b.String(), marks, nil
}

// markOf says where a finding is. Of one that runs over several lines it gives
// the part on the first; an empty one counts as one column wide.
func markOf(f lint.Finding) mark {
	file := f.At.File
	start := file.Position(f.At.Span.Start)
	end := min(f.At.Span.End, file.LineSpan(start.Line).End)
	to := start.Column + 1
	if end > f.At.Span.Start {
		to = start.Column + utf8.RuneCountInString(file.Slice(source.Span{Start: f.At.Span.Start, End: end}))
	}
	return mark{file.Path, start.Line, start.Column, to, f.Msg}
}

// annotate writes a text with a marker below every line that has a finding, as
// the example would have to be for the rule to be right.
func annotate(text string, marks []mark) string {
	var b strings.Builder
	line := 0
	for l := range strings.Lines(text) {
		line++
		l = strings.TrimRight(l, "\r\n")
		b.WriteString(l + "\n")
		for _, m := range marks {
			if m.Line == line {
				b.WriteString(m.draw(l) + "\n")
			}
		}
	}
	return b.String()
}

// draw makes the marker line for a mark below a line. Tabs of the line stay, so
// that the carets stand below the text.
func (m mark) draw(line string) string {
	indent := make([]rune, 0, m.From)
	for _, r := range line {
		if len(indent) == m.From-1 {
			break
		}
		if r != '\t' {
			r = ' '
		}
		indent = append(indent, r)
	}
	carets := strings.Repeat("^", max(m.To-m.From, 1))
	switch {
	case m.From == 1 && len(carets) > 1:
		return "#" + carets[1:] + " " + m.Msg
	case m.From <= 2:
		return string(indent) + carets + " " + m.Msg
	}
	return string(indent[:len(indent)-1]) + "#" + carets + " " + m.Msg
}
