// Package nginx turns nginx configuration into a tree that points into the
// text it came from.
//
// It reads exactly as nginx does (ngx_conf_read_token and ngx_conf_parse in
// src/core/ngx_conf_file.c), keeps every byte (see Tokens), goes on behind an
// error and never panics. What nginx refuses is listed in Tree.Errors in
// nginx's own words. Remove, SetArg and the functions named Add... turn wishes
// about the tree into edits of the text.
package nginx

import (
	"iter"

	"github.com/tcplint/tcplint/parser/source"
)

// Tree is one parsed file.
type Tree struct {
	File *source.File
	// Root holds the directives of the file's top level.
	Root *Block
	// Comments are the spans of all comments, from "#" to before the LF, in
	// order.
	Comments []source.Span
	// Errors is what nginx would refuse, in the order of the text. nginx stops
	// at the first; what follows it may be its consequence.
	Errors []Error
	// Unknown says that the text has parts that are not known before a template
	// is rendered; see source.Unknown.
	Unknown bool
}

// Error is something that nginx refuses.
type Error struct {
	// Span is the place at which nginx stops.
	Span source.Span
	// Msg is nginx's own wording, without its "in FILE:LINE".
	Msg string
	// Opened is the span of the word or brace that was never finished, if that
	// is the reason; else it is empty.
	Opened source.Span
}

// Directive is a simple directive or one with a block.
type Directive struct {
	// Words are the name and the arguments; there is at least one.
	Words []Arg
	// Body is the directive's block, nil for a simple directive.
	Body *Block
	// In is the block that holds the directive.
	In *Block
	// Span runs from the name to the ";" or "}" that ends the directive.
	Span source.Span
}

// Arg is one word as nginx sees it.
type Arg struct {
	// Span covers the word with its quotes.
	Span source.Span
	// Value is the word without quotes and with escapes resolved.
	Value string
	// Quote is the quotation mark around the word, or 0.
	Quote byte
}

// Block is the inside of a pair of braces, or a whole file.
type Block struct {
	// Owner is the directive that the block belongs to, nil for a file's root.
	Owner *Directive
	// Kids are the directives in the block, in order.
	Kids []*Directive
	// Span is the text between the braces, without them.
	Span source.Span
	// Lua says that the block holds Lua and therefore no directives.
	Lua bool
	// Tree is the tree that the block belongs to.
	Tree *Tree
}

// Name is the directive's name.
func (d *Directive) Name() string { return d.Words[0].Value }

// Args are the directive's arguments, without its name.
func (d *Directive) Args() []Arg { return d.Words[1:] }

// ArgsFrom returns the arguments from the i-th on, counted from 0: none where there
// are fewer, since a directive need not have the words that nginx asks of it.
func (d *Directive) ArgsFrom(i int) []Arg { return d.Words[min(i+1, len(d.Words)):] }

// Arg returns the value of the i-th argument, counted from 0, or "" where there
// are fewer.
func (d *Directive) Arg(i int) string {
	if i >= 0 && i+1 < len(d.Words) {
		return d.Words[i+1].Value
	}
	return ""
}

// Unknown reports whether a word of the directive is not known; see
// source.Unknown.
func (d *Directive) Unknown() bool {
	for _, w := range d.Words {
		if source.HasUnknown(w.Value) {
			return true
		}
	}
	return false
}

// File is the file that the directive stands in.
func (d *Directive) File() *source.File { return d.In.Tree.File }

// Head is the span of the name and the arguments, without ";" or the block.
func (d *Directive) Head() source.Span {
	return source.Span{Start: d.Words[0].Span.Start, End: d.Words[len(d.Words)-1].Span.End}
}

// Walk yields every directive below the block in the order of the text, a
// parent before its children.
func (b *Block) Walk() iter.Seq[*Directive] {
	return func(yield func(*Directive) bool) { b.walk(yield) }
}

func (b *Block) walk(yield func(*Directive) bool) bool {
	for _, d := range b.Kids {
		if !yield(d) {
			return false
		}
		if d.Body != nil && !d.Body.walk(yield) {
			return false
		}
	}
	return true
}
