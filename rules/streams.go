package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// eventStream reports whether there is evidence that a location serves events,
// and what it is. Several rules ask.
func eventStream(p *lint.Pass, s *model.Scope) (why lint.Note, ok bool) {
	all, _ := p.Shared("event streams", func() any {
		all := map[*model.Scope]lint.Note{}
		for _, s := range p.Host.Nginx.Scopes {
			if e, ok := s.EventStream(); ok {
				note := lint.Note{Msg: e.Why}
				if e.At != nil {
					note.At = lint.At(e.At)
				}
				all[s] = note
			}
		}
		return all
	}).(map[*model.Scope]lint.Note)
	why, ok = all[s]
	return why, ok
}

// cureStream returns what a cure comes to that is about an event stream. Where the
// location serves other paths as well it is only shown, as a location of the stream's
// own: what is right for events is not for the others.
func cureStream(c *cure) *lint.Fix {
	fix := c.result()
	why, _ := c.place.EventStream()
	if fix == nil || why.Below == "" {
		return fix
	}
	fix.Safety = lint.Shown
	fix.Title = fmt.Sprintf("give %s a location of its own, a copy of %s, and there %s", why.Below, c.place.Label(), fix.Title)
	text, ok := ownLocation(c, why.Below)
	if fix.Edits = nil; ok {
		fix.Edits = lint.In(c.place.Block, nginx.AddAfter(c.place.Block, text))
	}
	return fix
}

// ownLocation writes the block that a cure takes to for one path of a location; not ok
// if that would not be a copy of it.
func ownLocation(c *cure, path string) (text string, ok bool) {
	b := c.place.Block.Body()
	args := c.place.Block.Args()
	if b == nil || b != c.place.Body() || args.Len() != 1 || c.place.HasKid(model.Location) {
		return "", false
	}
	var edits []source.Edit
	for _, e := range c.fix.Edits {
		if e.File != b.Tree.File || e.Edit.Span.Start < b.Span().Start || e.Edit.Span.End > b.Span().End {
			return "", false
		}
		edits = append(edits, e.Edit)
	}
	// The part of the address that stands for the location's path stands for more now.
	if uri := c.pass.Target.URI; uri != "" && !strings.Contains(c.pass.Arg(0), "$") {
		rest, below := strings.CutPrefix(path, args.At(0).Value)
		if !below || strings.Contains(uri, "?") || c.pass.Words().At(1).Quote != 0 {
			return "", false
		}
		edits = append(edits, source.Edit{Span: source.Span{Start: c.pass.Words().At(1).Span.End, End: c.pass.Words().At(1).Span.End}, New: rest})
	}
	merged, ok := source.Merge(nil, edits)
	if !ok {
		return "", false
	}
	whole, err := source.Apply(b.Tree.File.Text, merged)
	if err != nil {
		return "", false
	}
	grown := len(whole) - len(b.Tree.File.Text)
	return "location " + path + " {" + whole[b.Span().Start:b.Span().End+grown] + "}", true
}

// mayStream reports whether a template decides on something that would tell a
// stream: the path, buffering, or a header.
func mayStream(s *model.Scope) bool {
	if s.Block != nil && s.Block.In.Tree.Unknown && s.Block.Unknown() {
		return true
	}
	return slices.ContainsFunc(s.Settings, func(set model.Setting) bool {
		return set.Unknown() && (set.Name() == "proxy_buffering" || strings.HasSuffix(set.Name(), "_header"))
	})
}
