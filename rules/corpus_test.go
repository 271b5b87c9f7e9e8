package rules_test

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/csv"
	"encoding/pem"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"net/netip"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
	"github.com/tcplint/tcplint/rules"
)

// The tests here read real configurations of other people, which stay outside
// the project: the folder named by TCPLINT_CORPUS holds manifest.tsv, whose
// first two columns are a path below files/ and the kind of the file.

// corpusFile is one file of the corpus that tcplint lints, and what is read
// together with it.
type corpusFile struct {
	path, kind string
	// main is the main file of a site that it does not include here, because
	// only the folder of available sites is in the repository.
	main string
	// sysctl are the kernel settings of the same host.
	sysctl []string
}

// corpusDir is the folder of the corpus; the test is skipped if there is none.
func corpusDir(tb testing.TB) string {
	tb.Helper()
	dir := cmp.Or(os.Getenv("TCPLINT_CORPUS"), filepath.FromSlash("../../shared/corpus"))
	if _, err := os.Stat(filepath.Join(dir, "manifest.tsv")); err != nil {
		tb.Skipf("no corpus of configurations: %v (set TCPLINT_CORPUS)", err)
	}
	return dir
}

// corpus returns the nginx and sysctl files, without what is a template.
func corpus(tb testing.TB) []corpusFile {
	tb.Helper()
	dir := corpusDir(tb)
	list, err := os.ReadFile(filepath.Join(dir, "manifest.tsv"))
	if err != nil {
		tb.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(list))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	var files []corpusFile
	for _, row := range rows[1:] {
		if len(row) < 2 || !slices.Contains([]string{"nginx-full", "nginx-fragment", "nginx-testsuite", "sysctl-conf"}, row[1]) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, "files", filepath.FromSlash(row[0])))
		if err != nil {
			tb.Fatal(err)
		}
		if kind, _ := detect.Detect(row[0], string(text)); kind == detect.Nginx || kind == detect.Sysctl {
			f := corpusFile{path: row[0], kind: row[1]}
			main := path.Join(path.Dir(path.Dir(f.path)), "nginx.conf")
			if _, err := os.Stat(filepath.Join(dir, "files", filepath.FromSlash(main))); err == nil && strings.Contains(f.path, "/sites-available/") {
				f.main = main
			}
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		tb.Fatal("the corpus holds no file that can be linted")
	}
	return files
}

// hosts pairs every main file with the kernel settings that lie in the same
// repository.
func hosts(files []corpusFile) []corpusFile {
	repo := func(f corpusFile) string { return f.path[:strings.IndexByte(f.path, '/')] }
	settings := map[string][]string{}
	for _, f := range files {
		if f.kind == "sysctl-conf" {
			settings[repo(f)] = append(settings[repo(f)], f.path)
		}
	}
	var out []corpusFile
	for _, f := range files {
		if f.sysctl = settings[repo(f)]; f.kind == "nginx-full" && f.sysctl != nil {
			f.kind = "host"
			out = append(out, f)
		}
	}
	return out
}

// A disk is a model.Reader of the files of one repository of the corpus. Paths
// begin with the repository's name; nothing outside it exists.
type disk struct {
	root, repo string
	files      map[string]*source.File
}

func newDisk(tb testing.TB, file string) *disk {
	tb.Helper()
	repo, _, _ := strings.Cut(file, "/")
	return &disk{root: filepath.Join(corpusDir(tb), "files"), repo: repo, files: map[string]*source.File{}}
}

func (d *disk) resolve(name string) (string, error) {
	name = path.Clean(name)
	if name != d.repo && !strings.HasPrefix(name, d.repo+"/") {
		return "", fmt.Errorf("%s is outside %s: %w", name, d.repo, fs.ErrNotExist)
	}
	return filepath.Join(d.root, filepath.FromSlash(name)), nil
}

// Read implements model.Reader.
func (d *disk) Read(name string) (*source.File, error) {
	full, err := d.resolve(name)
	if err != nil {
		return nil, err
	}
	name = path.Clean(name)
	if f := d.files[name]; f != nil {
		return f, nil
	}
	text, err := os.ReadFile(full)
	if err != nil {
		return nil, err
	}
	d.files[name] = source.NewFile(name, string(text))
	return d.files[name], nil
}

