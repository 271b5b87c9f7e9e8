package carrier

import (
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// Without takes text that has none of the characters in it.
func Without(chars string) func(string) (string, bool) {
	return func(text string) (string, bool) { return text, !strings.ContainsAny(text, chars) }
}

// Nested is how a text is written on disk that stands in another one.
func Nested(outer, inner source.Encoding) source.Encoding {
	e := source.Encoding{
		Prefix: outer.Prefix + inner.Prefix,
		EOL:    outer.EOL,
		Escape: inner.Escape,
		Lines:  (outer.Escape == nil || outer.Lines) && (inner.Escape == nil || inner.Lines),
	}
	if e.EOL == "" {
		e.EOL = inner.EOL
	}
	switch {
	case e.Escape == nil:
		e.Escape = outer.Escape
	case outer.Escape != nil:
		e.Escape = func(text string) (string, bool) {
			text, ok := inner.Escape(text)
			if !ok {
				return "", false
			}
			return outer.Escape(text)
		}
	}
	return e
}

// Bare takes text that means itself within and without quotes in every language
// that is read here.
func Bare(text string) (string, bool) {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte("_.,:/+-% \t", c) >= 0:
		default:
			return "", false
		}
	}
	return text, true
}
