package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/evidence"
)

var connectRefusedSymptom = Symptom{
	ID:    "connect-refused",
	Title: "connect() failed: (111: Connection refused), (113: No route to host), (101: Network is unreachable), (2: No such file or directory), (13: Permission denied)",
	Why: `111 is an answer: a machine is there, and nothing listens on the port, or a firewall rejects. 113 and 101 are the kernel's own: no neighbour answers, or no route leads there. For a Unix socket, 111 is a socket file whose process is gone, 2 a path where there is none, 13 one that nginx's user may not open.

Which addresses fail decides. Where a name has two addresses and only one fails, the name is at fault: localhost is 127.0.0.1 and ::1 for nginx, which takes both as servers. While the other one answers, no client sees it; once that fails a single time, both are set aside. Where every address fails, the process is not there, or this is the wrong machine or container.`,
	Needs: []evidence.Kind{evidence.ErrorLog},
	Helps: []evidence.Kind{evidence.Configuration, evidence.Listeners, evidence.AccessLog, evidence.Names},
	Refs: []string{
		"https://man7.org/linux/man-pages/man2/connect.2.html",
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server",
	},
	Causes: []Cause{
		{
			ID: "address-family-refused", At: Nginx, Title: "one of the addresses of a name refuses or cannot be reached", Harm: 2,
			Rivals:   []string{"nothing-listens"},
			Explains: []string{"servers-set-aside", "server-unreachable"},
			Rules:    []string{"nginx-upstream-localhost", "host-localhost-without-ipv6"},
			Cure:     "write the address on which the backend listens in place of the name; for names from a resolver, ipv6=off",
			Cured:    "no connect() failed for that address in error.log, and the access log shows one address for each request",
		},
		{
			ID: "nothing-listens", At: Backend, Title: "every address of the target refuses: no process is there, or this is the wrong machine or container", Harm: 3,
			Rivals:   []string{"address-family-refused"},
			Explains: []string{"servers-set-aside"},
			Cure:     "start the backend, or correct the address: in a container, localhost is the container itself",
			Cured:    "ss -ltn shows a listener at the address, and error.log has no more (111: Connection refused) for it",
			Decide:   []string{"ss -ltnp  # in the network namespace of the target"},
		},
		{
			ID: "server-unreachable", At: Way, Title: "no packet reaches the server: no route, no neighbour, or a firewall", Harm: 3,
			Explains: []string{"servers-set-aside", "lost-syns"},
			Cure:     "correct the address or the route; a name that moved needs a reload, or resolve with a resolver",
			Cured:    "no (113) or (101) for the address in error.log",
			Decide:   []string{"ip route get ADDRESS; ip neigh show ADDRESS", "getent ahosts NAME  # does the name still have the address?"},
		},
		{
			ID: "socket-not-permitted", At: Nginx, Title: "nginx's user may not open the Unix socket", Harm: 3,
			Explains: []string{"servers-set-aside"},
			Cure:     "give the socket to nginx's group (listen.owner, listen.group and listen.mode of php-fpm), and let the user pass all folders above it",
			Cured:    "no (13: Permission denied) in error.log",
			Decide:   []string{"namei -l PATH"},
		},
	},
	Examples: []Example{
		{
			Name: "localhost is two addresses",
			Files: `-- nginx.conf --
worker_processes 1;
events {}
http { server { listen 80; location / { proxy_pass http://localhost:3000; } } }
-- error.log --
2026/11/30 01:26:11 [error] 40#40: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://[::1]:3000/", host: "a"
2026/11/30 01:26:11 [warn] 40#40: *1 upstream server temporarily disabled while connecting to upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://[::1]:3000/", host: "a"
-- ss-ltn.txt --
State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 0      4096       127.0.0.1:3000      0.0.0.0:*
`,
			Want: []string{"address-family-refused proved"},
		},
		{
			Name: "nobody is there",
			Files: `-- error.log --
2026/11/30 01:26:11 [error] 40#40: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:3000/", host: "a"
-- ss-ltn.txt --
State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 0      511          0.0.0.0:80        0.0.0.0:*
LISTEN 0      4096       127.0.0.1:3001      0.0.0.0:*
`,
			Want: []string{"nothing-listens proved"},
		},
	},
	Look: lookRefused,
}

var _ = add(&connectRefusedSymptom)

