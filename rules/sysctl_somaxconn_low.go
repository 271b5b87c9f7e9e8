package rules

import (
	"fmt"
	"strconv"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var sysctlSomaxconnLow = lint.Rule{
	ID:       "sysctl-somaxconn-low",
	Title:    "net.core.somaxconn below what nginx asks for, or below the kernel's default",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `The accept queue of a listening socket holds min(backlog, net.core.somaxconn) connections. Since Linux 5.4 the default is 4096, 128 before. A line that was written to raise it, such as 1024, now lowers it; with less than 511 the queue of nginx is shorter than the backlog that nginx asks for unless told otherwise.

When the queue is full, SYNs are dropped, and clients wait a second for their next attempt. nstat counts TcpExtListenOverflows.

Measured (experiment 9): Send-Q of the listener is min(backlog, somaxconn). It is fixed at listen(): restart the server after a change.

Half of the default and more is info.

Ignore it where a service relies on a short queue to shed load.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/admin-guide/sysctl/net.html",
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/include/linux/socket.h",
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#listen",
	},
	Examples: []lint.Example{
		{
			Name: "less than nginx asks for",
			Bad: `net.core.somaxconn = 256
#^^^^^^^^^^^^^^^^^^^^^^^ net.core.somaxconn = 256 is below the backlog of 511 that nginx asks for
`,
			Good: `net.core.somaxconn = 4096
`,
		},
		{
			Name: "less than today's default",
			Bad: `net.core.somaxconn = 1024
#^^^^^^^^^^^^^^^^^^^^^^^^ net.core.somaxconn = 1024 lowers the kernel's default of 4096
`,
			Good: `net.core.somaxconn = 4096
`,
		},
		{
			Name:   "where the default is known",
			Kernel: "6.1",
			Bad: `net.core.somaxconn = 128
#^^^^^^^^^^^^^^^^^^^^^^^ is below the backlog of 511 that nginx asks for
net.ipv4.tcp_syncookies = 1
`,
			Good: `net.ipv4.tcp_syncookies = 1
`,
		},
		{
			Name:   "silent: above an older kernel's default",
			Kernel: "4.19",
			Bad: `net.core.somaxconn = 1024
`,
		},
		{
			Name: "silent: host-backlog-capped names the socket",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 80;
    }
}
-- sysctl.conf --
net.core.somaxconn = 256
`,
		},
		{
			Name:      "in a container of something else",
			Container: "docker",
			Kernel:    "6.1",
			Bad: `net.ipv4.tcp_syncookies = 1
net.core.somaxconn = 128
#^^^^^^^^^^^^^^^^^^^^^^^ net.core.somaxconn = 128 lowers the kernel's default of 4096
`,
			Good: `net.ipv4.tcp_syncookies = 1
`,
		},
		{
			Name: "silent: enough",
			Bad: `net.core.somaxconn = 4096
`,
		},
	},
	Check: func(p *lint.Pass) {
		v := p.Host.Sysctl.Get(somaxconn)
		n, ok := v.Int()
		if !ok {
			return
		}
		// What runs in a container without nginx asks for a backlog of its own.
		if n < facts.ListenBacklog && (p.Host.Nginx != nil || !p.Host.Target.Container.In) {
			if p.Host.Nginx != nil {
				if _, byDefault := backlogs(p.Host.Nginx); len(byDefault) > 0 {
					return // host-backlog-capped
				}
			}
			p.Report(lint.Finding{
				At:  lint.AtLine(v.Assignment),
				Msg: fmt.Sprintf("%s = %d is below the backlog of %d that nginx asks for", somaxconn, n, facts.ListenBacklog),
				Fix: defaultSomaxconn(p, v),
			})
			return
		}
		k, known := facts.ParamOf(somaxconn)
		if !known {
			return
		}
		for _, d := range k.Defaults {
			in := d.In.Intersect(p.Host.Target.Kernel)
			usual, err := strconv.ParseInt(d.Text, 10, 64)
			if err != nil || n >= usual || in.Empty() {
				continue
			}
			f := lint.Finding{
				At:       lint.AtLine(v.Assignment),
				Msg:      fmt.Sprintf("%s = %d lowers the kernel's default of %d", somaxconn, n, usual),
				Versions: p.KernelVersions(in, ""),
				Fix:      defaultSomaxconn(p, v),
			}
			if n*2 >= usual {
				p.ReportMild(lint.Info, f)
				continue
			}
			p.Report(f)
		}
	},
}

var _ = add(&sysctlSomaxconnLow)

// defaultSomaxconn leaves the setting to a kernel whose default is 4096, and
// writes it out where it may be 128.
func defaultSomaxconn(p *lint.Pass, v model.SysctlValue) *lint.Fix {
	if facts.Since(facts.V(5, 4, 0)).Contains(p.Host.Target.Kernel) {
		return dropLines(v, p.Host, func(n int64) bool { return n < defaultBacklog })
	}
	return setNumber(v, strconv.Itoa(defaultBacklog))
}

// defaultBacklog is the default of net.core.somaxconn since Linux 5.4.
const defaultBacklog = 4096
