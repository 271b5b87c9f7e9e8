package main

import (
	"path"
	"path/filepath"
	"slices"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/embed"
	"github.com/tcplint/tcplint/parser/source"
)

// unit is one host together with what is to be reported of it.
type unit struct {
	in   model.Input
	set  *settings
	host *model.Host
	// files are those that the host was read from.
	files []*source.File
	// only names the files whose findings are wanted; nil means all.
	only map[string]bool
	// dump says that the host is known from the output of "nginx -T" alone.
	dump bool
	// joined says that a [[host]] table names it.
	joined bool
	// notChecked is what could not be asked about it.
	notChecked []lint.NotChecked
}

// build reads the host anew.
func (u *unit) build() *unit {
	u.host = model.Build(u.in)
	u.files = u.host.Files()
	return u
}

// holds reports whether the host was read from a file.
func (u *unit) holds(f *source.File) bool { return slices.Contains(u.files, f) }

// restrict limits what is reported to some more files.
func (u *unit) restrict(files ...*source.File) {
	if u.only == nil {
		u.only = map[string]bool{}
	}
	for _, f := range files {
		u.only[f.OnDisk().Path] = true
	}
}

// restricted are the files that reports are limited to.
func (u *unit) restricted() []*source.File {
	var out []*source.File
	for _, f := range u.files {
		if u.only[f.OnDisk().Path] {
			out = append(out, f)
		}
	}
	return out
}

// grouper makes units of files.
type grouper struct {
	*loader

	trees *model.Trees
	// mains keeps the main files found in folders around fragments.
	mains map[mainsKey][]*unit
}

type mainsKey struct {
	dir string
	set *settings
}

func newGrouper(l *loader) *grouper {
	return &grouper{loader: l, trees: model.NewTrees(), mains: map[mainsKey][]*unit{}}
}

// units makes hosts of all that one argument holds.
func (g *grouper) units(arg *argument) ([]*unit, error) {
	nginx, err := g.nginxUnits(arg)
	if err != nil {
		return nil, err
	}
	kernel := arg.sysctl
	if arg.dir == "" {
		kernel = g.together(kernel)
		other := g.around(arg, kernel)
		beside, err := g.nginxUnits(other)
		if err != nil {
			return nil, err
		}
		nginx = append(nginx, otherMains(nginx, beside)...)
		kernel = append(kernel, other.sysctl...)
	}
	groups, err := g.sysctlGroups(kernel)
	if err != nil {
		return nil, err
	}
	nginx, groups = g.joinHosts(nginx, groups)
	units := slices.Concat(nginx, g.pair(nginx, groups))
	if arg.dir == "" {
		units = slices.DeleteFunc(units, func(u *unit) bool { return !slices.ContainsFunc(u.files, arg.names) })
	}
	for _, u := range units {
		g.notChecked = append(g.notChecked, u.notChecked...)
	}
	for _, found := range arg.carried {
		more, err := g.carriedUnits(found)
		if err != nil {
			return nil, err
		}
		units = append(units, more...)
	}
	for _, files := range arg.dumps {
		set, err := g.forDir(g.cwd)
		if err != nil {
			return nil, err
		}
		units = append(units, g.dumpUnit(files, set))
	}
	if arg.dir == "" {
		g.onlyNamed(units, arg)
	}
	return units, nil
}

// onlyNamed limits what is reported to the files that were named: what they
// include, and what is read with them, was not asked about.
func (*grouper) onlyNamed(units []*unit, arg *argument) {
	for _, u := range units {
		if u.dump {
			continue
		}
		only := map[string]bool{}
		for _, f := range u.files {
			if p := f.OnDisk().Path; arg.names(f) && (u.only == nil || u.only[p]) {
				only[p] = true
			}
		}
		u.only = only
	}
}

// names reports whether a file, or the one that it was found in, is part of the
// argument.
func (arg *argument) names(f *source.File) bool {
	f = f.OnDisk()
	is := func(x *source.File) bool { return x.OnDisk() == f }
	return slices.ContainsFunc(arg.nginx, is) || slices.ContainsFunc(arg.sysctl, is) ||
		slices.ContainsFunc(arg.carried, func(found embed.Found) bool {
			return slices.ContainsFunc(found.Texts, func(t embed.Text) bool { return is(t.File) })
		})
}

