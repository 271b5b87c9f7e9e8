package diagnose

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/facts"
)

var connectionsWaitToBeAcceptedSymptom = Symptom{
	ID:    "connections-wait-to-be-accepted",
	Title: "Recv-Q of a listening socket stays above zero, ListenOverflows grows, or connect() to a Unix socket fails with (11: Resource temporarily unavailable)",
	Why: `Of a listening socket, Recv-Q is the number of connections that are complete and that the process has not accepted; Send-Q is how many may wait. What waits there has an answer to its SYN and believes that it is connected: its request lies unread in the kernel. A full queue drops what follows: over TCP the client tries again after 1, 3 and 7 seconds, on a Unix socket connect() fails at once.

A longer queue cures a burst and nothing else. Where nothing is taken out of the queue, look at what the process holds: nothing at all, or requests that it does not read, and it hangs; as many as it has descriptors, and it cannot accept; a few that lie idle in nginx's pool, and each of them holds a worker or a thread that others wait for.

The queue need not be full at the moment somebody looks. Counters tell: ListenOverflows counts connections that found a queue full. ListenDrops counts other things, too.`,
	OneOf: []evidence.Kind{evidence.Listeners, evidence.Counters, evidence.ErrorLog},
	Helps: []evidence.Kind{
		evidence.Owners, evidence.Sockets, evidence.Configuration, evidence.Settings, evidence.Limits, evidence.BackendLog,
		evidence.AccessLog, evidence.KernelLog, evidence.Names,
	},
	Refs: []string{
		"https://man7.org/linux/man-pages/man2/listen.2.html",
		"https://docs.kernel.org/networking/snmp_counter.html",
	},
	Causes: []Cause{
		{
			ID: "pool-fills-backend", At: Backend, Title: "idle pooled connections hold all that the backend accepts", Harm: 3,
			Rivals:   []string{"backend-does-not-accept", "backend-file-limit", "backend-workers-busy"},
			Explains: []string{"accept-queue-full", "timeout-in-force", "lost-syns", "servers-set-aside", "backend-workers-busy", "process-does-not-close", "client-timed-out", "peers-vanished", "path-mtu"},
			Rules:    []string{"nginx-pool-larger-than-backend"},
			Cure:     "set keepalive so that keepalive times worker_processes stays below what the backend accepts at a time, with room for health checks; or let the backend hold more connections than it has workers",
			Cured:    "Recv-Q of the backend's listening socket is 0 in ss -ltn while the pool is warm; no request waits for proxy_read_timeout",
			Decide:   []string{"ss -tnp state established '( sport = :PORT )'  # who holds what the backend accepted, and since when"},
		},
		{
			ID: "backend-does-not-accept", At: Backend, Title: "the process behind the queue takes nothing out of it", Harm: 3,
			Rivals:   []string{"pool-fills-backend", "backend-file-limit", "backend-workers-busy", "accept-queue-full"},
			Explains: []string{"accept-queue-full", "timeout-in-force", "lost-syns", "servers-set-aside", "process-does-not-close", "client-timed-out", "peers-vanished", "path-mtu"},
			Cure:     "the process hangs or is stopped: look at what it does and restart it; a longer queue only lets more wait",
			Cured:    "Recv-Q of the listening socket falls to 0 and stays there",
			Decide:   []string{"cat /proc/PID/stack /proc/PID/wchan; grep State /proc/PID/status", "strace -f -p PID"},
		},
		{
			ID: "backend-file-limit", At: Backend, Title: "the backend has no descriptors left to accept with", Harm: 3,
			Rivals:   []string{"pool-fills-backend", "backend-does-not-accept"},
			Explains: []string{"accept-queue-full", "timeout-in-force", "lost-syns", "servers-set-aside", "backend-workers-busy", "process-does-not-close", "client-timed-out", "peers-vanished", "path-mtu"},
			Cure:     "raise the limit of descriptors of the backend's unit or container (LimitNOFILE, ulimits.nofile)",
			Cured:    "Recv-Q of the listening socket is 0 under the same load; the backend's log has no more EMFILE",
			Decide:   []string{"grep 'open files' /proc/PID/limits; ls /proc/PID/fd | wc -l"},
		},
		{
			ID: "backend-workers-busy", At: Backend, Title: "every worker of the backend is busy, and what comes waits", Harm: 2,
			Rivals:   []string{"pool-fills-backend", "backend-does-not-accept", "backend-file-limit"},
			Explains: []string{"timeout-in-force", "lost-syns", "servers-set-aside", "accept-queue-full", "peers-vanished", "path-mtu"},
			Cure:     "give the backend more workers, or shorten what each request takes; find out which requests are slow",
			Cured:    "Recv-Q of the listening socket is 0 at the same rate of requests",
			Decide:   []string{"py-spy dump, jstack or the status page of the backend: what its workers do"},
		},
		{ID: "nginx-blocked", Rivals: []string{"accept-queue-full"}},
		{
			ID: "accept-queue-full", At: Queue, Title: "bursts meet an accept queue that is too short", Harm: 3,
			Rivals:   []string{"backend-does-not-accept", "backend-file-limit"},
			Explains: []string{"lost-syns", "timeout-in-force", "servers-set-aside", "client-timed-out", "peers-vanished", "path-mtu", "backend-broke-off", "stale-pooled-connection"},
			Rules:    []string{"host-backlog-capped", "host-backlog-not-asked", "sysctl-somaxconn-low"},
			Cure:     "raise what caps the queue: the backlog that the program asks for, and net.core.somaxconn where it listens; then start the program again, since a queue keeps its length",
			Cured:    "TcpExtListenOverflows stays as it is under the same bursts; Send-Q in ss -ltn shows the new length",
			Decide:   []string{"nstat -az TcpExtListenOverflows; sleep 10; nstat -az TcpExtListenOverflows", "ss -ltn  # in the network namespace of the process that listens"},
		},
	},
	Examples: queueExamples,
	Look:     lookQueue,
}

