package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/disk"
	"github.com/tcplint/tcplint/internal/fleet"
	"github.com/tcplint/tcplint/internal/memory"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/workspace"
)

// snapshots returns the archives that arguments mean, if they mean many hosts: several
// archives, or a folder that holds nothing else. They are nil where the arguments are
// files of one host.
func (*app) snapshots(f *flags, paths []string) ([]string, error) {
	archives, others, folder := disk.Snapshots(paths)
	switch {
	case f.against == "" && !folder && len(archives) < 2:
		return nil, nil
	case len(archives) == 0:
		return nil, usagef("--against wants snapshots to hold against %s: \"tcplint collect\" writes one", f.against)
	case len(others) > 0:
		return nil, usagef("%s is no snapshot, and several snapshots are asked by themselves (check holds them against a repository with --against)", others[0])
	}
	for name, given := range map[string]bool{
		"--config": f.config != "", "--baseline": f.baseline != "", "--diff-base": f.diffBase != "", "--stdin-filename": f.stdinName != "",
		"--as": f.rawFlags.as != "", "--context": len(f.rawFlags.context) > 0, "--root": f.root != "",
	} {
		if given {
			return nil, usagef("%s is not for several snapshots, each of which says itself what its host is", name)
		}
	}
	return archives, nil
}

// checkSnapshots checks many hosts.
func (a *app) checkSnapshots(f *flags, archives []string) error {
	if err := f.onlyFleetFormats(); err != nil {
		return err
	}
	o := fleet.Options{Override: f.override()}
	if f.against != "" {
		against, err := a.openAgainst(f)
		if err != nil {
			return err
		}
		o.Against = against
	}
	var r *fleet.Report
	err := a.ask(f, func(ctx context.Context, progress func(done, all int)) (err error) {
		o.Progress = progress
		r, err = fleet.Check(ctx, sourcesOf(archives), o)
		return err
	})
	if err != nil {
		return err
	}
	a.tellSnapshots(r.Hosts, r.Skipped, r.Remarks, r.Fails)
	return a.publishFleet(f, r)
}

func sourcesOf(archives []string) []fleet.Source {
	out := make([]fleet.Source, len(archives))
	for i, p := range archives {
		out[i] = fleet.Source{Name: filepath.ToSlash(p), Open: func() (io.ReadCloser, error) { return disk.OpenSnapshot(p) }}
	}
	return out
}

// ask puts a question to many hosts that an interrupt ends, with progress shown.
func (a *app) ask(f *flags, question func(context.Context, func(done, all int)) error) error {
	defer memory.Limit()()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	bar := a.newProgress(f, "snapshots")
	defer bar.Stop()
	return classify(question(ctx, bar.Show))
}

// tellSnapshots names the snapshots that are skipped, and those of which something is
// missing; either is a failure. found says that something is wrong with a host.
func (a *app) tellSnapshots(hosts []fleet.Host, skipped, remarks []fleet.Remark, found bool) {
	if found {
		a.status = max(a.status, statusFindings)
	}
	for _, s := range skipped {
		a.complain(fmt.Errorf("%s is skipped: %s", s.Archive, s.Text))
	}
	for _, m := range remarks {
		for _, h := range m.Hosts {
			a.complain(fmt.Errorf("%s: %s", hosts[h].Archive, m.Text))
		}
	}
	if len(skipped)+len(remarks) > 0 {
		a.status = max(a.status, statusFailure)
	}
}

// diagnoseSnapshots asks many hosts for the causes of incidents.
func (a *app) diagnoseSnapshots(f *flags, archives []string) error {
	if err := f.onlyFormat("diagnose of several snapshots", "text", "json"); err != nil {
		return err
	}
	var d *fleet.Diagnosis
	err := a.ask(f, func(ctx context.Context, progress func(done, all int)) (err error) {
		d, err = fleet.Diagnose(ctx, sourcesOf(archives), fleet.DiagnoseOptions{Override: f.override(), Progress: progress})
		return err
	})
	if err != nil {
		return err
	}
	a.tellSnapshots(d.Hosts, d.Skipped, d.Remarks, d.Sick)
	return a.write(f, report.Options{}, func(w io.Writer, o report.Options) error { return report.FleetDiagnosisAs(f.format)(w, d, o) })
}

// capacityOfSnapshots asks many hosts for their limits.
func (a *app) capacityOfSnapshots(f *flags, archives []string, q capacity.Question) error {
	if err := f.onlyFormat("capacity of several snapshots", "text", "json"); err != nil {
		return err
	}
	var c *fleet.Capacity
	err := a.ask(f, func(ctx context.Context, progress func(done, all int)) (err error) {
		c, err = fleet.AskCapacity(ctx, sourcesOf(archives), fleet.CapacityOptions{Override: f.override(), Question: q, Progress: progress})
		return err
	})
	if err != nil {
		return err
	}
	a.tellSnapshots(c.Hosts, c.Skipped, c.Remarks, c.Overrun)
	return a.write(f, report.Options{}, func(w io.Writer, o report.Options) error { return report.FleetCapacityAs(f.format)(w, c, o) })
}

// openAgainst reads the repository that hosts are held against.
func (a *app) openAgainst(f *flags) ([]*workspace.Host, error) {
	if _, err := os.Stat(f.against); err != nil {
		return nil, usagef("--against: %w", reading(f.against, err))
	}
	o, err := f.options()
	if err != nil {
		return nil, err
	}
	o.Paths = []string{filepath.ToSlash(f.against)}
	ws, err := workspace.Open(disk.FS{}, o)
	a.tell(f, ws.Messages())
	if err != nil {
		return nil, classify(err)
	}
	if len(ws.Hosts()) == 0 {
		return nil, usagef("--against: %s has no nginx configuration and no kernel settings", f.against)
	}
	return ws.Hosts(), nil
}

// onlyFleetFormats checks that all formats are there for many hosts.
func (f *flags) onlyFleetFormats() error {
	names := []string{f.format}
	for _, x := range f.files {
		names = append(names, x.Format)
	}
	for _, name := range names {
		if r, all := report.LookupFleet(name); r == nil && name != "" {
			return unknown("format of several snapshots", name, all)
		}
	}
	return nil
}

// publishFleet writes the report of many hosts to where the flags say.
func (a *app) publishFleet(f *flags, r *fleet.Report) error {
	var failed problems
	if write, _ := report.LookupFleet(f.format); write != nil {
		failed.add(a.write(f, report.Options{}, func(w io.Writer, o report.Options) error { return write(w, r, o) }))
	}
	for _, x := range f.files {
		write, _ := report.LookupFleet(x.Format)
		failed.add(toFile(x.File, func(w io.Writer) error { return write(w, r, report.Options{Quiet: f.quiet, Version: version()}) }))
	}
	return failed.err()
}
