package lsp

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/protocol"
)

const mainConf = `events {}
http {
    include conf.d/*.conf;
}
`

const appConf = `upstream app {
    server 10.0.0.1:8080;
    keepalive 16;
    keepalive_timeout 1s;
}
server {
    listen 80;
    location / {
        proxy_pass http://app;
    }
}
`

func repo(more ...string) map[string]string {
	files := map[string]string{"repo/.git/HEAD": "", "repo/nginx.conf": mainConf, "repo/conf.d/app.conf": appConf}
	for i := 0; i+1 < len(more); i += 2 {
		files["repo/"+more[i]] = more[i+1]
	}
	return files
}

const app = "/repo/conf.d/app.conf"

func has(list []string, rule string) bool {
	for _, s := range list {
		if strings.Contains(s, " "+rule+" ") {
			return true
		}
	}
	return false
}

func TestDiagnosticsWhileTyping(t *testing.T) {
	t.Parallel()
	e := start(t, repo(), "")
	e.open(app, appConf)
	if got := e.diagnostics(app); !has(got, "nginx-proxy-http10") {
		t.Fatalf("at first: %q", got)
	}
	e.edit(app, "http://app;\n", "http://app;\n        proxy_http_version 1.1;\n        proxy_set_header Connection \"\";\n")
	if got := e.diagnostics(app); has(got, "nginx-proxy-http10") {
		t.Errorf("after HTTP/1.1 was written: %q", got)
	}
	// What is written in one file changes what is said of another.
	e.open("/repo/nginx.conf", mainConf)
	e.edit("/repo/nginx.conf", "conf.d/*.conf", "conf.d/*.none")
	e.edit(app, "16", "17")
	if got := e.diagnostics(app); len(got) > 0 && has(got, "nginx-proxy-http10") {
		t.Errorf("outside of any configuration: %q", got)
	}
	e.note("textDocument/didClose", `{"textDocument": {"uri": "file:///repo/conf.d/app.conf"}}`)
	e.note("textDocument/didClose", `{"textDocument": {"uri": "file:///repo/nginx.conf"}}`)
	delete(e.at, app)
	e.wait("what is on disk", func() bool {
		for _, d := range e.said[address(app)].Diagnostics {
			if id, _ := ruleOf(d); id == "nginx-proxy-http10" {
				return true
			}
		}
		return false
	})
}

func TestFix(t *testing.T) {
	t.Parallel()
	for name, features := range map[string]string{
		"at once": `{}`,
		"later, with versions": `{"workspace": {"workspaceEdit": {"documentChanges": true}},
			"textDocument": {"codeAction": {"dataSupport": true, "resolveSupport": {"properties": ["edit"]}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := start(t, repo(), features)
			e.open(app, appConf)
			e.diagnostics(app)
			a := e.action("proxy_pass", "nginx-proxy-http10", true)
			e.apply(a.Edit)
			want := strings.Replace(appConf, "        proxy_pass http://app;\n", "        proxy_pass http://app;\n        proxy_http_version 1.1;\n        proxy_set_header Connection \"\";\n", 1)
			if diff := cmp.Diff(want, e.texts[app]); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got := e.diagnostics(app); has(got, "nginx-proxy-http10") {
				t.Errorf("after the fix: %q", got)
			}
		})
	}
}

// action returns the action for a rule whose finding stands at a text, with its edit.
func (e *editor) action(at, rule string, preferred bool) codeAction {
	e.t.Helper()
	m := newMapper(e.texts[app], e.utf8)
	pos := m.position(strings.Index(e.texts[app], at))
	var all []codeAction
	e.must("textDocument/codeAction", &actionParams{
		TextDocument: docIdentifier{URI: uriOf(app)}, Range: spanRange{Start: pos, End: pos},
		Context: protocol.CodeActionContext{Diagnostics: []diagnostic{}},
	}, &all)
	for _, a := range all {
		if len(a.Diagnostics) == 0 || preferred != (a.IsPreferred != nil) {
			continue
		}
		if id, _ := ruleOf(a.Diagnostics[0]); id == rule {
			if a.Edit == nil && len(a.Data) > 0 {
				e.must("codeAction/resolve", &a, &a)
			}
			return a
		}
	}
	e.t.Fatalf("no action for %s: %v", rule, all)
	return codeAction{}
}

func TestSuppress(t *testing.T) {
	t.Parallel()
	e := start(t, repo(), "")
	e.open(app, appConf)
	e.diagnostics(app)
	e.apply(e.action("proxy_pass", "nginx-proxy-http10", false).Edit)
	want := strings.Replace(appConf, "        proxy_pass", "        # tcplint:ignore nginx-proxy-http10 -- TODO: say why\n        proxy_pass", 1)
	if diff := cmp.Diff(want, e.texts[app]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := e.diagnostics(app); has(got, "nginx-proxy-http10") {
		t.Errorf("suppressed: %q", got)
	}
}
