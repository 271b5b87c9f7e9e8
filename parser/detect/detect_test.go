package detect

import (
	"strings"
	"testing"
)

func TestDetect(t *testing.T) {
	tests := []struct {
		name, path, text string
		want             Kind
		reason           string // a part of it
	}{
		{"main", "nginx.conf", "events {}\nhttp { server { listen 80; } }\n", Nginx, "events"},
		{"one line", "x.conf", "events{}http{server{listen 80;location /{proxy_pass http://a;}}}", Nginx, ""},
		{"no name", "", "upstream a { server 10.0.0.1:80; }\n", Nginx, "upstream a"},
		{"site", "sites-enabled/default", "server { listen 80; root /var/www; }\n", Nginx, ""},
		{"snippet", "snippets/deny.conf", "deny all;\n", Nginx, ""},
		{"backup", "nginx.conf.bak", "user www;\nworker_processes 4;\n", Nginx, ""},
		{"other name", "shop.example.com", "server {\n  server_name shop.example.com;\n}\n", Nginx, ""},
		{"CRLF", "a.conf", "server {\r\n  listen 80;\r\n}\r\n", Nginx, ""},
		{"not UTF-8", "a.conf", "server {\n  listen 80; # \xff\xfe\n}\n", Nginx, ""},
		{"empty main", "nginx.conf", "# nothing yet\n", Nginx, "empty"},
		{"broken", "nginx.conf", "http {\n  server {\n    listen 80\n    proxy_pass http://a;\n", Nginx, ""},

		{"brace comment", "a.conf", "server {# the shop\n  listen 80;\n}\n", Nginx, ""},
		{"variable", "a.conf", "location / { proxy_pass http://${backend}; }\n", Nginx, ""},
		{"variable of its own", "a.conf", "map $host ${BACKEND} {\n default a;\n}\nserver { listen 80; location / { proxy_pass http://${BACKEND}; } }\n", Nginx, ""},
		{"placeholder anywhere", "a.conf", "location / { proxy_pass http://${BACKEND}; }\n", Template, "placeholders"},
		{"placeholder alone", "a.conf", "server {\n  listen 80;\n  EXTRA_CONFIG\n  location / { return 204; }\n}\n", Template, "placeholders"},
		{"hiera", "a.conf", "server {\n  listen 80;\n  server_name %{hiera('name')};\n}\n", Template, "placeholders"},
		{"methods", "a.conf", "server {\n  listen 80;\n  more_set_headers\n    NAME\n    OTHER;\n}\n", Nginx, ""},
		{"tag in quotes", "a.conf", "log_format x '{{a}} {% b %} <% c %>';\n", Nginx, ""},
		{"tag in Lua", "a.conf", "location / { content_by_lua_block { local t = {{1, 2}, {3, 4}} } }\n", Nginx, ""},
		{"tag in a comment", "a.conf", "# {{ ansible_managed }}\nserver { listen 80; }\n", Nginx, ""},

		{"Jinja value", "a.conf", "server { listen {{ port }}; }\n", Template, "Jinja2"},
		{"Jinja statement", "a.conf", "server {\n{% if tls %}\n  listen 443 ssl;\n{% endif %}\n}\n", Template, "Jinja2"},
		{"Jinja by extension", "nginx.conf.j2", "server { listen \"{{ port }}\"; }\n", Template, "(Jinja2)"},
		{"in templates", "templates/a.conf", "server { ssl_certificate \"{{ cert }}\"; }\n", Template, ""},
		{"ERB", "a.conf.erb", "server { listen <%= @port %>; }\n", Template, "(ERB)"},
		{"ERB elsewhere", "a.conf", "server { listen <%= @port %>; }\n", Template, "ERB"},
		{"Go", "nginx.tmpl", "server {\n{{ range .Ports }}\n  listen {{ . }};\n{{ end }}\n}\n", Template, "Go"},
		{"envsubst", "default.conf.template", "server { listen ${PORT}; }\n", Template, "placeholders"},
		{"percent", "default.stpl", "server { listen %ip%:%port%; proxy_pass http://a; }\n", Template, "placeholders"},
		{"template of settings", "sysctl.conf.j2", "net.core.somaxconn = {{ somaxconn }}\n", Template, "Jinja2"},
		{"only tags between", "a.conf", "{% for u in ups %}\nupstream {{ u }} {\n{% endfor %}\n}\n", Template, "Jinja2"},
		{"template without tags", "a.conf.j2", "server { listen 80; }\n", Nginx, ""},
		{"template of something else", "httpd.conf.erb", "<VirtualHost *:80>\n<%= @x %>\n</VirtualHost>\n", None, ""},
		{"template of YAML", "values.yaml.j2", "a: {{ b }}\n", None, "YAML"},
		{"YAML of a template's name", "edge.tpl", "{{- if .Values.edge }}\nkind: ConfigMap\ndata:\n  a.conf: |\n    server {\n      listen 80;\n    }\n", None, "YAML"},
		{"a list of that", "edge.j2", "---\n- hosts: edge\n  vars:\n    a: |\n      server {\n        listen 80;\n      }\n", None, "YAML"},
		{"a name with a colon", "a.conf.tpl", "more_set_headers: x;\nserver {\n  listen 80;\n}\n", Nginx, ""},
		{"nginx -T with its messages", "edge.tpl", "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n# configuration file /etc/nginx/nginx.conf:\nevents {}\nhttp {\n  server {\n    listen 80;\n  }\n}\n", Nginx, ""},

		{"sysctl.conf", "sysctl.conf", "net.ipv4.tcp_syncookies = 1\n", Sysctl, "net.ipv4.tcp_syncookies"},
		{"slashes", "x.conf", "net/ipv4/tcp_syncookies=1\n", Sysctl, ""},
		{"minus", "x.conf", "; c\n-vm.swappiness = 10\n", Sysctl, ""},
		{"faulty", "sysctl.d/10-x.conf", "sysctl -w net.core.somaxconn=1\nnet.core.somaxconn 2\nvm.swappiness=1\n", Sysctl, ""},
		{"section by mistake", "sysctl.conf", "[sysctl]\nvm.swappiness=1\n", Sysctl, ""},
		{"only comments", "sysctl.conf", "# none\n; none\n", Sysctl, "empty"},
		{"other dots", "log4j.conf", "log4j.rootLogger=INFO\n", None, ""},

		{"tuned", "tuned.conf", "[main]\ninclude=x\n[sysctl]\nnet.core.somaxconn=1\n", None, "[main]"},
		{"php-fpm", "conf.d/www.conf", "; pool\n[www]\nlisten = 127.0.0.1:9000\n", None, "[www]"},
		{"Supervisor", "conf.d/nginx.conf", "[program:nginx]\ncommand=nginx\n", None, "[program:nginx]"},
		{"MySQL", "my.conf", "!includedir /etc/mysql\n", None, ""},
		{"Apache", "sites-available/a.conf", "<VirtualHost *:80>\n  ServerName a\n</VirtualHost>\n", None, ""},
		{"readme", "nginx/limit/readme.txt", "How to limit\nIn http:\n  limit_conn_zone $binary_remote_addr zone=a:1m;\nserver {\n listen 80;\n}\n", None, "a document"},
		{"install", "nginx/INSTALL", "limit_conn_zone $binary_remote_addr zone=a:1m;\nserver { listen 80; }\n", None, "a document"},
		{"notes", "docs/sysctl-notes.txt", "net.ipv4.tcp_tw_reuse = 1\nvm.swappiness = 1\n", None, "a document"},
		{"log", "nginx-error.log.txt", "proxy_set_header Host;\n", None, "a document"},
		{"error log", "nginx-emerg.txt", "2026/01/01 00:00:00 [emerg] 1#1: invalid number of arguments\nproxy_set_header Host;\n", None, "a log"},
		{"text with a sentence", "nginx/pool.txt", "Put this into the location:\n  proxy_http_version 1.1;\n  proxy_set_header Connection \"\";\n", None, ""},
		{"text that is configuration", "nginx/pool.txt", "server {\n  listen 80;\n  location / { proxy_pass http://a; }\n}\n", Nginx, ""},
		{"snippets of an editor", "snippets/vhdl.snippets", "snippet libs\n\tuse IEEE.std_logic_1164.ALL;\n", None, "an editor's snippets"},
		{"snapshot", "__snapshots__/site_test.conf", "server { listen 80; }\n", None, "a test's snapshot"},
		{"snapshot by its heading", "nginx/site_test.golden", "\n[TestPolicyRenderedForOneLocationWithABundleOfRulesAttachedToItAndMore - 1]\nserver { listen 80; }\n---\n", None, "[TestPolicy"},
		{"own report", "nginx-check", "nginx.conf:3:5: warning: upstream \"app\" keeps no idle connections [nginx-upstream-no-keepalive]\n    3 | upstream app {\n", None, "a report of tcplint"},
		{"one line that looks like it", "keys", "listen 80;\n", None, ""},
		{"one setting", "data/notes.properties.conf.in", "net.core.somaxconn = 1\n", None, ""},
		{"Shiny Server", "shiny-server.conf", "run_as shiny;\nserver {\n  listen 3838;\n  location / {\n    site_dir /srv/shiny-server;\n    directory_index on;\n  }\n}\n", None, "Shiny Server"},
		{"BIND", "conf.d/named.conf", "options {\n  directory \"/var/cache/bind\";\n  listen-on { any; };\n  allow-query { any; };\n};\nzone \"a\" { type master; file \"a\"; };\n", None, ""},
		{"nftables", "nftables.conf", "flush ruleset;\ntable inet filter {\n  chain input { type filter hook input priority 0; policy drop; }\n}\n", None, ""},
		{"Dockerfile", "docker/Dockerfile.nginx", "FROM nginx\nCOPY <<EOF /etc/nginx/conf.d/a.conf\nserver { listen 80; }\nEOF\n", None, "a Dockerfile"},
		{"YAML", "a.yaml", "data:\n  nginx.conf: |\n    server { listen 80; }\n", None, "YAML"},
		{"document", "README.md", "```\nserver { listen 80; }\n```\n", None, "document"},
		{"script", "setup", "#!/bin/sh\nsysctl -w net.core.somaxconn=1\n", None, "#!"},
		{"logrotate", "logrotate.d/nginx", "/var/log/nginx/*.log {\n  daily\n  postrotate\n    kill -USR1 1\n  endscript\n}\n", None, ""},
		{"BIND", "named.conf", "options { directory \"/var\"; };\nzone \"a\" { type master; file \"b\"; };\n", None, ""},
		{"Varnish", "default", "backend default { .host = \"a\"; }\nsub vcl_recv { if (req.url) { return (pass); } }\n", None, ""},
		{"JavaScript", "main", "const a = require('b');\nif (a) { return a.b; }\n", None, ""},
		{"assembler", "base", "\tMOVW x+0(FP), R1 // slice base, ssl off; by gzip level\n\tRET // ;\n", None, ""},
		{"drawing", "graph", "digraph G {\n  gzip [shape=rect];\n  fs -> gzip;\n  gzip -> layer;\n}\n", None, ""},
		{"patch", "fix", "diff a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n server {\n+    listen 80;\n     server_name a;\n }\n", None, "a patch"},
		{"Caddy", "Caddyfile", "example.com {\n\treverse_proxy localhost:80\n}\n", None, ""},
		{"empty", "x.conf", "", None, ""},
		{"binary", "nginx.conf", "server {\x00}", Binary, "NUL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, reason := Detect(tt.path, tt.text)
			if got != tt.want || !strings.Contains(reason, tt.reason) {
				t.Errorf("Detect = %v, %q; want %v, %q", got, reason, tt.want, tt.reason)
			}
		})
	}
}

