package nginx

import (
	"fmt"

	"github.com/tcplint/tcplint/parser/source"
)

// Parse reads a file. It always returns a tree; where the text is not what
// nginx accepts, Tree.Errors says so and the tree holds what could be read.
func Parse(file *source.File) *Tree {
	t := &Tree{File: file, Unknown: source.HasUnknown(file.Text)}
	t.Root = &Block{Tree: t, Span: source.Span{End: len(file.Text)}}
	p := parser{tree: t, block: t.Root}
	p.lex = lexer{text: file.Text, report: p.fail}
	p.run()
	return t
}

// parser builds the tree. Directives, words and lists of children are cut from
// slabs, so that their number does not decide the number of allocations.
type parser struct {
	tree  *Tree
	lex   lexer
	block *Block // the innermost open one
	words []Arg  // of the statement being read, at the beginning of a slab
	kids  []*Directive
	marks []int // where each open block's kids begin in kids

	freeDirectives slab[Directive]
	freeBlocks     slab[Block]
	freeKids       slab[*Directive]
}

// slab is memory for many items of one type.
type slab[T any] struct{ free []T }

// take returns n items that nobody else has. rest is the number of bytes still
// to be read: at about so many bytes for each item a new slab need not hold
// more than they call for, nor more than most.
func (s *slab[T]) take(n, rest, bytes, most int) []T {
	if len(s.free) < n {
		s.free = make([]T, max(n, 4, min(rest/bytes, most)))
	}
	items := s.free[:n:n]
	s.free = s.free[n:]
	return items
}

func (p *parser) fail(e Error) { p.tree.Errors = append(p.tree.Errors, e) }

func (p *parser) run() {
	for {
		p.lex.blanks() // half of all tokens, which the tree does not have
		t, ok := p.lex.next()
		if !ok {
			break
		}
		switch t.Kind {
		case Space, Lua:
		case Comment:
			p.tree.Comments = append(p.tree.Comments, t.Span)
		case Word:
			p.word(Arg{Span: t.Span, Value: p.lex.value(t), Quote: t.quote})
		case Semi:
			if len(p.words) == 0 {
				p.fail(Error{Span: t.Span, Msg: `unexpected ";"`})
				continue
			}
			p.add(t.Span.End)
		case Open:
			p.open(t)
		case Close:
			p.close(t)
		}
	}
	p.end()
}

// rest is the number of bytes that are still to be read.
func (p *parser) rest() int { return len(p.lex.text) - p.lex.pos }

// word adds a word to the statement being read. Where the slab is full, the statement
// goes on in a new one.
func (p *parser) word(w Arg) {
	if n := len(p.words); n == cap(p.words) {
		p.words = append(make([]Arg, 0, max(2*n, 4, min(p.rest()/24, 1024))), p.words...)
	}
	p.words = append(p.words, w)
}

// add files the words read so far as a directive that ends at end.
func (p *parser) add(end int) *Directive {
	n := len(p.words)
	words := p.words[:n:n]
	p.words = p.words[n:]
	d := &p.freeDirectives.take(1, p.rest(), 64, 512)[0]
	*d = Directive{
		Words: words,
		In:    p.block,
		Span:  source.Span{Start: words[0].Span.Start, End: end},
	}
	p.kids = append(p.kids, d)
	return d
}

// maxDepth is how deep blocks may be nested. nginx sets no limit and runs out of
// stack at some point; so would everything that goes through the tree.
const maxDepth = 1000

func (p *parser) open(t Token) {
	if len(p.words) == 0 {
		p.fail(Error{Span: t.Span, Msg: `unexpected "{"`})
		// Read the block as one without a name, so that its "}" finds a partner.
		p.word(Arg{Span: source.Span{Start: t.Span.Start, End: t.Span.Start}})
	}
	d := p.add(t.Span.End)
	b := &p.freeBlocks.take(1, p.rest(), 512, 64)[0]
	*b = Block{Owner: d, Tree: p.tree, Span: source.Span{Start: t.Span.End, End: t.Span.End}}
	d.Body, p.block = b, b
	if len(p.marks) == maxDepth {
		p.fail(Error{Span: t.Span, Msg: fmt.Sprintf("blocks are nested more than %d deep", maxDepth)})
	}
	p.marks = append(p.marks, len(p.kids))
	if isLuaBlock(d.Name()) {
		b.Lua = true
		p.lex.lua()
	}
}

func (p *parser) close(t Token) {
	if len(p.words) > 0 {
		p.fail(Error{Span: t.Span, Msg: `unexpected "}"`, Opened: p.words[0].Span})
		p.add(t.Span.Start)
	}
	if p.block.Owner == nil {
		p.fail(Error{Span: t.Span, Msg: `unexpected "}"`})
		return
	}
	p.leave(t.Span)
}

// leave ends the innermost block at its closing brace, or at the end of the
// text, where that is missing.
func (p *parser) leave(brace source.Span) {
	b := p.block
	b.Span.End = brace.Start
	b.Owner.Span.End = brace.End
	mark := p.marks[len(p.marks)-1]
	p.marks = p.marks[:len(p.marks)-1]
	b.Kids = p.children(mark)
	p.block = b.Owner.In
}

// children takes the directives collected since mark off the stack.
func (p *parser) children(mark int) []*Directive {
	n := len(p.kids) - mark
	if n == 0 {
		return nil
	}
	kids := p.freeKids.take(n, p.rest(), 64, 512)
	copy(kids, p.kids[mark:])
	clear(p.kids[mark:])
	p.kids = p.kids[:mark]
	return kids
}

// end deals with what the end of the text leaves unfinished.
func (p *parser) end() {
	at := source.Span{Start: len(p.lex.text), End: len(p.lex.text)}
	if n := len(p.words); n > 0 {
		opened := p.words[0].Span
		if last := p.words[n-1]; last.Quote != 0 && last.Span.End == at.End && !p.lex.needSpace {
			opened = source.Span{Start: last.Span.Start, End: last.Span.Start + 1}
		}
		p.fail(Error{Span: at, Msg: `unexpected end of file, expecting ";" or "}"`, Opened: opened})
		p.add(at.End)
	} else if p.block.Owner != nil {
		p.fail(Error{Span: at, Msg: p.unclosed(), Opened: p.block.Owner.Head()})
	}
	for p.block.Owner != nil {
		p.leave(at)
	}
	p.tree.Root.Kids = p.children(0)
}

// unclosed says what nginx says of a block that the file does not end. The Lua
// module reads its own blocks and has its own words for it
// (ngx_http_lua_conf_read_lua_token).
func (p *parser) unclosed() string {
	if p.block.Lua {
		return "unexpected end of file, expecting terminating characters for lua code block"
	}
	return `unexpected end of file, expecting "}"`
}
