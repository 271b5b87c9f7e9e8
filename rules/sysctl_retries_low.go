package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/lint"
)

var sysctlRetriesLow = lint.Rule{
	ID:       "sysctl-retries-low",
	Title:    "TCP gives up after too few attempts",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `tcp_retries2 says for how long a connection is kept whose segments nobody acknowledges. It stands for a time and not a count: n means what n doublings of 200 milliseconds add up to, 924 seconds for the default of 15, 102 for 8, 13 for 5 and 3 for 3. RFC 1122 wants at least 100 seconds, which is 8. Less than that, and connections die in a short break of the network, a restart of a router or a suspended laptop.

Measured (experiment 19): with tcp_retries2=5 a connection to a client that had vanished ended after 13.6 seconds.

tcp_syn_retries and tcp_synack_retries count the attempts of a handshake behind the first, after 1, 3, 7, 15 seconds. With 1, two lost packets end it after 3 seconds, where the defaults of 6 and 5 try for a minute or two. A flood of SYNs is what SYN cookies are for.

tcp_orphan_retries=0 does not mean none: the kernel takes it for 8. It is the default, and reported as info.

Ignore it in a data centre whose failover needs connections to fail within seconds, and prefer TCP_USER_TIMEOUT of the application.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/ipv4/tcp_timer.c",
		"https://www.rfc-editor.org/rfc/rfc1122",
	},
	Examples: []lint.Example{
		{
			Bad: `net.ipv4.tcp_retries2 = 5
#^^^^^^^^^^^^^^^^^^^^^^^^ tcp_retries2 = 5 ends a connection after 13 seconds without an answer
net.ipv4.tcp_syn_retries = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_syn_retries = 1 ends a handshake after 3 seconds
net.ipv4.tcp_synack_retries = 0
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_synack_retries = 0 ends a handshake after 1 second
net.ipv4.tcp_orphan_retries = 0
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_orphan_retries = 0 means 8 attempts, not none
net.ipv4.tcp_syncookies = 1
`,
			Good: `net.ipv4.tcp_syncookies = 1
`,
		},
		{
			Name: "silent: enough",
			Bad: `net.ipv4.tcp_retries2 = 8
net.ipv4.tcp_syn_retries = 2
net.ipv4.tcp_synack_retries = 2
net.ipv4.tcp_orphan_retries = 3
`,
		},
		{
			Name: "silent: sysctl-value speaks of what the kernel refuses",
			Bad: `net.ipv4.tcp_syn_retries = 0
net.ipv4.tcp_retries2 = -1
`,
		},
	},
	Check: func(p *lint.Pass) {
		fewRetries(p, "net.ipv4.tcp_retries2", 0, enoughRetries2, func(n int64) string {
			return fmt.Sprintf("ends a connection after %s without an answer", inSeconds(float64(int(2)<<n-1)/5))
		})
		handshake := func(n int64) string {
			return "ends a handshake after " + inSeconds(float64(int(2)<<n-1))
		}
		fewRetries(p, "net.ipv4.tcp_syn_retries", 1, enoughSYNs, handshake)
		fewRetries(p, "net.ipv4.tcp_synack_retries", 0, enoughSYNs, handshake)

		v := p.Host.Sysctl.Get("net.ipv4.tcp_orphan_retries")
		if n, ok := v.Int(); ok && n == 0 && !p.Host.Sysctl.Live {
			p.ReportMild(lint.Info, lint.Finding{
				At:  lint.AtLine(v.Assignment),
				Msg: "tcp_orphan_retries = 0 means 8 attempts, not none",
				Fix: dropLines(v, p.Host, func(n int64) bool { return n == 0 }),
			})
		}
	},
}

var _ = add(&sysctlRetriesLow)

const (
	enoughRetries2 = 8
	enoughSYNs     = 2
)

// fewRetries reports a count from least, below which the kernel refuses it, to
// below enough.
func fewRetries(p *lint.Pass, key string, least, enough int64, what func(int64) string) {
	few := func(n int64) bool { return n >= least && n < enough }
	v := p.Host.Sysctl.Get(key)
	if n, ok := v.Int(); ok && few(n) {
		p.Report(lint.Finding{
			At:  lint.AtLine(v.Assignment),
			Msg: fmt.Sprintf("%s = %d %s", short(key), n, what(n)),
			Fix: dropLines(v, p.Host, few),
		})
	}
}

// inSeconds writes a time.
func inSeconds(s float64) string {
	if s == 1 {
		return "1 second"
	}
	if s < 1 {
		return fmt.Sprintf("%.1f seconds", s)
	}
	return fmt.Sprintf("%.0f seconds", s)
}
