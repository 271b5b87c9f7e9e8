package rules

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxPoolSmallerThanUpstream = lint.Rule{
	ID:       "nginx-pool-smaller-than-upstream",
	Title:    "a pool with fewer places than the upstream has servers",
	Severity: lint.Info,
	Fix:      lint.Unsafe,
	AnyText:  true,
	Since:    "0.1",
	Why: `keepalive counts the idle connections of a worker to all servers of the upstream together. With fewer places than servers, each request that goes to the next server in turn finds no connection to it, opens one, and its return throws another out.

Measured (experiment 1b, 8 servers, 8 clients, 2 workers): keepalive 2 opens 5716 connections for 6400 requests, all of them ending in TIME_WAIT on nginx's side; keepalive 8 opens 192, keepalive 32 opens 16.

Two or more for each server is a beginning; the number need not match the requests under way, as connections above it are closed after use. The backends must be able to hold that many idle connections from every worker.

` + backendFirst,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive",
	},
	Examples: []lint.Example{
		{
			Bad: `upstream app {
    server 192.0.2.1:8080;
    server 192.0.2.2:8080;
    server 192.0.2.3:8080;
    keepalive 2;
   #^^^^^^^^^^^^ keepalive 2 is too little for 3 servers: connections are thrown out all the time
}
`,
			Good: `upstream app {
    server 192.0.2.1:8080;
    server 192.0.2.2:8080;
    server 192.0.2.3:8080;
    keepalive 32;
    keepalive_timeout 1s;
}
`,
		},
		{
			Name: "no larger one where the servers take few connections",
			Bad: `upstream app {
    server 192.0.2.1:8080 max_conns=8;
    server 192.0.2.2:8080 max_conns=8;
    keepalive 1;
   #^^^^^^^^^^^^ keepalive 1 is too little for 2 servers
}
`,
			Good: `upstream app {
    server 192.0.2.1:8080 max_conns=8;
    server 192.0.2.2:8080 max_conns=8;
    keepalive 2;
    keepalive_timeout 1s;
}
`,
		},
		{
			Name: "silent: as many places as servers in use",
			Bad: `upstream app {
    server 192.0.2.1:8080;
    server 192.0.2.2:8080;
    server 192.0.2.3:8080 down;
    server 192.0.2.4:8080 backup;
    keepalive 2;
}
`,
		},
		{
			Name:  "silent: no pool is wanted",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 192.0.2.1:8080;
    server 192.0.2.2:8080;
    keepalive 0;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			if pool, ok := u.Pool(); !ok || pool.Empty() || !u.HasKeepalive {
				continue
			}
			size, err := strconv.Atoi(u.Keepalive.Arg(0))
			servers := peers(u)
			if err != nil || size < 1 || size >= servers {
				continue
			}
			f := lint.Finding{
				At:  lint.At(u.Keepalive.Directive),
				Msg: fmt.Sprintf("keepalive %d is too little for %d servers: connections are thrown out all the time", size, servers),
			}
			if !isLimited(p.Host, u) {
				enough := max(defaultPool, 2*servers)
				f.Fix = &lint.Fix{
					Title: fmt.Sprintf("set keepalive to %d, if each backend can hold its share from every worker", enough), Safety: lint.Unsafe,
					Edits: setArg(u.Keepalive.Directive, 0, strconv.Itoa(enough)),
				}
				closingFirst(u, &f)
			}
			p.Report(f)
		}
	},
}

var _ = add(&nginxPoolSmallerThanUpstream)

// isLimited reports whether the servers of an upstream are known to take few
// connections, so that a larger pool may be too large for them.
func isLimited(h *model.Host, u *model.UpstreamBlock) bool {
	if h.Backend(u).Slots.Known() {
		return true
	}
	return slices.ContainsFunc(u.Servers, func(s model.Setting) bool {
		_, _, ok := parameter(s, "max_conns=")
		return ok
	})
}
