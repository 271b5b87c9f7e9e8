package report_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
	"github.com/tcplint/tcplint/parser/source"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares bytes with a file below testdata/report.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("..", "..", "testdata", "report", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update to write it)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs, -want +got (run with -update to accept it):\n%s", name, diff)
	}
}

const patch = `diff --git a/x.conf b/x.conf
--- a/x.conf
+++ b/x.conf
@@ -1,2 +1,2 @@
 server {
-	listen 80;` + "\x1b[31m" + `
+	listen 8080;
`

// TestFormats renders one result in every format. A new format is covered
// without a change here.
func TestFormats(t *testing.T) {
	t.Parallel()
	variants := []struct {
		name    string
		options report.Options
		like    *report.Options // if the output is the same, it needs no golden of its own
	}{
		{"check", report.Options{}, nil},
		{"color", report.Options{Color: true}, &report.Options{}},
		{"narrow", report.Options{Width: 60, Color: true}, &report.Options{Color: true}},
		{"quiet", report.Options{Quiet: true}, &report.Options{}},
		{"fix", report.Options{Fix: true}, &report.Options{}},
		{"dry-run", report.Options{Fix: true, DryRun: true, Diff: patch}, &report.Options{}},
		{"dry-run-color", report.Options{Fix: true, DryRun: true, Diff: patch, Color: true}, &report.Options{Fix: true, DryRun: true, Diff: patch}},
	}
	for _, name := range report.Names() {
		for _, v := range variants {
			t.Run(name+"/"+v.name, func(t *testing.T) {
				t.Parallel()
				got := render(t, name, v.options)
				if !bytes.Equal(got, render(t, name, v.options)) {
					t.Error("the same result gave other bytes the second time")
				}
				if v.like == nil || !bytes.Equal(got, render(t, name, *v.like)) {
					golden(t, v.name+"."+name, withoutAssets(got))
				}
			})
		}
	}
}

// assets are the style and the script of a page, and the policy that names their
// digests.
var assets = regexp.MustCompile(`(?s)(<style>).*(</style>)|(<script>).*(</script>)|(sha256-)(?:[A-Za-z0-9/=]|&#43;)+`)

// withoutAssets takes them out of a page, so that a golden file shows what the
// page says.
func withoutAssets(page []byte) []byte {
	return assets.ReplaceAll(page, []byte("$1$3$5...$2$4"))
}

// render writes the sample in a format, as check or fix would.
func render(t *testing.T, format string, o report.Options) []byte {
	t.Helper()
	write, err := report.Lookup(format)
	if err != nil {
		t.Fatal(err)
	}
	r := reporttest.Sample(t)
	if !o.Fix {
		r.Applied, r.Dropped = 0, nil
	}
	o.Version = "0.1.0-test"
	var out bytes.Buffer
	if err := write(&out, r, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestNothingFound(t *testing.T) {
	t.Parallel()
	for _, name := range report.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			write, err := report.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := write(&out, &lint.Result{Files: []string{"nginx.conf"}}, report.Options{}); err != nil {
				t.Fatal(err)
			}
			golden(t, "nothing."+name, withoutAssets(out.Bytes()))
		})
	}
}

func TestLookupUnknown(t *testing.T) {
	t.Parallel()
	_, err := report.Lookup("jsn")
	if err == nil {
		t.Fatal("an unknown format is no error")
	}
	for _, want := range append(report.Names(), `did you mean "json"?`) {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not contain %q", err, want)
		}
	}
	if _, err := report.Lookup("zzzzzz"); err == nil || strings.Contains(err.Error(), "mean") {
		t.Errorf("a name far from all others: error %v", err)
	}
}

var errFull = errors.New("no space left on device")

type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, errFull }

func TestWriteError(t *testing.T) {
	t.Parallel()
	for _, name := range report.Names() {
		write, err := report.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := write(fullWriter{}, reporttest.Sample(t), report.Options{}); !errors.Is(err, errFull) {
			t.Errorf("%s: error %v, want that of the writer", name, err)
		}
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := report.Summary(&out, reporttest.Sample(t), report.Options{Fix: true, DryRun: true, Diff: patch}); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.txt", out.Bytes())
}

// TestTextRepeats checks that what is the same of several findings of a file is told
// once, and what differs each time.
func TestTextRepeats(t *testing.T) {
	t.Parallel()
	f := source.NewFile("nginx.conf", "a 1;\na 2;\na 3;\n")
	other := source.NewFile("other.conf", "a 4;\n")
	at := func(f *source.File, text, note string) lint.Finding {
		return lint.Finding{Rule: reporttest.SyntaxRule, At: reporttest.Find(t, f, text), Msg: "wrong", Notes: []lint.Note{{Msg: note}, {Msg: "more"}}}
	}
	var out bytes.Buffer
	r := &lint.Result{Findings: []lint.Finding{at(f, "a 1", "why"), at(f, "a 2", "why"), at(f, "a 3", "else"), at(other, "a 4", "why")}, Files: []string{"nginx.conf", "other.conf"}}
	if err := report.Text(&out, r, report.Options{}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, "note") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	want := []string{"note: why", "note: more", "notes and fix as on line 1", "note: else", "note: more", "note: why", "note: more"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
