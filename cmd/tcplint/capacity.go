package main

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/report"
)

func (a *app) capacityCommand() *cobra.Command {
	var raw rawFlags
	var q capacity.Question
	var live bool
	cmd := &cobra.Command{
		Use:   "capacity [PATH...]",
		Short: "print the limits on the path and the load at which each is reached",
		Long: `capacity prints every limit on the path of a connection: source ports, descriptors,
worker_connections, accept queues, pools against what the backend holds, tables and
budgets of the kernel. For each it says the value and where that comes from, how it is
used up, the load at which it is reached, and with evidence how full it is now.

--rate, --clients and --latency ask what a load needs.

Several snapshots (see "tcplint collect"), or a folder that holds nothing else, are
many hosts: each limit is said once, with the hosts that have each value, the one on
which it is reached first, and those on which it is fullest.

Exit status: 1 if a load that was asked about needs more than there is.`,
		RunE: func(_ *cobra.Command, args []string) error { return a.capacity(raw, q, live, args) },
	}
	addListFlags(cmd, &raw, "html")
	f := cmd.Flags()
	f.Float64Var(&q.Rate, "rate", 0, "ask about `N` requests per second")
	f.Float64Var(&q.Clients, "clients", 0, "ask about `N` connected clients")
	f.DurationVar(&q.Latency, "latency", 0, "a request takes `TIME` (default 100ms)")
	addLiveFlag(cmd, &live)
	return cmd
}

func (a *app) capacity(raw rawFlags, q capacity.Question, live bool, paths []string) error {
	f, err := raw.read()
	if err != nil {
		return err
	}
	if err := f.onlyFormat("capacity", "text", "json", "html"); err != nil {
		return err
	}
	if q.Rate < 0 || q.Clients < 0 || q.Latency < 0 {
		return usagef("--rate, --clients and --latency want numbers above 0")
	}
	o, err := f.options()
	if err != nil {
		return err
	}
	if !live && !slices.Contains(paths, "-") {
		archives, err := a.snapshots(f, paths)
		if err != nil {
			return err
		}
		if archives != nil {
			return a.capacityOfSnapshots(f, archives, q)
		}
	}
	var d engine.DiagnoseOptions
	if d.Input, err = a.evidence(paths, &o); err != nil {
		return err
	}
	fsys, err := a.mountOne(live, paths, &o, time.Duration(0))
	if err != nil {
		return err
	}
	res, err := engine.AskCapacity(context.Background(), fsys, o, d, q)
	if err != nil {
		return classify(err)
	}
	a.tell(f, res.Messages)
	if res.Overrun() {
		a.status = max(a.status, statusFindings)
	}
	write := map[string]func(io.Writer, *capacity.Result) error{"text": report.CapacityText, "json": report.CapacityJSON, "html": report.CapacityHTML}[f.format]
	return a.writeWhole(f, func(w io.Writer) error { return write(w, res.Result) })
}
