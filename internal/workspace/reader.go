package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// reader gives a configuration the files below some folders and no others: the
// include of an unknown repository must not bring to light what else lies on the
// disk.
type reader struct {
	store *store
	roots []string // names of folders
}

// Read returns an included file. Where a template of it lies in its place, that
// is what will be there.
func (r reader) Read(shown string) (*source.File, error) {
	f, err := r.raw(shown)
	if errors.Is(err, fs.ErrNotExist) {
		for _, ext := range detect.TemplateExtensions() {
			if t, again := r.raw(shown + ext); again == nil {
				f, err = t, nil
				break
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return r.store.content(f).text, nil
}

func (r reader) raw(shown string) (*source.File, error) {
	if !r.within(shown) {
		if err := r.store.raw.find(r.store.names.name(shown)); err != nil {
			return nil, reading(shown, err)
		}
		return nil, fmt.Errorf("%s lies outside of %s", shown, r.shown())
	}
	return r.store.read(shown)
}

// List returns the names in a folder.
func (r reader) List(dir string) ([]string, error) {
	if !r.within(dir) {
		return nil, fmt.Errorf("%s lies outside of %s", dir, r.shown())
	}
	names, err := r.store.list(dir)
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
func (r reader) Locate(abs string) (shown string, ok bool) {
	if !r.within(abs) {
		return "", false
	}
	names := r.store.names
	return names.shown(names.name(abs)), true
}

func (r reader) within(shown string) bool {
	name := r.store.names.name(shown)
	return slices.ContainsFunc(r.roots, func(root string) bool { return within(root, name) })
}

func (r reader) shown() string { return r.store.names.shown(r.roots[0]) }
