package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

var nginxPassToClientHost = lint.Rule{
	ID:       "nginx-pass-to-client-host",
	Title:    "a request is passed to the host that the client names",
	Severity: lint.Warning,
	Fix:      lint.Shown,
	Since:    "0.2",
	Why: `With $host or $http_host in proxy_pass the client decides where nginx connects to. A request for a name or address of this very server comes back to it, is passed on again, and so on: each turn takes two connections, until worker_connections run out and everybody gets errors.

Measured (nginx 1.22.1, 1.26.3 and 1.30.6, 256 worker_connections): one request with the server's own address as its Host makes 127 requests of itself, then "256 worker_connections are not enough" is logged and all of them end with 502.

Named are servers that take any name and listen on the port that the request goes to. Let server_name admit only names that are meant, and a map turn them into targets:

    map $host $backend { default ""; app.example.com 10.0.0.5:8080; }

with "proxy_pass http://$backend" and a 404 where it is empty. Ignore it for a forward proxy that clients cannot use against itself.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass",
		"https://nginx.org/en/docs/ngx_core_module.html#worker_connections",
	},
	Examples: []lint.Example{
		{
			Bad: `events {}
http {
    server {
        listen 80;
        resolver 127.0.0.53;
        location / {
            proxy_pass http://$host$request_uri;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ $host is what the client sends: a request for a name of this server comes back to it on port 80, again and again
        }
    }
}
`,
			Good: `events {}
http {
    map $host $backend {
        default "";
        app.example.com 10.0.0.5;
    }
    server {
        listen 80;
        location / {
            if ($backend = "") {
                return 404;
            }
            proxy_pass http://$backend$request_uri;
        }
    }
}
`,
		},
		{
			Name: "a port of its own, and the default of several servers",
			Bad: `events {}
http {
    resolver 127.0.0.53;
    server {
        listen 8080 default_server;
        server_name a.example.com;
        location / {
            proxy_pass http://$http_host:8080;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ $http_host is what the client sends: a request for a name of this server comes back to it on port 8080
        }
    }
    server {
        listen 8080;
        server_name b.example.com;
        return 204;
    }
}
`,
			Good: `events {}
http {
    server {
        listen 8080 default_server;
        server_name a.example.com;
        location / {
            proxy_pass http://10.0.0.5:8080;
        }
    }
    server {
        listen 8080;
        server_name b.example.com;
        return 204;
    }
}
`,
		},
		{
			Name: "by way of a variable",
			Bad: `events {}
http {
    resolver 127.0.0.53;
    server {
        listen 80;
        location / {
            set $to $host;
            proxy_pass http://$to$request_uri;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ $host is what the client sends: a request for a name of this server comes back to it on port 80, again and again
        }
        location /all/ {
            set $target http://$http_host;
            proxy_pass $target;
           #^^^^^^^^^^^^^^^^^^^ $http_host is what the client sends: a request for a name of this server comes back to it on port 80
        }
    }
}
`,
			Good: `events {}
http {
    server {
        listen 80;
        location / {
            set $to 10.0.0.5;
            proxy_pass http://$to$request_uri;
        }
        location /all/ {
            set $target http://10.0.0.5;
            proxy_pass $target;
        }
    }
}
`,
		},
		{
			Name: "silent: a variable that may have another value",
			Bad: `events {}
http {
    resolver 127.0.0.53;
    server {
        listen 80;
        location / {
            set $to $host;
            if ($host = www.example.com) {
                set $to 10.0.0.5;
            }
            proxy_pass http://$to;
        }
    }
}
`,
		},
		{
			Name: "silent: certain names only, and a port on which nothing listens here",
			Bad: `events {}
http {
    resolver 127.0.0.53;
    server {
        listen 80;
        return 444;
    }
    server {
        listen 80;
        server_name a.example.com;
        location / {
            proxy_pass http://$host;
        }
    }
    server {
        listen 3128;
        location / {
            proxy_pass http://$host:8080;
        }
    }
    server {
        listen 8000;
        location / {
            internal;
            proxy_pass http://$host:8000;
        }
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || p.Host.Nginx.Fragment || hasUnknownListen(p.Host.Nginx) {
			return
		}
		listeners := p.Host.Nginx.Listeners()
		for _, pass := range proxiedAnywhere(p.Host) {
			variable, port, ok := toClientHost(throughSet(p, pass))
			server := pass.Scope.Outer(model.Server)
			if _, internal := settingsScope(pass.Scope).Own("internal"); !ok || server == nil || internal || !takesAnyName(server, listeners) {
				continue
			}
			if port = portBack(server, variable, port, listeners); port == "" {
				continue
			}
			p.Report(lint.Finding{
				At: lint.At(pass.Directive),
				Msg: fmt.Sprintf("$%s is what the client sends: a request for a name of this server comes back to it on port %s, again and again",
					variable, port),
				Fix: &lint.Fix{Title: "let a map turn the names that are meant into targets", Safety: lint.Shown},
			})
		}
	},
}

var _ = add(&nginxPassToClientHost)

// portBack is the port on which a request that goes to a port comes back to this
// nginx; empty if it does not. $http_host has the client's own port in it, unless
// that is 80 or 443: it goes to where it came from.
func portBack(server *model.Scope, variable, port string, listeners map[string]*model.Listener) string {
	for _, key := range slices.Sorted(maps.Keys(listeners)) {
		at := key[strings.LastIndexByte(key, ':')+1:]
		own := variable == "http_host" && isNumber(at) && at != "80" && at != "443" && slices.Contains(listeners[key].Servers, server)
		if at == port || own {
			return at
		}
	}
	return ""
}

// toClientHost reads the target of a proxy_pass whose host is the one that the
// client names, and the port that it goes to.
func toClientHost(target string) (variable, port string, ok bool) {
	scheme, rest, found := strings.Cut(target, "://")
	switch {
	case !found:
		return "", "", false
	case scheme == "http":
		port = "80"
	case scheme == "https":
		port = "443"
	default:
		return "", "", false
	}
	for _, v := range []string{"http_host", "host"} {
		for _, written := range []string{"$" + v, "${" + v + "}"} {
			after, begins := strings.CutPrefix(rest, written)
			if !begins {
				continue
			}
			if digits, has := strings.CutPrefix(after, ":"); has {
				n := len(digits) - len(strings.TrimLeft(digits, "0123456789"))
				return v, digits[:n], n > 0
			}
			return v, port, after == "" || after[0] == '/' || after[0] == '$' || after[0] == '?'
		}
	}
	return "", "", false
}

// throughSet is the target of a pass with the value of its first variable in place of
// that, if "set" gives it one value and nothing else does:
//
//	set $to $host;
//	proxy_pass http://$to;
func throughSet(p *lint.Pass, pass *model.Pass) string {
	target := pass.Arg(0)
	before, after, ok := strings.Cut(target, "$")
	if !ok || before != "" && before != "http://" && before != "https://" {
		return target
	}
	name := after[:len(after)-len(strings.TrimLeft(after, variableLetters))]
	rest := after[len(name):]
	if inner, behind, closed := strings.Cut(strings.TrimPrefix(after, "{"), "}"); closed && after[0] == '{' {
		name, rest = inner, behind
	}
	if values, known := setAround(p, pass.Scope, name); known && len(values) == 1 && !setsUnknown(p.Host.Nginx) {
		return before + values[0] + rest
	}
	return target
}

// setsUnknown reports whether a template decides on which variable some "set" is.
func setsUnknown(n *model.Nginx) bool {
	for _, set := range n.Uses("set") {
		if source.HasUnknown(set.Arg(0)) {
			return true
		}
	}
	return false
}

const variableLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// hasUnknownListen reports whether a template decides on an address.
func hasUnknownListen(n *model.Nginx) bool {
	for _, set := range n.Uses("listen") {
		if set.Unknown() {
			return true
		}
	}
	return false
}

// takesAnyName reports whether a server gets requests for whatever name: it is
// the default of an address that it listens on.
func takesAnyName(server *model.Scope, listeners map[string]*model.Listener) bool {
	for _, l := range listeners {
		first := l.Servers[0]
		for i, s := range l.Servers {
			if i < len(l.Listens) && (l.Listens[i].Has("default_server") || l.Listens[i].Has("default")) {
				first = s
			}
		}
		if first == server {
			return true
		}
	}
	return false
}
