package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"

	"github.com/tcplint/tcplint/internal/values"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// store hands out files, each once however many names it has: a site that is linked
// from sites-enabled to sites-available is one file, under the path that was asked
// for first. It may be used by several goroutines.
type store struct {
	raw   *raw
	names names

	mu     sync.Mutex
	byPath map[string]opened       // by clean path as shown
	byReal map[string]*source.File // by name without links
	real   map[*source.File]string
	held   map[*source.File]*content

	// homes are what is said of the variables of roles and charts, by their folders; nil
	// where there is nothing.
	homesMu sync.Mutex
	homes   map[string]*values.Set
}

type opened struct {
	file *source.File
	err  error
}

func newStore(raw *raw) *store {
	n := len(raw.files)
	return &store{
		raw: raw, names: raw.names,
		byPath: make(map[string]opened, n), byReal: make(map[string]*source.File, n), real: make(map[*source.File]string, n),
		held: make(map[*source.File]*content, n), homes: map[string]*values.Set{},
	}
}

// read returns a file by the path that people see.
func (s *store) read(shown string) (*source.File, error) { return s.open(shown, false) }

// open reads a file. A picky reader leaves out large and binary files.
func (s *store) open(shown string, picky bool) (*source.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown = path.Clean(shown)
	if o, ok := s.byPath[shown]; ok && (picky || !isSkipped(o.err)) {
		return o.file, o.err
	}
	file, err := s.load(shown, picky)
	s.byPath[shown] = opened{file, err}
	return file, err
}

func (s *store) load(shown string, picky bool) (*source.File, error) {
	real, err := s.raw.resolve(s.names.name(shown))
	if err != nil {
		return nil, reading(shown, err)
	}
	if real == null {
		// It is an empty file under each of its names.
		f := s.raw.file(real, shown, "")
		s.real[f] = real
		return f, nil
	}
	if f, ok := s.byReal[real]; ok {
		return f, nil
	}
	text, err := s.raw.read(real, picky)
	if err != nil {
		return nil, reading(shown, err)
	}
	return s.add(shown, real, text), nil
}

func (s *store) add(shown, real, text string) *source.File {
	f := s.raw.file(real, shown, text)
	s.byReal[real], s.real[f] = f, real
	return f
}

// put makes a text stand for the file of a path, which need not exist.
func (s *store) put(shown, text string) *source.File {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown = path.Clean(shown)
	name := s.names.name(shown)
	real, err := s.raw.resolve(name)
	if err != nil {
		real = name
	}
	f := s.add(shown, real, text)
	s.byPath[shown] = opened{f, nil}
	return f
}

// name returns the name of a file that was read, without links; empty if it is none
// on disk.
func (s *store) name(f *source.File) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.real[f]
}

// list returns the names in a folder, by the path that people see.
func (s *store) list(shown string) ([]string, error) {
	l := s.raw.list(s.names.name(shown))
	if l.err != nil {
		return nil, reading(shown, l.err)
	}
	return l.names, nil
}

// content returns what a file holds.
func (s *store) content(f *source.File) *content { return s.contentAs(f, detect.None) }

// contentAs returns what a file holds if it is known to be of a kind, be that None.
// What was said first counts.
func (s *store) contentAs(f *source.File, as detect.Kind) *content {
	s.mu.Lock()
	c, ok := s.held[f]
	s.mu.Unlock()
	if ok {
		return c
	}
	c = s.filled(f, s.raw.content(f, as))
	s.mu.Lock()
	defer s.mu.Unlock()
	if first, ok := s.held[f]; ok {
		return first
	}
	s.held[f] = c
	return c
}

// insist makes a file be of a kind that its content does not tell.
func (s *store) insist(f *source.File, kind detect.Kind) *content {
	c := s.filled(f, s.raw.content(f, kind))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[f] = c
	return c
}

// ReadError says that a file or folder could not be read.
type ReadError struct {
	Path string // as it is shown
	Err  error
}

// Error does not repeat the path, as the words of operating systems do.
func (e *ReadError) Error() string { return fmt.Sprintf("reading %s: %s", e.Path, e.Err) }

// Unwrap returns the reason.
func (e *ReadError) Unwrap() error { return e.Err }

func reading(shown string, err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return &ReadError{shown, err}
}

// NewReadError says that what is shown as a path could not be read.
func NewReadError(path string, err error) error { return reading(path, err) }
