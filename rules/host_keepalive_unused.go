package rules

import (
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var hostKeepaliveUnused = lint.Rule{
	ID:       "host-keepalive-unused",
	Title:    "TCP keepalive is tuned, and nginx never asks for it",
	Severity: lint.Info,
	Fix:      lint.Shown,
	Since:    "0.1",
	Why: `tcp_keepalive_time, tcp_keepalive_intvl and tcp_keepalive_probes say how the kernel probes idle connections, on sockets that ask for it with SO_KEEPALIVE. nginx asks with "so_keepalive=on" on listen, for clients, and with "proxy_socket_keepalive on" and its like, for backends. Both are off by default, and then the settings do nothing for nginx.

Measured (experiment 19): a WebSocket client that vanished stayed ESTABLISHED for as long as was watched, whatever the settings; with so_keepalive=on and the settings at 2, 1 and 2 it was gone after 2.8 seconds.

They have nothing to do with HTTP keep-alive, keepalive_timeout.

Ignore it where the settings are meant for other programs of the host.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#listen",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_socket_keepalive",
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
	},
	Examples: []lint.Example{
		{
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 80;
    }
}
-- sysctl.conf --
net.ipv4.tcp_keepalive_time = 60
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ nginx never asks for TCP keepalive: tcp_keepalive_time does nothing for its connections
net.ipv4.tcp_keepalive_probes = 3
`,
			Good: `-- nginx.conf --
events {}
http {
    server {
        listen 80 so_keepalive=on;
    }
}
`,
		},
		{
			Name: "silent: it asks",
			Bad: `-- nginx.conf --
events {}
http {
    proxy_socket_keepalive on;
    server {
        listen 80;
    }
}
-- sysctl.conf --
net.ipv4.tcp_keepalive_time = 60
`,
		},
		{
			Name: "silent: an include may ask",
			Bad: `-- nginx.conf --
events {}
http {
    include /srv/unseen/*.conf;
    server {
        listen 80;
    }
}
-- sysctl.conf --
net.ipv4.tcp_keepalive_time = 60
`,
		},
		{
			Name: "silent: nothing listens, or nothing is tuned",
			Bad: `-- nginx.conf --
events {}
-- sysctl.conf --
net.ipv4.tcp_keepalive_time = 60
`,
		},
	},
	Check: func(p *lint.Pass) {
		n := p.Host.Nginx
		if n == nil || p.Host.Sysctl == nil || n.HasUnseen() || asksForKeepalive(n) {
			return
		}
		all := n.Listeners()
		if len(all) == 0 {
			return
		}
		for _, key := range []string{"time", "intvl", "probes"} {
			v := p.Host.Sysctl.Get("net.ipv4.tcp_keepalive_" + key)
			if !v.Set || p.Host.KernelsOwn(v.Key.Value, v.Value.Value) {
				continue
			}
			p.Report(lint.Finding{
				At:    lint.AtLine(v.Assignment),
				Msg:   "nginx never asks for TCP keepalive: " + short(v.Key.Value) + " does nothing for its connections",
				Notes: []lint.Note{{Msg: `"so_keepalive=on" on listen asks for it, and "proxy_socket_keepalive on" for backends`}},
				Fix:   &lint.Fix{Title: `add "so_keepalive=on" to listen`, Safety: lint.Shown},
			})
			return
		}
	},
}

var _ = add(&hostKeepaliveUnused)

// asksForKeepalive reports whether a socket of nginx has SO_KEEPALIVE.
func asksForKeepalive(n *model.Nginx) bool {
	for _, s := range n.Scopes {
		for _, set := range s.Settings {
			if strings.HasSuffix(set.Name(), "_socket_keepalive") && set.Arg(0) == "on" {
				return true
			}
			if set.Name() != "listen" {
				continue
			}
			for _, w := range set.Args().All() {
				if v, ok := strings.CutPrefix(w.Value, "so_keepalive="); ok && v != "off" {
					return true
				}
			}
		}
	}
	return false
}
