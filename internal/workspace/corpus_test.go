package workspace

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/rules"
)

// The tests here read real files of other people, which stay outside the project:
// the folder named by TCPLINT_CORPUS holds manifest.tsv, whose first two columns
// are a path below files/ and the kind of the file.

// corpusFile is a row of the manifest.
type corpusFile struct{ path, kind string }

// corpus returns the folder of the files and the manifest's rows; the test is
// skipped if there is no corpus.
func corpus(tb testing.TB) (dir string, files []corpusFile) {
	tb.Helper()
	dir = cmp.Or(os.Getenv("TCPLINT_CORPUS"), filepath.FromSlash("../../../shared/corpus"))
	list, err := os.ReadFile(filepath.Join(dir, "manifest.tsv"))
	if err != nil {
		tb.Skipf("no corpus of configurations: %v (set TCPLINT_CORPUS)", err)
	}
	r := csv.NewReader(bytes.NewReader(list))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	for _, row := range rows[1:] {
		files = append(files, corpusFile{row[0], row[1]})
	}
	return filepath.Join(dir, "files"), files
}

// corpusStore reads the files of a folder.
func corpusStore(tb testing.TB, dir string) *store {
	tb.Helper()
	fsys, ok := os.DirFS(dir).(FS)
	if !ok {
		tb.Fatal("a folder on disk has no links")
	}
	return newStore(newRaw(newOverlay(fsys, nil), names{dir: ".", root: "/"}, &Work{}))
}

// recognised says in a word what a file is taken for.
func recognised(c *content) string {
	template := ""
	if c.text.View != nil {
		template = " template"
	}
	switch {
	case c.dump != nil:
		return "nginx dump"
	case c.kind == detect.Nginx:
		return "nginx" + template
	case c.kind == detect.Sysctl && c.live:
		return "sysctl dump"
	case c.kind == detect.Sysctl:
		return "sysctl" + template
	case len(c.carried.Texts) > 0:
		kinds := map[string]bool{}
		for _, t := range c.carried.Texts {
			kinds[t.Kind.String()] = true
		}
		return strings.Join(slices.Sorted(maps.Keys(kinds)), "+") + " in " + c.carried.Carrier
	case c.kind == detect.Binary:
		return "binary"
	case len(c.carried.Skipped) > 0:
		return "skipped: " + c.carried.Skipped[0].Reason
	}
	return "nothing"
}

// expected are the words with which what a file of a kind is taken for begins.
var expected = map[string][]string{
	"nginx-full":              {"nginx"},
	"nginx-fragment":          {"nginx"},
	"nginx-testsuite":         {"nginx"},
	"nginx-template-jinja":    {"nginx"},
	"nginx-template-erb":      {"nginx"},
	"nginx-template-go":       {"nginx"},
	"nginx-template-envsubst": {"nginx"},
	"nginx-template-other":    {"nginx"},
	"nginx-in-yaml":           {"nginx in", "nginx+sysctl in"},
	"sysctl-conf":             {"sysctl"},
	"sysctl-template":         {"sysctl"},
	"sysctl-tuned":            {"sysctl in", "nginx+sysctl in"},
	"sysctl-ansible":          {"sysctl in", "nginx+sysctl in"},
	"sysctl-k8s":              {"sysctl in", "nginx+sysctl in"},
	"sysctl-other-cm":         {"sysctl in", "nginx+sysctl in"},
	"sysctl-in-shell":         {"sysctl in", "nginx+sysctl in"},
}

