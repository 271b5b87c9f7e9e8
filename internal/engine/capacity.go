//go:build !tcplint_core

package engine

import (
	"context"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/workspace"
)

// Capacity is the table of limits of what paths name.
type Capacity struct {
	*capacity.Result

	// Messages are what is to be said besides.
	Messages []workspace.Message
	// Empty says that neither configuration nor evidence was read.
	Empty bool
}

// AskCapacity reads configuration and evidence as Diagnose does, and works out the
// limits on the path.
func AskCapacity(ctx context.Context, fsys workspace.FS, o workspace.Options, d DiagnoseOptions, q capacity.Question) (*Capacity, error) {
	g, err := gather(ctx, fsys, o, d)
	if err != nil {
		return nil, err
	}
	return &Capacity{Result: capacity.Run(g.hosts, g.set, q), Messages: g.messages, Empty: len(g.hosts) == 0 && len(g.set.Sources) == 0}, nil
}
