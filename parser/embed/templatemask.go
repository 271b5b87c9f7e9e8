package embed

import (
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// mask writes the text of a template without its code, byte for byte in place.
type mask struct {
	text   string
	out    []byte
	sysctl bool
	// choices are the sections of whole directives, in order.
	choices []*node
	// closed says that the reader is outside of quotes.
	closed bool
	// dry says that nothing is written.
	dry bool
}

// lexical is where in a directive, or in a line of kernel settings, a piece of a
// template begins.
type lexical struct {
	comment bool
	quote   byte
	// pending says that a directive has begun and is not over.
	pending bool
	// fresh says that nothing but blanks and silent tags stands on the line.
	fresh bool
	depth int
	// name is the directive that has begun, as far as it was read.
	name  string
	named bool
	// lua is the number of open braces in a block of Lua; 0 outside of one.
	lua int
}

var begin = lexical{fresh: true}

// walk masks the tags of a list of nodes and returns where it ends.
func (m *mask) walk(nodes []*node, at lexical) lexical {
	for i, n := range nodes {
		switch {
		case n.isText():
			at = m.read(at, m.text[n.span.Start:n.span.End])
		case n.tag != nil:
			at = m.tag(n, nodes[i+1:], at)
		default:
			at = m.section(n, at)
		}
	}
	return at
}

// read follows nginx's lexer, or the lines of kernel settings, through a text.
func (m *mask) read(at lexical, text string) lexical {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\n' {
			at.fresh, at.comment = true, false
			if m.sysctl {
				at.pending = false
			}
			continue
		}
		blank := c == ' ' || c == '\t' || c == '\r'
		at.fresh = at.fresh && blank
		switch {
		case at.comment:
		case at.lua > 0:
			i = at.readLua(text, i)
		case m.sysctl:
			at.comment = !at.pending && (c == '#' || c == ';')
			at.pending = at.pending || !blank && !at.comment
		case c == '\\':
			i++
			at.pending = true
		case at.quote != 0:
			if c == at.quote {
				at.quote = 0
			}
		case (c == '"' || c == '\'') && (i == 0 && !at.pending || i > 0 && strings.IndexByte(" \t\r\n;{}", text[i-1]) >= 0):
			at.quote, at.pending = c, true
		case c == '#' && (i == 0 && !at.pending || i > 0 && strings.IndexByte(" \t\r\n;{}", text[i-1]) >= 0):
			at.comment = true
		case c == '{' && i > 0 && text[i-1] == '$': // ${variable}
			at.pending = true
			if end := strings.IndexByte(text[i:], '}'); end > 0 {
				i += end
			}
		case c == ';', c == '{':
			if c == '{' && strings.HasSuffix(at.name, "_by_lua_block") {
				at.lua = 1
			}
			if c == '{' {
				at.depth++
			}
			at.over()
		case c == '}':
			at.depth--
			at.over()
		case !blank:
			at.letter(c)
		default:
			at.named = at.pending
		}
	}
	return at
}

// over notes that a directive has ended.
func (at *lexical) over() { at.pending, at.named, at.name = false, false, "" }

// letter notes a letter of a word.
func (at *lexical) letter(c byte) {
	if !at.named {
		at.name += string(c)
	}
	at.pending = true
}

// readLua reads Lua from an offset and returns the last one that it has read:
// strings and comments are passed over, braces are counted.
func (at *lexical) readLua(text string, i int) int {
	switch c := text[i]; {
	case at.quote != 0:
		if c == '\\' {
			return i + 1
		}
		if c == at.quote {
			at.quote = 0
		}
	case c == '"' || c == '\'':
		at.quote = c
	case strings.HasPrefix(text[i:], "--"):
		if end := strings.IndexByte(text[i:], '\n'); end >= 0 {
			return i + end - 1
		}
		return len(text)
	case c == '{':
		at.lua++
	case c == '}':
		if at.lua--; at.lua == 0 {
			at.depth--
			at.over()
		}
	}
	return i
}

// boundary reports whether a directive may begin, or a line.
func (at lexical) boundary() bool { return !at.pending && at.quote == 0 && !at.comment && at.lua == 0 }

// tag masks a tag that is no part of a section.
func (m *mask) tag(n *node, rest []*node, at lexical) lexical {
	switch {
	case n.tag.role == tagSilent && !(n.tag.code && at.pending):
		m.fill(n.span, ' ', 0)
		return at
	case at.comment, at.lua > 0:
		m.fill(n.span, source.Unknown, 0)
		return at
	case at.boundary() && at.fresh && (n.tag.role == tagBrings || aloneOnLine(m.text, rest, n.span.End)):
		// It may bring any number of directives.
		if m.sysctl {
			m.fill(n.span, source.Unknown, '=')
		} else {
			m.fill(n.span, source.Unknown, ';')
		}
	default:
		m.closed = at.quote == 0
		m.word(n.span)
		at.pending = true
	}
	at.fresh = false
	return at
}

