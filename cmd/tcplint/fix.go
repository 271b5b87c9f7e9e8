package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/report"
)

// fixFlags are those that only fix has.
type fixFlags struct {
	rawFlags

	dryRun, unsafe bool
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
	cmd.Flags().BoolVar(&raw.unsafe, "unsafe", false, "apply the unsafe fixes too")
	return cmd
}

func (a *app) fix(raw fixFlags, paths []string) error {
	f, err := raw.read()
	if err != nil {
		return err
	}
	l, units, err := a.units(f, paths)
	if err != nil {
		return err
	}
	if l.stdin != nil && !raw.dryRun {
		switch {
		case len(paths) > 1:
			return usagef(`"-" cannot be fixed together with other files`)
		case f.reporter != nil && f.format != "text" && f.output == "":
			return usagef("--format %s needs --output FILE here: standard output is for the fixed text", f.format)
		}
	}
	if i := slices.IndexFunc(units, func(u *unit) bool { return u.dump }); i >= 0 && !raw.dryRun {
		return usagef("the output of nginx -T cannot be fixed: run \"tcplint fix\" on the files, or add --dry-run to see the changes")
	}
	allow := lint.Safe
	if raw.unsafe {
		allow = lint.Unsafe
	}
	all := islands(units)
	var batches []*batch
	for _, is := range all {
		batches = append(batches, is.batches...)
	}
	aside, err := a.asideOf(l, batches)
	if err != nil {
		return err
	}
	for _, b := range batches {
		b.aside = aside
	}
	outcomes := make([]*outcome, len(all))
	bar := a.newProgress(f, "fixing", len(all))
	err = each(len(all), func(i int) {
		outcomes[i] = all[i].fix(allow)
		bar.step()
	})
	bar.stop()
	if err != nil {
		return err
	}
	done := &fixed{app: a, loader: l, flags: f, outcomes: outcomes}
	done.sum()
	switch {
	case raw.dryRun:
		return done.dryRun()
	case l.stdin != nil:
		return done.toStdout()
	}
	return done.write()
}

// fixed is what fix has done in memory.
type fixed struct {
	app    *app
	loader *loader
	flags  *flags

	outcomes []*outcome
	changes  []lint.Change
	result   *lint.Result // what remains
	fails    bool
}

// sum adds up the outcomes.
func (x *fixed) sum() {
	results := make([]*lint.Result, len(x.outcomes))
	for i, o := range x.outcomes {
		results[i] = o.after
		x.changes = append(x.changes, o.changes...)
		x.fails = x.fails || o.fails
	}
	sortChanges(x.changes)
	x.result = combine(results)
	for _, o := range x.outcomes {
		x.result.Applied += len(o.applied)
		x.result.Dropped = append(x.result.Dropped, o.dropped...)
	}
	x.result.NotChecked = append(x.result.NotChecked, x.loader.notChecked...)
}

// options are those of the report about what remains.
func (x *fixed) options() report.Options {
	return report.Options{Fix: true, Hosts: func() []*model.Host {
		var out []*model.Host
		for _, o := range x.outcomes {
			out = append(out, o.hosts()...)
		}
		return out
	}}
}

// dryRun writes the diff, and the summary to stderr, so that the diff can be
// piped.
func (x *fixed) dryRun() error {
	diff := x.loader.diff(x.changes)
	o := x.options()
	o.DryRun, o.Diff = true, diff
	if err := x.app.publish(x.flags, x.result, o); err != nil {
		return err
	}
	x.tell("would fix")
	if x.flags.format == "text" {
		if err := x.summary(o); err != nil {
			return err
		}
	}
	if diff != "" {
		x.app.status = max(x.app.status, statusFindings)
	}
	x.app.status = max(x.app.status, x.loader.status)
	return nil
}

// write replaces the files and reports what remains.
func (x *fixed) write() error {
	var files []*replacement
	for _, c := range x.changes {
		files = append(files, &replacement{path: x.loader.disk.path(c.Old), Change: c})
	}
	interrupted, release := holdInterrupts()
	defer release()
	if err := replaceAll(files, interrupted); err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	x.tell("fixed")
	if err := x.app.publish(x.flags, x.result, x.options()); err != nil {
		return err
	}
	x.setStatus()
	return nil
}

// toStdout writes the fixed standard input.
func (x *fixed) toStdout() error {
	text := x.loader.stdin.Text
	for _, c := range x.changes {
		if c.Old != x.loader.stdin {
			return &failure{statusFailure, fmt.Errorf("the fixes need a change in %s as well: run \"tcplint fix\" on the files", c.Old.Path)}
		}
		text = c.New.Text
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
	if err := x.app.publish(&f, x.result, o); err != nil || f.output != "" || f.format != "text" {
		return err
	}
	return x.summary(o)
}

func (x *fixed) setStatus() {
	if x.fails {
		x.app.status = max(x.app.status, statusFindings)
	}
	x.app.status = max(x.app.status, x.loader.status)
}

// tell lists on stderr what was fixed in which file.
func (x *fixed) tell(verb string) {
	for _, o := range x.outcomes {
		if o.unfinished {
			x.app.complain(fmt.Errorf("gave up fixing %s: every round of fixes makes room for another", o.name))
		}
	}
	if x.flags.quiet {
		return
	}
	for _, s := range perFile(x.outcomes) {
		x.app.say("%s %s", verb, s)
	}
}

// summary writes to stderr what was not fixed and what remains.
func (x *fixed) summary(o report.Options) error {
	if x.flags.quiet {
		return nil
	}
	o.Color = false
	return asWrite(report.Summary(x.app.stderr, x.result, o))
}
