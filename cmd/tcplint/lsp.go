package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/disk"
	"github.com/tcplint/tcplint/internal/lsp"
)

func (a *app) lspCommand() *cobra.Command {
	var raw rawFlags
	var listen string
	cmd := &cobra.Command{
		Use:   "lsp",
		Short: "serve an editor: findings, fixes and explanations while one types",
		Long: `lsp speaks the Language Server Protocol over standard input and output; an editor
starts it. It says what "check" says of the same texts, saved or not, and offers the
same patches. How editors are set up: docs/editors.md.

Exit status: 0 after the client's shutdown and exit, 1 if it left without.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.lsp(raw, listen) },
	}
	f := cmd.Flags()
	f.StringVar(&raw.config, "config", "", "read this configuration `FILE` instead of the nearest .tcplint.toml")
	f.StringVar(&raw.nginx, "nginx", "", "the `VERSION` of nginx that is in use, such as 1.28.0, or of a relative: angie-1.12, openresty-1.27.1")
	f.StringVar(&raw.kernel, "kernel", "", "the `VERSION` of the Linux kernel that is in use, such as 6.1")
	f.StringVar(&raw.root, "root", "", "look up absolute include paths below `DIR`")
	addRuleFlags(cmd, &raw)
	f.StringVar(&listen, "listen", "", "serve one client that connects to `ADDRESS` instead, such as 127.0.0.1:7070, for debugging; loopback only")
	return cmd
}

func (a *app) lsp(raw rawFlags, listen string) error {
	f, err := raw.read()
	if err != nil {
		return err
	}
	o, err := f.options()
	if err != nil {
		return err
	}
	in, out := a.stdin, io.WriteCloser(nopCloser{a.stdout})
	if listen != "" {
		conn, err := lsp.Accept(listen, func(at net.Addr) { a.say("tcplint: waiting for a client on %s", at) })
		if err != nil {
			return classify(fmt.Errorf("--listen: %w", err))
		}
		defer conn.Close() //nolint:errcheck // the client is gone
		in, out = conn, conn
	}
	err = lsp.Serve(context.Background(), in, out, lsp.Options{
		FS: disk.FS{}, Workspace: o, Version: version(), Log: func(text string) { a.say("tcplint: %s", text) },
	})
	if errors.Is(err, lsp.ErrNoShutdown) {
		a.status = statusFindings // as the protocol wants it
		return nil
	}
	if err != nil {
		return &failure{statusFailure, err}
	}
	return nil
}

// nopCloser is a writer that others close.
type nopCloser struct{ io.Writer }

// Close does nothing.
func (nopCloser) Close() error { return nil }
