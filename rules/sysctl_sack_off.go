package rules

import "github.com/tcplint/tcplint/internal/lint"

var sysctlSackOff = lint.Rule{
	ID:       "sysctl-sack-off",
	Title:    "selective acknowledgements are switched off",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `With selective acknowledgements a receiver says which segments have arrived behind a gap, and the sender repeats the missing ones only. Without them it learns of one lost segment a round trip, and the loss detection of today's kernels (RACK, which builds on SACK) has nothing to go by: several losses in one window take as many round trips, or end in a retransmission time-out. What that costs was not measured here.

Many files switch it off because of the "SACK panic" of June 2019 (CVE-2019-11477). Kernels of that summer and later are mended, with tcp_min_snd_mss as the lever.

Ignore it on a link that loses nothing.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
		"https://www.rfc-editor.org/rfc/rfc2018",
		"https://www.rfc-editor.org/rfc/rfc8985",
	},
	Examples: []lint.Example{
		{
			Bad: `net.ipv4.tcp_sack = 0
#^^^^^^^^^^^^^^^^^^^^ tcp_sack = 0 lets the sender repair one lost segment a round trip
net.ipv4.tcp_timestamps = 1
`,
			Good: `net.ipv4.tcp_timestamps = 1
`,
		},
		{
			Name: "silent: on",
			Bad: `net.ipv4.tcp_sack = 1
`,
		},
	},
	Check: func(p *lint.Pass) {
		switchedOff(p, "net.ipv4.tcp_sack", "tcp_sack = 0 lets the sender repair one lost segment a round trip")
	},
}

var _ = add(&sysctlSackOff)
