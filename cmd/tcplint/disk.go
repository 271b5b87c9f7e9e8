package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// disk reads files, each once however many names it has: a site that is linked
// from sites-enabled to sites-available is one file. It may be used by several
// goroutines.
type disk struct {
	cwd string

	mu     sync.Mutex
	byName map[string]opened       // by clean path as shown
	byReal map[string]*source.File // by absolute path without links
	real   map[*source.File]string
	held   map[*source.File]*content
	dirs   map[string]resolved
	lists  map[string]listed
}

type opened struct {
	file *source.File
	err  error
}

type resolved struct {
	path string
	err  error
}

type listed struct {
	names []string
	err   error
}

func newDisk(cwd string) *disk {
	return &disk{
		cwd: cwd, byName: map[string]opened{}, byReal: map[string]*source.File{}, real: map[*source.File]string{},
		held: map[*source.File]*content{},
		dirs: map[string]resolved{}, lists: map[string]listed{},
	}
}

// errSkipped says that a file was not read because of its size or because it is
// not text.
var errSkipped = errors.New("too large or not text")

// limits of a search through folders.
const (
	maxFound = 16 << 20
	sniffed  = 8000
)

// read returns a file by the name that people see.
func (d *disk) read(name string) (*source.File, error) { return d.open(name, false) }

// open reads a file. A picky reader leaves out large and binary files.
func (d *disk) open(name string, picky bool) (*source.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name = path.Clean(name)
	if o, ok := d.byName[name]; ok && (picky || !errors.Is(o.err, errSkipped)) {
		return o.file, o.err
	}
	file, err := d.load(name, picky)
	d.byName[name] = opened{file, err}
	return file, err
}

func (d *disk) load(name string, picky bool) (*source.File, error) {
	real, err := d.resolve(name)
	if err != nil {
		return nil, reading(name, err)
	}
	if real == os.DevNull {
		// A link to it takes the place of a file of the same name: it is an empty file
		// under each of its names.
		f := source.NewFile(name, "")
		d.real[f] = real
		return f, nil
	}
	if f, ok := d.byReal[real]; ok {
		return f, nil
	}
	text, err := readText(real, picky)
	if err != nil {
		return nil, reading(name, err)
	}
	return d.add(name, real, text), nil
}

func (d *disk) add(name, real, text string) *source.File {
	f := source.NewFile(name, text)
	d.byReal[real], d.real[f] = f, real
	return f
}

// content returns what a file holds.
func (d *disk) content(f *source.File) *content { return d.contentAs(f, detect.None) }

// contentAs returns what a file holds if it is known to be of a kind, be that
// None. What was said first counts.
func (d *disk) contentAs(f *source.File, as detect.Kind) *content {
	d.mu.Lock()
	c, ok := d.held[f]
	d.mu.Unlock()
	if ok {
		return c
	}
	c = readContent(f, as)
	d.mu.Lock()
	defer d.mu.Unlock()
	if first, ok := d.held[f]; ok {
		return first // everybody must see the same text
	}
	d.held[f] = c
	return c
}

// insist makes a file be of a kind that its content does not tell.
func (d *disk) insist(f *source.File, kind detect.Kind) *content {
	c := readContent(f, kind)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held[f] = c
	return c
}

// put makes a text stand for the file of a name, which need not exist.
func (d *disk) put(name, text string) *source.File {
	d.mu.Lock()
	defer d.mu.Unlock()
	name = path.Clean(name)
	real, err := d.resolve(name)
	if err != nil {
		real = absolute(d.cwd, name)
	}
	f := d.add(name, real, text)
	d.byName[name] = opened{f, nil}
	return f
}

// path returns the absolute path of a file that was read, without links.
func (d *disk) path(f *source.File) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.real[f]
}

// realPath is resolve for callers from outside.
func (d *disk) realPath(name string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.resolve(name)
}

// resolve returns the absolute path without links that a name stands for.
func (d *disk) resolve(name string) (string, error) {
	dir, base := filepath.Split(absolute(d.cwd, name))
	dir, err := d.resolveDir(filepath.Clean(dir))
	if err != nil {
		return "", err
	}
	real := filepath.Join(dir, base)
	info, err := os.Lstat(real)
	if err != nil {
		return "", err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return filepath.EvalSymlinks(real)
	}
	return real, nil
}

