package report_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
	"github.com/tcplint/tcplint/parser/source"
)

// many is a result with n findings in one file, each with a note and a fix.
func many(n int) *lint.Result {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "    location /%d { proxy_pass http://app; }\n", i)
	}
	f := source.NewFile("nginx.conf", text.String())
	r := &lint.Result{Files: []string{f.Path}}
	offset := 0
	for line := range strings.Lines(f.Text) {
		start := offset + strings.Index(line, "proxy_pass")
		end := start + len("proxy_pass http://app;")
		at := lint.Place{File: f, Span: source.Span{Start: start, End: end}}
		r.Findings = append(r.Findings, lint.Finding{
			Rule: reporttest.HTTP10Rule, Severity: lint.Warning, At: at,
			Msg:   `every request opens a new connection to upstream "app"`,
			Notes: []lint.Note{{Msg: "the pool is declared here", At: at}},
			Fix:   &lint.Fix{Title: "speak HTTP/1.1", Safety: lint.Safe, Edits: []lint.FileEdit{reporttest.Insert(f, end, " proxy_http_version 1.1;")}},
		})
		offset += len(line)
	}
	return r
}

func BenchmarkReporters(b *testing.B) {
	for _, name := range report.Names() {
		write, err := report.Lookup(name)
		if err != nil {
			b.Fatal(err)
		}
		for _, n := range []int{1000, 10_000} {
			r := many(n)
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				for b.Loop() {
					if err := write(io.Discard, r, report.Options{Color: true}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
