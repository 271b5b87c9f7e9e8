package workspace

import (
	"maps"
	"path"
	"slices"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/values"
	"github.com/tcplint/tcplint/parser/source"
)

// Change is what is new about one file or folder.
type Change struct {
	// Path is that of the file, as people write it.
	Path string
	// Text is a text of it that is not saved; nil if there is none or if it stays.
	Text *string
	// Close says that a text which is not saved is given up.
	Close bool
}

// Edit is a text that is not saved, of a file that need not exist.
func Edit(path, text string) Change { return Change{Path: path, Text: &text} }

// Close gives up a text that is not saved: what the file system has counts, be that
// nothing.
func Close(path string) Change { return Change{Path: path, Close: true} }

// Reread says that a file or folder was written, made or deleted in the file system. A
// text that is not saved stays in front of it.
func Reread(path string) Change { return Change{Path: path} }

// With returns the workspace as it is after some changes. What does not depend on
// them is not read, parsed or built again, and hosts that are the same have the same
// Model. The error is as that of Open.
func (w *Workspace) With(changes ...Change) (*Workspace, error) {
	next := w.raw.copy()
	unsaved := maps.Clone(w.raw.unsaved)
	for _, c := range changes {
		name := next.names.name(c.Path)
		if c.Text != nil {
			unsaved[name] = *c.Text
			continue
		}
		if c.Close {
			delete(unsaved, name)
		}
		next.forgetFolders(name)
		next.forgetBelow(name)
		next.forget(next.place(name))
		next.forgetFolders(name)
	}
	next.setUnsaved(unsaved)
	return open(next, w.options, w)
}

// copy returns what was read, for changes to be made to it.
func (r *raw) copy() *raw {
	r.mu.Lock()
	defer r.mu.Unlock()
	spoken := map[*source.File]map[string]bool{} // of texts that have not changed
	for _, f := range r.files {
		if ends, ok := r.spoken[f]; ok {
			spoken[f] = ends
		}
	}
	fragments := make(map[*source.File]bool, len(r.fragments))
	for _, c := range r.contents {
		if is, ok := r.fragments[c.text]; ok {
			fragments[c.text] = is
		}
	}
	fillings := map[*content]filling{} // of what has not changed
	for _, c := range r.contents {
		if have, ok := r.fillings[c]; ok {
			fillings[c] = have
		}
	}
	valueTexts := &values.Texts{}
	if len(r.valueSets) > 0 {
		files := make(map[*source.File]bool, len(r.files))
		for _, f := range r.files {
			files[f] = true
		}
		valueTexts = r.valueTexts.Only(files)
	}
	return &raw{
		fsys: r.fsys, names: r.names, work: r.work, byHand: maps.Clone(r.byHand), unsaved: r.unsaved, spoken: spoken,
		fillings: fillings, valueSets: maps.Clone(r.valueSets), valueTexts: valueTexts,
		texts: maps.Clone(r.texts), lists: maps.Clone(r.lists), real: maps.Clone(r.real),
		files: maps.Clone(r.files), contents: maps.Clone(r.contents),
		searches: maps.Clone(r.searches), fragments: fragments,
		configs: maps.Clone(r.configs), services: maps.Clone(r.services), settings: maps.Clone(r.settings),
	}
}

// setUnsaved sets the texts that are not saved, by the names that they were given, and
// forgets what was read of the files in whose place they stand, or no longer do. Where
// they stand depends on the links there are now.
func (r *raw) setUnsaved(unsaved map[string]string) {
	saved := newRaw(newOverlay(r.fsys.base, nil), r.names, &Work{})
	placed := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(unsaved)) {
		placed[saved.place(name)] = unsaved[name]
	}
	was := r.fsys.texts
	r.unsaved, r.fsys = unsaved, newOverlay(r.fsys.base, placed)
	for _, texts := range []map[string]string{was, placed} {
		for name := range texts {
			before, there := was[name]
			after, stays := placed[name]
			if there && stays && before == after {
				continue
			}
			r.forget(name)
			if there != stays && !saved.isFile(name) {
				r.forgetFolders(name)
			}
		}
	}
}

// isFile reports whether there is a file of a name, not a link to one.
func (r *raw) isFile(name string) bool {
	info, err := r.fsys.Lstat(name)
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
	if decidesSearches(name) {
		clear(r.searches)
	}
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

// decidesSearches reports whether the text of a file says which others are looked at.
func decidesSearches(name string) bool {
	base := path.Base(name)
	return base == config.Name || base == ".gitignore" || base == "exclude"
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
	clear(r.searches)
}

// forgetBelow drops what was read of a file, or of all that lay in a folder.
func (r *raw) forgetBelow(name string) {
	r.mu.Lock()
	clear(r.searches)
	maps.DeleteFunc(r.lists, func(dir string, _ listing) bool { return within(name, dir) })
	var below []string
	for file := range r.texts {
		if within(name, file) {
			below = append(below, file)
		}
	}
	r.mu.Unlock()
	for _, file := range below {
		r.forget(file)
	}
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
