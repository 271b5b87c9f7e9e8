// Package reporttest has results that are hard to print, for the tests of reports.
package reporttest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/parser/source"
)

// The rules of the hand-built result; they check nothing.
var (
	HTTP10Rule = &lint.Rule{
		ID:       "nginx-proxy-http10",
		Title:    "every request opens a new connection to the pool's servers: HTTP/1.0 is spoken there",
		Severity: lint.Warning,
		Fix:      lint.Safe,
		Needs:    lint.Needs{Nginx: facts.Until(facts.V(1, 29, 7))},
		Since:    "0.1",
		Why: `Before 1.29.7 nginx speaks HTTP/1.0 to its backends unless told otherwise, and
closes the connection after each response. The pool that "keepalive" declares
stays empty.

Measured with 2000 requests:

    proxy_http_version   connections
    1.0 (default)               2000
    1.1                            8

What follows:
- each connection costs a round trip, and <a port> for *60 s* of TIME_WAIT
- slow start begins anew for every response, so that large ones need more round
  trips than on a warm connection

Ignore it where the backend closes connections itself, as ` + "`some_server --once`" + ` does.`,
		Refs: []string{
			"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version",
			"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive",
		},
		Examples: []lint.Example{
			{
				Bad: `upstream app {
    server 10.0.0.1:8080;
    keepalive 32;
}
server {
    location / {
        proxy_pass http://app;
       #^^^^^^^^^^^^^^^^^^^^^^ every request opens a new connection
    }
}
`,
				Good: `upstream app {
    server 10.0.0.1:8080;
    keepalive 32;
}
server {
    location / {
        proxy_pass http://app;
        proxy_http_version 1.1;
    }
}
`,
				Nginx: "1.28",
			},
			{
				Name:  "silent: 1.1 is the default",
				Bad:   "proxy_pass http://app;\n",
				Nginx: "1.29.7",
			},
		},
	}
	BacklogRule = &lint.Rule{
		ID:       "host-backlog-capped",
		Title:    "the kernel caps the backlog that listen asks for | net.core.*",
		Severity: lint.Error,
		Fix:      lint.Shown,
		Needs:    lint.Needs{Kernel: facts.Since(facts.V(5, 4, 0))},
		Since:    "0.2",
		Why:      `The kernel silently lowers the backlog to net.core.somaxconn.`,
		Refs:     []string{"https://docs.kernel.org/admin-guide/sysctl/net.html"},
		Examples: []lint.Example{{
			Name: "two files",
			Bad: `-- nginx.conf --
listen 80 backlog=4096;
         #^^^^^^^^^^^^ is capped at 128
-- sysctl.conf --
net.core.somaxconn = 128
#^^^^^^^^^^^^^^^^^^^^^^^
#                    ^^^ see "#^^^" below
#^nothing marked here
`,
			Good: `-- nginx.conf --
listen 80 backlog=4096;
-- sysctl.conf --
net.core.somaxconn = 4096
`,
			Kernel: "6.1",
		}},
	}
	SyntaxRule = &lint.Rule{ID: "nginx-syntax", Severity: lint.Error}
	InfoRule   = &lint.Rule{ID: "sysctl-unused", Severity: lint.Info, Refs: []string{"https://docs.kernel.org/"}}
)

// Find is the place of the first occurrence of a text in a file.
func Find(tb testing.TB, f *source.File, text string) lint.Place {
	tb.Helper()
	i := strings.Index(f.Text, text)
	if i < 0 {
		tb.Fatalf("%q is not in %s", text, f.Path)
	}
	return lint.Place{File: f, Span: source.Span{Start: i, End: i + len(text)}}
}

// Insert is an edit that puts a text at an offset.
func Insert(f *source.File, offset int, text string) lint.FileEdit {
	return lint.FileEdit{File: f, Edit: source.Edit{Span: source.Span{Start: offset, End: offset}, New: text}}
}

// replace is an edit that puts a text in another's place.
func replace(at lint.Place, text string) lint.FileEdit {
	return lint.FileEdit{File: at.File, Edit: source.Edit{Span: at.Span, New: text}}
}

