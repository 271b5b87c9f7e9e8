package diff_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/diff"
	"github.com/tcplint/tcplint/internal/lint/linttest"
)

func TestUnified(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ old, text, want string }{
		"equal": {"a\n", "a\n", ""},
		"from nothing": {"", "a\n", `diff a/x b/x
--- a/x
+++ b/x
@@ -0,0 +1,1 @@
+a
`},
		"to nothing": {"a\n", "", `diff a/x b/x
--- a/x
+++ b/x
@@ -1,1 +0,0 @@
-a
`},
		"a block like its neighbours": {
			"a {\n  x;\n}\nb {\n  x;\n}\n", "a {\n  x;\n}\nc {\n  x;\n}\nb {\n  x;\n}\n",
			`diff a/x b/x
--- a/x
+++ b/x
@@ -1,6 +1,9 @@
 a {
   x;
 }
+c {
+  x;
+}
 b {
   x;
 }
`,
		},
		"the end of the last line": {"a\nb", "a\nb\n", `diff a/x b/x
--- a/x
+++ b/x
@@ -1,2 +1,2 @@
 a
-b
\ No newline at end of file
+b
`},
	} {
		if diff := cmp.Diff(test.want, diff.Unified("a/x", test.old, "b/x", test.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// edited makes a text of lines that repeat, and one with some lines changed.
func edited(r *rand.Rand, lines, kinds, changes int) (old, text string) {
	of := make([]string, lines)
	for i := range of {
		of[i] = fmt.Sprintf("%sserver 10.0.0.%d;\n", strings.Repeat("    ", r.IntN(3)), r.IntN(kinds))
	}
	to := slices.Clone(of)
	for range changes {
		at := r.IntN(len(to) + 1)
		switch {
		case at == len(to) || r.IntN(3) == 0:
			to = slices.Insert(to, at, "    max_fails 0;\n")
		case r.IntN(2) == 0:
			to = slices.Delete(to, at, at+1)
		default:
			to[at] = strings.Replace(to[at], ";", " max_fails=0;", 1)
		}
	}
	if n := len(to); n > 0 && r.IntN(8) == 0 {
		to[n-1] = strings.TrimSuffix(to[n-1], "\n")
	}
	return strings.Join(of, ""), strings.Join(to, "")
}

// changed counts the lines that a diff removes and adds.
func changed(text string) (n int) {
	for line := range strings.Lines(text) {
		if (line[0] == '-' || line[0] == '+') && !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "+++") {
			n++
		}
	}
	return n
}

// TestFew: a few changes of a long text of few different lines are a short diff.
func TestFew(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	old, text := edited(r, 9300, 40, 18)
	if n := changed(diff.Unified("a/x", old, "b/x", text)); n > 36 {
		t.Errorf("18 changes of a text of 9,300 lines are %d lines of diff", n)
	}
}

// TestGit holds diffs against git: it applies them, and has no shorter ones.
func TestGit(t *testing.T) {
	t.Parallel()
	git, err := exec.LookPath("git")
	if err != nil {
		if os.Getenv(linttest.RequireOracles) == "1" {
			t.Fatal("git is not installed")
		}
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	run := func(fine int, args ...string) string {
		cmd := exec.CommandContext(t.Context(), git, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "HOME="+dir)
		out, err := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code > fine || code < 0 {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(0, "init", "--quiet")
	r := rand.New(rand.NewPCG(1, 2))
	var patch strings.Builder
	want := map[string]string{}
	for i := range 60 {
		old, text := edited(r, r.IntN(300), 1+r.IntN(12), r.IntN(20))
		name := fmt.Sprintf("%d.conf", i)
		write(name, old)
		write("new", text)
		ours := diff.Unified("a/"+name, old, "b/"+name, text)
		theirs := run(1, "diff", "--no-index", "--minimal", "--", name, "new")
		if changed(ours) > changed(theirs) {
			t.Errorf("%d lines of diff, and git prints %d:\n%s", changed(ours), changed(theirs), theirs)
		}
		patch.WriteString(ours)
		want[name] = text
	}
	write("all.patch", patch.String())
	run(0, "apply", "all.patch")
	for name, text := range want {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
			t.Errorf("git makes something else of %s (-want +got), %v:\n%s", name, err, cmp.Diff(text, string(got)))
		}
	}
}

func BenchmarkUnified(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 3))
	for _, changes := range []int{18, 1000} {
		old, text := edited(r, 100_000, 40, changes)
		b.Run(fmt.Sprintf("%d changes of 100000 lines", changes), func(b *testing.B) {
			b.SetBytes(int64(len(old)))
			for b.Loop() {
				diff.Unified("a/x", old, "b/x", text)
			}
		})
	}
}
