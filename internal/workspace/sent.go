//go:build !tcplint_core

package workspace

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// joinSent reads configurations together with the kernel settings that the same role,
// playbook, cookbook, module or state makes in any case on the machine that it puts
// them on. What it makes under a condition is not known to be made there, and stays
// alone. found are the files with settings, besides those of the selection.
func (j *joiner) joinSent(nginx []*Host, sel *selection, found []embed.Found) {
	by := map[string]*sent{} // by the paths of configurations; nil where there are several
	done := map[string]bool{}
	for _, texts := range slices.Concat(sel.carried, found) {
		if len(texts.Texts) == 0 {
			continue
		}
		s := j.sentBy(texts.Texts[0].File.OnDisk(), done)
		if s == nil || len(s.settings) == 0 {
			continue
		}
		for _, p := range s.paths {
			if have, ok := by[p]; ok && have != s {
				s = nil // of two, nobody knows which is run
			}
			by[p] = s
			if s == nil {
				break
			}
		}
	}
	for _, u := range nginx {
		s := by[path.Clean(u.Input.Main.OnDisk().Path)]
		if s == nil || u.declared || len(u.Input.Sysctl) > 0 {
			continue
		}
		u.Input.Sysctl = s.settings
		if u.Only != nil {
			u.restrict(s.settings...)
		}
		for _, f := range s.settings {
			j.sent[f] = true
		}
		j.builder.build(u)
	}
}

// sent is what one role, playbook, recipe, class or state does on a machine.
type sent struct {
	// paths are those of the files that it puts there, settings the kernel settings that
	// it makes in any case.
	paths    []string
	settings []*source.File
}

// runsContainers are signs that the nginx of a role may run in a container, which has
// a network of its own.
var runsContainers = lazyre.New(`(?i)docker|podman|containerd|kube|\blx[cd]\b|nomad|compose`)

// sentBy returns what the role or the like does that a file belongs to; nil if that is
// not known, or was returned before.
func (j *joiner) sentBy(f *source.File, done map[string]bool) *sent {
	dir, base := path.Dir(f.Path), path.Base(f.Path)
	home := parent(dir)
	once := func(key string) bool {
		before := done[key]
		done[key] = true
		return !before
	}
	switch ext := path.Ext(base); {
	case (ext == ".yml" || ext == ".yaml") && path.Base(dir) == "tasks":
		if once(home) {
			return j.sentByRole(home)
		}
	case (ext == ".yml" || ext == ".yaml") && once(f.Path):
		return j.sentByTasks([]*source.File{f}, []*source.File{f}, []string{dir, path.Join(dir, "templates"), path.Join(dir, "files")})
	case ext == ".rb" && path.Base(dir) == "recipes" && once(f.Path),
		ext == ".pp" && path.Base(dir) == "manifests" && once(f.Path):
		return j.sentByName(f, home)
	case ext == ".sls" && once(f.Path):
		return j.sentByName(f, dir)
	}
	return nil
}

// sentByRole is what a role of Ansible does.
func (j *joiner) sentByRole(home string) *sent {
	tasks := path.Join(home, "tasks")
	var all []*source.File
	for _, name := range j.filesBelow(tasks, 2) {
		if ext := path.Ext(name); ext == ".yml" || ext == ".yaml" {
			if f, err := j.store.open(name, true); err == nil {
				all = append(all, f)
			}
		}
	}
	var run []*source.File
	for _, main := range []string{"main.yml", "main.yaml"} {
		if i := slices.IndexFunc(all, func(f *source.File) bool { return f.Path == path.Join(tasks, main) }); i >= 0 {
			run = append(run, all[i])
			break
		}
	}
	for i := 0; i < len(run); i++ {
		for _, name := range embed.ReadTasks(run[i]).Includes {
			for _, from := range []string{path.Dir(run[i].Path), tasks} {
				k := slices.IndexFunc(all, func(f *source.File) bool { return f.Path == path.Join(from, name) })
				if k < 0 {
					continue
				}
				if !slices.Contains(run, all[k]) {
					run = append(run, all[k])
				}
				break
			}
		}
	}
	return j.sentByTasks(run, all, []string{path.Join(home, "templates"), path.Join(home, "files")})
}

