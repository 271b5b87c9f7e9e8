package report

import (
	"io"

	"github.com/tcplint/tcplint/internal/lint"
)

var _ = register("gitlab", GitLab)

// The types are the parts of a Code Quality report that GitLab reads, see
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
type (
	gitlabIssue struct {
		Description string         `json:"description"`
		CheckName   string         `json:"check_name"`
		Fingerprint string         `json:"fingerprint"`
		Severity    string         `json:"severity"`
		Location    gitlabLocation `json:"location"`
		Content     *gitlabContent `json:"content,omitempty"`
	}
	gitlabLocation struct {
		Path  string      `json:"path"`
		Lines gitlabLines `json:"lines"`
	}
	gitlabLines struct {
		Begin int `json:"begin"`
		End   int `json:"end"`
	}
	gitlabContent struct {
		Body string `json:"body"`
	}
)

// GitLab writes a result as a Code Quality report.
func GitLab(w io.Writer, r *lint.Result, _ Options) error {
	prints := lint.Fingerprints(r.Findings)
	out := make([]gitlabIssue, 0, len(r.Findings))
	for i := range r.Findings {
		f := &r.Findings[i]
		at := rangeJSON(f.At)
		issue := gitlabIssue{
			Description: f.Msg, CheckName: ruleID(f), Fingerprint: prints[i],
			Severity: [...]string{lint.Info: "info", lint.Warning: "major", lint.Error: "critical"}[min(f.Severity, lint.Error)],
			Location: gitlabLocation{pathOf(f.At.File), gitlabLines{at.Start.Line, at.End.Line}},
		}
		if f.Rule != nil {
			issue.Content = &gitlabContent{f.Rule.Why}
		}
		out = append(out, issue)
	}
	return writeJSON(w, out)
}
