package rules

import (
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

const (
	// trackedAfterClose is for how many seconds conntrack keeps an entry for a
	// connection that is closed, unless told otherwise (nf_conntrack_proto_tcp.c).
	trackedAfterClose = 120
	// modestRate is a rate of requests that a host may well see.
	modestRate = 1000
)

var hostConntrackSmall = lint.Rule{
	ID:       "host-conntrack-small",
	Title:    "the firewall tracks fewer connections than nginx may have",
	Severity: lint.Warning,
	Fix:      lint.Shown,
	Since:    "0.2",
	Why: `Where the firewall tracks connections, each one needs an entry in a table of nf_conntrack_max. When that is full, the kernel drops the packets of new ones ("nf_conntrack: table full, dropping packet"): SYNs of clients and of nginx alike are lost, and nothing in nginx tells why.

An entry outlives its connection by nf_conntrack_tcp_timeout_time_wait, 120 seconds. Where nginx opens a connection for each request, that many requests are in the table at a time: 65536 entries are full at 546 requests a second.

The arithmetic: what all workers may have at once is worker_processes times worker_connections; what unpooled requests leave behind is their rate times 120 seconds. The number of entries that a host can afford follows from its memory, some 320 bytes each: 262144 take 80 MB. A pool for the backend takes away most of them.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/networking/nf_conntrack-sysctl.html",
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/netfilter/nf_conntrack_proto_tcp.c",
		"https://github.com/kubernetes/kubernetes/issues/71261",
	},
	Examples: []lint.Example{
		{
			Name:  "what the workers may have, and what requests leave behind",
			Nginx: "1.28.0",
			Bad: `-- nginx.conf --
worker_processes 8;
events {
    worker_connections 65536;
}
http {
    upstream app {
        server 10.0.0.5:8080;
    }
    server {
        location / {
            proxy_pass http://app;
        }
    }
}
-- sysctl.conf --
net.netfilter.nf_conntrack_max = 65536
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the firewall tracks 65536 connections: nginx may have 524288 at once, and 546 requests a second without a pool fill it
`,
			Good: `-- sysctl.conf --
net.netfilter.nf_conntrack_max = 1048576
`,
		},
		{
			Name:  "requests alone",
			Nginx: "1.28.0",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location / {
            proxy_pass http://10.0.0.5:8080;
        }
    }
}
-- sysctl.conf --
net.nf_conntrack_max = 100000
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the firewall tracks 100000 connections: 833 requests a second without a pool fill it
`,
			Good: `-- sysctl.conf --
net.nf_conntrack_max = 1048576
`,
		},
		{
			Name:  "silent: enough, entries that go sooner, and a pool",
			Nginx: "1.30.0",
			Bad: `-- nginx.conf --
worker_processes 4;
events {
    worker_connections 16384;
}
http {
    upstream app {
        server 10.0.0.5:8080;
    }
    server {
        location / {
            proxy_pass http://app;
        }
    }
}
-- sysctl.conf --
net.netfilter.nf_conntrack_max = 65536
`,
		},
		{
			Name:  "silent: entries that go sooner",
			Nginx: "1.28.0",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location / {
            proxy_pass http://10.0.0.5:8080;
        }
    }
}
-- sysctl.conf --
net.netfilter.nf_conntrack_max = 65536
net.netfilter.nf_conntrack_tcp_timeout_time_wait = 30
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || p.Host.Sysctl == nil {
			return
		}
		v, most := trackedMost(p.Host)
		if most <= 0 {
			return
		}
		f := lint.Finding{At: lint.AtLine(v.Assignment)}
		atOnce, connections := mayHave(p.Host)
		if atOnce > most {
			f.Msg = fmt.Sprintf("nginx may have %d at once", atOnce)
			f.Notes = append(f.Notes, lint.Note{Msg: "that many in each worker", At: lint.At(connections.Directive)})
		}
		if rate, pass := fillsTable(p.Host, most); pass != nil {
			if f.Msg != "" {
				f.Msg += ", and "
			}
			f.Msg += fmt.Sprintf("%d requests a second without a pool fill it", rate)
			if u := pass.Target.Upstream; u != nil {
				if pool, _ := u.Pool(); !pool.Empty() {
					f.Msg += ", as before nginx 1.29.7"
				}
			}
			f.Notes = append(f.Notes, lint.Note{Msg: "each request opens a connection here", At: lint.At(pass.Directive)})
		}
		if f.Msg == "" {
			return
		}
		f.Msg = fmt.Sprintf("the firewall tracks %d connections: %s", most, f.Msg)
		f.Fix = &lint.Fix{Title: "raise " + v.Key.Value + " to what the host can afford", Safety: lint.Shown}
		p.Report(f)
	},
}

var _ = add(&hostConntrackSmall)

// mayHave is how many connections all workers together may have; 0 if that is
// not written.
func mayHave(h *model.Host) (n int64, connections model.Setting) {
	root := mainFile(h)
	if root == nil || eventsOf(root) == nil {
		return 0, connections
	}
	v := eventsOf(root).Get("worker_connections")
	each, ok := v.Int()
	processes, known := workers(h)
	if !ok || !known || !v.Set() {
		return 0, connections
	}
	return int64(each) * int64(processes), v.Settings[0]
}

// fillsTable is the rate of requests that keeps the table of connections full,
// with a pass that opens one for each; none if the rate is high or nothing does.
func fillsTable(h *model.Host, most int64) (rate int64, pass *model.Pass) {
	stays := int64(trackedAfterClose)
	timeWait := h.Sysctl.Get(conntrack + "tcp_timeout_time_wait")
	if n, ok := timeWait.Int(); ok && n > 0 {
		stays = n
	} else if timeWait.Set {
		return 0, nil
	}
	if rate = most / stays; rate >= modestRate {
		return 0, nil
	}
	all := proxied(h)
	i := slices.IndexFunc(all, func(pass *model.Pass) bool {
		return pass.Target.Kind != model.TargetUnix && busy(pass) && neverReused(pass)
	})
	if i < 0 {
		return 0, nil
	}
	return rate, all[i]
}

// neverReused reports whether each request of a pass surely opens a connection of
// TCP, in some versions of the target.
func neverReused(pass *model.Pass) bool {
	u := pass.Target.Upstream
	if u == nil {
		return pass.Target.Kind == model.TargetAddress
	}
	return !unpooled(u).Empty() && pass.Protocol == "proxy"
}
