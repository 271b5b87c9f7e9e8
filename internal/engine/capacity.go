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
}

// AskCapacity reads configuration and evidence as Diagnose does, and works out the
// limits on the path.
func AskCapacity(ctx context.Context, fsys workspace.FS, o workspace.Options, d DiagnoseOptions, q capacity.Question) (*Capacity, error) {
	g, err := gather(ctx, fsys, o, d)
	if err != nil {
		return nil, err
	}
	return &Capacity{Result: capacity.Run(g.hosts, g.set, q), Messages: g.messages}, nil
}
