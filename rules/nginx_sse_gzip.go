package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxSSEGzip = lint.Rule{
	ID:       "nginx-sse-gzip",
	Title:    "a buffered event stream is compressed",
	Severity: lint.Warning,
	Fix:      lint.Safe,
	AnyText:  true,
	Since:    "0.1",
	Why: `The compressor of nginx gives out what it has when its own buffer is full, or when it is told to flush. With proxy_buffering on nobody tells it, so the events of a stream wait inside it until the stream ends, over HTTP/1.1 as well. With proxy_buffering off it flushes after each event.

Compressed is what gzip_types names, if it names text/event-stream or is "*", for clients that accept gzip, as all browsers do. "gzip on" alone compresses text/html only and does no harm.

Measured (experiment 4, nginx 1.22.1 to 1.31.5, ten events in 2.7 seconds over HTTP/1.1): the first event arrives after 2.7 seconds, also with events of 5 kB; with proxy_buffering off after 0.

The patch is the one of nginx-sse-buffered, which says how a location is known to serve events, and which speaks instead where HTTP/1.0 holds the events as well. "X-Accel-Buffering: no" from the backend has the same effect: if the application sends it, suppress the finding with that reason.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_gzip_module.html#gzip_types",
		"https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_gzip_filter_module.c",
	},
	Examples: []lint.Example{
		{
			Name: "every type is compressed",
			Bad: `events {}
http {
    gzip on;
    gzip_types *;
    server {
        proxy_http_version 1.1;
        location /events {
            proxy_pass http://127.0.0.1:6080;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the events of location /events are held back until the stream ends: they are buffered and compressed
        }
    }
}
`,
			Good: `events {}
http {
    gzip on;
    gzip_types *;
    server {
        proxy_http_version 1.1;
        location /events {
            proxy_pass http://127.0.0.1:6080;
            proxy_buffering off;
        }
    }
}
`,
		},
		{
			Name: "silent: not compressed, and flushed",
			Bad: `events {}
http {
    gzip on;
    gzip_types text/css application/json;
    server {
        proxy_http_version 1.1;
        location /sse {
            proxy_buffering off;
            gzip_types text/event-stream;
            proxy_pass http://127.0.0.1:6080;
        }
        location /events {
            proxy_pass http://127.0.0.1:6080;
        }
        location /subscribe {
            gzip_types *;
            gzip off;
            proxy_pass http://127.0.0.1:6080;
        }
    }
}
`,
		},
		{
			Name: "silent: HTTP/1.0 holds them as well, which nginx-sse-buffered says",
			Bad: `events {}
http {
    gzip on;
    gzip_types text/event-stream;
    server {
        location /events {
            proxy_pass http://127.0.0.1:6080;
        }
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
			types, compressed := gzipsEvents(s)
			buffering := s.Get("proxy_buffering")
			if !compressed || buffering.Where("on").Empty() || !s.Get("proxy_http_version").Where("1.0").Empty() {
				continue
			}
			c := newCure(pass, facts.Never)
			c.set("proxy_buffering", "off")
			p.Report(lint.Finding{
				At:    lint.At(pass.Directive),
				Msg:   fmt.Sprintf("the events of %s are held back until the stream ends: they are buffered and compressed", s.Label()),
				Notes: append([]lint.Note{why, {Msg: "these types are compressed", At: lint.At(types.Directive)}}, assumed(buffering)...),
				Fix:   cureStream(c),
			})
		}
	},
}

var _ = add(&nginxSSEGzip)

// gzipsEvents reports whether nginx surely compresses event streams at a scope,
// and what says so.
func gzipsEvents(s *model.Scope) (types model.Setting, ok bool) {
	on, named := s.Get("gzip"), s.Get("gzip_types")
	if !on.Sure || on.Text() != "on" || !named.Sure {
		return model.Setting{}, false
	}
	for _, set := range named.Settings {
		for _, w := range set.Args().All() {
			if w.Value == "*" || w.Value == "text/event-stream" {
				return set, true
			}
		}
	}
	return model.Setting{}, false
}