// List implements model.Reader.
func (d *disk) List(dir string) ([]string, error) {
	full, err := d.resolve(dir)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(full)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// corpusInput is what one file is read as.
func corpusInput(tb testing.TB, f corpusFile, target model.Target) model.Input {
	tb.Helper()
	d := newDisk(tb, f.path)
	read := func(name string) *source.File {
		file, err := d.Read(name)
		if err != nil {
			tb.Fatal(err)
		}
		return file
	}
	in := model.Input{Target: target, Trees: model.NewTrees()}
	for _, name := range f.sysctl {
		in.Sysctl = append(in.Sysctl, read(name))
	}
	switch {
	case f.kind == "sysctl-conf":
		in.Sysctl = append(in.Sysctl, read(f.path))
		return in
	case f.main != "":
		in.Main, in.Attach = read(f.main), read(f.path)
	default:
		in.Main = read(f.path)
	}
	in.Reader = d
	return in
}

// The targets of the runs over the corpus.
var (
	window  = model.Target{Nginx: facts.NginxWindow(), Kernel: facts.KernelWindow()}
	debian  = model.Target{Nginx: facts.Only(facts.V(1, 22, 1)), Kernel: facts.KernelWindow()}
	options = lint.Options{Rules: rules.All(), Known: rules.IDs()}
)

// slowest is more time than any file of the corpus may take, however busy the
// machine; without a fault a file takes a thousandth of it.
const slowest = 20 * time.Second

// TestCorpusFindings lints every file and looks at what is reported: it lies in
// the file and can be printed.
func TestCorpusFindings(t *testing.T) {
	t.Parallel()
	type count struct{ findings, fixes, files int }
	counts := map[string]*count{}
	worst, worstPath, files := time.Duration(0), "", corpus(t)
	for _, f := range slices.Concat(files, hosts(files)) {
		o := options
		if f.main != "" {
			o.Only = map[string]bool{f.path: true} // what the main file has is counted with it
		}
		start := time.Now()
		host := model.Build(corpusInput(t, f, window))
		res := lint.Run([]*model.Host{host}, o)
		if took := time.Since(start); took > worst {
			worst, worstPath = took, f.path
		}
		seen := map[string]bool{}
		for _, x := range res.Findings {
			checkFinding(t, host, x)
			id := x.Rule.ID
			if f.kind == "host" && !strings.HasPrefix(id, "host-") {
				continue // counted with its file
			}
			if counts[id] == nil {
				counts[id] = &count{}
			}
			counts[id].findings++
			if x.Fix != nil && x.Fix.Safety > lint.Shown {
				counts[id].fixes++
			}
			if !seen[id] {
				seen[id] = true
				counts[id].files++
			}
		}
	}
	if worst > slowest {
		t.Errorf("%s takes %v", worstPath, worst)
	}
	t.Logf("%d files; the slowest is %s: %v", len(files), worstPath, worst.Round(time.Microsecond))
	for _, id := range slices.Sorted(maps.Keys(counts)) {
		c := counts[id]
		t.Logf("%s: %d findings in %d files, %d with a fix", id, c.findings, c.files, c.fixes)
	}
}

// checkFinding looks at the form of one finding.
func checkFinding(t *testing.T, h *model.Host, x lint.Finding) {
	t.Helper()
	where := fmt.Sprintf("%s:%d: [%s]", x.At.File.Path, x.At.File.Position(x.At.Span.Start).Line, x.Rule.ID)
	inside := func(what string, at lint.Place, empty bool) {
		switch {
		case !slices.Contains(h.Files(), at.File):
			t.Errorf("%s %s lies in %s, which does not belong to the host", where, what, at.File.Path)
		case at.Span.Start < 0 || at.Span.End > len(at.File.Text) || at.Span.Start > at.Span.End:
			t.Errorf("%s %s %v lies outside the file", where, what, at.Span)
		case at.Span.Len() == 0 && at.Span.Start < len(at.File.Text) && !empty:
			t.Errorf("%s %s %v is empty", where, what, at.Span)
		}
	}
	say := func(what, text string) {
		checkSentence(t, where+" "+what, text)
		if !utf8.ValidString(text) && utf8.ValidString(x.At.File.Text) {
			t.Errorf("%s %s is not valid UTF-8: %q", where, what, text)
		}
	}
	inside("the finding", x.At, false)
	say("message", x.Msg)
	if x.Versions != "" {
		say("versions", x.Versions)
	}
	for _, n := range x.Notes {
		say("note", n.Msg)
		if n.At.File != nil {
			inside("a note", n.At, false)
		}
	}
	if x.Fix == nil {
		return
	}
	say("fix", x.Fix.Title)
	for _, e := range x.Fix.Edits {
		inside("an edit", lint.Place{File: e.File, Span: e.Edit.Span}, true)
	}
}

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
					unifiedDiff("edited", got, "fixed", c.New.Text))
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
			t.Errorf("a second run changes %s again:\n%s", c.Old.Path, unifiedDiff("once", c.Old.Text, "twice", c.New.Text))
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

