package workspace

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// withTemplates returns a reader that also has what the container of a main file makes
// of templates, where nginx finds it: as if it lay below the main file's folder.
func (j *joiner) withTemplates(r reader, main *source.File, beside *service.Inventory) model.Reader {
	made := map[string]string{}
	for _, t := range beside.Templates(main) {
		out, ok := strings.CutPrefix(t.Out+"/", "/etc/nginx/")
		if !ok {
			continue
		}
		for _, p := range j.templatesIn(t.Outside) {
			rel := path.Join(t.Rel, strings.TrimPrefix(strings.TrimPrefix(p, t.Outside), "/"))
			if name, ok := strings.CutSuffix(rel, t.Suffix); ok && name != "" {
				made[path.Join(path.Dir(main.OnDisk().Path), out, name)] = p
			}
		}
	}
	if len(made) == 0 {
		return r
	}
	return rendered{r, made}
}

// templatesIn are the files of a folder, or the file itself.
func (j *joiner) templatesIn(shown string) []string {
	const deepest = 3
	info, err := j.store.raw.stat(j.names.name(shown))
	switch {
	case err != nil:
		return nil
	case info.IsDir():
		return j.filesBelow(shown, deepest)
	}
	return []string{shown}
}

// filesBelow are the files of a folder, and of those in it down to a depth.
func (j *joiner) filesBelow(dir string, depth int) (all []string) {
	list := j.store.raw.list(j.names.name(dir))
	if list.err != nil {
		return nil
	}
	for _, e := range list.entries {
		switch p := path.Join(dir, e.Name()); {
		case e.Type().IsRegular():
			all = append(all, p)
		case e.IsDir() && depth > 0:
			all = append(all, j.filesBelow(p, depth-1)...)
		}
	}
	return all
}

// rendered is a reader with files that a container makes of others when it starts.
type rendered struct {
	reader

	made map[string]string // the templates, by the paths of what is made of them
}

// Read returns a file, or the template that it is made of: what is made is written over
// what was there.
func (r rendered) Read(shown string) (*source.File, error) {
	if from, ok := r.made[path.Clean(shown)]; ok {
		return r.reader.Read(from)
	}
	return r.reader.Read(shown)
}

// List returns the names in a folder, with what is made there.
func (r rendered) List(dir string) ([]string, error) {
	names, err := r.reader.List(dir)
	var more []string
	for p := range r.made {
		if name := path.Base(p); path.Dir(p) == path.Clean(dir) && !slices.Contains(names, name) {
			more = append(more, name)
		}
	}
	if len(more) == 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return names, err
	}
	return slices.Sorted(slices.Values(append(slices.Clip(names), more...))), nil
}
