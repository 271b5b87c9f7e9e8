package fleet

import (
	"cmp"
	"slices"
)

// Difference is a setting that most hosts of a group agree about, and some do not.
type Difference struct {
	// Group is what the names of its hosts share, Size their number.
	Group string
	Size  int
	// Key is the setting, Usual the value of most: empty if it is not set there.
	Key, Usual string
	// Hosts are those that agree: indices of Report.Hosts.
	Hosts []int
	// Others are the values of the others, those of the fewest hosts last.
	Others []OtherValue
}

// OtherValue is the value of some hosts; empty if they do not set it.
type OtherValue struct {
	Value string
	Hosts []int
	// From is where it stands on the first of them, if it stands in a file.
	From string
}

// Groups of fewer hosts have no usual value, and a value is usual if so many parts of
// so many hosts have it.
const (
	leastGroup             = 3
	usualParts, usualOfAll = 2, 3
)

// groupFold are the settings of the hosts of a group.
type groupFold struct {
	hosts    []int
	settings map[string]map[string]*valueFold // by key and value
}

type valueFold struct {
	from  string // on the host
	of    int
	hosts []int
}

func (f *folder) addSettings(host int, t *told) {
	g := f.groups[t.group]
	if g == nil {
		g = &groupFold{settings: map[string]map[string]*valueFold{}}
		f.groups[t.group] = g
	}
	g.hosts = append(g.hosts, host)
	for _, s := range t.settings {
		values := g.settings[s.key]
		if values == nil {
			values = map[string]*valueFold{}
			g.settings[s.key] = values
		}
		v := values[s.value]
		if v == nil {
			v = &valueFold{from: s.from, of: host}
			values[s.value] = v
		}
		if host < v.of {
			v.from, v.of = s.from, host
		}
		v.hosts = append(v.hosts, host)
	}
}

// differences are the settings in which hosts differ from most of their group.
func (f *folder) differences(at places) []Difference {
	var out []Difference
	for name, g := range f.groups {
		if len(g.hosts) < leastGroup {
			continue
		}
		all := at.all(g.hosts)
		for key, values := range g.settings {
			if d, ok := difference(key, values, all, at); ok {
				d.Group = name
				out = append(out, d)
			}
		}
	}
	slices.SortFunc(out, func(a, b Difference) int {
		return cmp.Or(natural(a.Group, b.Group), cmp.Compare(len(b.Hosts), len(a.Hosts)), cmp.Compare(a.Key, b.Key))
	})
	return out
}

func difference(key string, values map[string]*valueFold, all []int, at places) (d Difference, ok bool) {
	d = Difference{Size: len(all), Key: key}
	var list []OtherValue
	set := map[int]bool{}
	for value, v := range values {
		o := OtherValue{value, at.all(v.hosts), v.from}
		list = append(list, o)
		for _, h := range o.Hosts {
			set[h] = true
		}
	}
	if unset := slices.DeleteFunc(slices.Clone(all), func(h int) bool { return set[h] }); len(unset) > 0 {
		list = append(list, OtherValue{Hosts: unset})
	}
	slices.SortFunc(list, func(a, b OtherValue) int {
		return cmp.Or(cmp.Compare(len(b.Hosts), len(a.Hosts)), cmp.Compare(a.Value, b.Value))
	})
	if len(list) < 2 || len(list[0].Hosts)*usualOfAll < len(all)*usualParts {
		return d, false
	}
	d.Usual, d.Hosts, d.Others = list[0].Value, list[0].Hosts, list[1:]
	return d, true
}
