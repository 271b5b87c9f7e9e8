package diagnose

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/tcplint/tcplint/internal/evidence"
)

var packetsLostSymptom = Symptom{
	ID:    "packets-lost",
	Title: "connections take 1, 3 or 7 seconds to open, or hang with bytes unacknowledged",
	Why: `A SYN without an answer is sent again after 1 second, then after 2 more, 4 more and so on; since Linux 6.5 after 1 second each for the first few. So connect times of 1, 3 or 7 seconds (or 1, 2, 3) mean that a SYN or its answer was lost: on the way, by a full accept queue, by a full conntrack table, by the filter for reverse paths. Counters tell these apart: ListenOverflows where the server listens, drop of conntrack -S, IPReversePathFilter.

Where connections open at once, and hang as soon as something large is sent, the path takes only smaller packets than its ends believe, and nobody says so: the unacknowledged bytes are sent again and again. Small answers pass.`,
	OneOf: []evidence.Kind{evidence.Counters, evidence.AccessLog, evidence.Sockets, evidence.ErrorLog, evidence.KernelLog},
	Helps: []evidence.Kind{evidence.Settings, evidence.Conntrack},
	Refs: []string{
		"https://docs.kernel.org/networking/ip-sysctl.html",
		"https://www.rfc-editor.org/rfc/rfc4821",
		"https://www.rfc-editor.org/rfc/rfc6298#section-2",
	},
	Causes: []Cause{
		{
			ID: "reverse-path-filter", At: Way, Title: "the kernel drops packets that came in on another device than answers would leave by", Harm: 3,
			Explains: []string{"lost-syns", "timeout-in-force", "servers-set-aside", "server-unreachable"},
			Rules:    []string{"host-rp-filter-strict"},
			Cure:     "correct the routes so that both directions use one device, or set rp_filter to 2 (loose) on the device",
			Cured:    "TcpExtIPReversePathFilter stays as it is, and connections open at once",
			Decide:   []string{"nstat -az TcpExtIPReversePathFilter; sysctl -a | grep rp_filter; ip route get ADDRESS"},
		},
		{
			ID: "lost-syns", At: Way, Title: "the first packet of connections is lost and sent again", Harm: 2,
			Rivals:   []string{"accept-queue-full", "conntrack-full", "reverse-path-filter"},
			Explains: []string{"timeout-in-force", "servers-set-aside", "peers-vanished"},
			Cure:     "find where they are lost: the accept queue and the conntrack table of the server, a firewall or limit between, checksums of a network card",
			Cured:    "$upstream_connect_time has no times of 1 s and more; TcpExtTCPSynRetrans stays as it is",
			Decide:   []string{"tcpdump -ni any 'tcp[tcpflags] & tcp-syn != 0 and port PORT' on both ends: which of them do not arrive", "nstat -az TcpExtListenOverflows TcpExtListenDrops on the server"},
		},
		{
			ID: "path-mtu", At: Way, Title: "large packets never arrive, and nobody says so", Harm: 3,
			Rivals:   []string{"peers-vanished"},
			Explains: []string{"timeout-in-force", "servers-set-aside"},
			Cure:     "let ICMP \"fragmentation needed\" through, clamp the MSS on the way (TCPMSS --clamp-mss-to-pmtu), or set net.ipv4.tcp_mtu_probing to 1",
			Cured:    "no connection keeps unacknowledged bytes with retransmissions; large requests and answers pass",
			Decide:   []string{"ping -M do -s 1472 ADDRESS, then smaller: up to which size is there an answer?", "ss -tin dst ADDRESS: mss, pmtu and retrans"},
		},
		{
			ID: "peers-vanished", At: Way, Title: "the other ends of connections no longer answer", Harm: 2,
			Rivals: []string{"path-mtu"},
			Cure:   "look at the machine or the network of the other ends",
			Cured:  "no connection keeps unacknowledged bytes with retransmissions",
			Decide: []string{"ping ADDRESS"},
		},
	},
	Examples: []Example{
		{
			Name: "the filter for reverse paths",
			Files: `-- nstat-before.txt --
TcpExtIPReversePathFilter       0                  0.0
-- nstat.txt --
TcpExtIPReversePathFilter       81                 0.0
-- sysctl.txt --
net.ipv4.conf.all.rp_filter = 1
`,
			Want: []string{"reverse-path-filter proved"},
		},
		{
			Name: "strays on a large network",
			Files: `-- nstat-before.txt --
TcpExtIPReversePathFilter       1200               0.0
-- nstat.txt --
TcpExtIPReversePathFilter       1203               0.0
-- sysctl.txt --
net.ipv4.conf.all.rp_filter = 1
`,
		},
		{
			Name: "SYNs are lost, and not in the queue",
			Files: `-- nginx.conf --
worker_processes 1;
events {}
http {
	log_format t '$remote_addr "$request" $status $request_time $upstream_connect_time $upstream_response_time [$upstream_addr] $upstream_status';
	server { listen 80; location / { proxy_pass http://192.0.2.20:8000; } }
}
-- access.log --
192.0.2.7 "GET / HTTP/1.1" 200 1.031 1.030 1.031 [192.0.2.20:8000] 200
192.0.2.7 "GET / HTTP/1.1" 200 0.001 0.000 0.001 [192.0.2.20:8000] 200
192.0.2.7 "GET / HTTP/1.1" 200 1.032 1.031 1.032 [192.0.2.20:8000] 200
192.0.2.7 "GET / HTTP/1.1" 200 3.045 3.044 3.045 [192.0.2.20:8000] 200
-- nstat-before.txt --
TcpExtTCPSynRetrans             0                  0.0
TcpExtListenOverflows           0                  0.0
TcpExtIPReversePathFilter       0                  0.0
-- nstat.txt --
TcpExtTCPSynRetrans             5                  0.0
TcpExtListenOverflows           0                  0.0
TcpExtIPReversePathFilter       0                  0.0
`,
			Want: []string{"lost-syns likely"},
		},
	},
	Look: func(p *Pass) {
		p.reversePath()
		p.lostSyns()
		p.largePackets()
	},
}

