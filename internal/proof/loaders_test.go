//go:build linux

package proof

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
	"github.com/tcplint/tcplint/rules"
)

// loadersDir names the folder into which loaders.sh has unpacked the loaders of
// other releases.
const loadersDir = "TCPLINT_LOADERS"

// A loader is a program of one release, in the root of that release.
type loader struct {
	name, root, command string
	kind                model.Loader
}

// loaders are those of this machine, and those of other releases that are there.
func loaders(t *testing.T) []loader {
	t.Helper()
	if out, err := exec.Command("unshare", "--mount", "--net", "true").CombinedOutput(); err != nil {
		if os.Getenv(linttest.RequireOracles) == "1" && os.Getuid() == 0 {
			t.Fatalf("no namespace: %v\n%s", err, out)
		}
		t.Skipf("no oracle: no namespace can be made: %v", err)
	}
	all := []loader{
		{"procps", "", "/usr/sbin/sysctl --system", model.Procps},
		{"systemd", "", "/lib/systemd/systemd-sysctl", model.Systemd},
	}
	for _, l := range all {
		if _, err := os.Stat(strings.Fields(l.command)[0]); err != nil {
			if os.Getenv(linttest.RequireOracles) == "1" {
				t.Fatalf("%s is not installed", l.name)
			}
			t.Skipf("no oracle: %s is not installed", l.name)
		}
	}
	dir := os.Getenv(loadersDir)
	if dir == "" {
		t.Logf("those of other releases are not there: run loaders.sh DIR and set %s=DIR", loadersDir)
		return all
	}
	for _, suite := range []string{"trixie", "forky"} {
		root, err := filepath.Abs(filepath.Join(dir, suite))
		if _, missing := os.Stat(root); err != nil || missing != nil {
			t.Logf("those of %s are not in %s: loaders.sh says why", suite, dir)
			continue
		}
		all = append(all, loader{suite + "'s procps", root, "/usr/sbin/sysctl --system", model.Procps},
			loader{suite + "'s systemd", root, "/usr/lib/systemd/systemd-sysctl", model.Systemd})
	}
	return all
}

// A layout is the settings of one host: texts by their paths.
type layout map[string]string

