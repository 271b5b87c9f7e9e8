package sysctl_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestCorpus checks the laws on every file of a folder of real configuration,
// of whatever kind: TCPLINT_CORPUS, or one beside the repository.
func TestCorpus(t *testing.T) {
	root := os.Getenv("TCPLINT_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	root = filepath.Join(root, "files")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no corpus: set TCPLINT_CORPUS (%v)", err)
	}
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		checkLaws(t, string(text))
		if t.Failed() {
			t.Fatalf("the first file to break a law is %s", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files", files)
}
