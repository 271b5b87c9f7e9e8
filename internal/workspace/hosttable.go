package workspace

import (
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// joinDeclared makes the hosts that [[host]] tables name: an nginx configuration
// with the kernel settings of the same machine, be they among the arguments or
// not. It returns the hosts and the groups of settings that no table names.
func (j *joiner) joinDeclared(nginx, groups []*Host) (hosts, rest []*Host) {
	claimed := map[*source.File]bool{}
	for _, u := range nginx {
		tables := j.tablesOf(u)
		if len(tables) == 0 {
			hosts = append(hosts, u)
			continue
		}
		for _, h := range tables {
			v := *u
			v.Model = nil
			v.Input.Sysctl = j.expand(h.Sysctl, detect.Sysctl)
			for _, f := range v.Input.Sysctl {
				claimed[f] = true
			}
			v.Input.Live = j.live(v.Input.Sysctl)
			if v.Only != nil {
				v.Only = nil
				v.restrict(u.restricted()...)
				v.restrict(v.Input.Sysctl...)
			}
			v.declared = true
			hosts = append(hosts, j.builder.build(&v))
		}
	}
	for _, s := range groups {
		if slices.ContainsFunc(s.Input.Sysctl, func(f *source.File) bool { return !claimed[f] }) && !j.joinNginx(s, &hosts) {
			rest = append(rest, s)
		}
	}
	return hosts, rest
}

// joinNginx reads kernel settings with the configuration that a [[host]] table
// names, where that is not among the arguments.
func (j *joiner) joinNginx(s *Host, hosts *[]*Host) bool {
	done := false
	for _, h := range s.Settings.Hosts {
		if !slices.ContainsFunc(s.Input.Sysctl, func(f *source.File) bool {
			_, ok := h.Sysctl.Match(j.names.name(f.OnDisk().Path))
			return ok
		}) {
			continue
		}
		for _, main := range j.expand(h.Nginx, detect.Nginx) {
			if j.isFragment(main) {
				continue
			}
			u := j.nginxHost(main, false, &selection{}, s.Settings)
			u.Input.Sysctl = j.expand(h.Sysctl, detect.Sysctl)
			u.Input.Live = j.live(u.Input.Sysctl)
			u.declared = true
			u.restrict(s.Input.Sysctl...)
			*hosts = append(*hosts, j.builder.build(u))
			done = true
		}
	}
	return done
}

// live reports whether kernel settings are what "sysctl -a" showed.
func (j *joiner) live(files []*source.File) bool {
	return len(files) > 0 && !slices.ContainsFunc(files, func(f *source.File) bool { return !j.store.content(f.OnDisk()).live })
}

// tablesOf returns the [[host]] tables that name the main file of a host.
func (j *joiner) tablesOf(u *Host) []config.Host {
	var out []config.Host
	for _, h := range u.Settings.Hosts {
		if _, ok := h.Nginx.Match(j.names.name(u.Input.Main.OnDisk().Path)); ok {
			out = append(out, h)
		}
	}
	return out
}

// expand returns the files of a kind that patterns mean.
func (j *joiner) expand(p config.Patterns, kind detect.Kind) []*source.File {
	var out []*source.File
	for _, pattern := range p.List {
		names, err := doublestar.Glob(folderFS{j.store.raw, p.Dir}, pattern, doublestar.WithFilesOnly())
		if err != nil {
			continue // patterns were checked when they were read
		}
		for _, name := range names {
			f, err := j.store.open(j.names.shown(path.Join(p.Dir, name)), true)
			if err != nil {
				if !isSkipped(err) && !errors.Is(err, fs.ErrNotExist) {
					j.messages.problem(err)
				}
				continue
			}
			if c := j.store.content(f); c.kind == kind && c.dump == nil && !slices.Contains(out, c.text) {
				out = append(out, c.text)
			}
		}
	}
	return out
}

// together adds to kernel settings that were named one by one the files that a
// machine reads with them: of the same sysctl.d, and sysctl.conf beside it.
func (j *joiner) together(files []*source.File) []*source.File {
	all := slices.Clone(files)
	for _, f := range files {
		if j.nameless(f) {
			continue
		}
		dir := path.Dir(f.OnDisk().Path)
		dirs := []string{dir}
		if path.Base(dir) == "sysctl.d" {
			dirs = append(dirs, path.Dir(dir))
		} else {
			dirs = append(dirs, path.Join(dir, "sysctl.d"))
		}
		host := j.sysctlHostOf(f)
		for _, d := range dirs {
			names, err := j.store.list(d)
			if err != nil {
				continue // nobody may look there: then nothing is seen
			}
			for _, name := range names {
				more, err := j.store.open(path.Join(d, name), true)
				if err != nil {
					continue
				}
				c := j.store.content(more)
				if c.kind == detect.Sysctl && j.sysctlHostOf(c.text) == host && !slices.Contains(all, c.text) {
					all = append(all, c.text)
				}
			}
		}
	}
	return all
}
