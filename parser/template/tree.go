package template

import (
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// nodeKind says what a node is.
type nodeKind uint8

const (
	textNode   nodeKind = iota // the template's own text
	silentNode                 // code that brings nothing
	valueNode                  // code that brings unknown text
	linesNode                  // code that may bring lines
	blockNode                  // tags with text between them
)

// node is a part of a template.
type node struct {
	kind nodeKind
	// span is the text, the tag, or the whole block; real what the tags beside a
	// text leave of it.
	span, real source.Span
	// tag is the tag of a node that is one, nil for the code of a hidden block.
	tag *tag
	// about is what the tag's event is about.
	about string

	block blockKind
	name  string
	into  *node // what the body of a wrapper belongs to
	arms  []arm
	shut  source.Span // the closing tag
	// otherwise says that the last arm is the one for everything else.
	otherwise bool

	// What place decides.
	form form
	from int  // where the mask begins, if that is before the span
	lead bool // a blank stands in front of the mask
	tail bool // and behind it
	// choice is the number of a choice.
	choice int
	// turned says that the arms of a choice of two count from the other one.
	turned bool
}

// arm is one of the bodies of a block.
type arm struct {
	tag    source.Span // the tag that begins it
	follow *tag        // the tag that ends it, nil for the end of the text
	about  string
	kids   []*node
}

// maxDepth bounds how deep blocks nest in the tree; the tags of deeper ones do
// nothing.
const maxDepth = 200

// builder makes the tree.
type builder struct {
	t     *Template
	stack []*node // blocks that are open; the first is the template itself
	at    int     // offset behind what is in the tree
	last  *tag    // the tag before it
}

// build makes the tree of a template from its tags.
func (t *Template) build() {
	root := &node{kind: blockNode, arms: []arm{{}}}
	b := &builder{t: t, stack: []*node{root}}
	for _, g := range t.tags {
		b.text(g.span.Start, g)
		span := g.span
		for _, e := range t.opt.Engine.read(g) {
			b.event(e, g, span)
			span.Start = span.End // the tag's text belongs to its first event
		}
		b.at, b.last = g.span.End, g
		if span.Start < span.End { // a tag that does nothing at all
			b.add(&node{kind: silentNode, span: span, tag: g})
		}
	}
	b.text(len(t.text), nil)
	for len(b.stack) > 1 {
		b.shut(nil, source.Span{Start: len(t.text), End: len(t.text)})
	}
	t.nodes = root.arms[0].kids
}

func (b *builder) top() *node { return b.stack[len(b.stack)-1] }

// add appends a node to the innermost arm.
func (b *builder) add(n *node) {
	top := b.top()
	if top.into != nil {
		top = top.into
	}
	a := &top.arms[len(top.arms)-1]
	a.kids = append(a.kids, n)
}

// text adds the text up to a tag.
func (b *builder) text(end int, following *tag) {
	if b.at < end {
		span := source.Span{Start: b.at, End: end}
		b.add(&node{kind: textNode, span: span, real: trimmed(b.t.text, span, b.last, following)})
		b.at = end
	}
}

// trimmed returns what two tags leave of the text between them.
func trimmed(text string, s source.Span, before, behind *tag) source.Span {
	if before != nil {
		rest := text[s.Start:s.End]
		switch before.right {
		case trimAll:
			s.Start = s.End - len(strings.TrimLeft(rest, " \t\r\n"))
		case trimLine:
			if end := strings.TrimPrefix(strings.TrimPrefix(rest, "\r"), "\n"); len(rest)-len(end) > 0 && text[s.End-len(end)-1] == '\n' {
				s.Start = s.End - len(end)
			}
		case trimNone, trimIndent:
		}
	}
	if behind != nil {
		rest := text[s.Start:s.End]
		switch behind.left {
		case trimAll:
			s.End = s.Start + len(strings.TrimRight(rest, " \t\r\n"))
		case trimIndent:
			if bare := strings.TrimRight(rest, " \t"); bare == "" && (s.Start == 0 || text[s.Start-1] == '\n') || strings.HasSuffix(bare, "\n") {
				s.End = s.Start + len(bare)
			}
		case trimNone, trimLine:
		}
	}
	return s
}

// event does what a tag does. The span is the tag, or empty at its end.
func (b *builder) event(e event, g *tag, span source.Span) {
	switch e.kind {
	case silent:
		b.add(&node{kind: silentNode, span: span, tag: g, about: e.about})
	case value:
		b.add(&node{kind: valueNode, span: span, tag: g, about: e.about})
	case lines:
		b.add(&node{kind: linesNode, span: span, tag: g, about: e.about})
	case opens:
		b.open(e, g, span)
	case turns:
		b.turn(e, g, span)
	case closes:
		b.close(e.name, g, span)
	}
}

func (b *builder) open(e event, g *tag, span source.Span) {
	if e.name == "block" { // another template may put something else there
		b.add(&node{kind: linesNode, span: span, tag: g})
		span.Start = span.End
	}
	if len(b.stack) > maxDepth {
		e.block = wrapper
	}
	n := &node{
		kind: blockNode, span: span, tag: g, block: e.block, name: e.name, about: e.about,
		arms: []arm{{tag: span, about: e.about}},
	}
	if e.block == wrapper {
		b.add(&node{kind: silentNode, span: span, tag: g, about: e.about})
		if n.into = b.top(); n.into.into != nil {
			n.into = n.into.into
		}
	}
	b.stack = append(b.stack, n)
}

// turn begins the next arm of the innermost block.
func (b *builder) turn(e event, g *tag, span source.Span) {
	top := b.top()
	switch {
	case len(b.stack) == 1 || top.block > loop && top.block != choosing || top.otherwise:
		b.add(&node{kind: silentNode, span: span, tag: g})
	case top.block == choosing:
		// What precedes the first turn is in no arm.
		top.block = condition
		top.arms[0] = arm{tag: source.Span{Start: top.span.Start, End: span.End}, about: top.about + " " + e.about}
		top.otherwise = e.last
	default:
		top.arms[len(top.arms)-1].follow = g
		top.arms = append(top.arms, arm{tag: span, about: e.about})
		top.otherwise = e.last
	}
}

// close ends the innermost block of a name, and those in it.
func (b *builder) close(name string, g *tag, span source.Span) {
	i := len(b.stack) - 1
	for i > 0 && name != "" && b.stack[i].name != name {
		i--
	}
	if i == 0 {
		b.add(&node{kind: silentNode, span: span, tag: g})
		return
	}
	for len(b.stack)-1 > i {
		b.shut(g, source.Span{Start: span.Start, End: span.Start})
	}
	b.shut(g, span)
}

// shut ends the innermost block at a tag.
func (b *builder) shut(g *tag, tag source.Span) {
	n := b.top()
	n.arms[len(n.arms)-1].follow = g
	b.stack = b.stack[:len(b.stack)-1]
	n.shut, n.span.End = tag, tag.End
	switch n.block {
	case wrapper:
		b.add(&node{kind: silentNode, span: tag})
	case choosing: // without a turn
		b.add(&node{kind: silentNode, span: n.arms[0].tag, tag: n.tag, about: n.about})
		for _, k := range n.arms[0].kids {
			b.add(k)
		}
		b.add(&node{kind: silentNode, span: tag})
	case hidden, altered:
		open := n.arms[0].tag
		kind := silentNode
		if n.block == altered {
			kind = linesNode
		}
		b.add(&node{kind: kind, span: open, tag: n.tag, about: n.name})
		b.add(&node{kind: silentNode, span: source.Span{Start: open.End, End: tag.End}})
	case define:
		if n.about != "" {
			b.t.defines[n.about] = n
		}
		b.add(n)
	case condition, loop:
		b.add(n)
	}
}
