package main

import (
	"bytes"
	"context"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/cli"
	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/facts"
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

// side is one side of a comparison.
type side struct {
	server *config.Server
	kernel *facts.Range
}

func (a *app) diff(raw rawFlags, paths []string) error {
	before, after, err := sides(raw)
	if err != nil {
		return err
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
	o.Override.Server, o.Override.Kernel = before.server, before.kernel
	old, err := workspace.Open(fsys, o)
	a.tell(f, old.Messages())
	if err != nil {
		return classify(err)
	}
	o.Override.Server, o.Override.Kernel = after.server, after.kernel
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
	var b bytes.Buffer
	if f.format == "json" {
		err = report.ComparisonJSON(&b, c)
	} else {
		err = report.Comparison(&b, c, report.Options{
			Color: terminal.Colored(a.stdout, f.color), Links: terminal.Linked(a.stdout, os.Getenv), Width: terminal.Columns(a.stdout),
		})
	}
	if err != nil {
		return asWrite(err)
	}
	return a.emit(f, b.Bytes())
}

// sides reads the two targets. A version alone holds on both sides.
func sides(raw rawFlags) (before, after side, err error) {
	nginx, toNginx, twoNginx := strings.Cut(raw.nginx, "..")
	kernel, toKernel, twoKernel := strings.Cut(raw.kernel, "..")
	if !twoNginx && !twoKernel {
		return before, after, usagef(`diff wants two releases: "--nginx 1.28.0..1.30.6", "--kernel 6.1..7.3" or both`)
	}
	if !twoNginx {
		toNginx = nginx
	}
	if !twoKernel {
		toKernel = kernel
	}
	for _, s := range []struct {
		*side
		nginx, kernel string
	}{{&before, nginx, kernel}, {&after, toNginx, toKernel}} {
		if s.nginx != "" || twoNginx {
			if s.server, err = config.ParseServer(s.nginx); err != nil {
				return before, after, usagef("--nginx: %w", err)
			}
		}
		if s.side.kernel, err = versionFlag("kernel", s.kernel); err != nil {
			return before, after, err
		}
		if twoKernel && s.side.kernel == nil {
			return before, after, usagef("--kernel: %q lacks one of the two versions", raw.kernel)
		}
	}
	return before, after, nil
}
