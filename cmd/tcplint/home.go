package main

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// levels is how many folders above a fragment are searched for its main file.
const levels = 4

// home finds the configuration that a fragment belongs to: a main file in its
// folder or one around it that includes it, or that would if it were an enabled
// site. An attached unit is made for the fragment
// alone; another one is shared by all fragments of the configuration. The result
// is nil if the fragment belongs to nothing that can be seen.
func (g *grouper) home(f *source.File, arg *argument, set *settings, known []*unit) (u *unit, attached bool) {
	if f.OnDisk() == g.stdin && g.flags.stdinName == "" {
		return nil, false
	}
	dir := path.Dir(f.Path)
	abs := filepath.Dir(absolute(g.cwd, f.Path))
	repo := g.repository(abs)
	for range levels + 1 {
		for _, m := range g.mainsIn(dir, arg, set, known) {
			if m.holds(f) {
				return m, false
			}
			if u := g.attach(m, f, set); u != nil {
				return u, true
			}
		}
		if abs == repo || abs == filepath.Dir(abs) {
			break
		}
		dir, abs = parentDir(dir), filepath.Dir(abs)
	}
	return nil, false
}

// parentDir is the folder around one, of a relative path too.
func parentDir(dir string) string {
	if dir == "." || path.Base(dir) == ".." {
		return path.Join(dir, "..")
	}
	return path.Dir(dir)
}

// mainsIn returns the configurations whose main file lies in a folder,
// nginx.conf first.
func (g *grouper) mainsIn(dir string, arg *argument, set *settings, known []*unit) []*unit {
	key := mainsKey{absolute(g.cwd, dir), set}
	if units, ok := g.mains[key]; ok {
		return units
	}
	var units []*unit
	names, err := g.disk.list(dir)
	if err != nil {
		names = nil // a folder that nobody may look into holds no main file for us
	}
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
		if path.Ext(name) != ".conf" || name != "nginx.conf" && g.large(path.Join(dir, name)) {
			continue
		}
		f, err := g.disk.open(path.Join(dir, name), true)
		if err != nil {
			continue
		}
		if i := slices.IndexFunc(known, func(u *unit) bool { return u.in.Main == f && u.set == set }); i >= 0 {
			units = append(units, known[i])
			continue
		}
		// Parsing what may be large is worth it only if it can lead anywhere.
		if !strings.Contains(f.Text, "include") {
			continue
		}
		c := g.disk.content(f)
		if c.kind != detect.Nginx || c.dump != nil {
			continue
		}
		f = c.text
		if model.InferKind(g.trees.Nginx(f)) == model.Main {
			units = append(units, g.unit(f, arg, set))
		}
	}
	g.mains[key] = units
	return units
}

// large reports whether a file is not worth reading on the mere suspicion that
// it is a main file: one of that size holds the sites itself.
func (g *grouper) large(name string) bool {
	const most = 256 << 10
	info, err := os.Stat(absolute(g.cwd, name))
	return err != nil || info.Size() > most
}

// attach puts a site from a folder of available sites into a configuration that
// includes the enabled ones, as it would be read once it is enabled: what a
// repository enables is often decided elsewhere. The result is nil if the
// configuration does not include it even so.
func (g *grouper) attach(m *unit, f *source.File, set *settings) *unit {
	if available(f) == 0 {
		return nil
	}
	u := &unit{in: m.in, set: set}
	enabled := path.Join(path.Dir(path.Dir(f.Path)), "sites-enabled")
	if info, err := os.Stat(absolute(g.cwd, enabled)); err == nil && info.IsDir() {
		u.in.Reader = enabling{u.in.Reader, g.cwd, absolute(g.cwd, enabled), f}
	} else {
		u.in.Attach = f
	}
	if u.build(); !u.holds(f) {
		return nil
	}
	return u
}

// enabling is a reader in which one more site is enabled.
type enabling struct {
	model.Reader

	cwd, dir string
	site     *source.File
}

// Read returns a file, the site under its name among the enabled ones.
func (e enabling) Read(name string) (*source.File, error) {
	if absolute(e.cwd, name) == filepath.Join(e.dir, path.Base(e.site.Path)) {
		return e.site, nil
	}
	return e.Reader.Read(name)
}

// List returns the names in a folder, with the site among the enabled ones.
func (e enabling) List(dir string) ([]string, error) {
	names, err := e.Reader.List(dir)
	if err == nil && absolute(e.cwd, dir) == e.dir && !slices.Contains(names, path.Base(e.site.Path)) {
		names = append(slices.Clip(names), path.Base(e.site.Path))
	}
	return names, err
}
