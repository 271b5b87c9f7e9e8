package workspace

import (
	"maps"
	"path"

	"github.com/tcplint/tcplint/parser/source"
)

// Change is what is new about one file.
type Change struct {
	// Path is the file's, as people write it.
	Path string
	// Text is a text of it that is not saved. Nil means that there is none: what the
	// file system has counts, be that nothing, and it is read anew.
	Text *string
}

// Edit is a text that is not saved.
func Edit(path, text string) Change { return Change{path, &text} }

// Reread says that a file was written, made or deleted in the file system, or that a
// text of it that was not saved is given up.
func Reread(path string) Change { return Change{Path: path} }

// With returns the workspace as it is after some changes. What does not depend on
// them is not read, parsed or built again, and hosts that are the same have the same
// Model. The error is as that of Open.
func (w *Workspace) With(changes ...Change) (*Workspace, error) {
	next := w.raw.copy()
	for _, c := range changes {
		next.put(c.Path, c.Text)
	}
	return open(next, w.options, w)
}

// copy returns what was read, for changes to be made to it.
func (r *raw) copy() *raw {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &raw{
		fsys: r.fsys, names: r.names, work: r.work, placed: maps.Clone(r.placed),
		texts: maps.Clone(r.texts), lists: maps.Clone(r.lists), real: maps.Clone(r.real),
		files: maps.Clone(r.files), contents: maps.Clone(r.contents),
		configs: maps.Clone(r.configs), settings: maps.Clone(r.settings),
	}
}

// put sets or takes away a text that is not saved, and forgets what was read of its
// file.
func (r *raw) put(shown string, text *string) {
	name := r.names.name(shown)
	if text != nil && r.isFile(name) {
		// Folders and links are what they were.
		real := r.place(name)
		r.forget(real)
		r.placed[name] = real
		r.fsys = r.fsys.with(real, text)
		return
	}
	r.forgetFolders(name)
	if was, ok := r.placed[name]; ok {
		r.forget(was)
		r.forgetFolders(was)
		r.fsys = r.fsys.with(was, nil)
		delete(r.placed, name)
	}
	real := r.place(name)
	r.forget(name)
	r.forget(real)
	if text != nil {
		r.placed[name] = real
		r.fsys = r.fsys.with(real, text)
	}
}

// isFile reports whether there is a file of a name.
func (r *raw) isFile(name string) bool {
	info, err := r.stat(name)
	return err == nil && info.Mode().IsRegular()
}

// place is the name without links of a file that need not exist.
func (r *raw) place(name string) string {
	if real, err := r.resolve(name); err == nil {
		return real
	}
	dir := path.Dir(name)
	if dir == name {
		return name
	}
	return path.Join(r.place(dir), path.Base(name))
}

// forget drops all that depends on the text of a file, by its name without links.
func (r *raw) forget(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.texts, name)
	gone := map[*source.File]bool{}
	maps.DeleteFunc(r.files, func(key fileKey, f *source.File) bool {
		if key.real != name {
			return false
		}
		gone[f] = true
		return true
	})
	maps.DeleteFunc(r.contents, func(key contentKey, _ *content) bool { return gone[key.file] })
}

// forgetFolders drops the listings of the folders around a name, and where links
// lead to.
func (r *raw) forgetFolders(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for dir := name; dir != "."; {
		dir = path.Dir(dir)
		delete(r.lists, dir)
	}
	clear(r.real)
}

// current returns a function that tells whether a file, or the one that it was found
// in, is one of those that were read.
func (r *raw) current() func(*source.File) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[*source.File]bool{}
	for _, f := range r.files {
		all[f] = true
	}
	return func(f *source.File) bool { return all[f.OnDisk()] }
}
