package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

// watcher is the rule that watches over comments; its findings are made by Run.
func watcher() *lint.Rule {
	return &lint.Rule{ID: lint.SuppressionID, Severity: lint.Warning, Check: func(*lint.Pass) {}}
}

// loud is a rule that finds fault with every use of a directive or key.
func loud(id, name string) *lint.Rule {
	r := rule(id, name, func(p *lint.Pass, _ *model.Scope, d *nginx.Directive) {
		p.Report(lint.Finding{At: lint.At(d), Msg: "there is " + name})
	})
	inNginx := r.Check
	r.Check = func(p *lint.Pass) {
		inNginx(p)
		if p.Host.Sysctl != nil {
			for _, a := range p.Host.Sysctl.Assignments(name) {
				p.Report(lint.Finding{At: lint.AtLine(a), Msg: "there is " + name})
			}
		}
	}
	return r
}

// TestSuppress runs nginx-etag, nginx-gzip and sysctl-a, and knows nginx-off.
func TestSuppress(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		found      []string // rule and line
		suppressed []string // rule, line and reason
	}{
		{"no comment", "etag off;\n", []string{"nginx-etag:1"}, nil},
		{"same line", "etag off; # tcplint:ignore nginx-etag -- why not\n", nil, []string{"nginx-etag:1 why not"}},
		{"line above", "# tcplint:ignore nginx-etag -- why\netag off;\netag off;\n", []string{"nginx-etag:3"}, []string{"nginx-etag:2 why"}},
		{"line above, indented, in a block", "server {\n    # tcplint:ignore nginx-etag -- why\n    etag off;\n}\n", nil, []string{"nginx-etag:3 why"}},
		{"blank line between", "# tcplint:ignore nginx-etag -- why\n\netag off;\n", nil, []string{"nginx-etag:3 why"}},
		{"another comment between", "# tcplint:ignore nginx-etag -- why\n# more\netag off;\n", nil, []string{"nginx-etag:3 why"}},
		{
			"stacked", "# tcplint:ignore nginx-etag -- one\n# tcplint:ignore nginx-gzip -- two\netag off; gzip on;\n",
			nil,
			[]string{"nginx-etag:3 one", "nginx-gzip:3 two"},
		},
		{"two rules", "# tcplint:ignore nginx-etag, nginx-gzip -- why\netag off; gzip on;\n", nil, []string{"nginx-etag:2 why", "nginx-gzip:2 why"}},
		{"behind a block's brace", "server { # tcplint:ignore nginx-etag -- why\n    etag off;\n}\n", []string{"tcplint-suppression:1 nginx-etag finds nothing here: put the suppression above line 2, where it does", "nginx-etag:2"}, nil},
		{"a blank behind the colon", "# tcplint: ignore nginx-etag -- why\netag off;\n", nil, []string{"nginx-etag:2 why"}},
		{
			"another word", "# tcplint:disable=nginx-etag\netag off;\n",
			[]string{"tcplint-suppression:1 there is no comment tcplint:disable: write tcplint:ignore RULE -- REASON", "nginx-etag:2"},
			nil,
		},
		{
			"for a file", "# tcplint:ignore-file nginx-etag -- why\netag off;\n",
			[]string{"tcplint-suppression:1 no comment suppresses findings in a whole file: use [[ignore]] in .tcplint.toml", "nginx-etag:2"},
			nil,
		},
		{"prose", "# tcplint: see the wiki; tcplint:\n# tcplint:context main\nuser a;\n", nil, nil},
		{"line below", "etag off;\n# tcplint:ignore nginx-etag -- why\n", []string{"nginx-etag:1", "tcplint-suppression:2 nginx-etag finds nothing here: remove the suppression"}, nil},
		{"CRLF", "# tcplint:ignore nginx-etag -- why\r\netag off;\r\ngzip on; # tcplint:ignore nginx-gzip -- two\r\n", nil, []string{"nginx-etag:2 why", "nginx-gzip:3 two"}},
		{"no end of line", "etag off; # tcplint:ignore nginx-etag -- why", nil, []string{"nginx-etag:1 why"}},
		{"a reason with dashes", "etag off; # tcplint:ignore nginx-etag -- a--b -- c\n", nil, []string{"nginx-etag:1 a--b -- c"}},
		{"a colon behind the name", "etag off; # tcplint:ignore: nginx-etag -- why\n", nil, []string{"nginx-etag:1 why"}},
		{"other words first", "etag off; # see tcplint:ignore nginx-etag -- why\n", []string{"nginx-etag:1"}, nil},
		{"in a string", "etag \"# tcplint:ignore nginx-etag -- why\";\n", []string{"nginx-etag:1"}, nil},
		{
			"no reason", "etag off; # tcplint:ignore nginx-etag\n",
			[]string{"nginx-etag:1", "tcplint-suppression:1 the suppression gives no reason and is not in force: write tcplint:ignore nginx-etag -- REASON"},
			nil,
		},
		{
			"no reason behind the dashes", "etag off; # tcplint:ignore nginx-etag --  \n",
			[]string{"nginx-etag:1", "tcplint-suppression:1 the suppression gives no reason and is not in force: write tcplint:ignore nginx-etag -- REASON"},
			nil,
		},
		{
			"no rule", "etag off; # tcplint:ignore -- why\n",
			[]string{"nginx-etag:1", "tcplint-suppression:1 the suppression names no rule: write tcplint:ignore RULE -- REASON"},
			nil,
		},
		{
			"an unknown rule", "etag off; # tcplint:ignore nginx-etga -- why\n",
			[]string{"nginx-etag:1", `tcplint-suppression:1 there is no rule "nginx-etga"; did you mean nginx-etag?`},
			nil,
		},
		{"a rule unlike any", "# tcplint:ignore frobnicate -- why\nroot /;\n", []string{`tcplint-suppression:1 there is no rule "frobnicate"`}, nil},
		{"an unknown rule and no reason", "# tcplint:ignore frobnicate\nroot /;\n", []string{
			"tcplint-suppression:1 the suppression gives no reason and is not in force: write tcplint:ignore frobnicate -- REASON",
			`tcplint-suppression:1 there is no rule "frobnicate"`,
		}, nil},
		{"unused", "# tcplint:ignore nginx-etag -- why\nroot /;\n", []string{"tcplint-suppression:1 nginx-etag finds nothing here: remove the suppression"}, nil},
		{"one of two unused", "# tcplint:ignore nginx-etag nginx-gzip -- why\ngzip on;\n", []string{"tcplint-suppression:1 nginx-etag finds nothing here: remove the suppression"}, []string{"nginx-gzip:2 why"}},
		{"unused, but the rule did not run", "# tcplint:ignore nginx-off -- why\nroot /;\n", nil, nil},
		{"two on one line", "etag off; etag on; # tcplint:ignore nginx-etag -- why\n", nil, []string{"nginx-etag:1 why", "nginx-etag:1 why"}},

		{"sysctl: line above", "-- sysctl.conf --\n# tcplint:ignore sysctl-a -- why\na = 1\na = 2\n", []string{"sysctl-a:3"}, []string{"sysctl-a:2 why"}},
		{"sysctl: a semicolon", "-- sysctl.conf --\n; tcplint:ignore sysctl-a -- why\n; more\n\na = 1\n", nil, []string{"sysctl-a:4 why"}},
		{"sysctl: behind the value it is a part of it", "-- sysctl.conf --\na = 1 # tcplint:ignore sysctl-a -- why\n", []string{"sysctl-a:1"}, nil},
		{"sysctl: CRLF", "-- sysctl.conf --\n# tcplint:ignore sysctl-a -- why\r\na = 1\r\n", nil, []string{"sysctl-a:2 why"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := options(loud("nginx-etag", "etag"), loud("nginx-gzip", "gzip"), loud("sysctl-a", "a"), watcher())
			o.Known = append(o.Known, "nginx-off")
			archive := tt.text
			if strings.HasPrefix(archive, "-- sysctl") {
				archive = "-- nginx.conf --\n" + archive
			}
			res := lint.Run(hosts(t, archive), o)
			line := func(f lint.Finding) string {
				return fmt.Sprintf("%s:%d", f.Rule.ID, f.At.File.Position(f.At.Span.Start).Line)
			}
			var found, suppressed []string
			for _, f := range res.Findings {
				s := line(f)
				if f.Rule.ID == lint.SuppressionID {
					s += " " + f.Msg
				}
				found = append(found, s)
			}
			for _, s := range res.Suppressed {
				suppressed = append(suppressed, line(s.Finding)+" "+s.Reason)
				if s.External {
					t.Errorf("%s is silenced by something else than a comment", line(s.Finding))
				}
			}
			if diff := cmp.Diff(tt.found, found); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.suppressed, suppressed); diff != "" {
				t.Errorf("suppressed (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSuppressShared: a comment in a file that two hosts share counts once, and
// is of use if it is to one of them.
func TestSuppressShared(t *testing.T) {
	t.Parallel()
	const archive = `-- a.conf --
include x.conf; server { etag off; }
-- b.conf --
include x.conf;
-- x.conf --
# tcplint:ignore nginx-etag -- why
etag off;
# tcplint:ignore nginx-gzip -- why
root /;
`
	res := lint.Run(hosts(t, archive, "a.conf", "b.conf"), options(loud("nginx-etag", "etag"), loud("nginx-gzip", "gzip"), watcher()))
	want := []string{"nginx-etag: there is etag", "tcplint-suppression: nginx-gzip finds nothing here: remove the suppression"}
	if diff := cmp.Diff(want, messages(res.Findings)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if len(res.Suppressed) != 1 {
		t.Errorf("%d findings are suppressed", len(res.Suppressed))
	}
}

// TestSuppressedFix: what a comment silences is not fixed.
func TestSuppressedFix(t *testing.T) {
	t.Parallel()
	r := setting("nginx-a", "etag", "off", "on")
	out := lint.FixAll(inputs(t, "etag off; # tcplint:ignore nginx-a -- why\n"), options(r, watcher()), lint.Safe)
	if len(out.Changes)+len(out.Dropped) != 0 {
		t.Errorf("changed: %s, dropped: %q", changes(out), reasons(out))
	}
}

// TestWithoutWatcher: the comments work where the rule that watches over them
// does not run.
func TestWithoutWatcher(t *testing.T) {
	t.Parallel()
	res := lint.Run(hosts(t, "etag off; # tcplint:ignore nginx-etag -- why\n# tcplint:ignore nonsense\n"), options(loud("nginx-etag", "etag")))
	if len(res.Findings) != 0 || len(res.Suppressed) != 1 {
		t.Errorf("found %q, %d suppressed", messages(res.Findings), len(res.Suppressed))
	}
}

// TestWatcherConfigured: the configuration reaches what is said of the comments
// themselves, and a comment whose finding it switches off still has its use.
func TestWatcherConfigured(t *testing.T) {
	t.Parallel()
	const text = "# tcplint:ignore nginx-gone -- why\netag off; # tcplint:ignore nginx-etag -- why\n"
	o := options(loud("nginx-etag", "etag"), loud("nginx-gone", "gone"), watcher())
	o.Severity = map[string]lint.Severity{lint.SuppressionID: lint.Info}
	res := lint.Run(hosts(t, text), o)
	if len(res.Findings) != 1 || res.Findings[0].Severity != lint.Info {
		t.Errorf("found %q", messages(res.Findings))
	}
	o.Excluded = func(_, rule string) (string, bool) { return "switched off", rule != "nginx-gone" }
	res = lint.Run(hosts(t, text), o)
	if len(res.Findings) != 0 || len(res.Suppressed) != 2 {
		t.Errorf("found %q, %d suppressed", messages(res.Findings), len(res.Suppressed))
	}
	for _, s := range res.Suppressed {
		if !s.External {
			t.Errorf("%s is silenced by a comment, not by the configuration", s.Finding.Rule.ID)
		}
	}
}
