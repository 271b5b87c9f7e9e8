package workspace

import (
	"path"
	"slices"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// isFragment reports whether an nginx file is no main file.
func (j *joiner) isFragment(f *source.File) bool {
	raw := j.store.raw
	raw.mu.Lock()
	is, known := raw.fragments[f]
	raw.mu.Unlock()
	if known {
		return is
	}
	is = model.InferKind(j.trees.Nginx(f)) != model.Main
	raw.mu.Lock()
	raw.fragments[f] = is
	raw.mu.Unlock()
	return is
}

// nginxHost makes the host of an nginx file, a main file or a fragment.
func (j *joiner) nginxHost(main *source.File, fragment bool, sel *selection, set *config.Settings) *Host {
	beside := j.beside(main, sel)
	u := &Host{Settings: set, Input: model.Input{
		Target: targetOf(main, set, beside), Main: main, Root: set.Root, Trees: j.trees, Reader: j.withTemplates(j.reader(main, sel, set, fragment), main, beside),
		EventStreams: set.Streams, Backends: set.Backends, Services: beside,
	}}
	if fragment {
		u.Input.Context = j.options.Context
	}
	return j.builder.build(u)
}

// reader gives a configuration the repository that it lies in. Where there is
// none, it gets the folder that was named, or its own one; a fragment gets the
// two folders above as well, as its includes count from the main file's folder.
func (j *joiner) reader(main *source.File, sel *selection, set *config.Settings, fragment bool) reader {
	own := path.Dir(j.names.name(main.Path))
	top := j.settings.repository(own)
	if top == "" {
		top = own
		if named := j.names.name(sel.dir); sel.dir != "" && within(named, own) {
			top = named
		}
		if up := path.Dir(path.Dir(own)); fragment && within(up, top) {
			top = up
		}
	}
	r := reader{store: j.store, roots: []string{top}}
	if set.Root != "" {
		r.roots = append(r.roots, j.names.name(set.Root))
	}
	return r
}

// nginxHosts makes hosts of nginx files: one for each main file; what a main
// file includes is not read alone. Other files are read where they belong, if
// that can be found, else alone.
func (j *joiner) nginxHosts(sel *selection) ([]*Host, error) {
	var mains, hosts []*Host
	var fragments []*source.File
	for _, f := range sel.nginx {
		if j.isFragment(f) {
			fragments = append(fragments, f)
			continue
		}
		set, err := j.settings.of(f)
		if err != nil {
			return nil, err
		}
		mains = append(mains, j.nginxHost(f, false, sel, set))
	}
	mains = withoutIncluded(mains)
	hosts = append(hosts, mains...)
	covered := map[*source.File]bool{}
	cover := func(u *Host) {
		for _, f := range u.files {
			covered[f] = true
		}
	}
	for _, u := range mains {
		cover(u)
	}
	// Sites first: they may include other fragments.
	slices.SortStableFunc(fragments, func(a, b *source.File) int { return available(b) - available(a) })
	owners := map[*Host]*Host{}
	var alone []*Host
	for _, f := range fragments {
		if covered[f] {
			continue
		}
		set, err := j.settings.of(f)
		if err != nil {
			return nil, err
		}
		owner, attached := j.belongsTo(f, sel, set, mains)
		switch {
		case attached:
			owner.restrict(f)
			for _, x := range owner.files {
				if !covered[x] && slices.Contains(sel.nginx, x) {
					owner.restrict(x)
					covered[x] = true
				}
			}
			hosts = append(hosts, owner)
		case owner != nil:
			if owners[owner] == nil {
				u := *owner
				owners[owner] = &u
				hosts = append(hosts, &u)
			}
			owners[owner].restrict(f)
		default:
			alone = append(alone, j.nginxHost(f, true, sel, set))
		}
	}
	for _, u := range withoutIncluded(alone) {
		if !covered[u.Input.Main] {
			hosts = append(hosts, u)
		}
	}
	return hosts, nil
}

// available is 1 for a file in a folder of sites that may be enabled, else 0.
func available(f *source.File) int {
	if path.Base(path.Dir(f.Path)) == "sites-available" {
		return 1
	}
	return 0
}

// withoutIncluded drops hosts whose main file another one includes.
func withoutIncluded(hosts []*Host) []*Host {
	readers := map[*source.File][]*Host{}
	for _, u := range hosts {
		for _, f := range u.files {
			readers[f] = append(readers[f], u)
		}
	}
	var out []*Host
	dropped := map[*Host]bool{}
	for _, u := range hosts {
		// Of files that include each other the last one stays.
		if slices.ContainsFunc(readers[u.Input.Main], func(v *Host) bool { return v != u && !dropped[v] }) {
			dropped[u] = true
			continue
		}
		out = append(out, u)
	}
	return out
}
