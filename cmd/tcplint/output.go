package main

import (
	"bytes"
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

// checkedWriter remembers the first error of writing.
type checkedWriter struct {
	w   io.Writer
	err error
}

func (c *checkedWriter) Write(data []byte) (int, error) {
	n, err := c.w.Write(data)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

// asWrite gives an error of writing to stdout its status.
func asWrite(err error) error {
	if err == nil {
		return nil
	}
	return &failure{statusFailure, fmt.Errorf("writing the output: %w", err)}
}

// publish writes a report to where the flags say, and those that have files of
// their own. One that cannot be written keeps no other from being written.
func (a *app) publish(f *flags, res *lint.Result, o report.Options) error {
	o.Quiet, o.Statistics, o.Version = f.quiet, f.statistics, version()
	var failed problems
	if f.reporter != nil {
		if err := a.publishMain(f, res, o); err != nil {
			failed = append(failed, err)
		}
	}
	for _, x := range f.files {
		if err := x.publish(res, o); err != nil {
			failed = append(failed, err)
		}
	}
	if len(failed) > 0 {
		return failed
	}
	return nil
}

// publishMain writes the report that goes to standard output or --output.
func (a *app) publishMain(f *flags, res *lint.Result, o report.Options) error {
	if f.output == "" {
		o.Color, o.Terminal = terminal.Colored(a.stdout, f.color), terminal.Is(a.stdout)
		o.Links, o.Width = terminal.Linked(a.stdout, os.Getenv), terminal.Columns(a.stdout)
		return asWrite(f.reporter(a.stdout, res, o))
	}
	o.Color = f.color == "always"
	var b bytes.Buffer
	if err := f.reporter(&b, res, o); err != nil {
		return asWrite(err)
	}
	return a.emit(f, b.Bytes())
}

// emit writes what is finished to where the flags say.
func (a *app) emit(f *flags, data []byte) error {
	if f.output == "" {
		_, err := a.stdout.Write(data)
		return asWrite(err)
	}
	if err := replace.Write(f.output, data); err != nil {
		return &failure{statusFailure, fmt.Errorf("writing %s: %w", f.output, err)}
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
