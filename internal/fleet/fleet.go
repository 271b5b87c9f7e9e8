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
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range min(len(sources), runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(sources) {
					return
				}
				told, err := ask(ctx, sources[i], o)
				if ctx.Err() != nil {
					return
				}
				f.add(i, sources[i].Name, told, err)
				if d := done.Add(1); o.Progress != nil {
					o.Progress(int(d), len(sources))
				}
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return f.report(), nil
}

// folder puts together what hosts told.
type folder struct {
	mu     sync.Mutex
	o      Options
	hosts  []*Host // by source; nil for one that is skipped
	causes map[causeKey]*causeFold
	groups map[string]*groupFold
	idle   map[idleKey]*idleFold
	drift  map[driftKey]*driftFold

	skipped                          []skipped
	remarks, notChecked, notCompared map[string][]int
	fails                            bool
}

type skipped struct {
	source int
	Remark
}

func newFolder(n int, o Options) *folder {
	return &folder{
		o: o, hosts: make([]*Host, n), causes: map[causeKey]*causeFold{}, groups: map[string]*groupFold{},
		idle: map[idleKey]*idleFold{}, drift: map[driftKey]*driftFold{},
		remarks: map[string][]int{}, notChecked: map[string][]int{}, notCompared: map[string][]int{},
	}
}

// add takes what the host of a source told.
func (f *folder) add(i int, archive string, t *told, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.skipped = append(f.skipped, skipped{i, Remark{Archive: archive, Text: err.Error()}})
		return
	}
	f.hosts[i] = &t.Host
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
	note := func(to map[string][]int, texts []string) {
		for _, text := range texts {
			to[text] = append(to[text], i)
		}
	}
	note(f.remarks, t.remarks)
	note(f.notChecked, t.notChecked)
	note(f.notCompared, t.notCompared)
}

// report puts everything in order, so that it does not depend on which snapshot was
// done first.
func (f *folder) report() *Report {
	r := &Report{Fails: f.fails, Compared: f.o.Against != nil}
	slices.SortFunc(f.skipped, func(a, b skipped) int { return cmp.Compare(a.source, b.source) })
	for _, s := range f.skipped {
		r.Skipped = append(r.Skipped, s.Remark)
	}
	at := f.order(r)
	r.Causes = f.orderedCauses(at)
	r.Differences = f.differences(at)
	r.NotInForce = f.notInForce(at)
	r.Drift = f.drifts(at)
	remarks := func(from map[string][]int) (out []Remark) {
		for text, hosts := range from {
			out = append(out, Remark{Hosts: at.all(hosts), Text: text})
		}
		slices.SortFunc(out, func(a, b Remark) int {
			return cmp.Or(cmp.Compare(len(b.Hosts), len(a.Hosts)), cmp.Compare(a.Text, b.Text))
		})
		return out
	}
	r.Remarks, r.NotChecked, r.NotCompared = remarks(f.remarks), remarks(f.notChecked), remarks(f.notCompared)
	return r
}

// places are the indices in Report.Hosts of the sources.
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

// order sorts the hosts by name, and tells those apart that have the same.
func (f *folder) order(r *Report) places {
	var sources []int
	for i, h := range f.hosts {
		if h != nil {
			sources = append(sources, i)
		}
	}
	slices.SortStableFunc(sources, func(a, b int) int { return natural(f.hosts[a].Name, f.hosts[b].Name) })
	at := make(places, len(f.hosts))
	times := map[string]int{}
	for n, i := range sources {
		at[i] = n
		r.Hosts = append(r.Hosts, *f.hosts[i])
		times[f.hosts[i].Name]++
	}
	for i := range r.Hosts {
		if h := &r.Hosts[i]; times[h.Name] > 1 {
			h.Name = fmt.Sprintf("%s (%s)", h.Name, h.Archive)
		}
	}
	return at
}
