package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var sysctlExclusionLost = lint.Rule{
	ID:       "sysctl-exclusion-lost",
	Title:    "an interface that an exclusion spares gets the value all the same",
	Severity: lint.Warning,
	Written:  true,
	Fix:      lint.NoFix,
	Since:    "0.2",
	Why: `"-net.ipv4.conf.eth0.rp_filter" without a value keeps wildcards from writing that key. But "net.ipv4.conf.*.rp_filter = 2" writes net.ipv4.conf.default.rp_filter, too, and for IPv4 the kernel hands a new default to every interface whose own key nobody has written yet: eth0 is one, because of the exclusion. An interface that comes later begins with the default as well.

Measured with procps 4.0.2, 4.0.4 and 4.0.7 and systemd 252, 257 and 262, on Linux 6.18: with these two lines, eth0 has 2.

Set the interface's own key, or exclude "default" with it. IPv6 hands on disable_ipv6 and forwarding of "all" only.`,
	Refs: []string{
		"https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html",
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/ipv4/devinet.c",
	},
	Examples: []lint.Example{
		{
			Bad: `net.ipv4.conf.*.rp_filter = 2
-net.ipv4.conf.eth0.rp_filter
 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ eth0 gets rp_filter = 2 all the same
`,
			Good: `net.ipv4.conf.*.rp_filter = 2
net.ipv4.conf.eth0.rp_filter = 0
`,
		},
		{
			Name: "silent: the default is spared, too, or nothing is handed on",
			Bad: `net.ipv4.conf.*.rp_filter = 2
-net.ipv4.conf.eth0.rp_filter
-net.ipv4.conf.default.rp_filter
net.ipv6.conf.*.accept_ra = 0
-net.ipv6.conf.eth0.accept_ra
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Sysctl == nil {
			return
		}
		for _, t := range p.Host.Sysctl.Trees {
			for _, e := range t.Entries {
				if !e.Exclude || e.Glob || p.Host.Sysctl.Masked[t] != nil {
					continue
				}
				key := e.Key.Value
				by, ok := p.Host.Sysctl.Decides(key)
				if !ok {
					continue
				}
				parts := strings.Split(key, ".")
				p.Report(lint.Finding{
					At:    lint.AtKey(model.Assignment{Entry: e, Tree: t}),
					Msg:   fmt.Sprintf("%s gets %s = %s all the same: the kernel hands it on", strings.Join(parts[3:len(parts)-1], "."), parts[len(parts)-1], by.Value.Value),
					Notes: []lint.Note{{Msg: `it is handed on from here; exclude the key of "default", too, or set this one`, At: lint.AtLine(by)}},
				})
			}
		}
	},
}

var _ = add(&sysctlExclusionLost)
