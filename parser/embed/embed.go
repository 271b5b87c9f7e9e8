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

	"github.com/tcplint/tcplint/parser/source"
)

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
	{"a Vagrantfile", takesVagrant, readVagrant},
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
