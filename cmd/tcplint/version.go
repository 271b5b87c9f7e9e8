package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/cli"
)

// release is the version that a release build sets:
// -ldflags "-X main.release=v1.2.3".
var release string

// version is what reports call tcplint's version.
func version() string { return cli.Version(release) }

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.stdout, cli.VersionLine(version()))
			return asWrite(err)
		},
	}
}
