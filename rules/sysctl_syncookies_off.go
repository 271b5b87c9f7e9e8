package rules

import "github.com/tcplint/tcplint/internal/lint"

var sysctlSyncookiesOff = lint.Rule{
	ID:       "sysctl-syncookies-off",
	Title:    "SYN cookies are switched off",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `The queue of half-open connections is as long as the accept queue: min(backlog, net.core.somaxconn). While it is full, the kernel answers a SYN with a cookie, which needs no place in the queue; with tcp_syncookies=0 it drops the SYN instead, and earlier, since it keeps a quarter of tcp_max_syn_backlog for peers that it knows. A burst of clients then waits a second and more for its next attempt, and a flood of SYNs shuts everybody out.

Cookies cost nothing until then: with the default, 1, they are sent only while the queue is full.

Ignore it where something in front of the host answers SYNs.`,
	Refs: []string{
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/ipv4/tcp_input.c",
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
	},
	Examples: []lint.Example{
		{
			Bad: `net.ipv4.tcp_syncookies = 0
#^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_syncookies = 0 drops SYNs while the queue is full
net.ipv4.tcp_max_syn_backlog = 4096
`,
			Good: `net.ipv4.tcp_max_syn_backlog = 4096
`,
		},
		{
			Name: "silent: on",
			Bad: `net.ipv4.tcp_syncookies = 1
`,
		},
	},
	Check: func(p *lint.Pass) {
		switchedOff(p, "net.ipv4.tcp_syncookies", "tcp_syncookies = 0 drops SYNs while the queue is full", "sysctl-removed-key")
	},
}

var _ = add(&sysctlSyncookiesOff)
