package template

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// tagKind says what a tag's delimiters tell.
type tagKind uint8

const (
	valueTag     tagKind = iota // brings text: {{ x }}, <%= x %>
	statementTag                // rules over text: {% if x %}, <% if x %>
	commentTag                  // does nothing
	brokenTag                   // has no end
)

// trim is what a tag takes of the white space beside it.
type trim uint8

const (
	trimNone   trim = iota
	trimAll         // all of it, line ends too
	trimIndent      // the indentation of its line, if nothing else is before it
	trimLine        // the line end directly behind it
)

// tag is one tag of a template.
type tag struct {
	span source.Span
	// code is what stands between the delimiters, without blanks around it.
	code        string
	kind        tagKind
	left, right trim
	// held says that it is a place holder, for which the same text stands everywhere.
	held bool

	// next is the first byte of the text behind it on the same line that is not
	// blank and in no tag, '\n' if there is none. below is then the first byte
	// of the text on the lines below, 0 if that is a tag.
	next, below byte
	// assigns says that there is "=" in the text behind it on the same line.
	assigns bool
}

// tagsOf returns the tags of a text, in order.
func tagsOf(text string, opt Options) []*tag {
	l := tagLexer{text: text, hopeless: map[string]bool{}}
	switch opt.Engine {
	case Jinja:
		l.jinja()
	case Go, Handlebars:
		l.braces(opt.Engine)
	case ERB:
		l.erb()
	case None:
	}
	if opt.Placeholders != NoPlaceholders {
		return withPlaceholders(text, l.tags, opt.Placeholders)
	}
	return l.tags
}

// tagLexer finds tags.
type tagLexer struct {
	text string
	tags []*tag
	// hopeless are the delimiters that do not occur any more.
	hopeless map[string]bool
}

// add files the tag from start to end.
func (l *tagLexer) add(kind tagKind, start, end int) *tag {
	t := &tag{span: source.Span{Start: start, End: end}, kind: kind}
	inner := start + 2
	if kind != brokenTag {
		end -= 2
	}
	t.code = strings.TrimSpace(l.text[inner:max(inner, end)])
	l.tags = append(l.tags, t)
	return t
}

// broken files a tag without an end: up to the end of its line.
func (l *tagLexer) broken(start int) int {
	end := len(l.text)
	if i := strings.IndexByte(l.text[start:], '\n'); i >= 0 {
		end = start + i
	}
	l.add(brokenTag, start, end)
	return end
}

// find returns the offset of a string from an offset on, or -1.
func (l *tagLexer) find(what string, from int) int {
	if l.hopeless[what] {
		return -1
	}
	if i := strings.Index(l.text[from:], what); i >= 0 {
		return from + i
	}
	l.hopeless[what] = true
	return -1
}

// closing returns the offset of the delimiter that ends a tag whose code begins
// at from: the first one outside of strings and, if they nest, braces. Where
// there is none such, it is the first one; -1 where there is none at all.
func (l *tagLexer) closing(from int, delim string, nest bool) int {
	first := l.find(delim, from)
	if first < 0 {
		return -1
	}
	text, depth := l.text, 0
scan:
	for i := from; i < len(text); i++ {
		switch c := text[i]; {
		case depth == 0 && c == delim[0] && strings.HasPrefix(text[i:], delim):
			return i
		case c == '"' || c == '\'' || c == '`':
			i = max(i, stringEnd(text, i))
		case c == '{' && i > from && nest:
			if strings.HasPrefix(text[i:], "{{") || strings.HasPrefix(text[i:], "{%") {
				break scan // another tag begins
			}
			depth++
		case c == '{' && nest:
			depth++
		case c == '}' && depth > 0:
			depth--
		}
	}
	return first
}

