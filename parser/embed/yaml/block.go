package yaml

import (
	"iter"
	"slices"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/lazyre"
)

// yamlLine is a line of a block scalar: where it begins, where its line end
// begins, and where the next line does.
type yamlLine struct{ start, end, next int }

// body returns where what follows the indentation begins.
func (l yamlLine) body(text string, indent int) int {
	at := l.start
	for at < l.end && at < l.start+indent && text[at] == ' ' {
		at++
	}
	return at
}

// linesOf goes through the lines of a text between two offsets.
func linesOf(text string, at, end int) iter.Seq[yamlLine] {
	return func(yield func(yamlLine) bool) {
		for at := at; at < end; {
			l := yamlLine{start: at}
			for at < end && yamlBreak(text, at) == 0 {
				at++
			}
			l.end = at
			at += yamlBreak(text, at)
			l.next = at
			if !yield(l) {
				return
			}
		}
	}
}

// block reads a literal or folded block scalar, the header of which is at an
// offset.
func (d *yamlDoc) block(n *yaml.Node, at int) (s yamlScalar, ok bool) {
	head := at
	for at < d.end && yamlBreak(d.text, at) == 0 {
		at++
	}
	style, _, _ := strings.Cut(d.text[head:at], " ")
	at += yamlBreak(d.text, at)
	indent, ok := d.blockIndent(n.Value, at)
	if !ok || style == "" {
		s.text = carrier.Glue(n.Value)
		return s, strings.Trim(n.Value, "\n") == ""
	}
	end := d.blockEnd(at, indent)
	s.text = d.blockText(d.text, slices.Collect(linesOf(d.text, at, end)), indent, style)
	if d.asRead(s.text) != n.Value {
		return yamlScalar{}, false
	}
	if d.template != nil {
		lines, ok := d.tagLines(slices.Collect(linesOf(d.in.Text, at, end)), indent, style)
		if !ok {
			return yamlScalar{}, false
		}
		s.text = d.blockText(d.in.Text, lines, indent, style)
	}
	s.enc.Prefix = strings.Repeat(" ", indent)
	if style[0] == '>' {
		s.locked = "YAML folds its lines into one"
	}
	return s, true
}

// blockIndent returns the indentation of the content: what the library has taken
// off the first line that has something on it.
func (d *yamlDoc) blockIndent(value string, at int) (indent int, ok bool) {
	content := strings.TrimLeft(value, "\n")
	kept := len(content) - len(strings.TrimLeft(content, " "))
	for at < d.end {
		n := 0
		for at+n < d.end && d.text[at+n] == ' ' {
			n++
		}
		if at+n < d.end && yamlBreak(d.text, at+n) == 0 {
			return n - kept, content != "" && n >= kept
		}
		at += n + yamlBreak(d.text, at+n)
	}
	return 0, false
}

// blockEnd returns where the lines of a block scalar end, the blank ones behind
// the content among them.
func (d *yamlDoc) blockEnd(at, indent int) int {
	for l := range linesOf(d.text, at, d.end) {
		if body := l.body(d.text, indent); body < l.start+indent && body < l.end {
			return l.start
		}
	}
	return d.end
}

// blockText puts lines together as the library does. The text is that of the
// file, or what YAML gets of it.
func (d *yamlDoc) blockText(text string, lines []yamlLine, indent int, style string) carrier.Phrase {
	var p, lead, blanks carrier.Phrase
	after := false // a line that begins with a blank
	for _, l := range lines {
		body := l.body(text, indent)
		end := carrier.Literal(d.in, l.end, l.next)
		if body == l.end {
			blanks = append(blanks, end...)
			continue
		}
		more := text[body] == ' ' || text[body] == '\t'
		switch {
		case style[0] == '|' || after || more || len(lead) == 0:
			p = append(p, lead...)
		case len(blanks) == 0:
			p = append(p, carrier.Glue(" ")...)
		}
		p = append(p, blanks...)
		p = append(p, carrier.Literal(d.in, body, l.end)...)
		lead, blanks, after = end, nil, more
	}
	if !strings.Contains(style, "-") {
		p = append(p, lead...)
	}
	if strings.Contains(style, "+") {
		p = append(p, blanks...)
	}
	return p
}

// tagLines returns the lines of the content in the file, where lines of tags may
// stand behind what is more than blanks to the library. It is not ok if a section
// begins within the content and ends outside.
func (d *yamlDoc) tagLines(lines []yamlLine, indent int, style string) (content []yamlLine, ok bool) {
	last := len(lines) - 1
	for last >= 0 && strings.TrimSpace(d.text[lines[last].start:lines[last].end]) == "" {
		last--
	}
	for from := 0; ; {
		for ; from <= last && last < len(lines); from++ {
			last = max(last, d.sectionsEnd(lines, from))
		}
		if last >= len(lines) {
			return nil, false
		}
		next := last + 1
		for next < len(lines) && strings.TrimSpace(d.in.Text[lines[next].start:lines[next].end]) == "" {
			next++
		}
		if next == len(lines) {
			break
		}
		end := d.belongs(lines[next], indent)
		if end < 0 {
			break
		}
		last = lineOf(lines, end-1)
	}
	if strings.Contains(style, "+") {
		return lines, true
	}
	return lines[:last+1], true
}

// lineOf returns the index of the line that an offset lies on, or how many there
// are if it lies behind them.
func lineOf(lines []yamlLine, offset int) int {
	return sort.Search(len(lines), func(i int) bool { return offset < lines[i].next })
}

// sectionsEnd returns the index of the line on which the last section ends that
// begins on a line; -1 if none does.
func (d *yamlDoc) sectionsEnd(lines []yamlLine, from int) int {
	last := -1
	all := d.template.sections
	first := sort.Search(len(all), func(i int) bool { return all[i].Start >= lines[from].start })
	for _, s := range all[first:] {
		if s.Start >= lines[from].next {
			break
		}
		last = max(last, lineOf(lines, s.End-1))
	}
	return last
}

// yamlIndent are the functions that indent what they bring.
var yamlIndent = lazyre.New(`\bn?indent[ (]+(\d+)`)

// belongs tells whether a line of tags behind the content is a part of it: where
// its first tag ends, -1 if it is none.
func (d *yamlDoc) belongs(l yamlLine, indent int) int {
	body := l.body(d.in.Text, l.end-l.start)
	tags := d.template.tags
	i := sort.Search(len(tags), func(i int) bool { return tags[i].span.Start >= body })
	if i == len(tags) || tags[i].span.Start != body || tags[i].role == yamlTurns || tags[i].role == yamlCloses {
		return -1
	}
	columns := body - l.start
	if m := yamlIndent.FindStringSubmatch(d.in.Slice(tags[i].span)); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			columns = n
		}
	}
	if columns < indent {
		return -1
	}
	return tags[i].span.End
}
