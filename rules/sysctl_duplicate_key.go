package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var sysctlDuplicateKey = lint.Rule{
	ID:       "sysctl-duplicate-key",
	Title:    "a key is set again further down, to another value",
	Severity: lint.Warning,
	Written:  true,
	Fix:      lint.Safe,
	Since:    "0.1",
	Why: `The lines of sysctl.conf are written to the kernel in turn, so the last one that names a key wins. A line that is overwritten further down is dead, and whoever reads it believes in a value that is not in force.

Of several files, procps reads those of the sysctl.d folders in the order of their names and /etc/sysctl.conf last; systemd-sysctl does not read /etc/sysctl.conf at all unless a link in sysctl.d points to it.

Not every earlier line is dead. procps writes them all, so that of a key with several numbers a later line with fewer leaves the rest of the earlier one in force, and so does a later line that the kernel refuses. systemd-sysctl writes the last line of a key only. ip_forward, conf.all.forwarding, conf.all.disable_ipv6 and the keys of "default" change others each time they are written. A line is reported if the kernel ends with the same settings without it, under every loader that may be in use.

Measured with procps 4.0.2 to 4.0.7 and systemd 252, 257 and 262: "tcp_rmem = 8192 262144 16777216", then "tcp_rmem = 4096 87380", ends with 16777216 under procps and with the kernel's own maximum under systemd.

The patch removes the line that is overwritten, if both stand in one file. It is safe where the kernel is known to take the later value.`,
	Refs: []string{
		"https://man7.org/linux/man-pages/man5/sysctl.conf.5.html",
		"https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html",
	},
	Examples: []lint.Example{
		{
			Bad: `net.ipv4.tcp_syncookies = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_syncookies = 1 is overwritten by 0 further down
net.core.somaxconn = 4096
net.ipv4.tcp_syncookies = 0
net.core.somaxconn = 4096
`,
			Good: `net.core.somaxconn = 4096
net.ipv4.tcp_syncookies = 0
net.core.somaxconn = 4096
`,
		},
		{
			Name: "written in two ways",
			Bad: `net/ipv4/tcp_fin_timeout = 30
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^ overwritten by 15
net.ipv4.tcp_fin_timeout = 15
`,
			Good: `net.ipv4.tcp_fin_timeout = 15
`,
		},
		{
			Name: "silent: the later line leaves a number to the earlier one, or is refused",
			Bad: `net.ipv4.tcp_rmem = 8192 262144 16777216
net.ipv4.tcp_rmem = 4096 87380
net.ipv4.ip_local_reserved_ports = 8080,9090
net.ipv4.ip_local_reserved_ports = 8080, 9090, 9100
net.ipv4.tcp_syn_retries = 5
net.ipv4.tcp_syn_retries = 0
`,
		},
		{
			Name: "silent: the earlier line changes others",
			Bad: `net.ipv4.ip_forward = 1
net.ipv4.conf.eth0.forwarding = 1
net.ipv4.ip_forward = 0
net.ipv6.conf.all.disable_ipv6 = 1
net.ipv6.conf.all.disable_ipv6 = 0
`,
		},
		{
			Name: "silent: the same number",
			Bad: `net.core.somaxconn = 0x1000
net.core.somaxconn = 4096
net.ipv4.tcp_wmem = 4096 131072	6291456
net.ipv4.tcp_wmem = 4096	131072 6291456 # all three
`,
		},
		{
			Name: "nothing of the others is changed",
			Bad: `net.ipv4.ip_forward = 0
#^^^^^^^^^^^^^^^^^^^^^^ overwritten by 1
net.ipv4.ip_forward = 1
net.ipv4.conf.default.rp_filter = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ overwritten by 2
net.ipv4.conf.default.rp_filter = 2
`,
			Good: `net.ipv4.ip_forward = 1
net.ipv4.conf.default.rp_filter = 2
`,
		},
		{
			Name: "silent: the first line serves kernels without the second's module",
			Bad: `net.core.default_qdisc = fq_codel
net.core.default_qdisc = fq
net.ipv4.tcp_congestion_control = htcp
net.ipv4.tcp_congestion_control = bbr
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Sysctl == nil {
			return
		}
		for _, key := range p.Host.Sysctl.Keys() {
			for _, d := range p.Host.Sysctl.Dead(key) {
				if !misordered(d.Assignment, d.By) { // sysctl-not-loaded speaks of an order that nobody meant
					p.Report(deadLine(key, d))
				}
			}
		}
	},
}

var _ = add(&sysctlDuplicateKey)

func deadLine(key string, d model.DeadLine) lint.Finding {
	f := lint.Finding{
		At:    lint.AtLine(d.Assignment),
		Msg:   fmt.Sprintf("%s = %s is overwritten by %s further down", short(key), d.Value.Value, d.By.Value.Value),
		Notes: []lint.Note{{Msg: "this one is in force", At: lint.AtLine(d.By)}},
	}
	if d.Tree != d.By.Tree {
		f.Msg = fmt.Sprintf("%s = %s is overwritten by %s in a file that is read later", short(key), d.Value.Value, d.By.Value.Value)
		return f
	}
	f.Fix = removeLine(d.Assignment)
	if !d.Sure {
		f.Fix.Safety = lint.Unsafe
	}
	return f
}