// TestCorpusKinds writes the table of what the files are and what they are taken
// for.
func TestCorpusKinds(t *testing.T) {
	t.Parallel()
	dir, files := corpus(t)
	d := corpusStore(t, dir)
	table := map[string]map[string]int{}
	wrong := map[string][]string{}
	for _, f := range files {
		file, err := d.read(f.path)
		if err != nil {
			t.Errorf("%s: %v", f.path, err)
			continue
		}
		as := recognised(d.content(file))
		if table[f.kind] == nil {
			table[f.kind] = map[string]int{}
		}
		table[f.kind][as]++
		if !slices.ContainsFunc(expected[f.kind], func(want string) bool { return strings.HasPrefix(as, want) }) {
			wrong[f.kind] = append(wrong[f.kind], f.path+": "+as)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(table)) {
		n := 0
		var parts []string
		for _, as := range slices.Sorted(maps.Keys(table[kind])) {
			n += table[kind][as]
			parts = append(parts, fmt.Sprintf("%s %d", as, table[kind][as]))
		}
		t.Logf("%-24s %3d of %3d: %s", kind, n-len(wrong[kind]), n, strings.Join(parts, "; "))
	}
	for _, kind := range slices.Sorted(maps.Keys(wrong)) {
		for _, w := range wrong[kind] {
			t.Logf("not as expected: %s: %s", kind, w)
		}
	}
}

// TestCorpusCarried holds what is said of texts inside other files against what
// is said of the same texts as files of their own: the same findings, at the
// same words; and the same fixes, wherever they can be written.
func TestCorpusCarried(t *testing.T) {
	t.Parallel()
	dir, files := corpus(t)
	d := corpusStore(t, dir)
	texts, findings, fixes, refused := 0, 0, 0, 0
	for _, f := range files {
		file, err := d.read(f.path)
		if err != nil {
			t.Errorf("%s: %v", f.path, err)
			continue
		}
		for _, text := range d.content(file).carried.Texts {
			texts++
			in := model.Input{Target: model.Target{Nginx: facts.NginxWindow(), Kernel: facts.KernelWindow(), Container: containerOf(text)}}
			var context []model.Kind
			for c := range strings.SplitSeq(text.Context, ",") {
				if k, ok := model.ParseKind(c); ok {
					context = append(context, k)
				}
			}
			read := func(f *source.File) model.Input {
				in := in
				if text.Kind == detect.Sysctl {
					in.Sysctl = []*source.File{f}
				} else {
					in.Main, in.Context, in.Partial = f, context, true
				}
				return in
			}
			plain := source.NewFile(text.File.Path, text.File.Text)
			o := lint.Options{Rules: slices.DeleteFunc(rules.All(), func(r *lint.Rule) bool {
				return r.ID == "sysctl-not-loaded" // it goes by where a file lies, which no script tells
			}), Known: rules.IDs()}
			carried := lint.Run([]*model.Host{model.Build(read(text.File))}, o)
			alone := lint.Run([]*model.Host{model.Build(read(plain))}, o)
			if source.HasUnknown(text.File.Text) || text.File.View.Choices > 0 {
				continue // less is said of a template; that is tested elsewhere
			}
			findings += len(alone.Findings)
			if diff := gocmp.Diff(said(alone, text.File), said(carried, nil)); diff != "" {
				t.Errorf("%s: said of the text alone (-) and inside (+):\n%s", text.File.Path, diff)
			}
			got := lint.FixAll([]model.Input{read(text.File)}, o, lint.Unsafe)
			want := lint.FixAll([]model.Input{read(plain)}, o, lint.Unsafe)
			fixes += len(got.Applied)
			if n := len(want.Applied) - len(got.Applied); n > 0 {
				refused += n // not to be written where the text is
				continue
			}
			after := text.File.Text
			if f := got.Files[text.File.Path]; f != nil {
				after = f.Text
			}
			expect := plain.Text
			for _, c := range want.Changes {
				expect = c.New.Text
			}
			if diff := gocmp.Diff(expect, after); diff != "" {
				t.Errorf("%s: fixed alone (-) and inside (+):\n%s", text.File.Path, diff)
			}
			for _, c := range got.Changes {
				onlyInside(t, c, text.File)
			}
		}
	}
	t.Logf("%d texts, %d findings, %d fixes made, %d not to be written there", texts, findings, fixes, refused)
}

// said lists findings with the text that they stand on; places in a text alone are
// mapped to those in the view.
func said(r *lint.Result, view *source.File) []string {
	var out []string
	for _, f := range r.Findings {
		file, span := f.At.File, f.At.Span
		if view != nil {
			file, span = view.Locate(span)
		}
		out = append(out, fmt.Sprintf("%s: %s [%s] on %q", file.Path, f.Msg, f.Rule.ID, file.Slice(span)))
	}
	slices.Sort(out)
	return out
}

// onlyInside checks that a fix changed nothing before the first and behind the
// last byte of the text.
func onlyInside(t *testing.T, c lint.Change, view *source.File) {
	t.Helper()
	segments := view.View.Segments
	first, last := len(c.Old.Text), 0
	for _, g := range segments {
		first, last = min(first, g.Disk), max(last, g.Disk+g.Len)
	}
	first = strings.LastIndexByte(c.Old.Text[:first], '\n') + 1
	if !strings.HasPrefix(c.New.Text, c.Old.Text[:first]) || !strings.HasSuffix(c.New.Text, c.Old.Text[last:]) {
		t.Errorf("%s: a fix changes something outside of %s", c.Old.Path, view.View.Where)
	}
}

// tags are the marks of template code.
var tags = regexp.MustCompile(`(?s)\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<%.*?%>|\$\{[A-Z_]+\}|%[a-z_]+%`)

// TestCorpusTemplates fixes all templates, unsafe fixes included: their code stays
// byte for byte, and a second run changes nothing.
func TestCorpusTemplates(t *testing.T) {
	t.Parallel()
	dir, files := corpus(t)
	d := corpusStore(t, dir)
	templates, unreadable, findings, fixes, dropped := 0, 0, 0, 0, 0
	for _, f := range files {
		file, err := d.read(f.path)
		if err != nil {
			t.Errorf("%s: %v", f.path, err)
			continue
		}
		c := d.content(file)
		if !c.text.Templated() {
			continue
		}
		templates++
		in := model.Input{Target: model.Target{Nginx: facts.NginxWindow(), Kernel: facts.KernelWindow()}}
		if c.kind == detect.Sysctl {
			in.Sysctl = []*source.File{c.text}
		} else {
			in.Main = c.text
		}
		o := lint.Options{Rules: rules.All(), Known: rules.IDs()}
		res := lint.Run([]*model.Host{model.Build(in)}, o)
		if slices.ContainsFunc(res.NotChecked, func(n lint.NotChecked) bool { return n.Rule == "" }) {
			unreadable++
		}
		findings += len(res.Findings)
		for _, x := range res.Findings {
			if x.At.File != file {
				t.Errorf("%s: [%s] does not stand in the file on disk", f.path, x.Rule.ID)
			}
			if text := file.Slice(x.At.Span); tags.MatchString(text) && !x.Rule.AnyText {
				t.Errorf("%s: [%s] stands on code of the template: %q", f.path, x.Rule.ID, text)
			}
		}
		out := lint.FixAll([]model.Input{in}, o, lint.Unsafe)
		fixes, dropped = fixes+len(out.Applied), dropped+len(out.Dropped)
		for _, x := range out.Dropped {
			t.Logf("dropped: %s: [%s] %s", f.path, x.Finding.Rule.ID, x.Reason)
		}
		for _, ch := range out.Changes {
			if diff := gocmp.Diff(tags.FindAllString(ch.Old.Text, -1), tags.FindAllString(ch.New.Text, -1)); diff != "" {
				t.Errorf("%s: a fix changes the code of the template (-old +new):\n%s", f.path, diff)
			}
		}
		if again := lint.FixAll([]model.Input{in.With(out.Files)}, o, lint.Unsafe); len(again.Changes) > 0 {
			t.Errorf("%s: a second run changes something", f.path)
		}
	}
	t.Logf("%d templates, %d cannot be read, %d findings, %d fixes made, %d dropped", templates, unreadable, findings, fixes, dropped)
}
