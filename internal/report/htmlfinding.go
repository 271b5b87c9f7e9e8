package report

import (
	"fmt"
	"html/template"
	"strconv"
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
			h.Patch = append(h.Patch, htmlHunk{fmt.Sprintf("%s:%d", visible(k.file.Path), k.line), changedHTML(k.old, k.fresh)})
		}
	}
	return h
}

// htmlText makes a text fit for an element or an attribute, as the template does with
// all that it is given. The lines of source, of which each finding has many, are made
// here, which takes a fraction of the time.
var htmlText = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "'", "&#39;", "&", "&amp;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

// changedHTML are the lines that a fix takes away and those that it puts in their place.
func changedHTML(old, fresh []string) template.HTML {
	var b strings.Builder
	for _, l := range old {
		writeAll(&b, "<del>- ", htmlText.Replace(spaced(l)), "\n</del>")
	}
	for _, l := range fresh {
		writeAll(&b, "<ins>+ ", htmlText.Replace(spaced(l)), "\n</ins>")
	}
	return template.HTML(b.String()) //nolint:gosec // what is not our own is escaped
}

func writeAll(b *strings.Builder, parts ...string) {
	for _, s := range parts {
		b.WriteString(s)
	}
}

// spaced is visible, but leaves tabs to the page.
func spaced(s string) string {
	if !strings.Contains(s, "\t") {
		return visible(s)
	}
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
func sourceHTML(at lint.Place) template.HTML {
	if at.File == nil {
		return ""
	}
	f := at.File
	first := f.Position(at.Span.Start).Line
	last := f.Position(max(at.Span.Start, at.Span.End-1)).Line
	last = min(last, first+sourceMost-1)
	var b strings.Builder
	for n := max(1, first-sourceAround); n <= min(f.LineCount(), last+sourceAround); n++ {
		line := f.LineSpan(n)
		mark := source.Span{Start: line.End, End: line.End}
		class := "line"
		if n >= first && n <= last {
			class = "line hot"
			mark.Start = min(max(line.Start, at.Span.Start), line.End)
			mark.End = max(mark.Start, min(line.End, at.Span.End))
		}
		before, after := source.Span{Start: line.Start, End: mark.Start}, source.Span{Start: mark.End, End: line.End}
		left := clip(f.Slice(before), sourceBytes, 0)
		if mark.Len() == 0 {
			left = clip(f.Slice(before), 0, 2*sourceBytes)
		}
		writeAll(&b, `<span class="`, class, `"><span class="number">`, strconv.Itoa(n), "</span>", htmlText.Replace(spaced(left)))
		if mark.Len() > 0 {
			writeAll(&b, "<mark>", htmlText.Replace(spaced(clip(f.Slice(mark), 0, 2*sourceBytes))), "</mark>")
		}
		writeAll(&b, htmlText.Replace(spaced(clip(f.Slice(after), 0, sourceBytes))), "\n</span>")
	}
	return template.HTML(b.String()) //nolint:gosec // what is not our own is escaped
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
