package model_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

func TestPool(t *testing.T) {
	t.Parallel()
	old, recent := facts.Only(facts.V(1, 28, 0)), facts.Only(facts.V(1, 30, 0))
	tests := []struct {
		name, text string
		target     facts.Range
		want       string // "" if it cannot be known
	}{
		{"none", "", window.Nginx, "new"},
		{"none, old", "", old, "never"},
		{"none, new", "", recent, "nginx 1.30"},
		{"keepalive", "keepalive 32;", window.Nginx, "all"},
		{"keepalive, old", "keepalive 1;", old, "nginx 1.28"},
		{"keepalive, new", "keepalive 32;", recent, "nginx 1.30"},
		{"switched off", "keepalive 0;", window.Nginx, "never"},
		{"behind the balancer", "least_conn; keepalive 32;", window.Nginx, "all"},
		{"above the balancer", "keepalive 32; least_conn;", window.Nginx, "new"},
		{"above the balancer, old", "keepalive 32; hash $a consistent;", old, "never"},
		{"above the balancer, new", "keepalive 32; ip_hash;", recent, "nginx 1.30"},
		{"above what is no balancer", "keepalive 32; keepalive_timeout 5s; zone a 64k; server 127.0.0.1:2;", window.Nginx, "all"},
		{"local", "keepalive 32 local;", window.Nginx, "new"},
		{"a variable", "keepalive $n;", window.Nginx, ""},
		{"no number", "keepalive;", window.Nginx, ""},
		{"an unseen include", "include /srv/servers.conf; keepalive 32;", window.Nginx, ""},
		{"a third party's balancer", "balancer_by_lua_file a.lua; keepalive 32;", window.Nginx, ""},
		{"a Lua block", "balancer_by_lua_block { x() } keepalive 32;", window.Nginx, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := input(t, "events {}\nhttp { upstream app { server 127.0.0.1:1; "+tt.text+" } }\n")
			in.Target.Nginx = tt.target
			r, ok := model.Build(in).Nginx.Upstream("app").Pool()
			got := ""
			if ok {
				got = versions(r)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Before 1.29.7 nginx refuses "keepalive 0": what a template writes there is a pool.
func TestPoolOfAnySize(t *testing.T) {
	t.Parallel()
	hole := string(rune(source.Unknown))
	for _, tt := range []struct {
		text string
		want string
	}{
		{"keepalive " + hole + ";", "old"},
		{"keepalive 3" + hole + ";", "old"},
		{"keepalive 32;", "never"},
		{"keepalive " + hole + "; least_conn;", "never"},
		{"keepalive " + hole + " local;", "never"},
		{"least_conn; keepalive " + hole + ";", "old"},
		{"", "never"},
	} {
		in := input(t, "events {}\nhttp { upstream app { server 127.0.0.1:1; "+tt.text+" } }\n")
		got := model.Build(in).Nginx.Upstream("app").PoolOfAnySize()
		want := facts.Never
		if tt.want == "old" {
			want = in.Target.Nginx.Intersect(facts.Until(facts.ReuseByDefault))
		}
		if got != want {
			t.Errorf("%s: got %v, want %v", tt.text, got, want)
		}
	}
}

func TestUpstream(t *testing.T) {
	t.Parallel()
	h := build(t, `-- nginx.conf --
events {}
http {
    upstream b { server 127.0.0.1:1; keepalive 1; ip_hash; least_conn; include servers.conf; }
    upstream a { server 127.0.0.1:2; }
    upstream B { server 127.0.0.1:3; }
}
stream { upstream c { server 127.0.0.1:4; } }
-- servers.conf --
server 127.0.0.1:5 backup;
`)
	var names []string
	for _, u := range h.Nginx.Upstreams() {
		names = append(names, u.Name)
	}
	// nginx refuses a second one of the name; the first counts.
	if diff := cmp.Diff([]string{"b", "a"}, names); diff != "" {
		t.Errorf("Upstreams (-want +got):\n%s", diff)
	}
	if h.Nginx.Upstream("c") != nil || h.Nginx.Upstream("d") != nil {
		t.Error("an upstream of stream or an unknown one is found")
	}
	b := h.Nginx.Upstream("b")
	if diff := cmp.Diff([]string{"nginx.conf: server 127.0.0.1:1", "servers.conf: server 127.0.0.1:5 backup"}, settings(b.Servers)); diff != "" {
		t.Errorf("Servers (-want +got):\n%s", diff)
	}
	if got := []string{place(b.Keepalive), place(b.Balancer), place(b.LastBalancer())}; !cmp.Equal(got, []string{
		"nginx.conf: keepalive 1", "nginx.conf: ip_hash", "nginx.conf: least_conn",
	}) {
		t.Errorf("keepalive, first and last balancer: %q", got)
	}
	a := h.Nginx.Upstream("a")
	if a.HasKeepalive || a.HasBalancer || a.LastBalancer().Directive != nil {
		t.Error("an upstream with a server alone has more")
	}
}
