package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxHalfWayReuse = lint.Rule{
	ID:       "nginx-half-way-reuse",
	Title:    `HTTP/1.1 without "Connection: close", but no pool to put connections into`,
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	AnyText:  true,
	Since:    "0.1",
	Why: `"proxy_http_version 1.1" and an empty Connection header ask the backend to keep the connection. Where nginx has no pool to put it into, nginx closes it after every response. Whoever closes first holds the connection in TIME_WAIT for 60 seconds, and on the side of nginx each of those occupies an ephemeral port.

So the half-way configuration is worse than none. Measured before 1.29.7 (experiment 1, 2000 requests): with HTTP/1.0 and "Connection: close", nginx's default there, about 90 % of the sockets in TIME_WAIT are on the backend's side; with these two lines and no keepalive all 2000 are on nginx's. Experiment 8: with 201 ports 201 of 2000 requests succeed, the others end with "99: Cannot assign requested address".

An upstream block needs keepalive before 1.29.7; from then on it has a pool by itself. An address in proxy_pass has no pool in any version, and from 1.29.7 on nginx closes first there even without the two lines: nginx-proxy-pass-unpooled speaks of that.

nginx-upstream-no-keepalive is silent about an upstream that this rule names. Event streams, WebSockets and locations that switch buffering off are left out: their connections last.

` + backendFirst + `

Ignore it for a backend with little traffic.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version",
	},
	Examples: []lint.Example{
		{
			Name: "an upstream without keepalive",
			Bad: `upstream app {
#^^^^^^^^^^^ requests to upstream "app" ask to keep their connections, but it has no keepalive
    server 127.0.0.1:8080;
}
server {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location / {
        proxy_pass http://app;
    }
    location /api/ {
        proxy_pass http://app/v2/;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_timeout 1s;
}
server {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
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
			Name:  "an address",
			Nginx: "1.28.3",
			Bad: `server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Connection "";
        proxy_pass http://127.0.0.1:8080;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ requests to http://127.0.0.1:8080 ask to keep their connections, but an address has no pool
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_timeout 1s;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Connection "";
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "silent: with a pool, over a unix socket, and with close",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
}
upstream local {
    server unix:/run/app.sock;
}
upstream plain {
    server 127.0.0.1:8081;
    keepalive 8;
}
server {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location / {
        proxy_pass http://app;
    }
    location /local/ {
        proxy_pass http://local;
    }
    location /plain/ {
        proxy_set_header Connection close;
        proxy_pass http://plain;
    }
}
`,
		},
		{
			Name: "silent: streams last",
			Bad: `server {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location /events {
        proxy_pass http://127.0.0.1:8080;
    }
    location /logs {
        proxy_buffering off;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name:  "silent: an upstream pools by default",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 127.0.0.1:8080;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_pass http://app;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			if users := halfWayUsers(u); len(users) > 0 && !keepsNone(p.Host.Backend(u)) {
				halfWayUpstream(p, u, users)
			}
		}
		if p.Host.Target.Nginx.Intersect(facts.Until(facts.ReuseByDefault)).Empty() {
			return // nginx closes first whatever is written: nginx-proxy-pass-unpooled
		}
		for _, a := range addresses(p.Host, halfWay) {
			halfWayAddress(p, a)
		}
	},
}

var _ = add(&nginxHalfWayReuse)

// halfWay reports whether the configuration of a pass asks for connections that
// are kept: with both lines written, since it is the wish that counts.
func halfWay(pass *model.Pass) bool {
	if pass.Protocol != "proxy" || streams(settingsScope(pass.Scope)) {
		return false
	}
	version, conn := pass.Scope.Get("proxy_http_version"), pass.Scope.Connection()
	if !version.Sure || version.Text() != "1.1" || !conn.Sure || conn.Setting.Directive == nil || conn.Map != nil {
		return false
	}
	value := conn.Setting.Arg(1)
	return value == "" || strings.EqualFold(value, "keep-alive")
}

// halfWayUsers are the passes to an upstream without a pool that ask for kept
// connections.
func halfWayUsers(u *model.UpstreamBlock) []*model.Pass {
	if unpooled(u).Empty() {
		return nil
	}
	var users []*model.Pass
	for _, pass := range u.Passes {
		if halfWay(pass) {
			users = append(users, pass)
		}
	}
	return users
}

func halfWayUpstream(p *lint.Pass, u *model.UpstreamBlock, users []*model.Pass) {
	f := lint.Finding{
		At:       lint.At(u.Scope.Block),
		Msg:      fmt.Sprintf("requests to upstream %q ask to keep their connections, but it has no keepalive: nginx closes each one, and holds its port for 60 seconds", u.Name),
		Notes:    usesOf(users, `HTTP/1.1 without "Connection: close" is used here`),
		Versions: p.NginxVersions(unpooled(u), "which pools only with a keepalive line"),
		Fix:      addPool(p.Host, u),
	}
	closingFirst(u, &f)
	p.Report(f)
}

func halfWayAddress(p *lint.Pass, a *address) {
	first := a.passes[0]
	old := facts.Until(facts.ReuseByDefault)
	p.Report(lint.Finding{
		At:       lint.At(first.Directive),
		Msg:      fmt.Sprintf("requests to %s ask to keep their connections, but an address has no pool: nginx closes each one, and holds its port for 60 seconds", a.name),
		Notes:    append([]lint.Note{{Msg: "asked for here", At: lint.At(first.Scope.Connection().Setting.Directive)}}, otherPasses(a)...),
		Versions: p.NginxVersions(old.Intersect(p.Host.Target.Nginx), "where it comes with these lines; later releases close first without them, too"),
		Fix:      ownPool(p.Host, first),
	})
}
