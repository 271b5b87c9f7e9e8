package rules

import (
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// stickySince is the first nginx release with sticky outside of NGINX Plus.
var stickySince = facts.V(1, 29, 6)

var nginxStickyBeforeBalancer = lint.Rule{
	ID:       "nginx-sticky-before-balancer",
	Title:    "sticky above the balancing method has no effect",
	Severity: lint.Warning,
	Fix:      lint.Safe,
	Needs:    lint.Needs{Nginx: facts.Since(stickySince)},
	Since:    "0.2",
	Why: `sticky wraps whatever balancing method is set when its line is read. A method further down replaces the wrapper: no cookie is set, one that comes is not looked at, and sessions move from server to server. nginx starts all the same, and "nginx -t" says no more than "[warn] load balancing method redefined".

Measured (nginx 1.30.6, two servers, 20 requests with the cookie of the first one): sticky below least_conn sends 20 to the first and none to the second; above it 10 and 10. Above or below keepalive makes no difference: that has been put on top at the end since 1.29.7.

sticky came to nginx with 1.29.6. Angie has a module of its own under that name, of which nothing is said here.`,
	Refs: []string{
		"https://github.com/nginx/nginx/blob/release-1.29.6/src/http/modules/ngx_http_upstream_sticky_module.c",
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#sticky",
	},
	Examples: []lint.Example{
		{
			Nginx: "1.30.0",
			Bad: `upstream app {
    sticky cookie srv;
   #^^^^^^^^^^^^^^^^^^ sticky is undone by least_conn below it: no session stays with its server
    least_conn;
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
}
`,
			Good: `upstream app {
    least_conn;
    sticky cookie srv;
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
}
`,
		},
		{
			Name:  "the remark moves along, and keepalive stays",
			Nginx: "1.30.0",
			Bad: `upstream app {
    sticky cookie srv expires=1h;  # as the shop needs it
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    keepalive 16;
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
    random two;
}
`,
			Good: `upstream app {
    keepalive 16;
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
    random two;
    sticky cookie srv expires=1h;  # as the shop needs it
}
`,
		},
		{
			Name:  "silent: below the method, without one, and beside keepalive",
			Nginx: "1.30.0",
			Bad: `upstream app {
    least_conn;
    sticky cookie srv;
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
}
upstream plain {
    sticky cookie srv;
    keepalive 16;
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
}
`,
		},
		{
			Name:  "silent: Angie's own module",
			Nginx: "angie-1.12.0",
			Bad: `upstream app {
    sticky cookie srv;
    least_conn;
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || p.Host.Target.Server.AsksForPools {
			return
		}
		in := p.Host.Target.Nginx.Intersect(facts.Since(stickySince))
		for _, u := range p.Host.Nginx.Upstreams() {
			sticky, ok := u.Scope.Own("sticky")
			last := u.LastBalancer()
			if !ok || last.Directive == nil || !below(u.Scope, last, sticky) {
				continue
			}
			f := lint.Finding{
				At:       lint.At(sticky.Directive),
				Msg:      fmt.Sprintf("sticky is undone by %s below it: no session stays with its server", last.Name()),
				Notes:    []lint.Note{{Msg: "this replaces it", At: lint.At(last.Directive)}},
				Versions: p.NginxVersions(in, ""),
			}
			if edits := moveLine(sticky.Directive, last.Directive); edits != nil {
				f.Fix = &lint.Fix{Title: "move sticky below " + last.Name(), Safety: lint.Safe, Edits: edits}
			}
			p.Report(f)
		}
	},
}

var _ = add(&nginxStickyBeforeBalancer)

// below reports whether nginx reads one directive of a scope after another.
func below(s *model.Scope, one, other model.Setting) bool {
	at := func(set model.Setting) int {
		return slices.IndexFunc(s.Settings, func(x model.Setting) bool { return x.Directive == set.Directive })
	}
	return at(one) > at(other)
}
