package starter_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/starter"
	"github.com/tcplint/tcplint/internal/workspace"
)

// The release of a chart, or of another program whose name ends in nginx, is no release
// of nginx; and nothing is proposed about backends, whose own files are read.
func TestVersionsOfNginxOnly(t *testing.T) {
	t.Parallel()
	text := starter.Write(workspace.Memory(map[string]string{
		"chart/job.yaml":      "metadata:\n  labels:\n    helm.sh/chart: ingress-nginx-3.35.0\n",
		"roles/web/task.yml":  "- apt: {name: nginx=1.24.0-1~bookworm}\n",
		"roles/web/vars.yml":  "exporter: nginx-1.26.3\n",
		"compose.yaml":        "services:\n  proxy: {image: \"nginx:1.27\"}\n  api: {image: example.org/api, command: \"gunicorn -b :8000 app:app\"}\n",
		"nginx.conf":          "events {}\nhttp { upstream api { server api:8000; } server { location / { proxy_pass http://api; } } }\n",
		"exporter/values.yml": "image: nginx/nginx-prometheus-exporter:1.1.0\n",
	}), ".")
	var versions []string
	for line := range strings.Lines(text) {
		if _, version, ok := strings.Cut(line, `nginx = "`); ok {
			version, _, _ = strings.Cut(version, `"`)
			versions = append(versions, version)
		}
		if strings.HasPrefix(line, "[upstream") {
			t.Errorf("an upstream is proposed: %s", line)
		}
	}
	slices.Sort(versions)
	if got := strings.Join(versions, " "); got != "1.24.0 1.26.3 1.27" {
		t.Errorf("versions: %s", got)
	}
}
