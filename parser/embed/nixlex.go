package embed

import (
	"regexp"
	"strings"

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

var (
	nixPathForm   = regexp.MustCompile(`^(?:~|[A-Za-z0-9._+-]*)(?:/[A-Za-z0-9._+-]+)+/?|^<[A-Za-z0-9._+-]+(?:/[A-Za-z0-9._+-]+)*>`)
	nixWordForm   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_'-]*`)
	nixNumberForm = regexp.MustCompile(`^[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?`)
	nixOperators  = []string{"...", "//", "++", "==", "!=", "<=", ">=", "&&", "||", "->", "|>", "<|"}
)

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
		case isBlank(c) || c == '\n' || c == '\r':
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
	for _, form := range []struct {
		kind nixKind
		form *regexp.Regexp
	}{{nixPath, nixPathForm}, {nixWord, nixWordForm}, {nixNumber, nixNumberForm}} {
		if m := form.form.FindString(rest); m != "" {
			l.at += len(m)
			return l.token(form.kind, start)
		}
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
