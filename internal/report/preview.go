package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

// previewLines is the number of lines up to which a fix is shown.
const previewLines = 12

// hunk is a stretch of whole lines that a fix changes.
type hunk struct {
	file       *source.File
	line       int
	old, fresh []string
}

// preview shows the lines that a fix would take away and add.
func (p *printer) preview(f *lint.Fix) {
	indent := strings.Repeat(" ", gutter+1+len("fix: "))
	shown, left := 0, 0
	for _, h := range hunks(f) {
		if shown >= previewLines {
			left += len(h.old) + len(h.fresh)
			continue
		}
		p.line(indent, p.dim.Sprint(fmt.Sprintf("at %s:%d", visible(h.file.Path), h.line)))
		write := func(paint ink, sign string, lines []string) {
			for _, l := range lines {
				if shown++; shown > previewLines {
					left++
					continue
				}
				text, _, _ := layOut(l, source.Span{End: len(l)}, source.Span{}, p.most()-len("fix: "))
				p.line(indent, paint.Sprint(strings.TrimRight(sign+" "+text, " ")))
			}
		}
		write(p.removed, "-", h.old)
		write(p.added, "+", h.fresh)
	}
	if left > 0 {
		p.line(indent, p.dim.Sprint(ellipsis+" and "+count(left, "more line", "more lines")))
	}
}

// hunks works out the lines that a fix changes. A fix whose edits do not fit
// their file has none.
func hunks(f *lint.Fix) []hunk {
	var files []*source.File
	edits := map[*source.File][]source.Edit{}
	for _, e := range f.Edits {
		if e.File == nil {
			continue
		}
		if _, seen := edits[e.File]; !seen {
			files = append(files, e.File)
		}
		edits[e.File] = append(edits[e.File], e.Edit)
	}
	var all []hunk
	for _, file := range files {
		sorted, ok := source.Merge(nil, edits[file])
		if !ok {
			return nil
		}
		for len(sorted) > 0 {
			h, n, err := nextHunk(file, sorted)
			if err != nil {
				return nil
			}
			all = append(all, h)
			sorted = sorted[n:]
		}
	}
	return all
}

// nextHunk takes the first edits, as many as touch the same lines.
func nextHunk(file *source.File, edits []source.Edit) (h hunk, n int, err error) {
	first := file.Position(edits[0].Span.Start).Line
	last := first
	for n < len(edits) && file.Position(edits[n].Span.Start).Line <= last {
		last = max(last, file.Position(edits[n].Span.End).Line)
		n++
	}
	lines := source.Span{Start: file.LineSpan(first).Start, End: file.LineSpan(last).End}
	local := slices.Clone(edits[:n])
	for i := range local {
		local[i].Span.Start -= lines.Start
		local[i].Span.End -= lines.Start
	}
	before := file.Slice(lines)
	after, err := source.Apply(before, local)
	if err != nil {
		return hunk{}, 0, err
	}
	h = hunk{file: file, line: first, old: splitLines(before), fresh: splitLines(after)}
	h.trim()
	return h, n, nil
}

// trim takes away the lines that stay the same at both ends, and the
// indentation that all lines share.
func (h *hunk) trim() {
	for len(h.old) > 0 && len(h.fresh) > 0 && h.old[0] == h.fresh[0] {
		h.old, h.fresh = h.old[1:], h.fresh[1:]
		h.line++
	}
	for len(h.old) > 0 && len(h.fresh) > 0 && h.old[len(h.old)-1] == h.fresh[len(h.fresh)-1] {
		h.old, h.fresh = h.old[:len(h.old)-1], h.fresh[:len(h.fresh)-1]
	}
	all := slices.Concat(h.old, h.fresh)
	indent := commonIndent(all)
	for _, lines := range [][]string{h.old, h.fresh} {
		for i, l := range lines {
			lines[i] = strings.TrimPrefix(l, indent)
		}
	}
}

// splitLines cuts a text into lines without their line ends. An empty text has
// none: a line that an insertion begins was not there before.
func splitLines(text string) []string {
	if text == "" {
		return nil
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSuffix(l, "\r")
	}
	return lines
}

// commonIndent is the white space with which all lines that are not blank
// begin.
func commonIndent(lines []string) string {
	indent, any := "", false
	for _, l := range lines {
		rest := strings.TrimLeft(l, " \t")
		if rest == "" {
			continue
		}
		white := l[:len(l)-len(rest)]
		if !any {
			indent, any = white, true
			continue
		}
		for !strings.HasPrefix(white, indent) {
			indent = indent[:len(indent)-1]
		}
	}
	return indent
}
