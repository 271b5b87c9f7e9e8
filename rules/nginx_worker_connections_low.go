package rules

import (
	"fmt"
	"strconv"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxWorkerConnectionsLow = lint.Rule{
	ID:       "nginx-worker-connections-low",
	Title:    "few connections for clients that stay",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.2",
	Why: `worker_connections counts every connection of a worker: that of the client and that to the backend. A WebSocket or an event stream takes two for as long as it lasts, so 768, as some distributions write it, are 384 clients. Then nginx says "768 worker_connections are not enough while connecting to upstream", and clients get 500 or are disconnected.

Measured (nginx 1.22.1, 1.26.3 and 1.30.6, 64 worker_connections): 31 of 100 WebSockets are opened, the clients of the other 69 are disconnected. Idle clients that keep an ordinary connection do no such harm, however long keepalive_timeout is: nginx closes the oldest ones when it runs short ("reusing connections"), and 200 of 200 new clients got their answer.

It is a warning where worker_rlimit_nofile allows four times as many or more, so that more was meant; the patch takes half of that. Otherwise it is info, for 1024 and fewer.`,
	Refs: []string{
		"https://nginx.org/en/docs/ngx_core_module.html#worker_connections",
		"https://nginx.org/en/docs/ngx_core_module.html#worker_rlimit_nofile",
	},
	Examples: []lint.Example{
		{
			Bad: `worker_processes 2;
worker_rlimit_nofile 12288;
events {
    worker_connections 768;
   #^^^^^^^^^^^^^^^^^^^^^^^ WebSockets take 2 of 768 connections each: 384 in each of 2 workers, while worker_rlimit_nofile allows 12288
}
http {
    server {
        location /ws {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_pass http://127.0.0.1:8000;
        }
    }
}
`,
			Good: `worker_processes 2;
worker_rlimit_nofile 12288;
events {
    worker_connections 6144;
}
http {
    server {
        location /ws {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_pass http://127.0.0.1:8000;
        }
    }
}
`,
		},
		{
			Name: "the default, and no limit of files",
			Bad: `events {}
#^^^^^ event streams take 2 of 512 connections each: 256 in each worker
http {
    server {
        location /events {
            proxy_buffering off;
            proxy_read_timeout 1h;
            proxy_pass http://127.0.0.1:8000;
        }
    }
}
`,
			Good: `worker_rlimit_nofile 16384;
events {
    worker_connections 8192;
}
http {
    server {
        location /events {
            proxy_buffering off;
            proxy_read_timeout 1h;
            proxy_pass http://127.0.0.1:8000;
        }
    }
}
`,
		},
		{
			Name: "silent: nothing lasts, many connections, connections of a minute",
			Bad: `-- nginx.conf --
worker_rlimit_nofile 65536;
events {
    worker_connections 1024;
}
http {
    server {
        location / {
            proxy_pass http://127.0.0.1:8000;
        }
    }
}
`,
		},
		{
			Name: "silent: a WebSocket, and enough",
			Bad: `worker_rlimit_nofile 32768;
events {
    worker_connections 16384;
}
http {
    server {
        location /ws {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 1h;
            proxy_pass http://127.0.0.1:8000;
        }
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		root := mainFile(p.Host)
		if root == nil {
			return
		}
		events := eventsOf(root)
		if events == nil {
			return
		}
		connections, files := events.Get("worker_connections"), root.Get("worker_rlimit_nofile")
		n, ok := connections.Int()
		if limit, valid := files.Int(); ok && files.Set() && valid && limit >= 4*n {
			fewForSockets(p, events, connections, n, limit)
			return
		}
		if ok && n <= 1024 && files.Sure && !files.Set() {
			fewForLasting(p, events, connections, n)
		}
	},
}

var _ = add(&nginxWorkerConnectionsLow)

// atConnections is where the number of connections is written, or the block in
// which it is not.
func atConnections(events *model.Scope, v model.Value) lint.Place {
	if v.Set() {
		return lint.At(v.Settings[0].Directive)
	}
	return lint.At(events.Block)
}

// eachWorker writes "each of 4 workers".
func eachWorker(h *model.Host) string {
	if n, known := workers(h); known && n > 1 {
		return fmt.Sprintf("each of %d workers", n)
	}
	return "each worker"
}

func fewForSockets(p *lint.Pass, events *model.Scope, v model.Value, n, limit int) {
	for _, pass := range proxiedAnywhere(p.Host) {
		what := whatLasts(p, settingsScope(pass.Scope))
		if what == "" {
			continue
		}
		f := lint.Finding{
			At:    atConnections(events, v),
			Msg:   fmt.Sprintf("%s take 2 of %d connections each: %d in %s, while worker_rlimit_nofile allows %d", what, n, n/2, eachWorker(p.Host), limit),
			Notes: []lint.Note{{Msg: "they are passed on here", At: lint.At(pass.Directive)}},
		}
		value := strconv.Itoa(limit / 2)
		fix := &lint.Fix{Title: "set worker_connections to " + value, Safety: lint.Unsafe}
		if v.Set() {
			fix.Edits = setArg(v.Settings[0].Directive, 0, value)
		} else {
			fix.Edits = lint.In(events.Block, nginx.AddInside(events.Body(), "worker_connections "+value+";"))
		}
		f.Fix = fix
		p.Report(f)
		return
	}
}

func fewForLasting(p *lint.Pass, events *model.Scope, v model.Value, n int) {
	for _, l := range lastingPasses(p) {
		if l.scope.Kind == model.StreamServer {
			continue
		}
		p.ReportMild(lint.Info, lint.Finding{
			At:  atConnections(events, v),
			Msg: fmt.Sprintf("%s take 2 of %d connections each: %d in %s", l.what, n, n/2, eachWorker(p.Host)),
			Notes: []lint.Note{
				{Msg: "they may last " + inWords(l.time), At: lint.At(l.limit.Directive)},
				{Msg: "more of them need worker_rlimit_nofile, too"},
			},
		})
		return
	}
}
