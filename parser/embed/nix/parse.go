package nix

import (
	"github.com/tcplint/tcplint/parser/lazy"
	"github.com/tcplint/tcplint/parser/source"
)

// nixForm says what an expression of Nix is.
type nixForm uint8

const (
	nixOther  nixForm = iota // whatever is of no interest here
	nixLeaf                  // a number or a string, be it negative
	nixName                  // a name, perhaps with names behind dots
	nixSet                   // { ... }
	nixList                  // [ ... ]
	nixApply                 // a function with its arguments, the function first
	nixChoice                // if ... then ... else ...: the two outcomes
	nixChain                 // operands with operators between them
	nixInside                // what has a body: let, with, assert, a function
)

// nixNode is an expression.
type nixNode struct {
	form  nixForm
	span  source.Span
	token nixToken // of a leaf
	name  string   // of a name: "lib.mkIf"; of a chain: its operator if it has one kind
	kids  []*nixNode
	binds []nixBind // of a set, and of let
}

// nixBind is "a.b = value;".
type nixBind struct {
	path  []nixToken
	value *nixNode
}

// nixParser reads expressions. What it does not understand makes it give up.
type nixParser struct {
	tokens []nixToken
	at     int
	depth  int
	bad    bool
}

// parseNix reads a file; nil if it cannot be read.
func parseNix(text string) *nixNode {
	tokens, ok := nixTokens(text)
	if !ok {
		return nil
	}
	p := &nixParser{tokens: tokens}
	n := p.expression()
	if p.bad || p.at < len(tokens) {
		return nil
	}
	return n
}

// peek returns the token n places ahead.
func (p *nixParser) peek(n int) nixToken {
	if p.at+n < len(p.tokens) {
		return p.tokens[p.at+n]
	}
	return nixToken{}
}

// take goes on behind a token, and gives up if that is not there.
func (p *nixParser) take(text string) {
	if !p.peek(0).is(text) {
		p.bad = true
		return
	}
	p.at++
}

// expression reads as much as belongs together.
func (p *nixParser) expression() *nixNode {
	const deepest = 150
	n := &nixNode{form: nixOther}
	if p.depth++; p.depth > deepest || p.at >= len(p.tokens) {
		p.bad = true
	}
	defer func() { p.depth-- }()
	if p.bad {
		return n
	}
	first := p.at
	switch t := p.peek(0); {
	case t.is("let") && !p.peek(1).is("{"):
		p.at++
		binds := p.bindings("in")
		n = p.inside()
		n.binds = binds
	case t.is("with"), t.is("assert"):
		p.at++
		p.expression()
		p.take(";")
		n = p.inside()
	case t.is("if"):
		n = p.choice()
	case t.kind == nixWord && (p.peek(1).is(":") || p.peek(1).is("@")):
		p.at++
		if p.peek(0).is("@") {
			p.at++
			p.formals()
		}
		p.take(":")
		n = p.inside()
	case t.is("{") && p.isFormals():
		p.formals()
		p.take(":")
		n = p.inside()
	default:
		n = p.chain()
	}
	n.span = p.spanFrom(first)
	return n
}

// spanFrom covers the tokens from one on to the current one.
func (p *nixParser) spanFrom(first int) source.Span {
	last := min(p.at, len(p.tokens)) - 1
	if last < first {
		return source.Span{}
	}
	return source.Span{Start: p.tokens[first].span.Start, End: p.tokens[last].span.End}
}

// inside reads what follows let, with, assert or the arguments of a function.
func (p *nixParser) inside() *nixNode {
	return &nixNode{form: nixInside, kids: []*nixNode{p.expression()}}
}

func (p *nixParser) choice() *nixNode {
	p.take("if")
	p.expression()
	p.take("then")
	yes := p.expression()
	p.take("else")
	return &nixNode{form: nixChoice, kids: []*nixNode{yes, p.expression()}}
}

// isFormals reports whether a "{" begins the arguments of a function and not a
// set: it is closed in front of a ":" or an "@".
func (p *nixParser) isFormals() bool {
	open := 0
	for i := p.at; i < len(p.tokens); i++ {
		switch t := p.tokens[i]; {
		case t.is("{"), t.is("("), t.is("["):
			open++
		case t.is("}"), t.is(")"), t.is("]"):
			if open--; open == 0 {
				behind := nixToken{}
				if i+1 < len(p.tokens) {
					behind = p.tokens[i+1]
				}
				return behind.is(":") || behind.is("@")
			}
		case open == 1 && (t.is("=") || t.is(";")):
			return false
		}
	}
	return false
}

// formals skips the arguments of a function.
func (p *nixParser) formals() {
	open := 0
	for p.at < len(p.tokens) {
		t := p.peek(0)
		p.at++
		switch {
		case t.is("{"), t.is("("), t.is("["):
			open++
		case t.is("}"), t.is(")"), t.is("]"):
			open--
		}
		if open == 0 {
			break
		}
	}
	if p.peek(0).is("@") {
		p.at += 2
	}
}

