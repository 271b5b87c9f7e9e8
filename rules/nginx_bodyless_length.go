package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxBodylessLength = lint.Rule{
	ID:       "nginx-bodyless-length",
	Title:    "a request announces a body that never comes, over a connection that is kept",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	AnyText:  true,
	Since:    "0.2",
	Why: `A request that nginx makes for auth_request, for mirror with "mirror_request_body off", or with "proxy_pass_request_body off" has no body, but it still carries the client's Content-Length. A backend that reads the body before it answers waits for it: every POST ends after proxy_read_timeout, with 504, or with 500 where auth_request asked. One that answers without looking takes the beginning of the next request on the same connection for the rest of this one.

Measured (nginx 1.22.1, 1.26.3 and 1.30.6, POSTs with a body of 20 bytes, HTTP/1.1 and a pool): the reading backend answers none of 4; the other one gets all 10 requests over one connection and loses the first line, "GET /auth HTTP/1.1", of the 9 that follow. With "proxy_set_header Content-Length """ both see every request whole. Where each connection serves one request only, the second kind does no harm.

Only locations whose connections are kept are named, since 1.29.7 by default. The patch adds the line at the level that owns the headers, and "proxy_pass_request_body off" where clients may ask the location themselves: without a length a body that is sent would be read as a request.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_auth_request_module.html",
		"https://nginx.org/en/docs/http/ngx_http_mirror_module.html#mirror_request_body",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass_request_body",
	},
	Examples: []lint.Example{
		{
			Name: "auth_request",
			Bad: `upstream auth {
    server 127.0.0.1:8080;
    keepalive 8;
}
server {
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header Connection "";
    location / {
        auth_request /auth;
        proxy_pass http://10.0.0.5:8080;
    }
    location = /auth {
        internal;
        proxy_pass http://auth;
       #^^^^^^^^^^^^^^^^^^^^^^^ requests for auth_request carry the client's Content-Length and no body: upstream "auth" takes the next request on the connection for it
    }
}
`,
			Good: `upstream auth {
    server 127.0.0.1:8080;
    keepalive 8;
}
server {
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header Connection "";
    location / {
        auth_request /auth;
        proxy_pass http://10.0.0.5:8080;
    }
    location = /auth {
        internal;
        proxy_pass http://auth;
        proxy_set_header Host $host;
        proxy_set_header Connection "";
        proxy_set_header Content-Length "";
    }
}
`,
		},
		{
			Name:  "the body is kept back, and reuse is the default",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 127.0.0.1:8080;
}
server {
    location / {
        proxy_pass_request_body off;
        proxy_set_header Host $host;
        proxy_pass http://app;
       #^^^^^^^^^^^^^^^^^^^^^^ requests with proxy_pass_request_body off carry
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
}
server {
    location / {
        proxy_pass_request_body off;
        proxy_set_header Host $host;
        proxy_set_header Content-Length "";
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name:  "a mirror that clients may ask, too",
			Nginx: "1.30.0",
			Bad: `upstream copy {
    server 127.0.0.1:8080;
}
server {
    location / {
        mirror /mirror;
        mirror_request_body off;
        proxy_pass http://10.0.0.5:8080;
    }
    location /mirror {
        proxy_set_header Host $host;
        proxy_pass http://copy;
       #^^^^^^^^^^^^^^^^^^^^^^^ requests for mirror carry
    }
}
`,
			Good: `upstream copy {
    server 127.0.0.1:8080;
}
server {
    location / {
        mirror /mirror;
        mirror_request_body off;
        proxy_pass http://10.0.0.5:8080;
    }
    location /mirror {
        proxy_set_header Host $host;
        proxy_set_header Content-Length "";
        proxy_pass http://copy;
        proxy_pass_request_body off;
    }
}
`,
		},
		{
			Name:  "silent: the line is there, the body is sent, another body is, nothing is kept",
			Nginx: "1.30.0",
			Bad: `upstream auth {
    server 127.0.0.1:8080;
}
server {
    proxy_set_header Host $host;
    location / {
        auth_request /auth;
        mirror /mirror;
        proxy_pass http://auth;
    }
    location = /auth {
        internal;
        proxy_pass_request_body off;
        proxy_set_header Host $host;
        proxy_set_header Content-Length "";
        proxy_pass http://auth;
    }
    location = /mirror {
        internal;
        proxy_pass http://auth;
    }
    location /empty {
        proxy_pass_request_body off;
        proxy_set_body "";
        proxy_pass http://auth;
    }
    location /address {
        proxy_pass_request_body off;
        proxy_pass http://10.0.0.5:8080;
    }
    location /close {
        proxy_pass_request_body off;
        proxy_set_header Connection close;
        proxy_pass http://auth;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, pass := range proxiedAnywhere(p.Host) {
			who, ok := announcesNothing(pass)
			in := pass.Reuse()
			if !ok || in.Empty() {
				continue
			}
			headers := pass.Scope.Get("proxy_set_header")
			announcesBody(p, pass, who, headers, in)
		}
	},
}

var _ = add(&nginxBodylessLength)

// setsHeader reports whether a set of request headers decides on one of a name,
// or may do so.
func setsHeader(headers model.Value, name string) bool {
	for _, h := range headers.Settings {
		if strings.EqualFold(h.Arg(0), name) || h.Unknown() {
			return true
		}
	}
	return false
}

// announcesNothing reports whether requests of a pass announce a body that they do
// not have, and what makes them so.
func announcesNothing(pass *model.Pass) (who model.Setting, ok bool) {
	s := settingsScope(pass.Scope)
	who, ok = s.Host().Nginx.Bodyless(s)
	if !ok {
		return who, false
	}
	headers := s.Get("proxy_set_header")
	return who, headers.Sure && !setsHeader(headers, "Content-Length")
}

func announcesBody(p *lint.Pass, pass *model.Pass, who model.Setting, headers model.Value, in facts.Range) {
	s := settingsScope(pass.Scope)
	what := "requests for " + who.Name()
	if who.Name() == "proxy_pass_request_body" {
		what = "requests with " + settingText(who)
	}
	f := lint.Finding{
		At: lint.At(pass.Directive),
		Msg: fmt.Sprintf("%s carry the client's Content-Length and no body: upstream %q takes the next request on the connection for it",
			what, pass.Target.Upstream.Name),
		Notes:    []lint.Note{{Msg: "they come from here", At: lint.At(who.Directive)}, {Msg: "or it waits for the body, until proxy_read_timeout ends the request"}},
		Versions: p.NginxVersions(in, "where its connections are reused"),
	}
	c := newCure(pass, in)
	c.lessSafe(lint.Unsafe)
	c.addRequestHeader(headers, "Content-Length", `proxy_set_header Content-Length "";`)
	if off := s.Get("proxy_pass_request_body"); !off.Set() {
		if _, internal := s.Own("internal"); !internal {
			c.add("proxy_pass_request_body off;")
			c.done = append(c.done, `"proxy_pass_request_body off;"`)
		}
	}
	f.Fix = c.result()
	p.Report(f)
}
