package report

import (
	"io"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
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
	}
	gitlabLocation struct {
		Path      string          `json:"path"`
		Positions gitlabPositions `json:"positions"`
	}
	gitlabPositions struct {
		Begin gitlabPosition `json:"begin"`
		End   gitlabPosition `json:"end"`
	}
	gitlabPosition struct {
		Line   int `json:"line"`
		Column int `json:"column"`
	}
)

// GitLab writes a result as a Code Quality report. GitLab tells issues apart by
// their fingerprints alone: an issue whose line has moved is the same one.
func GitLab(w io.Writer, r *lint.Result, _ Options) error {
	prints := lint.Fingerprints(r.Findings)
	out := make([]gitlabIssue, 0, len(r.Findings))
	for i := range r.Findings {
		f := &r.Findings[i]
		at := rangeJSON(f.At)
		position := func(p source.Position) gitlabPosition { return gitlabPosition{p.Line, p.Column} }
		out = append(out, gitlabIssue{
			Description: strings.Join(append([]string{visible(f.Msg)}, claim(f)...), "; "),
			CheckName:   ruleID(f),
			Fingerprint: prints[i],
			Severity:    gitlabSeverity(f.Severity),
			Location:    gitlabLocation{pathOf(f.At.File), gitlabPositions{position(at.Start), position(at.End)}},
		})
	}
	return writeJSON(w, out)
}

func gitlabSeverity(s lint.Severity) string {
	switch s {
	case lint.Error:
		return "critical"
	case lint.Warning:
		return "major"
	case lint.Info:
	}
	return "info"
}
