package workspace

import (
	"io/fs"
	"path"

	"github.com/tcplint/tcplint/internal/config"
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

// dumpHost makes the host of a dump, which shows all that nginx has read.
func (j *joiner) dumpHost(files []*source.File, set *config.Settings) *Host {
	u := &Host{Settings: set, Dump: true, Input: model.Input{
		Target: set.Target, Main: files[0], Root: "/", Trees: j.trees, Reader: dumped(files),
		EventStreams: set.Streams, Backends: set.Backends,
	}}
	return j.builder.build(u)
}
