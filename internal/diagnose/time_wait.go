package diagnose

import (
	"fmt"
	"net/netip"
	"sort"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/facts"
)

var timeWaitSymptom = Symptom{
	ID:    "time-wait",
	Title: "many sockets are in TIME-WAIT, or connect() fails with (99: Cannot assign requested address)",
	Why: `TIME-WAIT is held for a minute by the side that closed first. On the server's port it costs next to nothing: all of them share the port. On the side that connects it holds one of its own ports, of which there are so many as ip_local_port_range says for each address and port on the other side. When they are used up, connect() fails with 99 and nginx answers 502 at once.

So the number of TIME-WAIT says nothing: count them by the side that they are on, and for nginx's side by the address that they lead to.

tcp_max_tw_buckets is another matter. When there are so many, further ones are closed without waiting; TCPTimeWaitOverflow counts that (Linux 6.18 logs nothing).`,
	OneOf: []evidence.Kind{evidence.Sockets, evidence.ErrorLog, evidence.Counters, evidence.Totals},
	Helps: []evidence.Kind{evidence.Settings, evidence.Configuration, evidence.KernelLog},
	Refs: []string{
		"https://www.rfc-editor.org/rfc/rfc9293#section-3.6.1",
		"https://man7.org/linux/man-pages/man7/ip.7.html",
	},
	Causes: []Cause{
		{
			ID: "ephemeral-ports-used-up", At: Kernel, Title: "nginx closes first, and TIME-WAIT holds the ports towards one address", Harm: 3,
			Rivals:   []string{"source-address-missing"},
			Explains: []string{"servers-set-aside", "time-wait-table-full"},
			Rules:    []string{"nginx-proxy-pass-unpooled", "nginx-upstream-no-keepalive", "nginx-half-way-reuse", "nginx-proxy-connection-close", "nginx-proxy-http10", "host-ephemeral-ports", "sysctl-port-range"},
			Cure:     "keep connections: an upstream block with keepalive, proxy_http_version 1.1 and an empty Connection header; a wider ip_local_port_range only puts the hour off",
			Cured:    "ss -tan state time-wait '( dport = :PORT )' | wc -l stays far below the size of the range; no (99: Cannot assign requested address) in error.log",
			Decide:   []string{"sysctl net.ipv4.ip_local_port_range; ss -tan | awk '{print $4, $5}' by the address on the other side"},
		},
		{
			ID: "source-address-missing", At: Kernel, Title: "nginx connects from an address that the host does not have", Harm: 3,
			Cure:  "bring the address of proxy_bind up, or set net.ipv4.ip_nonlocal_bind",
			Cured: "no (99: Cannot assign requested address) in error.log",
		},
		{
			ID: "time-wait-table-full", At: Kernel, Title: "the table of TIME-WAIT overflows, so connections are closed without it", Harm: 1,
			Rules: []string{"sysctl-max-tw-buckets-low"},
			Cure:  "raise net.ipv4.tcp_max_tw_buckets to its default or above, and keep connections to backends",
			Cured: "TcpExtTCPTimeWaitOverflow stays as it is",
		},
	},
	Examples: []Example{
		{
			Name: "no port is left",
			Files: `-- nginx.conf --
worker_processes 1;
events {}
http { server { listen 80; location / { proxy_pass http://192.0.2.20:8080; } } }
-- error.log --
2026/11/30 01:27:28 [crit] 40#40: *158 connect() to 192.0.2.20:8080 failed (99: Cannot assign requested address) while connecting to upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://192.0.2.20:8080/", host: "a"
-- ss-tan.txt --
State     Recv-Q Send-Q Local Address:Port  Peer Address:Port  Process
TIME-WAIT 0      0         192.0.2.10:40000   192.0.2.20:8080
TIME-WAIT 0      0         192.0.2.10:40001   192.0.2.20:8080
TIME-WAIT 0      0         192.0.2.10:40002   192.0.2.20:8080
TIME-WAIT 0      0         192.0.2.10:40003   192.0.2.20:8080
-- sysctl.txt --
net.ipv4.ip_local_port_range = 40000	40003
`,
			Want: []string{"ephemeral-ports-used-up proved"},
		},
		{
			Name: "on the backend's side they cost nothing",
			Files: `-- nginx.conf --
worker_processes 1;
events {}
http { server { listen 80; location / { proxy_pass http://192.0.2.20:8080; } } }
-- ss-tan.txt --
State     Recv-Q Send-Q Local Address:Port  Peer Address:Port  Process
TIME-WAIT 0      0         192.0.2.20:8080    192.0.2.10:40000
TIME-WAIT 0      0         192.0.2.20:8080    192.0.2.10:40001
TIME-WAIT 0      0         192.0.2.20:8080    192.0.2.10:40002
-- sysctl.txt --
net.ipv4.ip_local_port_range = 40000	40003
`,
		},
		{
			Name: "the table overflows",
			Files: `-- nstat-before.txt --
TcpExtTCPTimeWaitOverflow       0                  0.0
-- nstat.txt --
TcpExtTCPTimeWaitOverflow       811                0.0
-- sockstat.txt --
sockets: used 25
TCP: inuse 22 orphan 0 tw 200 alloc 23 mem 0
-- sysctl.txt --
net.ipv4.tcp_max_tw_buckets = 200
`,
			Want: []string{"time-wait-table-full proved"},
		},
	},
	Look: func(p *Pass) {
		p.ports()
		p.timeWaitTable()
	},
}

