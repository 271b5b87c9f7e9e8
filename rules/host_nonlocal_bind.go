package rules

import (
	"net/netip"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/sysctl"
)

var hostNonlocalBind = lint.Rule{
	ID:       "host-nonlocal-bind",
	Title:    "nginx listens on an address that the host has only at times",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.2",
	Why: `keepalived and Pacemaker hand an address from host to host: the one that is in charge has it, the others do not. The kernel lets a program bind only addresses that the host has, so on the others nginx does not start, and at boot it may be too early on any: "bind() to 192.0.2.10:443 failed (99: Cannot assign requested address)". When the address comes over, nobody listens there.

With net.ipv4.ip_nonlocal_bind = 1, and net.ipv6.ip_nonlocal_bind = 1 for IPv6, nginx binds it all the same, and serves it as soon as it arrives.

Measured (nginx 1.22.1, 1.26.3 and 1.30.6 on Linux 6.18, in a network namespace): "listen 192.0.2.10:80" ends with 99; with ip_nonlocal_bind = 1 nginx starts, and answers as soon as the address is added to an interface.

Named are hosts with a file of kernel settings. The other way is to listen on the port alone, "listen 443", which takes requests to any address.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
		"https://www.keepalived.org/manpage.html",
		"https://clusterlabs.org/projects/pacemaker/doc/",
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#listen",
	},
	Examples: []lint.Example{
		{
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 192.0.2.10:80;
       #^^^^^^^^^^^^^^^^^^^^^ keepalived hands 192.0.2.10 around: nginx cannot bind it while another host has it, and does not start
    }
}
-- keepalived/keepalived.conf --
vrrp_instance EDGE {
    interface eth0
    virtual_ipaddress { 192.0.2.10/24 }
}
-- sysctl.conf --
net.ipv4.ip_forward = 0
`,
			Good: `-- sysctl.conf --
net.ipv4.ip_forward = 0
net.ipv4.ip_nonlocal_bind = 1
`,
		},
		{
			Name: "a cluster of Pacemaker",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 192.0.2.10:80;
       #^^^^^^^^^^^^^^^^^^^^^ pacemaker hands 192.0.2.10 around: nginx cannot bind it while another host has it, and does not start
    }
}
-- edge.crm --
primitive vip ocf:heartbeat:IPaddr2 \
    params ip=192.0.2.10 cidr_netmask=24 \
    op monitor interval=10s
-- sysctl.conf --
net.ipv4.ip_forward = 0
`,
			Good: `-- sysctl.conf --
net.ipv4.ip_forward = 0
net.ipv4.ip_nonlocal_bind = 1
`,
		},
		{
			Name: "silent: allowed, another address, all addresses",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 192.0.2.10:80;
    }
}
-- keepalived/keepalived.conf --
vrrp_instance EDGE {
    virtual_ipaddress { 192.0.2.10/24 }
}
-- sysctl.conf --
net.ipv4.ip_nonlocal_bind = 1
`,
		},
		{
			Name: "silent: another address, and all",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 192.0.2.11:80;
        listen 8080;
    }
}
-- keepalived/keepalived.conf --
vrrp_instance EDGE {
    virtual_ipaddress { 192.0.2.10/24 }
}
-- sysctl.conf --
net.ipv4.ip_forward = 0
`,
		},
	},
	Check: func(p *lint.Pass) {
		services := p.Host.Services()
		if p.Host.Nginx == nil || p.Host.Sysctl == nil || services == nil || len(services.Handed) == 0 {
			return
		}
		seen := map[netip.Addr]bool{}
		for _, s := range p.Host.Nginx.Scopes {
			if !s.Is(model.Server, model.StreamServer) {
				continue
			}
			for set := range s.All("listen") {
				addr, ok := listenAddress(set)
				if h := handed(services.Handed, addr); ok && h != nil && !seen[addr] && !mayBind(p.Host.Sysctl, addr) {
					seen[addr] = true
					handedAddress(p, set, h)
				}
			}
		}
	},
}

var _ = add(&hostNonlocalBind)

// listenAddress is the address of a listen directive; ok is false if it is none
// in particular.
func listenAddress(set model.Setting) (addr netip.Addr, ok bool) {
	host, _ := hostPort(set.Arg(0))
	addr, err := netip.ParseAddr(host)
	return addr, err == nil && !addr.IsUnspecified() && !addr.IsLoopback()
}

func handed(all []service.Handed, addr netip.Addr) *service.Handed {
	for i := range all {
		if all[i].Addr == addr {
			return &all[i]
		}
	}
	return nil
}

func nonlocalKey(addr netip.Addr) string {
	if addr.Is4() {
		return "net.ipv4.ip_nonlocal_bind"
	}
	return "net.ipv6.ip_nonlocal_bind"
}

// mayBind reports whether the kernel lets programs bind addresses that the host
// does not have, or may do so.
func mayBind(s *model.Sysctl, addr netip.Addr) bool {
	v := s.Get(nonlocalKey(addr))
	n, ok := v.Int()
	return v.Set && (!ok || n != 0)
}

func handedAddress(p *lint.Pass, set model.Setting, h *service.Handed) {
	key := nonlocalKey(h.Addr)
	f := lint.Finding{
		At:    lint.At(set.Directive),
		Msg:   h.By + " hands " + h.Addr.String() + " around: nginx cannot bind it while another host has it, and does not start (99: Cannot assign requested address)",
		Notes: []lint.Note{{Msg: "it is handed around here", At: lint.Place{File: h.At.File, Span: h.At.Span}}},
	}
	if v := p.Host.Sysctl.Get(key); v.Set {
		f.Fix = setNumber(v, "1")
	} else if last := lastTree(p.Host); last != nil {
		f.Fix = &lint.Fix{Title: "set " + key + " to 1", Safety: lint.Unsafe, Edits: lint.InSysctl(last, sysctl.Append(last, key+" = 1"))}
	}
	p.Report(f)
}
