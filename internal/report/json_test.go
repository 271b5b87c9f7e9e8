package report_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
)

// compileSchema returns the published schema, itself checked against its draft.
func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(report.JSONSchema()))
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

func TestJSONMatchesSchema(t *testing.T) {
	t.Parallel()
	s := compileSchema(t)
	results := map[string]*lint.Result{"sample": sample(t), "zero": {}}
	options := []report.Options{{}, {Fix: true}, {Fix: true, DryRun: true, Diff: patch}, {Color: true, Quiet: true}}
	for name, r := range results {
		for _, o := range options {
			var out bytes.Buffer
			if err := report.JSON(&out, r, o); err != nil {
				t.Fatal(err)
			}
			doc, err := jsonschema.UnmarshalJSON(&out)
			if err != nil {
				t.Fatalf("%s %+v: %v", name, o, err)
			}
			if err := s.Validate(doc); err != nil {
				t.Errorf("%s %+v: %v", name, o, err)
			}
		}
	}
}

// TestSchemaIsStrict makes sure that the test above can fail.
func TestSchemaIsStrict(t *testing.T) {
	t.Parallel()
	s := compileSchema(t)
	var out bytes.Buffer
	if err := report.JSON(&out, sample(t), report.Options{}); err != nil {
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

// TestJSONEditsAreExact takes the edits from the JSON and finds the bytes of
// the fix in them, even those that JSON cannot carry.
func TestJSONEditsAreExact(t *testing.T) {
	t.Parallel()
	r := sample(t)
	var out bytes.Buffer
	if err := report.JSON(&out, r, report.Options{}); err != nil {
		t.Fatal(err)
	}
	if !utf8.Valid(out.Bytes()) {
		t.Error("the output is not UTF-8")
	}
	var doc struct {
		Findings []struct {
			Fix *struct {
				Edits []struct {
					File       string
					Start, End int
					Text       *string
					TextBase64 string
				}
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for i, f := range r.Findings {
		if f.Fix == nil {
			if doc.Findings[i].Fix != nil {
				t.Errorf("finding %d has a fix", i)
			}
			continue
		}
		for k, e := range f.Fix.Edits {
			got := doc.Findings[i].Fix.Edits[k]
			text, err := base64.StdEncoding.DecodeString(got.TextBase64)
			if err != nil {
				t.Fatal(err)
			}
			if got.Text != nil {
				text = []byte(*got.Text)
			}
			if got.File != e.File.Path || got.Start != e.Edit.Span.Start || got.End != e.Edit.Span.End || string(text) != e.Edit.New {
				t.Errorf("finding %d, edit %d: got %+v, want %+v", i, k, got, e.Edit)
			}
		}
	}
}
