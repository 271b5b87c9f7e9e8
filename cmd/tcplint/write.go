package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tcplint/tcplint/internal/lint"
)

// pending is a new content that waits beside a file to take its place.
type pending interface {
	// Commit makes the new content the file's, at once.
	Commit() error
	// Discard removes it; after Commit it does nothing.
	Discard()
}

// replacement is one file to be replaced.
type replacement struct {
	path string // absolute, without links
	lint.Change
	pending
}

// replaceAll puts new contents in the place of files: of all of them, or of none
// if anything stands in the way, an interrupt among them. Mode and owner stay; a
// link to a file stays a link.
func replaceAll(files []*replacement, interrupted func() bool) error {
	defer func() {
		for _, r := range files {
			if r.pending != nil {
				r.Discard()
			}
		}
	}()
	for _, r := range files {
		if interrupted() {
			return errInterrupted
		}
		p, err := prepare(r.path, []byte(r.New.Text), false)
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
		return errInterrupted
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
func restore(files []*replacement) error {
	var errs []error
	for _, r := range files {
		p, err := prepare(r.path, []byte(r.Old.Text), false)
		if err == nil {
			err = p.Commit()
			p.Discard()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("restoring %s: %w", r.Old.Path, err))
		}
	}
	return errors.Join(errs...)
}

// unchanged fails if a file is no longer what it was when it was read.
func (r *replacement) unchanged() error {
	now, err := os.ReadFile(r.path)
	if err != nil {
		return err
	}
	if string(now) != r.Old.Text {
		return errors.New("it was changed by someone else while it was being checked")
	}
	return nil
}

func replacing(r *replacement, err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return &failure{statusFailure, fmt.Errorf("replacing %s: %w", r.Old.Path, err)}
}

// writeOutput writes a report to a file. What is not a plain file, such as
// /dev/stdout or a pipe, is written to and not replaced.
func writeOutput(name string, data []byte) error {
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
