package rules

import (
	"fmt"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxSSEReadTimeout = lint.Rule{
	ID:       "nginx-sse-read-timeout",
	Title:    "a quiet event stream is cut after a minute",
	Severity: lint.Info,
	Fix:      lint.Unsafe,
	AnyText:  true,
	Since:    "0.1",
	Why: `proxy_read_timeout is the longest time between two reads from the backend, 60 seconds by default. A stream without an event for that long is cut: the browser sees a broken response and connects again, and nginx logs "upstream timed out (110: Connection timed out) while reading upstream".

Measured (experiment 4): a timeout below the distance of two events ends the stream after the first.

Reported is a stream for which the default is in force, or a shorter time from the server or http block. nginx-sse-buffered says how a location is known to serve events. The patch allows an hour of silence. It is unsafe: a backend that is gone without a word is noticed as much later.

Ignore it where the application sends a comment line (": ping") more often than the timeout, which many libraries do by themselves.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout",
		"https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes",
	},
	Examples: []lint.Example{
		{
			Name: "the default",
			Bad: `server {
    location /events {
        proxy_http_version 1.1;
        proxy_buffering off;
        proxy_pass http://127.0.0.1:6080;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ location /events is cut when no event comes for 60s
    }
}
`,
			Good: `server {
    location /events {
        proxy_http_version 1.1;
        proxy_buffering off;
        proxy_pass http://127.0.0.1:6080;
        proxy_read_timeout 1h;
    }
}
`,
		},
		{
			Name: "silent: a longer time, or one of its own",
			Bad: `server {
    proxy_http_version 1.1;
    proxy_buffering off;
    location /events {
        proxy_read_timeout 24h;
        proxy_pass http://127.0.0.1:6080;
    }
    location /sse {
        proxy_read_timeout 45s;
        proxy_pass http://127.0.0.1:6080;
    }
}
server {
    proxy_http_version 1.1;
    proxy_buffering off;
    proxy_read_timeout 300;
    location /events {
        proxy_pass http://127.0.0.1:6080;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, pass := range proxiedAnywhere(p.Host) {
			s := settingsScope(pass.Scope)
			why, ok := eventStream(p, s)
			if !ok {
				continue
			}
			timeout := s.Get("proxy_read_timeout")
			p.SkipHole(timeout)
			if d, ok := timeout.Duration(); ok && d <= time.Minute && timeout.Owner != s {
				sseReadTimeout(p, pass, s, timeout, d, why)
			}
		}
	},
}

var _ = add(&nginxSSEReadTimeout)

func sseReadTimeout(p *lint.Pass, pass *model.Pass, s *model.Scope, timeout model.Value, d time.Duration, why lint.Note) {
	f := lint.Finding{
		At:    lint.At(pass.Directive),
		Msg:   fmt.Sprintf("%s is cut when no event comes for %s", s.Label(), seconds(d)),
		Notes: []lint.Note{why},
	}
	if timeout.Set() {
		f.Notes = append(f.Notes, lint.Note{Msg: "proxy_read_timeout comes from here", At: lint.At(timeout.Settings[0].Directive)})
	} else {
		f.Notes = append(f.Notes, lint.Note{Msg: "60s is the default of proxy_read_timeout"})
	}
	f.Notes = append(f.Notes, assumed(timeout)...)
	c := newCure(pass, facts.Never)
	c.lessSafe(lint.Unsafe)
	c.set("proxy_read_timeout", "1h")
	f.Fix = cureStream(c)
	p.Report(f)
}
