package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/cli"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/workspace"
)

func (a *app) diagnoseCommand() *cobra.Command {
	var raw rawFlags
	var before []string
	var fix, live bool
	interval := 5 * time.Second
	cmd := &cobra.Command{
		Use:   "diagnose [PATH...]",
		Short: "come from what a machine printed to the cause of an incident",
		Long: `diagnose reads what tools print and logs tell, beside the configuration, and says
what causes it: proved, likely or possible, with the lines that show it, the patch,
and the command that would decide what is left. Files are recognised by their
content, in any number and any order: ss, netstat, nstat, /proc/net, conntrack,
dmesg, limits, sysctl -a, logs of nginx and of backends, packed or not. "-" reads
standard input.

Counters tell nothing by their size: take two readings, named "before" and "after"
or given with --before.

Several snapshots (see "tcplint collect"), or a folder that holds nothing else, are
many hosts: each cause is said once, with the hosts that it is on. A snapshot that
cannot be used is named and skipped, with status 3.

Exit status: 0 if no answer is proved or likely, 1 if one is.`,
		RunE: func(_ *cobra.Command, args []string) error { return a.diagnose(raw, before, fix, live, interval, args) },
	}
	addReadFlags(cmd, &raw)
	addColorFlag(cmd, &raw.color)
	f := cmd.Flags()
	f.StringArrayVar(&raw.formats, "format", nil, "print it as `FORMAT`: text, json or html (default text)")
	f.StringVar(&raw.output, "output", "", "write it to `FILE`")
	f.StringArrayVar(&before, "before", nil, "an earlier reading of the same counters, in `FILE`")
	f.BoolVar(&fix, "fix", false, "show the patches of the rules that cure it, as a diff")
	addLiveFlag(cmd, &live)
	f.DurationVar(&interval, "interval", interval, "with --live, wait for `TIME` between two readings of the counters")
	cli.Complete(cmd, "format", []string{"text", "json", "html"})
	return cmd
}

func (a *app) diagnose(raw rawFlags, before []string, fix, live bool, interval time.Duration, paths []string) error {
	f, err := raw.read()
	if err != nil {
		return err
	}
	if !live && len(before) == 0 && !slices.Contains(paths, "-") {
		archives, err := a.snapshots(f, paths)
		switch {
		case err != nil:
			return err
		case archives != nil && fix:
			return usagef("--fix is for one snapshot: several hosts have no file in common that it could change")
		case archives != nil:
			return a.diagnoseSnapshots(f, archives)
		}
	}
	if err := f.onlyFormat("diagnose", "text", "json", "html"); err != nil {
		return err
	}
	o, err := f.options()
	if err != nil {
		return err
	}
	d := engine.DiagnoseOptions{Fix: fix}
	if d.Input, err = a.evidence(paths, &o); err != nil {
		return err
	}
	for _, p := range before {
		d.Before = append(d.Before, filepath.ToSlash(p))
	}
	fsys, err := a.mountOne(live, paths, &o, interval)
	if err != nil {
		return err
	}
	bar := a.newProgress(f, "reading, in MB")
	d.Progress = func(done, all int64) { bar.Show(int(done>>20), int(max(all, done)>>20)) }
	res, err := engine.Diagnose(context.Background(), fsys, o, d)
	bar.Stop()
	if err != nil {
		return classify(err)
	}
	a.tell(f, res.Messages)
	if res.Sick() {
		a.status = max(a.status, statusFindings)
	}
	return a.write(f, report.Options{}, func(w io.Writer, o report.Options) error { return report.DiagnosisAs(f.format)(w, res.Result, o) })
}

// evidence names the files that evidence is read from, and returns standard input if
// it is among them.
func (a *app) evidence(paths []string, o *workspace.Options) (input io.Reader, err error) {
	for _, p := range paths {
		if p == "-" {
			input = a.stdin
			continue
		}
		if _, err := os.Stat(p); err != nil {
			return nil, classify(reading(p, err))
		}
		o.Paths = append(o.Paths, filepath.ToSlash(p))
	}
	return input, nil
}
