package workspace

import (
	"cmp"
	"slices"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed"
	"github.com/tcplint/tcplint/parser/source"
)

// mostNear is the number of files and folders up to which a folder is searched for
// what belongs to files that were named one by one: a commit hook has little time,
// whatever the size of the repository.
const mostNear = 4000

// neighbours returns the nginx and sysctl files of the repositories of named files that
// may belong to the same hosts: which they do depends on all of them. They are
// looked for by their names, as a commit hook has no time to read everything.
// Of a large repository that is the part of it around the files; where there is no
// repository, there are none.
func (j *joiner) neighbours(sel *selection, kernel []*source.File) *selection {
	other := &selection{near: true}
	var searched []string
	named := slices.Concat(sel.nginx, sel.sysctl)
	for _, found := range sel.carried {
		// A role's settings belong to what else the role puts on a machine.
		if i := slices.IndexFunc(found.Texts, func(t embed.Text) bool { return t.Kind == detect.Sysctl && t.Host == "" }); i >= 0 {
			named = append(named, found.Texts[i].File.OnDisk())
		}
	}
	for _, f := range named {
		if j.nameless(f) {
			continue
		}
		own := j.settings.folder(f)
		root := j.settings.repository(own)
		if root == "" || slices.ContainsFunc(searched, func(top string) bool { return within(top, own) }) {
			continue
		}
		other.dir = j.names.shown(root)
		all, top := j.settings.near(own, root, func(*finder) {})
		searched = append(searched, cmp.Or(top, own))
		r := &recogniser{store: j.store, settings: j.settings}
		for _, f := range r.read(all, nil) {
			switch c := j.store.content(f); {
			case c.dump != nil || c.live || c.text == nil:
			case c.kind == detect.Nginx && !slices.Contains(sel.nginx, c.text) && !slices.Contains(other.nginx, c.text):
				other.nginx = append(other.nginx, c.text)
			case c.kind == detect.Sysctl && !slices.Contains(kernel, c.text) && !slices.Contains(other.sysctl, c.text):
				other.sysctl = append(other.sysctl, c.text)
			}
		}
	}
	return other
}

// otherMains leaves out hosts whose main file is that of another one already.
func otherMains(have, more []*Host) []*Host {
	return slices.DeleteFunc(more, func(m *Host) bool {
		return slices.ContainsFunc(have, func(u *Host) bool { return u.Input.Main == m.Input.Main })
	})
}
