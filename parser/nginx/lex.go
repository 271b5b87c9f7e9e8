package nginx

import (
	"fmt"
	"iter"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// Kind says what a Token is.
type Kind uint8

// The kinds of token. Together they cover every byte of a file once.
const (
	// Space is a run of blanks, tabs, CR and LF; nothing else separates words.
	Space Kind = iota
	// Comment runs from a "#" at the start of a word to the next LF, which it
	// leaves out. A lone CR does not end it.
	Comment
	// Word is one argument or name, with its quotes.
	Word
	// Semi is the ";" that ends a simple directive.
	Semi
	// Open is the "{" that begins a block.
	Open
	// Close is the "}" that ends a block.
	Close
	// Lua is the body of a *_by_lua_block, without its braces.
	Lua
)

// String returns the kind's name, for messages in tests.
func (k Kind) String() string {
	return [...]string{"Space", "Comment", "Word", "Semi", "Open", "Close", "Lua"}[k]
}

// Token is one piece of a file.
type Token struct {
	Kind Kind
	Span source.Span
	// quote is the quotation mark of a quoted word, else 0; closed says that
	// the word has the second one, too.
	quote  byte
	closed bool
	// escaped says that the word holds a backslash, so that its value may
	// differ from its bytes.
	escaped bool
}

// bufferSize is NGX_CONF_BUFFER: a word, quoted or not, and a comment must fit
// nginx's read buffer (src/core/ngx_conf_file.c).
const bufferSize = 4096

// lexer cuts text into tokens as ngx_conf_read_token does. It never fails: what
// nginx refuses becomes an error in errs, and lexing goes on behind it.
type lexer struct {
	text string
	pos  int
	// needSpace is set behind a closing quote, where nginx takes only a blank,
	// ";", "{" or ")".
	needSpace bool
	report    func(Error)
}

// Tokens yields the tokens of text in order. Their spans follow each other
// without a gap from the first byte to the last.
func Tokens(text string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		l := lexer{text: text, report: func(Error) {}}
		for first, words := "", 0; ; {
			t, ok := l.next()
			if !ok {
				return
			}
			if !yield(t) {
				return
			}
			switch t.Kind {
			case Word:
				if words == 0 {
					first = newWord(t).value(text)
				}
				words++
			case Open:
				if words > 0 && isLuaBlock(first) {
					if body := l.lua(); body.Span.Len() > 0 && !yield(body) {
						return
					}
				}
				words = 0
			case Semi, Close:
				words = 0
			case Space, Comment, Lua:
			}
		}
	}
}

// bareStop marks the bytes that are not ordinary inside a bare word.
var bareStop = func() (t [256]bool) {
	for _, c := range []byte(" \t\r\n;{\\$") {
		t[c] = true
	}
	return t
}()

// space marks the bytes that separate words.
var space = [256]bool{' ': true, '\t': true, '\r': true, '\n': true}

func isSpace(c byte) bool { return space[c] }

// next returns the next token; ok is false at the end of the text.
func (l *lexer) next() (t Token, ok bool) {
	text, i := l.text, l.pos
	if i >= len(text) {
		return Token{}, false
	}
	c := text[i]
	if l.needSpace {
		l.needSpace = false
		if !isSpace(c) && c != ';' && c != '{' && c != ')' {
			l.report(Error{Span: source.Span{Start: i, End: i + 1}, Msg: "unexpected \"" + text[i:i+1] + "\""})
		}
	}
	switch c {
	case ' ', '\t', '\r', '\n':
		l.blanks()
		return Token{Kind: Space, Span: source.Span{Start: i, End: l.pos}}, true
	case ';':
		return l.emit(Semi, i+1), true
	case '{':
		return l.emit(Open, i+1), true
	case '}':
		return l.emit(Close, i+1), true
	case '#':
		j := len(text)
		if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
			j = i + n
		}
		if j-i >= bufferSize && i+bufferSize < len(text) {
			l.tooLong(i, i, 0)
		}
		return l.emit(Comment, j), true
	case '"', '\'':
		return l.quoted(c), true
	default:
		return l.bare(), true
	}
}

// blanks goes past a run of blanks, if there is one.
func (l *lexer) blanks() {
	text, i := l.text, l.pos
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	if i > l.pos {
		l.pos, l.needSpace = i, false
	}
}

func (l *lexer) emit(k Kind, end int) Token {
	t := Token{Kind: k, Span: source.Span{Start: l.pos, End: end}}
	l.pos = end
	return t
}

// quoted reads a word that begins with a quotation mark. Only the same mark
// ends it; a backslash protects the byte behind it.
func (l *lexer) quoted(mark byte) Token {
	text, start := l.text, l.pos
	escaped := false
	i := start + 1
	for i < len(text) && text[i] != mark {
		if text[i] == '\\' {
			escaped = true
			i++
		}
		i++
	}
	end := min(i+1, len(text))
	l.checkLength(start+1, end, mark)
	t := l.emit(Word, end)
	t.quote, t.closed, t.escaped = mark, i < len(text), escaped
	l.needSpace = t.closed
	return t
}

// bare reads a word without quotes. Inside it only a blank, ";" and "{" are
// special, and "{" is not when it follows "$" or "${".
func (l *lexer) bare() Token {
	text, i := l.text, l.pos
	escaped := false
	for i < len(text) {
		c := text[i]
		if !bareStop[c] {
			i++
			continue
		}
		if c == '\\' {
			escaped = true
			i += 2
			continue
		}
		if c == '$' {
			i++
			for i < len(text) && text[i] == '{' {
				i++
			}
			continue
		}
		break
	}
	end := min(i, len(text))
	l.checkLength(l.pos, end, 0)
	t := l.emit(Word, end)
	t.escaped = escaped
	return t
}

// checkLength reports a word that does not fit nginx's buffer. start is where
// nginx begins to count (behind an opening quote), end the byte behind the
// word. The byte that ends a word must fit as well, and if that byte is a blank
// nginx reads on before it forgets the word.
func (l *lexer) checkLength(start, end int, mark byte) {
	if end-start < bufferSize-1 {
		return
	}
	limit := start + bufferSize // the first byte that does not fit
	switch {
	case limit >= len(l.text):
		return // the file ends first, which is another error or none
	case mark != 0 && end > limit:
		l.tooLong(start-1, start, mark)
	case end >= limit, end == limit-1 && isSpace(l.text[end]):
		l.tooLong(start, start, 0)
	}
}

func (l *lexer) tooLong(at, start int, mark byte) {
	msg := fmt.Sprintf(`too long parameter "%s..." started`, l.text[start:start+10])
	if mark != 0 {
		msg = fmt.Sprintf(`too long parameter, probably missing terminating "%c" character`, mark)
	}
	l.report(Error{Span: source.Span{Start: at, End: at + 1}, Msg: msg})
}
