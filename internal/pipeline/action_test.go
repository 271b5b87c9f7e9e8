package pipeline

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// action is what action.yml says.
type action struct {
	Name, Description, Author string

	Branding struct{ Icon, Color string }
	Inputs   map[string]struct {
		Description string
		Default     *string
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []step
	}
}

type step struct {
	Name, ID, If, Shell, Run, Uses string

	Env, With map[string]string
}

func readAction(t *testing.T) action {
	t.Helper()
	var a action
	readYAML(t, "action.yml", &a)
	return a
}

// step returns the one of a name.
func (a action) step(t *testing.T, name string) step {
	t.Helper()
	i := slices.IndexFunc(a.Runs.Steps, func(s step) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("the action has no step %q", name)
	}
	return a.Runs.Steps[i]
}

// TestAction holds the parts of the action together.
func TestAction(t *testing.T) {
	a := readAction(t)
	if a.Runs.Using != "composite" || a.Name == "" || a.Description == "" {
		t.Errorf("the action is %+v", a)
	}
	var declared []string
	for name, in := range a.Inputs {
		declared = append(declared, name)
		if in.Description == "" || in.Default == nil {
			t.Errorf("input %s wants a description and a default", name)
		}
	}
	slices.Sort(declared)
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`\binputs\.([\w-]+)`).FindAllStringSubmatch(read(t, filepath.Join(project(), "action.yml")), -1) {
		used[m[1]] = true
	}
	if d := cmp.Diff(declared, slices.Sorted(maps.Keys(used))); d != "" {
		t.Errorf("inputs that are declared (-) and used (+):\n%s", d)
	}
	docs := read(t, filepath.Join(project(), "docs", "ci.md"))
	for name := range a.Inputs {
		if !strings.Contains(docs, "`"+name+"`") {
			t.Errorf("docs/ci.md says nothing of the input %s", name)
		}
	}
	for name, out := range a.Outputs {
		m := regexp.MustCompile(`^\$\{\{ steps\.([\w-]+)\.outputs\.([\w-]+) \}\}$`).FindStringSubmatch(out.Value)
		if m == nil {
			t.Errorf("output %s is %q", name, out.Value)
			continue
		}
		i := slices.IndexFunc(a.Runs.Steps, func(s step) bool { return s.ID == m[1] })
		if i < 0 || !strings.Contains(a.Runs.Steps[i].Run, m[2]+"=") {
			t.Errorf("no step %s sets %s", m[1], m[2])
		}
	}
}

// TestActionSteps has bash read the scripts. An expression inside one would be
// pasted into it as code.
func TestActionSteps(t *testing.T) {
	oracle(t, "bash")
	for _, s := range readAction(t).Runs.Steps {
		if s.Run == "" {
			if s.Uses == "" {
				t.Errorf("step %q does nothing", s.Name)
			}
			continue
		}
		if s.Shell != "bash" || strings.Contains(s.Run, "${{") || !strings.HasPrefix(s.Run, "set -euo pipefail\n") {
			t.Errorf("step %q: want bash with -euo pipefail and no expressions, got %s:\n%s", s.Name, s.Shell, s.Run)
		}
		if out, status := (command{}).run(t, "bash", "-n", "-c", s.Run); status != 0 {
			t.Errorf("step %q: %s", s.Name, out)
		}
		for name := range s.Env {
			if !strings.Contains(s.Run, "$"+name) && !strings.Contains(s.Run, "${"+name) {
				t.Errorf("step %q does not use $%s", s.Name, name)
			}
		}
	}
}

var input = regexp.MustCompile(`^\$\{\{ inputs\.([\w-]+) \}\}$`)

// execute runs a step in a folder with some inputs, and the others as they are
// by default. Variables in env win over those of the step.
func (a action) execute(t *testing.T, s step, dir string, inputs map[string]string, env ...string) (output string, status int, set map[string]string) {
	t.Helper()
	github := filepath.Join(t.TempDir(), "output")
	write(t, github, "", 0o644)
	c := command{dir, []string{"GITHUB_OUTPUT=" + github, "GITHUB_ACTIONS=true"}}
	for name, value := range s.Env {
		if m := input.FindStringSubmatch(value); m != nil {
			given, ok := inputs[m[1]]
			if value = *a.Inputs[m[1]].Default; ok {
				value = given
			}
		}
		c.env = append(c.env, name+"="+value)
	}
	c.env = append(c.env, env...)
	output, status = c.run(t, "bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", s.Run)
	set = map[string]string{}
	for line := range strings.Lines(read(t, github)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		set[name] = value
	}
	return output, status, set
}

