package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxProxyHTTP10 = lint.Rule{
	ID:       "nginx-proxy-http10",
	Title:    "HTTP/1.0 to a pooled upstream opens a new connection for every request",
	Severity: lint.Warning,
	Fix:      lint.Safe,
	AnyText:  true,
	Since:    "0.1",
	Why: `An HTTP/1.0 response ends when the connection does, so nginx never puts that connection back into the upstream's pool, whatever keepalive says. Every request pays for a TCP (and perhaps a TLS) handshake, and leaves a socket in TIME_WAIT.

nginx speaks HTTP/1.0 to proxied servers unless told otherwise before 1.29.7; there it also sends "Connection: close", so both lines are needed. From 1.29.7 on, HTTP/1.1 without that header is the default, and only a written proxy_http_version 1.0 brings the fault back.

Measured (experiment 1, nginx 1.22.1 to 1.31.5, 2000 requests from 8 clients): keepalive 32 with HTTP/1.0 opens 2000 connections to the backend, with HTTP/1.1 and an empty Connection header 8. Any two of the three (keepalive, 1.1, no close) still give 2000 before 1.29.7.

Where there is no pool, HTTP/1.0 has another price, reported as info: a response without a length that breaks off half-way passes as complete (experiment 13: curl exits 0, and a cache stores it), while over 1.1 the client sees the error.

` + backendFirst + `

Ignore it for a backend that cannot speak HTTP/1.1; then remove keepalive.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version",
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive",
	},
	Examples: []lint.Example{
		{
			Name: "both lines missing",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
}

server {
    listen 80;

    location / {
        proxy_set_header Host $host;
        proxy_pass http://app;
       #^^^^^^^^^^^^^^^^^^^^^^ every request opens a new connection to upstream "app": it gets HTTP/1.0 and "Connection: close"
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_timeout 1s;
}

server {
    listen 80;

    location / {
        proxy_set_header Host $host;
        proxy_set_header Connection "";
        proxy_pass http://app;
        proxy_http_version 1.1;
    }
}
`,
		},
		{
			Name: "headers are inherited and stay",
			Bad: `events {}
http {
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    upstream app {
        server 127.0.0.1:8080;
        keepalive 32;
    }
    server {
        location /app/ {
            proxy_pass http://app;
           #^^^^^^^^^^^^^^^^^^^^^^
        }
        location /other/ {
            proxy_pass http://127.0.0.1:9090;
        }
    }
}
`,
			Good: `events {}
http {
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    upstream app {
        server 127.0.0.1:8080;
        keepalive 32;
        keepalive_timeout 1s;
    }
    server {
        location /app/ {
            proxy_pass http://app;
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header Connection "";
        }
        location /other/ {
            proxy_pass http://127.0.0.1:9090;
        }
    }
}
`,
		},
		{
			Name:  "1.0 written where the default is 1.1",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 127.0.0.1:8080;
}
server {
    location / {
        proxy_http_version 1.0;
        proxy_pass http://app;
       #^^^^^^^^^^^^^^^^^^^^^^ it gets HTTP/1.0
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
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
			Name: "a time that somebody chose stays, and takes a decision",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_timeout 60s;
}
server {
    location / {
        proxy_pass http://app;
       #^^^^^^^^^^^^^^^^^^^^^^ it gets HTTP/1.0 and "Connection: close"
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_timeout 60s;
}
server {
    location / {
        proxy_pass http://app;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }
}
`,
		},
		{
			Name: "a time that is too long for the backend",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"app": {Preset: "node"}}
			},
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_timeout 60s;
}
server {
    location / {
        proxy_pass http://app;
       #^^^^^^^^^^^^^^^^^^^^^^
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_timeout 3s;
}
server {
    location / {
        proxy_pass http://app;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }
}
`,
		},
		{
			Name: "silent: the target is a variable",
			Bad: `server {
    location / {
        proxy_pass http://$backend;
    }
}
`,
		},
		{
			Name:  "silent: 1.1 is the default",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
}
server {
    location / {
        proxy_pass http://app;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		skipPasses(p)
		for _, pass := range proxied(p.Host) {
			version := pass.Scope.Get("proxy_http_version")
			if version.Hole != nil {
				if _, in := poolWhere(pass, p.Host.Target.Nginx); !in.Empty() {
					p.SkipHole(version)
				}
			}
			old := version.Where("1.0")
			if old.Empty() {
				continue
			}
			pool, in := poolWhere(pass, old)
			switch {
			case !in.Empty() && keepsNone(pass.Backend()):
				// HTTP/1.1 would change nothing, or fill the pool with what is closed.
			case !in.Empty():
				reportHTTP10(p, pass, version, in)
			case pool && old.Contains(p.Host.Target.Nginx) && version.Assumed == "":
				truncation(p, pass, version)
			}
		}
	},
}

var _ = add(&nginxProxyHTTP10)

// skipPasses notes that a template decides where HTTP requests go.
func skipPasses(p *lint.Pass) {
	for _, pass := range proxiedAnywhere(p.Host) {
		if pass.Target.Kind == model.TargetUnknown && pass.Unknown() {
			p.Skip(pass.Directive, "a template decides where requests go")
		}
	}
}

// proxied returns the HTTP passes whose target is known.
func proxied(h *model.Host) []*model.Pass {
	if h.Nginx == nil {
		return nil
	}
	return h.Nginx.Proxied(true)
}

// poolWhere returns the part of a range in which the target pools. known is
// false if that cannot be told.
func poolWhere(pass *model.Pass, in facts.Range) (known bool, pool facts.Range) {
	if pass.Target.Upstream == nil {
		return true, facts.Never
	}
	if pool, known = pass.Target.Upstream.Pool(); !known {
		pool = pass.Target.Upstream.PoolOfAnySize()
	}
	return known, pool.Intersect(in)
}

func reportHTTP10(p *lint.Pass, pass *model.Pass, version model.Value, in facts.Range) {
	u := pass.Target.Upstream
	conn := pass.Scope.Connection()
	what := "HTTP/1.0"
	both := conn.Sure && !conn.Close.Intersect(in).Empty()
	if both {
		what += ` and "Connection: close"`
	}
	f := lint.Finding{
		At:  lint.At(pass.Directive),
		Msg: fmt.Sprintf("every request opens a new connection to upstream %q: it gets %s", u.Name, what),
	}
	if u.HasKeepalive {
		f.Notes = append(f.Notes, lint.Note{
			Msg: fmt.Sprintf("keepalive %s is set, but needs HTTP/1.1", u.Keepalive.Arg(0)),
			At:  lint.At(u.Keepalive.Directive),
		})
	}
	if version.Set() && version.Owner != pass.Scope {
		f.Notes = append(f.Notes, lint.Note{Msg: "HTTP/1.0 is set here", At: lint.At(version.Settings[0].Directive)})
	}
	if conn.Entry.Directive != nil && both {
		f.Notes = append(f.Notes, lint.Note{Msg: "a request without Upgrade gets close here, in every version", At: lint.At(conn.Entry.Directive)})
	}
	if upgrade, ok := upgradeHeader(pass.Scope); ok && wantsUpgrade(pass.Scope) {
		f.Notes = append(f.Notes, lint.Note{Msg: "a WebSocket needs HTTP/1.1, too", At: lint.At(upgrade.Directive)})
	}
	f.Notes = append(f.Notes, assumed(version)...)
	if !version.Set() {
		f.Versions = p.NginxVersions(in, "where proxy_http_version defaults to 1.0")
	} else {
		f.Versions = p.NginxVersions(in, "where the upstream keeps idle connections")
	}
	c := newCure(pass, in)
	c.set("proxy_http_version", "1.1")
	if both {
		c.noClose(conn)
	}
	f.Fix = c.result()
	closingFirst(u, &f)
	p.Report(f)
}

// assumed notes what a value takes for granted.
func assumed(v model.Value) []lint.Note {
	if v.Assumed == "" {
		return nil
	}
	return []lint.Note{{Msg: v.Assumed}}
}

func truncation(p *lint.Pass, pass *model.Pass, version model.Value) {
	f := lint.Finding{
		At:  lint.At(pass.Directive),
		Msg: "over HTTP/1.0 a response without a length that breaks off passes as complete",
	}
	if version.Set() {
		f.Notes = []lint.Note{{Msg: "HTTP/1.0 is set here", At: lint.At(version.Settings[0].Directive)}}
	}
	p.ReportMild(lint.Info, f)
}
