package lsp

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// symbolKind is what a name in a configuration names.
type symbolKind uint8

const (
	noSymbol symbolKind = iota
	upstreamName
	variableName
	locationName // with its "@"
)

// spaces are where names of upstreams and variables hold: http and stream know nothing
// of each other's. A text that both include is in both.
type spaces uint8

const (
	inHTTP spaces = 1 << iota
	inStream
)

// symbol is a name that is given in one place and used in others.
type symbol struct {
	kind symbolKind
	name string
	in   spaces
}

// is reports whether two symbols are the same. nginx does not tell capitals from small
// letters in names of upstreams and variables.
func (s symbol) is(o symbol) bool {
	return s.kind == o.kind && s.in&o.in != 0 && (s.name == o.name || s.kind != locationName && strings.EqualFold(s.name, o.name))
}

// occurrence is a place where a symbol stands.
type occurrence struct {
	symbol

	file    *source.File
	span    source.Span // of the name alone
	whole   source.Span // of the directive
	defines bool
}

// definers are the directives that give a variable its name, and which of their
// arguments it is, -1 for the last.
var definers = map[string]int{
	"map": 1, "set": 0, "geo": -1, "split_clients": -1, "auth_request_set": 0, "js_set": 0, "js_var": 0, "perl_set": 0,
	"set_by_lua": 0, "set_by_lua_block": 0, "set_by_lua_file": 0,
}

// occurrences are those of all names in a host's nginx files.
func occurrences(h *model.Host) []occurrence {
	if h.Nginx == nil {
		return nil
	}
	w := &occurrenceWalk{blocks: spacesOf(h.Nginx), upstreams: map[string]spaces{}, passed: map[string]spaces{}}
	for _, t := range h.Nginx.Trees {
		for d := range t.Root.Walk() {
			if d.Name() == "upstream" && d.Body() != nil {
				w.upstreams[strings.ToLower(d.Arg(0))] |= w.space(d)
			}
			if isPass(d) {
				for _, v := range variablesIn(d, 1) {
					w.passed[strings.ToLower(v.name)] |= w.space(d)
				}
			}
		}
	}
	for _, t := range h.Nginx.Trees {
		for d := range t.Root.Walk() {
			w.directive(d)
		}
	}
	return w.out
}

// spacesOf are those of the blocks that take effect.
func spacesOf(n *model.Nginx) map[*nginx.Block]spaces {
	out := map[*nginx.Block]spaces{}
	for _, s := range n.Scopes {
		in := spaceOf(s)
		if in == 0 {
			continue
		}
		out[s.Body()] |= in
		for i := range s.Settings {
			out[s.Settings[i].In] |= in
		}
		for k := range s.Kids() {
			if k.Block != nil {
				out[k.Block.In] |= in
			}
		}
	}
	return out
}

// spaceOf is that of a scope, 0 if it is in none.
func spaceOf(s *model.Scope) spaces {
	for ; s != nil; s = s.Parent {
		switch {
		case s.Is(model.Stream, model.StreamServer, model.StreamUpstream):
			return inStream
		case s.Is(model.HTTP, model.Server, model.Location, model.Upstream):
			return inHTTP
		}
	}
	return 0
}

type occurrenceWalk struct {
	blocks    map[*nginx.Block]spaces
	upstreams map[string]spaces // in small letters
	passed    map[string]spaces // variables that decide where requests go
	out       []occurrence
}

func (w *occurrenceWalk) add(d *nginx.Directive, s symbol, span source.Span, defines bool) {
	s.in = w.space(d)
	w.out = append(w.out, occurrence{s, d.File(), span, d.Span(), defines})
}

// space is where a directive stands. Of one that takes no effect, as in a file that
// nginx refuses, the blocks around it tell.
func (w *occurrenceWalk) space(d *nginx.Directive) spaces {
	for {
		if in := w.blocks[d.In]; in != 0 {
			return in
		}
		owner := d.In.Owner()
		if owner == nil {
			return inHTTP
		}
		if owner.Name() == "stream" {
			return inStream
		}
		d = owner
	}
}

