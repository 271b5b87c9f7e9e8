package rules

import (
	"net/netip"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxUpstreamStaleDNS = lint.Rule{
	ID:       "nginx-upstream-stale-dns",
	Title:    "a host name is looked up once, at start",
	Severity: lint.Info,
	Fix:      lint.Shown,
	AnyText:  true,
	Since:    "0.1",
	Why: `nginx looks a name in an upstream's server line, or in a proxy_pass without variables, up when it reads the configuration, and keeps the addresses until the next reload. If they change, as those of a cloud's load balancer or of a container that is made anew do, requests go to the old ones: connection refused, a timeout, or somebody else's machine. If the name does not resolve at that moment, nginx does not start.

From 1.27.3 on "resolve" behind the server, with a zone and a resolver, makes nginx look again when the answer's time to live is over. Before that, only a variable in proxy_pass does, with a resolver; it has no pool and remembers no failures (experiment 12: 2000 connections for 2000 requests).

One finding names an upstream, or a name in passes, once. "localhost" is nginx-upstream-localhost's. Names of Kubernetes Services (app.shop.svc.cluster.local, and "app" in a ConfigMap) are left alone: the address of a Service stays, unless it is a headless one. So are names that a runtime of containers writes into /etc/hosts, such as host.docker.internal: no resolver knows them.

Ignore it for a name that is as constant as an address, or where a reload follows every change.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#resolve",
		"https://github.com/nginx/nginx/blob/master/src/core/ngx_inet.c",
	},
	Examples: []lint.Example{
		{
			Name: "servers of an upstream",
			Bad: `upstream api {
    server api-1.example.com:8080;
          #^^^^^^^^^^^^^^^^^^^^^^ api-1.example.com is looked up once, at start: its addresses hold until the next reload
    server api-2.example.com:8080;
    keepalive 16;
}
`,
			Good: `upstream api {
    zone api 64k;
    resolver 10.0.0.2;
    server api-1.example.com:8080 resolve;
    server api-2.example.com:8080 resolve;
    keepalive 16;
}
`,
		},
		{
			Name: "one name with several ports",
			Bad: `upstream api {
    server api.example.com:8080;
          #^^^^^^^^^^^^^^^^^^^^ api.example.com is looked up once
    server api.example.com:8081;
    keepalive 16;
}
`,
			Good: `upstream api {
    zone api 64k;
    resolver 10.0.0.2;
    server api.example.com:8080 resolve;
    server api.example.com:8081 resolve;
    keepalive 16;
}
`,
		},
		{
			Name: "in proxy_pass",
			Bad: `server {
    location /api/ {
        proxy_set_header Host $proxy_host;
        proxy_pass https://shop.example.com:8443/v2/;
                  #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ shop.example.com is looked up once, at start
    }
}
`,
			Good: `server {
    location ~ ^/api/(.*) {
        resolver 10.0.0.2;
        set $shop shop.example.com:8443;
        proxy_set_header Host $proxy_host;
        proxy_pass https://$shop/v2/$1$is_args$args;
    }
}
`,
		},
		{
			Name: "silent: resolved again, addresses, a socket, localhost and the name of an upstream",
			Bad: `upstream api {
    zone api 64k;
    resolver 10.0.0.2;
    server my-lb.example.com:443 resolve;
    server 10.0.0.7:443;
    server [2001:db8::7]:443;
    server unix:/run/api.sock;
    server localhost:8080;
    server app.shop.svc.cluster.local:8080;
    server __BACKEND__:8080;
    server host.docker.internal:8080;
}
server {
    location / {
        set $shop shop.example.com;
        resolver 10.0.0.2;
        proxy_pass https://$shop;
    }
    location /api/ {
        resolver 10.0.0.2;
        proxy_pass https://shop.example.com$request_uri;
    }
    location /v2/ {
        proxy_pass http://api;
    }
    location /v3/ {
        proxy_pass http://upstream-of-another-file;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			staleServers(p, u)
		}
		var order []string
		users := map[string][]*model.Pass{}
		for _, pass := range p.Host.Nginx.Passes() {
			t := pass.Target
			if t.Kind != model.TargetAddress || !goesStale(pass.Setting, t.Host) || bareWord(t) || strings.Contains(pass.Arg(0), "$") || p.Host.Nginx.Upstream(t.Host) != nil {
				continue
			}
			if users[t.Host] == nil {
				order = append(order, t.Host)
			}
			users[t.Host] = append(users[t.Host], pass)
		}
		for _, name := range order {
			first := users[name][0]
			p.Report(lint.Finding{
				At:  lint.AtWord(first.Directive, 1),
				Msg: staleMessage(name),
				Notes: append(usesOf(users[name][1:], "the same name here"),
					lint.Note{Msg: `with a resolver, a variable ("set $name ` + name + `;") makes nginx look again`}),
			})
		}
	},
}

var _ = add(&nginxUpstreamStaleDNS)

// serviceName is the name of a Service of Kubernetes: name.namespace.svc, with or
// without the cluster's own domain.
var serviceName = lazyre.New(`^[a-z0-9-]+\.[a-z0-9-]+\.svc(\.cluster\.local)?$`)

func staleMessage(name string) string {
	return name + " is looked up once, at start: its addresses hold until the next reload"
}

// hostNames are names of the machine that a runtime of containers writes into
// /etc/hosts, where resolvers do not look.
var hostNames = map[string]bool{
	"host.docker.internal": true, "gateway.docker.internal": true, "kubernetes.docker.internal": true,
	"host.containers.internal": true, "host.minikube.internal": true, "host.k3d.internal": true, "host.lima.internal": true,
}

// goesStale reports whether the addresses of a host that a line names may change while
// nginx runs.
func goesStale(line model.Setting, host string) bool {
	switch {
	case !isName(host), hostNames[strings.ToLower(host)]:
		return false
	case strings.Contains(host, "."):
		return true
	}
	view := line.File().View
	return view == nil || !strings.Contains(view.Disk.Text, "kind: ConfigMap") // the name of a Service in there
}

// isName reports whether a host is a name that has to be looked up, and neither
// localhost, nor a Service of Kubernetes, nor a place holder.
func isName(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || host == "" || strings.ContainsAny(host, "${}<>%@:\x1a") || strings.HasPrefix(host, "__") {
		return false
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if serviceName.MatchString(host) {
		return false // its address stays as long as it is there
	}
	return host != "localhost" && !strings.HasSuffix(host, ".localhost") && strings.ContainsAny(host, "abcdefghijklmnopqrstuvwxyz")
}

// staleServers reports the first server of an upstream whose name is looked up
// once.
func staleServers(p *lint.Pass, u *model.UpstreamBlock) {
	var stale []model.Setting
	for _, s := range u.Servers {
		arg := s.Arg(0)
		if host, _, _ := strings.Cut(arg, ":"); !strings.HasPrefix(arg, "unix:") && !strings.HasPrefix(arg, "[") && goesStale(s, host) && !hasParam(s, "resolve") && !mayHaveMore(s) {
			stale = append(stale, s)
		}
	}
	if len(stale) == 0 {
		return
	}
	host, _, _ := strings.Cut(stale[0].Arg(0), ":")
	f := lint.Finding{At: lint.AtWord(stale[0].Directive, 1), Msg: staleMessage(host), Fix: resolveAgain(u, stale)}
	for i, s := range stale[1:] {
		if i == 3 {
			f.Notes = append(f.Notes, lint.Note{Msg: "and " + plural(len(stale)-1-i, "more server")})
			break
		}
		f.Notes = append(f.Notes, lint.Note{Msg: "this one, too", At: lint.AtWord(s.Directive, 1)})
	}
	p.Report(f)
}

// resolveAgain lets nginx look names up again; nil where no version in use can.
func resolveAgain(u *model.UpstreamBlock, stale []model.Setting) *lint.Fix {
	target, able := u.Scope.Host().Target.Nginx, facts.Since(facts.V(1, 27, 3))
	if target.Intersect(able).Empty() {
		return nil
	}
	fix := &lint.Fix{
		Title:  "look it up again, with a resolver in http or here",
		Safety: lint.Shown,
		Leads:  []string{"nginx-resolve-without-resolver"}, // which nobody but the user knows
	}
	if !able.Contains(target) {
		fix.Title = "from nginx 1.27.3 on: " + fix.Title
	}
	for _, s := range stale {
		fix.Edits = append(fix.Edits, lint.In(s.Directive, nginx.SetArg(s.Directive, s.Args().Len(), "resolve"))...)
	}
	if v := u.Scope.Get("zone"); !v.Set() && v.Sure {
		fix.Edits = append(fix.Edits, insideOf(u.Scope, "zone "+freeZone(u.Scope)+" 64k;")...)
	}
	return fix
}
