package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/mcp"
	"github.com/tcplint/tcplint/internal/workspace"
)

func (a *app) mcpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "mcp [DIR]",
		Short: "answer a language model's questions about a folder, as tools of MCP",
		Long: `mcp speaks the Model Context Protocol over standard input and output. Its tools are
check, show, explain, diagnose, capacity and patch, which returns a diff. Nothing is
written, and nothing outside of DIR (the current folder) is read, through links neither.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("mcp wants one folder")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return a.mcp(dir)
		},
	}
}

func (a *app) mcp(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return &failure{statusUsage, reading(dir, err)}
	}
	defer root.Close() //nolint:errcheck // nothing was written
	fsys, ok := root.FS().(workspace.FS)
	if !ok {
		return &failure{statusFailure, fmt.Errorf("%s: %w", dir, fs.ErrInvalid)}
	}
	err = mcp.Serve(context.Background(), io.NopCloser(a.stdin), nopCloser{a.stdout}, mcp.Options{FS: fsys, Version: version()})
	if err != nil && !errors.Is(err, io.EOF) {
		return &failure{statusFailure, err}
	}
	return nil
}
