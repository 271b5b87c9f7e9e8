package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

var nginxResolveWithoutZone = lint.Rule{
	ID:       "nginx-resolve-without-zone",
	Title:    `"resolve" in an upstream without shared memory`,
	Severity: lint.Error,
	Fix:      lint.Safe,
	Needs:    lint.Needs{Nginx: facts.Since(resolveSince)},
	AnyText:  true,
	Since:    "0.1",
	Why: `A server with "resolve" is looked up again while nginx runs, and what is found has to reach all worker processes: the upstream needs a "zone". Without one nginx does not start ("resolving names at run time requires upstream ... to be in shared memory").

nginx itself has "resolve" since 1.27.3, NGINX Plus had it before. Measured on nginx 1.31.5. The zone must hold at least eight pages of memory: 16k is refused, 64k is what the documentation uses.

An address with "resolve" is accepted without a zone: there is nothing to look up.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#resolve",
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#zone",
	},
	Examples: []lint.Example{
		{
			Nginx: "1.28.0",
			Bad: `upstream app {
    server app.example.com:8080 resolve;
                               #^^^^^^^ "resolve" needs upstream "app" to have a zone: nginx does not start
    resolver 192.0.2.53;
}
`,
			Good: `upstream app {
    zone app 64k;
    server app.example.com:8080 resolve;
    resolver 192.0.2.53;
}
`,
		},
		{
			Name:  "the name is taken by a zone of another kind",
			Nginx: "1.28.0",
			Bad: `proxy_cache_path /var/cache/nginx keys_zone=app:10m;
upstream app {
    server app.example.com:8080 resolve;
                               #^^^^^^^
    server web.example.com:8080 resolve;
                               #^^^^^^^
    resolver 192.0.2.53;
}
`,
			Good: `proxy_cache_path /var/cache/nginx keys_zone=app:10m;
upstream app {
    zone app_servers 64k;
    server app.example.com:8080 resolve;
    server web.example.com:8080 resolve;
    resolver 192.0.2.53;
}
`,
		},
		{
			Name:  "an upstream of http and one of stream have the same name",
			Nginx: "1.30.0",
			Bad: `events {}
http {
    resolver 192.0.2.53;
    upstream app {
        server app.example.com:8080 resolve;
                                   #^^^^^^^
    }
}
stream {
    resolver 192.0.2.53;
    upstream app {
        server app.example.com:5432 resolve;
                                   #^^^^^^^
    }
}
`,
			Good: `events {}
http {
    resolver 192.0.2.53;
    upstream app {
        zone app 64k;
        server app.example.com:8080 resolve;
    }
}
stream {
    resolver 192.0.2.53;
    upstream app {
        zone app_servers 64k;
        server app.example.com:5432 resolve;
    }
}
`,
		},
		{
			Name:  "silent: a zone, an address, and what cannot be seen",
			Nginx: "1.28.0",
			Bad: `upstream app {
    zone app 64k;
    server app.example.com:8080 resolve;
}
upstream fixed {
    server 192.0.2.7:8080 resolve;
}
upstream more {
    include /srv/app/zone.conf;
    server app.example.com:8080 resolve;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, list := range peerLists(p) {
			if _, ok := list.scope.Own("zone"); ok {
				continue
			}
			for _, server := range resolved(list) {
				at, _, _ := parameter(server, "resolve")
				p.Report(lint.Finding{
					At:       at,
					Msg:      fmt.Sprintf(`"resolve" needs upstream %q to have a zone: nginx does not start`, list.name),
					Versions: p.NginxVersions(facts.Since(resolveSince), `which has "resolve"`),
					Fix:      addZone(list),
				})
			}
		}
	},
}

var _ = add(&nginxResolveWithoutZone)

// resolveSince is the first release of nginx that looks up servers of an
// upstream at run time.
var resolveSince = facts.V(1, 27, 3)

// resolved are the servers of an upstream that are looked up at run time.
func resolved(list peerList) []model.Setting {
	var out []model.Setting
	for _, s := range list.servers {
		host, _, _ := strings.Cut(s.Arg(0), ":")
		if _, _, ok := parameter(s, "resolve"); ok && !isLiteral(s.Arg(0)) && !source.HasUnknown(host) {
			out = append(out, s)
		}
	}
	return out
}

// addZone puts an upstream into shared memory.
func addZone(list peerList) *lint.Fix {
	line := "zone " + freeZone(list.scope) + " 64k;"
	body := list.scope.Body()
	return &lint.Fix{
		Title: `add "` + line + `"`, Safety: lint.Safe,
		Edits: []lint.FileEdit{{File: body.Tree.File, Edit: nginx.AddInsideTop(body, line)}},
	}
}

// freeZone is a name for the shared memory of an upstream: the upstream's own unless
// something else has that, or is to have it, such as the upstream of the same name
// in stream: nginx refuses one name for two uses.
func freeZone(upstream *model.Scope) string {
	n := upstream.Host().Nginx
	name := upstream.Block.Arg(0)
	for _, s := range n.Scopes {
		if s == upstream {
			break
		}
		if s.Block != nil && s.Is(model.Upstream, model.StreamUpstream) && s.Block.Arg(0) == name {
			name += "_servers"
			break
		}
	}
	for zoneTaken(n, name) {
		name += "_servers"
	}
	return name
}

// zoneTaken reports whether a piece of shared memory of a name is declared.
func zoneTaken(n *model.Nginx, name string) bool {
	for _, t := range n.Trees {
		for d := range t.Root.Walk() {
			if d.Name() == "zone" && d.Arg(0) == name {
				return true
			}
			for _, w := range d.Args().All() {
				if _, zone, ok := strings.Cut(w.Value, "zone="); ok && (zone == name || strings.HasPrefix(zone, name+":")) {
					return true
				}
				if strings.HasPrefix(w.Value, "shared:"+name+":") {
					return true
				}
			}
		}
	}
	return false
}
