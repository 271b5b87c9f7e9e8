package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the expected output anew")

// project is the folder of the project, and incidents the one of the incidents:
// absolute, since tests change the current folder.
var (
	project   = filepath.Dir(filepath.Dir(currentFolder()))
	incidents = filepath.Join(project, "testdata", "incidents")
)

func currentFolder() string {
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	return dir
}

// The rules that name the causes of the four incidents.
var causes = map[string][]string{
	"1-event-stream": {
		"host-localhost-without-ipv6", "nginx-sse-buffered", "nginx-upstream-no-keepalive",
	},
	"2-time-wait": {
		"nginx-proxy-headers-lost", "nginx-proxy-http10", "sysctl-tcp-tw-recycle", "sysctl-vendor-key",
	},
	"3-starved-health-checks": {
		"nginx-pool-larger-than-backend", "nginx-keepalive-before-balancer", "host-backlog-capped",
	},
	"4-random-502": {
		"nginx-proxy-connection-close", "nginx-proxy-headers-lost",
	},
}

// TestIncidents checks for each incident that the cause is named, that what
// tcplint says and would change is what stands beside it, and that nothing is
// left at warning or above once the patch is applied.
func TestIncidents(t *testing.T) {
	for name, rules := range causes {
		t.Run(name, func(t *testing.T) {
			copyDir(t, filepath.Join(incidents, name))
			findings := tcplint(t, 1, "check", ".")
			for _, r := range rules {
				if !strings.Contains(findings, "["+r+"]") {
					t.Errorf("%s is not named", r)
				}
			}
			golden(t, filepath.Join(incidents, name, "findings.txt"), findings)
			diff := tcplint(t, 1, "fix", "--unsafe", "--dry-run", ".")
			golden(t, filepath.Join(incidents, name, "fix.diff"), diff)
			tcplint(t, 0, "fix", "--unsafe", ".")
			tcplint(t, 0, "check", "--fail-on", "warning", ".")
			if again := tcplint(t, 0, "fix", "--unsafe", "--dry-run", "."); again != "" {
				t.Errorf("a second fix would change more:\n%s", again)
			}
		})
	}
}

// TestReadmeOutput keeps the output that the README shows.
func TestReadmeOutput(t *testing.T) {
	const begin, end = "<!-- The test TestReadmeOutput keeps this block true. -->\n```text\n", "\n```\n"
	readme, err := os.ReadFile(filepath.Join(project, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(readme), begin)
	if !ok {
		t.Fatal("the README has no block of output")
	}
	_, after, _ := strings.Cut(rest, end)
	copyDir(t, filepath.Join(incidents, "2-time-wait"))
	out := tcplint(t, 1, "check", ".")
	diff := tcplint(t, 1, "fix", "--dry-run", ".")
	shown := "$ tcplint check .\n" + out + "$ tcplint fix --dry-run .\n" + strings.TrimRight(diff, "\n")
	golden(t, filepath.Join(project, "README.md"), before+begin+shown+end+after)
}

// tcplint runs the program in the current folder and checks its status.
func tcplint(t *testing.T, status int, args ...string) (stdout string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := run(args, strings.NewReader(""), &out, &errs); got != status {
		t.Fatalf("tcplint %s: status %d, want %d\n%s%s", strings.Join(args, " "), got, status, out.String(), errs.String())
	}
	return out.String()
}

// copyDir copies a folder's configuration to a scratch folder and goes there.
func copyDir(t *testing.T, from string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"nginx.conf", "sysctl.conf", ".tcplint.toml"} {
		data, err := os.ReadFile(filepath.Join(from, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

// golden compares a file with what it should hold; with -update it is written.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is stale (-want +have); run go test ./cmd/tcplint -update:\n%s", filepath.Base(name), diff)
	}
}
