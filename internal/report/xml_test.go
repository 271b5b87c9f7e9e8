package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report/reporttest"
)

// xmlForm says which elements a format has, below which, with which attributes; an
// attribute in brackets may be missing.
type xmlForm map[string]struct {
	parents    []string
	attributes []string
}

var xmlForms = map[string]xmlForm{
	"checkstyle": {
		"checkstyle": {[]string{""}, []string{"version"}},
		"file":       {[]string{"checkstyle"}, []string{"name"}},
		"error":      {[]string{"file"}, []string{"line", "column", "severity", "message", "source"}},
	},
	"junit": {
		"testsuites": {[]string{""}, []string{"name", "tests", "failures", "errors", "skipped"}},
		"testsuite":  {[]string{"testsuites"}, []string{"name", "tests", "failures", "errors", "skipped"}},
		"testcase":   {[]string{"testsuite"}, []string{"name", "classname", "[file]", "[line]"}},
		"failure":    {[]string{"testcase"}, []string{"message", "type"}},
		"skipped":    {[]string{"testcase"}, []string{"message"}},
		"system-out": {[]string{"testcase"}, nil},
	},
}

// readXML holds a document against its form and counts the elements.
func readXML(t *testing.T, form xmlForm, what string, data []byte) map[string]int {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(data))
	count, open := map[string]int{}, []string{""}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			name := e.Name.Local
			count[name]++
			if !slices.Contains(form[name].parents, open[len(open)-1]) {
				t.Errorf("%s: %s in %s", what, name, open[len(open)-1])
			}
			open = append(open, name)
			for _, a := range e.Attr {
				if !slices.Contains(form[name].attributes, a.Name.Local) && !slices.Contains(form[name].attributes, "["+a.Name.Local+"]") {
					t.Errorf("%s: %s has an attribute %s", what, name, a.Name.Local)
				}
			}
			for _, a := range form[name].attributes {
				if a[0] != '[' && !slices.ContainsFunc(e.Attr, func(x xml.Attr) bool { return x.Name.Local == a }) {
					t.Errorf("%s: %s has no attribute %s", what, name, a)
				}
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

// TestXML reads the XML formats with Go's reader and with xmllint.
func TestXML(t *testing.T) {
	t.Parallel()
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		if os.Getenv("TCPLINT_REQUIRE_ORACLES") == "1" {
			t.Fatal("xmllint is not installed")
		}
		t.Log("xmllint is not installed: reading with Go's reader only")
	}
	for format, form := range xmlForms {
		for name, r := range reporttest.Results(t) {
			what := format + " of " + name
			out := reporttest.Rendered(t, format, r)
			count := readXML(t, form, what, out)
			if format == "checkstyle" && count["error"] != len(r.Findings) {
				t.Errorf("%s: %d errors for %d findings", what, count["error"], len(r.Findings))
			}
			if xmllint == "" {
				continue
			}
			cmd := exec.Command(xmllint, "--noout", "-")
			cmd.Stdin = bytes.NewReader(out)
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: xmllint says %s", what, said)
			}
		}
	}
}

type junitCounts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Skipped  int `xml:"skipped,attr"`
}

type junitReport struct {
	junitCounts

	Suites []struct {
		junitCounts

		Cases []struct {
			Name    string `xml:"name,attr"`
			Class   string `xml:"classname,attr"`
			File    string `xml:"file,attr"`
			Line    int    `xml:"line,attr"`
			Output  string `xml:"system-out"`
			Skipped *struct {
				Message string `xml:"message,attr"`
			} `xml:"skipped"`
			Failure *struct {
				Type string `xml:"type,attr"`
				Text string `xml:",chardata"`
			} `xml:"failure"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func readJUnit(t *testing.T, r *lint.Result) junitReport {
	t.Helper()
	var report junitReport
	if err := xml.Unmarshal(reporttest.Rendered(t, "junit", r), &report); err != nil {
		t.Fatal(err)
	}
	return report
}

// TestJUnit checks what the cases mean to GitLab and Jenkins.
func TestJUnit(t *testing.T) {
	t.Parallel()
	for name, r := range reporttest.Results(t) {
		report := readJUnit(t, r)
		var want, got junitCounts
		for _, f := range r.Findings {
			if f.Severity > lint.Info {
				want.Failures++
			}
		}
		seen, files := map[string]bool{}, map[string]bool{}
		cases := report.Suites[0].Cases
		for i, c := range cases {
			key := c.Class + "\n" + c.Name
			if seen[key] || c.Name == "" || c.Class == "" {
				t.Errorf("%s: GitLab ignores the case %q of %q", name, c.Name, c.Class)
			}
			seen[key] = true
			files[c.File] = true
			switch {
			case c.Failure != nil:
				got.Failures++
			case c.Skipped != nil:
				got.Skipped++
			}
			if i < len(r.Findings) {
				f := r.Findings[i]
				if fails := c.Failure != nil; fails != (f.Severity > lint.Info) || fails && (c.Failure.Type != f.Severity.String() || c.Failure.Text == "") || !fails && c.Output == "" {
					t.Errorf("%s: finding %d of severity %s is %+v", name, i, f.Severity, c)
				}
				if f.At.File != nil && strings.Contains(c.Name, ":"+strconv.Itoa(c.Line)+":") {
					t.Errorf("%s: the name of a case changes with its line: %q", name, c.Name)
				}
			}
		}
		got.Tests = len(cases)
		want.Tests, want.Skipped = got.Tests, got.Skipped
		if got != want || report.junitCounts != got || report.Suites[0].junitCounts != got {
			t.Errorf("%s: %+v, counted %+v, want %+v", name, report.junitCounts, got, want)
		}
		if got.Skipped < len(r.Suppressed) || len(r.NotChecked) > 0 && got.Skipped == len(r.Suppressed) {
			t.Errorf("%s: %d cases are skipped", name, got.Skipped)
		}
		if len(files) < len(r.Files) || len(cases) == 0 {
			t.Errorf("%s: %d cases in %d files, read were %d", name, len(cases), len(files), len(r.Files))
		}
	}
}

// TestJUnitNames checks that a case keeps its name when its line moves.
func TestJUnitNames(t *testing.T) {
	t.Parallel()
	names := func(r *lint.Result) (out []string) {
		for _, c := range readJUnit(t, r).Suites[0].Cases {
			out = append(out, c.Class+" "+c.Name)
		}
		return out
	}
	r := reporttest.Sample(t)
	was := names(r)
	for i := range r.Findings {
		if r.Findings[i].At.File != nil {
			r.Findings[i].At.Span.Start = 0
		}
	}
	if now := names(r); !slices.Equal(was, now) {
		t.Errorf("%q become %q", was, now)
	}
}
