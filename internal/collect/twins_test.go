package collect

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// awks are the programs that must understand the script's awk.
var awks = [][]string{{"mawk"}, {"busybox", "awk"}, {"gawk", "--posix"}}

// eachAwk runs a test with every awk that is installed.
func eachAwk(t *testing.T, test func(t *testing.T, run func(program, input string, args ...string) string)) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range awkPrograms() {
		if err := os.WriteFile(filepath.Join(dir, name+".awk"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tried := 0
	for _, awk := range awks {
		if _, err := exec.LookPath(awk[0]); err != nil {
			continue
		}
		tried++
		t.Run(awk[0], func(t *testing.T) {
			test(t, func(program, input string, args ...string) string {
				file := filepath.Join(t.TempDir(), "input")
				if err := os.WriteFile(file, []byte(input), 0o600); err != nil {
					t.Fatal(err)
				}
				all := slices.Concat(awk[1:], []string{"-f", filepath.Join(dir, "shape.awk"), "-f", filepath.Join(dir, "words.awk")},
					args, []string{"-f", filepath.Join(dir, program+".awk"), file})
				cmd := exec.Command(awk[0], all...)
				cmd.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
				var errs bytes.Buffer
				cmd.Stderr = &errs
				out, err := cmd.Output()
				if err != nil || errs.Len() > 0 {
					t.Fatalf("%v: %v %s", awk, err, &errs)
				}
				return string(out)
			})
		})
	}
	if tried == 0 {
		if os.Getenv("TCPLINT_REQUIRE_ORACLES") == "1" {
			t.Fatal("no awk is installed")
		}
		t.Skip("no awk is installed")
	}
}

// configurations are files of nginx in the repository.
func configurations(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("../..", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || len(found) >= 60 {
			return err
		}
		if strings.HasSuffix(name, ".conf") && !strings.Contains(name, "node_modules") {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			if len(data) < 40_000 {
				found[name] = string(data)
			}
		}
		return nil
	})
	if err != nil || len(found) < 5 {
		t.Fatalf("%d configurations, %v", len(found), err)
	}
	found["secrets"] = secretConfig
	return found
}

func TestScriptCleansNginxAsTheProgramDoes(t *testing.T) {
	eachAwk(t, func(t *testing.T, run func(program, input string, args ...string) string) {
		t.Helper()
		for name, text := range configurations(t) {
			if strings.ContainsAny(text, "\x00\r") || !isASCII(text) {
				continue
			}
			want := NginxText(text)
			got := run("nginx", text)
			if !strings.HasSuffix(text, "\n") {
				got = got[:min(len(got), len(text))]
			}
			if got != want {
				t.Errorf("%s:\n%s", name, firstDifference(got, want))
			}
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f })
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "script:  " + g[i] + "\nprogram: " + w[i]
		}
	}
	return "one is longer than the other"
}

func TestScriptCleansLogsAsTheProgramDoes(t *testing.T) {
	eachAwk(t, func(t *testing.T, run func(program, input string, args ...string) string) {
		t.Helper()
		for _, c := range []struct {
			mode  string
			lines []string
			clean func(string) string
		}{
			{"access", accessLines, func(s string) string { return AccessLine(s, map[string]bool{"api": true}) }},
			{"error", errorLines, ErrorLine},
			{"backend", backendLines, BackendLine},
		} {
			got := strings.Split(run("logs", strings.Join(c.lines, "\n")+"\n", "-v", "MODE="+c.mode, "-v", "UPSTREAMS=api"), "\n")
			for i, line := range c.lines {
				if want := c.clean(line); got[i] != want {
					t.Errorf("%s\nscript:  %s\nprogram: %s", line, got[i], want)
				}
			}
		}
	})
}
