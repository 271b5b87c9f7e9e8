package service

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// repo are the files that a repository, or another folder, holds.
type repo struct {
	files map[string]*source.File
	order []*source.File
	// open returns a file that is not among them, nil if there is none; it may be
	// nil itself.
	open func(name string) *source.File
	// composed are the services of Compose files that were asked for.
	composed map[*source.File]composeNames
	// used are the files that the process they belong to has read.
	used map[*source.File]bool
}

func newRepo(files []*source.File, open func(name string) *source.File) *repo {
	r := &repo{open: open, files: map[string]*source.File{}, used: map[*source.File]bool{}, composed: map[*source.File]composeNames{}}
	for _, f := range files {
		f = templated(f)
		p := path.Clean(f.Path)
		if _, twice := r.files[p]; !twice {
			r.files[p] = f
			r.order = append(r.order, f)
		}
	}
	slices.SortFunc(r.order, func(a, b *source.File) int { return strings.Compare(a.Path, b.Path) })
	return r
}

// file returns a file, nil if there is none.
func (r *repo) file(name string) *source.File {
	name = path.Clean(name)
	f, asked := r.files[name]
	if !asked && r.open != nil {
		f = r.open(name)
		r.files[name] = f
	}
	return f
}

// up looks for a file in a folder and those around it, as far as levels says.
func (r *repo) up(dir string, levels int, names ...string) *source.File {
	for range levels + 1 {
		for _, name := range names {
			if f := r.file(path.Join(dir, name)); f != nil {
				return f
			}
		}
		if dir == "." || dir == "/" || strings.HasSuffix(dir, "..") {
			break
		}
		dir = path.Dir(dir)
	}
	return nil
}

// within reports whether a path is a folder, or lies below it.
func within(p, dir string) bool {
	return dir == "." && !strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "..") || p == dir || strings.HasPrefix(p, strings.TrimSuffix(dir, "/")+"/")
}
