package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/lazyre"
)

const (
	conntrack        = "net.netfilter.nf_conntrack_"
	mostBuckets      = 262144 // nf_conntrack_core.c: above 4 GiB, since Linux 5.15; fewer before
	entriesPerBucket = 8      // the most that the kernel gives by itself, nf_conntrack_core.c
)

var sysctlConntrack = lint.Rule{
	ID:       "sysctl-conntrack",
	Title:    "connection tracking with long chains, without its module, or taken for TCP",
	Severity: lint.Warning,
	Written:  true,
	Fix:      lint.NoFix,
	Since:    "0.1",
	Why: `The table of tracked connections is an array of buckets with a chain each. nf_conntrack_max bounds the entries, nf_conntrack_buckets is the length of the array: 262144 on a machine with more than 4 GiB, 65536 before Linux 5.15. The kernel sets the maximum to the same number, to 4 times as many before 5.15, and never to more than 8 times. A maximum of 10,000,000 alone leaves chains of 38 entries, which are searched for every packet. Set both.

The keys exist only while the module nf_conntrack is loaded. At boot, systemd-sysctl runs before the firewall that loads it, logs a warning, and nothing is set; "sysctl -p" exits with 1. A line nf_conntrack in /etc/modules-load.d cures that. This is info, since the module may well be loaded early.

nf_conntrack_tcp_timeout_time_wait and the like say for how long the firewall remembers a connection. The states of sockets do not follow them.

Ignore it in a container, which cannot set the table's size anyway.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/networking/nf_conntrack-sysctl.html",
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/netfilter/nf_conntrack_core.c",
		"https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html",
	},
	Examples: []lint.Example{
		{
			Name: "long chains",
			Bad: `net.netfilter.nf_conntrack_max = 10000000
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 10000000 entries in 262144 buckets, the most that the kernel makes by itself, are 38 to search for each packet
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ net.netfilter.nf_conntrack_max exists only while the module nf_conntrack is loaded
`,
			Good: `net.core.somaxconn = 4096
`,
		},
		{
			Name: "long chains of a table that is set",
			Bad: `net.netfilter.nf_conntrack_buckets = 65536
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ exists only while the module
net.netfilter.nf_conntrack_max = 1048576
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 1048576 entries in 65536 buckets are 16 to search
`,
			Good: `net.core.somaxconn = 4096
`,
		},
		{
			Name: "taken for TCP's own",
			Bad: `net.netfilter.nf_conntrack_max = 1048576
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ exists only while the module

# close TIME_WAIT sockets faster
net.netfilter.nf_conntrack_tcp_timeout_time_wait = 30
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ nf_conntrack_tcp_timeout_time_wait is for how long the firewall remembers, and does not touch sockets
`,
			Good: `net.core.somaxconn = 4096
`,
		},
		{
			Name: "silent: nothing of it",
			Bad: `net.core.somaxconn = 4096
`,
		},
	},
	Check: func(p *lint.Pass) {
		longChains(p)
		first := true
		for a := range settings(p.Host) {
			key := a.Key.Value
			if moduleOf(key) != "nf_conntrack" {
				continue
			}
			g, gone := facts.GoneParamOf(key)
			gone = gone && !g.Removed.IsZero() // sysctl-removed-key says more
			if first && !gone {
				first = false
				p.ReportMild(lint.Info, lint.Finding{
					At:    lint.AtKey(a),
					Msg:   key + " exists only while the module nf_conntrack is loaded: at boot that may be too late",
					Notes: []lint.Note{{Msg: "a line nf_conntrack in a file of /etc/modules-load.d loads it in time"}},
				})
			}
			said := remark(a)
			if strings.HasPrefix(key, conntrack+"tcp_timeout_") && saysSocket.MatchString(said) && !saysTracking.MatchString(said) &&
				!saysNot.MatchString(said) && (saysTimeWait.MatchString(said) || saysCloseWait.MatchString(said) || saysFinWait.MatchString(said)) {
				p.ReportMild(lint.Info, lint.Finding{
					At:  lint.AtLine(a),
					Msg: strings.TrimPrefix(key, "net.netfilter.") + " is for how long the firewall remembers, and does not touch sockets",
				})
			}
		}
	},
}

var _ = add(&sysctlConntrack)

var (
	saysSocket   = lazyre.New(`(?i)\bsockets?\b`)
	saysTracking = lazyre.New(`(?i)track|firewall|iptables|nftables|netfilter|\bnat\b`)
)

// longChains compares the entries of the table with its buckets.
func longChains(p *lint.Pass) {
	v, most := trackedMost(p.Host)
	if most == 0 {
		return
	}
	buckets := p.Host.Sysctl.Get(conntrack + "buckets")
	n, ok := buckets.Int()
	what := fmt.Sprintf("%d buckets", n)
	switch {
	case !buckets.Sure, buckets.Set && (!ok || n <= 0):
		return
	case !buckets.Set:
		n = mostBuckets
		what = fmt.Sprintf("%d buckets, the most that the kernel makes by itself,", n)
	}
	if most <= n*entriesPerBucket {
		return
	}
	f := lint.Finding{
		At:  lint.AtLine(v.Assignment),
		Msg: fmt.Sprintf("%d entries in %s are %d to search for each packet, when the table is full", most, what, most/n),
	}
	if buckets.Set {
		f.Notes = append(f.Notes, lint.Note{Msg: "the buckets are set here", At: lint.AtLine(buckets.Assignment)})
	} else {
		f.Notes = append(f.Notes, lint.Note{Msg: "set " + conntrack + "buckets too, unless the module gets a hashsize"})
	}
	p.Report(f)
}

// trackedMost is the largest nf_conntrack_max of a host, under either name.
func trackedMost(h *model.Host) (v model.SysctlValue, most int64) {
	for _, key := range []string{conntrack + "max", "net.nf_conntrack_max"} {
		if x := h.Sysctl.Get(key); x.Set {
			if n, ok := x.Int(); ok && n > most {
				v, most = x, n
			}
		}
	}
	return v, most
}
