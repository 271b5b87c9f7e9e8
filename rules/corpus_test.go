package rules_test

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
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

var inFile = regexp.MustCompile(` in [^ ]+:\d+$`)

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

var testPort = regexp.MustCompile(`%%PORT_(\d+)(_UDP)?%%`)

// unwanted are directives that speak of this machine alone.
var unwanted = []string{
	"user", "pid", "lock_file", "load_module", "error_log", "working_directory", "use", "google_perftools_profiles",
	"client_body_temp_path", "proxy_temp_path", "fastcgi_temp_path", "uwsgi_temp_path", "scgi_temp_path",
	"ssl_dhparam", "ssl_password_file", "ssl_crl", "ssl_session_ticket_key", "ssl_engine", "worker_rlimit_core",
}