var _ = add(&connectionsWaitToBeAcceptedSymptom)

func lookQueue(p *Pass) {
	told := false
	for _, l := range p.Listeners() {
		q := p.queueAt(l)
		_, bad := p.harm(q)
		switch {
		case l.Path != "", p.isNginx(l) && len(p.Errors(evidence.AcceptFailed, evidence.WorkerConnections)) > 0:
		case bad:
			p.waiting(q)
			told = true
		case q.stays && len(q.accepted) == 0 && len(q.waiting) >= manyWaiting && !p.isNginx(l):
			p.mayWait(q)
		}
	}
	p.refusedByUnix()
	p.overflowed(told)
}

// manyWaiting are more than a process that accepts leaves waiting between two looks.
const manyWaiting = 20

// mayWait is about a long queue of a process that holds nothing, while nothing else
// says that it does harm.
func (p *Pass) mayWait(q queue) {
	message := waits(q.listener)
	for _, id := range []string{"backend-workers-busy", "backend-does-not-accept", "backend-file-limit"} {
		p.Suspect(id).Hint(evidence.Listeners, fmt.Sprintf("the same %d connections wait in each listing", len(q.waiting)), q.lines()...).Message(message)
	}
}

// waits says how many connections wait at a listening socket.
func waits(l *evidence.Listener) string {
	if l.Queued == 1 {
		return "1 connection to " + l.Name() + " waits to be accepted"
	}
	return fmt.Sprintf("%d connections to %s wait to be accepted", l.Queued, l.Name())
}

