//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestInterrupt ends a real "tcplint fix" by a signal at some time or other: every file is
// the old or the new one, and nothing else lies in the folder. After SIGKILL, which no
// program can answer, what lies there is gone after the next run. TCPLINT_KILLS says how
// often, over 500 files, and a table is logged.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	const old = "upstream app { server 10.0.0.1:80; keepalive 4; }\nserver { location / { proxy_pass http://app; } }\n"
	files, runs := 200, 12
	if n, err := strconv.Atoi(os.Getenv("TCPLINT_KILLS")); err == nil {
		files, runs = 500, n
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "tcplint") // the test binary is tcplint under this name, see TestMain
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	signals := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL}
	type tally struct{ runs, before, during, after, left int }
	table := map[syscall.Signal]*tally{}
	for run := range runs {
		signal := signals[run%len(signals)]
		if table[signal] == nil {
			table[signal] = &tally{}
		}
		row := table[signal]
		row.runs++
		dir := t.TempDir()
		for i := range files {
			writeFile(t, filepath.Join(dir, fmt.Sprintf("site%d.nginx", i)), old)
		}
		fix := func() *exec.Cmd {
			cmd := exec.Command(program, "fix", "--unsafe", "--quiet", ".")
			cmd.Dir = dir
			return cmd
		}
		cmd := fix()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if run/len(signals)%2 == 0 {
			time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
		} else { // while it writes
			for !beginsToWrite(dir) && syscall.Kill(cmd.Process.Pid, 0) == nil && !exited(cmd.Process.Pid) {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		}
		_ = cmd.Process.Signal(signal)
		_ = cmd.Wait() // by the signal, or done already
		fixed, left := look(t, dir, files, old)
		switch fixed {
		case 0:
			row.before++
		case files:
			row.after++
		default:
			row.during++
		}
		row.left += left
		if left > 0 && signal != syscall.SIGKILL {
			t.Errorf("%v leaves %d files behind", signal, left)
		}
		if signal == syscall.SIGKILL {
			_ = fix().Run() // there are findings that it cannot fix
			if again, left := look(t, dir, files, old); again != files || left > 0 {
				t.Errorf("the next run fixes %d of %d files, and %d lie beside them", again, files, left)
			}
		}
	}
	for signal, row := range table {
		t.Logf("%v: %d runs over %d files, ended before the first write %d, among the writes %d, after the last %d; temporary files left %d",
			signal, row.runs, files, row.before, row.during, row.after, row.left)
	}
}

// beginsToWrite reports whether something lies in a folder that is none of its files.
func beginsToWrite(dir string) bool {
	names, _ := filepath.Glob(filepath.Join(dir, ".tcplint-*"))
	return len(names) > 0
}

// exited reports whether a child has ended and waits to be asked for its status.
func exited(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

// look counts the files that are fixed, and what else lies in the folder. Each of them is
// the old or the fixed one.
func look(t *testing.T, dir string, files int, old string) (fixed, left int) {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if strings.HasPrefix(n.Name(), ".tcplint-") {
			left++
			continue
		}
		text := readFile(t, filepath.Join(dir, n.Name()))
		switch {
		case text == old:
		case strings.Contains(text, "proxy_http_version 1.1;") && strings.HasSuffix(text, "}\n"):
			fixed++
		default:
			t.Errorf("%s holds %q", n.Name(), text)
		}
	}
	if len(names)-left != files {
		t.Fatalf("%d files lie there, %d did", len(names)-left, files)
	}
	return fixed, left
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
