package report_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/rules"
)

// diagnosisOf asks about an example.
func diagnosisOf(t *testing.T, e *diagnose.Example) *diagnose.Result {
	t.Helper()
	in := diagnose.Input{Evidence: evidence.NewSet(), Rules: rules.All()}
	files := txtar.Parse([]byte(e.Files)).Files
	for _, f := range files {
		if f.Name == "nginx.conf" {
			in.Hosts = []*model.Host{model.Build(model.Input{Main: source.NewFile("nginx.conf", string(f.Data))})}
		}
	}
	for _, f := range files {
		if f.Name == "nginx.conf" {
			continue
		}
		if err := in.Evidence.Read(f.Name, bytes.NewReader(f.Data), evidence.Options{Formats: diagnose.Formats(in.Hosts)}); err != nil {
			t.Fatal(err)
		}
	}
	return diagnose.Run(in)
}

// TestDiagnosisJSON holds what is printed for every example against the schema.
func TestDiagnosisJSON(t *testing.T) {
	file, err := os.Open("../../schema/diagnose.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	doc, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("diagnose.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("diagnose.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	fixes := 0
	for _, s := range diagnose.Symptoms() {
		for i := range s.Examples {
			res := diagnosisOf(t, &s.Examples[i])
			res.NotUsed = []diagnose.NotUsed{{File: "a", Reason: "b", Line: 3}, {File: "a", Reason: "b"}}
			var out bytes.Buffer
			if err := report.DiagnosisJSON(&out, res); err != nil {
				t.Fatal(err)
			}
			fixes += strings.Count(out.String(), `"fix": {`)
			got, err := jsonschema.UnmarshalJSON(&out)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(got); err != nil {
				t.Errorf("%s, %s: %v", s.ID, s.Examples[i].Name, err)
			}
		}
	}
	if fixes == 0 {
		t.Error("no example has a patch")
	}
}

// TestDiagnosisText holds that every answer says what shows it, what to do, and how
// to see that it is done; and that a symptom explains itself.
func TestDiagnosisText(t *testing.T) {
	for _, s := range diagnose.Symptoms() {
		for i := range s.Examples {
			var out, quiet bytes.Buffer
			res := diagnosisOf(t, &s.Examples[i])
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
			res := diagnosisOf(t, &s.Examples[i])
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
