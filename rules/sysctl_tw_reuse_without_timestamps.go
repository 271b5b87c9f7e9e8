package rules

import (
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/sysctl"
)

var sysctlTWReuseWithoutTimestamps = lint.Rule{
	ID:       "sysctl-tw-reuse-without-timestamps",
	Title:    "tcp_tw_reuse without TCP timestamps does nothing",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `tcp_tw_reuse lets connect() take over a port whose connection is in TIME_WAIT, if the timestamp of the old connection proves that it is over. With tcp_timestamps=0 there is no timestamp, so no port is ever taken over, and ports run out as if the line were not there.

Measured (experiment 8, 201 ephemeral ports, 2000 requests): with tcp_tw_reuse=1 and timestamps off none is reused, and 1799 requests fail.

Switching timestamps off also costs protection against old segments, exact round-trip times, and the TCP options of connections that came in through SYN cookies. Since Linux 4.10 timestamps have a random offset and tell nothing about uptime.`,
	Refs: []string{
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/ipv4/tcp_ipv4.c",
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
	},
	Examples: []lint.Example{
		{
			Bad: `net.ipv4.tcp_timestamps = 0
net.ipv4.tcp_tw_reuse = 1
#^^^^^^^^^^^^^^^^^^^^^^^^ tcp_tw_reuse has no effect while tcp_timestamps is 0
`,
			Good: `net.ipv4.tcp_timestamps = 1
net.ipv4.tcp_tw_reuse = 1
`,
		},
		{
			Name: "silent: switched on further down",
			Bad: `net.ipv4.tcp_timestamps = 0
net.ipv4.tcp_tw_reuse = 1
net.ipv4.tcp_timestamps = 1
`,
		},
	},
	Check: func(p *lint.Pass) {
		reuse, stamps := p.Host.Sysctl.Get("net.ipv4.tcp_tw_reuse"), p.Host.Sysctl.Get("net.ipv4.tcp_timestamps")
		n, ok := reuse.Int()
		ts, ok2 := stamps.Int()
		if !ok || !ok2 || n == 0 || ts != 0 {
			return
		}
		p.Report(lint.Finding{
			At:    lint.AtLine(reuse.Assignment),
			Msg:   "tcp_tw_reuse has no effect while tcp_timestamps is 0",
			Notes: []lint.Note{{Msg: "timestamps are switched off here", At: lint.AtLine(stamps.Assignment)}},
			Fix:   setValue(stamps.Assignment, "1"),
		})
	},
}

var _ = add(&sysctlTWReuseWithoutTimestamps)

// setValue gives a line another value.
func setValue(a model.Assignment, value string) *lint.Fix {
	return &lint.Fix{
		Title: "set " + short(a.Key.Value) + " to " + value, Safety: lint.Unsafe,
		Edits: lint.InSysctl(a.Tree, sysctl.SetValue(a.Entry, value)),
		Leads: []string{"sysctl-duplicate-key"}, // earlier lines that said the same say another thing now
	}
}
