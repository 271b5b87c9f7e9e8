package report_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
	"github.com/tcplint/tcplint/parser/source"
)

// sarifLog is what the tests read of a report.
type sarifLog struct {
	Runs []struct {
		Tool struct {
			Driver struct{ Rules []sarifRule }
		}
		ColumnKind  string
		Bases       map[string]json.RawMessage `json:"originalUriBaseIds"`
		Invocations []struct {
			Notifications []struct {
				Rule struct {
					ID    string
					Index *int
				} `json:"associatedRule"`
			} `json:"toolExecutionNotifications"`
		}
		Results []sarifResult
	}
}

type sarifRule struct {
	ID          string
	Short, Full struct{ Text string }
	Help        struct{ Text, Markdown string }
	HelpURI     string
	Default     struct{ Level string } `json:"defaultConfiguration"`
	Properties  struct{ Tags []string }
}

type sarifResult struct {
	RuleID       string
	RuleIndex    int
	Level        string
	Message      struct{ Text string }
	Fingerprints map[string]string `json:"partialFingerprints"`
	Locations    []sarifLocation
	Related      []sarifLocation `json:"relatedLocations"`
	Suppressions []struct{ Kind string }
	Fixes        []struct {
		Changes []struct {
			At           sarifArtifact `json:"artifactLocation"`
			Replacements []struct {
				Deleted  sarifRegion `json:"deletedRegion"`
				Inserted struct {
					Text   *string
					Binary string
				} `json:"insertedContent"`
			}
		} `json:"artifactChanges"`
	}
}

type sarifLocation struct {
	ID       int
	Physical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion
	} `json:"physicalLocation"`
}

type sarifArtifact struct{ URI, URIBaseID string }

type sarifRegion struct{ StartLine, StartColumn, EndLine, EndColumn int }

func (r sarifRegion) span(text string) source.Span {
	return source.Span{Start: offsetOf(text, r.StartLine, r.StartColumn, false), End: offsetOf(text, r.EndLine, r.EndColumn, false)}
}

// path reads the URI of a file as a path.
func (a sarifArtifact) path(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(a.URI)
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme != "" && u.Scheme != "file" || u.RawQuery != "" || u.Fragment != "" || u.Host != "" {
		t.Errorf("%q is not the name of a file", a.URI)
	}
	return u.Path
}

func readSARIF(t *testing.T, r *lint.Result) sarifLog {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal(reporttest.Rendered(t, "sarif", r), &log); err != nil {
		t.Fatal(err)
	}
	return log
}

