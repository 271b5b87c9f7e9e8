package nix

import (
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// nixKind says what a token of Nix is.
type nixKind uint8

const (
	nixEnd     nixKind = iota // behind the last token
	nixWord                   // a name or a keyword
	nixNumber                 //
	nixString                 // "..."
	nixLines                  // ''...''
	nixPath                   // a path
	nixDynamic                // "${...}" as a name
	nixOperate                // an operator or a bracket
)

// nixToken is one token.
type nixToken struct {
	kind nixKind
	span source.Span
	text string
	// code are the spans of "${...}" in a string.
	code []source.Span
}

// is reports whether a token is this word or operator.
func (t nixToken) is(text string) bool {
	return (t.kind == nixWord || t.kind == nixOperate) && t.text == text
}

// nixLexer cuts Nix into tokens.
type nixLexer struct {
	text  string
	at    int
	depth int
	bad   bool
}

var nixOperators = []string{"...", "//", "++", "==", "!=", "<=", ">=", "&&", "||", "->", "|>", "<|"}

// nixPathLength returns the length of a path at the beginning of a text, 0 if
// there is none: names with slashes between them, "~/name", or "<name>".
func nixPathLength(text string) int {
	const others = "._+-"
	n := carrier.NameLength(text, others)
	switch text[0] {
	case '~':
		n = 1
	case '<':
		if end := 1 + carrier.NameLength(text[1:], others+"/"); end > 1 && end < len(text) && text[end] == '>' {
			return end + 1
		}
		return 0
	}
	segments := 0
	for n < len(text) && text[n] == '/' {
		name := carrier.NameLength(text[n+1:], others)
		if name == 0 {
			if segments > 0 {
				n++ // a folder
			}
			break
		}
		segments++
		n += 1 + name
	}
	if segments == 0 {
		return 0
	}
	return n
}

// nixPlain returns the kind and the length of a path, a name or a number at the
// beginning of a text; 0 if there is none.
func nixPlain(text string) (nixKind, int) {
	if n := nixPathLength(text); n > 0 {
		return nixPath, n
	}
	n := carrier.NameLength(text, "_'-")
	switch c := text[0]; {
	case n == 0 || c == '\'' || c == '-':
		return nixOperate, 0
	case c < '0' || c > '9':
		return nixWord, n
	}
	n = len(text) - len(strings.TrimLeft(text, "0123456789"))
	if n+1 < len(text) && text[n] == '.' && '0' <= text[n+1] && text[n+1] <= '9' {
		n += 1 + carrier.NameLength(text[n+1:], "")
	}
	return nixNumber, n
}

// nixTokens returns the tokens of a text; not ok if it cannot be read.
func nixTokens(text string) (tokens []nixToken, ok bool) {
	l := &nixLexer{text: text}
	for {
		t := l.next()
		if l.bad {
			return nil, false
		}
		if t.kind == nixEnd {
			return tokens, true
		}
		tokens = append(tokens, t)
	}
}

// token returns the token that ends at the current place.
func (l *nixLexer) token(k nixKind, start int) nixToken {
	return nixToken{kind: k, span: source.Span{Start: start, End: l.at}, text: l.text[start:l.at]}
}

// blanks skips white space and comments.
func (l *nixLexer) blanks() {
	for l.at < len(l.text) {
		rest := l.text[l.at:]
		switch c := rest[0]; {
		case carrier.IsBlank(c) || c == '\n' || c == '\r':
			l.at++
		case c == '#':
			i := strings.IndexByte(rest, '\n')
			if i < 0 {
				i = len(rest)
			}
			l.at += i
		case strings.HasPrefix(rest, "/*"):
			i := strings.Index(rest[2:], "*/")
			if i < 0 {
				l.bad = true
				return
			}
			l.at += i + 4
		default:
			return
		}
	}
}

func (l *nixLexer) next() nixToken {
	l.blanks()
	if l.bad || l.at >= len(l.text) {
		return nixToken{span: source.Span{Start: len(l.text), End: len(l.text)}}
	}
	start := l.at
	rest := l.text[start:]
	switch {
	case strings.HasPrefix(rest, "''"):
		return l.str(nixLines, start, start+2)
	case rest[0] == '"':
		return l.str(nixString, start, start+1)
	case strings.HasPrefix(rest, "${"):
		l.code()
		return l.token(nixDynamic, start)
	}
	if kind, n := nixPlain(rest); n > 0 {
		l.at += n
		return l.token(kind, start)
	}
	for _, op := range nixOperators {
		if strings.HasPrefix(rest, op) {
			l.at += len(op)
			return l.token(nixOperate, start)
		}
	}
	l.at++
	return l.token(nixOperate, start)
}

// code skips "${...}".
func (l *nixLexer) code() source.Span {
	const deepest = 40
	start := l.at
	l.at += 2
	if l.depth++; l.depth > deepest {
		l.bad = true
	}
	for open := 1; open > 0 && !l.bad; {
		switch t := l.next(); {
		case t.kind == nixEnd:
			l.bad = true
		case t.is("{"):
			open++
		case t.is("}"):
			open--
		}
	}
	l.depth--
	return source.Span{Start: start, End: l.at}
}

// str reads a string of either kind, of which the text begins at body.
func (l *nixLexer) str(kind nixKind, start, body int) nixToken {
	l.at = body
	var code []source.Span
	for l.at < len(l.text) && !l.bad {
		rest := l.text[l.at:]
		switch {
		case strings.HasPrefix(rest, "$${"): // no code
			l.at += 3
		case strings.HasPrefix(rest, "${"):
			code = append(code, l.code())
		case kind == nixString && rest[0] == '\\':
			l.at = min(l.at+2, len(l.text))
		case kind == nixString && rest[0] == '"':
			l.at++
			t := l.token(kind, start)
			t.code = code
			return t
		case kind == nixLines && (strings.HasPrefix(rest, "'''") || strings.HasPrefix(rest, "''$")):
			l.at += 3
		case kind == nixLines && strings.HasPrefix(rest, `''\`):
			l.at = min(l.at+4, len(l.text))
		case kind == nixLines && strings.HasPrefix(rest, "''"):
			l.at += 2
			t := l.token(kind, start)
			t.code = code
			return t
		default:
			l.at++
		}
	}
	l.bad = true
	return nixToken{}
}
