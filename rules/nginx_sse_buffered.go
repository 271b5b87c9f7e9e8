package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxSSEBuffered = lint.Rule{
	ID:       "nginx-sse-buffered",
	Title:    "an event stream is buffered",
	Severity: lint.Warning,
	Fix:      lint.Safe,
	AnyText:  true,
	Since:    "0.1",
	Why: `With proxy_buffering on, nginx passes on what fills a buffer. A response over HTTP/1.0 is such a stream of bytes without structure, so the events of a stream wait until 4 or 8 kB have gathered or the stream ends: the page hangs, then everything arrives at once.

Measured (experiment 4, ten events in 2.7 seconds): over HTTP/1.0 the first event reaches the client after 2.7 seconds; with proxy_buffering off after 0. Over HTTP/1.1 a chunked stream flows even with buffering on, but one without chunks, or one that nginx compresses, is held again. So it is a warning where HTTP/1.0 is in use (the default before 1.29.7) and info with 1.1. Where nginx compresses the stream, nginx-sse-gzip speaks in place of the latter.

A location counts as an event stream if something says so: text/event-stream or X-Accel-Buffering in its block, a path whose last part is events, sse, eventsource, event-stream or subscribe, or [sse] locations in .tcplint.toml. A location that passes Upgrade is a WebSocket and is left alone. The header X-Accel-Buffering: no, sent by the backend, has the same effect as proxy_buffering off: if the application sends it, suppress the finding with that reason.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering",
		"https://github.com/nginx/nginx/blob/master/src/event/ngx_event_pipe.c",
	},
	Examples: []lint.Example{
		{
			Name: "every default",
			Bad: `server {
    location /events {
        proxy_pass http://127.0.0.1:6080;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the events of location /events are held back
    }
}
`,
			Good: `server {
    location /events {
        proxy_pass http://127.0.0.1:6080;
        proxy_buffering off;
        proxy_http_version 1.1;
    }
}
`,
		},
		{
			Name: "HTTP/1.1, and buffering from the server",
			Bad: `server {
    proxy_http_version 1.1;
    proxy_buffering on;
    location /live {
        add_header Content-Type text/event-stream;
        proxy_pass http://127.0.0.1:6080;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    }
}
`,
			Good: `server {
    proxy_http_version 1.1;
    proxy_buffering on;
    location /live {
        add_header Content-Type text/event-stream;
        proxy_pass http://127.0.0.1:6080;
        proxy_buffering off;
    }
}
`,
		},
		{
			Name: "silent: buffering is off around it, and a WebSocket",
			Bad: `server {
    proxy_buffering off;
    location /api/sse {
        proxy_pass http://127.0.0.1:6080;
    }
}
server {
    location /events {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
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
			buffering := s.Get("proxy_buffering")
			p.SkipHole(buffering)
			if buffering.Where("on").Empty() {
				continue
			}
			sseBuffered(p, pass, s, buffering, why)
		}
	},
}

var _ = add(&nginxSSEBuffered)

// proxiedAnywhere returns all HTTP passes, those with a target that is not
// known among them.
func proxiedAnywhere(h *model.Host) []*model.Pass {
	if h.Nginx == nil {
		return nil
	}
	return h.Nginx.Proxied(false)
}

func sseBuffered(p *lint.Pass, pass *model.Pass, s *model.Scope, buffering model.Value, why lint.Note) {
	version := s.Get("proxy_http_version")
	old := version.Where("1.0")
	f := lint.Finding{
		At:    lint.At(pass.Directive),
		Notes: append([]lint.Note{why}, assumed(buffering)...),
	}
	if buffering.Set() {
		f.Notes = append(f.Notes, lint.Note{Msg: "buffering is switched on here", At: lint.At(buffering.Settings[0].Directive)})
	}
	types, compressed := gzipsEvents(s)
	if compressed && old.Empty() {
		return // nginx-sse-gzip knows more
	}
	if compressed {
		f.Notes = append(f.Notes, lint.Note{Msg: "over HTTP/1.1, too, as they are compressed", At: lint.At(types.Directive)})
	}
	c := newCure(pass, old)
	c.set("proxy_buffering", "off")
	if old.Empty() {
		f.Msg = fmt.Sprintf("the events of %s are buffered: a stream without chunks, or a compressed one, is held back", s.Label())
		f.Fix = cureStream(c)
		p.ReportMild(lint.Info, f)
		return
	}
	c.set("proxy_http_version", "1.1")
	f.Msg = fmt.Sprintf("the events of %s are held back until a buffer fills or the stream ends: it is buffered and comes over HTTP/1.0", s.Label())
	f.Versions = p.NginxVersions(old, "where proxy_http_version defaults to 1.0")
	if f.Fix = cureStream(c); f.Fix != nil {
		// What HTTP/1.0 hid may then be seen: that nginx closes each connection. The
		// fix of nginx-proxy-http10 cures both, but may be unsafe here.
		f.Fix.Leads = []string{"nginx-proxy-connection-close"}
	}
	if _, in := poolWhere(pass, old); !in.Without(s.Connection().Close).Empty() {
		closingFirst(pass.Target.Upstream, &f)
	}
	p.Report(f)
}
