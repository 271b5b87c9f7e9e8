package rules

import (
	"fmt"
	"strconv"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var serviceRequestsBelowPool = lint.Rule{
	ID:       "service-requests-below-pool",
	Title:    "the backend replaces its processes before nginx closes their connections",
	Severity: lint.Warning,
	Fix:      lint.Safe,
	Since:    "0.1",
	Why: `pm.max_requests of php-fpm ends a child after so many requests, and with it the connection that nginx keeps to it. Nothing in the last answer says so. If keepalive_requests of the upstream is higher, nginx puts the connection back into its pool and may send the next request on it while it is being closed: "recv() failed (104: Connection reset by peer)" or "upstream prematurely closed connection", and 502 for a POST. With keepalive_requests no higher than pm.max_requests nginx closes first, as long as each child keeps its connection.

The workers of gunicorn (max_requests) and uvicorn (limit-max-requests) count the requests of all their connections, so that no number of nginx's fits exactly; that is reported as info, with a number that is well below.

keepalive_requests of an upstream is 1000 by default, 100 before nginx 1.19.10.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_requests",
		"https://www.php.net/manual/en/install.fpm.configuration.php",
		"https://docs.gunicorn.org/en/stable/settings.html#max-requests",
	},
	Examples: []lint.Example{
		{
			Name: "php-fpm",
			Bad: `-- nginx.conf --
events {}
http {
    upstream php {
        server unix:/run/php.sock;
        keepalive 16;
        keepalive_requests 10000;
       #^^^^^^^^^^^^^^^^^^^^^^^^^ the backend of upstream "php" (php-fpm) ends a process and its connection after 500 requests, nginx keeps it for 10000
    }
    server {
        location ~ \.php$ {
            fastcgi_keep_conn on;
            fastcgi_pass php;
        }
    }
}
-- pool.d/www.conf --
[www]
listen = /run/php.sock
pm.max_children = 80
pm.max_requests = 500
`,
			Good: `-- nginx.conf --
events {}
http {
    upstream php {
        server unix:/run/php.sock;
        keepalive 16;
        keepalive_requests 500;
    }
    server {
        location ~ \.php$ {
            fastcgi_keep_conn on;
            fastcgi_pass php;
        }
    }
}
`,
		},
		{
			Name: "nginx's default, and a worker of gunicorn",
			Bad: `-- nginx.conf --
events {}
http {
    upstream app {
        server 127.0.0.1:8001;
        keepalive 32;
       #^^^^^^^^^^^^^ the backend of upstream "app" (gunicorn, gthread workers) ends a process and its connections after 500 requests, nginx keeps each for 1000
        keepalive_timeout 3s;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
    }
}
-- gunicorn.conf.py --
bind = "127.0.0.1:8001"
worker_class = "gthread"
keepalive = 5
max_requests = 500
`,
			Good: `-- nginx.conf --
events {}
http {
    upstream app {
        server 127.0.0.1:8001;
        keepalive 32;
        keepalive_requests 100;
        keepalive_timeout 3s;
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
			Name: "silent: no more than that, none kept, sync workers",
			Bad: `-- nginx.conf --
events {}
http {
    upstream php {
        server unix:/run/php.sock;
        keepalive 16;
        keepalive_requests 400;
    }
    upstream once {
        server unix:/run/php.sock;
        keepalive 16;
    }
    upstream app {
        server 127.0.0.1:8001;
        keepalive 32;
    }
    server {
        location ~ \.php$ {
            fastcgi_keep_conn on;
            fastcgi_pass php;
        }
        location ~ \.php5$ {
            fastcgi_pass once;
        }
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
    }
}
-- pool.d/www.conf --
[www]
listen = /run/php.sock
pm.max_children = 80
pm.max_requests = 500
-- gunicorn.conf.py --
bind = "127.0.0.1:8001"
max_requests = 500
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			backend := p.Host.Backend(u)
			if !backend.Recycle.Known() || backend.Keeps.Value == facts.ClosesAnnounced || backend.Keeps.Value == facts.ClosesUnannounced {
				continue
			}
			in := facts.Never
			for _, pass := range u.Passes {
				if r := pass.Reuse(); !r.Empty() {
					in = r
				}
			}
			kept := u.Scope.Get("keepalive_requests")
			most, ok := kept.Int()
			if !kept.Set() && !ok { // the default grew
				most, ok, in = 1000, true, in.Intersect(facts.Since(facts.V(1, 19, 10)))
			}
			if ok && !in.Empty() && most > backend.Recycle.Value {
				requestsBelow(p, u, backend, kept, most, in)
			}
		}
	},
}

var _ = add(&serviceRequestsBelowPool)

func requestsBelow(p *lint.Pass, u *model.UpstreamBlock, backend *model.Backend, kept model.Value, most int, in facts.Range) {
	// A child of php-fpm has one connection at a time, others share a process.
	n, own := backend.Recycle.Value, backend.Preset.Name == "php-fpm"
	what, each := "its connection", "it"
	if !own {
		what, each = "its connections", "each"
	}
	f := lint.Finding{
		At: lint.At(u.Scope.Block),
		Msg: fmt.Sprintf("the backend of upstream %q (%s) ends a process and %s after %d requests, nginx keeps %s for %d: a request on one that goes away ends in 502",
			u.Name, backend.Title, what, n, each, most),
		Versions: p.NginxVersions(in, ""),
	}
	f.Notes = append(f.Notes, behind(backend)...)
	f.Notes = append(f.Notes, whence(backend, backend.Recycle)...)
	value, safety := strconv.Itoa(n), lint.Safe
	if !own {
		value, safety = strconv.Itoa(max(n/10, 100)), lint.Unsafe
	}
	f.Fix = &lint.Fix{Title: "set keepalive_requests of the upstream to " + value, Safety: safety}
	if !own && n <= 100 {
		f.Fix = nil
		p.ReportMild(lint.Info, f)
		return
	}
	line := "keepalive_requests " + value + ";"
	switch {
	case kept.Set() && kept.Owner == u.Scope:
		f.At = lint.At(kept.Settings[0].Directive)
		f.Fix.Edits = setArg(kept.Settings[0].Directive, 0, value)
	case u.HasKeepalive:
		f.At = lint.At(u.Keepalive.Directive)
		f.Fix.Edits = lint.In(u.Keepalive.Directive, nginx.AddAfter(u.Keepalive.Directive, line))
	default:
		f.Fix.Edits = insideOf(u.Scope, line)
	}
	if own {
		p.Report(f)
		return
	}
	p.ReportMild(lint.Info, f)
}
