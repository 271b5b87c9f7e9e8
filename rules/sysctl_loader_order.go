package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/lint"
)

var _ = add(lint.Rule{
	ID:       "sysctl-loader-order",
	Title:    "procps and systemd end with different values",
	Severity: lint.Info,
	Written:  true,
	Since:    "0.1",
	Why: `Two programs read the files of kernel settings. Both take those of the sysctl.d folders in the order of their names. But "sysctl --system" of procps reads /etc/sysctl.conf last, so that it always wins, while systemd-sysctl, which sets the values at boot on most systems, reads it only through a link in sysctl.d. Debian up to 12, Fedora and RHEL have such a link, 99-sysctl.conf; Debian 13 has none, and a link that somebody made decides with its own name.

So a value that differs between sysctl.conf and a file of sysctl.d is one after boot and another after "sysctl --system". Measured with procps 3.3.17 to 4.0.7 and systemd 252 and 257.

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
})