func unifiedDiff(oldName, old, newName, text string) string {
	return string(diff.Diff(oldName, []byte(old), newName, []byte(text)))
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
			patch.WriteString(unifiedDiff("a/"+name, c.Old.Text, "b/"+name, c.New.Text))
			want[name] = c.New.Text
		}
	}
	writeFile(t, filepath.Join(dir, "fixes.patch"), patch.String())
	run("init", "--quiet")
	run("apply", "--check", "fixes.patch")
	run("apply", "fixes.patch")
	for name, text := range want {
		if got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))); err != nil || string(got) != text {
			t.Errorf("git apply makes something else of %s: %v\n%s", name, err, unifiedDiff("fixed", text, "applied", string(got)))
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

// oracleMissing skips a test for lack of a program, or fails where it has to be
// there.
func oracleMissing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv(linttest.RequireOracles) == "1" {
		t.Fatal("no oracle: " + what)
	}
	t.Skip("no oracle: " + what)
}

// askNginx lets the installed nginx test every configuration before and, where
// it is changed, after: what it accepted it must accept still.
func askNginx(t *testing.T, repairs []*repair) {
	t.Helper()
	o := findOracle(t)
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
			t.Log(unifiedDiff("a/"+c.Old.Path, c.Old.Text, "b/"+c.New.Path, c.New.Text))
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

// verdicts are nginx's refusals of one repair; empty where it accepts. Before and
// after are those of a changed configuration, mended as far as that takes.
type verdicts struct{ asItIs, before, after string }

func (o *nginxOracle) look(t *testing.T, x *repair) verdicts {
	t.Helper()
	host := model.Build(x.in)
	v := verdicts{asItIs: o.test(t, host, mending{})}
	if len(x.out.Changes) == 0 {
		return v
	}
	var m mending
	v.before = v.asItIs
	for range 20 { // until it is accepted, or refused for what cannot be mended
		if v.before == "" || !m.add(v.before) {
			break
		}
		v.before = o.test(t, host, m)
	}
	if v.before == "" {
		v.after = o.test(t, model.Build(patched(x.in, x.out)), m)
	}
	return v
}

// reasonOf shortens a refusal so that they can be counted.
func reasonOf(stderr string) string {
	_, reason, _ := strings.Cut(stderr, "[emerg] ")
	_, reason, _ = strings.Cut(reason, ": ") // the number of the process
	reason, _, _ = strings.Cut(reason, "\n")
	return inFile.ReplaceAllString(reason, "")
}

var inFile = regexp.MustCompile(` in [^ ]+:\d+$`)

// A mending makes up for what nginx misses in a configuration that is not whole
// or meant for another build of nginx: formats, zones and variables are defined,
// and what this build does not know is left out.
type mending struct {
	prelude string   // for the http block
	without []string // directives, and arguments, that are left out
}

var mendings = []struct {
	refusal *regexp.Regexp
	prelude string
}{
	{regexp.MustCompile(`unknown log format "([^"]+)"`), "log_format %s combined;\n"},
	{regexp.MustCompile(`unknown "([^"]+)" variable`), "map $host $%s { default x; }\n"},
	{regexp.MustCompile(`"\w+_cache" zone "([^"]+)" is unknown`), "proxy_cache_path cache/%[1]s keys_zone=%[1]s:1m;\n"},
	{regexp.MustCompile(`unknown directive "([^"]+)"`), ""},
	{regexp.MustCompile(`invalid parameter "([^"]+)"`), ""},
}

// add takes account of one more refusal; not ok if there is no cure.
func (m *mending) add(refusal string) (ok bool) {
	for _, x := range mendings {
		found := x.refusal.FindStringSubmatch(refusal)
		switch {
		case found == nil:
			continue
		case x.prelude != "":
			m.prelude += fmt.Sprintf(x.prelude, found[1])
		case slices.Contains(m.without, found[1]):
			return false
		default:
			m.without = append(m.without, found[1])
		}
		return true
	}
	return false
}

// An nginxOracle is the installed nginx with all that configurations need to
// be accepted.
type nginxOracle struct {
	program, modules string
	target           facts.Range // its version
	cert, key        string
	limit            chan struct{} // how many may run at a time
	mu               sync.Mutex
	known            map[[sha256.Size]byte]func() string // refusals by configuration
}

var theOracle struct {
	sync.Once

	nginxOracle
}

var nginxVersion = regexp.MustCompile(`nginx version: nginx/([0-9.]+)`)

// findOracle returns the installed nginx; the test is skipped if there is none.
func findOracle(t *testing.T) *nginxOracle {
	t.Helper()
	o := &theOracle
	o.Do(func() {
		for _, dir := range []string{"", "/usr/sbin/"} {
			if program, err := exec.LookPath(dir + "nginx"); err == nil {
				o.program = program
			}
		}
		out, _ := exec.Command(cmp.Or(o.program, "nginx"), "-V").CombinedOutput()
		o.target = facts.Never
		if found := nginxVersion.FindSubmatch(out); found != nil {
			if v, err := facts.ParseVersion(string(found[1])); err == nil {
				o.target = facts.Only(v)
			}
		}
		_, modules, _ := strings.Cut(string(out), "--modules-path=")
		o.modules, _, _ = strings.Cut(modules, " ")
		o.limit, o.known = make(chan struct{}, 2), map[[sha256.Size]byte]func() string{}
		if o.program != "" {
			o.cert, o.key = selfSigned(t)
		}
	})
	if o.program == "" {
		oracleMissing(t, "nginx is not installed")
	}
	return &o.nginxOracle
}

// selfSigned makes a certificate and its key.
func selfSigned(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

// test returns what nginx says against a configuration, nothing if it accepts
// it. The configuration is prepared so that only its own text counts, not the
// users, certificates, names and folders of this machine.
func (o *nginxOracle) test(t *testing.T, h *model.Host, m mending) (refusal string) {
	t.Helper()
	prep := newPreparation(h, m)
	files := map[string]string{"main.conf": prep.wrapper(o.modules)}
	for _, tree := range h.Nginx.Trees {
		files["conf/"+tree.File.Path] = prep.text(tree)
	}
	var whole strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		whole.WriteString(name + "\x00" + files[name] + "\x00")
	}
	id := sha256.Sum256([]byte(whole.String()))
	o.mu.Lock()
	ask := o.known[id]
	if ask == nil {
		ask = sync.OnceValue(func() string { return o.ask(t, files) })
		o.known[id] = ask
	}
	o.mu.Unlock()
	return ask()
}

// ask runs nginx over files.
func (o *nginxOracle) ask(t *testing.T, files map[string]string) (refusal string) {
	t.Helper()
	return strings.ReplaceAll(o.run(t, files), " in conf/", " in ")
}

// run runs nginx over files and returns what it says if it refuses them. It
// names files as the map does.
func (o *nginxOracle) run(t *testing.T, files map[string]string) (refusal string) {
	t.Helper()
	o.limit <- struct{}{}
	defer func() { <-o.limit }()
	dir, err := os.MkdirTemp("", "tcplint") //nolint:usetesting // t.TempDir makes names too long for a socket
	if err != nil {
		t.Error(err)
		return ""
	}
	defer func() { _ = os.RemoveAll(dir) }()
	files["cert.pem"], files["key.pem"], files["cache/README"], files["logs/README"] = o.cert, o.key, "", ""
	for name, text := range files {
		writeFile(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	cmd := exec.CommandContext(t.Context(), o.program, "-t", "-q", "-p", dir+"/", "-c", "main.conf", "-e", "stderr")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return cmp.Or(strings.ReplaceAll(string(out), dir+"/", ""), err.Error())
	}
	return ""
}

// A preparation rewrites a configuration so that nginx can test it here. It does
// the same to the same words, before fixes and after.
type preparation struct {
	mending

	host      *model.Host
	upstreams map[string]bool
	includes  map[*nginx.Directive]*model.Include
	uses      map[string]bool
}

func newPreparation(h *model.Host, m mending) *preparation {
	p := &preparation{
		mending: m, host: h, upstreams: map[string]bool{},
		includes: map[*nginx.Directive]*model.Include{}, uses: map[string]bool{},
	}
	for _, t := range h.Nginx.Trees {
		for d := range t.Root.Walk() {
			if d.Name() == "upstream" && d.Body != nil {
				p.upstreams[d.Arg(0)] = true
			}
			word, _, _ := strings.Cut(d.Name(), "_")
			p.uses[word] = true
			p.uses["lua"] = p.uses["lua"] || strings.Contains(d.Name(), "_by_lua")
		}
	}
	for _, inc := range h.Nginx.Includes {
		p.includes[inc.Dir] = inc
	}
	return p
}

// wrapper is the main file: it includes the one to be tested in the context that
// it needs.
func (p *preparation) wrapper(modules string) string {
	var b strings.Builder
	b.WriteString("pid nginx.pid;\n")
	root := p.host.Nginx.Root
	for _, m := range []struct {
		file string
		need bool
	}{
		{"ngx_stream_module.so", p.uses["stream"] || root.Is(model.Stream, model.StreamServer, model.StreamUpstream)},
		{"ndk_http_module.so", p.uses["lua"]},
		{"ngx_http_lua_module.so", p.uses["lua"]},
		{"ngx_http_echo_module.so", p.uses["echo"]},
	} {
		if name := filepath.Join(modules, m.file); m.need {
			if _, err := os.Stat(name); err == nil {
				fmt.Fprintf(&b, "load_module %s;\n", name)
			}
		}
	}
	if !p.uses["events"] {
		b.WriteString("events {}\n")
	}
	include := "include conf/" + p.host.Nginx.Trees[0].File.Path + ";"
	switch root.Kind {
	case model.Main:
		fmt.Fprintf(&b, "%s\n", include)
	case model.Stream:
		fmt.Fprintf(&b, "stream { %s }\n", include)
	case model.HTTP:
		fmt.Fprintf(&b, "http { %s %s }\n", p.prelude, include)
	case model.Location:
		fmt.Fprintf(&b, "http { %s server { location / { %s } } }\n", p.prelude, include)
	case model.Upstream:
		fmt.Fprintf(&b, "http { %s upstream app { %s } }\n", p.prelude, include)
	default:
		fmt.Fprintf(&b, "http { %s server { %s } }\n", p.prelude, include)
	}
	return b.String()
}

// text is a prepared file.
func (p *preparation) text(t *nginx.Tree) string {
	var edits []source.Edit
	for d := range t.Root.Walk() {
		add := func(e source.Edit) {
			if merged, ok := source.Merge(edits, []source.Edit{e}); ok { // not inside what is left out
				edits = merged
			}
		}
		if slices.Contains(p.without, d.Name()) {
			add(source.Edit{Span: d.Span})
		}
		if d.Name() == "http" && d.Body != nil {
			add(source.Edit{Span: source.Span{Start: d.Body.Span.Start, End: d.Body.Span.Start}, New: "\n" + p.prelude})
		}
		if d.Body == nil {
			if e, ok := p.edit(d); ok {
				add(e)
			}
			for _, w := range d.Args() {
				if slices.Contains(p.without, w.Value) {
					add(source.Edit{Span: w.Span})
				}
			}
		}
	}
	text, err := source.Apply(t.File.Text, edits)
	if err != nil {
		text = t.File.Text
	}
	// The suite of nginx's own tests fills these in.
	text = strings.NewReplacer("%%TEST_GLOBALS%%", "", "%%TEST_GLOBALS_HTTP%%", "", "%%TEST_GLOBALS_STREAM%%", "",
		"%%TEST_GLOBALS_DSO%%", "", "%%TESTDIR%%", ".", "daemon off;", "").Replace(text)
	return testPort.ReplaceAllString(text, "$1")
}

var testPort = regexp.MustCompile(`%%PORT_(\d+)(_UDP)?%%`)

// edit is what has to change in a directive.
func (p *preparation) edit(d *nginx.Directive) (e source.Edit, ok bool) {
	set := func(value string) (source.Edit, bool) { return nginx.SetArg(d, 0, value), value != d.Arg(0) }
	name, arg := d.Name(), d.Arg(0)
	switch {
	case slices.Contains(unwanted, name):
		return source.Edit{Span: d.Span}, true
	case name == "include":
		return source.Edit{Span: d.Span, New: p.include(d)}, true
	case len(d.Words) == 1:
		return e, false
	case strings.HasSuffix(name, "ssl_certificate_key"):
		return set("key.pem")
	case strings.HasSuffix(name, "_certificate"):
		return set("cert.pem")
	case name == "access_log" && arg != "off" && !strings.Contains(arg, "$"):
		return set("logs/access.log")
	case strings.HasSuffix(name, "_cache_path"):
		return set("cache/" + hashed(arg))
	case name == "listen":
		return set(listenHere(arg))
	case name == "server", name == "resolver":
		return set(here(arg))
	case strings.HasSuffix(name, "_pass"):
		scheme, rest, ok := strings.Cut(arg, "://")
		if !ok {
			scheme, rest = "", arg
		} else {
			scheme += "://"
		}
		if host, _, _ := strings.Cut(rest, "/"); p.upstreams[host] {
			return e, false
		}
		rest = here(rest)
		if scheme == "" && rest == "127.0.0.1" {
			rest += ":9000"
		}
		return set(scheme + rest)
	}
	return e, false
}

// unwanted are directives that speak of this machine alone.
var unwanted = []string{
	"user", "pid", "lock_file", "load_module", "error_log", "working_directory", "use", "google_perftools_profiles",
	"client_body_temp_path", "proxy_temp_path", "fastcgi_temp_path", "uwsgi_temp_path", "scgi_temp_path",
	"ssl_dhparam", "ssl_password_file", "ssl_crl", "ssl_session_ticket_key", "ssl_engine", "worker_rlimit_core",
}

// include names the files that were found in place of a pattern.
func (p *preparation) include(d *nginx.Directive) string {
	if inc := p.includes[d]; inc != nil && len(inc.Files) > 0 {
		var b strings.Builder
		for _, f := range inc.Files {
			fmt.Fprintf(&b, "include conf/%s;", f.Path)
		}
		return b.String()
	}
	if name := "/etc/nginx/" + path.Base(d.Arg(0)); !strings.ContainsAny(name, "*?[") {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			return "include " + name + ";"
		}
	}
	return ""
}

// here replaces a host that would have to be looked up. localhost stays, since
// rules look for it.
func here(arg string) string {
	end := strings.IndexAny(arg, ":/$")
	if end < 0 {
		end = len(arg)
	}
	host := arg[:end]
	_, err := netip.ParseAddr(host)
	if host == "" || host == "unix" || host[0] == '[' || host == "localhost" || err == nil {
		return arg
	}
	return "127.0.0.1" + arg[end:]
}

// listenHere replaces an address that this machine does not have by another
// one that it has.
func listenHere(arg string) string {
	if rest, ok := strings.CutPrefix(arg, "unix:"); ok {
		return "unix:" + hashed(rest)
	}
	host, port := arg, ""
	if i := strings.LastIndexByte(arg, ':'); i >= 0 && !strings.HasSuffix(arg, "]") {
		host, port = arg[:i], arg[i:]
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	switch {
	case host == "*", host != "" && strings.Trim(host, "0123456789") == "", err == nil && (addr.IsLoopback() || addr.IsUnspecified()):
		return arg
	case err == nil && addr.Is6():
		return "[::1]" + port
	}
	sum := sha256.Sum256([]byte(host))
	return fmt.Sprintf("127.%d.%d.%d%s", sum[0], sum[1], sum[2]|1, port)
}

func hashed(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s)))[:8] }

