package lsp

import (
	"context"
	"slices"
	"strings"

	"github.com/creachadair/jrpc2"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// definition is where a name is given, or the files that an include brings.
func (s *server) definition(ctx context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[definitionParams](req)
	if err != nil {
		return nil, err
	}
	r := s.reading(ctx)
	out := []location{}
	for _, at := range r.spots(p.TextDocument.URI, p.Position) {
		out = append(out, r.included(at)...)
		all := occurrences(at.host)
		here, ok := symbolAt(all, at)
		if !ok {
			continue
		}
		for _, o := range all {
			if o.defines && o.is(here.symbol) {
				out = append(out, r.location(lint.Place{File: o.file, Span: o.span}))
			}
		}
	}
	return locations(out), nil
}

// included are the files that the include at a spot stands for.
func (r *report) included(at spot) []location {
	t := at.tree()
	if t == nil {
		return nil
	}
	d, word := directiveAt(t, at.offset)
	if d == nil || word < 0 || d.Name() != "include" {
		return nil
	}
	var out []location
	for _, i := range at.host.Nginx.Includes {
		if i.Dir != d {
			continue
		}
		for _, f := range i.Files {
			out = append(out, location{URI: r.spelt.of(r.urisOf(f)[0])})
		}
	}
	return out
}

// references are the places where a name is used.
func (s *server) references(ctx context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[referenceParams](req)
	if err != nil {
		return nil, err
	}
	r := s.reading(ctx)
	out := []location{}
	_, all := r.everywhere(r.spots(p.TextDocument.URI, p.Position))
	for _, o := range all {
		if !o.defines || p.Context.IncludeDeclaration {
			out = append(out, r.location(lint.Place{File: o.file, Span: o.span}))
		}
	}
	return locations(out), nil
}

// everywhere are the occurrences of the name at some spots, in all hosts that have a
// file in common in which it is given or used.
func (r *report) everywhere(spots []spot) (here occurrence, out []occurrence) {
	byHost := map[*model.Host][]occurrence{}
	files := map[*source.File]bool{}
	for _, at := range spots {
		all := occurrences(at.host)
		if o, ok := symbolAt(all, at); ok && (here.kind == noSymbol || here.is(o.symbol)) {
			here = o
			files[at.file.OnDisk()] = true
		}
	}
	if here.kind == noSymbol {
		return here, nil
	}
	in := map[*model.Host]spaces{} // those that were looked at in a host
	for more := true; more; {
		more = false
		for _, h := range r.ws.Hosts() {
			if in[h.Model] == here.in || !slices.ContainsFunc(h.Model.Files(), func(f *source.File) bool { return files[f.OnDisk()] }) {
				continue
			}
			in[h.Model], more = here.in, true
			byHost[h.Model] = slices.DeleteFunc(occurrences(h.Model), func(o occurrence) bool { return !o.is(here.symbol) })
			for _, o := range byHost[h.Model] {
				files[o.file.OnDisk()] = true
				here.in |= o.in // a text that http and stream include ties their names
			}
		}
	}
	seen := map[lint.Place]bool{}
	for _, h := range r.ws.Hosts() {
		for _, o := range byHost[h.Model] {
			if p := (lint.Place{File: o.file, Span: o.span}); !seen[p] {
				seen[p] = true
				out = append(out, o)
			}
		}
	}
	return here, out
}

// prepareRename says which name would be renamed: that of an upstream, which the
// configuration alone decides.
func (s *server) prepareRename(ctx context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[prepareParams](req)
	if err != nil {
		return nil, err
	}
	r := s.reading(ctx)
	here, _ := r.everywhere(r.spots(p.TextDocument.URI, p.Position))
	if here.kind != upstreamName {
		return nil, nil
	}
	return r.location(lint.Place{File: here.file, Span: here.span}).Range, nil
}

// rename gives an upstream another name, where it is declared and where it is used.
func (s *server) rename(ctx context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[renameParams](req)
	if err != nil {
		return nil, err
	}
	r := s.reading(ctx)
	here, all := r.everywhere(r.spots(p.TextDocument.URI, p.Position))
	if here.kind != upstreamName {
		return nil, jrpc2.Errorf(codeRequestFailed, "only upstreams can be renamed")
	}
	name := p.NewName
	if name == "" || strings.ContainsFunc(name, func(c rune) bool { return c >= 0x80 || !nameByte(byte(c)) && c != '-' && c != '.' }) {
		return nil, jrpc2.Errorf(codeRequestFailed, "%q is no name for an upstream: use letters, digits, '_', '-' and '.'", name)
	}
	edits := map[*source.File][]source.Edit{}
	for _, o := range all {
		edits[o.file] = append(edits[o.file], source.Edit{Span: o.span, New: name})
	}
	other := here.symbol
	other.name = name
	for _, h := range r.ws.Hosts() {
		if other.is(here.symbol) || !slices.ContainsFunc(h.Model.Files(), func(f *source.File) bool { return edits[f] != nil }) {
			continue
		}
		if slices.ContainsFunc(occurrences(h.Model), func(o occurrence) bool { return o.defines && o.is(other) }) {
			return nil, jrpc2.Errorf(codeRequestFailed, "there is an upstream %s already", name)
		}
	}
	for f := range edits {
		slices.SortFunc(edits[f], func(a, b source.Edit) int { return a.Span.Start - b.Span.Start })
	}
	done, err := source.Rewrite(edits)
	if err != nil {
		return nil, jrpc2.Errorf(codeRequestFailed, "the name cannot be changed everywhere: %v", err)
	}
	var changes []lint.Change
	for f := range edits {
		old := f.OnDisk()
		changed := done.Disk[old.Path]
		if changed != nil && !slices.ContainsFunc(changes, func(c lint.Change) bool { return c.Old == old }) {
			changes = append(changes, lint.Change{Old: old, New: changed})
		}
	}
	if s.stale(r.snapshot) {
		return nil, jrpc2.Errorf(codeContentModified, "the text has changed meanwhile")
	}
	return s.workspaceEdit(r, changes), nil
}

// locations are each once, in order.
func locations(all []location) []location {
	slices.SortFunc(all, func(a, b location) int {
		switch {
		case a.URI != b.URI:
			return strings.Compare(string(a.URI), string(b.URI))
		case before(a.Range.Start, b.Range.Start):
			return -1
		case before(b.Range.Start, a.Range.Start):
			return 1
		}
		return 0
	})
	return slices.Compact(all)
}
