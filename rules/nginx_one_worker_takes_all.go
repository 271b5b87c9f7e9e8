package rules

import (
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxOneWorkerTakesAll = lint.Rule{
	ID:       "nginx-one-worker-takes-all",
	Title:    "connections that last are not spread over the workers",
	Severity: lint.Info,
	Fix:      lint.Unsafe,
	Since:    "0.2",
	Why: `All workers wait at one socket for new clients, and nothing divides these among them. With "accept_mutex on" only one worker accepts at a time, and as long as it is not busy it is the same one. Without it, the default since 1.11.3, the kernel picks the worker to wake; with the kernels of some years ago that was mostly the same one as well (ingress-nginx #2734, openresty #498). Short requests end before that matters. WebSockets and streams pile up on one worker until its worker_connections are gone, while the others are idle.

Measured (nginx 1.22.1, 1.26.3 and 1.30.6, 4 workers, 400 connections that stay, opened one after the other, on Linux 6.18): with "accept_mutex on" one worker has all 400; without it 97 to 109 each; with reuseport, which gives every worker a queue of its own, 81 to 113 each, with the mutex and without.

The patch adds reuseport to the listen directive, which takes a restart. Without the mutex it is only shown. Connections that wait in the queue of a worker that goes away, when worker_processes is lowered or at an upgrade of the binary, are lost. For a target of Linux 6.18 or later only "accept_mutex on" is named.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#reuseport",
		"https://nginx.org/en/docs/ngx_core_module.html#accept_mutex",
		"https://github.com/kubernetes/ingress-nginx/issues/2734",
	},
	Examples: []lint.Example{
		{
			Name: "the mutex",
			Bad: `worker_processes 4;
events {
    accept_mutex on;
   #^^^^^^^^^^^^^^^^ accept_mutex lets one of the 4 workers take all WebSockets until it is nearly full
}
http {
    server {
        listen 80;
        location /ws {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 1h;
            proxy_pass http://127.0.0.1:8000;
        }
    }
}
`,
			Good: `worker_processes 4;
events {
    accept_mutex on;
}
http {
    server {
        listen 80 reuseport;
        location /ws {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 1h;
            proxy_pass http://127.0.0.1:8000;
        }
    }
}
`,
		},
		{
			Name: "without it, where the kernel is not known",
			Bad: `worker_processes 8;
events {}
http {
    server {
        listen 80;
       #^^^^^^^^^^ nothing spreads WebSockets over the 8 workers: which of them accepts is left to the kernel
        location /ws {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 1h;
            proxy_pass http://127.0.0.1:8000;
        }
    }
}
`,
			Good: `worker_processes 8;
events {}
http {
    server {
        listen 80 reuseport;
        location /ws {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 1h;
            proxy_pass http://127.0.0.1:8000;
        }
    }
}
`,
		},
		{
			Name: "silent: reuseport, and short requests",
			Bad: `worker_processes 8;
events {
    accept_mutex on;
}
http {
    server {
        listen 80 reuseport;
        location /ws {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 1h;
            proxy_pass http://127.0.0.1:8000;
        }
    }
    server {
        listen 8080;
        location / {
            proxy_pass http://127.0.0.1:8000;
        }
    }
}
`,
		},
		{
			Name:   "silent: a kernel that takes turns",
			Kernel: "6.18",
			Bad: `worker_processes 8;
events {}
http {
    server {
        listen 80;
        location /ws {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 1h;
            proxy_pass http://127.0.0.1:8000;
        }
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		root := mainFile(p.Host)
		if root == nil || eventsOf(root) == nil || hasUnknownListen(p.Host.Nginx) {
			return
		}
		n, known := workers(p.Host)
		processes := root.Get("worker_processes")
		mutex := eventsOf(root).Get("accept_mutex")
		if !processes.Sure || processes.Text() != "auto" && (!known || n < 2) || !mutex.Sure {
			return
		}
		count := "the workers"
		if known && n > 1 {
			count = fmt.Sprintf("the %d workers", n)
		}
		all := p.Host.Nginx.Listeners()
		for _, l := range lastingPasses(p) {
			server := l.scope.Outer(model.Server)
			if server == nil {
				continue
			}
			if listener := sharedQueue(all, server); listener != nil {
				notSpread(p, l, listener, mutex, count)
				return
			}
		}
	},
}

var _ = add(&nginxOneWorkerTakesAll)

// takesTurns is the first kernel known to wake the workers of one socket in turn
// (measured).
var takesTurns = facts.Since(facts.V(6, 18, 0))

// sharedQueue is an address of a server at which all workers wait; nil if there is
// none.
func sharedQueue(all map[string]*model.Listener, server *model.Scope) *model.Listener {
	for set := range server.All("listen") {
		if l := all[model.ListenKey(set.Arg(0))]; l != nil && slices.Contains(l.Servers, server) && len(l.Listens) > 0 &&
			!slices.ContainsFunc(l.Listens, func(x model.Setting) bool { return x.Has("reuseport") }) {
			return l
		}
	}
	return nil
}

func notSpread(p *lint.Pass, l lasting, listener *model.Listener, mutex model.Value, count string) {
	at := optionsOf(listener)
	f := lint.Finding{
		At:  lint.At(at.Directive),
		Msg: fmt.Sprintf("nothing spreads %s over %s: which of them accepts is left to the kernel", l.what, count),
		Notes: []lint.Note{
			{Msg: "they may last " + inWords(l.time), At: lint.At(l.limit.Directive)},
		},
		Fix: &lint.Fix{
			Title: `add "reuseport" to listen`, Safety: lint.Unsafe, Changes: []string{"listen"}, Scopes: serverScopes(listener.Servers),
			Edits: lint.In(at.Directive, nginx.SetArg(at.Directive, at.Args().Len(), "reuseport")),
		},
	}
	switch {
	case mutex.Text() == "on":
		f.At = lint.At(mutex.Settings[0].Directive)
		f.Msg = fmt.Sprintf("accept_mutex lets one of %s take all %s until it is nearly full", count, l.what)
	case takesTurns.Contains(p.Host.Target.Kernel):
		return
	default:
		f.Fix.Safety = lint.Shown // the kernel may do well
	}
	p.Report(f)
}

// serverScopes are servers and all that stands in them.
func serverScopes(servers []*model.Scope) []*model.Scope {
	var out []*model.Scope
	for _, s := range servers {
		out = append(out, slices.Collect(s.Walk())...)
	}
	return out
}

// optionsOf is the listen directive of an address that holds the options of its
// socket, or could: there may be one such only.
func optionsOf(l *model.Listener) model.Setting {
	for _, set := range l.Listens {
		if word, _ := parameterWord(set, socketOptions); word > 0 {
			return set
		}
	}
	for _, set := range l.Listens {
		if set.Has("default_server") {
			return set
		}
	}
	return l.Listens[0]
}
