package service

import (
	"fmt"

	"github.com/tcplint/tcplint/parser/source"
)

// Place is a span in a file.
type Place struct {
	File *source.File
	Span source.Span
}

// String is "file:line:column"; empty where nothing is known.
func (p Place) String() string {
	if p.File == nil {
		return ""
	}
	disk, at := p.File.Locate(p.Span)
	pos := disk.Position(at.Start)
	return fmt.Sprintf("%s:%d:%d", disk.Path, pos.Line, pos.Column)
}

// Sure says where a value comes from, the least sure first. What is surer wins.
type Sure uint8

// The sources of values.
const (
	// Unknown is no value.
	Unknown Sure = iota
	// Preset is how the software is shipped; which release runs is not known.
	Preset
	// Default is the default of the release that a lock file or the tag of an
	// image names.
	Default
	// UnlessEnv is what a file sets unless a variable of the environment says
	// otherwise.
	UnlessEnv
	// Set is what a file sets.
	Set
	// Declared is what the configuration of tcplint says.
	Declared
)

// Field is a value with where it comes from. The zero Field is not known.
type Field[T any] struct {
	Value T
	Sure  Sure
	// At is where a file sets the value, or names the release whose default it
	// is; empty for Preset and Declared.
	At Place
	// Name is the setting that holds it, as its file writes it ("keepalive",
	// "pm.max_children").
	Name string
	// Env is the variable that may say otherwise, for UnlessEnv.
	Env string
}

// Known reports whether there is a value at all.
func (f Field[T]) Known() bool { return f.Sure != Unknown }

// Read reports whether a file sets the value.
func (f Field[T]) Read() bool { return f.Sure == UnlessEnv || f.Sure == Set }

// as gives another value the source of a field.
func as[T, U any](f Field[U], v T) Field[T] {
	return Field[T]{Value: v, Sure: f.Sure, At: f.At, Name: f.Name, Env: f.Env}
}

// unread is a field that something sets, and of which nobody knows what to.
func unread[T, U any](f Field[U]) Field[T] { return Field[T]{At: f.At, Name: f.Name} }

// or returns the field, or another one if nothing sets it.
func (f Field[T]) or(o Field[T]) Field[T] {
	if f.Known() || f.At.File != nil {
		return f
	}
	return o
}
