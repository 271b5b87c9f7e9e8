package report

import (
	"encoding/xml"
	"fmt"
	"io"

	"github.com/tcplint/tcplint/internal/lint"
)

var _ = register("junit", JUnit)

// The types are the parts of JUnit's format that GitLab and Jenkins read, see
// https://docs.gitlab.com/ci/testing/unit_test_reports/.
type (
	junitSuites struct {
		XMLName xml.Name `xml:"testsuites"`
		junitCounts

		Suite junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		junitCounts

		Cases []junitCase `xml:"testcase"`
	}
	junitCounts struct {
		Name     string `xml:"name,attr"`
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Skipped  int    `xml:"skipped,attr"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Line    int           `xml:"line,attr,omitempty"`
		Failure *junitFailure `xml:"failure"`
		Skipped *junitSkipped `xml:"skipped"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
)

// junitWriter collects the test cases of one suite.
type junitWriter struct {
	suite junitSuite
	names map[[2]string]int // how often a name was given to a case of a class
	seen  map[string]bool   // paths with cases
}

// JUnit writes a result as test cases: errors and warnings are failures, what is
// only worth knowing passes with its text as output, what is suppressed or was not
// checked is skipped, and a file with none of these passes. GitLab compares reports
// by the names of cases, so there is no line number in them.
func JUnit(w io.Writer, r *lint.Result, _ Options) error {
	j := junitWriter{names: map[[2]string]int{}, seen: map[string]bool{}}
	j.suite.Name = "tcplint"
	for i := range r.Findings {
		j.finding(&r.Findings[i])
	}
	for i := range r.Suppressed {
		f := &r.Suppressed[i].Finding
		j.suite.Skipped++
		j.add(f.At, visible(ruleID(f))+": "+visible(f.Msg)).Skipped = &junitSkipped{"suppressed: " + visible(r.Suppressed[i].Reason)}
	}
	for _, n := range groupNotChecked(r.NotChecked) {
		j.suite.Skipped++
		j.add(n.at, "not checked: "+n.text()).Skipped = &junitSkipped{visible(n.reason)}
	}
	for _, path := range r.Files {
		if !j.seen[path] {
			j.suite.Cases = append(j.suite.Cases, junitCase{Name: "no findings", Class: visible(path), File: visible(path)})
		}
	}
	if len(j.suite.Cases) == 0 {
		// Jenkins takes a report without any case for a mistake.
		j.suite.Cases = append(j.suite.Cases, junitCase{Name: "no files", Class: j.suite.Name})
	}
	j.suite.Tests = len(j.suite.Cases)
	return writeXML(w, junitSuites{junitCounts: j.suite.junitCounts, Suite: j.suite})
}

// finding adds the case of a finding.
func (j *junitWriter) finding(f *lint.Finding) {
	c := j.add(f.At, visible(ruleID(f))+": "+visible(f.Msg))
	p := newPrinter(false)
	p.finding(f, map[string]lint.Place{})
	if f.Severity == lint.Info {
		c.Output = p.String()
		return
	}
	j.suite.Failures++
	c.Failure = &junitFailure{visible(f.Msg), f.Severity.String(), p.String()}
}

// add adds a case. GitLab ignores a second one of the same name and class, so it
// gets a number.
func (j *junitWriter) add(at lint.Place, name string) *junitCase {
	c := junitCase{Class: j.suite.Name}
	if at.File != nil {
		j.seen[at.File.Path] = true
		c.Class, c.Line = visible(at.File.Path), at.File.Position(at.Span.Start).Line
		c.File = c.Class
	}
	key := [2]string{c.Class, name}
	j.names[key]++
	if n := j.names[key]; n > 1 {
		name += fmt.Sprintf(" (%d)", n)
	}
	c.Name = name
	j.suite.Cases = append(j.suite.Cases, c)
	return &j.suite.Cases[len(j.suite.Cases)-1]
}
