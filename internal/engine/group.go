package engine

import (
	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/workspace"
	"github.com/tcplint/tcplint/parser/source"
)

// group are hosts that are linted in one run: they share files, and with them
// findings and suppressions.
type group struct {
	hosts    []*workspace.Host
	settings *config.Settings
	only     map[string]bool
	// muted says what is to be left alone, nil if nothing is.
	muted func([]lint.Finding) []bool
	// name returns the name in the file system of a file, by its path.
	name func(path string) string
	// closed says why a file must not be written, nil if all may be.
	closed func(path string) string
	kept   *lint.Kept
}

func (g *group) options() lint.Options {
	s := g.settings
	o := lint.Options{Rules: s.Rules, Known: s.Known, Severity: s.Severity, Only: g.only, Muted: g.muted, Closed: g.closed, Kept: g.kept}
	if f := s.File; f != nil && len(f.Ignores) > 0 {
		o.Excluded = func(path, rule string) (reason string, ok bool) {
			if i := f.Ignored(g.name(path), rule); i >= 0 {
				return f.Ignores[i].Reason, true
			}
			return "", false
		}
	}
	return o
}

func (g *group) models() []*model.Host {
	hosts := make([]*model.Host, len(g.hosts))
	for i, h := range g.hosts {
		hosts[i] = h.Model
	}
	return hosts
}

// component are all groups that have files on disk in common with each other and
// none with those of other components, so that components can be worked on at the
// same time.
type component struct{ groups []*group }

// components are the connected components of the hosts, joined by the files that
// they read, in the order of the hosts.
func components(ws *workspace.Workspace) []*component {
	return connected(ws.Hosts(), ws.NameOf)
}

func connected(hosts []*workspace.Host, name func(path string) string) []*component {
	// A union-find over hosts.
	parent := make([]int, len(hosts))
	var root func(int) int
	root = func(i int) int {
		if parent[i] != i {
			parent[i] = root(parent[i])
		}
		return parent[i]
	}
	first := map[*source.File]int{}
	for i, h := range hosts {
		parent[i] = i
		for _, f := range h.Files() {
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
	var out []*component
	byRoot := map[int]*component{}
	for i, h := range hosts {
		r := root(i)
		if byRoot[r] == nil {
			byRoot[r] = &component{}
			out = append(out, byRoot[r])
		}
		byRoot[r].add(h, name)
	}
	return out
}

func (c *component) add(h *workspace.Host, name func(path string) string) {
	for _, g := range c.groups {
		if h.Only == nil && g.only == nil && g.settings == h.Settings {
			g.hosts = append(g.hosts, h)
			return
		}
	}
	c.groups = append(c.groups, &group{hosts: []*workspace.Host{h}, settings: h.Settings, only: h.Only, name: name})
}
