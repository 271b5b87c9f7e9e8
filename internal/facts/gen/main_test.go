package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// The generated files must be what the data says today.
func TestGeneratedFilesAreFresh(t *testing.T) {
	files, err := generate(os.DirFS("../data"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf(`%s is stale: run "go generate ./internal/facts"`, name)
		}
	}
}

// An error in the data names the file and the line, and no file is written.
func TestBadDataIsRefused(t *testing.T) {
	for _, test := range []struct{ file, line, want string }{
		{"directives.tsv", "x\tm\t1.0.0\t-\tnowhere\t1\t-\t-\t-\t-\tx.c:1\n", "unknown context"},
		{"directives.tsv", "x\tm\tnew\t-\thttp\t1\t-\t-\t-\t-\tx.c:1\n", "not a version"},
		{"directives.tsv", "x\tm\t1.0.0\t-\thttp\tmany\t-\t-\t-\t-\tx.c:1\n", "number of arguments"},
		{"directives.tsv", "x\tm\n", "2 values for 11 columns"},
		{"directive-defaults.tsv", "x\tm\t-\t-\ton\thttps://x\n", "no such directive"},
		{"directive-slots.tsv", "x\tm\tenum\t-\t1.0.0\t1.0.0\tread\n", "without words"},
		{"directive-slots.tsv", "x\tm\tnum\tmany\t1.0.0\t1.0.0\tread\n", "no limits"},
		{"directive-docs.tsv", "x\t-\t-\ttext\n", "no such directive"},
		{"param-defaults.tsv", "x.y\t-\t-\t1\n", "no such key"},
		{"param-limits.tsv", "net.core.somaxconn\t-\t-\tlow\t1\n", "Min"},
	} {
		data := fstest.MapFS{}
		names, err := filepath.Glob("../data/*")
		if err != nil || len(names) == 0 {
			t.Fatal("no data files", err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if filepath.Base(name) == test.file {
				text = append(text, test.line...)
			}
			data[filepath.Base(name)] = &fstest.MapFile{Data: text}
		}
		_, err = generate(data)
		if err == nil || !bytes.Contains([]byte(err.Error()), []byte(test.want)) || !bytes.Contains([]byte(err.Error()), []byte(test.file+":")) {
			t.Errorf("%s with %q: %v, want %s:LINE and %q", test.file, test.line, err, test.file, test.want)
		}
	}
}
