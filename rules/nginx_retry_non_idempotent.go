package rules

import (
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxRetryNonIdempotent = lint.Rule{
	ID:       "nginx-retry-non-idempotent",
	Title:    "requests that change something are sent a second time",
	Severity: lint.Warning,
	Since:    "0.1",
	Why: `nginx passes a failed request to the next server, but a POST, PATCH or LOCK only as long as nothing of it has been sent: the first server may have carried it out before it failed. "non_idempotent" takes this care away. An order is placed twice, a payment is made twice.

Measured (nginx 1.22.1, three servers that read the request and close the connection): one POST reaches one server by default, all three with "non_idempotent". In experiment 6 it hides every POST that a backend's idle timeout loses, by sending each again.

PUT and DELETE are tried again in any case. With grpc_next_upstream every call is concerned, since all are POSTs.

Ignore it where the application recognises a repeated request. As a cure for 502s behind a pool, a keepalive_timeout shorter than the backend's is better.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream",
	},
	Examples: []lint.Example{
		{
			Bad: `upstream app {
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
}
server {
    location / {
        proxy_next_upstream error timeout non_idempotent;
                                         #^^^^^^^^^^^^^^ a POST that fails half-way is sent again to the next server
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
}
server {
    location / {
        proxy_next_upstream error timeout;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "silent: there is one try only",
			Bad: `server {
    location / {
        proxy_next_upstream error non_idempotent;
        proxy_next_upstream_tries 1;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, in := range inEach("_next_upstream") {
			for s, set := range p.Host.Nginx.Uses(in.directive) {
				if s.Is(model.HTTP, model.Server, model.Location) {
					nonIdempotent(p, s, set, in)
				}
			}
		}
	},
}

var _ = add(&nginxRetryNonIdempotent)

func nonIdempotent(p *lint.Pass, s *model.Scope, set model.Setting, in inProtocol) {
	for i, w := range set.Args().All() {
		if w.Value != "non_idempotent" {
			continue
		}
		limit := s.Get(in.directive + "_tries")
		if tries, ok := limit.Int(); ok && tries == 1 || limit.Set() && !limit.Sure {
			continue
		}
		what := "a POST"
		if in.protocol == "grpc" {
			what = "a call"
		}
		p.Report(lint.Finding{
			At:    lint.AtWord(set.Directive, i+1),
			Msg:   what + " that fails half-way is sent again to the next server, though the first may have carried it out",
			Notes: usesOf(inForce(s, in), "in force here"),
		})
	}
}
