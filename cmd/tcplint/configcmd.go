package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/cli"
	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/disk"
	"github.com/tcplint/tcplint/internal/workspace"
	"github.com/tcplint/tcplint/rules"
)

func (a *app) configCommand() *cobra.Command {
	var raw rawFlags
	var schema bool
	cmd := &cobra.Command{
		Use:   "config [PATH]",
		Short: "print the configuration in force and where each value comes from",
		Long: `config prints the configuration that holds for a file or folder (default: the
current folder), as TOML: each value with the line of .tcplint.toml that sets it,
the flag, or "default". With --schema it prints the JSON Schema of .tcplint.toml,
from which editors complete and check it.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if schema {
				data, err := config.Schema()
				if err != nil {
					return err
				}
				_, err = a.stdout.Write(data)
				return asWrite(err)
			}
			return a.config(raw, append(args, ".")[0])
		},
	}
	addListFlags(cmd, &raw)
	addRuleFlags(cmd, &raw)
	cmd.Flags().StringVar(&raw.failOn, "fail-on", "", "the `SEVERITY` from which on the status is 1: error, warning, info or never")
	cmd.Flags().StringVar(&raw.baseline, "baseline", "", "the `FILE` of known findings")
	cli.Complete(cmd, "fail-on", config.FailOnNames())
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of .tcplint.toml")
	return cmd
}

func (a *app) config(raw rawFlags, path string) error {
	f, err := raw.read()
	if err != nil {
		return err
	}
	if err := f.onlyFormat("config", "text", "json"); err != nil {
		return err
	}
	o, err := f.options()
	if err != nil {
		return err
	}
	dir := filepath.ToSlash(path)
	if info, err := os.Stat(path); err != nil {
		return &failure{statusFailure, reading(path, err)}
	} else if !info.IsDir() {
		dir = filepath.ToSlash(filepath.Dir(path))
	}
	set, err := workspace.Configured(disk.FS{}, o, dir)
	if err != nil {
		return classify(err)
	}
	write := config.WriteTOML
	if f.format == "json" {
		write = config.WriteJSON
	}
	return a.writeWhole(f, func(w io.Writer) error { return write(w, set.File, config.Effective(set.File, f.written())) })
}

// settingsHere are the settings that hold in the current folder.
func settingsHere(f *flags) (*config.Settings, error) {
	o, err := f.options()
	if err != nil {
		return nil, err
	}
	set, err := workspace.Configured(disk.FS{}, o, ".")
	return set, classify(err)
}

// written are the values of configuration that flags give.
func (f *flags) written() []config.Flag {
	var out []config.Flag
	flag := func(key, name, value string) {
		if value != "" {
			out = append(out, config.Flag{Key: key, Value: value, Origin: "--" + name})
		}
	}
	flag("fail-on", "fail-on", f.rawFlags.failOn)
	flag("root", "root", f.root)
	flag("baseline", "baseline", f.baseline)
	flag("target.nginx", "nginx", f.nginx)
	flag("target.kernel", "kernel", f.rawFlags.kernel)
	flag("target.loader", "loader", f.rawFlags.loader)
	for _, r := range rules.All() {
		key := "rules." + r.ID
		if f.ignored[r.ID] {
			flag(key, "ignore", "off")
		} else if f.selected != nil && !f.selected[r.ID] {
			flag(key, "select", "off")
		}
	}
	return out
}
