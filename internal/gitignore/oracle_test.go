package gitignore

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestGit holds the matcher against git, over patterns that are put together at random.
func TestGit(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("TCPLINT_REQUIRE_ORACLES") == "1" {
			t.Fatal("git is not installed")
		}
		t.Skip("git is not installed")
	}
	root := t.TempDir()
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-C", root}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	git("init", "-q")
	for _, name := range names {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	patterns := []string{
		"a", "/a", "a/", "*/b", "**/b", "a/**", "a/**/b", "/a/*", "!/a/b", "!x.conf", "x.conf", "*.conf", "!*.conf", "/x.conf", "[ab]", "[!a]", "?",
		"a*", `\#c`, `\!d`, "a b", "foo", "/*", "!/foo", "foo/*", "!foo/x.conf", "**/foo/**", "/**", "!a/", "*", "!*/", "a/b/", "b/x.conf", "x.conf ", "  x.conf",
		"FOO", "[z]", `\[z\]`, "*b", "a/*/x.conf", "[a-c]", "[[:alpha:]]", "[[:upper:]]*", "foo/**/", "**", "***/b", "a//b", "./a", "/foo/**/x.conf", "foo**/x.conf",
		"/f**", "[]a]", "a[]]", "[a", "[[:nope:]]", `[\]a]`, "[a-", "[z-a]", "[[a]", "[[:alpha:]-9]", "!", "/", "//", "!/", `a\`, `q\\`, "[!/]x.conf", "a?b/*", "*/*", "**/**", "a/**b", "#c", "x.conf\\ ", "[f-]oo",
	}
	random := rand.New(rand.NewPCG(7, 10))
	const rounds = 400
	for range rounds {
		var lines []string
		for range 1 + random.IntN(4) {
			lines = append(lines, patterns[random.IntN(len(patterns))])
		}
		text := strings.Join(lines, "\n") + "\n"
		if err := os.WriteFile(filepath.Join(root, ".gitignore"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		want := strings.FieldsFunc(git("ls-files", "-z", "-o", "--exclude-standard"), func(r rune) bool { return r == 0 })
		want = slices.DeleteFunc(want, func(s string) bool { return s == ".gitignore" })
		var got []string
		for _, name := range names {
			if !leavesOut(Parse(text), name) {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q leaves %q, git leaves %q", lines, got, want)
		}
	}
}
