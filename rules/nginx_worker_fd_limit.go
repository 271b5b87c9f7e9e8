package rules

import (
	"fmt"
	"strconv"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxWorkerFDLimit = lint.Rule{
	ID:       "nginx-worker-fd-limit",
	Title:    "a worker runs out of files before it runs out of connections",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `Every connection of a worker is a file descriptor, to the client as well as to the backend, so that a proxied request takes two. worker_connections counts both. If worker_rlimit_nofile is lower, the descriptors are used up first, and the worker answers 500, "socket() failed (24: Too many open files)", or cannot accept at all, while it still has connections to give.

nginx says nothing as long as the shell that starts it allows enough files: its check compares worker_connections with the limit of the master process first.

Measured (experiment 10, nginx 1.22.1 and 1.31.5, worker_rlimit_nofile 256, worker_connections 1024): no warning from "nginx -t"; with 150 clients 28 of 300 requests end in 500, with 300 clients 196 of 600. With 1024 and 1024 none. With 0, which is no word for "as many as the system allows", each worker ends with "epoll_create() failed (24: Too many open files)", and the master, which listens, answers nobody (nginx 1.22.1, 1.26.3 and 1.30.6).

The patch allows two descriptors for each connection, which leaves room for logs and files. It is unsafe: the system must allow that many, or nginx goes on with the old limit after an alert in its log.`,
	Refs: []string{
		"https://nginx.org/en/docs/ngx_core_module.html#worker_rlimit_nofile",
		"https://github.com/nginx/nginx/blob/master/src/event/ngx_event.c",
	},
	Examples: []lint.Example{
		{
			Name: "fewer files than connections",
			Bad: `worker_rlimit_nofile 1024;
#^^^^^^^^^^^^^^^^^^^^^^^^^ worker_rlimit_nofile 1024 is below worker_connections 4096: a worker runs out of files first
events {
    worker_connections 4096;
}
`,
			Good: `worker_rlimit_nofile 8192;
events {
    worker_connections 4096;
}
`,
		},
		{
			Name: "the default of worker_connections",
			Bad: `worker_rlimit_nofile 256;
#^^^^^^^^^^^^^^^^^^^^^^^^ worker_rlimit_nofile 256 is below worker_connections 512
events {}
`,
			Good: `worker_rlimit_nofile 1024;
events {}
`,
		},
		{
			Name: "0 is none, not as many as the system allows",
			Bad: `worker_rlimit_nofile 0;
#^^^^^^^^^^^^^^^^^^^^^^ worker_rlimit_nofile 0 lets a worker open no file: each dies as it starts, and nothing is served
events {}
`,
			Good: `worker_rlimit_nofile 1024;
events {}
`,
		},
		{
			Name: "silent: as many, and nothing said",
			Bad: `worker_rlimit_nofile 4096;
events {
    worker_connections 4096;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || p.Host.Nginx.Root == nil || p.Host.Nginx.Fragment {
			return
		}
		root := p.Host.Nginx.Root
		for events := range root.Kids() {
			if !events.Is(model.Events) {
				continue
			}
			limit, connections := root.Get("worker_rlimit_nofile"), events.Get("worker_connections")
			files, known := limit.Int()
			n, ok := connections.Int()
			if limit.Set() && known && ok && files < n {
				fewFiles(p, limit.Settings[0], connections, files, n)
			}
		}
	},
}

var _ = add(&nginxWorkerFDLimit)

func fewFiles(p *lint.Pass, limit model.Setting, connections model.Value, files, n int) {
	f := lint.Finding{
		At:  lint.At(limit.Directive),
		Msg: fmt.Sprintf("worker_rlimit_nofile %d is below worker_connections %d: a worker runs out of files first, and answers 500", files, n),
		Fix: &lint.Fix{
			Title:  fmt.Sprintf("allow %d, two for each connection", 2*n),
			Safety: lint.Unsafe,
			Edits:  setArg(limit.Directive, 0, strconv.Itoa(2*n)),
		},
	}
	if files == 0 {
		f.Msg = "worker_rlimit_nofile 0 lets a worker open no file: each dies as it starts, and nothing is served"
	}
	if connections.Set() {
		f.Notes = []lint.Note{{Msg: "the connections, of which a proxied request takes two", At: lint.At(connections.Settings[0].Directive)}}
	} else {
		f.Notes = []lint.Note{{Msg: "512 is the default of worker_connections; a proxied request takes two"}}
	}
	p.Report(f)
}