var nixBinary = lazy.Words("// ++ == != <= >= && || -> |> <| + - * / < > ?")

// chain reads operands with operators between them.
func (p *nixParser) chain() *nixNode {
	n := &nixNode{form: nixChain, kids: []*nixNode{p.application()}}
	for !p.bad && p.peek(0).kind == nixOperate && nixBinary.Has(p.peek(0).text) {
		op := p.peek(0).text
		p.at++
		switch n.name {
		case "", op:
			n.name = op
		default:
			n.name = "mixed"
		}
		n.kids = append(n.kids, p.application())
	}
	if len(n.kids) == 1 {
		return n.kids[0]
	}
	return n
}

// application reads a function with its arguments, or something without any.
func (p *nixParser) application() *nixNode {
	first := p.at
	if p.peek(0).is("!") {
		p.at++
		p.application()
		return &nixNode{form: nixOther, span: p.spanFrom(first)}
	}
	if p.peek(0).is("-") {
		p.at++
		n := p.selection()
		n.span = p.spanFrom(first)
		if n.form != nixLeaf {
			n.form = nixOther
		}
		return n
	}
	n := &nixNode{form: nixApply, kids: []*nixNode{p.selection()}}
	for !p.bad && p.begins() {
		n.kids = append(n.kids, p.selection())
	}
	n.span = p.spanFrom(first)
	if len(n.kids) == 1 {
		return n.kids[0]
	}
	return n
}

// begins reports whether an argument follows.
func (p *nixParser) begins() bool {
	switch t := p.peek(0); t.kind {
	case nixEnd, nixDynamic:
		return false
	case nixOperate:
		return t.text == "{" || t.text == "[" || t.text == "("
	case nixWord:
		return !nixKeywords.Has(t.text)
	default:
		return true
	}
}

var nixKeywords = lazy.Words("then else in or inherit assert with if")

// selection reads a value with names behind it: "a.b.c or d".
func (p *nixParser) selection() *nixNode {
	first := p.at
	n := p.primary()
	for !p.bad && p.peek(0).is(".") {
		p.at++
		t := p.peek(0)
		p.at++
		switch {
		case n.form == nixName && t.kind == nixWord:
			n.name += "." + t.text
		case t.kind == nixWord || t.kind == nixString || t.kind == nixDynamic:
			n = &nixNode{form: nixOther}
		default:
			p.bad = true
		}
	}
	if !p.bad && p.peek(0).is("or") {
		p.at++
		p.selection()
		n = &nixNode{form: nixOther}
	}
	n.span = p.spanFrom(first)
	return n
}

// primary reads what has no operator in it.
func (p *nixParser) primary() *nixNode {
	t := p.peek(0)
	p.at++
	switch t.kind {
	case nixNumber, nixString, nixLines:
		return &nixNode{form: nixLeaf, token: t}
	case nixPath:
		return &nixNode{form: nixOther}
	case nixWord:
		if t.text == "rec" && p.peek(0).is("{") || t.text == "let" && p.peek(0).is("{") {
			p.at++
			return &nixNode{form: nixSet, binds: p.bindings("}")}
		}
		if nixKeywords.Has(t.text) {
			p.bad = true
		}
		return &nixNode{form: nixName, name: t.text}
	default:
		return p.bracketed(t)
	}
}

// bracketed reads what stands in brackets, of which the first was taken.
func (p *nixParser) bracketed(t nixToken) *nixNode {
	switch {
	case t.is("{"):
		return &nixNode{form: nixSet, binds: p.bindings("}")}
	case t.is("("):
		n := p.expression()
		p.take(")")
		return n
	case t.is("["):
		n := &nixNode{form: nixList}
		for !p.bad && !p.peek(0).is("]") {
			n.kids = append(n.kids, p.selection())
		}
		p.take("]")
		return n
	}
	p.bad = true
	return &nixNode{form: nixOther}
}

// bindings reads up to the word that ends them.
func (p *nixParser) bindings(end string) []nixBind {
	var binds []nixBind
	for !p.bad && !p.peek(0).is(end) {
		if p.peek(0).is("inherit") {
			for !p.bad && !p.peek(0).is(";") {
				if p.peek(0).is("(") {
					p.primary()
					continue
				}
				if p.at >= len(p.tokens) {
					p.bad = true
				}
				p.at++
			}
			p.take(";")
			continue
		}
		b := nixBind{path: p.attributes()}
		p.take("=")
		b.value = p.expression()
		p.take(";")
		binds = append(binds, b)
	}
	p.take(end)
	return binds
}

// attributes reads the names in front of a "=".
func (p *nixParser) attributes() []nixToken {
	var path []nixToken
	for !p.bad {
		t := p.peek(0)
		if t.kind != nixWord && t.kind != nixString && t.kind != nixDynamic {
			p.bad = true
			break
		}
		path = append(path, t)
		p.at++
		if !p.peek(0).is(".") {
			break
		}
		p.at++
	}
	return path
}
