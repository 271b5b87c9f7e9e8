package main

import (
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
	disk   *disk
	report func(error)
	seen   map[string]bool // folders, without links
	files  map[*source.File]bool
	links  []string // to be followed when all that is real has been seen
	out    []*source.File
}

// folder returns what lies below a folder, sorted by path. Links are followed
// after everything else, so that a file is shown by its own name.
func (s *search) folder(dir string) []*source.File {
	s.seen, s.files = map[string]bool{}, map[*source.File]bool{}
	s.walk(dir)
	for len(s.links) > 0 {
		link := s.links[0]
		s.links = s.links[1:]
		info, err := os.Stat(absolute(s.disk.cwd, link))
		switch {
		case err != nil: // the link leads nowhere or in a circle: nothing to read
		case info.IsDir():
			s.walk(link)
		default:
			s.look(link)
		}
	}
	slices.SortFunc(s.out, func(a, b *source.File) int { return comparePaths(a.Path, b.Path) })
	return s.out
}

// walk visits a folder, unless it was visited before.
func (s *search) walk(dir string) {
	abs := absolute(s.disk.cwd, dir)
	real, err := filepath.EvalSymlinks(abs)
	if err == nil && s.seen[real] {
		return
	}
	s.seen[real] = true
	entries, err := os.ReadDir(abs)
	if err != nil {
		s.report(reading(dir, err))
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch {
		case e.IsDir():
			if !skippedDirs[e.Name()] {
				s.walk(name)
			}
		case e.Type()&fs.ModeSymlink != 0:
			if !skippedDirs[e.Name()] {
				s.links = append(s.links, name)
			}
		case e.Type().IsRegular():
			s.look(name)
		}
	}
}

// look reads a file if its name does not rule it out.
func (s *search) look(name string) {
	possible, likely := detect.Candidate(name)
	if !possible && !embed.Candidate(name) {
		return
	}
	file, err := s.disk.open(name, true)
	if err != nil {
		// Of a file that nobody may read, only the name tells whether it matters.
		if likely && !isSkipped(err) {
			s.report(err)
		}
		return
	}
	if s.files[file] {
		return
	}
	s.files[file] = true
	if s.disk.content(file).holds() {
		s.out = append(s.out, file)
	}
}
