package pipeline

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed"
)

// hook is what .pre-commit-hooks.yaml says of a hook.
type hook struct {
	ID, Name, Description, Entry, Language string

	Types         []string
	Files         string
	RequireSerial bool   `yaml:"require_serial"`
	Minimum       string `yaml:"minimum_pre_commit_version"`
}

func hooks(t *testing.T) map[string]hook {
	t.Helper()
	var list []hook
	readYAML(t, ".pre-commit-hooks.yaml", &list)
	byID := map[string]hook{}
	for _, h := range list {
		byID[h.ID] = h
	}
	return byID
}

// TestHookFiles holds the hooks' pattern to what a search of a folder looks at.
// What is neither is a matter for the hooks only where its folder speaks for it.
func TestHookFiles(t *testing.T) {
	all := hooks(t)
	if d := cmp.Diff(all["tcplint"].Files, all["tcplint-fix"].Files); d != "" {
		t.Errorf("the hooks look at different files:\n%s", d)
	}
	hooked := pattern(t, all["tcplint"].Files)
	for _, dir := range []string{
		"", "src/", "nginx/", "deploy/nginx-proxy/site/", "etc/nginx/sites-enabled/", "sites-available/", "snippets/tls/", "vhosts/",
		"conf.d/", "vhost.d/", "etc/sysctl.d/", "roles/sysctl/files/", "chart/templates/", "manifests/", "tuned/web/",
	} {
		for _, base := range []string{
			"nginx.conf", "default", "app.conf", "mime.types", "app.nginx", "app.vhost", "vhost-app", "NGINX.conf",
			"sysctl.conf", "99-net.conf", "net.sysctl", "my-sysctl-settings", "tuned.conf", "configmap.yaml", "playbook.yml", "values.yaml",
			"Dockerfile", "Dockerfile.prod", "web.dockerfile", "Containerfile", "tune.sh", "web.nix", "init.pp", "default.rb",
		} {
			for _, ext := range append(detect.TemplateExtensions(), "") {
				name := dir + base + ext
				possible, likely := detect.Candidate(name)
				if (possible && likely || embed.Candidate(name)) && !hooked.MatchString(name) {
					t.Errorf("%s is not among the files", name)
				}
			}
		}
	}
	for _, name := range []string{"main.go", "README.md", "src/app.py", "package.json", "index.html", "conf/app.properties", "Makefile"} {
		if hooked.MatchString(name) {
			t.Errorf("%s is among the files", name)
		}
	}
}

// pattern compiles a verbose Python pattern.
func pattern(t *testing.T, verbose string) *regexp.Regexp {
	t.Helper()
	p, ok := strings.CutPrefix(strings.Join(strings.Fields(verbose), ""), "(?ix)")
	if !ok {
		t.Fatalf("the pattern does not begin with (?ix): %s", verbose)
	}
	return regexp.MustCompile("(?i)" + p)
}

// TestHookManifest has pre-commit itself read the hooks.
func TestHookManifest(t *testing.T) {
	oracle(t, "pre-commit", "git")
	preCommit(t, project()).must(t, "pre-commit", "validate-manifest", ".pre-commit-hooks.yaml")
	for id, h := range hooks(t) {
		if h.Language != "golang" || !h.RequireSerial || h.Minimum == "" || !slices.Equal(h.Types, []string{"text"}) {
			t.Errorf("hook %s is %+v", id, h)
		}
	}
}

// preCommit prepares pre-commit, which builds hooks from source. It is given Go's
// cache of modules, so that it need not fetch them again.
func preCommit(t *testing.T, dir string) command {
	t.Helper()
	modules := strings.TrimSpace(command{dir: project()}.must(t, "go", "env", "GOMODCACHE"))
	return command{dir, append(slices.Clone(gitEnv),
		"PRE_COMMIT_HOME="+t.TempDir(), "PRE_COMMIT_COLOR=never", "PRE_COMMIT_ALLOW_NO_CONFIG=0",
		"GOMODCACHE="+modules, "GOFLAGS=-trimpath")}
}

