package main

import (
	"io/fs"
	"path"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// dumped is a Reader over the files that "nginx -T" has written.
type dumped []*source.File

// Read returns a file.
func (d dumped) Read(name string) (*source.File, error) {
	for _, f := range d {
		if f.Path == path.Clean(name) {
			return f, nil
		}
	}
	return nil, fs.ErrNotExist
}

// List returns the names in a folder.
func (d dumped) List(dir string) ([]string, error) {
	var names []string
	for _, f := range d {
		if path.Dir(f.Path) == path.Clean(dir) {
			names = append(names, path.Base(f.Path))
		}
	}
	if names == nil {
		return nil, fs.ErrNotExist
	}
	return names, nil
}

// dumpUnit makes the host of a dump, which shows all that nginx has read.
func (g *grouper) dumpUnit(files []*source.File, set *settings) *unit {
	u := &unit{set: set, dump: true, in: model.Input{
		Target: set.target, Main: files[0], Root: "/", Trees: g.trees, Reader: dumped(files),
		EventStreams: set.streams, Backends: set.backends,
	}}
	return u.build()
}
