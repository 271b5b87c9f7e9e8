package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/cli"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/replace"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/terminal"
)

func addColorFlag(cmd *cobra.Command, mode *string) {
	cmd.Flags().StringVar(mode, "color", "auto", "colour: auto, always or never (NO_COLOR is respected)")
	cli.Complete(cmd, "color", terminal.ColorModes)
}

// asWrite gives an error of writing to stdout its status.
func asWrite(err error) error {
	if err == nil {
		return nil
	}
	if _, told := errors.AsType[*failure](err); told {
		return err
	}
	return &failure{statusFailure, fmt.Errorf("writing the output: %w", err)}
}

// publish writes a report to where the flags say, and those that have files of
// their own. One that cannot be written keeps no other from being written.
func (a *app) publish(f *flags, res *lint.Result, o report.Options) error {
	o.Statistics = f.statistics
	var failed problems
	if f.reporter != nil {
		failed.add(a.write(f, o, func(w io.Writer, o report.Options) error { return f.reporter(w, res, o) }))
	}
	o.Quiet, o.Version = f.quiet, version()
	for _, x := range f.files {
		failed.add(toFile(x.File, func(w io.Writer) error { return x.Report(w, res, o) }))
	}
	return failed.err()
}

// write writes one report: to standard output as it is made, to a file as a whole.
func (a *app) write(f *flags, o report.Options, write func(io.Writer, report.Options) error) error {
	o.Quiet, o.Version = f.quiet, version()
	if f.output != "" {
		o.Color = f.color == "always"
		return toFile(f.output, func(w io.Writer) error { return write(w, o) })
	}
	o.Color, o.Terminal = terminal.Colored(a.stdout, f.color), terminal.Is(a.stdout)
	o.Links, o.Width = terminal.Linked(a.stdout, os.Getenv), terminal.Columns(a.stdout)
	return asWrite(write(a.stdout, o))
}

// writeWhole writes what is finished before any of it is written.
func (a *app) writeWhole(f *flags, write func(io.Writer) error) error {
	if f.output != "" {
		return toFile(f.output, write)
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return asWrite(err)
	}
	_, err := a.stdout.Write(b.Bytes())
	return asWrite(err)
}

// toFile writes a file as a whole.
func toFile(file string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return asWrite(err)
	}
	if err := replace.Write(file, b.Bytes()); err != nil {
		return &failure{statusFailure, fmt.Errorf("writing %s: %w", file, err)}
	}
	return nil
}

// newProgress shows on a terminal how far a long run has come, unless the user wants
// silence.
func (a *app) newProgress(f *flags, what string) *terminal.Progress {
	if f.quiet {
		return nil
	}
	return terminal.NewProgress(a.stderr, what)
}
