package report_test

import (
	"bytes"
	"testing"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		rule  *lint.Rule
		color bool
		width int
	}{
		{"explain-http10.txt", reporttest.HTTP10Rule, false, 0},
		{"explain-http10-color.txt", reporttest.HTTP10Rule, true, 80},
		{"explain-http10-narrow.txt", reporttest.HTTP10Rule, false, 48},
		{"explain-backlog.txt", reporttest.BacklogRule, false, 80},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := report.Explain(&out, tt.rule, tt.color, tt.width); err != nil {
				t.Fatal(err)
			}
			golden(t, tt.name, out.Bytes())
		})
	}
}

func TestRuleList(t *testing.T) {
	t.Parallel()
	rules := []*lint.Rule{reporttest.BacklogRule, reporttest.HTTP10Rule}
	for name, asJSON := range map[string]bool{"rules.txt": false, "rules.json": true} {
		var out bytes.Buffer
		if err := report.RuleList(&out, rules, asJSON, 0); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.Bytes())
	}
	golden(t, "rules.md", report.RulesMarkdown(rules))
}

func TestRuleListEmpty(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := report.RuleList(&out, nil, true, 0); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "[]\n" {
		t.Errorf("got %q", got)
	}
}

// TestRuleListNarrow checks that no line of the list is wider than a terminal.
func TestRuleListNarrow(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := report.RuleList(&out, []*lint.Rule{reporttest.HTTP10Rule, reporttest.BacklogRule}, false, 48); err != nil {
		t.Fatal(err)
	}
	want := `nginx-proxy-http10 (warning, fix: safe)
    every request opens a new connection to the
    pool's servers: HTTP/1.0 is spoken there
host-backlog-capped (error, fix: shown)
    the kernel caps the backlog that listen asks
    for | net.core.*
`
	if out.String() != want {
		t.Errorf("got:\n%s", out.String())
	}
}
