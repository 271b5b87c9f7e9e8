package rules

import (
	"fmt"
	"strconv"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
)

var nginxPoolLargerThanBackend = lint.Rule{
	ID:       "nginx-pool-larger-than-backend",
	Title:    "nginx may keep more idle connections than the backend has room for",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	AnyText:  true,
	Since:    "0.1",
	Why: `A backend that serves a limited number of connections at a time (threads, processes, a limited listener) counts idle ones, too. The pool of nginx is per worker process: keepalive 32 with four workers is up to 128 connections. When they fill the backend, everybody else waits in its accept queue: health checks, other proxies, and nginx's own other workers.

Measured (experiment 7, a backend that accepts 8 connections, keepalive 32, two workers): 24 requests end in 504, and after the load health checks fail for 58 seconds, as long as nginx keeps the idle connections; 86 sockets of checks that gave up sit in CLOSE_WAIT at the idle backend. From 1.29.7 on an upstream without any keepalive line does the same. keepalive 4, which is just the limit, failed in four runs of six; keepalive 2 in none. Experiment 11: with keepalive 8 and pm.max_children 4 of php-fpm, another client gets no answer at all.

What the backend holds stands in no file of nginx's. tcplint reads it in the backend's own file where it finds that; else declare it, for each server of the upstream:

    [upstream."app"]
    max_connections = 64    # or max_children, for php-fpm

max_conns of a server counts active requests only, so that idle connections come on top; that is reported as info for an upstream with a zone. If worker_processes is auto or cannot be seen, the pool is compared with a single worker.

It is info where the servers hold the pool together and one alone does not: connections are not divided evenly, least of all after a server was away (measured on nginx 1.22.1, 1.26.3 and 1.30.6: 40 requests at once while one of two servers is down leave 40 idle connections to the other).

The patch leaves half of the room to others. It is unsafe, as fewer kept connections mean more new ones under load. A short keepalive_timeout in the upstream helps as well: with 2s the health checks came back after a second, but the 504s under load stayed.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive",
		"https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_upstream_keepalive_module.c",
	},
	Examples: []lint.Example{
		{
			Name: "one of two servers may get it all",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"app": {MaxConnections: 64}}
			},
			Bad: `events {}
worker_processes 1;
http {
    upstream app {
        server 10.0.0.1:8080;
        server 10.0.0.2:8080;
        keepalive 100;
       #^^^^^^^^^^^^^^ one of the 2 servers of upstream "app" may get all 100 idle connections, and takes 64
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
    }
}
`,
			Good: `events {}
worker_processes 1;
http {
    upstream app {
        server 10.0.0.1:8080;
        server 10.0.0.2:8080;
        keepalive 32;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
    }
}
`,
		},
		{
			Name: "a backend of 64 connections, four workers",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"app": {MaxConnections: 64}}
			},
			Bad: `worker_processes 4;
events {}
http {
    upstream app {
        server 127.0.0.1:8080;
        keepalive 32;
       #^^^^^^^^^^^^^ upstream "app" may keep 32 idle connections in each of 4 workers, 128 in all, but its server takes 64 (max_connections)
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
    }
}
`,
			Good: `worker_processes 4;
events {}
http {
    upstream app {
        server 127.0.0.1:8080;
        keepalive 8;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
    }
}
`,
		},
		{
			Name:  "the default pool, two servers of php-fpm",
			Nginx: "1.30.0",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"php": {MaxChildren: 5}}
			},
			Bad: `worker_processes 2;
events {}
http {
    upstream php {
   #^^^^^^^^^^^^ upstream "php" may keep 32 idle connections in each of 2 workers, 64 in all, but its 2 servers take 10 (max_children)
        server 10.0.0.1:9000;
        server 10.0.0.2:9000;
        server 10.0.0.3:9000 backup;
    }
    server {
        location / {
            fastcgi_keep_conn on;
            fastcgi_pass php;
        }
    }
}
`,
			Good: `worker_processes 2;
events {}
http {
    upstream php {
        server 10.0.0.1:9000;
        server 10.0.0.2:9000;
        server 10.0.0.3:9000 backup;
        keepalive 2;
    }
    server {
        location / {
            fastcgi_keep_conn on;
            fastcgi_pass php;
        }
    }
}
`,
		},
		{
			Name: "the number of workers is not known",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"app": {MaxConnections: 64}}
			},
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 64;
   #^^^^^^^^^^^^^ upstream "app" may keep 64 idle connections in each worker, but its server takes 64 (max_connections)
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 4;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "max_conns does not count idle connections",
			Bad: `worker_processes 2;
events {}
http {
    upstream app {
        zone app 64k;
        server 127.0.0.1:8080 max_conns=6;
                             #^^^^^^^^^^^ each of 2 workers may keep 6 idle connections beside the 6 of max_conns
        keepalive 32;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
    }
}
`,
			Good: `worker_processes 2;
events {}
http {
    upstream app {
        zone app 64k;
        server 127.0.0.1:8080 max_conns=6;
        keepalive 3;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
    }
}
`,
		},
		{
			Name: "silent: there is room, nobody keeps connections, and nothing is declared",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"app": {MaxConnections: 64}, "old": {MaxConnections: 8}}
			},
			Bad: `worker_processes 2;
events {}
http {
    upstream app {
        server 127.0.0.1:8080;
        keepalive 16;
    }
    upstream old {
        server 127.0.0.1:8081;
    }
    upstream other {
        server 127.0.0.1:8082;
        keepalive 512;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
        location /old/ {
            uwsgi_pass old;
        }
        location /other/ {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://other;
        }
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			r := larger(p.Host, u)
			switch {
			case r.in.Empty():
			case r.slots > 0:
				if r.over() {
					poolTooLarge(p, u, r)
				} else if r.peers > 1 && r.size*r.workers >= r.slots && r.backend.Slots.Sure != service.Preset {
					oneGetsAll(p, u, r)
				}
			default:
				idleOnTop(p, u, r)
			}
		}
	},
}