// waiting judges a queue in which connections wait now.
func (p *Pass) waiting(q queue) {
	l := q.listener
	message := waits(l)
	says := fmt.Sprintf("Recv-Q of %s is %d", l.Name(), l.Queued)
	if l.Cap > 0 {
		says += fmt.Sprintf(" of at most %d", l.Cap+1)
	}
	if len(q.gaveUp) > 0 {
		says += fmt.Sprintf("; closed by the other side since (CLOSE-WAIT without a process): %d", len(q.gaveUp))
	}
	if !q.owners {
		s := p.Suspect("accept-queue-full")
		if q.full() {
			s.Message(message+", and the queue is full").Sign(evidence.Listeners, says, q.lines()...)
		} else {
			s.Message(message).Hint(evidence.Listeners, says, q.lines()...)
		}
		for _, other := range []string{"pool-fills-backend", "backend-does-not-accept"} {
			p.Suspect(other).Message(message).Hint(evidence.Listeners, says, q.lines()...)
		}
		return
	}
	n := len(q.accepted)
	limit, fits := p.fileLimit(q)
	last, lastLine, isLast := q.lastDescriptor()
	round, isRound := roundBelow(n)
	if highest, _ := q.highestDescriptor(); highest >= round {
		isRound = false
	}
	emfile := p.Backend(evidence.BackendFiles)
	pooled, pool := p.heldByPool(q)
	answers, _ := p.answersOn(l)
	answers = answers || p.queueing(l) // what waited was answered
	silent := !q.moves && (n == 0 && !answers || n > 0 && q.unserved*10 >= n*7)
	switch {
	case p.isNginx(l) && !silent && (q.moves || len(q.gaveUp) < 3): // its workers are many, or quick
		if q.full() {
			p.fullQueue(q, says, message)
		}
	case p.isNginx(l):
		s := p.Suspect("nginx-blocked").Weight(l.Queued)
		s.Message(message + fmt.Sprintf(": a worker of nginx takes nothing out of the queue and reads nothing on the %d that it holds", n))
		s.Sign(evidence.Owners, says, q.lines()...)
	case silent && q.full() && !p.hangs(q):
		p.fullQueue(q, says, message)
	case silent:
		s := p.Suspect("backend-does-not-accept").Weight(l.Queued)
		if q.full() {
			s.Exclude("accept-queue-full", "nothing is taken out of the queue")
		} else {
			s.Exclude("accept-queue-full", "the queue is not full")
		}
		if n == 0 {
			s.Message(message + fmt.Sprintf(": %s holds no connection at all and takes none out of the queue", q.process()))
			s.Sign(evidence.Owners, says+"; the process holds none that it accepted", q.lines()...)
			s.Exclude("pool-fills-backend", "nothing is accepted, so no pool holds anything").Exclude("backend-file-limit", "no connection uses its descriptors")
			s.Exclude("backend-workers-busy", "no connection is being served")
		} else {
			s.Message(message + fmt.Sprintf(": %s holds %s and does not read what comes", q.process(), connections(n)))
			s.Sign(evidence.Owners, says+fmt.Sprintf("; the process accepted %s, of which unread bytes lie in %d", connections(n), q.unserved), append(q.lines(), q.accepted[0].Line)...)
			s.Exclude("pool-fills-backend", "the accepted connections have requests in them that nobody reads")
			if !answers { // else it hangs for a while only
				s.Exclude("backend-workers-busy", "requests lie unread in the connections that it accepted")
			}
			if !fits && !isRound && emfile == nil {
				s.Exclude("backend-file-limit", "it has fewer connections than descriptors: "+strconv.Itoa(n))
			}
		}
		p.confirmSilence(s, l)
	case fits || emfile != nil || isLast:
		s := p.Suspect("backend-file-limit").Weight(l.Queued)
		s.Message(message + fmt.Sprintf(": %s has accepted %d, which is what its descriptors allow", q.process(), n))
		s.Sign(evidence.Owners, says+fmt.Sprintf("; %s holds %s", q.process(), connections(n)), q.lines()...)
		s.Exclude("backend-does-not-accept", "it has accepted "+connections(n)+", and serves what it has")
		if fits {
			s.Sign(evidence.Limits, fmt.Sprintf("Max open files is %d", limit.Soft), limit.Line)
			s.Exclude("pool-fills-backend", fmt.Sprintf("the number of connections is that of descriptors, %d", limit.Soft))
		}
		if isLast {
			s.Sign(evidence.Owners, fmt.Sprintf("its highest descriptor in use is one of the last of %d", last), lastLine)
			s.Exclude("pool-fills-backend", fmt.Sprintf("what it has used up are its %d descriptors", last))
		}
		p.confirmSilence(s, l)
		for _, m := range emfile {
			s.Sign(evidence.BackendLog, "the backend says that it has too many open files", m.Lines...)
			s.Exclude("pool-fills-backend", "the backend itself says that descriptors are what it lacks")
		}
	case pooled && !p.slow(l):
		s := p.Suspect("pool-fills-backend").Weight(l.Queued)
		s.Message(message + fmt.Sprintf(": the %d that %s accepted are kept open by nginx's pool (keepalive %d)", n, q.process(), pool.size))
		s.Sign(evidence.Owners, says+fmt.Sprintf("; %s holds %s, all of nginx, and no more", q.process(), connections(n)), append(q.lines(), q.accepted[0].Line)...)
		if pool.upstream != nil {
			s.Learn(pool.upstream.Name, facts.Backend{MaxConnections: n})
		}
		if u := pool.upstream; u != nil && u.HasKeepalive {
			s.Configured(fmt.Sprintf("each of %d workers may keep %d idle connections to a backend that accepts %d at a time", max(p.workers(), 1), pool.size, n), u.Keepalive.Directive)
		} else if pool.pass != nil {
			s.Configured("nginx keeps connections to this backend open", pool.pass.Directive)
		}
		p.idle(s, l)
		s.Exclude("backend-does-not-accept", "it has accepted "+connections(n)+", and read what came")
		s.Exclude("backend-file-limit", "it has fewer connections than descriptors: "+strconv.Itoa(n))
	case l.Cap > 0 && q.full() && (n > l.Cap || n == 0):
		p.fullQueue(q, says, message)
	case n == 0:
		p.Suspect("backend-workers-busy").Weight(l.Queued).Message(message+fmt.Sprintf(": %s accepts more slowly than they come", q.process())).
			Hint(evidence.Owners, says+"; the process held none at that moment, and does accept", q.lines()...)
		if p.queueing(l) { // a server that has no descriptors left rests before it tries again
			p.Suspect("backend-file-limit").Weight(l.Queued).Message(message+fmt.Sprintf(": %s takes them in batches", q.process())).
				Hint(evidence.Owners, says+"; the process held none at that moment, and does accept", q.lines()...)
		}
	default:
		if isRound {
			p.Suspect("backend-file-limit").Message(message+fmt.Sprintf(": %s has accepted %d, which may be what its descriptors allow", q.process(), n)).
				Hint(evidence.Owners, fmt.Sprintf("%d connections are a little less than %d", n, round), q.lines()...).
				Decide(fmt.Sprintf("grep 'open files' /proc/PID/limits  # %d?", round))
		}
		s := p.Suspect("backend-workers-busy").Weight(l.Queued)
		s.Message(message + fmt.Sprintf(": %s is busy with the %d that it accepted", q.process(), n))
		busy := fmt.Sprintf("; %s holds %s and has read what came", q.process(), connections(n))
		if q.ended*2 > n && !p.givenUp() {
			// It holds on to connections that ended, which is no work.
			s.Hint(evidence.Owners, says+busy, q.lines()...)
			break
		}
		s.Sign(evidence.Owners, says+busy, q.lines()...)
		s.Exclude("backend-does-not-accept", "it has accepted "+connections(n))
		if !isRound {
			s.Exclude("backend-file-limit", "it has fewer connections than descriptors: "+strconv.Itoa(n))
		}
		for _, host := range p.spoken(l) {
			if ok := p.failuresAt(host).ok; p.slow(l) {
				s.Sign(evidence.AccessLog, fmt.Sprintf("what it takes is answered after %s: half of the requests take longer", seconds(ok.Quantile(0.5))))
				s.Exclude("pool-fills-backend", "its connections are not idle: it is at work on them")
			}
			if pl := p.poolTo(host); pl.known && !pl.kept {
				s.Exclude("pool-fills-backend", "nginx keeps no connections to it")
				s.Configured("nginx opens a connection for each request", nil)
			}
		}
		for _, m := range p.Backend(evidence.MaxChildren, evidence.MaxWorkers, evidence.ListenQueueFull) {
			s.Sign(evidence.BackendLog, "the backend says so itself", m.Lines...)
		}
	}
}

