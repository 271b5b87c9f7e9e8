package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
)

var _ = register("github", GitHub)

// GitHub writes a result as workflow commands of GitHub Actions, which show each
// finding beside its line, see
// https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions.
func GitHub(w io.Writer, r *lint.Result, _ Options) error {
	var b bytes.Buffer
	for i := range r.Findings {
		f := &r.Findings[i]
		var props []string
		prop := func(name, value string) { props = append(props, name+"="+commandProperty(value)) }
		if f.At.File != nil {
			start, end := f.At.File.Position(f.At.Span.Start), f.At.File.Position(f.At.Span.End)
			prop("file", visible(f.At.File.Path))
			prop("line", fmt.Sprint(start.Line))
			prop("endLine", fmt.Sprint(end.Line))
			prop("col", fmt.Sprint(start.Column))
			if end.Line == start.Line { // else the column is refused
				prop("endColumn", fmt.Sprint(max(end.Column-1, start.Column)))
			}
		}
		prop("title", visible(ruleID(f)))
		fmt.Fprintf(&b, "::%s %s::%s\n", commandOf(f.Severity), strings.Join(props, ","), commandData(plainText(f)))
	}
	_, err := b.WriteTo(w)
	return err
}

// commandOf is the command for a severity.
func commandOf(s lint.Severity) string {
	if level := sarifLevelOf(s); level != "note" {
		return level
	}
	return "notice"
}

// plainText is what formats without a place for notes say of a finding: the
// message, the notes in lines below it, and the fix.
func plainText(f *lint.Finding) string {
	lines := []string{visible(f.Msg)}
	for _, n := range f.Notes {
		line := visible(n.Msg)
		if n.At.File != nil {
			line += ": " + place(n.At)
		}
		lines = append(lines, line)
	}
	if f.Versions != "" {
		lines = append(lines, "holds for "+visible(f.Versions))
	}
	if f.Fix != nil {
		lines = append(lines, "fix: "+visible(f.Fix.Title)+" ("+f.Fix.Safety.String()+")")
	}
	return strings.Join(lines, "\n")
}

var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func commandData(s string) string     { return dataEscapes.Replace(s) }
func commandProperty(s string) string { return propertyEscapes.Replace(s) }
