package lsp

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"go.lsp.dev/protocol"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/workspace"
	"github.com/tcplint/tcplint/parser/source"
)

// TestRecording types into real files of other people, key by key, and after each pause
// holds what the server says, of the file and of one beside it, against a check of the
// same bytes. With each key a request is sent and taken back: it must have no result
// once the server has answered something that was asked later.
func TestRecording(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(cmp.Or(os.Getenv("TCPLINT_CORPUS"), filepath.FromSlash("../../../shared/corpus")), "files")
	kinds := map[string]int{}
	for _, name := range chosen(t, dir, func(p string, size int64) bool { return strings.HasSuffix(p, ".conf") && size < 1<<16 }) {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		kinds[record(t, name, strings.ToValidUTF8(string(raw), "?"))]++
	}
	t.Logf("typed into %v", kinds)
}

// chosen are 50 files below a folder of those that are wanted; TCPLINT_SEED chooses others.
func chosen(t *testing.T, dir string, wants func(name string, size int64) bool) []string {
	t.Helper()
	var names []string
	_ = filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil && wants(p, info.Size()) {
			names = append(names, p)
		}
		return nil
	}) // what cannot be listed is not typed into
	if len(names) == 0 {
		t.Skip("no corpus (set TCPLINT_CORPUS)")
	}
	slices.Sort(names)
	seed, err := strconv.Atoi(cmp.Or(os.Getenv("TCPLINT_SEED"), "0"))
	if err != nil || seed < 0 {
		t.Fatalf("TCPLINT_SEED: %d, %v", seed, err)
	}
	const wanted = 50
	var out []string
	for i := range min(wanted, len(names)) {
		out = append(out, names[(i*len(names)/wanted+seed)%len(names)])
	}
	return out
}

// TestRecordingInRepositories is the same for files of all kinds in other people's
// repositories, under their own names: templates, manifests, playbooks, units, settings of
// the kernel.
func TestRecordingInRepositories(t *testing.T) {
	t.Parallel()
	root := filepath.Join(cmp.Or(os.Getenv("TCPLINT_CORPUS"), filepath.FromSlash("../../../shared/corpus")), "repos")
	for i, name := range chosen(t, root, func(_ string, size int64) bool { return size > 0 && size < 1<<15 }) {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			t.Fatal(err)
		}
		recordIn(t, rel, strings.ToValidUTF8(string(raw), "?"), "repo/"+filepath.ToSlash(rel), "repo/nginx.conf", i%9-4)
	}
}

// TestBrokenMain types in a main file, and in one that it includes, while the main file
// is not what nginx accepts: what is said is what a check says.
func TestBrokenMain(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		mainConf,
		"events {}\nhttp {\n    include conf.d/*.conf;\n    upstream two { server 10.0.0.1:80; }\n    server { listen 81; location / { proxy_pass http://two; } }\n",
		"server { listen 80; location / { proxy_pass http://10.0.0.1; } }\n",
		"upstream app { server 10.0.0.9:80; }\n}",
	} {
		record(t, "a text", text)
	}
}

// record types into a text, and returns the name of the file that it was taken for.
func record(t *testing.T, what, text string) string {
	t.Helper()
	typed, other := "repo/conf.d/typed.conf", "repo/nginx.conf"
	if strings.Contains(text, "http {") {
		typed, other = "repo/nginx.conf", "repo/conf.d/app.conf"
	}
	recordIn(t, what, text, typed, other, 0)
	return filepath.Base(typed)
}

