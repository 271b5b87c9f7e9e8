package workspace

import (
	"io/fs"
	"path"
)

// Entry is a regular file that Walk has come to.
type Entry struct {
	// Path is the way to it from the folder.
	Path string
	// Text returns its content, if that is not larger than a limit.
	Text func(most int64) (string, error)
}

// Walk visits the regular files below a folder, by its name, that git does not
// ignore and that are the user's own; links are not followed. It stops after so many
// files.
func Walk(fsys FS, dir string, most int, visit func(Entry)) {
	raw := newRaw(newOverlay(fsys, nil), names{dir: dir, root: "/"}, &Work{})
	w := &walker{raw: raw, top: dir, left: most, visit: visit}
	w.ignores = newGitIgnores(raw, newSettler(newStore(raw), nil, nil).repository(dir), dir, nil)
	w.walk(dir)
}

type walker struct {
	raw     *raw
	ignores *gitIgnores
	top     string
	left    int
	visit   func(Entry)
}

func (w *walker) walk(dir string) {
	for _, e := range w.raw.list(dir).entries { // a folder that nobody may read has none
		name := path.Join(dir, e.Name())
		switch {
		case notOwn[e.Name()] || w.ignores.ignored(dir, e.Name(), e.IsDir()):
		case e.IsDir():
			w.walk(name)
		case e.Type().IsRegular() && w.left > 0:
			w.left--
			w.visit(Entry{Path: from(w.top, name), Text: func(most int64) (string, error) { return w.text(name, most) }})
		}
	}
}

func (w *walker) text(name string, most int64) (string, error) {
	info, err := w.raw.fsys.Lstat(name)
	if err != nil {
		return "", err
	}
	if info.Size() > most {
		return "", skipped("it is larger than what is read of it")
	}
	data, err := fs.ReadFile(w.raw.fsys, name)
	return string(data), err
}
