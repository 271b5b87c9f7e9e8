// Package gen writes large inputs for benchmarks and for checks of how the
// program grows with its input. What it writes is always the same for the same
// numbers.
package gen

import (
	"fmt"
	"strings"
)

// Nginx returns a complete nginx.conf with so many upstreams and servers, each
// server with so many locations. It is valid for nginx where upstreams is at
// least 1.
func Nginx(servers, locations, upstreams int) string {
	var b strings.Builder
	b.Grow(1024 + servers*(512+locations*440) + upstreams*260)
	b.WriteString(head)
	for u := range upstreams {
		upstream(&b, u)
	}
	for s := range servers {
		server(&b, s, locations, max(upstreams, 1))
	}
	b.WriteString("}\n")
	return b.String()
}

const head = `# The main configuration of the front tier.
user www-data;
worker_processes auto;
worker_rlimit_nofile 65535;
error_log /var/log/nginx/error.log warn;

events {
    worker_connections 16384;
}

http {
    include mime.types;
    default_type application/octet-stream;
    log_format timed '$remote_addr - $remote_user [$time_local] "$request" '
                     '$status $body_bytes_sent "$http_referer" '
                     '$request_time $upstream_response_time';
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 65s;

    map $http_upgrade $connection_upgrade {
        default upgrade;
        '' '';
    }

`

func upstream(b *strings.Builder, u int) {
	fmt.Fprintf(b, "    upstream backend_%d {\n        zone backend_%d 64k;\n", u, u)
	for n := range 3 {
		fmt.Fprintf(b, "        server 10.%d.%d.%d:8080 max_fails=3 fail_timeout=10s;\n", u/250, u%250, n+1)
	}
	b.WriteString("        keepalive 32; # idle connections per worker\n    }\n\n")
}

func server(b *strings.Builder, s, locations, upstreams int) {
	fmt.Fprintf(b, `    # Tenant %[1]d
    server {
        listen 80;
        listen [::]:80;
        server_name tenant-%[1]d.example.com www.tenant-%[1]d.example.com;
        access_log /var/log/nginx/tenant-%[1]d.access.log timed;
        root /srv/www/tenant-%[1]d;
        index index.html;
        gzip on;
        gzip_types text/plain text/css application/json application/javascript;
        add_header X-Frame-Options "SAMEORIGIN" always;
`, s)
	for l := range locations {
		fmt.Fprintf(b, `
        location /service-%d/ {
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Connection "";
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            # The service answers slowly after a restart.
            proxy_read_timeout 120s;
            proxy_pass http://backend_%d;
        }
`, l, (s*locations+l)%upstreams)
	}
	b.WriteString("    }\n\n")
}
