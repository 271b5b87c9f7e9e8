package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"

	"github.com/tcplint/tcplint/internal/lint"
)

var (
	_ = register("junit", JUnit)
	_ = register("checkstyle", Checkstyle)
)

// The types are the parts of JUnit's format that Jenkins and GitLab read, see
// https://docs.gitlab.com/ci/testing/unit_test_reports/.
type (
	junitSuites struct {
		XMLName  xml.Name   `xml:"testsuites"`
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Suite    junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Line    int           `xml:"line,attr,omitempty"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes a result as test cases: one that fails for each finding, and one
// that passes for each file without any.
func JUnit(w io.Writer, r *lint.Result, _ Options) error {
	suite := junitSuite{Name: "tcplint"}
	bad := map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		at, file := rangeJSON(f.At), visible(pathOf(f.At.File))
		bad[pathOf(f.At.File)] = true
		suite.Cases = append(suite.Cases, junitCase{
			Name: fmt.Sprintf("%s %s:%d:%d", visible(ruleID(f)), file, at.Start.Line, at.Start.Column), Class: file, File: file, Line: at.Start.Line,
			Failure: &junitFailure{visible(f.Msg), f.Severity.String(), plainText(f)},
		})
	}
	suite.Failures = len(suite.Cases)
	for _, path := range r.Files {
		if !bad[path] {
			suite.Cases = append(suite.Cases, junitCase{Name: visible(path), Class: visible(path), File: visible(path)})
		}
	}
	suite.Tests = len(suite.Cases)
	return writeXML(w, junitSuites{Name: suite.Name, Tests: suite.Tests, Failures: suite.Failures, Suite: suite})
}

// The types are Checkstyle's format, as its XMLLogger writes it, see
// https://github.com/checkstyle/checkstyle.
type (
	checkstyleRoot struct {
		XMLName xml.Name         `xml:"checkstyle"`
		Version string           `xml:"version,attr"`
		Files   []checkstyleFile `xml:"file"`
	}
	checkstyleFile struct {
		Name   string            `xml:"name,attr"`
		Errors []checkstyleError `xml:"error"`
	}
	checkstyleError struct {
		Line     int    `xml:"line,attr"`
		Column   int    `xml:"column,attr"`
		Severity string `xml:"severity,attr"`
		Message  string `xml:"message,attr"`
		Source   string `xml:"source,attr"`
	}
)

// Checkstyle writes a result as Checkstyle does, which most tools of continuous
// integration read.
func Checkstyle(w io.Writer, r *lint.Result, _ Options) error {
	root := checkstyleRoot{Version: "4.3"}
	byPath := map[string]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		path := pathOf(f.At.File)
		n, ok := byPath[path]
		if !ok {
			n = len(root.Files)
			byPath[path] = n
			root.Files = append(root.Files, checkstyleFile{Name: visible(path)})
		}
		at := rangeJSON(f.At)
		root.Files[n].Errors = append(root.Files[n].Errors, checkstyleError{
			at.Start.Line, at.Start.Column, f.Severity.String(), plainText(f), "tcplint." + visible(ruleID(f)),
		})
	}
	return writeXML(w, root)
}

// writeXML writes a value as an indented document, in one piece.
func writeXML(w io.Writer, v any) error {
	data, err := xml.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding XML: %w", err)
	}
	_, err = w.Write(append(append([]byte(xml.Header), bytes.ToValidUTF8(data, []byte("\ufffd"))...), '\n'))
	return err
}
