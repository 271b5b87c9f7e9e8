package sysctl_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// TestOracle lets "sysctl --dry-run -p", which writes nothing, read the same
// text: once every syntax test, and some made-up files.
func TestOracle(t *testing.T) {
	program := findOracle(t)
	keys := procKeys(t)
	for _, tt := range syntaxTests {
		t.Run(tt.name, func(t *testing.T) { compare(t, program, keys, tt.text) })
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 30 {
		t.Run(fmt.Sprintf("random %d", i), func(t *testing.T) { compare(t, program, keys, randomFile(random)) })
	}
}

// findOracle returns the path of procps' sysctl, version 4, which knows
// --dry-run and globs.
func findOracle(t *testing.T) string {
	t.Helper()
	missing := t.Skipf
	if os.Getenv("TCPLINT_REQUIRE_ORACLES") == "1" {
		missing = t.Fatalf
	}
	// Ordinary users often have no sbin in their path.
	for _, name := range []string{"sysctl", "/usr/sbin/sysctl", "/sbin/sysctl"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		out, err := exec.Command(path, "--version").CombinedOutput()
		if err == nil && bytes.Contains(out, []byte("procps-ng 4.")) {
			return path
		}
	}
	missing("no oracle: sysctl of procps-ng 4 is not installed")
	return ""
}

// procKeys lists the paths of all files below /proc/sys, for globs.
func procKeys(t *testing.T) []string {
	t.Helper()
	var keys []string
	err := filepath.WalkDir("/proc/sys", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			keys = append(keys, strings.TrimPrefix(path, "/proc/sys/"))
		}
		return nil // what we may not read, sysctl may not either
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	return keys
}

// compare checks that procps sets what the tree says, in the same order, and
// complains of the same lines.
func compare(t *testing.T, program string, keys []string, text string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "sysctl.conf")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--dry-run", "-p", name)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}

	var got report
	for line := range strings.Lines(stdout.String()) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " = ")
		got.Set = append(got.Set, sysctl.NormalizeKey(key)+" = "+value)
	}
	for line := range strings.Lines(stderr.String()) {
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), name, "FILE")
		// Warnings about keys that are found, or found to be of no use.
		if !strings.HasPrefix(line, "sysctl: separators should") && !strings.HasPrefix(line, "sysctl: setting key") {
			got.Refused = append(got.Refused, line)
		}
	}

	want := apply(sysctl.Parse(source.NewFile("FILE", text)), keys)
	// procps reads the whole file before it writes, so what the tree has as one
	// list of errors comes at two times.
	slices.Sort(got.Refused)
	slices.Sort(want.Refused)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q\n-tree +procps:\n%s", text, diff)
	}
}

// report is what a dry run says.
type report struct{ Set, Refused []string }

// apply does what procps does with the entries, and adds the errors about which
// procps says something.
func apply(tree *sysctl.Tree, keys []string) (r report) {
	own := map[string]bool{} // paths that globs pass over
	for _, e := range tree.Entries {
		own[pathOf(tree, e)] = true
	}
	write := func(path, value string) {
		full := "/proc/sys/" + path
		info, err := os.Stat(full)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			r.Refused = append(r.Refused, "sysctl: cannot stat "+full+": No such file or directory")
		case err != nil:
			r.Refused = append(r.Refused, "sysctl: cannot stat "+full+": Not a directory")
		case !strings.HasPrefix(filepath.Clean(full), "/proc/sys/"):
			r.Refused = append(r.Refused, "sysctl: Path is not under /proc/sys/: "+full)
		case info.Mode().IsRegular() && info.Mode().Perm()&0o200 != 0:
			r.Set = append(r.Set, sysctl.NormalizeKey(path)+" = "+value)
		}
	}
	for _, e := range tree.Entries {
		switch {
		case e.Exclude:
		case e.Glob:
			for _, key := range keys {
				if !own[key] && sysctl.Match(e.Key.Value, key) {
					write(key, e.Value.Value)
				}
			}
		default:
			write(pathOf(tree, e), e.Value.Value)
		}
	}
	for _, e := range tree.Errors {
		switch {
		case e.Msg == invalid:
			line := tree.File.Position(e.Span.Start).Line
			r.Refused = append(r.Refused, fmt.Sprintf("sysctl: FILE(%d): %s", line, e.Msg))
		case strings.HasPrefix(e.Msg, "Path is not"), strings.HasPrefix(e.Msg, "cannot stat"):
			r.Refused = append(r.Refused, "sysctl: "+e.Msg)
		}
	}
	return r
}

// pathOf returns the path of a key as procps builds it from the text.
func pathOf(tree *sysctl.Tree, e *sysctl.Entry) string {
	key := tree.File.Slice(e.Key.Span)
	if i := strings.IndexAny(key, "./"); i >= 0 && key[i] == '.' {
		return strings.NewReplacer(".", "/", "/", ".").Replace(key)
	}
	return key
}

// randomFile strings together what a line may be made of. Exclusions with globs
// are left out: procps versions differ there.
func randomFile(random *rand.Rand) string {
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	blank := func() string {
		return pick("", "", "", " ", " ", "\t", "  ", "\v", "\f", "\r", "\u00a0", "\ufeff", "\x00", "\xa0")
	}
	var b strings.Builder
	for range 30 {
		globs := []string{"net.ipv4.conf.*.rp_filter", "net/ipv4/conf/l?/rp_filter", "net.ipv?.conf.[!l]*.forwarding", "*", "[x", "net.core.[rw]mem_*"}
		b.WriteString(blank())
		b.WriteString(pick("", "", "", "", "-", "--", "#", ";", "- "))
		b.WriteString(pick(append(globs, "net.core.somaxconn", "net/core/rmem_max", "/net/core/wmem_max", ".net.core.wmem_max",
			"net..core.somaxconn", "net/core//somaxconn", "net.core/somaxconn", "net.ipv4.conf.lo.rp_filter", "net.ipv4.conf.all.rp_filter",
			"vm.swappiness", "VM.swappiness", "nosuch", "no.such", "x", "", "/", ".", "[section]", "net.core", "net.core.somaxconn/",
			"vm.swappiness 5", "kernel.hostname", "net.core.somaxconn.")...))
		b.WriteString(blank())
		b.WriteString(pick("=", "=", "=", "=", "==", ""))
		b.WriteString(blank())
		b.WriteString(pick("1", "", "a b", "4096 87380\t6291456", "1 # c", "1;2", "=", "\"q\"", "-1", "\\"))
		b.WriteString(blank())
		b.WriteString(pick("\n", "\n", "\n", "\r\n", "\n\n", "\r\r\n"))
	}
	text := b.String()
	if random.IntN(2) == 0 {
		text = strings.TrimRight(text, "\r\n")
	}
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool {
		return strings.Contains(l, "-") && !strings.Contains(l, "=") && strings.ContainsAny(l, "*?[")
	}), "")
}
