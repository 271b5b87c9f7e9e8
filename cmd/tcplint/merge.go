package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/cli"
	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
)

func (a *app) mergeCommand() *cobra.Command {
	var raw rawFlags
	cmd := &cobra.Command{
		Use:   "merge [NAME=]REPORT...",
		Short: "put reports of several runs together: what is common to them, and what each found",
		Long: `merge reads reports of "tcplint check --format json" of several repositories or
fleets, and says what is common to them: each cause once, with the runs that it is in.
Hosts and suppressed findings stay those of their run. SARIF logs become one log, whose
runs have the names of the reports. The name of a report is that of its file, unless
one is given.

Exit status: 1 if a finding of a JSON report is at or above --fail-on.`,
		RunE: func(_ *cobra.Command, args []string) error { return a.merge(raw, args) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&raw.formats, "format", nil, "print it as `FORMAT`: text or json (default text); SARIF logs become SARIF")
	f.StringVar(&raw.output, "output", "", "write it to `FILE`")
	f.StringVar(&raw.failOn, "fail-on", "", "exit with status 1 from this `SEVERITY` on: error, warning, info or never (default warning)")
	f.BoolVar(&raw.quiet, "quiet", false, "one line for each cause")
	addColorFlag(cmd, &raw.color)
	cli.Complete(cmd, "format", []string{"text", "json"})
	cli.Complete(cmd, "fail-on", config.FailOnNames())
	return cmd
}

func (a *app) merge(raw rawFlags, args []string) error {
	f, err := raw.read()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return usagef(`merge wants reports: "tcplint check --format json" writes one`)
	}
	if err := f.onlyFormat("merge", "text", "json", "sarif"); err != nil {
		return err
	}
	names, data, err := readReports(args)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(data, report.IsSARIF) {
		if len(raw.formats) > 0 && f.format != "sarif" {
			return usagef("SARIF logs are merged as SARIF, not as %s", f.format)
		}
		return a.writeMerged(f, func(w io.Writer, _ report.Options) error { return report.MergeSARIF(w, names, data) })
	}
	if f.format == "sarif" {
		return usagef("reports of the JSON format are merged as text or json; for SARIF, merge SARIF logs")
	}
	m, err := report.Merge(names, data)
	if err != nil {
		return &failure{statusFailure, err}
	}
	level := lint.Warning
	if f.failOn != nil {
		level = *f.failOn
	}
	if m.Fails(level) {
		a.status = max(a.status, statusFindings)
	}
	return a.writeMerged(f, func(w io.Writer, o report.Options) error {
		if f.format == "json" {
			return report.MergedJSON(w, m, o)
		}
		return report.MergedText(w, m, o)
	})
}

// readReports reads reports with their names, which are apart.
func readReports(args []string) (names []string, data [][]byte, err error) {
	var failed problems
	for _, arg := range args {
		name, file, given := strings.Cut(arg, "=")
		if _, err := os.Stat(arg); !given || err == nil {
			file = arg
			name = filepath.ToSlash(strings.TrimSuffix(arg, filepath.Ext(arg)))
		}
		if slices.Contains(names, name) {
			return nil, nil, usagef("two reports have the name %s: give one as NAME=%s", name, file)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			failed = append(failed, &failure{statusFailure, reading(file, err)})
			continue
		}
		names, data = append(names, name), append(data, text)
	}
	if len(failed) > 0 {
		return nil, nil, failed // a merged report that lacks one would look whole
	}
	return names, data, nil
}

func (a *app) writeMerged(f *flags, write func(io.Writer, report.Options) error) error {
	return a.write(f, report.Options{}, func(w io.Writer, o report.Options) error {
		var b bytes.Buffer
		if err := write(&b, o); err != nil {
			return &failure{statusFailure, fmt.Errorf("merging: %w", err)}
		}
		_, err := w.Write(b.Bytes())
		return err
	})
}
