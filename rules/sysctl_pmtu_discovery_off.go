package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/lint"
)

var _ = add(lint.Rule{
	ID:       "sysctl-pmtu-discovery-off",
	Title:    "path MTU discovery is switched off",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.2",
	Why: `With path MTU discovery, TCP sends packets that must not be fragmented, and makes its segments smaller when a router answers that one is too large. ip_no_pmtu_disc = 1 takes the mark off all packets of new sockets, so that routers cut them in pieces: of a packet in two pieces, the loss of one loses both, some firewalls and load balancers drop what is fragmented, and for a destination whose router complains all the same the kernel goes down to min_pmtu, 552 bytes. With 2 it ignores such complaints as well.

It is set to cure connections that hang behind a tunnel whose ICMP messages are filtered. What cures those is tcp_mtu_probing = 1: TCP finds the size by itself once segments get lost.

Measured on Linux 6.18, in a network namespace: of the packets of a short connection all may be cut but the one that answers the SYN, and none without the line. With 1, 2 and 3 a new socket has IP_MTU_DISCOVER 0 in place of 1.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
		"https://www.rfc-editor.org/rfc/rfc4821",
	},
	Examples: []lint.Example{
		{
			Bad: `net.ipv4.ip_no_pmtu_disc = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^^ ip_no_pmtu_disc = 1 lets routers cut packets in pieces
net.ipv4.tcp_mtu_probing = 1
`,
			Good: `net.ipv4.tcp_mtu_probing = 1
`,
		},
		{
			Name: "silent: on",
			Bad: `net.ipv4.ip_no_pmtu_disc = 0
`,
		},
		{
			Name: "silent: the hardened mode",
			Bad: `net.ipv4.ip_no_pmtu_disc = 3
`,
		},
	},
	Check: func(p *lint.Pass) {
		v := p.Host.Sysctl.Get("net.ipv4.ip_no_pmtu_disc")
		n, ok := v.Int()
		if !ok || n < 1 || n > 2 {
			return
		}
		p.Report(lint.Finding{
			At:    lint.AtLine(v.Assignment),
			Msg:   fmt.Sprintf("ip_no_pmtu_disc = %d lets routers cut packets in pieces, and what drops pieces stops the connection", n),
			Notes: []lint.Note{{Msg: "tcp_mtu_probing = 1 cures connections that hang where ICMP is filtered"}},
			Fix:   dropLines(v, p.Host, func(n int64) bool { return n != 0 }),
		})
	},
})