// TestActionRun runs the command line of the action with tcplint itself.
func TestActionRun(t *testing.T) {
	oracle(t, "bash", "git")
	build(t)
	a := readAction(t)
	check := a.step(t, "Run tcplint")
	tests := []struct {
		name   string
		files  map[string]string
		inputs map[string]string
		status int
		// said and unsaid are rules that the log names, or does not.
		said, unsaid []string
		set          map[string]string
		wrote        []string
	}{
		{
			"a fault", badFiles, nil,
			1,
			[]string{siteFault, kernelFault},
			nil,
			map[string]string{"status": "1"},
			nil,
		},
		{
			"none", goodFiles, nil,
			0, nil,
			[]string{siteFault, kernelFault},
			map[string]string{"status": "0"},
			nil,
		},
		{
			"paths", badFiles,
			map[string]string{"paths": "sysctl.d/99-net.conf\r\n\nnginx/nginx.conf\n"},
			1,
			[]string{kernelFault},
			nil,
			map[string]string{"status": "1"},
			nil,
		},
		{
			"a level", badFiles,
			map[string]string{"paths": "nginx", "fail-on": "error"},
			0,
			[]string{siteFault},
			[]string{kernelFault},
			map[string]string{"status": "0"},
			nil,
		},
		{
			"versions", badFiles,
			map[string]string{"nginx": "1.29.7", "kernel": "6.1", "fail-on": "info"},
			1,
			[]string{kernelFault},
			[]string{siteFault},
			map[string]string{"status": "1"},
			nil,
		},
		{
			"a baseline", badFiles,
			map[string]string{"baseline": "known.json"},
			0, nil,
			[]string{siteFault, kernelFault},
			map[string]string{"status": "0"},
			nil,
		},
		{
			"a revision", badFiles,
			map[string]string{"diff-base": "HEAD~1"},
			1,
			[]string{kernelFault},
			[]string{siteFault},
			map[string]string{"status": "1"},
			nil,
		},
		{
			"SARIF", badFiles,
			map[string]string{"sarif-file": "out.sarif"},
			1,
			[]string{siteFault},
			nil,
			map[string]string{"status": "1", "sarif-file": "out.sarif"},
			[]string{"out.sarif"},
		},
		{
			"SARIF to upload", goodFiles,
			map[string]string{"upload-sarif": "true"},
			0, nil,
			[]string{siteFault},
			map[string]string{"status": "0", "sarif-file": "tcplint.sarif"},
			[]string{"tcplint.sarif"},
		},
		{
			"formats", badFiles,
			map[string]string{"formats": "text\nsarif=more.sarif\njunit=unit.xml\n"},
			1,
			[]string{siteFault},
			nil,
			map[string]string{"status": "1"},
			[]string{"more.sarif", "unit.xml"},
		},
		{
			"a path like a flag", badFiles,
			map[string]string{"paths": "--version"},
			3, nil,
			[]string{siteFault},
			map[string]string{"status": "3"},
			nil,
		},
		{
			"wrong usage", badFiles,
			map[string]string{"fail-on": "never; touch here"},
			2, nil,
			nil,
			map[string]string{"status": "2"},
			nil,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			git := command{dir, gitEnv}
			git.must(t, "git", "init", "-q", "-b", "main")
			// The kernel settings come with the last of two commits.
			writeAll(t, dir, test.files)
			git.must(t, "git", "add", "nginx")
			git.must(t, "git", "commit", "-q", "-m", "before")
			git.must(t, "git", "add", "-A")
			git.must(t, "git", "commit", "-q", "-m", "change")
			if name := test.inputs["baseline"]; name != "" {
				command{dir: dir}.must(t, "tcplint", "baseline", "--output", name)
			}
			out, status, set := a.execute(t, check, dir, test.inputs)
			if status != test.status {
				t.Errorf("exit status %d, want %d", status, test.status)
			}
			for _, rule := range test.said {
				if !ruleIn(out, rule) {
					t.Errorf("%s is not named", rule)
				}
			}
			for _, rule := range test.unsaid {
				if ruleIn(out, rule) {
					t.Errorf("%s is named", rule)
				}
			}
			if test.inputs["formats"] == "" && len(test.said) > 0 && !regexp.MustCompile(`(?m)^::(error|warning) .*file=`).MatchString(out) {
				t.Error("there are no annotations")
			}
			if d := cmp.Diff(test.set, set); d != "" {
				t.Errorf("outputs (-want +got):\n%s", d)
			}
			for _, name := range test.wrote {
				text := read(t, filepath.Join(dir, name))
				var sarif struct{ Version string }
				if strings.HasSuffix(name, ".sarif") && (json.Unmarshal([]byte(text), &sarif) != nil || sarif.Version != "2.1.0") {
					t.Errorf("%s is not SARIF:\n%s", name, text)
				}
			}
			if _, err := os.Stat(filepath.Join(dir, "here")); err == nil {
				t.Error("an input was taken for code")
			}
			if t.Failed() {
				t.Logf("the log:\n%s", out)
			}
		})
	}
}
