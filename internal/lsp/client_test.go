package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
	"go.lsp.dev/protocol"

	"github.com/tcplint/tcplint/internal/workspace"
	"github.com/tcplint/tcplint/parser/source"
)

// patience is how long a test waits for what must come; it is never waited for if
// all is well.
const patience = 2 * time.Minute

// editor is a client: it has texts open, edits them as an editor does, and notes what
// the server says.
type editor struct {
	t      *testing.T
	rpc    *jrpc2.Client
	server *server
	done   chan error
	utf8   bool
	texts  map[string]string // open ones, by path
	at     map[string]int32  // their versions

	mu     sync.Mutex
	news   *sync.Cond
	said   map[string]publishParams // the last of each file, by address
	times  map[string]int
	asked  []string          // requests of the server
	notes  []string          // other notifications
	reply  map[string]string // answers to requests of the server
	failed error
}

// start connects an editor with a server on files, and says hello.
func start(t *testing.T, files map[string]string, features string) *editor {
	t.Helper()
	return startOn(t, workspace.Memory(files), workspace.Options{}, `"rootUri": "file:///repo"`, features)
}

func startOn(t *testing.T, fsys workspace.FS, o workspace.Options, root, features string) *editor {
	t.Helper()
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	e := &editor{
		t: t, done: make(chan error, 1), texts: map[string]string{}, at: map[string]int32{},
		said: map[string]publishParams{}, times: map[string]int{}, reply: map[string]string{},
	}
	e.server = newServer(Options{FS: fsys, Workspace: o, Version: "test", Log: func(s string) { t.Log("server:", s) }})
	e.news = sync.NewCond(&e.mu)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		e.done <- e.server.serve(ctx, toServer, fromServer)
		_ = fromServer.Close()
	}()
	e.rpc = jrpc2.NewClient(tap{inSchema(t, channel.LSP(toClient, fromClient)), e.notified}, &jrpc2.ClientOptions{OnNotify: func(*jrpc2.Request) {}, OnCallback: e.called})
	t.Cleanup(func() {
		_ = e.rpc.Close()
		_ = toClient.Close() // else the server waits for someone who reads
		cancel()
		select {
		case err := <-e.done:
			if err != nil && !errors.Is(err, ErrNoShutdown) && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		case <-time.After(patience):
			t.Error("the server does not end")
		}
	})
	if features == "" {
		features = "{}"
	}
	var got struct {
		Capabilities struct {
			PositionEncoding string `json:"positionEncoding"`
		} `json:"capabilities"`
	}
	e.must("initialize", fmt.Sprintf(`{"processId": 1, %s, "capabilities": %s}`, root, features), &got)
	e.utf8 = got.Capabilities.PositionEncoding == "utf-8"
	e.note("initialized", "{}")
	return e
}

// tap sees notifications in the order of the wire; jrpc2's client hands each message to a
// goroutine of its own, which keeps none.
type tap struct {
	channel.Channel

	notified func(method string, raw json.RawMessage)
}

// Recv receives a message.
func (t tap) Recv() ([]byte, error) {
	raw, err := t.Channel.Recv()
	var m struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	if err == nil && json.Unmarshal(raw, &m) == nil && m.ID == nil {
		t.notified(m.Method, m.Params)
	}
	return raw, err
}

func (e *editor) notified(method string, raw json.RawMessage) {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.news.Broadcast()
	if method != "textDocument/publishDiagnostics" {
		e.notes = append(e.notes, method+" "+string(raw))
		return
	}
	var p publishParams
	err := protocol.Unmarshal(raw, &p)
	e.failed = errors.Join(e.failed, err)
	e.said[string(p.URI)] = p
	e.times[string(p.URI)]++
}

func (e *editor) called(_ context.Context, req *jrpc2.Request) (any, error) {
	var raw json.RawMessage
	if err := req.UnmarshalParams(&raw); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.news.Broadcast()
	e.asked = append(e.asked, req.Method()+" "+string(raw))
	if r, ok := e.reply[req.Method()]; ok {
		return json.RawMessage(r), nil
	}
	return json.RawMessage("null"), nil
}

// wait waits until something holds of what the server has said.
func (e *editor) wait(what string, holds func() bool) {
	e.t.Helper()
	late := time.AfterFunc(patience, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.failed = fmt.Errorf("waited in vain for %s; said: %v", what, e.said)
		e.news.Broadcast()
	})
	defer late.Stop()
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.failed == nil && !holds() {
		e.news.Wait()
	}
	if e.failed != nil {
		e.t.Fatal(e.failed)
	}
}

