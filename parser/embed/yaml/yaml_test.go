package yaml

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/embed/embedtest"
	"github.com/tcplint/tcplint/parser/source"
)

// scalarsOf returns all scalars below a node.
func scalarsOf(n *yaml.Node) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		return []*yaml.Node{n}
	}
	var out []*yaml.Node
	for _, c := range n.Content {
		out = append(out, scalarsOf(c)...)
	}
	return out
}

// TestYAMLScalars finds every scalar of documents in the text, byte by byte. What
// is found must be what the library read, and the pieces must stand on disk.
func TestYAMLScalars(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"plain":              "a: b\nc: d e  f\n",
		"plain, comment":     "a: b # c\nd: e#f\n",
		"plain, lines":       "a: b\n  c\n\n  d\n\n\n  e\nf: g\n",
		"plain, flow":        "[a b, {c: d, e: f\n  g}, h]",
		"quotes":             "'a''b': \"c\\\"d\\\\\\te\\x41\\u00e4\\U0001F600\\\tf\"\ng: ''\nh: \"\"\n",
		"quotes, lines":      "a: 'b\n  c\n\n  d''\n\n\n  e'\nf: \"g  \n  h\\\n  i \\\n\n\n  \\ j\\n\n  k\"\n",
		"literal":            "a: |\n  b\n\n    c\n  \td \n\ne: f\n",
		"literal, chomping":  "a: |-\n  b\n\nc: |+\n  d\n\n\ne: |\n  f\n\n",
		"literal, indicator": "a: |2\n    b\n  c\nd: |1-\n  e\nf: |+3\n    g\n\n",
		"literal, comment":   "a: |  # why\n  b\n# c\nd: |- # e\n    f\n   # g\n",
		"literal, blank":     "a: |\n\n\n  b\nc: |+\n\nd: |\ne: |-\n\n\nf: g\n",
		"literal, end":       "a: |\n  b",
		"literal, root":      "--- |\n a\n b\n",
		"literal, list":      "- |\n a\n-  |\n   b\n- - |\n   c\n",
		"folded":             "a: >\n  b\n  c\n\n  d\n    e\n    f\n\n  g\n\n\n  h\n\n",
		"folded, chomping":   "a: >-\n  b\n  c\n\nd: >+\n\n  e\n\n",
		"properties":         "a: &x !!str b\nc: !t &y\n  d\ne: &z # comment\n  |\n  f\ng: *x\n? &k h\n: i\n",
		"code points":        "ä: ö # ü\n'😀': \"€\" \n[ä, 'ö', {ü: |}]: x\n",
		"documents":          "%YAML 1.2\n---\na: b\n...\n",
		"keys":               "? a\n: b\n? |\n  c\n: d\n",
		"nothing":            "a:\nb: ~\n- \n",
		"deep":               "a:\n  - b:\n      - c: 'd'\n        e: |\n          f\n",
		"other line ends":    "a: b\u2028c\u0085d: e\u2029f: |\n  g\n",
	}
	for name, text := range tests {
		for variant, change := range map[string]func(string) string{
			"":        func(s string) string { return s },
			" CRLF":   func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
			" BOM":    func(s string) string { return byteOrderMark + s },
			" second": func(s string) string { return "x: y\n---\n" + s },
		} {
			t.Run(name+variant, func(t *testing.T) {
				t.Parallel()
				text := change(text)
				f := source.NewFile("a.yaml", text)
				for _, s := range yamlDocs(text) {
					d := &yamlDoc{in: f, text: text, start: s.Start, end: s.End}
					if d.read() != nil {
						continue
					}
					for _, n := range scalarsOf(d.root) {
						got, ok := d.scalar(n)
						if !ok {
							t.Errorf("%q in line %d, column %d, is not found", n.Value, n.Line, n.Column)
							continue
						}
						if diff := cmp.Diff(n.Value, got.text.String()); diff != "" {
							t.Errorf("the library's value and what was found (-want +got):\n%s", diff)
						}
						embedtest.CheckSegments(t, f, source.NewView("", got.text.String(), *got.text.Within(f).View))
					}
				}
			})
		}
	}
}

