package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
)

// gitIgnores knows what the .gitignore files of one repository leave out.
type gitIgnores struct {
	root  string // absolute; empty if there is no repository
	byDir map[string][]gitignore.Pattern
}

func newGitIgnores(root string) *gitIgnores {
	return &gitIgnores{root: root, byDir: map[string][]gitignore.Pattern{}}
}

// ignored reports whether git leaves out a file or folder that lies in an
// absolute folder.
func (g *gitIgnores) ignored(dir, name string, isDir bool) bool {
	if g.root == "" || !within(g.root, dir) {
		return false
	}
	patterns := g.patterns(dir)
	if len(patterns) == 0 {
		return false
	}
	return gitignore.NewMatcher(patterns).Match(append(g.parts(dir), name), isDir)
}

// parts are the names on the way from the root to a folder.
func (g *gitIgnores) parts(dir string) []string {
	rel, err := filepath.Rel(g.root, dir)
	if err != nil || rel == "." {
		return nil
	}
	return strings.Split(filepath.ToSlash(rel), "/")
}

// patterns are those that hold in a folder, the weakest first.
func (g *gitIgnores) patterns(dir string) []gitignore.Pattern {
	if p, ok := g.byDir[dir]; ok {
		return p
	}
	var all []gitignore.Pattern
	if dir == g.root {
		all = readIgnores(filepath.Join(dir, ".git", "info", "exclude"), nil)
	} else {
		all = g.patterns(filepath.Dir(dir))
	}
	all = append(slices.Clip(all), readIgnores(filepath.Join(dir, ".gitignore"), g.parts(dir))...)
	g.byDir[dir] = all
	return all
}

// readIgnores reads a file of patterns. One that is not there has none.
func readIgnores(name string, domain []string) []gitignore.Pattern {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	var out []gitignore.Pattern
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		out = append(out, gitignore.ParsePattern(line, domain))
	}
	return out
}