// stringEnd returns the offset of the quotation mark that ends the string which
// begins at i, -1 if there is none on the line.
func stringEnd(text string, i int) int {
	for j := i + 1; j < len(text) && text[j] != '\n'; j++ {
		switch {
		case text[j] == text[i]:
			return j
		case text[j] == '\\' && text[i] != '`':
			j++
		}
	}
	return -1
}

// signs cuts the signs that control white space off the code of a tag.
func (t *tag) signs(set string) {
	if t.code == "" {
		return
	}
	if c := t.code[0]; strings.IndexByte(set, c) >= 0 {
		t.code = strings.TrimSpace(t.code[1:])
		if c != '+' {
			t.left = trimAll
		}
	}
	if t.code == "" {
		return
	}
	if c := t.code[len(t.code)-1]; strings.IndexByte(set, c) >= 0 {
		t.code = strings.TrimSpace(t.code[:len(t.code)-1])
		if c != '+' {
			t.right = trimAll
		}
	}
}

// jinja finds {{ }}, {% %} and {# #}.
func (l *tagLexer) jinja() {
	for i := 0; ; {
		i = l.next(i, '{')
		if i < 0 {
			return
		}
		rest := l.text[i:]
		switch {
		case strings.HasPrefix(rest, "{{%") && l.find("%}", i) >= 0, strings.HasPrefix(rest, "{{#") && l.find("#}", i) >= 0:
			i++ // a brace in front of a tag
		case strings.HasPrefix(rest, "{{"):
			i = l.tag(i, valueTag, "}}")
		case strings.HasPrefix(rest, "{%"):
			i = l.statement(i)
		case strings.HasPrefix(rest, "{#") && l.find("#}", i+2) >= 0:
			end := l.find("#}", i+2) + 2
			l.add(commentTag, i, end).signs("-+")
			i = end
		default:
			i++
		}
	}
}

// next returns the offset of a byte from i on, or -1.
func (l *tagLexer) next(i int, c byte) int {
	if j := strings.IndexByte(l.text[i:], c); j >= 0 {
		return i + j
	}
	return -1
}

// tag files a tag with strings and braces in it, and returns its end.
func (l *tagLexer) tag(i int, kind tagKind, delim string) int {
	end := l.closing(i+2, delim, true)
	if end < 0 {
		return l.broken(i)
	}
	l.add(kind, i, end+2).signs("-+~")
	return end + 2
}

// verbatim are the statements whose bodies are no code.
var verbatim = map[string]*lazyre.Regexp{
	"raw":      lazyre.New(`\{%[-+]?\s*endraw\s*[-+]?%\}`),
	"verbatim": lazyre.New(`\{%[-+]?\s*endverbatim\s*[-+]?%\}`),
	"comment":  lazyre.New(`\{%[-+]?\s*endcomment\s*[-+]?%\}`),
}

// statement files a statement of Jinja2, with its body if that is no code.
func (l *tagLexer) statement(i int) int {
	end := l.tag(i, statementTag, "%}")
	t := l.tags[len(l.tags)-1]
	word, _ := firstWord(t.code)
	shut := verbatim[word]
	if shut == nil || t.kind == brokenTag || l.hopeless[word] {
		return end
	}
	at := shut.FindStringIndex(l.text[end:])
	if at == nil {
		l.hopeless[word] = true
		return end
	}
	start := end + at[0]
	end += at[1]
	if word == "comment" {
		t.span.End, t.kind = end, commentTag
		return end
	}
	t.kind = commentTag
	l.add(commentTag, start, end).signs("-+")
	return end
}

// braces finds {{ }} as Go and Handlebars have it.
func (l *tagLexer) braces(e Engine) {
	for i := 0; ; {
		if i = l.find("{{", i); i < 0 {
			return
		}
		if e == Handlebars {
			i = l.handlebars(i)
			continue
		}
		inner := i + 2
		if strings.HasPrefix(l.text[inner:], "- ") {
			inner += 2
		}
		if strings.HasPrefix(l.text[inner:], "/*") {
			if end := l.find("*/", inner+2); end >= 0 {
				i = l.goTag(i, l.find("}}", end), commentTag)
				continue
			}
		}
		i = l.goTag(i, l.closing(inner, "}}", false), valueTag)
	}
}

