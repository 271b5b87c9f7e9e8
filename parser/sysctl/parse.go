package sysctl

import "github.com/tcplint/tcplint/parser/source"

// Parse reads a file. It always returns a tree; where a line sets nothing,
// Tree.Errors says so.
func Parse(file *source.File) *Tree {
	t := &Tree{File: file}
	for next := 0; next < len(file.Text); {
		l := scan(file.Text, next)
		t.add(&l)
		next = l.next
	}
	return t
}

// add files what a line holds.
func (t *Tree) add(l *line) {
	var e *Entry
	minus := false
	for _, tok := range l.tokens() {
		text := t.File.Text[tok.Span.Start:tok.Span.End]
		switch tok.Kind {
		case Comment:
			t.Comments = append(t.Comments, tok.Span)
		case Bad:
			t.Errors = append(t.Errors, Error{Span: tok.Span, Msg: l.msg})
		case Minus:
			minus = true
		case Key:
			// An exclusion, until an "=" says otherwise.
			behind := source.Span{Start: tok.Span.End, End: tok.Span.End}
			e = &Entry{
				Key:     Word{Span: tok.Span, Value: NormalizeKey(text)},
				Value:   Word{Span: behind},
				Exclude: true,
				Glob:    isGlob(text),
				Line:    l.span,
				Equals:  behind,
			}
			t.Entries = append(t.Entries, e)
		case Equals:
			e.Exclude, e.Ignore = false, minus
			e.Equals = tok.Span
			e.Value.Span = source.Span{Start: tok.Span.End, End: tok.Span.End}
		case Value:
			e.Value = Word{Span: tok.Span, Value: text}
		case Space:
		}
	}
}
