package topology_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/gen"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/topology"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/rules"
)

// build lints two texts as one host and draws it.
func build(tb testing.TB, nginx, sysctl string, target facts.Range) (*topology.Graph, []lint.Finding) {
	tb.Helper()
	in := model.Input{Target: model.Target{Nginx: target, Kernel: facts.KernelWindow()}, Main: source.NewFile("nginx.conf", nginx)}
	if sysctl != "" {
		in.Sysctl = []*source.File{source.NewFile("sysctl.conf", sysctl)}
	}
	h := model.Build(in)
	found := lint.Run([]*model.Host{h}, lint.Options{Rules: rules.All()}).Findings
	return topology.Build(h, found), found
}

// way writes a graph for people: a line for each hop.
func way(g *topology.Graph, found []lint.Finding) string {
	var out []string
	ids := func(all []int) string {
		var names []string
		for _, i := range all {
			names = append(names, found[i].Rule.ID)
		}
		return strings.Join(names, " ")
	}
	for _, e := range g.Edges {
		from, to := g.Nodes[e.From], g.Nodes[e.To]
		if to.Stage == topology.Kernel {
			continue
		}
		out = append(out, strings.TrimRight(fmt.Sprintf("%s %s -> %s %s: %s: %s: %s", from.Stage, from.Label, to.Stage, to.Label, e.State, e.Label, ids(e.Findings)), " "))
	}
	for _, n := range g.Nodes {
		if len(n.Findings) > 0 {
			out = append(out, fmt.Sprintf("in %s %s: %s", n.Stage, n.Label, ids(n.Findings)))
		}
	}
	return strings.Join(out, "\n")
}

const site = `events {}
http {
    upstream app {
        server 10.0.0.1:8080;
        server 10.0.0.2:8080 backup;
        keepalive 16;
    }
    server {
        listen 80;
        listen [::]:443 ssl;
        server_name a.example.com;
        location / {
            proxy_pass http://app;
        }
        location /events {
            proxy_pass http://app;
        }
        location /static/ {
            root /srv;
        }
        location /kept/ {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
        location ~ \.php$ {
            fastcgi_pass unix:/run/php.sock;
        }
        location /v/ {
            proxy_http_version 1.1;
            proxy_pass http://$backend;
        }
    }
}
stream {
    server {
        listen 5432;
        proxy_pass 10.0.0.9:5432;
    }
    server {
        listen 5433;
        proxy_pass $by_name;
    }
}
`

func TestWay(t *testing.T) {
	g, found := build(t, site, "net.ipv4.tcp_tw_recycle = 1\n", facts.Only(facts.V(1, 28, 0)))
	want := `clients clients -> listen *:80: plain: :
listen *:80 -> server a.example.com: plain: :
clients clients -> listen [::]:443: plain: :
listen [::]:443 -> server a.example.com: plain: :
clients clients -> listen *:5432: plain: :
listen *:5432 -> server server: plain: :
clients clients -> listen *:5433: plain: :
listen *:5433 -> server server: plain: :
upstream app -> peer 10.0.0.1:8080: http10: : nginx-host-header-upstream-name nginx-proxy-http10 nginx-proxy-http10 nginx-sse-buffered nginx-sse-read-timeout
upstream app -> peer 10.0.0.2:8080: http10: backup: nginx-host-header-upstream-name nginx-proxy-http10 nginx-proxy-http10 nginx-sse-buffered nginx-sse-read-timeout
server a.example.com -> location /: plain: : nginx-host-header-upstream-name nginx-proxy-http10
server a.example.com -> location /events: events: : nginx-proxy-http10 nginx-sse-buffered nginx-sse-read-timeout
server a.example.com -> location /kept/: plain: :
server a.example.com -> location ~ \.php$: plain: :
server a.example.com -> location /v/: plain: :
location / -> upstream app: http10: HTTP/1.0: nginx-host-header-upstream-name nginx-proxy-http10
location /events -> upstream app: events: event stream; HTTP/1.0: nginx-host-header-upstream-name nginx-proxy-http10 nginx-sse-buffered nginx-sse-read-timeout
location /kept/ -> upstream app: pooled: pooled: nginx-host-header-upstream-name
upstream unix:/run/php.sock -> peer unix:/run/php.sock: unpooled: :
location ~ \.php$ -> upstream unix:/run/php.sock: unpooled: a new connection for each request:
location /v/ -> upstream http://$backend: uncertain: depends on what cannot be seen:
upstream 10.0.0.9:5432 -> peer 10.0.0.9:5432: plain: :
server server -> upstream 10.0.0.9:5432: plain: a connection for each client:
server server -> upstream $by_name: plain: a connection for each client:
in location /: nginx-host-header-upstream-name nginx-proxy-http10
in location /events: nginx-proxy-http10 nginx-sse-buffered nginx-sse-read-timeout
in kernel kernel: sysctl-tcp-tw-recycle`
	if got := way(g, found); got != want {
		t.Error(cmp.Diff(want, got))
	}
	if g.Hidden != 1 {
		t.Errorf("%d locations are hidden, want /static/ alone", g.Hidden)
	}
}