// TestYAMLEdits makes an edit of the one text with a name, and compares the file
// on disk.
func TestYAMLEdits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, disk, text string // text is the end of the text's path
		old, new         string // what is replaced in the text
		want             string // on disk; empty if the edit is refused
	}{
		{
			"a line before another", "nginx.conf: |\n  http {\n    gzip on;\n  }\n", "nginx.conf",
			"  gzip on;\n", "  etag on;\n\n  gzip on;\n", "nginx.conf: |\n  http {\n    etag on;\n\n    gzip on;\n  }\n",
		},
		{
			"a line behind another", "nginx.conf: |\n  http {\n    gzip on;\n  }\n", "nginx.conf",
			"on;", "on;\n  etag on;", "nginx.conf: |\n  http {\n    gzip on;\n    etag on;\n  }\n",
		},
		{
			"a line less", "nginx.conf: |\r\n  http {\r\n    gzip on;\r\n  }\r\n", "nginx.conf",
			"  gzip on;\n", "", "nginx.conf: |\r\n  http {\r\n  }\r\n",
		},
		{
			"a line in a file with CRLF", "nginx.conf: |\r\n  http {\r\n  }\r\n", "nginx.conf",
			"http {", "http {\n  gzip on;", "nginx.conf: |\r\n  http {\r\n    gzip on;\r\n  }\r\n",
		},
		{"indentation of the first line", "nginx.conf: |\n  http {\n  }\n", "nginx.conf", "http", "  http", ""},
		{
			"indentation with an indicator", "nginx.conf: |2\n  http {\n  }\n", "nginx.conf",
			"http", "  http", "nginx.conf: |2\n    http {\n  }\n",
		},
		{"a folded text", "nginx.conf: >\n  http {\n  gzip on; }\n", "nginx.conf", "on", "off", ""},
		{
			"a value in double quotes", "nginx.conf: \"http {\\n  gzip on;\\n}\\n\"\n", "nginx.conf",
			"on", `"on"`, "nginx.conf: \"http {\\n  gzip \\\"on\\\";\\n}\\n\"\n",
		},
		{"a line in double quotes", "nginx.conf: \"http {\\n  gzip on;\\n}\\n\"\n", "nginx.conf", "on;", "on;\n  etag on;", ""},
		{
			"single quotes", "data: {path: nginx.conf, content: 'http { set $a ''b''; }'}\n", "nginx.conf",
			"b'", "c'; set $d 'e'", "data: {path: nginx.conf, content: 'http { set $a ''c''; set $d ''e''; }'}\n",
		},
		{
			"a plain scalar", "server-snippet: gzip on;\n", "server-snippet", "on", "off", "server-snippet: gzip off;\n",
		},
		{"a plain scalar that would be none", "server-snippet: gzip on;\n", "server-snippet", "on;", "on; # a: b", ""},
		{
			"a value of settings", "s:\n  net.core.somaxconn: 1 # why\n", "settings", "1", "4096",
			"s:\n  net.core.somaxconn: 4096 # why\n",
		},
		{
			"a value of several words", "s: {net.ipv4.tcp_rmem: '1 2 3', vm.swappiness: 1}\n", "settings", "1 2 3", "4 5 6",
			"s: {net.ipv4.tcp_rmem: '4 5 6', vm.swappiness: 1}\n",
		},
		{"a value of a list in quotes", "s: [net.ipv4.tcp_rmem=1 2 3]\n", "settings", "1 2 3", "4 5 6", "s: [net.ipv4.tcp_rmem=4 5 6]\n"},
		{"a line of settings", "s:\n  net.core.somaxconn: 1\n", "settings", "net.core.somaxconn = 1\n", "", ""},
		{"a value that YAML would change", "s:\n  net.core.somaxconn: 1\n", "settings", "1", "0x10", ""},
		{
			"a dollar of Compose",
			"services: {a: {image: a}}\nconfigs:\n  nginx.conf:\n    content: |\n      server { set $$a 1; listen ${P}; }\n", "nginx.conf",
			"set $a 1", "set $a $b", "services: {a: {image: a}}\nconfigs:\n  nginx.conf:\n    content: |\n      server { set $$a $$b; listen ${P}; }\n",
		},
		{
			"a file within a file", "data: |\n  nginx.conf: |\n    http {\n      gzip on;\n    }\n", "nginx.conf",
			"on;", "on;\n  etag on;", "data: |\n  nginx.conf: |\n    http {\n      gzip on;\n      etag on;\n    }\n",
		},
		{
			"a profile within a file", "p: |\n  [main]\n  [sysctl]\n  vm.swappiness=1\n", "[sysctl]", "=1", "=2",
			"p: |\n  [main]\n  [sysctl]\n  vm.swappiness=2\n",
		},
		{
			"beside code", "data:\n  nginx.conf: |\n    http {\n{{ if .Values.a }}\n      gzip on;\n{{ end }}\n    }\n", "nginx.conf",
			"on;", "off;", "data:\n  nginx.conf: |\n    http {\n{{ if .Values.a }}\n      gzip off;\n{{ end }}\n    }\n",
		},
		{"what would be code", "data:\n  nginx.conf: |\n    http {\n      gzip {{ .Values.a }};\n      etag on;\n    }\n", "nginx.conf", "on;", "{{ on }};", ""},
		{
			"an item of a loop", "- sysctl: name={{ item.k }} value={{ item.v }}\n  loop:\n    - {k: vm.swappiness, v: 1}\n", "tasks", "1", "2",
			"- sysctl: name={{ item.k }} value={{ item.v }}\n  loop:\n    - {k: vm.swappiness, v: 2}\n",
		},
		{"a value that items share", "- sysctl: name=vm.{{ item }} value=1\n  loop: [swappiness, dirty_ratio]\n", "tasks", "1", "2", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := source.NewFile("a.yaml", tt.disk)
			var text *source.File
			for _, x := range Read(f).Texts {
				if strings.HasSuffix(x.File.Path, tt.text) {
					text = x.File
				}
			}
			if text == nil {
				t.Fatalf("no text %q in\n%s", tt.text, embedtest.Describe(Read(f)))
			}
			at := strings.Index(text.Text, tt.old)
			if at < 0 {
				t.Fatalf("no %q in %q", tt.old, text.Text)
			}
			e := source.Edit{Span: source.Span{Start: at, End: at + len(tt.old)}, New: tt.new}
			out, err := source.Rewrite(map[*source.File][]source.Edit{text: {e}})
			got := ""
			if err == nil {
				got = out.Disk[f.Path].Text
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("on disk (-want +got), error %v:\n%s", err, diff)
			}
		})
	}
}
