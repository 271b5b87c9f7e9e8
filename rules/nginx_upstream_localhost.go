package rules

import (
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

var nginxUpstreamLocalhost = lint.Rule{
	ID:       "nginx-upstream-localhost",
	Title:    `"localhost" as a backend is two peers`,
	Severity: lint.Warning,
	Fix:      lint.Safe,
	AnyText:  true,
	Since:    "0.1",
	Why: `nginx looks "localhost" up once, at start, and makes a peer of every address that it gets: [::1] and 127.0.0.1 where both families exist, 127.0.0.1 twice on many hosts without IPv6 (when /etc/hosts has a line for ::1). Two things follow.

If the backend listens on one of them only, requests that go to the other fail first ("connect() failed (111: Connection refused)") and are tried again, once in every fail_timeout, for as long as nginx runs. With an event stream the browser's connection hangs on the dead one.

And the upstream is no longer a single peer, which nginx would never mark as down. Measured (experiment 5): a backend that restarts in 2 seconds gives 10 to 12.7 seconds of 502, because both peers are set aside for fail_timeout; with 127.0.0.1 the 502s end with the restart.

The patch is unsafe, since nginx's files do not say whether the backend listens on 127.0.0.1 or on [::1]. Declare it, and the patch is safe and writes the right one; a name in proxy_pass is declared as it stands there, [upstream."localhost:3000"]:

    [upstream."app"]
    families = ["ipv4"]`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server",
		"https://github.com/nginx/nginx/blob/master/src/core/ngx_inet.c",
	},
	Examples: []lint.Example{
		{
			Name: "a server of an upstream",
			Bad: `upstream app {
    server localhost:8080;
          #^^^^^^^^^^^^^^ "localhost" is two peers
    keepalive 32;
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
}
`,
		},
		{
			Name: "in proxy_pass",
			Bad: `server {
    location / {
        proxy_set_header Host $host;
        proxy_pass http://localhost:3000/app/;
                  #^^^^^^^^^^^^^^^^^^^^^^^^^^
    }
}
`,
			Good: `server {
    location / {
        proxy_set_header Host $host;
        proxy_pass http://127.0.0.1:3000/app/;
    }
}
`,
		},
		{
			Name: "the families are declared",
			Backends: func() map[string]facts.Backend {
				return map[string]facts.Backend{"app": {Families: []string{"ipv4"}}, "localhost:3000": {Families: []string{"ipv6"}}}
			},
			Bad: `upstream app {
    server localhost:8080;
          #^^^^^^^^^^^^^^ "localhost" is two peers, [::1] and 127.0.0.1, and the backend listens on ipv4 only
    keepalive 32;
}
server {
    location / {
        proxy_set_header Host $host;
        proxy_pass http://localhost:3000;
                  #^^^^^^^^^^^^^^^^^^^^^ and the backend listens on ipv6 only
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
}
server {
    location / {
        proxy_set_header Host $host;
        proxy_pass http://[::1]:3000;
    }
}
`,
		},
		{
			Name: "silent: an address, and stream",
			Bad: `events {}
http {
    upstream app {
        server 127.0.0.1:8080;
    }
}
stream {
    upstream db {
        server localhost:5432;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if _, off := p.Host.Sysctl.LoopbackWithoutIPv6(); off {
			return // host-localhost-without-ipv6 knows more
		}
		skipPasses(p)
		for _, l := range localhosts(p.Host) {
			if l.elsewhere(p.Host) {
				continue // service-wrong-network knows more
			}
			f := lint.Finding{
				At:  l.at,
				Msg: `"localhost" is two peers, [::1] and 127.0.0.1: one that does not answer is tried again and again`,
				Notes: []lint.Note{
					{Msg: "on a host without IPv6 it may be 127.0.0.1 twice; either way a short restart of the backend takes both out for fail_timeout"},
				},
				Fix: l.fix("127.0.0.1", lint.Unsafe),
			}
			for _, family := range []struct{ name, address string }{{"ipv4", "127.0.0.1"}, {"ipv6", "[::1]"}} {
				if declared := p.Host.Backends[l.name()]; declared.ListensOnlyOn(family.name) {
					f.Msg = `"localhost" is two peers, [::1] and 127.0.0.1, and the backend listens on ` + family.name + " only: the other is tried again and again"
					f.Fix = l.fix(family.address, lint.Safe)
				}
			}
			p.Report(f)
		}
	},
}

var _ = add(&nginxUpstreamLocalhost)

// localhost is one use of the name as a backend.
type localhost struct {
	at       lint.Place
	set      model.Setting
	upstream *model.UpstreamBlock // nil for a pass
	pass     *model.Pass          // nil for a server of an upstream
}

// name is the upstream's name, or the one that nginx gives the upstream that it
// makes of a pass.
func (l localhost) name() string {
	if l.pass == nil {
		return l.upstream.Name
	}
	if port := l.pass.Target.Port; port != "" {
		return l.pass.Target.Host + ":" + port
	}
	return l.pass.Target.Host
}

// elsewhere reports whether the backend is known to run in another container.
func (l localhost) elsewhere(h *model.Host) bool {
	if l.pass != nil {
		return l.pass.Backend().Elsewhere()
	}
	return h.Backend(l.upstream).Elsewhere()
}

// localhosts finds the uses of localhost as a backend in http.
func localhosts(h *model.Host) []localhost {
	if h.Nginx == nil {
		return nil
	}
	var out []localhost
	for _, u := range h.Nginx.Upstreams() {
		for _, s := range u.Servers {
			if host, _, _ := strings.Cut(s.Arg(0), ":"); strings.EqualFold(host, "localhost") {
				out = append(out, localhost{lint.AtWord(s.Directive, 1), s, u, nil})
			}
		}
	}
	for _, pass := range h.Nginx.Passes() {
		t := pass.Target
		// With a variable in it the name is looked up for every request, by the
		// resolver or not at all.
		if t.Kind == model.TargetAddress && strings.EqualFold(t.Host, "localhost") && !strings.Contains(pass.Arg(0), "$") {
			out = append(out, localhost{lint.AtWord(pass.Directive, 1), pass.Setting, nil, pass})
		}
	}
	return out
}

// fix writes an address in place of the name. A pass whose backend gets
// the name as its Host changes more than the connection: then the fix is
// unsafe in any case.
func (l localhost) fix(address string, safety lint.Safety) *lint.Fix {
	// The name alone: the port may be what a template writes.
	span := l.set.Words().At(1).Span
	i := strings.Index(strings.ToLower(l.set.File().Slice(span)), "localhost")
	if i < 0 {
		return nil // it is escaped
	}
	span.Start += i
	span.End = span.Start + len("localhost")
	fix := &lint.Fix{Title: "write " + address + ` instead of "localhost"`, Safety: safety, Edits: lint.In(l.set.Directive, source.Edit{Span: span, New: address})}
	if l.pass != nil {
		fix.Changes = []string{l.pass.Name(), "host"}
		fix.Scopes = []*model.Scope{l.pass.Scope}
		if !sendsHost(l.pass) {
			fix.Safety = min(fix.Safety, lint.Unsafe)
		}
	}
	return fix
}

// sendsHost reports whether the Host of a pass is set, so that the name in the
// pass does not reach the backend.
func sendsHost(pass *model.Pass) bool {
	if pass.Protocol != "proxy" {
		return pass.Protocol != "grpc"
	}
	for _, h := range pass.Scope.Get("proxy_set_header").Settings {
		if strings.EqualFold(h.Arg(0), "Host") {
			return true
		}
	}
	return false
}
