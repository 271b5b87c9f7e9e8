package lint_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// TestFixAll runs fixes that all can be made.
func TestFixAll(t *testing.T) {
	t.Parallel()
	const site = "-- nginx.conf --\nevents {}\nhttp {\n    tcp_nodelay off; # why\n    keepalive_timeout 0;\n    sendfile off;\n}\n"
	fixed := func(from, to string) string { return strings.Replace(site, from, to, 1) }
	whole := rule("nginx-whole", "keepalive_timeout", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
		if d.Arg(0) == "0" {
			report(p, s, d, "it is 0", nil, source.Edit{Span: d.Span(), New: "keepalive_timeout 5;"})
		}
	})
	tests := []struct {
		name, archive string
		mains         []string
		rules         []*lint.Rule
		want          string
		applied       []string
	}{
		{name: "nothing to do", archive: site, rules: []*lint.Rule{setting("nginx-a", "sendfile", "on", "off")}},
		{
			name: "two fixes in one file", archive: site,
			rules:   []*lint.Rule{setting("nginx-b", "tcp_nodelay", "off", "on"), setting("nginx-a", "keepalive_timeout", "0", "75s")},
			want:    strings.Replace(fixed("tcp_nodelay off", "tcp_nodelay on"), "timeout 0", "timeout 75s", 1),
			applied: []string{"nginx-a: keepalive_timeout is 0", "nginx-b: tcp_nodelay is off"},
		},
		{
			name: "identical edits are one", archive: site,
			rules:   []*lint.Rule{setting("nginx-a", "sendfile", "off", "on"), setting("nginx-b", "sendfile", "off", "on")},
			want:    fixed("sendfile off", "sendfile on"),
			applied: []string{"nginx-a: sendfile is off", "nginx-b: sendfile is off"},
		},
		{
			name: "an overlapping fix waits for the next round", archive: site,
			rules:   []*lint.Rule{unlike("nginx-z", "keepalive_timeout", "75s"), whole},
			want:    fixed("timeout 0", "timeout 75s"),
			applied: []string{"nginx-whole: it is 0", "nginx-z: keepalive_timeout is not 75s"},
		},
		{
			name: "what an overlapping fix cures on the way needs no other", archive: site,
			rules:   []*lint.Rule{whole, setting("nginx-z", "keepalive_timeout", "0", "75s")},
			want:    fixed("timeout 0", "timeout 5"),
			applied: []string{"nginx-whole: it is 0"},
		},
		{
			name: "lines inserted at one point queue", archive: "-- nginx.conf --\nserver {\n    location / {\n        proxy_pass http://127.0.0.1:1;\n    }\n}\n",
			rules: []*lint.Rule{missing("nginx-b", "proxy_buffering off;", "proxy_buffering"), missing("nginx-a", "proxy_http_version 1.1;", "proxy_http_version")},
			want: "-- nginx.conf --\nserver {\n    location / {\n        proxy_http_version 1.1;\n        proxy_buffering off;\n" +
				"        proxy_pass http://127.0.0.1:1;\n    }\n}\n",
			applied: []string{"nginx-a: there is no proxy_http_version 1.1;", "nginx-b: there is no proxy_buffering off;"},
		},
		{
			name: "the same directive from two rules", archive: "-- nginx.conf --\nserver {\n    location / {\n        proxy_pass http://127.0.0.1:1;\n    }\n}\n",
			rules: []*lint.Rule{missing("nginx-a", "proxy_http_version 1.1;", "proxy_http_version"), missing("nginx-b", "proxy_http_version 1.0;", "proxy_http_version")},
			// It would stand twice. So the second waits, and then it has nothing to do.
			want:    "-- nginx.conf --\nserver {\n    location / {\n        proxy_http_version 1.1;\n        proxy_pass http://127.0.0.1:1;\n    }\n}\n",
			applied: []string{"nginx-a: there is no proxy_http_version 1.1;"},
		},
		{
			name:    "a file that is included twice is changed once, for both places",
			archive: "-- nginx.conf --\nserver {\n    location /a { include pass.conf; }\n    location /b { include pass.conf; }\n}\n-- pass.conf --\nproxy_pass http://127.0.0.1:1;\n",
			rules:   []*lint.Rule{missing("nginx-a", "proxy_http_version 1.1;", "proxy_http_version")},
			want:    "-- pass.conf --\nproxy_http_version 1.1;\nproxy_pass http://127.0.0.1:1;\n",
			applied: []string{"nginx-a: there is no proxy_http_version 1.1;"},
		},
		{
			name:  "two hosts that share a file",
			mains: []string{"a/nginx.conf", "b/nginx.conf"},
			archive: "-- a/nginx.conf --\nserver { location / { include ../pass.conf; } }\n" +
				"-- b/nginx.conf --\nserver { location / { include ../pass.conf; } location /b { proxy_pass http://127.0.0.1:2; } }\n-- pass.conf --\nproxy_pass http://127.0.0.1:1;\n",
			rules: []*lint.Rule{missing("nginx-a", "proxy_http_version 1.1;", "proxy_http_version")},
			want: "-- b/nginx.conf --\nserver { location / { include ../pass.conf; } location /b { proxy_http_version 1.1; proxy_pass http://127.0.0.1:2; } }\n" +
				"-- pass.conf --\nproxy_http_version 1.1;\nproxy_pass http://127.0.0.1:1;\n",
			applied: []string{"nginx-a: there is no proxy_http_version 1.1;", "nginx-a: there is no proxy_http_version 1.1;"},
		},
		{
			name:    "CRLF",
			archive: "-- nginx.conf --\nserver {\r\n    location / {\r\n        proxy_pass http://127.0.0.1:1; # why\r\n    }\r\n}\r\n",
			rules:   []*lint.Rule{missing("nginx-a", "proxy_http_version 1.1;", "proxy_http_version")},
			want: "-- nginx.conf --\nserver {\r\n    location / {\r\n        proxy_http_version 1.1;\r\n" +
				"        proxy_pass http://127.0.0.1:1; # why\r\n    }\r\n}\r\n",
			applied: []string{"nginx-a: there is no proxy_http_version 1.1;"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ins := inputs(t, tt.archive, tt.mains...)
			out := lint.FixAll(ins, options(tt.rules...), lint.Safe)
			if diff := cmp.Diff(tt.want, changes(out)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.applied, messages(out.Applied)); diff != "" {
				t.Errorf("applied (-want +got):\n%s", diff)
			}
			if out.Unfinished || len(out.Dropped) > 0 {
				t.Errorf("unfinished is %v, dropped are %q", out.Unfinished, reasons(out))
			}
			if ins[0].Main != nil && len(out.Changes) > 0 {
				again := lint.FixAll(ins, options(tt.rules...), lint.Safe)
				if diff := cmp.Diff(changes(out), changes(again)); diff != "" {
					t.Errorf("the files given are changed, or the order is not fixed:\n%s", diff)
				}
			}
		})
	}
}