// Sample is a result with one finding of every kind that is hard to print.
func Sample(tb testing.TB) *lint.Result {
	tb.Helper()
	app := source.NewFile("nginx/conf.d/app.conf", `# Größe: 見出し
server {
    listen 80 backlog=4096;
	location / {
		proxy_pass	http://app;
	}
    add_header X-名前 "e`+"\u0301"+`té 東京" always;
    location /bad {
        return 200 "`+strings.Repeat("x", 150)+` $undefined `+strings.Repeat("y", 60)+`";
    }
}
`)
	ups := source.NewFile("nginx/conf.d/upstreams.conf", "upstream app {\r\n    server 10.0.0.1:8080;\r\n    keepalive 32;\r\n}\r\n")
	kernel := source.NewFile("sysctl.d/99-tcp.conf", "net.core.somaxconn = 128\nnet.ipv4.tcp_mem = 94500000 915000000 927000000\n")
	empty := source.NewFile("nginx/empty.conf", "")
	evil := source.NewFile("nginx/\x1b[2J\nevil\u202e.conf", "return 200 \"\x1b]0;owned\a\x1b[31m\xff\u009b1m \u202egnp\";\r\n\xe9t\xe9 1;\n")

	pass := Find(tb, app, "proxy_pass	http://app;")
	block := Find(tb, app, "location /bad {")
	block.Span.End = strings.LastIndex(app.Text, "    }\n") + len("    }")
	ending := func(f *source.File) lint.Place {
		return lint.Place{File: f, Span: source.Span{Start: len(f.Text), End: len(f.Text)}}
	}
	lineEnd := Find(tb, ups, "keepalive 32;").Span.End

	return &lint.Result{
		Files: []string{empty.Path, evil.Path, app.Path, ups.Path, kernel.Path},
		Findings: []lint.Finding{
			{
				Rule: BacklogRule, Severity: lint.Error, At: Find(tb, app, "backlog=4096"),
				Msg:   "backlog 4096 is capped at 128 by net.core.somaxconn",
				Notes: []lint.Note{{Msg: "net.core.somaxconn is set here", At: Find(tb, kernel, "net.core.somaxconn = 128")}},
				Fix: &lint.Fix{Title: "raise net.core.somaxconn", Safety: lint.Shown, Edits: []lint.FileEdit{
					replace(Find(tb, kernel, "128"), "4096"),
					Insert(kernel, len(kernel.Text), "net.ipv4.tcp_max_syn_backlog = 4096\n"),
				}},
			},
			{
				Rule: HTTP10Rule, Severity: lint.Warning, At: pass,
				Msg: `every request opens a new connection to upstream "app": HTTP/1.0 is used here`,
				Notes: []lint.Note{
					{Msg: "keepalive 32 is set, but needs HTTP/1.1", At: Find(tb, ups, "keepalive 32;")},
					{Msg: "measured: 2000 requests, 2000 connections"},
				},
				Versions: "nginx before 1.29.7, where proxy_http_version defaults to 1.0",
				Fix: &lint.Fix{Title: `add "proxy_http_version 1.1;"`, Safety: lint.Safe, Edits: []lint.FileEdit{
					Insert(app, pass.Span.End, "\n\t\tproxy_http_version 1.1;"),
				}},
			},
			{
				Rule: HTTP10Rule, Severity: lint.Warning, At: Find(tb, app, "\"e\u0301té 東京\""),
				Msg: "wide and combining characters before 東京 and inside",
			},
			{
				Rule: SyntaxRule, Severity: lint.Error, At: block,
				Msg: "a span over several lines",
			},
			{
				Rule: SyntaxRule, Severity: lint.Error, At: Find(tb, app, "$undefined"),
				Msg: `unknown "undefined" variable`,
			},
			{
				Rule: InfoRule, Severity: lint.Info, At: ending(app),
				Msg: "something is missing at the end of the file",
				Fix: &lint.Fix{Title: "drop the latin-1 line", Safety: lint.Unsafe, Edits: []lint.FileEdit{Insert(app, len(app.Text), "# caf\xe9\n")}},
			},
			{
				Rule: HTTP10Rule, Severity: lint.Warning, At: Find(tb, ups, "server 10.0.0.1:8080;"),
				Msg: "a file with CRLF line ends",
				Fix: &lint.Fix{Title: "close the block\x1b[0m", Safety: lint.Unsafe, Edits: []lint.FileEdit{Insert(ups, lineEnd, "\r\n    keepalive_timeout 30s;")}},
			},
			{Rule: InfoRule, Severity: lint.Info, At: ending(empty), Msg: "an empty file"},
			{
				Rule: SyntaxRule, Severity: lint.Error, At: Find(tb, evil, "\xff\u009b1m \u202egnp"),
				Msg:   "control characters \x1b[31m in a message\nand a second line",
				Notes: []lint.Note{{Msg: "and\rin a note", At: Find(tb, evil, "\xe9t\xe9")}},
			},
			{
				Rule: BacklogRule, Severity: lint.Warning, At: Find(tb, kernel, "net.core.somaxconn = 128"),
				Msg: "a fix in two files, [like this](https://example.com/)",
				Fix: &lint.Fix{Title: "lower one, raise the other", Safety: lint.Safe, Edits: []lint.FileEdit{
					replace(Find(tb, kernel, "128"), "1024"),
					replace(Find(tb, app, "4096"), "1024"),
					replace(Find(tb, kernel, "94500000 "), ""),
				}},
			},
			{
				Rule: InfoRule, Severity: lint.Info, At: Find(tb, kernel, "net.ipv4.tcp_mem"),
				Msg: "a fix of several edits in one file",
				Fix: &lint.Fix{Title: "double all", Safety: lint.Unsafe, Edits: []lint.FileEdit{
					replace(Find(tb, kernel, "927000000"), "1854000000"),
					replace(Find(tb, kernel, "94500000"), "189000000"),
				}},
			},
			{Rule: InfoRule, Severity: lint.Info, Msg: "a finding about the whole, without a place"},
		},
		Suppressed: []lint.Suppression{
			{
				Finding: lint.Finding{Rule: InfoRule, Severity: lint.Info, At: Find(tb, kernel, "net.ipv4.tcp_mem"), Msg: "tcp_mem counts pages"},
				Reason:  "a test machine <of ours> & theirs",
			},
			{
				Finding:  lint.Finding{Rule: InfoRule, Severity: lint.Info, At: Find(tb, kernel, "94500000"), Msg: "tcp_mem counts pages"},
				Reason:   "known in .tcplint-baseline.json",
				External: true,
			},
		},
		NotChecked: []lint.NotChecked{
			{Rule: "nginx-proxy-http10", At: Find(tb, app, "listen 80"), Reason: "the include of extra.conf was not found"},
			{Rule: "host-backlog-capped", At: Find(tb, app, "listen 80"), Reason: "the include of extra.conf was not found"},
			{Reason: "no sysctl files were given"},
		},
		Dropped: []lint.Dropped{{
			Finding: lint.Finding{Rule: HTTP10Rule, Severity: lint.Warning, At: Find(tb, ups, "server 10.0.0.1:8080;"), Msg: "a file with CRLF line ends"},
			Reason:  "overlaps another fix ten times over",
		}},
		Applied: 3,
	}
}

