package lsp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"

	"github.com/tcplint/tcplint/internal/workspace"
	"github.com/tcplint/tcplint/parser/source"
)

// TestOrder edits a text at random places, faster than it is checked, and asks what
// the server has of it: two changes that swap would spoil it.
func TestOrder(t *testing.T) {
	t.Parallel()
	for _, features := range []string{`{}`, `{"general": {"positionEncodings": ["utf-8", "utf-16"]}}`} {
		r := rand.New(rand.NewPCG(15, uint64(len(features))))
		e := start(t, repo(), features)
		if e.utf8 != (len(features) > 2) {
			t.Fatalf("columns in bytes: %v, with %s", e.utf8, features)
		}
		e.open(app, appConf)
		pieces := []string{"x", "ü", "🛰", "\r\n", "\n", "世界 ", "# ", "", "listen 81;\n"}
		for range 200 {
			text := []rune(e.texts[app])
			i := r.IntN(len(text) + 1)
			j := min(i+r.IntN(4), len(text))
			start, end := len(string(text[:i])), len(string(text[:j]))
			if cut := e.texts[app]; start > 0 && start < len(cut) && cut[start-1:start+1] == "\r\n" || end > 0 && end < len(cut) && cut[end-1:end+1] == "\r\n" {
				continue // no place of the protocol
			}
			e.splice(app, source.Span{Start: start, End: end}, pieces[r.IntN(len(pieces))])
		}
		// A request comes after all notifications that were sent before it.
		var all []documentSymbol
		e.must("textDocument/documentSymbol", `{"textDocument": {"uri": "file:///repo/conf.d/app.conf"}}`, &all)
		if got := e.server.document(uriOf(app)); got.text != e.texts[app] || got.version != e.at[app] {
			t.Fatalf("the server has\n%q, the editor\n%q", got.text, e.texts[app])
		}
		// A version that is not newer is of a message that was sent twice.
		e.note("textDocument/didChange", `{"textDocument": {"uri": "file:///repo/conf.d/app.conf", "version": 2}, "contentChanges": [{"text": "gone"}]}`)
		e.must("textDocument/documentSymbol", `{"textDocument": {"uri": "file:///repo/conf.d/app.conf"}}`, &all)
		if got := e.server.document(uriOf(app)); got.text != e.texts[app] {
			t.Errorf("an old version counts: %q", got.text)
		}
	}
}

// slow is a file system that nothing can be read from before it is opened.
type slow struct {
	workspace.FS

	wait  chan struct{}
	asked chan struct{}
	once  *sync.Once
}

func (s slow) Open(name string) (fs.File, error) {
	s.once.Do(func() { close(s.asked) })
	<-s.wait
	return s.FS.Open(name)
}

// wire speaks with a server message by message.
type wire struct {
	t    *testing.T
	ch   channel.Channel
	said chan []byte // what the server says, read at once: pipes have no room
}

func dial(t *testing.T, fsys workspace.FS) (*wire, chan error) {
	t.Helper()
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- Serve(t.Context(), toServer, fromServer, Options{FS: fsys})
		_ = fromServer.Close()
	}()
	w := &wire{t, inSchema(t, channel.LSP(toClient, fromClient)), make(chan []byte, 1000)}
	go func() {
		defer close(w.said)
		for {
			raw, err := w.ch.Recv()
			if err != nil {
				return
			}
			w.said <- bytes.Clone(raw)
		}
	}()
	t.Cleanup(func() {
		_ = w.ch.Close()
		_ = toClient.Close() // else the server waits for someone who reads
	})
	return w, done
}

func (w *wire) send(fields string) {
	w.t.Helper()
	if err := w.ch.Send([]byte(`{"jsonrpc": "2.0", ` + fields + `}`)); err != nil {
		w.t.Fatal(err)
	}
}

// answer waits for the answer to a request; what the server says meanwhile is passed
// over.
func (w *wire) answer(id string) (result string, code jrpc2.Code) {
	w.t.Helper()
	for {
		raw, ok := <-w.said
		if !ok {
			w.t.Fatal("the server is gone")
		}
		var m struct {
			ID     json.RawMessage `json:"id"`
			Result json.RawMessage `json:"result"`
			Error  *jrpc2.Error    `json:"error"`
		}
		if err := json.Unmarshal(raw, &m); err != nil {
			w.t.Fatal(err)
		}
		if string(m.ID) != id {
			continue
		}
		if m.Error != nil {
			return "", m.Error.Code
		}
		return string(m.Result), 0
	}
}

