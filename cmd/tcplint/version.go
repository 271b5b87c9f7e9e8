package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// release is the version that a release build sets:
// -ldflags "-X main.release=v1.2.3".
var release string

// version is what reports call tcplint's version.
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// versionLine adds what a bug report needs.
func versionLine() string {
	s := fmt.Sprintf("tcplint %s (%s %s/%s", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if commit := revision(); commit != "" && !strings.Contains(version(), commit) {
		s += ", commit " + commit
	}
	return s + ")"
}

// revision is the commit that the program was built from, shortened.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			const short = 12
			return s.Value[:min(short, len(s.Value))]
		}
	}
	return ""
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.stdout, versionLine())
			return asWrite(err)
		},
	}
}
