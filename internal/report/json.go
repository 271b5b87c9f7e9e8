package report

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

var _ = register("json", JSON)

// schemaVersion is the number of the JSON form. It goes up when a property
// goes away or changes its meaning, not when one is added.
const schemaVersion = 1

//go:embed schema.json
var schema []byte

// JSONSchema returns the JSON Schema (draft 2020-12) of the JSON format.
func JSONSchema() []byte { return bytes.Clone(schema) }

// The types below are parts of the JSON form; the order of their fields is the order
// of the keys.
type (
	jsonFinding struct {
		Rule     string     `json:"rule"`
		Severity string     `json:"severity"`
		Message  string     `json:"message"`
		File     string     `json:"file"`
		Range    jsonRange  `json:"range"`
		Related  []jsonNote `json:"related"`
		Notes    []string   `json:"notes"`
		Fix      *jsonFix   `json:"fix,omitempty"`
		Versions string     `json:"versions,omitempty"`
		Docs     string     `json:"docs,omitempty"`
	}
	jsonReasoned struct {
		jsonFinding
		Reason string `json:"reason"`
	}
	jsonRange struct {
		Start source.Position `json:"start"`
		End   source.Position `json:"end"`
	}
	jsonNote struct {
		Message string    `json:"message"`
		File    string    `json:"file"`
		Range   jsonRange `json:"range"`
	}
	jsonFix struct {
		Title  string     `json:"title"`
		Safety string     `json:"safety"`
		Edits  []jsonEdit `json:"edits"`
	}
	jsonEdit struct {
		File  string `json:"file"`
		Start int    `json:"start"`
		End   int    `json:"end"`
		// Text or Base64 is set: JSON cannot carry bytes that are not UTF-8,
		// and a fix with other bytes than meant would damage the file.
		Text   *string `json:"text,omitempty"`
		Base64 string  `json:"textBase64,omitempty"`
	}
	jsonNotChecked struct {
		Rule   string     `json:"rule,omitempty"`
		File   string     `json:"file,omitempty"`
		Range  *jsonRange `json:"range,omitempty"`
		Reason string     `json:"reason"`
	}
	jsonSummary struct {
		Files    int `json:"files"`
		Errors   int `json:"errors"`
		Warnings int `json:"warnings"`
		Infos    int `json:"infos"`
		Fixable  int `json:"fixable"`
	}
)

// JSON writes a result as one JSON object, described by JSONSchema.
func JSON(w io.Writer, r *lint.Result, o Options) error {
	t := tally(r)
	s := newJSONStream(w)
	s.open("{")
	s.field("schema", schemaVersion)
	s.list("findings", len(r.Findings), func(i int) any { return findingJSON(&r.Findings[i]) })
	s.list("suppressed", len(r.Suppressed), func(i int) any {
		return jsonReasoned{findingJSON(&r.Suppressed[i].Finding), r.Suppressed[i].Reason}
	})
	s.list("notChecked", len(r.NotChecked), func(i int) any { return notCheckedJSON(r.NotChecked[i]) })
	if o.Fix || o.DryRun {
		s.field("applied", r.Applied)
		s.list("dropped", len(r.Dropped), func(i int) any {
			return jsonReasoned{findingJSON(&r.Dropped[i].Finding), r.Dropped[i].Reason}
		})
		if o.Diff != "" {
			s.field("diff", o.Diff)
		}
	}
	s.field("summary", jsonSummary{len(r.Files), t.errors, t.warnings, t.infos, t.safe})
	s.end("}")
	return s.close()
}

func notCheckedJSON(n lint.NotChecked) jsonNotChecked {
	j := jsonNotChecked{Rule: n.Rule, Reason: n.Reason}
	if n.At.File != nil {
		rng := rangeJSON(n.At)
		j.File, j.Range = n.At.File.Path, &rng
	}
	return j
}

func findingJSON(f *lint.Finding) jsonFinding {
	j := jsonFinding{
		Rule:     ruleID(f),
		Severity: f.Severity.String(),
		Message:  f.Msg,
		File:     pathOf(f.At.File),
		Range:    rangeJSON(f.At),
		Related:  []jsonNote{},
		Notes:    []string{},
		Versions: f.Versions,
	}
	if f.Rule != nil {
		j.Docs = lint.RuleURL(f.Rule.ID)
	}
	for _, n := range f.Notes {
		if n.At.File == nil {
			j.Notes = append(j.Notes, n.Msg)
			continue
		}
		j.Related = append(j.Related, jsonNote{n.Msg, n.At.File.Path, rangeJSON(n.At)})
	}
	if f.Fix != nil {
		j.Fix = &jsonFix{Title: f.Fix.Title, Safety: f.Fix.Safety.String(), Edits: make([]jsonEdit, 0, len(f.Fix.Edits))}
		for _, e := range f.Fix.Edits {
			j.Fix.Edits = append(j.Fix.Edits, editJSON(e))
		}
	}
	return j
}

func editJSON(e lint.FileEdit) jsonEdit {
	j := jsonEdit{File: pathOf(e.File), Start: e.Edit.Span.Start, End: e.Edit.Span.End}
	if utf8.ValidString(e.Edit.New) {
		j.Text = &e.Edit.New
	} else {
		j.Base64 = base64.StdEncoding.EncodeToString([]byte(e.Edit.New))
	}
	return j
}

func pathOf(f *source.File) string {
	if f == nil {
		return ""
	}
	return f.Path
}

func rangeJSON(at lint.Place) jsonRange {
	if at.File == nil {
		nowhere := source.Position{Line: 1, Column: 1}
		return jsonRange{nowhere, nowhere}
	}
	return jsonRange{at.File.Position(at.Span.Start), at.File.Position(at.Span.End)}
}

// writeJSON writes a value indented by two blanks and ended by a line feed, in
// one piece.
func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encoding JSON: %w", err)
	}
	_, err := w.Write(escapeUnseen(b.Bytes()))
	return err
}

// unprintable reports whether a character of valid JSON is to be escaped.
func unprintable(r rune) bool { return r == 0x7f || r >= utf8.RuneSelf && !unicode.IsPrint(r) }

// escapeUnseen writes characters that are not printable as \u escapes.
// encoding/json does so only below U+0020, but a terminal also obeys the
// controls from U+0080 on, and those that turn the writing direction. In valid
// JSON such characters occur within strings only.
func escapeUnseen(in []byte) []byte {
	if !slices.ContainsFunc(in, func(c byte) bool { return c >= 0x7f }) || !bytes.ContainsFunc(in, unprintable) {
		return in
	}
	out := make([]byte, 0, len(in))
	for len(in) > 0 {
		if c := in[0]; c < utf8.RuneSelf && c != 0x7f {
			out = append(out, c)
			in = in[1:]
			continue
		}
		r, size := utf8.DecodeRune(in)
		switch {
		case unicode.IsPrint(r):
			out = append(out, in[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		in = in[size:]
	}
	return out
}
