package linttest

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

const (
	toyBad = `server {
    tcp_nodelay off;
   #^^^^^^^^^^^^^^^^ nodelay is off
    listen 8080;
}
`
	toyGood = `server {
    tcp_nodelay on;
    listen 8080;
}
`
)

// toy is a rule against "tcp_nodelay off"; with says what its fix writes.
func toy(with string) *lint.Rule {
	return &lint.Rule{
		ID: "nginx-toy", Severity: lint.Warning, Fix: lint.Safe,
		Examples: []lint.Example{{Bad: toyBad, Good: toyGood}},
		Check: func(p *lint.Pass) {
			if p.Host.Nginx == nil {
				return
			}
			for _, s := range p.Host.Nginx.Scopes {
				for set := range s.All("tcp_nodelay") {
					if set.Arg(0) != "off" {
						continue
					}
					f := lint.Finding{At: lint.At(set.Directive), Msg: "nodelay is off"}
					if with != "" {
						f.Fix = &lint.Fix{Title: "turn it on", Safety: lint.Safe, Edits: lint.In(set.Directive, source.Edit{Span: set.Words().At(1).Span, New: with})}
					}
					p.Report(f)
				}
			}
		},
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	r := toy("on")
	r.Examples = append(
		r.Examples,
		lint.Example{Name: "silent", Bad: "tcp_nodelay on;\n"},
		lint.Example{
			Name: "two files",
			Bad:  "-- nginx.conf --\nevents {}\nhttp { include conf.d/*.conf; }\n-- conf.d/a.conf --\n" + toyBad + "-- sysctl.conf --\nnet.core.somaxconn = 1\n",
			Good: "-- conf.d/a.conf --\n" + toyGood,
		},
	)
	Run(t, r, nil)
}

// TestCheck makes every check of the runner fail once.
func TestCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		rule   *lint.Rule
		change func(r *lint.Rule, e *lint.Example)
		others []*lint.Rule
		want   string // a part of some problem; empty if there must be none
	}{
		{name: "nothing", rule: toy("on")},
		{
			name: "a marker is missing", rule: toy("on"), want: "+ nginx.conf:4:5-21: nodelay is off",
			change: func(_ *lint.Rule, e *lint.Example) {
				e.Bad = strings.Replace(e.Bad, "    listen 8080;\n", "    listen 8080;\n    tcp_nodelay off;\n", 1)
			},
		},
		{
			name: "a finding is missing", rule: toy("on"), want: "- nginx.conf:1:1-3: no such thing",
			change: func(_ *lint.Rule, e *lint.Example) {
				e.Bad = strings.Replace(e.Bad, "server {\n", "server {\n#^ no such thing\n", 1)
			},
		},
		{
			name: "a column off", rule: toy("on"), want: "- nginx.conf:2:5-20: nodelay is off",
			change: func(_ *lint.Rule, e *lint.Example) { e.Bad = strings.Replace(e.Bad, "^^", "^", 1) },
		},
		{
			name: "too severe", rule: toy("on"), want: "worse than its rule",
			change: func(r *lint.Rule, _ *lint.Example) {
				check := r.Check
				r.Check = func(p *lint.Pass) {
					check(p)
					p.ReportMild(lint.Error, lint.Finding{At: lint.At(p.Host.Nginx.Scopes[1].Block), Msg: "worse"})
				}
			},
		},
		{
			name: "the fix gives something else", rule: toy("on"), want: "is not Good (-Good +fixed)",
			change: func(_ *lint.Rule, e *lint.Example) { e.Good = strings.Replace(e.Good, " on", "  on", 1) },
		},
		{name: "the fix breaks the syntax", rule: toy("on; }"), want: "is refused"},
		{name: "the fix cures nothing", rule: toy("off"), want: "is not Good"},
		{
			name: "Good is not silent", rule: toy(""), want: "a finding in Good: nginx.conf:2:5-21",
			change: func(_ *lint.Rule, e *lint.Example) { e.Good = strings.Replace(e.Good, " on", " off", 1) },
		},
		{
			name: "Good does not parse", rule: toy(""), want: `Good does not parse: nginx.conf: unexpected end of file`,
			change: func(_ *lint.Rule, e *lint.Example) { e.Good = strings.TrimSuffix(e.Good, "}\n") },
		},
		{
			name: "Good has CRLF line ends, Bad has not", rule: toy("on"), want: "is not Good",
			change: func(_ *lint.Rule, e *lint.Example) { e.Good = crlf(e.Good) },
		},
		{
			name: "refused in company", rule: toy("on"), want: "together with the other rules, the fix",
			others: []*lint.Rule{{ID: "nginx-jealous", Severity: lint.Warning, Check: func(p *lint.Pass) {
				for _, s := range p.Host.Nginx.Scopes {
					if set, ok := s.Own("tcp_nodelay"); ok && set.Arg(0) == "on" {
						p.Report(lint.Finding{At: lint.At(set.Directive), Msg: "nodelay is on"})
					}
				}
			}}},
		},
		{
			name: "another column with CRLF", rule: toy(""), want: "with CRLF line ends (-marked +found)",
			change: func(r *lint.Rule, _ *lint.Example) {
				check := r.Check
				r.Check = func(p *lint.Pass) {
					if f := p.Host.Nginx.Root.Body().Tree.File; !strings.Contains(f.Text, "\r") {
						check(p)
					}
				}
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := &tt.rule.Examples[0]
			if tt.change != nil {
				tt.change(tt.rule, e)
			}
			x, err := load(tt.rule, e, append(tt.others, tt.rule))
			if err != nil {
				t.Fatal(err)
			}
			problems := strings.Join(x.check(), "\n")
			if tt.want == "" && problems != "" || !strings.Contains(problems, tt.want) {
				t.Errorf("want %q in\n%s", tt.want, problems)
			}
		})
	}
}

// TestLoad looks at examples that cannot be run at all.
func TestLoad(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		id      string
		example lint.Example
		want    string // part of the error
	}{
		{"no markers", "nginx-x", lint.Example{Bad: "a;\n", Good: "b;\n"}, "no markers"},
		{"no Good", "nginx-x", lint.Example{Bad: "a;\n#^\n"}, "Good is empty"},
		{"a marker first", "nginx-x", lint.Example{Bad: "#^\na;\n"}, "above the first line"},
		{"text above the files", "nginx-x", lint.Example{Bad: "a;\n-- nginx.conf --\n"}, "above the first file"},
		{"a file twice", "nginx-x", lint.Example{Bad: "-- a --\n-- a --\n"}, "stands twice"},
		{"a file that Bad has not", "nginx-x", lint.Example{Bad: "-- a --\na;\n#^\n", Good: "-- b --\n"}, "the file b of Good is not in Bad"},
		{"host without files", "host-x", lint.Example{Bad: "a;\n"}, "needs files"},
		{"a version", "nginx-x", lint.Example{Bad: "a;\n", Nginx: "new"}, "is not a version"},
		{"no main file", "nginx-x", lint.Example{Bad: "-- a --\n-- b --\n"}, "none of the files a, b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x, err := load(&lint.Rule{ID: tt.id}, &tt.example, nil)
			if err == nil {
				_, err = x.lint(x.bad)
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestIsSysctl(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"sysctl.conf": true, "etc/sysctl.conf": true, "sysctl.d/10-net.conf": true, "etc/sysctl.d/a.conf": true,
		"a.sysctl": true, "nginx.conf": false, "conf.d/sysctl.d.conf": false, "mysysctl.conf": false,
	} {
		if got := isSysctl(name); got != want {
			t.Errorf("isSysctl(%q) = %v", name, got)
		}
	}
}
