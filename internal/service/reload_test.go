package service_test

import (
	"testing"

	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// What reloads nginx by itself is seen in its Compose file alone.
func TestReloads(t *testing.T) {
	const nginx = "  nginx:\n    image: nginx:1.27\n    volumes: [\"./nginx.conf:/etc/nginx/nginx.conf\"]\n"
	for name, c := range map[string]struct{ compose, what string }{
		"nothing":          {"services:\n" + nginx, ""},
		"docker-gen":       {"services:\n" + nginx + "  gen:\n    image: nginxproxy/docker-gen:0.14\n", "nginxproxy/docker-gen"},
		"a loop":           {"services:\n" + nginx + "    command: sh -c 'while sleep 6h; do nginx -s reload; done & nginx'\n", "a loop"},
		"certbot without":  {"services:\n" + nginx + "  certbot:\n    image: certbot/certbot\n", ""},
		"a reload by hand": {"services:\n" + nginx + "# afterwards: docker compose exec nginx nginx -s reload\n", ""},
	} {
		inv := service.Read([]*source.File{source.NewFile("compose.yaml", c.compose)}, nil)
		what, _, ok := inv.Reloads(inv.Nginx(source.NewFile("nginx.conf", "")))
		if what != c.what || ok != (c.what != "") {
			t.Errorf("%s: %q, %t; want %q", name, what, ok, c.what)
		}
	}
}
