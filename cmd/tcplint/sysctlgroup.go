package main

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// sysctlGroups makes hosts of files with kernel settings: those that one boot
// loader would read together are one host.
func (g *grouper) sysctlGroups(files []*source.File) ([]*unit, error) {
	var units []*unit
	byHost := map[string]*unit{}
	for _, f := range files {
		set, err := g.settingsFor(f)
		if err != nil {
			return nil, err
		}
		if c := g.disk.content(f.OnDisk()); c.live {
			units = append(units, g.liveUnit(f, c.release, set))
			continue
		}
		name := g.sysctlHostOf(f)
		u := byHost[name]
		if u == nil {
			u = &unit{set: set, in: model.Input{Target: set.target, Trees: g.trees}}
			byHost[name] = u
			units = append(units, u)
		}
		u.in.Sysctl = append(u.in.Sysctl, f)
	}
	for _, u := range units {
		slices.SortFunc(u.in.Sysctl, func(a, b *source.File) int { return comparePaths(a.Path, b.Path) })
		u.in.SysctlLink = g.sysctlLink(u.in.Sysctl)
		u.build()
	}
	return units, nil
}

// sysctlLink is the name of a link in a sysctl.d that leads to the sysctl.conf
// among files; empty if there is none.
func (g *grouper) sysctlLink(files []*source.File) string {
	for _, f := range files {
		shown := f.OnDisk().Path
		if path.Base(shown) != "sysctl.conf" || path.Base(path.Dir(shown)) == "sysctl.d" {
			continue
		}
		folder := path.Join(path.Dir(shown), "sysctl.d")
		names, err := g.disk.list(folder)
		if err != nil {
			continue
		}
		for _, name := range names {
			if path.Ext(name) != ".conf" {
				continue
			}
			if real, err := g.disk.realPath(path.Join(folder, name)); err == nil && real == g.disk.path(f.OnDisk()) {
				return name
			}
		}
	}
	return ""
}

// liveUnit makes a host of the output of "sysctl -a". The kernel that it names is
// the one in use, unless another was given.
func (g *grouper) liveUnit(f *source.File, release facts.Version, set *settings) *unit {
	u := &unit{set: set, in: model.Input{Target: set.target, Trees: g.trees, Sysctl: []*source.File{f}, Live: true}}
	if u.in.Target.Kernel == facts.KernelWindow() && !release.IsZero() {
		u.in.Target.Kernel = facts.Only(release)
	}
	return u.build()
}

// sysctlHostOf names the machine that a file belongs to.
func (g *grouper) sysctlHostOf(f *source.File) string {
	return sysctlHost(filepath.ToSlash(absolute(g.cwd, f.OnDisk().Path)))
}

// sysctlHost names the machine that a file with kernel settings belongs to.
// Files in a sysctl.d, the sysctl.conf beside it, and those of the system's
// other folders of settings belong together. Outside of these only sysctl.conf
// and numbered files ("10-net.conf") of one folder do: other files side by side
// are as likely settings for different machines to choose from.
func sysctlHost(abs string) string {
	dir, base := path.Dir(abs), path.Base(abs)
	switch {
	case path.Base(dir) == "sysctl.d":
		return systemRoot(path.Dir(dir))
	case base == "sysctl.conf":
		return systemRoot(dir)
	case base[0] >= '0' && base[0] <= '9':
		return systemRoot(dir)
	}
	return abs
}

// systemRoot cuts off the folders in which a system keeps its sysctl.d.
func systemRoot(dir string) string {
	for _, own := range []string{"/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"} {
		if root, ok := strings.CutSuffix(dir, own); ok {
			return root + "/"
		}
	}
	return dir + "/"
}