var _ = add(&packetsLostSymptom)

// waitsForAnswers reports whether connections are seen that wait for an answer to
// their first packet.
func (p *Pass) waitsForAnswers() bool {
	sent := 0
	for _, c := range p.Connections() {
		if c.State == evidence.SynSent {
			sent++
		}
	}
	return sent >= 3 || p.synAgain() >= 3 || slices.ContainsFunc(p.Errors(evidence.UpstreamTimedOut), func(g *evidence.ErrorGroup) bool {
		return g.Phase == "connecting to upstream"
	})
}

// manyPackets are more than strays.
const manyPackets = 20

func (p *Pass) reversePath() {
	g, ok := p.Growth("TcpExtIPReversePathFilter")
	if !ok || g.By == 0 {
		return
	}
	// Stray packets come to every host on a large network.
	if (g.By < manyPackets || !g.Measured && (p.Has(evidence.Sockets) || p.Has(evidence.ErrorLog))) && !p.waitsForAnswers() {
		p.Normal(fmt.Sprintf("%d packets were dropped by the filter for reverse paths, and nothing here suffers from it", g.By), g.To.Line)
		return
	}
	s := p.Suspect("reverse-path-filter").Weight(int(min(g.By, 1<<30)))
	s.Message(fmt.Sprintf("%d packets were dropped because they came in on another device than answers would leave by", g.By))
	if g.Measured {
		s.Sign(evidence.Counters, fmt.Sprintf("IPReversePathFilter grew by %d", g.By), g.To.Line)
	} else {
		s.Hint(evidence.Counters, fmt.Sprintf("IPReversePathFilter is %d since boot", g.By), g.To.Line)
	}
	for key, v := range p.allSettings(".rp_filter") {
		if v.Value == "1" || v.Value == "2" {
			s.Hint(evidence.Settings, key+" is "+v.Value, v.Line)
			break
		}
	}
	for _, m := range p.Kernel(evidence.MartianSource) {
		s.Hint(evidence.KernelLog, "the kernel logged martian sources", m.Lines...)
	}
}

