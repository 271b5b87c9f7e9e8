package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/show"
)

func (a *app) showCommand() *cobra.Command {
	var raw rawFlags
	var live bool
	cmd := &cobra.Command{
		Use:   "show [PATH...]",
		Short: "print the effective configuration and where each value comes from",
		Long: `show prints what each location that passes requests on really does: its target,
the upstream and its pool, the effective settings, the headers that the backend
gets, and the kernel settings in force, each with the file and line that it
comes from, or the default and its versions.`,
		RunE: func(_ *cobra.Command, args []string) error { return a.show(raw, live, args) },
	}
	addListFlags(cmd, &raw)
	addLiveFlag(cmd, &live)
	return cmd
}

func (a *app) show(raw rawFlags, live bool, paths []string) error {
	f, err := raw.read()
	if err != nil {
		return err
	}
	if err := f.onlyFormat("show", "text", "json"); err != nil {
		return err
	}
	ws, err := a.openHost(f, live, paths)
	if err != nil {
		return err
	}
	write := show.Text
	if f.format == "json" {
		write = show.JSON
	}
	return a.writeWhole(f, func(w io.Writer) error { return write(w, engine.Show(ws)) })
}
