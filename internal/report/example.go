package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/lazyre"
)

// exampleFile is one file of an example.
type exampleFile struct {
	name string // empty if the example is a single file
	text string
}

// exampleFiles divides the text of an example into its files.
func exampleFiles(text string) []exampleFile {
	archive := txtar.Parse([]byte(text))
	if len(archive.Files) == 0 {
		return []exampleFile{{text: strings.TrimRight(text, "\n") + "\n"}}
	}
	files := make([]exampleFile, 0, len(archive.Files))
	for _, f := range archive.Files {
		files = append(files, exampleFile{f.Name, strings.TrimRight(string(f.Data), "\n") + "\n"})
	}
	return files
}

// badText is the bad text of an example, behind what the configuration of
// tcplint says of its upstreams.
func badText(e *lint.Example) string {
	declared := e.Declared()
	if len(declared) == 0 {
		return e.Bad
	}
	var b strings.Builder
	b.WriteString("-- .tcplint.toml --\n")
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		fmt.Fprintf(&b, "[upstream.%q]\n", name)
		backend := declared[name]
		switch {
		case backend.Preset != "" && !backend.Version.IsZero():
			fmt.Fprintf(&b, "backend = %q\n", backend.Preset+"@"+backend.Version.String())
		case backend.Preset != "":
			fmt.Fprintf(&b, "backend = %q\n", backend.Preset)
		}
		for _, word := range facts.KeepingWords() {
			if k, _ := facts.ParseKeeping(word); k == backend.Keeps {
				fmt.Fprintf(&b, "idle_timeout = %q\n", word)
			}
		}
		if backend.MaxConnections > 0 {
			fmt.Fprintf(&b, "max_connections = %d\n", backend.MaxConnections)
		}
		if backend.MaxChildren > 0 {
			fmt.Fprintf(&b, "max_children = %d\n", backend.MaxChildren)
		}
		if backend.IdleTimeout > 0 {
			fmt.Fprintf(&b, "idle_timeout = %q\n", backend.IdleTimeout)
		}
		if len(backend.Families) > 0 {
			fmt.Fprintf(&b, "families = [\"%s\"]\n", strings.Join(backend.Families, `", "`))
		}
	}
	if len(txtar.Parse([]byte(e.Bad)).Files) == 0 {
		b.WriteString("-- nginx.conf --\n")
	}
	return b.String() + e.Bad
}

// markerLine is a line that marks a finding: blanks, the comment sign, perhaps
// more blanks, carets and a part of the message.
var markerLine = lazyre.New(`^([ \t]*)#([ \t]*)(\^+(?:[ \t].*)?)$`)

// arrow takes the comment sign out of a line that marks a finding; ok is false
// for any other line. Right before carets in the first column the sign is a
// caret itself, as nothing can stand to its left.
func arrow(line string) (indent, text string, ok bool) {
	found := markerLine.FindStringSubmatch(line)
	if found == nil {
		return "", "", false
	}
	before, between, carets := found[1], found[2], found[3]
	if before+between == "" {
		return "", "^" + carets, true
	}
	return before + " " + between, carets, true
}

// exampleTitle says for which versions an example stands, and what it is
// called if there are several.
func exampleTitle(kind string, e *lint.Example) string {
	var about []string
	if e.Nginx != "" {
		about = append(about, "nginx "+e.Nginx)
	}
	if e.Kernel != "" {
		about = append(about, "Linux "+e.Kernel)
	}
	if e.Name != "" {
		// The heading of an example without findings says so already.
		kind += ": " + strings.TrimPrefix(e.Name, "silent: ")
	}
	if len(about) > 0 {
		kind += " (" + strings.Join(about, ", ") + ")"
	}
	return kind
}

// versionsOf says in words for which versions a rule holds.
func versionsOf(r *lint.Rule) string {
	var zero lint.Needs
	var parts []string
	if r.Needs.Nginx != zero.Nginx {
		parts = append(parts, r.Needs.Nginx.Describe("nginx"))
	}
	if r.Needs.Kernel != zero.Kernel {
		parts = append(parts, r.Needs.Kernel.Describe("Linux"))
	}
	if len(parts) == 0 {
		return "all"
	}
	return strings.Join(parts, "; ")
}

// fixOf says in words what a rule's fixes are.
func fixOf(s lint.Safety) string {
	switch s {
	case lint.Safe:
		return `safe: "tcplint fix" applies it`
	case lint.Unsafe:
		return `unsafe: "tcplint fix --unsafe" applies it`
	case lint.Shown:
		return "shown only, never applied"
	case lint.NoFix:
	}
	return "none"
}

// suppression is the comment that silences a rule.
func suppression(r *lint.Rule) string {
	return "# tcplint:ignore " + r.ID + " -- REASON"
}