func TestCandidate(t *testing.T) {
	for _, tt := range []struct {
		path             string
		possible, likely bool
	}{
		{"nginx.conf", true, true},
		{"conf.d/app.conf", true, true},
		{"any.conf", true, true},
		{"etc/shadow", true, false},
		{"main.go", false, false},
		{"nginx/values.yaml", false, true},
		{"nginx.conf.j2", true, true},
	} {
		if possible, likely := Candidate(tt.path); possible != tt.possible || likely != tt.likely {
			t.Errorf("Candidate(%q) = %v, %v; want %v, %v", tt.path, possible, likely, tt.possible, tt.likely)
		}
	}
}

func TestBackup(t *testing.T) {
	for name, want := range map[string]bool{
		"nginx.conf~": true, "conf.d/a.conf.bak": true, "sysctl.conf.dpkg-dist": true, "a.conf.ORIG": true, "nginx.conf.save": true,
		"nginx.conf.bak201803092055": true, "nginx.conf.old-2": true, "a.conf.2": false, "isucon4": false,
		"nginx.conf": false, "nginx.conf.dist": false, ".bak": false, "old": false, "nginx.conf.old/a.conf": false,
	} {
		if got := Backup(name); got != want {
			t.Errorf("Backup(%q) = %v", name, got)
		}
	}
}

// FuzzDetect checks that no text makes Detect panic.
func FuzzDetect(f *testing.F) {
	f.Add("nginx.conf", "server { listen {{ port }}; }")
	f.Add("a.conf.tpl", "{% <% {{ {# %name% ${X")
	f.Add("sysctl.conf", "-=\n[x")
	f.Fuzz(func(_ *testing.T, path, text string) { Detect(path, text) })
}
