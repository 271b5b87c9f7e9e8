package rules

import (
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxKeepaliveRequestsLow = lint.Rule{
	ID:       "nginx-keepalive-requests-low",
	Title:    "connections are closed after few requests",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `keepalive_requests closes a connection after so many requests, to bound the memory that it collects. A small number undoes keeping connections: every new one costs a handshake, with TLS a second one, and leaves a socket in TIME_WAIT on nginx's side. The default was 100 before 1.19.10 and is 1000 since, for clients and for upstreams alike.

With HTTP/2, which sends all requests of a page over one connection, it is reached soonest; it counts there since 1.19.7, in place of http2_max_requests.

Measured: keepalive_requests 1 makes 1999 client connections of 2000 requests, the default 7 (experiment 15); keepalive_requests 10 in an upstream makes 642 of 6400, 100 makes 67 (experiment 1b).

` + backendFirst + `

Ignore it where connections are cut on purpose, so that clients of a balancer in front spread again.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#keepalive_requests",
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_requests",
	},
	Examples: []lint.Example{
		{
			Name: "clients",
			Bad: `server {
    keepalive_requests 10;
   #^^^^^^^^^^^^^^^^^^^^^^ a client's connection is closed after 10 requests
    root /srv/www;
}
`,
			Good: `server {
    root /srv/www;
}
`,
		},
		{
			Name: "a pool",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_requests 1;
   #^^^^^^^^^^^^^^^^^^^^^ a connection of upstream "app" is closed after every request
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_timeout 1s;
}
`,
		},
		{
			Name: "silent: the old default, and no connections that are kept",
			Bad: `server {
    keepalive_requests 100;
    location /status {
        keepalive_timeout 0;
        keepalive_requests 1;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for s, set := range p.Host.Nginx.Owning("keepalive_requests") {
			n, valid := s.Get("keepalive_requests").Int()
			if !valid || n >= 100 {
				continue
			}
			var what string
			var u *model.UpstreamBlock
			switch {
			case s.Is(model.HTTP, model.Server, model.Location):
				if idle, ok := clientIdle(s); ok && idle == 0 || slices.ContainsFunc(s.Get("keepalive_timeout").Settings, model.Setting.Unknown) {
					continue // nginx-client-keepalive-off
				}
				what = "a client's connection"
			case s.Kind == model.Upstream && s.Block != nil:
				if u = s.Upstream(); u == nil {
					continue
				}
				if pool, ok := u.Pool(); !ok || pool.Empty() {
					continue
				}
				what = fmt.Sprintf("a connection of upstream %q", u.Name)
			default:
				continue
			}
			f := lint.Finding{
				At:  lint.At(set.Directive),
				Msg: what + " is closed after " + requests(n),
				Fix: &lint.Fix{
					Title: "remove " + set.Name(), Safety: lint.Unsafe,
					Edits:   lint.In(set.Directive, nginx.Drop(set.Directive)),
					Changes: []string{set.Name()}, Scopes: slices.Collect(s.Walk()),
				},
			}
			if u != nil {
				closingFirst(u, &f)
			}
			p.Report(f)
		}
	},
}

var _ = add(&nginxKeepaliveRequestsLow)

func requests(n int) string {
	if n < 2 {
		return "every request" // nginx counts the one under way: 0 closes like 1
	}
	return plural(n, "request")
}
