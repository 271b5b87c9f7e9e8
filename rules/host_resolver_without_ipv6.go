package rules

import (
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var hostResolverWithoutIPv6 = lint.Rule{
	ID:       "host-resolver-without-ipv6",
	Title:    "names are looked up for IPv6 on a host without it",
	Severity: lint.Warning,
	Fix:      lint.Safe,
	Since:    "0.2",
	Why: `nginx's resolver asks for A and AAAA, whatever the host can do, and takes the addresses in turn. With IPv6 switched off a connection to one of IPv6 fails at once, "connect() failed (99: Cannot assign requested address)" or 101. nginx then tries the next address, so most clients notice nothing; but the failures are charged to the servers, each costs a try, and a name with IPv6 addresses alone gives 502.

Measured (nginx 1.22.1, 1.26.3 and 1.30.6, a name with one address of each kind, disable_ipv6 = 1): 8 to 15 of 20 requests begin with a failed connection; with "ipv6=off" none.

getaddrinfo, which looks names up at start, leaves IPv6 out by itself on such a host; the resolver is nginx's own.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
	},
	Examples: []lint.Example{
		{
			Bad: `-- nginx.conf --
events {}
http {
    resolver 10.0.0.2 valid=30s;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^^ resolver asks for IPv6 addresses, and IPv6 is switched off: connections to them fail
    server {
        listen 80;
        location / {
            set $backend app.example.com;
            proxy_pass http://$backend;
        }
    }
}
-- sysctl.conf --
net.ipv6.conf.all.disable_ipv6 = 1
`,
			Good: `-- nginx.conf --
events {}
http {
    resolver 10.0.0.2 valid=30s ipv6=off;
    server {
        listen 80;
        location / {
            set $backend app.example.com;
            proxy_pass http://$backend;
        }
    }
}
`,
		},
		{
			Name: "it is asked for in writing",
			Bad: `-- nginx.conf --
events {}
http {
    resolver 10.0.0.2 ipv6=on;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^ resolver asks for IPv6 addresses
}
-- sysctl.conf --
net.ipv6.conf.all.disable_ipv6 = 1
`,
			Good: `-- nginx.conf --
events {}
http {
    resolver 10.0.0.2 ipv6=off;
}
`,
		},
		{
			Name: "silent: off, IPv6 on one interface, and on all",
			Bad: `-- nginx.conf --
events {}
http {
    resolver 10.0.0.2 ipv6=off;
}
-- sysctl.conf --
net.ipv6.conf.all.disable_ipv6 = 1
`,
		},
		{
			Name: "silent: an interface has IPv6",
			Bad: `-- nginx.conf --
events {}
http {
    resolver 10.0.0.2;
}
-- sysctl.conf --
net.ipv6.conf.all.disable_ipv6 = 1
net.ipv6.conf.eth1.disable_ipv6 = 0
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || p.Host.Sysctl == nil {
			return
		}
		all := p.Host.Sysctl.Get(ipv6All)
		if n, ok := all.Int(); !ok || n == 0 || someIPv6(p.Host) {
			return
		}
		for _, set := range p.Host.Nginx.Uses("resolver") {
			if set.Unknown() || set.Arg(0) == "off" || set.Has("ipv6=off") {
				continue
			}
			p.Report(lint.Finding{
				At:    lint.At(set.Directive),
				Msg:   "resolver asks for IPv6 addresses, and IPv6 is switched off: connections to them fail",
				Notes: []lint.Note{{Msg: "IPv6 is switched off here", At: lint.AtLine(all.Assignment)}},
				Fix:   &lint.Fix{Title: "add ipv6=off", Safety: lint.Safe, Edits: withoutIPv6(set)},
			})
		}
	},
}

var _ = add(&hostResolverWithoutIPv6)

func withoutIPv6(set model.Setting) []lint.FileEdit {
	args := set.Args()
	i := args.Index(func(w nginx.Arg) bool { return strings.HasPrefix(w.Value, "ipv6=") })
	if i < 0 {
		i = args.Len()
	}
	return setArg(set.Directive, i, "ipv6=off")
}
