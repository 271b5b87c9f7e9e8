// Package diff writes what changed in a text as "git apply" and patch take it.
package diff

import (
	"fmt"
	"strings"

	"znkr.io/diff"
	"znkr.io/diff/textdiff"
)

// Unified returns a unified diff of two texts with the names of their files, empty
// if they are equal. Configuration repeats its lines, so that an alignment by lines
// that occur once, as some algorithms make it, would replace whole blocks; this one
// is the shortest that git would print, with its heuristic for where a changed
// block begins. The time is that of Myers' algorithm: linear for few changes.
func Unified(oldName, old, newName, text string) string {
	if old == text {
		return ""
	}
	var options []textdiff.Option
	if len(old)+len(text) < large {
		options = append(options, diff.Minimal())
	}
	options = append(options, textdiff.IndentHeuristic())
	hunks := textdiff.Unified(old, text, options...)
	// No lines begin at line 0 in this format; v1.0.0 of the library says 1.
	switch "" {
	case old:
		hunks = strings.Replace(hunks, "@@ -1,0 ", "@@ -0,0 ", 1)
	case text:
		hunks = strings.Replace(hunks, " +1,0 @@", " +0,0 @@", 1)
	}
	return fmt.Sprintf("diff %s %s\n--- %s\n+++ %s\n", oldName, newName, oldName, newName) + hunks
}

// large is the length of two texts from which on heuristics may cut the search for
// the shortest diff short, as git does: many changes would take long.
const large = 4 << 20
