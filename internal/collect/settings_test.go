package collect

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestScriptReadsSettingsWhole: dash reads byte by byte, and of a file in /proc/sys the
// kernel gives only the first byte to who does so.
func TestScriptReadsSettingsWhole(t *testing.T) {
	t.Parallel()
	const key = "net.ipv4.ip_local_port_range"
	want, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("this system has no /proc/sys")
	} else if err != nil {
		t.Fatal(err)
	}
	for _, shell := range [][]string{{"dash"}, {"busybox", "sh"}, {"bash", "--posix"}} {
		t.Run(shell[0], func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(shell[0]); err != nil {
				t.Skip(err)
			}
			archive := filepath.Join(t.TempDir(), "a.tar.gz")
			cmd := exec.CommandContext(t.Context(), shell[0], append(shell[1:], "-s", "--", "-o", archive, "-i", "0")...)
			cmd.Stdin = strings.NewReader(Script("test"))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			found := fileOf(t, archive, "evidence/sysctl-a.txt")
			if line := key + " = " + strings.Join(strings.Fields(string(want)), " ") + "\n"; !strings.Contains(found, line) {
				t.Errorf("there is no line %q in\n%s", line, found)
			}
		})
	}
}

// fileOf returns a file of an archive, by the end of its name.
func fileOf(t *testing.T, archive, name string) string {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for files := tar.NewReader(z); ; {
		head, err := files.Next()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if strings.HasSuffix(head.Name, "/"+name) {
			text, err := io.ReadAll(files)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
	}
}
