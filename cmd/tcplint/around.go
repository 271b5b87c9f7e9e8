package main

import (
	"path/filepath"
	"slices"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// mostAround is the number of files and folders of a repository up to which it is
// searched for what belongs to files that were named one by one.
const mostAround = 20000

// around returns the nginx and sysctl files of the repositories of named files that
// may belong to the same hosts: which they do depends on all of them. They are
// looked for by their names, as a commit hook has no time to read everything.
// Where there is no repository, or a very large one, nothing is around.
func (g *grouper) around(arg *argument, kernel []*source.File) *argument {
	other := &argument{}
	var roots []string
	for _, f := range slices.Concat(arg.nginx, arg.sysctl) {
		if f.OnDisk() == g.stdin && g.flags.stdinName == "" {
			continue
		}
		root := g.repository(filepath.Dir(absolute(g.cwd, f.OnDisk().Path)))
		if root == "" || slices.Contains(roots, root) {
			continue
		}
		roots = append(roots, root)
		other.dir = shownPath(g.cwd, root)
		for _, f := range g.neighbours(other.dir) {
			switch c := g.disk.content(f); {
			case c.dump != nil || c.live || c.text == nil:
			case c.kind == detect.Nginx && !slices.Contains(arg.nginx, c.text):
				other.nginx = append(other.nginx, c.text)
			case c.kind == detect.Sysctl && !slices.Contains(kernel, c.text):
				other.sysctl = append(other.sysctl, c.text)
			}
		}
	}
	return other
}

// neighbours are the files below a folder whose names are those of nginx
// configuration or kernel settings; none if there is too much below it.
func (g *grouper) neighbours(dir string) []*source.File {
	s := newSearch(g.loader, dir)
	s.byName, s.budget = true, mostAround
	if all := s.below(dir); s.budget >= 0 {
		return all
	}
	return nil
}

// otherMains leaves out units whose main file is that of another one already.
func otherMains(have, more []*unit) []*unit {
	return slices.DeleteFunc(more, func(m *unit) bool {
		return slices.ContainsFunc(have, func(u *unit) bool { return u.in.Main == m.in.Main })
	})
}
