package service_test

import (
	"testing"

	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// What reloads the nginx of a container by itself is seen in its Compose file alone.
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
		r, ok := inv.Reloads(inv.Nginx(source.NewFile("nginx.conf", "")))
		if r.What != c.what || ok != (c.what != "") {
			t.Errorf("%s: %q, %t; want %q", name, r.What, ok, c.what)
		}
	}
}

// What reloads the nginx of a machine is seen in the machine's own files.
func TestMachineReloads(t *testing.T) {
	t.Parallel()
	const reload = "[Service]\nType=oneshot\nExecStart=/usr/bin/systemctl reload nginx\n"
	for name, c := range map[string]struct {
		files map[string]string
		what  string
	}{
		"a timer": {map[string]string{
			"units/renew.timer": "[Timer]\nOnCalendar=hourly\n", "units/renew.service": reload,
		}, "renew.timer"},
		"a timer that names its service": {map[string]string{
			"units/a.timer": "[Timer]\nOnCalendar=daily\nUnit=b.service\n", "units/b.service": reload,
		}, "a.timer"},
		"as files change": {map[string]string{
			"units/certs.path": "[Path]\nPathChanged=/etc/ssl\n", "units/certs.service": "[Service]\nExecStart=/usr/sbin/nginx -s reload\n",
		}, "certs.path"},
		"cron":            {map[string]string{"etc/cron.d/certs": "0 3 * * * root service nginx reload\n"}, "cron"},
		"a deploy hook":   {map[string]string{"letsencrypt/renewal-hooks/deploy/nginx.sh": "#!/bin/sh\nsystemctl reload nginx\n"}, "a hook of certbot"},
		"renew_hook":      {map[string]string{"letsencrypt/renewal/a.conf": "renew_hook = systemctl reload nginx\n"}, "a hook of certbot"},
		"consul-template": {map[string]string{"consul-template/nginx.hcl": "template {\n  command = \"nginx -s reload\"\n}\n"}, "consul-template"},

		"a service that nothing starts": {map[string]string{"units/renew.service": reload}, ""},
		"a timer of something else":     {map[string]string{"units/renew.timer": "[Timer]\nOnCalendar=hourly\n", "units/renew.service": "[Service]\nExecStart=/usr/bin/true\n"}, ""},
		"a comment":                     {map[string]string{"etc/cron.d/certs": "# 0 3 * * * root service nginx reload\n"}, ""},
		"a script that nothing runs":    {map[string]string{"bin/deploy.sh": "nginx -s reload\n"}, ""},
	} {
		var files []*source.File
		for p, text := range c.files {
			if !service.Candidate(p) && c.what != "" {
				t.Errorf("%s: nobody reads %s", name, p)
			}
			files = append(files, source.NewFile(p, text))
		}
		if r, ok := service.Read(files, nil).Reloads(nil); r.What != c.what || ok != (c.what != "") {
			t.Errorf("%s: %q, %t; want %q", name, r.What, ok, c.what)
		}
	}
}
