package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/collect"
	"github.com/tcplint/tcplint/internal/snapshot"
	"github.com/tcplint/tcplint/internal/terminal"
)

func (a *app) collectCommand() *cobra.Command {
	var output string
	var script, redact bool
	interval, timeout := 10*time.Second, 10*time.Second
	cmd := &cobra.Command{
		Use:   "collect [--redact SNAPSHOT]",
		Short: "write what is to be known about this host into one archive, without secrets",
		Long: `collect takes what check, show, diagnose and capacity need of the host that it runs
on: nginx's configuration without keys, passwords, cookies and comments, kernel
settings, sockets, counters, limits and the ends of logs. It changes nothing on the
host. The archive (tar, gzip) has a MANIFEST of all that was read and run, and is taken
by every command in place of a path. docs/collect.md lists what is in it.

Without root it takes what it may; the manifest says what root would add.

With --redact and a snapshot it takes nothing of this host: it writes that snapshot
again, with addresses and names replaced.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				if !redact || script || len(args) > 1 {
					return noArgs(cmd, args)
				}
				return a.redact(args[0], output)
			}
			if script {
				_, err := io.WriteString(a.stdout, collect.Script("script of tcplint "+version()))
				return asWrite(err)
			}
			o := collect.Options{Interval: interval, Timeout: timeout}
			if redact {
				o.Salt = collect.NewSalt()
			}
			return a.collect(output, o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&output, "output", "o", "", `write the archive to `+"`FILE`"+`; "-" is standard output (default HOST-TIME.tar.gz)`)
	f.DurationVar(&interval, "interval", interval, "wait for `TIME` between two readings of the counters; 0 reads once")
	f.DurationVar(&timeout, "timeout", timeout, "give each command no more than `TIME`")
	f.BoolVar(&redact, "redact", false, "replace addresses and names, each by the same everywhere")
	f.BoolVar(&script, "script", false, "print a shell script that does the same on hosts without tcplint")
	return cmd
}

func (a *app) collect(output string, o collect.Options) error {
	o.Collector, o.Now = "tcplint "+version(), time.Now()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	host := collect.Local{}
	if output == "-" {
		if terminal.Is(a.stdout) {
			return usagef("an archive is not for a terminal: name a file with -o")
		}
		m, err := collect.Collect(ctx, host, o, a.stdout)
		if err != nil {
			return asWrite(err)
		}
		a.tellCollected(m)
		return nil
	}
	output = cmp.Or(output, o.ArchiveName(host))
	m, err := collect.ToFile(ctx, host, o, output)
	if err != nil {
		return &failure{statusFailure, fmt.Errorf("collecting into %s: %w", output, err)}
	}
	a.tellCollected(m)
	a.say("%s", output)
	return nil
}

// redact writes a snapshot that is there already without its addresses and names.
func (a *app) redact(archive, output string) error {
	o := collect.Options{Salt: collect.NewSalt(), Now: time.Now()}
	output = cmp.Or(output, o.ArchiveName(collect.Local{}))
	problems, err := collect.RedactFile(archive, output, o.Salt)
	if err != nil {
		return &failure{statusFailure, fmt.Errorf("redacting %s: %w", archive, err)}
	}
	for _, p := range problems {
		a.say("%s: %v", archive, p)
		a.status = max(a.status, statusFailure)
	}
	a.say("%s", output)
	return nil
}

// tellCollected says what could not be taken, and what root would add.
func (a *app) tellCollected(m *snapshot.Manifest) {
	for _, remark := range m.Remarks() {
		a.say("%s", remark)
	}
}
