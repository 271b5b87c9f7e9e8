package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/lazyre"
)

var nginxUpstreamNoKeepalive = lint.Rule{
	ID:       "nginx-upstream-no-keepalive",
	Title:    "an upstream keeps no idle connections",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	AnyText:  true,
	Since:    "0.1",
	Why: `Without a pool of idle connections every request to the upstream opens a TCP connection and leaves one in TIME_WAIT, for 60 seconds, on the side that closes first. Where that is nginx, each holds an ephemeral port: with one backend address and the default port range, 470 requests a second are the limit.

Before 1.29.7 an upstream pools only with a keepalive line. From 1.29.7 on, "keepalive 32 local" is the default, and only keepalive 0 switches it off; that is reported as info, since somebody wrote it.

Measured (experiment 1, 2000 requests): without keepalive 2000 connections, with keepalive 32, HTTP/1.1 and an empty Connection header 8. Experiment 8: with 201 ephemeral ports 1799 of 2000 requests fail without a pool, none with one.

Where the requests ask to keep their connections already, nginx-half-way-reuse speaks instead, and nginx-fastcgi-not-kept of FastCGI.

The number counts idle connections in each worker process. The patch is unsafe because a backend that serves few connections at a time must be able to hold them: with eight slots behind a pool of 32, health checks failed for 58 seconds (experiment 7).

` + backendFirst + `

Ignore it for upstreams with little traffic.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive",
	},
	Examples: []lint.Example{
		{
			Name: "no keepalive",
			Bad: `upstream app {
#^^^^^^^^^^^ upstream "app" keeps no idle connections: every request opens a new one
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
    keepalive 32;
    keepalive_timeout 1s;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name:  "switched off",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 0;
   #^^^^^^^^^^^^ upstream "app" keeps no idle connections
}
server {
    location / {
        proxy_pass http://app;
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
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "Node.js, which closes idle connections after 5 seconds",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"app": {Preset: "node"}}
			},
			Bad: `upstream app {
#^^^^^^^^^^^ upstream "app" keeps no idle connections
    server 127.0.0.1:3000;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:3000;
    keepalive 32;
    keepalive_timeout 3s;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "Go, which never closes them",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"app": {Preset: "go"}}
			},
			Bad: `upstream app {
#^^^^^^^^^^^ upstream "app" keeps no idle connections
    server 127.0.0.1:3000;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:3000;
    keepalive 32;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name:  "no patch: a pool would mix the addresses that requests come from",
			Nginx: "1.26.3",
			Bad: `upstream app {
#^^^^^^^^^^^ upstream "app" keeps no idle connections
    server 10.0.0.5:8080;
}
server {
    proxy_http_version 1.1;
    location /a {
        proxy_bind 10.0.0.2;
        proxy_pass http://app;
    }
    location /b {
        proxy_bind 10.0.0.3;
        proxy_pass http://app;
    }
}
`,
			Good: `upstream a {
    server 10.0.0.5:8080;
    keepalive 32;
    keepalive_timeout 1s;
}
upstream b {
    server 10.0.0.5:8080;
    keepalive 32;
    keepalive_timeout 1s;
}
server {
    proxy_http_version 1.1;
    location /a {
        proxy_bind 10.0.0.2;
        proxy_pass http://a;
    }
    location /b {
        proxy_bind 10.0.0.3;
        proxy_pass http://b;
    }
}
`,
		},
		{
			Name: "silent: for WebSockets alone",
			Bad: `upstream ws {
    server 127.0.0.1:8080;
}
server {
    location /ws {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        proxy_pass http://ws;
    }
}
`,
		},
		{
			Name: "silent: nobody passes to it",
			Bad: `upstream app {
    server 127.0.0.1:8080;
}
`,
		},
		{
			Name: "silent: uwsgi never keeps a connection",
			Bad: `upstream app {
    server 127.0.0.1:8080;
}
server {
    location / {
        uwsgi_pass app;
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
			pool, known := u.Pool()
			users := slices.DeleteFunc(reusers(u), func(pass *model.Pass) bool {
				// nginx-fastcgi-not-kept says more; what has become a WebSocket goes back to
				// no pool.
				return pass.Protocol == "fastcgi" || onlyUpgrades(settingsScope(pass.Scope))
			})
			if !known && len(u.Passes) > 0 {
				p.Skip(u.Hole(), "a template decides whether the upstream keeps idle connections")
			}
			if keepsNone(p.Host.Backend(u)) {
				continue // a pool in front of it would stay empty, or hold what is closed
			}
			if !known || len(users) == 0 || local(u) || len(halfWayUsers(u)) > 0 {
				continue
			}
			switch {
			case !u.HasKeepalive && pool != p.Host.Target.Nginx:
				noKeepalive(p, u, users)
			case u.HasKeepalive && u.Keepalive.Arg(0) == "0" && !p.Host.Target.Nginx.Intersect(facts.Since(facts.ReuseByDefault)).Empty():
				f := lint.Finding{
					At:       lint.At(u.Keepalive.Directive),
					Msg:      fmt.Sprintf("upstream %q keeps no idle connections: every request opens a new one", u.Name),
					Versions: p.NginxVersions(facts.Since(facts.ReuseByDefault), "which pools unless told otherwise"),
					Fix: &lint.Fix{
						Title: "set keepalive to 32", Safety: lint.Unsafe,
						Edits: setArg(u.Keepalive.Directive, 0, "32"),
					},
				}
				closingFirst(u, &f)
				p.ReportMild(lint.Info, f)
			}
		}
	},
}

var _ = add(&nginxUpstreamNoKeepalive)

// onlyUpgrades reports whether a location is one for WebSockets alone.
func onlyUpgrades(s *model.Scope) bool {
	return s.Kind == model.Location && s.Upgrades() && !servesPlain(s)
}

func noKeepalive(p *lint.Pass, u *model.UpstreamBlock, users []*model.Pass) {
	notes := usesOf(users, "used here")
	if pass, unseen := unseenReuse(u); unseen {
		notes = append(notes, lint.Note{
			Msg: "whether HTTP/1.1 and an empty Connection go with it here cannot be seen; a pool alone gains nothing without them",
			At:  lint.At(pass.Directive),
		})
	}
	f := lint.Finding{
		At:       lint.At(u.Scope.Block),
		Msg:      fmt.Sprintf("upstream %q keeps no idle connections: every request opens a new one", u.Name),
		Versions: p.NginxVersions(unpooled(u), "which pools only with a keepalive line"),
		Notes:    notes,
		Fix:      addPool(p.Host, u),
	}
	closingFirst(u, &f)
	p.Report(f)
}

// reusers are the passes to an upstream that can reuse connections. uwsgi and
// scgi never do, fastcgi only with keep_conn (facts §7).
func reusers(u *model.UpstreamBlock) []*model.Pass {
	var out []*model.Pass
	for _, pass := range u.Passes {
		switch pass.Protocol {
		case "proxy", "grpc", "memcached":
			out = append(out, pass)
		case "fastcgi":
			if v := pass.Scope.Get("fastcgi_keep_conn"); v.Sure && v.Text() == "on" {
				out = append(out, pass)
			}
		}
	}
	return out
}

// wholeAddress is an address of which nothing is known, not even that it has a
// port.
var wholeAddress = lazyre.New(`^\x1a([^:]*\x1a)?$`)

// local reports whether all servers are unix sockets, which cost neither ports
// nor handshakes, or may be: a template decides all of their addresses, or they come
// from where nobody sees (NGINX Plus takes them at run time). Where a loop of a template
// goes round none, nginx does not start, and nothing is said of where they are.
func local(u *model.UpstreamBlock) bool {
	for _, s := range u.Servers {
		address := s.Arg(0)
		if !strings.HasPrefix(address, "unix:") && (!strings.HasPrefix(address, "\x1a") || !wholeAddress.MatchString(address)) {
			return false
		}
	}
	view := u.Scope.Block.File().View
	return len(u.Servers) > 0 || view == nil || !view.Rendered
}
