package fleet

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/workspace"
)

// Capacity are the limits of many hosts.
type Capacity struct {
	Question capacity.Question
	// Hosts are those that were asked, by name.
	Hosts []Host
	// Limits are the limits, each once, in the order in which a host's are told.
	Limits []Limit
	// Skipped are archives that could not be used, Remarks what is to be said of those
	// that were.
	Skipped, Remarks []Remark
	// Overrun says that the load that was asked about needs more than there is on some
	// host.
	Overrun bool
}

// Limit is one limit, such as descriptors or the accept queue of an address, of all
// hosts that have it.
type Limit struct {
	// ID names the limit, Title says what it is, in Unit; Driver is the load that takes
	// it.
	ID, Title, Unit, Driver string
	// Values are what it is, those of the most hosts first. A host with several
	// subjects, such as addresses, may have several.
	Values []LimitValue
	// Hosts are those whose limit is known: indices of Capacity.Hosts. Unknown are those
	// of which Missing would tell it.
	Hosts, Unknown []int
	Missing        string
	// Lowest is where the load at which it is reached is lowest.
	Lowest *LimitAt
	// Fullest are where most of it is taken now, the fullest first and each host once:
	// MostFullest at most.
	Fullest []LimitAt
	// Overrun are the hosts on which the load that was asked about needs more.
	Overrun []int
}

// LimitValue is a value that a limit has on some hosts.
type LimitValue struct {
	Value float64
	Hosts []int
	// From is where it comes from on the first of them.
	From []string
}

// LimitAt is a limit of one host.
type LimitAt struct {
	Host    int
	Subject string // such as an address; empty if the host has one such limit
	Value   float64
	// Reached is the load at which it is reached.
	Reached float64
	// Used is how much is taken now, by the line at File, Share its part of Value.
	Used, Share float64
	File        string
	Line        int
}

// MostFullest is how many hosts are named that are the fullest.
const MostFullest = 10

// CapacityOptions say how hosts are asked for their limits.
type CapacityOptions struct {
	// Override is put on top of what a snapshot says about itself.
	Override config.Override
	Question capacity.Question
	// Progress, if not nil, is told how many snapshots are done. It is called by
	// several goroutines.
	Progress func(done, all int)
}

// AskCapacity asks the hosts of all snapshots for their limits, on as many processors as
// there are. What cannot be used is in Skipped; the error is that of a context which
// ended.
func AskCapacity(ctx context.Context, sources []Source, o CapacityOptions) (*Capacity, error) {
	f := &limitFolder{roster: newRoster(len(sources)), limits: map[string]*limitFold{}}
	err := each(ctx, len(sources), o.Progress, func(i int) {
		h, remarks, res, err := capacityOne(ctx, sources[i], o)
		f.add(i, sources[i].Name, h, remarks, res, err)
	})
	if err != nil {
		return nil, err
	}
	return f.report(), nil
}

func capacityOne(ctx context.Context, from Source, o CapacityOptions) (h Host, remarks []string, res *capacity.Result, err error) {
	defer recovered(&err)
	s, h, remarks, err := open(from, nil)
	if err != nil {
		return h, nil, nil, err
	}
	got, err := engine.AskCapacity(ctx, s.FS, workspace.Options{Paths: []string{"."}, Override: o.Override}, engine.DiagnoseOptions{}, o.Question)
	if err != nil {
		return h, nil, nil, err
	}
	remarks = append(remarks, problems(got.Messages)...)
	return h, remarks, got.Result, nil
}

// limitFolder puts together the limits of hosts.
type limitFolder struct {
	mu sync.Mutex
	roster
	question capacity.Question
	limits   map[string]*limitFold
	overrun  bool
}

type limitFold struct {
	Limit
	of      [2]int // the source and the row that order and words are from: the first
	values  map[float64]*limitValueFold
	fullest map[int]LimitAt // by source
}

type limitValueFold struct {
	of    int
	from  []string
	hosts []int
}

