package rules

import (
	"fmt"
	"strconv"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxLocalPoolThrash = lint.Rule{
	ID:       "nginx-local-pool-thrash",
	Title:    "more locations than a pool that is divided by location has connections",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Needs:    lint.Needs{Nginx: facts.Since(facts.ReuseByDefault)},
	AnyText:  true,
	Since:    "0.1",
	Why: `From 1.29.7 on an upstream without a keepalive line has "keepalive 32 local": 32 idle connections in each worker, and none that one location made is used by another. Every location, and every "if" and "limit_except" in one, counts for itself. A connection leads to one server, too: with more than 32 pairs of a location and a server, each request pushes out the idle connection that the next one would have used. "keepalive 8 local" does the same with 8.

Measured (experiment 12, nginx 1.29.7 and 1.31.5): 50 locations that are asked in turn open 200 connections for 200 requests; with "keepalive 32" written, which all locations share, 1. Ten locations open 10. On 1.30.6 11 locations and 3 servers open 99 for 99 requests, and 3 with "keepalive 32"; 9 locations with "keepalive 8 local" 54 for 54, and 1 without local.

The patch writes the line, or takes "local" away. It is unsafe, since a shared pool is found by address alone: locations that differ in their TLS settings need an upstream of their own (nginx-pool-mixed-tls). Where such are seen, no patch is offered.

` + backendFirst + `

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
` + to33 + end,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_timeout 1s;
}
` + to33 + end,
		},
		{
			Name:  "11 locations and 3 servers",
			Nginx: "1.30.0",
			Bad: `upstream app {
#^^^^^^^^^^^ 11 places pass to the 3 servers of upstream "app": 33 kinds of connections share the 32 idle connections
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
    server 10.0.0.4:8080 backup;
}
` + to11 + end,
			Good: `upstream app {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
    server 10.0.0.4:8080 backup;
    keepalive 32;
    keepalive_timeout 1s;
}
` + to11 + end,
		},
		{
			Name:  "a local pool that somebody wrote",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 8 local;
   #^^^^^^^^^^^^^^^^^^ 9 places pass to upstream "app", and share the 8 idle connections of keepalive 8 local
}
` + to9 + end,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 8;
    keepalive_timeout 1s;
}
` + to9 + end,
		},
		{
			Name:  "silent: 32 locations",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 127.0.0.1:8080;
}
` + to32 + end,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			if size, local := localPool(p.Host, u); local && kinds(u) > size {
				thrashes(p, u, size)
			}
		}
	},
}

var _ = add(&nginxLocalPoolThrash)

// localPool is the size of a pool that is divided by location.
func localPool(h *model.Host, u *model.UpstreamBlock) (size int, local bool) {
	switch {
	case h.Target.PoolsAnyway().Empty():
		return 0, false
	case !u.HasKeepalive:
		_, known := u.Pool()
		return defaultPool, known
	}
	size, err := strconv.Atoi(u.Keepalive.Arg(0))
	return size, err == nil && size > 0 && u.Keepalive.Arg(1) == "local"
}

// kinds counts the idle connections that a pool divided by location needs: one for
// each place that reuses connections, and each server.
func kinds(u *model.UpstreamBlock) int {
	n := 0
	for _, pass := range u.Passes {
		if !pass.Reuse().Empty() {
			n += places(pass)
		}
	}
	return n * peers(u)
}

