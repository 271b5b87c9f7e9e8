package rules

import (
	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

const twRecycle = "net.ipv4.tcp_tw_recycle"

var sysctlTCPTWRecycle = lint.Rule{
	ID:       "sysctl-tcp-tw-recycle",
	Title:    "tcp_tw_recycle dropped clients behind NAT and is gone since Linux 4.12",
	Severity: lint.Error,
	Fix:      lint.Safe,
	AnyText:  true,
	Since:    "0.1",
	Why: `Up to Linux 4.11, tcp_tw_recycle=1 made the kernel remember the last TCP timestamp of each client address and drop, without an answer, every SYN whose timestamp was not newer. Clients that share an address behind NAT have different clocks, so they shut each other out at random (PAWSPassiveRejected in nstat). Since 4.10 every connection has a timestamp offset of its own, which broke it even without NAT.

Linux 4.12 removed the key (commit 4396e46187ca). On later kernels "sysctl -p" complains "cannot stat /proc/sys/net/ipv4/tcp_tw_recycle" and exits with 1.

There is no replacement, and none is needed: keep connections alive, and use tcp_tw_reuse=1 on the side that connects.`,
	Refs: []string{
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/commit/?id=4396e46187ca5070219b81773c4e65088dac50cc",
	},
	Examples: []lint.Example{
		{
			Bad: `net.ipv4.tcp_syncookies = 1
net.ipv4.tcp_tw_recycle = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_tw_recycle does not exist since Linux 4.12
net.ipv4.tcp_fin_timeout = 30
`,
			Good: `net.ipv4.tcp_syncookies = 1
net.ipv4.tcp_fin_timeout = 30
`,
		},
		{
			Name:      "of a pod",
			Container: "kubernetes-1.29",
			Bad: `net.ipv4.ip_unprivileged_port_start = 80
net.ipv4.tcp_tw_recycle = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^ the pod does not start
`,
			Good: `net.ipv4.ip_unprivileged_port_start = 80
`,
		},
		{
			Name:   "a kernel that still has it",
			Kernel: "3.10",
			Bad: `net.ipv4.tcp_tw_recycle = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_tw_recycle=1 drops connections of clients that share an address
net.ipv4.tcp_fin_timeout = 30
`,
			Good: `net.ipv4.tcp_fin_timeout = 30
`,
		},
		{
			Name:   "silent: switched off on a kernel that has it",
			Kernel: "3.10",
			Bad: `net.ipv4.tcp_tw_recycle = 0
`,
		},
	},
	Check: func(p *lint.Pass) {
		gone := p.Host.Target.Kernel.Intersect(facts.Since(facts.V(4, 12, 0)))
		for _, a := range assignments(p.Host, twRecycle) {
			n, ok := model.ParseInt(a.Value.Value)
			off := ok && n == 0
			unknown := source.HasUnknown(a.Value.Value)
			f := lint.Finding{At: lint.AtLine(a), Fix: removeLine(a)}
			switch {
			case gone.Empty() && (off || unknown):
				continue
			case gone.Empty():
				f.Msg = "tcp_tw_recycle=1 drops connections of clients that share an address behind NAT"
				p.Report(f)
			case off || unknown:
				f.Msg = "tcp_tw_recycle does not exist since Linux 4.12: " + refusal(p.Host)
				p.ReportMild(lint.Warning, f)
			default:
				f.Msg = "tcp_tw_recycle does not exist since Linux 4.12, and dropped clients behind NAT before: " + refusal(p.Host)
				p.Report(f)
			}
		}
	},
}

var _ = add(&sysctlTCPTWRecycle)

// refusal says what becomes of a line that sets a key which is not there.
func refusal(h *model.Host) string {
	switch c := h.Target.Container; {
	case c.Pod && c.Declared:
		return "the pod does not start"
	case c.In && c.Declared:
		return "the container does not start"
	}
	return "sysctl fails on the line"
}

// assignments are the lines of a host that set a key by name.
func assignments(h *model.Host, key string) []model.Assignment {
	if h.Sysctl == nil {
		return nil
	}
	return h.Sysctl.Assignments(key)
}

func removeLine(a model.Assignment) *lint.Fix {
	return &lint.Fix{
		Title: "remove the line", Safety: lint.Safe,
		Edits: lint.InSysctl(a.Tree, sysctl.Remove(a.Tree, a.Entry)),
	}
}
