package report

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

// Measures of the source beside a finding.
const (
	sourceAround = 2   // lines before and behind it
	sourceMost   = 12  // lines of the finding itself
	sourceBytes  = 400 // of a line, on either side of what is marked
)

// diffHTML are the lines of a unified diff with what they do.
func diffHTML(diff string) []htmlDiffLine {
	var out []htmlDiffLine
	for line := range strings.Lines(diff) {
		kind := ""
		switch {
		case strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "---"), strings.HasPrefix(line, "diff "), strings.HasPrefix(line, "@@"):
			kind = "head"
		case strings.HasPrefix(line, "+"):
			kind = "new"
		case strings.HasPrefix(line, "-"):
			kind = "gone"
		}
		out = append(out, htmlDiffLine{kind, spaced(strings.TrimRight(line, "\r\n"))})
	}
	return out
}

func findingHTML(i int, f *lint.Finding) htmlFinding {
	h := htmlFinding{Index: i, Severity: f.Severity.String(), Message: visible(f.Msg), Rule: visible(ruleID(f)), RuleURL: lint.RuleURL(ruleID(f)), Place: placeHTML(f.At), Source: sourceHTML(f.At)}
	if f.Rule != nil {
		h.Title = visible(f.Rule.Title)
	}
	for _, n := range f.Notes {
		h.Notes = append(h.Notes, htmlNote{visible(n.Msg), placeHTML(n.At)})
	}
	if f.Versions != "" {
		h.Notes = append(h.Notes, htmlNote{Text: "holds for " + visible(f.Versions)})
	}
	if f.Fix != nil {
		h.Fix, h.Safety = visible(f.Fix.Title), f.Fix.Safety.String()+" fix:"
		if f.Fix.Safety == lint.Shown {
			h.Safety = "to do by hand:"
		}
		for _, k := range hunks(f.Fix) {
			h.Patch = append(h.Patch, htmlHunk{fmt.Sprintf("%s:%d", visible(k.file.Path), k.line), allVisible(k.old), allVisible(k.fresh)})
		}
	}
	return h
}

func allVisible(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = spaced(l)
	}
	return out
}

// spaced is visible, but leaves tabs to the page.
func spaced(s string) string {
	parts := strings.Split(s, "\t")
	for i := range parts {
		parts[i] = visible(parts[i])
	}
	return strings.Join(parts, "\t")
}

func placeHTML(at lint.Place) string {
	if at.File == nil {
		return ""
	}
	return place(at)
}

// sourceHTML are the lines of a place and some around it.
func sourceHTML(at lint.Place) []htmlLine {
	if at.File == nil {
		return nil
	}
	f := at.File
	first := f.Position(at.Span.Start).Line
	last := f.Position(max(at.Span.Start, at.Span.End-1)).Line
	last = min(last, first+sourceMost-1)
	var out []htmlLine
	for n := max(1, first-sourceAround); n <= min(f.LineCount(), last+sourceAround); n++ {
		line := f.LineSpan(n)
		mark := source.Span{Start: line.End, End: line.End}
		h := htmlLine{Number: n, Hot: n >= first && n <= last}
		if h.Hot {
			mark.Start = min(max(line.Start, at.Span.Start), line.End)
			mark.End = max(mark.Start, min(line.End, at.Span.End))
		}
		before, after := source.Span{Start: line.Start, End: mark.Start}, source.Span{Start: mark.End, End: line.End}
		h.Mark = spaced(clip(f.Slice(mark), 0, 2*sourceBytes))
		h.Before, h.After = spaced(clip(f.Slice(before), sourceBytes, 0)), spaced(clip(f.Slice(after), 0, sourceBytes))
		if mark.Len() == 0 {
			h.Before = spaced(clip(f.Slice(before), 0, 2*sourceBytes))
		}
		out = append(out, h)
	}
	return out
}

// clip leaves some bytes at the end of a text, or at its beginning.
func clip(s string, tail, lead int) string {
	switch {
	case tail > 0 && len(s) > tail:
		return ellipsis + strings.ToValidUTF8(s[len(s)-tail:], "")
	case lead > 0 && len(s) > lead:
		return strings.ToValidUTF8(s[:lead], "") + ellipsis
	}
	return s
}
