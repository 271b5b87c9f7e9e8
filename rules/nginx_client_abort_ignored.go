package rules

import (
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxClientAbortIgnored = lint.Rule{
	ID:       "nginx-client-abort-ignored",
	Title:    "nginx waits for the backend after the client is gone",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `When a client gives up, nginx closes the connection to the backend as well, so that the backend can stop. With "proxy_ignore_client_abort on" (or its fastcgi_, uwsgi_ and scgi_ kin) it goes on waiting: the client's socket sits in CLOSE_WAIT until the backend answers, or until the read timeout, and both connections are taken up for nobody.

Measured (experiment 4, nginx 1.22.1 and 1.31.5, a client that leaves after a second): with the directive on, a stream that is quiet keeps the client's socket in CLOSE_WAIT for the remaining 11 of 12 seconds, one that sends every 300 ms for less than a second, until the second write fails; with it off, both sockets are gone at once. So it does not even protect a long response, only the wait for it.

The patch removes the line. It is unsafe: the work of the backend may be wanted although nobody waits for its answer.

Ignore it where that is so, for webhooks for instance.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ignore_client_abort",
		"https://github.com/nginx/nginx/blob/master/src/http/ngx_http_upstream.c",
	},
	Examples: []lint.Example{
		{
			Name: "for a whole server",
			Bad: `server {
    proxy_ignore_client_abort on;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ a client that leaves stays in CLOSE_WAIT until the backend answers
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
    location /reports/ {
        proxy_pass http://127.0.0.1:8081;
    }
}
`,
			Good: `server {
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
    location /reports/ {
        proxy_pass http://127.0.0.1:8081;
    }
}
`,
		},
		{
			Name: "php-fpm",
			Bad: `server {
    location ~ \.php$ {
        fastcgi_ignore_client_abort on;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        fastcgi_pass unix:/run/php.sock;
    }
}
`,
			Good: `server {
    location ~ \.php$ {
        fastcgi_pass unix:/run/php.sock;
    }
}
`,
		},
		{
			Name: "silent: what is cached or stored is read to its end anyway",
			Bad: `proxy_cache_path /var/cache/nginx keys_zone=c:10m;
server {
    proxy_ignore_client_abort on;
    location /a/ {
        proxy_cache c;
        proxy_pass http://127.0.0.1:8080;
    }
    location /b/ {
        proxy_store on;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "silent: off, another protocol, and no pass that it is for",
			Bad: `server {
    proxy_ignore_client_abort on;
    location /a/ {
        proxy_ignore_client_abort off;
        proxy_pass http://127.0.0.1:8080;
    }
    location /b/ {
        uwsgi_pass unix:/run/app.sock;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		var order []*nginx.Directive
		users := map[*nginx.Directive][]*model.Pass{}
		for _, pass := range p.Host.Nginx.Passes() {
			v := pass.Scope.Get(pass.Protocol + "_ignore_client_abort")
			if !v.Set() || !v.Sure || v.Text() != "on" || keepsAnyway(pass) {
				continue
			}
			d := v.Settings[0].Directive
			if users[d] == nil {
				order = append(order, d)
			}
			users[d] = append(users[d], pass)
		}
		for _, d := range order {
			abortIgnored(p, d, users[d])
		}
	},
}

var _ = add(&nginxClientAbortIgnored)

// keepsAnyway reports whether nginx reads a response to its end for a client that
// is gone whatever the directive says: to cache or store it, or perhaps so
// (release-1.26.3 ngx_http_upstream.c, ngx_http_upstream_init_request and
// ngx_http_upstream_check_broken_connection).
func keepsAnyway(pass *model.Pass) bool {
	for _, name := range []string{"_cache", "_store"} {
		if v := pass.Scope.Get(pass.Protocol + name); !v.Sure || v.Set() && v.Text() != "off" {
			return true
		}
	}
	return false
}

func abortIgnored(p *lint.Pass, d *nginx.Directive, users []*model.Pass) {
	f := lint.Finding{
		At:  lint.At(d),
		Msg: "a client that leaves stays in CLOSE_WAIT until the backend answers",
		Fix: &lint.Fix{
			Title: "remove it", Safety: lint.Unsafe, Edits: lint.In(d, nginx.Drop(d)),
			Changes: []string{d.Name()}, Scopes: usingSetting(p.Host, d),
		},
	}
	if timeout, ok := users[0].Scope.Get(users[0].Protocol + "_read_timeout").Duration(); ok {
		f.Msg += ", at most for " + seconds(timeout)
	}
	f.Notes = usesOf(users, "requests that it concerns")
	p.Report(f)
}

// usingSetting are the scopes in which a directive is in force.
func usingSetting(h *model.Host, d *nginx.Directive) []*model.Scope {
	var scopes []*model.Scope
	for _, s := range h.Nginx.Scopes {
		if v := s.Get(d.Name()); v.Set() && v.Settings[0].Directive == d {
			scopes = append(scopes, s)
		}
	}
	return scopes
}
