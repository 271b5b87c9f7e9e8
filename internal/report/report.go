// Package report renders what a run found, and what the rules say about
// themselves, for people and for machines.
//
// It promises that the same result always gives the same bytes, that text from
// a linted file never reaches a terminal as control characters, and that it
// touches neither the file system nor any state of the process: whether there
// is colour is for the caller to decide. Adding a format takes one file, which
// calls register.
package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// Options are what a reporter needs to know besides the result. The zero value
// is right for "check" writing to a file.
type Options struct {
	// Color turns colour on in formats that have it.
	Color bool
	// Terminal says that the writer is a terminal, where even a diff must not
	// bring control characters with it. Anywhere else a diff without colour is
	// written byte for byte, so that it applies.
	Terminal bool
	// Links makes rules links to their description, as terminals understand
	// them.
	Links bool
	// Width is the number of columns of the terminal, to which the text format fits
	// its lines. 0 means that there is none: then nothing is broken, so that every
	// message is on one line, and long lines of a file are cut at 100 columns.
	Width int
	// Quiet leaves only the first line of every finding in the text format.
	Quiet bool
	// Statistics makes the text format count findings by rule instead of telling each.
	Statistics bool
	// Version is the version of tcplint, for formats that name their tool.
	Version string
	// Fix says that the command is "fix": the report tells which fixes were
	// applied and which were not.
	Fix bool
	// DryRun says that the command is "fix --dry-run": the text format is the
	// diff and nothing else. Write Summary elsewhere to say more.
	DryRun bool
	// Diff is the unified diff of "fix --dry-run"; empty if there is none.
	Diff string
	// Hosts returns the hosts that the result is about, for a format that draws
	// them; nil if there are none. It is asked once, and only by such a format.
	Hosts func() []*model.Host
}

// Reporter writes a result in one format. The findings are expected in the
// order in which they are to appear.
type Reporter func(w io.Writer, r *lint.Result, o Options) error

// reporters is filled while the package is initialised and only read later.
var reporters = map[string]Reporter{}

// register makes a format known. It returns something so that the file of a
// format can call it in a declaration.
//
//nolint:unparam // nobody needs what it returns
func register(name string, r Reporter) Reporter {
	reporters[name] = r
	return r
}

// Names returns the names of the formats, sorted.
func Names() []string { return slices.Sorted(maps.Keys(reporters)) }

// Lookup returns the reporter of a format. The error for an unknown name lists
// the names and the nearest one.
func Lookup(name string) (Reporter, error) {
	if r, ok := reporters[name]; ok {
		return r, nil
	}
	names := Names()
	err := fmt.Errorf("unknown format %q: want one of %s", name, strings.Join(names, ", "))
	if near, ok := lint.Nearest(name, names); ok {
		err = fmt.Errorf("%w (did you mean %q?)", err, near)
	}
	return nil, err
}

// ruleID names the rule of a finding, which a hand-made one may lack.
func ruleID(f *lint.Finding) string {
	if f.Rule == nil {
		return ""
	}
	return f.Rule.ID
}
