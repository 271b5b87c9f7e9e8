package rules

import (
	"fmt"
	"strconv"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxKeepaliveAboveWorkerConnections = lint.Rule{
	ID:       "nginx-keepalive-above-worker-connections",
	Title:    "a pool of idle connections as large as a worker",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `Every idle connection in an upstream's pool holds one of the worker's worker_connections (512 by default), and unlike idle connections of clients it is not given up when they run short. A pool that may grow to all of them is no limit at all: nginx runs out first, and clients are cut off ("worker_connections are not enough").

Measured (nginx 1.22.1, worker_connections 64, four upstreams, 14 requests at once to one after the other): with "keepalive 64" 4 of 14 clients of the last one are cut off without an answer, since 42 idle connections of the others are in the way; with "keepalive 4" all are served.

keepalive need only hold what a worker has under way at an ordinary moment: connections above it are closed after use, not refused.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive",
		"https://nginx.org/en/docs/ngx_core_module.html#worker_connections",
	},
	Examples: []lint.Example{
		{
			Bad: `events {
    worker_connections 1024;
}
http {
    upstream app {
        server 127.0.0.1:8080;
        keepalive 65536;
       #^^^^^^^^^^^^^^^^ keepalive 65536 is no limit: a worker has 1024 connections in all
    }
}
`,
			Good: `events {
    worker_connections 1024;
}
http {
    upstream app {
        server 127.0.0.1:8080;
        keepalive 256;
    }
}
`,
		},
		{
			Name: "the default of worker_connections",
			Bad: `events {}
http {
    upstream app {
        server 127.0.0.1:8080;
        keepalive 512;
       #^^^^^^^^^^^^^^ keepalive 512 is no limit: a worker has 512 connections in all
    }
}
`,
			Good: `events {}
http {
    upstream app {
        server 127.0.0.1:8080;
        keepalive 128;
    }
}
`,
		},
		{
			Name: "silent: smaller, and worker_connections that cannot be seen",
			Bad: `events {
    include /srv/tuning.conf;
}
http {
    upstream app {
        server 127.0.0.1:8080;
        keepalive 100000;
    }
}
`,
		},
		{
			Name: "silent: the main file cannot be seen",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 100000;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		n := p.Host.Nginx
		if n == nil || n.Fragment {
			return
		}
		for _, s := range n.Scopes {
			if s.Kind != model.Events {
				continue
			}
			limit := s.Get("worker_connections")
			if most, ok := limit.Int(); ok {
				for _, u := range n.Upstreams() {
					poolAboveWorker(p, u, most, limit)
				}
			}
			return
		}
	},
}

var _ = add(&nginxKeepaliveAboveWorkerConnections)

func poolAboveWorker(p *lint.Pass, u *model.UpstreamBlock, most int, limit model.Value) {
	if !u.HasKeepalive {
		return
	}
	size, err := strconv.Atoi(u.Keepalive.Arg(0))
	if err != nil || size < most {
		return
	}
	f := lint.Finding{
		At:  lint.At(u.Keepalive.Directive),
		Msg: fmt.Sprintf("keepalive %d is no limit: a worker has %d connections in all, for clients, upstreams and idle ones", size, most),
	}
	if limit.Set() {
		f.Notes = []lint.Note{{Msg: "set here", At: lint.At(limit.Settings[0].Directive)}}
	}
	if less := min(most/4, 1024); less > 0 {
		f.Fix = &lint.Fix{
			Title: fmt.Sprintf("set keepalive to %d", less), Safety: lint.Unsafe,
			Edits: setArg(u.Keepalive.Directive, 0, strconv.Itoa(less)),
		}
	}
	p.Report(f)
}
