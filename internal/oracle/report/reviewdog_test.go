package report

import (
	"bytes"
	"go/build"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reviewdog/reviewdog/parser"
	"github.com/reviewdog/reviewdog/proto/rdf"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report/reporttest"
)

// TestReviewdog has reviewdog read what it understands.
func TestReviewdog(t *testing.T) {
	t.Parallel()
	severities := map[lint.Severity]rdf.Severity{lint.Error: rdf.Severity_ERROR, lint.Warning: rdf.Severity_WARNING, lint.Info: rdf.Severity_INFO}
	for _, format := range []struct {
		name   string
		parser parser.Parser
		// exact says that a path is written as it is, all that findings without a
		// place are there, too.
		exact, all bool
	}{
		{"rdjson", parser.NewRDJSONParser(), false, true},
		{"sarif", parser.NewSarifParser(), true, false},
		{"checkstyle", parser.NewCheckStyleParser(), false, true},
	} {
		for name, r := range reporttest.Results(t) {
			got, err := format.parser.Parse(bytes.NewReader(reporttest.Rendered(t, format.name, r)))
			if err != nil {
				t.Errorf("%s of %s: %v", format.name, name, err)
				continue
			}
			var want []lint.Finding
			for _, f := range r.Findings {
				if f.At.File != nil || format.all {
					want = append(want, f)
				}
			}
			if format.name == "sarif" {
				got = got[:min(len(got), len(want))] // what is suppressed follows, and reviewdog before 0.21.1 shows it
			}
			if len(got) != len(want) {
				t.Errorf("%s of %s: reviewdog sees %d findings of %d", format.name, name, len(got), len(want))
				continue
			}
			paths := map[string]int{}
			for i, d := range got {
				if d.GetMessage() == "" {
					t.Errorf("%s of %s: finding %d has no message", format.name, name, i)
				}
				if format.name != "checkstyle" && d.GetSeverity() != severities[want[i].Severity] { // there, findings are by file
					t.Errorf("%s of %s: finding %d is of severity %s", format.name, name, i, d.GetSeverity())
				}
				if file := want[i].At.File; file != nil && format.exact {
					path := d.GetLocation().GetPath()
					if strings.HasPrefix(file.Path, "/") { // reviewdog makes it relative to the working folder
						path = strings.TrimLeft(path, "./")
					}
					if path != strings.TrimLeft(file.Path, "/") && path != file.Path {
						t.Errorf("%s of %s: reviewdog takes %q for %q", format.name, name, file.Path, path)
					}
				}
				if d.GetSeverity() != rdf.Severity_UNKNOWN_SEVERITY {
					paths[d.GetLocation().GetPath()]++
				}
			}
			if name == "sample" && paths["nginx/conf.d/app.conf"] != 6 {
				t.Errorf("%s: reviewdog counts %v", format.name, paths)
			}
		}
	}
}

// TestSchemaOfReviewdog holds rdjson against the schema that reviewdog publishes.
func TestSchemaOfReviewdog(t *testing.T) {
	t.Parallel()
	pkg, err := build.Import("github.com/reviewdog/reviewdog/proto/rdf", ".", build.FindOnly)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(pkg.Dir, "jsonschema", "DiagnosticResult.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range reporttest.Results(t) {
		out := reporttest.Rendered(t, "rdjson", r)
		validate(t, schema, name, out)
		// The schema lets unknown properties pass.
		for _, key := range []string{"relatedLocations", "originalOutput", "original_output"} {
			if bytes.Contains(out, []byte(`"`+key+`"`)) {
				t.Errorf("rdjson of %s has %s", name, key)
			}
		}
	}
	if schema.Validate(map[string]any{"diagnostics": map[string]any{}}) == nil {
		t.Error("the schema accepts everything")
	}
}
