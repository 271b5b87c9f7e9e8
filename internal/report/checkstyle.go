package report

import (
	"encoding/xml"
	"io"

	"github.com/tcplint/tcplint/internal/lint"
)

var _ = register("checkstyle", Checkstyle)

// The types are Checkstyle's format, see
// https://github.com/checkstyle/checkstyle/blob/master/config/checkstyle-report-1.0.0.xsd.
type (
	checkstyleRoot struct {
		XMLName xml.Name          `xml:"checkstyle"`
		Version string            `xml:"version,attr"`
		Files   []*checkstyleFile `xml:"file"`
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

// checkstyleVersion is the version of Checkstyle whose format this is. Readers look
// for one and make no difference.
const checkstyleVersion = "4.3"

// Checkstyle writes a result as Checkstyle does, which most tools of continuous
// integration read. Files without findings are there, too.
func Checkstyle(w io.Writer, r *lint.Result, _ Options) error {
	root := checkstyleRoot{Version: checkstyleVersion}
	byPath := map[string]*checkstyleFile{}
	file := func(path string) *checkstyleFile {
		if byPath[path] == nil {
			byPath[path] = &checkstyleFile{Name: visible(path)}
			root.Files = append(root.Files, byPath[path])
		}
		return byPath[path]
	}
	for _, path := range r.Files {
		file(path)
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		at, to := rangeJSON(f.At), file(pathOf(f.At.File))
		to.Errors = append(to.Errors, checkstyleError{
			at.Start.Line, at.Start.Column, f.Severity.String(), plainText(f), "tcplint." + visible(ruleID(f)),
		})
	}
	return writeXML(w, root)
}
