package rules

import (
	"fmt"
	"strconv"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
)

var serviceBacklogCapped = lint.Rule{
	ID:       "service-backlog-capped",
	Title:    "the accept queue of the backend is shorter than it asks for",
	Severity: lint.Error,
	Fix:      lint.NoFix,
	Since:    "0.1",
	Why: `Connections that the backend has not accepted yet wait in the accept queue of its socket, whose length is what it asks for, and at most net.core.somaxconn of its network: that of its container, or of the machine. How a full queue shows depends on the socket. On a unix socket connect() fails at once: nginx answers 502 with "connect() to unix:... failed (11: Resource temporarily unavailable)". On TCP the SYN is dropped, and the request waits for a second, for three, and so on up to proxy_connect_timeout.

php-fpm asks for as much as there is (listen.backlog is -1 where nothing else is written), so that a lowered somaxconn decides. uWSGI asks for 100, and does not start at all if it is told to ask for more than somaxconn: "Listen queue size is greater than the system max net.core.somaxconn". The kernel's default is 4096, and 128 before Linux 5.4.`,
	Refs: []string{
		"https://www.php.net/manual/en/install.fpm.configuration.php",
		"https://uwsgi-docs.readthedocs.io/en/latest/articles/TheArtOfGracefulReloading.html",
		"https://www.kernel.org/doc/html/latest/admin-guide/sysctl/net.html",
	},
	Examples: []lint.Example{
		{
			Name: "php-fpm on a unix socket",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location ~ \.php$ {
            fastcgi_pass unix:/run/php/php8.2-fpm.sock;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ php-fpm gets an accept queue of 128 for /run/php/php8.2-fpm.sock: when it is full, connect() fails at once
        }
    }
}
-- sysctl.conf --
net.core.somaxconn = 128
-- pool.d/www.conf --
[www]
listen = /run/php/php8.2-fpm.sock
pm.max_children = 8
`,
			Good: `-- sysctl.conf --
net.core.somaxconn = 4096
`,
		},
		{
			Name: "uWSGI does not start",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location / {
            uwsgi_pass unix:/run/wiki.sock;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ uWSGI asks for an accept queue of 1024, and gets 128: it does not start
        }
    }
}
-- compose.yaml --
services:
  wiki:
    image: example.org/wiki
    command: uwsgi --ini /app/uwsgi.ini
    sysctls:
      net.core.somaxconn: 128
    volumes:
      - ./uwsgi.ini:/app/uwsgi.ini
      - ./nginx.conf:/etc/nginx/nginx.conf
-- uwsgi.ini --
[uwsgi]
socket = /run/wiki.sock
listen = 1024
`,
			Good: `-- uwsgi.ini --
[uwsgi]
socket = /run/wiki.sock
listen = 128
`,
		},
		{
			Name:   "silent: there is room, and nobody knows the machine",
			Kernel: "6.1",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location / {
            uwsgi_pass unix:/run/wiki.sock;
        }
        location ~ \.php$ {
            fastcgi_pass unix:/run/php/php8.2-fpm.sock;
        }
    }
}
-- sysctl.conf --
net.core.somaxconn = 4096
-- uwsgi.ini --
[uwsgi]
socket = /run/wiki.sock
listen = 1024
-- pool.d/www.conf --
[www]
listen = /run/php/php8.2-fpm.sock
listen.backlog = 511
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		seen := map[*service.Service]bool{}
		check := func(l model.Linked, at lint.Place) {
			s := l.Service
			if s == nil || seen[s] || !s.Backlog.Known() {
				return
			}
			seen[s] = true
			if limit, ok := queueLimit(p.Host, s); ok {
				shortQueue(p, l, at, limit)
			}
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			for _, l := range p.Host.Backend(u).Links {
				if l.Server.Directive != nil {
					check(l, lint.At(l.Server.Directive))
				}
			}
		}
		for _, pass := range p.Host.Nginx.Passes() {
			if pass.Target.Upstream == nil {
				for _, l := range pass.Backend().Links {
					check(l, lint.At(pass.Directive))
				}
			}
		}
	},
}

var _ = add(&serviceBacklogCapped)

// queueLimitOf is net.core.somaxconn in the network of a backend.
type queueLimitOf struct {
	n int
	// at is where it is set; nothing for the kernel's default.
	at lint.Place
	in facts.Range
}

// queueLimit returns net.core.somaxconn in the network where a service listens; ok
// is false if it cannot be known.
func queueLimit(h *model.Host, s *service.Service) (queueLimitOf, bool) {
	if f, set := s.Sysctls[somaxconn]; set {
		n, err := strconv.Atoi(f.Value)
		return queueLimitOf{n, lint.Place(f.At), h.Target.Kernel}, err == nil
	}
	here := s.Kind == service.File || s.Kind == service.Unit || s.Network == service.HostNetwork
	if here && h.Sysctl != nil {
		if v := h.Sysctl.Get(somaxconn); v.Set {
			n, ok := v.Int()
			return queueLimitOf{int(n), lint.AtLine(v.Assignment), h.Target.Kernel}, ok && v.Sure
		}
	}
	// A network of its own has the kernel's default, whatever the machine has.
	if s.Network != service.OwnNetwork {
		return queueLimitOf{}, false
	}
	const old = 128
	in := h.Target.Kernel.Intersect(facts.Until(facts.V(5, 4, 0)))
	return queueLimitOf{old, lint.Place{}, in}, !in.Empty()
}

func shortQueue(p *lint.Pass, l model.Linked, at lint.Place, limit queueLimitOf) {
	s := l.Service
	f := lint.Finding{At: at, Versions: p.KernelVersions(limit.in, "where net.core.somaxconn is 128 by default")}
	if s.At.File != nil {
		f.Notes = append(f.Notes, lint.Note{Msg: l.Address + " is " + s.Title(), At: lint.Place(s.At)})
	}
	if s.Backlog.At.File != nil {
		f.Notes = append(f.Notes, lint.Note{Msg: "what it asks for", At: lint.Place(s.Backlog.At)})
	}
	if limit.at.File != nil {
		f.Notes = append(f.Notes, lint.Note{Msg: "net.core.somaxconn there", At: limit.at})
	}
	const fpmAsked = 511 // what the pool files of php-fpm say in a comment
	switch {
	case s.Program.Value == "uwsgi" && s.Backlog.Value > limit.n:
		f.Msg = fmt.Sprintf("uWSGI asks for an accept queue of %d, and gets %d: it does not start", s.Backlog.Value, limit.n)
		p.Report(f)
	case limit.at.File == nil:
		// The kernel's own default is no mistake of anybody's.
	case s.Program.Value == "php-fpm" && (s.Backlog.Value < 0 || s.Backlog.Value > limit.n) && limit.n < fpmAsked:
		f.Msg = fmt.Sprintf("php-fpm gets an accept queue of %d for %s", limit.n, l.Address)
		if unix := unixOf(s); unix != "" {
			f.Msg = fmt.Sprintf("php-fpm gets an accept queue of %d for %s: when it is full, connect() fails at once, and the answer is 502", limit.n, unix)
		}
		p.ReportMild(lint.Warning, f)
	case s.Backlog.Value > limit.n:
		f.Msg = fmt.Sprintf("%s asks for an accept queue of %d and gets %d", s.Title(), s.Backlog.Value, limit.n)
		p.ReportMild(lint.Info, f)
	}
}

// unixOf is the unix socket of a service; empty if it has none.
func unixOf(s *service.Service) string {
	for _, l := range s.Listens {
		if l.Value.Unix != "" {
			return l.Value.Unix
		}
	}
	return ""
}
