package rules

import "github.com/tcplint/tcplint/internal/lint"

var sysctlWindowScalingOff = lint.Rule{
	ID:       "sysctl-window-scaling-off",
	Title:    "TCP window scaling is switched off",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `Without window scaling no receive window is larger than 65535 bytes, whatever tcp_rmem allows, so a connection carries 64 KiB a round trip at most: 5.2 Mbit/s over 100 ms, 52 Mbit/s over 10 ms. That holds for what this host receives and, since the option must be in both SYNs, for what it sends, too.

Measured in a network namespace on Linux 6.18: with tcp_window_scaling=0, ss shows no wscale and a window of 65535 bytes.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
		"https://www.rfc-editor.org/rfc/rfc7323",
	},
	Examples: []lint.Example{
		{
			Bad: `net.ipv4.tcp_window_scaling = 0
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_window_scaling = 0 leaves 64 KiB a round trip
net.ipv4.tcp_sack = 1
`,
			Good: `net.ipv4.tcp_sack = 1
`,
		},
		{
			Name: "silent: on",
			Bad: `net.ipv4.tcp_window_scaling = 1
`,
		},
	},
	Check: func(p *lint.Pass) {
		switchedOff(p, "net.ipv4.tcp_window_scaling", "tcp_window_scaling = 0 leaves 64 KiB a round trip: 5 Mbit/s over 100 ms")
	},
}

var _ = add(&sysctlWindowScalingOff)
