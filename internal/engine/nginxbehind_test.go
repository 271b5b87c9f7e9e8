package engine_test

import (
	"strings"
	"testing"
)

// TestNginxBehindNginx comes from the pool of one nginx to the configuration of another
// one, in a container of the same Compose file.
func TestNginxBehindNginx(t *testing.T) {
	t.Parallel()
	const compose = "services:\n  edge:\n    image: nginx:1.26.3\n    volumes: [\"./edge.conf:/etc/nginx/nginx.conf:ro\"]\n" +
		"  app:\n    image: nginx:1.26.3\n    volumes: [\"./app.conf:/etc/nginx/nginx.conf:ro\"]\n"
	const edge = "events {}\nhttp {\n    upstream app { server app:80; keepalive 16; }\n    server {\n        location / {\n            proxy_http_version 1.1;\n" +
		"            proxy_set_header Connection \"\";\n            proxy_set_header Host $host;\n            proxy_pass http://app;\n        }\n    }\n}\n"
	for name, tt := range map[string]struct{ app, want string }{
		"shorter than the pool":  {"events {}\nhttp { keepalive_timeout 15; server { listen 80; } }\n", "its backend (nginx) closes them after 15s"},
		"as it is":               {"events {}\nhttp { server { listen 80; } }\n", ""},
		"of another server only": {"events {}\nhttp { server { listen 80; } server { listen 81; keepalive_timeout 5; } }\n", ""},
		"of an upstream":         {"events {}\nhttp { upstream php { server php:9000; keepalive_timeout 5; } server { listen 80; } }\n", ""},
	} {
		var all []string
		for _, f := range checked(t, map[string]string{"compose.yaml": compose, "edge.conf": edge, "app.conf": tt.app}) {
			if f.Rule.ID == "nginx-keepalive-timeout-race" {
				all = append(all, f.Msg)
			}
		}
		said := strings.Join(all, "; ")
		if !strings.Contains(said, tt.want) || tt.want == "" && said != "" {
			t.Errorf("%s: %q, want %q", name, said, tt.want)
		}
	}
}
