package rules

import (
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
)

var nginxProxyPassUnpooled = lint.Rule{
	ID:       "nginx-proxy-pass-unpooled",
	Title:    "an address in proxy_pass is never pooled",
	Severity: lint.Info,
	Fix:      lint.Shown,
	AnyText:  true,
	Since:    "0.1",
	Why: `nginx keeps idle connections for upstream blocks only. For an address that stands in proxy_pass it makes an upstream of its own, which pools in no version: every request opens a TCP connection, and with https shakes hands.

Measured (experiment 1, nginx 1.22.1 to 1.31.5, 2000 requests): 2000 connections. Before 1.29.7 the backend closes about nine in ten of them first, and keeps the sockets in TIME_WAIT; from 1.29.7 on nginx does so for all, and each holds an ephemeral port for 60 seconds (experiment 8: with 201 ports 1799 of 2000 requests fail). With https a request takes 4.5 ms over a new connection and 0.4 ms over a kept one (experiment 12).

One finding names an address once, at the first location that takes ordinary requests. Unix sockets, targets with a variable, single paths, pages for errors and checks, event streams and WebSockets are left out. Where the location asks for kept connections, nginx-half-way-reuse speaks instead.

` + backendFirst + `

Ignore it for a backend with little traffic: less than a hundred requests a second to a backend on the same network cost nothing that one would notice.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive",
		"https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_upstream_keepalive_module.c",
	},
	Examples: []lint.Example{
		{
			Name: "an address for a whole site",
			Bad: `server {
    location / {
        proxy_set_header Host $host;
        proxy_pass http://10.0.0.7:8080;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every request to http://10.0.0.7:8080 opens a new connection
    }
    location /api/ {
        proxy_set_header Host $host;
        proxy_pass http://10.0.0.7:8080/v2/;
    }
}
`,
			Good: `upstream app {
    server 10.0.0.7:8080;
    keepalive 32;
    keepalive_timeout 1s;
}
server {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    location / {
        proxy_pass http://app;
    }
    location /api/ {
        proxy_pass http://app/v2/;
    }
}
`,
		},
		{
			Name: "silent: few requests, long ones, a socket and a variable",
			Bad: `server {
    location = /login {
        proxy_pass http://10.0.0.7:8080;
    }
    location /healthz {
        proxy_pass http://10.0.0.7:8080;
    }
    location @error {
        proxy_pass http://10.0.0.7:8081;
    }
    location /events {
        proxy_pass http://10.0.0.7:8080;
    }
    location /ws/ {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        proxy_pass http://10.0.0.7:8080;
    }
    location /local/ {
        proxy_pass http://unix:/run/app.sock;
    }
    location /any/ {
        proxy_pass http://$backend;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, a := range addresses(p.Host, busy) {
			if !asked(p, a) && !keepsNone(a.passes[0].Backend()) && !a.passes[0].Backend().Elsewhere() {
				unpooledAddress(p, a)
			}
		}
	},
}

var _ = add(&nginxProxyPassUnpooled)

// asked reports whether nginx-half-way-reuse speaks of an address.
func asked(p *lint.Pass, a *address) bool {
	if p.Host.Target.Nginx.Intersect(facts.Until(facts.ReuseByDefault)).Empty() {
		return false
	}
	return slices.ContainsFunc(a.passes, halfWay)
}

func unpooledAddress(p *lint.Pass, a *address) {
	first := a.passes[0]
	f := lint.Finding{
		At:  lint.At(first.Directive),
		Msg: fmt.Sprintf("every request to %s opens a new connection: an address in proxy_pass is never pooled", a.name),
		Fix: ownPool(p.Host, first),
	}
	if !p.Host.Target.Nginx.Intersect(facts.Since(facts.ReuseByDefault)).Empty() {
		f.Notes = append(f.Notes, lint.Note{Msg: "from nginx 1.29.7 on it is nginx that closes each connection, so that a port of this host stays in TIME_WAIT for 60 seconds; before, the backend closes most of them"})
	}
	f.Notes = append(f.Notes, otherPasses(a)...)
	p.Report(f)
}
