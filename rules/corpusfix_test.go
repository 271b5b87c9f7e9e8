package rules_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tcplint/tcplint/internal/diff"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// A repair is what fixes make of one file of the corpus.
type repair struct {
	corpusFile

	in  model.Input
	out *lint.Outcome
}

// A corpusRun is one way of fixing the corpus.
type corpusRun struct {
	name   string
	target model.Target
	allow  lint.Safety
}

// TestCorpusFix applies all fixes to every file alone and looks at the result
// in every way that the project promises.
func TestCorpusFix(t *testing.T) {
	t.Parallel()
	for _, r := range []corpusRun{
		{"safe", window, lint.Safe},
		{"unsafe", window, lint.Unsafe},
		{"safe for nginx 1.22.1", debian, lint.Safe},
		{"unsafe for nginx 1.22.1", debian, lint.Unsafe},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			repairs := r.fix(t)
			t.Run("laws", func(t *testing.T) { r.checkLaws(t, repairs) })
			t.Run("effects", func(t *testing.T) { r.checkEffects(t, repairs) })
			t.Run("git apply", func(t *testing.T) { gitApply(t, repairs) })
			t.Run("nginx -t", func(t *testing.T) { askNginx(t, repairs) })
		})
	}
}

// fix returns the repairs of all files, those that change nothing among them.
func (r corpusRun) fix(t *testing.T) []*repair {
	t.Helper()
	var repairs []*repair
	changed, applied := 0, 0
	reasons := map[string]int{}
	files := corpus(t)
	for _, f := range slices.Concat(files, hosts(files)) {
		x := &repair{corpusFile: f, in: corpusInput(t, f, r.target)}
		x.out = lint.FixAll([]model.Input{x.in}, options, r.allow)
		repairs = append(repairs, x)
		if len(x.out.Changes) > 0 {
			changed++
		}
		applied += len(x.out.Applied)
		for _, d := range x.out.Dropped {
			reasons[fmt.Sprintf("%s: %s", d.Finding.Rule.ID, d.Reason)]++
		}
	}
	if applied == 0 {
		t.Error("no fix was applied to the whole corpus")
	}
	t.Logf("%d fixes applied, %d of %d files changed", applied, changed, len(repairs))
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		t.Logf("%d dropped, %s", reasons[reason], reason)
	}
	return repairs
}

// checkLaws: what is changed parses as well as before, nothing but the edits
// changes it, and a second run finds nothing to do.
func (r corpusRun) checkLaws(t *testing.T, repairs []*repair) {
	t.Helper()
	for _, x := range repairs {
		if x.out.Unfinished {
			t.Errorf("%s: the fixes never come to an end", x.path)
		}
		for _, c := range x.out.Changes {
			if slices.Contains(x.in.Sysctl, c.Old) {
				if was, is := sysctl.Parse(c.Old).Errors, sysctl.Parse(c.New).Errors; len(is) > len(was) {
					t.Errorf("%s: the fixed file has lines that sysctl does not read: %v", c.New.Path, is)
				}
			} else if was, is := nginx.Parse(c.Old).Errors, nginx.Parse(c.New).Errors; len(is) > len(was) {
				t.Errorf("%s: the fixed file does not parse: %v", c.New.Path, is)
			}
			if got := replay(c.Old, x.out.Applied); got != c.New.Text {
				t.Errorf("%s: the fixed file is not the old one with the edits made:\n%s", c.New.Path,
					diff.Unified("edited", got, "fixed", c.New.Text))
			}
		}
		if len(x.out.Changes) == 0 {
			if len(x.out.Applied) > 0 {
				t.Errorf("%s: %d fixes change nothing", x.path, len(x.out.Applied))
			}
			continue
		}
		again := lint.FixAll([]model.Input{patched(x.in, x.out)}, options, r.allow)
		for _, c := range again.Changes {
			t.Errorf("a second run changes %s again:\n%s", c.Old.Path, diff.Unified("once", c.Old.Text, "twice", c.New.Text))
		}
	}
}

// checkEffects: no location does anything else than before but for what the
// fixes say that they change.
func (r corpusRun) checkEffects(t *testing.T, repairs []*repair) {
	t.Helper()
	locations := 0
	for _, x := range repairs {
		if x.in.Main == nil || len(x.out.Changes) == 0 {
			continue
		}
		throughMaps := r.allow == lint.Safe
		before, after := model.Build(x.in), model.Build(patched(x.in, x.out))
		was, is := effectsOf(before, throughMaps), effectsOf(after, throughMaps)
		locations += len(is)
		for _, problem := range compareEffects(was, is, x.out.Applied) {
			t.Errorf("%s: %s", x.path, problem)
		}
		if r.allow == lint.Safe {
			for _, problem := range otherHeaders(was, is) {
				t.Errorf("%s: %s", x.path, problem)
			}
		}
	}
	t.Logf("%d locations with a pass in changed configurations", locations)
	if locations == 0 {
		t.Error("there is nothing to compare")
	}
}

