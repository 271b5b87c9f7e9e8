package diagnose

import (
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/evidence"
)

// refusedByUnix is about Unix sockets, whose full queue refuses at once.
func (p *Pass) refusedByUnix() {
	for _, g := range p.Errors(evidence.ConnectFailed) {
		if g.Errno != 11 {
			continue
		}
		path := g.Host()
		s := p.Suspect("accept-queue-full").Weight(g.Count)
		s.Sign(evidence.ErrorLog, fmt.Sprintf("%s connect() to %s failed with (11: Resource temporarily unavailable): its queue was full", times(g.Count), path), g.Lines...)
		for _, l := range p.Listeners() {
			if l.Path == "" || "unix:"+l.Path != path {
				continue
			}
			says, which := p.capOf(l)
			s.Message(fmt.Sprintf("the accept queue of %s was full %s: it takes %d connections%s", path, times(g.Count), l.Cap+1, which))
			s.Hint(evidence.Listeners, says, l.Line)
		}
		s.Message(fmt.Sprintf("the accept queue of %s was full %s", path, times(g.Count)))
		// Some were served: the process accepts.
		if n := p.Access().Count(func(a *evidence.AccessGroup) bool { return a.Upstream == path && a.Status < 500 }); n > 0 {
			s.Hint(evidence.AccessLog, requests(n)+" to it were answered, so the process does accept")
			s.Exclude("backend-does-not-accept", "it answers requests").Exclude("backend-file-limit", "it answers requests")
		}
		for _, m := range p.Backend(evidence.MaxChildren, evidence.MaxWorkers, evidence.ListenQueueFull) {
			p.Suspect("backend-workers-busy").Sign(evidence.BackendLog, "the backend says that all its workers are busy", m.Lines...).Weight(m.Count)
		}
	}
}

// overflowed is about counters: the queue overflowed, whether it is long now or
// not.
func (p *Pass) overflowed(told bool) {
	g, ok := p.Growth("TcpExtListenOverflows")
	if !ok || g.By == 0 {
		p.halfOpen()
		return
	}
	says := fmt.Sprintf("ListenOverflows grew by %d", g.By)
	if !g.Measured {
		says = fmt.Sprintf("ListenOverflows is %d since boot; when that was, one reading does not tell", g.By)
		if p.Has(evidence.Sockets) || p.Has(evidence.AccessLog) || p.Has(evidence.ErrorLog) {
			p.Normal(says, g.To.Line) // and nothing else speaks of it
			return
		}
		p.Suspect("accept-queue-full").Hint(evidence.Counters, says, g.To.Line).Decide("nstat -az TcpExtListenOverflows; sleep 10; nstat -az TcpExtListenOverflows")
		return
	}
	s := p.Suspect("accept-queue-full").Weight(int(min(g.By, 1<<30)))
	l, sure := p.shortest()
	if l == nil {
		s.Message("an accept queue overflowed " + times(int(g.By)))
		s.Sign(evidence.Counters, says, g.To.Line)
		return
	}
	capSays, which := p.capOf(l)
	if sure {
		s.Message(fmt.Sprintf("the accept queue of %s overflowed %s: it takes %d connections%s", l.Name(), times(int(g.By)), l.Cap+1, which))
		s.Sign(evidence.Counters, says, g.To.Line)
		s.Hint(evidence.Listeners, capSays, l.Line)
	} else {
		s.Message(fmt.Sprintf("an accept queue overflowed %s, most likely that of %s", times(int(g.By)), l.Name()))
		s.Sign(evidence.Counters, says, g.To.Line)
	}
	p.settingOf(s, l)
	if q := p.queueAt(l); q.listener.Queued < 3 {
		s.Exclude("backend-does-not-accept", "the queue is empty again: the process accepts")
		s.Exclude("backend-file-limit", "the queue is empty again: the process accepts")
	} else if !told {
		s.Hint(evidence.Listeners, "the queue is long now", l.Line)
	}
	for _, m := range p.Kernel(evidence.SynFlooding) {
		s.Hint(evidence.KernelLog, "the kernel answered with SYN cookies on port "+m.Detail, m.Lines...)
	}
	slow := p.Access().Times(func(a *evidence.AccessGroup) *evidence.Times { return &a.Connect })
	if n := slow.Between(1000, 1100) + slow.Between(3000, 3200) + slow.Between(7000, 7300); n > 0 {
		s.Hint(evidence.AccessLog, requests(n)+" connected after 1, 3 or 7 s: a SYN that was dropped comes again then")
	}
	for _, e := range p.Errors(evidence.ConnectFailed, evidence.ReadFailed) {
		if n, at, ok := p.Setting("net.ipv4.tcp_abort_on_overflow"); e.Errno == 104 && ok && n == 1 && p.isAt(l, e.Host()) {
			s.Hint(evidence.ErrorLog, fmt.Sprintf("%s %s reset a connection: with tcp_abort_on_overflow a full queue does so", times(e.Count), e.Host()), e.Lines[0], at)
		}
	}
	for _, e := range p.Errors(evidence.UpstreamTimedOut) {
		if e.Phase == "connecting to upstream" && p.isAt(l, e.Host()) {
			s.Hint(evidence.ErrorLog, fmt.Sprintf("%s upstream timed out while connecting to %s", times(e.Count), e.Host()), e.Lines...)
		}
	}
}

func (p *Pass) isAt(l *evidence.Listener, host string) bool {
	return slices.Contains(p.spoken(l), host)
}

// shortest returns the listener on the path whose queue overflowed most likely:
// the shortest. sure says that the others are much longer.
func (p *Pass) shortest() (best *evidence.Listener, sure bool) {
	var second *evidence.Listener
	for _, l := range p.Listeners() {
		if l.Path != "" || l.Cap == 0 || !p.isNginx(l) && p.spoken(l) == nil {
			continue
		}
		switch {
		case best == nil || l.Cap < best.Cap || l.Queued > best.Queued && q(best) < 5:
			best, second = l, best
		case second == nil || l.Cap < second.Cap:
			second = l
		}
	}
	return best, best != nil && (second == nil || second.Cap >= 2*best.Cap || best.Queued > second.Queued+4)
}

func q(l *evidence.Listener) int { return l.Queued }

// halfOpen is about connections that are not complete: their queue is as long as the
// accept queue, and a burst fills it first (net/ipv4/tcp_input.c, tcp_conn_request).
func (p *Pass) halfOpen() {
	for _, name := range []string{"TcpExtTCPReqQFullDrop", "TcpExtTCPReqQFullDoCookies"} {
		g, ok := p.Grew(name)
		if !ok {
			continue
		}
		s := p.Suspect("accept-queue-full").Weight(int(min(g.By, 1<<30)))
		message := fmt.Sprintf("the queue of half-open connections was full %s; it is as long as the accept queue", times(int(g.By)))
		if l, sure := p.shortest(); l != nil && sure {
			says, which := p.capOf(l)
			message += fmt.Sprintf(" of %s, which takes %d%s", l.Name(), l.Cap+1, which)
			s.Hint(evidence.Listeners, says, l.Line)
			p.settingOf(s, l)
		}
		s.Message(message).Sign(evidence.Counters, fmt.Sprintf("%s grew by %d", name[len("TcpExt"):], g.By), g.To.Line)
		for _, m := range p.Kernel(evidence.SynFlooding) {
			s.Sign(evidence.KernelLog, "the kernel speaks of SYN flooding on port "+m.Detail, m.Lines...)
		}
		return
	}
}
