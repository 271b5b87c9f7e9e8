package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxUpstreamUndefined = lint.Rule{
	ID:       "nginx-upstream-undefined",
	Title:    "a pass to an upstream that is not declared",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `A name in proxy_pass that no upstream bears is a host name for nginx: it asks DNS at start, and where DNS does not know it, "host not found in upstream" ends the start, or the reload changes nothing. Where DNS does know it, requests go to port 80 of some other machine.

The rule speaks where an upstream of almost the same name exists, so that the two look like one name written in two ways. Names that differ in digits alone (app1, app2) or in more than a third of their letters are left alone, since a service may really be called so; upper and lower case do not matter, nginx ignores it here.

With grpc_pass, fastcgi_pass, uwsgi_pass, scgi_pass and memcached_pass, a name without a port is never looked up: it is the name of an upstream or an error ("no port in upstream"; measured, nginx 1.22.1), and so the rule needs no name that is near. It keeps silent in a file that is read alone, and where an include cannot be seen: the upstream may stand there.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass",
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#upstream",
	},
	Examples: []lint.Example{
		{
			Name: "a letter is missing",
			Bad: `events {}
http {
    upstream backend {
        server 127.0.0.1:8080;
    }
    server {
        location / {
            proxy_pass http://bakend/app/;
                      #^^^^^^^^^^^^^^^^^^ no upstream is named "bakend"
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
        location / {
            proxy_pass http://backend/app/;
        }
    }
}
`,
		},
		{
			Name: "without a port there is no other meaning",
			Bad: `events {}
http {
    server {
        location / {
            fastcgi_pass php;
                        #^^^ no upstream is named "php", and a host needs a port here: nginx does not start
        }
    }
}
`,
			Good: `events {}
http {
    server {
        location / {
            fastcgi_pass 127.0.0.1:9000;
        }
    }
}
`,
		},
		{
			Name: "silent: services of their own, and another case",
			Bad: `events {}
http {
    upstream app1 {
        server 127.0.0.1:8080;
    }
    upstream web {
        server 127.0.0.1:8081;
    }
    server {
        location /2/ {
            proxy_pass http://app2;
        }
        location /db/ {
            proxy_pass http://wsdb;
        }
        location /host/ {
            proxy_pass http://webb:8000;
        }
        location / {
            proxy_pass http://WEB;
        }
    }
}
`,
		},
		{
			Name: "silent: what stands above swallows the upstream",
			Bad: `events {}
http {
    PLACE_HOLDER

    upstream php {
        server 127.0.0.1:9000;
    }
    server {
        location / {
            fastcgi_pass php;
        }
    }
}
`,
		},
		{
			Name: "silent: the upstream may stand in another file",
			Bad: `upstream backend {
    server 127.0.0.1:8080;
}
server {
    location / {
        proxy_pass http://bakend;
    }
    location /php/ {
        fastcgi_pass php;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || swallowed(p.Host.Nginx, "upstream") {
			return
		}
		var names []string
		for _, u := range p.Host.Nginx.Upstreams() {
			if !u.Templated {
				names = append(names, u.Name)
			}
		}
		for _, pass := range p.Host.Nginx.Passes() {
			t := pass.Target
			if t.Kind != model.TargetAddress || t.Port != "" || strings.ContainsAny(t.Host, ".:$") || strings.EqualFold(t.Host, "localhost") {
				continue
			}
			near, ok := lint.Nearest(t.Host, names)
			if ok && (len(t.Host) < 4 || strings.Contains(near, t.Host) || sameButDigits(t.Host, near)) {
				ok = false
			}
			if ok || pass.Protocol != "proxy" {
				upstreamUndefined(p, pass, near, ok)
			}
		}
	},
}

var _ = add(&nginxUpstreamUndefined)

func upstreamUndefined(p *lint.Pass, pass *model.Pass, near string, ok bool) {
	name := pass.Target.Host
	f := lint.Finding{At: lint.AtWord(pass.Directive, 1), Msg: fmt.Sprintf("no upstream is named %q", name)}
	if pass.Protocol != "proxy" {
		f.Msg += ", and a host needs a port here: nginx does not start"
	}
	if ok {
		f.Notes = []lint.Note{{
			Msg: fmt.Sprintf("%q is declared here", near), At: lint.At(p.Host.Nginx.Upstream(near).Scope.Block),
		}}
		f.Fix = &lint.Fix{
			Title: fmt.Sprintf("pass to %q", near), Safety: lint.Unsafe,
			Edits:   setArg(pass.Directive, 0, strings.Replace(pass.Arg(0), name, near, 1)),
			Changes: []string{pass.Name(), "host"}, Scopes: passScopes(pass),
			Leads: append([]string{"nginx-host-header-upstream-name", "nginx-upstream-no-keepalive"}, poolLeads...),
		}
	}
	p.Report(f)
}

// sameButDigits reports whether two names differ in their digits alone.
func sameButDigits(a, b string) bool {
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return -1
			}
			return r
		}, s)
	}
	return letters(a) == letters(b)
}
