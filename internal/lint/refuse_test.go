package lint_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

const shop = `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    server {
        root /srv; # static files
        location / {
            proxy_pass http://app;
        }
        location /static/ { expires 1h; }
        location /api/ {
            proxy_http_version 1.1;
            include headers.conf;
            proxy_pass http://app;
        }
    }
}
-- headers.conf --
proxy_set_header Host $host;
proxy_set_header X-Real-IP $remote_addr;
`

// patch is a rule against "root" whose fix is an edit of text: it replaces the
// first occurrence of from.
func patch(from, to string) *lint.Rule {
	return rule("nginx-patch", "root", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
		start := strings.Index(d.File().Text, from)
		if d.Arg(0) == "/srv" && start >= 0 {
			report(p, s, d, "patch me", nil, source.Edit{Span: source.Span{Start: start, End: start + len(from)}, New: to})
		}
	})
}

// TestRefuse: fixes that must not be made, and what is said of them.
func TestRefuse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		rules []*lint.Rule
		want  []string // the reasons
	}{
		{
			name:  "a syntax error",
			rules: []*lint.Rule{patch("root /srv;", "root /new; }")},
			want:  []string{`nginx-patch: nginx would refuse the result: unexpected "}"`},
		},
		{
			name:  "a block that is not closed",
			rules: []*lint.Rule{patch("root /srv;", "if ($a) {")},
			want:  []string{`nginx-patch: nginx would refuse the result: unexpected end of file, expecting "}"`},
		},
		{
			name: "a forgotten semicolon",
			rules: []*lint.Rule{rule("nginx-etag", "expires", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
				if _, ok := s.Own("etag"); !ok && d.Arg(0) == "1h" {
					report(p, s, d, "no etag", nil, nginx.AddBefore(d, "etag off"))
				}
			})},
			want: []string{"nginx-etag: it would make something else of the directive expires"},
		},
		{
			name:  "a forgotten semicolon before a pass",
			rules: []*lint.Rule{patch("include headers.conf;", "include headers.conf")},
			want:  []string{"nginx-patch: it would make something else of the directive proxy_pass"},
		},
		{
			name:  "a comment that swallows a directive",
			rules: []*lint.Rule{patch("1.1;\n", "1.1; #")},
			want:  []string{"nginx-patch: it would make something else of the directive include"},
		},
		{
			name:  "a comment that becomes a directive",
			rules: []*lint.Rule{patch("# static files", "#\nstatic files;")},
			want:  nil, // the edit itself wrote it
		},
		{
			name:  "a comment that is cut open",
			rules: []*lint.Rule{patch("# ", "#\n")},
			want:  []string{"nginx-patch: it would make something else of the directive location"},
		},
		{
			name:  "a block that ends too early",
			rules: []*lint.Rule{patch("# static files\n", "} server {\n")},
			want:  []string{"nginx-patch: it would make something else of the directive location"},
		},
		{
			name:  "another block",
			rules: []*lint.Rule{patch("location /static/ { expires 1h; }", "location /static/ { expires 1h; } location /x { }")},
			want:  []string{"nginx-patch: it would change the number of blocks from 8 to 9"},
		},
		{
			name: "the trap in the cure",
			rules: []*lint.Rule{
				rule("nginx-trap", "location", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
					if _, own := s.Own("proxy_set_header"); !own && s.Pass() != nil {
						report(p, s, d, "no Connection", []string{"connection"}, nginx.AddInside(d.Body(), `proxy_set_header Connection "";`))
					}
				}),
			},
			want: []string{`nginx-trap: it would change what location / does: host from "$host" to not set, x-real-ip from "$remote_addr" to not set`},
		},
		{
			name:  "a header that the fix does not speak of",
			rules: []*lint.Rule{patch("proxy_http_version 1.1;", `proxy_http_version 1.1; proxy_set_header X "1";`)},
			want:  []string{`nginx-patch: it would change what location /api/ does: x from not set to "1"`},
		},
		{
			name: "a change of another location",
			rules: []*lint.Rule{rule("nginx-wide", "server", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
				if _, ok := s.Own("proxy_buffering"); d.Body() != nil && !ok {
					p.Report(lint.Finding{At: lint.At(d), Msg: "buffered", Fix: &lint.Fix{
						Safety: lint.Safe, Edits: lint.In(d, nginx.AddInside(d.Body(), "proxy_buffering off;")),
						Changes: []string{"proxy_buffering"}, Scopes: slices.Collect(s.Kids())[:1],
					}})
				}
			})},
			want: []string{`nginx-wide: it would change what location /api/ does: proxy_buffering from not set to "off"`},
		},
		{
			name:  "another target",
			rules: []*lint.Rule{patch("proxy_pass http://app;", "proxy_pass http://127.0.0.1;")},
			want: []string{
				`nginx-patch: it would change what location / does: proxy_pass from "http://app" to "http://127.0.0.1"`,
			},
		},
		{
			name:  "no cure",
			rules: []*lint.Rule{patch("# static", "# # static")},
			want:  []string{"nginx-patch: the finding is still there: patch me"},
		},
		{
			name:  "an edit that changes nothing",
			rules: []*lint.Rule{patch("# static", "# static")},
			want:  []string{"nginx-patch: the finding is still there: patch me"},
		},
		{
			name: "a new finding",
			rules: []*lint.Rule{patch("root /srv", "root /new"), rule("nginx-new", "root", func(p *lint.Pass, _ *model.Scope, d *nginx.Directive) {
				if d.Arg(0) == "/new" {
					p.Report(lint.Finding{At: lint.AtWord(d, 1), Msg: "it is new"})
				}
			})},
			want: []string{"nginx-patch: it would bring a new finding: it is new [nginx-new]"},
		},
		{
			name: "a new finding of the least severity is no reason",
			rules: []*lint.Rule{patch("root /srv", "root /new"), rule("nginx-new", "root", func(p *lint.Pass, _ *model.Scope, d *nginx.Directive) {
				if d.Arg(0) == "/new" {
					p.ReportMild(lint.Info, lint.Finding{At: lint.AtWord(d, 1), Msg: "it is new"})
				}
			})},
		},
		{
			name: "a directive that stands twice then",
			rules: []*lint.Rule{rule("nginx-twice", "proxy_http_version", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
				if n := len(s.Get("proxy_set_header").Settings); n == 2 {
					report(p, s, d, "say it again", []string{"x"}, nginx.AddAfter(d, "proxy_http_version 1.1;"), nginx.AddAfter(d, "proxy_set_header X 1;"))
				}
			})},
			want: []string{"nginx-twice: proxy_http_version would stand twice in one block, which nginx refuses"},
		},
		{
			name: "a keepalive that stands twice then",
			rules: []*lint.Rule{rule("nginx-twice", "keepalive", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
				report(p, s, d, "say it again", nil, nginx.AddAfter(d, "keepalive 8;"))
			})},
			want: []string{"nginx-twice: keepalive would stand twice in one block, which nginx refuses"},
		},
		{
			name: "a span outside the file",
			rules: []*lint.Rule{rule("nginx-far", "root", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
				report(p, s, d, "far out", nil, source.Edit{Span: source.Span{Start: 10_000, End: 10_001}, New: ";"})
			})},
			want: []string{"nginx-far: edit 0 (bytes 10000 to 10001) overlaps another or lies outside the text"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// A sound fix beside the bad ones is made all the same.
			sound := setting("nginx-sound", "expires", "1h", "max")
			for _, rules := range [][]*lint.Rule{tt.rules, append([]*lint.Rule{sound}, tt.rules...)} {
				out := lint.FixAll(inputs(t, shop), options(rules...), lint.Safe)
				if diff := cmp.Diff(tt.want, reasons(out)); diff != "" {
					t.Errorf("%d rules, reasons (-want +got):\n%s\n%s", len(rules), diff, changes(out))
				}
				if made := strings.Contains(changes(out), "expires max;"); made != (rules[0] == sound) {
					t.Errorf("the sound fix is made: %v", made)
				}
				if out.Unfinished {
					t.Error("unfinished")
				}
			}
		})
	}
}