func lookRefused(p *Pass) {
	var failed []*evidence.ErrorGroup
	for _, g := range p.Errors(evidence.ConnectFailed) {
		if g.Host() == "" {
			continue
		}
		switch g.Errno {
		case 111, 2, 113, 101, 13, 110:
			failed = append(failed, g)
		}
	}
	for _, g := range failed {
		switch other, works := p.otherFamily(g, failed); {
		case g.Errno == 110:
		case g.Errno == 13:
			s := p.Suspect("socket-not-permitted").Weight(g.Count).Message("nginx may not open " + g.Host())
			s.Sign(evidence.ErrorLog, fmt.Sprintf("%s connect() to %s failed with (13: Permission denied)", times(g.Count), g.Host()), g.Lines...)
		case works:
			p.oneFamily(g, other)
		case g.Errno == 113 || g.Errno == 101:
			s := p.Suspect("server-unreachable").Weight(g.Count).Message(fmt.Sprintf("%s cannot be reached: %s", g.Host(), errnoText(g.Errno)))
			s.Sign(evidence.ErrorLog, fmt.Sprintf("%s connect() to %s failed with (%d: %s)", times(g.Count), g.Host(), g.Errno, errnoText(g.Errno)), g.Lines...)
		default:
			p.nobodyThere(g)
		}
	}
}

func errnoText(n int) string {
	return map[int]string{111: "Connection refused", 113: "No route to host", 101: "Network is unreachable", 2: "No such file or directory"}[n]
}

// otherFamily finds an address of the other family that the same name has, and
// reports whether that works.
func (p *Pass) otherFamily(g *evidence.ErrorGroup, failed []*evidence.ErrorGroup) (other string, works bool) {
	bad, err := netip.ParseAddrPort(g.Host())
	if err != nil {
		return "", false
	}
	var others []string
	if bad.Addr().IsLoopback() && bad.Addr().Is6() {
		others = append(others, fmt.Sprintf("127.0.0.1:%d", bad.Port()))
	} else if bad.Addr().IsLoopback() {
		others = append(others, fmt.Sprintf("[::1]:%d", bad.Port()))
	}
	for _, pair := range p.Access().Groups() { // "a, b" of one request
		if all := pair.Upstreams(); slices.Contains(all, g.Host()) {
			others = append(others, all...)
		}
	}
	for _, o := range others {
		a, err := netip.ParseAddrPort(o)
		if err != nil || a.Addr().Is4() == bad.Addr().Is4() || a.Port() != bad.Port() || slices.ContainsFunc(failed, func(f *evidence.ErrorGroup) bool { return f.Host() == o }) {
			continue
		}
		named := !p.Has(evidence.Configuration) || p.named(a, bad)
		listens := slices.ContainsFunc(p.Listeners(), func(l *evidence.Listener) bool { return l.Takes(a) })
		answers := p.answered(o) > 0
		if named && (listens || answers) {
			return o, true
		}
	}
	return "", false
}

// named reports whether the configuration passes to a name that may have both
// addresses, rather than to one of them.
func (p *Pass) named(a, b netip.AddrPort) bool {
	for _, pass := range p.Passes() {
		for _, t := range targets(pass) {
			if _, err := netip.ParseAddrPort(t); err != nil && (p.sameHost(t, a.String()) || p.sameHost(t, b.String()) || !a.Addr().IsLoopback()) {
				return true
			}
		}
	}
	return false
}

// answered is how many requests an address answered last.
func (p *Pass) answered(host string) int {
	return p.Access().Count(func(a *evidence.AccessGroup) bool {
		all, codes := a.Upstreams(), a.UpstreamStatuses()
		return len(all) > 0 && all[len(all)-1] == host && len(codes) == len(all) && codes[len(codes)-1] != "502" && codes[len(codes)-1] != "504"
	})
}

func (p *Pass) oneFamily(g *evidence.ErrorGroup, other string) {
	s := p.Suspect("address-family-refused").Weight(g.Count)
	s.Message(fmt.Sprintf("a name leads to %s, which fails, and to %s, which answers", g.Host(), other))
	s.Sign(evidence.ErrorLog, fmt.Sprintf("%s connect() to %s failed with (%d: %s), and never to %s", times(g.Count), g.Host(), g.Errno, errnoText(g.Errno), other), g.Lines...)
	for _, l := range p.Listeners() {
		if a, err := netip.ParseAddrPort(other); err == nil && l.Takes(a) {
			s.Hint(evidence.Listeners, fmt.Sprintf("a process listens on %s, and none on %s", l.Name(), g.Host()), l.Line)
			break
		}
	}
	if n := p.answered(other); n > 0 {
		s.Hint(evidence.AccessLog, fmt.Sprintf("%s were answered by %s", requests(n), other))
	}
	for _, pass := range p.Passes() {
		for _, t := range targets(pass) {
			if name, _, ok := cutPort(t); ok && name == "localhost" && p.sameHost(t, g.Host()) {
				s.Configured("localhost is 127.0.0.1 and ::1 for nginx, two servers", pass.Directive)
			}
		}
	}
	s.Exclude("nothing-listens", other+" answers")
}

