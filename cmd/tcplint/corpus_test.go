package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/source"
)

// corpus returns a folder with real files of other people, which stay outside the
// project: the one named by TCPLINT_CORPUS; the test is skipped if there is none.
func corpus(tb testing.TB) (dir string) {
	tb.Helper()
	dir = filepath.Join(cmp.Or(os.Getenv("TCPLINT_CORPUS"), filepath.FromSlash("../../../shared/corpus")), "files")
	if _, err := os.Stat(dir); err != nil {
		tb.Skipf("no corpus of configurations: %v (set TCPLINT_CORPUS)", err)
	}
	return dir
}

// TestCorpusNamed names files one by one, as a commit hook does: what is found in
// them must be what is found in the whole folder. Rules about several files of a
// host may lack the others where there is no repository.
func TestCorpusNamed(t *testing.T) {
	dir := corpus(t)
	t.Chdir(dir)
	type finding struct {
		Rule, Message, File string
		Range               struct{ Start source.Position }
	}
	check := func(paths ...string) map[string][]string {
		var out, errs bytes.Buffer
		run(append([]string{"check", "--format", "json"}, paths...), strings.NewReader(""), &out, &errs)
		var got struct{ Findings []finding }
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("%v: %v\n%s", paths, err, &errs)
		}
		by := map[string][]string{}
		for _, f := range got.Findings {
			if !strings.HasPrefix(f.Rule, "host-") {
				by[f.File] = append(by[f.File], fmt.Sprintf("%d %s %s", f.Range.Start.Line, f.Rule, f.Message))
			}
		}
		return by
	}
	all := check(".")
	const each = 3
	for i, file := range slices.Sorted(maps.Keys(all)) {
		if i%each != 0 {
			continue
		}
		if diff := gocmp.Diff(all[file], check(file)[file]); diff != "" {
			t.Errorf("%s (-in the folder +alone):\n%s", file, diff)
		}
	}
}