// A place is one entry of the corpus's EXCERPTS.md.
type place struct {
	n    int
	file string
	main string // of a site
	// found are "line rule" pairs that must be among the findings.
	found []string
	// silent are rules that must find nothing in the lines; "all" is every rule
	// of the name's beginning.
	silent      []string
	first, last int
}

// TestPlaces looks at real places that are known to be wrong, which must be
// found, and at real places that are known to be right, which must not.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for _, p := range []place{
		{n: 1, file: "imanbakhtiari+Devops/nexus-compose/nginx-docker.conf", found: []string{"27 nginx-proxy-http10"}},
		{n: 2, file: "imanbakhtiari+Devops/nexus-compose/nginx", silent: []string{"nginx-"}},
		{n: 3, file: "1480735780+Hybrid-RAG/docker/nginx/nginx.conf", found: []string{"77 nginx-proxy-connection-close"}},
		{n: 4, file: "17512819719+ComfyUI-Web-Service/docker/nginx/nginx.conf", found: []string{
			"138 nginx-proxy-http10", "152 nginx-proxy-http10", "166 nginx-proxy-http10", "172 nginx-proxy-http10", "184 nginx-proxy-http10",
		}},
		// 5: a literal "upgrade" keeps the connection of a plain request open.
		{
			n: 5, file: "17512819719+ComfyUI-Web-Service/docker/nginx/nginx.conf", first: 118, last: 128,
			silent: []string{"nginx-proxy-http10", "nginx-proxy-connection-close"},
		},
		{
			n: 6, file: "270aldo+ngx_voice_agent/docker/nginx/nginx.conf",
			silent: []string{"nginx-keepalive-before-balancer", "nginx-proxy-http10", "nginx-proxy-connection-close", "nginx-upstream-no-keepalive"},
		},
		{n: 7, file: "jions7ihj+zabbix/nginx/nginxcache.conf", found: []string{"136 nginx-proxy-http10"}},
		{
			n: 7, file: "jions7ihj+zabbix/nginx/nginxcache.conf", first: 105, last: 134,
			silent: []string{"nginx-proxy-http10", "nginx-proxy-connection-close"},
		},
		{
			n: 8, file: "kawaemon+isucon14/s3/etc/nginx/sites-available/isuride.conf", main: "kawaemon+isucon14/s3/etc/nginx/nginx.conf",
			silent: []string{"nginx-proxy-", "nginx-upstream-"},
		},
		{n: 9, file: "getsentry+self-hosted/nginx.conf", silent: []string{"nginx-"}},
		{n: 10, file: "miraheze+puppet/modules/role/files/mattermost/nginx.conf", silent: []string{"nginx-proxy-", "nginx-upstream-"}},
		{n: 11, file: "1mm0rTaLzzz+streaming-platform/docker/nginx/nginx.conf", found: []string{"132 nginx-proxy-connection-close"}},
		{n: 14, file: "Arvin-Mark+DevOps-note/nginx+keepalived/nginx.conf", found: []string{"250 nginx-proxy-headers-lost"}},
		{n: 15, file: "hestiacp+hestiacp/src/deb/nginx/nginx.conf", found: []string{"189 nginx-proxy-headers-lost", "187 nginx-upstream-localhost"}},
		{n: 16, file: "nginxinc+NGINX-Demos/fun-with-health-checks/nginxplus/config/conf.d/backend.conf", found: []string{"45 nginx-proxy-headers-lost"}},
		{
			n: 17, file: "lasseh+nginx-conf/sites-available/development.conf", main: "lasseh+nginx-conf/nginx.conf",
			first: 76, last: 87, silent: []string{"nginx-"},
		},
		{n: 19, file: "bytedance+deer-flow/docker/nginx/nginx.conf", silent: []string{"nginx-sse-buffered"}},
		{n: 20, file: "bytedance+deer-flow/docker/nginx/nginx.conf", first: 186, last: 198, silent: []string{"nginx-"}},
		{n: 21, file: "kawaemon+isucon14/app/rust/nginx/nginx.conf", found: []string{"30 nginx-upstream-localhost"}},
		{n: 21, file: "infiniflow+ragflow/docker/nginx/ragflow.conf", found: []string{"24 nginx-upstream-localhost", "29 nginx-upstream-localhost"}},
		{n: 21, file: "nginxinc+NGINX-Demos/random-files/nginx.conf", first: 75, last: 84, silent: []string{"nginx-upstream-localhost"}},
		{n: 22, file: "veficos+awesome-server-configs/linux/sysctl-client.conf", found: []string{
			"102 sysctl-tcp-tw-recycle", "105 sysctl-tw-reuse-without-timestamps",
		}},
		{n: 22, file: "tangjizhou+k8s-config/nginx/sysctl.conf", found: []string{"4 sysctl-tcp-tw-recycle"}},
		{n: 23, file: "Arvin-Mark+DevOps-note/shell/initialize_system.sh.heredoc1.sysctl.conf", found: []string{"54 sysctl-tcp-tw-recycle"}},
		{n: 24, file: "HXHGTS+TCPOptimization/sysctl.conf", found: []string{
			"52 sysctl-inline-comment", "53 sysctl-inline-comment", "54 sysctl-inline-comment", "56 sysctl-inline-comment",
			"57 sysctl-inline-comment", "58 sysctl-inline-comment", "59 sysctl-inline-comment",
		}},
		{n: 24, file: "imanbakhtiari+Devops/sysctl/sysctl.conf", found: []string{"24 sysctl-inline-comment", "24 sysctl-tcp-tw-recycle"}},
		{n: 25, file: "nkwhr+isucon4-qualifier/conf/sysctl.conf", found: []string{"23 sysctl-duplicate-key"}},
		{n: 25, file: "neverzore+x-script/nginx/sysctl.conf", silent: []string{"sysctl-duplicate-key"}},
	} {
		t.Run(fmt.Sprintf("%d %s", p.n, path.Base(p.file)), func(t *testing.T) {
			t.Parallel()
			f := corpusFile{path: p.file, main: p.main, kind: "nginx-full"}
			if strings.Contains(p.file, "sysctl") {
				f.kind = "sysctl-conf"
			}
			p.check(t, corpusInput(t, f, window))
		})
	}
}

