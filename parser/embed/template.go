package embed

import (
	"strings"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// Template returns the text of a template as far as it is known without
// rendering it: a view of the same length in which all code of the template is
// masked, with source.Unknown where it brings text and blanks where it does not.
// The text shows every branch of a condition and the body of a loop once; where
// braces match in no such text, it shows the first branches only. What each
// condition makes of it is for View.Render to say.
//
// f may be a view itself, such as a block scalar of a manifest. A text without
// any code is returned as it is.
func Template(f *source.File, isSysctl bool) *source.File {
	tags := tagsOf(f.Text)
	if len(tags) == 0 {
		return f
	}
	nodes, _ := templateTree(f.Text, tags)
	m := &mask{text: f.Text, out: []byte(f.Text), sysctl: isSysctl}
	m.walk(nodes, begin)
	view := source.View{Disk: f, Segments: []source.Segment{{Len: len(f.Text)}}}
	if f.View != nil {
		view = *f.View
	}
	view.Encoding = withoutTags(view.Encoding)
	view.Extract = maskedAgain(f, isSysctl)
	view.Choices = len(m.choices)
	all := string(m.out)
	if view.Choices > 0 {
		segments, disk := view.Segments, view.Disk
		view.Render = func(choose func(int) int) *source.File {
			r := renderer{text: all, choose: choose}
			r.nodes(nodes)
			return source.NewView(f.Path, r.out.String(), source.View{
				Disk: disk, Where: view.Where, Segments: composed(segments, r.segments), Locked: "it is one rendering of a template",
			})
		}
	}
	return source.NewView(f.Path, m.readable(f.Path, all), view)
}

// readable chooses between the text with all branches and the one with the
// first ones: the former, unless it can only be read without the others.
func (m *mask) readable(path, all string) string {
	if len(m.choices) == 0 || faults(path, all, m.sysctl) == 0 {
		return all
	}
	if first := string(m.firstBranches()); faults(path, first, m.sysctl) == 0 {
		return first
	}
	return all
}

// faults counts what a parser would refuse.
func faults(path, text string, isSysctl bool) int {
	if isSysctl {
		return len(sysctl.Parse(source.NewFile(path, text)).Errors)
	}
	return len(nginx.Parse(source.NewFile(path, text)).Errors)
}

// withoutTags keeps fixes from writing what the template would take for code.
func withoutTags(e source.Encoding) source.Encoding {
	outer, several := e.Escape, e.Escape == nil || e.Lines
	e.Lines = several
	e.Escape = func(text string) (string, bool) {
		for _, mark := range []string{"{{", "{%", "{#", "<%"} {
			if strings.Contains(text, mark) {
				return "", false
			}
		}
		if outer != nil {
			return outer(text)
		}
		return text, true
	}
	return e
}

// maskedAgain makes the Extract function of a masked view: that of the text that
// was masked, and the same mask.
func maskedAgain(f *source.File, isSysctl bool) func(*source.File) ([]*source.File, error) {
	if f.View == nil {
		return func(disk *source.File) ([]*source.File, error) {
			return []*source.File{Template(disk, isSysctl)}, nil
		}
	}
	// The reader of the carrier masks what it finds itself.
	return f.View.Extract
}

// composed maps segments of a rendering, which speak of offsets in a text, to
// disk, by the segments of that text.
func composed(text, rendered []source.Segment) []source.Segment {
	var out []source.Segment
	for _, r := range rendered {
		for _, g := range text {
			start, end := max(r.Disk, g.Text), min(r.Disk+r.Len, g.Text+g.Len)
			if start < end {
				out = append(out, source.Segment{Text: r.Text + start - r.Disk, Disk: g.Disk + start - g.Text, Len: end - start})
			}
		}
	}
	return source.Joined(out)
}

// renderer writes one outcome of a template.
type renderer struct {
	text     string // masked
	choose   func(int) int
	out      strings.Builder
	segments []source.Segment
}

// Bounds of a rendering, which loops in loops could blow up.
const (
	mostTurns    = 4
	mostRendered = 8 << 20
)

func (r *renderer) nodes(list []*node) {
	for _, n := range list {
		if n.open == nil || n.choice < 0 && !n.open.transparent {
			r.copy(n.span)
			continue
		}
		if n.open.transparent {
			r.nodes(n.branches[0])
			continue
		}
		r.choice(n)
	}
}

// choice writes the branch that is taken.
func (r *renderer) choice(n *node) {
	v := max(r.choose(n.choice), 0)
	last := len(n.branches) - 1
	if n.open.loop {
		if v == 0 && last > 0 {
			r.nodes(n.branches[last])
		}
		for range min(v, mostTurns) {
			if r.out.Len() < mostRendered {
				r.nodes(n.branches[0])
			}
		}
		return
	}
	switch {
	case v <= last:
		r.nodes(n.branches[v])
	case n.otherwise:
		r.nodes(n.branches[last])
	}
}

// copy writes text as it is masked.
func (r *renderer) copy(s source.Span) {
	if s.Len() > 0 {
		r.segments = append(r.segments, source.Segment{Text: r.out.Len(), Disk: s.Start, Len: s.Len()})
		r.out.WriteString(r.text[s.Start:s.End])
	}
}
