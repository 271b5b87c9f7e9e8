package template

import "github.com/tcplint/tcplint/parser/lazyre"

// form is how a node is masked.
type form uint8

const (
	asBlank   form = iota // with blanks
	asWord                // as an unknown part of a word, or as words
	asLine                // as an unknown directive
	asSetting             // as an unknown key with an unknown value
	asArms                // by its arms, with blanks for its tags
	asChoice              // by its arms, which are there or not
	asFirst               // by its first arm, as the others do not fit beside it
	asNothing             // as text that is elsewhere
)

// place decides how every node is masked.
func (t *Template) place() {
	t.resolve(t.nodes)
	for _, d := range t.defines {
		t.placeDefine(d)
	}
	t.walk(t.nodes, state{sysctl: t.opt.Sysctl})
}

// lambdaCall is code that calls a lambda by its name.
var lambdaCall = lazyre.New(`^(\w+)\s*(?:\[|\(|\.\(|\.call\b|\.yield\b)`)

// resolve finds the calls of what the template defines.
func (t *Template) resolve(nodes []*node) {
	for _, n := range nodes {
		for _, a := range n.arms {
			t.resolve(a.kids)
		}
		if t.opt.Engine == ERB && (n.kind == silentNode || n.kind == valueNode) {
			if m := lambdaCall.FindStringSubmatch(n.about); m != nil && t.defines[m[1]] != nil {
				n.kind, n.about = valueNode, m[1]
			}
		}
		if n.kind == valueNode || n.kind == linesNode {
			t.called[n.about] = true
		}
	}
}

// placeDefine decides how the body of a definition is masked. It is shown where
// it stands only if it holds whole directives and is called somewhere.
func (t *Template) placeDefine(n *node) {
	start := state{sysctl: t.opt.Sysctl}
	end := t.walk(n.arms[0].kids, start)
	end.settle(start, n.arms[0].follow)
	n.form = asArms
	if !t.called[n.about] || !end.same(start) || end.low < 0 {
		n.form = asNothing
	}
}

// walk decides for a list of nodes, and returns the state behind them.
func (t *Template) walk(nodes []*node, s state) state {
	for _, n := range nodes {
		switch n.kind {
		case textNode:
			s.read(t.text, n.span.Start, n.span.End)
		case silentNode:
			t.placeSilent(n, s)
		case valueNode, linesNode:
			t.placeValue(n, &s)
		case blockNode:
			s = t.placeBlock(n, s)
		}
	}
	return s
}

// placeSilent decides for a tag that brings nothing. Blanks would cut a word in
// two.
func (t *Template) placeSilent(n *node, s state) {
	if n.span.Len() == 0 {
		return
	}
	switch s.mode {
	case inQuotes:
		n.form = asWord
	case inWord, inKey, inSetting:
		if n.span.End < len(t.text) && !ends(t.text[n.span.End]) && n.span.Start > 0 && !isBlank(t.text[n.span.Start-1]) {
			n.form = asWord
		}
	case inGap:
		if n.tag != nil && n.tag.left == trimAll && n.tag.right == trimAll && n.tag.next != ';' && n.tag.next != '\n' {
			n.form = asWord // the words beside it become one
		}
	case atStart, inComment, atQuote, inLua:
	}
}

// ends reports whether a byte ends a bare word.
func ends(c byte) bool { return isBlank(c) || c == ';' || c == '{' }

// placeValue decides for a tag that brings text.
func (t *Template) placeValue(n *node, s *state) {
	s.escaped, s.dollar = false, false
	s.words++
	n.form = asWord
	if s.sysctl {
		n.placeSetting(s)
		return
	}
	switch s.mode {
	case atStart:
		if n.alone() {
			n.form = asLine
			s.ends++
			return
		}
		s.within = true
		s.mode = inWord
	case inGap:
		t.join(n)
		s.mode = inWord
	case atQuote:
		n.lead = true
		s.mode = inWord
	case inWord, inQuotes, inComment, inLua, inKey, inSetting:
	}
}

// join extends the mask of a tag that takes the blanks in front of it: what it
// brings belongs to the word there.
func (t *Template) join(n *node) {
	if n.tag == nil || n.tag.left != trimAll {
		return
	}
	i := n.span.Start
	for i > 0 && (t.text[i-1] == ' ' || t.text[i-1] == '\t') {
		i--
	}
	if i > 0 && i < n.span.Start && !isBlank(t.text[i-1]) {
		n.from = i
	}
}

// alone reports whether a tag that stands where a directive may begin is not a
// part of one.
func (n *node) alone() bool {
	if n.tag == nil {
		return true
	}
	switch n.tag.next {
	case '\n':
		return n.tag.below != ';' && n.tag.below != '{'
	case '#', '}':
		return true
	case ';', '{':
		return false
	}
	return n.kind == linesNode
}

