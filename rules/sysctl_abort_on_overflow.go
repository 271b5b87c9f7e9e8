package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/lint"
)

var sysctlAbortOnOverflow = lint.Rule{
	ID:       "sysctl-abort-on-overflow",
	Title:    "connections are reset when the accept queue is full for a moment",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `When the last packet of a handshake meets a full accept queue, the kernel drops it, and the client sends it again: a burst costs that client some time and nothing else. With tcp_abort_on_overflow=1 the kernel resets the connection, and the client gets an error, although the server would have had a place a moment later.

It does not make clients fail fast in general: a SYN that arrives while the queue is full is dropped all the same.

Measured on Linux 6.18: with the queue full and tcp_abort_on_overflow=1, a client that connects still runs into its time-out.

The kernel's documentation advises to use it only where the service surely cannot be made to accept faster.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/ipv4/tcp_minisocks.c",
	},
	Examples: []lint.Example{
		{
			Bad: `net.ipv4.tcp_abort_on_overflow = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_abort_on_overflow = 1 resets clients whenever the accept queue is full
net.core.somaxconn = 4096
`,
			Good: `net.core.somaxconn = 4096
`,
		},
		{
			Name: "silent: off",
			Bad: `net.ipv4.tcp_abort_on_overflow = 0
`,
		},
	},
	Check: func(p *lint.Pass) {
		v := p.Host.Sysctl.Get("net.ipv4.tcp_abort_on_overflow")
		n, ok := v.Int()
		if !ok || n <= 0 {
			return
		}
		p.Report(lint.Finding{
			At:  lint.AtLine(v.Assignment),
			Msg: fmt.Sprintf("tcp_abort_on_overflow = %d resets clients whenever the accept queue is full", n),
			Fix: dropLines(v, p.Host, func(n int64) bool { return n != 0 }),
		})
	},
}

var _ = add(&sysctlAbortOnOverflow)
