package lsp

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/workspace"
	"github.com/tcplint/tcplint/parser/source"
)

// TestRecording types into real files of other people, and after each pause holds what
// the server says against a server that has just been started on the same bytes.
func TestRecording(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(cmp.Or(os.Getenv("TCPLINT_CORPUS"), filepath.FromSlash("../../../shared/corpus")), "files")
	var names []string
	_ = filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.HasSuffix(p, ".conf") {
			names = append(names, p)
		}
		return nil
	}) // what cannot be listed is not typed into
	if len(names) == 0 {
		t.Skip("no corpus of configurations (set TCPLINT_CORPUS)")
	}
	slices.Sort(names)
	const wanted = 50
	typed := []string{"\n    keepalive 8;", "#", "{", "\n", " off;"}
	for i := range wanted {
		name := names[i*len(names)/wanted]
		raw, err := os.ReadFile(name)
		if err != nil || len(raw) > 1<<16 {
			continue
		}
		text := strings.ToValidUTF8(string(raw), "?")
		const file = "/repo/conf.d/typed.conf"
		open := func() *editor {
			files := map[string]string{"repo/.git/HEAD": "", "repo/conf.d/typed.conf": text}
			e := startOn(t, workspace.Memory(files), workspace.Options{}, `"rootUri": "file:///repo"`, "")
			e.open(file, text)
			return e
		}
		e := open()
		for n, piece := range typed {
			at := (n + 1) * len(text) / (len(typed) + 1)
			for at > 0 && at < len(text) && (text[at]&0xc0 == 0x80 || text[at-1] == '\r') {
				at-- // no place of the protocol
			}
			for k := range piece { // key by key; all are ASCII
				e.splice(file, source.Span{Start: at + k, End: at + k}, piece[k:k+1])
			}
			text = e.texts[file]
			if diff := gocmp.Diff(open().diagnostics(file), e.diagnostics(file)); diff != "" {
				t.Fatalf("%s after %q (-anew +typed):\n%s", name, piece, diff)
			}
		}
	}
}