// goTag files the action from i to a delimiter. Its signs want a blank between
// them and the code.
func (l *tagLexer) goTag(i, delim int, kind tagKind) int {
	if delim < 0 {
		return l.broken(i)
	}
	t := l.add(kind, i, delim+2)
	inner := l.text[i+2 : delim]
	if len(inner) > 1 && inner[0] == '-' && isBlank(inner[1]) {
		t.left, inner = trimAll, inner[1:]
	}
	if n := len(inner); n > 1 && inner[n-1] == '-' && isBlank(inner[n-2]) {
		t.right, inner = trimAll, inner[:n-1]
	}
	t.code = strings.TrimSpace(inner)
	return delim + 2
}

// handlebars files a tag of Handlebars.
func (l *tagLexer) handlebars(i int) int {
	inner := strings.TrimPrefix(l.text[i+2:], "~")
	switch {
	case strings.HasPrefix(inner, "!--"):
		if end := l.find("--", i+5); end >= 0 {
			if end = l.find("}}", end); end >= 0 {
				l.add(commentTag, i, end+2).signs("~")
				return end + 2
			}
		}
	case strings.HasPrefix(inner, "!"):
		if end := l.find("}}", i); end >= 0 {
			l.add(commentTag, i, end+2).signs("~")
			return end + 2
		}
	}
	end := l.tag(i, valueTag, "}}")
	return end
}

// erb finds <% %>.
func (l *tagLexer) erb() {
	for i := 0; ; {
		if i = l.find("<%", i); i < 0 {
			return
		}
		if strings.HasPrefix(l.text[i:], "<%%") {
			i += 3
			continue
		}
		end := l.find("%>", i+2)
		for end > 0 && l.text[end-1] == '%' && end-1 > i+1 {
			end = l.find("%>", end+2) // "%%>" stands for "%>"
		}
		if end < 0 {
			i = l.broken(i)
			continue
		}
		l.erbTag(i, end)
		i = end + 2
	}
}

// erbTag files the tag from i to its delimiter.
func (l *tagLexer) erbTag(i, end int) {
	t := l.add(statementTag, i, end+2)
	inner := l.text[i+2 : end]
	if code, ok := strings.CutPrefix(inner, "-"); ok {
		inner, t.left = code, trimIndent
	}
	if code, ok := strings.CutSuffix(inner, "-"); ok {
		inner, t.right = code, trimLine
	}
	switch {
	case strings.HasPrefix(inner, "="):
		inner, t.kind = strings.TrimLeft(inner, "="), valueTag
	case strings.HasPrefix(inner, "#"):
		t.kind = commentTag
	}
	t.code = strings.TrimSpace(inner)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// firstWord returns the word that a code begins with, and the rest without
// blanks in front.
func firstWord(code string) (word, rest string) {
	n := 0
	for n < len(code) && isWord(code[n]) {
		n++
	}
	return code[:n], strings.TrimSpace(code[n:])
}

func isWord(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// lookAhead notes what stands behind each tag.
func (t *Template) lookAhead() {
	next, below, assigns := byte('\n'), byte(0), false
	end := len(t.text)
	for _, g := range slices.Backward(t.tags) {
		between := t.text[g.span.End:end]
		line, rest, ended := strings.Cut(between, "\n")
		bare := strings.TrimLeft(line, " \t\r")
		switch {
		case bare != "":
			next, below = bare[0], 0
		case ended || end == len(t.text):
			next, below = '\n', 0
			if rest = strings.TrimLeft(rest, " \t\r\n"); rest != "" {
				below = rest[0]
			}
		}
		assigns = strings.Contains(line, "=") || assigns && !ended
		g.next, g.below, g.assigns = next, below, assigns
		end = g.span.Start
	}
}
