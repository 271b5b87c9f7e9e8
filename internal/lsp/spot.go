package lsp

import (
	"path"
	"slices"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// spot is a place in a text as a host reads it: a file on disk, or what is found in
// one.
type spot struct {
	host   *model.Host
	file   *source.File
	offset int
}

// views are the spots that a place on disk is, for each host and text that has it.
func (r *report) views(disk *source.File, offset int) []spot {
	name := r.ws.Name(disk.OnDisk())
	var out []spot
	for _, h := range r.ws.Hosts() {
		for _, f := range h.Model.Files() {
			if f.OnDisk() != disk && (name == "" || r.ws.Name(f.OnDisk()) != name) {
				continue
			}
			if at, ok := within(f, offset); ok {
				out = append(out, spot{h.Model, f, at})
			}
		}
	}
	return out
}

// within is the offset in a text of an offset on disk.
func within(f *source.File, offset int) (at int, ok bool) {
	if f.View == nil {
		return offset, offset <= len(f.Text)
	}
	i := slices.IndexFunc(f.View.Segments, func(s source.Segment) bool { return s.Disk <= offset && offset < s.Disk+s.Len })
	if i < 0 {
		// The end of a segment is where one writes on.
		i = slices.IndexFunc(f.View.Segments, func(s source.Segment) bool { return s.Disk <= offset && offset <= s.Disk+s.Len })
	}
	if i < 0 {
		return 0, false
	}
	s := f.View.Segments[i]
	return s.Text + offset - s.Disk, true
}

// open is the open text of an address, nil if there is none.
func (r *report) open(u docURI) *document {
	file, ok := pathOf(u, r.volumes)
	if !ok {
		return nil
	}
	return r.docs[path.Clean(file)]
}

// realName is the name without links of a file.
func (r *report) realName(p string) string {
	name := r.ws.NameOf(p)
	if real, err := r.ws.Resolve(name); err == nil {
		return real
	}
	return name
}

// spots are those of a position in an open file.
func (r *report) spots(u docURI, p position) []spot {
	doc := r.open(u)
	if doc == nil {
		return nil
	}
	real := r.realName(doc.path)
	offset := newMapper(doc.text, r.utf8).offset(p)
	var out []spot
	for _, h := range r.ws.Hosts() {
		for _, f := range h.Model.Files() {
			if r.ws.Name(f.OnDisk()) != real {
				continue
			}
			if at, ok := within(f, offset); ok {
				out = append(out, spot{h.Model, f, at})
			}
		}
	}
	return out
}

// tree is the nginx tree that a spot is in, nil if it is in none.
func (s spot) tree() *nginx.Tree {
	if s.host.Nginx == nil {
		return nil
	}
	for _, t := range s.host.Nginx.Trees {
		if t.File == s.file {
			return t
		}
	}
	return nil
}

// entry is the line of kernel settings that a spot is on, nil if it is on none.
func (s spot) entry() (*sysctl.Tree, *sysctl.Entry) {
	if s.host.Sysctl == nil {
		return nil, nil
	}
	for _, t := range s.host.Sysctl.Trees {
		if t.File != s.file {
			continue
		}
		for _, e := range t.Entries {
			if e.Line.Start <= s.offset && s.offset <= e.Line.End {
				return t, e
			}
		}
		return t, nil
	}
	return nil, nil
}

// directive is the innermost directive at an offset, and the word of it, -1 if the
// offset is in none.
func directiveAt(t *nginx.Tree, offset int) (d *nginx.Directive, word int) {
	block := t.Root
	for block != nil {
		var next *nginx.Block
		for k := range block.Kids() {
			if k.Span().Start <= offset && offset <= k.Span().End {
				d, next = k, nil
				if k.Body() != nil && k.Body().Span().Start <= offset && offset <= k.Body().Span().End {
					next = k.Body()
				}
				if offset < k.Span().End {
					break
				}
			}
		}
		block = next
	}
	if d == nil {
		return nil, -1
	}
	word = d.Words().Index(func(a nginx.Arg) bool { return a.Span.Start <= offset && offset <= a.Span.End })
	return d, word
}

// scopesOf are the scopes in which a directive takes effect: several if its file is
// included several times.
func scopesOf(h *model.Host, d *nginx.Directive) []*model.Scope {
	var out []*model.Scope
	add := func(s *model.Scope) {
		if s != nil && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, s := range h.Nginx.Scopes {
		switch {
		case s.Block == d:
			add(s.Parent)
		case s.Body() == d.In:
			add(s)
		default:
			for i := range s.Settings {
				if s.Settings[i].Directive == d {
					add(s)
				}
			}
		}
	}
	return out
}
