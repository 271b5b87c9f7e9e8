package rules

import (
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxTCPNodelayOff = lint.Rule{
	ID:       "nginx-tcp-nodelay-off",
	Title:    "small writes wait for an acknowledgement",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `With tcp_nodelay off the kernel holds a small segment back until all that was sent before is acknowledged (Nagle's algorithm), and the other side holds the acknowledgement back for up to 40 ms. Whatever is written in several small pieces pays for both: chunked responses, streams, WebSocket messages, answers over a connection that is kept.

Measured (nginx 1.22.1, loopback, a chunked response of three parts, 3 ms apart, over a kept connection): 10 ms with tcp_nodelay on, 44 to 48 ms with it off, with and without buffering.

It is on by default, in http and in stream. What it saves when off is a few packets in traffic of many tiny writes.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#tcp_nodelay",
		"https://nginx.org/en/docs/stream/ngx_stream_core_module.html#tcp_nodelay",
	},
	Examples: []lint.Example{
		{
			Bad: `server {
    tcp_nodelay off;
   #^^^^^^^^^^^^^^^^ small writes wait for the client's acknowledgement, some 40 ms: tcp_nodelay is off
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    tcp_nodelay on;
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "silent: on, or by default",
			Bad: `server {
    location / {
        tcp_nodelay on;
    }
    location /app/ {
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for s, set := range p.Host.Nginx.Owning("tcp_nodelay") {
			if set.Arg(0) != "off" || !s.Is(model.HTTP, model.Server, model.Location, model.Stream, model.StreamServer) {
				continue
			}
			whose := "the client's acknowledgement"
			if s.Is(model.Stream, model.StreamServer) {
				whose = "an acknowledgement"
			}
			p.Report(lint.Finding{
				At:  lint.At(set.Directive),
				Msg: fmt.Sprintf("small writes wait for %s, some 40 ms: tcp_nodelay is off", whose),
				Fix: &lint.Fix{
					Title: "switch tcp_nodelay on", Safety: lint.Unsafe, Edits: setArg(set.Directive, 0, "on"),
					Changes: []string{"tcp_nodelay"}, Scopes: slices.Collect(s.Walk()),
				},
			})
		}
	},
}

var _ = add(&nginxTCPNodelayOff)
