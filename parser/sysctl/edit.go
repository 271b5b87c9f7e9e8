package sysctl

import (
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// SetValue replaces the value of an entry. The new one must not hold a line end
// or a NUL byte, nor blanks around it. Where there was no value, it follows the
// "=" at the distance that the "=" has from the key: none or a blank. An
// exclusion becomes an assignment.
func SetValue(e *Entry, value string) source.Edit {
	switch {
	case e.Exclude:
		value = " = " + value
	case e.Value.Span.Len() == 0 && e.Equals.Start > e.Key.Span.End:
		value = " " + value
	}
	return source.Edit{Span: e.Value.Span, New: value}
}

// SetKey replaces the key of an entry. A leading "-" and the blanks around the
// key stay.
func SetKey(e *Entry, key string) source.Edit {
	return source.Edit{Span: e.Key.Span, New: key}
}

// AddBefore inserts a line above an entry, with the entry's indentation and
// line end. The line is given without both.
func AddBefore(tree *Tree, e *Entry, line string) source.Edit {
	at := e.Line.Start
	return source.Edit{
		Span: source.Span{Start: at, End: at},
		New:  indentation(tree.File.Text, e) + line + tree.File.EOL(at),
	}
}

// AddAfter inserts a line below an entry, with the entry's indentation and line
// end. The line is given without both. Where the entry is the last line and has
// no line end, the new line has none either.
func AddAfter(tree *Tree, e *Entry, line string) source.Edit {
	text := tree.File.Text
	at, eol := lineEnd(text, e), tree.File.EOL(e.Line.Start)
	line = indentation(text, e) + line
	if strings.HasSuffix(text[:at], "\n") {
		line += eol
	} else {
		line = eol + line
	}
	return source.Edit{Span: source.Span{Start: at, End: at}, New: line}
}

// Append adds a line at the end of the file, which it ends with a line end of
// its own. A missing final newline is mended first.
func Append(tree *Tree, line string) source.Edit {
	text := tree.File.Text
	at := len(text)
	eol := tree.File.EOL(at)
	line += eol
	if text != "" && !strings.HasSuffix(text, "\n") {
		line = eol + line
	}
	return source.Edit{Span: source.Span{Start: at, End: at}, New: line}
}

// lineEnd returns the offset behind an entry's line and its line end.
func lineEnd(text string, e *Entry) int {
	if i := strings.IndexByte(text[e.Line.End:], '\n'); i >= 0 {
		return e.Line.End + i + 1
	}
	return len(text)
}

// indentation returns the blanks in front of an entry.
func indentation(text string, e *Entry) string {
	return text[e.Line.Start:skipSpace(text, e.Line.Start, e.Line.End)]
}
