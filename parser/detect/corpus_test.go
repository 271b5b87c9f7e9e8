package detect

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
)

// plain are the corpus kinds that must be recognised, and as what.
var plain = map[string]Kind{
	"nginx-full": Nginx, "nginx-fragment": Nginx, "nginx-testsuite": Nginx, "sysctl-conf": Sysctl,
}

// exceptions are corpus files that are rightly taken for something else than
// their kind in the manifest says, each with the reason.
var exceptions = map[string]string{}

// TestCorpus prints what becomes of every kind of file of the corpus.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("TCPLINT_CORPUS")
	if dir == "" {
		dir = "../../../shared/corpus"
	}
	manifest, err := os.Open(filepath.Join(dir, "manifest.tsv"))
	if err != nil {
		t.Skip("no corpus: ", err)
	}
	defer manifest.Close()
	r := csv.NewReader(manifest)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]*[5]int{}
	for _, row := range rows[1:] {
		path, kind := row[0], row[1]
		text, err := os.ReadFile(filepath.Join(dir, "files", filepath.FromSlash(path)))
		if err != nil {
			t.Error(err)
			continue
		}
		got, reason := Detect(path, string(text))
		if table[kind] == nil {
			table[kind] = &[5]int{}
		}
		table[kind][got]++
		if exceptions[path] != "" {
			continue
		}
		want, must := plain[kind]
		switch {
		case must && got != want:
			t.Errorf("%s is %s, but detected as %v: %s", path, kind, got, reason)
		case !must && (got == Nginx || got == Sysctl) && !strings.Contains(kind, "template"):
			t.Errorf("%s is %s, but detected as %v: %s", path, kind, got, reason)
		case !must && got != Template && strings.Contains(kind, "template"):
			t.Logf("%s is %s, but detected as %v: %s", path, kind, got, reason)
		}
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "corpus kind\t"+strings.Join(kindNames, "\t")+"\t")
	kinds := make([]string, 0, len(table))
	for k := range table {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	for _, k := range kinds {
		fmt.Fprint(w, k)
		for _, n := range table[k] {
			fmt.Fprintf(w, "\t%d", n)
		}
		fmt.Fprintln(w, "\t")
	}
	_ = w.Flush()
	t.Log("\n" + b.String())
}
