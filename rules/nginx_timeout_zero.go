package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxTimeoutZero = lint.Rule{
	ID:       "nginx-timeout-zero",
	Title:    "a time of 0, which ends at once and does not mean without limit",
	Severity: lint.Error,
	Fix:      lint.Unsafe,
	Since:    "0.2",
	Why: `In other servers a time-out of 0 switches the limit off. nginx takes it at its word: it waits for 0 milliseconds. "nginx -t" has nothing to say to it, and the first request fails.

Measured (nginx 1.22.1, 1.26.3 and 1.30.6; stream on the last two), each with a time of 0:

- proxy_connect_timeout: every request is answered with 504, "upstream timed out (110: Connection timed out) while connecting to upstream". Over a unix socket, which connects at once, none is.
- proxy_read_timeout: every request is answered with 504, "... while reading response header from upstream". So it is with the directives of FastCGI, uwsgi, SCGI, gRPC and memcached.
- proxy_send_timeout: an upload of 3 MB to a backend that pauses is answered with 504; small ones pass.
- client_header_timeout: the connection is closed before the request is read, without an answer.
- client_body_timeout: a body that comes in a second packet is not waited for: the connection is closed without an answer.
- send_timeout: a response of 3 MB to a client that pauses breaks off; small ones pass.
- keepalive_time: the connection of a client is closed after any request that ends in another millisecond than it was opened in.
- in stream, proxy_timeout and proxy_connect_timeout: every session is closed before a byte has passed; preread_timeout with ssl_preread and proxy_protocol_timeout with "listen ... proxy_protocol" likewise.

In two places 0 is something else. "resolver_timeout 0" is a limit switched off: a request whose name no DNS server answers waits for as long as its client does (70 seconds watched). "resolver ... valid=0" does not switch the cache of answers off: they are kept for their TTL, as if valid were not written (a name with a TTL of 300 was asked for once in 5 requests, with "valid=1s" twice).

Where "without limit" is meant, write a time that no connection reaches, such as 1d. The patch takes the directive out, so that the default, or what stands further out, is in force.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout",
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#client_header_timeout",
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",
		"https://nginx.org/en/docs/stream/ngx_stream_proxy_module.html#proxy_timeout",
	},
	Examples: []lint.Example{
		{
			Bad: `server {
    location /events {
        proxy_read_timeout 0;
       #^^^^^^^^^^^^^^^^^^^^^ proxy_read_timeout 0 is no time at all, not "without limit": every request is answered with 504
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    location /events {
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "connecting, for all locations",
			Bad: `server {
    fastcgi_connect_timeout 0s;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^ fastcgi_connect_timeout 0s is no time at all, not "without limit": every connect is given up at once, and the request answered with 504
    location / {
        fastcgi_pass 127.0.0.1:9000;
    }
    location /local {
        fastcgi_pass unix:/run/php.sock;
    }
}
`,
			Good: `server {
    location / {
        fastcgi_pass 127.0.0.1:9000;
    }
    location /local {
        fastcgi_pass unix:/run/php.sock;
    }
}
`,
		},
		{
			Name: "clients",
			Bad: `server {
    listen 80;
    client_header_timeout 0;
   #^^^^^^^^^^^^^^^^^^^^^^^^ client_header_timeout 0 is no time at all, not "without limit": connections are closed before a request is read
    root /srv/www;
}
`,
			Good: `server {
    listen 80;
    root /srv/www;
}
`,
		},
		{
			Name: "what comes or goes in one piece passes",
			Bad: `server {
    client_body_timeout 0;
   #^^^^^^^^^^^^^^^^^^^^^^ client_body_timeout 0 is no time at all, not "without limit": a body that does not come with its head is not waited for
    root /srv/www;
    location /upload {
        proxy_send_timeout 0ms;
       #^^^^^^^^^^^^^^^^^^^^^^^ proxy_send_timeout 0ms is no time at all, not "without limit": a body that the backend does not take at once is given up, with 504
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    root /srv/www;
    location /upload {
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "stream",
			Bad: `stream {
    server {
        listen 3306;
        proxy_timeout 0;
       #^^^^^^^^^^^^^^^^ proxy_timeout 0 is no time at all, not "without limit": every session is closed before a byte has passed
        proxy_pass db:3306;
    }
}
`,
			Good: `stream {
    server {
        listen 3306;
        proxy_pass db:3306;
    }
}
`,
		},
		{
			Name: "names",
			Bad: `server {
    resolver 127.0.0.53 valid=0s;
                       #^^^^^^^^ valid=0s does not switch the cache of answers off: they are kept for their TTL
    resolver_timeout 0;
   #^^^^^^^^^^^^^^^^^^^ resolver_timeout 0 is without limit: a request whose name no DNS server answers waits for as long as its client does
    location / {
        set $app app.internal;
        proxy_pass http://$app:8080;
    }
}
`,
			Good: `server {
    resolver 127.0.0.53;
    location / {
        set $app app.internal;
        proxy_pass http://$app:8080;
    }
}
`,
		},
		{
			Name: "silent: what 0 switches off, a unix socket, and passes of another protocol",
			Bad: `upstream app {
    server unix:/run/app.sock;
}
server {
    keepalive_timeout 0;
    proxy_next_upstream_timeout 0;
    proxy_connect_timeout 0;
    fastcgi_read_timeout 0;
    location / {
        proxy_pass http://app;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		n := p.Host.Nginx
		if n == nil {
			return
		}
		zeroForBackends(p)
		for _, z := range zeroForClients {
			for s, set := range n.Owning(z.directive) {
				if s.Is(z.in...) && isZero(s, z.directive) && (z.needs == nil || z.needs(s)) {
					reportZero(p, s, set, z.severity, z.does)
				}
			}
		}
		for s, set := range n.Owning("resolver_timeout") {
			if s.Is(model.HTTP, model.Server, model.Location, model.Stream, model.StreamServer) && isZero(s, "resolver_timeout") && s.Get("resolver").Set() {
				p.ReportMild(lint.Info, lint.Finding{
					At:  lint.At(set.Directive),
					Msg: fmt.Sprintf("resolver_timeout %s is without limit: a request whose name no DNS server answers waits for as long as its client does", set.Arg(0)),
					Fix: withoutZero(s, set),
				})
			}
		}
		for _, set := range n.Uses("resolver") {
			for i, w := range set.Args().All() {
				value, ok := strings.CutPrefix(w.Value, "valid=")
				if d, known := model.Duration(value); ok && known && d == 0 {
					p.ReportMild(lint.Info, lint.Finding{
						At:    lint.AtWord(set.Directive, i+1),
						Msg:   w.Value + " does not switch the cache of answers off: they are kept for their TTL",
						Notes: []lint.Note{{Msg: `a name is asked for again after a second with "valid=1s"`}},
						Fix: &lint.Fix{
							Title: "remove " + w.Value, Safety: lint.Unsafe,
							Edits: lint.In(set.Directive, nginx.RemoveArg(set.Directive, i)),
						},
					})
				}
			}
		}
	},
}

var _ = add(&nginxTimeoutZero)

// zeroForClients are the directives beside those of a protocol whose time nginx takes
// at its word when it is 0.
var zeroForClients = []struct {
	directive string
	in        []model.Kind
	severity  lint.Severity
	does      string
	// needs reports whether the scope has what makes the directive count, nil if
	// nothing is needed.
	needs func(*model.Scope) bool
}{
	{"client_header_timeout", []model.Kind{model.HTTP, model.Server}, lint.Error, "connections are closed before a request is read", nil},
	{"client_body_timeout", []model.Kind{model.HTTP, model.Server, model.Location}, lint.Warning, "a body that does not come with its head is not waited for", nil},
	{"send_timeout", []model.Kind{model.HTTP, model.Server, model.Location}, lint.Warning, "a response that the client does not take at once breaks off", nil},
	{"keepalive_time", []model.Kind{model.HTTP, model.Server, model.Location}, lint.Warning, "a client's connection is closed after a request, unless it is answered within a millisecond", keepsClients},
	{"proxy_timeout", []model.Kind{model.Stream, model.StreamServer}, lint.Error, "every session is closed before a byte has passed", anyStream(isPassing)},
	{"proxy_connect_timeout", []model.Kind{model.Stream, model.StreamServer}, lint.Error, "every connect is given up at once, and the session closed", anyStream(isPassingByTCP)},
	{"preread_timeout", []model.Kind{model.Stream, model.StreamServer}, lint.Error, "a session is closed before its first bytes are looked at", anyStream(isPrereading)},
	{"proxy_protocol_timeout", []model.Kind{model.Stream, model.StreamServer}, lint.Error, "a session is closed before its PROXY header is read", anyStream(takesProxyProtocol)},
}

// zeroForBackends looks at the times of the protocols that pass requests on.
func zeroForBackends(p *lint.Pass) {
	for _, t := range []struct {
		suffix   string
		severity lint.Severity
		does     string
		counts   func(*model.Pass) bool
	}{
		{"_connect_timeout", lint.Error, "every connect is given up at once, and the request answered with 504", connectsByTCP},
		{"_read_timeout", lint.Error, "every request is answered with 504", func(*model.Pass) bool { return true }},
		{"_send_timeout", lint.Warning, "a body that the backend does not take at once is given up, with 504", func(*model.Pass) bool { return true }},
	} {
		for _, in := range inEach(t.suffix) {
			for s, set := range p.Host.Nginx.Owning(in.directive) {
				if s.Is(model.HTTP, model.Server, model.Location) && isZero(s, in.directive) && slices.ContainsFunc(inForce(s, in), t.counts) {
					reportZero(p, s, set, t.severity, t.does)
				}
			}
		}
	}
}

// connectsByTCP reports whether a pass is known to open TCP connections.
func connectsByTCP(pass *model.Pass) bool {
	t := pass.Target
	return t.Kind == model.TargetAddress || t.Kind == model.TargetUpstream && t.Upstream != nil && !local(t.Upstream)
}

// isZero reports whether the time in force at a scope is written, and 0.
func isZero(s *model.Scope, directive string) bool {
	v := s.Get(directive)
	d, ok := v.Duration()
	return ok && v.Set() && d == 0
}

func keepsClients(s *model.Scope) bool {
	idle, ok := clientIdle(s)
	return ok && idle > 0
}

// anyStream asks of a server of stream, or of those in a stream block.
func anyStream(ask func(*model.Scope) bool) func(*model.Scope) bool {
	return func(s *model.Scope) bool {
		for k := range s.Walk() {
			if k.Kind == model.StreamServer && ask(k) {
				return true
			}
		}
		return false
	}
}

func isPassing(s *model.Scope) bool {
	_, ok := s.Own("proxy_pass")
	return ok
}

// isPassingByTCP leaves out what may be a unix socket: variables, and upstreams.
func isPassingByTCP(s *model.Scope) bool {
	set, ok := s.Own("proxy_pass")
	if !ok || strings.ContainsRune(set.Arg(0), '$') || set.Unknown() {
		return false
	}
	_, _, addressed := strings.Cut(set.Arg(0), ":")
	return addressed && !strings.HasPrefix(set.Arg(0), "unix:")
}

func isPrereading(s *model.Scope) bool {
	v := s.Get("ssl_preread")
	return v.Sure && v.Text() == "on"
}

func takesProxyProtocol(s *model.Scope) bool {
	for set := range s.All("listen") {
		if set.Args().Any(func(w nginx.Arg) bool { return w.Value == "proxy_protocol" }) {
			return true
		}
	}
	return false
}

func reportZero(p *lint.Pass, s *model.Scope, set model.Setting, severity lint.Severity, does string) {
	p.ReportMild(severity, lint.Finding{
		At:  lint.At(set.Directive),
		Msg: fmt.Sprintf("%s %s is no time at all, not \"without limit\": %s", set.Name(), set.Arg(0), does),
		Fix: withoutZero(s, set),
	})
}

func withoutZero(s *model.Scope, set model.Setting) *lint.Fix {
	return &lint.Fix{
		Title: "remove " + set.Name(), Safety: lint.Unsafe,
		Edits:   lint.In(set.Directive, nginx.Drop(set.Directive)),
		Changes: []string{set.Name()}, Scopes: slices.Collect(s.Walk()),
	}
}
