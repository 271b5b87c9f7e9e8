package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/lint"
)

var serviceOneAtATime = lint.Rule{
	ID:       "service-one-at-a-time",
	Title:    "the backend serves one request at a time",
	Severity: lint.Info,
	Fix:      lint.NoFix,
	Since:    "0.1",
	Why: `A server with a single process and a single thread (gunicorn -w 1 with sync workers, one child of php-fpm, one process of uWSGI without threads) does nothing else while it works on a request. One slow request, one upload whose body nginx does not buffer, one client that reads slowly, and all others wait in its accept queue, health checks among them; nginx holds two connections of its workers for each.

It is a remark: a small service may be meant to be so. Give it more workers or threads, or several servers.`,
	Refs: []string{
		"https://docs.gunicorn.org/en/stable/design.html#how-many-workers",
		"https://www.php.net/manual/en/install.fpm.configuration.php",
	},
	Examples: []lint.Example{
		{
			Name: "one sync worker",
			Bad: `-- nginx.conf --
events {}
http {
    upstream api {
   #^^^^^^^^^^^^ the backend of upstream "api" (gunicorn, sync workers) serves one request at a time
        server api:8081;
    }
    server {
        location / {
            proxy_set_header Host $host;
            proxy_pass http://api;
        }
    }
}
-- docker-compose.yml --
services:
  nginx: {image: "nginx:1.25"}
  api: {image: "registry.example.org/api", command: "gunicorn -w 1 -b 0.0.0.0:8081 api.wsgi"}
`,
			Good: `-- docker-compose.yml --
services:
  nginx: {image: "nginx:1.25"}
  api: {image: "registry.example.org/api", command: "gunicorn -w 4 -b 0.0.0.0:8081 api.wsgi"}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			b := p.Host.Backend(u)
			if b.Busy.Value != 1 || !b.Busy.Read() || peers(u) != 1 || len(u.Passes) == 0 {
				continue
			}
			p.Report(lint.Finding{
				At:    lint.At(u.Scope.Block),
				Msg:   fmt.Sprintf("the backend of upstream %q (%s) serves one request at a time: a slow one holds up all others", u.Name, b.Title),
				Notes: append(behind(b), whence(b, b.Busy)...),
			})
		}
	},
}

var _ = add(&serviceOneAtATime)
