package rules

import (
	"fmt"
	"time"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
)

// connectsWithin is the time beyond which nobody should wait for a connection on
// one machine: the kernel repeats a SYN after one second and after three.
const connectsWithin = 10 * time.Second

var serviceConnectTimeout = lint.Rule{
	ID:       "service-connect-timeout",
	Title:    "a connection to a backend on the same machine is waited for up to a minute",
	Severity: lint.Info,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `A backend on the same machine, or behind its bridge, is connected in less than a millisecond, or not at all: it is gone (refused at once), or its accept queue is full, and the kernel drops the SYN. Then nginx waits for proxy_connect_timeout, 60 seconds by default, and each request that waits holds a connection of its worker and one of the client. Workers can hold more connections than the queue takes, so the overload of the backend becomes that of nginx.

It is said only where the backend's queue is known and shorter than what the workers may send. 5 seconds let the kernel repeat the SYN twice; proxy_next_upstream then tries another server.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_connect_timeout",
	},
	Examples: []lint.Example{
		{
			Name: "Puma behind the bridge of Docker",
			Bad: `-- nginx.conf --
worker_processes 4;
events { worker_connections 8192; }
http {
    upstream app {
        server 172.17.0.1:3000;
        keepalive 32;
        keepalive_timeout 15s;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
           #^^^^^^^^^^^^^^^^^^^^^^ 172.17.0.1:3000 is this machine: when its accept queue of 1024 is full, each request waits 60s for a connection
        }
    }
}
-- config/puma.rb --
workers 4
threads 5, 5
port 3000
`,
			Good: `-- nginx.conf --
worker_processes 4;
events { worker_connections 8192; }
http {
    upstream app {
        server 172.17.0.1:3000;
        keepalive 32;
        keepalive_timeout 15s;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
            proxy_connect_timeout 5s;
        }
    }
}
`,
		},
		{
			Name: "silent: a queue for all, a short time, another machine",
			Bad: `-- nginx.conf --
worker_processes 1;
events { worker_connections 512; }
http {
    upstream app {
        server 127.0.0.1:3000;
        keepalive 32;
        keepalive_timeout 15s;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
    }
}
-- config/puma.rb --
port 3000
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || p.Host.Nginx.Fragment {
			return
		}
		room := connectionsOf(p.Host)
		seen := map[string]bool{}
		for _, pass := range p.Host.Nginx.Passes() {
			if pass.Protocol == "memcached" || seen[pass.Arg(0)] {
				continue
			}
			timeout := pass.Scope.Get(pass.Protocol + "_connect_timeout")
			d, ok := timeout.Duration()
			if !ok || d <= connectsWithin {
				continue
			}
			for _, l := range pass.Backend().Links {
				s := l.Service
				if s == nil || !nearby(l) || s.Backlog.Value <= 0 || s.Backlog.Value >= room {
					continue
				}
				seen[pass.Arg(0)] = true
				slowConnect(p, pass, l, d)
				break
			}
		}
	},
}

var _ = add(&serviceConnectTimeout)

// nearby reports whether an address is the machine itself, or its bridge, over TCP.
func nearby(l model.Linked) bool {
	return l.Asked.Unix == "" && (service.IsLoopback(l.Asked.Host) || service.IsBridge(l.Asked.Host))
}

// connectionsOf is how many connections all workers may have; 0 if that is not
// known.
func connectionsOf(h *model.Host) int {
	n, _ := workers(h)
	for _, s := range h.Nginx.Scopes {
		if s.Kind == model.Events {
			c, _ := s.Get("worker_connections").Int()
			return c * max(n, 1)
		}
	}
	return 0
}

func slowConnect(p *lint.Pass, pass *model.Pass, l model.Linked, d time.Duration) {
	s := l.Service
	f := lint.Finding{
		At:  lint.At(pass.Directive),
		Msg: fmt.Sprintf("%s is this machine: when its accept queue of %d is full, each request waits %s for a connection, and holds one of nginx's", l.Address, s.Backlog.Value, seconds(d)),
	}
	if s.At.File != nil {
		f.Notes = append(f.Notes, lint.Note{Msg: l.Address + " is " + s.Title(), At: lint.Place(s.At)})
	}
	c := newCure(pass, p.Host.Target.Nginx)
	c.set(pass.Protocol+"_connect_timeout", "5s")
	c.lessSafe(lint.Unsafe)
	f.Fix = c.result()
	p.Report(f)
}
