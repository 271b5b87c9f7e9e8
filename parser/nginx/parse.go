package nginx

import (
	"fmt"

	"github.com/tcplint/tcplint/parser/source"
)

// Parse reads a file. It always returns a tree; where the text is not what
// nginx accepts, Tree.Errors says so and the tree holds what could be read.
func Parse(file *source.File) *Tree {
	t := &Tree{File: file, text: file.Text, Unknown: source.HasUnknown(file.Text)}
	t.Root = &Block{Tree: t}
	p := parser{tree: t, block: t.Root}
	p.lex = lexer{text: file.Text, report: p.fail}
	if uint64(len(file.Text)) >= high { // no offset of it has more bits, see word
		p.fail(Error{Msg: "the file is larger than 2 GB, which is more than is read"})
		return t
	}
	t.Root.end = uint32(len(file.Text))
	p.run()
	return t
}

// parser builds the tree.
type parser struct {
	tree  *Tree
	lex   lexer
	block *Block // the innermost open one
	words []word // of the statement being read
	depth int
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
			p.tree.comments.add(uint32(t.Span.Start), p.rest()/commentBytes)
		case Word:
			p.words = append(p.words, newWord(t))
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

// About so many bytes of text have one of each, so that there is room for what the
// rest of it calls for, and hardly more.
const (
	wordBytes      = 16
	directiveBytes = 32
	commentBytes   = 256
	blockBytes     = 256
)

// rest is the number of bytes that are still to be read.
func (p *parser) rest() int { return len(p.lex.text) - p.lex.pos }

// add files the words read so far as a directive that ends at end.
func (p *parser) add(end int) *Directive {
	t, n := p.tree, uint32(len(p.words))
	at := t.directives.add(Directive{
		In: p.block, words: t.words.addRun(p.words, p.rest()/wordBytes), n: n, end: uint32(end),
	}, p.rest()/directiveBytes)
	p.words = p.words[:0]
	p.block.n++
	return t.directives.at(at)
}

// maxDepth is how deep blocks may be nested. nginx sets no limit and runs out of
// stack at some point; so would everything that goes through the tree.
const maxDepth = 1000

func (p *parser) open(t Token) {
	if len(p.words) == 0 {
		p.fail(Error{Span: t.Span, Msg: `unexpected "{"`})
		// Read the block as one without a name, so that its "}" finds a partner.
		p.words = append(p.words, word{uint32(t.Span.Start), uint32(t.Span.Start)})
	}
	d := p.add(t.Span.End)
	start := uint32(t.Span.End)
	b := Block{Tree: p.tree, first: p.tree.directives.end(), start: start, end: start, lua: isLuaBlock(d.Name())}
	d.body = p.tree.blocks.add(b, p.rest()/blockBytes) + 1
	p.block = d.Body()
	if p.depth == maxDepth {
		p.fail(Error{Span: t.Span, Msg: fmt.Sprintf("blocks are nested more than %d deep", maxDepth)})
	}
	p.depth++
	if p.block.lua {
		p.lex.lua()
	}
}

func (p *parser) close(t Token) {
	if len(p.words) > 0 {
		p.fail(Error{Span: t.Span, Msg: `unexpected "}"`, Opened: p.opened()})
		p.add(t.Span.Start)
	}
	if p.block == p.tree.Root {
		p.fail(Error{Span: t.Span, Msg: `unexpected "}"`})
		return
	}
	p.leave(t.Span)
}

// opened is the place of the first word of the statement being read.
func (p *parser) opened() source.Span {
	return source.Span{Start: p.words[0].from(), End: p.words[0].to()}
}

// leave ends the innermost block at its closing brace, or at the end of the
// text, where that is missing.
func (p *parser) leave(brace source.Span) {
	b, owner := p.block, p.block.Owner()
	b.end, b.until = uint32(brace.Start), p.tree.directives.end()
	owner.end = uint32(brace.End)
	p.depth--
	p.block = owner.In
}

// end deals with what the end of the text leaves unfinished.
func (p *parser) end() {
	at := source.Span{Start: len(p.lex.text), End: len(p.lex.text)}
	if n := len(p.words); n > 0 {
		opened := p.opened()
		if last := p.words[n-1]; last.quote(p.lex.text) != 0 && last.to() == at.End && !p.lex.needSpace {
			opened = source.Span{Start: last.from(), End: last.from() + 1}
		}
		p.fail(Error{Span: at, Msg: `unexpected end of file, expecting ";" or "}"`, Opened: opened})
		p.add(at.End)
	} else if p.block != p.tree.Root {
		p.fail(Error{Span: at, Msg: p.unclosed(), Opened: p.block.Owner().Head()})
	}
	for p.block != p.tree.Root {
		p.leave(at)
	}
	p.tree.Root.until = p.tree.directives.end()
}

// unclosed says what nginx says of a block that the file does not end. The Lua
// module reads its own blocks and has its own words for it
// (ngx_http_lua_conf_read_lua_token).
func (p *parser) unclosed() string {
	if p.block.lua {
		return "unexpected end of file, expecting terminating characters for lua code block"
	}
	return `unexpected end of file, expecting "}"`
}
