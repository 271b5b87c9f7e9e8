package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/diff"
)

// TestRefine checks over random texts with many equal lines that a refined diff
// still turns one text into the other, and that no line is removed and added
// again at the same place.
func TestRefine(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	text := func(n int) []string {
		lines := make([]string, n)
		for i := range lines {
			lines[i] = fmt.Sprintf("line %d;\n", r.IntN(6))
		}
		return lines
	}
	for range 2000 {
		old := text(r.IntN(40))
		changed := slices.Clone(old)
		for range r.IntN(6) {
			at := r.IntN(len(changed) + 1)
			changed = slices.Insert(changed, at, text(1+r.IntN(2))...)
			if at < len(old) && r.IntN(2) == 0 {
				changed = slices.Delete(changed, at, at+1)
			}
		}
		if n := len(changed); n > 0 && r.IntN(4) == 0 {
			changed[n-1] = strings.TrimSuffix(changed[n-1], "\n")
		}
		a, b := strings.Join(old, ""), strings.Join(changed, "")
		d := string(refine(diff.Diff("a/x", []byte(a), "b/x", []byte(b))))
		if got := patchText(t, a, d); got != b {
			t.Fatalf("the diff gives another text (-want +got):\n%s\n%s", cmp.Diff(b, got), d)
		}
		if again := repeatedLine(d); again != "" {
			t.Fatalf("%q is removed and added again in\n%s", again, d)
		}
	}
}

// patchText applies a diff of one file.
func patchText(t *testing.T, old, d string) string {
	t.Helper()
	var out strings.Builder
	rest := strings.SplitAfter(old, "\n")
	line := 0
	for l := range strings.Lines(strings.ReplaceAll(d, "\n\\ No newline at end of file\n", "\x00\n")) {
		switch {
		case strings.HasPrefix(l, "diff "), strings.HasPrefix(l, "--- a/"), strings.HasPrefix(l, "+++ b/"):
		case l[0] == '@':
			var start, count int
			if _, err := fmt.Sscanf(l, "@@ -%d,%d ", &start, &count); err != nil {
				t.Fatal(err)
			}
			if count > 0 {
				start--
			}
			out.WriteString(strings.Join(rest[line:start], ""))
			line = start
		default:
			text := strings.ReplaceAll(l[1:], "\x00\n", "")
			if l[0] != '+' {
				if rest[line] != text {
					t.Fatalf("line %d is %q, the diff says %q", line+1, rest[line], text)
				}
				line++
			}
			if l[0] != '-' {
				out.WriteString(text)
			}
		}
	}
	out.WriteString(strings.Join(rest[line:], ""))
	return out.String()
}

// repeatedLine returns a line that is both removed and added within one block of
// changes.
func repeatedLine(d string) string {
	var removed, added []string
	for _, l := range append(strings.Split(d, "\n"), "@") {
		switch {
		case strings.HasPrefix(l, "---"), strings.HasPrefix(l, "+++"):
		case strings.HasPrefix(l, "-"):
			removed = append(removed, l[1:])
		case strings.HasPrefix(l, "+"):
			added = append(added, l[1:])
		case strings.HasPrefix(l, "\\"):
			return ""
		default:
			for _, r := range removed {
				if slices.Contains(added, r) {
					return r
				}
			}
			removed, added = nil, nil
		}
	}
	return ""
}

func TestQuoted(t *testing.T) {
	for in, want := range map[string]string{
		"a/nginx.conf":    "a/nginx.conf",
		"a/my file é":     "a/my file é",
		`a/"x" \ y`:       `"a/\"x\" \\ y"`,
		"a/tab\tnl\n\x7f": `"a/tab\011nl\012\177"`,
	} {
		if got := quoted(in); got != want {
			t.Errorf("quoted(%q) = %s, want %s", in, got, want)
		}
	}
}
