package rules

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/sysctl"
)

const somaxconn = "net.core.somaxconn"

var hostBacklogCapped = lint.Rule{
	ID:       "host-backlog-capped",
	Title:    "the accept queue is shorter than nginx asks for",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `The accept queue of a listening socket holds min(backlog, net.core.somaxconn) connections, fixed at the moment of listen(). nginx asks for backlog= of the listen directive, 511 on Linux if there is none, and neither nginx nor the kernel says a word when the kernel gives less. When the queue is full, SYNs are dropped and clients wait a second for the next attempt.

Measured (experiment 9): Send-Q of the listener is min(backlog, somaxconn). A reload after raising somaxconn changes nothing, since nginx calls listen() again only if backlog= changed: restart nginx.

The default of somaxconn is 4096 since Linux 5.4 and 128 before. A container has a value of its own: what the node sets does not reach it.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#listen",
		"https://www.kernel.org/doc/html/latest/admin-guide/sysctl/net.html",
	},
	Examples: []lint.Example{
		{
			Name: "a written backlog",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 80 backlog=8192;
                 #^^^^^^^^^^^^ backlog 8192 is capped at 1024 by net.core.somaxconn
    }
}
-- sysctl.conf --
net.core.somaxconn = 1024
`,
			Good: `-- sysctl.conf --
net.core.somaxconn = 8192
`,
		},
		{
			Name: "nginx's own 511",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 80;
    }
}
-- sysctl.conf --
net.core.somaxconn = 256
#^^^^^^^^^^^^^^^^^^^^^^^ nginx asks for a backlog of 511 and gets 256
`,
			Good: `-- sysctl.conf --
net.core.somaxconn = 4096
`,
		},
		{
			Name:   "above the kernel's default",
			Kernel: "6.1",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 80 backlog=16384;
                 #^^^^^^^^^^^^^ backlog 16384 is capped at 4096
    }
}
-- sysctl.conf --
vm.swappiness = 10
`,
			Good: `-- sysctl.conf --
vm.swappiness = 10
net.core.somaxconn = 16384
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || p.Host.Sysctl == nil {
			return
		}
		limit := p.Host.Sysctl.Get(somaxconn)
		written, byDefault := backlogs(p.Host.Nginx)
		for _, b := range written {
			switch n, ok := limit.Int(); {
			case limit.Set && ok && int64(b.size) > n:
				capped(p, b, n, limit)
			case !limit.Set:
				cappedByDefault(p, b, limit)
			}
		}
		if n, ok := limit.Int(); ok && n < facts.ListenBacklog && len(byDefault) > 0 {
			p.Report(lint.Finding{
				At:  lint.AtLine(limit.Assignment),
				Msg: fmt.Sprintf("nginx asks for a backlog of %d and gets %d", facts.ListenBacklog, n),
				Notes: []lint.Note{
					{Msg: "for this socket, among others", At: lint.At(byDefault[0].Directive)},
					{Msg: "restart nginx after a change: a reload keeps the old queue"},
				},
				Fix: raise(p.Host, limit, facts.ListenBacklog),
			})
		}
	},
}

var _ = add(&hostBacklogCapped)

// backlog is a listen directive's own backlog.
type backlog struct {
	model.Setting

	word int // of the directive
	size int
}

// backlogs lists the sockets of http and stream: those with a backlog of their
// own and those without. Options belong to an address, so one listen speaks
// for all of the same address.
func backlogs(n *model.Nginx) (written []backlog, byDefault []model.Setting) {
	seen := map[string]bool{}
	for _, s := range n.Scopes {
		if !s.Is(model.Server, model.StreamServer) {
			continue
		}
		for l := range s.All("listen") {
			if strings.HasPrefix(l.Arg(0), "unix:") || l.Has("udp") {
				continue
			}
			for i, w := range l.Args().All() {
				if v, ok := strings.CutPrefix(w.Value, "backlog="); ok {
					seen[l.Arg(0)] = true
					if size, err := strconv.Atoi(v); err == nil {
						written = append(written, backlog{l, i + 1, size})
					}
				}
			}
		}
	}
	for _, s := range n.Scopes {
		if s.Is(model.Server, model.StreamServer) {
			for l := range s.All("listen") {
				if !seen[l.Arg(0)] && !strings.HasPrefix(l.Arg(0), "unix:") && !l.Has("udp") {
					byDefault = append(byDefault, l)
				}
			}
		}
	}
	return written, byDefault
}

func capped(p *lint.Pass, b backlog, limit int64, v model.SysctlValue) {
	p.Report(lint.Finding{
		At:  lint.AtWord(b.Directive, b.word),
		Msg: fmt.Sprintf("backlog %d is capped at %d by %s", b.size, limit, somaxconn),
		Notes: []lint.Note{
			{Msg: "set here", At: lint.AtLine(v.Assignment)},
			{Msg: "restart nginx after a change: a reload keeps the old queue"},
		},
		Fix: raise(p.Host, v, b.size),
	})
}

// cappedByDefault compares with the kernel's default, where no file sets it.
func cappedByDefault(p *lint.Pass, b backlog, v model.SysctlValue) {
	param, ok := facts.ParamOf(somaxconn)
	if !ok {
		return
	}
	for _, d := range param.Defaults {
		n, err := strconv.Atoi(d.Text)
		in := d.In.Intersect(p.Host.Target.Kernel)
		if err != nil || in.Empty() || b.size <= n {
			continue
		}
		p.Report(lint.Finding{
			At:       lint.AtWord(b.Directive, b.word),
			Msg:      fmt.Sprintf("backlog %d is capped at %d, the kernel's default of %s", b.size, n, somaxconn),
			Versions: p.KernelVersions(in, ""),
			Fix:      raise(p.Host, v, b.size),
		})
	}
}

// raise sets somaxconn, where it is set or in the last file, to no less than the
// default of today's kernels.
func raise(h *model.Host, v model.SysctlValue, size int) *lint.Fix {
	size = max(size, defaultBacklog)
	fix := &lint.Fix{Title: fmt.Sprintf("set %s to %d", somaxconn, size), Safety: lint.Unsafe}
	if v.Set {
		fix.Edits = lint.InSysctl(v.Tree, sysctl.SetValue(v.Entry, strconv.Itoa(size)))
		return fix
	}
	last := h.Sysctl.Trees[len(h.Sysctl.Trees)-1]
	fix.Edits = lint.InSysctl(last, sysctl.Append(last, fmt.Sprintf("%s = %d", somaxconn, size)))
	return fix
}
