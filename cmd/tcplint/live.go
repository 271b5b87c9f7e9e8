package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/collect"
	"github.com/tcplint/tcplint/internal/disk"
	"github.com/tcplint/tcplint/internal/workspace"
)

// liveName is the folder in which the host that runs tcplint is seen.
const liveName = "live"

func addLiveFlag(cmd *cobra.Command, live *bool) {
	cmd.Flags().BoolVar(live, "live", false, "look at the host that it runs on, read-only, as collect does")
}

// mountOne mounts the one snapshot among the paths, or this host. Two hosts are two
// questions: what one of them shows must not be taken for the other's.
func (a *app) mountOne(live bool, paths []string, o *workspace.Options, interval time.Duration) (workspace.FS, error) {
	var snapshots []string
	for _, p := range paths {
		if p != "-" && disk.IsSnapshot(p) && !slices.Contains(snapshots, p) {
			snapshots = append(snapshots, p)
		}
	}
	switch {
	case len(snapshots) > 1:
		return nil, usagef("%s and %s are two hosts: ask about one at a time", snapshots[0], snapshots[1])
	case live && len(snapshots) == 1:
		return nil, usagef("--live and %s are two hosts: ask about one at a time", snapshots[0])
	case live:
		return a.mountLive(o, interval)
	}
	return a.mount(paths)
}

// mountLive collects this host into memory and puts it in front of the disk. Nothing
// is written.
func (a *app) mountLive(o *workspace.Options, interval time.Duration) (workspace.FS, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var b bytes.Buffer
	m, err := collect.Collect(ctx, collect.Local{}, collect.Options{Interval: interval, Timeout: 10 * time.Second, Collector: "tcplint " + version(), Now: time.Now()}, &b)
	if err != nil {
		return nil, classify(fmt.Errorf("looking at this host: %w", err))
	}
	a.tellCollected(m)
	o.Paths = append(o.Paths, liveName)
	fsys, err := disk.MountAs(liveName, &b)
	if err != nil {
		return nil, classify(fmt.Errorf("looking at this host: %w", err))
	}
	return fsys, nil
}
