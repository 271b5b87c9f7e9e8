package service_test

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// TestBroken reads the examples with parts cut out, doubled and replaced: whatever
// comes, reading must end without a panic, and every place must lie in its file.
func TestBroken(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/readers/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	junk := []string{"", "\x00", "\n", "{", "}", "\"", "'", "${", "<<", "*a", "&a", "\\", "[", "(", "é", "---\n", "\r\n", "  ", "#", "=", "0", "-1", "99999999999999999999"}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for range 60 {
			var files []*source.File
			for _, f := range a.Files {
				text := string(f.Data)
				for range 1 + random.IntN(3) {
					from := random.IntN(len(text) + 1)
					to := min(len(text), from+random.IntN(12))
					text = text[:from] + junk[random.IntN(len(junk))] + text[to:]
				}
				files = append(files, source.NewFile(f.Name, text))
			}
			for _, s := range service.Read(files, nil).Services {
				for _, fact := range s.Facts() {
					span := fact.At.Span
					if span.Start < 0 || span.End < span.Start || span.End > len(fact.At.File.Text) {
						t.Fatalf("%s: %q stands at %v of %d bytes:\n%s", name, fact.Text, span, len(fact.At.File.Text), fact.At.File.Text)
					}
				}
			}
		}
	}
}

// TestScriptsCallEachOther reads entry points that never come to an end.
func TestScriptsCallEachOther(t *testing.T) {
	t.Parallel()
	files := []*source.File{
		source.NewFile("Procfile", "web: sh a.sh\n"),
		source.NewFile("a.sh", "#!/bin/sh\nsh b.sh\n"), source.NewFile("b.sh", "#!/bin/sh\nsh a.sh\nsh b.sh\n"),
		source.NewFile("package.json", `{"scripts": {"start": "npm start", "a": "npm run a && npm run a"}}`),
		source.NewFile("Procfile.npm", "web: npm start\na: npm run a\n"),
		source.NewFile("compose.yaml", "services:\n  a: {extends: b, image: x}\n  b: {extends: a, image: y}\n  c: &c\n    image: z\n    x: [*c, *c]\n"),
	}
	if all := service.Read(files, nil).Services; len(all) == 0 {
		t.Error("nothing is read")
	}
}

// TestMany reads many services: the work grows with them, not with their square.
func TestMany(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("services:\n")
	for range 3000 {
		b.WriteString("  s" + strings.Repeat("x", b.Len()%7) + string(rune('a'+b.Len()%26)) + strings.Repeat("y", b.Len()%97) + ":\n    image: node:20\n    command: gunicorn -b :8000 a:app\n")
	}
	inv := service.Read([]*source.File{source.NewFile("compose.yaml", b.String())}, nil)
	if len(inv.Services) == 0 {
		t.Error("nothing is read")
	}
}

// TestDockerfileEndsInBackslash reads a file to its end, where a line is to go on that
// does not come.
func TestDockerfileEndsInBackslash(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"FROM a\nCMD b \\", "FROM a\nCMD b \\\n", "FROM a\nCMD b \\\n# c", "\\"} {
		if got := service.Instructions(source.NewFile("Dockerfile", text)); len(got) > 2 {
			t.Errorf("%q has %d instructions", text, len(got))
		}
	}
}
