package report_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report/reporttest"
	"github.com/tcplint/tcplint/parser/source"
)

// TestGitLab checks what GitLab requires of an issue.
func TestGitLab(t *testing.T) {
	t.Parallel()
	for name, r := range reporttest.Results(t) {
		var issues []struct {
			Description, Fingerprint, Severity string
			CheckName                          string `json:"check_name"`
			Location                           struct {
				Path      string
				Positions struct{ Begin, End struct{ Line, Column int } }
			}
		}
		out := reporttest.Rendered(t, "gitlab", r)
		if err := json.Unmarshal(out, &issues); err != nil || len(issues) != len(r.Findings) || out[0] != '[' {
			t.Errorf("gitlab of %s: %d issues, %v", name, len(issues), err)
		}
		seen := map[string]bool{}
		for i, x := range issues {
			if x.Description == "" || !slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, x.Severity) || seen[x.Fingerprint] {
				t.Errorf("gitlab of %s: %+v", name, x)
			}
			seen[x.Fingerprint] = true
			f := r.Findings[i]
			if f.At.File == nil {
				continue
			}
			p := x.Location.Positions
			got := source.Span{Start: offsetOf(f.At.File.Text, p.Begin.Line, p.Begin.Column, false), End: offsetOf(f.At.File.Text, p.End.Line, p.End.Column, false)}
			if got != f.At.Span || x.Location.Path != strings.ToValidUTF8(f.At.File.Path, "\ufffd") || x.CheckName != f.Rule.ID {
				t.Errorf("gitlab of %s: issue %d is %+v", name, i, x)
			}
		}
	}
}

// TestRDJSON checks places and applies the suggestions as reviewdog does: each by
// itself, to the file of the finding, with columns in bytes.
func TestRDJSON(t *testing.T) {
	t.Parallel()
	type place struct{ Start, End struct{ Line, Column int } }
	span := func(text string, p place) source.Span {
		return source.Span{Start: offsetOf(text, p.Start.Line, p.Start.Column, true), End: offsetOf(text, p.End.Line, p.End.Column, true)}
	}
	applied := 0
	for name, r := range reporttest.Results(t) {
		if name == "sample" {
			r.Dropped = nil
		}
		var rd struct {
			Diagnostics []struct {
				Location    struct{ Range place }
				Suggestions []struct {
					Range place
					Text  string
				}
			}
		}
		if err := json.Unmarshal(reporttest.Rendered(t, "rdjson", r), &rd); err != nil {
			t.Fatal(err)
		}
		for i, d := range rd.Diagnostics {
			f := r.Findings[i]
			if f.At.File == nil {
				continue
			}
			text := f.At.File.Text
			if got := span(text, d.Location.Range); got != f.At.Span {
				t.Errorf("rdjson of %s: finding %d is at %v, want %v", name, i, got, f.At.Span)
			}
			if len(d.Suggestions) == 0 {
				continue
			}
			applied++
			want := fixedBy(t, f.Fix)
			if len(d.Suggestions) > 1 || f.Fix.Safety < lint.Unsafe || len(want) > 1 {
				t.Errorf("rdjson of %s: finding %d has %d suggestions for a %s fix of %d files", name, i, len(d.Suggestions), f.Fix.Safety, len(want))
			}
			at := span(text, d.Suggestions[0].Range)
			if diff := cmp.Diff(want[f.At.File.Path], text[:at.Start]+d.Suggestions[0].Text+text[at.End:]); diff != "" {
				t.Errorf("rdjson of %s: the suggestion of finding %d (-want +got):\n%s", name, i, diff)
			}
		}
	}
	if applied != 3 { // of the sample: one edit, several edits, CRLF
		t.Errorf("%d suggestions were tried", applied)
	}
}

// TestGitHub reads workflow commands back as the runner does.
func TestGitHub(t *testing.T) {
	t.Parallel()
	unescape := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	command := regexp.MustCompile(`^::(error|warning|notice) ([^:]*)::(.+)$`)
	for name, r := range reporttest.Results(t) {
		lines := strings.Split(strings.TrimSuffix(string(reporttest.Rendered(t, "github", r)), "\n"), "\n")
		if len(r.Findings) == 0 {
			if lines[0] != "" {
				t.Errorf("%s: %q", name, lines)
			}
			continue
		}
		if got, most := len(lines), len(r.Findings)+len(r.NotChecked); got > most || got <= len(r.Findings) {
			t.Fatalf("%s: %d lines for %d findings", name, got, len(r.Findings))
		}
		for i, line := range lines {
			m := command.FindStringSubmatch(line)
			if m == nil {
				t.Fatalf("%s: %q is no command", name, line)
			}
			props := map[string]string{}
			for p := range strings.SplitSeq(m[2], ",") {
				key, value, ok := strings.Cut(p, "=")
				if !ok || props[key] != "" {
					t.Errorf("%s: %q is no property of %q", name, p, line)
				}
				props[key] = unescape.Replace(value)
			}
			if (props["col"] != "") != (props["line"] != "" && props["line"] == props["endLine"]) {
				t.Errorf("%s: the runner drops the columns of %q", name, line)
			}
			if i >= len(r.Findings) {
				if m[1] != "notice" || props["title"] != "not checked" {
					t.Errorf("%s: %q", name, line)
				}
				continue
			}
			f := r.Findings[i]
			if want := map[lint.Severity]string{lint.Error: "error", lint.Warning: "warning", lint.Info: "notice"}[f.Severity]; m[1] != want {
				t.Errorf("%s: finding %d is %q, want %q", name, i, m[1], want)
			}
			if said := unescape.Replace(m[3]); strings.IndexFunc(f.Msg, func(c rune) bool { return !unicode.IsPrint(c) }) < 0 && !strings.HasPrefix(said+"\n", f.Msg+"\n") {
				t.Errorf("%s: finding %d says %q", name, i, said)
			}
			if f.At.File != nil && utf8.ValidString(f.At.File.Path) && !strings.ContainsAny(f.At.File.Path, "\x1b\u202e") && props["file"] != f.At.File.Path {
				t.Errorf("%s: finding %d is in %q, want %q", name, i, props["file"], f.At.File.Path)
			}
		}
	}
	out := string(reporttest.Rendered(t, "github", &lint.Result{Findings: []lint.Finding{{At: lint.Place{File: source.NewFile("a\nb,c:d%0A.conf", "")}, Msg: "100%\n::error::x"}}}))
	if want := "::notice file=a%0Ab%2Cc%3Ad%250A.conf,line=1,endLine=1,col=1,endColumn=1,title=::100%25␊::error::x\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
}
