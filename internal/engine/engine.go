// Package engine answers questions about a workspace: what is wrong in it, what it
// looks like once that is mended, what is in force. The command line, the language
// server and the page all ask here.
//
// Nothing is printed; what is to be said besides findings is in the results, as
// values.
package engine

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/internal/workspace"
	"github.com/tcplint/tcplint/rules"
)

// Options say how a question is answered. The zero value is right for most.
type Options struct {
	// Progress, if not nil, is told how many of how many parts are done. It is called
	// by several goroutines.
	Progress func(done, all int)
	// Changed, if not nil, limits findings to lines that have changed. It is asked once
	// for each repository, by the name of its folder in the file system.
	Changed func(repository string) (Changes, error)
	// Cache keeps findings from one Check to the next; nil keeps none.
	Cache *Cache
	// Unsafe makes Fix apply the unsafe fixes, too.
	Unsafe bool
	// Closed, if not nil, says why Fix must not write a file, by its path; empty if it
	// may. A fix that needs such a file is left out.
	Closed func(path string) string
}

// Result is what a check has found.
type Result struct {
	*lint.Result

	// Fails says that something is at or above the failing level of its settings.
	Fails bool
	// Messages are what is to be said besides.
	Messages []workspace.Message

	hosts []*workspace.Host
}

// Hosts are the hosts that the result is about.
func (r *Result) Hosts() []*model.Host {
	out := make([]*model.Host, len(r.hosts))
	for i, h := range r.hosts {
		out[i] = h.Model
	}
	return out
}

// Check runs the rules over a workspace.
func Check(ctx context.Context, ws *workspace.Workspace, o Options) (*Result, error) {
	r, err := check(ctx, ws, o)
	if err != nil {
		return nil, err
	}
	known, err := r.leaveOut(ws, o)
	if err != nil {
		return nil, err
	}
	out := &Result{Messages: r.messages}
	for i, g := range r.groups {
		out.hosts = append(out.hosts, g.hosts...)
		out.Fails = out.Fails || g.settings.Fails(r.results[i])
	}
	out.Result = combine(r.results)
	out.Suppressed = append(out.Suppressed, known...)
	if ws.ByFolder() && o.Changed == nil {
		out.Elsewhere = 0 // all of the folder was asked about, each file in one place
	}
	out.NotChecked = append(out.NotChecked, ws.NotChecked()...)
	out.Messages = append(out.Messages, broken(out.Result)...)
	return out, nil
}

// Show describes the effective configuration of each host.
func Show(ws *workspace.Workspace) []*show.Host {
	out := []*show.Host{}
	for _, h := range ws.Hosts() {
		out = append(out, show.Describe(h.Model))
	}
	return out
}

// Explain returns the rule with an ID. The error names the nearest one.
func Explain(id string) (*lint.Rule, error) {
	all := rules.All()
	i := slices.IndexFunc(all, func(r *lint.Rule) bool { return r.ID == id })
	if i < 0 {
		return nil, &workspace.RequestError{Err: config.UnknownRule(id)}
	}
	return all[i], nil
}

// run is what a check comes to: the results of each group.
type run struct {
	groups   []*group
	results  []*lint.Result
	messages []workspace.Message
}

// check runs the rules, and looks for configuration that has no effect.
func check(ctx context.Context, ws *workspace.Workspace, o Options) (*run, error) {
	r := &run{}
	kept := &lint.Kept{}
	for _, c := range components(ws) {
		for _, g := range c.groups {
			g.kept = kept
		}
		r.groups = append(r.groups, c.groups...)
	}
	r.results = make([]*lint.Result, len(r.groups))
	o.Cache.begin()
	err := each(ctx, len(r.groups), o.Progress, func(i int) {
		r.results[i] = o.Cache.result(r.groups[i])
	})
	if err != nil {
		return nil, err
	}
	o.Cache.end()
	r.addStale(ws, o)
	return r, nil
}

// each calls do for every number below n, on as many processors as there are, and
// returns the first panic as an error.
func each(ctx context.Context, n int, progress func(done, all int), do func(i int)) error {
	var next, done atomic.Int64
	var once sync.Once
	var broken error
	work := func() {
		defer func() {
			if r := recover(); r != nil {
				once.Do(func() { broken = panicked("while the parts were worked on", r) })
			}
		}()
		for ctx.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			do(i)
			if d := done.Add(1); progress != nil {
				progress(int(d), n)
			}
		}
	}
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
	if broken != nil {
		return broken
	}
	return ctx.Err()
}
