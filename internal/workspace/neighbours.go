package workspace

import (
	"slices"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// mostNeighbours is the number of files and folders of a repository up to which it is
// searched for what belongs to files that were named one by one.
const mostNeighbours = 20000

// neighbours returns the nginx and sysctl files of the repositories of named files that
// may belong to the same hosts: which they do depends on all of them. They are
// looked for by their names, as a commit hook has no time to read everything.
// Where there is no repository, or a very large one, there are none.
func (j *joiner) neighbours(sel *selection, kernel []*source.File) *selection {
	other := &selection{}
	var roots []string
	for _, f := range slices.Concat(sel.nginx, sel.sysctl) {
		if j.nameless(f) {
			continue
		}
		root := j.settings.repositoryOf(f)
		if root == "" || slices.Contains(roots, root) {
			continue
		}
		roots = append(roots, root)
		other.dir = j.names.shown(root)
		for _, f := range j.likely(other.dir) {
			switch c := j.store.content(f); {
			case c.dump != nil || c.live || c.text == nil:
			case c.kind == detect.Nginx && !slices.Contains(sel.nginx, c.text):
				other.nginx = append(other.nginx, c.text)
			case c.kind == detect.Sysctl && !slices.Contains(kernel, c.text):
				other.sysctl = append(other.sysctl, c.text)
			}
		}
	}
	return other
}

// likely are the files below a folder whose names are those of nginx
// configuration or kernel settings; none if there is too much below it.
func (j *joiner) likely(dir string) []*source.File {
	s := newFinder(j.settings, dir)
	s.likely, s.budget = true, mostNeighbours
	all := s.below(dir)
	if s.budget < 0 {
		return nil
	}
	r := &recogniser{store: j.store, settings: j.settings}
	return r.read(all, nil)
}

// otherMains leaves out hosts whose main file is that of another one already.
func otherMains(have, more []*Host) []*Host {
	return slices.DeleteFunc(more, func(m *Host) bool {
		return slices.ContainsFunc(have, func(u *Host) bool { return u.Input.Main == m.Input.Main })
	})
}
