// Package embed finds nginx configuration and kernel settings inside other
// files: in the manifests, playbooks, scripts and templates of a repository.
//
// It promises that every text it finds is a source.View: its positions and
// edits are those of the file on disk, or it says that it cannot be edited. A
// text whose bytes on disk do not give what the carrier's own reader makes of
// them is not returned.
package embed

import (
	"path"
	"strings"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// Text is a piece of configuration that was found in a file.
type Text struct {
	// File is the text, a view of the file that it was found in. Its path is
	// that of the file, "#" and what View.Where says; it stays the same if
	// other parts of the file are edited.
	File *source.File
	// Kind is Nginx or Sysctl.
	Kind detect.Kind
	// Context is the context that a fragment of nginx configuration is put in,
	// as --context writes it ("http,server"); empty if it is to be inferred.
	Context string
	// Host groups the texts of one file: those with the same Host are read by
	// one machine, container or pod.
	Host string
	// Container is where kernel settings are made: empty for a machine itself,
	// "kubernetes" for a pod, "docker" for another container.
	Container string
	// Declared says that the runtime makes the settings, not a command inside.
	Declared bool
	// Name is the file's name where it is used, if the carrier tells: a full
	// path, or the last part of one, such as a key of a ConfigMap.
	Name string
}

// Skipped is a text that was found and cannot be read.
type Skipped struct {
	At     source.Span // in the file on disk
	Reason string
}

// Found is what a file holds.
type Found struct {
	// Carrier says what the file is, such as "a Kubernetes manifest".
	Carrier string
	Texts   []Text
	Skipped []Skipped
}

// reader finds texts in one kind of carrier.
type reader struct {
	// name is what the carrier is called in messages, with its article.
	name string
	// takes reports whether a file may be such a carrier, from its name (the
	// base name in small letters, and the path) and a glance at its text.
	takes func(base, path, text string) bool
	// read returns the texts. The file may be a template, whose tags are to be
	// left alone.
	read func(f *source.File) Found
}

// readers are all kinds of carriers; the first that takes a file reads it.
var readers = []reader{
	{"a tuned profile", takesTuned, readTuned},
	{"a Dockerfile", takesDockerfile, readDockerfile},
	{"a shell script", takesShell, readShell},
	{"a NixOS module", takesNix, readNix},
	{"a Puppet manifest", takesPuppet, readPuppet},
	{"a Chef recipe", takesChef, readChef},
	{"YAML", takesYAML, readYAML},
}

// Candidate reports whether a file of this name may be a carrier at all, so that
// a search need not read files that cannot.
func Candidate(p string) bool {
	base := strings.ToLower(path.Base(p))
	for _, r := range readers {
		if r.takes(base, p, anything) {
			return true
		}
	}
	return false
}

// anything stands for a text that nobody has read yet: takes judges the name
// alone.
const anything = "\x00"

// Extract finds the texts in a file. A file that is no carrier holds none.
func Extract(f *source.File) Found {
	base := strings.ToLower(path.Base(f.Path))
	for _, r := range readers {
		if r.takes(base, f.Path, f.Text) {
			found := r.read(f)
			if found.Carrier == "" {
				found.Carrier = r.name
			}
			return found
		}
	}
	return Found{}
}

// again makes the Extract function of the views of a file: it reads the file
// anew and returns all texts.
func again(read func(*source.File) Found) func(*source.File) ([]*source.File, error) {
	return func(disk *source.File) ([]*source.File, error) {
		var files []*source.File
		for _, t := range read(disk).Texts {
			files = append(files, t.File)
		}
		return files, nil
	}
}
