// Package embed finds nginx configuration and kernel settings inside other
// files: in the manifests, playbooks, scripts and templates of a repository.
// Each family of carriers has a folder of its own here.
//
// It promises that every text it finds is a source.View: its positions and
// edits are those of the file on disk, or it says that it cannot be edited. A
// text whose bytes on disk do not give what the carrier's own reader makes of
// them is not returned.
package embed

import (
	"path"
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/template"
)

// Text is a piece of configuration that was found in a file.
type Text = carrier.Text

// Skipped is a text that was found and cannot be read.
type Skipped = carrier.Skipped

// Found is what a file holds.
type Found = carrier.Found

// Template returns the text of a template as far as it is known without
// rendering it, see carrier.Template.
func Template(f *source.File, isSysctl bool) *source.File { return carrier.Template(f, isSysctl) }

// Value is what a variable of a template is known to be.
type Value = carrier.Value

// Fill puts the values of variables into a text that a template makes, see carrier.Fill.
func Fill(f *source.File, value func(template.Variable) (Value, bool)) *source.File {
	return carrier.Fill(f, value)
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
	read func(f *source.File) carrier.Found
	// whole says that the reader takes in the whole file at once: one that is too
	// large is not read.
	whole bool
}

// Candidate reports whether a file of this name may be a carrier at all, so that
// a search need not read files that cannot.
func Candidate(p string) bool {
	base := strings.ToLower(path.Base(p))
	for _, r := range readers {
		if r.takes(base, p, carrier.Anything) {
			return true
		}
	}
	return false
}

// Extract finds the texts in a file. A file that is no carrier holds none.
func Extract(f *source.File) carrier.Found {
	base := strings.ToLower(path.Base(f.Path))
	for _, r := range readers {
		if r.takes(base, f.Path, f.Text) {
			if r.whole && len(f.Text) > carrier.Largest {
				return Found{Carrier: r.name, Skipped: []Skipped{{Reason: carrier.TooLarge(len(f.Text)), Setting: true}}}
			}
			found := r.read(f)
			if found.Carrier == "" {
				found.Carrier = r.name
			}
			return found
		}
	}
	return carrier.Found{}
}
