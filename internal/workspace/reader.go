package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/model"
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
	if errors.Is(err, fs.ErrNotExist) && r.store.raw.mayBegin(r.store.names.name(shown+anyName)) {
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

// anyName stands for what may follow the beginning of a name.
const anyName = "*"

func (r reader) raw(shown string) (*source.File, error) {
	if err := r.inside(shown); err != nil {
		return nil, err
	}
	return r.store.read(shown)
}

// List returns the names in a folder.
func (r reader) List(dir string) ([]string, error) {
	if err := r.inside(dir); err != nil {
		return nil, err
	}
	names, err := r.store.list(dir)
	return withRendered(names), err
}

// outsideError says that a configuration may not read what is there.
type outsideError struct{ how, shown, top string }

// Error says where it lies.
func (e *outsideError) Error() string { return fmt.Sprintf("%s %s of %s", e.shown, e.how, e.top) }

// Is lets the model tell it from what cannot be read.
func (*outsideError) Is(target error) bool { return target == model.ErrOutside }

// inside fails for what is not there, and for what is there and lies outside of what
// may be read, by its path or by where links lead to.
func (r reader) inside(shown string) error {
	name, raw := r.store.names.name(shown), r.store.raw
	if !r.within(name) {
		if err := raw.find(name); err != nil {
			return reading(shown, err)
		}
		return &outsideError{"lies outside", shown, r.shown()}
	}
	real, err := raw.resolve(name)
	if err != nil {
		return reading(shown, err)
	}
	if real != null && !slices.ContainsFunc(r.roots, func(root string) bool { return raw.holds(root, real) }) {
		return &outsideError{"is a link that leads out", shown, r.shown()}
	}
	return nil
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
	names := r.store.names
	name := names.name(abs)
	if !r.within(name) {
		return "", false
	}
	return names.shown(name), true
}

// Made returns the path of a file beside the configuration that names the path of an
// included file: a task that copies it, a chart that mounts it, a script that writes it.
func (r reader) Made(included string) string { return r.store.naming(included) }

func (r reader) within(name string) bool {
	return slices.ContainsFunc(r.roots, func(root string) bool { return within(root, name) })
}

func (r reader) shown() string { return r.store.names.shown(r.roots[0]) }
