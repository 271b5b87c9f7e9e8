package rules

import (
	"fmt"
	"strconv"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

var nginxKeepaliveTimeoutRace = lint.Rule{
	ID:       "nginx-keepalive-timeout-race",
	Title:    "the backend closes idle connections before nginx does",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	AnyText:  true,
	Since:    "0.1",
	Why: `nginx keeps an idle connection to an upstream for keepalive_timeout, 60 seconds by default. If the backend closes it earlier, a request may set out on it while the backend's FIN is under way. It is lost: nginx repeats a GET on another connection, but a POST, PATCH or LOCK ends in 502, "upstream prematurely closed connection while reading response header".

Measured (experiment 6, a backend that closes after 2 seconds, clients that come back every 2 seconds, 1380 requests): up to 3.5 % of the POSTs get 502, with random arrivals 0.1 to 0.5 %. With two servers and the default max_fails each such connection counts as a failure, both servers are set aside for ten seconds, and 16 to 70 % of all requests fail, GETs too. With keepalive_timeout well below the backend's time none fails; equal to it is no better than 60 seconds. "proxy_next_upstream ... non_idempotent" repeats POSTs, too, and with a single server none fails then.

When the backend closes stands in no file of this nginx, unless it is one of its own servers. tcplint reads it in the backend's own file, in the command that starts it, or takes the default of the release that a lock file or an image names; of another nginx, in its nginx.conf. Where it cannot see that, declare it, or the software, whose time as shipped is then taken:

    [upstream."app"]
    idle_timeout = "5s"     # or backend = "node"

Known are, among others, apache (5 s), bun (10 s), caddy (5 min), fastify (72 s), gunicorn-gthread and gunicorn-gevent (2 s), hypercorn (5 s), jetty (30 s), kestrel (130 s), nginx (65 s), node and its frameworks (5 s), puma (20 s, from 7.0 on 65 s), spring-boot (60 s), tomcat (20 s), uvicorn (5 s), waitress (120 s); go and php-fpm never close, the sync workers of gunicorn keep nothing.

The patch sets three quarters of the backend's time. It is unsafe, since the better cure may be a longer time at the backend.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream",
	},
	Examples: []lint.Example{
		{
			Name: "another server of this nginx",
			Bad: `upstream inner {
    server 127.0.0.1:8081;
    keepalive 8;
   #^^^^^^^^^^^^ upstream "inner" keeps idle connections for 60s, its backend (nginx) closes them after 20s
}
server {
    listen 80;
    location / {
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_pass http://inner;
    }
}
server {
    listen 127.0.0.1:8081;
    keepalive_timeout 20s;
    root /srv/www;
}
`,
			Good: `upstream inner {
    server 127.0.0.1:8081;
    keepalive 8;
    keepalive_timeout 15s;
}
server {
    listen 80;
    location / {
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_pass http://inner;
    }
}
server {
    listen 127.0.0.1:8081;
    keepalive_timeout 20s;
    root /srv/www;
}
`,
		},
		{
			Name: "node, and nginx's default",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"app": {Preset: "node"}}
			},
			Bad: `upstream app {
    server 127.0.0.1:3000;
    keepalive 32;
   #^^^^^^^^^^^^^ upstream "app" keeps idle connections for 60s, its backend (Node.js http) closes them after 5s
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Connection "";
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
        proxy_set_header Connection "";
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "equal does not help",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"app": {IdleTimeout: 20 * time.Second}}
			},
			Bad: `upstream app {
    server 127.0.0.1:3000;
    keepalive 32;
    keepalive_timeout 20s;
   #^^^^^^^^^^^^^^^^^^^^^^ upstream "app" keeps idle connections for 20s, its backend closes them after 20s
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:3000;
    keepalive 32;
    keepalive_timeout 15s;
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
		{
			Name:  "the default pool",
			Nginx: "1.30.0",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"app": {Preset: "gunicorn-gthread"}}
			},
			Bad: `upstream app {
#^^^^^^^^^^^ upstream "app" keeps idle connections for 60s, its backend (gunicorn, gthread workers) closes them after 2s
    server 127.0.0.1:8000;
}
server {
    location / {
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8000;
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
			Name: "silent: below it, never, none kept, POSTs repeated, and nothing declared",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{
					"app": {Preset: "node"}, "api": {Preset: "go"}, "off": {Preset: "node"}, "web": {Preset: "node"},
					"twice": {Preset: "node"},
				}
			},
			Bad: `upstream app {
    server 127.0.0.1:3000;
    keepalive 32;
    keepalive_timeout 4s;
}
upstream api {
    server 127.0.0.1:3001;
    keepalive 32;
}
upstream off {
    server 127.0.0.1:3002;
    keepalive 32;
    keepalive_timeout 0;
}
upstream web {
    server 127.0.0.1:3003;
}
upstream other {
    server 127.0.0.1:3004;
    keepalive 32;
}
upstream twice {
    server 127.0.0.1:3005;
    keepalive 32;
}
server {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location / {
        proxy_pass http://app;
    }
    location /api/ {
        proxy_pass http://api;
    }
    location /off/ {
        proxy_pass http://off;
    }
    location /web/ {
        proxy_set_header Connection close;
        proxy_pass http://web;
    }
    location /other/ {
        proxy_pass http://other;
    }
    location /twice/ {
        proxy_next_upstream error timeout non_idempotent;
        proxy_pass http://twice;
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
			in := poolWanted(p.Host, u)
			if in.Empty() {
				continue
			}
			idle := p.Host.Backend(u).Idle.Value
			if idle <= 0 || peers(u) == 1 && retriesAll(u) {
				continue
			}
			kept := u.Scope.Get("keepalive_timeout")
			if d, ok := kept.Duration(); ok && d >= idle {
				timeoutRace(p, u, kept, d, in)
			}
		}
	},
}

var _ = add(&nginxKeepaliveTimeoutRace)

// retriesAll reports whether every pass to an upstream repeats a POST, too, on
// another connection; of a single server nothing is lost then (measured: E6).
func retriesAll(u *model.UpstreamBlock) bool {
	for _, pass := range u.Passes {
		repeats := false
		for _, set := range pass.Scope.Get(pass.Protocol + "_next_upstream").Settings {
			for _, w := range set.Args().All() {
				repeats = repeats || w.Value == "non_idempotent" || source.HasUnknown(w.Value)
			}
		}
		if !repeats {
			return false
		}
	}
	return true
}

func timeoutRace(p *lint.Pass, u *model.UpstreamBlock, kept model.Value, d time.Duration, in facts.Range) {
	backend := p.Host.Backend(u)
	who := "its backend"
	if backend.Title != "" {
		who += " (" + backend.Title + ")"
	}
	f := lint.Finding{
		At:       lint.At(u.Scope.Block),
		Msg:      fmt.Sprintf("upstream %q keeps idle connections for %s, %s closes them after %s: a POST on one that is being closed ends in 502", u.Name, seconds(d), who, seconds(backend.Idle.Value)),
		Versions: p.NginxVersions(in, "where an upstream has a pool without a line"),
	}
	switch {
	case kept.Set():
		f.At = lint.At(kept.Settings[0].Directive)
	case u.HasKeepalive:
		f.At = lint.At(u.Keepalive.Directive)
	}
	if !kept.Set() {
		f.Notes = append(f.Notes, lint.Note{Msg: "60s is the default of keepalive_timeout in an upstream"})
	}
	f.Notes = append(f.Notes, behind(backend)...)
	f.Notes = append(f.Notes, whence(backend, backend.Idle)...)
	if peers(u) > 1 {
		f.Notes = append(f.Notes, lint.Note{Msg: "with several servers each such failure takes one out for fail_timeout, and GETs fail, too"})
	}
	f.Notes = append(f.Notes, undone(u)...)
	f.Fix = shorten(u, kept, backend.Idle.Value)
	p.Report(f)
}

// shorten sets keepalive_timeout well below the backend's time.
func shorten(u *model.UpstreamBlock, kept model.Value, idle time.Duration) *lint.Fix {
	value := seconds(belowIdle(idle))
	return &lint.Fix{
		Title: "set keepalive_timeout of the upstream to " + value, Safety: lint.Unsafe,
		Edits: setIdle(u, kept, "keepalive_timeout "+value+";"),
	}
}

// seconds writes a time as nginx reads it: whole seconds, or milliseconds.
func seconds(d time.Duration) string {
	if d%time.Second == 0 {
		return strconv.FormatInt(int64(d/time.Second), 10) + "s"
	}
	return strconv.FormatInt(d.Milliseconds(), 10) + "ms"
}
