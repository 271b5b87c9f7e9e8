package diagnose

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/evidence"
)

var nginxDoesNotStartSymptom = Symptom{
	ID:    "nginx-does-not-start",
	Title: "bind() failed (98: Address already in use) or (99: Cannot assign requested address), or host not found in upstream",
	Why: `At its start, and at a reload, nginx binds all its addresses and looks all names up. A single one that fails keeps it from starting; at a reload it goes on with the old configuration, and says so in the error log alone.

98 means that another process, or an older nginx, listens there. 99 means that the host does not have the address (yet): one that a failover brings, or one of an interface that comes up later. A name in a server line or a pass without variables must be known at that moment.`,
	Needs: []evidence.Kind{evidence.ErrorLog},
	Helps: []evidence.Kind{evidence.Listeners, evidence.Settings, evidence.Configuration},
	Refs: []string{
		"https://man7.org/linux/man-pages/man2/bind.2.html",
		"https://docs.kernel.org/networking/ip-sysctl.html",
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#resolve",
	},
	Causes: []Cause{
		{
			ID: "address-in-use", At: Nginx, Title: "another process listens on an address of nginx", Harm: 3,
			Rules: []string{"nginx-listen-conflict"},
			Cure:  "end the other process, or give one of them another port",
			Cured: "nginx starts; ss -ltnp shows nginx at the address", Decide: []string{"ss -ltnp  # as root: who listens there"},
		},
		{
			ID: "listen-address-missing", At: Nginx, Title: "nginx is to listen on an address that the host does not have", Harm: 3,
			Cure:  "start nginx after the address is there, listen on all addresses, or set net.ipv4.ip_nonlocal_bind where a failover brings it",
			Cured: "nginx starts; ss -ltn shows the address", Decide: []string{"ip address"},
		},
		{
			ID: "name-not-resolved", At: Nginx, Title: "a name in the configuration has no address", Harm: 3,
			Explains: []string{"servers-set-aside"},
			Cure:     "correct the name or the resolver; where a name comes and goes, use a resolver and resolve (or a variable), so that nginx starts without it",
			Cured:    "no \"host not found\" and no \"could not be resolved\" in error.log", Decide: []string{"getent ahosts NAME; cat /etc/resolv.conf"},
		},
	},
	Examples: []Example{
		{
			Name: "somebody else is there",
			Files: `-- error.log --
2026/11/30 01:26:11 [emerg] 40#40: bind() to 0.0.0.0:80 failed (98: Address already in use)
-- ss-ltnp.txt --
State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 0      511          0.0.0.0:80        0.0.0.0:*    users:(("apache2",pid=7,fd=4))
`,
			Want: []string{"address-in-use proved"},
		},
		{
			Name: "an address that a failover brings",
			Files: `-- error.log --
2026/11/30 01:26:11 [emerg] 40#40: bind() to 192.0.2.10:80 failed (99: Cannot assign requested address)
-- sysctl.txt --
net.ipv4.ip_nonlocal_bind = 0
`,
			Want: []string{"listen-address-missing proved"},
		},
		{
			Name: "a name that is not there yet",
			Files: `-- nginx.conf --
events {}
http { upstream app { server api.internal:8000; } server { listen 80; location / { proxy_pass http://app; } } }
-- error.log --
2026/11/30 01:26:11 [emerg] 40#40: host not found in upstream "api.internal:8000" in /etc/nginx/nginx.conf:2
`,
			Want: []string{"name-not-resolved proved"},
		},
	},
	Look: lookStart,
}

var _ = add(&nginxDoesNotStartSymptom)

func lookStart(p *Pass) {
	for _, g := range p.Errors(evidence.BindFailed) {
		if g.Phase != "" {
			continue // of a connection to an upstream
		}
		says := fmt.Sprintf("%s bind() to %s failed with (%d)", times(g.Count), g.Detail, g.Errno)
		switch g.Errno {
		case 98:
			s := p.Suspect("address-in-use").Weight(g.Count).Message(fmt.Sprintf("nginx cannot listen on %s: somebody does already", g.Detail))
			s.Sign(evidence.ErrorLog, says, g.Lines...)
			for _, l := range p.Listeners() {
				if l.Name() == g.Detail && len(l.Owners) > 0 && !l.Owned("nginx") {
					s.Sign(evidence.Listeners, fmt.Sprintf("%s (pid %d) listens there", l.Owners[0].Name, l.Owners[0].PID), l.Line)
				}
			}
		case 99:
			s := p.Suspect("listen-address-missing").Weight(g.Count).Message(fmt.Sprintf("nginx cannot listen on %s: the host does not have the address", g.Detail))
			s.Sign(evidence.ErrorLog, says, g.Lines...)
			key := "net.ipv4.ip_nonlocal_bind"
			if strings.HasPrefix(g.Detail, "[") {
				key = "net.ipv6.ip_nonlocal_bind"
			}
			if n, at, ok := p.Setting(key); ok && n == 0 {
				s.Hint(evidence.Settings, key+" is 0", at)
			}
		}
	}
	for _, g := range p.Errors(evidence.HostNotFound, evidence.NotResolved) {
		s := p.Suspect("name-not-resolved").Weight(g.Count)
		name := g.Detail
		if name == "" {
			name = "a name"
		}
		s.Message(name + " has no address")
		s.Sign(evidence.ErrorLog, fmt.Sprintf("%s %s: %s", times(g.Count), g.Event, name), g.Lines...)
		for _, pass := range p.Passes() {
			for _, t := range targets(pass) {
				if t == name || strings.HasPrefix(t, name+":") {
					s.Configured(name+" is a target of nginx", pass.Directive)
				}
			}
		}
	}
}