func (p place) check(t *testing.T, in model.Input) {
	t.Helper()
	res := lint.Run([]*model.Host{model.Build(in)}, options)
	var got []string
	for _, x := range res.Findings {
		if x.At.File.Path != p.file {
			continue
		}
		line := x.At.File.Position(x.At.Span.Start).Line
		got = append(got, fmt.Sprintf("%d %s", line, x.Rule.ID))
		loud := slices.ContainsFunc(p.silent, func(prefix string) bool { return strings.HasPrefix(x.Rule.ID, prefix) })
		if loud && x.Severity > lint.Info && line >= p.first && (p.last == 0 || line <= p.last) {
			t.Errorf("%s:%d is right, but %s says: %s", p.file, line, x.Rule.ID, x.Msg)
		}
	}
	for _, want := range p.found {
		if !slices.Contains(got, want) {
			t.Errorf("%s: %s is not found; the findings are\n%s", p.file, want, strings.Join(got, "\n"))
		}
	}
}

// TestSite makes sure that a site is read together with its main file: the pass
// in the one finds the upstream in the other.
func TestSite(t *testing.T) {
	t.Parallel()
	f := corpusFile{path: "kawaemon+isucon14/s3/etc/nginx/sites-available/isuride.conf", main: "kawaemon+isucon14/s3/etc/nginx/nginx.conf"}
	h := model.Build(corpusInput(t, f, window))
	for _, pass := range h.Nginx.Passes() {
		if pass.File().Path == f.path && pass.Target.Kind != model.TargetUpstream {
			t.Errorf("the pass to %s does not find its upstream", pass.Arg(0))
		}
	}
}
