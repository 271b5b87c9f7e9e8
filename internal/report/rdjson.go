package report

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/tcplint/tcplint/internal/lint"
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
		Location    rdLocation     `json:"location"`
		Severity    string         `json:"severity"`
		Code        rdCode         `json:"code"`
		Suggestions []rdSuggestion `json:"suggestions,omitempty"`
		Related     []rdRelated    `json:"relatedLocations,omitempty"`
	}
	rdLocation struct {
		Path  string   `json:"path"`
		Range *rdRange `json:"range,omitempty"`
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
		Message  string     `json:"message"`
		Location rdLocation `json:"location"`
	}
)

// RDJSON writes a result for reviewdog. A fix becomes a suggestion if it is one
// edit in the file of the finding: reviewdog takes several for alternatives.
func RDJSON(w io.Writer, r *lint.Result, _ Options) error {
	out := rdResult{Source: rdSource{"tcplint", home}, Diagnostics: []rdDiagnostic{}}
	for i := range r.Findings {
		f := &r.Findings[i]
		d := rdDiagnostic{Location: rdPlace(f.At), Severity: strings.ToUpper(f.Severity.String()), Code: rdCode{Value: ruleID(f)}}
		if f.Rule != nil {
			d.Code.URL = ruleDocs + "#" + f.Rule.ID
		}
		text := []string{f.Msg}
		for _, n := range f.Notes {
			if n.At.File == nil {
				text = append(text, n.Msg)
				continue
			}
			d.Related = append(d.Related, rdRelated{n.Msg, rdPlace(n.At)})
		}
		if f.Versions != "" {
			text = append(text, "holds for "+f.Versions)
		}
		d.Message = strings.Join(text, "\n")
		if x := f.Fix; x != nil && x.Safety >= lint.Unsafe && len(x.Edits) == 1 && x.Edits[0].File == f.At.File && utf8.ValidString(x.Edits[0].Edit.New) {
			d.Suggestions = []rdSuggestion{{*rdPlace(lint.Place{File: f.At.File, Span: x.Edits[0].Edit.Span}).Range, x.Edits[0].Edit.New}}
		}
		out.Diagnostics = append(out.Diagnostics, d)
	}
	return writeJSON(w, out)
}

func rdPlace(at lint.Place) rdLocation {
	if at.File == nil {
		return rdLocation{}
	}
	position := func(offset int) rdPosition {
		p := at.File.Position(offset)
		return rdPosition{p.Line, p.Offset - at.File.LineSpan(p.Line).Start + 1}
	}
	return rdLocation{at.File.Path, &rdRange{position(at.Span.Start), position(at.Span.End)}}
}
