package model

import (
	"path"
	"slices"

	"github.com/tcplint/tcplint/parser/source"
)

// With returns the input with some files replaced, by path.
func (in Input) With(files map[string]*source.File) Input {
	if len(files) == 0 {
		return in
	}
	replace := func(f *source.File) *source.File {
		if f != nil && files[f.Path] != nil {
			return files[f.Path]
		}
		return f
	}
	in.Main, in.Attach = replace(in.Main), replace(in.Attach)
	in.Sysctl = slices.Clone(in.Sysctl)
	for i := range in.Sysctl {
		in.Sysctl[i] = replace(in.Sysctl[i])
	}
	in.Services = in.Services.With(files)
	if in.Reader != nil {
		in.Reader = replacing{in.Reader, files}
	}
	return in
}

// replacing is a Reader in which some files are replaced, by their own path or
// by the name that they are asked for.
type replacing struct {
	Reader

	files map[string]*source.File
}

// Read returns the file, or what replaces it.
func (r replacing) Read(name string) (*source.File, error) {
	if f, ok := r.files[path.Clean(name)]; ok {
		return f, nil
	}
	f, err := r.Reader.Read(name)
	if err != nil {
		return nil, err
	}
	if n, ok := r.files[f.Path]; ok {
		return n, nil
	}
	return f, nil
}

// Choices is the number of conditions and loops in templates that decide what
// the host's files hold.
func (h *Host) Choices() int {
	n := 0
	for _, f := range h.Files() {
		if f.View != nil {
			n += f.View.Choices
		}
	}
	return n
}

// Toward returns how choices must fall out so that a rendering has what stands at
// an offset of one of the host's files, see source.View.Toward; nil if none
// matters.
func (h *Host) Toward(f *source.File, offset int) map[int]int {
	first := 0
	for _, g := range h.Files() {
		if g.View == nil || g.View.Choices == 0 {
			continue
		}
		if g != f {
			first += g.View.Choices
			continue
		}
		if f.View.Toward == nil {
			return nil
		}
		way := map[int]int{}
		for i, v := range f.View.Toward(offset) {
			way[first+i] = v
		}
		return way
	}
	return nil
}

// Outcome returns the host as its templates make it if choice i falls out as
// choose(i) says, see source.View.Render. Choices count through the files of the
// host.
func (h *Host) Outcome(choose func(i int) int) *Host {
	files := map[string]*source.File{}
	first := 0
	for _, f := range h.Files() {
		if f.View == nil || f.View.Choices == 0 {
			continue
		}
		from := first
		files[f.Path] = f.View.Render(func(i int) int { return choose(from + i) })
		first += f.View.Choices
	}
	in := h.input.With(files)
	in.Trees = h.input.Trees.fork()
	return Build(in)
}