func (p *Pass) nobodyThere(g *evidence.ErrorGroup) {
	s := p.Suspect("nothing-listens").Weight(g.Count)
	s.Message("nothing listens on " + g.Host())
	s.Sign(evidence.ErrorLog, fmt.Sprintf("%s connect() to %s failed with (%d: %s)", times(g.Count), g.Host(), g.Errno, errnoText(g.Errno)), g.Lines...)
	a, err := netip.ParseAddrPort(g.Host())
	unix := strings.HasPrefix(g.Host(), "unix:")
	if err != nil && !unix {
		return
	}
	if unix || a.Addr().Is4() || !a.Addr().IsLoopback() {
		s.Exclude("address-family-refused", "no other address of the target answers")
	}
	local := unix || a.Addr().IsLoopback() || slices.ContainsFunc(p.shared.sockets().connections, func(c *evidence.Connection) bool { return c.Local.Addr() == a.Addr() })
	listeners := p.Listeners()
	if unix {
		listeners = slices.DeleteFunc(slices.Clone(listeners), func(l *evidence.Listener) bool { return l.Path == "" })
	}
	if len(listeners) == 0 || !local {
		return
	}
	last := p.lastAnswer(g.Host())
	if i := slices.IndexFunc(listeners, func(l *evidence.Listener) bool { return !unix && l.Takes(a) || unix && "unix:"+l.Path == g.Host() }); i >= 0 {
		if !last.IsZero() && last.After(g.Last.Add(settled)) && p.noneFailed(g.Host()) {
			s.signs = nil
			p.Normal(fmt.Sprintf("%s refused connections from %s to %s and answers again: no request failed by it", g.Host(), clock(g.First), clock(g.Last)), g.Lines...)
			return
		}
		s.Hint(evidence.Listeners, "now a process listens there: it was started later, or restarts", listeners[i].Line)
		s.signs = slices.DeleteFunc(s.signs, func(x Sign) bool { return x.Of == evidence.Listeners })
		s.message = g.Host() + " refused connections for a while"
		s.excluded = nil // it may have been restarted
		return
	}
	s.Hint(evidence.Listeners, "no process listens on "+g.Host(), listeners[0].Line)
	switch n := p.answered(g.Host()); {
	case n == 0:
	case last.After(g.First.Add(time.Second)):
		s.message = "the process behind " + g.Host() + " ends and comes back: now nothing listens there"
		s.Hint(evidence.AccessLog, fmt.Sprintf("%s were answered by it, the last at %s, after it had refused others", requests(n), clock(last)))
	default:
		s.message = "the process behind " + g.Host() + " has ended: nothing listens there any more"
		s.Hint(evidence.AccessLog, requests(n)+" were answered by it before")
	}
}

// lastAnswer is when an address answered last, in the time of the error log; zero if
// nothing tells.
func (p *Pass) lastAnswer(host string) time.Time {
	var last time.Time
	for _, g := range p.Access().Groups() {
		all := g.Upstreams()
		if at, ok := accessTime(g.Last()); ok && g.Status < 500 && g.Status != 499 && len(all) > 0 && all[len(all)-1] == host && at.After(last) {
			last = at
		}
	}
	if last.IsZero() {
		return last
	}
	// The error log's times are of the local zone, and have none.
	return time.Date(last.Year(), last.Month(), last.Day(), last.Hour(), last.Minute(), last.Second(), 0, time.UTC)
}

// settled is how long after its last failure a server that answers is well again.
const settled = 3 * time.Second

// noneFailed reports whether no request ended with what an address failed.
func (p *Pass) noneFailed(host string) bool {
	return p.Access().Count(func(g *evidence.AccessGroup) bool { return g.Status == 502 && slices.Contains(g.Upstreams(), host) }) == 0
}
