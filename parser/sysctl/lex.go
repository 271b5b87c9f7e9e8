package sysctl

import (
	"iter"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// Kind says what a Token is.
type Kind uint8

// The kinds of token. Together they cover every byte of a file once.
const (
	// Space is a run of white space and line ends.
	Space Kind = iota
	// Comment runs from a "#" or ";" that is the first non-blank of its line to
	// before the line end.
	Comment
	// Minus is the "-" in front of a key. procps skips a second one as well,
	// which is then part of the token.
	Minus
	// Key is the text in front of the "=" without blanks behind it.
	Key
	// Equals is the first "=" of a line.
	Equals
	// Value is the text behind the "=" without blanks around it.
	Value
	// Bad is a line, or the rest of one, that sets nothing.
	Bad
)

// String returns the kind's name, for messages in tests.
func (k Kind) String() string {
	return [...]string{"Space", "Comment", "Minus", "Key", "Equals", "Value", "Bad"}[k]
}

// Token is one piece of a file.
type Token struct {
	Kind Kind
	Span source.Span
}

// What becomes of a line that sets nothing. The first four are procps' words;
// about the others procps says nothing.
const (
	msgSyntax   = "invalid syntax, continuing..."
	msgNameless = "Path is not under /proc/sys/: /proc/sys/"
	msgBlankKey = "cannot stat /proc/sys/"
	msgNotFound = ": No such file or directory"
	msgExclude  = `"-" without a key excludes nothing`
	msgOneByte  = "a line of one character is skipped"
	msgNUL      = "everything from a NUL byte to the end of the line is skipped"
)

// Tokens yields the tokens of text in order. Their spans follow each other
// without a gap from the first byte to the last.
func Tokens(text string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		done := 0
		for next := 0; next < len(text); {
			l := scan(text, next)
			next = l.next
			for _, t := range l.tokens() {
				if t.Span.Start > done && !yield(Token{Space, source.Span{Start: done, End: t.Span.Start}}) {
					return
				}
				if !yield(t) {
					return
				}
				done = t.Span.End
			}
		}
		if done < len(text) {
			yield(Token{Space, source.Span{Start: done, End: len(text)}})
		}
	}
}

// line is one line cut into tokens. What lies between them is white space.
type line struct {
	// span is the line without LF or CRLF; a CR at the end of the text counts as
	// a line end, as it does for source.File.
	span source.Span
	// next is where the next line begins.
	next int
	// msg says what is wrong with the Bad token, if there is one.
	msg string

	buf [5]Token // Minus, Key, Equals, Value, Bad is the longest sequence
	n   int
}

func (l *line) tokens() []Token { return l.buf[:l.n] }

func (l *line) add(k Kind, start, end int) {
	l.buf[l.n] = Token{k, source.Span{Start: start, End: end}}
	l.n++
}

func (l *line) bad(start, end int, msg string) {
	l.add(Bad, start, end)
	l.msg = msg
}

// scan cuts the line that begins at start into tokens. Like getline, it ends a
// line at LF only and sets no limit to its length.
func scan(text string, start int) line {
	end := len(text)
	l := line{next: end}
	if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
		end = start + i
		l.next = end + 1
	}
	l.span = source.Span{Start: start, End: end}
	if end > start && text[end-1] == '\r' {
		l.span.End--
	}

	// procps handles the line as a C string, so a NUL byte ends it.
	stop := end
	if i := strings.IndexByte(text[start:end], 0); i >= 0 {
		stop = start + i
	}
	first := skipSpace(text, start, stop)
	last := trimSpace(text, first, stop)
	// procps skips a string shorter than two bytes unseen, where a LF counts.
	// So "x" is an error, but not at the end of a file without final newline.
	short := stop == first+1 && (stop < end || l.next == end)
	switch {
	case first == stop:
	case text[first] == '#' || text[first] == ';':
		l.add(Comment, first, l.span.End)
		return l
	case short:
		l.bad(first, last, msgOneByte)
	default:
		l.assignment(text, first, last, stop)
	}
	if stop < end {
		l.nul(text, stop, end)
	}
	return l
}

// nul adds what lies behind a NUL byte, to the Bad token in front of it if
// there is one, else as one of its own.
func (l *line) nul(text string, stop, end int) {
	end = trimSpace(text, stop, end)
	if l.n > 0 && l.buf[l.n-1].Kind == Bad {
		l.buf[l.n-1].Span.End = end
		return
	}
	l.bad(stop, end, msgNUL)
}

// assignment reads "[-]key = value" or "-key" between first and last, which are
// its outermost non-blanks. stop is where the line ends for procps.
func (l *line) assignment(text string, first, last, stop int) {
	key := first
	for key < min(first+2, stop) && text[key] == '-' {
		key++
	}
	equals := strings.IndexByte(text[first:stop], '=')
	if equals < 0 {
		switch {
		case key == first:
			l.bad(first, last, msgSyntax)
		case key >= last || nameless(text[key:last]):
			l.bad(first, last, msgExclude)
		default:
			l.add(Minus, first, key)
			l.add(Key, key, last)
		}
		return
	}
	equals += first
	end := trimSpace(text, key, equals)
	switch {
	case key == first+1 && key < equals && end == key:
		// Blanks only. procps keeps the first byte of a string when it trims the
		// end, and here that is a blank.
		l.bad(first, last, msgBlankKey+text[key:key+1]+msgNotFound)
		return
	case nameless(text[key:end]):
		l.bad(first, last, msgNameless+procPath(text[key:end]))
		return
	}
	if key > first {
		l.add(Minus, first, key)
	}
	l.add(Key, key, end)
	l.add(Equals, equals, equals+1)
	if value := skipSpace(text, equals+1, stop); value < last {
		l.add(Value, value, last)
	}
}

// isSpace is isspace in the C and in every UTF-8 locale: a no-break space is
// none.
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// skipSpace returns the offset of the first non-blank from i on, or end.
func skipSpace(text string, i, end int) int {
	for i < end && isSpace(text[i]) {
		i++
	}
	return i
}

// trimSpace returns the offset behind the last non-blank before end, or start.
func trimSpace(text string, start, end int) int {
	for end > start && isSpace(text[end-1]) {
		end--
	}
	return end
}
