package model_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/model"
)

// target is a PassTarget without pointers.
type target struct {
	Kind                    model.TargetKind
	Scheme, Host, Port, URI string
	Upstream                string
}

func targetOf(t model.PassTarget) target {
	got := target{t.Kind, t.Scheme, t.Host, t.Port, t.URI, ""}
	if t.Upstream != nil {
		got.Upstream = t.Upstream.Name
	}
	return got
}

func TestTarget(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, pass string
		want       target
	}{
		{"upstream", "proxy_pass http://app", target{Kind: model.TargetUpstream, Scheme: "http", Host: "app", Upstream: "app"}},
		{"upstream and path", "proxy_pass http://app/a/b", target{Kind: model.TargetUpstream, Scheme: "http", Host: "app", URI: "/a/b", Upstream: "app"}},
		{"upstream over TLS", "proxy_pass https://app/", target{Kind: model.TargetUpstream, Scheme: "https", Host: "app", URI: "/", Upstream: "app"}},
		{"upstream in other letters", "proxy_pass HTTP://aPP", target{Kind: model.TargetUpstream, Scheme: "http", Host: "aPP", Upstream: "app"}},
		{"upstream and arguments", "proxy_pass http://app?a=b/c", target{Kind: model.TargetUpstream, Scheme: "http", Host: "app", URI: "?a=b/c", Upstream: "app"}},
		{"upstream and $request_uri", "proxy_pass http://app$request_uri", target{Kind: model.TargetUpstream, Scheme: "http", Host: "app", URI: "$request_uri", Upstream: "app"}},
		{"upstream and $uri", "proxy_pass http://app$uri$is_args$args", target{Scheme: "http"}},
		{"upstream and a variable path", "proxy_pass http://app/$1", target{Kind: model.TargetUpstream, Scheme: "http", Host: "app", URI: "/$1", Upstream: "app"}},
		{"upstream with a port is none", "proxy_pass http://app:8080", target{Kind: model.TargetAddress, Scheme: "http", Host: "app", Port: "8080"}},
		{"address", "proxy_pass http://127.0.0.1", target{Kind: model.TargetAddress, Scheme: "http", Host: "127.0.0.1"}},
		{"address, port, path", "proxy_pass http://127.0.0.1:8080/x:y/", target{Kind: model.TargetAddress, Scheme: "http", Host: "127.0.0.1", Port: "8080", URI: "/x:y/"}},
		{"address and $request_uri", "proxy_pass http://127.0.0.1:8080$request_uri", target{Kind: model.TargetAddress, Scheme: "http", Host: "127.0.0.1", Port: "8080", URI: "$request_uri"}},
		{"IPv6", "proxy_pass http://[::1]:8080/x", target{Kind: model.TargetAddress, Scheme: "http", Host: "::1", Port: "8080", URI: "/x"}},
		{"IPv6 without port", "proxy_pass http://[::1]", target{Kind: model.TargetAddress, Scheme: "http", Host: "::1"}},
		{"name", "proxy_pass http://localhost/", target{Kind: model.TargetAddress, Scheme: "http", Host: "localhost", URI: "/"}},
		{"unix", "proxy_pass http://unix:/run/app.sock:/x", target{Kind: model.TargetUnix, Scheme: "http", Host: "unix:/run/app.sock:/x"}},
		{"variable host", "proxy_pass http://$backend", target{Scheme: "http"}},
		{"variable host and $request_uri", "proxy_pass http://$backend$request_uri", target{Scheme: "http"}},
		{"variable port", "proxy_pass http://127.0.0.1:$port/", target{Scheme: "http"}},
		{"variable scheme", "proxy_pass $scheme://app", target{}},
		{"nothing but a variable", "proxy_pass $target", target{}},
		{"no scheme", "proxy_pass app", target{}},
		{"place holder", `proxy_pass "http://{{upstream}}"`, target{Scheme: "http"}},
		{"no host", "proxy_pass http:///x", target{Scheme: "http"}},
		{"grpc", "grpc_pass app", target{Kind: model.TargetUpstream, Scheme: "grpc", Host: "app", Upstream: "app"}},
		{"grpc with scheme", "grpc_pass grpcs://app", target{Kind: model.TargetUpstream, Scheme: "grpcs", Host: "app", Upstream: "app"}},
		{"fastcgi", "fastcgi_pass app", target{Kind: model.TargetUpstream, Scheme: "fastcgi", Host: "app", Upstream: "app"}},
		{"fastcgi to an address", "fastcgi_pass 127.0.0.1:9000", target{Kind: model.TargetAddress, Scheme: "fastcgi", Host: "127.0.0.1", Port: "9000"}},
		{"fastcgi to a socket", "fastcgi_pass unix:/run/php.sock", target{Kind: model.TargetUnix, Scheme: "fastcgi", Host: "unix:/run/php.sock"}},
		{"uwsgi", "uwsgi_pass uwsgi://app", target{Kind: model.TargetUpstream, Scheme: "uwsgi", Host: "app", Upstream: "app"}},
		{"scgi to a name", "scgi_pass localhost:1", target{Kind: model.TargetAddress, Scheme: "scgi", Host: "localhost", Port: "1"}},
		{"memcached", "memcached_pass app", target{Kind: model.TargetUpstream, Scheme: "memcached", Host: "app", Upstream: "app"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := build(t, "events {}\nhttp { server { location / { "+tt.pass+"; } } upstream app { server 127.0.0.1:1; } }\n")
			p := at(t, h, "location /").Pass()
			if p == nil {
				t.Fatal("no pass")
			}
			if diff := cmp.Diff(tt.want, targetOf(p.Target)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if u := p.Target.Upstream; u != nil && (len(u.Passes) != 1 || u.Passes[0] != p) {
				t.Errorf("the upstream does not know the pass: %v", u.Passes)
			}
		})
	}
}