func params(v any) any {
	if s, ok := v.(string); ok {
		return json.RawMessage(s)
	}
	raw, err := protocol.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return json.RawMessage(raw)
}

func (e *editor) note(method string, v any) {
	e.t.Helper()
	if err := e.rpc.Notify(context.Background(), method, params(v)); err != nil {
		e.t.Fatal(method, err)
	}
}

// ask sends a request and reads its answer.
func (e *editor) ask(method string, v, into any) error {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	rsp, err := e.rpc.Call(ctx, method, params(v))
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := rsp.UnmarshalResult(&raw); err != nil {
		return err
	}
	if into == nil {
		return nil
	}
	return protocol.Unmarshal(raw, into)
}

func (e *editor) must(method string, v, into any) {
	e.t.Helper()
	if err := e.ask(method, v, into); err != nil {
		e.t.Fatal(method, err)
	}
}

func address(path string) string { return string(uriOf(path)) }

// open opens a file with a text.
func (e *editor) open(path, text string) {
	e.t.Helper()
	e.texts[path], e.at[path] = text, 1
	e.note("textDocument/didOpen", &openParams{TextDocument: protocol.TextDocumentItem{URI: uriOf(path), LanguageID: "nginx", Version: 1, Text: text}})
}

// edit replaces the one place where a text has old.
func (e *editor) edit(path, old, new string) {
	e.t.Helper()
	i := strings.Index(e.texts[path], old)
	if i < 0 {
		e.t.Fatalf("%s has no %q", path, old)
	}
	e.splice(path, source.Span{Start: i, End: i + len(old)}, new)
}

func (e *editor) splice(path string, at source.Span, new string) {
	e.t.Helper()
	text := e.texts[path]
	r := newMapper(text, e.utf8).span(at)
	e.texts[path] = text[:at.Start] + new + text[at.End:]
	e.at[path]++
	e.note("textDocument/didChange", &changeParams{
		TextDocument:   protocol.VersionedTextDocumentIdentifier{TextDocumentIdentifier: docIdentifier{URI: uriOf(path)}, Version: e.at[path]},
		ContentChanges: []contentChange{&partialChange{Range: r, Text: new}},
	})
}

// diagnostics waits until the server has spoken of the version that is open.
func (e *editor) diagnostics(path string) []string {
	e.t.Helper()
	var last publishParams
	e.wait("diagnostics of "+path, func() bool {
		p, ok := e.said[address(path)]
		v, has := p.Version.Get()
		last = p
		return ok && (e.at[path] == 0 || has && v == e.at[path])
	})
	return linesOf(last.Diagnostics)
}

// linesOf are diagnostics with their places, rules and first lines.
func linesOf(all []diagnostic) []string {
	var out []string
	for _, d := range all {
		rule, msg := ruleOf(d)
		first, _, _ := strings.Cut(msg, "\n")
		out = append(out, fmt.Sprintf("%d:%d-%d:%d %s %s", d.Range.Start.Line, d.Range.Start.Character, d.Range.End.Line, d.Range.End.Character, rule, first))
	}
	return out
}

// apply makes an edit in the open texts, as an editor does, and tells the server.
func (e *editor) apply(w *workspaceEdit) {
	e.t.Helper()
	edits := map[string][]textEdit{}
	for u, list := range w.Changes {
		edits[string(u)] = list
	}
	for _, c := range w.DocumentChanges {
		f, ok := c.(*editedFile)
		if !ok {
			e.t.Fatalf("%T is no edit of a file", c)
		}
		path, _ := pathOf(f.TextDocument.URI, false)
		if v := f.TextDocument.Version; v != nil && *v != e.at[path] {
			e.t.Fatalf("the edit is for version %d of %s, which is at %d", *v, path, e.at[path])
		}
		for _, x := range f.Edits {
			edit, ok := x.(*textEdit)
			if !ok {
				e.t.Fatalf("%T is no edit of a text", x)
			}
			edits[string(f.TextDocument.URI)] = append(edits[string(f.TextDocument.URI)], *edit)
		}
	}
	for u, list := range edits {
		path, _ := pathOf(docURI(u), false)
		m := newMapper(e.texts[path], e.utf8)
		for _, x := range slices.Backward(list) { // the last first, so that places stay
			e.splice(path, m.offsets(x.Range), x.NewText)
		}
	}
}
