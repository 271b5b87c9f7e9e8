package workspace

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// sysctlGroups makes hosts of files with kernel settings: those that one boot
// loader would read together are one host.
func (j *joiner) sysctlGroups(files []*source.File) ([]*Host, error) {
	var hosts []*Host
	byHost := map[string]*Host{}
	for _, f := range files {
		set, err := j.settings.of(f)
		if err != nil {
			return nil, err
		}
		if c := j.store.content(f.OnDisk()); c.live {
			hosts = append(hosts, j.liveHost(f, c.release, set))
			continue
		}
		name := j.sysctlHostOf(f)
		u := byHost[name]
		if u == nil {
			u = &Host{Settings: set, Input: model.Input{Target: set.Target, Trees: j.trees}}
			byHost[name] = u
			hosts = append(hosts, u)
		}
		u.Input.Sysctl = append(u.Input.Sysctl, f)
	}
	for _, u := range hosts {
		slices.SortFunc(u.Input.Sysctl, func(a, b *source.File) int { return comparePaths(a.Path, b.Path) })
		u.Input.SysctlLink = j.sysctlLink(u.Input.Sysctl)
		j.builder.build(u)
	}
	return hosts, nil
}

// sysctlLink is the name of a link in a sysctl.d that leads to the sysctl.conf
// among files; empty if there is none.
func (j *joiner) sysctlLink(files []*source.File) string {
	for _, f := range files {
		shown := f.OnDisk().Path
		if path.Base(shown) != "sysctl.conf" || path.Base(path.Dir(shown)) == "sysctl.d" {
			continue
		}
		folder := path.Join(path.Dir(shown), "sysctl.d")
		names, err := j.store.list(folder)
		if err != nil {
			continue
		}
		for _, name := range names {
			if path.Ext(name) != ".conf" {
				continue
			}
			if real, err := j.store.raw.resolve(j.names.name(path.Join(folder, name))); err == nil && real == j.store.name(f.OnDisk()) {
				return name
			}
		}
	}
	return ""
}

// liveHost makes a host of the output of "sysctl -a". The kernel that it names is
// the one in use, unless another was given.
func (j *joiner) liveHost(f *source.File, release facts.Version, set *config.Settings) *Host {
	u := &Host{Settings: set, Input: model.Input{Target: set.Target, Trees: j.trees, Sysctl: []*source.File{f}, Live: true}}
	if u.Input.Target.Kernel == facts.KernelWindow() && !release.IsZero() {
		u.Input.Target.Kernel = facts.Only(release)
	}
	return j.builder.build(u)
}

// sysctlHostOf names the machine that a file belongs to.
func (j *joiner) sysctlHostOf(f *source.File) string {
	return sysctlHost(j.names.root + j.names.name(f.OnDisk().Path))
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
