package engine_test

import (
	"context"
	"io"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/workspace"
)

// FuzzRun goes through everything that a user may ask about a repository of two files:
// check in every format, show, and fix until nothing is left to fix. Nothing of it may
// break, and what fixes leave has no more to fix.
func FuzzRun(f *testing.F) {
	carriers, err := filepath.Glob(filepath.Join("..", "..", "parser", "embed", "testdata", "carriers", "*.txtar"))
	if err != nil || len(carriers) == 0 {
		f.Fatalf("no carriers: %v", err)
	}
	const main = "events {}\nhttp {\n    upstream app { server localhost:3000; keepalive 8; }\n    include conf.d/*;\n    server { listen 80; location / { proxy_pass http://app; } }\n}\n"
	for _, c := range carriers {
		ar, err := txtar.ParseFile(c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(ar.Files[0].Name, string(ar.Files[0].Data), main)
	}
	for name, text := range map[string]string{
		"conf.d/a.conf":      "server { listen 81; location /events { proxy_pass http://app; proxy_set_header; } }\n",
		"conf.d/a.conf.j2":   "server {\n{% if tls %}\n    listen {{ port }} ssl;\n{% endif %}\n    location / { proxy_pass http://{{ up }}; proxy_buffering off; }\n}\n",
		"conf.d/a.conf.erb":  "server {\n<% @a.each do |b| %>\n    location <%= b %> { proxy_pass http://app; }\n<% end %>\n}\n",
		"sysctl.d/99-a.conf": "net.ipv4.tcp_tw_recycle = 1\nnet.core.somaxconn = 64\nnet.ipv4.ip_local_port_range = 1024\n",
		".tcplint.toml":      "[sse]\nlocations = [\"/\"]\n[upstream.app]\nbackend = \"node\"\n",
		"docker-compose.yml": "services:\n  app:\n    image: node\n    ports: [\"3000:3000\"]\n    sysctls:\n      net.core.somaxconn: 64\n",
	} {
		f.Add(name, text, main)
	}
	f.Fuzz(func(t *testing.T, name, text, main string) {
		const enough = 16 << 10
		if len(text)+len(main) > enough || !filepath.IsLocal(name) || strings.ContainsAny(name, "\x00\\") || strings.HasSuffix(name, "/") || name == "nginx.conf" {
			t.Skip()
		}
		files := map[string]string{".git/HEAD": "", "nginx.conf": main, filepath.ToSlash(filepath.Clean(name)): text}
		changes := wholeRun(t, files)
		maps.Copy(files, changes)
		if len(changes) == 0 {
			return
		}
		if again := wholeRun(t, files); len(again) > 0 {
			t.Errorf("fixed files are fixed again: %q becomes %q", files, again)
		}
	})
}

// wholeRun asks everything, and returns what fixing changes.
func wholeRun(t *testing.T, files map[string]string) map[string]string {
	t.Helper()
	ws, err := workspace.Open(workspace.Memory(files), workspace.Options{})
	if err != nil {
		return nil // a configuration that is wrong
	}
	res, err := engine.Check(context.Background(), ws, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range res.Broken {
		t.Errorf("%+v", b)
	}
	engine.Show(ws)
	for _, format := range report.Names() {
		write, err := report.Lookup(format)
		if err != nil {
			t.Fatal(err)
		}
		if err := write(io.Discard, res.Result, report.Options{Hosts: res.Hosts, Color: true, Width: 80}); err != nil {
			t.Errorf("%s: %v", format, err)
		}
	}
	fixed, err := engine.Fix(context.Background(), ws, engine.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range fixed.Result.Broken {
		t.Errorf("fix: %+v", b)
	}
	fixed.Diff()
	changes := map[string]string{}
	for _, c := range fixed.Changes {
		changes[c.Old.Path] = c.New.Text
	}
	if len(fixed.Unfinished) > 0 {
		return nil // it is said
	}
	return changes
}
