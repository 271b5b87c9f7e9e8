package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/disk"
	"github.com/tcplint/tcplint/internal/fleet"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/workspace"
)

// snapshots returns the archives that arguments mean, if they mean many hosts: several
// archives, or a folder that holds nothing else. They are nil where the arguments are
// files of one host.
func (*app) snapshots(f *flags, paths []string) ([]string, error) {
	var archives, others []string
	folder := false
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, p := range paths {
		if list := disk.SnapshotsIn(p); len(list) > 0 {
			archives, folder = append(archives, list...), true
		} else if p != "-" && disk.NamedAsSnapshot(p) {
			archives = append(archives, p)
		} else {
			others = append(others, p)
		}
	}
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
	defer limitMemory()()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	bar := a.newProgress(f, "snapshots")
	o.Progress = bar.Show
	r, err := fleet.Check(ctx, sourcesOf(archives), o)
	bar.Stop()
	if err != nil {
		return classify(err)
	}
	a.tellSnapshots(r.Hosts, r.Skipped, r.Remarks)
	if r.Fails {
		a.status = max(a.status, statusFindings)
	}
	return a.publishFleet(f, r)
}

func sourcesOf(archives []string) []fleet.Source {
	out := make([]fleet.Source, len(archives))
	for i, p := range archives {
		out[i] = fleet.Source{Name: filepath.ToSlash(p), Open: func() (io.ReadCloser, error) { return disk.OpenSnapshot(p) }}
	}
	return out
}

// tellSnapshots names the snapshots that are skipped, and those of which something is
// missing; either is a failure.
func (a *app) tellSnapshots(hosts []fleet.Host, skipped, remarks []fleet.Remark) {
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
	defer limitMemory()()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	bar := a.newProgress(f, "snapshots")
	d, err := fleet.Diagnose(ctx, sourcesOf(archives), fleet.DiagnoseOptions{Override: f.override(), Progress: bar.Show})
	bar.Stop()
	if err != nil {
		return classify(err)
	}
	a.tellSnapshots(d.Hosts, d.Skipped, d.Remarks)
	if d.Sick {
		a.status = max(a.status, statusFindings)
	}
	write := report.FleetDiagnosisText
	if f.format == "json" {
		write = report.FleetDiagnosisJSON
	}
	return a.write(f, report.Options{}, func(w io.Writer, o report.Options) error { return write(w, d, o) })
}

// capacityOfSnapshots asks many hosts for their limits.
func (a *app) capacityOfSnapshots(f *flags, archives []string, q capacity.Question) error {
	defer limitMemory()()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	bar := a.newProgress(f, "snapshots")
	c, err := fleet.AskCapacity(ctx, sourcesOf(archives), fleet.CapacityOptions{Override: f.override(), Question: q, Progress: bar.Show})
	bar.Stop()
	if err != nil {
		return classify(err)
	}
	a.tellSnapshots(c.Hosts, c.Skipped, c.Remarks)
	if c.Overrun {
		a.status = max(a.status, statusFindings)
	}
	write := report.FleetCapacityText
	if f.format == "json" {
		write = report.FleetCapacityJSON
	}
	return a.write(f, report.Options{}, func(w io.Writer, o report.Options) error { return write(w, c, o) })
}

// limitMemory lets the collector of garbage work harder before much memory is used,
// unless GOMEMLIMIT says how much there is. What it returns undoes that.
func limitMemory() (undo func()) {
	const soft = 96 << 20
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return func() {}
	}
	old := debug.SetMemoryLimit(soft)
	return func() { debug.SetMemoryLimit(old) }
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
		names = append(names, x.name)
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
		write, _ := report.LookupFleet(x.name)
		failed.add(toFile(x.file, func(w io.Writer) error { return write(w, r, report.Options{Quiet: f.quiet, Version: version()}) }))
	}
	return failed.err()
}
