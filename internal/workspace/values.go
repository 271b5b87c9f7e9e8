//go:build !tcplint_core

package workspace

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/values"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed"
	"github.com/tcplint/tcplint/parser/source"
)

// mostValues is how many files may set a variable of a template: where there are more,
// its value is not known.
const mostValues = 500

// mostFolders is how many folders are looked through for them.
const mostFolders = 2000

// filled puts the values of variables into what a file holds, where it is a template, or
// a task, of an Ansible role or a Helm chart.
func (s *store) filled(f *source.File, c *content) *content {
	if !c.hasHoles() {
		return c
	}
	set := s.valuesFor(f)
	if set == nil {
		return c
	}
	s.raw.mu.Lock()
	have, ok := s.raw.fillings[c]
	s.raw.mu.Unlock()
	if ok && have.set == set {
		return have.filled
	}
	value := set.Value
	next := *c
	next.text = embed.Fill(c.text, value)
	next.carried.Texts = slices.Clone(c.carried.Texts)
	for i := range next.carried.Texts {
		t := &next.carried.Texts[i]
		t.File = embed.Fill(t.File, value)
	}
	s.raw.mu.Lock()
	defer s.raw.mu.Unlock()
	s.raw.fillings[c] = filling{set, &next}
	return &next
}

// hasHoles reports whether code stands in place of a value.
func (c *content) hasHoles() bool {
	return c.kind != detect.None && c.text.Templated() ||
		slices.ContainsFunc(c.carried.Texts, func(t embed.Text) bool { return t.File.Templated() })
}

// valuesFor returns what is said of the variables of a template; nil where it belongs to
// no role or chart.
func (s *store) valuesFor(f *source.File) *values.Set {
	const deepest = 4
	name := s.name(f)
	shown := f.Path
	for range deepest {
		base := path.Base(path.Dir(name))
		name, shown = path.Dir(name), parent(shown)
		if base != path.Base(shown) || name == "." {
			return nil // it is read under the name of a link
		}
		switch base {
		case "templates", "tasks", "handlers":
			home := place{path.Dir(name), parent(shown)}
			switch {
			case base == "templates" && s.raw.find(path.Join(home.name, "Chart.yaml")) == nil:
				return s.valuesOf(home, s.chartValues)
			case s.raw.find(path.Join(home.name, "defaults")) == nil || s.raw.find(path.Join(home.name, "tasks")) == nil:
				return s.valuesOf(home, s.roleValues)
			}
			return nil
		}
	}
	return nil
}

// valuesOf returns what is said of the variables of a role or chart. It is looked for once
// for all of its templates, and is the same one as long as the files are.
func (s *store) valuesOf(home place, find func(place) (by [][]*source.File, set func() *values.Set)) *values.Set {
	s.homesMu.Lock()
	defer s.homesMu.Unlock()
	if set, ok := s.homes[home.name]; ok {
		return set
	}
	by, read := find(home)
	s.raw.mu.Lock()
	have, ok := s.raw.valueSets[home.name]
	s.raw.mu.Unlock()
	if !ok || !slices.EqualFunc(have.by, by, slices.Equal) {
		have = valueSet{by: by}
		if read != nil {
			have.set = read()
		}
		s.raw.mu.Lock()
		s.raw.valueSets[home.name] = have
		s.raw.mu.Unlock()
	}
	s.homes[home.name] = have.set
	return have.set
}

// place is a folder: its name without links, and as it is shown.
type place struct{ name, shown string }

func (p place) join(elem string) place {
	return place{path.Join(p.name, elem), path.Join(p.shown, elem)}
}

func (p place) parent() place { return place{path.Dir(p.name), parent(p.shown)} }

