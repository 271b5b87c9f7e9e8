package lsp

import (
	"strings"
	"testing"

	"go.lsp.dev/protocol"
)

const pulling = `{"workspace": {"diagnostics": {"refreshSupport": true}}, "textDocument": {"diagnostic": {}}}`

// TestPull asks for diagnostics, and is told when to ask again; nothing is pushed.
func TestPull(t *testing.T) {
	t.Parallel()
	e := start(t, repo(), pulling)
	e.open(app, appConf)
	const ask = `{"textDocument": {"uri": "file:///repo/conf.d/app.conf"}%s}`
	var got protocol.RelatedFullDocumentDiagnosticReport
	e.must("textDocument/diagnostic", strings.Replace(ask, "%s", "", 1), &got)
	rules := func(all []diagnostic) string {
		var out []string
		for _, d := range all {
			id, _ := ruleOf(d)
			out = append(out, id)
		}
		return strings.Join(out, " ")
	}
	if !strings.Contains(rules(got.Items), "nginx-proxy-http10") {
		t.Fatalf("pulled: %v", got.Items)
	}
	var same protocol.RelatedUnchangedDocumentDiagnosticReport
	e.must("textDocument/diagnostic", strings.Replace(ask, "%s", `, "previousResultId": "`+*got.ResultID+`"`, 1), &same)
	if same.Kind != "unchanged" {
		t.Errorf("asked again: %v", same)
	}
	var all protocol.WorkspaceDiagnosticReport
	e.must("workspace/diagnostic", `{"previousResultIds": [{"uri": "file:///repo/gone.conf", "value": "x"}]}`, &all)
	seen := map[string]int{}
	for _, x := range all.Items {
		f, ok := x.(*protocol.WorkspaceFullDocumentDiagnosticReport)
		if !ok {
			t.Fatalf("%T", x)
		}
		seen[string(f.URI)] = len(f.Items)
	}
	if seen[address(app)] != len(got.Items) || seen["file:///repo/gone.conf"] != 0 || len(seen) < 2 {
		t.Errorf("of all files: %v, of one: %d", seen, len(got.Items))
	}
	refreshed := func() (n int) {
		for _, m := range e.asked {
			if strings.HasPrefix(m, "workspace/diagnostic/refresh") {
				n++
			}
		}
		return n
	}
	e.wait("the first call to ask again", func() bool { return refreshed() > 0 })
	e.mu.Lock()
	before := refreshed()
	e.mu.Unlock()
	e.edit(app, "keepalive 16;", "keepalive 0;")
	e.wait("another call to ask again", func() bool { return refreshed() > before })
	if len(e.said) > 0 {
		t.Errorf("pushed: %v", e.said)
	}
}

// TestSettings sets the version of nginx: from 1.29.7 on, HTTP/1.1 is the default.
func TestSettings(t *testing.T) {
	t.Parallel()
	e := start(t, repo(), "")
	e.open(app, appConf)
	if got := e.diagnostics(app); !has(got, "nginx-proxy-http10") {
		t.Fatalf("at first: %q", got)
	}
	e.note("workspace/didChangeConfiguration", `{"settings": {"tcplint": {"nginx": "1.31.5"}}}`)
	e.edit(app, "keepalive 16", "keepalive 17")
	if got := e.diagnostics(app); has(got, "nginx-proxy-http10") || has(got, "nginx-upstream-no-keepalive") {
		t.Errorf("for 1.31.5: %q", got)
	}
	e.note("workspace/didChangeConfiguration", `{"settings": {"tcplint": {"nginx": "soon"}}}`)
	e.wait("a word on the wrong version", func() bool {
		for _, n := range e.notes {
			if strings.HasPrefix(n, "window/showMessage") && strings.Contains(n, "soon") {
				return true
			}
		}
		return false
	})
}

// TestOwnConfiguration shows what is wrong with .tcplint.toml where it is.
func TestOwnConfiguration(t *testing.T) {
	t.Parallel()
	e := start(t, repo(".tcplint.toml", "[target]\nnginks = \"1.28.0\"\n"), "")
	const file = "/repo/.tcplint.toml"
	e.wait("the mistake", func() bool { return len(e.said[address(file)].Diagnostics) == 1 })
	if got := e.diagnostics(file); len(got) != 1 || !strings.HasPrefix(got[0], "1:0-") || !strings.Contains(got[0], "nginks") {
		t.Errorf("%q", got)
	}
	e.open(file, "[target]\nnginks = \"1.28.0\"\n")
	e.edit(file, "nginks", "nginx")
	e.open(app, appConf)
	if got := e.diagnostics(app); !has(got, "nginx-proxy-http10") {
		t.Errorf("with the mistake mended: %q", got)
	}
	if got := e.diagnostics(file); len(got) != 0 {
		t.Errorf("with the mistake mended: %q", got)
	}
}
