package ruby

import (
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/lazy"
	"github.com/tcplint/tcplint/parser/source"
)

// rubyKind says what a token of Ruby is.
type rubyKind uint8

const (
	rubyNone    rubyKind = iota // outside of the text
	rubyBreak                   // a line end or ";"
	rubyWord                    // a name or a keyword
	rubyLabel                   // a key of a hash or an argument, "name:"
	rubySymbol                  // ":name"
	rubyNumber                  //
	rubyString                  // a string or a here-document
	rubyList                    // %w[...]
	rubyOpaque                  // a regular expression, a command and the like
	rubyOperate                 // an operator or a bracket
)

// rubyToken is one token.
type rubyToken struct {
	kind rubyKind
	span source.Span
	// text is the code; for strings, the body is what stands between the quotes.
	text string
	body source.Span
	// escapes says that backslashes and "#{}" have a meaning in the body.
	escapes bool
	// heredoc says that the body is that of a here-document, of which strip is
	// what is taken off the lines.
	heredoc bool
	strip   string
}

// is reports whether a token is this word or operator.
func (t rubyToken) is(text string) bool {
	return (t.kind == rubyWord || t.kind == rubyOperate) && t.text == text
}

// rubyLexer cuts Ruby into tokens as far as recipes need it. What it is not sure
// of ends it.
type rubyLexer struct {
	text    string
	at      int
	tokens  []rubyToken
	pending []int // here-documents whose bodies come behind the line
	ends    []heredocEnd
	bad     bool
}

// rubyTokens returns the tokens of a text; not ok if it cannot be read.
func rubyTokens(text string) (tokens []rubyToken, ok bool) {
	l := &rubyLexer{text: text}
	for l.at < len(text) && !l.bad {
		if l.lineStart() && strings.HasPrefix(text[l.at:], "__END__") {
			break
		}
		l.next()
	}
	return l.tokens, !l.bad
}

func (l *rubyLexer) lineStart() bool { return l.at == 0 || l.text[l.at-1] == '\n' }

func (l *rubyLexer) add(k rubyKind, start int) *rubyToken {
	l.tokens = append(l.tokens, rubyToken{kind: k, span: source.Span{Start: start, End: l.at}, text: l.text[start:l.at]})
	return &l.tokens[len(l.tokens)-1]
}

// afterValue reports whether the last token ends a value, so that "/" divides.
func (l *rubyLexer) afterValue() bool {
	if len(l.tokens) == 0 {
		return false
	}
	switch t := l.tokens[len(l.tokens)-1]; t.kind {
	case rubyBreak, rubyLabel:
		return false
	case rubyOperate:
		return t.text == ")" || t.text == "]" || t.text == "}"
	case rubyWord:
		return !rubyBefore.Has(t.text)
	default:
		return true
	}
}

// rubyBefore are keywords that a value follows.
var rubyBefore = lazy.Words("if unless while until and or not return when case then else elsif do in puts raise yield")

// peek returns the byte n places ahead, 0 behind the end.
func (l *rubyLexer) peek(n int) byte {
	if l.at+n < len(l.text) {
		return l.text[l.at+n]
	}
	return 0
}

func (l *rubyLexer) next() {
	start, c := l.at, l.text[l.at]
	// In "name /x/" and "name %w(x)" an argument begins, in "a / b" it does not.
	spaced := start > 0 && carrier.IsBlank(l.text[start-1]) && !carrier.IsBlank(l.peek(1))
	begins := !l.afterValue() || spaced && len(l.tokens) > 0 && l.tokens[len(l.tokens)-1].kind == rubyWord
	switch {
	case c == '\n':
		l.at++
		l.add(rubyBreak, start)
		l.bodies()
	case carrier.IsBlank(c) || c == '\r':
		l.at++
	case c == '\\' && (l.peek(1) == '\n' || l.peek(1) == '\r'):
		l.at += 2
	case c == '#':
		l.toLineEnd()
	case c == '=' && l.lineStart() && strings.HasPrefix(l.text[l.at:], "=begin"):
		l.longComment()
	case c == '\'' || c == '"' || c == '`':
		l.quoted(start, start+1, c, c)
	case carrier.IsNameByte(c) && (c < '0' || c > '9'):
		l.word()
	case '0' <= c && c <= '9':
		l.number()
	case c == ':' && carrier.IsNameByte(l.peek(1)):
		l.at++
		l.name()
		l.add(rubySymbol, start)
	case c == ':' && l.peek(1) == '"' && !l.afterValue():
		l.at++
		l.quoted(start, start+2, '"', '"')
	case c == '/' && begins:
		l.quoted(start, start+1, '/', '/')
	case c == '%' && begins && l.percent(start):
	case c == '<' && l.heredoc(start):
	case c == ';':
		l.at++
		l.add(rubyBreak, start)
	default:
		l.operator(start)
	}
}

