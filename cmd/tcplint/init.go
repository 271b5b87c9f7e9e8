package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/disk"
	"github.com/tcplint/tcplint/internal/replace"
	"github.com/tcplint/tcplint/internal/starter"
)

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "write a commented " + config.Name,
		Long: `init writes a .tcplint.toml that explains itself into the current folder. Versions
that Dockerfiles, manifests and package pins name are filled in, and so are the
event streams that pages open.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			cwd, err := os.Getwd()
			if err != nil {
				return &failure{statusFailure, err}
			}
			err = replace.New(config.Name, starter.Write(disk.FS{}, disk.Name(cwd)))
			if errors.Is(err, fs.ErrExist) {
				return usagef("%s is there already and was left as it is", config.Name)
			}
			if err != nil {
				return &failure{statusFailure, fmt.Errorf("writing %s: %w", config.Name, err)}
			}
			_, err = fmt.Fprintln(a.stdout, "wrote", config.Name)
			return asWrite(err)
		},
	}
}
