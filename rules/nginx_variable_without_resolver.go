package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxVariableWithoutResolver = lint.Rule{
	ID:       "nginx-variable-without-resolver",
	Title:    "a host that is known at run time only, and nobody to look it up",
	Severity: lint.Error,
	Fix:      lint.Shown,
	Since:    "0.1",
	Why: `A proxy_pass with a variable anywhere in it is worked out for each request. If the host is not an address, not the name of an upstream block, and not exactly the host and port of another proxy_pass without variables, nginx looks the name up, with the resolver in force at the location. It does not use /etc/resolv.conf or /etc/hosts for that, not even for localhost. Without a resolver the answer is 502, "no resolver defined to resolve app".

Measured (experiment 12, nginx 1.22.1 to 1.31.5): 2000 of 2000 requests get 502, and "nginx -t" is silent.

A variable counts only if all its values are plain text: from "set" at the location and around it, or from a map. In a file that is read without its http block nothing is reported, since the resolver usually stands there.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass",
		"https://github.com/nginx/nginx/blob/master/src/http/ngx_http_upstream.c",
	},
	Examples: []lint.Example{
		{
			Name: "a variable, as it is often set to let nginx start without the backend",
			Bad: `events {}
http {
    server {
        location / {
            set $backend app:8080;
            proxy_pass http://$backend;
                      #^^^^^^^^^^^^^^^ no resolver is in force to look up app: every request gets 502
        }
    }
}
`,
			Good: `events {}
http {
    server {
        location / {
            resolver 127.0.0.11;
            set $backend app:8080;
            proxy_pass http://$backend;
        }
    }
}
`,
		},
		{
			Name: "only the path is a variable",
			Bad: `events {}
http {
    server {
        location ~ ^/api/(.*)$ {
            proxy_pass http://localhost:8080/$1;
                      #^^^^^^^^^^^^^^^^^^^^^^^^ no resolver is in force to look up localhost
        }
    }
}
`,
			Good: `events {}
http {
    server {
        location ~ ^/api/(.*)$ {
            proxy_pass http://127.0.0.1:8080/$1;
        }
    }
}
`,
		},
		{
			Name: "silent: a resolver, an upstream, the same pass elsewhere, an address, and what cannot be known",
			Bad: `events {}
http {
    map $http_x_canary $pool {
        default app;
        1       canary;
    }
    upstream app {
        server 127.0.0.1:8080;
        keepalive 8;
    }
    upstream canary {
        server 127.0.0.1:8081;
        keepalive 8;
    }
    server {
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        location /a/ {
            proxy_pass http://$pool;
        }
        location /b/ {
            set $address 127.0.0.1:9090;
            proxy_pass http://$address;
        }
        location /c/ {
            proxy_pass http://$arg_to;
        }
        location /d/ {
            proxy_pass http://localhost:9091;
        }
        location ~ ^/e/(.*)$ {
            proxy_pass http://localhost:9091/$1;
        }
        location /f/ {
            resolver 127.0.0.11;
            set $name name:9092;
            proxy_pass http://$name;
        }
    }
}
`,
		},
		{
			Name: "silent: the http block is not seen",
			Bad: `server {
    location / {
        set $backend app:8080;
        proxy_pass http://$backend;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, pass := range proxiedAnywhere(p.Host) {
			if !strings.Contains(pass.Arg(0), "$") {
				continue
			}
			resolver := pass.Scope.Get("resolver")
			if resolver.Set() || !resolver.Sure || resolver.Assumed != "" {
				continue
			}
			if name := unresolved(p, pass); name != "" {
				p.Report(lint.Finding{
					At:  lint.AtWord(pass.Directive, 1),
					Msg: fmt.Sprintf("no resolver is in force to look up %s: every request gets 502", name),
					Fix: &lint.Fix{
						Title: "name the server that looks up names here, 127.0.0.11 in Docker", Safety: lint.Shown,
						Edits: insideOf(settingsScope(pass.Scope), "resolver 127.0.0.11;"),
					},
				})
			}
		}
	},
}

