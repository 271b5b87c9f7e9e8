package engine

import (
	"context"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/workspace"
)

// Patch makes the fixes of the findings that are wanted, in memory, and those that
// these lead to; all other findings are left alone. Nothing that a fix would break is
// changed: what was refused is in Result.Dropped. It reads Options.Cache, and must not
// run beside a Check that has the same one.
func Patch(ctx context.Context, ws *workspace.Workspace, wanted func(*lint.Finding) bool, o Options) (*Fixed, error) {
	allow := lint.Safe
	if o.Unsafe {
		allow = lint.Unsafe
	}
	f := &Fixed{ws: ws}
	for _, c := range components(ws) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		left, any := map[string]bool{}, false
		for _, g := range c.groups {
			found := o.Cache.peek(g).Findings
			for i, print := range lint.Fingerprints(found) {
				if wanted(&found[i]) {
					any = true
				} else {
					left[print] = true
				}
			}
		}
		if !any {
			continue
		}
		for _, g := range c.groups {
			g.muted = func(all []lint.Finding) []bool {
				out := make([]bool, len(all))
				for i, print := range lint.Fingerprints(all) {
					out[i] = left[print]
				}
				return out
			}
		}
		f.outcomes = append(f.outcomes, c.tryFix(allow))
	}
	f.PerFile = perFile(f.outcomes)
	f.sum()
	f.Messages = append(f.Messages, broken(f.Result)...)
	return f, ctx.Err()
}

// peek returns what is known of a group, or judges it without noting so.
func (c *Cache) peek(g *group) *lint.Result {
	if c != nil {
		if have, ok := c.find(g.hosts[0].Model, g); ok {
			return have.result
		}
	}
	return judge(g)
}