const hello = `"id": 1, "method": "initialize", "params": {"processId": null, "rootUri": "file:///repo", "capabilities": {}}`

// TestCancelled cancels requests while they wait, by a number and by a text: no result
// may follow.
func TestCancelled(t *testing.T) {
	t.Parallel()
	fsys := slow{workspace.Memory(repo()), make(chan struct{}), make(chan struct{}), &sync.Once{}}
	w, _ := dial(t, fsys)
	w.send(hello)
	if _, code := w.answer("1"); code != 0 {
		t.Fatal(code)
	}
	w.send(`"method": "textDocument/didOpen", "params": {"textDocument": {"uri": "file:///repo/conf.d/app.conf", "languageId": "nginx", "version": 1, "text": "server {"}}`)
	const ask = `"method": "textDocument/codeAction", "params": {"textDocument": {"uri": "file:///repo/conf.d/app.conf"}, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}, "context": {"diagnostics": []}}`
	w.send(`"id": 2, ` + ask)
	w.send(`"id": "three", ` + ask)
	<-fsys.asked
	w.send(`"method": "$/cancelRequest", "params": {"id": 2}`)
	w.send(`"method": "$/cancelRequest", "params": {"id": "three"}`)
	w.send(`"method": "$/cancelRequest", "params": {"id": 77}`)
	w.send(`"id": 4, "method": "nothing/known"`)
	got := map[string]jrpc2.Code{}
	for opened := false; len(got) < 3; {
		if _, ok := got["4"]; ok && !opened {
			opened = true // all that was sent has been read
			close(fsys.wait)
		}
		raw, err := nextAnswer(w)
		if err != nil {
			t.Fatal(err)
		}
		got[raw.id] = raw.code
	}
	if got["4"] != jrpc2.MethodNotFound {
		t.Errorf("an unknown method: %d", got["4"])
	}
	for _, id := range []string{"2", `"three"`} {
		if got[id] != codeCancelled {
			t.Errorf("the cancelled request %s is answered with %v", id, got)
		}
	}
}

type reply struct {
	id   string
	code jrpc2.Code
}

// nextAnswer is the next answer to any request.
func nextAnswer(w *wire) (reply, error) {
	for {
		raw, ok := <-w.said
		if !ok {
			return reply{}, io.EOF
		}
		var m struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
			Error  *jrpc2.Error    `json:"error"`
		}
		if err := json.Unmarshal(raw, &m); err != nil {
			return reply{}, err
		}
		if m.ID == nil || m.Method != "" {
			continue
		}
		out := reply{id: string(m.ID)}
		if m.Error != nil {
			out.code = m.Error.Code
		}
		return out, nil
	}
}

// TestLife asks at the wrong times.
func TestLife(t *testing.T) {
	t.Parallel()
	const ask = `"method": "textDocument/hover", "params": {"textDocument": {"uri": "file:///repo/x"}, "position": {"line": 0, "character": 0}}`
	w, done := dial(t, workspace.Memory(repo()))
	w.send(`"id": 7, ` + ask)
	if _, code := w.answer("7"); code != codeNotInitialized {
		t.Errorf("before initialize: %d", code)
	}
	w.send(hello)
	if _, code := w.answer("1"); code != 0 {
		t.Errorf("initialize: %d", code)
	}
	w.send(strings.Replace(hello, `"id": 1`, `"id": 2`, 1))
	if _, code := w.answer("2"); code != jrpc2.InvalidRequest {
		t.Errorf("initialize again: %d", code)
	}
	w.send(`"id": 3, ` + ask)
	if result, code := w.answer("3"); code != 0 || result != "null" {
		t.Errorf("a file that is not open: %s %d", result, code)
	}
	w.send(`"id": 4, "method": "textDocument/hover", "params": {"position": 3}`)
	if _, code := w.answer("4"); code != jrpc2.InvalidParams {
		t.Errorf("parameters that cannot be read: %d", code)
	}
	w.send(`"id": 5, "method": "shutdown"`)
	if _, code := w.answer("5"); code != 0 {
		t.Errorf("shutdown: %d", code)
	}
	w.send(`"id": 6, ` + ask)
	if _, code := w.answer("6"); code != jrpc2.InvalidRequest {
		t.Errorf("after shutdown: %d", code)
	}
	w.send(`"method": "exit"`)
	if err := <-done; err != nil {
		t.Errorf("after shutdown and exit: %v", err)
	}
	w, done = dial(t, workspace.Memory(nil))
	w.send(hello)
	w.answer("1")
	_ = w.ch.Close()
	if err := <-done; !errors.Is(err, ErrNoShutdown) {
		t.Errorf("gone without a word: %v", err)
	}
}