func thrashes(p *lint.Pass, u *model.UpstreamBlock, size int) {
	n, servers := kinds(u), peers(u)
	var users []*model.Pass
	for _, pass := range u.Passes {
		if !pass.Reuse().Empty() {
			users = append(users, pass)
		}
	}
	who := fmt.Sprintf("%s to upstream %q, and share", plural(n/servers, "place")+" pass", u.Name)
	if servers > 1 {
		who = fmt.Sprintf("%s to the %d servers of upstream %q: %d kinds of connections share", plural(n/servers, "place")+" pass", servers, u.Name, n)
	}
	f := lint.Finding{
		At:    lint.At(u.Scope.Block),
		Msg:   fmt.Sprintf("%s the %d idle connections of its default pool, none of which two of them can use", who, size),
		Notes: usesOf(users, "one of them"),
	}
	if u.HasKeepalive {
		f.At = lint.At(u.Keepalive.Directive)
		f.Msg = fmt.Sprintf("%s the %s of %s, none of which two of them can use", who, plural(size, "idle connection"), settingText(u.Keepalive))
		f.Fix = widerPool(p.Host, u, n)
	} else {
		f.Versions = p.NginxVersions(p.Host.Target.PoolsAnyway(), `where the default is "keepalive 32 local"`)
		f.Fix = addPool(p.Host, u)
	}
	closingFirst(u, &f)
	p.Report(f)
}

// widerPool lets places share a pool that is local, or makes it large enough for each
// where they must not.
func widerPool(h *model.Host, u *model.UpstreamBlock, n int) *lint.Fix {
	if isLimited(h, u) {
		return nil
	}
	const hold = ", if the backends can hold that many idle connections from each worker"
	all := func(*model.Pass) bool { return true }
	_, _, mixed := mixture(u, all)
	if mixed || mixesSources(u, false) != nil {
		size := strconv.Itoa(n)
		return &lint.Fix{
			Title: "set keepalive to " + size + " local" + hold, Safety: lint.Unsafe,
			Edits: setArg(u.Keepalive.Directive, 0, size),
		}
	}
	return &lint.Fix{
		Title: "let all places share the pool: no local", Safety: lint.Unsafe, Leads: poolLeads,
		Edits: lint.In(u.Keepalive.Directive, nginx.RemoveArg(u.Keepalive.Directive, 1)),
	}
}

// What servers of the examples have in common, by the number of their locations.
// Constants need no time when the program starts.
const (
	to9 = `server {
    proxy_set_header Host $host;
    location /1 { proxy_pass http://app; } location /2 { proxy_pass http://app; }
    location /3 { proxy_pass http://app; } location /4 { proxy_pass http://app; }
    location /5 { proxy_pass http://app; } location /6 { proxy_pass http://app; }
    location /7 { proxy_pass http://app; } location /8 { proxy_pass http://app; }
    location /9 { proxy_pass http://app; }`
	to11 = to9 + ` location /10 { proxy_pass http://app; }
    location /11 { proxy_pass http://app; }`
	to32 = to11 + ` location /12 { proxy_pass http://app; }
    location /13 { proxy_pass http://app; } location /14 { proxy_pass http://app; }
    location /15 { proxy_pass http://app; } location /16 { proxy_pass http://app; }
    location /17 { proxy_pass http://app; } location /18 { proxy_pass http://app; }
    location /19 { proxy_pass http://app; } location /20 { proxy_pass http://app; }
    location /21 { proxy_pass http://app; } location /22 { proxy_pass http://app; }
    location /23 { proxy_pass http://app; } location /24 { proxy_pass http://app; }
    location /25 { proxy_pass http://app; } location /26 { proxy_pass http://app; }
    location /27 { proxy_pass http://app; } location /28 { proxy_pass http://app; }
    location /29 { proxy_pass http://app; } location /30 { proxy_pass http://app; }
    location /31 { proxy_pass http://app; } location /32 { proxy_pass http://app; }`
	to33 = to32 + `
    location /33 { proxy_pass http://app; }`
	end = "\n}\n"
)

// places counts the blocks whose requests go where a pass says and that do not
// share connections: its own, and those inside that take the pass over.
func places(pass *model.Pass) int {
	n := 1
	for k := range pass.Scope.Kids() {
		if !k.Is(model.If, model.LimitExcept) || k.Pass() != nil {
			continue
		}
		if _, ends := k.Own("return"); !ends {
			n++
		}
	}
	return n
}
