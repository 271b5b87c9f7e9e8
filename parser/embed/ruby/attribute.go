package ruby

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
)

// attribute reads "default['sysctl']['params']['net']['core']['somaxconn'] =
// 1024", as the sysctl cookbook wants it.
func (c *chef) attribute(tokens []rubyToken, i int, world string) (next int, ok bool) {
	level := tokens[i].text
	if level == "node" {
		if !at(tokens, i+1).is(".") {
			return 0, false
		}
		level = at(tokens, i+2).text
		i += 2
	}
	var path []rubyToken
	for i++; at(tokens, i).is("["); i += 3 {
		t := at(tokens, i+1)
		if t.kind != rubyString && t.kind != rubySymbol || !at(tokens, i+2).is("]") {
			return 0, false
		}
		path = append(path, t)
	}
	if len(path) < 2 || rubyName(path[0]) != "sysctl" || rubyName(path[1]) != "params" || !at(tokens, i).is("=") {
		return 0, false
	}
	for at(tokens, i+1).kind == rubyBreak {
		i++
	}
	end := lineBreak(tokens, i+1)
	value := tokens[i+1 : end]
	for j, t := range value {
		if j > 0 && (t.is("if") || t.is("unless")) {
			value = value[:j]
			world = c.Branch(world, "block")
			break
		}
	}
	if level != "default" {
		world = strings.TrimPrefix(world+", "+level, ", ") // the level decides, not the order
	}
	if len(value) > 0 {
		c.entry(path[2:], value, world)
	}
	return end, true
}

// rubyName returns the name that a string or a symbol is.
func rubyName(t rubyToken) string {
	switch t.kind {
	case rubySymbol:
		return t.text[1:]
	case rubyLabel:
		return strings.TrimSuffix(t.text, ":")
	default:
		return strings.Trim(t.text, `'"`)
	}
}

// entry reads the value of an attribute: of a key, or a hash of more keys.
func (c *chef) entry(path, value []rubyToken, world string) {
	const deepest = 16 // no key has as many parts
	if n := len(value); len(path) < deepest && n > 1 && value[0].is("{") && value[n-1].is("}") {
		c.hash(path, value[1:n-1], world)
		return
	}
	if len(path) == 0 || len(value) == 1 && value[0].kind == rubyWord {
		return // a variable may be a hash
	}
	var key carrier.Phrase
	for i, t := range path {
		if i > 0 {
			key = append(key, carrier.Glue(".")...)
		}
		switch t.kind {
		case rubySymbol:
			key = append(key, carrier.Literal(c.in, t.span.Start+1, t.span.End)...)
		case rubyLabel:
			key = append(key, carrier.Literal(c.in, t.span.Start, t.span.End-1)...)
		default:
			part, _ := rubyText(c.in, t)
			key = append(key, part...)
		}
	}
	v := c.value(value)
	if len(value) > 1 && !v.Known() {
		return
	}
	c.Setting(world, "sysctl", key, v)
}

// hash reads "'a' => 1, b: 2".
func (c *chef) hash(path, tokens []rubyToken, world string) {
	for i := 0; i < len(tokens); {
		t := tokens[i]
		switch {
		case t.kind == rubyBreak, t.is(","):
			i++
			continue
		case t.kind == rubyLabel:
			i++
		case (t.kind == rubyString || t.kind == rubySymbol) && at(tokens, i+1).is("=>"):
			i += 2
		default:
			return
		}
		for at(tokens, i).kind == rubyBreak {
			i++
		}
		end := i
		for depth := 0; end < len(tokens); end++ {
			u := tokens[end]
			if depth == 0 && (u.is(",") || u.kind == rubyBreak) {
				break
			}
			switch {
			case u.is("{"), u.is("["), u.is("("):
				depth++
			case u.is("}"), u.is("]"), u.is(")"):
				depth--
			}
		}
		if end > i {
			c.entry(append(slices.Clip(path), t), tokens[i:end], world)
		}
		i = end
	}
}
