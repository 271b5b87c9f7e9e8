package rules

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var hostRpFilterStrict = lint.Rule{
	ID:       "host-rp-filter-strict",
	Title:    "strict reverse path filtering on a host with two networks",
	Severity: lint.Info,
	Fix:      lint.Shown,
	Since:    "0.2",
	Why: `With rp_filter = 1 the kernel drops a packet if the way back to its sender would leave by another interface than the one on which it came. On a host that listens in two networks that happens to clients of the one whose route goes through the other, through the default gateway most of the time: their SYNs are dropped before nginx sees anything, without a line in any log (net.ipv4.conf.*.log_martians shows them).

The value in force for an interface is the larger one of "all" and its own, so that 0 for an interface does not take a 1 of "all" back, while 2 does: then the sender only has to be reachable by some interface.

Measured (nginx 1.22.1, 1.26.3 and 1.30.6 on Linux 6.18, in two network namespaces): a client whose packets come in by the one interface, while the default route to it leaves by the other, gets no connection with 1, and IPReversePathFilter of "nstat" grows with each of its SYNs; with 2 it gets its answer.

It is info: with routes of its own for each network ("ip rule") the strict check is right. Addresses count as two networks if they differ in their first two parts.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
		"https://www.rfc-editor.org/rfc/rfc3704.html",
	},
	Examples: []lint.Example{
		{
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 192.0.2.10:80;
        listen 10.20.0.10:80;
    }
}
-- sysctl.conf --
net.ipv4.conf.all.rp_filter = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ strict, while nginx listens on 10.20.0.10 and 192.0.2.10: clients whose way back leaves by the other interface are dropped
`,
			Good: `-- sysctl.conf --
net.ipv4.conf.all.rp_filter = 2
`,
		},
		{
			Name: "silent: loose, and one network",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 192.0.2.10:80;
        listen 192.0.2.11:80;
        listen 127.0.0.1:80;
    }
}
-- sysctl.conf --
net.ipv4.conf.all.rp_filter = 1
`,
		},
		{
			Name: "silent: loose",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 192.0.2.10:80;
        listen 10.20.0.10:80;
    }
}
-- sysctl.conf --
net.ipv4.conf.all.rp_filter = 1
net.ipv4.conf.eth1.rp_filter = 2
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || p.Host.Sysctl == nil {
			return
		}
		one, two, ok := twoNetworks(p.Host.Nginx)
		strict, found := strictFilter(p.Host.Sysctl)
		if !ok || !found {
			return
		}
		fix := setNumber(strict, "2")
		if fix != nil {
			fix.Safety = lint.Shown
		}
		p.Report(lint.Finding{
			At: lint.AtLine(strict.Assignment),
			Msg: fmt.Sprintf("strict, while nginx listens on %s and %s: clients whose way back leaves by the other interface are dropped",
				one, two),
			Fix: fix,
		})
	},
}

var _ = add(&hostRpFilterStrict)

// strictFilter is the line that filters strictly for all interfaces, or for all
// that come later; not found if any interface is loose.
func strictFilter(s *model.Sysctl) (v model.SysctlValue, found bool) {
	for _, key := range s.Keys() {
		if !strings.HasPrefix(key, "net.ipv4.conf.") || !strings.HasSuffix(key, ".rp_filter") {
			continue
		}
		if n, ok := s.Get(key).Int(); !ok || n == 2 {
			return v, false
		}
	}
	for _, name := range []string{"all", "default"} {
		v = s.Get("net.ipv4.conf." + name + ".rp_filter")
		if n, ok := v.Int(); ok && n == 1 {
			return v, true
		}
	}
	return v, false
}

// twoNetworks finds two addresses of IPv4 that nginx listens on and that are most
// likely in different networks.
func twoNetworks(n *model.Nginx) (one, two netip.Addr, ok bool) {
	for key := range n.Listeners() {
		ap, err := netip.ParseAddrPort(key)
		if err != nil || !ap.Addr().Is4() || ap.Addr().IsLoopback() {
			continue
		}
		a := ap.Addr()
		if !one.IsValid() || a.Less(one) {
			one = a
		}
		if !two.IsValid() || two.Less(a) {
			two = a
		}
	}
	if !one.IsValid() {
		return one, two, false
	}
	a, b := one.As4(), two.As4()
	return one, two, a[0] != b[0] || a[1] != b[1]
}
