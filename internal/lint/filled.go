package lint

import (
	"fmt"
	"slices"
)

// filledIn are notes about the values that a finding rests on and that the file does not
// write itself, since a template has a variable there.
func (f *Finding) filledIn() []Note {
	var out []Note
	add := func(at Place) {
		if at.File == nil || at.File.View == nil {
			return
		}
		for _, v := range at.File.View.Filled {
			if v.Span.Start >= at.Span.End || at.Span.Start >= v.Span.End {
				continue
			}
			n := Note{Msg: fmt.Sprintf("%s is %s here: %s", v.Name, at.File.Slice(v.Span), v.From)}
			if v.File != nil {
				n.At = Place{File: v.File, Span: v.At}
			}
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	add(f.At)
	for _, n := range f.Notes {
		add(n.At)
	}
	return out
}
