package facts_test

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
)

// What each release takes behind the first arguments of a directive; the three real nginx
// are asked in package rules.
func TestRefusedParameter(t *testing.T) {
	const core, upstream, resolver = "ngx_http_core_module", "ngx_http_upstream_module", "ngx_http_core_module"
	every := facts.NginxWindow()
	for _, c := range []struct {
		directive, module string
		in                facts.Range
		args              string
		bad               string
	}{
		{"listen", core, every, "80 backlog=1 reuseport", ""},
		{"listen", core, every, "80 backlog=0", "backlog=0"},
		{"listen", core, every, "80 reuse_port", "reuse_port"},
		{"listen", core, every, "80 ipv6only=OFF", "ipv6only=OFF"},
		{"listen", core, every, "80 quic", ""},
		{"listen", core, facts.Only(facts.V(1, 24, 0)), "80 quic", "quic"},
		{"listen", core, facts.Only(facts.V(1, 28, 0)), "80 multipath", ""}, // not known when it came
		{"listen", core, facts.Only(facts.V(1, 26, 3)), "80 multipath", "multipath"},
		{"listen", core, every, "80 so_keepalive=30m::10", ""},
		{"listen", core, every, "80 so_keepalive=:5s:", ""},
		{"listen", core, every, "80 so_keepalive=500ms::", "so_keepalive=500ms::"},
		{"listen", core, every, "80 so_keepalive=0:0:0", "so_keepalive=0:0:0"},
		{"listen", core, every, "80 so_keepalive=0s::0", "so_keepalive=0s::0"},
		{"listen", core, every, "80 so_keepalive=10s:0:1", ""},
		{"listen", core, every, "80 so_keepalive=10s:5s:0", ""},
		{"listen", core, every, "80 so_keepalive=0:1", ""},
		{"listen", core, every, "80 so_keepalive=10s:1:1:1", "so_keepalive=10s:1:1:1"},
		{"server", upstream, every, "a resolve", ""},
		{"server", upstream, facts.Only(facts.V(1, 27, 2)), "a resolve", "resolve"},
		{"server", upstream, facts.Only(facts.V(1, 27, 3)), "a resolve", ""},
		{"server", upstream, facts.Only(facts.V(1, 22, 1)), "a slow_start=1 drain route=a", ""}, // NGINX Plus
		{"server", upstream, every, "a max_fails=0 fail_timeout=1y", ""},
		{"server", upstream, every, "a fail_timeout=500ms", "fail_timeout=500ms"},
		{"resolver", resolver, every, "ns1 ns2 valid=5", ""},
		{"resolver", resolver, every, "ns1 ipv6=no", "ipv6=no"},
		{"access_log", "ngx_http_log_module", every, "f combined buffer=0", "buffer=0"},
	} {
		bad, want, refused := facts.RefusedParameter(c.directive, c.module, c.in, strings.Fields(c.args))
		if refused != (c.bad != "") || refused && (bad != c.bad || want == "") {
			t.Errorf("%s %s in %v: %q, %q, %t; want %q", c.directive, c.args, c.in, bad, want, refused, c.bad)
		}
	}
}

// A parameter is explained by its name, with and without the "=".
func TestParameterEntry(t *testing.T) {
	for _, name := range facts.ParameterNames() {
		e, ok := facts.EntryOf(name)
		if !ok || e.Kind != facts.KindParameter || len(e.Forms) == 0 {
			t.Errorf("%s: %+v", name, e)
			continue
		}
		for _, f := range e.Forms {
			if f.Versions == "" || len(f.Contexts) == 0 || f.Meaning == "" {
				t.Errorf("%s: %+v lacks something", name, f)
			}
		}
	}
	e, _ := facts.EntryOf("server.resolve=")
	if e == nil || len(e.Forms) != 2 || e.Forms[0].Versions != "nginx 1.27.3 and later" {
		t.Errorf("server.resolve: %+v", e)
	}
}
