package pipeline

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/internal/lint/linttest"
)

// project is the folder of the project.
var project = sync.OnceValue(func() string {
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return filepath.Join("..", "..")
	}
	return dir
})

// bin is a folder that is to hold tcplint as it is built from the project.
var bin string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tcplint-bin-")
	if err != nil {
		log.Fatal(err)
	}
	bin = dir
	m.Run()
	if err := os.RemoveAll(bin); err != nil {
		log.Print(err)
	}
}

var buildOnce = sync.OnceValues(func() ([]byte, error) {
	cmd := exec.Command("go", "build", "-trimpath", "-o", bin+string(filepath.Separator), "./cmd/tcplint")
	cmd.Dir = project()
	return cmd.CombinedOutput()
})

// build makes sure that bin holds tcplint.
func build(t *testing.T) {
	t.Helper()
	if out, err := buildOnce(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
}

// oracle skips a test where a program is not installed.
func oracle(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err == nil {
			continue
		}
		if os.Getenv(linttest.RequireOracles) == "1" {
			t.Fatalf("%s is not installed", p)
		}
		t.Skipf("%s is not installed", p)
	}
}

// oracleIfThere skips a test where a program is not installed that no machine
// has to have.
func oracleIfThere(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed", program)
	}
}

// command runs a program in a folder, tcplint within its reach.
type command struct {
	dir string
	env []string
}

// run returns what the program wrote, and its exit status.
func (c command) run(t *testing.T, program string, args ...string) (output string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if program == "tcplint" {
		program = filepath.Join(bin, program)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "LC_ALL=C.UTF-8", "NO_COLOR=1")
	cmd.Env = append(cmd.Env, c.env...)
	// What a program leaves behind in the background must not hold up the test.
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		return out.String(), exit.ExitCode()
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out.String())
	}
	return out.String(), 0
}

// must runs a program that has to succeed.
func (c command) must(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, status := c.run(t, program, args...)
	if status != 0 {
		t.Fatalf("%s %s: exit status %d\n%s", program, strings.Join(args, " "), status, out)
	}
	return out
}

// gitEnv makes git independent of who runs it.
var gitEnv = []string{
	"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
	"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com",
	"GIT_AUTHOR_DATE=2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z",
}

// sources are the project's own files, by path with forward slashes.
func sources(t *testing.T) []string {
	t.Helper()
	oracle(t, "git")
	list := command{dir: project()}.must(t, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	var names []string
	for name := range strings.SplitSeq(strings.TrimSuffix(list, "\x00"), "\x00") {
		if info, err := os.Lstat(filepath.Join(project(), name)); err == nil && info.Mode().IsRegular() {
			names = append(names, name)
		}
	}
	return names
}

// checkout copies the project's own files to a new repository, and commits them.
func checkout(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range sources(t) {
		copyFile(t, filepath.Join(project(), name), filepath.Join(dir, name))
	}
	git := command{dir, gitEnv}
	git.must(t, "git", "init", "-q", "-b", "main")
	git.must(t, "git", "add", "-A")
	git.must(t, "git", "commit", "-q", "-m", "all")
	return dir
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, read(t, from), info.Mode().Perm())
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, name, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// writeAll writes files below a folder.
func writeAll(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text, 0o644)
	}
}

// readYAML reads a file of the project into what v points to; a key that v does
// not know is an error.
func readYAML(t *testing.T, name string, v any) {
	t.Helper()
	decodeYAML(t, name, read(t, filepath.Join(project(), name)), v)
}

func decodeYAML(t *testing.T, name, text string, v any) {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// The files of a repository to check. The fault in app.conf can be told only in
// the context of nginx.conf.
const (
	mainConf = `events {}
http {
    upstream app {
        server 127.0.0.1:9000;
        keepalive 16;
    }
    include conf.d/*.conf;
}
`
	badSite = `server {
    listen 80;
    location / {
        proxy_pass http://app;
    }
}
`
	goodSite = `server {
    listen 80;
    location / {
        proxy_pass http://app;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
    }
}
`
	badKernel  = "net.ipv4.tcp_tw_recycle = 1\nnet.core.somaxconn = 4096\n"
	goodKernel = "net.core.somaxconn = 4096\n"
	// The content of foreign says nothing of nginx, its name could.
	foreign = "log-level debug\n"
)

// The rules that find the faults.
const (
	siteFault   = "nginx-proxy-http10"
	kernelFault = "sysctl-tcp-tw-recycle"
)

var (
	badFiles = map[string]string{
		"nginx/nginx.conf": mainConf, "nginx/conf.d/app.conf": badSite, "sysctl.d/99-net.conf": badKernel,
		"nginx/supervisor.conf": foreign, "README.md": "An example.\n",
	}
	goodFiles = map[string]string{
		"nginx/nginx.conf": mainConf, "nginx/conf.d/app.conf": goodSite, "sysctl.d/99-net.conf": goodKernel,
		"nginx/supervisor.conf": foreign, "README.md": "An example.\n",
	}
)

// ruleIn finds the rule that a line of a report names.
func ruleIn(report, rule string) bool {
	return regexp.MustCompile(`\b` + regexp.QuoteMeta(rule) + `\b`).MatchString(report)
}