// TestRefuseForOthers: a fix that is good for one configuration and bad for
// another one that uses the same file.
func TestRefuseForOthers(t *testing.T) {
	t.Parallel()
	const archive = `-- a.conf --
events {}
http { include http.conf; server { location /a { proxy_set_header Connection ""; proxy_pass http://127.0.0.1:1; } } }
-- b.conf --
events {}
http { include http.conf; server { location /b { proxy_pass http://127.0.0.1:1; } } }
-- http.conf --
sendfile off;
`
	with := func(text string) *lint.Rule {
		return rule("nginx-a", "sendfile", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
			if d.Arg(0) == "off" && p.Host.Nginx.Trees[0].File.Path == "a.conf" {
				report(p, s, d, "off", nil, nginx.SetArg(d, 0, "on"), nginx.AddAfter(d, text))
			}
		})
	}
	jealous := rule("nginx-jealous", "gzip_vary", func(p *lint.Pass, _ *model.Scope, d *nginx.Directive) {
		if p.Host.Nginx.Trees[0].File.Path == "b.conf" {
			p.Report(lint.Finding{At: lint.At(d), Msg: "not here"})
		}
	})
	tests := []struct {
		name  string
		rules []*lint.Rule
		want  []string
	}{
		{"a header that only the other one inherits", []*lint.Rule{with("proxy_set_header Host x;")}, []string{
			`nginx-a: in another configuration, it would change what location /b does: host from "$proxy_host (127.0.0.1)" to "x"`,
		}},
		{"a new finding in the other one", []*lint.Rule{with("gzip_vary on;"), jealous}, []string{
			"nginx-a: it would bring a new finding to another configuration: not here [nginx-jealous]",
		}},
		{"no harm", []*lint.Rule{with("gzip_vary on;")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := lint.FixAll(inputs(t, archive, "a.conf", "b.conf"), options(tt.rules...), lint.Safe)
			if diff := cmp.Diff(tt.want, reasons(out)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if len(out.Changes) == 0 != (tt.want != nil) {
				t.Errorf("%d changes", len(out.Changes))
			}
		})
	}
}
