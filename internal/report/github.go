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
// What was not checked are notices.
func GitHub(w io.Writer, r *lint.Result, _ Options) error {
	var b bytes.Buffer
	for i := range r.Findings {
		f := &r.Findings[i]
		command(&b, levelOf(f.Severity, "notice"), f.At, ruleID(f), plainText(f))
	}
	for _, n := range groupNotChecked(r.NotChecked) {
		command(&b, "notice", n.at, "not checked", n.text())
	}
	_, err := b.WriteTo(w)
	return err
}

// command writes one workflow command, which is one line.
func command(b *bytes.Buffer, name string, at lint.Place, title, message string) {
	b.WriteString("::" + name + " ")
	if at.File != nil {
		start, end := at.File.Position(at.Span.Start), at.File.Position(at.Span.End)
		fmt.Fprintf(b, "file=%s,line=%d,endLine=%d,", commandProperty(shownButLineEnds(at.File.Path)), start.Line, end.Line)
		if end.Line == start.Line { // else the runner drops the columns
			fmt.Fprintf(b, "col=%d,endColumn=%d,", start.Column, max(end.Column-1, start.Column))
		}
	}
	b.WriteString("title=" + commandProperty(visible(title)) + "::" + commandData(message) + "\n")
}

// shownButLineEnds is visible but for line ends, which a property can carry.
func shownButLineEnds(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		shown, size, _ := glyph(s)
		if s[0] == '\n' || s[0] == '\r' {
			shown = s[:1]
		}
		b.WriteString(shown)
		s = s[size:]
	}
	return b.String()
}

var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func commandData(s string) string     { return dataEscapes.Replace(s) }
func commandProperty(s string) string { return propertyEscapes.Replace(s) }
