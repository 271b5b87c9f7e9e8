package main

import (
	"os"
	"path"
	"slices"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// joinHosts makes the hosts that [[host]] tables name: an nginx configuration
// with the kernel settings of the same machine, be they among the arguments or
// not. It returns the units and the groups of settings that no table names.
func (g *grouper) joinHosts(nginx, groups []*unit) (units, rest []*unit) {
	claimed := map[*source.File]bool{}
	for _, u := range nginx {
		hosts := g.hostsOf(u)
		if len(hosts) == 0 {
			units = append(units, u)
			continue
		}
		for _, h := range hosts {
			v := *u
			v.host = nil
			v.in.Sysctl = g.expand(h.sysctl, detect.Sysctl)
			for _, f := range v.in.Sysctl {
				claimed[f] = true
			}
			if v.only != nil {
				v.only = nil
				v.restrict(u.restricted()...)
				v.restrict(v.in.Sysctl...)
			}
			v.joined = true
			units = append(units, v.build())
		}
	}
	for _, s := range groups {
		if slices.ContainsFunc(s.in.Sysctl, func(f *source.File) bool { return !claimed[f] }) && !g.joinNginx(s, &units) {
			rest = append(rest, s)
		}
	}
	return units, rest
}

// joinNginx reads kernel settings with the configuration that a [[host]] table
// names, where that is not among the arguments.
func (g *grouper) joinNginx(s *unit, units *[]*unit) bool {
	done := false
	for _, h := range s.set.hosts {
		if !slices.ContainsFunc(s.in.Sysctl, func(f *source.File) bool {
			_, ok := h.sysctl.match(absolute(g.cwd, f.OnDisk().Path))
			return ok
		}) {
			continue
		}
		for _, main := range g.expand(h.nginx, detect.Nginx) {
			if model.InferKind(g.trees.Nginx(main)) != model.Main {
				continue
			}
			u := g.unit(main, &argument{}, s.set)
			u.in.Sysctl = g.expand(h.sysctl, detect.Sysctl)
			u.joined = true
			u.restrict(s.in.Sysctl...)
			*units = append(*units, u.build())
			done = true
		}
	}
	return done
}

// hostsOf returns the [[host]] tables that name the main file of a unit.
func (g *grouper) hostsOf(u *unit) []hostRule {
	var out []hostRule
	for _, h := range u.set.hosts {
		if _, ok := h.nginx.match(absolute(g.cwd, u.in.Main.OnDisk().Path)); ok {
			out = append(out, h)
		}
	}
	return out
}

// expand returns the files of a kind that patterns mean.
func (g *grouper) expand(p globs, kind detect.Kind) []*source.File {
	var out []*source.File
	for _, pattern := range p.patterns {
		names, err := doublestar.Glob(os.DirFS(p.dir), pattern, doublestar.WithFilesOnly())
		if err != nil {
			continue // patterns were checked when they were read
		}
		for _, name := range names {
			f, err := g.disk.open(shownPath(g.cwd, path.Join(p.dir, name)), true)
			if err != nil {
				if !isSkipped(err) && !os.IsNotExist(err) {
					g.unread(err)
				}
				continue
			}
			if c := g.disk.content(f); c.kind == kind && c.dump == nil && !slices.Contains(out, c.text) {
				out = append(out, c.text)
			}
		}
	}
	return out
}

// together adds to kernel settings that were named one by one the files that a
// machine reads with them: of the same sysctl.d, and sysctl.conf beside it.
func (g *grouper) together(files []*source.File) []*source.File {
	all := slices.Clone(files)
	for _, f := range files {
		if f.OnDisk() == g.stdin && g.flags.stdinName == "" {
			continue
		}
		dir := path.Dir(f.OnDisk().Path)
		dirs := []string{dir}
		if path.Base(dir) == "sysctl.d" {
			dirs = append(dirs, path.Dir(dir))
		} else {
			dirs = append(dirs, path.Join(dir, "sysctl.d"))
		}
		host := g.sysctlHostOf(f)
		for _, d := range dirs {
			names, err := g.disk.list(d)
			if err != nil {
				continue // nobody may look there: then nothing is seen
			}
			for _, name := range names {
				more, err := g.disk.open(path.Join(d, name), true)
				if err != nil {
					continue
				}
				c := g.disk.content(more)
				if c.kind == detect.Sysctl && g.sysctlHostOf(c.text) == host && !slices.Contains(all, c.text) {
					all = append(all, c.text)
				}
			}
		}
	}
	return all
}
