package rules_test

import (
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
	"github.com/tcplint/tcplint/rules"
)

// TestIdle looks at how free the fix is that makes a pool work, and whether it
// writes a time after which nginx closes an idle connection.
func TestIdle(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		upstream, pass string
		backend        facts.Backend
		nginx          facts.Version
		want           lint.Safety
		edits          int
	}{
		"nothing is known":            {want: lint.Safe, edits: 3},
		"short enough for most":       {upstream: "keepalive_timeout 1500ms;", want: lint.Safe, edits: 2},
		"a time that somebody chose":  {upstream: "keepalive_timeout 60s;", want: lint.Unsafe, edits: 2},
		"never closed":                {backend: facts.Backend{Preset: "go"}, want: lint.Safe, edits: 2},
		"below what is known":         {upstream: "keepalive_timeout 4s;", backend: facts.Backend{Preset: "node"}, want: lint.Safe, edits: 2},
		"above what is known":         {upstream: "keepalive_timeout 6s;", backend: facts.Backend{Preset: "node"}, want: lint.Safe, edits: 3},
		"POSTs are repeated":          {pass: "proxy_next_upstream error timeout non_idempotent;", want: lint.Safe, edits: 2},
		"before nginx closes by time": {nginx: facts.V(1, 14, 2), want: lint.Shown, edits: 2},
		"there, and never closed":     {nginx: facts.V(1, 14, 2), backend: facts.Backend{Preset: "go"}, want: lint.Safe, edits: 2},
	} {
		text := "events {}\nhttp {\n    upstream app { server 127.0.0.1:8080; keepalive 32; " + test.upstream + " }\n" +
			"    server { location / { " + test.pass + " proxy_pass http://app; } }\n}\n"
		in := facts.NginxWindow()
		if !test.nginx.IsZero() {
			in = facts.Only(test.nginx)
		}
		files := modeltest.New(map[string]string{"nginx.conf": text})
		host := model.Build(model.Input{
			Target: model.Target{Nginx: in, Kernel: facts.KernelWindow()},
			Main:   files.File("nginx.conf"), Reader: files, Backends: map[string]facts.Backend{"app": test.backend},
		})
		found := 0
		for _, f := range lint.Run([]*model.Host{host}, lint.Options{Rules: rules.All()}).Findings {
			if f.Rule.ID != "nginx-proxy-http10" {
				continue
			}
			found++
			got, edits := lint.NoFix, 0
			if f.Fix != nil {
				got, edits = f.Fix.Safety, len(f.Fix.Edits)
			}
			if got != test.want || edits != test.edits {
				t.Errorf("%s: the fix is %s with %d edits, want %s with %d", name, got, edits, test.want, test.edits)
			}
		}
		if found != 1 {
			t.Errorf("%s: %d findings", name, found)
		}
	}
}
