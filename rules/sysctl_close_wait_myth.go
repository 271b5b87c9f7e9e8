package rules

import "github.com/tcplint/tcplint/internal/lint"

var sysctlCloseWaitMyth = lint.Rule{
	ID:       "sysctl-close-wait-myth",
	Title:    "a setting against CLOSE_WAIT, which only the application ends",
	Severity: lint.Info,
	Written:  true,
	Fix:      lint.NoFix,
	Since:    "0.1",
	Why: `CLOSE_WAIT means that the other side has closed the connection and the process on this side has not. The kernel waits for its close() without an end: there is no timer, and no setting that would start one. tcp_fin_timeout, tcp_tw_reuse, tcp_max_tw_buckets, tcp_max_orphans and tcp_orphan_retries never look at such a socket, since it belongs to a process.

The keepalive settings come closest and do not cure it either. They count on sockets with SO_KEEPALIVE only, and only where the other side is gone altogether; the file descriptor stays open in any case.

Measured on Linux 6.18: a socket in CLOSE_WAIT stays without a timer while the FIN_WAIT_2 of its peer is long gone; with SO_KEEPALIVE and the settings at 1, 1 and 2 it left the state after 8 seconds, without SO_KEEPALIVE it stayed.

Find the process (ss -tanp state close-wait) and see why it does not close: it does not read, or waits for something. nginx itself keeps CLOSE_WAIT for as long as proxy_ignore_client_abort or a cache makes it read on.

It is reported where a comment says CLOSE_WAIT.`,
	Refs: []string{
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/ipv4/tcp.c",
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
	},
	Examples: []lint.Example{
		{
			Bad: `# clean up CLOSE_WAIT sockets
net.ipv4.tcp_keepalive_time = 60
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_keepalive_time does not end CLOSE_WAIT: only the application does
net.ipv4.tcp_fin_timeout = 10
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_fin_timeout does not end CLOSE_WAIT
`,
			Good: `# find clients that are gone
net.ipv4.tcp_keepalive_time = 600
`,
		},
		{
			Name: "silent: other comments, and comments that know",
			Bad: `# dead clients
net.ipv4.tcp_keepalive_time = 60

# this does not help against CLOSE_WAIT
net.ipv4.tcp_keepalive_intvl = 10

# Timeout for close wait (in seconds)
net.netfilter.nf_conntrack_tcp_timeout_close_wait = 10
`,
		},
	},
	Check: func(p *lint.Pass) {
		for a := range settings(p.Host) {
			why := closeWaitKeys[short(a.Key.Value)]
			said := remark(a)
			if why == "" || !saysCloseWait.MatchString(said) || saysNot.MatchString(said) {
				continue
			}
			p.Report(lint.Finding{
				At:    lint.AtLine(a),
				Msg:   short(a.Key.Value) + " does not end CLOSE_WAIT: only the application does, when it closes",
				Notes: []lint.Note{{Msg: why}},
			})
		}
	},
}

var _ = add(&sysctlCloseWaitMyth)

const (
	whyKeepalive = "it counts on sockets with SO_KEEPALIVE whose other side is gone, and leaves the file descriptor open"
	whyOrphan    = "it counts on sockets that no process holds any more"
	whyTimeWait  = "it is about TIME_WAIT, the state of the side that closes first"
)

// closeWaitKeys are what people set against CLOSE_WAIT, with what it does.
var closeWaitKeys = map[string]string{
	"tcp_keepalive_time":   whyKeepalive,
	"tcp_keepalive_intvl":  whyKeepalive,
	"tcp_keepalive_probes": whyKeepalive,
	"tcp_fin_timeout":      "it ends connections in FIN_WAIT_2 that no process holds any more",
	"tcp_orphan_retries":   whyOrphan,
	"tcp_max_orphans":      whyOrphan,
	"tcp_tw_reuse":         whyTimeWait,
	"tcp_tw_recycle":       whyTimeWait,
	"tcp_max_tw_buckets":   whyTimeWait,
}