// TestAllowed: which fixes are made at all.
func TestAllowed(t *testing.T) {
	t.Parallel()
	with := func(s lint.Safety) *lint.Rule {
		return rule("nginx-a", "sendfile", func(p *lint.Pass, _ *model.Scope, d *nginx.Directive) {
			if d.Arg(0) == "off" {
				p.Report(lint.Finding{At: lint.At(d), Msg: "off", Fix: &lint.Fix{Safety: s, Edits: lint.In(d, nginx.SetArg(d, 0, "on"))}})
			}
		})
	}
	for _, allow := range []lint.Safety{lint.Unsafe, lint.Safe} {
		for _, offered := range []lint.Safety{lint.Shown, lint.Unsafe, lint.Safe} {
			out := lint.FixAll(inputs(t, "sendfile off;\n"), options(with(offered)), allow)
			if got, want := len(out.Changes) == 1, offered >= allow; got != want {
				t.Errorf("a fix that is %s, where %s ones are allowed: made is %v", offered, allow, got)
			}
			if left := len(out.After.Findings); (left == 0) != (len(out.Changes) == 1) {
				t.Errorf("After has %d findings", left)
			}
			if len(out.Dropped) != 0 {
				t.Errorf("a fix that is not asked for is called dropped: %v", out.Dropped)
			}
		}
	}
}

// TestConverge: fixes that always make room for another one end after ten
// rounds.
func TestConverge(t *testing.T) {
	t.Parallel()
	counter := rule("nginx-counter", "keepalive_requests", func(p *lint.Pass, _ *model.Scope, d *nginx.Directive) {
		next := d.Arg(0) + "0"
		p.ReportMild(lint.Info, lint.Finding{At: lint.At(d), Msg: "want " + next, Fix: &lint.Fix{Safety: lint.Safe, Edits: lint.In(d, nginx.SetArg(d, 0, next))}})
	})
	out := lint.FixAll(inputs(t, "keepalive_requests 1;\n"), options(counter), lint.Safe)
	if want := "-- nginx.conf --\nkeepalive_requests 1" + strings.Repeat("0", 10) + ";\n"; changes(out) != want {
		t.Errorf("got %q, want %q", changes(out), want)
	}
	if !out.Unfinished || len(out.Applied) != 10 {
		t.Errorf("unfinished is %v, %d applied", out.Unfinished, len(out.Applied))
	}
}

// TestAfter: what FixAll says of the changed files is what a new run says.
func TestAfter(t *testing.T) {
	t.Parallel()
	rules := []*lint.Rule{setting("nginx-a", "sendfile", "off", "on"), setting("nginx-b", "tcp_nodelay", "off", "on; }")}
	rules[1] = rule("nginx-b", "tcp_nodelay", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
		report(p, s, d, "broken cure", nil, source.Edit{Span: d.Span(), New: "}"})
	})
	out := lint.FixAll(inputs(t, "sendfile off;\ntcp_nodelay off;\n"), options(rules...), lint.Safe)
	if diff := cmp.Diff([]string{"nginx-b: broken cure"}, messages(out.After.Findings)); diff != "" {
		t.Errorf("After (-want +got):\n%s", diff)
	}
	if len(out.After.Dropped) != 1 || out.After.Applied != 1 || len(out.Applied) != 1 {
		t.Errorf("dropped %v, applied %d", out.After.Dropped, out.After.Applied)
	}
	if got := out.Changes[0].Old.Text; got != "sendfile off;\ntcp_nodelay off;\n" {
		t.Errorf("Old is %q", got)
	}
	if diff := cmp.Diff([]string{"nginx.conf"}, out.After.Files); diff != "" {
		t.Errorf("Files (-want +got):\n%s", diff)
	}
}

