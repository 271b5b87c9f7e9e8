package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var hostIPv6ListenDisabled = lint.Rule{
	ID:       "host-ipv6-listen-disabled",
	Title:    "nginx listens on IPv6 on a host that switches it off",
	Severity: lint.Error,
	Fix:      lint.Shown,
	Since:    "0.1",
	Why: `disable_ipv6=1 takes the IPv6 addresses off the interfaces and leaves the protocol. "listen [::]:80" still binds, and since nginx sets IPV6_V6ONLY unless told otherwise, nobody can reach that socket: a line without effect, and info. A certain address is another matter: "listen [::1]:80" fails with "bind() to [::1]:80 failed (99: Cannot assign requested address)", and nginx does not start.

Measured in a network namespace on Linux 6.18.

With ipv6only=off the socket serves IPv4, too, and with net.ipv6.ip_nonlocal_bind=1 any address can be bound: the rule is silent then.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#listen",
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
	},
	Examples: []lint.Example{
		{
			Name: "any address",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 80;
        listen [::]:80;
       #^^^^^^^^^^^^^^^ nobody can reach [::]:80: IPv6 is switched off
    }
}
-- sysctl.conf --
net.ipv6.conf.all.disable_ipv6 = 1
`,
			Good: `-- nginx.conf --
events {}
http {
    server {
        listen 80;
    }
}
`,
		},
		{
			Name: "loopback",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen [::1]:8080;
       #^^^^^^^^^^^^^^^^^^ nginx does not start: it cannot bind [::1]:8080 with IPv6 switched off
    }
}
-- sysctl.conf --
net.ipv6.conf.all.disable_ipv6 = 1
`,
			Good: `-- nginx.conf --
events {}
http {
    server {
        listen 127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "silent: it serves IPv4",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen [::]:80 ipv6only=off;
    }
    server {
        listen [::]:80;
        server_name b.example;
    }
}
-- sysctl.conf --
net.ipv6.conf.all.disable_ipv6 = 1
`,
		},
		{
			Name: "silent: lo keeps its address",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen [::1]:8080;
    }
}
-- sysctl.conf --
net.ipv6.conf.all.disable_ipv6 = 1
net.ipv6.conf.lo.disable_ipv6 = 0
`,
		},
		{
			Name: "silent: one interface has it",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen [::]:80;
    }
}
-- sysctl.conf --
net.ipv6.conf.all.disable_ipv6 = 1
net.ipv6.conf.eth1.disable_ipv6 = 0
`,
		},
		{
			Name: "silent: only interfaces to come are without it",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen [::]:80;
    }
}
-- sysctl.conf --
net.ipv6.conf.default.disable_ipv6 = 1
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || p.Host.Sysctl == nil {
			return
		}
		all := p.Host.Sysctl.Get(ipv6All)
		if n, ok := all.Int(); !ok || n == 0 {
			return
		}
		_, loOff := p.Host.Sysctl.LoopbackWithoutIPv6()
		if n, ok := p.Host.Sysctl.Get("net.ipv6.ip_nonlocal_bind").Int(); ok && n != 0 || !loOff {
			return
		}
		if someIPv6(p.Host) {
			return
		}
		sockets := p.Host.Nginx.Listeners()
		decided := slices.ContainsFunc(p.Host.Nginx.Scopes, listensUnknown)
		for _, s := range p.Host.Nginx.Scopes {
			if !s.Is(model.Server, model.StreamServer) {
				continue
			}
			for set := range s.All("listen") {
				// Options of one line hold for all of the same address.
				if l := sockets[model.ListenKey(set.Arg(0))]; !decided && (l == nil || !l.Has("ipv6only=off")) {
					ipv6Listen(p, s, set, all)
				}
			}
		}
	},
}

var _ = add(&hostIPv6ListenDisabled)

// listensUnknown reports whether a template decides where a server listens, or
// how.
func listensUnknown(s *model.Scope) bool {
	for set := range s.All("listen") {
		if set.Unknown() {
			return true
		}
	}
	return false
}

// someIPv6 reports whether an interface of its own gets IPv6 back.
func someIPv6(h *model.Host) bool {
	for _, key := range h.Sysctl.Keys() {
		if !strings.HasPrefix(key, "net.ipv6.conf.") || !strings.HasSuffix(key, ".disable_ipv6") || key == ipv6All || key == ipv6Default {
			continue
		}
		if n, ok := h.Sysctl.Get(key).Int(); !ok || n == 0 {
			return true
		}
	}
	return false
}

func ipv6Listen(p *lint.Pass, s *model.Scope, set model.Setting, off model.SysctlValue) {
	host, _, ok := strings.Cut(strings.TrimPrefix(set.Arg(0), "["), "]")
	addr, err := netip.ParseAddr(host)
	if !ok || !strings.HasPrefix(set.Arg(0), "[") || err != nil || set.Has("ipv6only=off") {
		return
	}
	f := lint.Finding{
		At:    lint.At(set.Directive),
		Notes: []lint.Note{{Msg: "IPv6 is switched off here", At: lint.AtLine(off.Assignment)}},
	}
	others := 0
	for range s.All("listen") {
		others++
	}
	if others > 1 {
		f.Fix = &lint.Fix{Title: "remove the listen", Safety: lint.Shown, Edits: lint.In(set.Directive, nginx.Remove(set.Directive))}
	}
	if addr.IsUnspecified() {
		f.Msg = fmt.Sprintf("nobody can reach %s: IPv6 is switched off", set.Arg(0))
		p.ReportMild(lint.Info, f)
		return
	}
	f.Msg = fmt.Sprintf("nginx does not start: it cannot bind %s with IPv6 switched off", set.Arg(0))
	p.Report(f)
}
