package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var serviceClosesUnannounced = lint.Rule{
	ID:       "service-closes-unannounced",
	Title:    "the backend closes each connection and does not say so",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `Some servers close a connection as soon as they have answered, and say nothing of it: the answer is HTTP/1.1, has a Content-Length and no "Connection: close". nginx puts the connection into the pool of the upstream, and the next request may set out on it before the FIN has come. A GET is tried again, a POST ends in 502. No keepalive_timeout is short enough for this.

Known for it are uWSGI with http or http-socket, Hypercorn 0.13 (which Debian 12 has) and Twiggy. tcplint reads which of them runs from its own files, or from the configuration of tcplint (idle_timeout = "none-unannounced").

Measured (uWSGI 2.0.31 with http-socket behind nginx 1.22.1, eight clients, a POST without a body every 0.1 s): with HTTP/1.1 and a pool 30 of 4008 POSTs are 502, with "proxy_set_header Connection close" 22, as the answer decides, not the request; with HTTP/1.0 none. nginx 1.30.6 has a pool without any keepalive line, and the same fault.

The patch speaks HTTP/1.0 to such a backend. It is unsafe, since answers then come without chunks and end with the connection. The better cure is at the backend: http11-socket of uWSGI keeps connections for 4 s, a newer Hypercorn for 5 s.`,
	Refs: []string{
		"https://uwsgi-docs.readthedocs.io/en/latest/HTTP.html",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version",
	},
	Examples: []lint.Example{
		{
			Name: "uWSGI with http-socket",
			Bad: `-- nginx.conf --
events {}
http {
    upstream app {
        server 127.0.0.1:8000;
        keepalive 32;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
           #^^^^^^^^^^^^^^^^^^^^^^ upstream "app" pools connections that its backend (uWSGI, http or http-socket) has closed without saying so
        }
    }
}
-- uwsgi.ini --
[uwsgi]
http-socket = :8000
module = app
`,
			Good: `-- nginx.conf --
events {}
http {
    upstream app {
        server 127.0.0.1:8000;
        keepalive 32;
    }
    server {
        location / {
            proxy_http_version 1.0;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
    }
}
`,
		},
		{
			Name:  "the default pool, and what is declared",
			Nginx: "1.30.0",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"app": {Keeps: facts.ClosesUnannounced}}
			},
			Bad: `upstream app {
    server 10.0.0.1:8000;
}
server {
    location / {
        proxy_pass http://app;
       #^^^^^^^^^^^^^^^^^^^^^^ upstream "app" pools connections that its backend has closed without saying so
    }
}
`,
			Good: `upstream app {
    server 10.0.0.1:8000;
}
server {
    location / {
        proxy_pass http://app;
        proxy_http_version 1.0;
    }
}
`,
		},
		{
			Name:  "silent: HTTP/1.0, no pool, another protocol, another socket",
			Nginx: "1.24.0",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"old": {Preset: "twiggy"}, "bare": {Preset: "uwsgi"}}
			},
			Bad: `-- nginx.conf --
events {}
http {
    upstream old {
        server 10.0.0.1:8000;
        keepalive 32;
    }
    upstream bare {
        server 10.0.0.2:8000;
    }
    upstream better {
        server 127.0.0.1:8002;
        keepalive 32;
        keepalive_timeout 3s;
    }
    server {
        location / {
            proxy_pass http://old;
        }
        location /bare/ {
            proxy_http_version 1.1;
            proxy_pass http://bare;
        }
        location /better/ {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://better;
        }
    }
}
-- uwsgi.ini --
[uwsgi]
http11-socket = 127.0.0.1:8002
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			backend := p.Host.Backend(u)
			if backend.Keeps.Value != facts.ClosesUnannounced {
				continue
			}
			pool, ok := u.Pool()
			if !ok {
				continue
			}
			for _, pass := range u.Passes {
				if pass.Protocol != "proxy" {
					continue
				}
				// The answer decides whether nginx pools, whatever Connection says.
				in := pool.Intersect(pass.Scope.Get("proxy_http_version").Where("1.1"))
				if !in.Empty() {
					unannounced(p, pass, backend, in)
				}
			}
		}
	},
}

var _ = add(&serviceClosesUnannounced)

func unannounced(p *lint.Pass, pass *model.Pass, backend *model.Backend, in facts.Range) {
	u := pass.Target.Upstream
	who := "its backend"
	if backend.Title != "" {
		who += " (" + backend.Title + ")"
	}
	f := lint.Finding{
		At:       lint.At(pass.Directive),
		Msg:      fmt.Sprintf("upstream %q pools connections that %s has closed without saying so: a POST on one of them ends in 502", u.Name, who),
		Versions: p.NginxVersions(in, "where an upstream has a pool without a line"),
	}
	if u.HasKeepalive {
		f.Notes = append(f.Notes, lint.Note{Msg: "the pool", At: lint.At(u.Keepalive.Directive)})
	}
	f.Notes = append(f.Notes, behind(backend)...)
	f.Notes = append(f.Notes, whence(backend, backend.Keeps)...)
	if pass.Scope.MayUpgrade() {
		f.Notes = append(f.Notes, lint.Note{Msg: "WebSockets need HTTP/1.1: cure it at the backend"})
	} else {
		c := newCure(pass, in)
		c.set("proxy_http_version", "1.0")
		c.lessSafe(lint.Unsafe)
		f.Fix = c.result()
	}
	p.Report(f)
}
