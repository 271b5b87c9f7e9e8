package nginx_test

import (
	"cmp"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// corpusFile is one file of the corpus: configurations from public projects,
// which are not part of this repository.
type corpusFile struct{ path, kind, text string }

// corpus returns the nginx files of the corpus, skipping the test if there is
// none. The folder named by TCPLINT_CORPUS holds manifest.tsv, whose first two
// columns are a path below files/ and the kind of the file.
func corpus(tb testing.TB) []corpusFile {
	tb.Helper()
	dir := cmp.Or(os.Getenv("TCPLINT_CORPUS"), filepath.FromSlash("../../../shared/corpus"))
	list, err := os.Open(filepath.Join(dir, "manifest.tsv"))
	if err != nil {
		tb.Skipf("no corpus of configurations: %v (set TCPLINT_CORPUS)", err)
	}
	defer func() { _ = list.Close() }()
	r := csv.NewReader(list)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	var files []corpusFile
	for _, row := range rows {
		if len(row) < 2 || !strings.HasPrefix(row[1], "nginx-") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, "files", filepath.FromSlash(row[0])))
		if err != nil {
			tb.Fatal(err)
		}
		files = append(files, corpusFile{row[0], row[1], string(text)})
	}
	return slices.Clip(files)
}

// plain are the files that nginx could read as they are.
func plain(files []corpusFile) []corpusFile {
	return slices.DeleteFunc(slices.Clone(files), func(f corpusFile) bool {
		return f.kind != "nginx-full" && f.kind != "nginx-fragment"
	})
}

// TestCorpus compares with the oracle on every file, also on those that are
// templates and no nginx configuration.
func TestCorpus(t *testing.T) {
	for _, f := range corpus(t) {
		t.Run(f.path, func(t *testing.T) {
			checkLaws(t, f.text)
			checkOracle(t, f.text)
		})
	}
}

func BenchmarkCorpus(b *testing.B) {
	var files []*source.File
	size := 0
	for _, f := range plain(corpus(b)) {
		files = append(files, source.NewFile(f.path, f.text))
		size += len(f.text)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range files {
			nginx.Parse(f)
		}
	}
}
