package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var sysctlRemovedKey = lint.Rule{
	ID:       "sysctl-removed-key",
	Title:    "a key that the kernel no longer has, or no longer looks at",
	Severity: lint.Warning,
	Written:  true,
	Fix:      lint.Safe,
	AnyText:  true,
	Since:    "0.1",
	Why: `Kernel parameters come and go. One that is gone makes "sysctl -p" print "cannot stat" and exit with 1, which ends a deployment or a container's start; systemd-sysctl logs a warning and goes on. One that is still there but no longer read does nothing at all, whatever a tuning guide promises: tcp_low_latency since 4.14, tcp_fack since 4.15, tcp_adv_win_scale since 6.6, route.max_size since 3.6.

net.ipv4.tcp_max_syn_backlog has worked since 4.4 only where SYN cookies are off: with them the accept queue's length (backlog, net.core.somaxconn) bounds the SYN queue too.

The versions come from the sources of 69 kernels, 2.6.18 to 7.3. Where a key went between two of them, the later one counts.

Ignore it for files that must serve kernels on both sides of the change.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/ipv4/sysctl_net_ipv4.c",
	},
	Examples: []lint.Example{
		{
			Name: "gone, and without effect",
			Bad: `net.ipv4.tcp_syncookies = 1
net.ipv4.tcp_low_latency = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_low_latency has no effect since Linux 4.14
net.ipv4.netfilter.ip_conntrack_max = 262144
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ net.ipv4.netfilter.ip_conntrack_max does not exist since Linux 4.9
`,
			Good: `net.ipv4.tcp_syncookies = 1
`,
		},
		{
			Name: "the SYN queue is bounded elsewhere",
			Bad: `net.ipv4.tcp_syncookies = 1
net.ipv4.tcp_max_syn_backlog = 65536
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_max_syn_backlog has no effect since Linux 4.4 while
`,
			Good: `net.ipv4.tcp_syncookies = 1
`,
		},
		{
			Name: "silent: SYN cookies are off",
			Bad: `net.ipv4.tcp_syncookies = 0
net.ipv4.tcp_max_syn_backlog = 65536
`,
		},
		{
			Name: "newer kernels only",
			Bad: `net.ipv4.tcp_adv_win_scale = 2
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_adv_win_scale has no effect since Linux 6.6
net.ipv4.tcp_sack = 1
`,
			Good: `net.ipv4.tcp_sack = 1
`,
		},
		{
			Name:   "silent: the kernel still looks at it",
			Kernel: "5.10",
			Bad: `net.ipv4.tcp_adv_win_scale = 2
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Sysctl == nil {
			return
		}
		for _, key := range p.Host.Sysctl.Keys() {
			if key == twRecycle {
				continue // sysctl-tcp-tw-recycle says more
			}
			for _, a := range p.Host.Sysctl.Assignments(key) {
				if g, ok := facts.GoneParamOf(key); ok && !g.Removed.IsZero() {
					removedKey(p, a, g)
				} else if k, ok := facts.ParamOf(key); ok && !k.NoopSince.IsZero() {
					noopKey(p, a, k)
				}
			}
		}
	},
}

var _ = add(&sysctlRemovedKey)

func removedKey(p *lint.Pass, a model.Assignment, g *facts.GoneParam) {
	in := p.Host.Target.Kernel.Intersect(facts.Since(g.Removed))
	if in.Empty() {
		return
	}
	f := lint.Finding{
		At:       lint.AtLine(a),
		Msg:      fmt.Sprintf("%s does not exist since Linux %s: %s", short(a.Key.Value), g.Removed, refusal(p.Host)),
		Versions: p.KernelVersions(in, ""),
		Fix:      removeWhere(a, in, p.Host.Target.Kernel),
	}
	if g.Detail != "" {
		f.Notes = append(f.Notes, lint.Note{Msg: g.Detail})
	}
	if g.Instead != "" {
		f.Notes = append(f.Notes, lint.Note{Msg: "today: " + g.Instead})
	}
	p.Report(f)
}

func noopKey(p *lint.Pass, a model.Assignment, k *facts.Param) {
	in := p.Host.Target.Kernel.Intersect(facts.Since(k.NoopSince))
	unless, worksAt, conditional := strings.Cut(k.NoopUnless, "=")
	if in.Empty() {
		return
	}
	msg := fmt.Sprintf("%s has no effect since Linux %s", short(a.Key.Value), k.NoopSince)
	f := lint.Finding{At: lint.AtLine(a), Versions: p.KernelVersions(in, ""), Fix: removeWhere(a, in, p.Host.Target.Kernel)}
	if conditional {
		v := p.Host.Sysctl.Get(unless)
		if v.Set && (!v.Sure || model.Fields(v.Value.Value) == worksAt) {
			return
		}
		msg += fmt.Sprintf(" while %s is on", short(unless))
		if v.Set {
			f.Notes = append(f.Notes, lint.Note{Msg: "switched on here", At: lint.AtLine(v.Assignment)})
		} else {
			f.Notes = append(f.Notes, lint.Note{Msg: short(unless) + " is on by default"})
			f.Fix.Safety = lint.Unsafe // another file may switch it off
		}
	}
	f.Msg = msg
	if k.Noop != "" {
		f.Notes = append(f.Notes, lint.Note{Msg: k.Noop})
	}
	if k.Instead != "" {
		f.Notes = append(f.Notes, lint.Note{Msg: "what counts: " + k.Instead})
	}
	if conditional {
		p.ReportMild(lint.Info, f) // it is of use again where that is switched off
		return
	}
	p.Report(f)
}

// short is a key without the prefix that everybody knows it by: "tcp_fack",
// but "net.ipv4.route.max_size".
func short(key string) string {
	if name, ok := strings.CutPrefix(key, "net.ipv4."); ok && !strings.Contains(name, ".") {
		return name
	}
	return key
}

// removeWhere removes a line for which only some versions have no use: the
// others lose a setting, which takes an owner's decision.
func removeWhere(a model.Assignment, dead, target facts.Range) *lint.Fix {
	fix := removeLine(a)
	if !dead.Contains(target) {
		fix.Safety = lint.Unsafe
		fix.Title = "remove the line, if no older kernel is in use"
	}
	return fix
}
