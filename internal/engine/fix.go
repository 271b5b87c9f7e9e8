package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/workspace"
	"github.com/tcplint/tcplint/parser/source"
)

// Fixed is what fixing has come to, in memory.
type Fixed struct {
	// Changes are the files that are others, by path.
	Changes []lint.Change
	// Result is what remains, with the fixes that were made and refused.
	Result *lint.Result
	// Fails says that something remains at or above the failing level.
	Fails bool
	// PerFile says for each file which rules' findings were cured in it.
	PerFile []string
	// Unfinished are files in which every round of fixes made room for another.
	Unfinished []string
	// Messages are what is to be said besides.
	Messages []workspace.Message

	ws       *workspace.Workspace
	outcomes []*outcome
}

// Hosts are the hosts as the fixes leave them.
func (f *Fixed) Hosts() []*model.Host {
	var out []*model.Host
	for _, o := range f.outcomes {
		out = append(out, o.hosts()...)
	}
	return out
}

// Fix applies the fixes to a workspace in memory.
func Fix(ctx context.Context, ws *workspace.Workspace, o Options) (*Fixed, error) {
	allow := lint.Safe
	if o.Unsafe {
		allow = lint.Unsafe
	}
	all := components(ws)
	var groups []*group
	for _, c := range all {
		groups = append(groups, c.groups...)
	}
	leave, messages, err := muted(ctx, ws, groups, o)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		g.muted, g.closed = leave, o.Closed
	}
	outcomes := make([]*outcome, len(all))
	if err := each(ctx, len(all), o.Progress, func(i int) { outcomes[i] = all[i].tryFix(allow) }); err != nil {
		return nil, err
	}
	f := &Fixed{ws: ws, outcomes: outcomes, Messages: messages, PerFile: perFile(outcomes)}
	f.sum()
	f.Messages = append(f.Messages, broken(f.Result)...)
	return f, nil
}

// sum adds up the outcomes.
func (f *Fixed) sum() {
	results := make([]*lint.Result, len(f.outcomes))
	for i, o := range f.outcomes {
		results[i] = o.after
		f.Changes = append(f.Changes, o.changes...)
		f.Fails = f.Fails || o.fails
		if o.unfinished {
			f.Unfinished = append(f.Unfinished, o.name)
		}
	}
	slices.SortFunc(f.Changes, func(a, b lint.Change) int { return cmp.Compare(a.Old.Path, b.Old.Path) })
	f.Result = combine(results)
	for _, o := range f.outcomes {
		f.Result.Applied += len(o.applied)
		f.Result.Dropped = append(f.Result.Dropped, o.dropped...)
	}
	f.Result.NotChecked = append(f.Result.NotChecked, f.ws.NotChecked()...)
}

// outcome is what fixing a component has come to.
type outcome struct {
	name       string
	changes    []lint.Change
	applied    []lint.Finding
	dropped    []lint.Dropped
	unfinished bool
	after      *lint.Result
	fails      bool
	inputs     []model.Input // what the hosts are built from after the fixes
}

// hosts builds the hosts as the fixes leave them.
func (o *outcome) hosts() []*model.Host {
	out := make([]*model.Host, len(o.inputs))
	for i, in := range o.inputs {
		out[i] = model.Build(in)
	}
	return out
}

// tryFix cures a component in memory. If that breaks, nothing of it is changed.
func (c *component) tryFix(allow lint.Safety) (out *outcome) {
	defer func() {
		if x := recover(); x != nil {
			out = &outcome{}
			var results []*lint.Result
			for _, g := range c.groups {
				results = append(results, g.unjudged(panicked("", x)))
			}
			out.after = combine(results)
		}
	}()
	return c.fix(allow)
}

// fix cures a component in memory. Its groups are fixed one after the other, each
// on top of what the ones before have changed.
func (c *component) fix(allow lint.Safety) *outcome {
	out := &outcome{name: c.groups[0].hosts[0].Files()[0].Path}
	changed := map[string]*source.File{}
	old, disk := map[string]*source.File{}, map[string]*source.File{}
	var afters []*lint.Result
	for _, g := range c.groups {
		got := lint.FixAll(g.inputs(changed), g.options(), allow)
		for _, c := range got.Changes {
			if old[c.Old.Path] == nil {
				old[c.Old.Path] = c.Old
			}
		}
		maps.Copy(changed, got.Files)
		for _, c := range got.Changes {
			disk[c.Old.Path] = c.New
		}
		out.applied = append(out.applied, got.Applied...)
		out.dropped = append(out.dropped, got.Dropped...)
		out.unfinished = out.unfinished || got.Unfinished
		afters = append(afters, got.After)
	}
	if len(c.groups) > 1 && len(changed) > 0 {
		// What one group found may be gone since another one was fixed.
		for i, g := range c.groups {
			inputs := g.inputs(changed)
			hosts := make([]*model.Host, len(inputs))
			for j := range inputs {
				hosts[j] = model.Build(inputs[j])
			}
			afters[i] = lint.Run(hosts, g.options())
		}
	}
	for i, g := range c.groups {
		out.inputs = append(out.inputs, g.inputs(changed)...)
		out.fails = out.fails || g.settings.Fails(afters[i])
	}
	out.after = combine(afters)
	out.after.Applied, out.after.Dropped = 0, nil
	for _, p := range slices.Sorted(maps.Keys(disk)) {
		if old[p].Text != disk[p].Text {
			out.changes = append(out.changes, lint.Change{Old: old[p], New: disk[p]})
		}
	}
	return out
}

// inputs returns what the hosts of a group are built from, with some files
// replaced.
func (g *group) inputs(files map[string]*source.File) []model.Input {
	trees := model.NewTrees() // one for this component: they are not for several goroutines
	out := make([]model.Input, len(g.hosts))
	for i, h := range g.hosts {
		in := h.Input
		in.Trees = trees
		out[i] = in.With(files)
	}
	return out
}

// perFile says for each file that fixes have changed which rules' findings in it were
// cured there, and what it was changed for besides.
func perFile(outcomes []*outcome) []string {
	own, others := map[string]map[string]int{}, map[string]map[string]int{}
	add := func(to map[string]map[string]int, path, what string) {
		if to[path] == nil {
			to[path] = map[string]int{}
		}
		to[path][what]++
	}
	paths := map[string]bool{}
	for _, o := range outcomes {
		for _, f := range o.applied {
			at := f.At.File.Path
			if slices.ContainsFunc(f.Fix.Edits, func(e lint.FileEdit) bool { return e.File.OnDisk().Path == at }) {
				add(own, at, f.Rule.ID)
				paths[at] = true
			}
			for _, e := range f.Fix.Edits {
				if p := e.File.OnDisk().Path; p != at {
					add(others, p, f.Rule.ID+" in "+at)
					paths[p] = true
				}
			}
		}
	}
	var out []string
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		var parts []string
		for _, id := range slices.Sorted(maps.Keys(own[p])) {
			s := id
			if n := own[p][id]; n > 1 {
				s += fmt.Sprintf(" (%d)", n)
			}
			parts = append(parts, s)
		}
		for _, what := range slices.Sorted(maps.Keys(others[p])) {
			parts = append(parts, "for "+what)
		}
		out = append(out, p+": "+strings.Join(parts, ", "))
	}
	return out
}
