// Package sysctl turns the text of a sysctl.conf file into a tree that points
// into the text it came from.
//
// It reads as "sysctl -p" of procps 4 does (src/sysctl.c), keeps every byte
// (see Tokens), goes on behind an error and never panics. Whether a key exists
// and takes the value is for the kernel to say and not looked at here.
package sysctl

import "github.com/tcplint/tcplint/parser/source"

// Tree is one parsed file.
type Tree struct {
	File *source.File
	// Entries are the assignments and exclusions, in the order of the file.
	Entries []*Entry
	// Comments are the spans of all comment lines, from "#" or ";" to before
	// the line end, in order.
	Comments []source.Span
	// Errors is what procps refuses or passes over, in the order of the file.
	// It never stops there, and most of it leaves the exit status at 0. Every
	// error has the span of a Bad token.
	Errors []Error
}

// Error is a line, or the rest of one, that sets nothing.
type Error struct {
	// Span is the text in question, without blanks around it.
	Span source.Span
	// Msg is procps' own wording, without the program, the file and the line,
	// where procps says anything.
	Msg string
}

// Entry is a line that sets a key, or one that excludes a key from globs.
type Entry struct {
	// Key is the kernel parameter. Its value has the form that NormalizeKey
	// returns, its span is the text as it was written, without the leading "-".
	// Blanks behind the "-" are part of the key for procps, which then does not
	// find it.
	Key Word
	// Value is everything behind the "=", without blanks around it. Where that
	// is nothing, the span is empty and lies right behind the "=", or behind the
	// key of an exclusion.
	Value Word
	// Ignore says that a leading "-" makes procps ignore it when the value
	// cannot be written. It is not set for an exclusion.
	Ignore bool
	// Exclude says that the line is "-key" without "=": globs pass over the key.
	// procps 4.0.2 takes the key literally, even where Glob is set.
	Exclude bool
	// Glob says that the key holds "*", "?" or "[", so that it stands for every
	// key that it matches and that has no line of its own (see Match).
	Glob bool
	// Line is the whole line without its line end.
	Line source.Span
	// Equals is the "=", for an exclusion an empty span behind the key.
	Equals source.Span
}

// Word is a piece of a line and what it means.
type Word struct {
	Span  source.Span
	Value string
}

// Fields returns the spans of the words of the value, which blanks and tabs
// separate. That is how the kernel divides a list of numbers
// (proc_get_long in kernel/sysctl.c): other white space is skipped in front of
// a number but does not end one.
func (e *Entry) Fields() []source.Span {
	var fields []source.Span
	v := e.Value.Value
	for i := skipSpace(v, 0, len(v)); i < len(v); i = skipSpace(v, i, len(v)) {
		start := i
		for i < len(v) && v[i] != ' ' && v[i] != '\t' {
			i++
		}
		fields = append(fields, source.Span{Start: e.Value.Span.Start + start, End: e.Value.Span.Start + i})
	}
	return fields
}
