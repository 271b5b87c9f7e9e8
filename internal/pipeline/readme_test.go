package pipeline

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReadme executes every block of the README but the output that it shows,
// which TestReadmeOutput of cmd/tcplint keeps.
func TestReadme(t *testing.T) {
	oracle(t, "bash", "git")
	build(t)
	d := &document{hooks: hooks(t)}
	d.env = append(proxy(t, release), gitEnv...)
	tried := map[string]func(t *testing.T, text string){
		"incidents":   incidentBlock,
		"gate":        gateBlock,
		"install":     d.installBlock,
		"commands":    commandsBlock,
		"fleet":       fleetBlock,
		"patch":       d.patchBlock,
		"pre-commit":  d.preCommit,
		"config":      configBlock,
		"suppression": suppressionBlock,
	}
	for _, b := range blocks(t, "README.md") {
		if b.mark == "" && strings.HasPrefix(b.text, "$ tcplint check .\n") {
			continue
		}
		try := tried[b.mark]
		if try == nil {
			t.Errorf("README.md:%d: nothing tests this block of %s, marked %q", b.line, b.language, b.mark)
			continue
		}
		delete(tried, b.mark)
		t.Run(b.mark, func(t *testing.T) { try(t, b.text) })
	}
	for mark := range tried {
		t.Errorf("README.md has no block marked %q", mark)
	}
}

// incidentBlock runs what the README gives for a first look, from the project's
// folder.
func incidentBlock(t *testing.T, text string) {
	t.Helper()
	before := command{dir: project()}
	out, status := before.run(t, "bash", "-c", text)
	for _, want := range []string{"1-event-stream/", "2-time-wait/", "3-starved-health-checks/", "4-random-502/", "\n+++ b/testdata/incidents/2-time-wait/sysctl.conf\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("exit status %d, and nothing of %s in\n%s", status, want, out)
		}
	}
}

// gateBlock compares the commands for the tests with what the gate runs.
func gateBlock(t *testing.T, text string) {
	t.Helper()
	here, oracle, ok := strings.Cut(strings.TrimSpace(text), " && ")
	if !ok {
		t.Fatalf("%q is not both commands", text)
	}
	gate := read(t, filepath.Join(project(), ".ci", "run"))
	in := strings.NewReplacer("go test ", "go test -race ", "(", "", ")", "")
	for _, want := range []string{in.Replace(here), "cd internal/oracle && go mod tidy -diff", in.Replace(strings.TrimPrefix(oracle, "(cd internal/oracle && "))} {
		if !regexp.MustCompile(`(?m)[ (]` + regexp.QuoteMeta(want) + `\)?(?:$| )`).MatchString(gate) {
			t.Errorf(".ci/run does not run %q", want)
		}
	}
}

func (d *document) installBlock(t *testing.T, text string) {
	t.Helper()
	if out, status := d.script(t, project(), text+"tcplint version\n"); status != 0 || !strings.Contains(out, "tcplint ") {
		t.Errorf("exit status %d\n%s", status, out)
	}
}

// commandsBlock holds the list of commands against the program's own.
func commandsBlock(t *testing.T, text string) {
	t.Helper()
	help := command{dir: t.TempDir()}.must(t, "tcplint", "--help")
	_, help, _ = strings.Cut(help, "Commands:\n")
	help, _, _ = strings.Cut(help, "\n\n")
	var want []string
	for line := range strings.Lines(help) {
		if name := strings.Fields(line)[0]; name != "completion" && name != "help" {
			want = append(want, name)
		}
	}
	var got []string
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "tcplint "); ok {
			got = append(got, strings.Fields(rest)[0])
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("the README lists %q, tcplint --help %q", got, want)
	}
}

