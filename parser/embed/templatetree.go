package embed

import "github.com/tcplint/tcplint/parser/source"

// node is a part of a template: text, a tag, or a section with its branches.
type node struct {
	span source.Span
	// tag is the tag of one; nil for text and sections.
	tag *tag
	// open is the tag that begins a section, branches what stands between its
	// tags.
	open     *tag
	branches [][]*node
	// otherwise says that the last branch is the one for everything else.
	otherwise bool
	// choice is the number of the section among the choices, -1 if it is none.
	choice int
	// tried and whole keep what mask.whole found out.
	tried, whole bool
}

// isText reports whether a node is text between tags.
func (n *node) isText() bool { return n.tag == nil && n.open == nil }

// templateTree reads the sections of a template. Tags that open nothing, or are
// never closed, are taken for silent ones; not ok says that there are such.
func templateTree(text string, tags []tag) (nodes []*node, ok bool) {
	r := treeReader{text: text, tags: tags}
	nodes = r.list(nil)
	for r.next < len(r.tags) { // a tag that closes nothing
		r.stray = true
		t := &r.tags[r.next]
		nodes = append(nodes, &node{span: t.span, tag: &tag{span: t.span}, choice: -1})
		r.at = t.span.End
		r.next++
		nodes = append(nodes, r.list(nil)...)
	}
	if r.at < len(text) {
		nodes = append(nodes, r.piece(r.at, len(text)))
	}
	return nodes, !r.stray
}

type treeReader struct {
	text  string
	tags  []tag
	next  int // tag
	at    int // offset behind what was read
	stray bool
	depth int
}

// maxSections bounds how deep sections nest.
const maxSections = 200

func (r *treeReader) piece(start, end int) *node {
	return &node{span: source.Span{Start: start, End: end}, choice: -1}
}

// list reads up to the tag that ends a branch of a section.
func (r *treeReader) list(section *node) []*node {
	var out []*node
	for r.next < len(r.tags) {
		t := &r.tags[r.next]
		if t.span.Start > r.at {
			out = append(out, r.piece(r.at, t.span.Start))
			r.at = t.span.Start
		}
		switch t.role {
		case tagTurns, tagCloses:
			return out
		case tagOpens, tagHides:
			if r.depth < maxSections {
				out = append(out, r.section(t)...)
				continue
			}
			r.stray = true
			fallthrough
		case tagSilent, tagValue, tagBrings:
			out = append(out, &node{span: t.span, tag: t, choice: -1})
			r.at = t.span.End
			r.next++
		}
	}
	if section == nil && r.at < len(r.text) {
		out = append(out, r.piece(r.at, len(r.text)))
		r.at = len(r.text)
	}
	return out
}

// section reads what a tag opens, up to the tag that closes it.
func (r *treeReader) section(open *tag) []*node {
	n := &node{span: open.span, open: open, choice: -1}
	r.depth++
	defer func() { r.depth-- }()
	for {
		r.at = r.tags[r.next].span.End
		r.next++
		n.branches = append(n.branches, r.list(n))
		if r.next == len(r.tags) {
			// Never closed: as if the tag were not there.
			r.stray = true
			out := []*node{{span: open.span, tag: &tag{span: open.span}, choice: -1}}
			for _, b := range n.branches {
				out = append(out, b...)
			}
			return out
		}
		t := r.tags[r.next]
		if t.role == tagCloses {
			n.span.End = t.span.End
			r.at = t.span.End
			r.next++
			return []*node{n}
		}
		n.otherwise = t.otherwise
	}
}
