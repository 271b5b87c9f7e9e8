package report

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
)

// compiled is a schema, itself checked against its draft.
func compiled(t *testing.T, data []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// published is a schema in a file of the repository.
func published(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return compiled(t, data)
}

// validate holds a document against a schema.
func validate(t *testing.T, schema *jsonschema.Schema, name string, out []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func TestJSONMatchesSchema(t *testing.T) {
	t.Parallel()
	s := compiled(t, report.JSONSchema())
	results := map[string]*lint.Result{"sample": reporttest.Sample(t), "zero": {}}
	options := []report.Options{{}, {Fix: true}, {Fix: true, DryRun: true, Diff: "--- a\n+++ b\n"}, {Color: true, Quiet: true}}
	for name, r := range results {
		for _, o := range options {
			var out bytes.Buffer
			if err := report.JSON(&out, r, o); err != nil {
				t.Fatal(err)
			}
			validate(t, s, fmt.Sprintf("%s %+v", name, o), out.Bytes())
		}
	}
}

// TestSchemaIsStrict makes sure that the test above can fail.
func TestSchemaIsStrict(t *testing.T) {
	t.Parallel()
	s := compiled(t, report.JSONSchema())
	var out bytes.Buffer
	if err := report.JSON(&out, reporttest.Sample(t), report.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"schema": 1`, `"schema": 2`},
		{`"severity": "error"`, `"severity": "fatal"`},
		{`"docs": `, `"url": `},
		{`"line": 3`, `"line": 0`},
		{`"related": []`, `"related": null`},
		{`"text": `, `"new": `},
	} {
		broken := bytes.Replace(out.Bytes(), []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(broken, out.Bytes()) {
			t.Errorf("%s is not in the output", change[0])
			continue
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(broken))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(doc) == nil {
			t.Errorf("the schema accepts %s", change[1])
		}
	}
}

// TestSARIFSchema holds the format against the schema of the standard.
func TestSARIFSchema(t *testing.T) {
	t.Parallel()
	schema := published(t, "testdata/schema/sarif-2.1.0.json")
	for name, r := range reporttest.Results(t) {
		validate(t, schema, name, reporttest.Rendered(t, "sarif", r))
	}
	for _, change := range [][2]string{
		{`"kind": "inSource"`, `"kind": "comment"`},
		{`"startLine": 3`, `"startLine": 0`},
		{`"uri": "nginx/empty.conf"`, `"uri": "nginx/%empty.conf"`},
		{`"artifactChanges"`, `"changes"`},
	} {
		broken := bytes.Replace(reporttest.Rendered(t, "sarif", reporttest.Sample(t)), []byte(change[0]), []byte(change[1]), 1)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(broken))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(doc) == nil {
			t.Errorf("the schema accepts %s", change[1])
		}
	}
}

// TestSARIFOfMany holds what is written of many hosts and of many reports against the
// schema of the standard.
func TestSARIFOfMany(t *testing.T) {
	t.Parallel()
	schema := published(t, "testdata/schema/sarif-2.1.0.json")
	write, _ := report.LookupFleet("sarif")
	var hosts, merged bytes.Buffer
	if err := write(&hosts, reporttest.Fleet(), report.Options{}); err != nil {
		t.Fatal(err)
	}
	validate(t, schema, "hosts", hosts.Bytes())
	one := reporttest.Rendered(t, "sarif", reporttest.Sample(t))
	if err := report.MergeSARIF(&merged, []string{"a", "fleet"}, [][]byte{one, hosts.Bytes()}); err != nil {
		t.Fatal(err)
	}
	validate(t, schema, "merged", merged.Bytes())
}

// TestDiagnosisJSON holds what is printed for every example against the schema.
func TestDiagnosisJSON(t *testing.T) {
	schema := published(t, "schema/diagnose.schema.json")
	fixes := 0
	for _, s := range diagnose.Symptoms() {
		for i := range s.Examples {
			res := reporttest.Diagnosis(t, &s.Examples[i])
			res.NotUsed = []diagnose.NotUsed{{File: "a", Reason: "b", Line: 3}, {File: "a", Reason: "b"}}
			var out bytes.Buffer
			if err := report.DiagnosisJSON(&out, res); err != nil {
				t.Fatal(err)
			}
			fixes += strings.Count(out.String(), `"fix": {`)
			validate(t, schema, s.ID+", "+s.Examples[i].Name, out.Bytes())
		}
	}
	if fixes == 0 {
		t.Error("no example has a patch")
	}
}

func TestCapacityJSON(t *testing.T) {
	schema := published(t, "schema/capacity.schema.json")
	for _, q := range []capacity.Question{{}, {Rate: 1000, Clients: 50}} {
		var b bytes.Buffer
		if err := report.CapacityJSON(&b, reporttest.Capacity(t, q)); err != nil {
			t.Fatal(err)
		}
		validate(t, schema, fmt.Sprintf("%+v", q), b.Bytes())
	}
}
