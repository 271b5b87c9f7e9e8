package main

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/cli"
	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/terminal"
	"github.com/tcplint/tcplint/internal/workspace"
)

func (a *app) diffCommand() *cobra.Command {
	var raw rawFlags
	cmd := &cobra.Command{
		Use:   "diff --nginx OLD..NEW [PATH...]",
		Short: "say what another release of nginx or the kernel changes for this configuration",
		Long: `diff reads a configuration twice, for two releases of nginx or the kernel, and says
what becomes of it in between: which effective values change, and at which
location, upstream or server, and which findings go and come. It is the question to
ask before an upgrade:

  tcplint diff --nginx 1.28.0..1.30.6 .
  tcplint diff --kernel 6.1..7.3 /etc

The exit status is 1 if a finding comes that is at or above the failing level.`,
		RunE: func(_ *cobra.Command, args []string) error { return a.diff(raw, args) },
	}
	addListFlags(cmd, &raw)
	addRuleFlags(cmd, &raw)
	f := cmd.Flags()
	f.StringVar(&raw.failOn, "fail-on", "", "exit with status 1 from this `SEVERITY` on: error, warning or info (default warning)")
	addColorFlag(cmd, &raw.color)
	cli.Complete(cmd, "fail-on", config.SeverityNames())
	f.Lookup("nginx").Usage = "the two `VERSIONS` of nginx or of a relative: 1.28.0..1.30.6, angie-1.11..angie-1.12"
	f.Lookup("kernel").Usage = "the two `VERSIONS` of the Linux kernel: 6.1..7.3"
	return cmd
}

func (a *app) diff(raw rawFlags, paths []string) error {
	before, after, err := config.ParseReleases(raw.nginx, raw.kernel)
	if err != nil {
		return &failure{statusUsage, err}
	}
	raw.nginx, raw.kernel = "", ""
	f, err := raw.read()
	if err != nil {
		return err
	}
	if err := f.onlyFormat("diff", "text", "json"); err != nil {
		return err
	}
	o, err := a.read(f, paths)
	if err != nil {
		return err
	}
	fsys, err := a.mount(paths)
	if err != nil {
		return err
	}
	o.Override.Server, o.Override.Kernel = before.Server, before.Kernel
	old, err := workspace.Open(fsys, o)
	a.tell(f, old.Messages())
	if err != nil {
		return classify(err)
	}
	o.Override.Server, o.Override.Kernel = after.Server, after.Kernel
	now, err := workspace.Open(fsys, o)
	if err != nil {
		return classify(err)
	}
	bar := a.newProgress(f, "linting")
	c, messages, err := engine.Compare(context.Background(), old, now, engine.Options{Progress: bar.Show})
	bar.Stop()
	if err != nil {
		return classify(err)
	}
	a.tell(f, messages)
	if c.Fails {
		a.status = max(a.status, statusFindings)
	}
	return a.writeWhole(f, func(w io.Writer) error {
		if f.format == "json" {
			return report.ComparisonJSON(w, c)
		}
		return report.Comparison(w, c, report.Options{
			Color: terminal.Colored(a.stdout, f.color), Links: terminal.Linked(a.stdout, os.Getenv), Width: terminal.Columns(a.stdout),
		})
	})
}