var _ = add(&nginxPoolLargerThanBackend)

// room compares a pool with what its backend holds.
type room struct {
	in      facts.Range // the versions that have the pool
	size    int         // idle connections in each worker
	workers int
	known   bool // that many workers, rather than one to compare with
	slots   int  // connections that each server takes; 0 if that is not known
	limit   string
	backend *model.Backend
	peers   int
}

// over reports whether the pool leaves no connection to others.
func (r room) over() bool { return r.size*r.workers >= r.slots*r.peers }

// larger measures the pool of an upstream. A pool that is written counts even
// where something else keeps it from being used: that is what its author wants.
func larger(h *model.Host, u *model.UpstreamBlock) room {
	r := room{size: defaultPool, workers: 1, peers: peers(u)}
	r.backend = h.Backend(u)
	r.slots, r.limit = r.backend.Slots.Value, r.backend.Slots.Name
	if n, known := workers(h); known {
		r.workers, r.known = n, true
	}
	r.in = poolWanted(h, u)
	if u.HasKeepalive {
		r.size, _ = strconv.Atoi(u.Keepalive.Arg(0))
	}
	return r
}

// poolWanted returns the versions in which an upstream has a pool for its
// passes: all of them if one is written, those in which nginx makes one and a
// pass uses it otherwise.
func poolWanted(h *model.Host, u *model.UpstreamBlock) facts.Range {
	pool, ok := u.Pool()
	if !ok {
		return facts.Never
	}
	if u.HasKeepalive {
		if n, err := strconv.Atoi(u.Keepalive.Arg(0)); err != nil || n <= 0 {
			return facts.Never
		}
		pool = h.Target.Nginx
	}
	for _, pass := range u.Passes {
		switch {
		case pass.Protocol == "uwsgi", pass.Protocol == "scgi": // they keep none
		case u.HasKeepalive, !pass.Reuse().Empty():
			return pool
		}
	}
	return facts.Never
}

func poolTooLarge(p *lint.Pass, u *model.UpstreamBlock, r room) {
	idle := fmt.Sprintf("%d idle connections in each worker", r.size)
	if r.known {
		idle = fmt.Sprintf("%d idle connections in each of %d workers, %d in all", r.size, r.workers, r.size*r.workers)
		if r.workers == 1 {
			idle = fmt.Sprintf("%d idle connections", r.size)
		}
	}
	takes := fmt.Sprintf("its server takes %d", r.slots)
	if r.peers > 1 {
		takes = fmt.Sprintf("its %d servers take %d", r.peers, r.slots*r.peers)
	}
	f := lint.Finding{
		At:       lint.At(u.Scope.Block),
		Msg:      fmt.Sprintf("upstream %q may keep %s, but %s (%s)", u.Name, idle, takes, r.limit),
		Notes:    []lint.Note{{Msg: "everybody else, health checks among them, then waits until nginx closes one"}},
		Versions: p.NginxVersions(r.in, "where an upstream has a pool of 32 without a line"),
		Fix:      shrink(p.Host, u, r),
	}
	if u.HasKeepalive {
		f.At = lint.At(u.Keepalive.Directive)
	}
	f.Notes = append(f.Notes, behind(r.backend)...)
	f.Notes = append(f.Notes, whence(r.backend, r.backend.Slots)...)
	f.Notes = append(f.Notes, undone(u)...)
	if !r.known {
		f.Notes = append(f.Notes, lint.Note{Msg: "how many workers there will be is not known, so the pool is compared with one"})
	}
	if r.backend.Slots.Sure == service.Preset {
		f.Msg += ", unless it is set otherwise"
		if f.Fix != nil {
			f.Fix.Safety = lint.Shown
		}
		p.ReportMild(lint.Info, f)
		return
	}
	p.Report(f)
}

