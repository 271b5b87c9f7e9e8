package puppet

import (
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
)

// apply handles one resource. One that takes something away, or of which that is
// not known, is left out.
func (p *puppet) apply(kind string, b puppetBody, world string) {
	if ensure, ok := b.attrs["ensure"]; ok {
		if len(ensure) != 1 {
			return
		}
		switch strings.Trim(ensure[0].text, `'"`) {
		case "present", "file", "undef":
		default:
			return
		}
	}
	if _, ok := b.attrs["noop"]; ok {
		return
	}
	switch {
	case kind == "file":
		p.file(b, world)
	case kind == "class":
		if len(b.titles) == 1 && strings.HasPrefix(strings.TrimPrefix(strings.Trim(b.titles[0].text, `'"`), "::"), "sysctl") {
			p.hash(b.attrs["values"], world)
		}
	case len(b.attrs["values"]) > 0:
		p.hash(b.attrs["values"], world)
	default:
		p.single(b, world)
	}
}

// single reads a resource that makes one setting.
func (p *puppet) single(b puppetBody, world string) {
	value, ok := b.attrs["value"]
	if !ok {
		if value, ok = b.attrs["val"]; !ok {
			return
		}
	}
	keys := b.titles
	for _, name := range []string{"key", "name", "variable"} {
		if other, ok := b.attrs[name]; ok {
			keys = other
		}
	}
	for _, k := range keys {
		if k.kind == puppetSingle || k.kind == puppetDouble {
			key, _ := puppetText(p.in, k)
			p.SettingOnce(world, "sysctl", key, p.value(value))
		}
	}
}

// hash reads settings that are given as one hash, either "key => value" or
// "key => { value => value }".
func (p *puppet) hash(tokens []puppetToken, world string) {
	if len(tokens) < 2 || !tokens[0].is("{") || !tokens[len(tokens)-1].is("}") {
		return
	}
	inner := &puppet{Finder: p.Finder, in: p.in, tokens: tokens[1 : len(tokens)-1]}
	for i := 0; i < len(inner.tokens); i++ {
		k := inner.tokens[i]
		start := i + 2
		i = inner.valueEnd(min(i, len(inner.tokens)), len(inner.tokens))
		if start >= i || !inner.token(start-1).is("=>") || k.kind != puppetSingle && k.kind != puppetDouble {
			continue
		}
		value := inner.tokens[start:i]
		if value[0].is("{") {
			entry := &puppet{Finder: p.Finder, in: p.in, tokens: append([]puppetToken{{}, {kind: puppetOperate, text: ":"}}, value[1:len(value)-1]...)}
			b, _, ok := entry.body(0, len(entry.tokens))
			if !ok {
				continue
			}
			b.titles = []puppetToken{k}
			p.apply("sysctl", b, world)
			continue
		}
		key, _ := puppetText(p.in, k)
		p.SettingOnce(world, "sysctl", key, p.value(value))
	}
}

// value reads the value of a setting. The words of a list are joined.
func (p *puppet) value(tokens []puppetToken) carrier.Phrase {
	if len(tokens) == 0 {
		return nil
	}
	all := carrier.Unknown(p.in, tokens[0].span.Start, tokens[len(tokens)-1].span.End)
	if n := len(tokens); n > 2 && tokens[0].is("[") && tokens[n-1].is("]") {
		var out carrier.Phrase
		for i, t := range tokens[1 : n-1] {
			switch {
			case i%2 == 1 && t.is(","):
				out = append(out, carrier.Glue(" ")...)
			case i%2 == 0:
				out = append(out, p.value([]puppetToken{t})...)
			default:
				return all
			}
		}
		return out.Trim()
	}
	switch t := tokens[0]; {
	case len(tokens) == 2 && t.is("-") && tokens[1].kind == puppetNumber && t.span.End == tokens[1].span.Start:
		return carrier.Literal(p.in, t.span.Start, tokens[1].span.End)
	case len(tokens) > 1:
	case t.kind == puppetNumber && carrier.IsNumber(t.text) && (len(t.text) == 1 || t.text[0] != '0'):
		return carrier.Literal(p.in, t.span.Start, t.span.End)
	case t.kind == puppetSingle, t.kind == puppetDouble:
		text, _ := puppetText(p.in, t)
		return text
	}
	return all
}

// file reads a file whose content stands in the manifest.
func (p *puppet) file(b puppetBody, world string) {
	name, content := b.titles, b.attrs["content"]
	if other, ok := b.attrs["path"]; ok {
		name = other
	}
	if len(name) != 1 || len(content) != 1 || name[0].kind != puppetSingle && name[0].kind != puppetDouble {
		return
	}
	switch content[0].kind {
	case puppetSingle, puppetDouble, puppetHeredoc:
	default:
		return
	}
	target, _ := puppetText(p.in, name[0])
	text, enc := puppetText(p.in, content[0])
	p.Content(world, strings.Trim(name[0].text, `'"`), target, text, enc)
}
