package rules

import (
	"time"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxClientKeepaliveOff = lint.Rule{
	ID:       "nginx-client-keepalive-off",
	Title:    "clients get a new connection for every request",
	Severity: lint.Info,
	Since:    "0.1",
	Why: `keepalive_timeout 0 closes the client's connection after each response. Every picture, script and API call of a page then pays for a TCP handshake, with TLS for that handshake too, and leaves a socket in TIME_WAIT on nginx's side.

Measured (experiment 15, nginx 1.22.1 and 1.31.5): eight clients make 1999 connections for 2000 requests, and nginx handles half as many in a second; with the default of 75s they make 7.

Ignore it where something in front of nginx keeps the clients' connections and wants none kept here, or where connections must spread over several machines behind a balancer that knows nothing of HTTP.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#keepalive_timeout",
	},
	Examples: []lint.Example{
		{
			Bad: `events {}
http {
    keepalive_timeout 0;
   #^^^^^^^^^^^^^^^^^^^^ every request of a client opens a new connection: keepalive_timeout is 0
    server {
        listen 80;
    }
}
`,
			Good: `events {}
http {
    keepalive_timeout 65s;
    server {
        listen 80;
    }
}
`,
		},
		{
			Name: "silent: one location, and the pool of an upstream",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 8;
    keepalive_timeout 0;
}
server {
    keepalive_timeout 30s;
    location /status {
        keepalive_timeout 0;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for s, set := range p.Host.Nginx.Owning("keepalive_timeout") {
			if !s.Is(model.HTTP, model.Server) {
				continue
			}
			if idle, ok := clientIdle(s); ok && idle == 0 {
				p.Report(lint.Finding{
					At:  lint.At(set.Directive),
					Msg: "every request of a client opens a new connection: keepalive_timeout is " + set.Arg(0),
				})
			}
		}
	},
}

var _ = add(&nginxClientKeepaliveOff)

// clientIdle is how long nginx keeps the idle connection of a client.
func clientIdle(s *model.Scope) (time.Duration, bool) { return s.Get("keepalive_timeout").Duration() }
