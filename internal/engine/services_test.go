package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/workspace"
)

// shop is a repository whose backend's own file decides what is wrong.
var shop = map[string]string{
	".git/HEAD": "ref: refs/heads/main\n",
	"compose/compose.yaml": `services:
  proxy:
    image: nginx:1.27
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
  web:
    image: node:22
    working_dir: /srv
    volumes: ["./web:/srv"]
    command: ["node", "server.js"]
`,
	"compose/web/server.js": "require('http').createServer((q, r) => r.end()).listen(3000);\n",
	"compose/nginx.conf": `events {}
http {
    upstream web {
        server web:3000;
        keepalive 8;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_pass http://web;
        }
    }
}
`,
}

// TestServicesAgain changes the files beside nginx, and looks that what follows from
// them is judged again, and nothing else.
func TestServicesAgain(t *testing.T) {
	t.Parallel()
	ws, err := workspace.Open(workspace.Memory(shop), workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const race = "nginx-keepalive-timeout-race"
	found := func(ws *workspace.Workspace) bool {
		res, err := engine.Check(t.Context(), ws, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(res.Findings, func(f lint.Finding) bool { return f.Rule.ID == race })
		return i >= 0
	}
	if !found(ws) {
		t.Error("what node does by default is not seen")
	}
	longer := strings.Replace(shop["compose/web/server.js"], ".listen(3000)", ".listen(3000).keepAliveTimeout = 75_000", 1)
	steps := []struct {
		name    string
		change  workspace.Change
		want    bool
		rebuilt bool
	}{
		{"a script that keeps connections for longer", workspace.Edit("compose/web/server.js", longer), false, true},
		{"another file that nobody reads", workspace.Edit("compose/README", "x"), false, false},
		{"the port of another service", workspace.Edit("compose/compose.yaml", strings.Replace(shop["compose/compose.yaml"], "  web:", "  app:", 1)), false, true},
		{"the old text again", workspace.Edit("compose/compose.yaml", shop["compose/compose.yaml"]), false, true},
		{"the old script again", workspace.Edit("compose/web/server.js", shop["compose/web/server.js"]), true, true},
	}
	for _, step := range steps {
		next, err := ws.With(step.change)
		if err != nil {
			t.Fatal(err)
		}
		if rebuilt := next.Hosts()[0].Model != ws.Hosts()[0].Model; rebuilt != step.rebuilt {
			t.Errorf("%s: the host is built again: %v", step.name, rebuilt)
		}
		if got := found(next); got != step.want {
			t.Errorf("%s: the race is found: %v", step.name, got)
		}
		ws = next
	}
}

// TestServerOfImage changes the release in the tag of the image that reads a
// configuration: findings are those of that release, unless another one is told.
func TestServerOfImage(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"compose.yaml": "services:\n  proxy:\n    image: nginx:1.23.4\n    volumes: [\"./nginx.conf:/etc/nginx/nginx.conf\"]\n",
		"nginx.conf":   "events {}\nhttp {\n    server {\n        listen 8443 ssl;\n        http2 on;\n    }\n}\n",
	}
	ws, err := workspace.Open(workspace.Memory(files), workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tag := func(tag string) workspace.Change {
		return workspace.Edit("compose.yaml", strings.Replace(files["compose.yaml"], "1.23.4", tag, 1))
	}
	for _, step := range []struct {
		change workspace.Change
		refuse string // the note beneath the finding; empty if there is none
	}{
		{tag("1.23.4"), "the image that reads this holds nginx 1.23.4"},
		{tag("1.28.0"), ""},
		{tag("1.24"), "the image that reads this holds nginx 1.24 to before 1.25"},
		{tag("latest"), ""},
		{tag("1.23.4"), "the image that reads this holds nginx 1.23.4"},
		{workspace.Edit(".tcplint.toml", "[target]\nnginx = \"1.28.0\"\n"), ""},
		{workspace.Edit(".tcplint.toml", "[target]\nnginx = \"1.22.1\"\n"), "no note"},
	} {
		if ws, err = ws.With(step.change); err != nil {
			t.Fatal(err)
		}
		res, err := engine.Check(t.Context(), ws, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range res.Findings {
			if f.Rule.ID == "nginx-directive-version" {
				got = "no note"
				if len(f.Notes) > 0 {
					got = f.Notes[0].Msg
				}
			}
		}
		if got != step.refuse {
			t.Errorf("after %v: %q, want %q", step.change, got, step.refuse)
		}
	}
}
