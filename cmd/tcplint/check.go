package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/git"
	"github.com/tcplint/tcplint/internal/report"
)

func (a *app) checkCommand() *cobra.Command {
	var raw rawFlags
	var live bool
	cmd := &cobra.Command{
		Use:   "check [PATH...]",
		Short: "look for faults",
		Long: `check reads files and folders (default: the current folder; "-" is standard
input) and reports what it finds. A folder is searched for nginx configuration
and for files of kernel settings.

Several snapshots (see "tcplint collect"), or a folder that holds nothing else, are
many hosts: what they have in common is said once, with the hosts that it is on, and
what tells them apart. A snapshot that cannot be used is named and skipped, with
status 3. docs/fleet.md says more.`,
		RunE: func(_ *cobra.Command, args []string) error { return a.check(raw, live, args) },
	}
	addLintFlags(cmd, &raw)
	addLiveFlag(cmd, &live)
	cmd.Flags().StringVar(&raw.against, "against", "", "hold the hosts of snapshots against the configuration in `FOLDER`: what it sets and they do not have")
	return cmd
}

func (a *app) check(raw rawFlags, live bool, paths []string) error {
	f, err := raw.read()
	if err != nil {
		return err
	}
	archives, err := a.snapshots(f, paths)
	if err != nil {
		return err
	}
	if archives != nil && !live {
		return a.checkSnapshots(f, archives)
	}
	ws, err := a.openHost(f, live, paths)
	if err != nil {
		return err
	}
	bar := a.newProgress(f, "linting")
	res, err := engine.Check(context.Background(), ws, engine.Options{Progress: bar.Show, Changed: f.changed()})
	bar.Stop()
	if err != nil {
		return classify(err)
	}
	a.tell(f, res.Messages)
	if res.Fails {
		a.status = max(a.status, statusFindings)
	}
	return a.publish(f, res.Result, report.Options{Hosts: res.Hosts})
}

// changed returns a function that tells which lines of a repository have changed since
// the revision of --diff-base, be they committed or not; nil if there is none.
func (f *flags) changed() func(repository string) (engine.Changes, error) {
	if f.diffBase == "" {
		return nil
	}
	return func(repository string) (engine.Changes, error) { return git.Changed(repository, f.diffBase) }
}