var _ = add(&timeWaitSymptom)

// portRange is the range of ports that connect() chooses from, and how many they
// are; the kernel's own range where none is known.
func (p *Pass) portRange() (from, to, n int, at evidence.Line, known bool) {
	from, to = 32768, 60999
	if s, ok := p.SettingText("net.ipv4.ip_local_port_range"); ok {
		f := strings.Fields(s.Value)
		if len(f) == 2 {
			from, to, at, known = atoi(f[0]), atoi(f[1]), s.Line, true
		}
	}
	return from, to, max(to-from+1, 0), at, known
}

// way is from one address to one address and port.
type way struct {
	from netip.Addr
	to   netip.AddrPort
}

func (p *Pass) ports() {
	from, to, size, at, known := p.portRange()
	used := map[way]int{}
	waiting := map[way]int{}
	example := map[way]evidence.Line{}
	server := 0
	var serverLine evidence.Line
	for _, c := range p.Connections() {
		w := way{c.Local.Addr(), c.Remote}
		inRange := int(c.Local.Port()) >= from && int(c.Local.Port()) <= to
		switch {
		case p.Back(c.Remote) && inRange:
			used[w]++
			if c.State == evidence.TimeWait {
				waiting[w]++
				example[w] = c.Line
			}
		case c.State == evidence.TimeWait && (p.Back(c.Local) || p.Front(c.Local)):
			if server++; serverLine.Text == "" {
				serverLine = c.Line
			}
		}
	}
	ways := make([]way, 0, len(used))
	for w := range used {
		ways = append(ways, w)
	}
	sort.Slice(ways, func(i, j int) bool { return used[ways[i]] > used[ways[j]] })
	refused := p.noAddress()
	for _, w := range ways[:min(len(ways), 3)] {
		if used[w]*10 < size*8 || !known && !refused {
			continue
		}
		s := p.Suspect("ephemeral-ports-used-up").Weight(used[w])
		s.Message(fmt.Sprintf("%d of the %d ports that nginx can use towards %s are taken, %d of them by TIME-WAIT", used[w], size, w.to, waiting[w]))
		s.Sign(evidence.Sockets, fmt.Sprintf("%d sockets from %s to %s, %d of them in TIME-WAIT", used[w], w.from, w.to, waiting[w]), example[w])
		if known {
			s.Hint(evidence.Settings, fmt.Sprintf("net.ipv4.ip_local_port_range is %d to %d: %d ports", from, to, size), at)
		}
		s.Exclude("source-address-missing", fmt.Sprintf("the host has %s, from which the connections came", w.from))
		p.closesFirst(s, w.to)
	}
	if server > 100 {
		p.Normal(fmt.Sprintf("%d TIME-WAIT are on the side of a server: they cost no port", server), serverLine)
	}
	if len(ways) > 0 && used[ways[0]] > 100 && used[ways[0]]*10 < size*8 {
		w := ways[0]
		p.Normal(fmt.Sprintf("%d of %d ports towards %s are in use (%d %%)", used[w], size, w.to, used[w]*100/max(size, 1)), example[w])
	}
}