// Hostile is a result whose names and texts try to break out of every format.
func Hostile() *lint.Result {
	const text = "a ]]> <b> & \"q\" 'q' [l](javascript:x) \x1b[31m %0A ::error::x ##[error]x \xff\xfe \u202e\ufffe\x00\x7f;\r\n\tx\n"
	file := source.NewFile("we:ird, %0A\n<x>\xff \x1b[2J\"dir\"/a b#c?d.conf", text)
	far := source.NewFile("../up/\u202e]]>.conf", text)
	at := lint.Place{File: file, Span: source.Span{Start: 2, End: len(text) - 4}}
	f := lint.Finding{
		Rule: &lint.Rule{ID: "nginx-x", Title: text, Why: text, Refs: []string{"https://example.com/"}}, At: at, Msg: text, Versions: text,
		Notes: []lint.Note{{Msg: text, At: at}, {Msg: text}, {Msg: text, At: lint.Place{File: far}}},
		Fix:   &lint.Fix{Title: text, Safety: lint.Safe, Edits: []lint.FileEdit{{File: file, Edit: source.Edit{Span: at.Span, New: text}}}},
	}
	elsewhere := f
	elsewhere.At.File = source.NewFile("/etc/nginx/ü.conf", text)
	return &lint.Result{
		Findings:   []lint.Finding{f, f, elsewhere, {Severity: lint.Warning, Msg: "nowhere"}},
		Suppressed: []lint.Suppression{{Finding: f, Reason: text}, {Finding: f, Reason: text, External: true}},
		Dropped:    []lint.Dropped{{Finding: elsewhere, Reason: text}},
		NotChecked: []lint.NotChecked{{At: at, Reason: text}, {Rule: "nginx-x", Reason: text}},
		Files:      []string{file.Path, far.Path},
	}
}

// Results are all that the formats are tried with.
func Results(tb testing.TB) map[string]*lint.Result {
	tb.Helper()
	return map[string]*lint.Result{"sample": Sample(tb), "nothing": {}, "hostile": Hostile()}
}

// Rendered is a result in a format.
func Rendered(tb testing.TB, format string, r *lint.Result) []byte {
	tb.Helper()
	write, err := report.Lookup(format)
	if err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	if err := write(&b, r, report.Options{Version: "1.2.3"}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}
