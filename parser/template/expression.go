package template

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// Expression tells which text a template puts at a span that is masked: two spans
// of one template with the same answer bring the same text in every rendering. It is
// empty where that cannot be known: where something is called that may answer
// differently each time, a name that is set more than once, code that is no value.
//
// What stands in a loop brings another text in each turn. Then the loop is part of
// the answer, and the two texts are the same in the same turn: each that the one
// brings, the other brings as well.
func (t *Template) Expression(s source.Span) string {
	i, _ := slices.BinarySearchFunc(t.tags, s.Start, func(g *tag, at int) int { return g.span.End - at - 1 })
	var parts []string
	for at := s.Start; at < s.End; i++ {
		if i >= len(t.tags) || t.tags[i].span.Start > at {
			return "" // more than a tag is masked
		}
		g := t.tags[i]
		code := t.steady(g)
		if code == "" {
			return ""
		}
		parts = append(parts, code)
		at = g.span.End
	}
	return strings.Join(parts, "\x00")
}

// steadyValue is code that reads a value and changes it in ways that always come to
// the same.
var steadyValue = lazyre.New(`^[$@.]?\w*(\.\w+|\[('[^']*'|"[^"]*"|:\w+|\d+)\])*` +
	`(\s*\|\s*(default|default_value|d|lower|upper|trim|quote|squote|string|replace|regex_replace|b64decode)\b[\s(,]*('[^']*'|"[^"]*"|[\d.]+|true|false|[\s,])*\)?)*$`)

// rootName is the variable that code reads.
var rootName = lazyre.New(`^[$@]?\w*`)

// steady is the code of a tag with what decides on its value, empty if that is not
// the same wherever the code stands.
func (t *Template) steady(g *tag) string {
	if g.kind != valueTag {
		return ""
	}
	if g.held {
		return g.code
	}
	code := strings.TrimSpace(strings.Trim(g.code, "=-"))
	if code == "" || !steadyValue.MatchString(code) {
		return ""
	}
	root := rootName.FindString(code)
	if t.timesSet(root) > 1 {
		return ""
	}
	decide := []string{code}
	for _, n := range t.around(g) {
		if n.block == define {
			return "" // its parameters are others at each call
		}
		if n.block == condition && n.name != "with" || !t.binds(n, root) {
			continue
		}
		decide = append(decide, n.tag.code)
	}
	return strings.Join(decide, "\x01")
}

// binds reports whether a loop, or a "with", may say what a name stands for in it.
func (t *Template) binds(n *node, root string) bool {
	switch {
	case n.tag == nil || root == "":
		return true
	case t.opt.Engine == Jinja:
		names, _, _ := strings.Cut(n.tag.code, " in ")
		return root == "loop" || slices.Contains(strings.FieldsFunc(names, func(r rune) bool { return r == ' ' || r == ',' || r == '(' || r == ')' }), root)
	case t.opt.Engine == Go && root == "$":
		return false
	}
	return true
}

// timesSet is how often the code of a template sets a name.
func (t *Template) timesSet(root string) int {
	if root == "" || root == "$" {
		return 0
	}
	t.sets.Lock()
	defer t.sets.Unlock()
	times, known := t.sets.times[root]
	if !known {
		times = t.countSets(root)
		if t.sets.times == nil {
			t.sets.times = map[string]int{}
		}
		t.sets.times[root] = times
	}
	return times
}

// countSets works out what timesSet returns: many places ask for the same few names.
func (t *Template) countSets(root string) int {
	name := `(^|[^\w.$@])` + regexp.QuoteMeta(root)
	sets := regexp.MustCompile(name + `\s*(,\s*[$@]?\w+\s*)?(:|\|\||&&|\+)?=([^=~]|$)|\b(set|assign|capture|increment|decrement|as|import)\s+` + regexp.QuoteMeta(root) + `\b`)
	times := 0
	for _, g := range t.tags {
		if !strings.Contains(g.code, root) {
			continue
		}
		if word, _ := firstWord(g.code); word == "range" && t.opt.Engine == Go {
			continue // it is a loop, and part of what decides
		}
		times += len(sets.FindAllString(g.code, -1))
	}
	return times
}

// around are the blocks that a tag stands in, the outermost first.
func (t *Template) around(g *tag) []*node {
	var path []*node
	list := t.nodes
	for {
		i := slices.IndexFunc(list, func(n *node) bool {
			return n.kind == blockNode && n.span.Start <= g.span.Start && g.span.End <= n.span.End && n.tag != g
		})
		if i < 0 {
			return path
		}
		n := list[i]
		path = append(path, n)
		list = nil
		for _, a := range n.arms {
			list = append(list, a.kids...)
		}
	}
}

// Origin is where in the template a span of a rendering comes from; empty if it comes
// from more than one place.
func Origin(pieces []Piece, s source.Span) source.Span {
	at := 0
	for i, p := range pieces {
		end := at + len(p.Text)
		if s.Start >= end {
			at = end
			continue
		}
		out := source.Span{Start: p.Span.Start + s.Start - at, End: p.Span.End}
		for end < s.End && i+1 < len(pieces) && pieces[i+1].Span.Start == out.End {
			i++
			end += len(pieces[i].Text)
			out.End = pieces[i].Span.End
		}
		if end < s.End {
			return source.Span{}
		}
		out.End -= end - s.End
		return out
	}
	return source.Span{}
}
