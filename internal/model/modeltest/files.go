// Package modeltest gives tests a file system in memory.
package modeltest

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/parser/source"
)

// Files is a model.Reader over texts in memory. It gives the same File for a
// path each time, as the contract of Reader asks.
type Files struct {
	byPath map[string]*source.File
	paths  []string
	errs   map[string]error
}

// New returns a reader of the given texts, by path.
func New(texts map[string]string) *Files {
	f := &Files{byPath: map[string]*source.File{}, errs: map[string]error{}}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		f.add(name, texts[name])
	}
	return f
}

// Txtar returns a reader of the files of a txtar archive, in its order. Text
// before the first file is a comment.
func Txtar(archive string) *Files {
	f := New(nil)
	for _, file := range txtar.Parse([]byte(archive)).Files {
		f.add(file.Name, string(file.Data))
	}
	return f
}

func (f *Files) add(name, text string) {
	name = path.Clean(name)
	if f.byPath[name] == nil {
		f.paths = append(f.paths, name)
	}
	f.byPath[name] = source.NewFile(name, text)
}

// Fail makes every Read of a path return an error, as a file does that may not
// be read.
func (f *Files) Fail(name string, err error) { f.errs[path.Clean(name)] = err }

// File returns a file, nil if there is none of that path.
func (f *Files) File(name string) *source.File { return f.byPath[path.Clean(name)] }

// Paths are the paths of all files, in the order in which they were given.
func (f *Files) Paths() []string { return slices.Clone(f.paths) }

// Read implements model.Reader.
func (f *Files) Read(name string) (*source.File, error) {
	name = path.Clean(name)
	if err := f.errs[name]; err != nil {
		return nil, err
	}
	if file := f.byPath[name]; file != nil {
		return file, nil
	}
	return nil, fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
}

// List implements model.Reader. The names come last one first: nobody may rely
// on their order.
func (f *Files) List(dir string) ([]string, error) {
	dir = path.Clean(dir)
	prefix := dir + "/"
	switch dir {
	case ".":
		prefix = ""
	case "/":
		prefix = "/"
	}
	seen := map[string]bool{}
	for _, p := range f.paths {
		if rest, ok := strings.CutPrefix(p, prefix); ok && (prefix != "" || !path.IsAbs(p)) {
			name, _, _ := strings.Cut(rest, "/")
			seen[name] = true
		}
	}
	if len(seen) == 0 && dir != "." {
		return nil, fmt.Errorf("open %s: %w", dir, fs.ErrNotExist)
	}
	names := slices.Sorted(maps.Keys(seen))
	slices.Reverse(names)
	return names, nil
}