func (w *occurrenceWalk) directive(d *nginx.Directive) {
	if d.Name() == "upstream" && d.Body() != nil && d.Words().Len() > 1 {
		w.add(d, symbol{kind: upstreamName, name: d.Arg(0)}, inside(d, 1), true)
		return
	}
	if isPass(d) && d.Words().Len() > 1 {
		if name, span := passHost(d); w.upstreams[strings.ToLower(name)]&w.space(d) != 0 {
			w.add(d, symbol{kind: upstreamName, name: name}, span, false)
		}
	}
	w.values(d)
	at, defines := definers[d.Name()]
	if at < 0 {
		at = d.Words().Len() - 2
	}
	for i := range d.Words().All() {
		if i > 0 && strings.HasPrefix(d.Words().At(i).Value, "@") {
			w.add(d, symbol{kind: locationName, name: d.Words().At(i).Value}, inside(d, i), d.Name() == "location")
		}
		for _, v := range variablesIn(d, i) {
			w.add(d, symbol{kind: variableName, name: v.name}, v.span, defines && i == at+1)
		}
	}
}

// values are the names of upstreams that a variable may have, from which a pass takes
// its host.
func (w *occurrenceWalk) values(d *nginx.Directive) {
	word := -1
	switch owner := d.In.Owner(); {
	case d.Name() == "set" && w.passed[strings.ToLower(strings.TrimPrefix(d.Arg(0), "$"))]&w.space(d) != 0:
		word = 2
	case owner != nil && (owner.Name() == "map" || owner.Name() == "split_clients" || owner.Name() == "geo"):
		if n := owner.Words().Len(); n > 1 && w.passed[strings.ToLower(strings.TrimPrefix(owner.Words().At(n-1).Value, "$"))]&w.space(d) != 0 {
			word = 1
		}
	}
	if word >= 0 && word < d.Words().Len() && w.upstreams[strings.ToLower(d.Words().At(word).Value)]&w.space(d) != 0 {
		w.add(d, symbol{kind: upstreamName, name: d.Words().At(word).Value}, inside(d, word), false)
	}
}

// inside is the span of a word without its quotes.
func inside(d *nginx.Directive, word int) source.Span {
	s := d.Words().At(word).Span
	if d.Words().At(word).Quote != 0 && s.Len() >= 2 {
		return source.Span{Start: s.Start + 1, End: s.End - 1}
	}
	return s
}

// isPass reports whether a directive hands requests to a backend.
func isPass(d *nginx.Directive) bool { return slices.Contains(passes, d.Name()) }

var passes = []string{"proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass"}

// passHost is the host that a pass names, without scheme, port and path.
func passHost(d *nginx.Directive) (name string, span source.Span) {
	span = inside(d, 1)
	text := d.File().Slice(span)
	if i := strings.Index(text, "://"); i >= 0 {
		text, span.Start = text[i+3:], span.Start+i+3
	}
	if i := strings.IndexAny(text, "/?:"); i >= 0 {
		text = text[:i]
	}
	span.End = span.Start + len(text)
	return text, span
}

type variable struct {
	name string      // without "$"
	span source.Span // of the name alone
}

// variablesIn are the variables in a word of a directive.
func variablesIn(d *nginx.Directive, word int) []variable {
	if word >= d.Words().Len() {
		return nil
	}
	at := d.Words().At(word).Span
	text := d.File().Slice(at)
	var out []variable
	for i := 0; i < len(text); i++ {
		if text[i] != '$' {
			continue
		}
		start := i + 1
		if start < len(text) && text[start] == '{' {
			start++
		}
		end := start
		for end < len(text) && nameByte(text[end]) {
			end++
		}
		if end > start {
			out = append(out, variable{text[start:end], source.Span{Start: at.Start + start, End: at.Start + end}})
		}
		i = end - 1
	}
	return out
}

func nameByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// symbolAt is the name at a spot.
func symbolAt(all []occurrence, at spot) (occurrence, bool) {
	i := slices.IndexFunc(all, func(o occurrence) bool {
		return o.file == at.file && o.span.Start-1 <= at.offset && at.offset <= o.span.End
	})
	if i < 0 {
		return occurrence{}, false
	}
	return all[i], true
}
