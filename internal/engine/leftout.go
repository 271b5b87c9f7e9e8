package engine

import (
	"context"
	"maps"
	"slices"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/workspace"
)

// leaveOut takes out of the results what is not to be spoken of: findings that a
// baseline knows, and those on lines that have not changed.
func (r *run) leaveOut(ws *workspace.Workspace, o Options) (known []lint.Suppression, err error) {
	byBaseline := map[string][]*lint.Result{}
	for i, g := range r.groups {
		if file := g.settings.Baseline; file != "" {
			byBaseline[file] = append(byBaseline[file], r.results[i])
		}
	}
	for _, file := range slices.Sorted(maps.Keys(byBaseline)) {
		b, err := readBaseline(ws, file)
		if err != nil {
			return nil, err
		}
		quiet, gone := b.withoutKnown(byBaseline[file])
		known = append(known, quiet...)
		r.tellGone(file, gone)
	}
	if o.Changed != nil {
		c := &changedLines{ws: ws, ask: o.Changed, repositories: map[string]Changes{}}
		for _, res := range r.results {
			if err := c.only(res); err != nil {
				return nil, err
			}
		}
	}
	return known, nil
}

// muted runs the rules and returns a function that tells what is to be left alone
// while other findings are fixed; nil if nothing is. It knows findings by their
// fingerprints, as the numbers of their lines change with each fix.
func muted(ctx context.Context, ws *workspace.Workspace, groups []*group, o Options) (func([]lint.Finding) []bool, []workspace.Message, error) {
	if o.Changed == nil && !slices.ContainsFunc(groups, func(g *group) bool { return g.settings.Baseline != "" }) {
		return nil, nil, nil
	}
	r := &run{groups: groups, results: make([]*lint.Result, len(groups))}
	if err := each(ctx, len(groups), nil, func(i int) { r.results[i] = lint.Run(groups[i].models(), groups[i].options()) }); err != nil {
		return nil, nil, err
	}
	all := combine(r.results).Findings
	prints := lint.Fingerprints(all)
	if _, err := r.leaveOut(ws, o); err != nil {
		return nil, nil, err
	}
	spoken := map[findingKey]bool{}
	for _, res := range r.results {
		for _, f := range res.Findings {
			spoken[keyOf(f)] = true
		}
	}
	left := map[string]bool{}
	for i, f := range all {
		if !spoken[keyOf(f)] {
			left[prints[i]] = true
		}
	}
	return func(all []lint.Finding) []bool {
		out := make([]bool, len(all))
		for i, print := range lint.Fingerprints(all) {
			out[i] = left[print]
		}
		return out
	}, r.messages, nil
}
