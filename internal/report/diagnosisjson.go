package report

import (
	"io"
	"slices"

	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/evidence"
)

// The types below are the JSON form of a diagnosis, which schema/diagnose.schema.json
// describes; the order of their fields is the order of the keys.
type (
	jsonDiagnosis struct {
		Schema    int             `json:"schema"`
		Answers   []jsonAnswer    `json:"answers"`
		Normal    []jsonNormal    `json:"normal"`
		NotUsed   []jsonNotUsed   `json:"notUsed"`
		NotLooked []jsonNotLooked `json:"notLooked"`
	}
	jsonAnswer struct {
		Cause     string            `json:"cause"`
		Certainty string            `json:"certainty"`
		Title     string            `json:"title"`
		Message   string            `json:"message"`
		Evidence  []jsonEvidence    `json:"evidence"`
		Places    []jsonNote        `json:"places"`
		Rule      *string           `json:"rule"`
		Fix       *jsonFix          `json:"fix,omitempty"`
		Diff      string            `json:"diff,omitempty"`
		Cure      string            `json:"cure,omitempty"`
		Excluded  map[string]string `json:"excluded"`
		Open      []string          `json:"open"`
		Follows   []string          `json:"follows"`
		Missing   []jsonMissing     `json:"missing"`
		Decide    []string          `json:"decide"`
		Cured     string            `json:"cured"`
	}
	jsonEvidence struct {
		File string `json:"file"`
		Line int    `json:"line"`
		Text string `json:"text"`
		Says string `json:"says"`
	}
	jsonNormal struct {
		Message  string         `json:"message"`
		Evidence []jsonEvidence `json:"evidence"`
	}
	jsonNotUsed struct {
		File   string `json:"file"`
		Line   int    `json:"line,omitempty"`
		Reason string `json:"reason"`
	}
	jsonMissing struct {
		Evidence string `json:"evidence"`
		Command  string `json:"command"`
	}
	jsonNotLooked struct {
		Symptom string        `json:"symptom"`
		Missing []jsonMissing `json:"missing"`
	}
)

// DiagnosisJSON writes a diagnosis as one JSON object.
func DiagnosisJSON(w io.Writer, r *diagnose.Result) error {
	out := jsonDiagnosis{
		Schema: schemaVersion, Answers: []jsonAnswer{}, Normal: []jsonNormal{}, NotUsed: []jsonNotUsed{}, NotLooked: []jsonNotLooked{},
	}
	for i := range r.Answers {
		out.Answers = append(out.Answers, answerJSON(&r.Answers[i], r.Diffs))
	}
	for _, n := range r.Normal {
		out.Normal = append(out.Normal, jsonNormal{n.Message, evidenceJSON("", n.Lines)})
	}
	for _, n := range r.NotUsed {
		out.NotUsed = append(out.NotUsed, jsonNotUsed{n.File, n.Line, n.Reason})
	}
	for _, n := range r.NotLooked {
		out.NotLooked = append(out.NotLooked, jsonNotLooked{n.Symptom.ID, missingJSON(n.Missing)})
	}
	return writeJSON(w, out)
}

func answerJSON(a *diagnose.Answer, diffs map[string]string) jsonAnswer {
	j := jsonAnswer{
		Cause: a.Cause.ID, Certainty: a.Certainty.String(), Title: a.Cause.Title, Message: a.Message, Evidence: []jsonEvidence{}, Places: []jsonNote{},
		Diff: diffs[a.Cause.ID], Cure: a.Cause.Cure, Excluded: a.Excluded, Open: nonNil(a.Open), Follows: nonNil(a.Follows),
		Missing: missingJSON(a.Missing), Decide: nonNil(a.Decide), Cured: a.Cause.Cured,
	}
	if j.Excluded == nil {
		j.Excluded = map[string]string{}
	}
	for _, s := range a.Signs {
		j.Evidence = append(j.Evidence, evidenceJSON(s.Says, s.Lines)...)
		if len(s.Lines) == 0 {
			j.Evidence = append(j.Evidence, jsonEvidence{Says: s.Says})
		}
	}
	for _, p := range a.Places {
		j.Places = append(j.Places, jsonNote{p.Message, pathOf(p.File), rangeJSON(p.Place)})
	}
	if a.Rule != "" {
		j.Rule = &a.Rule
	}
	if a.Finding != nil {
		j.Fix = findingJSON(a.Finding).Fix
	}
	return j
}

func evidenceJSON(says string, lines []evidence.Line) []jsonEvidence {
	out := []jsonEvidence{}
	for _, l := range lines {
		out = append(out, jsonEvidence{l.File, l.Number, l.Text, says})
	}
	return out
}

func missingJSON(kinds []evidence.Kind) []jsonMissing {
	out := []jsonMissing{}
	for _, k := range kinds {
		out = append(out, jsonMissing{k.String(), k.Command()})
	}
	return out
}

func nonNil(s []string) []string { return append([]string{}, slices.Clone(s)...) }
