package report

import (
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

var _ = register("sarif", SARIF)

// home is where the project is described.
const home = "https://github.com/tcplint/tcplint"

// fingerprintName names the fingerprints of lint.Fingerprints in SARIF; the
// number goes up when they change.
const fingerprintName = "tcplint/v1"

// The types below are the parts of SARIF 2.1.0 that are written, see
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string      `json:"id"`
		Short   sarifText   `json:"shortDescription"`
		Full    sarifText   `json:"fullDescription"`
		Help    sarifText   `json:"help"`
		HelpURI string      `json:"helpUri,omitempty"`
		Default sarifLevel  `json:"defaultConfiguration"`
		Props   *sarifProps `json:"properties,omitempty"`
	}
	sarifProps struct {
		Tags []string `json:"tags"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Related      []sarifLocation    `json:"relatedLocations,omitempty"`
		Fixes        []sarifFix         `json:"fixes,omitempty"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification,omitempty"`
	}
	sarifLocation struct {
		ID       *int          `json:"id,omitempty"`
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifFix struct {
		Description sarifText     `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion `json:"deletedRegion"`
		Inserted *sarifText  `json:"insertedContent,omitempty"`
	}
)

// SARIF writes a result as the Static Analysis Results Interchange Format 2.1.0,
// as code scanning of GitHub and the viewers of editors read it.
func SARIF(w io.Writer, r *lint.Result, o Options) error {
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "tcplint", Version: o.Version, InformationURI: home, Rules: []sarifRule{}}},
		ColumnKind:  "unicodeCodePoints",
		Results:     []sarifResult{},
		Invocations: []sarifInvocation{{Successful: true}},
	}
	all := slices.Clone(r.Findings)
	for i := range r.Suppressed {
		all = append(all, r.Suppressed[i].Finding)
	}
	prints := lint.Fingerprints(all)
	index := map[string]int{}
	for i := range all {
		f := &all[i]
		id := ruleID(f)
		if _, ok := index[id]; !ok {
			index[id] = len(run.Tool.Driver.Rules)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(f))
		}
		out := sarifResultOf(f)
		out.RuleIndex = index[id]
		out.Fingerprints = map[string]string{fingerprintName: prints[i]}
		if i >= len(r.Findings) {
			out.Suppressions = []sarifSuppression{{Kind: "external", Justification: r.Suppressed[i-len(r.Findings)].Reason}}
		}
		run.Results = append(run.Results, out)
	}
	for _, n := range r.NotChecked {
		note := sarifNotification{Level: "note", Message: sarifText{Text: n.Reason}}
		if n.At.File != nil {
			note.Locations = []sarifLocation{{Physical: sarifPlace(n.At)}}
		}
		run.Invocations[0].Notifications = append(run.Invocations[0].Notifications, note)
	}
	return writeJSON(w, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

func sarifRuleOf(f *lint.Finding) sarifRule {
	if f.Rule == nil {
		return sarifRule{Short: sarifText{Text: f.Msg}, Full: sarifText{Text: f.Msg}, Help: sarifText{Text: f.Msg}, Default: sarifLevel{sarifLevelOf(f.Severity)}}
	}
	r := f.Rule
	first, _, _ := strings.Cut(r.Why, "\n\n")
	out := sarifRule{
		ID: r.ID, Short: sarifText{Text: r.Title}, Full: sarifText{Text: first},
		Help:    sarifText{Text: r.Why, Markdown: r.Why + sarifLinks(r.Refs)},
		HelpURI: ruleDocs + "#" + r.ID,
		Default: sarifLevel{sarifLevelOf(r.Severity)},
	}
	prefix, _, _ := strings.Cut(r.ID, "-")
	out.Props = &sarifProps{Tags: []string{prefix}}
	return out
}

// sarifLinks lists references below the help of a rule.
func sarifLinks(refs []string) string {
	var b strings.Builder
	for i, ref := range refs {
		if i == 0 {
			b.WriteString("\n\nReferences:\n")
		}
		b.WriteString("\n- <" + ref + ">")
	}
	return b.String()
}

func sarifResultOf(f *lint.Finding) sarifResult {
	out := sarifResult{RuleID: ruleID(f), Level: sarifLevelOf(f.Severity), Locations: []sarifLocation{}}
	text := []string{f.Msg}
	if f.At.File != nil {
		out.Locations = append(out.Locations, sarifLocation{Physical: sarifPlace(f.At)})
	}
	for _, n := range f.Notes {
		if n.At.File == nil {
			text = append(text, n.Msg)
			continue
		}
		id := len(out.Related)
		out.Related = append(out.Related, sarifLocation{ID: &id, Physical: sarifPlace(n.At), Message: &sarifText{Text: n.Msg}})
	}
	if f.Versions != "" {
		text = append(text, "holds for "+f.Versions)
	}
	out.Message = sarifText{Text: strings.Join(text, "; ")}
	if fix := sarifFixOf(f.Fix); fix != nil {
		out.Fixes = []sarifFix{*fix}
	}
	return out
}

// sarifFixOf writes a fix that can be applied; nil if there is none.
func sarifFixOf(fix *lint.Fix) *sarifFix {
	if fix == nil || fix.Safety < lint.Unsafe || len(fix.Edits) == 0 {
		return nil
	}
	out := &sarifFix{Description: sarifText{Text: fix.Title + " (" + fix.Safety.String() + ")"}}
	byFile := map[*source.File]int{}
	for _, e := range fix.Edits {
		if e.File == nil || !utf8.ValidString(e.Edit.New) {
			return nil // JSON cannot carry it
		}
		i, ok := byFile[e.File]
		if !ok {
			i = len(out.Changes)
			byFile[e.File] = i
			out.Changes = append(out.Changes, sarifChange{Artifact: sarifArtifact{uriOf(e.File.Path)}})
		}
		r := sarifReplacement{Deleted: *regionOf(lint.Place{File: e.File, Span: e.Edit.Span})}
		if e.Edit.New != "" {
			r.Inserted = &sarifText{Text: e.Edit.New}
		}
		out.Changes[i].Replacements = append(out.Changes[i].Replacements, r)
	}
	return out
}

func sarifPlace(at lint.Place) sarifPhysical {
	return sarifPhysical{Artifact: sarifArtifact{uriOf(at.File.Path)}, Region: regionOf(at)}
}

func regionOf(at lint.Place) *sarifRegion {
	start, end := at.File.Position(at.Span.Start), at.File.Position(at.Span.End)
	return &sarifRegion{start.Line, start.Column, end.Line, end.Column}
}

// uriOf writes a path as a relative reference.
func uriOf(path string) string {
	u := url.URL{Path: strings.ToValidUTF8(path, "\ufffd")}
	return u.String()
}

func sarifLevelOf(s lint.Severity) string {
	switch s {
	case lint.Error:
		return "error"
	case lint.Warning:
		return "warning"
	case lint.Info:
	}
	return "note"
}