// recordIn types into a text under a name; the shift moves the places where it types.
func recordIn(t *testing.T, what, text, typed, other string, shift int) {
	t.Helper()
	files := map[string]string{"repo/.git/HEAD": "", "repo/nginx.conf": mainConf, "repo/conf.d/app.conf": appConf}
	files[typed] = text
	w, _ := dial(t, workspace.Memory(files))
	defer w.ch.Close() //nolint:errcheck // the server is asked nothing more
	w.send(hello)
	w.answer("1")
	uri := address("/" + typed)
	w.send(`"method": "textDocument/didOpen", "params": ` + jsonOf(t, &openParams{TextDocument: protocol.TextDocumentItem{URI: uriOf("/" + typed), LanguageID: "nginx", Version: 1, Text: text}}))
	version, id := int32(1), 1
	var log recorded
	for n, piece := range []string{"\n    keepalive 8;", "#", "{", "\n", " off;", "}"} {
		at := (n+1)*len(text)/7 + shift
		at = min(max(at, 0), len(text))
		for at > 0 && at < len(text) && (text[at]&0xc0 == 0x80 || text[at-1] == '\r') {
			at-- // no place of the protocol
		}
		for k := range piece { // all keys are ASCII
			place := newMapper(text, false).span(source.Span{Start: at + k, End: at + k})
			text = text[:at+k] + piece[k:k+1] + text[at+k:]
			version++
			w.send(`"method": "textDocument/didChange", "params": ` + jsonOf(t, &changeParams{
				TextDocument:   protocol.VersionedTextDocumentIdentifier{TextDocumentIdentifier: docIdentifier{URI: uriOf("/" + typed)}, Version: version},
				ContentChanges: []contentChange{&partialChange{Range: place, Text: piece[k : k+1]}},
			}))
			id += 2
			w.send(fmt.Sprintf(`"id": %d, "method": "textDocument/codeAction", "params": {"textDocument": {"uri": %q}, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 9999, "character": 0}}, "context": {"diagnostics": []}}`, id, uri))
			w.send(fmt.Sprintf(`"method": "$/cancelRequest", "params": {"id": %d}`, id))
			w.send(fmt.Sprintf(`"id": %d, "method": "textDocument/foldingRange", "params": {"textDocument": {"uri": %q}}`, id+1, uri))
			log.taken = append(log.taken, id)
		}
		id += 2
		for i, path := range []string{typed, other} {
			w.send(fmt.Sprintf(`"id": %d, "method": "textDocument/diagnostic", "params": {"textDocument": {"uri": %q}}`, id+i, address("/"+path)))
		}
		id++
		log.until(w, uri, version, id)
		files[typed] = text
		want := checkOf(t, files, typed, other)
		for i, path := range []string{typed, other} {
			if diff := gocmp.Diff(want[path], log.pulled[id-1+i]); diff != "" {
				t.Fatalf("%s after %q, %s asked for (-check +server):\n%s", what, piece, path, diff)
			}
		}
		if diff := gocmp.Diff(want[typed], log.pushed); diff != "" {
			t.Fatalf("%s after %q, %s told (-check +server):\n%s", what, piece, typed, diff)
		}
	}
}

// recorded is what a server has said.
type recorded struct {
	taken  []int // requests that were taken back, each before the one with the next number
	pushed []string
	pulled map[int][]string

	version  int32
	answered map[int]bool
}

// until reads until the server has told of a version of a text and has answered all
// requests up to one.
func (r *recorded) until(w *wire, uri string, version int32, last int) {
	w.t.Helper()
	r.pulled, r.answered = map[int][]string{}, map[int]bool{}
	open := slices.Clone(r.taken)
	r.taken = nil
	for r.version != version || !r.answered[last] || !r.answered[last-1] || len(open) > 0 {
		raw, ok := <-w.said
		if !ok {
			w.t.Fatal("the server is gone")
		}
		var m struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
			Params json.RawMessage `json:"params"`
			Result json.RawMessage `json:"result"`
			Error  *struct {
				Code int `json:"code"`
			} `json:"error"`
		}
		if err := json.Unmarshal(raw, &m); err != nil {
			w.t.Fatal(err)
		}
		if m.Method == "textDocument/publishDiagnostics" {
			var p publishParams
			if err := protocol.Unmarshal(m.Params, &p); err != nil {
				w.t.Fatal(err)
			}
			if v, ok := p.Version.Get(); ok && string(p.URI) == uri {
				r.version, r.pushed = v, linesOf(p.Diagnostics)
			}
			continue
		}
		var id int
		if m.Method != "" || json.Unmarshal(m.ID, &id) != nil {
			continue
		}
		r.answered[id] = true
		if i := slices.Index(open, id); i >= 0 {
			open = slices.Delete(open, i, i+1)
			if m.Error == nil && r.answered[id+1] {
				w.t.Fatalf("the request %d was taken back, and has a result: %s", id, m.Result)
			}
			continue
		}
		var full protocol.RelatedFullDocumentDiagnosticReport
		if protocol.Unmarshal(m.Result, &full) == nil {
			r.pulled[id] = linesOf(full.Items)
		}
	}
}

// checkOf is what a check says of files, by their paths.
func checkOf(t *testing.T, files map[string]string, paths ...string) map[string][]string {
	t.Helper()
	ws, err := workspace.Open(workspace.Memory(files), workspace.Options{Dir: "repo"})
	if err != nil {
		t.Fatal(err)
	}
	res, err := engine.Check(t.Context(), ws, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, path := range paths {
		var all []diagnostic
		m := newMapper(files[path], false)
		for i := range res.Findings {
			f := &res.Findings[i]
			if file, span := f.At.File.Locate(f.At.Span); file != nil && "repo/"+file.Path == path {
				all = append(all, plainDiagnostic(m.span(span), severityOf(f.Severity), f.Rule.ID, f.Msg))
			}
		}
		out[path] = linesOf(all)
	}
	return out
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	raw, err := protocol.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
