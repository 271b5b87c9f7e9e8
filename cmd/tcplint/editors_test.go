package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint/linttest"
)

// editors are real clients of the language server, each with the command that runs
// one session in it. What the session is about stands in its environment.
var editors = map[string]func(script string) []string{
	"nvim": func(script string) []string {
		return []string{"nvim", "--headless", "--clean", "-n", "-u", "NONE", "-c", "luafile " + filepath.Join(script, "session.lua")}
	},
	"emacs": func(script string) []string {
		return []string{"emacs", "--batch", "-f", "package-initialize", "-l", filepath.Join(script, "session.el")}
	},
}

// TestEditors types a line into a file, in which characters of one, two and three bytes
// stand in front of it, sees what is wrong with it, applies the fix and saves.
func TestEditors(t *testing.T) {
	t.Parallel()
	const before = `# grüße, 世界, 🛰: the pool
upstream app {
    server 10.0.0.1:8080; # 🛰🛰 two
    keepalive_timeout 1s;
}
server {
    listen 80;
    location / {
        proxy_pass http://app; # 🛰
    }
}
`
	want := strings.Replace(before, "server 10.0.0.1:8080; # 🛰🛰 two\n", "server 10.0.0.1:8080; # 🛰🛰 two\n    keepalive 16;\n", 1)
	want = strings.Replace(want, "proxy_pass http://app; # 🛰\n", `proxy_pass http://app; # 🛰
        proxy_http_version 1.1;
        proxy_set_header Connection "";
`, 1)
	script, err := filepath.Abs(filepath.Join("testdata", "editors"))
	if err != nil {
		t.Fatal(err)
	}
	for name, command := range editors {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := command(script)
			if _, err := exec.LookPath(args[0]); err != nil {
				if os.Getenv(linttest.RequireOracles) == "1" {
					t.Fatalf("%s is not installed", name)
				}
				t.Skipf("no client: %s is not installed", name)
			}
			root := t.TempDir()
			for file, text := range map[string]string{
				".git/HEAD": "", "nginx.conf": "events {}\nhttp {\n    include conf.d/*.conf;\n}\n", "conf.d/app.conf": before,
			} {
				file = filepath.Join(root, file)
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command(args[0], args[1:]...)
			cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C.UTF-8", "SESSION_ROOT="+root, "SESSION_FILE=conf.d/app.conf",
				"SESSION_RULE=nginx-proxy-http10", "SESSION_BELOW=two", "SESSION_TYPE=keepalive 16;")
			cmd.Dir = root
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			got, err := os.ReadFile(filepath.Join(root, "conf.d", "app.conf"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(want, string(got)); diff != "" {
				t.Errorf("saved (-want +got):\n%s", diff)
			}
		})
	}
}
