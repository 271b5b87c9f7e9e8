package lint

import (
	"fmt"
	"slices"
)

// tellFilled adds notes about the values that a finding rests on and that the file does not
// write itself, since a template has a variable there.
func (f *Finding) tellFilled() {
	var out []Note
	add := func(at Place) {
		if at.File == nil || at.File.View == nil {
			return
		}
		for v := range at.File.View.FilledIn(at.Span) {
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
	if out != nil {
		f.Notes = slices.Concat(f.Notes, out)
	}
}
