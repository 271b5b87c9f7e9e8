package workspace

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
)

// gitIgnores knows what the .gitignore files of one repository leave out.
type gitIgnores struct {
	raw   *raw
	root  string // its name; empty if there is no repository
	byDir map[string]gitFolder
	// unread are the errors of ignore files that are there and cannot be read.
	unread []error
}

// gitFolder is what git ignores in a folder.
type gitFolder struct {
	patterns []gitignore.Pattern // the weakest first
	matcher  gitignore.Matcher   // nil if there are none
	parts    []string            // the names on the way from the root
}

func newGitIgnores(raw *raw, root string) *gitIgnores {
	return &gitIgnores{raw: raw, root: root, byDir: map[string]gitFolder{}}
}

// ignored reports whether git leaves out a file or folder that lies in another one.
func (g *gitIgnores) ignored(dir, base string, isDir bool) bool {
	if g.root == "" || !within(g.root, dir) {
		return false
	}
	f := g.folder(dir)
	return f.matcher != nil && f.matcher.Match(append(slices.Clip(f.parts), base), isDir)
}

func (g *gitIgnores) folder(dir string) gitFolder {
	if f, ok := g.byDir[dir]; ok {
		return f
	}
	var f gitFolder
	if dir == g.root {
		f.patterns = g.read(path.Join(dir, ".git", "info", "exclude"), nil)
	} else {
		f.patterns = g.folder(path.Dir(dir)).patterns
		f.parts = strings.Split(from(g.root, dir), "/")
	}
	f.patterns = append(slices.Clip(f.patterns), g.read(path.Join(dir, ".gitignore"), f.parts)...)
	if len(f.patterns) > 0 {
		f.matcher = gitignore.NewMatcher(f.patterns)
	}
	g.byDir[dir] = f
	return f
}

// read reads a file of patterns. One that is not there has none.
func (g *gitIgnores) read(name string, domain []string) []gitignore.Pattern {
	text, err := g.raw.named(name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			g.unread = append(g.unread, reading(g.raw.names.shown(name), err))
		}
		return nil
	}
	var out []gitignore.Pattern
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		out = append(out, gitignore.ParsePattern(line, domain))
	}
	return out
}
