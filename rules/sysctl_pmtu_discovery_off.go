package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/lint"
)

var sysctlPMTUDiscoveryOff = lint.Rule{
	ID:       "sysctl-pmtu-discovery-off",
	Title:    "path MTU discovery is switched off",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.2",
	Why: `With path MTU discovery, TCP sends packets that must not be fragmented, and makes its segments smaller when a router answers that one is too large. ip_no_pmtu_disc = 1 takes the mark off all packets of new sockets, so that routers cut them in pieces: of a packet in two pieces, the loss of one loses both, some firewalls and load balancers drop what is fragmented, and for a destination whose router complains all the same the kernel goes down to min_pmtu, 552 bytes. With 2 it ignores such complaints as well.

It is set to cure connections that hang behind a tunnel whose ICMP messages are filtered. What cures those is tcp_mtu_probing = 1: TCP finds the size by itself once segments get lost.

Packets of more than 1500 bytes, as in a network of containers with an MTU of 9000, are too large for most paths beyond it. Where the messages about that are filtered, a connection hangs as soon as much is sent; with tcp_mtu_probing = 0 written beside such a network, nothing gets it going again. That is info.

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
			Name: "large packets, and no probes",
			Bad: `-- nginx.conf --
events {}
http { server { listen 80; } }
-- sysctl.conf --
net.ipv4.tcp_mtu_probing = 0
#^^^^^^^^^^^^^^^^^^^^^^^^^^^ packets may have 9000 bytes here, and tcp_mtu_probing = 0 finds no smaller size where ICMP is filtered
-- compose.yaml --
services:
  nginx:
    image: nginx:1.27
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]
networks:
  default:
    driver_opts:
      com.docker.network.driver.mtu: "9000"
`,
			Good: `-- sysctl.conf --
net.ipv4.tcp_mtu_probing = 1
`,
		},
		{
			Name: "silent: packets of ordinary size",
			Bad: `-- nginx.conf --
events {}
http { server { listen 80; } }
-- sysctl.conf --
net.ipv4.tcp_mtu_probing = 0
-- compose.yaml --
services:
  nginx:
    image: nginx:1.27
networks:
  default:
    driver_opts:
      com.docker.network.driver.mtu: "1450"
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
		largeWithoutProbes(p)
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
}

var _ = add(&sysctlPMTUDiscoveryOff)

func largeWithoutProbes(p *lint.Pass) {
	v, services := p.Host.Sysctl.Get("net.ipv4.tcp_mtu_probing"), p.Host.Services()
	if n, ok := v.Int(); !ok || n != 0 || services == nil || len(services.LargeFrames) == 0 {
		return
	}
	large := services.LargeFrames[0]
	p.ReportMild(lint.Info, lint.Finding{
		At:    lint.AtLine(v.Assignment),
		Msg:   fmt.Sprintf("packets may have %d bytes here, and tcp_mtu_probing = 0 finds no smaller size where ICMP is filtered", large.MTU),
		Notes: []lint.Note{{Msg: "the size of a packet", At: lint.Place{File: large.At.File, Span: large.At.Span}}},
		Fix:   setNumber(v, "1"),
	})
}
