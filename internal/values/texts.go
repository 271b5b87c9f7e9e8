package values

import (
	"sync"

	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// Texts remembers what was read of files, so that each is read once however many roles
// and charts it may matter to. The zero value has read nothing. It may be used by several
// goroutines.
type Texts struct {
	scalars             once[map[string]service.Field[string]]
	assigned, installed once[map[string][]string]
	installs            once[bool]
}

// Scalars are those of a YAML file by their paths, see service.Scalars.
func (t *Texts) Scalars(f *source.File) map[string]service.Field[string] {
	return t.scalars.of(f, func() map[string]service.Field[string] { return service.Scalars(f) })
}

// Only returns what is remembered of some files.
func (t *Texts) Only(files map[*source.File]bool) *Texts {
	next := &Texts{}
	next.scalars.keep(&t.scalars, files)
	next.assigned.keep(&t.assigned, files)
	next.installed.keep(&t.installed, files)
	next.installs.keep(&t.installs, files)
	return next
}

// once is one thing that is read of files.
type once[T any] struct {
	read sync.Map // by *source.File
}

func (o *once[T]) of(f *source.File, read func() T) T {
	if have, ok := o.read.Load(f); ok {
		return have.(T) //nolint:errcheck // nothing else is stored
	}
	v := read()
	o.read.Store(f, v)
	return v
}

// keep takes over what another has read of some files.
func (o *once[T]) keep(from *once[T], files map[*source.File]bool) {
	from.read.Range(func(f, v any) bool {
		if files[f.(*source.File)] { //nolint:errcheck // nothing else is stored
			o.read.Store(f, v)
		}
		return true
	})
}
