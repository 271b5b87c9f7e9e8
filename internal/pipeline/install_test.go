package pipeline

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"encoding/json"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// module is what go knows the project by.
const module = "github.com/tcplint/tcplint"

// proxy serves the project as a published module of one version, and all others
// from Go's cache of modules, where they are once tcplint is built. It returns
// the environment that makes go use it.
func proxy(t *testing.T, version string) (env []string) {
	t.Helper()
	build(t)
	dir := t.TempDir()
	at := filepath.Join(dir, filepath.FromSlash(module), "@v")
	write(t, filepath.Join(at, "list"), version+"\n", 0o644)
	about, err := json.Marshal(map[string]string{"Version": version, "Time": "2026-01-02T03:04:05Z"})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(at, version+".info"), string(about), 0o644)
	write(t, filepath.Join(at, version+".mod"), read(t, filepath.Join(project(), "go.mod")), 0o644)
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	all := sources(t)
	for _, name := range all {
		if slices.ContainsFunc(all, func(mod string) bool {
			dir, nested := strings.CutSuffix(mod, "/go.mod")
			return nested && strings.HasPrefix(name, dir+"/")
		}) {
			continue // a module of its own, which is no part of this one
		}
		f, err := w.Create(module + "@" + version + "/" + name)
		if err == nil {
			_, err = f.Write([]byte(read(t, filepath.Join(project(), name))))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(at, version+".zip"), packed.String(), 0o644)
	cache := strings.TrimSpace(command{dir: project()}.must(t, "go", "env", "GOMODCACHE"))
	return []string{
		"GOPROXY=" + fileURL(dir) + "," + fileURL(filepath.Join(cache, "cache", "download")),
		"GOMODCACHE=" + t.TempDir(), // what is made up here must not get into the real one
		"GOSUMDB=off", "GOFLAGS=-trimpath -modcacherw", "GOWORK=off", "GO111MODULE=on",
	}
}

func fileURL(dir string) string {
	dir = filepath.ToSlash(dir)
	if !strings.HasPrefix(dir, "/") {
		dir = "/" + dir
	}
	return "file://" + dir
}

// TestGoInstall installs tcplint as the README says.
func TestGoInstall(t *testing.T) {
	const version = "v0.1.0"
	gobin := t.TempDir()
	c := command{t.TempDir(), append(proxy(t, version), "GOBIN="+gobin)}
	c.must(t, "go", "install", module+"/cmd/tcplint@latest")
	tool := filepath.Join(gobin, "tcplint")
	if runtime.GOOS == "windows" {
		tool += ".exe"
	}
	if out := c.must(t, tool, "version"); !strings.HasPrefix(out, "tcplint "+version+" (go") {
		t.Errorf("the version is %q", out)
	}
	if out := c.must(t, tool, "completion", "bash"); !strings.HasPrefix(out, "# bash completion") {
		t.Errorf("the completion begins with %.60q", out)
	}
}

// dockerfile returns the instructions of the Dockerfile in order.
func dockerfile(t *testing.T) [][2]string {
	t.Helper()
	text := strings.ReplaceAll(read(t, filepath.Join(project(), "Dockerfile")), "\\\n", "")
	var out [][2]string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		out = append(out, [2]string{word, strings.TrimSpace(rest)})
	}
	return out
}

// TestDockerfileImage looks at the stage that becomes the image.
func TestDockerfileImage(t *testing.T) {
	last := map[string][]string{}
	for _, i := range dockerfile(t) {
		if i[0] == "FROM" {
			last = map[string][]string{}
		}
		last[i[0]] = append(last[i[0]], i[1])
	}
	for word, want := range map[string]string{
		"FROM":       `^scratch$`,
		"USER":       `^[1-9][0-9]*:[1-9][0-9]*$`, // a name would need /etc/passwd
		"WORKDIR":    `^/repo$`,
		"ENTRYPOINT": `^\["/tcplint"\]$`,
	} {
		if got := strings.Join(last[word], "\n"); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s is %q, want %s", word, got, want)
		}
	}
	if len(last["RUN"]) > 0 {
		t.Errorf("there is nothing in the image that could run %q", last["RUN"])
	}
}

// TestDockerfileBuild runs the command that builds the image's program, on what
// .dockerignore lets through.
func TestDockerfileBuild(t *testing.T) {
	oracle(t, "sh")
	dir := t.TempDir()
	allowed := dockerContext(t)
	copied := 0
	for _, name := range sources(t) {
		if allowed(name) {
			copyFile(t, filepath.Join(project(), name), filepath.Join(dir, "src", name))
			copied++
		}
	}
	if allowed(".git/HEAD") || allowed("docs/ci.md") || allowed("rules/rules_test.go") || !allowed("LICENSE") || copied == 0 {
		t.Errorf(".dockerignore lets the wrong %d files through", copied)
	}
	var line string
	for _, i := range dockerfile(t) {
		if i[0] == "RUN" && strings.Contains(i[1], "go build") {
			line = i[1]
		}
	}
	if !strings.Contains(line, " -o /out/tcplint ") {
		t.Fatalf("the line that builds is %q", line)
	}
	c := command{filepath.Join(dir, "src"), []string{"TARGETOS=linux", "TARGETARCH=amd64", "VERSION=v9.8.7", "GOFLAGS="}}
	tool := filepath.Join(dir, "out", "tcplint")
	c.must(t, "sh", "-euc", strings.ReplaceAll(line, "/out/tcplint", `"`+tool+`"`))
	f, err := elf.Open(tool)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the program needs a loader, which the image has not")
		}
	}
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" {
		if out := c.must(t, tool, "version"); !strings.HasPrefix(out, "tcplint v9.8.7 ") {
			t.Errorf("the version is %q", out)
		}
	}
}

// dockerContext reads .dockerignore, as far as this one goes: nothing but some
// names, less what is only for tests.
func dockerContext(t *testing.T) (allowed func(name string) bool) {
	t.Helper()
	var names, patterns []string
	for line := range strings.Lines(read(t, filepath.Join(project(), ".dockerignore"))) {
		line = strings.TrimSpace(line)
		switch {
		case line == "", strings.HasPrefix(line, "#"), line == "*":
		case strings.HasPrefix(line, "!"):
			names = append(names, line[1:])
		case strings.HasPrefix(line, "**/"):
			patterns = append(patterns, line[3:])
		default:
			t.Fatalf("this test does not understand %q", line)
		}
	}
	return func(name string) bool {
		ok := false
		for _, n := range names {
			ok = ok || name == n || strings.HasPrefix(name, n+"/")
		}
		for part := range strings.SplitSeq(name, "/") {
			for _, p := range patterns {
				if hit, err := filepath.Match(p, part); err != nil || hit {
					return false
				}
			}
		}
		return ok
	}
}
