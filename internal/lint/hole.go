package lint

import (
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// Where a template puts something that nobody knows, rules see source.Unknown: a
// hole. It hides what depends on it, and nothing else. So a finding in a
// location of any path is as good as in another one, unless its rule asked for
// the path.

// Skip notes that the rule could not look at something because a template decides
// at a place; nothing if that is nil.
func (p *Pass) Skip(at *nginx.Directive, reason string) {
	if at != nil {
		p.SkipAt(At(at), reason)
	}
}

// SkipAt is Skip for a place that is known to be one at which a template decides.
func (p *Pass) SkipAt(at Place, reason string) {
	p.skipped = append(p.skipped, NotChecked{Rule: p.rule.ID, At: at, Reason: reason})
}

// SkipHole is Skip for a value that a template decides.
func (p *Pass) SkipHole(v model.Value) { p.Skip(v.Hole, v.Hidden) }

// foldSkipped makes one of what kept a rule from looking for the same reason at
// several places of a file.
func foldSkipped(all []NotChecked) []NotChecked {
	type key struct{ rule, file, reason string }
	seen := map[NotChecked]bool{}
	first := map[key]int{}
	more := map[int]int{}
	var out []NotChecked
	for _, n := range all {
		if n.At = n.At.onDisk(); seen[n] {
			continue
		}
		seen[n] = true
		k := key{n.Rule, n.At.File.Path, n.Reason}
		if i, ok := first[k]; ok {
			more[i]++
			continue
		}
		first[k] = len(out)
		out = append(out, n)
	}
	for i, n := range more {
		places := "places"
		if n == 1 {
			places = "place"
		}
		out[i].Reason += fmt.Sprintf(", here and in %d other %s", n, places)
	}
	return out
}

// speaksOfUnknown reports whether a finding quotes text that only a template
// decides: nobody can say that it is true.
func (f *Finding) speaksOfUnknown() bool {
	return source.HasUnknown(f.Msg) || slices.ContainsFunc(f.Notes, func(n Note) bool { return source.HasUnknown(n.Msg) })
}

// standsOnUnknown reports whether a place holds text that only a template
// decides.
func standsOnUnknown(at Place) bool {
	return at.File != nil && at.File.View != nil && source.HasUnknown(at.File.Slice(at.Span))
}

// hole is a run of bytes that are not known.
var hole = lazyre.New(string(source.Unknown) + "+")

// asWritten returns the finding with what it quotes of a template written as the
// template has it.
func (f Finding) asWritten() Finding {
	if !f.speaksOfUnknown() {
		return f
	}
	f.Msg = AsWritten(f.At, f.Msg)
	f.Notes = slices.Clone(f.Notes)
	for i, n := range f.Notes {
		at := n.At
		if at.File == nil {
			at = f.At
		}
		f.Notes[i].Msg = AsWritten(at, n.Msg)
	}
	return f
}

// AsWritten puts the template's own words, such as "{{ port }}", into a text that
// quotes its file. They are looked for at a place, then in all of its file; what
// is not found there is "<template>".
func AsWritten(at Place, text string) string {
	if !source.HasUnknown(text) {
		return text
	}
	return hole.ReplaceAllStringFunc(text, func(run string) string {
		if at.File == nil || at.File.View == nil {
			return "<template>"
		}
		for _, in := range []source.Span{at.Span, {Start: 0, End: len(at.File.Text)}} {
			for _, m := range hole.FindAllStringIndex(at.File.Slice(in), -1) {
				if m[1]-m[0] != len(run) {
					continue
				}
				file, span := at.File.Locate(source.Span{Start: in.Start + m[0], End: in.Start + m[1]})
				if span.Len() > 0 {
					return file.Slice(span)
				}
			}
		}
		return "<template>"
	})
}
