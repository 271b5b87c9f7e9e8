package rules

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

var nginxUpgradeTimeout = lint.Rule{
	ID:       "nginx-upgrade-timeout",
	Title:    "a WebSocket that is quiet for a minute is cut",
	Severity: lint.Info,
	Fix:      lint.Unsafe,
	AnyText:  true,
	Since:    "0.1",
	Why: `proxy_read_timeout holds for a WebSocket, too: after 60 seconds, the default, in which neither side has sent anything, nginx closes both connections. Clients that reconnect hide it; others lose messages.

Measured: traffic in either direction counts (experiment 14). "proxy_socket_keepalive on" does not help: with proxy_read_timeout 2s a quiet WebSocket is cut after 2.0 seconds with it and without it (nginx 1.22.1), since the probes are the kernel's and no data.

Applications that send a ping more often than once a minute need nothing: ignore it there. Paths of Socket.IO, SockJS, SignalR and Action Cable, which do so by themselves, are left alone. The alternative is a longer time, which also keeps the connections of clients that are gone; "so_keepalive=on" on the listen directive finds those (experiment 19).`,
	Refs: []string{
		"https://nginx.org/en/docs/http/websocket.html",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout",
	},
	Examples: []lint.Example{
		{
			Bad: `server {
    location /ws {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        proxy_pass http://127.0.0.1:8080;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ a WebSocket that is quiet for 60 seconds is cut: proxy_read_timeout is the default
    }
}
`,
			Good: `server {
    location /ws {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        proxy_pass http://127.0.0.1:8080;
        proxy_read_timeout 1h;
    }
}
`,
		},
		{
			Name: "silent: it is set, no WebSocket, one with a heartbeat, and one that cannot work",
			Bad: `server {
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection upgrade;
    proxy_read_timeout 60s;
    location /ws {
        proxy_pass http://127.0.0.1:8080;
    }
    location /app {
        proxy_set_header Host $host;
        proxy_pass http://127.0.0.1:8080;
    }
}
server {
    location /socket.io/ {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        proxy_pass http://127.0.0.1:8080;
    }
    location / {
        proxy_set_header Upgrade $http_upgrade;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || !p.Host.Nginx.Sends("Upgrade") {
			return
		}
		for _, pass := range proxiedAnywhere(p.Host) {
			s := settingsScope(pass.Scope)
			headers := s.Get("proxy_set_header")
			timeout := s.Get("proxy_read_timeout")
			if s.Kind != model.Location || !headers.Sure || !upgrades(s, headers) || !http2Where(s).Empty() {
				continue // nginx-http2-upstream-headers speaks of HTTP/2, over which none is opened
			}
			if p.SkipHole(timeout); !timeout.Sure || timeout.Set() {
				continue
			}
			c := newCure(pass, facts.Never)
			c.set("proxy_read_timeout", "1h")
			c.lessSafe(lint.Unsafe)
			if servesPlain(s) {
				c.lessSafe(lint.Shown) // plain requests would wait as long
			}
			p.Report(lint.Finding{
				At:    lint.At(pass.Directive),
				Msg:   "a WebSocket that is quiet for 60 seconds is cut: proxy_read_timeout is the default",
				Notes: assumed(timeout),
				Fix:   c.result(),
			})
		}
	},
}

var _ = add(&nginxUpgradeTimeout)

// upgrades reports whether a location serves WebSockets that nothing is known
// to keep busy: it passes both headers, and its path names no protocol with a
// heartbeat.
func upgrades(s *model.Scope, headers model.Value) bool {
	asks := slices.ContainsFunc(headers.Settings, func(h model.Setting) bool {
		value := strings.ToLower(h.Arg(1))
		return strings.EqualFold(h.Arg(0), "Connection") && (strings.Contains(value, "upgrade") || strings.Contains(value, "$"))
	})
	if !asks || !s.Upgrades() || s.Block == nil {
		return false
	}
	for _, w := range s.Block.Args().All() {
		for _, busy := range []string{"socket.io", "sockjs", "signalr", "cable"} {
			if source.HasUnknown(w.Value) || strings.Contains(strings.ReplaceAll(strings.ToLower(w.Value), `\`, ""), busy) {
				return false
			}
		}
	}
	return true
}
