package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// batch are units that are linted in one run: they share files, and with them
// findings and suppressions.
type batch struct {
	units []*unit
	set   *settings
	only  map[string]bool
	// aside says what is to be left alone, nil if nothing is.
	aside func([]lint.Finding) []bool
}

func (b *batch) options() lint.Options {
	o := b.set.options(b.only)
	o.Aside = b.aside
	return o
}

func (b *batch) hosts() []*model.Host {
	hosts := make([]*model.Host, len(b.units))
	for i, u := range b.units {
		hosts[i] = u.host
	}
	return hosts
}

// island are all batches that have files on disk in common with each other and
// none with those of other islands, so that islands can be worked on at the same
// time.
type island struct{ batches []*batch }

// islands sorts units into islands, in the order of the units.
func islands(units []*unit) []*island {
	// A union-find over units, joined by the files that they read.
	parent := make([]int, len(units))
	var root func(int) int
	root = func(i int) int {
		if parent[i] != i {
			parent[i] = root(parent[i])
		}
		return parent[i]
	}
	first := map[*source.File]int{}
	for i, u := range units {
		parent[i] = i
		for _, f := range u.files {
			f = f.OnDisk()
			j, ok := first[f]
			if !ok {
				first[f] = i
				continue
			}
			a, b := root(i), root(j)
			parent[max(a, b)] = min(a, b)
		}
	}
	var out []*island
	byRoot := map[int]*island{}
	for i, u := range units {
		r := root(i)
		if byRoot[r] == nil {
			byRoot[r] = &island{}
			out = append(out, byRoot[r])
		}
		byRoot[r].add(u)
	}
	return out
}

func (is *island) add(u *unit) {
	for _, b := range is.batches {
		if u.only == nil && b.only == nil && b.set == u.set {
			b.units = append(b.units, u)
			return
		}
	}
	is.batches = append(is.batches, &batch{units: []*unit{u}, set: u.set, only: u.only})
}

// each calls do for every number below n, on as many processors as there are,
// and returns the first panic as an error.
func each(n int, do func(i int)) error {
	var next atomic.Int64
	var once sync.Once
	var broken error
	work := func() {
		defer func() {
			if r := recover(); r != nil {
				once.Do(func() { broken = fmt.Errorf("internal error: %v\n%s", r, debug.Stack()) })
			}
		}()
		for {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			do(i)
		}
	}
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
	if broken != nil {
		return &failure{statusFailure, broken}
	}
	return nil
}

// findingKey tells findings apart.
type findingKey struct {
	rule, path, msg string
	span            source.Span
}

func keyOf(f lint.Finding) findingKey {
	return findingKey{f.Rule.ID, f.At.File.Path, f.Msg, f.At.Span}
}

// combine makes one result of several. What several hosts say of the same place
// is said once.
func combine(results []*lint.Result) *lint.Result {
	all := &lint.Result{}
	found, silenced, unseen := map[findingKey]bool{}, map[findingKey]bool{}, map[findingKey]bool{}
	first := func(seen map[findingKey]bool, k findingKey) bool {
		if seen[k] {
			return false
		}
		seen[k] = true
		return true
	}
	for _, r := range results {
		for _, f := range r.Findings {
			if first(found, keyOf(f)) {
				all.Findings = append(all.Findings, f)
			}
		}
		for _, s := range r.Suppressed {
			if first(silenced, keyOf(s.Finding)) {
				all.Suppressed = append(all.Suppressed, s)
			}
		}
		for _, n := range r.NotChecked {
			k := findingKey{rule: n.Rule, msg: n.Reason, span: n.At.Span}
			if n.At.File != nil {
				k.path = n.At.File.Path
			}
			if first(unseen, k) {
				all.NotChecked = append(all.NotChecked, n)
			}
		}
		all.Files = append(all.Files, r.Files...)
		all.Dropped = append(all.Dropped, r.Dropped...)
		all.Applied += r.Applied
		all.Elsewhere += r.Elsewhere
		all.Broken = append(all.Broken, r.Broken...)
	}
	slices.Sort(all.Files)
	all.Files = slices.Compact(all.Files)
	lint.Sort(all.Findings)
	slices.SortStableFunc(all.Suppressed, func(a, b lint.Suppression) int {
		return cmp.Or(
			cmp.Compare(a.Finding.At.File.Path, b.Finding.At.File.Path),
			cmp.Compare(a.Finding.At.Span.Start, b.Finding.At.Span.Start),
		)
	})
	return all
}

// fails reports whether a result has something at or above the failing level.
func (s *settings) fails(r *lint.Result) bool {
	return slices.ContainsFunc(r.Findings, func(f lint.Finding) bool { return f.Severity >= s.failOn })
}