// oneGetsAll reports a pool that the servers hold together, and one of them does not:
// nothing divides the idle connections evenly among them.
func oneGetsAll(p *lint.Pass, u *model.UpstreamBlock, r room) {
	f := lint.Finding{
		At:       lint.At(u.Scope.Block),
		Msg:      fmt.Sprintf("one of the %d servers of upstream %q may get all %d idle connections, and takes %d (%s)", r.peers, u.Name, r.size*r.workers, r.slots, r.limit),
		Versions: p.NginxVersions(r.in, "where an upstream has a pool of 32 without a line"),
		Notes:    []lint.Note{{Msg: "the pool counts them for all servers together: after one was away, or behind ip_hash or hash, they may all lead to the same"}},
	}
	if u.HasKeepalive {
		f.At = lint.At(u.Keepalive.Directive)
	}
	if !r.known {
		f.Notes = append(f.Notes, lint.Note{Msg: "how many workers there will be is not known, so the pool is compared with one"})
	}
	p.ReportMild(lint.Info, f)
}

// undone notes what keeps a pool that is written from being used.
func undone(u *model.UpstreamBlock) []lint.Note {
	if !u.HasBalancer {
		return nil
	}
	return []lint.Note{{Msg: "as soon as the pool is in force: before nginx 1.29.7 " + u.Balancer.Name() + " undoes it", At: lint.At(u.Balancer.Directive)}}
}

// shrink gives the upstream a pool that the backend has room for; nil if it has
// room for none.
func shrink(h *model.Host, u *model.UpstreamBlock, r room) *lint.Fix {
	n := fittingPool(h, u)
	switch {
	case n == 0:
		return nil
	case !u.HasKeepalive:
		fix := addPool(h, u)
		if fix != nil && !r.known {
			fix.Safety = lint.Shown
		}
		return fix
	}
	fix := &lint.Fix{
		Title: fmt.Sprintf("set keepalive to %d", n), Safety: lint.Unsafe,
		Edits: setArg(u.Keepalive.Directive, 0, strconv.Itoa(n)),
	}
	if !r.known {
		fix.Title += ", divided by the number of workers"
		fix.Safety = lint.Shown
	}
	return fix
}

// idleOnTop reports a limit of nginx's own that several workers' idle
// connections exceed. Without a zone, nginx-max-conns-per-worker speaks of it.
func idleOnTop(p *lint.Pass, u *model.UpstreamBlock, r room) {
	if _, zone := u.Scope.Own("zone"); !zone || !r.known {
		return
	}
	for _, s := range u.Servers {
		value, ok := param(s, "max_conns")
		limit, err := strconv.Atoi(value)
		if !ok || err != nil || limit <= 0 {
			continue
		}
		idle := min(r.size, limit)
		if idle*r.workers <= limit {
			continue
		}
		f := lint.Finding{
			At:       atParam(s, "max_conns"),
			Msg:      fmt.Sprintf("each of %d workers may keep %s beside the %d of max_conns: it limits active requests only", r.workers, plural(idle, "idle connection"), limit),
			Versions: p.NginxVersions(r.in, "where an upstream has a pool of 32 without a line"),
		}
		if n := limit / r.workers; n > 0 && u.HasKeepalive {
			f.Fix = &lint.Fix{
				Title: fmt.Sprintf("set keepalive to %d", n), Safety: lint.Unsafe,
				Edits: setArg(u.Keepalive.Directive, 0, strconv.Itoa(n)),
			}
		}
		p.ReportMild(lint.Info, f)
		return
	}
}

// atParam is the place of a parameter of a server of an upstream.
func atParam(server model.Setting, name string) lint.Place {
	for i, w := range server.Words().All() {
		if i > 1 && len(w.Value) > len(name) && w.Value[:len(name)+1] == name+"=" {
			return lint.AtWord(server.Directive, i)
		}
	}
	return lint.At(server.Directive)
}
