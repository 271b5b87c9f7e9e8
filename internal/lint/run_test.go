package lint_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

func TestRun(t *testing.T) {
	t.Parallel()
	const text = "-- nginx.conf --\nevents {}\nhttp {\n    etag off;\n    include a.conf;\n}\n-- a.conf --\ngzip on;\netag on;\n"
	etag, gzip := loud("nginx-etag", "etag"), loud("nginx-gzip", "gzip")
	tests := []struct {
		name   string
		change func(*lint.Options)
		want   []string
	}{
		{"all", func(*lint.Options) {}, []string{"a.conf:1 warning nginx-gzip", "a.conf:2 warning nginx-etag", "nginx.conf:3 warning nginx-etag"}},
		{"one rule", func(o *lint.Options) { o.Rules = o.Rules[:1] }, []string{"a.conf:2 warning nginx-etag", "nginx.conf:3 warning nginx-etag"}},
		{
			"another severity", func(o *lint.Options) { o.Severity = map[string]lint.Severity{"nginx-gzip": lint.Error} },
			[]string{"a.conf:1 error nginx-gzip", "a.conf:2 warning nginx-etag", "nginx.conf:3 warning nginx-etag"},
		},
		{
			"some files", func(o *lint.Options) { o.Only = map[string]bool{"nginx.conf": true} },
			[]string{"nginx.conf:3 warning nginx-etag"},
		},
		{"no files", func(o *lint.Options) { o.Only = map[string]bool{} }, nil},
		{
			"excluded", func(o *lint.Options) {
				o.Excluded = func(path, rule string) (string, bool) { return "vendored", path == "a.conf" && rule == "nginx-etag" }
			},
			[]string{"a.conf:1 warning nginx-gzip", "nginx.conf:3 warning nginx-etag", "suppressed: vendored"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := options(etag, gzip)
			tt.change(&o)
			res := lint.Run(hosts(t, text), o)
			var got []string
			for _, f := range res.Findings {
				got = append(got, fmt.Sprintf("%s:%d %s %s", f.At.File.Path, f.At.File.Position(f.At.Span.Start).Line, f.Severity, f.Rule.ID))
			}
			for _, s := range res.Suppressed {
				got = append(got, "suppressed: "+s.Reason)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff([]string{"a.conf", "nginx.conf"}, res.Files); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSort: by file, place, rule and message, and what is equal in all of these
// keeps its order.
func TestSort(t *testing.T) {
	t.Parallel()
	a, b := source.NewFile("a", "0123456789"), source.NewFile("b", "0123456789")
	one, two := &lint.Rule{ID: "nginx-1"}, &lint.Rule{ID: "nginx-2"}
	finding := func(r *lint.Rule, f *source.File, start, end int, msg, versions string) lint.Finding {
		return lint.Finding{Rule: r, At: lint.Place{File: f, Span: source.Span{Start: start, End: end}}, Msg: msg, Versions: versions}
	}
	fs := []lint.Finding{
		finding(one, b, 0, 1, "m", "8"), finding(two, a, 2, 3, "m", "6"), finding(one, a, 2, 3, "n", "4"), finding(one, a, 2, 3, "n", "5"),
		finding(one, a, 2, 3, "m", "3"), finding(two, a, 2, 2, "z", "2"), finding(two, a, 0, 9, "z", "1"), finding(one, a, 3, 3, "a", "7"),
	}
	lint.Sort(fs)
	var order strings.Builder
	for _, f := range fs {
		order.WriteString(f.Versions)
	}
	if order.String() != "12345678" {
		t.Errorf("the order is %s", &order)
	}
}

// TestMergeSame: a fault in a file that is read several times is told once. Its
// fix stays if every place agrees to it, with the scopes of all.
func TestMergeSame(t *testing.T) {
	t.Parallel()
	const twice = "-- nginx.conf --\nserver { location /a { include x.conf; } location /b { include x.conf; } }\n-- x.conf --\nroot /x;\n"
	with := func(f func(s *model.Scope, d *nginx.Directive) *lint.Finding) *lint.Rule {
		return rule("nginx-a", "root", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
			if x := f(s, d); x != nil {
				x.At = lint.At(d)
				p.Report(*x)
			}
		})
	}
	fix := func(s *model.Scope, d *nginx.Directive, value string, safety lint.Safety) *lint.Finding {
		return &lint.Finding{Msg: "m", Fix: &lint.Fix{Safety: safety, Edits: lint.In(d, nginx.SetArg(d, 0, value)), Scopes: []*model.Scope{s}}}
	}
	tests := []struct {
		name string
		f    func(s *model.Scope, d *nginx.Directive) *lint.Finding
		want string
	}{
		{"the same fix", func(s *model.Scope, d *nginx.Directive) *lint.Finding { return fix(s, d, "/y", lint.Safe) }, "m safe 2"},
		{"another fix", func(s *model.Scope, d *nginx.Directive) *lint.Finding { return fix(s, d, s.Block.Arg(0), lint.Safe) }, "m none"},
		{"a fix in one place only", func(s *model.Scope, d *nginx.Directive) *lint.Finding {
			x := fix(s, d, "/y", lint.Safe)
			if s.Block.Arg(0) == "/b" {
				x.Fix = nil
			}
			return x
		}, "m none"},
		{"the less safe counts", func(s *model.Scope, d *nginx.Directive) *lint.Finding {
			if s.Block.Arg(0) == "/b" {
				return fix(s, d, "/y", lint.Unsafe)
			}
			return fix(s, d, "/y", lint.Safe)
		}, "m unsafe 2"},
		{"another message is another fault", func(s *model.Scope, d *nginx.Directive) *lint.Finding {
			x := fix(s, d, "/y", lint.Safe)
			x.Msg += s.Block.Arg(0)
			return x
		}, "m/a safe 1, m/b safe 1"},
		{"a finding in one place only", func(s *model.Scope, d *nginx.Directive) *lint.Finding {
			if s.Block.Arg(0) == "/b" {
				return nil
			}
			return fix(s, d, "/y", lint.Safe)
		}, "m safe 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range lint.Run(hosts(t, twice), options(with(tt.f))).Findings {
				s := f.Msg + " none"
				if f.Fix != nil {
					s = fmt.Sprintf("%s %s %d", f.Msg, f.Fix.Safety, len(f.Fix.Scopes))
				}
				got = append(got, s)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestMergeSeverity: of one fault the worst severity counts.
func TestMergeSeverity(t *testing.T) {
	t.Parallel()
	r := rule("nginx-a", "root", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
		severity := lint.Info
		if s.Block.Arg(0) == "/b" {
			severity = lint.Error
		}
		p.ReportMild(severity, lint.Finding{At: lint.At(d), Msg: "m"})
	})
	res := lint.Run(hosts(t, "-- nginx.conf --\nserver { location /a { include x.conf; } location /b { include x.conf; } }\n-- x.conf --\nroot /x;\n"), options(r))
	if len(res.Findings) != 1 || res.Findings[0].Severity != lint.Error {
		t.Errorf("got %v", res.Findings)
	}
}

// TestNeeds: a rule runs where it can claim anything for the target.
func TestNeeds(t *testing.T) {
	t.Parallel()
	old, recent := facts.Only(facts.V(1, 28, 0)), facts.Only(facts.V(1, 30, 0))
	tests := []struct {
		name   string
		needs  lint.Needs
		target facts.Range
		want   bool
	}{
		{"no needs", lint.Needs{}, old, true},
		{"fits", lint.Needs{Nginx: facts.Since(facts.ReuseByDefault)}, recent, true},
		{"too old", lint.Needs{Nginx: facts.Since(facts.ReuseByDefault)}, old, false},
		{"too new", lint.Needs{Nginx: facts.Until(facts.ReuseByDefault)}, recent, false},
		{"a part of the window", lint.Needs{Nginx: facts.Until(facts.ReuseByDefault)}, facts.NginxWindow(), true},
		{"before the window", lint.Needs{Nginx: facts.Until(facts.V(1, 10, 0))}, facts.NginxWindow(), false},
		{"no such kernel", lint.Needs{Kernel: facts.Until(facts.V(4, 12, 0))}, recent, false},
		{"a kernel of the window", lint.Needs{Kernel: facts.Since(facts.V(5, 4, 0))}, recent, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := loud("nginx-etag", "etag")
			r.Needs = tt.needs
			in := inputs(t, "etag off;\n")[0]
			in.Target.Nginx = tt.target
			res := lint.Run([]*model.Host{model.Build(in)}, options(r))
			if got := len(res.Findings) == 1; got != tt.want {
				t.Errorf("it ran: %v", got)
			}
		})
	}
}

// TestNotChecked: what could not be looked at is told once, however many hosts
// include it; what the rules speak of, or nobody can mend, is not.
func TestNotChecked(t *testing.T) {
	t.Parallel()
	const archive = `-- a.conf --
include x.conf; include missing.conf; include /srv/unseen.conf; include a.conf; events {}
-- b.conf --
include x.conf; events {}
-- x.conf --
include broken.conf; include secret.conf;
-- broken.conf --
server {
-- secret.conf --
`
	ins := inputs(t, archive, "a.conf", "b.conf")
	files, ok := ins[0].Reader.(*modeltest.Files)
	if !ok {
		t.Fatal("the reader is another one")
	}
	files.Fail("secret.conf", errors.New("open secret.conf: permission denied"))
	res := lint.Run([]*model.Host{model.Build(ins[0]), model.Build(ins[1])}, options())
	var got []string
	for _, n := range res.NotChecked {
		got = append(got, fmt.Sprintf("%s:%d: %s", n.At.File.Path, n.At.File.Position(n.At.Span.Start).Column, n.Reason))
	}
	want := []string{"x.conf:1: broken.conf is not what nginx accepts", "x.conf:22: open secret.conf: permission denied"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
