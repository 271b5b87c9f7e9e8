package yaml

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/embed/embedtest"
	"github.com/tcplint/tcplint/parser/source"
)

// yamlArchives returns the first files of the archives of YAML.
func yamlArchives(tb testing.TB) map[string]string {
	tb.Helper()
	files := map[string]string{}
	for _, name := range embedtest.Archives(tb, "yaml-*.txtar") {
		ar, err := txtar.ParseFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		files[ar.Files[0].Name] = string(ar.Files[0].Data)
	}
	return files
}

// isYAML reports whether a path is that of a file that the reader of YAML takes.
func isYAML(path string) bool { return Takes(filepath.Base(path), path, carrier.Anything) }

// decoded returns all scalars of a text in order, of all documents; not ok if the
// library does not read it.
func decoded(text string) (values []string, ok bool) {
	dec := yaml.NewDecoder(strings.NewReader(text))
	for {
		var n yaml.Node
		if err := dec.Decode(&n); errors.Is(err, io.EOF) {
			return values, true
		} else if err != nil {
			return nil, false
		}
		for _, s := range scalarsOf(&n) {
			values = append(values, s.Value)
		}
	}
}

// checkDocuments makes edits of every text. Where one is accepted, the file must
// decode to the same scalars but for one. It returns how many were made.
func checkDocuments(tb testing.TB, f *source.File, found carrier.Found) int {
	tb.Helper()
	before, ok := decoded(f.Text)
	if !ok {
		return 0 // a template
	}
	made := 0
	for _, x := range found.Texts {
		for _, e := range embedtest.SampleEdits(x.File.Text) {
			out, err := source.Rewrite(map[*source.File][]source.Edit{x.File: {e}})
			if err != nil {
				continue
			}
			made++
			after, ok := decoded(out.Disk[f.Path].Text)
			if ok && e.New == "" && len(after) < len(before) {
				// A line that is an item of its own: just that is gone.
				if gone, one := lost(before, after); !one || len(gone) > 6 || !strings.Contains(strings.Join(gone, " "), firstKey(x.File.Slice(e.Span))) {
					tb.Errorf("%s: without %q the document lacks %q", x.File.Path, x.File.Slice(e.Span), gone)
				}
				continue
			}
			if !ok || len(after) != len(before) {
				tb.Errorf("%s: an edit to %q makes another document", x.File.Path, e.New)
				continue
			}
			var changed []string
			for i := range before {
				if before[i] != after[i] {
					changed = append(changed, after[i])
				}
			}
			if len(changed) > 1 {
				tb.Errorf("%s: an edit to %q changes %q", x.File.Path, e.New, changed)
			}
		}
	}
	return made
}

// lost returns what is in one list and not in the other, which must be the same
// without a run of values.
func lost(before, after []string) (gone []string, one bool) {
	start := 0
	for start < len(after) && before[start] == after[start] {
		start++
	}
	end := len(before) - (len(after) - start)
	return before[start:end], slices.Equal(before[end:], after[start:])
}

// firstKey is what stands before the "=" of a line.
func firstKey(line string) string {
	key, _, _ := strings.Cut(line, "=")
	return strings.TrimSpace(key)
}

func TestYAMLDocumentsStay(t *testing.T) {
	t.Parallel()
	made := 0
	for name, text := range yamlArchives(t) {
		for _, text := range []string{text, strings.ReplaceAll(text, "\n", "\r\n")} {
			f := source.NewFile(name, text)
			made += checkDocuments(t, f, Read(f))
		}
	}
	if made < 300 {
		t.Errorf("only %d edits were made", made)
	}
}

