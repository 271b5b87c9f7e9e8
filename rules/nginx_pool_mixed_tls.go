package rules

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxPoolMixedTLS = lint.Rule{
	ID:       "nginx-pool-mixed-tls",
	Title:    "passes with different demands share the connections of one pool",
	Severity: lint.Error,
	Fix:      lint.Safe,
	AnyText:  true,
	Since:    "0.1",
	Why: `A pool finds an idle connection by the address of the peer and nothing else. Whether it speaks TLS, which name and certificate were checked, and whether it is HTTP/2 does not count. When two locations use one upstream in different ways, a request of the one goes out on a connection that the other made.

Measured (nginx 1.22.1, 1.26.3 and 1.30.6, also seen with 1.31.5): after a request over https without verification, one with "proxy_ssl_verify on", which alone gets 502 for a certificate that is not trusted, got 200 over the unverified connection, and a location with http:// to the same upstream was answered over the TLS connection; with "local" it was not. A location with HTTP/1.1 beside one with HTTP/2 gets 502, "no connection data found for keepalive http2 connection"; so does a POST where grpc_pass and "proxy_http_version 2" share a pool (1.30.6: every second of 12, with 6 connections; with "local" none, and 2 connections).

This holds for every pool that is written ("keepalive 32"), in all versions. The pool that an upstream has by default from 1.29.7 on, "keepalive 32 local", is divided by location and is safe; so the patch writes "local" where the target has it. Before that, each kind of pass needs an upstream of its own.

One location is enough where the name that is verified varies from request to request, as with "proxy_ssl_name $host": a request for one name goes out on a connection on which another was verified. Neither "local" nor the default pool divides that; "keepalive 0" does, since 1.29.7.

Compared are the scheme, proxy_ssl_verify, proxy_ssl_name, proxy_ssl_certificate and the HTTP version, that of grpc_pass being one of its own. A pass counts as the source of connections only if it surely reuses them.`,
	Refs: []string{
		"https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_upstream_keepalive_module.c",
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive",
	},
	Examples: []lint.Example{
		{
			Name:  "http and https, where local is known",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 10.0.0.7:8443;
    keepalive 32;
   #^^^^^^^^^^^^^ keepalive 32 lets a pass to http://app use the connections of https://app
}
server {
    location / {
        proxy_pass https://app;
    }
    location /plain/ {
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 10.0.0.7:8443;
    keepalive 32 local;
}
server {
    location / {
        proxy_pass https://app;
    }
    location /plain/ {
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name:  "a location that verifies, before local came",
			Nginx: "1.28.3",
			Bad: `upstream app {
    server 10.0.0.7:8443;
    keepalive 32;
   #^^^^^^^^^^^^^ keepalive 32 lets a pass to https://app use the connections of https://app, though they differ in proxy_ssl_verify
}
server {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location / {
        proxy_pass https://app;
    }
    location /pay/ {
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate ca.pem;
        proxy_pass https://app;
    }
}
`,
			Good: `upstream app {
    server 10.0.0.7:8443;
    keepalive 32;
}
upstream pay {
    server 10.0.0.7:8443;
    keepalive 8;
}
server {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location / {
        proxy_pass https://app;
    }
    location /pay/ {
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate ca.pem;
        proxy_pass https://pay;
    }
}
`,
		},
		{
			Name:  "gRPC beside HTTP/2 in another way",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 127.0.0.1:9400;
    keepalive 8;
   #^^^^^^^^^^^^ keepalive 8 lets a pass to http://app use the connections of grpc://app, though it speaks HTTP/2 in another way
}
server {
    location /grpc {
        grpc_pass grpc://app;
    }
    location / {
        proxy_http_version 2;
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:9400;
    keepalive 8 local;
}
server {
    location /grpc {
        grpc_pass grpc://app;
    }
    location / {
        proxy_http_version 2;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name:  "a name that varies is verified, in one location",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 10.0.0.7:8443;
}
server {
    location / {
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate ca.pem;
        proxy_ssl_name $host;
       #^^^^^^^^^^^^^^^^^^^^^ a request to https://app may use a connection on which another name was verified: proxy_ssl_name $host varies
        proxy_pass https://app;
    }
}
`,
			Good: `upstream app {
    server 10.0.0.7:8443;
    keepalive 0;
}
server {
    location / {
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate ca.pem;
        proxy_ssl_name $host;
        proxy_pass https://app;
    }
}
`,
		},
		{
			Name:  "silent: the default pool is divided by location, and so is a local one",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 10.0.0.7:8443;
}
upstream local {
    server 10.0.0.8:8443;
    keepalive 8 local;
}
server {
    location /local/ {
        proxy_pass https://local;
    }
    location /local/plain/ {
        proxy_pass http://local;
    }
    location / {
        proxy_pass https://app;
    }
    location /plain/ {
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name:  "silent: nothing is reused, and a name that is neither sent nor checked",
			Nginx: "1.28.3",
			Bad: `upstream app {
    server 10.0.0.7:8443;
}
upstream name {
    server 10.0.0.8:8443;
    keepalive 32;
}
server {
    location / {
        proxy_pass https://app;
    }
    location /plain/ {
        proxy_pass http://app;
    }
}
server {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location / {
        proxy_ssl_name name.example.com;
        proxy_pass https://name;
    }
    location /b/ {
        proxy_pass https://name;
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
			for _, pass := range u.Passes {
				verifiedVaries(p, u, pass)
			}
			if !u.HasKeepalive || u.Keepalive.Arg(1) == "local" {
				continue
			}
			keeps := func(pass *model.Pass) bool { return !pass.Reuse().Empty() }
			if keeper, other, mixed := mixture(u, keeps); mixed {
				mixedPool(p, u, keeper, other)
			}
		}
	},
}

var _ = add(&nginxPoolMixedTLS)

// verifiedVaries reports a pass that reuses connections, on each of which the name of
// one request was verified.
func verifiedVaries(p *lint.Pass, u *model.UpstreamBlock, pass *model.Pass) {
	if pass.Target.Scheme != "https" && pass.Target.Scheme != "grpcs" {
		return
	}
	verify, name := pass.Scope.Get(pass.Protocol+"_ssl_verify"), pass.Scope.Get(pass.Protocol+"_ssl_name")
	in := pass.Reuse()
	if in.Empty() || !verify.Sure || verify.Text() != "on" || !name.Sure || !strings.Contains(name.Text(), "$") || name.Text() == "$proxy_host" {
		return
	}
	f := lint.Finding{
		At: lint.At(name.Settings[0].Directive),
		Msg: fmt.Sprintf("a request to %s may use a connection on which another name was verified: %s %s varies, and the pool does not look at it",
			schemeAndAddress(pass), name.Settings[0].Name(), name.Text()),
		Notes:    []lint.Note{{Msg: "its connections are reused", At: lint.At(pass.Directive)}},
		Versions: p.NginxVersions(in, "where it reuses connections"),
	}
	if !u.HasKeepalive && p.Host.Target.PoolsAnyway().Contains(p.Host.Target.Nginx) {
		f.Fix = &lint.Fix{Title: `switch the pool off: "keepalive 0"`, Safety: lint.Shown, Edits: insideOf(u.Scope, "keepalive 0;")}
	}
	p.Report(f)
}

func mixedPool(p *lint.Pass, u *model.UpstreamBlock, keeper, other *model.Pass) {
	one, _ := sharingOf(keeper)
	two, _ := sharingOf(other)
	differ := ""
	switch {
	case one.version != two.version && one.version != "" && two.version != "":
		differ = ", though it speaks HTTP/2 in another way"
	case one.version != two.version:
		differ = ", though only one of them speaks HTTP/2"
	case one.scheme != two.scheme:
	case two.verify == "on" && one.verify != "on":
		differ = ", though they differ in " + other.Protocol + "_ssl_verify"
	case one.certificate != two.certificate:
		differ = ", though they differ in " + other.Protocol + "_ssl_certificate"
	default:
		differ = ", though they differ in " + other.Protocol + "_ssl_name"
	}
	f := lint.Finding{
		At: lint.At(u.Keepalive.Directive),
		Msg: fmt.Sprintf("keepalive %s lets a pass to %s use the connections of %s%s",
			u.Keepalive.Arg(0), schemeAndAddress(other), schemeAndAddress(keeper), differ),
		Notes: []lint.Note{
			{Msg: "these go into the pool", At: lint.At(keeper.Directive)},
			{Msg: "this one may be answered over them", At: lint.At(other.Directive)},
		},
		Versions: p.NginxVersions(keeper.Reuse(), "where the first of them reuses connections"),
	}
	size := u.Keepalive.Arg(0)
	fix := &lint.Fix{Safety: lint.Safe, Edits: lint.In(u.Keepalive.Directive, nginx.SetArg(u.Keepalive.Directive, 1, "local"))}
	if n, err := strconv.Atoi(size); err == nil && kinds(u) > n { // nginx-local-pool-thrash
		size = strconv.Itoa(kinds(u))
		fix.Safety = lint.Unsafe
		fix.Edits = append(fix.Edits, setArg(u.Keepalive.Directive, 0, size)...)
	}
	fix.Title = `divide the pool by location: "keepalive ` + size + ` local"`
	if fix.Safety == lint.Unsafe {
		fix.Title += ", one for each location and server, if the backends can hold that many idle connections from each worker"
	}
	if !p.Host.Target.PoolsAnyway().Contains(p.Host.Target.Nginx) {
		fix.Title += "; before nginx 1.29.7, which refuses that, give each kind of pass an upstream of its own"
		fix.Safety = lint.Shown
		fix.Leads = []string{"nginx-directive-args"}
	}
	f.Fix = fix
	p.Report(f)
}
