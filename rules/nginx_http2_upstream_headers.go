package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// http2ToUpstreams is the first nginx release with "proxy_http_version 2".
var http2ToUpstreams = facts.V(1, 29, 4)

var nginxHTTP2UpstreamHeaders = lint.Rule{
	ID:       "nginx-http2-upstream-headers",
	Title:    "a header that HTTP/2 forbids goes to the backend",
	Severity: lint.Error,
	Fix:      lint.Unsafe,
	Needs:    lint.Needs{Nginx: facts.Since(http2ToUpstreams)},
	Since:    "0.2",
	Why: `HTTP/2 has no Connection, Keep-Alive, Proxy-Connection, Transfer-Encoding and Upgrade (RFC 9113, 8.2.2), and a request that carries one is malformed. With "proxy_http_version 2" nginx leaves its own out, but writes every line of proxy_set_header into the request, also those that were right for HTTP/1.1.

Measured (nginx 1.30.6): with "Connection close", "Connection keep-alive", "Keep-Alive", "Transfer-Encoding" or the textbook's map with '' close, every request fails: Go and Node.js answer 400 or reset the stream, nghttpd does as well ("upstream rejected request with error 1"), and clients get 400 or 502. 'Connection ""' is fine.

A WebSocket cannot be reached that way: nginx does not open one over HTTP/2 (RFC 8441), so a location that passes Upgrade needs HTTP/1.1. Where map or variable leave the headers empty for plain requests these get through, and only WebSockets fail; that is a warning. So is "Connection $http_connection", which hands on what the client sends: a request with "Connection: keep-alive", as browsers send over HTTP/1.1, gets 400 or 502, one without the header 200.`,
	Refs: []string{
		"https://www.rfc-editor.org/rfc/rfc9113.html#section-8.2.2",
		"https://github.com/nginx/nginx/blob/release-1.30.0/src/http/modules/ngx_http_proxy_v2_module.c",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version",
	},
	Examples: []lint.Example{
		{
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 127.0.0.1:8080;
}
server {
    location / {
        proxy_http_version 2;
        proxy_set_header Connection keep-alive;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HTTP/2 forbids the header Connection and the header Keep-Alive: backends refuse every request of location /
        proxy_set_header Keep-Alive "timeout=5";
        proxy_set_header Host $host;
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
}
server {
    location / {
        proxy_http_version 2;
        proxy_set_header Connection "";
        proxy_set_header Keep-Alive "";
        proxy_set_header Host $host;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name:  "headers of the server, which another location needs",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 127.0.0.1:8080;
}
upstream old {
    server 127.0.0.1:8081;
}
server {
    proxy_set_header Host $host;
    proxy_set_header Connection keep-alive;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HTTP/2 forbids the header Connection: backends refuse every request of location /
    location / {
        proxy_http_version 2;
        proxy_pass http://app;
    }
    location /old/ {
        proxy_pass http://old;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
}
upstream old {
    server 127.0.0.1:8081;
}
server {
    proxy_set_header Host $host;
    proxy_set_header Connection keep-alive;
    location / {
        proxy_http_version 2;
        proxy_pass http://app;
        proxy_set_header Host $host;
        proxy_set_header Connection "";
    }
    location /old/ {
        proxy_pass http://old;
    }
}
`,
		},
		{
			Name:  "what the client sends",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 127.0.0.1:8080;
}
server {
    location / {
        proxy_http_version 2;
        proxy_set_header Connection $http_connection;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HTTP/2 forbids the header Connection: backends refuse the requests of clients that send one, as browsers do
        proxy_set_header Host $host;
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
}
server {
    location / {
        proxy_http_version 2;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name:  "WebSockets, and plain requests",
			Nginx: "1.30.0",
			Bad: `map $http_upgrade $connection_upgrade {
    default upgrade;
    '' close;
}
upstream app {
    server 127.0.0.1:8080;
}
server {
    location / {
        proxy_http_version 2;
        proxy_set_header Host $host;
        proxy_set_header Upgrade $http_upgrade;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HTTP/2 forbids the header Upgrade and the header Connection: backends refuse every request of location /
        proxy_set_header Connection $connection_upgrade;
        proxy_pass http://app;
    }
}
`,
			Good: `map $http_upgrade $connection_upgrade {
    default upgrade;
    '' close;
}
upstream app {
    server 127.0.0.1:8080;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name:  "WebSockets alone",
			Nginx: "1.30.0",
			Bad: `map $http_upgrade $connection_upgrade {
    default upgrade;
    '' '';
}
upstream app {
    server 127.0.0.1:8080;
}
server {
    location / {
        proxy_http_version 2;
        proxy_set_header Host $host;
        proxy_set_header Upgrade $http_upgrade;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ WebSockets cannot work over HTTP/2: backends refuse Upgrade and Connection
        proxy_set_header Connection $connection_upgrade;
        proxy_pass http://app;
    }
}
`,
			Good: `map $http_upgrade $connection_upgrade {
    default upgrade;
    '' '';
}
upstream app {
    server 127.0.0.1:8080;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name:  "silent: HTTP/1.1, and an empty Connection",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 127.0.0.1:8080;
}
server {
    proxy_set_header Host $host;
    location / {
        proxy_http_version 2;
        proxy_set_header Host $host;
        proxy_set_header Connection "";
        proxy_pass http://app;
    }
    location /1.1/ {
        proxy_set_header Host $host;
        proxy_set_header Connection keep-alive;
        proxy_pass http://app;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, pass := range proxiedAnywhere(p.Host) {
			in := http2Where(pass.Scope)
			headers := pass.Scope.Get("proxy_set_header")
			if in.Empty() || !headers.Sure || pass.Scope.Is(model.If, model.LimitExcept) {
				continue
			}
			if bad, when := forbidden(pass.Scope, headers); len(bad) > 0 {
				forbiddenHeaders(p, pass, headers, bad, when)
			}
		}
	},
}

var _ = add(&nginxHTTP2UpstreamHeaders)

// http2Where are the versions of the target for which requests at a scope go out
// over HTTP/2.
func http2Where(s *model.Scope) facts.Range {
	return s.Get("proxy_http_version").Where("2").Intersect(facts.Since(http2ToUpstreams))
}

// notInHTTP2 are the headers that HTTP/2 forbids.
var notInHTTP2 = []string{"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}

// The requests with which a header goes out.
type sentWith int

const (
	withWebSockets sentWith = iota
	withClients             // those of clients that send one, as browsers do over HTTP/1.1
	withAll
)

// forbidden are the headers at a scope that HTTP/2 forbids, and the requests with which
// at least one is sent.
func forbidden(s *model.Scope, headers model.Value) (bad []model.Setting, when sentWith) {
	for _, h := range headers.Settings {
		value := h.Arg(1)
		if value == "" || !slices.Contains(notInHTTP2, strings.ToLower(h.Arg(0))) {
			continue
		}
		if variable, ok := strings.CutPrefix(value, "$"); ok {
			m := s.Host().Nginx.Map(strings.Trim(variable, "{}"))
			switch {
			case variable == "http_upgrade":
			case variable == "http_connection":
				when = max(when, withClients)
			case m == nil:
				continue // it may well be empty
			case m.Source != "$http_upgrade":
				continue
			default:
				if entry, known := m.EmptyEntry(); known && entry.Directive != nil && entry.Arg(0) != "" {
					when = withAll
				}
			}
			bad = append(bad, h)
			continue
		}
		if strings.Contains(value, "$") {
			continue
		}
		bad, when = append(bad, h), withAll
	}
	return bad, when
}

func forbiddenHeaders(p *lint.Pass, pass *model.Pass, headers model.Value, bad []model.Setting, when sentWith) {
	var names []string
	upgrade := false
	for _, h := range bad {
		names = append(names, h.Arg(0))
		upgrade = upgrade || strings.EqualFold(h.Arg(0), "Upgrade")
	}
	s := settingsScope(pass.Scope)
	f := lint.Finding{
		At: lint.At(bad[0].Directive),
		Msg: fmt.Sprintf("HTTP/2 forbids the header %s: backends refuse every request of %s",
			strings.Join(names, " and the header "), s.Label()),
		Notes:    []lint.Note{{Msg: "over HTTP/2 to this backend", At: lint.At(pass.Directive)}},
		Versions: p.NginxVersions(http2Where(s), ""),
	}
	c := newCure(pass, facts.Never)
	c.lessSafe(lint.Unsafe)
	if upgrade {
		c.set("proxy_http_version", "1.1")
		c.fix.Leads = []string{"nginx-proxy-connection-close", "nginx-upgrade-always"} // they look at HTTP/1.1
	} else {
		c.dropRequestHeaders(headers, bad, func(s *model.Scope) bool { return !http2Where(s).Empty() })
	}
	f.Fix = c.result()
	switch when {
	case withAll:
		p.Report(f)
		return
	case withClients:
		f.Msg = fmt.Sprintf("HTTP/2 forbids the header %s: backends refuse the requests of clients that send one, as browsers do over HTTP/1.1",
			strings.Join(names, " and the header "))
	case withWebSockets:
		f.Msg = "WebSockets cannot work over HTTP/2: backends refuse " + strings.Join(names, " and ")
	}
	p.ReportMild(lint.Warning, f)
}