// aloneOnLine reports whether nothing but blanks and tags follows on the line.
func aloneOnLine(text string, rest []*node, end int) bool {
	for _, n := range rest {
		if n.tag != nil {
			end = n.span.End
			continue
		}
		if !n.isText() {
			return true
		}
		line, _, _ := strings.Cut(text[end:n.span.End], "\n")
		if strings.TrimSpace(line) != "" {
			return false
		}
		return true
	}
	line, _, _ := strings.Cut(text[end:], "\n")
	return strings.TrimSpace(line) == ""
}

// fill overwrites a span. A last byte that is not 0 ends the first line; what of
// the span follows on other lines is blank then.
func (m *mask) fill(s source.Span, with, last byte) {
	if m.dry {
		return
	}
	first := s.End
	if i := strings.IndexByte(m.text[s.Start:s.End], '\n'); i >= 0 {
		first = s.Start + i
	}
	for i := s.Start; i < s.End; i++ {
		switch {
		case m.text[i] == '\n' || m.text[i] == '\r' && i+1 < s.End && m.text[i+1] == '\n':
		case i < first:
			m.out[i] = with
		default:
			m.out[i] = ' '
		}
	}
	if last == 0 || first-s.Start < len("xxx") {
		return
	}
	if last == '=' { // between a key and a value that nobody knows
		m.out[s.Start+(first-s.Start)/2] = last
		return
	}
	m.out[first-1] = last
}

// section masks the tags of a section. If it holds whole directives, it is a
// choice; else all of it is unknown.
func (m *mask) section(n *node, at lexical) lexical {
	if n.open.role == tagHides {
		if n.open.loop && at.boundary() {
			m.fill(n.span, source.Unknown, ';')
		} else {
			m.fill(n.span, ' ', 0)
		}
		return at
	}
	if at.comment || at.lua > 0 {
		return m.commented(n, at)
	}
	if at.boundary() && m.whole(n, at) {
		return m.branches(n, at)
	}
	m.closed = at.quote == 0
	m.word(n.span)
	at.pending, at.fresh = true, false
	return at
}

// word masks a span that is a part of a word, or several words. Behind a word in
// quotes nginx wants a blank.
func (m *mask) word(s source.Span) {
	m.fill(s, source.Unknown, 0)
	if !m.dry && s.Start > 0 && (m.text[s.Start-1] == '"' || m.text[s.Start-1] == '\'') && s.Len() > 1 && m.closed {
		m.out[s.Start] = ' '
	}
}

// commented masks the tags of a section in a comment, which may run over several
// lines of comments, or in Lua.
func (m *mask) commented(n *node, at lexical) lexical {
	m.gaps(n)
	for _, b := range n.branches {
		at = m.walk(b, at)
	}
	return at
}

// whole tries whether every branch of a section holds whole directives.
func (m *mask) whole(n *node, at lexical) bool {
	if n.tried {
		return n.whole // asked before, when a section around it was tried
	}
	n.tried, n.whole = true, true
	trial := mask{text: m.text, sysctl: m.sysctl, dry: true}
	for _, b := range n.branches {
		if end := trial.walk(b, at); !end.boundary() && !end.comment {
			n.whole = false
		}
	}
	return n.whole
}

// branches masks the tags of a choice and reads its branches.
func (m *mask) branches(n *node, at lexical) lexical {
	if !n.open.transparent && !m.dry {
		n.choice = len(m.choices)
		m.choices = append(m.choices, n)
	}
	m.gaps(n)
	end := at
	for i, b := range n.branches {
		after := m.walk(b, at)
		if i == 0 {
			end = after
		}
	}
	return end
}

// gaps blanks the tags of a section: all that is in no branch.
func (m *mask) gaps(n *node) {
	at := n.span.Start
	for _, b := range n.branches {
		if len(b) == 0 {
			continue
		}
		m.fill(source.Span{Start: at, End: b[0].span.Start}, ' ', 0)
		at = b[len(b)-1].span.End
	}
	m.fill(source.Span{Start: at, End: n.span.End}, ' ', 0)
}

// firstBranches returns the text in which only the first branch of every choice
// is visible.
func (m *mask) firstBranches() []byte {
	first := &mask{text: m.text, out: append([]byte(nil), m.out...)}
	for _, n := range m.choices {
		for i, b := range n.branches {
			if i > 0 && len(b) > 0 {
				first.fill(source.Span{Start: b[0].span.Start, End: b[len(b)-1].span.End}, ' ', 0)
			}
		}
	}
	return first.out
}
