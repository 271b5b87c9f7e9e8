package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// outcome is what fixing an island has come to.
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

// fix cures an island in memory. Its batches are fixed one after the other, each
// on top of what the ones before have changed.
func (is *island) fix(allow lint.Safety) *outcome {
	out := &outcome{name: is.batches[0].units[0].files[0].Path}
	changed := map[string]*source.File{}
	old, disk := map[string]*source.File{}, map[string]*source.File{}
	var afters []*lint.Result
	for _, b := range is.batches {
		got := lint.FixAll(b.inputs(changed), b.options(), allow)
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
	if len(is.batches) > 1 && len(changed) > 0 {
		// What one batch found may be gone since another one was fixed.
		for i, b := range is.batches {
			inputs := b.inputs(changed)
			hosts := make([]*model.Host, len(inputs))
			for j := range inputs {
				hosts[j] = model.Build(inputs[j])
			}
			afters[i] = lint.Run(hosts, b.options())
		}
	}
	for i, b := range is.batches {
		out.inputs = append(out.inputs, b.inputs(changed)...)
		out.fails = out.fails || b.set.fails(afters[i])
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

// inputs returns what the hosts of a batch are built from, with some files
// replaced.
func (b *batch) inputs(files map[string]*source.File) []model.Input {
	trees := model.NewTrees() // one for this island: they are not for several goroutines
	out := make([]model.Input, len(b.units))
	for i, u := range b.units {
		in := u.in
		in.Trees = trees
		out[i] = in.With(files)
	}
	return out
}

func sortChanges(all []lint.Change) {
	slices.SortFunc(all, func(a, b lint.Change) int { return cmp.Compare(a.Old.Path, b.Old.Path) })
}

// perFile says for each file which rules' findings were cured in it.
func perFile(outcomes []*outcome) []string {
	byPath := map[string]map[string]int{}
	for _, o := range outcomes {
		for _, f := range o.applied {
			p := f.At.File.Path
			if byPath[p] == nil {
				byPath[p] = map[string]int{}
			}
			byPath[p][f.Rule.ID]++
		}
	}
	var out []string
	for _, p := range slices.Sorted(maps.Keys(byPath)) {
		var parts []string
		for _, id := range slices.Sorted(maps.Keys(byPath[p])) {
			s := id
			if n := byPath[p][id]; n > 1 {
				s += fmt.Sprintf(" (%d)", n)
			}
			parts = append(parts, s)
		}
		out = append(out, p+": "+strings.Join(parts, ", "))
	}
	return out
}
