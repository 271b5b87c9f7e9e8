package rules

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxGRPCWithoutHTTP2 = lint.Rule{
	ID:       "nginx-grpc-without-http2",
	Title:    "gRPC clients cannot connect to a server without HTTP/2",
	Severity: lint.Warning,
	Fix:      lint.Shown,
	AnyText:  true,
	Since:    "0.1",
	Why: `gRPC is HTTP/2 from the client on: to a listener that speaks HTTP/1.1 only, its clients get no connection. With TLS the handshake offers no "h2", in clear text the client's first bytes are answered with 400.

Measured (nginx 1.22.1): a client's HTTP/2 preface gets "HTTP/1.1 400 Bad Request" from "listen 8080", and HTTP/2 settings from "listen 8080 http2".

HTTP/2 is switched on with "http2" on the listen directive, or, from 1.25.1 on, with "http2 on;" in the server or in http. On the listen directive it holds for all servers of the same address and port, so the rule looks at all of them, and only where the whole configuration can be seen.

gRPC-Web works over HTTP/1.1: a server that mentions it is left alone.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_grpc_module.html",
		"https://nginx.org/en/docs/http/ngx_http_v2_module.html#http2",
	},
	Examples: []lint.Example{
		{
			Bad: `events {}
http {
    server {
        listen 50051;
        location / {
            grpc_pass grpc://127.0.0.1:9000;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ gRPC clients cannot connect: no listen directive of the server speaks HTTP/2
        }
    }
}
`,
			Good: `events {}
http {
    server {
        listen 50051 http2;
        location / {
            grpc_pass grpc://127.0.0.1:9000;
        }
    }
}
`,
		},
		{
			Name:  "where http2 is a directive",
			Nginx: "1.28.0",
			Bad: `events {}
http {
    server {
        listen 443 ssl;
        location / {
            grpc_pass grpc://127.0.0.1:9000;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        }
    }
}
`,
			Good: `events {}
http {
    server {
        listen 443 ssl;
        http2 on;
        location / {
            grpc_pass grpc://127.0.0.1:9000;
        }
    }
}
`,
		},
		{
			Name: "silent: HTTP/2 for the same address, QUIC, and gRPC-Web",
			Bad: `events {}
http {
    server {
        listen 443 http2;
        server_name other;
    }
    server {
        listen 0.0.0.0:443;
        location / {
            grpc_pass grpc://127.0.0.1:9000;
        }
    }
    server {
        listen 8080;
        location / {
            add_header Access-Control-Expose-Headers grpc-status;
            grpc_set_header X-Via grpc-web;
            grpc_pass grpc://127.0.0.1:9000;
        }
    }
}
`,
		},
		{
			Name:  "silent: switched on in http",
			Nginx: "1.28.0",
			Bad: `events {}
http {
    http2 on;
    server {
        listen 8443;
        location / {
            grpc_pass grpc://127.0.0.1:9000;
        }
    }
    server {
        http2 off;
        listen 443 quic;
        listen 8444;
        location / {
            grpc_pass grpc://127.0.0.1:9000;
        }
    }
}
`,
		},
		{
			Name: "silent: another server of the same address may stand in another file",
			Bad: `server {
    listen 443;
    location / {
        grpc_pass grpc://127.0.0.1:9000;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		n := p.Host.Nginx
		if n == nil || n.HasUnseen() {
			return
		}
		all := n.Listeners()
		seen := map[*model.Scope]bool{}
		for _, pass := range n.Passes() {
			server := pass.Scope.Outer(model.Server)
			if pass.Protocol != "grpc" || server == nil || seen[server] || !http1Only(all, server) || mentionsText(server, "grpc-web") {
				continue
			}
			seen[server] = true
			f := lint.Finding{
				At:  lint.At(pass.Directive),
				Msg: "gRPC clients cannot connect: no listen directive of the server speaks HTTP/2",
			}
			if set, ok := server.Own("listen"); ok {
				f.Notes = []lint.Note{{Msg: "the server listens here", At: lint.At(set.Directive)}}
				f.Fix = speakHTTP2(p, set)
			}
			p.Report(f)
		}
	},
}

var _ = add(&nginxGRPCWithoutHTTP2)

// http1Only reports whether a server is reached by addresses alone that speak
// no HTTP/2.
func http1Only(all map[string]*model.Listener, server *model.Scope) bool {
	for set := range server.All("listen") {
		if model.ListenKey(set.Arg(0)) == "" || set.Has("quic") || set.Has("http3") {
			return false
		}
	}
	found := false
	for _, l := range all {
		if !slices.Contains(l.Servers, server) {
			continue
		}
		found = true
		if l.Has("http2") || l.Has("spdy") {
			return false
		}
		for _, s := range l.Servers {
			if v := s.Get("http2"); !v.Sure || v.Text() == "on" {
				return false
			}
		}
	}
	return found
}

// mentionsText reports whether a word stands in an argument anywhere in a scope.
func mentionsText(s *model.Scope, text string) bool {
	for d := range s.Body().Walk() {
		for _, w := range d.Words().All() {
			if strings.Contains(strings.ToLower(w.Value), text) {
				return true
			}
		}
	}
	return false
}

// speakHTTP2 switches HTTP/2 on in the way that the target's versions know.
func speakHTTP2(p *lint.Pass, listen model.Setting) *lint.Fix {
	d := listen.Directive
	if facts.Since(facts.V(1, 25, 1)).Contains(p.Host.Target.Nginx) {
		return &lint.Fix{Title: `add "http2 on;"`, Safety: lint.Shown, Edits: lint.In(d, nginx.AddAfter(d, "http2 on;"))}
	}
	return &lint.Fix{
		Title: `add "http2" to the listen directive; from nginx 1.25.1 on, "http2 on;" to the server instead`, Safety: lint.Shown,
		Edits: lint.In(d, nginx.SetArg(d, d.Args().Len(), "http2")),
	}
}