// allSettings yields parameters in force whose keys end in a text, sorted.
func (p *Pass) allSettings(suffix string) func(func(string, evidence.Setting) bool) {
	p.ask(evidence.Settings)
	return func(yield func(string, evidence.Setting) bool) {
		var keys []string
		for k := range p.evidence.Settings {
			if len(k) > len(suffix) && k[len(k)-len(suffix):] == suffix {
				keys = append(keys, k)
			}
		}
		slices.Sort(keys)
		for _, k := range keys {
			if !yield(k, p.evidence.Settings[k]) {
				return
			}
		}
	}
}

// synAgain is how many requests connected when a SYN was sent again. Times that
// spread over everything above a second are slow for another reason.
func (p *Pass) synAgain() int {
	slow := p.Access().Times(func(a *evidence.AccessGroup) *evidence.Times { return &a.Connect })
	n := 0
	for _, at := range []int{1000, 2000, 3000, 4000, 7000, 15000, 31000, 63000} {
		n += slow.Between(at, at+at/20+60)
	}
	if above := slow.Between(1000, 1<<40); above == 0 || n*10 < above*7 {
		return 0
	}
	return n
}

func (p *Pass) lostSyns() {
	again := p.synAgain()
	g, grew := p.Grew("TcpExtTCPSynRetrans")
	var sent []*evidence.Connection
	for _, c := range p.Connections() {
		if c.State == evidence.SynSent && p.Back(c.Remote) {
			sent = append(sent, c)
		}
	}
	timed := p.Errors(evidence.UpstreamTimedOut)
	timed = slices.DeleteFunc(slices.Clone(timed), func(g *evidence.ErrorGroup) bool { return g.Phase != "connecting to upstream" })
	if again < 3 && len(sent) < 3 && len(timed) == 0 {
		return
	}
	if !grew && len(sent) == 0 && len(timed) == 0 && p.Has(evidence.Counters) {
		return
	}
	s := p.Suspect("lost-syns").Weight(max(again, len(sent)))
	s.Message("connections wait for an answer to their first packet")
	if again > 0 {
		s.message = requests(again) + " waited 1 s or longer for a connection: the first packet was lost and sent again"
		s.Sign(evidence.AccessLog, fmt.Sprintf("%d connect times lie where a SYN is sent again (1, 2, 3, 4, 7, 15 s)", again))
	}
	if grew {
		s.Hint(evidence.Counters, fmt.Sprintf("TCPSynRetrans grew by %d", g.By), g.To.Line)
	}
	if len(sent) > 0 {
		s.Sign(evidence.Sockets, fmt.Sprintf("%d connections to backends are in SYN-SENT", len(sent)), sent[0].Line)
	}
	for _, g := range timed {
		s.Sign(evidence.ErrorLog, fmt.Sprintf("%s %s timed out while connecting", times(g.Count), g.Host()), g.Lines...)
	}
	if p.Never("TcpExtIPReversePathFilter") {
		s.Exclude("reverse-path-filter", "IPReversePathFilter did not grow")
	}
	if d, ok := p.Total(evidence.Conntrack, "conntrack.drop"); ok && d.Value == 0 {
		s.Exclude("conntrack-full", "nothing was dropped for want of an entry")
	}
	// The queue is the server's: its counters tell only where it is this host.
	if p.Never("TcpExtListenOverflows") && p.backendsHere() {
		s.Exclude("accept-queue-full", "no accept queue overflowed")
	}
}

// backendsHere reports whether backends listen on this host, in the network of
// which the counters are.
func (p *Pass) backendsHere() bool {
	return slices.ContainsFunc(p.shared.sockets().listeners, func(l *evidence.Listener) bool { return l.Path == "" && p.spoken(l) != nil })
}

// stuckRetries is after how many retransmissions of the same bytes a connection
// is stuck rather than unlucky.
const stuckRetries = 2

