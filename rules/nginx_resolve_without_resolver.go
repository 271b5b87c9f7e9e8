package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxResolveWithoutResolver = lint.Rule{
	ID:       "nginx-resolve-without-resolver",
	Title:    `"resolve" in an upstream without a name server to ask`,
	Severity: lint.Error,
	Fix:      lint.Shown,
	Needs:    lint.Needs{Nginx: facts.Since(resolveSince)},
	AnyText:  true,
	Since:    "0.1",
	Why: `A server with "resolve" is looked up while nginx runs, by a name server that the configuration must name: "resolver" in the upstream itself or in http (in stream, for an upstream there). One in a server or location does not count. Without any nginx does not start ("no resolver defined to resolve names at run time"). nginx does not read /etc/resolv.conf for this.

Measured on nginx 1.31.5; "resolve" came with 1.27.3.

The rule keeps silent where the resolver may stand in a part that cannot be seen: in http around a file that is read alone, or in an include. Which name server to ask only you know: 127.0.0.11 in Docker, the cluster's DNS in Kubernetes, 127.0.0.53 where systemd-resolved runs.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#resolver",
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",
	},
	Examples: []lint.Example{
		{
			Nginx: "1.28.0",
			Bad: `events {}
http {
    upstream app {
        zone app 64k;
        server app.example.com:8080 resolve;
                                   #^^^^^^^ "resolve" finds no resolver in upstream "app" or in http: nginx does not start
    }
    server {
        resolver 192.0.2.53;
        location / {
            proxy_pass http://app;
        }
    }
}
`,
			Good: `events {}
http {
    upstream app {
        zone app 64k;
        server app.example.com:8080 resolve;
        resolver 192.0.2.53;
    }
    server {
        resolver 192.0.2.53;
        location / {
            proxy_pass http://app;
        }
    }
}
`,
		},
		{
			Name:  "silent: in http, or in what cannot be seen",
			Nginx: "1.28.0",
			Bad: `events {}
http {
    resolver 192.0.2.53;
    upstream app {
        zone app 64k;
        server app.example.com:8080 resolve;
    }
}
stream {
    include /srv/resolver.conf;
    upstream db {
        zone db 64k;
        server db.example.com:5432 resolve;
    }
}
`,
		},
		{
			Name:  "silent: http around the file may have one",
			Nginx: "1.28.0",
			Bad: `upstream app {
    zone app 64k;
    server app.example.com:8080 resolve;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || swallowed(p.Host.Nginx, "resolver") {
			return
		}
		for _, list := range peerLists(p) {
			resolver := list.scope.Get("resolver")
			if resolver.Set() || !resolver.Sure || resolver.Assumed != "" {
				continue
			}
			around := "http"
			if list.scope.Kind == model.StreamUpstream {
				around = "stream"
			}
			for _, server := range resolved(list) {
				at, _, _ := parameter(server, "resolve")
				p.Report(lint.Finding{
					At:       at,
					Msg:      fmt.Sprintf(`"resolve" finds no resolver in upstream %q or in %s: nginx does not start`, list.name, around),
					Notes:    otherResolvers(p.Host.Nginx),
					Versions: p.NginxVersions(facts.Since(resolveSince), `which has "resolve"`),
					Fix: &lint.Fix{
						Title: fmt.Sprintf(`add "resolver", with the address of your name server, to upstream %q or to %s`, list.name, around), Safety: lint.Shown,
					},
				})
			}
		}
	},
}

var _ = add(&nginxResolveWithoutResolver)

// otherResolvers notes the first resolver that does not count.
func otherResolvers(n *model.Nginx) []lint.Note {
	for s, set := range n.Owning("resolver") {
		if s.Is(model.Server, model.Location) {
			return []lint.Note{{Msg: "a resolver here does not count for upstreams", At: lint.At(set.Directive)}}
		}
	}
	return nil
}
