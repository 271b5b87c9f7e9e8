package embedtest

import (
	"cmp"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// CorpusFiles returns the files of the corpus of these kinds; none if there is no
// corpus.
func CorpusFiles(tb testing.TB, kinds ...string) []string {
	tb.Helper()
	dir := cmp.Or(os.Getenv("TCPLINT_CORPUS"), filepath.Join(above(tb, "go.mod"), "..", "shared", "corpus"))
	manifest, err := os.Open(filepath.Join(dir, "manifest.tsv")) //nolint:gosec // a folder that the developer names
	if err != nil {
		tb.Log("no corpus: ", err)
		return nil
	}
	defer manifest.Close() //nolint:errcheck // nothing was written
	r := csv.NewReader(manifest)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	var files []string
	for _, row := range rows[1:] {
		if slices.Contains(kinds, row[1]) {
			files = append(files, filepath.Join(dir, "files", filepath.FromSlash(row[0])))
		}
	}
	return files
}

// above returns the folder above the test's own, or that itself, in which a file is.
func above(tb testing.TB, name string) string {
	tb.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			tb.Fatalf("no %s above the tests", name)
		}
		dir = up
	}
}

// Archives returns the archives of carriers whose names match a pattern.
func Archives(tb testing.TB, pattern string) []string {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join(above(tb, "go.mod"), "parser", "embed", "testdata", "carriers", pattern))
	if err != nil || len(names) == 0 {
		tb.Fatal("no archives: ", err)
	}
	return names
}