// heldByPool reports whether all that a backend accepted may be idle connections
// of nginx's pool.
func (p *Pass) heldByPool(q queue) (bool, pool) {
	var pl pool
	for _, host := range p.spoken(q.listener) {
		if x := p.poolTo(host); x.kept {
			pl = x
		}
	}
	if !pl.kept || pl.size == 0 || len(q.accepted) == 0 || len(q.accepted) > pl.size*max(p.workers(), 1) {
		return false, pl
	}
	// Those of nginx have not been given up: an ESTABLISHED connection at both
	// ends.
	idle := 0
	for _, c := range q.accepted {
		if c.State == evidence.Established && c.Unread == 0 && c.Unacked == 0 {
			idle++
		}
	}
	return idle*10 >= len(q.accepted)*7, pl
}

// quick is a time in milliseconds within which a backend answers that is not at its
// limit.
const quick = 500

// idle excludes that the accepted connections are busy: those requests that the
// backend takes are answered soon.
func (p *Pass) idle(s *Suspect, l *evidence.Listener) {
	if _, silent := p.answersOn(l); silent || !p.quickly(l) {
		return
	}
	for _, host := range p.spoken(l) {
		if ok := p.failuresAt(host).ok; ok.Count > 0 {
			s.Exclude("backend-workers-busy", "what it takes is answered soon: half of the requests within "+seconds(ok.Quantile(0.5)))
			return
		}
	}
}

