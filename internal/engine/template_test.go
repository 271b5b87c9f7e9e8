package engine_test

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/workspace"
)

// TestTemplatedPool looks for what a chart's pool is worth whose size stands in the
// values: nginx before 1.29.7 knows no pool of none.
func TestTemplatedPool(t *testing.T) {
	t.Parallel()
	const chart = `apiVersion: v1
kind: ConfigMap
metadata:
  name: edge
data:
  app.conf: |
    upstream shop {
      server {{ .Values.backend }}:9000;
      SIZE
    }
    server {
      listen 8080;
      location / {
        proxy_set_header Host $host;
        proxy_pass http://shop;
      }
    }
`
	for _, tt := range []struct {
		size string
		want bool
	}{
		{"keepalive {{ .Values.pool.size }};", true},
		{"keepalive 16;", true},
		{"{{- if .Values.pool }}\n      keepalive {{ .Values.pool.size }};\n      {{- end }}", false},
		{"keepalive {{ .Values.pool.size }};\n      ip_hash;", false},
	} {
		ws, err := workspace.Open(workspace.Memory(map[string]string{"templates/edge.yaml": strings.Replace(chart, "SIZE", tt.size, 1)}), workspace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := engine.Check(t.Context(), ws, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, f := range res.Findings {
			found = found || f.Rule.ID == "nginx-proxy-http10"
		}
		if found != tt.want {
			t.Errorf("%s: requests that open connections are found: %v", tt.size, found)
		}
	}
}
