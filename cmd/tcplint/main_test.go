package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tcplint": main})
}

// TestScript runs the command line from end to end. Every file of
// testdata/script tells one story.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			// The files of a script are a repository of their own, so that no
			// configuration above the temporary folder is found.
			return os.MkdirAll(filepath.Join(env.WorkDir, ".git"), 0o755)
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Geteuid() == 0, nil
			case "nginx":
				_, err := exec.LookPath("nginx")
				return err == nil, nil
			}
			return false, errors.New("unknown condition")
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":   exits,
			"edit":    edit,
			"mode":    mode,
			"islink":  isLink,
			"same":    same,
			"appends": appends,
		},
	})
}

// exits STATUS PROGRAM ARGS... runs a program and checks its exit status; the
// output is for stdout, stderr and cmp as after exec.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// TestAbsoluteInclude reads a configuration in the place for which it was written.
func TestAbsoluteInclude(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"nginx/nginx.conf":      "events {}\nhttp { include " + filepath.ToSlash(dir) + "/nginx/conf.d/*.conf; }\n",
		"nginx/conf.d/app.conf": "upstream app { server 10.0.0.1:80; keepalive 4; }\nserver { location / { proxy_pass http://app; } }\n",
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, path := range []string{"nginx", dir} {
		if out := tcplint(t, 0, "show", path); !strings.Contains(out, "http > server > location /") {
			t.Errorf("show %s: the location is not in http:\n%s", path, out)
		}
	}
}