func (l *rubyLexer) toLineEnd() {
	if i := strings.IndexByte(l.text[l.at:], '\n'); i >= 0 {
		l.at += i
		return
	}
	l.at = len(l.text)
}

// longComment skips what stands between =begin and =end.
func (l *rubyLexer) longComment() {
	i := strings.Index(l.text[l.at:], "\n=end")
	if i < 0 {
		l.at = len(l.text)
		return
	}
	l.at += i + 1
	l.toLineEnd()
}

func (l *rubyLexer) name() {
	for l.at < len(l.text) && carrier.IsNameByte(l.text[l.at]) {
		l.at++
	}
	if c := l.peek(0); (c == '?' || c == '!') && l.peek(1) != '=' {
		l.at++
	}
}

// word reads a name, a keyword or a label.
func (l *rubyLexer) word() {
	start := l.at
	l.name()
	if l.peek(0) == ':' && l.peek(1) != ':' {
		l.at++
		l.add(rubyLabel, start)
		return
	}
	l.add(rubyWord, start)
}

func (l *rubyLexer) number() {
	start := l.at
	for l.at < len(l.text) && (carrier.IsNameByte(l.text[l.at]) || l.text[l.at] == '.' && '0' <= l.peek(1) && l.peek(1) <= '9') {
		l.at++
	}
	l.add(rubyNumber, start)
}

// operator reads one operator or bracket.
func (l *rubyLexer) operator(start int) {
	for _, op := range []string{"**=", "<=>", "===", "...", "||=", "&&=", "<<=", "=>", "==", "!=", "=~", "!~", "<=", ">=", "<<", ">>", "&&", "||", "+=", "-=", "*=", "/=", "..", "::", "&.", "->"} {
		if strings.HasPrefix(l.text[start:], op) {
			l.at += len(op)
			l.add(rubyOperate, start)
			return
		}
	}
	if l.text[start] == '?' && !l.afterValue() && carrier.IsNameByte(l.peek(1)) && !carrier.IsNameByte(l.peek(2)) {
		l.at += 2
		l.add(rubyOpaque, start)
		return
	}
	l.at++
	l.add(rubyOperate, start)
}

// quoted reads up to the closing character; open is another one if pairs nest.
func (l *rubyLexer) quoted(start, body int, open, end byte) {
	l.at = body
	depth := 0
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case c == '\\':
			l.at++
		case c == '#' && l.peek(1) == '{' && end != '\'':
			l.code()
			continue
		case c == end && depth == 0:
			l.at++
			kind := rubyString
			if end == '/' || end == '`' {
				kind = rubyOpaque
				l.flags(end)
			}
			t := l.add(kind, start)
			t.body = source.Span{Start: body, End: max(l.at-1, body)}
			t.escapes = true
			return
		case c == end:
			depth--
		case c == open:
			depth++
		}
		l.at++
	}
	l.bad = true
}

// flags skips the letters behind a regular expression.
func (l *rubyLexer) flags(end byte) {
	for end == '/' && l.at < len(l.text) && 'a' <= l.text[l.at] && l.text[l.at] <= 'z' {
		l.at++
	}
}

// code skips "#{...}" within a string.
func (l *rubyLexer) code() {
	depth := 0
	for l.at < len(l.text) {
		switch l.text[l.at] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				l.at++
				return
			}
		case '\n':
			l.bad = true // rarely so, and then the end is hard to tell
			return
		}
		l.at++
	}
	l.bad = true
}

// percent reads "%w[...]", "%q(...)" and the like.
func (l *rubyLexer) percent(start int) bool {
	at := start + 1
	kind := byte('Q')
	if c := l.peek(1); strings.IndexByte("wWiIqQrxs", c) >= 0 {
		kind = c
		at++
	}
	if at >= len(l.text) {
		return false
	}
	open := l.text[at]
	i := strings.IndexByte("([{<", open)
	end := open
	switch {
	case i >= 0:
		end = ")]}>"[i]
	case strings.IndexByte("|!/", open) < 0:
		return false
	}
	l.quoted(start, at+1, open, end)
	if l.bad {
		return true
	}
	t := &l.tokens[len(l.tokens)-1]
	switch kind {
	case 'w', 'W', 'i', 'I':
		t.kind = rubyList
	case 'q', 'Q':
		t.kind = rubyString
	default:
		t.kind = rubyOpaque
		l.flags('/')
	}
	return true
}
