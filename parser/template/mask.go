package template

import (
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// paint makes the masked text.
func (t *Template) paint() {
	p := t.painted(false)
	if !t.opt.Sysctl && !balanced(string(p.out)) {
		if first := t.painted(true); balanced(string(first.out)) {
			p = first
		}
	}
	t.masked, t.gone = string(p.out), p.gone
}

// balanced reports whether all blocks of a configuration are closed.
func balanced(text string) bool {
	var s state
	s.read(text, 0, len(text))
	return s.depth == 0 && s.low >= 0 && (s.mode == atStart || s.mode == inComment && !s.within)
}

func (t *Template) painted(first bool) *painter {
	p := &painter{text: t.text, out: []byte(t.text), first: first}
	p.nodes(t.nodes)
	return p
}

// painter writes the masked text.
type painter struct {
	text string
	out  []byte
	gone []source.Span
	// first says that only the first arms of choices are shown.
	first bool
}

func (p *painter) nodes(list []*node) {
	for _, n := range list {
		p.node(n)
	}
}

func (p *painter) node(n *node) {
	if n.kind == textNode {
		return
	}
	if n.kind != blockNode || n.form == asWord || n.form == asSetting {
		p.mask(n)
		return
	}
	if n.form == asNothing || n.form == asBlank {
		p.blank(n.span)
		return
	}
	for i, a := range n.arms {
		p.blank(a.tag)
		if i > 0 && (n.form == asFirst || p.first && n.form == asChoice) {
			end := n.shut.Start
			if i+1 < len(n.arms) {
				end = n.arms[i+1].tag.Start
			}
			p.blank(source.Span{Start: a.tag.End, End: end})
			continue
		}
		p.nodes(a.kids)
	}
	p.blank(n.shut)
}

// blank takes a span out of the text.
func (p *painter) blank(s source.Span) {
	for i := s.Start; i < s.End; i++ {
		if c := p.text[i]; c != '\n' && c != '\r' {
			p.out[i] = ' '
		}
	}
	p.lose(s)
}

// lose notes that a span is gone.
func (p *painter) lose(s source.Span) {
	if s.Len() == 0 {
		return
	}
	if n := len(p.gone); n > 0 && p.gone[n-1].End >= s.Start {
		p.gone[n-1].End = max(p.gone[n-1].End, s.End)
		return
	}
	p.gone = append(p.gone, s)
}

// mask masks a tag, or a block within a directive.
func (p *painter) mask(n *node) {
	if n.form == asBlank {
		p.blank(n.span)
		return
	}
	s := n.masked()
	for i, c := range []byte(n.mask(p.text)) {
		p.out[s.Start+i] = c
		if c != source.Unknown {
			p.lose(source.Span{Start: s.Start + i, End: s.Start + i + 1})
		}
	}
}

// masked is what a node's mask covers.
func (n *node) masked() source.Span {
	if n.from > 0 {
		return source.Span{Start: n.from, End: n.span.End}
	}
	return n.span
}

// mask returns what stands for a node: unknown bytes up to the end of its first
// line, and blanks on the others.
func (n *node) mask(text string) string {
	s := n.masked()
	b := []byte(text[s.Start:s.End])
	first := len(b)
	if i := strings.IndexAny(text[s.Start:s.End], "\r\n"); i >= 0 {
		first = i
	}
	for i, c := range b {
		switch {
		case c == '\n' || c == '\r':
		case i < first:
			b[i] = source.Unknown
		default:
			b[i] = ' '
		}
	}
	n.finish(text, b, first)
	return string(b)
}

// finish writes what is known of a mask.
func (n *node) finish(text string, b []byte, first int) {
	switch n.form {
	case asLine:
		if first > 1 {
			b[first-1] = ';'
		}
		return
	case asSetting:
		switch {
		case first > 2:
			b[first-2] = '='
		case first == 2:
			b[1] = '='
		}
		return
	default:
	}
	if n.lead && first > 1 {
		b[0] = ' '
	}
	last := len(b) - 1
	switch {
	case n.tail && len(b) > 2 && b[last] == source.Unknown:
		b[last] = ' '
	case first <= last && n.span.End < len(text) && !ends(text[n.span.End]) && b[last] == ' ':
		b[last] = source.Unknown // the word goes on
	}
}
