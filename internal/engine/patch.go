package engine

import (
	"context"
	"maps"

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
		ask := &choice{wanted: map[string]bool{}, left: map[string]bool{}, rest: map[findingKey]int{}}
		for _, g := range c.groups {
			found := o.Cache.peek(g).Findings
			for i, print := range lint.Fingerprints(found) {
				if wanted(&found[i]) {
					ask.wanted[print] = true
				} else {
					ask.left[print] = true
					ask.rest[wording(found[i])]++
				}
			}
		}
		if len(ask.wanted) == 0 {
			continue
		}
		for _, g := range c.groups {
			g.muted = ask.muted
		}
		f.outcomes = append(f.outcomes, c.tryFix(allow))
	}
	f.PerFile = perFile(f.outcomes)
	f.sum()
	f.Messages = append(f.Messages, broken(f.Result)...)
	return f, ctx.Err()
}

// choice tells the findings that are to be fixed from those that were there before and
// are to be left alone. What a fix brings is neither.
type choice struct {
	wanted, left map[string]bool    // by fingerprint
	rest         map[findingKey]int // how many are left, by their words
}

// muted is which of the findings are left alone. Where a fix changes the line of
// another finding, that has another fingerprint and still the same words.
func (c *choice) muted(all []lint.Finding) []bool {
	out, rest := make([]bool, len(all)), maps.Clone(c.rest)
	prints := lint.Fingerprints(all)
	for i, f := range all {
		if c.left[prints[i]] {
			out[i] = true
			rest[wording(f)]--
		}
	}
	for i, f := range all {
		if k := wording(f); !out[i] && !c.wanted[prints[i]] && rest[k] > 0 {
			out[i] = true
			rest[k]--
		}
	}
	return out
}

// wording is what a finding says of a file, wherever that is.
func wording(f lint.Finding) findingKey {
	return findingKey{rule: f.Rule.ID, path: f.At.File.Path, msg: f.Msg}
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
