package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var _ = add(lint.Rule{
	ID:       "sysctl-duplicate-key",
	Title:    "a key is set again further down, to another value",
	Severity: lint.Warning,
	Written:  true,
	Fix:      lint.Safe,
	Since:    "0.1",
	Why: `The lines of sysctl.conf are written to the kernel in turn, so the last one that names a key wins. A line that is overwritten further down is dead, and whoever reads it believes in a value that is not in force.

Of several files, procps reads those of the sysctl.d folders in the order of their names and /etc/sysctl.conf last; systemd-sysctl does not read /etc/sysctl.conf at all unless a link in sysctl.d points to it.

The patch removes the line that is overwritten, if both stand in one file.`,
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
			if fallback[key] {
				continue
			}
			lines := p.Host.Sysctl.Assignments(key)
			last := lines[len(lines)-1]
			_, systemd, differ := p.Host.Sysctl.Differ(key)
			for _, a := range lines[:len(lines)-1] {
				if differ && a.Tree == systemd.Tree {
					continue // sysctl-loader-order: for systemd it is in force
				}
				if model.Fields(a.Value.Value) == model.Fields(last.Value.Value) || misordered(a, last) {
					continue // sysctl-not-loaded speaks of an order that nobody meant
				}
				f := lint.Finding{
					At:    lint.AtLine(a),
					Msg:   fmt.Sprintf("%s = %s is overwritten by %s further down", short(key), a.Value.Value, last.Value.Value),
					Notes: []lint.Note{{Msg: "this one is in force", At: lint.AtLine(last)}},
				}
				if a.Tree == last.Tree {
					f.Fix = removeLine(a)
				} else {
					f.Msg = fmt.Sprintf("%s = %s is overwritten by %s in a file that is read later", short(key), a.Value.Value, last.Value.Value)
				}
				p.Report(f)
			}
		}
	},
})

// fallback are keys that take the name of a module: a kernel without the second
// one keeps the first.
var fallback = map[string]bool{"net.ipv4.tcp_congestion_control": true, "net.core.default_qdisc": true}