// TestSpelling opens a file under an address that the library would spell in another
// way: all that is said of it has the client's own.
func TestSpelling(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a@b.conf", "a%40b.conf", "e(1),%C3%A9.conf", "plain.conf"} {
		files := repo()
		file, err := url.PathUnescape(name)
		if err != nil {
			t.Fatal(err)
		}
		const text = "upstream typed { server 10.0.0.1:80; }\nserver { listen 81; location / { proxy_pass http://typed; } }\n"
		files["repo/conf.d/"+file] = text
		w, _ := dial(t, workspace.Memory(files))
		w.send(hello)
		w.answer("1")
		uri := "file:///repo/conf.d/" + name
		w.send(fmt.Sprintf(`"method": "textDocument/didOpen", "params": {"textDocument": {"uri": %q, "languageId": "nginx", "version": 1, "text": %q}}`, uri, text))
		at := fmt.Sprintf(`"textDocument": {"uri": %q}, "position": {"line": 1, "character": 53}`, uri)
		w.send(`"id": 2, "method": "textDocument/definition", "params": {` + at + `}`)
		w.send(`"id": 3, "method": "textDocument/rename", "params": {` + at + `, "newName": "other"}`)
		told, answered := false, 0
		for raw := range w.said {
			var m struct {
				ID     json.RawMessage `json:"id"`
				Method string          `json:"method"`
			}
			if err := json.Unmarshal(raw, &m); err != nil {
				t.Fatal(err)
			}
			about := string(raw)
			switch {
			case m.Method == "textDocument/publishDiagnostics" && strings.Contains(about, `"version":1`):
				told = true
			case string(m.ID) == "2" || string(m.ID) == "3":
				answered++
			default:
				continue
			}
			if !strings.Contains(about, `"`+uri+`"`) {
				t.Errorf("%s is spelled otherwise in %s", uri, about)
			}
			if told && answered == 2 {
				break
			}
		}
		if !told || answered != 2 {
			t.Errorf("%s: diagnostics %t, %d answers", name, told, answered)
		}
	}
}

// TestLateAnswer gives up a request to the client before it has answered: its answer, with
// a result or, as a client in Lua sends it for nil, without one, is answered by nothing.
func TestLateAnswer(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`, "result": null`, ``, `, "error": {"code": -32601, "message": "no"}`} {
		client, server := channel.Direct()
		a := newAnswers(server)
		srv := jrpc2.NewServer(answersAll{}, &jrpc2.ServerOptions{AllowPush: true}).Start(a)
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan struct{})
		go func() {
			_, _ = srv.Callback(ctx, "ask", nil) // it is given up
			close(gone)
		}()
		var asked struct {
			ID json.RawMessage `json:"id"`
		}
		raw, err := client.Recv()
		if err != nil || json.Unmarshal(raw, &asked) != nil {
			t.Fatal(err, string(raw))
		}
		cancel()
		<-gone
		for _, m := range []string{string(asked.ID) + answer, `7, "method": "known"`} {
			if err := client.Send([]byte(`{"jsonrpc": "2.0", "id": ` + m + `}`)); err != nil {
				t.Fatal(err)
			}
		}
		for {
			if raw, err = client.Recv(); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(raw), `"rpc.cancel"`) {
				break
			}
		}
		if !strings.Contains(string(raw), `"id":7`) {
			t.Errorf("the answer %q is answered with %s", answer, raw)
		}
		_ = client.Close()
		_ = srv.Wait()
	}
}

// answersAll answers every request with nothing.
type answersAll struct{}

func (answersAll) Assign(context.Context, string) jrpc2.Handler {
	return func(context.Context, *jrpc2.Request) (any, error) { return nil, nil }
}
