package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/report"
)

// exampleNginx is the file that the examples of docs/formats.md are about.
const exampleNginx = `events {}
http {
    upstream app {
        server 10.0.0.1:8080;
        keepalive 16;
    }
    server {
        location / {
            proxy_pass http://app;
        }
    }
}
`

// excerpts are the paths in JSON of what is shown of formats that are long.
var excerpts = map[string][]any{
	"json":   {"findings", 0},
	"sarif":  {"runs", 0, "results", 0},
	"rdjson": {"diagnostics", 0},
}

// TestFormatsDocument keeps the examples of docs/formats.md true.
func TestFormatsDocument(t *testing.T) {
	name, err := filepath.Abs(filepath.Join("..", "..", "docs", "formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	was, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for file, text := range map[string]string{"nginx.conf": exampleNginx, ".git/HEAD": ""} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	shown := map[string]bool{}
	block := regexp.MustCompile("(?s)(<!-- example: (\\S+) -->\n```\\w+\n)(.*?)(```\n)")
	now := block.ReplaceAllStringFunc(string(was), func(s string) string {
		m := block.FindStringSubmatch(s)
		shown[m[2]] = true
		text := exampleNginx
		if m[2] != "nginx.conf" {
			text = example(t, m[2])
		}
		return m[1] + text + m[4]
	})
	golden(t, name, now)
	for _, format := range report.Names() {
		if !strings.Contains(now, "\n| `"+format+"` | ") || !strings.Contains(now, "\n## "+format+"\n") {
			t.Errorf("docs/formats.md does not describe %s", format)
		}
		delete(shown, format)
	}
	if delete(shown, "nginx.conf"); len(shown) > 0 {
		t.Errorf("docs/formats.md shows what is no format: %v", shown)
	}
}

// example is what a format says of the finding, or the part of it to show.
func example(t *testing.T, format string) string {
	t.Helper()
	var out, stderr bytes.Buffer
	args := []string{"check", "--nginx", "1.28.0", "--select", "nginx-proxy-http10", "--color", "never", "--format", format, "."}
	if status := run(args, strings.NewReader(""), &out, &stderr); status != statusFindings || stderr.Len() > 0 {
		t.Fatalf("%s: exit status %d\n%s", format, status, &stderr)
	}
	path, ok := excerpts[format]
	if !ok {
		return out.String()
	}
	part := json.RawMessage(out.Bytes())
	for _, key := range path {
		var err error
		if name, isName := key.(string); isName {
			var object map[string]json.RawMessage
			err = json.Unmarshal(part, &object)
			part = object[name]
		} else {
			var list []json.RawMessage
			if err = json.Unmarshal(part, &list); len(list) > 0 {
				part = list[0]
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, part, "", "  "); err != nil {
		t.Fatal(err)
	}
	return indented.String() + "\n"
}
