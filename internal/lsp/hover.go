package lsp

import (
	"context"
	"slices"
	"strings"

	"github.com/creachadair/jrpc2"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// hover says what stands under the cursor: what a directive does here, a kernel
// setting, what is behind an upstream, what a variable comes from.
func (s *server) hover(ctx context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[hoverParams](req)
	if err != nil {
		return nil, err
	}
	r := s.reading(ctx)
	for _, at := range r.spots(p.TextDocument.URI, p.Position) {
		var text string
		var span source.Span
		if t := at.tree(); t != nil {
			text, span = aboutNginx(at, t)
		} else if _, e := at.entry(); e != nil {
			text, span = aboutKernel(at.host, e), e.Key.Span
		}
		if text == "" {
			continue
		}
		disk, place := at.file.Locate(span)
		rng := r.mapper(disk).span(place)
		return &hover{Contents: markdown(text), Range: &rng}, nil
	}
	return nil, nil
}

// reading is a report without findings, for questions about the texts alone.
func (s *server) reading(context.Context) *report {
	return newReport(&checked{snapshot: s.current()})
}

// aboutNginx is the text on the word at a spot.
func aboutNginx(at spot, t *nginx.Tree) (string, source.Span) {
	d, word := directiveAt(t, at.offset)
	if d == nil || word < 0 {
		return "", source.Span{}
	}
	w := d.Words().At(word)
	if word == 0 {
		return aboutDirective(at.host, d), w.Span
	}
	if name, span := variableAt(d, word, at.offset); name != "" {
		if text := aboutVariable(at.host, name); text != "" {
			return text, span
		}
	}
	if text := aboutParameter(at.host, d, word); text != "" {
		return text, w.Span
	}
	if u := upstreamOf(at.host, d, word); u != nil {
		return aboutUpstream(at.host, u.Name), w.Span
	}
	return aboutDirective(at.host, d), w.Span
}

// upstreamOf is the upstream that a word of a directive names, nil if it names none.
func upstreamOf(h *model.Host, d *nginx.Directive, word int) *model.UpstreamBlock {
	if h.Nginx == nil || word != 1 {
		return nil
	}
	if d.Name() == "upstream" {
		i := slices.IndexFunc(h.Nginx.Upstreams(), func(u *model.UpstreamBlock) bool { return u.Scope.Block == d })
		if i < 0 {
			return nil
		}
		return h.Nginx.Upstreams()[i]
	}
	for _, p := range h.Nginx.Passes() {
		if p.Directive == d {
			return p.Target.Upstream
		}
	}
	return nil
}

// variableAt is the variable at an offset in a word, without "$".
func variableAt(d *nginx.Directive, word, offset int) (name string, span source.Span) {
	w := d.Words().At(word)
	text := d.File().Slice(w.Span)
	at := offset - w.Span.Start
	for i := range len(text) {
		if text[i] != '$' {
			continue
		}
		start, end := i+1, i+1
		closed := 0
		if end < len(text) && text[end] == '{' {
			start, end, closed = start+1, end+1, 1
		}
		for end < len(text) && nameByte(text[end]) {
			end++
		}
		if i <= at && at <= end+closed && end > start {
			return text[start:end], source.Span{Start: w.Span.Start + i, End: min(w.Span.Start+end+closed, w.Span.End)}
		}
	}
	return "", source.Span{}
}

// aboutUpstream is what is behind an upstream, as "show" has it.
func aboutUpstream(h *model.Host, name string) string {
	for _, u := range show.Describe(h).Upstreams {
		if !strings.EqualFold(u.Name, name) {
			continue
		}
		var b lines
		b.add("**upstream %s** (%s)", u.Name, u.From)
		b.gap()
		for _, s := range u.Servers {
			b.add("- server %s", code(s))
		}
		b.gap()
		b.add("Idle connections: %s%s", u.Pool.Value, show.Bracketed(u.Pool.From))
		for _, x := range u.Behind {
			b.gap()
			who := x.Service
			if who == "" && len(x.Candidates) > 0 {
				who = "one of " + strings.Join(x.Candidates, ", ")
			}
			if who == "" {
				who = "not known"
			}
			b.add("Behind %s: %s%s", code(x.Address), who, show.Bracketed(x.From))
			b.gap()
			for _, v := range x.Values {
				b.add("- %s: %s%s", v.Name, v.Value, show.Bracketed(v.From))
			}
		}
		return b.String()
	}
	return ""
}

// aboutParameter is what a parameter of a directive does, such as "reuseport" of listen.
func aboutParameter(h *model.Host, d *nginx.Directive, word int) string {
	rows := rowsAt(h, d)
	if len(rows) == 0 {
		return ""
	}
	module := rows[0].Module
	all := facts.ParametersOf(d.Name(), module)
	if len(all) == 0 || word <= all[0].After {
		return ""
	}
	name, _, isValue := strings.Cut(d.Words().At(word).Value, "=")
	if isValue {
		name += "="
	}
	if !slices.ContainsFunc(all, func(p facts.Parameter) bool { return p.Name == name }) {
		return ""
	}
	entry, ok := facts.EntryOf(d.Name() + "." + name)
	if !ok {
		return ""
	}
	i := slices.IndexFunc(entry.Forms, func(f facts.Form) bool { return f.Module == module })
	if i < 0 {
		return ""
	}
	f := entry.Forms[i]
	var b lines
	b.add("**%s**, parameter of %s", name, d.Name())
	b.gap()
	if f.Meaning != "" {
		b.add("%s", f.Meaning)
		b.gap()
	}
	for _, x := range f.Defaults {
		b.add("- default: %s", code(x.Value))
	}
	for _, x := range f.Limits {
		b.add("- accepts: %s", x.Value)
	}
	if f.Unit != "" {
		b.add("- unit: %s", f.Unit)
	}
	b.add("- %s", f.Versions)
	return b.String()
}

// aboutVariable is what a map makes of a variable, or the lines that give it its value;
// "" for one of nginx's own.
func aboutVariable(h *model.Host, name string) string {
	var b lines
	const most = 12
	m := h.Nginx.Map(name)
	if m == nil {
		var from []string
		for _, o := range occurrences(h) {
			if o.kind == variableName && o.defines && strings.EqualFold(o.name, name) {
				line := strings.Join(strings.Fields(o.file.Slice(o.whole)), " ")
				if head, _, ok := strings.Cut(line, " {"); ok && strings.HasSuffix(line, "}") {
					line = head // a map and the like, without what is in it
				}
				from = append(from, code(strings.TrimSuffix(line, ";"))+" ("+show.Place(o.file, o.whole)+")")
			}
		}
		if len(from) == 0 {
			return ""
		}
		b.add("**$%s** gets its value here:", name)
		b.gap()
		for i, line := range from {
			if i == most {
				b.add("- and %d more", len(from)-most)
				break
			}
			b.add("- %s", line)
		}
		return b.String()
	}
	b.add("**$%s** is mapped from %s (%s)", name, code(m.Source), show.Place(m.File(), m.Span()))
	b.gap()
	for i, e := range m.Entries {
		if i == most {
			b.add("- and %d more", len(m.Entries)-most)
			break
		}
		b.add("- %s: %s", code(e.Name()), code(show.Words(e.Args())))
	}
	return b.String()
}
