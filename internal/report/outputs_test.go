package report_test

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/report"
)

// TestOutputs reads flags: what goes to standard output or the one file, and what has
// files of its own.
func TestOutputs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		wanted       []string
		output, main string
		files        string
		err          string
	}{
		{nil, "", "text", "", ""},
		{nil, "out", "text", "", ""},
		{[]string{"json"}, "out", "json", "", ""},
		{[]string{"sarif=a.sarif"}, "", "", "sarif=a.sarif", ""},
		{[]string{"sarif=a.sarif", "text", "junit=b.xml"}, "out", "text", "sarif=a.sarif junit=b.xml", ""},
		{[]string{"text", "text"}, "", "text", "", ""},
		{[]string{"jsn"}, "", "", "", `did you mean "json"?`},
		{[]string{"json="}, "", "", "", "--format json= names no file: want json=FILE"},
		{[]string{"json", "sarif"}, "", "", "", "are both for standard output"},
		{[]string{"json=a", "sarif=./a"}, "", "", "", "--format json and --format sarif are for the same file, ./a"},
		{[]string{"json=a", "text"}, "a", "", "", "--output and --format json are for the same file, a"},
		{[]string{"json=a"}, "b", "", "", "every format has a file of its own"},
	} {
		main, files, err := report.Outputs(tt.wanted, tt.output)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q to %q: %v, want %q", tt.wanted, tt.output, err, tt.err)
			}
			continue
		}
		var got []string
		for _, f := range files {
			got = append(got, f.Format+"="+f.File)
		}
		if err != nil || main.Format != tt.main || (main.Report == nil) != (tt.main == "") || strings.Join(got, " ") != tt.files {
			t.Errorf("%q to %q: %q and %q, %v", tt.wanted, tt.output, main.Format, got, err)
		}
	}
}