// noAddress reports whether connect() failed for want of a port or an address.
func (p *Pass) noAddress() bool {
	found := false
	for _, g := range p.Errors(evidence.ConnectFailed, evidence.BindFailed) {
		switch {
		case g.Errno != 99, g.Event == evidence.BindFailed && g.Phase == "":
		case g.Event == evidence.BindFailed:
			s := p.Suspect("source-address-missing").Weight(g.Count)
			s.Message(fmt.Sprintf("bind() to %s failed %s: the host does not have the address", g.Detail, times(g.Count)))
			s.Sign(evidence.ErrorLog, fmt.Sprintf("%s bind() to %s failed with (99: Cannot assign requested address)", times(g.Count), g.Detail), g.Lines...)
			if n, at, ok := p.Setting("net.ipv4.ip_nonlocal_bind"); ok && n == 0 {
				s.Hint(evidence.Settings, "net.ipv4.ip_nonlocal_bind is 0", at)
			}
		case strings.HasPrefix(g.Host(), "[") && !strings.HasPrefix(g.Host(), "[::1]"):
			// An IPv6 address without one of our own to go there from.
		default:
			found = true
			s := p.Suspect("ephemeral-ports-used-up").Weight(g.Count)
			s.Sign(evidence.ErrorLog, fmt.Sprintf("%s connect() to %s failed with (99: Cannot assign requested address)", times(g.Count), g.Host()), g.Lines...)
			if !p.binds() {
				s.Exclude("source-address-missing", "nothing in the configuration binds to an address")
			}
			if a, err := netip.ParseAddrPort(g.Host()); err == nil {
				p.closesFirst(s, a)
			}
		}
	}
	return found
}

// binds reports whether the configuration connects from an address of its own; it
// may where no configuration is known.
func (p *Pass) binds() bool {
	passes := p.Passes()
	for _, pass := range passes {
		if v := pass.Scope.Get(pass.Protocol + "_bind"); v.Set() && v.Text() != "off" {
			return true
		}
	}
	return len(passes) == 0
}

// closesFirst adds what the configuration says about connections to an address.
func (p *Pass) closesFirst(s *Suspect, to netip.AddrPort) {
	for _, pass := range p.passesTo(to.String()) {
		if pass.Reuse().Empty() {
			s.Configured("nginx opens a connection to it for each request and keeps none", pass.Directive)
			version := pass.Scope.Get("proxy_http_version")
			if pass.Target.Upstream == nil {
				s.Rule("nginx-proxy-pass-unpooled")
			} else if !version.Where("1.0").Intersect(facts.Until(facts.ReuseByDefault)).Empty() {
				s.Rule("nginx-proxy-http10")
			}
			return
		}
	}
}

func (p *Pass) timeWaitTable() {
	g, ok := p.Growth("TcpExtTCPTimeWaitOverflow")
	logged := p.Kernel(evidence.TimeWaitOverflow)
	if (!ok || g.By == 0) && len(logged) == 0 {
		return
	}
	limit, at, known := p.Setting("net.ipv4.tcp_max_tw_buckets")
	if tw, seen := p.Total(evidence.Totals, "TCP.tw"); !g.Measured && len(logged) == 0 && seen && known && tw.Value*10 < limit*9 {
		p.Normal(fmt.Sprintf("TCPTimeWaitOverflow is %d since boot, and there is room now", g.By), g.To.Line)
		return
	}
	s := p.Suspect("time-wait-table-full")
	message := "the table of TIME-WAIT overflowed"
	if known {
		message += " at tcp_max_tw_buckets " + strconv.Itoa(limit)
	}
	if ok && g.By > 0 {
		says := fmt.Sprintf("TCPTimeWaitOverflow grew by %d", g.By)
		message += " " + times(int(g.By))
		if g.Measured {
			s.Sign(evidence.Counters, says, g.To.Line)
		} else {
			s.Hint(evidence.Counters, fmt.Sprintf("TCPTimeWaitOverflow is %d since boot", g.By), g.To.Line)
		}
	}
	s.Message(message)
	for _, m := range logged {
		s.Sign(evidence.KernelLog, "the kernel says so", m.Lines...)
	}
	if known {
		if tw, ok := p.Total(evidence.Totals, "TCP.tw"); ok && tw.Value*10 >= limit*9 {
			s.Hint(evidence.Totals, fmt.Sprintf("there are %d TIME-WAIT of at most %d", tw.Value, limit), tw.Line, at)
		}
		if limit < 16384 {
			s.Hint(evidence.Settings, fmt.Sprintf("net.ipv4.tcp_max_tw_buckets is %d", limit), at)
		}
	}
}
