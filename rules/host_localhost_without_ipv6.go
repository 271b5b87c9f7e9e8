package rules

import "github.com/tcplint/tcplint/internal/lint"

var hostLocalhostWithoutIPv6 = lint.Rule{
	ID:       "host-localhost-without-ipv6",
	Title:    `"localhost" as a backend on a host that switches IPv6 off`,
	Severity: lint.Warning,
	Fix:      lint.Safe,
	AnyText:  true,
	Since:    "0.1",
	Why: `disable_ipv6=1 takes ::1 off the loopback interface. What nginx makes of "localhost" then depends on when it started. Before the setting took effect it has a peer [::1], and every request that goes there fails with "connect() to [::1] failed (99: Cannot assign requested address)". After it, the resolver of glibc answers 127.0.0.1 twice where /etc/hosts has a line for ::1: two peers that are one backend, so that a short failure counts twice and takes both out for fail_timeout.

Measured (experiment 5): a backend that restarts in 2 seconds gives 10 to 12.7 seconds of 502; with 127.0.0.1 in place of the name they end with the restart.

Nothing listens on ::1 on such a host, so the patch is safe where the backend does not see the name as its Host.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server",
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
	},
	Examples: []lint.Example{
		{
			Bad: `-- nginx.conf --
events {}
http {
    upstream app {
        server localhost:6080;
              #^^^^^^^^^^^^^^ "localhost" stands for [::1], too, and disable_ipv6 takes that away
    }
}
-- sysctl.conf --
net.ipv6.conf.all.disable_ipv6 = 1
`,
			Good: `-- nginx.conf --
events {}
http {
    upstream app {
        server 127.0.0.1:6080;
    }
}
`,
		},
		{
			Name: "silent: lo keeps its address",
			Bad: `-- nginx.conf --
events {}
http {
    upstream app {
        server localhost:6080;
    }
}
-- sysctl.conf --
net.ipv6.conf.all.disable_ipv6 = 1
net.ipv6.conf.lo.disable_ipv6 = 0
`,
		},
	},
	Check: func(p *lint.Pass) {
		line, off := p.Host.Sysctl.LoopbackWithoutIPv6()
		if !off {
			return
		}
		for _, l := range localhosts(p.Host) {
			p.Report(lint.Finding{
				At:    l.at,
				Msg:   `"localhost" stands for [::1], too, and disable_ipv6 takes that away: requests to it fail, or 127.0.0.1 counts twice`,
				Notes: []lint.Note{{Msg: "IPv6 is switched off here", At: lint.AtLine(line)}},
				Fix:   l.fix("127.0.0.1", lint.Safe),
			})
		}
	},
}

var _ = add(&hostLocalhostWithoutIPv6)
