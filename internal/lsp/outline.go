package lsp

import (
	"context"
	"slices"
	"strings"

	"github.com/creachadair/jrpc2"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// texts are the texts in an open file, each once: the file itself, or what is found in
// it.
func (r *report) texts(u docURI) []spot {
	doc := r.open(u)
	if doc == nil {
		return nil
	}
	real := r.realName(doc.path)
	var out []spot
	for _, h := range r.ws.Hosts() {
		for _, f := range h.Model.Files() {
			if r.ws.Name(f.OnDisk()) == real && !slices.ContainsFunc(out, func(s spot) bool { return s.file == f || s.file.Path == f.Path }) {
				out = append(out, spot{h.Model, f, 0})
			}
		}
	}
	return out
}

// symbols are the blocks and keys of a file.
func (s *server) symbols(ctx context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[symbolParams](req)
	if err != nil {
		return nil, err
	}
	r := s.reading(ctx)
	out := []documentSymbol{}
	for _, at := range r.texts(p.TextDocument.URI) {
		if t := at.tree(); t != nil {
			out = append(out, r.blocks(t.Root)...)
		}
		if at.host.Sysctl == nil {
			continue
		}
		for _, t := range at.host.Sysctl.Trees {
			if t.File != at.file {
				continue
			}
			for _, e := range t.Entries {
				out = append(out, documentSymbol{
					Name: e.Key.Value, Detail: new(e.Value.Value), Kind: keySymbol,
					Range: r.onDisk(at.file, e.Line), SelectionRange: r.onDisk(at.file, e.Key.Span),
				})
			}
		}
	}
	return out, nil
}

// onDisk is the range on disk of a span of a text.
func (r *report) onDisk(f *source.File, s source.Span) spanRange {
	disk, span := f.Locate(s)
	return r.mapper(disk).span(span)
}

// blocks are the blocks in a block.
func (r *report) blocks(b *nginx.Block) []documentSymbol {
	var out []documentSymbol
	for d := range b.Kids() {
		if d.Body() == nil {
			continue
		}
		name := strings.Join(strings.Fields(d.File().Slice(d.Head())), " ")
		kind, ok := blockSymbols[d.Name()]
		if !ok {
			kind = namespaceSymbol
		}
		out = append(out, documentSymbol{
			Name: name, Kind: kind, Children: r.blocks(d.Body()),
			Range: r.onDisk(d.File(), d.Span()), SelectionRange: r.onDisk(d.File(), d.Head()),
		})
	}
	return out
}

// folds are the parts of a file that an editor may fold: blocks, and comments of
// several lines.
func (s *server) folds(ctx context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[foldParams](req)
	if err != nil {
		return nil, err
	}
	r := s.reading(ctx)
	out := []foldingRange{}
	for _, at := range r.texts(p.TextDocument.URI) {
		t := at.tree()
		if t == nil {
			continue
		}
		for d := range t.Root.Walk() {
			if d.Body() == nil {
				continue
			}
			// The line of the "}" stays.
			if rng := r.onDisk(at.file, d.Span()); rng.End.Line > rng.Start.Line+1 {
				out = append(out, foldingRange{StartLine: rng.Start.Line, EndLine: rng.End.Line - 1})
			}
		}
		out = append(out, r.comments(at.file, slices.Collect(t.Comments()))...)
	}
	slices.SortFunc(out, func(a, b foldingRange) int { return int(a.StartLine) - int(b.StartLine) })
	return out, nil
}

// comments are the comments that go on for several lines.
func (r *report) comments(f *source.File, all []source.Span) []foldingRange {
	var out []foldingRange
	for i := 0; i < len(all); {
		first := r.onDisk(f, all[i]).Start.Line
		last := first
		for i++; i < len(all) && r.onDisk(f, all[i]).Start.Line == last+1; i++ {
			last++
		}
		if last > first {
			out = append(out, foldingRange{StartLine: first, EndLine: last, Kind: commentFold})
		}
	}
	return out
}
