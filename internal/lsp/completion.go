package lsp

import (
	"context"
	"slices"
	"strings"

	"github.com/creachadair/jrpc2"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// offer is something that can be written at the cursor.
type offer struct {
	text       string
	detail     string
	doc        string // what it does, in a few words
	kind       itemKind
	deprecated bool
}

// complete offers what can be written at a place.
func (s *server) complete(ctx context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[completionParams](req)
	if err != nil {
		return nil, err
	}
	r := s.reading(ctx)
	out := []completionItem{}
	seen := map[string]bool{}
	for _, at := range r.spots(p.TextDocument.URI, p.Position) {
		var all []offer
		var word string
		var span source.Span
		if t := at.tree(); t != nil {
			all, word, span = offersNginx(at, t)
		} else if t := at.sysctl(); t != nil {
			all, word, span = offersKernel(at.host, at.file.Text, at.offset, t)
		}
		for _, o := range all {
			if seen[o.text] || !strings.HasPrefix(strings.ToLower(o.text), strings.ToLower(word)) {
				continue
			}
			seen[o.text] = true
			out = append(out, completionOf(o, r.onDisk(at.file, span)))
		}
	}
	return &completionList{Items: out}, nil
}

// offersNginx are those at a spot in nginx configuration, with what of the word stands
// there already.
func offersNginx(at spot, t *nginx.Tree) (all []offer, word string, span source.Span) {
	c := cursorAt(at.file.Text, at.offset)
	in, data := c.context(at.host, t)
	stream := in == facts.Stream || in == facts.StreamServer || in == facts.StreamUpstream
	switch i := strings.LastIndexByte(c.word, '$'); {
	case c.quiet:
		return nil, "", c.span
	case i >= 0 && !strings.ContainsFunc(strings.TrimPrefix(c.word[i+1:], "{"), func(r rune) bool { return r > 0x7f || !nameByte(byte(r)) }):
		braces := i+1 < len(c.word) && c.word[i+1] == '{'
		span = source.Span{Start: c.span.Start + i, End: at.offset}
		return variables(at.host, stream, braces), c.word[i:], span
	case data:
		return nil, "", c.span
	case len(c.words) == 0:
		return directives(at.host, in), c.word, c.span
	}
	name := c.words[0]
	if slices.Contains(passes, name) && len(c.words) == 1 {
		return targets(at.host, name, stream), c.word, c.span
	}
	return arguments(at.host, in, name), c.word, c.span
}

// directives are those that may stand in a context, in the releases that are meant.
func directives(h *model.Host, in facts.Context) []offer {
	var out []offer
	for name := range facts.DirectiveNames() {
		for _, row := range facts.Directives(name) {
			if in != 0 && !row.Contexts.Has(in) || row.In.Intersect(h.Target.Nginx).Empty() {
				continue
			}
			o := offer{text: name, kind: keywordItem, detail: row.Module, doc: row.Doc, deprecated: row.Deprecated != nil}
			if d, ok := facts.OneDefault(row.Defaults, h.Target.Nginx); ok && d != "" {
				o.detail += ", default " + d
			}
			out = append(out, o)
			break
		}
	}
	return out
}

// targets are the upstreams that a pass may name.
func targets(h *model.Host, pass string, stream bool) []offer {
	scheme := map[string]string{"proxy_pass": "http://", "grpc_pass": "grpc://"}[pass]
	in := inHTTP
	if stream {
		scheme, in = "", inStream
	}
	var out []offer
	for _, o := range occurrences(h) {
		if o.kind == upstreamName && o.defines && o.in&in != 0 {
			out = append(out, offer{text: scheme + o.name, kind: moduleItem, detail: "upstream"})
		}
	}
	return out
}

// arguments are those that a directive is known to take.
func arguments(h *model.Host, in facts.Context, name string) []offer {
	var out []offer
	for _, row := range facts.Directives(name) {
		if row.Args.Flag && (in == 0 || row.Contexts.Has(in)) {
			out = append(out, offer{text: "on", kind: valueItem}, offer{text: "off", kind: valueItem})
			break
		}
	}
	if name == "server" && in != facts.Upstream && in != facts.StreamUpstream {
		return out
	}
	for _, w := range facts.WordsOf(name, h.Target.Nginx) {
		out = append(out, offer{text: w, doc: parameterDoc(name, in, w), kind: valueItem})
	}
	for _, d := range facts.DefaultsIn(in, name) {
		if !strings.Contains(d.Text, "|") && !d.In.Intersect(h.Target.Nginx).Empty() {
			out = append(out, offer{text: d.Text, kind: valueItem, detail: "default"})
		}
	}
	return out
}

// parameterDoc is what a parameter of a directive does, such as "backlog=" of listen.
func parameterDoc(directive string, in facts.Context, parameter string) string {
	if name, _, ok := strings.Cut(parameter, "="); ok {
		parameter = name + "="
	}
	for _, row := range facts.Directives(directive) {
		if in != 0 && !row.Contexts.Has(in) {
			continue
		}
		for _, p := range facts.ParametersOf(directive, row.Module) {
			if p.Name == parameter && p.Doc != "" {
				return p.Doc
			}
		}
	}
	return ""
}

// variables are nginx's own, and those that the configuration makes.
func variables(h *model.Host, stream, braces bool) []offer {
	write := func(name string) string {
		if braces {
			return "${" + name + "}"
		}
		return "$" + name
	}
	in := inHTTP
	if stream {
		in = inStream
	}
	var out []offer
	for _, o := range occurrences(h) {
		if o.kind == variableName && o.defines && o.in&in != 0 {
			out = append(out, offer{text: write(o.name), kind: variableItem, detail: "of this configuration"})
		}
	}
	for _, name := range facts.Variables(stream) {
		if strings.HasSuffix(name, "_") {
			out = append(out, offer{text: strings.TrimSuffix(write(name), "}"), kind: variableItem, detail: "and a name"})
			continue
		}
		out = append(out, offer{text: write(name), kind: variableItem})
	}
	return out
}

// sysctl is the tree of kernel settings that a spot is in, nil if it is in none.
func (s spot) sysctl() *sysctl.Tree {
	t, _ := s.entry()
	return t
}

// offersKernel are those at an offset in a text of kernel settings.
func offersKernel(h *model.Host, text string, offset int, t *sysctl.Tree) (all []offer, word string, span source.Span) {
	line := t.File.LineSpan(t.File.Line(offset))
	before := text[line.Start:min(offset, line.End)]
	if trimmed := strings.TrimLeft(before, " \t"); trimmed != "" && (trimmed[0] == '#' || trimmed[0] == ';') {
		return nil, "", source.Span{}
	}
	key, value, isValue := strings.Cut(before, "=")
	if isValue {
		word = strings.TrimLeft(value, " \t")
		span = source.Span{Start: offset - len(word), End: offset}
		return kernelValues(h, sysctl.NormalizeKey(strings.Trim(key, " \t-"))), word, span
	}
	word = strings.TrimLeft(before, " \t-")
	end := offset
	for end < line.End && (nameByte(text[end]) || text[end] == '.' || text[end] == '/') {
		end++
	}
	span = source.Span{Start: offset - len(word), End: end}
	for p := range facts.Params() {
		if p.ReadOnly || p.In.Intersect(h.Target.Kernel).Empty() {
			continue
		}
		for _, name := range []string{"all", "default"} {
			o := offer{text: strings.Replace(p.Key, "*", name, 1), kind: keyItem, detail: p.Doc, deprecated: !p.NoopSince.IsZero()}
			if strings.Contains(word, "/") {
				o.text = strings.ReplaceAll(o.text, ".", "/")
			}
			all = append(all, o)
			if !strings.Contains(p.Key, "*") {
				break
			}
		}
	}
	return all, word, span
}

// kernelValues are the values of a key that are known.
func kernelValues(h *model.Host, key string) []offer {
	p, ok := facts.ParamOf(key)
	if !ok {
		return nil
	}
	var out []offer
	for _, d := range p.Defaults {
		if !d.In.Intersect(h.Target.Kernel).Empty() {
			out = append(out, offer{text: d.Text, kind: valueItem, detail: "default, " + d.In.Describe("Linux")})
		}
	}
	if p.Kind == facts.Bool {
		out = append(out, offer{text: "0", kind: valueItem}, offer{text: "1", kind: valueItem})
	}
	return out
}
