package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// fewConnections is a rate of new connections a second below which ports are
// counted.
const fewConnections = 500

var hostEphemeralPorts = lint.Rule{
	ID:       "host-ephemeral-ports",
	Title:    "connections that are not kept open, and few ports to open them from",
	Severity: lint.Warning,
	Fix:      lint.Shown,
	AnyText:  true,
	Since:    "0.1",
	Why: `A request over a connection of its own takes a local port, and where nginx closes the connection first, the port stays in TIME_WAIT for 60 seconds. So to one address and port there are ports / 60 requests a second: 470 with the kernel's own range, 1075 with "1024 65535". Beyond that connect() fails at once with "99: Cannot assign requested address", and clients get 502.

nginx closes first where it speaks HTTP/1.1 without "Connection: close" to something that has no pool: with these lines before 1.29.7, and with none at all since. HTTP/1.0 leaves most of it to the backend.

Measured (experiment 8, 201 ports): 201 of 2000 requests succeed. With tcp_tw_reuse=1 a port is free again after a second; the kernel's default since 4.18, 2, does that for 127.0.0.0/8 and ::1 alone. With a pool 4 connections carry all.

With the kernel's own range this is info: it is reported because the host has a file of kernel settings that could change it.`,
	Refs: []string{
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/ipv4/tcp_ipv4.c",
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive",
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
	},
	Examples: []lint.Example{
		{
			Name:  "an address, and a narrow range",
			Nginx: "1.30.0",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location / {
            proxy_pass http://10.0.0.5:8080;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 20000 ports allow 333 requests a second to http://10.0.0.5:8080: nginx closes each connection first, which holds its port for 60 seconds
        }
    }
}
-- sysctl.conf --
net.ipv4.ip_local_port_range = 40000 59999
`,
			Good: `-- sysctl.conf --
net.ipv4.ip_local_port_range = 1024 65535
`,
		},
		{
			Name:  "the kernel's own range, an upstream with one server",
			Nginx: "1.28.0",
			Bad: `-- nginx.conf --
events {}
http {
    upstream app {
        server 10.0.0.5:8080;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
           #^^^^^^^^^^^^^^^^^^^^^^ 28232 ports allow 470 requests a second to upstream "app"
        }
    }
}
-- sysctl.conf --
net.core.somaxconn = 4096
`,
			Good: `-- sysctl.conf --
net.core.somaxconn = 4096
net.ipv4.tcp_tw_reuse = 1
`,
		},
		{
			Name: "some releases close first",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location / {
            proxy_pass http://10.0.0.5:8080;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 28232 ports allow 470 requests a second
        }
    }
}
-- sysctl.conf --
net.core.somaxconn = 4096
`,
			Good: `-- sysctl.conf --
net.ipv4.ip_local_port_range = 1024 65535
`,
		},
		{
			Name:  "silent: the loopback interface, whose ports are free after a second",
			Nginx: "1.30.0",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location / {
            proxy_pass http://127.0.0.1:8080;
        }
    }
}
-- sysctl.conf --
net.core.somaxconn = 4096
`,
		},
		{
			Name:  "silent: tcp_tw_reuse",
			Nginx: "1.30.0",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location / {
            proxy_pass http://10.0.0.5:8080;
        }
    }
}
-- sysctl.conf --
net.ipv4.tcp_tw_reuse = 1
`,
		},
		{
			Name:  "silent: a pool, and few requests",
			Nginx: "1.30.0",
			Bad: `-- nginx.conf --
events {}
http {
    upstream app {
        server 10.0.0.5:8080;
    }
    server {
        location / {
            proxy_pass http://app;
        }
        location /health {
            proxy_pass http://10.0.0.5:8080;
        }
    }
}
-- sysctl.conf --
net.core.somaxconn = 4096
`,
		},
		{
			Name:  "silent: HTTP/1.0, which the backend closes",
			Nginx: "1.28.0",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location / {
            proxy_pass http://10.0.0.5:8080;
        }
    }
}
-- sysctl.conf --
net.core.somaxconn = 4096
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || p.Host.Sysctl == nil {
			return
		}
		low, high, v, ok := ephemeral(p.Host)
		spared, known := reserved(p.Host)
		if !ok || !known {
			return
		}
		ports := 0
		for port := low; port <= high; port++ {
			if !spared(port) {
				ports++
			}
		}
		if ports >= fewConnections*timeWait {
			return
		}
		for _, a := range addresses(p.Host, func(pass *model.Pass) bool { return exhausts(p.Host, pass, pass.Target.Host) }) {
			fewPortsFor(p, a.passes[0], a.name, ports, v, ownPool(p.Host, a.passes[0]))
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			if len(u.Servers) != 1 || unpooled(u).Empty() {
				continue
			}
			host, _ := hostPort(u.Servers[0].Arg(0))
			for _, pass := range u.Passes {
				if exhausts(p.Host, pass, host) {
					fix := addPool(p.Host, u)
					if fix != nil {
						fix.Safety = lint.Shown
					}
					fewPortsFor(p, pass, fmt.Sprintf("upstream %q", u.Name), ports, v, fix)
					break
				}
			}
		}
	},
}

var _ = add(&hostEphemeralPorts)

// exhausts reports whether a pass opens connections to an address that hold
// their ports for the whole of TIME_WAIT.
func exhausts(h *model.Host, pass *model.Pass, host string) bool {
	if pass.Protocol != "proxy" || !busy(pass) || closesFirst(pass).Empty() || strings.HasPrefix(host, "unix:") || host == "unix" {
		return false
	}
	reuse, stamps := h.Sysctl.Get("net.ipv4.tcp_tw_reuse"), h.Sysctl.Get("net.ipv4.tcp_timestamps")
	n, ok := reuse.Int()
	on, set := stamps.Int()
	switch {
	case !reuse.Sure, !stamps.Sure, reuse.Set && !ok, stamps.Set && !set:
		return false
	case set && on == 0:
		return true // sysctl-tw-reuse-without-timestamps
	case reuse.Set:
		return n == 0 || n == 2 && !isLoopback(host)
	}
	return !isLoopback(host)
}

// closesFirst returns the versions of the target in which nginx closes the
// connections of a pass itself, since it asks to keep them and has no pool.
func closesFirst(pass *model.Pass) facts.Range {
	conn := pass.Scope.Connection()
	if !conn.Sure {
		return facts.Never
	}
	in := pass.Scope.Get("proxy_http_version").Where("1.1").Without(conn.Close)
	if u := pass.Target.Upstream; u != nil {
		pool, ok := u.Pool()
		if !ok {
			return facts.Never
		}
		in = in.Without(pool)
	}
	return in
}

func fewPortsFor(p *lint.Pass, pass *model.Pass, name string, ports int, v model.SysctlValue, fix *lint.Fix) {
	f := lint.Finding{
		At: lint.At(pass.Directive),
		Msg: fmt.Sprintf("%d ports allow %d requests a second to %s: nginx closes each connection first, which holds its port for %d seconds",
			ports, ports/timeWait, name, timeWait),
		Versions: p.NginxVersions(closesFirst(pass), ""),
		Fix:      fix,
	}
	if v.Set {
		f.Notes = []lint.Note{{Msg: "the range is set here", At: lint.AtLine(v.Assignment)}}
		p.Report(f)
		return
	}
	f.Notes = []lint.Note{{Msg: "that is the kernel's own range; connections that are kept, a wider range or tcp_tw_reuse = 1 help"}}
	p.ReportMild(lint.Info, f)
}
