package mcp

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tcplint/tcplint/internal/workspace"
)

var files = map[string]string{
	"site/nginx.conf": "events {}\nhttp {\n    upstream a { server 127.0.0.1:80; keepalive 2; }\n" +
		"    server {\n        listen 80;\n        location / { proxy_pass http://a; }\n    }\n}\n",
	"site/error.log": "2026/01/02 03:04:05 [alert] 7#7: 16 worker_connections are not enough\n",
}

// connect starts a server on a folder of the disk, and the SDK's own client.
func connect(t *testing.T) (session *mcp.ClientSession, dir string) {
	t.Helper()
	outer := t.TempDir()
	dir = filepath.Join(outer, "given")
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(outer, "secret.conf"), []byte(files["site/nginx.conf"]), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../secret.conf", filepath.Join(dir, "site", "link.conf")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	fsys, ok := root.FS().(workspace.FS)
	if !ok {
		t.Fatal("a root's file system reads no links")
	}
	here, there := mcp.NewInMemoryTransports()
	ctx := context.Background()
	server, err := New(Options{FS: fsys, Version: "1"}).Connect(ctx, there, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err = client.Connect(ctx, here, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = session.Close()
		_ = server.Wait()
	})
	return session, dir
}

func call(t *testing.T, s *mcp.ClientSession, tool string, arguments any) (text string, failed bool) {
	t.Helper()
	res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range res.Content {
		if x, ok := c.(*mcp.TextContent); ok {
			b.WriteString(x.Text)
		}
	}
	return b.String(), res.IsError
}

// Every tool says that it writes nothing, and what it wants.
func TestTools(t *testing.T) {
	s, _ := connect(t)
	list, err := s.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
		if tool.Annotations == nil || !tool.Annotations.ReadOnlyHint || tool.Description == "" || tool.InputSchema == nil {
			t.Errorf("%+v", tool)
		}
	}
	slices.Sort(names)
	if want := []string{"capacity", "check", "diagnose", "explain", "patch", "show"}; !slices.Equal(names, want) {
		t.Errorf("the tools are %v, want %v", names, want)
	}
}

func TestAnswers(t *testing.T) {
	s, dir := connect(t)
	before := snapshot(t, dir)
	for _, c := range []struct {
		tool      string
		arguments any
		want      string
	}{
		{"check", map[string]any{"paths": []string{"site/nginx.conf"}, "nginx": "1.26.3"}, `"rule": "nginx-proxy-http10"`},
		{"show", map[string]any{"paths": []string{"site/nginx.conf"}}, `"target": "upstream \"a\""`},
		{"explain", map[string]any{"name": "nginx-proxy-http10"}, "Why"},
		{"explain", map[string]any{"name": "worker-connections"}, "worker_connections"},
		{"explain", map[string]any{"name": "proxy_http_version"}, "proxy_http_version"},
		{"diagnose", map[string]any{"paths": []string{"site"}}, `"cause": "worker-connections"`},
		{"explain", map[string]any{"name": "net.core.somaxconn"}, "net.core.somaxconn"},
		{"capacity", map[string]any{"paths": []string{"site/nginx.conf"}}, `"id": "worker-connections"`},
		{"capacity", map[string]any{"paths": []string{"site/nginx.conf"}, "rate": 1e9, "latencySeconds": 2}, `"overrun": true`},
		{"patch", map[string]any{"paths": []string{"site/nginx.conf"}, "nginx": "1.26.3", "rules": []string{"nginx-proxy-http10"}, "unsafe": true}, "proxy_http_version 1.1;"},
		{"patch", map[string]any{"paths": []string{"site/nginx.conf"}, "nginx": "1.26.3"}, "more patch"},
		{"explain", map[string]any{"name": "listen.backlog"}, "net.core.somaxconn"},
	} {
		text, failed := call(t, s, c.tool, c.arguments)
		if failed || !strings.Contains(text, c.want) {
			t.Errorf("%s %v: %t\n%s\nwant %s in it", c.tool, c.arguments, failed, text, c.want)
		}
	}
	if after := snapshot(t, dir); !maps.Equal(before, after) {
		t.Errorf("files were changed: %v, before %v", after, before)
	}
}

// Structured content is the same report.
func TestStructured(t *testing.T) {
	s, _ := connect(t)
	res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "check", Arguments: map[string]any{"paths": []string{"site/nginx.conf"}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(res.StructuredContent)
	if err != nil || !strings.Contains(string(got), `"findings"`) {
		t.Errorf("%s %v", got, err)
	}
}

// What is asked wrongly is answered in words; nothing outside of the folder is read.
func TestRefusals(t *testing.T) {
	s, dir := connect(t)
	outside := filepath.Join(filepath.Dir(dir), "secret.conf")
	for _, c := range []struct {
		tool      string
		arguments map[string]any
		want      string
	}{
		{"check", map[string]any{"paths": []string{"none.conf"}}, "none.conf"},
		{"check", map[string]any{"nginx": "one"}, "nginx:"},
		{"explain", map[string]any{"name": "nginx-proxy-http11"}, "nginx-proxy-http10"},
		{"patch", map[string]any{"rules": []string{"nginx-proxy-http11"}}, "nginx-proxy-http10"},
		{"check", map[string]any{"paths": []string{"../secret.conf"}}, "secret.conf"},
		{"check", map[string]any{"paths": []string{outside}}, "secret.conf"},
		{"check", map[string]any{"paths": []string{"site/link.conf"}}, "link.conf"},
		{"diagnose", map[string]any{"paths": []string{"../secret.conf"}}, "secret.conf"},
		{"capacity", map[string]any{"paths": []string{"../secret.conf"}}, "secret.conf"},
		{"capacity", map[string]any{"paths": []string{"none.conf"}}, "none.conf"},
		{"capacity", map[string]any{"rate": -1}, "rate"},
	} {
		text, failed := call(t, s, c.tool, c.arguments)
		if !failed || !strings.Contains(text, c.want) || strings.Contains(text, "proxy_pass") {
			t.Errorf("%s %v: failed is %t, %s; want %s in it", c.tool, c.arguments, failed, text, c.want)
		}
	}
}

func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(p)
		out[p] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
