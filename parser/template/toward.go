package template

import "github.com/tcplint/tcplint/parser/source"

// Toward returns how choices must fall out so that a rendering holds what stands
// at an offset of Text, by the number of the choice. It is nil if no choice
// matters; what no rendering holds has some outcome, too.
func (t *Template) Toward(offset int) map[int]int {
	s := seeker{t: t, within: map[string]bool{}}
	if s.text(t.nodes, offset) {
		return s.path
	}
	return nil
}

// seeker finds the way to a place: the arms of choices in which it lies.
type seeker struct {
	t    *Template
	path map[int]int
	// within are the definitions whose calls are sought.
	within map[string]bool
}

// text finds an offset in a list of nodes.
func (s *seeker) text(list []*node, offset int) bool {
	for _, n := range list {
		if n.span.Start > offset || n.span.End <= offset {
			continue
		}
		if n.kind != blockNode || n.form != asArms && n.form != asChoice && n.form != asFirst {
			return true
		}
		if n.block == define {
			return s.define(n, offset)
		}
		for i, a := range n.arms {
			if s.text(a.kids, offset) {
				s.through(n, i)
				return true
			}
		}
		return true // one of its tags
	}
	return false
}

// define finds an offset in what is defined, and from there a call of it.
func (s *seeker) define(n *node, offset int) bool {
	s.text(n.arms[0].kids, offset)
	return s.call(s.t.nodes, n.about)
}

// call finds a call of a definition that stands in no other one that calls it.
func (s *seeker) call(list []*node, name string) bool {
	s.within[name] = true
	for _, n := range list {
		switch {
		case n.kind != blockNode:
			if n.form == asLine && n.about == name && n.kind != silentNode {
				return true
			}
		case n.block == define:
			if n.form == asArms && !s.within[n.about] && s.call(n.arms[0].kids, name) && s.call(s.t.nodes, n.about) {
				return true
			}
		case n.form == asArms || n.form == asChoice || n.form == asFirst:
			for i, a := range n.arms {
				if s.call(a.kids, name) {
					s.through(n, i)
					return true
				}
			}
		}
	}
	return false
}

// through notes the outcome of a choice for one of its arms.
func (s *seeker) through(n *node, arm int) {
	if n.form == asArms {
		return
	}
	if s.path == nil {
		s.path = map[int]int{}
	}
	v := arm
	switch {
	case n.block == loop && arm == 0:
		v = 1
	case n.block == loop:
		v = 0
	case n.turned:
		v = 1 - arm
	}
	s.path[n.choice] = v
}

// Around returns the choices that hold an offset of Text, the outermost first.
func (t *Template) Around(offset int) []source.Choice {
	var out []source.Choice
	for list := t.nodes; ; {
		n := holding(list, offset)
		if n == nil {
			return out
		}
		if n.form == asChoice || n.form == asFirst {
			out = append(out, source.Choice{Span: n.span, Loop: n.block == loop})
		}
		list = nil
		for _, a := range n.arms {
			if holding(a.kids, offset) != nil {
				list = a.kids
			}
		}
	}
}

// holding returns the node of a list that holds an offset; nil if none does.
func holding(list []*node, offset int) *node {
	for _, n := range list {
		if n.span.Start <= offset && offset < n.span.End {
			return n
		}
	}
	return nil
}