// TestSARIFResults checks that rules, places, links and fingerprints belong
// together.
func TestSARIFResults(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`[^\\]\]\((.*?)\)`)
	for name, r := range reporttest.Results(t) {
		run := readSARIF(t, r).Runs[0]
		all := slices.Clone(r.Findings)
		for _, s := range r.Suppressed {
			all = append(all, s.Finding)
		}
		if len(run.Results) != len(all) || run.ColumnKind != "unicodeCodePoints" {
			t.Fatalf("%s: %d results for %d findings, columns are %s", name, len(run.Results), len(all), run.ColumnKind)
		}
		seen := map[string]bool{}
		for i, res := range run.Results {
			f := all[i]
			if got := run.Tool.Driver.Rules[res.RuleIndex].ID; got != res.RuleID || f.Rule != nil && got != f.Rule.ID {
				t.Errorf("%s: result %d of %s has the index of %s", name, i, res.RuleID, got)
			}
			if want := map[lint.Severity]string{lint.Error: "error", lint.Warning: "warning", lint.Info: "note"}[f.Severity]; res.Level != want {
				t.Errorf("%s: result %d is of level %s, want %s", name, i, res.Level, want)
			}
			print := res.Fingerprints["tcplint/v1"]
			if print == "" || seen[print] {
				t.Errorf("%s: a fingerprint is missing or there twice: %q", name, print)
			}
			seen[print] = true
			wantSuppressed := i >= len(r.Findings)
			if (len(res.Suppressions) == 1) != wantSuppressed {
				t.Errorf("%s: result %d has %d suppressions", name, i, len(res.Suppressions))
			}
			if wantSuppressed && (res.Suppressions[0].Kind == "external") != r.Suppressed[i-len(r.Findings)].External {
				t.Errorf("%s: result %d is suppressed by something %s", name, i, res.Suppressions[0].Kind)
			}
			var places []lint.Place
			if f.At.File != nil {
				places = append(places, f.At)
			}
			for _, n := range f.Notes {
				if n.At.File != nil {
					places = append(places, n.At)
				}
			}
			got := slices.Concat(res.Locations, res.Related)
			if len(got) != len(places) {
				t.Fatalf("%s: result %d has %d places, want %d", name, i, len(got), len(places))
			}
			for k, l := range got {
				_, based := run.Bases[l.Physical.Artifact.URIBaseID]
				if path := l.Physical.Artifact.path(t); path != places[k].File.Path || based == (path[0] == '/' || path[0] == '.') {
					t.Errorf("%s: %q with base %q stands for %q", name, l.Physical.Artifact.URI, l.Physical.Artifact.URIBaseID, places[k].File.Path)
				}
				if span := l.Physical.Region.span(places[k].File.Text); span != places[k].Span {
					t.Errorf("%s: result %d, place %d is %v, want %v", name, i, k, span, places[k].Span)
				}
			}
			var linked []string
			for _, m := range link.FindAllStringSubmatch(res.Message.Text, -1) {
				linked = append(linked, m[1])
			}
			var ids []string
			for _, l := range res.Related {
				ids = append(ids, strconv.Itoa(l.ID))
			}
			if !slices.Equal(linked, ids) {
				t.Errorf("%s: the message links to %q, the related places are %q:\n%s", name, linked, ids, res.Message.Text)
			}
		}
		for _, n := range run.Invocations[0].Notifications {
			if n.Rule.Index != nil && run.Tool.Driver.Rules[*n.Rule.Index].ID != n.Rule.ID {
				t.Errorf("%s: a notification about %s has the index of another rule", name, n.Rule.ID)
			}
		}
		if got, want := len(run.Invocations[0].Notifications), len(r.NotChecked)+len(r.Dropped); got != want {
			t.Errorf("%s: %d notifications, want %d", name, got, want)
		}
	}
}

// TestSARIFLimits checks what code scanning wants of a rule.
func TestSARIFLimits(t *testing.T) {
	t.Parallel()
	long := &lint.Rule{ID: "nginx-long", Title: string(bytes.Repeat([]byte("ü "), 2000)), Why: "First\nparagraph.\n\nSecond.", Severity: lint.Error}
	rules := readSARIF(t, &lint.Result{Findings: []lint.Finding{{Rule: long}, {Rule: reporttest.HTTP10Rule}}}).Runs[0].Tool.Driver.Rules
	for _, r := range rules {
		for _, text := range []string{r.Short.Text, r.Full.Text} {
			if n := utf8.RuneCountInString(text); n > 1024 {
				t.Errorf("%s: a description of %d characters", r.ID, n)
			}
		}
		if r.Help.Text == "" || r.Help.Markdown == "" || r.HelpURI == "" || r.Default.Level == "" || len(r.Properties.Tags) == 0 {
			t.Errorf("%s lacks something: %+v", r.ID, r)
		}
	}
	if len(rules) != 2 || rules[0].ID != long.ID {
		t.Errorf("the rules are %+v", rules)
	}
}