// TestYAMLOfCorpus reads the YAML files of the corpus, in each of which there is
// something to find, and prints what is found in them.
func TestYAMLOfCorpus(t *testing.T) {
	t.Parallel()
	type row struct{ files, nginx, kernel, skipped int }
	table := map[string]*row{}
	made, refused, documents := 0, 0, 0
	for _, kind := range []string{"nginx-in-yaml", "sysctl-ansible", "sysctl-k8s", "sysctl-tuned", "sysctl-other-cm"} {
		for _, path := range embedtest.CorpusFiles(t, kind) {
			if !isYAML(path) {
				continue
			}
			text, err := os.ReadFile(path) //nolint:gosec // of the corpus
			if err != nil {
				t.Fatal(err)
			}
			f := source.NewFile(filepath.ToSlash(path), string(text))
			found := Read(f)
			embedtest.CheckTexts(t, f, found, Read)
			m, r := embedtest.CheckSquares(t, found)
			made, refused = made+m, refused+r
			documents += checkDocuments(t, f, found)
			name := kind + ": " + found.Carrier
			if table[name] == nil {
				table[name] = &row{}
			}
			n := table[name]
			n.files++
			n.skipped += len(found.Skipped)
			for _, x := range found.Texts {
				if x.Kind.String() == "nginx" {
					n.nginx++
				} else {
					n.kernel++
				}
			}
			if len(found.Texts) == 0 {
				t.Errorf("nothing in %s", path)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		n := table[name]
		t.Logf("%-40s %2d files, %2d texts of nginx, %2d of the kernel, %d skipped", name, n.files, n.nginx, n.kernel, n.skipped)
	}
	t.Logf("%d edits made, %d refused; %d in files that are no templates", made, refused, documents)
}

// pyYAML prints the scalars of texts as PyYAML composes them.
const pyYAML = `
import json, sys, yaml
def scalars(n, seen):
    if n is None or id(n) in seen: # an anchor is read once
        return []
    seen.add(id(n))
    if isinstance(n, yaml.ScalarNode):
        return [n.value]
    out = []
    for c in n.value:
        for d in (c if isinstance(c, tuple) else (c,)):
            out += scalars(d, seen)
    return out
out = {}
for name, text in json.load(sys.stdin).items():
    try:
        seen, docs = set(), list(yaml.compose_all(text))
        out[name] = [s for n in docs for s in scalars(n, seen)]
    except yaml.YAMLError:
        pass
json.dump(out, sys.stdout)
`

// TestPyYAML compares all scalars that are found byte by byte with those of
// another reader of YAML.
func TestPyYAML(t *testing.T) {
	t.Parallel()
	python := embedtest.Oracle(t, "python3")
	if err := exec.CommandContext(t.Context(), python, "-c", "import yaml").Run(); err != nil {
		if os.Getenv("TCPLINT_REQUIRE_ORACLES") == "1" {
			t.Fatal("no PyYAML: ", err)
		}
		t.Skip("no PyYAML: ", err)
	}
	texts := yamlArchives(t)
	for _, path := range embedtest.CorpusFiles(t, "nginx-in-yaml", "sysctl-ansible", "sysctl-k8s", "sysctl-tuned", "sysctl-other-cm") {
		if text, err := os.ReadFile(path); err == nil && isYAML(path) { //nolint:gosec // of the corpus
			texts[path] = string(text)
		}
	}
	input, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", pyYAML)
	cmd.Stdin = bytes.NewReader(input)
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	if err := json.Unmarshal(output, &want); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for name, w := range want {
		text := texts[name]
		f := source.NewFile("a.yaml", text)
		got := []string{}
		for _, s := range yamlDocs(text) {
			d := &yamlDoc{in: f, text: text, start: s.Start, end: s.End}
			if err := d.read(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			for _, n := range scalarsOf(d.root) {
				value, ok := d.scalar(n)
				if !ok {
					t.Errorf("%s: %q is not found", name, n.Value)
				}
				got = append(got, value.text.String())
			}
		}
		compared += len(got)
		if diff := cmp.Diff(w, got); diff != "" {
			t.Errorf("%s (-PyYAML +here):\n%s", name, diff)
		}
	}
	if len(want) < 10 {
		t.Errorf("only %d files were compared", len(want))
	}
	t.Logf("%d scalars in %d of %d files compared", compared, len(want), len(texts))
}
