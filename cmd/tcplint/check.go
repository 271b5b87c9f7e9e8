package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/report"
)

func (a *app) checkCommand() *cobra.Command {
	var raw rawFlags
	cmd := &cobra.Command{
		Use:   "check [PATH...]",
		Short: "look for faults",
		Long: `check reads files and folders (default: the current folder; "-" is standard
input) and reports what it finds. A folder is searched for nginx configuration
and for files of kernel settings.`,
		RunE: func(_ *cobra.Command, args []string) error { return a.check(raw, args) },
	}
	addLintFlags(cmd, &raw)
	return cmd
}

func (a *app) check(raw rawFlags, paths []string) error {
	f, err := raw.read()
	if err != nil {
		return err
	}
	ws, err := a.open(f, paths)
	if err != nil {
		return err
	}
	bar := a.newProgress(f, "linting")
	res, err := engine.Check(context.Background(), ws, engine.Options{Progress: bar.show, Changed: f.changed()})
	bar.stop()
	if err != nil {
		return classify(err)
	}
	a.tell(f, res.Messages)
	if res.Fails {
		a.status = max(a.status, statusFindings)
	}
	return a.publish(f, res.Result, report.Options{Hosts: res.Hosts})
}