// roleValues finds what sets the variables of a role: itself, and what lies around the
// folder of roles.
func (s *store) roleValues(home place) (by [][]*source.File, set func() *values.Set) {
	g := gatherer{store: s, read: map[string]bool{}}
	vars := g.first(home.join("vars"), "main.yml", "main.yaml")
	defaults := g.first(home.join("defaults"), "main.yml", "main.yaml")
	g.without = slices.Concat(vars, defaults)
	others := g.below(home.join("vars"), mayAssign, 1)
	for _, dir := range []string{"tasks", "handlers", "meta"} {
		others = append(others, g.below(home.join(dir), mayAssign, 4)...)
	}
	top := home
	if roles := home.parent(); path.Base(roles.name) == "roles" {
		top = roles.parent()
		for _, role := range s.raw.list(roles.name).names {
			for _, dir := range []string{"tasks", "meta", "vars"} {
				if other := roles.join(role); other != home {
					others = append(others, g.below(other.join(dir), mayAssign, 3)...)
				}
			}
		}
	}
	others = append(others, g.below(top, mayAssign, 0)...)
	others = append(others, g.first(top, ".gitlab-ci.yml", ".gitlab-ci.yaml")...)
	others = append(others, g.groups(top, 3)...)
	// Playbooks, and the files of variables that they name, inventories, and pipelines that
	// give values on a command line may have any name.
	for _, dir := range g.folders(top) {
		if !apart[dir] && (top != home || !slices.Contains(ownFolders, dir)) {
			others = append(others, g.below(top.join(dir), mayAssign, 3)...)
		}
	}
	if g.tooMany {
		return nil, nil
	}
	return [][]*source.File{vars, defaults, others}, func() *values.Set { return s.raw.valueTexts.Role(vars, defaults, others) }
}

// apart are folders beside roles, or in one, in which nothing sets variables for those who
// use them; roles are looked at one by one.
var apart = map[string]bool{
	"roles": true, "molecule": true, "test": true, "tests": true, "example": true, "examples": true, "docs": true, "files": true, "templates": true,
}

// ownFolders are those of a role itself that are read before.
var ownFolders = []string{"defaults", "vars", "tasks", "handlers", "meta"}

// mayAssign reports whether a file of a name may set variables of Ansible, or run it.
func mayAssign(base string) bool {
	switch path.Ext(base) {
	case ".yml", ".yaml", ".ini", ".sh":
		return true
	case "":
		return base != "LICENSE" && base != "Vagrantfile"
	}
	return false
}

// groups reads the variables of groups and hosts, wherever below a folder inventories
// lie.
func (g *gatherer) groups(dir place, depth int) (all []*source.File) {
	for _, e := range g.folders(dir) {
		switch p := dir.join(e); {
		case e == "group_vars", e == "host_vars":
			all = append(all, g.below(p, mayAssign, 3)...)
		case e != "roles" && depth > 0:
			all = append(all, g.groups(p, depth-1)...)
		}
	}
	return all
}

// folders are the folders in a folder, less those that are hidden or full of what others
// have written.
func (g *gatherer) folders(dir place) (names []string) {
	if g.tooMany || g.store.raw.find(dir.name) != nil {
		return nil
	}
	for _, e := range g.store.raw.list(dir.name).entries {
		if e.IsDir() && (!strings.HasPrefix(e.Name(), ".") || e.Name() == ".github") && e.Name() != "node_modules" && e.Name() != "vendor" {
			if g.seen++; g.seen > mostFolders {
				g.tooMany = true
				return nil
			}
			names = append(names, e.Name())
		}
	}
	return names
}

// chartValues finds what sets the values of a chart: values.yaml, others beside it and
// above it, and those of a chart that it is a part of.
func (s *store) chartValues(home place) (by [][]*source.File, set func() *values.Set) {
	g := gatherer{store: s}
	own := g.first(home, "values.yaml", "values.yml")
	g.without = own
	isValues := func(base string) bool {
		return strings.Contains(base, "values") && (strings.HasSuffix(base, ".yaml") || strings.HasSuffix(base, ".yml"))
	}
	isYAML := func(base string) bool { return strings.HasSuffix(base, ".yaml") || strings.HasSuffix(base, ".yml") }
	others := g.below(home, isValues, 0)
	others = append(others, g.below(home.join("values"), isYAML, 1)...)
	outer := home.parent()
	names := []string{path.Base(home.name)}
	for _, f := range g.first(home, "Chart.yaml") {
		if name := s.raw.valueTexts.Scalars(f)["name"].Value; name != "" {
			names = append(names, name)
		}
	}
	var around, installs []*source.File
	if path.Base(outer.name) == "charts" && s.raw.find(path.Join(outer.parent().name, "Chart.yaml")) == nil {
		around = g.below(outer.parent(), isValues, 0)
	} else {
		installs = g.installs(g.repository(outer), home, names, 3)
		for range 2 {
			others = append(others, g.below(outer, isValues, 0)...)
			others = append(others, g.below(outer.join("values"), isYAML, 1)...)
			outer = outer.parent()
		}
	}
	if g.tooMany {
		return nil, nil
	}
	var chart *source.File
	if len(own) > 0 {
		chart = own[0]
	}
	return [][]*source.File{own, others, around, installs}, func() *values.Set {
		return s.raw.valueTexts.Chart(chart, others, around, installs, path.Base(home.name))
	}
}

