package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/nginx"
)

// ipvsIdle is when IPVS forgets a TCP connection that is idle
// (net/netfilter/ipvs/ip_vs_proto_tcp.c: tcp_timeouts of IP_VS_TCP_S_ESTABLISHED).
const ipvsIdle = 15 * time.Minute

var serviceIdleDropped = lint.Rule{
	ID:       "service-idle-dropped",
	Title:    "what lies between forgets idle connections before either side closes them",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `A service of Docker Swarm has a virtual address, behind which IPVS spreads connections over the tasks. IPVS forgets a TCP connection after 900 seconds without a packet, and says so to nobody: the next write is answered with a reset, a query of a database that comes after a quarter of an hour fails with "Connection reset by peer". A proxy that keeps sessions for longer must have TCP keepalive probes sent more often than that.

proxy_socket_keepalive on asks for probes towards the backend. The kernel sends the first one after net.ipv4.tcp_keepalive_time, 7200 seconds by default, so that this has to be lowered as well, in the network of the container: under sysctls of the service (kernel 4.13 and later), as the values of the machine do not count there. so_keepalive=600:30:3 on listen does both for the side of the client.

"endpoint_mode: dnsrr" has no virtual address.`,
	Refs: []string{
		"https://docs.docker.com/engine/swarm/networking/",
		"https://nginx.org/en/docs/stream/ngx_stream_proxy_module.html#proxy_socket_keepalive",
		"https://github.com/moby/moby/issues/31208",
	},
	Examples: []lint.Example{
		{
			Name: "a database behind the virtual address of a stack",
			Bad: `-- nginx.conf --
events {}
stream {
    server {
        listen 5432;
        proxy_timeout 12h;
       #^^^^^^^^^^^^^^^^^^ IPVS forgets connections to service "db" that are idle for 15m, sessions here may be idle for 12h, and no probe is sent
        proxy_pass db:5432;
    }
}
-- stack.yml --
services:
  proxy:
    image: nginx:1.25
    configs: [{source: ngx, target: /etc/nginx/nginx.conf}]
    networks: [back]
  db:
    image: postgres:15
    networks: [back]
    deploy: {endpoint_mode: vip, replicas: 2}
configs: {ngx: {file: ./nginx.conf}}
networks: {back: {driver: overlay}}
`,
			Good: `-- nginx.conf --
events {}
stream {
    server {
        listen 5432;
        proxy_timeout 12h;
        proxy_pass db:5432;
        proxy_socket_keepalive on;
    }
}
`,
		},
		{
			Name: "silent: shorter sessions, probes, no virtual address, a bridge",
			Bad: `-- nginx.conf --
worker_shutdown_timeout 1m;
events {}
stream {
    server {
        listen 5432;
        proxy_pass db:5432;
    }
    server {
        listen 5433;
        proxy_timeout 12h;
        proxy_socket_keepalive on;
        proxy_pass db:5432;
    }
    server {
        listen 5434;
        proxy_timeout 12h;
        proxy_pass rr:5432;
    }
}
-- stack.yml --
services:
  db:
    image: postgres:15
    networks: [back]
    deploy: {endpoint_mode: vip}
  rr:
    image: postgres:15
    networks: [back]
    deploy: {endpoint_mode: dnsrr}
networks: {back: {driver: overlay}}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, s := range p.Host.Nginx.Scopes {
			if s.Kind != model.StreamServer {
				continue
			}
			pass, ok := s.Own("proxy_pass")
			timeout := s.Get("proxy_timeout")
			d, known := timeout.Duration()
			if !ok || !known || d <= ipvsIdle || s.Get("proxy_socket_keepalive").Set() {
				continue
			}
			if l := p.Host.StreamLink(pass); l.Service != nil && l.Service.Balanced.Value {
				idleDropped(p, s, pass, timeout, d, l.Service)
			}
		}
	},
}

var _ = add(&serviceIdleDropped)

func idleDropped(p *lint.Pass, s *model.Scope, pass model.Setting, timeout model.Value, d time.Duration, to *service.Service) {
	f := lint.Finding{
		At:  lint.At(pass.Directive),
		Msg: fmt.Sprintf("IPVS forgets connections to %s that are idle for 15m, sessions here may be idle for %s, and no probe is sent: the next write is reset", to.Title(), long(d)),
		Notes: []lint.Note{
			{Msg: "its virtual address", At: lint.Place(to.Balanced.At)},
			{Msg: "net.ipv4.tcp_keepalive_time must be below 900 as well, under sysctls of this container: probes begin after 7200 s otherwise"},
		},
		Fix: &lint.Fix{Title: "add \"proxy_socket_keepalive on;\"", Safety: lint.Unsafe},
	}
	if timeout.Set() {
		f.At = lint.At(timeout.Settings[0].Directive)
	}
	if pass.In == s.Body() {
		f.Fix.Edits = lint.In(pass.Directive, nginx.AddAfter(pass.Directive, "proxy_socket_keepalive on;"))
	} else {
		f.Fix.Edits = insideOf(s, "proxy_socket_keepalive on;")
	}
	p.Report(f)
}

// long writes a time without parts that are zero: "12h".
func long(d time.Duration) string {
	return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
}