var _ = add(&nginxVariableWithoutResolver)

// unresolved returns a name that a pass with variables has to look up for every
// request that it gets; empty if there may be requests without one.
func unresolved(p *lint.Pass, pass *model.Pass) string {
	scheme, authority, ok := strings.Cut(pass.Arg(0), "://")
	targets := []string{pass.Arg(0)}
	if variable, rest, is := leadingVariable(pass.Arg(0)); is {
		// proxy_pass $backend, with the scheme in the variable.
		values, known := valuesOf(p, pass.Scope, variable)
		if !known {
			return ""
		}
		targets = targets[:0]
		for _, v := range values {
			targets = append(targets, v+rest)
		}
	} else if variable, rest, is := leadingVariable(authority); ok && is {
		values, known := valuesOf(p, pass.Scope, variable)
		if !known {
			return ""
		}
		targets = targets[:0]
		for _, v := range values {
			targets = append(targets, scheme+"://"+v+rest)
		}
	}
	name := ""
	for _, target := range targets {
		host := lookedUp(p, target)
		if host == "" {
			return ""
		}
		name = host
	}
	return name
}

// leadingVariable cuts a variable off the beginning of a text.
func leadingVariable(text string) (variable, rest string, ok bool) {
	rest, ok = strings.CutPrefix(text, "$")
	if !ok {
		return "", text, false
	}
	if inner, braced := strings.CutPrefix(rest, "{"); braced {
		return strings.Cut(inner, "}")
	}
	end := 0
	for end < len(rest) && (rest[end] == '_' || rest[end]|0x20 >= 'a' && rest[end]|0x20 <= 'z' || rest[end] >= '0' && rest[end] <= '9') {
		end++
	}
	return rest[:end], rest[end:], end > 0
}

// lookedUp returns the host of an evaluated target if nginx has to look it up
// when a request comes; empty if it need not, or if that cannot be told.
func lookedUp(p *lint.Pass, target string) string {
	scheme, rest, ok := strings.Cut(target, "://")
	if !ok || strings.HasPrefix(rest, "unix:") || strings.Contains(scheme, "$") {
		return ""
	}
	authority := rest
	if i := strings.IndexAny(rest, "/?$"); i >= 0 {
		if rest[i] == '$' && !strings.HasPrefix(rest[i:], "$request_uri") && !strings.HasPrefix(rest[i:], "$uri") {
			return "" // the host goes on in a variable
		}
		authority = rest[:i]
	}
	host, port, _ := strings.Cut(authority, ":")
	if host == "" || strings.HasPrefix(authority, "[") || host != "localhost" && !isName(host) {
		return ""
	}
	if port == "" && (p.Host.Nginx.Upstream(host) != nil || p.Host.Nginx.HasUnseen()) {
		return ""
	}
	if slices.ContainsFunc(p.Host.Nginx.Passes(), func(pass *model.Pass) bool { return pass.Unknown() }) {
		return "" // a template may pass to it elsewhere
	}
	known, _ := p.Shared("literal passes", func() any {
		known := map[string]bool{}
		for _, pass := range p.Host.Nginx.Passes() {
			if t := pass.Target; t.Kind == model.TargetAddress && !strings.Contains(pass.Arg(0), "$") {
				known[strings.ToLower(t.Host)+":"+portOf(t.Scheme, t.Port)] = true
			}
		}
		return known
	}).(map[string]bool)
	if known[strings.ToLower(host)+":"+portOf(scheme, port)] {
		return "" // its addresses are known since the start
	}
	return host
}

// portOf is a port, or the usual one of the scheme.
func portOf(scheme, port string) string {
	switch {
	case port != "":
		return port
	case scheme == "https":
		return "443"
	}
	return "80"
}
