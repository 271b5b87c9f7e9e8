package pipeline

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// block is a fenced block of a document, with the mark above it that says how it
// is tested.
type block struct {
	line           int
	mark, language string
	text           string
}

// blocks returns the fenced blocks of a document of the project.
func blocks(t *testing.T, name string) []block {
	t.Helper()
	mark := regexp.MustCompile(`^<!-- test: (\S+) -->$`)
	var out []block
	var open *block
	pending := ""
	for i, line := range strings.Split(read(t, filepath.Join(project(), name)), "\n") {
		switch m := mark.FindStringSubmatch(line); {
		case open != nil && line == "```":
			out = append(out, *open)
			open, pending = nil, ""
		case open != nil:
			open.text += line + "\n"
		case m != nil:
			pending = m[1]
		case strings.HasPrefix(line, "```"):
			open = &block{line: i + 1, mark: pending, language: line[3:]}
		case line != "":
			pending = ""
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: the block has no end", name, open.line)
	}
	return out
}

// TestDocs executes every block of docs/ci.md, in a repository with a fault and
// in one without.
func TestDocs(t *testing.T) {
	oracle(t, "bash", "git")
	build(t)
	d := &document{action: readAction(t), hooks: hooks(t)}
	d.env = append(proxy(t, release), gitEnv...)
	all := blocks(t, "docs/ci.md")
	if len(all) == 0 {
		t.Fatal("there are no blocks")
	}
	for _, b := range all {
		t.Run(b.mark+"/"+strings.ReplaceAll(strings.SplitN(b.text, "\n", 2)[0], "/", "_"), func(t *testing.T) {
			switch b.mark + " " + b.language {
			case "gate sh":
				gate(t, func(dir string) (string, int) { return d.script(t, dir, b.text) })
			case "ok sh":
				for _, files := range []map[string]string{badFiles, goodFiles} {
					if out, status := d.script(t, repository(t, files), b.text); status != 0 {
						t.Errorf("exit status %d\n%s", status, out)
					}
				}
			case "github yaml":
				d.workflow(t, b.text)
			case "gitlab yaml":
				d.gitlab(t, b.text)
			case "pre-commit yaml":
				d.preCommit(t, b.text)
			default:
				t.Errorf("docs/ci.md:%d: nothing tests this block of %s, marked %q", b.line, b.language, b.mark)
			}
		})
	}
}

// document is what the blocks of a document are held to.
type document struct {
	action action
	hooks  map[string]hook
	env    []string
}

// release is the version that stands, in tests, for what documents call COMMIT.
const release = "v0.1.0"

// TestNothingToWaitFor checks that the documents name no tag: who reads them today can
// follow them.
func TestNothingToWaitFor(t *testing.T) {
	tag := regexp.MustCompile(`tcplint@(?:v[0-9]|latest)|rev: v[0-9]`)
	for _, name := range []string{"README.md", "docs/ci.md"} {
		if found := tag.FindString(read(t, filepath.Join(project(), name))); found != "" {
			t.Errorf("%s says %q, which there is only after a release", name, found)
		}
	}
}

// repository makes a repository whose last commit brings the given files.
func repository(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	c := command{t.TempDir(), gitEnv}
	writeAll(t, c.dir, map[string]string{"nginx/nginx.conf": "events {}\n", "README.md": "Soon.\n"})
	c.must(t, "git", "init", "-q", "-b", "main")
	c.must(t, "git", "add", "-A")
	c.must(t, "git", "commit", "-q", "-m", "before")
	c.must(t, "git", "update-ref", "refs/remotes/origin/main", "HEAD")
	c.must(t, "git", "checkout", "-q", "-b", "change")
	writeAll(t, c.dir, files)
	c.must(t, "git", "add", "-A")
	c.must(t, "git", "commit", "-q", "-m", "change")
	return c.dir
}

// script runs lines as runners do: the first that fails ends them. What they
// install goes to a folder of its own, and is what runs then.
func (d *document) script(t *testing.T, dir, text string) (output string, status int) {
	t.Helper()
	gobin := t.TempDir()
	path := strings.Join([]string{gobin, bin, os.Getenv("PATH")}, string(os.PathListSeparator))
	c := command{dir, append(slices.Clone(d.env), "GOBIN="+gobin, "PATH="+path)}
	return c.run(t, "bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", strings.ReplaceAll(text, "@COMMIT", "@"+release))
}

// gate holds a job to its purpose: it fails on a fault, which it names, and
// passes where there is none.
func gate(t *testing.T, job func(dir string) (string, int)) {
	t.Helper()
	if out, status := job(repository(t, badFiles)); status == 0 || !ruleIn(out, kernelFault) {
		t.Errorf("on a fault: exit status %d\n%s", status, out)
	}
	if out, status := job(repository(t, goodFiles)); status != 0 {
		t.Errorf("without a fault: exit status %d\n%s", status, out)
	}
}

// workflow runs the jobs of a GitHub workflow, the action among their steps.
func (d *document) workflow(t *testing.T, text string) {
	t.Helper()
	var w struct {
		Name        string
		On          any
		Permissions map[string]string
		Jobs        map[string]struct {
			RunsOn string `yaml:"runs-on"`
			Steps  []step
		}
	}
	decodeYAML(t, "docs/ci.md", text, &w)
	used := false
	for _, job := range w.Jobs {
		for _, s := range job.Steps {
			switch {
			case strings.HasPrefix(s.Uses, "tcplint/tcplint@"):
				used = true
				for name := range s.With {
					if _, ok := d.action.Inputs[name]; !ok {
						t.Errorf("the action has no input %s", name)
					}
				}
				if s.With["upload-sarif"] == "true" && w.Permissions["security-events"] != "write" {
					t.Error("the upload needs the permission security-events: write")
				}
				check := d.action.step(t, "Run tcplint")
				gate(t, func(dir string) (string, int) {
					out, status, _ := d.action.execute(t, check, dir, s.With)
					return out, status
				})
			case s.Run != "":
				t.Errorf("nothing tests the step %q", s.Run)
			}
		}
	}
	if !used {
		t.Error("no job uses the action")
	}
}

// gitlab runs the jobs of a GitLab pipeline and looks for what they keep.
func (d *document) gitlab(t *testing.T, text string) {
	t.Helper()
	var jobs map[string]struct {
		Image     string
		Script    []string
		Artifacts struct {
			When    string
			Reports map[string]string
		}
	}
	decodeYAML(t, "docs/ci.md", text, &jobs)
	for name, job := range jobs {
		if len(job.Script) == 0 {
			t.Errorf("job %s does nothing", name)
		}
		gate(t, func(dir string) (string, int) {
			out, status := d.script(t, dir, strings.Join(job.Script, "\n"))
			for kind, file := range job.Artifacts.Reports {
				if text := read(t, filepath.Join(dir, file)); text == "" || (status != 0) != ruleIn(text, kernelFault) {
					t.Errorf("exit status %d, the report for %s is\n%s", status, kind, text)
				}
			}
			return out, status
		})
	}
}

// preCommit has pre-commit read a configuration, and runs the command line that
// it would.
func (d *document) preCommit(t *testing.T, text string) {
	t.Helper()
	var config struct {
		Repos []struct {
			Repo, Rev string

			Hooks []struct {
				ID            string
				Args          []string
				PassFilenames *bool `yaml:"pass_filenames"`
			}
		}
	}
	decodeYAML(t, "docs/ci.md", text, &config)
	for _, repo := range config.Repos {
		for _, use := range repo.Hooks {
			h, ok := d.hooks[use.ID]
			if !ok {
				t.Errorf("there is no hook %s", use.ID)
				continue
			}
			args := slices.Concat(strings.Fields(h.Entry)[1:], use.Args)
			if use.PassFilenames == nil || *use.PassFilenames {
				args = append(args, "nginx/conf.d/app.conf", "nginx/nginx.conf", "nginx/supervisor.conf", "sysctl.d/99-net.conf")
			}
			if strings.Contains(h.Entry, " fix ") {
				fixes(t, args)
				continue
			}
			gate(t, func(dir string) (string, int) { return command{dir: dir}.run(t, "tcplint", args...) })
		}
	}
	oracle(t, "pre-commit")
	c := preCommit(t, t.TempDir())
	write(t, filepath.Join(c.dir, "config.yaml"), text, 0o644)
	c.must(t, "pre-commit", "validate-config", "config.yaml")
}

// fixes runs a command line that must leave nothing to fix, the second time
// without a change.
func fixes(t *testing.T, args []string) {
	t.Helper()
	c := command{repository(t, badFiles), gitEnv}
	c.must(t, "tcplint", args...)
	fixed := c.must(t, "git", "diff", "--name-only")
	if want := "nginx/conf.d/app.conf\nnginx/nginx.conf\nsysctl.d/99-net.conf\n"; fixed != want {
		t.Errorf("changed are %q, want %q", fixed, want)
	}
	c.must(t, "git", "commit", "-qam", "fixed")
	c.must(t, "tcplint", args...)
	c.must(t, "git", "diff", "--exit-code")
}
