package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/parser/source"
)

// hostile is a result whose names and texts try to break out of every format.
func hostile() *lint.Result {
	const text = "a ]]> <b> & \"q\" 'q' \x1b[31m %0A ::error::x \xff\xfe \u202e\x00\x7f;\r\n\tx\n"
	file := source.NewFile("we:ird, %0A\n<x>\xff \"dir\"/a b.conf", text)
	at := lint.Place{File: file, Span: source.Span{Start: 2, End: len(text) - 4}}
	f := lint.Finding{
		Rule: &lint.Rule{ID: "nginx-x", Title: text, Why: text, Refs: []string{"https://example.com/"}}, At: at, Msg: text, Versions: text,
		Notes: []lint.Note{{Msg: text, At: at}, {Msg: text}},
		Fix:   &lint.Fix{Title: text, Safety: lint.Safe, Edits: []lint.FileEdit{{File: file, Edit: source.Edit{Span: at.Span, New: text}}}},
	}
	return &lint.Result{
		Findings: []lint.Finding{f, {Severity: lint.Warning, Msg: "nowhere"}}, Suppressed: []lint.Suppression{{Finding: f, Reason: text}},
		NotChecked: []lint.NotChecked{{At: at, Reason: text}, {Reason: text}}, Files: []string{file.Path},
	}
}

// results are all that the formats are tried with.
func results(t *testing.T) map[string]*lint.Result {
	t.Helper()
	return map[string]*lint.Result{"sample": sample(t), "nothing": {}, "hostile": hostile()}
}

func rendered(t *testing.T, format string, r *lint.Result) []byte {
	t.Helper()
	write, err := report.Lookup(format)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := write(&b, r, report.Options{Version: "1.2.3"}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSARIF holds the format against the schema of the standard, and against what
// code scanning wants beyond it.
func TestSARIF(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "schema", "sarif-2.1.0.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range results(t) {
		out := rendered(t, "sarif", r)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var log struct {
			Runs []struct {
				Tool    struct{ Driver struct{ Rules []struct{ ID string } } }
				Results []struct {
					RuleID       string
					RuleIndex    int
					Fingerprints map[string]string `json:"partialFingerprints"`
				}
			}
		}
		if err := json.Unmarshal(out, &log); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, res := range log.Runs[0].Results {
			if log.Runs[0].Tool.Driver.Rules[res.RuleIndex].ID != res.RuleID {
				t.Errorf("%s: the result of %s has the index of another rule", name, res.RuleID)
			}
			print := res.Fingerprints["tcplint/v1"]
			if print == "" || seen[print] {
				t.Errorf("%s: a fingerprint is missing or there twice: %q", name, print)
			}
			seen[print] = true
		}
	}
}

// TestGitHubCommands reads workflow commands back as the runner does.
func TestGitHubCommands(t *testing.T) {
	t.Parallel()
	for name, r := range results(t) {
		lines := strings.Split(strings.TrimSuffix(string(rendered(t, "github", r)), "\n"), "\n")
		if len(r.Findings) == 0 {
			continue
		}
		if len(lines) != len(r.Findings) {
			t.Errorf("%s: %d lines for %d findings", name, len(lines), len(r.Findings))
		}
		for _, line := range lines {
			head, data, ok := strings.Cut(strings.TrimPrefix(line, "::"), "::")
			command, props, _ := strings.Cut(head, " ")
			if !ok || command != "error" && command != "warning" && command != "notice" || data == "" {
				t.Errorf("%s: %q is no command", name, line)
			}
			for p := range strings.SplitSeq(props, ",") {
				if key, _, ok := strings.Cut(p, "="); !ok || strings.ContainsAny(key, " :%") {
					t.Errorf("%s: %q is no property of %q", name, p, line)
				}
			}
		}
	}
}

// TestXML reads the XML formats with Go's reader and with xmllint.
func TestXML(t *testing.T) {
	t.Parallel()
	xmllint, err := exec.LookPath("xmllint")
	if err != nil && os.Getenv("TCPLINT_REQUIRE_ORACLES") == "1" {
		t.Fatal("xmllint is not installed")
	}
	for _, format := range []string{"junit", "checkstyle"} {
		for name, r := range results(t) {
			out := rendered(t, format, r)
			d := xml.NewDecoder(bytes.NewReader(out))
			elements := map[string]int{}
			for {
				token, err := d.Token()
				if err == io.EOF { //nolint:errorlint // the decoder returns it as it is
					break
				}
				if err != nil {
					t.Fatalf("%s of %s: %v", format, name, err)
				}
				if e, ok := token.(xml.StartElement); ok {
					elements[e.Name.Local]++
				}
			}
			if n := elements["failure"] + elements["error"]; n != len(r.Findings) {
				t.Errorf("%s of %s has %d findings, want %d", format, name, n, len(r.Findings))
			}
			if xmllint == "" {
				continue
			}
			cmd := exec.Command(xmllint, "--noout", "-")
			cmd.Stdin = bytes.NewReader(out)
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s of %s: xmllint says %s", format, name, said)
			}
		}
	}
	if xmllint == "" {
		t.Log("xmllint is not installed: read with Go's reader only")
	}
}

// TestJSONForms checks what GitLab and reviewdog require.
func TestJSONForms(t *testing.T) {
	t.Parallel()
	for name, r := range results(t) {
		var issues []struct {
			Description, Fingerprint, Severity string
			CheckName                          string `json:"check_name"`
			Location                           struct {
				Path  string
				Lines struct{ Begin int }
			}
		}
		if err := json.Unmarshal(rendered(t, "gitlab", r), &issues); err != nil || len(issues) != len(r.Findings) {
			t.Errorf("gitlab of %s: %d issues, %v", name, len(issues), err)
		}
		seen := map[string]bool{}
		for _, x := range issues {
			if x.Description == "" || x.Location.Lines.Begin < 1 || !strings.Contains("info minor major critical blocker", x.Severity) || seen[x.Fingerprint] {
				t.Errorf("gitlab of %s: %+v", name, x)
			}
			seen[x.Fingerprint] = true
		}
		var rd struct {
			Source      struct{ Name string }
			Diagnostics []struct {
				Message, Severity string
				Location          struct {
					Path  string
					Range struct{ Start, End struct{ Line, Column int } }
				}
			}
		}
		if err := json.Unmarshal(rendered(t, "rdjson", r), &rd); err != nil || len(rd.Diagnostics) != len(r.Findings) || rd.Source.Name != "tcplint" {
			t.Errorf("rdjson of %s: %+v, %v", name, rd, err)
		}
		for i, x := range rd.Diagnostics {
			at := r.Findings[i].At
			if at.File == nil {
				continue
			}
			line := at.File.LineSpan(x.Location.Range.Start.Line)
			if got := line.Start + x.Location.Range.Start.Column - 1; got != at.Span.Start {
				t.Errorf("rdjson of %s: finding %d begins at byte %d, want %d", name, i, got, at.Span.Start)
			}
			if !strings.Contains("ERROR WARNING INFO", x.Severity) || x.Message == "" {
				t.Errorf("rdjson of %s: %+v", name, x)
			}
		}
	}
}
