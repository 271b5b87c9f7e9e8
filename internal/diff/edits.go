package diff

import (
	"znkr.io/diff"
	"znkr.io/diff/textdiff"

	"github.com/tcplint/tcplint/parser/source"
)

// Edits returns the changes of whole lines that make one text of another, sorted and
// free of overlaps: those that Unified shows.
func Edits(old, text string) []source.Edit {
	options := []textdiff.Option{textdiff.IndentHeuristic()}
	if len(old)+len(text) < large {
		options = append(options, diff.Minimal())
	}
	var out []source.Edit
	at, open := 0, false
	for _, e := range textdiff.Edits(old, text, options...) {
		if e.Op == diff.Match {
			at += len(e.Line)
			open = false
			continue
		}
		if !open {
			out, open = append(out, source.Edit{Span: source.Span{Start: at, End: at}}), true
		}
		last := &out[len(out)-1]
		if e.Op == diff.Delete {
			at += len(e.Line)
			last.Span.End = at
		} else {
			last.New += e.Line
		}
	}
	return out
}
