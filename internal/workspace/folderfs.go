package workspace

import (
	"io/fs"
	"path"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/tcplint/tcplint/internal/config"
)

// folderFS is a folder for those who expand patterns in it. It follows links.
type folderFS struct {
	raw *raw
	dir string
}

// Open is not needed to expand patterns.
func (folderFS) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
}

// ReadDir lists a folder.
func (f folderFS) ReadDir(name string) ([]fs.DirEntry, error) {
	l := f.raw.list(path.Join(f.dir, name))
	return l.entries, l.err
}

// Stat describes what a name leads to.
func (f folderFS) Stat(name string) (fs.FileInfo, error) { return f.raw.stat(path.Join(f.dir, name)) }

// Matches reports whether there is a file that patterns mean.
func (w *Workspace) Matches(p config.Patterns) bool {
	return len(w.unmatched(p, doublestar.WithFilesOnly())) < len(p.List)
}

// Unmatched returns those of some patterns that mean no file and no folder.
func (w *Workspace) Unmatched(p config.Patterns) []string { return w.unmatched(p) }

func (w *Workspace) unmatched(p config.Patterns, o ...doublestar.GlobOption) []string {
	var out []string
	for _, pattern := range p.List {
		found := false
		// Patterns were checked when they were read.
		_ = doublestar.GlobWalk(folderFS{w.raw, p.Dir}, pattern, func(string, fs.DirEntry) error {
			found = true
			return fs.SkipAll
		}, o...)
		if !found {
			out = append(out, pattern)
		}
	}
	return out
}