func (d *disk) resolveDir(abs string) (string, error) {
	if o, ok := d.dirs[abs]; ok {
		return o.path, o.err
	}
	real, err := filepath.EvalSymlinks(abs)
	d.dirs[abs] = resolved{real, err}
	return real, err
}

// list returns the names in a folder.
func (d *disk) list(dir string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	abs := absolute(d.cwd, dir)
	if l, ok := d.lists[abs]; ok {
		return l.names, l.err
	}
	entries, err := os.ReadDir(abs)
	var l listed
	if err != nil {
		l.err = reading(dir, err)
	}
	for _, e := range entries {
		l.names = append(l.names, e.Name())
	}
	d.lists[abs] = l
	return l.names, l.err
}

// reading says what could not be read. The operating system's own words repeat
// the path, and not as it is shown.
func reading(name string, err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return fmt.Errorf("reading %s: %w", name, err)
}

// readText reads a whole file. Pipes are read as well if someone names one.
func readText(name string, picky bool) (string, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return "", err
	case info.IsDir():
		return "", errors.New("it is a folder")
	case picky && (!info.Mode().IsRegular() || info.Size() > maxFound):
		return "", errSkipped
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	var b strings.Builder
	b.Grow(int(info.Size()) + 1)
	if picky {
		if _, err := io.CopyN(&b, f, sniffed); err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		if strings.IndexByte(b.String(), 0) >= 0 {
			return "", errSkipped
		}
	}
	if _, err := io.Copy(&b, f); err != nil {
		return "", err
	}
	return b.String(), nil
}

// reader gives a configuration the files below some folders and no others: the
// include of an unknown repository must not bring to light what else lies on the
// disk.
type reader struct {
	disk  *disk
	roots []string // absolute
}

// Read returns an included file. Where a template of it lies in its place, that
// is what will be there.
func (r reader) Read(name string) (*source.File, error) {
	f, err := r.raw(name)
	if errors.Is(err, fs.ErrNotExist) {
		for _, ext := range detect.TemplateExtensions() {
			if t, again := r.raw(name + ext); again == nil {
				f, err = t, nil
				break
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return r.disk.content(f).text, nil
}

func (r reader) raw(name string) (*source.File, error) {
	if !r.within(name) {
		if _, err := os.Lstat(absolute(r.disk.cwd, name)); err != nil {
			return nil, reading(name, err)
		}
		return nil, fmt.Errorf("%s lies outside of %s", name, r.shown())
	}
	return r.disk.read(name)
}

// List returns the names in a folder.
func (r reader) List(dir string) ([]string, error) {
	if !r.within(dir) {
		return nil, fmt.Errorf("%s lies outside of %s", dir, r.shown())
	}
	names, err := r.disk.list(dir)
	return withRendered(names), err
}

// withRendered adds the names that templates in a folder have once they are
// rendered.
func withRendered(names []string) []string {
	var more []string
	for _, name := range names {
		for _, ext := range detect.TemplateExtensions() {
			if n, ok := strings.CutSuffix(name, ext); ok && n != "" && !slices.Contains(names, n) && !slices.Contains(more, n) {
				more = append(more, n)
			}
		}
	}
	if more == nil {
		return names
	}
	return append(slices.Clip(names), more...)
}

// Locate returns the path that is shown of an absolute one, if it lies in one of the
// folders that the configuration may read.
func (r reader) Locate(abs string) (name string, ok bool) {
	if !r.within(abs) {
		return "", false
	}
	return shownPath(r.disk.cwd, filepath.FromSlash(abs)), true
}

func (r reader) within(name string) bool {
	abs := absolute(r.disk.cwd, name)
	for _, root := range r.roots {
		if within(root, abs) {
			return true
		}
	}
	return false
}

// within reports whether an absolute path is a folder or lies below it.
func within(dir, abs string) bool {
	rel, err := filepath.Rel(dir, abs)
	return err == nil && filepath.IsLocal(rel)
}

func (r reader) shown() string { return shownPath(r.disk.cwd, r.roots[0]) }
