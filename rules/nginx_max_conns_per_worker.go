package rules

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxMaxConnsPerWorker = lint.Rule{
	ID:       "nginx-max-conns-per-worker",
	Title:    "max_conns without a zone limits every worker for itself",
	Severity: lint.Info,
	Fix:      lint.Shown,
	AnyText:  true,
	Since:    "0.1",
	Why: `max_conns limits the active connections to a server of an upstream. Workers count together only in shared memory, which zone provides; without it, each counts for itself, and the server may get max_conns times worker_processes connections. nginx says nothing.

Idle connections of a pool do not count either, and come on top (nginx-pool-larger-than-backend). Measured (experiment 7, a backend of 8 connections behind two workers and keepalive 32): max_conns=3 without a zone gave at most 6 connections; max_conns=6 with a zone gave 12 and more, 6 active and the rest idle, so that health checks failed.

The patch is only shown: with a zone the limit becomes as strict as it reads, and requests above it end in 502, "no live upstreams".

Ignore it where the number was chosen for one worker.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#max_conns",
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#zone",
	},
	Examples: []lint.Example{
		{
			Name: "four workers",
			Bad: `worker_processes 4;
events {}
http {
    upstream app {
        server 10.0.0.7:8080 max_conns=20;
                            #^^^^^^^^^^^^ max_conns=20 holds for each of 4 workers alone: upstream "app" has no zone, so 10.0.0.7:8080 may get 80 connections
        server 10.0.0.8:8080 max_conns=20;
        keepalive 4;
    }
}
`,
			Good: `worker_processes 4;
events {}
http {
    upstream app {
        zone app 64k;
        server 10.0.0.7:8080 max_conns=20;
        server 10.0.0.8:8080 max_conns=20;
        keepalive 4;
    }
}
`,
		},
		{
			Name: "silent: one worker, and a zone",
			Bad: `worker_processes 1;
events {}
http {
    upstream app {
        server 10.0.0.7:8080 max_conns=20;
    }
    upstream shared {
        zone shared 64k;
        server 10.0.0.7:8080 max_conns=20;
    }
    upstream none {
        server 10.0.0.7:8080 max_conns=0;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		n, known := workers(p.Host)
		if known && n == 1 || p.Host.Nginx.Root != nil && slices.ContainsFunc(p.Host.Nginx.Root.Get("worker_processes").Settings, model.Setting.Unknown) {
			return
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			if v := u.Scope.Get("zone"); v.Set() || !v.Sure || slices.ContainsFunc(u.Servers, mayHaveMore) {
				continue
			}
			for _, s := range u.Servers {
				value, _ := param(s, "max_conns")
				if limit, err := strconv.Atoi(value); err == nil && limit > 0 {
					perWorker(p, u, s, limit, n)
					break
				}
			}
		}
	},
}

var _ = add(&nginxMaxConnsPerWorker)

// perWorker reports the first server of an upstream whose limit each worker
// counts for itself; n workers, 0 if that is not known.
func perWorker(p *lint.Pass, u *model.UpstreamBlock, server model.Setting, limit, n int) {
	line := "zone " + freeZone(u.Scope) + " 64k;"
	f := lint.Finding{
		At:  atParam(server, "max_conns"),
		Msg: fmt.Sprintf("max_conns=%d holds for each worker alone, as upstream %q has no zone", limit, u.Name),
		Fix: &lint.Fix{
			Title: `count in shared memory: "` + line + `"`, Safety: lint.Shown,
			Edits: insideOf(u.Scope, line),
		},
	}
	if n > 0 {
		f.Msg = fmt.Sprintf("max_conns=%d holds for each of %d workers alone: upstream %q has no zone, so %s may get %d connections",
			limit, n, u.Name, server.Arg(0), limit*n)
	}
	p.Report(f)
}
