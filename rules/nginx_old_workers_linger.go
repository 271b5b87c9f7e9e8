package rules

import (
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxOldWorkersLinger = lint.Rule{
	ID:       "nginx-old-workers-linger",
	Title:    "workers of before a reload stay for as long as a connection lasts",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.2",
	Why: `A reload starts new workers and lets the old ones finish what they are doing. For a WebSocket or a stream that may be an hour, or as long as the client likes. Until then each old worker keeps its memory, its connections and the ports to the backends; where something reloads nginx often (certificates, discovery of services, deployments) they pile up: "nginx: worker process is shutting down" many times in the list of processes.

Measured (nginx 1.22.1, 1.26.3 and 1.30.6): a WebSocket that is open during a reload keeps the old worker for as long as it was watched; with "worker_shutdown_timeout 2s" it is closed after 2.2 seconds and the worker is gone. The client sees an ordinary end of the connection, nginx logs nothing. "worker_shutdown_timeout 0" is no limit: a request that takes 3 seconds is answered, and the worker stays for it, as without the line; with 1s it is cut after 1.0 seconds.

The patch limits it to five minutes, which cuts connections that are still open then: clients have to connect again, as they do after every other interruption. Named are configurations whose main file is seen, with a time-out of more than ten minutes. It is a warning where something is seen to reload this nginx by itself: docker-gen, acme-companion, consul-template and the like beside it, or a loop of sleep and "nginx -s reload" in its Compose file, which comes with certbot; for an nginx that no container runs, a timer or path unit of systemd, cron, a deploy hook of certbot, or a command of consul-template. Elsewhere it is info.`,
	Refs: []string{
		"https://nginx.org/en/docs/ngx_core_module.html#worker_shutdown_timeout",
		"https://nginx.org/en/docs/control.html",
	},
	Examples: []lint.Example{
		{
			Name: "0 is no limit",
			Bad: `worker_shutdown_timeout 0;
events {}
http {
    server {
        location /socket {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 1h;
           #^^^^^^^^^^^^^^^^^^^^^^ WebSockets of location /socket may last 1 hour, and worker_shutdown_timeout 0 sets no limit: each reload leaves its workers behind until they end
            proxy_pass http://127.0.0.1:8080;
        }
    }
}
`,
			Good: `worker_shutdown_timeout 5m;
events {}
http {
    server {
        location /socket {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 1h;
            proxy_pass http://127.0.0.1:8080;
        }
    }
}
`,
		},
		{
			Bad: `worker_processes 4;
events {}
http {
    server {
        location /socket {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 1h;
           #^^^^^^^^^^^^^^^^^^^^^^ WebSockets of location /socket may last 1 hour, and worker_shutdown_timeout is not set: each reload leaves its workers behind until they end
            proxy_pass http://127.0.0.1:8080;
        }
    }
}
`,
			Good: `worker_processes 4;
worker_shutdown_timeout 5m;
events {}
http {
    server {
        location /socket {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 1h;
            proxy_pass http://127.0.0.1:8080;
        }
    }
}
`,
		},
		{
			Name: "stream",
			Bad: `events {}
stream {
    server {
        listen 5432;
        proxy_timeout 12h;
       #^^^^^^^^^^^^^^^^^^ connections of server may last 12 hours
        proxy_pass 10.0.0.5:5432;
    }
}
`,
			Good: `worker_shutdown_timeout 5m;
events {}
stream {
    server {
        listen 5432;
        proxy_timeout 12h;
        proxy_pass 10.0.0.5:5432;
    }
}
`,
		},
		{
			Name: "certificates are renewed beside it",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location /socket {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 1d;
           #^^^^^^^^^^^^^^^^^^^^^^ WebSockets of location /socket may last 1 day, and worker_shutdown_timeout is not set: each reload leaves its workers behind until they end
            proxy_pass http://127.0.0.1:8080;
        }
    }
}
-- compose.yaml --
services:
  nginx:
    image: nginx:1.27
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]
    command: "/bin/sh -c 'while :; do sleep 6h & wait $$!; nginx -s reload; done & nginx -g \"daemon off;\"'"
`,
			Good: `-- nginx.conf --
worker_shutdown_timeout 5m;
events {}
http {
    server {
        location /socket {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 1d;
            proxy_pass http://127.0.0.1:8080;
        }
    }
}
`,
		},
		{
			Name: "a timer renews certificates",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location /socket {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 86400;
           #^^^^^^^^^^^^^^^^^^^^^^^^^ WebSockets of location /socket may last 1 day, and worker_shutdown_timeout is not set: each reload leaves its workers behind until they end
            proxy_pass http://127.0.0.1:8080;
        }
    }
}
-- renew.timer --
[Timer]
OnCalendar=hourly
-- renew.service --
[Service]
Type=oneshot
ExecStart=/usr/local/bin/renew
ExecStartPost=/usr/bin/systemctl reload nginx
`,
			Good: `-- nginx.conf --
worker_shutdown_timeout 5m;
events {}
http {
    server {
        location /socket {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 86400;
            proxy_pass http://127.0.0.1:8080;
        }
    }
}
`,
		},
		{
			Name: "silent: it is set, nothing lasts, and a part of a configuration",
			Bad: `-- nginx.conf --
worker_shutdown_timeout 1m;
events {}
http {
    include site.conf;
}
-- site.conf --
server {
    location /socket {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        proxy_read_timeout 1h;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "silent: the default of a minute",
			Bad: `events {}
http {
    server {
        location /socket {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_pass http://127.0.0.1:8080;
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
		limit := root.Get("worker_shutdown_timeout")
		set, none := "is not set", false
		if d, known := limit.Duration(); known && limit.Set() && d == 0 {
			set, none = limit.Text()+" sets no limit", true // nginx takes 0 for not set
		}
		if !limit.Sure || limit.Set() && !none {
			return
		}
		all := lastingPasses(p)
		if len(all) == 0 {
			return
		}
		l := all[0]
		f := lint.Finding{
			At: lint.At(l.limit.Directive),
			Msg: fmt.Sprintf("%s of %s may last %s, and worker_shutdown_timeout %s: each reload leaves its workers behind until they end",
				l.what, l.scope.Label(), inWords(l.time), set),
			Notes: append([]lint.Note{{Msg: "passed on here", At: lint.At(l.set.Directive)}}, assumed(limit)...),
		}
		if none {
			at := limit.Settings[0]
			f.Notes = append(f.Notes, lint.Note{Msg: "0 is no limit", At: lint.At(at.Directive)})
			f.Fix = &lint.Fix{
				Title: "set worker_shutdown_timeout to 5m", Safety: lint.Unsafe, Edits: setArg(at.Directive, 0, "5m"),
				Changes: []string{"worker_shutdown_timeout"}, Scopes: slices.Collect(root.Walk()),
			}
		} else if edits := addToMain(root, "worker_shutdown_timeout 5m;"); edits != nil {
			f.Fix = &lint.Fix{
				Title: `add "worker_shutdown_timeout 5m;"`, Safety: lint.Unsafe, Edits: edits,
				Changes: []string{"worker_shutdown_timeout"}, Scopes: slices.Collect(root.Walk()),
			}
		}
		reload, often := p.Host.Services().Reloads(p.Host.Runs())
		if !often {
			p.ReportMild(lint.Info, f)
			return
		}
		f.Notes = append(f.Notes, lint.Note{Msg: reload.What + " reloads it again and again", At: lint.Place{File: reload.At.File, Span: reload.At.Span}})
		p.Report(f)
	},
}

var _ = add(&nginxOldWorkersLinger)

// addToMain adds a directive to the main file: behind worker_processes, else in
// front of the first block; nil if neither stands in it.
func addToMain(root *model.Scope, text string) []lint.FileEdit {
	if set, ok := root.Own("worker_processes"); ok && set.In == root.Body() {
		return lint.In(set.Directive, nginx.AddAfter(set.Directive, text))
	}
	for k := range root.Kids() {
		if k.Block != nil && k.Block.In == root.Body() {
			return lint.In(k.Block, nginx.AddBefore(k.Block, text))
		}
	}
	return nil
}
