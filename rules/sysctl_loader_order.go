package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
)

var sysctlLoaderOrder = lint.Rule{
	ID:       "sysctl-loader-order",
	Title:    "procps and systemd end with different values",
	Severity: lint.Info,
	Written:  true,
	Since:    "0.1",
	Why: `Two programs read the files of kernel settings. Both take those of the sysctl.d folders in the order of their names. But "sysctl --system" of procps reads /etc/sysctl.conf last, so that it always wins, while systemd-sysctl, which sets the values at boot on most systems, reads it only through a link in sysctl.d. Debian up to 12, Fedora and RHEL have such a link, 99-sysctl.conf; Debian 13 has none, and a link that somebody made decides with its own name.

So a value that differs between sysctl.conf and a file of sysctl.d is one after boot and another after "sysctl --system". Measured with procps 3.3.17 to 4.0.7 and systemd 252 and 257.

Nor do they write the same lines. procps writes every line in turn; systemd-sysctl writes a key once, with its last value, where that value first stood. "tcp_rmem = 8192 262144 16777216", then "tcp_rmem = 4096 87380", ends with the maximum of the first line under procps and with the kernel's own under systemd. "all.disable_ipv6 = 1", "lo.disable_ipv6 = 0", "all.disable_ipv6 = 1" takes ::1 from lo under procps and leaves it under systemd (measured with 252, 257 and 262).

Say which of them is in use with loader = "systemd" under [target] or --loader, and what the other does is not looked at.`,
	Refs: []string{
		"https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html",
		"https://man7.org/linux/man-pages/man8/sysctl.8.html",
	},
	Examples: []lint.Example{
		{
			Name: "sysctl.conf and a file of sysctl.d",
			Bad: `-- etc/sysctl.conf --
net.core.somaxconn = 1024
#^^^^^^^^^^^^^^^^^^^^^^^^ net.core.somaxconn is 1024 where procps reads the files, 4096 where systemd does
-- etc/sysctl.d/50-net.conf --
net.core.somaxconn = 4096
`,
			Good: `-- etc/sysctl.conf --
net.core.somaxconn = 4096
`,
		},
		{
			Name: "the last line sets less than an earlier one",
			Bad: `net.ipv4.tcp_rmem = 8192 262144 16777216
net.ipv4.tcp_rmem = 4096 87380
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ net.ipv4.tcp_rmem ends as 4096 87380 16777216 where procps reads the files, as 4096 87380 and the kernel's own where systemd does
`,
			Good: `net.ipv4.tcp_rmem = 4096 87380 16777216
`,
		},
		{
			Name: "the first place counts",
			Bad: `net.ipv6.conf.all.disable_ipv6 = 1
net.ipv6.conf.lo.disable_ipv6 = 0
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ net.ipv6.conf.lo.disable_ipv6 ends as 1 where procps reads the files, as 0 where systemd does
net.ipv6.conf.all.disable_ipv6 = 1
`,
			Good: `net.ipv6.conf.all.disable_ipv6 = 1
net.ipv6.conf.lo.disable_ipv6 = 0
`,
		},
		{
			Name: "silent: the same value, a file of its own, one loader",
			Bad: `-- etc/sysctl.conf --
net.core.somaxconn = 4096
net.ipv4.tcp_syncookies = 1
-- etc/sysctl.d/50-net.conf --
net.core.somaxconn = 4096
-- etc/sysctl.d/60-net.conf --
net.ipv4.tcp_fastopen = 1
`,
		},
		{
			Name:   "silent: it is known who reads them",
			Loader: "procps",
			Bad: `-- etc/sysctl.conf --
net.core.somaxconn = 1024
-- etc/sysctl.d/50-net.conf --
net.core.somaxconn = 4096
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Sysctl == nil {
			return
		}
		for _, key := range p.Host.Sysctl.Keys() {
			procps, systemd, differ := p.Host.Sysctl.Differ(key)
			if !differ {
				disagree(p, key)
				continue
			}
			p.Report(lint.Finding{
				At:  lint.AtLine(procps),
				Msg: fmt.Sprintf("%s is %s where procps reads the files, %s where systemd does", key, procps.Value.Value, systemd.Value.Value),
				Notes: []lint.Note{
					{Msg: "systemd ends with this line", At: lint.AtLine(systemd)},
					{Msg: "procps reads sysctl.conf last, systemd only through a link in sysctl.d"},
				},
			})
		}
	},
}

var _ = add(&sysctlLoaderOrder)

// disagree reports a key of which procps and systemd write different lines.
func disagree(p *lint.Pass, key string) {
	procps, systemd, differ := p.Host.Sysctl.Disagree(key)
	if !differ || key == portRangeKey || key == unprivileged { // sysctl-port-range says which line is refused
		return
	}
	lines := p.Host.Sysctl.Assignments(key)
	p.Report(lint.Finding{
		At:    lint.AtLine(lines[len(lines)-1]),
		Msg:   fmt.Sprintf("%s ends as %s where procps reads the files, as %s where systemd does", key, held(procps, systemd), held(systemd, procps)),
		Notes: []lint.Note{{Msg: "procps writes every line in turn, systemd the last one of a key only, where its value first stood"}},
	})
}

// held writes what the kernel holds, which may be less than with the other loader.
func held(value, other []string) string {
	switch {
	case len(value) == 0:
		return "the kernel's own value"
	case len(value) < len(other):
		return strings.Join(value, " ") + " and the kernel's own"
	}
	return strings.Join(value, " ")
}
