package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/lint"
)

var nginxBufferingOffEverywhere = lint.Rule{
	ID:       "nginx-buffering-off-everywhere",
	Title:    "responses are not buffered, though nothing streams",
	Severity: lint.Info,
	Since:    "0.1",
	Why: `With proxy_buffering off the backend can write no faster than the client reads: a slow client holds a connection, and often a worker or thread of the backend, for as long as its download takes. Buffering is what frees the backend early.

Measured (experiment 18, 25 MB to a client that reads 3 MB/s): the backend is done after 0.03 seconds with buffering, after 7.2 without.

Event streams and WebSockets want it off, in their own locations; the rule speaks where it is off for a whole server or for http and no location below shows a sign of a stream. In unbuffered mode limit_rate has no effect either.

Ignore it in front of storage that serves large files and can wait, such as a registry or an object store, and for streams that only the application knows of.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering",
	},
	Examples: []lint.Example{
		{
			Bad: `server {
    proxy_buffering off;
   #^^^^^^^^^^^^^^^^^^^^ a slow client holds a connection to the backend: buffering is off for 2 locations, none of which shows a stream
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
    location /api/ {
        proxy_pass http://127.0.0.1:8081;
    }
}
`,
			Good: `server {
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
    location /api/ {
        proxy_pass http://127.0.0.1:8081;
    }
}
`,
		},
		{
			Name: "silent: a stream, and a location of its own",
			Bad: `server {
    proxy_buffering off;
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
    location /events {
        proxy_pass http://127.0.0.1:8080;
    }
}
server {
    location /files/ {
        proxy_buffering off;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "silent: one location, and a comment that speaks of a stream",
			Bad: `server {
    proxy_buffering off;
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
}
server {
    # required for SSE (GET /v1/scores/stream)
    proxy_buffering off;
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
    location /v1/ {
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "silent: locations that cannot be seen",
			Bad: `events {}
http {
    proxy_buffering off;
    server {
        location / {
            proxy_pass http://127.0.0.1:8080;
        }
    }
    include /srv/sites/*.conf;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, w := range wides(p, "proxy_buffering") {
			// For one location it might as well stand in there.
			if w.set.Arg(0) != "off" || len(w.passes) < 2 {
				continue
			}
			p.Report(lint.Finding{
				At: lint.At(w.set.Directive),
				Msg: fmt.Sprintf("a slow client holds a connection to the backend: buffering is off for %s, none of which shows a stream",
					plural(len(w.passes), "location")),
				Notes: usesOf(w.passes, "in force here"),
			})
		}
	},
}

var _ = add(&nginxBufferingOffEverywhere)
