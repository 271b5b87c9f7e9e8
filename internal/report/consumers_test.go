package report_test

import (
	"bytes"
	"go/build"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/reviewdog/reviewdog/parser"
	"github.com/reviewdog/reviewdog/proto/rdf"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/parser/source"
)

// hostile is a result whose names and texts try to break out of every format.
func hostile() *lint.Result {
	const text = "a ]]> <b> & \"q\" 'q' [l](javascript:x) \x1b[31m %0A ::error::x ##[error]x \xff\xfe \u202e\ufffe\x00\x7f;\r\n\tx\n"
	file := source.NewFile("we:ird, %0A\n<x>\xff \x1b[2J\"dir\"/a b#c?d.conf", text)
	far := source.NewFile("../up/\u202e]]>.conf", text)
	at := lint.Place{File: file, Span: source.Span{Start: 2, End: len(text) - 4}}
	f := lint.Finding{
		Rule: &lint.Rule{ID: "nginx-x", Title: text, Why: text, Refs: []string{"https://example.com/"}}, At: at, Msg: text, Versions: text,
		Notes: []lint.Note{{Msg: text, At: at}, {Msg: text}, {Msg: text, At: lint.Place{File: far}}},
		Fix:   &lint.Fix{Title: text, Safety: lint.Safe, Edits: []lint.FileEdit{{File: file, Edit: source.Edit{Span: at.Span, New: text}}}},
	}
	elsewhere := f
	elsewhere.At.File = source.NewFile("/etc/nginx/ü.conf", text)
	return &lint.Result{
		Findings:   []lint.Finding{f, f, elsewhere, {Severity: lint.Warning, Msg: "nowhere"}},
		Suppressed: []lint.Suppression{{Finding: f, Reason: text}, {Finding: f, Reason: text, External: true}},
		Dropped:    []lint.Dropped{{Finding: elsewhere, Reason: text}},
		NotChecked: []lint.NotChecked{{At: at, Reason: text}, {Rule: "nginx-x", Reason: text}},
		Files:      []string{file.Path, far.Path},
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

// TestNothingUnseen checks that no format writes a byte that a terminal or a reader
// may obey.
func TestNothingUnseen(t *testing.T) {
	t.Parallel()
	for _, format := range report.Names() {
		for name, r := range results(t) {
			out := rendered(t, format, r)
			if !utf8.Valid(out) {
				t.Errorf("%s of %s is not UTF-8", format, name)
			}
			if i := bytes.IndexFunc(out, func(c rune) bool { return c != '\n' && !unicode.IsPrint(c) && (c != '\t' || format != "html") }); i >= 0 {
				t.Errorf("%s of %s has a character that does not show: %q", format, name, out[max(0, i-20):min(i+20, len(out))])
			}
		}
	}
}

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
		for name, r := range results(t) {
			got, err := format.parser.Parse(bytes.NewReader(rendered(t, format.name, r)))
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
	for name, r := range results(t) {
		out := rendered(t, "rdjson", r)
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

// offsetOf finds a position as a reader of a report does: lines end with a line
// feed, columns are bytes or, in others, characters.
func offsetOf(text string, line, column int, inBytes bool) int {
	at := 0
	for range line - 1 {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	if inBytes {
		return at + column - 1
	}
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

// TestOffsetOf makes sure that the helper above counts.
func TestOffsetOf(t *testing.T) {
	t.Parallel()
	const text = "a\nüb\xffc\r\nd"
	got := []int{offsetOf(text, 1, 1, true), offsetOf(text, 2, 2, true), offsetOf(text, 2, 2, false), offsetOf(text, 2, 4, false), offsetOf(text, 3, 2, false)}
	if diff := cmp.Diff([]int{0, 3, 4, 6, len(text)}, got); diff != "" {
		t.Error(diff)
	}
}

// fixedBy applies a fix as the linter does, to all its files.
func fixedBy(t *testing.T, fix *lint.Fix) map[string]string {
	t.Helper()
	edits := map[*source.File][]source.Edit{}
	for _, e := range fix.Edits {
		edits[e.File] = append(edits[e.File], e.Edit)
	}
	out := map[string]string{}
	for file, list := range edits {
		merged, ok := source.Merge(nil, list)
		if !ok {
			t.Fatalf("the edits of %q overlap", fix.Title)
		}
		text, err := source.Apply(file.Text, merged)
		if err != nil {
			t.Fatal(err)
		}
		out[file.Path] = text
	}
	return out
}
