package workspace

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/gitignore"
)

// gitIgnores knows what git leaves out in one repository: by a list of what it does
// not, or else by what the ignore files say.
type gitIgnores struct {
	raw   *raw
	root  string // its name; empty if there is no repository
	byDir map[string][]ignoreFile
	// listed are the files that git knows of, nil if nobody could ask it.
	listed *listed
	// unread are the errors of ignore files that are there and cannot be read.
	unread []error
}

// ignoreFile is a file of patterns, which count from a folder.
type ignoreFile struct {
	dir      string
	patterns []gitignore.Pattern
}

// listed are the files of a repository that git does not ignore.
type listed struct {
	// files are their names, dirs those of the folders on the way.
	files, dirs map[string]bool
	// foreign are folders of which git lists nothing but the name: repositories
	// inside of the repository.
	foreign map[string]bool
}

// newListed reads what "git ls-files" prints of a repository, paths from its root.
func newListed(root string, paths []string) *listed {
	l := &listed{map[string]bool{}, map[string]bool{root: true}, map[string]bool{}}
	for _, p := range paths {
		name := path.Join(root, p)
		if strings.HasSuffix(p, "/") {
			l.foreign[name] = true
		}
		l.files[name] = true
		for dir := path.Dir(name); !l.dirs[dir] && within(root, dir); dir = path.Dir(dir) {
			l.dirs[dir] = true
		}
	}
	return l
}

// newGitIgnores returns what git leaves out in a repository, for a search that begins
// in a folder of it.
func newGitIgnores(raw *raw, root, top string, l *listed) *gitIgnores {
	g := &gitIgnores{raw: raw, root: root, byDir: map[string][]ignoreFile{}}
	// Who searches a folder that is ignored wants to see what is in it.
	if l != nil && l.dirs[top] && !g.within(top) {
		g.listed = l
	}
	return g
}

// within reports whether a folder is one that ignore files leave out, or lies in one.
func (g *gitIgnores) within(dir string) bool {
	return dir != g.root && (g.within(path.Dir(dir)) || g.matched(path.Dir(dir), path.Base(dir), true))
}

// ignored reports whether git leaves out a file or folder that lies in another one.
func (g *gitIgnores) ignored(dir, base string, isDir bool) bool {
	if g.root == "" || !within(g.root, dir) {
		return false
	}
	name := under(dir, base)
	if l := g.listed; l != nil && l.dirs[dir] && !l.foreign[dir] {
		if isDir {
			return !l.dirs[name] && !l.files[name]
		}
		return !l.files[name]
	}
	return g.matched(dir, base, isDir)
}

// matched reports whether the ignore files leave out an entry of a folder.
func (g *gitIgnores) matched(dir, base string, isDir bool) bool {
	files, name := g.folder(dir), under(dir, base)
	for _, f := range slices.Backward(files) {
		if ignored, known := gitignore.Match(f.patterns, from(f.dir, name), isDir); known {
			return ignored
		}
	}
	return false
}

// folder returns the files of patterns that count in a folder, the weakest first.
func (g *gitIgnores) folder(dir string) []ignoreFile {
	if files, ok := g.byDir[dir]; ok {
		return files
	}
	var files []ignoreFile
	switch git := path.Join(dir, ".git"); {
	case dir == g.root && g.raw.list(git).err == nil:
		files = g.read(files, dir, path.Join(git, "info", "exclude"))
	case dir == g.root:
		// A file: of a worktree or a submodule, whose repository lies elsewhere.
	default:
		files = slices.Clip(g.folder(path.Dir(dir)))
	}
	files = g.read(files, dir, path.Join(dir, ".gitignore"))
	g.byDir[dir] = files
	return files
}

// read adds a file of patterns. One that is not there has none.
func (g *gitIgnores) read(files []ignoreFile, dir, name string) []ignoreFile {
	text, err := g.raw.named(name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			g.unread = append(g.unread, reading(g.raw.names.shown(name), err))
		}
		return files
	}
	if patterns := gitignore.Parse(text); patterns != nil {
		files = append(files, ignoreFile{dir, patterns})
	}
	return files
}