// TestReworded: a fix may change what another finding says, without being taken
// for the cause of it.
func TestReworded(t *testing.T) {
	t.Parallel()
	census := rule("nginx-census", "http", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
		n := 0
		for range s.All("gzip_types") {
			n++
		}
		p.Report(lint.Finding{At: lint.At(d), Msg: fmt.Sprintf("there are %d lines", n)})
	})
	remove := rule("nginx-remove", "gzip_types", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
		report(p, s, d, "away with "+d.Arg(0), []string{"gzip_types"}, nginx.Remove(d))
	})
	out := lint.FixAll(inputs(t, "events {}\ngzip_types x;\nhttp {\n    gzip_types a;\n    gzip_types b;\n}\n"), options(census, remove), lint.Safe)
	if diff := cmp.Diff("-- nginx.conf --\nevents {}\nhttp {\n}\n", changes(out)); diff != "" {
		t.Errorf("files (-want +got):\n%s\ndropped: %q", diff, reasons(out))
	}
	if diff := cmp.Diff([]string{"nginx-census: there are 0 lines"}, messages(out.After.Findings)); diff != "" {
		t.Errorf("After (-want +got):\n%s", diff)
	}
}

// TestFixSysctl: sysctl files are fixed as well, and read again.
func TestFixSysctl(t *testing.T) {
	t.Parallel()
	with := func(edit func(a model.Assignment) source.Edit) *lint.Rule {
		return &lint.Rule{ID: "sysctl-a", Severity: lint.Warning, Check: func(p *lint.Pass) {
			for _, a := range p.Host.Sysctl.Assignments("net.core.somaxconn") {
				if a.Value.Value == "1" {
					p.Report(lint.Finding{At: lint.AtLine(a), Msg: "it is 1", Fix: &lint.Fix{Safety: lint.Safe, Edits: lint.InSysctl(a.Tree, edit(a))}})
				}
			}
		}}
	}
	const text = "-- nginx.conf --\nserver { }\n-- sysctl.conf --\r\nvm.swappiness = 1\r\nnet.core.somaxconn = 1\r\n"
	out := lint.FixAll(inputs(t, text), options(with(func(a model.Assignment) source.Edit { return sysctl.SetValue(a.Entry, "4096") })), lint.Safe)
	if diff := cmp.Diff("-- sysctl.conf --\nvm.swappiness = 1\r\nnet.core.somaxconn = 4096\r\n", changes(out)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	out = lint.FixAll(inputs(t, text), options(with(func(a model.Assignment) source.Edit {
		return source.Edit{Span: a.Line, New: "net.core.somaxconn: 4096"}
	})), lint.Safe)
	if diff := cmp.Diff([]string{"sysctl-a: sysctl would refuse the result: invalid syntax, continuing..."}, reasons(out)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// trap is a reader that breaks when a file is asked for.
type trap struct {
	model.Reader
	names string
}

func (r trap) Read(path string) (*source.File, error) {
	if path == "trap.conf" {
		return nil, errors.New(path[len(path)+len(r.names):]) // nobody expected this file
	}
	return r.Reader.Read(path)
}

// TestBroken: what breaks while a fix is checked costs this fix and no other, and is
// told.
func TestBroken(t *testing.T) {
	t.Parallel()
	rules := []*lint.Rule{
		setting("nginx-a", "tcp_nodelay", "off", "on"),
		rule("nginx-b", "sendfile", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
			report(p, s, d, "sendfile is off", nil, source.Edit{Span: d.Span(), New: "include trap.conf;"})
		}),
		setting("nginx-c", "keepalive_timeout", "0", "75s"),
	}
	ins := inputs(t, "-- nginx.conf --\nevents {}\nhttp {\n    tcp_nodelay off;\n    sendfile off;\n    keepalive_timeout 0;\n}\n")
	ins[0].Reader = trap{ins[0].Reader, "x"}
	out := lint.FixAll(ins, options(rules...), lint.Unsafe)
	if len(out.Applied) != 2 || len(out.Dropped) != 1 || out.Dropped[0].Finding.Rule.ID != "nginx-b" {
		t.Errorf("%d fixes are made, %d dropped: %v", len(out.Applied), len(out.Dropped), out.Dropped)
	}
	if b := out.After.Broken; len(b) == 0 || b[0].Rule != "nginx-b" || !strings.Contains(b[0].Text, "out of range") {
		t.Errorf("it is not told what broke: %v", b)
	}
}
