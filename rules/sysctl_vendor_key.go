package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
)

var sysctlVendorKey = lint.Rule{
	ID:       "sysctl-vendor-key",
	Title:    "a key that only one vendor's kernels have",
	Severity: lint.Warning,
	Written:  true,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `Some keys come from a patch that one vendor carries and Linux never took. net.ipv4.tcp_tw_timeout, which sets the length of TIME_WAIT, is the one that guides copy most: kernels of Alibaba Cloud have it, all others fix TIME_WAIT at 60 seconds. On another kernel "sysctl -p" prints "cannot stat" and exits with 1, and nothing is set.

Where a distribution as common as Debian has the key, this is info.

Ignore it where the vendor's kernel is the one in use.`,
	Refs: []string{
		"https://github.com/alibaba/cloud-kernel/issues/6",
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/include/net/tcp.h",
	},
	Examples: []lint.Example{
		{
			Bad: `net.ipv4.tcp_tw_timeout = 5
#^^^^^^^^^^^^^^^^^^^^^^ net.ipv4.tcp_tw_timeout exists only in kernels of Alibaba Cloud Linux
net.ipv4.tcp_rto_min = 200
#^^^^^^^^^^^^^^^^^^^ net.ipv4.tcp_rto_min exists only in patched kernels
net.ipv4.tcp_tw_reuse = 1
`,
			Good: `net.ipv4.tcp_tw_reuse = 1
`,
		},
		{
			Name: "of a common distribution",
			Bad: `kernel.unprivileged_userns_clone = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ exists only in kernels of Debian, Ubuntu and others with their patch
`,
			Good: `user.max_user_namespaces = 10000
`,
		},
		{
			Name: "of another tree of Linux",
			Bad: `net.mptcp.mptcp_path_manager = fullmesh
#^^^^^^^^^^^^^^^^^^^^^^^^^^^ net.mptcp.mptcp_path_manager exists only in kernels of multipath-tcp.org, 0.86 to 0.96
net.mptcp.enabled = 1
`,
			Good: `net.mptcp.enabled = 1
`,
		},
		{
			Name: "silent: mainline had it, or nobody has",
			Bad: `net.ipv4.tcp_fack = 1
fs.inode-max = 65536
net.ipv4.tcp_tw_len = 5
`,
		},
	},
	Check: func(p *lint.Pass) {
		for a := range settings(p.Host) {
			g, ok := facts.GoneParamOf(a.Key.Value)
			if !ok || g.Vendor == "" || !g.Removed.IsZero() {
				continue
			}
			whose := "kernels of " + g.Vendor
			if strings.Contains(g.Vendor, "kernels") {
				whose = g.Vendor
			}
			f := lint.Finding{At: lint.AtKey(a), Msg: fmt.Sprintf("%s exists only in %s", a.Key.Value, whose)}
			if g.Detail != "" {
				f.Notes = append(f.Notes, lint.Note{Msg: g.Detail})
			}
			if g.Instead != "" {
				f.Notes = append(f.Notes, lint.Note{Msg: "what every kernel has: " + g.Instead})
			}
			if strings.Contains(g.Vendor, "Debian") {
				p.ReportMild(lint.Info, f)
				continue
			}
			f.Fix = removeLine(a)
			f.Fix.Title, f.Fix.Safety = "remove the line, unless that kernel is in use", lint.Unsafe
			p.Report(f)
		}
	},
}

var _ = add(&sysctlVendorKey)