func (l layout) paths() []string {
	var paths []string
	for p := range l {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

func (l layout) String() string {
	var b strings.Builder
	for _, p := range l.paths() {
		fmt.Fprintf(&b, "-- %s --\n%s", p, l[p])
	}
	return b.String()
}

// input is what tcplint is told of the layout.
func (l layout) input(kernel facts.Range) model.Input {
	in := model.Input{Target: model.Target{Nginx: facts.NginxWindow(), Kernel: kernel}}
	for _, p := range l.paths() {
		in.Sysctl = append(in.Sysctl, source.NewFile(p, l[p]))
	}
	return in
}

// A patched layout is one before and after the patches of a safety.
type patched struct {
	before, after layout
	safety        lint.Safety
	// may are the keys that the patches name: their lines are changed for the
	// sake of the value. The lines of the others are not.
	may map[string]bool
}

// keepers are rules whose safe patches leave all values as they are: what they
// take out or move does nothing.
var keepers = []string{"sysctl-duplicate-key", "sysctl-syntax", "sysctl-tcp-tw-recycle", "sysctl-vendor-key"}

// patch applies all patches that a safety allows.
func patch(before layout, kernel facts.Range, safety lint.Safety) (p patched, ok bool) {
	var few []*lint.Rule
	for _, r := range rules.All() {
		if strings.HasPrefix(r.ID, "sysctl-") {
			few = append(few, r)
		}
	}
	out := lint.FixAll([]model.Input{before.input(kernel)}, lint.Options{Rules: few, Known: rules.IDs()}, safety)
	p = patched{before: before, after: maps.Clone(before), safety: safety, may: map[string]bool{}}
	for _, c := range out.Changes {
		p.after[c.New.Path] = c.New.Text
	}
	for _, f := range out.Applied {
		// Behind a number, the kernel ignores a comment.
		ignored := f.Rule.ID == "sysctl-inline-comment" && f.Severity == lint.Info
		if f.Fix.Safety == lint.Safe && (slices.Contains(keepers, f.Rule.ID) || ignored) {
			continue
		}
		for _, e := range f.Fix.Edits {
			p.touch(e)
		}
	}
	return p, len(out.Changes) > 0
}

// touch notes the keys of the lines that an edit takes out, changes or writes.
func (p *patched) touch(e lint.FileEdit) {
	note := func(text string, in source.Span) {
		for _, entry := range sysctl.Parse(source.NewFile("", text)).Entries {
			if entry.Line.Start <= in.End && in.Start <= entry.Line.End {
				p.may[strings.TrimSpace(entry.Key.Value)] = true
			}
		}
	}
	note(e.File.Text, e.Edit.Span)
	text := e.File.Text[:e.Edit.Span.Start] + e.Edit.New + e.File.Text[e.Edit.Span.End:]
	note(text, source.Span{Start: e.Edit.Span.Start, End: e.Edit.Span.Start + len(e.Edit.New)})
}

// TestPatchesOfSettings lets every loader read files before and after the patches
// of the sysctl rules, each time in a network of its own, and compares what the
// kernel says then.
func TestPatchesOfSettings(t *testing.T) {
	t.Parallel()
	kernel := here(t)[0].Kernel
	all := loaders(t)
	r := rand.New(rand.NewPCG(9, 3))
	var layouts []layout
	for range 200 {
		layouts = append(layouts, generated(r))
	}
	layouts = append(layouts, fromCorpus(t)...)
	var cases []patched
	for _, l := range layouts {
		for _, safety := range []lint.Safety{lint.Safe, lint.Unsafe} {
			if p, ok := patch(l, kernel, safety); ok {
				cases = append(cases, p)
			}
		}
	}
	if len(cases) < 200 {
		t.Errorf("only %d patches", len(cases))
	}
	for _, l := range all {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			booted := l.boot(t, cases)
			bad := 0
			for _, c := range cases {
				if diff := changed(booted[c.before.String()], booted[c.after.String()], c.may); diff != "" && bad < 5 {
					bad++
					t.Errorf("the %v patches change what is not theirs:\n%s-- before --\n%s\n-- after --\n%s", c.safety, diff, c.before, c.after)
				}
			}
			t.Logf("%d patched layouts", len(cases))
			l.compareHeld(t, cases, booted, kernel)
		})
	}
}

// compareHeld compares what the model says that a kernel holds with what it does.
func (l loader) compareHeld(t *testing.T, cases []patched, booted map[string]map[string]string, kernel facts.Range) {
	t.Helper()
	compared, bad := 0, 0
	for _, c := range cases {
		in := c.before.input(kernel)
		in.Target.Loader = l.kind
		settings := model.Build(in).Sysctl
		for _, key := range settings.Keys() {
			text, there := booted[c.before.String()][strings.ReplaceAll(key, ".", "/")]
			want, known := settings.Held(l.kind, key)
			if k, ok := facts.ParamOf(key); !ok || !k.Netns || !there || !known || len(want) == 0 {
				continue // the host's own cannot be written here
			}
			compared++
			got := strings.Fields(text)
			if want[0] == "none" {
				want = nil
			}
			if bad < 5 && !slices.Equal(got[:min(len(got), len(want))], want) {
				bad++
				t.Errorf("%s is %v, the model says %v:\n%s", key, got, want, c.before)
			}
		}
	}
	t.Logf("%d values were compared", compared)
	if compared < 500 {
		t.Errorf("only %d values were compared", compared)
	}
}

// changed lists the values that differ, but for those of some keys.
func changed(before, after map[string]string, may map[string]bool) string {
	var b strings.Builder
	for path, old := range before {
		key := strings.ReplaceAll(path, "/", ".")
		if now := after[path]; now != old && !may[key] {
			fmt.Fprintf(&b, "%s: %q, then %q\n", key, old, now)
		}
	}
	return b.String()
}

