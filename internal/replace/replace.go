// Package replace puts new contents in the place of files, at once and safely: mode,
// owner, access lists and labels stay, and a file is the old or the new one, whatever
// happens in between.
package replace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrInterrupted ends a run that was interrupted before anything was written.
var ErrInterrupted = errors.New("interrupted")

// pending is a new content that waits beside a file to take its place.
type pending interface {
	// Commit makes the new content the file's, at once.
	Commit() error
	// Discard removes it; after Commit it does nothing.
	Discard()
}

// File is one file to be replaced.
type File struct {
	Path     string // absolute, without links
	Name     string // as people know it, for errors
	Old, New string // the contents

	pending
}

// Files puts new contents in the place of files: of all of them, or of none
// if anything stands in the way, an interrupt among them. Mode and owner stay; a
// link to a file stays a link.
func Files(files []*File, interrupted func() bool) error {
	defer func() {
		for _, r := range files {
			if r.pending != nil {
				r.Discard()
			}
		}
	}()
	for _, r := range files {
		if interrupted() {
			return ErrInterrupted
		}
		p, err := prepare(r.Path, []byte(r.New), false)
		if err != nil {
			return replacing(r, err)
		}
		r.pending = p
	}
	for _, r := range files {
		if err := r.unchanged(); err != nil {
			return replacing(r, err)
		}
	}
	if interrupted() {
		return ErrInterrupted
	}
	for i, r := range files {
		// Once more: to prepare many files takes its time, and others write, too.
		err := r.unchanged()
		if err == nil {
			err = r.Commit()
		}
		if err != nil {
			return errors.Join(replacing(r, err), restore(files[:i]))
		}
	}
	return nil
}

// restore gives files their old contents back.
func restore(files []*File) error {
	var errs []error
	for _, r := range files {
		p, err := prepare(r.Path, []byte(r.Old), false)
		if err == nil {
			err = p.Commit()
			p.Discard()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("restoring %s: %w", r.Name, err))
		}
	}
	return errors.Join(errs...)
}

// unchanged fails if a file is no longer what it was when it was read.
func (r *File) unchanged() error {
	now, err := os.ReadFile(r.Path)
	if err != nil {
		return err
	}
	if string(now) != r.Old {
		return errors.New("it was changed by someone else while it was being checked")
	}
	return nil
}

func replacing(r *File, err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return fmt.Errorf("replacing %s: %w", r.Name, err)
}

// Write writes a file as a whole, be there one already or not. What is not a plain
// file, such as /dev/stdout or a pipe, is written to and not replaced.
func Write(name string, data []byte) error {
	real, err := filepath.EvalSymlinks(name)
	if errors.Is(err, fs.ErrNotExist) {
		real, err = name, nil
	}
	if err != nil {
		return err
	}
	if info, err := os.Stat(real); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(real, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		return errors.Join(err, f.Close())
	}
	p, err := prepare(real, data, true)
	if err != nil {
		return err
	}
	defer p.Discard()
	return p.Commit()
}

// New writes a file that must not exist; the error is fs.ErrExist if it does.
func New(name, text string) error {
	const mode = 0o644
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	return err
}
