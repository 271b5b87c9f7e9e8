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
	"sort"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// Tree is one parsed file.
type Tree struct {
	File *source.File
	// Root holds the directives of the file's top level.
	Root *Block
	// Errors is what nginx would refuse, in the order of the text. nginx stops
	// at the first; what follows it may be its consequence.
	Errors []Error
	// Unknown says that the text has parts that are not known before a template
	// is rendered; see source.Unknown.
	Unknown bool

	text string // that of File, which is asked for all the time
	// What the text has of each, in its order: a directive before those in its block.
	directives parts[Directive]
	blocks     parts[Block]
	words      parts[word]
	comments   parts[uint32] // where they begin
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

// Directive is a simple directive or one with a block. Configurations have millions
// of them: what can be told from the text, or from the place among the others, is
// not kept.
type Directive struct {
	// In is the block that holds the directive.
	In *Block

	words, n uint32 // the place of the name in Tree.words, and how many words there are
	end      uint32
	body     uint32 // the place of the block in Tree.blocks, plus 1; 0 for none
}

// Block is the inside of a pair of braces, or a whole file.
type Block struct {
	// Tree is the tree that the block belongs to.
	Tree *Tree

	// first is the place of the first directive in it, behind that of its owner, until
	// the place behind the last below it, n the number of those in it.
	first, until, n uint32
	start, end      uint32
	lua             bool
}

// Owner is the directive that the block belongs to, nil for a file's root.
func (b *Block) Owner() *Directive {
	if b == b.Tree.Root {
		return nil
	}
	return b.Tree.directives.before(b.first)
}

// Span is the text between the braces, without them.
func (b *Block) Span() source.Span { return source.Span{Start: int(b.start), End: int(b.end)} }

// Lua says that the block holds Lua and therefore no directives.
func (b *Block) Lua() bool { return b.lua }

// Len is the number of directives in the block, without those further in.
func (b *Block) Len() int { return int(b.n) }

// Kids yields the directives in the block, in order.
func (b *Block) Kids() iter.Seq[*Directive] {
	return func(yield func(*Directive) bool) {
		t := b.Tree
		for at := b.first; at != b.until; {
			d := t.directives.at(at)
			if !yield(d) {
				return
			}
			if at = t.directives.next(at); d.body != 0 {
				at = t.blocks.at(d.body - 1).until
			}
		}
	}
}

// First is the first directive in the block, nil if there is none.
func (b *Block) First() *Directive {
	if b.n == 0 {
		return nil
	}
	return b.Tree.directives.at(b.first)
}

// Last is the last directive in the block, nil if there is none.
func (b *Block) Last() (last *Directive) {
	for d := range b.Kids() {
		last = d
	}
	return last
}

// Comments yields the spans of all comments, from "#" to before the LF, in order.
func (t *Tree) Comments() iter.Seq[source.Span] { return t.CommentsFrom(0) }

// CommentsFrom yields those that begin at an offset or behind it.
func (t *Tree) CommentsFrom(offset int) iter.Seq[source.Span] {
	return func(yield func(source.Span) bool) {
		first := sort.Search(len(t.comments.list), func(i int) bool {
			part := t.comments.list[i]
			return int(part[len(part)-1]) >= offset
		})
		for _, part := range t.comments.list[first:] {
			i := sort.Search(len(part), func(i int) bool { return int(part[i]) >= offset })
			for _, start := range part[i:] {
				end := len(t.text)
				if n := strings.IndexByte(t.text[start:], '\n'); n >= 0 {
					end = int(start) + n
				}
				if !yield(source.Span{Start: int(start), End: end}) {
					return
				}
			}
		}
	}
}

// HasComments reports whether there are any.
func (t *Tree) HasComments() bool { return len(t.comments.list) > 0 }

// Words are the name and the arguments; there is at least one.
func (d *Directive) Words() Words {
	t := d.In.Tree
	return Words{t.text, t.words.run(d.words, d.n)}
}

// Body is the directive's block, nil for a simple directive.
func (d *Directive) Body() *Block {
	if d.body == 0 {
		return nil
	}
	return d.In.Tree.blocks.at(d.body - 1)
}

// Span runs from the name to the ";" or "}" that ends the directive.
func (d *Directive) Span() source.Span {
	return source.Span{Start: d.In.Tree.words.at(d.words).from(), End: int(d.end)}
}

// Name is the directive's name.
func (d *Directive) Name() string {
	t := d.In.Tree
	return t.words.at(d.words).value(t.text)
}

// Args are the directive's arguments, without its name.
func (d *Directive) Args() Words { return d.Words().From(1) }

// ArgsFrom returns the arguments from the i-th on, counted from 0: none where there
// are fewer, since a directive need not have the words that nginx asks of it.
func (d *Directive) ArgsFrom(i int) Words { return d.Words().From(min(i+1, int(d.n))) }

// Arg returns the value of the i-th argument, counted from 0, or "" where there
// are fewer.
func (d *Directive) Arg(i int) string {
	if i >= 0 && i+1 < int(d.n) {
		t := d.In.Tree
		return t.words.run(d.words, d.n)[i+1].value(t.text)
	}
	return ""
}

// Unknown reports whether a word of the directive is not known; see
// source.Unknown.
func (d *Directive) Unknown() bool {
	return d.Words().Any(func(w Arg) bool { return source.HasUnknown(w.Value) })
}

// File is the file that the directive stands in.
func (d *Directive) File() *source.File { return d.In.Tree.File }

// Head is the span of the name and the arguments, without ";" or the block.
func (d *Directive) Head() source.Span {
	words := d.In.Tree.words.run(d.words, d.n)
	return source.Span{Start: words[0].from(), End: words[len(words)-1].to()}
}

// Walk yields every directive below the block in the order of the text, a
// parent before its children.
func (b *Block) Walk() iter.Seq[*Directive] {
	return func(yield func(*Directive) bool) {
		for at := b.first; at != b.until; at = b.Tree.directives.next(at) {
			if !yield(b.Tree.directives.at(at)) {
				return
			}
		}
	}
}
