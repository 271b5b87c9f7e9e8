package rules

import "github.com/tcplint/tcplint/internal/lint"

var sysctlTimestampsOff = lint.Rule{
	ID:       "sysctl-timestamps-off",
	Title:    "TCP timestamps are switched off",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `TCP timestamps cost 12 bytes a segment. Without them the kernel cannot tell an old segment from a new one when sequence numbers wrap around (PAWS), measures round-trip times less well, and loses window scaling and SACK on every connection that came in through a SYN cookie. tcp_tw_reuse has no effect either.

Measured (experiment 8, 201 ports, 2000 requests): with tcp_tw_reuse=1 and timestamps off no port is taken over, and 1799 requests fail.

The reasons that guides give are gone: since Linux 4.10 every connection has a random offset, so timestamps tell nothing of the uptime, and the clients behind NAT that tcp_tw_recycle dropped are safe since 4.12, which removed it.

Ignore it where a policy demands it and throughput does not matter.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
		"https://www.rfc-editor.org/rfc/rfc7323",
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/ipv4/syncookies.c",
	},
	Examples: []lint.Example{
		{
			Bad: `net.ipv4.tcp_timestamps = 0
#^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_timestamps = 0 costs PAWS, tcp_tw_reuse and the options of connections behind SYN cookies
net.ipv4.tcp_sack = 1
`,
			Good: `net.ipv4.tcp_sack = 1
`,
		},
		{
			Name: "twice",
			Bad: `net.ipv4.tcp_timestamps = 0
net.ipv4.tcp_sack = 1
net.ipv4.tcp_timestamps = 0
#^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_timestamps = 0
`,
			Good: `net.ipv4.tcp_sack = 1
`,
		},
		{
			Name: "silent: on again",
			Bad: `net.ipv4.tcp_timestamps = 0
net.ipv4.tcp_timestamps = 1
`,
		},
		{
			Name: "silent: the kernel refuses the value",
			Bad: `net.ipv4.tcp_timestamps = off
`,
		},
	},
	Check: func(p *lint.Pass) {
		switchedOff(p, "net.ipv4.tcp_timestamps", "tcp_timestamps = 0 costs PAWS, tcp_tw_reuse and the options of connections behind SYN cookies")
	},
}

var _ = add(&sysctlTimestampsOff)

// switchedOff reports a setting that is 0 in the end.
func switchedOff(p *lint.Pass, key, msg string, leads ...string) {
	v := p.Host.Sysctl.Get(key)
	n, ok := v.Int()
	if !ok || n != 0 {
		return
	}
	fix := dropLines(v, p.Host, func(n int64) bool { return n == 0 })
	if fix != nil {
		fix.Leads = leads
	}
	p.Report(lint.Finding{At: lint.AtLine(v.Assignment), Msg: msg, Fix: fix})
}