// sentByTasks is what files of tasks do: those that are run in any case make settings,
// all of them send files from some folders.
func (j *joiner) sentByTasks(run, all []*source.File, from []string) *sent {
	s := &sent{}
	for _, f := range all {
		if runsContainers.MatchString(f.Text) {
			return nil
		}
		for _, name := range embed.ReadTasks(f).Sends {
			for _, dir := range from {
				s.paths = append(s.paths, path.Join(dir, name))
			}
		}
	}
	if len(s.paths) == 0 {
		return nil
	}
	return j.settle(s, run, all)
}

// settle adds the settings that files make in any case. Where a key is set twice, or
// under a condition as well, nobody knows what it is: then there are none.
func (j *joiner) settle(s *sent, run, all []*source.File) *sent {
	keys := map[string]bool{}
	twice := false
	for _, f := range all {
		for _, t := range j.store.content(f).carried.Texts {
			if t.Kind != detect.Sysctl || t.Container != "" {
				continue
			}
			always := t.Host == "" && slices.Contains(run, f)
			own := map[string]bool{}
			for _, e := range sysctl.Parse(t.File).Entries {
				key := strings.ReplaceAll(e.Key.Value, "/", ".")
				twice = twice || keys[key] && !own[key]
				keys[key], own[key] = true, true
			}
			if always {
				s.settings = append(s.settings, t.File)
			}
		}
	}
	if twice {
		return nil
	}
	return s
}

// sentByName is what a recipe, class or state does with the files of its module that
// it names.
func (j *joiner) sentByName(f *source.File, home string) *sent {
	if runsContainers.MatchString(f.Text) || strings.Contains(f.Text, "{%") { // a state that a template decides about
		return nil
	}
	s := &sent{}
	named := j.store.raw.namedIn(f)
	for _, p := range j.filesBelow(home, 3) {
		plain := p
		for _, ext := range detect.TemplateExtensions() {
			plain = strings.TrimSuffix(plain, ext)
		}
		if named[path.Base(plain)] && p != f.Path {
			s.paths = append(s.paths, p)
		}
	}
	if len(s.paths) == 0 {
		return nil
	}
	return j.settle(s, []*source.File{f}, []*source.File{f})
}

// mostBeside is the number of entries up to which a folder is looked through for what
// puts a file that was named by hand on a machine.
const mostBeside = 100

// carriedAround are the files with settings of the roles, playbooks and the like to
// which files of nginx belong that were named one by one.
func (j *joiner) carriedAround(sel *selection) (all []embed.Found) {
	seen := map[string]bool{}
	for _, f := range sel.nginx {
		if j.nameless(f) {
			continue
		}
		home := sentFrom(f.OnDisk().Path)
		if home == "" || seen[home] {
			continue
		}
		seen[home] = true
		for _, dir := range []string{path.Join(home, "tasks"), home, path.Join(home, "recipes"), path.Join(home, "manifests")} {
			files := j.filesBelow(dir, 0)
			if len(files) > mostBeside {
				continue
			}
			for _, p := range files {
				if !embed.Candidate(p) {
					continue
				}
				if x, err := j.store.open(p, true); err == nil && len(j.store.content(x).carried.Texts) > 0 {
					all = append(all, j.store.content(x).carried)
				}
			}
		}
	}
	return all
}

// sentFrom is the folder of the role or the like that a file lies in as one that is to be
// put on a machine; empty if it lies in none.
func sentFrom(p string) string {
	dir := path.Dir(p)
	const levels = 3
	for range levels {
		if base := path.Base(dir); base == "templates" || base == "files" {
			return parent(dir)
		}
		dir = parent(dir)
	}
	return ""
}