// TestHiddenUpstream: what a name alone may mean where not everything can be
// seen.
func TestHiddenUpstream(t *testing.T) {
	t.Parallel()
	const unknown, address = model.TargetUnknown, model.TargetAddress
	tests := []struct {
		name, text string
		want       model.TargetKind
	}{
		{"all is visible", "events {} http { server { location / { proxy_pass http://app; } } }", address},
		{"fragment", "server { location / { proxy_pass http://app; } }", unknown},
		{"fragment, with a port", "server { location / { proxy_pass http://app:80; } }", address},
		{"fragment, an address", "server { location / { proxy_pass http://127.0.0.1; } }", address},
		{"fragment, an IPv6 address", "server { location / { proxy_pass http://[::1]; } }", address},
		{"fragment with the upstream", "upstream app { } server { location / { proxy_pass http://app; } }", model.TargetUpstream},
		{"unseen include", "events {} http { include /srv/x.conf; server { location / { proxy_pass http://app; } } }", unknown},
		{"unseen wildcard", "events {} http { include /srv/*.conf; server { location / { proxy_pass http://app; } } }", unknown},
		{"known file", "events {} http { include mime.types; server { location / { proxy_pass http://app; } } }", address},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := at(t, build(t, tt.text), "location /").Pass().Target.Kind; got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// TestPasses: where a pass takes effect, and where the word is no pass.
func TestPasses(t *testing.T) {
	t.Parallel()
	h := build(t, `events {}
http {
    server {
        location /a { proxy_pass http://127.0.0.1:1; }
        location /b {
            if ($a) { proxy_pass http://127.0.0.1:2; }
            limit_except GET { proxy_pass http://127.0.0.1:3; }
            location /b/c { include pass.conf; }
        }
        location @d { include pass.conf; }
        location /e { proxy_pass; proxy_pass a b; post_pass http://127.0.0.1:5; }
    }
    server { proxy_pass http://127.0.0.1:6; }
}
stream { server { proxy_pass 127.0.0.1:7; } }
`)
	var got []string
	for _, p := range h.Nginx.Passes() {
		got = append(got, p.Scope.Label()+" "+p.Arg(0))
	}
	// pass.conf is not there: nothing is made up for it.
	want := []string{"location /a http://127.0.0.1:1", "if ($a) http://127.0.0.1:2", "limit_except GET http://127.0.0.1:3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if p := at(t, h, "location /b").Pass(); p != nil {
		t.Errorf("a location has the pass of the if in it: %v", p)
	}
}

// TestIncludedTwice: a file that two locations include is two passes of one
// directive.
func TestIncludedTwice(t *testing.T) {
	t.Parallel()
	h := build(t, `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:1; }
    server { location /a { include pass.conf; } location /b { include pass.conf; proxy_http_version 1.1; } }
}
-- pass.conf --
proxy_pass http://app;
`)
	u := h.Nginx.Upstream("app")
	if len(u.Passes) != 2 {
		t.Fatalf("the upstream has %d passes", len(u.Passes))
	}
	a, b := u.Passes[0], u.Passes[1]
	if a.Directive != b.Directive || a.Scope == b.Scope {
		t.Error("not one directive in two scopes")
	}
	if a.Scope.Get("proxy_http_version").Set() || !b.Scope.Get("proxy_http_version").Set() {
		t.Error("the two scopes are not told apart")
	}
	if a.Scope.Via(a.Setting) == nil || a.Scope.Via(a.Setting).Dir == b.Scope.Via(b.Setting).Dir {
		t.Error("the passes do not know their includes")
	}
}
