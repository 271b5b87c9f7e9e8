package rules

import (
	"fmt"
	"time"

	"github.com/tcplint/tcplint/internal/lint"
)

var nginxReadTimeoutEverywhere = lint.Rule{
	ID:       "nginx-read-timeout-everywhere",
	Title:    "a dead backend is waited for very long, everywhere",
	Severity: lint.Info,
	Since:    "0.1",
	Why: `proxy_read_timeout is how long nginx waits for a backend that says nothing, from one read to the next. A backend that hangs, or a machine that is gone while a request is under way, is noticed only then: with ten minutes, ten minutes of requests pile up, each with a connection to the client and one to the backend, and the next server is not tried.

A long report or upload needs its time, but in its own location. The rule speaks where the time is ten minutes or more for a whole server or for http and no location below streams or passes Upgrade, which would be the reason to wait.

Ignore it where every request may take that long.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout",
	},
	Examples: []lint.Example{
		{
			Bad: `server {
    proxy_read_timeout 3600s;
   #^^^^^^^^^^^^^^^^^^^^^^^^^ a backend that hangs is waited for 1 hour in 1 location
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
    location /report {
        proxy_read_timeout 3600s;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "silent: shorter, a location of its own, and a WebSocket",
			Bad: `server {
    proxy_read_timeout 5m;
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
    location /report {
        proxy_read_timeout 1h;
        proxy_pass http://127.0.0.1:8080;
    }
}
server {
    proxy_read_timeout 1d;
    location /socket {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, w := range wides(p, "proxy_read_timeout") {
			wait, ok := w.scope.Get("proxy_read_timeout").Duration()
			if !ok || wait < 10*time.Minute {
				continue
			}
			p.Report(lint.Finding{
				At:    lint.At(w.set.Directive),
				Msg:   fmt.Sprintf("a backend that hangs is waited for %s in %s, none of which streams or upgrades", inWords(wait), plural(len(w.passes), "location")),
				Notes: usesOf(w.passes, "in force here"),
			})
		}
	},
}

var _ = add(&nginxReadTimeoutEverywhere)

// inWords writes a time in its largest unit that fits: "2 hours", "90 minutes".
func inWords(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if d >= u.unit && d%u.unit == 0 {
			return plural(int(d/u.unit), u.name)
		}
	}
	return plural(int(d/time.Second), "second")
}
