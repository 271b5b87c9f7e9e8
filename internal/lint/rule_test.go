package lint_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*lint.Rule)
		want   string // part of the error; empty if there is none
	}{
		{"sound", func(*lint.Rule) {}, ""},
		{"no ID", func(r *lint.Rule) { r.ID = "" }, "must begin with"},
		{"no prefix", func(r *lint.Rule) { r.ID = "nginx" }, "must begin with"},
		{"another prefix", func(r *lint.Rule) { r.ID = "apache-x" }, "must begin with"},
		{"capitals", func(r *lint.Rule) { r.ID = "nginx-X" }, "kebab case"},
		{"underscores", func(r *lint.Rule) { r.ID = "nginx-a_b" }, "kebab case"},
		{"no title", func(r *lint.Rule) { r.Title = "" }, "title"},
		{"a title with a full stop", func(r *lint.Rule) { r.Title = "Bad." }, "title"},
		{"no explanation", func(r *lint.Rule) { r.Why = " \n" }, "Why is empty"},
		{"no version", func(r *lint.Rule) { r.Since = "" }, "Since is empty"},
		{"no check", func(r *lint.Rule) { r.Check = nil }, "Check is nil"},
		{"no references", func(r *lint.Rule) { r.Refs = nil }, "no references"},
		{"a reference in clear text", func(r *lint.Rule) { r.Refs = append(r.Refs, "http://nginx.org/") }, `"http://nginx.org/" is not an https address`},
		{"no examples", func(r *lint.Rule) { r.Examples = nil }, "no example"},
		{"silent examples only", func(r *lint.Rule) { r.Examples = []lint.Example{{Bad: "a;\n"}} }, "no example"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &lint.Rule{
				ID: "nginx-x", Title: "it is bad", Why: "because", Since: "0.1", Refs: []string{"https://nginx.org/"},
				Examples: []lint.Example{{Bad: "a;\n#^\n", Good: "b;\n"}}, Check: func(*lint.Pass) {},
			}
			tt.change(r)
			err := r.Validate()
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("one fault makes several errors: %v", err)
			}
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for s := lint.Info; s <= lint.Error; s++ {
		if got, err := lint.ParseSeverity(s.String()); err != nil || got != s {
			t.Errorf("ParseSeverity(%q) = %v, %v", s, got, err)
		}
	}
	if _, err := lint.ParseSeverity("fatal"); err == nil || !strings.Contains(err.Error(), "error, warning, info") {
		t.Errorf("the error does not list the names: %v", err)
	}
	var names []string
	for s := lint.NoFix; s <= lint.Safe; s++ {
		names = append(names, s.String())
	}
	if diff := cmp.Diff([]string{"none", "shown", "unsafe", "safe"}, names); diff != "" {
		t.Error(diff)
	}
}

// TestPlaces: what the helpers of rules point at.
func TestPlaces(t *testing.T) {
	t.Parallel()
	h := hosts(t, "-- nginx.conf --\nserver {\n  listen 80;\n}\n-- sysctl.conf --\n  -a = 1 2 \n-b\nc =\n")[0]
	text := func(p lint.Place) string { return p.File.Slice(p.Span) }
	server := h.Nginx.Scopes[1].Block
	listen := server.Body().First()
	a := func(i int) model.Assignment {
		return model.Assignment{Entry: h.Sysctl.Trees[0].Entries[i], Tree: h.Sysctl.Trees[0]}
	}
	got := []string{
		text(lint.At(server)), text(lint.At(listen)), text(lint.AtWord(listen, 0)), text(lint.AtWord(listen, 1)),
		text(lint.AtLine(a(0))), text(lint.AtKey(a(0))), text(lint.AtValue(a(0))), text(lint.AtLine(a(1))), text(lint.AtLine(a(2))),
	}
	want := []string{"server", "listen 80;", "listen", "80", "a = 1 2", "a", "1 2", "b", "c ="}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	edits := lint.In(listen, nginx.Remove(listen), nginx.AddBefore(listen, "x;"))
	if len(edits) != 2 || edits[0].File.Path != "nginx.conf" || edits[1].Edit.New != "  x;\n" {
		t.Errorf("In gives %v", edits)
	}
}

// TestVersions: a finding says for which versions it holds, if that is not the
// whole target, and does not name the bounds of what is supported.
func TestVersions(t *testing.T) {
	t.Parallel()
	nginxWindow, kernelWindow := facts.NginxWindow(), facts.KernelWindow()
	tests := []struct {
		name   string
		target facts.Range
		in     facts.Range
		why    string
		want   string
	}{
		{"all", nginxWindow, nginxWindow, "why", ""},
		{"all and more", facts.Only(facts.V(1, 28, 0)), facts.Until(facts.ReuseByDefault), "why", ""},
		{"old", nginxWindow, nginxWindow.Intersect(facts.Until(facts.ReuseByDefault)), "", "nginx before 1.29.7"},
		{"new, with a reason", nginxWindow, nginxWindow.Intersect(facts.Since(facts.ReuseByDefault)), "where it is so", "nginx 1.29.7 and later, where it is so"},
		{"between", nginxWindow, facts.Range{From: facts.V(1, 20, 0), Before: facts.V(1, 25, 1)}, "", "nginx 1.20 to before 1.25.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &lint.Pass{Host: &model.Host{Target: model.Target{Nginx: tt.target, Kernel: kernelWindow}}}
			if got := p.NginxVersions(tt.in, tt.why); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	p := &lint.Pass{Host: &model.Host{Target: model.Target{Nginx: nginxWindow, Kernel: kernelWindow}}}
	if got := p.KernelVersions(kernelWindow.Intersect(facts.Until(facts.V(6, 6, 0))), ""); got != "Linux before 6.6" {
		t.Errorf("got %q", got)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"nginx-proxy-http10", "nginx-proxy-headers-lost", "nginx-syntax", "sysctl-syntax", "sysctl-value"}
	tests := []struct{ name, want string }{
		{"nginx-proxy-http10", "nginx-proxy-http10"},
		{"nginx-proxy-http-10", "nginx-proxy-http10"},
		{"nginx-proxy-header-lost", "nginx-proxy-headers-lost"},
		{"nginx_syntax", "nginx-syntax"},
		{"sysctl-sytnax", "sysctl-syntax"},
		{"syscl-valeu", "sysctl-value"},
		{"headers", "nginx-proxy-headers-lost"}, // a part of the name
		{"value", "sysctl-value"},
		{"", ""},
		{"x", ""},
		{"lo", ""},
		{"frobnicate", ""},
	}
	for _, tt := range tests {
		if got, ok := lint.Nearest(tt.name, names); got != tt.want || ok != (tt.want != "") {
			t.Errorf("Nearest(%q) = %q, %v, want %q", tt.name, got, ok, tt.want)
		}
	}
	if got, ok := lint.Nearest("a", nil); ok {
		t.Errorf("among no names there is %q", got)
	}
	if got, _ := lint.Nearest("abcd", []string{"abcx", "abxx", "abcy"}); got != "abcx" {
		t.Errorf("of two equally near names it is %q, not the first", got)
	}
}