func (p *Pass) largePackets() {
	var stuck, back []*evidence.Connection
	full := 0
	for _, c := range p.connectionsWithTimers() {
		// What was sent again once and arrived is no sign: the retransmissions of these
		// very bytes count, not those of all before.
		retries, again := c.Timer.Retries, 0
		if c.Info != nil {
			again = c.Info.RetransmitTotal
			retries = max(retries, c.Info.Backoff)
		}
		if c.State != evidence.Established || c.Unacked == 0 || c.Timer.Name != "on" && (c.Info == nil || c.Info.Retransmits == 0) || retries == 0 || max(retries, again) < stuckRetries {
			continue
		}
		stuck = append(stuck, c)
		if c.Unacked >= 1000 {
			full++
		}
		if p.Back(c.Remote) || p.Front(c.Local) || p.Back(c.Local) {
			back = append(back, c)
		}
	}
	if g, ok := p.Grew("TcpExtTCPMTUPFail"); ok {
		p.Suspect("path-mtu").Hint(evidence.Counters, fmt.Sprintf("TCPMTUPFail grew by %d", g.By), g.To.Line)
	}
	if len(back) < 2 || !p.unusual(back) {
		return
	}
	syn, hasSyn := p.Growth("TcpExtTCPSynRetrans")
	says := fmt.Sprintf("%d connections have bytes that were sent again and again and never acknowledged (Send-Q %d and more)", len(back), smallest(back))
	if full*10 < len(stuck)*8 {
		s := p.Suspect("peers-vanished").Weight(len(back)).Message(fmt.Sprintf("%d connections get no acknowledgement any more", len(back)))
		s.Sign(evidence.Sockets, says, back[0].Line, back[1].Line)
		return
	}
	s := p.Suspect("path-mtu").Weight(len(back))
	s.Message(fmt.Sprintf("%d connections to or from %s hang as soon as a full packet is sent", len(back), back[0].Remote.Addr()))
	s.Sign(evidence.Sockets, says, back[0].Line, back[1].Line)
	if again, ok := p.Grew("TcpRetransSegs"); ok {
		s.Hint(evidence.Counters, fmt.Sprintf("RetransSegs grew by %d", again.By), again.To.Line)
	}
	if hasSyn && syn.By == 0 && syn.Measured {
		s.Sign(evidence.Counters, "no SYN had to be sent again: small packets arrive", syn.To.Line)
		s.Exclude("peers-vanished", "connections are opened without loss")
	}
	if n, at, ok := p.Setting("net.ipv4.tcp_mtu_probing"); ok && n == 0 {
		s.Hint(evidence.Settings, "net.ipv4.tcp_mtu_probing is 0: the kernel does not look for a smaller size by itself", at)
	}
}

// unusual reports whether so many stuck connections are more than a host has whose
// clients come and go: all to one backend, or a good part of all clients.
func (p *Pass) unusual(stuck []*evidence.Connection) bool {
	toBackends := map[netip.AddrPort]int{}
	clients := 0
	for _, c := range stuck {
		if p.Back(c.Remote) {
			toBackends[c.Remote]++
		} else {
			clients++
		}
	}
	for _, n := range toBackends {
		if n >= 2 {
			return true
		}
	}
	all := 0
	for _, c := range p.Connections() {
		if c.State == evidence.Established && (p.Front(c.Local) || p.Back(c.Local)) {
			all++
		}
	}
	return clients >= 3 && clients*10 >= all
}

func smallest(all []*evidence.Connection) int {
	n := all[0].Unacked
	for _, c := range all {
		n = min(n, c.Unacked)
	}
	return n
}

// connectionsWithTimers prefers the tables that show timers and retransmissions:
// "ss -i", "ss -o" and /proc/net/tcp.
func (p *Pass) connectionsWithTimers() []*evidence.Connection {
	p.ask(evidence.Sockets)
	var best []*evidence.Connection
	for _, t := range p.evidence.Tables {
		n := 0
		for _, c := range t.Connections {
			if c.Info != nil || c.Timer.Name != "" {
				n++
			}
		}
		if n > 0 && t.Source.Moment != evidence.Before && (best == nil || t.Connections[0].Info != nil) {
			best = t.Connections
		}
	}
	return best
}
