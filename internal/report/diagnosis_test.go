package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
)

// TestDiagnosisText holds that every answer says what shows it, what to do, and how
// to see that it is done; and that a symptom explains itself.
func TestDiagnosisText(t *testing.T) {
	for _, s := range diagnose.Symptoms() {
		for i := range s.Examples {
			var out, quiet bytes.Buffer
			res := reporttest.Diagnosis(t, &s.Examples[i])
			if err := report.DiagnosisText(&out, res, report.Options{}); err != nil {
				t.Fatal(err)
			}
			if err := report.DiagnosisText(&quiet, res, report.Options{Quiet: true}); err != nil {
				t.Fatal(err)
			}
			if n := len(res.Answers); n > 0 && (strings.Count(quiet.String(), "\n") != n || strings.Count(out.String(), "cured when: ") != n || !strings.Contains(out.String(), "evidence: ")) {
				t.Errorf("%s, %s: %s\n%s", s.ID, s.Examples[i].Name, out.String(), quiet.String())
			} else if n == 0 && !strings.HasPrefix(out.String(), "nothing here explains a fault") {
				t.Errorf("%s, %s: %s", s.ID, s.Examples[i].Name, out.String())
			}
		}
		var page bytes.Buffer
		if err := report.ExplainSymptom(&page, s, nil, false, 0); err != nil {
			t.Fatal(err)
		}
		for i := range s.Causes {
			if c := &s.Causes[i]; c.Title != "" && !strings.Contains(page.String(), "Cause "+c.ID) {
				t.Errorf("the page of %s does not tell of %s", s.ID, c.ID)
			}
		}
	}
}

// TestDiagnosisHTML holds that the page shows every answer where it sits, and that
// nothing in evidence becomes markup.
func TestDiagnosisHTML(t *testing.T) {
	for _, s := range diagnose.Symptoms() {
		for i := range s.Examples {
			res := reporttest.Diagnosis(t, &s.Examples[i])
			for a := range res.Answers {
				res.Answers[a].Message += " <script>alert(1)</script>"
			}
			res.Diffs = map[string]string{"file-limit": "--- a\n+++ b\n-x <b>\n+y\n"}
			var out bytes.Buffer
			if err := report.DiagnosisHTML(&out, res); err != nil {
				t.Fatal(err)
			}
			page := out.String()
			if strings.Contains(page, "<script") || strings.Contains(page, "x <b>") {
				t.Errorf("%s, %s: evidence became markup", s.ID, s.Examples[i].Name)
			}
			for a := range res.Answers {
				id := res.Answers[a].Cause.ID
				if !strings.Contains(page, `id="`+id+`"`) || strings.Count(page, `class="cause"`) == 0 {
					t.Errorf("%s, %s: the page does not show %s", s.ID, s.Examples[i].Name, id)
				}
			}
		}
	}
}
