package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

var nginxHostHeaderUpstreamName = lint.Rule{
	ID:       "nginx-host-header-upstream-name",
	Title:    "the backend gets the name of the upstream block as Host",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	AnyText:  true,
	Since:    "0.1",
	Why: `Where nothing sets Host, nginx sends what stands in proxy_pass. With an upstream block that is the block's name, which only this file knows: the backend sees "Host: app_servers" instead of the name that the client asked for. Redirects and links that it makes of it lead nowhere, virtual hosts do not match, lists of allowed hosts refuse it.

It is a warning where the name cannot be a host name at all, because of an underscore: frameworks that check Host answer 400 (Django's get_host takes letters, digits, "." and "-" only). Otherwise it is info, since many backends never look at Host.

Measured (nginx 1.22.1, and experiment 3): "proxy_pass http://app_servers" without proxy_set_header Host sends "Host: app_servers".

An upstream that bears a real name is left alone: one with a dot, and one of which a server has the same name, as with "upstream app { server app:3000; }" in front of a Docker or Kubernetes service. A name without a dot alone proves nothing, and so the rule only informs of it. Where a header in a block drops a Host from outside, nginx-proxy-headers-lost speaks instead. In a file that is read alone, the rule keeps silent unless a block in it sets other headers, because Host is often set in http.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header",
	},
	Examples: []lint.Example{
		{
			Name: "a name that no host can have",
			Bad: `events {}
http {
    upstream app_servers {
        server 127.0.0.1:8080;
    }
    server {
        location / {
            proxy_pass http://app_servers;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the backend gets "Host: app_servers", the name of the upstream block and no valid host name
        }
    }
}
`,
			Good: `events {}
http {
    upstream app_servers {
        server 127.0.0.1:8080;
    }
    server {
        location / {
            proxy_pass http://app_servers;
            proxy_set_header Host $host;
        }
    }
}
`,
		},
		{
			Name: "the header goes to the level that owns the others",
			Bad: `events {}
http {
    upstream backend {
        server 127.0.0.1:8080;
    }
    server {
        proxy_set_header X-Real-IP $remote_addr;
        location / {
            proxy_pass http://backend;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^ the backend gets "Host: backend", the name of the upstream block
        }
        location /api/ {
            proxy_pass http://backend;
        }
    }
}
`,
			Good: `events {}
http {
    upstream backend {
        server 127.0.0.1:8080;
    }
    server {
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header Host $host;
        location / {
            proxy_pass http://backend;
        }
        location /api/ {
            proxy_pass http://backend;
        }
    }
}
`,
		},
		{
			Name: "another location needs the name in its pass",
			Bad: `events {}
http {
    upstream backend {
        server 127.0.0.1:8080;
    }
    server {
        proxy_set_header X-Real-IP $remote_addr;
        location / {
            proxy_pass http://backend;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^
        }
        location /search/ {
            proxy_pass http://192.0.2.7;
        }
    }
}
`,
			Good: `events {}
http {
    upstream backend {
        server 127.0.0.1:8080;
    }
    server {
        proxy_set_header X-Real-IP $remote_addr;
        location / {
            proxy_pass http://backend;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header Host $host;
        }
        location /search/ {
            proxy_pass http://192.0.2.7;
        }
    }
}
`,
		},
		{
			Name: "silent: real names",
			Bad: `events {}
http {
    upstream api.example.com {
        server 192.0.2.1;
    }
    upstream app {
        server app:3000;
        keepalive 8;
    }
    server {
        location / {
            proxy_pass http://api.example.com;
        }
        location /app/ {
            proxy_pass http://app;
        }
    }
}
`,
		},
		{
			Name: "silent: Host is set, or lost, which another rule says",
			Bad: `events {}
http {
    upstream app_servers {
        server 127.0.0.1:8080;
    }
    proxy_set_header Host $host;
    server {
        location / {
            proxy_pass http://app_servers;
        }
        location /own/ {
            proxy_set_header Host $proxy_host;
            proxy_pass http://app_servers;
        }
        location /lost/ {
            proxy_set_header X-Real-IP $remote_addr;
            proxy_pass http://app_servers;
        }
    }
}
`,
		},
		{
			Name: "silent: http around the file may set it",
			Bad: `upstream app_servers {
    server 127.0.0.1:8080;
}
server {
    location / {
        proxy_pass http://app_servers;
    }
}
`,
		},
		{
			Name: "silent: an include that cannot be seen may set it",
			Bad: `events {}
http {
    upstream app_servers {
        server 127.0.0.1:8080;
    }
    server {
        location / {
            include /srv/site/proxy.conf;
            proxy_pass http://app_servers;
        }
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		var names []string
		byName := map[string][]*model.Pass{}
		for _, pass := range proxied(p.Host) {
			if !getsUpstreamName(pass) {
				continue
			}
			name := pass.Target.Upstream.Name
			if byName[name] == nil {
				names = append(names, name)
			}
			byName[name] = append(byName[name], pass)
		}
		for _, name := range names {
			upstreamNameAsHost(p, name, byName[name])
		}
	},
}

var _ = add(&nginxHostHeaderUpstreamName)

// getsUpstreamName reports whether the Host of a pass is the name of an
// upstream block that is no real name.
func getsUpstreamName(pass *model.Pass) bool {
	u := pass.Target.Upstream
	if u == nil {
		return false
	}
	headers := pass.Scope.Get("proxy_set_header")
	if !headers.Sure || headers.Assumed != "" || setsHost(headers) || realName(u) {
		return false
	}
	for s := pass.Scope; s != nil; s = s.Parent {
		if setsHost(s.Get("proxy_set_header")) {
			return false // nginx-proxy-headers-lost says so
		}
	}
	return true
}

func setsHost(headers model.Value) bool {
	return slices.ContainsFunc(headers.Settings, func(h model.Setting) bool { return strings.EqualFold(h.Arg(0), "Host") || source.HasUnknown(h.Arg(0)) })
}

// realName reports whether an upstream's name may be known outside the file: it
// has a dot, is an address, or is the host of one of the servers, or may be.
func realName(u *model.UpstreamBlock) bool {
	if _, err := netip.ParseAddr(u.Name); err == nil || u.Templated || strings.ContainsAny(u.Name, ".:") || strings.EqualFold(u.Name, "localhost") {
		return true
	}
	return slices.ContainsFunc(u.Servers, func(s model.Setting) bool {
		host, _, _ := strings.Cut(s.Arg(0), ":")
		return strings.EqualFold(host, u.Name) || source.HasUnknown(host)
	})
}

func upstreamNameAsHost(p *lint.Pass, name string, passes []*model.Pass) {
	f := lint.Finding{
		At:  lint.At(passes[0].Directive),
		Msg: fmt.Sprintf(`the backend gets "Host: %s", the name of the upstream block`, name),
		Notes: append([]lint.Note{
			{Msg: "the name stands for this block only", At: lint.At(passes[0].Target.Upstream.Scope.Block)},
		}, usesOf(passes[1:], "and here")...),
		Fix: setHost(passes),
	}
	severity := lint.Info
	if strings.Contains(name, "_") {
		severity = lint.Warning
		f.Msg += " and no valid host name"
	}
	p.ReportMild(severity, f)
}

// setHost sends the client's Host with all of the passes: at the level that owns
// their headers, if all that inherit these want it, else in each location with
// the whole set repeated.
func setHost(passes []*model.Pass) *lint.Fix {
	const line = "proxy_set_header Host $host;"
	fix := &lint.Fix{Title: `add "` + line + `"`, Safety: lint.Unsafe, Changes: []string{"host"}}
	done := map[*model.Scope]bool{}
	for _, pass := range passes {
		c := newCure(pass, facts.Never)
		headers := pass.Scope.Get("proxy_set_header")
		owner := headers.Owner
		fix.Scopes = append(fix.Scopes, c.fix.Scopes...)
		switch {
		case owner == nil:
			owner = c.place
			if !done[owner] {
				c.add(line)
			}
		case owner == c.place || allGetName(headers):
			if !done[owner] {
				c.addHeader(headers, line)
				c.mean(inheriting(headers)...)
				fix.Scopes = append(fix.Scopes, c.fix.Scopes...)
			}
		default:
			if owner = c.place; !done[owner] {
				for _, h := range headers.Settings {
					c.add(h.File().Slice(h.Head()) + ";")
				}
				c.add(line)
			}
		}
		done[owner] = true
		fix.Edits = append(fix.Edits, c.fix.Edits...)
	}
	return fix
}

// allGetName reports whether all passes that inherit a set of headers send the
// name of an upstream.
func allGetName(headers model.Value) bool {
	for _, s := range inheriting(headers) {
		if !getsUpstreamName(s.Pass()) {
			return false
		}
	}
	return true
}