// TestStates checks what is said of the connections of a pass.
func TestStates(t *testing.T) {
	for _, tt := range []struct {
		name, upstream, location string
		nginx                    facts.Range
		state                    topology.State
		label                    string
	}{
		{"old default", "keepalive 4;", "", facts.Only(facts.V(1, 28, 0)), topology.HTTP10, "HTTP/1.0"},
		{"new default", "", "", facts.Only(facts.V(1, 29, 7)), topology.Pooled, "pooled"},
		{"both", "", "", facts.NginxWindow(), topology.HTTP10, "HTTP/1.0 (nginx before 1.29.7); pooled (nginx 1.29.7 and later)"},
		{"1.1 and close", "keepalive 4;", "proxy_http_version 1.1;", facts.Only(facts.V(1, 28, 0)), topology.Unpooled, "a new connection for each request"},
		{"pooled", "keepalive 4;", `proxy_http_version 1.1; proxy_set_header Connection "";`, facts.NginxWindow(), topology.Pooled, "pooled"},
		{"no pool", "keepalive 0;", `proxy_http_version 1.1; proxy_set_header Connection "";`, facts.NginxWindow(), topology.Unpooled, "a new connection for each request"},
		{"unseen", "include pool.conf;", `proxy_http_version 1.1; proxy_set_header Connection "";`, facts.NginxWindow(), topology.Uncertain, "depends on what cannot be seen"},
		{"events", "keepalive 4;", `add_header X-Accel-Buffering no; proxy_http_version 1.1; proxy_set_header Connection "";`, facts.NginxWindow(), topology.Events, "event stream; pooled"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g, _ := build(t, "events {} http { upstream app { server 10.0.0.1; "+tt.upstream+" } server { location / { "+tt.location+" proxy_pass http://app; } } }", "", tt.nginx)
			i := slices.IndexFunc(g.Edges, func(e *topology.Edge) bool { return g.Nodes[e.To].Stage == topology.Upstream })
			if e := g.Edges[i]; e.State != tt.state || e.Label != tt.label {
				t.Errorf("got %s: %q, want %s: %q", e.State, e.Label, tt.state, tt.label)
			}
		})
	}
}

func BenchmarkBuild(b *testing.B) {
	h := model.Build(model.Input{Target: model.Target{Nginx: facts.NginxWindow(), Kernel: facts.KernelWindow()}, Main: source.NewFile("nginx.conf", gen.Nginx(100, 10, 50))})
	found := lint.Run([]*model.Host{h}, lint.Options{Rules: rules.All()}).Findings
	for b.Loop() {
		topology.Build(h, found)
	}
}

// FuzzBuild draws whatever a configuration may be: no directive has the words that
// it should have.
func FuzzBuild(f *testing.F) {
	f.Add(site, "net.ipv4.tcp_tw_recycle = 1\n")
	f.Add("http { upstream { server; keepalive; } server { listen; server_name; location { proxy_pass; proxy_set_header; proxy_http_version; } } }", "=\n-\n")
	f.Add("stream { upstream a { server; } server { listen; proxy_pass; } }", "")
	f.Add("location ~ { if { fastcgi_pass; fastcgi_param; } limit_except { grpc_pass; grpc_set_header; } }", "")
	f.Fuzz(func(t *testing.T, nginx, sysctl string) {
		g, found := build(t, nginx, sysctl, facts.NginxWindow())
		for _, e := range g.Edges {
			if e.From < 0 || e.To >= len(g.Nodes) || g.Nodes[e.From].Stage >= g.Nodes[e.To].Stage {
				t.Errorf("the hop %d to %d does not go on", e.From, e.To)
			}
			for _, i := range e.Findings {
				if i >= len(found) {
					t.Errorf("there is no finding %d", i)
				}
			}
		}
	})
}
