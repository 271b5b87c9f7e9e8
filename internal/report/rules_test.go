package report_test

import (
	"bytes"
	"testing"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		rule  *lint.Rule
		color bool
		width int
	}{
		{"explain-http10.txt", http10Rule, false, 0},
		{"explain-http10-color.txt", http10Rule, true, 80},
		{"explain-http10-narrow.txt", http10Rule, false, 48},
		{"explain-backlog.txt", backlogRule, false, 80},
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
	rules := []*lint.Rule{backlogRule, http10Rule}
	for name, asJSON := range map[string]bool{"rules.txt": false, "rules.json": true} {
		var out bytes.Buffer
		if err := report.RuleList(&out, rules, asJSON); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.Bytes())
	}
	golden(t, "rules.md", report.RulesMarkdown(rules))
}

func TestRuleListEmpty(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := report.RuleList(&out, nil, true); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "[]\n" {
		t.Errorf("got %q", got)
	}
}
