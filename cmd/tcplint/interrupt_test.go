//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestInterrupt sends SIGINT, SIGTERM or SIGHUP to a real "tcplint fix" at some time or other: every
// file is the old or the new one, and nothing else lies in the folder.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	const old = "upstream app { server 10.0.0.1:80; keepalive 4; }\nserver { location / { proxy_pass http://app; } }\n"
	const files, runs = 200, 12
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "tcplint") // the test binary is tcplint under this name, see TestMain
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
	for run := range runs {
		dir := t.TempDir()
		for i := range files {
			writeFile(t, filepath.Join(dir, fmt.Sprintf("site%d.nginx", i)), old)
		}
		cmd := exec.Command(program, "fix", "--unsafe", "--quiet", ".")
		cmd.Dir = dir
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
		_ = cmd.Process.Signal(signals[run%len(signals)])
		_ = cmd.Wait() // by the signal, or done already
		names, err := os.ReadDir(dir)
		if err != nil || len(names) != files {
			t.Fatalf("%d files lie there, %d did: %v", len(names), files, err)
		}
		for _, n := range names {
			text := readFile(t, filepath.Join(dir, n.Name()))
			if fixed := strings.Contains(text, "proxy_http_version 1.1;") && strings.HasSuffix(text, "}\n"); text != old && !fixed {
				t.Errorf("%s holds %q", n.Name(), text)
			}
		}
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
