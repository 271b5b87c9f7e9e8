// Package carrier holds what the readers of all carriers share: what they find,
// and how a text is put together so that each byte keeps its place on disk.
//
// It promises that a text that a Finder returns is a source.View: its positions
// and edits are those of the file on disk, or it says that it cannot be edited.
package carrier

import (
	"fmt"

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
	// Setting says that it is known to be one that would be checked, so that the
	// file is one to speak of even if nothing else is in it.
	Setting bool
}

// Largest is the size of a text, in bytes, up to which it is read: what a reader
// makes of it takes many times as much memory.
const Largest = 4 << 20

// TooLarge is what is said of a text that is larger.
func TooLarge(size int) string {
	return fmt.Sprintf("%.1f MB are more than the %d MB that are read of a text", float64(size)/(1<<20), Largest>>20)
}

// Found is what a file holds.
type Found struct {
	// Carrier says what the file is, such as "a Kubernetes manifest".
	Carrier string
	Texts   []Text
	Skipped []Skipped
}

// Anything stands for a text that nobody has read yet: takes judges the name
// alone.
const Anything = "\x00"

// Again makes the Extract function of the views of a file: it reads the file
// anew and returns all texts.
func Again(read func(*source.File) Found) func(*source.File) ([]*source.File, error) {
	return func(disk *source.File) ([]*source.File, error) {
		var files []*source.File
		for _, t := range read(disk).Texts {
			files = append(files, t.File)
		}
		return files, nil
	}
}
