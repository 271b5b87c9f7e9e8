package report

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

var _ = register("rdjson", RDJSON)

// The types are reviewdog's Diagnostic Format, see
// https://github.com/reviewdog/reviewdog/tree/master/proto/rdf. Lines and columns
// count from 1, columns in bytes of UTF-8.
type (
	rdResult struct {
		Source      rdSource       `json:"source"`
		Diagnostics []rdDiagnostic `json:"diagnostics"`
	}
	rdSource struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	rdDiagnostic struct {
		Message     string         `json:"message"`
		Location    *rdLocation    `json:"location,omitempty"`
		Severity    string         `json:"severity"`
		Code        *rdCode        `json:"code,omitempty"`
		Suggestions []rdSuggestion `json:"suggestions,omitempty"`
		Related     []rdRelated    `json:"related_locations,omitempty"`
	}
	rdLocation struct {
		Path  string  `json:"path"`
		Range rdRange `json:"range"`
	}
	rdRange struct {
		Start rdPosition `json:"start"`
		End   rdPosition `json:"end"`
	}
	rdPosition struct {
		Line   int `json:"line"`
		Column int `json:"column"`
	}
	rdCode struct {
		Value string `json:"value"`
		URL   string `json:"url,omitempty"`
	}
	rdSuggestion struct {
		Range rdRange `json:"range"`
		Text  string  `json:"text"`
	}
	rdRelated struct {
		Message  string      `json:"message"`
		Location *rdLocation `json:"location"`
	}
)

// RDJSON writes a result for reviewdog.
func RDJSON(w io.Writer, r *lint.Result, _ Options) error {
	fixOf := appliable(r)
	out := rdResult{Source: rdSource{"tcplint", lint.Home}, Diagnostics: make([]rdDiagnostic, 0, len(r.Findings))}
	for i := range r.Findings {
		f := &r.Findings[i]
		d := rdDiagnostic{Message: remarks(f), Location: rdPlace(f.At), Severity: strings.ToUpper(f.Severity.String())}
		if id := ruleID(f); id != "" {
			d.Code = &rdCode{id, lint.RuleURL(id)}
		}
		for _, n := range f.Notes {
			if n.At.File != nil {
				d.Related = append(d.Related, rdRelated{visible(n.Msg), rdPlace(n.At)})
			}
		}
		if fix := fixOf(f); fix != nil {
			d.Suggestions = suggestion(f.At.File, fix)
		}
		out.Diagnostics = append(out.Diagnostics, d)
	}
	return writeJSON(w, out)
}

// suggestion makes one suggestion of all edits of a fix, as several would be taken
// up one by one. There is none for a fix that changes other files than that of the
// finding, for which the format has no place, and for text that is not UTF-8, which
// JSON cannot carry.
func suggestion(file *source.File, fix *lint.Fix) []rdSuggestion {
	edits := make([]source.Edit, 0, len(fix.Edits))
	for _, e := range fix.Edits {
		if e.File != file {
			return nil
		}
		edits = append(edits, e.Edit)
	}
	edits, ok := source.Merge(nil, edits)
	if !ok {
		return nil
	}
	span := edits[0].Span
	for _, e := range edits {
		span.End = max(span.End, e.Span.End)
	}
	if !(source.Span{End: len(file.Text)}).Contains(span) || span.Len() < 0 {
		return nil
	}
	for i := range edits {
		edits[i].Span.Start -= span.Start
		edits[i].Span.End -= span.Start
	}
	text, err := source.Apply(file.Slice(span), edits)
	if err != nil || !utf8.ValidString(text) {
		return nil
	}
	return []rdSuggestion{{rdPlace(lint.Place{File: file, Span: span}).Range, text}}
}

// rdPlace is nil for a finding that has no place.
func rdPlace(at lint.Place) *rdLocation {
	if at.File == nil {
		return nil
	}
	position := func(offset int) rdPosition {
		p := at.File.Position(offset)
		return rdPosition{p.Line, p.Offset - at.File.LineSpan(p.Line).Start + 1}
	}
	return &rdLocation{at.File.Path, rdRange{position(at.Span.Start), position(at.Span.End)}}
}
