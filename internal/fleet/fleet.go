// Package fleet asks about many hosts at a time, each of them a snapshot, and says
// what they have in common and what tells them apart.
//
// Snapshots are read one after the other, each is asked once, and what it told is
// folded into the report: memory grows with what the hosts differ in, not with their
// number. The package opens no file.
package fleet

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/workspace"
)

// Source is the archive of a snapshot.
type Source struct {
	// Name is the path of the archive, as it is shown.
	Name string
	Open func() (io.ReadCloser, error)
}

// Options say how hosts are asked.
type Options struct {
	// Override is put on top of what a snapshot says about itself.
	Override config.Override
	// Against are the hosts of a repository, which the snapshots are held against.
	Against []*workspace.Host
	// Progress, if not nil, is told how many snapshots are done. It is called by
	// several goroutines.
	Progress func(done, all int)
}

// Report is what many hosts told.
type Report struct {
	// Hosts are those that were asked, by name.
	Hosts []Host
	// Causes are the findings, those of one cause together: the most harmful first,
	// then those of the most hosts.
	Causes []Cause
	// Differences are settings in which hosts differ from others of their group.
	Differences []Difference
	// NotInForce are kernel settings that files set and the kernel does not have.
	NotInForce []NotInForce
	// Drift is what the repository says and hosts do not; Compared says that there was
	// a repository.
	Drift    []Drift
	Compared bool
	// NotCompared says why hosts were not held against the repository.
	NotCompared []Remark
	// Skipped are archives that could not be used, Remarks what is to be said of those
	// that were, NotChecked what rules could not judge.
	Skipped, Remarks, NotChecked []Remark
	// Fails says that something is at or above the failing level of its settings.
	Fails bool
}

// Host is a host that was asked.
type Host struct {
	// Name is the host's own, with the archive behind it where several have the same.
	Name    string
	Archive string
	Time    time.Time
	// Nginx and Kernel are the releases in use, in words.
	Nginx, Kernel string
	// Findings are their numbers, by severity.
	Findings [lint.Error + 1]int
}

// Remark is something to be said about hosts, or about an archive.
type Remark struct {
	// Hosts are indices of Report.Hosts; nil for an archive that is no host.
	Hosts   []int
	Archive string
	Text    string
}

// Check asks all snapshots, on as many processors as there are. What cannot be used is
// in Skipped; the error is that of a context which ended.
func Check(ctx context.Context, sources []Source, o Options) (*Report, error) {
	f := newFolder(len(sources), o)
	err := each(ctx, len(sources), o.Progress, func(i int) {
		told, err := ask(ctx, sources[i], o)
		f.add(i, sources[i].Name, told, err)
	})
	if err != nil {
		return nil, err
	}
	return f.report(), nil
}

// each does something with every one of n snapshots, on as many processors as there
// are. The error is that of a context which ended: not all of them were done then.
func each(ctx context.Context, n int, progress func(done, all int), do func(i int)) error {
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i)
				if d := done.Add(1); progress != nil && ctx.Err() == nil {
					progress(int(d), n)
				}
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// roster are the hosts that were asked, and the archives that could not be.
type roster struct {
	hosts   []*Host // by source; nil for one that is skipped
	skipped []skipped
	remarks map[string][]int
}

type skipped struct {
	source int
	Remark
}

func newRoster(n int) roster { return roster{hosts: make([]*Host, n), remarks: map[string][]int{}} }

// take notes the host of a source. The host is copied: a pointer into what it told would
// hold all of that until the last host is done.
func (r *roster) take(i int, h Host, remarks []string) {
	r.hosts[i] = &h
	note(r.remarks, remarks, i)
}

// skip notes an archive that cannot be used.
func (r *roster) skip(i int, archive string, why error) {
	r.skipped = append(r.skipped, skipped{i, Remark{Archive: archive, Text: why.Error()}})
}

func note(to map[string][]int, texts []string, i int) {
	for _, text := range texts {
		to[text] = append(to[text], i)
	}
}

// left are the archives that are skipped, in the order in which they were given.
func (r *roster) left() (out []Remark) {
	slices.SortFunc(r.skipped, func(a, b skipped) int { return cmp.Compare(a.source, b.source) })
	for _, s := range r.skipped {
		out = append(out, s.Remark)
	}
	return out
}

// order sorts the hosts by name, and tells those apart that have the same.
func (r *roster) order() (hosts []Host, at places) {
	var sources []int
	for i, h := range r.hosts {
		if h != nil {
			sources = append(sources, i)
		}
	}
	slices.SortStableFunc(sources, func(a, b int) int { return natural(r.hosts[a].Name, r.hosts[b].Name) })
	at = make(places, len(r.hosts))
	times := map[string]int{}
	for n, i := range sources {
		at[i] = n
		hosts = append(hosts, *r.hosts[i])
		times[r.hosts[i].Name]++
	}
	for i := range hosts {
		if h := &hosts[i]; times[h.Name] > 1 {
			h.Name = fmt.Sprintf("%s (%s)", h.Name, h.Archive)
		}
	}
	return hosts, at
}

// places are the indices in the report's hosts of the sources.
type places []int

// all translates sources to sorted indices of hosts, each once.
func (p places) all(sources []int) []int {
	out := make([]int, len(sources))
	for i, s := range sources {
		out[i] = p[s]
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// remarks are texts with the hosts that they are about, those of the most first.
func (p places) remarks(from map[string][]int) (out []Remark) {
	for text, hosts := range from {
		out = append(out, Remark{Hosts: p.all(hosts), Text: text})
	}
	slices.SortFunc(out, func(a, b Remark) int {
		return cmp.Or(cmp.Compare(len(b.Hosts), len(a.Hosts)), cmp.Compare(a.Text, b.Text))
	})
	return out
}

// folder puts together what checks of hosts told.
type folder struct {
	mu sync.Mutex
	roster
	o      Options
	causes map[causeKey]*causeFold
	groups map[string]*groupFold
	idle   map[idleKey]*idleFold
	drift  map[driftKey]*driftFold

	notChecked, notCompared map[string][]int
	fails                   bool
}

func newFolder(n int, o Options) *folder {
	return &folder{
		roster: newRoster(n), o: o, causes: map[causeKey]*causeFold{}, groups: map[string]*groupFold{},
		idle: map[idleKey]*idleFold{}, drift: map[driftKey]*driftFold{},
		notChecked: map[string][]int{}, notCompared: map[string][]int{},
	}
}

// add takes what the host of a source told.
func (f *folder) add(i int, archive string, t *told, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.skip(i, archive, err)
		return
	}
	f.take(i, t.Host, t.remarks)
	f.fails = f.fails || t.fails
	for j := range t.findings {
		f.addFinding(i, &t.findings[j])
	}
	f.addSettings(i, t)
	for _, x := range t.idle {
		f.addIdle(i, x)
	}
	for _, x := range t.drift {
		f.addDrift(i, x)
	}
	note(f.notChecked, t.notChecked, i)
	note(f.notCompared, t.notCompared, i)
}

// report puts everything in order, so that it does not depend on which snapshot was
// done first.
func (f *folder) report() *Report {
	r := &Report{Fails: f.fails, Compared: f.o.Against != nil, Skipped: f.left()}
	var at places
	r.Hosts, at = f.order()
	r.Causes = f.orderedCauses(at)
	r.Differences = f.differences(at)
	r.NotInForce = f.notInForce(at)
	r.Drift = f.drifts(at)
	r.Remarks, r.NotChecked, r.NotCompared = at.remarks(f.remarks), at.remarks(f.notChecked), at.remarks(f.notCompared)
	return r
}
