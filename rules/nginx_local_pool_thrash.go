package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var _ = add(lint.Rule{
	ID:       "nginx-local-pool-thrash",
	Title:    "more locations than the default pool has connections",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Needs:    lint.Needs{Nginx: facts.Since(facts.ReuseByDefault)},
	AnyText:  true,
	Since:    "0.1",
	Why: `From 1.29.7 on an upstream without a keepalive line has "keepalive 32 local": 32 idle connections in each worker, and none that one location made is used by another. Every location, and every "if" and "limit_except" in one, counts for itself. With more than 32 of them, each request pushes out the idle connection that the next location would have used.

Measured (experiment 12, nginx 1.29.7 and 1.31.5): 50 locations that are asked in turn open 200 connections for 200 requests; with "keepalive 32" written, which all locations share, 1. Ten locations open 10.

The patch writes the line. It is unsafe, since a shared pool is found by address alone: locations that differ in their TLS settings need an upstream of their own (nginx-pool-mixed-tls). Where such are seen, no patch is offered.

Ignore it where most of the locations get few requests.`,
	Refs: []string{
		"https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_upstream_keepalive_module.c",
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive",
	},
	Examples: []lint.Example{
		{
			Name:  "33 locations",
			Nginx: "1.30.0",
			Bad: `upstream app {
#^^^^^^^^^^^ 33 places pass to upstream "app", and share the 32 idle connections of its default pool, none of which two of them can use
    server 127.0.0.1:8080;
}
` + serverOf(33),
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
}
` + serverOf(33),
		},
		{
			Name:  "silent: 32 locations",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 127.0.0.1:8080;
}
` + serverOf(32),
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			if u.HasKeepalive {
				continue
			}
			var users []*model.Pass
			n := 0
			for _, pass := range u.Passes {
				if !pass.Reuse().Empty() {
					users = append(users, pass)
					n += places(pass)
				}
			}
			if n <= defaultPool {
				continue
			}
			p.Report(lint.Finding{
				At:       lint.At(u.Scope.Block),
				Msg:      fmt.Sprintf("%d places pass to upstream %q, and share the %d idle connections of its default pool, none of which two of them can use", n, u.Name, defaultPool),
				Notes:    usesOf(users, "one of them"),
				Versions: p.NginxVersions(facts.Since(facts.ReuseByDefault).Intersect(p.Host.Target.Nginx), `where the default is "keepalive 32 local"`),
				Fix:      addPool(p.Host, u),
			})
		}
	},
})

// serverOf writes a server with n locations, for the examples.
func serverOf(n int) string {
	var b strings.Builder
	b.WriteString("server {\n    proxy_set_header Host $host;")
	for i := range n {
		blank := "\n    "
		if i%2 == 1 {
			blank = " "
		}
		fmt.Fprintf(&b, "%slocation /%d { proxy_pass http://app; }", blank, i+1)
	}
	b.WriteString("\n}\n")
	return b.String()
}

// places counts the blocks whose requests go where a pass says and that do not
// share connections: its own, and those inside that take the pass over.
func places(pass *model.Pass) int {
	n := 1
	for _, k := range pass.Scope.Kids {
		if !k.Is(model.If, model.LimitExcept) || k.Pass() != nil {
			continue
		}
		if _, ends := k.Own("return"); !ends {
			n++
		}
	}
	return n
}
