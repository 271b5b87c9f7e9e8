package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxOtherProtocolDirective = lint.Rule{
	ID:       "nginx-other-protocol-directive",
	Title:    "a directive of another module than the one that passes requests on",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.2",
	Why: `Each pass directive has a module of its own, with settings of its own: grpc_pass looks at grpc_read_timeout and not at proxy_read_timeout, fastcgi_pass sends what fastcgi_param says and nothing of proxy_set_header. nginx takes the other module's directive without a word, and it does nothing.

Measured (nginx 1.22.1, 1.26.3 and 1.30.6): with "proxy_read_timeout 1s" a backend behind uwsgi_pass that is silent for 2 seconds still answers 200, with "uwsgi_read_timeout 1s" the client gets 504 after one. uwsgi_pass and scgi_pass never keep a connection: 20 requests to an upstream with "keepalive 8" open 20.

Only locations and servers are looked at in which nothing passes in the way that the directive is meant for, and where the right directive is not set beside it. A time that is the default of the right one is left alone. proxy_set_header in front of FastCGI, uwsgi and SCGI is info: the client's own headers get there as HTTP_* anyway, and what is added needs fastcgi_param or its like.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_grpc_module.html",
		"https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html",
		"https://nginx.org/en/docs/http/ngx_http_uwsgi_module.html",
	},
	Examples: []lint.Example{
		{
			Name: "gRPC",
			Bad: `server {
    listen 443 ssl http2;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    location / {
        grpc_pass grpc://127.0.0.1:50051;
        proxy_read_timeout 1h;
       #^^^^^^^^^^^^^^^^^^^^^^ proxy_read_timeout does nothing for grpc_pass: grpc_read_timeout does
        proxy_send_timeout 1h;
       #^^^^^^^^^^^^^^^^^^^^^^ proxy_send_timeout does nothing for grpc_pass: grpc_send_timeout does
    }
}
`,
			Good: `server {
    listen 443 ssl http2;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    location / {
        grpc_pass grpc://127.0.0.1:50051;
        grpc_read_timeout 1h;
        grpc_send_timeout 1h;
    }
}
`,
		},
		{
			Name: "a whole server",
			Bad: `server {
    proxy_read_timeout 300s;
   #^^^^^^^^^^^^^^^^^^^^^^^^ proxy_read_timeout does nothing for fastcgi_pass: fastcgi_read_timeout does
    location ~ \.php$ {
        fastcgi_pass unix:/run/php/php-fpm.sock;
    }
}
`,
			Good: `server {
    fastcgi_read_timeout 300s;
    location ~ \.php$ {
        fastcgi_pass unix:/run/php/php-fpm.sock;
    }
}
`,
		},
		{
			Name: "headers",
			Bad: `server {
    location / {
        uwsgi_pass 127.0.0.1:3031;
        proxy_set_header Host $host;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^ proxy_set_header does nothing for uwsgi_pass: uwsgi_param does
        proxy_set_header X-Forwarded-Proto $scheme;
    }
}
`,
			Good: `server {
    location / {
        uwsgi_pass 127.0.0.1:3031;
        uwsgi_param HTTP_X_FORWARDED_PROTO $scheme;
    }
}
`,
		},
		{
			Name: "a pool for uwsgi",
			Bad: `upstream app {
    server 127.0.0.1:3031;
    keepalive 32;
   #^^^^^^^^^^^^^ keepalive 32 does nothing for uwsgi_pass: each request opens a connection
}
server {
    location / {
        uwsgi_pass app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:3031;
}
server {
    location / {
        uwsgi_pass app;
    }
}
`,
		},
		{
			Name: "silent: both kinds pass, the right one is set, the default, nothing that the other module has, Host",
			Bad: `server {
    proxy_read_timeout 300s;
    location / { proxy_pass http://127.0.0.1:8080; }
    location ~ \.php$ { fastcgi_pass unix:/run/php/php-fpm.sock; }
}
server {
    location ~ \.php$ {
        proxy_read_timeout 300s;
        fastcgi_read_timeout 300s;
        proxy_connect_timeout 60s;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        fastcgi_pass unix:/run/php/php-fpm.sock;
    }
    location /static/ {
        proxy_read_timeout 300s;
        root /srv;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, s := range p.Host.Nginx.Scopes {
			if s.Is(model.Server, model.Location) && !mayHideLocations(s) {
				otherProtocol(p, s)
			}
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			poolForNobody(p, u)
		}
	},
}

var _ = add(&nginxOtherProtocolDirective)

// neverKept are the protocols whose modules close every connection.
var neverKept = []string{"uwsgi", "scgi"}

func poolForNobody(p *lint.Pass, u *model.UpstreamBlock) {
	if !u.HasKeepalive || u.Keepalive.Arg(0) == "0" || len(u.Passes) == 0 || p.Host.Nginx.HasUnseen() && !p.Host.Nginx.Fragment {
		return
	}
	for _, pass := range u.Passes {
		if !slices.Contains(neverKept, pass.Protocol) {
			return
		}
	}
	p.Report(lint.Finding{
		At:    lint.At(u.Keepalive.Directive),
		Msg:   fmt.Sprintf("%s does nothing for %s: each request opens a connection", settingText(u.Keepalive), u.Passes[0].Name()),
		Notes: usesOf(u.Passes, "passed on here"),
		Fix:   &lint.Fix{Title: "remove keepalive", Safety: lint.Unsafe, Edits: lint.In(u.Keepalive.Directive, nginx.Drop(u.Keepalive.Directive))},
	})
}

// onlyProtocol is the one protocol of all passes at a scope and below; empty if
// there are several, or none.
func onlyProtocol(s *model.Scope) (protocol string, passes []*model.Pass) {
	for k := range s.Walk() {
		pass := k.Pass()
		if pass == nil {
			continue
		}
		if protocol != "" && pass.Protocol != protocol {
			return "", nil
		}
		protocol, passes = pass.Protocol, append(passes, pass)
	}
	return protocol, passes
}

func otherProtocol(p *lint.Pass, s *model.Scope) {
	protocol, passes := onlyProtocol(s)
	if protocol == "" || protocol == "memcached" {
		return
	}
	var headers []model.Setting
	lost := false
	for _, set := range s.Settings {
		other, what, _ := strings.Cut(set.Name(), "_")
		switch {
		case other == protocol || !slices.Contains(inProtocols, other) || s.Via(set) != nil:
		case other == "proxy" && what == "set_header":
			headers = append(headers, set)
			lost = lost || !set.Unknown() && !strings.EqualFold(set.Arg(0), "Host") && !strings.EqualFold(set.Arg(0), "Connection")
		case !set.Unknown() && isDead(protocol+"_"+what, set, passes):
			deadDirective(p, s, set, protocol, protocol+"_"+what, passes)
		}
	}
	if lost {
		deadHeaders(p, s, protocol, headers, passes)
	}
}

// isDead reports whether a directive would do something if it were twin, that of
// the module that passes requests on.
func isDead(twin string, set model.Setting, passes []*model.Pass) bool {
	if len(facts.Directives(twin)) == 0 {
		return false
	}
	for _, end := range []string{"_pass", "_param", "_temp_path", "_cache_path"} {
		if strings.HasSuffix(set.Name(), end) {
			return false
		}
	}
	for _, pass := range passes {
		v := pass.Scope.Get(twin)
		if !v.Sure || v.Set() {
			return false
		}
		written, isTime := model.Duration(set.Arg(0))
		byDefault, known := v.Duration()
		if text, one := facts.OneDefault(v.Defaults(), pass.Scope.Host().Target.Nginx); isTime && known && written == byDefault || one && text == set.Arg(0) {
			return false
		}
	}
	return true
}

func deadDirective(p *lint.Pass, s *model.Scope, set model.Setting, protocol, twin string, passes []*model.Pass) {
	p.Report(lint.Finding{
		At:    lint.At(set.Directive),
		Msg:   fmt.Sprintf("%s does nothing for %s_pass: %s does", set.Name(), protocol, twin),
		Notes: usesOf(passes, "passed on here"),
		Fix: &lint.Fix{
			Title: "write " + twin, Safety: lint.Unsafe, Changes: []string{twin}, Scopes: slices.Collect(s.Walk()),
			Edits: lint.In(set.Directive, nginx.SetName(set.Directive, twin)),
		},
	})
}

func deadHeaders(p *lint.Pass, s *model.Scope, protocol string, headers []model.Setting, passes []*model.Pass) {
	f := lint.Finding{
		At:    lint.At(headers[0].Directive),
		Msg:   fmt.Sprintf("proxy_set_header does nothing for %s_pass: %s_param does", protocol, protocol),
		Notes: usesOf(passes, "passed on here"),
	}
	if protocol != "grpc" {
		p.ReportMild(lint.Info, f)
		return
	}
	f.Msg = "proxy_set_header does nothing for grpc_pass: grpc_set_header does"
	own := slices.ContainsFunc(passes, func(pass *model.Pass) bool { return pass.Scope.Get("grpc_set_header").Set() })
	if !own {
		fix := &lint.Fix{Title: "write grpc_set_header", Safety: lint.Unsafe, Scopes: slices.Collect(s.Walk()), Changes: []string{"grpc_set_header"}}
		for _, h := range headers {
			fix.Edits = append(fix.Edits, lint.In(h.Directive, nginx.SetName(h.Directive, "grpc_set_header"))...)
		}
		f.Fix = fix
	}
	p.Report(f)
}
