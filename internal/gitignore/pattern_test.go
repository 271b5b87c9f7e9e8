package gitignore

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// leavesOut reports whether patterns of the outermost folder leave out a file: a folder
// on the way, or the file itself.
func leavesOut(patterns []Pattern, name string) bool {
	for i := range len(name) {
		if name[i] == '/' {
			if ignored, _ := Match(patterns, name[:i], true); ignored {
				return true
			}
		}
	}
	ignored, _ := Match(patterns, name, false)
	return ignored
}

var names = []string{
	"x.conf", "a/x.conf", "a/b/x.conf", "b/x.conf", "ab/x.conf", "a b/x.conf", "#c/x.conf", "!d/x.conf", "foo/x.conf",
	"foo/a/x.conf", "foo/a/b/y.conf", "Foo/x.conf", "[z]/y.conf", "z/y.conf", "keep/x.conf", "legacy/sub/x.conf", "fooa/b/x.conf", "5/x.conf", `q\/x.conf`, "a]/y.conf", "x.conf /y.conf",
}

// TestMatch has the patterns that other matchers of globs take otherwise.
func TestMatch(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"*\n!*/\n!keep/**\n":               "keep/x.conf",
		"[!f]*/\n":                         "x.conf foo/x.conf",
		"[^f]*/\n":                         "x.conf foo/x.conf",
		"[[:alpha:]]*/\n":                  "x.conf #c/x.conf !d/x.conf [z]/y.conf 5/x.conf",
		"/**\n!/keep/**\n":                 "",
		"**/\n":                            "x.conf",
		"/*\n!/keep/\n":                    "keep/x.conf",
		"*/\n!foo/\nfoo/**/\n":             "x.conf foo/x.conf",
		"*/\n!foo\nfoo/*\n!foo/a/\n\\#c\n": "x.conf foo/a/x.conf",
		"*\n!x.conf\n":                     "x.conf",
		"*/\n!q\\\\\n":                     `x.conf q\/x.conf`,
	} {
		var left []string
		for _, name := range names {
			if !leavesOut(Parse(text), name) {
				left = append(left, name)
			}
		}
		if got := strings.Join(left, " "); got != want {
			t.Errorf("%q leaves %q, want %q", text, got, want)
		}
	}
	// A mark of the byte order is none of a name; "//" at the end names nothing.
	if !leavesOut(Parse("\ufefflegacy/\n"), "legacy/x") || leavesOut(Parse("legacy//\n"), "legacy/x") {
		t.Error("legacy")
	}
}

// TestSpaces checks what is cut off the end of a line.
func TestSpaces(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{"a  ": "a", `a\ `: `a\ `, `a\  `: `a\ `, "a\t": "a\t", "  a": "  a", "   ": "", `a\`: `a\`} {
		if got := trimSpaces(line); got != want {
			t.Errorf("%q becomes %q, want %q", line, got, want)
		}
	}
}

// TestBounded checks a pattern that takes others a time which doubles with each star.
func TestBounded(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("**/a*a*a*a*/", 200) + "b"
	name := path.Join(slices.Repeat([]string{strings.Repeat("a", 100)}, 40)...) + "/c"
	if leavesOut(Parse(deep), name) {
		t.Error("matched")
	}
}
