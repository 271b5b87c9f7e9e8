package main

import (
	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
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
	l, batches, results, err := a.lint(f, paths)
	if err != nil {
		return err
	}
	known, err := a.setAside(l, batches, results)
	if err != nil {
		return err
	}
	for i, b := range batches {
		if b.set.fails(results[i]) {
			a.status = statusFindings
		}
	}
	res := combine(results)
	res.Suppressed = append(res.Suppressed, known...)
	if !l.named && f.diffBase == "" {
		res.Elsewhere = 0 // all of the folder was asked about, each file in one place
	}
	res.NotChecked = append(res.NotChecked, l.notChecked...)
	a.status = max(a.status, l.status)
	return a.publish(f, res, report.Options{Hosts: func() []*model.Host { return allHosts(batches) }})
}

// allHosts are the hosts of batches.
func allHosts(batches []*batch) []*model.Host {
	var out []*model.Host
	for _, b := range batches {
		out = append(out, b.hosts()...)
	}
	return out
}

// lint reads what the paths name and runs the rules over it.
func (a *app) lint(f *flags, paths []string) (l *loader, batches []*batch, results []*lint.Result, err error) {
	l, units, err := a.units(f, paths)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, is := range islands(units) {
		batches = append(batches, is.batches...)
	}
	results = make([]*lint.Result, len(batches))
	bar := a.newProgress(f, "linting", len(batches))
	err = each(len(batches), func(i int) {
		results[i] = lint.Run(batches[i].hosts(), batches[i].options())
		bar.step()
	})
	bar.stop()
	if err == nil {
		about, found := l.rotten()
		batches, results = append(batches, about...), append(results, found...)
	}
	return l, batches, results, err
}

// units reads what the paths name and makes hosts of it.
func (a *app) units(f *flags, paths []string) (*loader, []*unit, error) {
	l, err := newLoader(a, f)
	if err != nil {
		return nil, nil, err
	}
	l.args, err = l.load(paths)
	if err != nil {
		return nil, nil, err
	}
	var units []*unit
	g := newGrouper(l)
	for _, arg := range l.args {
		more, err := g.units(arg)
		if err != nil {
			return nil, nil, err
		}
		units = append(units, more...)
	}
	return l, units, nil
}
