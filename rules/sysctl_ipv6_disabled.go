package rules

import (
	"github.com/tcplint/tcplint/internal/lint"
)

const (
	ipv6All     = "net.ipv6.conf.all.disable_ipv6"
	ipv6Default = "net.ipv6.conf.default.disable_ipv6"
)

var sysctlIPv6Disabled = lint.Rule{
	ID:       "sysctl-ipv6-disabled",
	Title:    "what disable_ipv6 does, and what it does not",
	Severity: lint.Info,
	Fix:      lint.NoFix,
	Since:    "0.1",
	Why: `disable_ipv6=1 takes the IPv6 addresses off interfaces. The protocol stays: "listen [::]:80" still binds, while a bind or a connection to [::1] or to any other IPv6 address fails with "99: Cannot assign requested address". "all" reaches every interface, lo included, and those to come; "default" reaches only those to come; "lo" takes away ::1 alone.

What becomes of the name localhost depends on the resolver. Where /etc/hosts has a line for ::1, glibc answers nginx with 127.0.0.1 twice: two peers that are one backend (experiment 5).

Measured in a network namespace on Linux 6.18, with glibc 2.36. To have no IPv6 at all, boot with ipv6.disable=1.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/ipv6/addrconf.c",
	},
	Examples: []lint.Example{
		{
			Name: "all",
			Bad: `net.ipv6.conf.all.disable_ipv6 = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ::1 is gone with it, while "listen [::]" still works
net.ipv6.conf.default.disable_ipv6 = 1
`,
			Good: `net.ipv6.conf.all.disable_ipv6 = 0
`,
		},
		{
			Name: "default",
			Bad: `net.ipv6.conf.default.disable_ipv6 = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this reaches only interfaces that come later
`,
			Good: `net.ipv6.conf.all.disable_ipv6 = 0
`,
		},
		{
			Name: "silent: lo keeps its address, or IPv6 stays on",
			Bad: `net.ipv6.conf.all.disable_ipv6 = 1
net.ipv6.conf.lo.disable_ipv6 = 0
`,
		},
		{
			Name: "silent: on",
			Bad: `net.ipv6.conf.all.disable_ipv6 = 0
net.ipv6.conf.default.disable_ipv6 = 0
`,
		},
	},
	Check: func(p *lint.Pass) {
		if line, off := p.Host.Sysctl.LoopbackWithoutIPv6(); off {
			p.Report(lint.Finding{
				At:    lint.AtLine(line),
				Msg:   `::1 is gone with it, while "listen [::]" still works`,
				Notes: []lint.Note{{Msg: `"localhost" may then stand for 127.0.0.1 twice`}},
			})
			return
		}
		all, fresh := p.Host.Sysctl.Get(ipv6All), p.Host.Sysctl.Get(ipv6Default)
		n, ok := fresh.Int()
		if m, set := all.Int(); !ok || n == 0 || set && m != 0 || all.Set && !all.Sure {
			return
		}
		p.Report(lint.Finding{
			At:  lint.AtLine(fresh.Assignment),
			Msg: "this reaches only interfaces that come later: those that are there at boot, lo among them, keep IPv6",
		})
	},
}

var _ = add(&sysctlIPv6Disabled)