// patched is an input with the changed files in place of the old ones.
func patched(in model.Input, out *lint.Outcome) model.Input {
	files := map[string]*source.File{}
	for _, c := range out.Changes {
		files[c.New.Path] = c.New
	}
	swap := func(f *source.File) *source.File {
		if f != nil && files[f.Path] != nil {
			return files[f.Path]
		}
		return f
	}
	in.Main, in.Attach = swap(in.Main), swap(in.Attach)
	in.Sysctl = slices.Clone(in.Sysctl)
	for i := range in.Sysctl {
		in.Sysctl[i] = swap(in.Sysctl[i])
	}
	if in.Reader != nil {
		in.Reader = swapped{in.Reader, swap}
	}
	return in
}

// swapped is a Reader with some files replaced.
type swapped struct {
	model.Reader

	swap func(*source.File) *source.File
}

// Read implements model.Reader.
func (s swapped) Read(name string) (*source.File, error) {
	f, err := s.Reader.Read(name)
	return s.swap(f), err
}

// replay makes the edits of the applied fixes once more, round by round, with
// as little knowledge as possible: the bytes between the edits stay.
func replay(old *source.File, applied []lint.Finding) string {
	text := old.Text
	done := map[*source.File]bool{}
	for {
		var of *source.File
		var edits []source.Edit
		for _, x := range applied {
			for _, e := range x.Fix.Edits {
				if e.File.Path != old.Path || done[e.File] || of != nil && e.File != of {
					continue
				}
				of = e.File
				if !slices.Contains(edits, e.Edit) {
					edits = append(edits, e.Edit)
				}
			}
		}
		if of == nil || of.Text != text {
			return text
		}
		done[of] = true
		slices.SortStableFunc(edits, func(a, b source.Edit) int {
			return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Span.End, b.Span.End))
		})
		for _, e := range slices.Backward(edits) {
			text = text[:e.Span.Start] + e.New + text[e.Span.End:]
		}
	}
}

// gitApply hands the diffs of all changed files to git, which must accept them
// and make the new files of the old ones. Every repair gets a folder of its own,
// since several may change one file that they share.
func gitApply(t *testing.T, repairs []*repair) {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		oracleMissing(t, "git is not installed")
	}
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), git, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "HOME="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	var patch strings.Builder
	want := map[string]string{}
	for i, x := range repairs {
		for _, c := range x.out.Changes {
			name := fmt.Sprintf("%d/%s", i, c.Old.Path)
			writeFile(t, filepath.Join(dir, filepath.FromSlash(name)), c.Old.Text)
			patch.WriteString(diff.Unified("a/"+name, c.Old.Text, "b/"+name, c.New.Text))
			want[name] = c.New.Text
		}
	}
	writeFile(t, filepath.Join(dir, "fixes.patch"), patch.String())
	run("init", "--quiet")
	run("apply", "--check", "fixes.patch")
	run("apply", "fixes.patch")
	for name, text := range want {
		if got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))); err != nil || string(got) != text {
			t.Errorf("git apply makes something else of %s: %v\n%s", name, err, diff.Unified("fixed", text, "applied", string(got)))
		}
	}
	t.Logf("git applies the diffs of %d files", len(want))
}

func writeFile(tb testing.TB, name, text string) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// askNginx lets the oldest nginx that is here test every configuration before and, where
// it is changed, after: what it accepted it must accept still.
func askNginx(t *testing.T, repairs []*repair) {
	t.Helper()
	o := oracles(t)[0]
	said := make([]verdicts, len(repairs))
	var group sync.WaitGroup
	for i, x := range repairs {
		if x.in.Main != nil {
			group.Go(func() { said[i] = o.look(t, x) })
		}
	}
	group.Wait()
	type count struct{ read, accepted, changed, before, after int }
	counts, refusals, judged := map[string]*count{}, map[string]int{}, 0
	for i, x := range repairs {
		if x.in.Main == nil {
			continue
		}
		c, v := counts[x.kind], said[i]
		if c == nil {
			c = &count{}
			counts[x.kind] = c
		}
		c.read++
		if v.asItIs == "" {
			c.accepted++
		}
		if len(x.out.Changes) == 0 {
			continue
		}
		c.changed++
		if v.before != "" {
			refusals[reasonOf(v.before)]++
			continue
		}
		judged++
		c.before++
		if v.after == "" {
			c.after++
			continue
		}
		t.Errorf("%s: nginx accepted the file before the fixes and refuses it now: %s", x.path, v.after)
		for _, c := range x.out.Changes {
			t.Log(diff.Unified("a/"+c.Old.Path, c.Old.Text, "b/"+c.New.Path, c.New.Text))
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		c := counts[kind]
		t.Logf("%s: nginx accepts %d of %d as they are; %d are changed by fixes, of which nginx accepts %d before and %d after",
			kind, c.accepted, c.read, c.changed, c.before, c.after)
	}
	for _, reason := range slices.Sorted(maps.Keys(refusals)) {
		t.Logf("%d refused before: %s", refusals[reason], reason)
	}
	if judged == 0 {
		t.Error("nginx had nothing to judge")
	}
}