// TestSARIFFixes applies the fixes of a report as an editor would, and compares
// with what the linter makes of them.
func TestSARIFFixes(t *testing.T) {
	t.Parallel()
	fixes := 0
	for name, r := range reporttest.Results(t) {
		run := readSARIF(t, r).Runs[0]
		for i, f := range r.Findings {
			dropped := slices.ContainsFunc(r.Dropped, func(d lint.Dropped) bool { return d.Finding.At == f.At && d.Finding.Msg == f.Msg })
			if want := f.Fix != nil && f.Fix.Safety >= lint.Unsafe && !dropped; want != (len(run.Results[i].Fixes) == 1) {
				t.Errorf("%s: result %d has %d fixes", name, i, len(run.Results[i].Fixes))
			}
			if len(run.Results[i].Fixes) == 0 {
				continue
			}
			fixes++
			texts := map[string]string{}
			for _, e := range f.Fix.Edits {
				texts[e.File.Path] = e.File.Text
			}
			got := map[string]string{}
			for _, c := range run.Results[i].Fixes[0].Changes {
				path := c.At.path(t)
				var edits []source.Edit
				for _, x := range c.Replacements {
					edit := source.Edit{Span: x.Deleted.span(texts[path])}
					if x.Inserted.Text != nil {
						edit.New = *x.Inserted.Text
					} else {
						data, err := base64.StdEncoding.DecodeString(x.Inserted.Binary)
						if err != nil {
							t.Fatal(err)
						}
						edit.New = string(data)
					}
					edits = append(edits, edit)
				}
				merged, ok := source.Merge(nil, edits)
				if !ok {
					t.Fatalf("%s: the replacements of result %d overlap", name, i)
				}
				text, err := source.Apply(texts[path], merged)
				if err != nil {
					t.Fatal(err)
				}
				got[path] = text
			}
			if diff := cmp.Diff(fixedBy(t, f.Fix), got); diff != "" {
				t.Errorf("%s: the fix of result %d (-want +got):\n%s", name, i, diff)
			}
		}
	}
	if fixes < 4 {
		t.Errorf("only %d fixes were tried", fixes)
	}
}

// TestSARIFFingerprints checks that a suppression leaves the fingerprints of all
// others alone.
func TestSARIFFingerprints(t *testing.T) {
	t.Parallel()
	file := source.NewFile("a.conf", "etag on;\netag on;\n")
	f := func(start int) lint.Finding {
		return lint.Finding{Rule: reporttest.SyntaxRule, At: lint.Place{File: file, Span: source.Span{Start: start, End: start + 8}}, Msg: "x"}
	}
	prints := func(r *lint.Result) map[int]string {
		out := map[int]string{}
		for _, res := range readSARIF(t, r).Runs[0].Results {
			out[res.Locations[0].Physical.Region.StartLine] = res.Fingerprints["tcplint/v1"]
		}
		return out
	}
	before := prints(&lint.Result{Findings: []lint.Finding{f(0), f(9)}})
	after := prints(&lint.Result{Findings: []lint.Finding{f(9)}, Suppressed: []lint.Suppression{{Finding: f(0)}}})
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
}

// TestURI checks names of files that are hard to write.
func TestURI(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"nginx/a b.conf":  "nginx/a%20b.conf",
		"./nginx.conf":    "nginx.conf",
		"a:b#?%.conf":     "a%3Ab%23%3F%25.conf",
		"é\xff\n.conf":    "%C3%A9%FF%0A.conf",
		"/etc/nginx.conf": "file:///etc/nginx.conf",
		"C:/nginx.conf":   "file:///C:/nginx.conf",
		"//host/share/a":  "file://host/share/a",
		"../up.conf":      "../up.conf",
		"<stdin>":         "%3Cstdin%3E",
	} {
		r := &lint.Result{Findings: []lint.Finding{{At: lint.Place{File: source.NewFile(path, "")}}}}
		if got := readSARIF(t, r).Runs[0].Results[0].Locations[0].Physical.Artifact.URI; got != want {
			t.Errorf("%q is written %q, want %q", path, got, want)
		}
	}
	if _, err := report.Lookup("sarif"); err != nil {
		t.Error(err)
	}
}