// fleetBlock asks about three snapshots of this machine, in a repository whose settings
// it does not have.
func fleetBlock(t *testing.T, text string) {
	t.Helper()
	c := command{dir: repository(t, map[string]string{"sysctl.d/99-net.conf": "net.core.somaxconn = 31999\n"})}
	if err := os.Mkdir(filepath.Join(c.dir, "snapshots"), 0o755); err != nil { //nolint:gosec // nothing in it is secret
		t.Fatal(err)
	}
	for _, host := range []string{"web-1", "web-2", "web-3"} {
		c.must(t, "tcplint", "collect", "--interval", "0", "-o", filepath.Join("snapshots", host+".tar.gz"))
	}
	for line := range strings.Lines(text) {
		out, status := c.run(t, "bash", "-c", line)
		if status > 1 {
			t.Errorf("%sexit status %d\n%s", line, status, out)
		}
		want := "3 hosts"
		if strings.Contains(line, "--against") {
			want = "net.core.somaxconn"
		}
		if file := "fleet.html"; strings.Contains(line, file) {
			out = read(t, filepath.Join(c.dir, file))
		}
		if !strings.Contains(out, want) {
			t.Errorf("%snothing of %s in\n%s", line, want, out)
		}
	}
}

// patchBlock applies a patch, after which there is nothing left to fix.
func (d *document) patchBlock(t *testing.T, text string) {
	t.Helper()
	dir := repository(t, badFiles)
	// A diff is status 1 for tcplint, which is not the last of the pipe.
	if out, status := (command{dir, append(slices.Clone(d.env), "PATH="+bin+":/usr/bin:/bin")}).run(t, "bash", "-c", text); status != 0 {
		t.Fatalf("exit status %d\n%s", status, out)
	}
	c := command{dir, gitEnv}
	if changed := c.must(t, "git", "diff", "--name-only"); changed != "nginx/conf.d/app.conf\nnginx/nginx.conf\nsysctl.d/99-net.conf\n" {
		t.Errorf("changed are %q", changed)
	}
	c.must(t, "tcplint", "fix", "--dry-run", ".")
}

// configBlock has the configuration read.
func configBlock(t *testing.T, text string) {
	t.Helper()
	c := command{dir: repository(t, goodFiles)}
	write(t, filepath.Join(c.dir, ".tcplint.toml"), text, 0o644)
	out := c.must(t, "tcplint", "config")
	for _, want := range []string{"1.24", "kubernetes-1.29", "puma", "/api/live", "switched off in March"} {
		if !strings.Contains(out, want) {
			t.Errorf("nothing of %q in\n%s", want, out)
		}
	}
}

// suppressionBlock checks that the comment silences the finding, and that it is
// needed.
func suppressionBlock(t *testing.T, text string) {
	t.Helper()
	check := func(block string) (string, int) {
		c := command{dir: t.TempDir()}
		text := "events {}\nhttp {\n" + block + "server 10.0.0.1:8080;\n}\nserver { location / { proxy_pass http://reports; } }\n}\n"
		write(t, filepath.Join(c.dir, "nginx.conf"), text, 0o644)
		return c.run(t, "tcplint", "check", "--nginx", "1.28", "--select", "nginx-upstream-no-keepalive,tcplint-suppression", ".")
	}
	if out, status := check(text); status != 0 || !strings.Contains(out, "1 finding suppressed") {
		t.Errorf("exit status %d\n%s", status, out)
	}
	_, bare, _ := strings.Cut(text, "\n")
	if out, status := check(bare); status != 1 {
		t.Errorf("without the comment: exit status %d\n%s", status, out)
	}
}

// TestFormatsDoc executes the commands of docs/formats.md, in a repository with a
// fault. TestFormatsDocument of cmd/tcplint keeps its examples.
func TestFormatsDoc(t *testing.T) {
	oracle(t, "bash", "git")
	build(t)
	d := &document{env: gitEnv}
	commands := 0
	for _, b := range blocks(t, "docs/formats.md") {
		if b.language != "sh" {
			continue
		}
		commands++
		dir := repository(t, badFiles)
		out, status := d.script(t, dir, b.text)
		if status != 1 {
			t.Errorf("docs/formats.md:%d: exit status %d\n%s", b.line, status, out)
		}
		for _, m := range regexp.MustCompile(`=(\S+)`).FindAllStringSubmatch(b.text, -1) {
			if text := read(t, filepath.Join(dir, m[1])); !ruleIn(text, kernelFault) {
				t.Errorf("docs/formats.md:%d: %s does not name %s", b.line, m[1], kernelFault)
			}
		}
	}
	if commands == 0 {
		t.Error("docs/formats.md has no commands")
	}
}