// quickly reports whether those requests that a backend takes are answered soon.
func (p *Pass) quickly(l *evidence.Listener) bool {
	return slices.ContainsFunc(p.spoken(l), func(host string) bool {
		ok := p.failuresAt(host).ok
		return ok.Count > 0 && ok.Quantile(0.5) < quick
	})
}

// slow reports whether what a backend takes is answered late: then its workers have
// enough to do, whatever a pool holds.
func (p *Pass) slow(l *evidence.Listener) bool {
	return slices.ContainsFunc(p.spoken(l), func(host string) bool {
		ok := p.failuresAt(host).ok
		return ok.Count > 0 && ok.Quantile(0.5) >= 2*quick
	})
}

// confirmSilence adds what nginx and the counters saw of a process that does not
// answer.
func (p *Pass) confirmSilence(s *Suspect, l *evidence.Listener) {
	for _, g := range p.Errors(evidence.UpstreamTimedOut) {
		if slices.Contains(p.spoken(l), g.Host()) {
			s.Hint(evidence.ErrorLog, fmt.Sprintf("%s upstream timed out while %s", times(g.Count), g.Phase), g.Lines...)
		}
	}
	if g, ok := p.Grew("TcpExtListenOverflows"); ok {
		s.Hint(evidence.Counters, fmt.Sprintf("ListenOverflows grew by %d", g.By), g.To.Line)
	}
}

// capOf says how long a queue may be, and what keeps it from being longer.
func (p *Pass) capOf(l *evidence.Listener) (says, which string) {
	says = fmt.Sprintf("Send-Q of %s is %d", l.Name(), l.Cap)
	somaxconn, _, ok := p.Setting("net.core.somaxconn")
	switch {
	case !ok:
		return says, ""
	case l.Cap == somaxconn:
		return says + ", which is net.core.somaxconn", fmt.Sprintf(", which is what net.core.somaxconn (%d) allows", somaxconn)
	case l.Cap < somaxconn:
		return says + fmt.Sprintf(", less than net.core.somaxconn (%d)", somaxconn), fmt.Sprintf(", which is the backlog that the program asks for; net.core.somaxconn (%d) allows more", somaxconn)
	}
	return says, ""
}

// fullQueue is about a queue that is full while the process goes on accepting.
func (p *Pass) fullQueue(q queue, says, message string) {
	l := q.listener
	_, which := p.capOf(l)
	s := p.Suspect("accept-queue-full").Weight(l.Queued).Message(message + ", and the queue is full" + which)
	s.Sign(evidence.Listeners, says, q.lines()...)
	switch answers, _ := p.answersOn(l); {
	case q.moves:
		s.Exclude("backend-does-not-accept", "connections were taken out of the queue while several tools looked at it")
	case answers:
		s.Exclude("backend-does-not-accept", "it answered requests after others had run into a time-out")
	case len(q.accepted) > 0:
		s.Exclude("backend-does-not-accept", "it has accepted "+connections(len(q.accepted)))
	}
	if _, fits := p.fileLimit(q); !fits {
		s.Exclude("backend-file-limit", "it has fewer connections than descriptors: "+strconv.Itoa(len(q.accepted)))
	}
	p.settingOf(s, l)
}

// settingOf adds what caps a queue.
func (p *Pass) settingOf(s *Suspect, l *evidence.Listener) {
	n, at, ok := p.Setting("net.core.somaxconn")
	if ok && l.Cap == n {
		s.Hint(evidence.Settings, fmt.Sprintf("net.core.somaxconn is %d", n), at)
		return
	}
	for _, cfg := range p.Nginx() {
		for _, nl := range cfg.Listeners() {
			for _, set := range nl.Listens {
				if v, ok := parameter(set.Directive, "backlog"); ok && atoi(v) == l.Cap && p.isNginx(l) {
					s.Configured(fmt.Sprintf("backlog=%s is what nginx asks for", v), set.Directive)
				}
			}
		}
	}
}