// scratch makes a repository that uses a hook of the project, commits the files
// without it, and installs it.
func scratch(t *testing.T, files map[string]string, config string) command {
	t.Helper()
	c := preCommit(t, t.TempDir())
	writeAll(t, c.dir, files)
	write(t, filepath.Join(c.dir, ".pre-commit-config.yaml"), config, 0o644)
	c.must(t, "git", "init", "-q", "-b", "main")
	c.must(t, "git", "add", "-A")
	c.must(t, "git", "commit", "-q", "-m", "before")
	c.must(t, "pre-commit", "install")
	return c
}

// TestPreCommit commits to a repository that uses the hooks: a fault is refused
// and shown, its fix passes, and tcplint-fix makes it pass.
func TestPreCommit(t *testing.T) {
	oracle(t, "pre-commit", "git")
	build(t)
	source := checkout(t)
	rev := strings.TrimSpace(command{source, gitEnv}.must(t, "git", "rev-parse", "HEAD"))
	config := func(id string) string {
		return "repos:\n- repo: " + source + "\n  rev: " + rev + "\n  hooks: [{id: " + id + "}]\n"
	}
	c := scratch(t, goodFiles, config("tcplint"))
	site := filepath.Join(c.dir, "nginx", "conf.d", "app.conf")
	kernel := filepath.Join(c.dir, "sysctl.d", "99-net.conf")
	commit := func() (string, int) {
		t.Helper()
		c.must(t, "git", "add", "-A")
		return c.run(t, "git", "commit", "-m", "change")
	}

	// The fault in the site can be told only within nginx.conf, which is not
	// part of the commit.
	write(t, site, badSite, 0o644)
	out, status := commit()
	if status != 1 || !ruleIn(out, siteFault) || !strings.Contains(out, "nginx/conf.d/app.conf:4:") {
		t.Fatalf("the hook should refuse the site: exit status %d\n%s", status, out)
	}
	if strings.Contains(out, "supervisor.conf") {
		t.Errorf("a file of another program is a matter for the hook:\n%s", out)
	}
	write(t, site, "# Better.\n"+goodSite, 0o644)
	if out, status = commit(); status != 0 || !regexp.MustCompile(`tcplint\.+Passed`).MatchString(out) {
		t.Fatalf("the hook should pass the site: exit status %d\n%s", status, out)
	}

	// Files of other programs, and those whose name tells enough, are no matter
	// for the hook.
	write(t, filepath.Join(c.dir, "nginx", "supervisor.conf"), foreign+foreign, 0o644)
	write(t, filepath.Join(c.dir, "README.md"), "Another example.\n", 0o644)
	if out, status = commit(); status != 0 {
		t.Fatalf("the hook should pass over files of other programs: exit status %d\n%s", status, out)
	}

	write(t, filepath.Join(c.dir, ".pre-commit-config.yaml"), config("tcplint-fix"), 0o644)
	c.must(t, "git", "commit", "-q", "--no-verify", "-a", "-m", "use tcplint-fix")
	write(t, site, badSite, 0o644)
	write(t, kernel, badKernel, 0o644)
	if out, status = commit(); status != 1 || !strings.Contains(out, "files were modified by this hook") {
		t.Fatalf("the hook should fix the files and say so: exit status %d\n%s", status, out)
	}
	if text := read(t, kernel); text != goodKernel {
		t.Errorf("%s is left as %q, want %q", kernel, text, goodKernel)
	}
	// Its patch needs nginx.conf, which is not part of the commit: half of it is none.
	if text := read(t, site); text != badSite {
		t.Errorf("%s is left as\n%s", site, text)
	}
	if out, status = commit(); status != 1 || !strings.Contains(out, "it changes nginx/nginx.conf, too, which was not named") {
		t.Fatalf("the hook should name the file that the patch needs: exit status %d\n%s", status, out)
	}
	c.must(t, "tcplint", "fix")
	if text := read(t, site); !strings.Contains(text, "proxy_http_version 1.1;") {
		t.Errorf("%s is left as\n%s", site, text)
	}
	if out, status = commit(); status != 0 {
		t.Fatalf("the hook should pass what is fixed: exit status %d\n%s", status, out)
	}
	if left := c.must(t, "git", "status", "--porcelain"); left != "" {
		t.Errorf("something is left uncommitted:\n%s", left)
	}
	if out, status = c.run(t, "pre-commit", "run", "--all-files"); status != 0 {
		t.Errorf("all files: exit status %d\n%s", status, out)
	}
}