// placeSetting does the same for kernel settings.
func (n *node) placeSetting(s *state) {
	if s.mode != atStart && s.mode != inKey {
		return
	}
	s.mode = inKey
	if n.tag == nil || !n.tag.assigns {
		n.form = asSetting
		s.mode = inSetting
	}
}

// placeBlock decides for a condition, a loop or a definition.
func (t *Template) placeBlock(n *node, s state) state {
	if n.block == define {
		return s // placed on its own
	}
	exits := make([]state, 0, len(n.arms)+1)
	for i := range n.arms {
		out := t.walk(n.arms[i].kids, s)
		out.settle(s, n.arms[i].follow)
		exits = append(exits, out)
	}
	if !n.otherwise {
		exits = append(exits, s)
	}
	switch {
	case isPart(s, exits):
		return t.placePart(n, s, exits)
	case isPlain(s, exits):
		n.form = asArms
		return exits[0]
	}
	n.form = asChoice
	if len(n.arms) > 1 && !fitBeside(s, exits) {
		n.form = asFirst
	}
	out := exits[0]
	for _, e := range exits {
		out.tally = tally{max(out.ends, e.ends), max(out.words, e.words), max(out.lines, e.lines), min(out.low, e.low)}
	}
	out.ends++ // nothing that holds this is a part of a directive
	return out
}

// settle ends the comment, or the setting, that an arm leaves open if nothing
// follows on its line. The arm began at the state before; a nil tag stands for
// the end of the text.
func (s *state) settle(before state, follow *tag) {
	if follow != nil && follow.next != '\n' {
		return
	}
	switch {
	case s.sysctl && before.mode == atStart && s.inside():
		s.ends++
		s.mode = atStart
	case s.mode == inComment && before.mode != inComment:
		s.mode = s.resumed()
	}
}

// isPart reports whether no arm of a block ends the directive or the quoted word
// in which the block begins, or whether the block itself begins a directive.
func isPart(s state, exits []state) bool {
	words := false
	for _, e := range exits {
		if e.ends != s.ends || e.depth != s.depth {
			return false
		}
		words = words || e.words > s.words
		switch {
		case s.mode == inQuotes:
			if e.mode != inQuotes || e.quote != s.quote {
				return false
			}
		case s.mode == atStart:
			if !e.inside() && e.mode != atStart || e.lines != s.lines {
				return false
			}
		case !s.inside() || !e.inside():
			return false
		}
	}
	return words || s.mode != atStart
}

// isPlain reports whether no arm of a block brings anything that matters.
func isPlain(s state, exits []state) bool {
	for _, e := range exits {
		switch s.mode {
		case atStart:
			if e.mode != atStart || e.words != s.words || e.ends != s.ends {
				return false
			}
		case inComment:
			if e.mode != inComment || e.lines != s.lines || e.ends != s.ends {
				return false
			}
		case inLua:
			if !e.same(s) {
				return false
			}
		case inGap, inWord, inQuotes, atQuote, inKey, inSetting:
			return false
		}
	}
	return true
}

// fitBeside reports whether the arms of a block can stand one behind the other.
func fitBeside(s state, exits []state) bool {
	if s.mode != atStart && s.mode != inComment {
		return false
	}
	for _, e := range exits {
		if !e.same(s) {
			return false
		}
	}
	return true
}

// placePart decides for a block within a directive.
func (t *Template) placePart(n *node, s state, exits []state) state {
	n.form = asWord
	s.words++
	s.escaped, s.dollar = false, false
	last := n.arms[len(n.arms)-1].follow
	switch {
	case s.sysctl:
		if s.mode != inSetting && (last == nil || !last.assigns) {
			n.form, s.mode = asSetting, inSetting
		} else if s.mode == atStart {
			s.mode = inKey
		}
		return s
	case s.mode == inQuotes:
		return s
	}
	begins := t.armsBegin(n)
	if s.mode == inGap && !begins {
		t.join(n)
	}
	trims := n.tag != nil && n.tag.left == trimAll
	n.lead = s.mode == atQuote || begins && (s.mode == inWord || s.mode == inGap && trims)
	n.tail = n.span.End < len(t.text) && (t.text[n.span.End] == '"' || t.text[n.span.End] == '\'')
	gaps := true
	for _, e := range exits {
		gaps = gaps && (e.mode == inGap || e.mode == atStart)
	}
	n.tail = n.tail || gaps
	s.within, s.mode = true, inWord
	if n.tail {
		s.mode = inGap
	}
	return s
}

// armsBegin reports whether what the arms of a block bring begins with a blank.
func (t *Template) armsBegin(n *node) bool {
	found := false
	for _, a := range n.arms {
		for _, k := range a.kids {
			if k.kind == silentNode || k.kind == textNode && k.real.Len() == 0 {
				continue
			}
			if k.kind != textNode || !isBlank(t.text[k.real.Start]) {
				return false
			}
			found = true
			break
		}
	}
	return found
}