func (f *limitFolder) add(i int, archive string, h Host, remarks []string, res *capacity.Result, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.skip(i, archive, err)
		return
	}
	f.take(i, h, remarks)
	f.question = res.Question
	row := 0
	for _, x := range res.Hosts {
		for j := range x.Limits {
			f.addLimit(i, row, &x.Limits[j])
			row++
		}
	}
}

func (f *limitFolder) addLimit(i, row int, l *capacity.Limit) {
	fold := f.limits[l.ID]
	if fold == nil {
		fold = &limitFold{of: [2]int{i, row}, values: map[float64]*limitValueFold{}, fullest: map[int]LimitAt{}}
		fold.Limit = Limit{ID: l.ID, Title: l.Title, Unit: l.Unit, Driver: string(l.Driver)}
		f.limits[l.ID] = fold
	}
	if at := [2]int{i, row}; slices.Compare(at[:], fold.of[:]) < 0 {
		fold.of = at
		fold.Title, fold.Unit, fold.Driver = l.Title, l.Unit, string(l.Driver)
	}
	if !l.Known {
		fold.Unknown = append(fold.Unknown, i)
		fold.Missing = max(fold.Missing, l.Missing) // whichever comes first, it is the same
		return
	}
	fold.Hosts = append(fold.Hosts, i)
	v := fold.values[l.Value]
	if v == nil {
		v = &limitValueFold{of: i, from: cloned(l.From)}
		fold.values[l.Value] = v
	}
	if i < v.of {
		v.of, v.from = i, cloned(l.From)
	}
	v.hosts = append(v.hosts, i)
	at := LimitAt{Host: i, Subject: strings.Clone(l.Subject), Value: l.Value, Reached: l.Reached}
	if low := fold.Lowest; low == nil || at.Reached < low.Reached || at.Reached == low.Reached && i < low.Host {
		fold.Lowest = &at
	}
	if share, ok := l.Full(); ok {
		at.Used, at.Share, at.File, at.Line = l.Used, share, strings.Clone(l.UsedAt.File), l.UsedAt.Number
		if other, ok := fold.fullest[i]; !ok || at.Share > other.Share {
			fold.fullest[i] = at
		}
	}
	if l.Overrun() {
		f.overrun = true
		fold.Overrun = append(fold.Overrun, i)
	}
}

// cloned copies texts, so that nothing holds the files that they are parts of.
func cloned(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.Clone(s)
	}
	return out
}

// report puts everything in order, so that it does not depend on which snapshot was
// done first.
func (f *limitFolder) report() *Capacity {
	c := &Capacity{Question: f.question, Skipped: f.left(), Overrun: f.overrun}
	var at places
	c.Hosts, at = f.order()
	folds := make([]*limitFold, 0, len(f.limits))
	for _, fold := range f.limits {
		folds = append(folds, fold)
	}
	slices.SortFunc(folds, func(a, b *limitFold) int { return slices.Compare(a.of[:], b.of[:]) })
	for _, fold := range folds {
		l := fold.Limit
		l.Hosts, l.Unknown, l.Overrun = at.all(fold.Hosts), at.all(fold.Unknown), at.all(fold.Overrun)
		for value, v := range fold.values {
			l.Values = append(l.Values, LimitValue{value, at.all(v.hosts), v.from})
		}
		slices.SortFunc(l.Values, func(a, b LimitValue) int {
			return cmp.Or(cmp.Compare(len(b.Hosts), len(a.Hosts)), cmp.Compare(a.Value, b.Value))
		})
		if l.Lowest != nil {
			low := *l.Lowest
			low.Host = at[low.Host]
			l.Lowest = &low
		}
		for _, x := range fold.fullest {
			x.Host = at[x.Host]
			l.Fullest = append(l.Fullest, x)
		}
		slices.SortFunc(l.Fullest, func(a, b LimitAt) int {
			return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Host, b.Host))
		})
		l.Fullest = l.Fullest[:min(len(l.Fullest), MostFullest)]
		c.Limits = append(c.Limits, l)
	}
	c.Remarks = at.remarks(f.remarks)
	return c
}
