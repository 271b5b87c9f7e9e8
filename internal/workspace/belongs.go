package workspace

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// levels is how many folders above a fragment are searched for its main file.
const levels = 4

// belongsTo finds the configuration that a fragment belongs to: a main file in its
// folder or one around it that includes it, or that would if it were an enabled
// site. An attached host is made for the fragment
// alone; another one is shared by all fragments of the configuration. The result
// is nil if the fragment belongs to nothing that can be seen.
func (j *joiner) belongsTo(f *source.File, sel *selection, set *config.Settings, known []*Host) (u *Host, attached bool) {
	if j.nameless(f) {
		return nil, false
	}
	dir := path.Dir(f.Path)
	name := path.Dir(j.names.name(f.Path))
	repo := j.settings.repository(name)
	for range levels + 1 {
		for _, m := range j.mainsIn(dir, sel, set, known) {
			if m.holds(f) {
				return m, false
			}
			if u := j.attach(m, f, set); u != nil {
				return u, true
			}
		}
		if name == repo || name == path.Dir(name) {
			break
		}
		dir, name = parent(dir), path.Dir(name)
	}
	return nil, false
}

// mainsIn returns the configurations whose main file lies in a folder,
// nginx.conf first.
func (j *joiner) mainsIn(dir string, sel *selection, set *config.Settings, known []*Host) []*Host {
	key := mainsKey{j.names.name(dir), set}
	if hosts, ok := j.mains[key]; ok {
		return hosts
	}
	var hosts []*Host
	names, err := j.store.list(dir)
	if err != nil {
		names = nil // a folder that nobody may look into holds no main file for us
	}
	names = slices.Clone(names)
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case a == b:
			return 0
		case a == "nginx.conf":
			return -1
		case b == "nginx.conf":
			return 1
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		if path.Ext(name) != ".conf" || name != "nginx.conf" && j.large(path.Join(dir, name)) {
			continue
		}
		f, err := j.store.open(path.Join(dir, name), true)
		if err != nil {
			continue
		}
		if i := slices.IndexFunc(known, func(u *Host) bool { return u.Input.Main == f && u.Settings == set }); i >= 0 {
			hosts = append(hosts, known[i])
			continue
		}
		// Parsing what may be large is worth it only if it can lead anywhere.
		if !strings.Contains(f.Text, "include") {
			continue
		}
		c := j.store.content(f)
		if c.kind != detect.Nginx || c.dump != nil {
			continue
		}
		f = c.text
		if !j.isFragment(f) {
			hosts = append(hosts, j.nginxHost(f, false, sel, set))
		}
	}
	j.mains[key] = hosts
	return hosts
}

// large reports whether a file is not worth reading on the mere suspicion that
// it is a main file: one of that size holds the sites itself.
func (j *joiner) large(shown string) bool {
	const most = 256 << 10
	info, err := j.store.raw.stat(j.names.name(shown))
	return err != nil || info.Size() > most
}

// attach puts a site from a folder of available sites into a configuration that
// includes the enabled ones, as it would be read once it is enabled: what a
// repository enables is often decided elsewhere. The result is nil if the
// configuration does not include it even so.
func (j *joiner) attach(m *Host, f *source.File, set *config.Settings) *Host {
	if available(f) == 0 {
		return nil
	}
	u := &Host{Input: m.Input, Settings: set}
	enabled := j.names.name(path.Join(path.Dir(path.Dir(f.Path)), "sites-enabled"))
	if info, err := j.store.raw.stat(enabled); err == nil && info.IsDir() {
		u.Input.Reader = enabling{u.Input.Reader, j.names, enabled, f}
	} else {
		u.Input.Attach = f
	}
	if j.builder.build(u); !u.holds(f) {
		return nil
	}
	return u
}

// enabling is a reader in which one more site is enabled.
type enabling struct {
	model.Reader

	names names
	dir   string // the name of the folder of enabled sites
	site  *source.File
}

// Read returns a file, the site under its name among the enabled ones.
func (e enabling) Read(shown string) (*source.File, error) {
	if e.names.name(shown) == path.Join(e.dir, path.Base(e.site.Path)) {
		return e.site, nil
	}
	return e.Reader.Read(shown)
}

// List returns the names in a folder, with the site among the enabled ones.
func (e enabling) List(dir string) ([]string, error) {
	names, err := e.Reader.List(dir)
	if err == nil && e.names.name(dir) == e.dir && !slices.Contains(names, path.Base(e.site.Path)) {
		names = append(slices.Clip(names), path.Base(e.site.Path))
	}
	return names, err
}