// unit makes the unit of an nginx file.
func (g *grouper) unit(main *source.File, arg *argument, set *settings) *unit {
	fragment := model.InferKind(g.trees.Nginx(main)) != model.Main
	u := &unit{set: set, in: model.Input{
		Target: set.target, Main: main, Root: set.root, Trees: g.trees, Reader: g.reader(main, arg, set, fragment),
		EventStreams: set.streams, Backends: set.backends,
	}}
	if fragment {
		u.in.Context = g.flags.context
	}
	return u.build()
}

// reader gives a configuration the repository that it lies in. Where there is
// none, it gets the folder that was named, or its own one; a fragment gets the
// two folders above as well, as its includes count from the main file's folder.
func (g *grouper) reader(main *source.File, arg *argument, set *settings, fragment bool) model.Reader {
	own := filepath.Dir(absolute(g.cwd, main.Path))
	top := g.repository(own)
	if top == "" {
		top = own
		if named := absolute(g.cwd, arg.dir); arg.dir != "" && within(named, own) {
			top = named
		}
		if up := filepath.Dir(filepath.Dir(own)); fragment && within(up, top) {
			top = up
		}
	}
	r := reader{disk: g.disk, roots: []string{top}}
	if set.root != "" {
		r.roots = append(r.roots, absolute(g.cwd, set.root))
	}
	return r
}

// nginxUnits makes hosts of nginx files: one for each main file; what a main
// file includes is not read alone. Other files are read where they belong, if
// that can be found, else alone.
func (g *grouper) nginxUnits(arg *argument) ([]*unit, error) {
	var mains, units []*unit
	var fragments []*source.File
	for _, f := range arg.nginx {
		if model.InferKind(g.trees.Nginx(f)) != model.Main {
			fragments = append(fragments, f)
			continue
		}
		set, err := g.settingsFor(f)
		if err != nil {
			return nil, err
		}
		mains = append(mains, g.unit(f, arg, set))
	}
	mains = withoutIncluded(mains)
	units = append(units, mains...)
	covered := map[*source.File]bool{}
	cover := func(u *unit) {
		for _, f := range u.files {
			covered[f] = true
		}
	}
	for _, u := range mains {
		cover(u)
	}
	// Sites first: they may include other fragments.
	slices.SortStableFunc(fragments, func(a, b *source.File) int { return available(b) - available(a) })
	homes := map[*unit]*unit{}
	var alone []*unit
	for _, f := range fragments {
		if covered[f] {
			continue
		}
		set, err := g.settingsFor(f)
		if err != nil {
			return nil, err
		}
		home, attached := g.home(f, arg, set, mains)
		switch {
		case attached:
			home.restrict(f)
			for _, x := range home.files {
				if !covered[x] && slices.Contains(arg.nginx, x) {
					home.restrict(x)
					covered[x] = true
				}
			}
			units = append(units, home)
		case home != nil:
			if homes[home] == nil {
				u := *home
				homes[home] = &u
				units = append(units, &u)
			}
			homes[home].restrict(f)
		default:
			alone = append(alone, g.unit(f, arg, set))
		}
	}
	for _, u := range withoutIncluded(alone) {
		if !covered[u.in.Main] {
			units = append(units, u)
		}
	}
	return units, nil
}

// available is 1 for a file in a folder of sites that may be enabled, else 0.
func available(f *source.File) int {
	if path.Base(path.Dir(f.Path)) == "sites-available" {
		return 1
	}
	return 0
}

// withoutIncluded drops units whose main file another one includes.
func withoutIncluded(units []*unit) []*unit {
	readers := map[*source.File][]*unit{}
	for _, u := range units {
		for _, f := range u.files {
			readers[f] = append(readers[f], u)
		}
	}
	var out []*unit
	dropped := map[*unit]bool{}
	for _, u := range units {
		// Of files that include each other the last one stays.
		if slices.ContainsFunc(readers[u.in.Main], func(v *unit) bool { return v != u && !dropped[v] }) {
			dropped[u] = true
			continue
		}
		out = append(out, u)
	}
	return out
}
