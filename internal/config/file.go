// Package config is what a .tcplint.toml may say: its keys, a strict reader that
// gives every mistake its place, and the settings that a file and what overrides it
// come to.
//
// The package reads no files. Names of files and folders are those of an fs.FS: with
// forward slashes, and without one in front.
package config

import (
	"errors"
	"fmt"

	"github.com/BurntSushi/toml"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// Name is the name of a configuration file.
const Name = ".tcplint.toml"

// File is what a configuration file says.
type File struct {
	// Path is its name as people see it, Dir the folder that holds it, Text its
	// content.
	Path, Dir, Text string
	// Root and Baseline are paths as they are written, relative to Dir; empty if they
	// are not set.
	Root, Baseline string
	// Include and Exclude say which files are read whatever they are, and which are
	// not.
	Include, Exclude Patterns
	// Hosts are the [[host]] tables, Ignores the [[ignore]] tables.
	Hosts   []Host
	Ignores []Ignore

	keys     []toml.Key
	document map[string]any

	// What the file does not say is nil.
	server   *Server
	kernel   *facts.Range
	inside   *model.Container
	loader   *model.Loader
	streams  []string
	backends map[string]facts.Backend
	// upstreams are the names in backends, in the order of the file.
	upstreams []string
	failOn    *lint.Severity
	off       map[string]bool
	severity  map[string]lint.Severity
	// ruleKeys are the keys of [rules] by which rules are set, by the rule.
	ruleKeys map[string]string
	// doubts are what there is to be said about versions in [target].
	doubts []string
}

// Server is nginx or one of its relatives, in a certain version.
type Server struct {
	Flavour facts.Flavour
	// In are the versions of nginx whose defaults it has.
	In facts.Range
}

// ParseServer reads "1.28.0" or "angie-1.12". The error says what is wrong with it.
func ParseServer(s string) (*Server, error) {
	flavour, in, err := facts.ParseServer(s)
	if err != nil {
		return nil, err
	}
	return &Server{flavour, in}, nil
}

// Host is a [[host]]: files of one machine.
type Host struct {
	Name          string
	Nginx, Sysctl Patterns

	at at
}

// Ignore is an [[ignore]]: it switches findings off for some files.
type Ignore struct {
	Paths  Patterns
	Reason string

	rules map[string]bool // nil means all
	at    at
}

// covers reports whether the findings of a rule in a file, by its name, are switched
// off.
func (ig *Ignore) covers(name, rule string) bool {
	if ig.rules != nil && !ig.rules[rule] {
		return false
	}
	_, ok := ig.Paths.Match(name)
	return ok
}

// Parse reads the text of a configuration file: path is shown to people, dir is the
// name of its folder. The error is of the type Errors.
func Parse(path, dir, text string) (*File, error) {
	doc, keys, err := decode(text)
	if p, ok := errors.AsType[toml.ParseError](err); ok {
		return nil, Errors{&Error{Path: path, Line: p.Position.Line, Column: max(p.Position.Col, 1), Err: errors.New(p.Message)}}
	}
	if err != nil {
		return nil, Errors{fmt.Errorf("%s: %w", path, err)}
	}
	f := &File{
		Path: path, Dir: dir, Text: text,
		keys: keys, document: doc, off: map[string]bool{}, severity: map[string]lint.Severity{}, ruleKeys: map[string]string{},
	}
	r := &reader{path: path, text: text, keys: keys, file: f}
	r.document(doc)
	if len(r.errs) > 0 {
		return nil, Errors(r.errs)
	}
	return f, nil
}

// Ignored returns the number of the [[ignore]] table that switches the findings of a
// rule in a file off, by the file's name; -1 if none does.
func (f *File) Ignored(name, rule string) int {
	for i := range f.Ignores {
		if f.Ignores[i].covers(name, rule) {
			return i
		}
	}
	return -1
}

// Place is where an [[ignore]] table begins.
func (f *File) Place(ig *Ignore) lint.Place {
	file := source.NewFile(f.Path, f.Text)
	line, col := keyPlace(f.Text, f.keys, ig.at)
	start := file.LineSpan(line).Start
	for range col - 1 {
		start++
	}
	return lint.Place{File: file, Span: source.Span{Start: start, End: file.LineSpan(line).End}}
}

// where writes the place of a key.
func (f *File) where(p at) string {
	line, col := keyPlace(f.Text, f.keys, p)
	return fmt.Sprintf("%s:%d:%d", f.Path, line, col)
}

// Wrong is an error about the value of a key at the top level.
func (f *File) Wrong(key string, err error) *Error {
	line, col := keyPlace(f.Text, f.keys, at{key: toml.Key{key}})
	return &Error{Path: f.Path, Line: line, Column: col, Err: err}
}

// RootAt is where root is written, as FILE:LINE:COLUMN.
func (f *File) RootAt() string { return f.where(at{key: toml.Key{"root"}}) }

// Doubts say, each with its place, which of the versions in [target] little is known
// about.
func (f *File) Doubts() []string { return f.doubts }

// Streams are the paths of locations in [sse].
func (f *File) Streams() []string { return f.streams }

// StreamsAt is where the paths of [sse] are written, as FILE:LINE:COLUMN.
func (f *File) StreamsAt() string { return f.where(at{key: toml.Key{"sse", "locations"}}) }

// Upstreams are the names of the [upstream."NAME"] tables, in the order of the file.
func (f *File) Upstreams() []string { return f.upstreams }

// UpstreamAt is where the table of a name in Upstreams is written.
func (f *File) UpstreamAt(name string) string { return f.where(at{key: toml.Key{"upstream", name}}) }

// FilesAt is where a list of [files] is written: "include" or "exclude".
func (f *File) FilesAt(key string) string { return f.where(at{key: toml.Key{"files", key}}) }

// NginxAt is where the list of main files of a [[host]] is written.
func (f *File) NginxAt(h *Host) string { return f.where(h.at.child("nginx")) }

// SysctlAt is where the list of kernel settings of a [[host]] is written.
func (f *File) SysctlAt(h *Host) string { return f.where(h.at.child("sysctl")) }