// repository is the folder above a chart's from which to look for what installs it: one
// up where that is part of the same repository, and of what is checked.
func (g *gatherer) repository(dir place) place {
	up := dir.parent()
	if g.store.raw.find(path.Join(dir.name, ".git")) == nil || up.shown == ".." || strings.HasPrefix(up.shown, "../") {
		return dir
	}
	return up
}

// installs finds the files that may install a chart of one of the names with values of
// their own: of Argo CD, Flux, helmfile and Terraform, commands, a chart that it is a part
// of, and what has its name.
func (g *gatherer) installs(dir, home place, names []string, depth int) (all []*source.File) {
	if dir == home || g.tooMany || g.store.raw.find(dir.name) != nil {
		return nil
	}
	chart := g.store.raw.find(path.Join(dir.name, "Chart.yaml")) == nil
	isInstall := func(base string) bool {
		switch path.Ext(base) {
		case ".yaml", ".yml":
			return !chart || strings.Contains(base, "values")
		case ".tf", ".sh", ".gotmpl":
			return !chart
		}
		return base == "Makefile"
	}
	if chart && !slices.ContainsFunc(g.first(dir, "Chart.yaml"), func(f *source.File) bool { return values.Depends(f.Text, names) }) {
		return nil
	}
	for _, e := range g.store.raw.list(dir.name).entries {
		if !e.Type().IsRegular() || !isInstall(e.Name()) {
			continue
		}
		f := g.file(dir.join(e.Name()))
		if f != nil && (chart || g.store.raw.valueTexts.Installs(f, names) || slices.Contains(names, strings.TrimSuffix(e.Name(), path.Ext(e.Name())))) {
			all = append(all, f)
		}
	}
	if depth > 0 && !chart {
		for _, e := range g.folders(dir) {
			all = append(all, g.installs(dir.join(e), home, names, depth-1)...)
		}
	}
	return all
}

// gatherer reads files that may set variables.
type gatherer struct {
	store   *store
	without []*source.File
	n, seen int             // files, and folders that were looked through
	read    map[string]bool // names of files that were read below a folder, where each is read once
	tooMany bool
}

// first reads the first file of a folder that is there.
func (g *gatherer) first(dir place, names ...string) []*source.File {
	for _, name := range names {
		if f := g.file(dir.join(name)); f != nil {
			return []*source.File{f}
		}
	}
	return nil
}

// file reads a file, unless a link leads out of its folder.
func (g *gatherer) file(p place) *source.File {
	raw := g.store.raw
	if raw.find(p.name) != nil {
		return nil
	}
	if real, err := raw.resolve(p.name); err != nil || real != p.name {
		return nil
	}
	f, err := g.store.open(p.shown, true)
	if err != nil || len(f.Text) > largestService || slices.Contains(g.without, f) {
		return nil
	}
	return f
}

// below reads the files of a folder whose names are wanted, in folders within it down to
// a depth.
func (g *gatherer) below(dir place, wanted func(base string) bool, depth int) []*source.File {
	if g.tooMany || g.store.raw.find(dir.name) != nil {
		return nil
	}
	var all []*source.File
	for _, e := range g.store.raw.list(dir.name).entries {
		switch p := dir.join(e.Name()); {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir() && depth > 0:
			all = append(all, g.below(p, wanted, depth-1)...)
		case e.Type().IsRegular() && wanted(e.Name()) && !g.read[p.name]:
			if g.read != nil {
				g.read[p.name] = true
			}
			if g.n++; g.n > mostValues {
				g.tooMany = true
				return nil
			}
			if f := g.file(p); f != nil {
				all = append(all, f)
			}
		}
	}
	return all
}
