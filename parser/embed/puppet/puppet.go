// Package puppet finds texts in Puppet manifests.
package puppet

import (
	"path"
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// Takes takes manifests with a reason to be read.
func Takes(base, _, text string) bool {
	return path.Ext(base) == ".pp" && (text == carrier.Anything || carrier.Mentions(text))
}

// Read reads the resources of a manifest that make kernel settings, and
// files whose content stands in it.
func Read(f *source.File) carrier.Found {
	finder := carrier.NewFinder(f, Read)
	tokens, ok := puppetTokens(f.Text)
	if !ok {
		return carrier.Found{Skipped: []carrier.Skipped{{Reason: "the Puppet manifest cannot be read"}}}
	}
	p := &puppet{Finder: finder, in: f, tokens: tokens}
	for i, t := range tokens {
		if t.is("class") && !p.token(i+1).is("{") {
			p.classes++
		}
	}
	for i := 0; i < len(tokens); {
		i = p.block(i, "")
	}
	return finder.Found()
}

// puppet goes through a manifest.
type puppet struct {
	*carrier.Finder

	in      *source.File
	tokens  []puppetToken
	classes int
	depth   int
}

// token returns a token, an empty one outside of the file.
func (p *puppet) token(i int) puppetToken {
	if i >= 0 && i < len(p.tokens) {
		return p.tokens[i]
	}
	return puppetToken{}
}

// block reads statements up to the brace that closes them and returns the index
// behind it.
func (p *puppet) block(i int, world string) int {
	const deepest = 100
	if p.depth++; p.depth > deepest {
		return len(p.tokens)
	}
	defer func() { p.depth-- }()
	for i < len(p.tokens) {
		t := p.tokens[i]
		switch {
		case t.is("}"):
			return i + 1
		case t.is("{"):
			i = p.block(i+1, p.Branch(world, "block"))
		case t.is("("), t.is("["):
			i = p.behind(i)
		case t.is("@"), t.is("@@"):
			i = p.virtual(i)
		case t.kind == puppetWord && p.token(i+1).is("{"):
			i = p.resource(i, world)
		case t.is("case"):
			i = p.choice(p.opening(i), world)
		case t.is("if"), t.is("unless"), t.is("elsif"):
			i = p.block(p.opening(i)+1, p.Branch(world, "branch"))
		case t.is("class"), t.is("define"), t.is("node"), t.is("function"), t.is("plan"):
			i = p.definition(i, world)
		default:
			i++
		}
	}
	return i
}

// definition reads a class, a define or a node. The only class of a file is what
// the file is about; others may be of other machines.
func (p *puppet) definition(i int, world string) int {
	open := p.opening(i)
	if open >= len(p.tokens) {
		return open
	}
	name := p.token(i).text
	if p.token(i+1).kind != puppetOperate {
		name += " " + strings.Join(strings.Fields(p.token(i+1).text), " ")
	}
	if !p.token(i).is("class") || p.classes != 1 || world != "" {
		world = p.Branch(world, name)
	}
	return p.block(open+1, world)
}

// opening returns the index of the next "{" that is not inside of brackets.
func (p *puppet) opening(i int) int {
	for i < len(p.tokens) && !p.tokens[i].is("{") {
		if p.tokens[i].is("(") || p.tokens[i].is("[") {
			i = p.behind(i)
			continue
		}
		i++
	}
	return i
}

// behind returns the index behind the bracket that closes the one at i.
func (p *puppet) behind(i int) int {
	depth := 0
	for ; i < len(p.tokens); i++ {
		switch t := p.tokens[i]; {
		case t.is("("), t.is("["), t.is("{"):
			depth++
		case t.is(")"), t.is("]"), t.is("}"):
			depth--
		}
		if depth == 0 {
			return i + 1
		}
	}
	return i
}

// virtual passes over a resource that is only made if something else asks for
// it.
func (p *puppet) virtual(i int) int {
	if p.token(i+1).kind == puppetWord && p.token(i+2).is("{") {
		return p.behind(i + 2)
	}
	return i + 1
}

// choice reads the arms of a case, from its brace on.
func (p *puppet) choice(i int, world string) int {
	for i++; i < len(p.tokens) && !p.tokens[i].is("}"); {
		switch {
		case p.tokens[i].is(":") && p.token(i+1).is("{"):
			i = p.block(i+2, p.Branch(world, "branch"))
		case p.tokens[i].is("("), p.tokens[i].is("["), p.tokens[i].is("{"):
			i = p.behind(i)
		default:
			i++
		}
	}
	return i + 1
}

// puppetBody is one title with its attributes.
type puppetBody struct {
	titles []puppetToken
	// attrs are the tokens of the values.
	attrs map[string][]puppetToken
}

// resource reads "type { title: attribute => value, ...; ... }" and returns the
// index behind it.
func (p *puppet) resource(i int, world string) int {
	kind := strings.TrimPrefix(p.tokens[i].text, "::")
	switch kind {
	case "else", "default":
		return p.block(i+2, p.Branch(world, "branch"))
	}
	end := p.behind(i + 1)
	if !strings.HasPrefix(kind, "sysctl") && kind != "file" && kind != "class" {
		return end
	}
	defaults := map[string][]puppetToken{}
	for at := i + 2; at < end-1; {
		var body puppetBody
		var ok bool
		if body, at, ok = p.body(at, end-1); !ok {
			return end
		}
		if len(body.titles) == 1 && body.titles[0].is("default") {
			defaults = body.attrs
			continue
		}
		for name, value := range defaults {
			if _, set := body.attrs[name]; !set {
				body.attrs[name] = value
			}
		}
		p.apply(kind, body, world)
	}
	return end
}

// body reads one body of a resource, which ends at a ";" or at end.
func (p *puppet) body(i, end int) (b puppetBody, next int, ok bool) {
	b.attrs = map[string][]puppetToken{}
	for ; i < end && !p.tokens[i].is(":"); i++ {
		t := p.tokens[i]
		if !t.is("[") && !t.is("]") && !t.is(",") {
			b.titles = append(b.titles, t)
		}
	}
	if i++; i > end {
		return b, i, false
	}
	for i < end {
		name := p.tokens[i]
		switch {
		case name.is(";"):
			return b, i + 1, true
		case name.is(","):
			i++
			continue
		case !p.token(i + 1).is("=>"):
			return b, i, false // "* => $hash" and what is not understood
		case name.is("*"):
			return b, i, false
		}
		start := i + 2
		i = p.valueEnd(start, end)
		b.attrs[strings.Trim(name.text, `'"`)] = p.tokens[start:i]
	}
	return b, i, true
}

// valueEnd returns where a value ends: at a "," or ";" that is not in brackets.
func (p *puppet) valueEnd(i, end int) int {
	for i < end && !p.tokens[i].is(",") && !p.tokens[i].is(";") {
		if t := p.tokens[i]; t.is("(") || t.is("[") || t.is("{") {
			i = min(p.behind(i), end)
			continue
		}
		i++
	}
	return i
}
