package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var hostBacklogNotAsked = lint.Rule{
	ID:       "host-backlog-not-asked",
	Title:    "a long accept queue is allowed, and nginx does not ask for it",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.2",
	Why: `net.core.somaxconn is a ceiling. How long the accept queue of a socket is, the program says that listens, and nginx says 511 unless backlog= of the listen directive says otherwise. So raising the ceiling alone does nothing for it: in a burst the queue is full at 512 connections, SYNs are dropped and clients wait a second for the next attempt.

Measured (nginx 1.22.1 and 1.30.6, somaxconn 4096): "ss -ltn" shows 511 as Send-Q for "listen 80" with and without reuseport, and 4000 for "backlog=4000".

The patch asks for what is allowed, at most 4096, on the listen directive that holds the options of its socket. nginx applies a changed backlog= on reload. It is a warning where somebody wrote more than 4096, the kernel's own default since 5.4, and info up to there. Ignore it where the setting is meant for other programs of the host. This is the mirror image of host-backlog-capped.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#listen",
		"https://www.kernel.org/doc/html/latest/admin-guide/sysctl/net.html",
		"https://man7.org/linux/man-pages/man2/listen.2.html",
	},
	Examples: []lint.Example{
		{
			Name: "one address, two servers",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 80 reuseport;
        server_name a.example.com;
    }
    server {
        listen 80;
        server_name b.example.com;
    }
}
-- sysctl.conf --
net.core.somaxconn = 262144
#^^^^^^^^^^^^^^^^^^^^^^^^^^ no listen of nginx asks for more than 511: net.core.somaxconn = 262144 does nothing for it
`,
			Good: `-- nginx.conf --
events {}
http {
    server {
        listen 80 reuseport backlog=4096;
        server_name a.example.com;
    }
    server {
        listen 80;
        server_name b.example.com;
    }
}
`,
		},
		{
			Name: "an address that shares the socket of all",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 80;
        listen [::]:80;
    }
    server {
        listen 127.0.0.1:80;
    }
}
-- sysctl.conf --
net.core.somaxconn = 2048
#^^^^^^^^^^^^^^^^^^^^^^^^ no listen of nginx asks for more than 511: net.core.somaxconn = 2048 does nothing for it
`,
			Good: `-- nginx.conf --
events {}
http {
    server {
        listen 80 backlog=2048;
        listen [::]:80 backlog=2048;
    }
    server {
        listen 127.0.0.1:80;
    }
}
`,
		},
		{
			Name: "silent: one asks, and another program's",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 80 backlog=65535;
        listen 8080;
    }
}
-- sysctl.conf --
net.core.somaxconn = 65535
`,
		},
		{
			Name: "silent: a part that is not seen may ask",
			Bad: `-- nginx.conf --
events {}
http {
    include /etc/nginx/sites-enabled/*;
    server {
        listen 80;
    }
}
-- sysctl.conf --
net.core.somaxconn = 65535
`,
		},
	},
	Check: func(p *lint.Pass) {
		n := p.Host.Nginx
		if n == nil || p.Host.Sysctl == nil || p.Host.Sysctl.Live || n.HasUnseen() {
			return
		}
		limit := p.Host.Sysctl.Get(somaxconn)
		size, ok := limit.Int()
		written, byDefault := backlogs(n)
		asks := slices.ContainsFunc(written, func(b backlog) bool { return b.size > facts.ListenBacklog })
		if !ok || size <= facts.ListenBacklog || asks || len(byDefault) == 0 {
			return
		}
		f := lint.Finding{
			At:  lint.AtLine(limit.Assignment),
			Msg: fmt.Sprintf("no listen of nginx asks for more than %d: %s = %d does nothing for it", facts.ListenBacklog, somaxconn, size),
			Fix: askForBacklog(n, min(size, defaultBacklog)),
		}
		for i, set := range byDefault[:min(3, len(byDefault))] {
			f.Notes = append(f.Notes, lint.Note{Msg: []string{"for this socket", "and for this one", "and for this one"}[i], At: lint.At(set.Directive)})
		}
		if size <= defaultBacklog {
			p.ReportMild(lint.Info, f)
			return
		}
		p.Report(f)
	},
}

var _ = add(&hostBacklogNotAsked)

// askForBacklog gives each socket of TCP a queue of its own size, on the listen
// directive that has its options. An address that shares the socket of a
// wildcard has none: with an option nginx would bind it of its own, and fail.
func askForBacklog(n *model.Nginx, size int64) *lint.Fix {
	all := n.Listeners()
	fix := &lint.Fix{Title: fmt.Sprintf(`add "backlog=%d" to listen`, size), Safety: lint.Unsafe, Changes: []string{"listen"}}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		l := all[key]
		if len(l.Listens) == 0 || strings.HasPrefix(key, "unix:") {
			continue
		}
		at := optionsOf(l)
		i := strings.LastIndexByte(key, ':')
		wildcard := "*" + key[i:]
		if strings.HasPrefix(key, "[") {
			wildcard = "[::]" + key[i:]
		}
		if word, _ := parameterWord(at, socketOptions); word == 0 && key != wildcard && all[wildcard] != nil {
			continue
		}
		d := at.Directive
		fix.Scopes = append(fix.Scopes, serverScopes(l.Servers)...)
		fix.Edits = append(fix.Edits, lint.In(d, nginx.SetArg(d, d.Args().Len(), fmt.Sprintf("backlog=%d", size)))...)
	}
	if len(fix.Edits) == 0 {
		return nil
	}
	return fix
}
