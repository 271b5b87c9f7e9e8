package model

import (
	"maps"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/sysctl"
)

// Loaders are the programs that may read the files: the one of the target, or
// both where that does not say.
func (s *Sysctl) Loaders() []Loader {
	if s.loader != AnyLoader {
		return []Loader{s.loader}
	}
	return []Loader{Procps, Systemd}
}

// Program returns the lines in the order in which a loader writes them to the
// kernel, wildcards among them. procps writes every line. systemd-sysctl writes a
// key once, with the last value that it is given, at the place where that value
// first stood: the same value again changes nothing, another one takes the key's
// line out and puts its own at the end, and a later exclusion leaves the key
// alone (src/sysctl/sysctl.c, parse_line; measured with procps 4.0.2 to 4.0.7 and
// systemd 252, 257 and 262).
func (s *Sysctl) Program(l Loader) []Assignment {
	return program(s.ordered[l].lines, l)
}

// program is Program for lines in the order in which they are read.
func program(lines []Assignment, l Loader) []Assignment {
	if l != Systemd {
		return slices.DeleteFunc(slices.Clone(lines), func(a Assignment) bool {
			return a.Exclude || keyFor(a.Entry, l) == ""
		})
	}
	place := map[string]int{} // of a key's line in kept
	var kept []Assignment
	for _, a := range lines {
		key := keyFor(a.Entry, l)
		i, seen := place[key]
		if seen && kept[i].Exclude == a.Exclude && kept[i].Value.Value == a.Value.Value {
			continue
		}
		if seen {
			kept[i].Entry = nil
		}
		place[key] = len(kept)
		kept = append(kept, a)
	}
	return slices.DeleteFunc(kept, func(a Assignment) bool { return a.Entry == nil || a.Exclude })
}

// keyFor is the key that a loader makes of a line, "" if none that the kernel can
// have: of "- key", procps takes the blank for part of the name.
func keyFor(e *sysctl.Entry, l Loader) string {
	key := strings.TrimLeft(e.Key.Value, " \t")
	if l == Procps && key != e.Key.Value {
		return ""
	}
	return sysctl.NormalizeKey(key)
}

// reading is what a loader reads, in its order.
type reading struct {
	lines    []Assignment     // exclusions and wildcards among them
	families map[string][]int // where the lines of a family are
	globs    []int            // where the wildcards are
}

func (s *Sysctl) readBy(l Loader) reading {
	r := reading{families: map[string][]int{}}
	for _, t := range s.treesOf(l) {
		for _, e := range t.Entries {
			if e.Glob {
				r.globs = append(r.globs, len(r.lines))
			} else {
				name := family(keyFor(e, l))
				r.families[name] = append(r.families[name], len(r.lines))
			}
			r.lines = append(r.lines, Assignment{e, t})
		}
	}
	return r
}

// treesOf are the trees that a loader reads, in its order.
func (s *Sysctl) treesOf(l Loader) []*sysctl.Tree {
	var trees []*sysctl.Tree
	for _, t := range s.Trees {
		// A lone file may well be put where the loader finds it.
		if _, ok := s.rank(t, l); s.Masked[t] == nil && (ok || s.loader == AnyLoader && s.alone(t)) {
			trees = append(trees, t)
		}
	}
	slices.SortStableFunc(trees, func(a, b *sysctl.Tree) int {
		one, _ := s.rank(a, l)
		two, _ := s.rank(b, l)
		return strings.Compare(one, two)
	})
	return trees
}

// interfaces are those that lines name, lo, and one that stands for all others.
func (s *Sysctl) interfaces() []string {
	names := map[string]bool{"lo": true, other: true}
	for _, t := range s.Trees {
		for _, e := range t.Entries {
			if k, ok := splitInterface(keyFor(e, Systemd)); ok && !e.Glob {
				names[k.name] = true
			}
		}
	}
	delete(names, "all")
	delete(names, "default")
	return slices.Sorted(maps.Keys(names))
}
