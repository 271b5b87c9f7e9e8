package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed"
	"github.com/tcplint/tcplint/parser/source"
)

// skippedDirs hold what is not the user's own.
var skippedDirs = map[string]bool{".git": true, ".hg": true, ".svn": true, "node_modules": true, "vendor": true}

// search looks for nginx configuration and kernel settings below a folder.
type search struct {
	*loader

	ignores *gitIgnores
	seen    map[string]bool // folders, without links
	files   map[*source.File]bool
	links   []string // to be followed when all that is real has been seen
	out     []*source.File
	// byName says that only files with likely names are read, and that nothing is
	// said about the others. budget is how many entries of folders such a search may
	// still look at.
	byName bool
	budget int
}

func newSearch(l *loader, dir string) *search {
	return &search{loader: l, ignores: newGitIgnores(l.repository(absolute(l.cwd, dir))), seen: map[string]bool{}, files: map[*source.File]bool{}}
}

// search returns what lies below a folder, sorted by path. Links are followed
// after everything else, so that a file is shown by its own name.
func (l *loader) search(dir string) []*source.File { return newSearch(l, dir).below(dir) }

func (s *search) below(dir string) []*source.File {
	s.walk(dir)
	for len(s.links) > 0 {
		link := s.links[0]
		s.links = s.links[1:]
		info, err := os.Stat(absolute(s.cwd, link))
		switch {
		case err != nil:
			s.left(link, "a link that leads nowhere")
		case info.IsDir():
			s.walk(link)
		default:
			s.look(link)
		}
	}
	slices.SortFunc(s.out, func(a, b *source.File) int { return comparePaths(a.Path, b.Path) })
	return s.out
}

// left says why a file or folder is not read.
func (s *search) left(name, format string, args ...any) {
	if s.flags.verbose && !s.byName {
		s.app.say("left  %s: %s", name, fmt.Sprintf(format, args...))
	}
}

// walk visits a folder, unless it was visited before.
func (s *search) walk(dir string) {
	abs := absolute(s.cwd, dir)
	real, err := filepath.EvalSymlinks(abs)
	if err == nil && s.seen[real] {
		s.left(dir, "a link to a folder that was read before")
		return
	}
	s.seen[real] = true
	entries, err := os.ReadDir(abs)
	if err != nil {
		if !s.byName {
			s.unread(reading(dir, err))
		}
		return
	}
	set, err := s.forDir(abs)
	switch {
	case err != nil && s.byName:
		return
	case err != nil:
		s.problem(statusOf(err), err)
		return
	}
	for _, e := range entries {
		if s.budget--; s.byName && s.budget < 0 {
			return
		}
		name := path.Join(dir, e.Name())
		if why := s.leftOut(set, abs, e); why != "" {
			s.left(name, "%s", why)
			continue
		}
		switch {
		case e.IsDir():
			s.walk(name)
		case e.Type()&fs.ModeSymlink != 0:
			s.links = append(s.links, name)
		case e.Type().IsRegular():
			s.look(name)
		}
	}
}

// leftOut says why an entry of a folder is not looked at; empty if it is.
func (s *search) leftOut(set *settings, dir string, e fs.DirEntry) string {
	abs := filepath.Join(dir, e.Name())
	if p, ok := set.exclude.match(abs); ok {
		return fmt.Sprintf("excluded by %q of [files]", p)
	}
	if _, ok := set.include.match(abs); ok {
		return ""
	}
	switch {
	case skippedDirs[e.Name()] && !e.Type().IsRegular():
		return "it holds what is not the repository's own"
	case s.ignores.ignored(dir, e.Name(), e.IsDir()):
		return "ignored by .gitignore"
	}
	return ""
}

// look reads a file if its name does not rule it out.
func (s *search) look(name string) {
	possible, likely := detect.Candidate(name)
	included := s.included(name)
	if s.byName && !included && (!possible || !likely) {
		return
	}
	if detect.Backup(name) && !included {
		s.left(name, "its name is that of a copy")
		return
	}
	if !possible && !included && !embed.Candidate(name) {
		s.left(name, "its name is none of a configuration")
		return
	}
	file, err := s.disk.open(name, true)
	if err != nil {
		// Of a file that nobody may read, only the name tells whether it matters.
		if (likely || included) && !isSkipped(err) && !s.byName {
			s.unread(err)
		}
		s.left(name, "%s", err)
		return
	}
	if s.files[file] {
		s.left(name, "a link to %s", file.Path)
		return
	}
	s.files[file] = true
	c := s.disk.content(file)
	if included && !c.holds() && c.kind != detect.Binary {
		c = s.disk.insist(file, detect.Nginx)
	}
	if !c.holds() {
		s.left(name, "it is %s", c.reason)
		return
	}
	if s.flags.verbose && !s.byName {
		s.app.say("taken %s: %s", name, c.reason)
	}
	s.out = append(s.out, file)
}

// included reports whether the configuration wants a file to be read whatever
// its name and content tell.
func (s *search) included(name string) bool {
	abs := absolute(s.cwd, name)
	set, err := s.forDir(filepath.Dir(abs))
	if err != nil {
		return false // reported with its folder
	}
	_, ok := set.include.match(abs)
	return ok
}
