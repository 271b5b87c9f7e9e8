package linttest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// RequireOracles is the environment variable that, set to 1, makes the lack of
// nginx or procps an error.
const RequireOracles = "TCPLINT_REQUIRE_ORACLES"

// askOracles lets nginx and procps read the cured text, and nginx the bad one
// too unless the example shows what it refuses.
func (x *example) askOracles(t *testing.T) {
	t.Helper()
	if x.good == nil {
		return
	}
	askSysctl(t, x.good)
	if x.host(x.good).Nginx == nil {
		return
	}
	x.askNginx(t, "Good", x.good)
	if !x.error {
		x.askNginx(t, "Bad", x.bad)
	}
}

// missing logs that an oracle is not there, or fails where it has to be.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv(RequireOracles) == "1" {
		t.Fatal(what)
	}
	t.Log(what)
}

// find returns the path of a program. Ordinary users often have no sbin in
// their path.
func find(name string) (program string, ok bool) {
	for _, dir := range []string{"", "/usr/sbin/", "/sbin/"} {
		if p, err := exec.LookPath(dir + name); err == nil {
			return p, true
		}
	}
	return "", false
}

// run starts a program and returns what it wrote to standard error.
func run(t *testing.T, program string, args ...string) (stderr string, ok bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var out bytes.Buffer
	cmd.Stderr = &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || ctx.Err() != nil) {
		t.Fatalf("%s: %v", program, err)
	}
	return out.String(), err == nil
}

// write puts the files of an example into a folder.
func write(t *testing.T, dir string, ts texts) {
	t.Helper()
	for _, f := range ts {
		name := filepath.Join(dir, filepath.FromSlash(path.Clean("/"+f.Name)))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

var procps = sync.OnceValues(func() (program string, ok bool) {
	if program, ok = find("sysctl"); !ok {
		return "", false
	}
	out, err := exec.Command(program, "--version").Output()
	return program, err == nil && bytes.Contains(out, []byte("procps-ng 4."))
})

// askSysctl lets procps read the sysctl files of Good.
func askSysctl(t *testing.T, ts texts) {
	t.Helper()
	if !slices.ContainsFunc(ts, func(f txtar.File) bool { return isSysctl(f.Name) }) {
		return
	}
	program, ok := procps()
	if !ok {
		missing(t, "no oracle: sysctl of procps-ng 4 is not installed")
		return
	}
	for _, line := range procpsSays(t, program, ts) {
		t.Errorf("sysctl does not accept Good: %s", line)
	}
}

// procpsSays returns what "sysctl --dry-run", which writes nothing, says
// against the sysctl files. Whether this machine's kernel has the keys does not
// matter.
func procpsSays(t *testing.T, program string, ts texts) []string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, ts)
	var out []string
	for _, f := range ts {
		if !isSysctl(f.Name) {
			continue
		}
		stderr, _ := run(t, program, "--dry-run", "-p", filepath.Join(dir, filepath.FromSlash(f.Name)))
		for line := range strings.Lines(stderr) {
			if !strings.Contains(line, "cannot stat") && !strings.HasPrefix(line, "sysctl: setting key") {
				out = append(out, strings.TrimSpace(strings.ReplaceAll(line, dir+string(filepath.Separator), "")))
			}
		}
	}
	return out
}
