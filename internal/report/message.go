package report

import (
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
)

// plainText is what formats without a place for notes say of a finding: the
// message, the notes in lines below it, and the fix.
func plainText(f *lint.Finding) string {
	lines := []string{visible(f.Msg)}
	for _, n := range f.Notes {
		line := visible(n.Msg)
		if n.At.File != nil {
			line += ": " + place(n.At)
		}
		lines = append(lines, line)
	}
	lines = append(lines, claim(f)...)
	if f.Fix != nil {
		lines = append(lines, "fix: "+fixTitle(f.Fix))
	}
	return strings.Join(lines, "\n")
}

// remarks are the message and the notes that have no place, one to a line. Notes
// with a place are for the caller.
func remarks(f *lint.Finding) string {
	lines := []string{visible(f.Msg)}
	for _, n := range f.Notes {
		if n.At.File == nil {
			lines = append(lines, visible(n.Msg))
		}
	}
	return strings.Join(append(lines, claim(f)...), "\n")
}

// claim says for which versions a finding holds, if not for all.
func claim(f *lint.Finding) []string {
	if f.Versions == "" {
		return nil
	}
	return []string{"holds for " + visible(f.Versions)}
}

// fixTitle says what a fix does and how safe it is.
func fixTitle(fix *lint.Fix) string { return visible(fix.Title) + " (" + fix.Safety.String() + ")" }

// appliable returns a function that gives the fix of a finding if it can be made:
// not one that is only shown, and none that was tried and refused. It is nil for a
// finding without such a fix.
func appliable(r *lint.Result) func(*lint.Finding) *lint.Fix {
	dropped := make(map[identity]bool, len(r.Dropped))
	for i := range r.Dropped {
		dropped[identify(&r.Dropped[i].Finding)] = true
	}
	return func(f *lint.Finding) *lint.Fix {
		if f.Fix == nil || f.Fix.Safety < lint.Unsafe || len(f.Fix.Edits) == 0 || dropped[identify(f)] {
			return nil
		}
		for _, e := range f.Fix.Edits {
			if e.File == nil {
				return nil
			}
		}
		return f.Fix
	}
}

// levelOf is a severity in the words that SARIF and GitHub share, but for the
// mildest.
func levelOf(s lint.Severity, mildest string) string {
	switch s {
	case lint.Error:
		return "error"
	case lint.Warning:
		return "warning"
	case lint.Info:
	}
	return mildest
}