// boot writes each layout to a root, runs the loader there and reads the settings
// that matter to it. What it returns is by the layout's text.
func (l loader) boot(t *testing.T, cases []patched) map[string]map[string]string {
	t.Helper()
	dir := t.TempDir()
	var script strings.Builder
	fmt.Fprintf(&script, "root='%s' own='%s'\n%s", l.root, filepath.Join(dir, "machine"), bootScript)
	var texts []string
	booted := map[string]map[string]string{}
	for _, c := range cases {
		for _, layout := range []layout{c.before, c.after} {
			text := layout.String()
			if booted[text] != nil {
				continue
			}
			at := filepath.Join(dir, strconv.Itoa(len(texts)))
			layout.write(t, at)
			fmt.Fprintf(&script, "boot '%s' '%s' '%s'\n", at, l.command, strings.Join(c.paths(), " "))
			booted[text] = map[string]string{}
			texts = append(texts, text)
		}
	}
	cmd := exec.Command("sh", "-s")
	cmd.Stdin = strings.NewReader(script.String())
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &errs)
	}
	n := -1
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "== booted" {
			n++
			continue
		}
		path, value, _ := strings.Cut(line, ":")
		if !strings.HasPrefix(path, "net/") {
			value, _, _ = strings.Cut(value, " #") // a file of no effect keeps what a kernel passes over
		}
		booted[texts[n]][path] += value + "\n"
	}
	if n+1 != len(texts) {
		t.Fatalf("%d of %d layouts were booted\n%s", n+1, len(texts), &errs)
	}
	return booted
}

// write makes the files of a layout below a folder.
func (l layout) write(t *testing.T, at string) {
	t.Helper()
	for _, folder := range []string{"etc/sysctl.d", "run/sysctl.d", "usr/local/lib/sysctl.d", "usr/lib/sysctl.d"} {
		if err := os.MkdirAll(filepath.Join(at, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range append(l.paths(), "etc/sysctl.conf") {
		if err := os.WriteFile(filepath.Join(at, path), []byte(l[path]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// paths are those of all keys that the lines before or after set, for every
// interface, and of what they may change besides.
func (p patched) paths() []string {
	paths := map[string]bool{}
	for _, l := range []layout{p.before, p.after} {
		for name, text := range l {
			for _, e := range sysctl.Parse(source.NewFile(name, text)).Entries {
				key := sysctl.NormalizeKey(strings.TrimLeft(e.Key.Value, " "))
				parts := strings.Split(key, ".")
				if len(parts) == 5 && parts[0] == "net" {
					parts[3] = "*"
				}
				if path := strings.Join(parts, "/"); plainPath(path) {
					paths[path] = true
				}
			}
		}
	}
	for _, also := range []string{"net/ipv4/conf/*/forwarding", "net/ipv4/conf/all/accept_redirects", "net/ipv6/conf/*/forwarding", "net/ipv6/conf/*/disable_ipv6"} {
		paths[also] = true
	}
	return slices.Sorted(maps.Keys(paths))
}

// plainPath reports whether a path may stand in a script as it is.
func plainPath(path string) bool {
	return !strings.ContainsFunc(path, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("/_-*", c)
	})
}

// bootScript gives each layout a network with two interfaces, and files in place of
// the settings that belong to the machine, so that nothing can reach those.
const bootScript = `
mkdir "$own"
for d in kernel vm fs; do
	cp -r /proc/sys/$d "$own/$d" 2>/dev/null || true
done
boot() {
	unshare --mount --net --propagation private sh -c '
		set -e
		layout=$1 command=$2 paths=$3 root=$4 own=$5
		ip link add v0 type veth peer name v1
		ip link set lo up
		mount -t tmpfs none /mnt
		for d in kernel vm fs; do
			mkdir /mnt/$d /mnt/$d.work
			mount -t overlay none -o lowerdir="$own/$d",upperdir=/mnt/$d,workdir=/mnt/$d.work /proc/sys/$d
		done
		[ -z "$root" ] || mount --rbind /proc "$root/proc"
		for d in etc/sysctl.d run/sysctl.d usr/local/lib/sysctl.d usr/lib/sysctl.d; do
			[ ! -d "$root/$d" ] || mount --bind "$layout/$d" "$root/$d"
		done
		[ ! -e "$root/etc/sysctl.conf" ] || mount --bind "$layout/etc/sysctl.conf" "$root/etc/sysctl.conf"
		echo "== booted"
		if [ -z "$root" ]; then $command; else chroot "$root" $command; fi >/dev/null 2>&1 || true
		cd /proc/sys
		grep -s "" /dev/null $paths || true
	' sh "$1" "$2" "$3" "$root" "$own" || echo "cannot boot $1" >&2
}
`
