package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
)

// TestBackends looks at an example that needs to know what is behind its
// upstreams: it shows what to write for that, ahead of its own files.
func TestBackends(t *testing.T) {
	t.Parallel()
	r := &lint.Rule{
		ID: "nginx-example", Title: "an example", Why: "Why.", Since: "0.1",
		Examples: []lint.Example{{
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{
					"b": {Preset: "node", MaxChildren: 5},
					"a": {MaxConnections: 8, IdleTimeout: 90 * time.Second, Families: []string{"ipv4", "ipv6"}},
				}
			},
			Bad: "upstream a {}\n", Good: "upstream b {}\n",
		}},
	}
	var out strings.Builder
	if err := report.Explain(&out, r, false, 80); err != nil {
		t.Fatal(err)
	}
	const want = `
  -- .tcplint.toml --
    [upstream."a"]
    max_connections = 8
    idle_timeout = "1m30s"
    families = ["ipv4", "ipv6"]
    [upstream."b"]
    backend = "node"
    max_children = 5

  -- nginx.conf --
    upstream a {}

Good
    upstream b {}
`
	if !strings.Contains(out.String(), want) {
		t.Errorf("the example is not as wanted:\n%s\nwant:\n%s", out.String(), want)
	}
}
