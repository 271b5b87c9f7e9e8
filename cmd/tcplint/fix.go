package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/disk"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/replace"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/terminal"
	"github.com/tcplint/tcplint/internal/workspace"
)

// fixFlags are those that only fix has.
type fixFlags struct {
	rawFlags

	dryRun, unsafe, namedOnly bool
}

func (a *app) fixCommand() *cobra.Command {
	var raw fixFlags
	cmd := &cobra.Command{
		Use:   "fix [PATH...]",
		Short: "apply the safe fixes",
		Long: `fix applies the safe fixes to files and folders (default: the current folder) and
reports what remains. With --dry-run it writes one unified diff instead, which
"git apply" takes from the root of the repository. For "-" it writes the fixed
text to standard output.`,
		RunE: func(_ *cobra.Command, args []string) error { return a.fix(raw, args) },
	}
	addLintFlags(cmd, &raw.rawFlags)
	cmd.Flags().BoolVar(&raw.dryRun, "dry-run", false, "write a unified diff and change no file")
	cmd.Flags().BoolVar(&raw.namedOnly, "named-only", false, "write only what the paths name, and leave out fixes that need another file")
	cmd.Flags().BoolVar(&raw.unsafe, "unsafe", false, "apply the unsafe fixes too")
	return cmd
}

func (a *app) fix(raw fixFlags, paths []string) error {
	f, err := raw.read()
	if err != nil {
		return err
	}
	ws, err := a.open(f, paths)
	if err != nil {
		return err
	}
	if ws.Input() != nil && !raw.dryRun {
		switch {
		case len(paths) > 1:
			return usagef(`"-" cannot be fixed together with other files`)
		case f.reporter != nil && f.format != "text" && f.output == "":
			return usagef("--format %s needs --output FILE here: standard output is for the fixed text", f.format)
		}
	}
	if slices.ContainsFunc(ws.Hosts(), func(h *workspace.Host) bool { return h.Dump }) && !raw.dryRun {
		return usagef("the output of nginx -T cannot be fixed: run \"tcplint fix\" on the files, or add --dry-run to see the changes")
	}
	var closed func(string) string
	switch {
	case ws.Input() != nil && !raw.dryRun:
		closed = engine.OnlyInput(ws)
	case raw.namedOnly:
		closed = engine.OnlyNamed(ws)
	}
	bar := a.newProgress(f, "fixing")
	done, err := engine.Fix(context.Background(), ws, engine.Options{Progress: bar.Show, Changed: f.changed(), Unsafe: raw.unsafe, Closed: closed})
	bar.Stop()
	if err != nil {
		return classify(err)
	}
	a.tell(f, done.Messages)
	x := &fixed{app: a, ws: ws, flags: f, Fixed: done}
	switch {
	case raw.dryRun:
		return x.dryRun()
	case ws.Input() != nil:
		return x.toStdout()
	}
	return x.write()
}

// fixed is what fix has done in memory, and for whom.
type fixed struct {
	*engine.Fixed

	app   *app
	ws    *workspace.Workspace
	flags *flags
}

// options are those of the report about what remains.
func (x *fixed) options() report.Options { return report.Options{Fix: true, Hosts: x.Hosts} }

// dryRun writes the diff, and the summary to stderr, so that the diff can be
// piped.
func (x *fixed) dryRun() error {
	diff := x.Diff()
	o := x.options()
	o.DryRun, o.Diff = true, diff
	if err := x.app.publish(x.flags, x.Result, o); err != nil {
		return err
	}
	x.tell("would fix")
	if x.flags.format == "text" {
		if err := x.summary(o); err != nil {
			return err
		}
	}
	set, err := settingsHere(x.flags)
	if err != nil {
		return err
	}
	if diff != "" && set.FailOn != config.Never {
		x.app.status = max(x.app.status, statusFindings)
	}
	return nil
}

// write replaces the files and reports what remains.
func (x *fixed) write() error {
	var files []*replace.File
	for _, c := range x.Changes {
		files = append(files, &replace.File{Path: disk.Path(x.ws.Name(c.Old)), Name: c.Old.Path, Old: c.Old.Text, New: c.New.Text})
	}
	interrupted, release := holdInterrupts()
	defer release()
	if err := replace.Files(files, interrupted); err != nil {
		return &failure{statusFailure, fmt.Errorf("nothing was written: %w", err)}
	}
	x.tell("fixed")
	if err := x.app.publish(x.flags, x.Result, x.options()); err != nil {
		return err
	}
	x.setStatus()
	return nil
}

// toStdout writes the fixed standard input.
func (x *fixed) toStdout() error {
	text := x.ws.Input().Text
	for _, c := range x.Changes {
		text = c.New.Text // no other file may be changed
	}
	if terminal.Closed(x.app.stdout) {
		return asWrite(errors.New("standard output is closed: the fixed text has nowhere to go"))
	}
	if _, err := io.WriteString(x.app.stdout, text); err != nil {
		return asWrite(err)
	}
	x.tell("fixed")
	x.setStatus()
	o, f := x.options(), *x.flags
	if f.output == "" {
		f.reporter = nil // standard output is taken
	}
	if err := x.app.publish(&f, x.Result, o); err != nil || f.output != "" || f.format != "text" {
		return err
	}
	return x.summary(o)
}

func (x *fixed) setStatus() {
	if x.Fails {
		x.app.status = max(x.app.status, statusFindings)
	}
}

// tell lists on stderr what was fixed in which file.
func (x *fixed) tell(verb string) {
	for _, name := range x.Unfinished {
		x.app.complain(fmt.Errorf("gave up fixing %s: every round of fixes makes room for another", name))
	}
	if x.flags.quiet {
		return
	}
	for _, s := range x.PerFile {
		x.app.say("%s %s", verb, s)
	}
}

// summary writes to stderr what was not fixed and what remains.
func (x *fixed) summary(o report.Options) error {
	if x.flags.quiet {
		return nil
	}
	o.Color = false
	return asWrite(report.Summary(x.app.stderr, x.Result, o))
}
