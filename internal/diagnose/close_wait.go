package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/model"
)

var closeWaitSymptom = Symptom{
	ID:    "close-wait",
	Title: "many sockets are in CLOSE-WAIT",
	Why: `CLOSE-WAIT means that the other side has closed and the process that holds the socket has not. No setting of the kernel ends it: only the process can. So the first question is who holds the socket.

nginx on its own port: the client has left, and nginx goes on reading the backend's answer, because it fills a cache (proxy_cache, proxy_store) or is told to (proxy_ignore_client_abort). For an endless answer that lasts until the backend ends it.

The backend's process: it got the end of the connection and does not close. Where its other end no longer exists, it has not done so for longer than tcp_fin_timeout. A backend that is still at work on a request that nginx gave up looks the same for as long as that takes.

No process at all, with Recv-Q on the listening socket: the connection was never accepted. See connections-wait-to-be-accepted.`,
	Needs: []evidence.Kind{evidence.Sockets},
	Helps: []evidence.Kind{evidence.Owners, evidence.Configuration, evidence.AccessLog, evidence.ErrorLog, evidence.Listeners, evidence.Settings},
	Refs: []string{
		"https://www.rfc-editor.org/rfc/rfc9293#section-3.3.2",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ignore_client_abort",
	},
	Causes: []Cause{
		{
			ID: "client-gone-nginx-reads-on", At: Clients, Title: "the client has left, and nginx keeps the socket until the backend is done", Harm: 2,
			Rivals: []string{"nginx-blocked"},
			Rules:  []string{"nginx-sse-cached", "nginx-client-abort-ignored"},
			Cure:   "switch the cache off for answers that do not end (proxy_cache off in their location), or proxy_ignore_client_abort off",
			Cured:  "ss -tanp shows no CLOSE-WAIT of nginx on its own port a few seconds after clients left",
			Decide: []string{"ss -tanpo state close-wait"},
		},
		{
			ID: "nginx-blocked", At: Nginx, Title: "a worker of nginx is blocked and closes nothing", Harm: 3,
			Rivals:   []string{"client-gone-nginx-reads-on"},
			Explains: []string{"accept-queue-full", "client-timed-out", "peers-vanished"},
			Cure:     "see what blocks the worker: a disk, a module, a resolver",
			Cured:    "no CLOSE-WAIT of nginx stays",
			Decide:   []string{"strace -c -p PID for ten seconds: a worker that is well sits in epoll_wait"},
		},
		{
			ID: "process-does-not-close", At: Backend, Title: "a process got the end of connections and does not close them", Harm: 2,
			Rivals: []string{"backend-still-at-work"},
			Cure:   "mend the backend: it must close a connection when it reads the end of it; until then restart it before its descriptors are used up",
			Cured:  "ss -tanp shows no CLOSE-WAIT of the process that lasts",
			Decide: []string{"ss -tanp state close-wait > 1; sleep 90; ss -tanp state close-wait | grep -Fxf 1  # the same ones after a minute and a half"},
		},
		{
			ID: "backend-still-at-work", At: Backend, Title: "the backend works on requests that nginx has given up", Harm: 1,
			Rivals: []string{"process-does-not-close"},
			Cure:   "let the backend notice that the client is gone, or let nginx wait as long as the work takes",
			Cured:  "no CLOSE-WAIT of the backend is older than its slowest request",
			Decide: []string{"the backend's log: how long its requests take"},
		},
	},
	Examples: []Example{
		{
			Name: "a cache reads an endless answer on",
			Files: `-- nginx.conf --
worker_processes 1;
events {}
http {
	proxy_cache_path /var/cache/nginx keys_zone=c:1m;
	server { listen 80; location /events { proxy_pass http://127.0.0.1:8000; proxy_cache c; } }
}
-- ss-tanp.txt --
State      Recv-Q Send-Q Local Address:Port  Peer Address:Port  Process
LISTEN     0      511          0.0.0.0:80         0.0.0.0:*     users:(("nginx",pid=50,fd=3))
CLOSE-WAIT 1      0         192.0.2.10:80       192.0.2.7:5001  users:(("nginx",pid=50,fd=4))
CLOSE-WAIT 1      0         192.0.2.10:80       192.0.2.7:5002  users:(("nginx",pid=50,fd=5))
CLOSE-WAIT 1      0         192.0.2.10:80       192.0.2.7:5003  users:(("nginx",pid=50,fd=6))
CLOSE-WAIT 1      0         192.0.2.10:80       192.0.2.7:5004  users:(("nginx",pid=50,fd=7))
CLOSE-WAIT 1      0         192.0.2.10:80       192.0.2.7:5005  users:(("nginx",pid=50,fd=8))
`,
			Want: []string{"client-gone-nginx-reads-on proved"},
		},
		{
			Name: "a backend that never closes",
			Files: `-- ss-tanp.txt --
State      Recv-Q Send-Q Local Address:Port  Peer Address:Port  Process
LISTEN     0      511        127.0.0.1:8000       0.0.0.0:*     users:(("app",pid=40,fd=3))
CLOSE-WAIT 1      0          127.0.0.1:8000     127.0.0.1:5001  users:(("app",pid=40,fd=4))
CLOSE-WAIT 1      0          127.0.0.1:8000     127.0.0.1:5002  users:(("app",pid=40,fd=5))
CLOSE-WAIT 1      0          127.0.0.1:8000     127.0.0.1:5003  users:(("app",pid=40,fd=6))
CLOSE-WAIT 1      0          127.0.0.1:8000     127.0.0.1:5004  users:(("app",pid=40,fd=7))
CLOSE-WAIT 1      0          127.0.0.1:8000     127.0.0.1:5005  users:(("app",pid=40,fd=9))
-- netstat.txt --
Active Internet connections (servers and established)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp        1      0 127.0.0.1:8000          127.0.0.1:5001          CLOSE_WAIT  40/app
tcp        1      0 127.0.0.1:8000          127.0.0.1:5002          CLOSE_WAIT  40/app
tcp        1      0 127.0.0.1:8000          127.0.0.1:5003          CLOSE_WAIT  40/app
tcp        1      0 127.0.0.1:8000          127.0.0.1:5004          CLOSE_WAIT  40/app
tcp        1      0 127.0.0.1:8000          127.0.0.1:5005          CLOSE_WAIT  40/app
-- access.log --
192.0.2.7 - - [30/Nov/2026:01:25:23 +0000] "GET / HTTP/1.1" 200 3 "-" "curl"
`,
			Want: []string{"process-does-not-close proved"},
		},
	},
	Look: lookCloseWait,
}

var _ = add(&closeWaitSymptom)

// fewCloseWait are so many that they come and go on any busy host.
const fewCloseWait = 5

func lookCloseWait(p *Pass) {
	var front, process []*evidence.Connection
	ends := map[[2]netip.AddrPort]bool{}
	for _, c := range p.Connections() {
		ends[[2]netip.AddrPort{c.Local, c.Remote}] = true
	}
	lasting := p.lasting(evidence.CloseWait)
	unknown := 0
	for _, c := range p.Connections() {
		if c.State != evidence.CloseWait || !lasting(c) {
			continue
		}
		switch {
		case p.Front(c.Local) && (c.Owned("nginx") || !p.ShowsOwners()):
			front = append(front, c)
		case c.Owned("nginx"): // of the pool, for a moment
		case !p.served(c.Local): // of a client
		case len(c.Owners) > 0:
			process = append(process, c)
		case !p.ShowsOwners():
			unknown++
			process = append(process, c)
		}
	}
	if len(front) >= fewCloseWait {
		p.nginxHolds(front)
	}
	if len(process) >= fewCloseWait {
		p.processHolds(process, ends, unknown == len(process))
	}
}

// served reports whether a server is at an address: one that nginx passes requests
// to, or that a process listens on.
func (p *Pass) served(a netip.AddrPort) bool {
	return p.Back(a) || slices.ContainsFunc(p.Listeners(), func(l *evidence.Listener) bool { return l.Takes(a) })
}

// lasting tells connections that stay in a state from those that pass through it:
// where several tools listed the sockets one after the other, all of them saw it.
func (p *Pass) lasting(state evidence.State) func(*evidence.Connection) bool {
	type pair [2]netip.AddrPort
	seen := map[pair]int{}
	tables := 0
	for _, t := range p.evidence.Tables {
		if t.ListenersOnly || t.Filtered || len(t.Connections) == 0 || t.Source.Moment == evidence.Before {
			continue
		}
		if t.Tool == "/proc/net" && !slices.ContainsFunc(t.Connections, func(c *evidence.Connection) bool { return c.Local.Addr().Is4() }) {
			continue
		}
		tables++
		for _, c := range t.Connections {
			if c.State == state {
				seen[pair{c.Local, c.Remote}]++
			}
		}
	}
	return func(c *evidence.Connection) bool {
		return tables < 2 || seen[pair{c.Local, c.Remote}] >= min(tables, 2)
	}
}

// nginxHolds is about sockets on nginx's own port.
func (p *Pass) nginxHolds(held []*evidence.Connection) {
	unread := 0
	for _, c := range held {
		if c.Unread >= leastRequest {
			unread++
		}
	}
	if unread*2 > len(held) {
		b := p.Suspect("nginx-blocked").Weight(len(held))
		b.Message(fmt.Sprintf("a worker of nginx does nothing: %d requests lie unread in connections that it accepted, and the clients have left", unread))
		b.Sign(evidence.Owners, fmt.Sprintf("%d of %d connections on nginx's own port that are in CLOSE-WAIT have unread requests", unread, len(held)), held[0].Line, held[1].Line)
		b.Exclude("client-gone-nginx-reads-on", "nginx has not even read the requests")
		return
	}
	s := p.Suspect("client-gone-nginx-reads-on").Weight(len(held))
	s.Message(fmt.Sprintf("%d clients have left, and nginx still holds their connections", len(held)))
	says := fmt.Sprintf("%d connections on nginx's own port are in CLOSE-WAIT", len(held))
	of := evidence.Sockets
	if p.ShowsOwners() {
		says, of = says+", held by nginx", evidence.Owners
	}
	s.Sign(of, says, held[0].Line, held[1].Line)
	for _, pass := range p.Passes() {
		if why, set, ok := readsOn(pass); ok {
			s.Configured(why+": nginx reads the answer to its end though the client is gone", set.Directive)
			if p.ShowsOwners() {
				s.Exclude("nginx-blocked", "the configuration tells nginx to read on")
			}
			if strings.Contains(why, "abort") {
				s.Rule("nginx-client-abort-ignored")
			}
			break
		}
	}
}

// readsOn reports whether a pass reads answers on that nobody waits for
// (ngx_http_upstream.c, ngx_http_upstream_check_broken_connection).
func readsOn(pass *model.Pass) (why string, set model.Setting, ok bool) {
	for _, name := range []string{"cache", "store"} {
		v := pass.Scope.Get(pass.Protocol + "_" + name)
		if v.Set() && v.Text() != "off" && v.Text() != "" {
			return pass.Protocol + "_" + name + " " + v.Text(), v.Settings[0], true
		}
	}
	v := pass.Scope.Get(pass.Protocol + "_ignore_client_abort")
	if v.Set() && v.Text() == "on" {
		return pass.Protocol + "_ignore_client_abort on", v.Settings[0], true
	}
	return "", model.Setting{}, false
}

// processHolds is about sockets of another process.
func (p *Pass) processHolds(held []*evidence.Connection, ends map[[2]netip.AddrPort]bool, unknown bool) {
	var alone []*evidence.Connection
	for _, c := range held {
		if !ends[[2]netip.AddrPort{c.Remote, c.Local}] {
			alone = append(alone, c)
		}
	}
	here := p.bothEndsHere()
	who := "a process"
	if len(held[0].Owners) > 0 {
		who = fmt.Sprintf("%s (pid %d)", held[0].Owners[0].Name, held[0].Owners[0].PID)
	}
	says := fmt.Sprintf("%d connections on %s are in CLOSE-WAIT, held by %s", len(held), held[0].Local, who)
	s := p.Suspect("process-does-not-close").Weight(len(held))
	s.Message(fmt.Sprintf("%s holds %d connections on %s that the other side has closed", who, len(held), held[0].Local))
	if unknown {
		s.Hint(evidence.Sockets, fmt.Sprintf("%d connections are in CLOSE-WAIT", len(held)), held[0].Line)
		s.Decide("ss -tanp state close-wait  # as root: which process holds them, or none")
		return
	}
	given := p.Access().Count(func(a *evidence.AccessGroup) bool { return a.Status == 499 || a.Status == 504 })
	timed := 0
	for _, g := range p.Errors(evidence.UpstreamTimedOut, evidence.ClientClosed) {
		timed += g.Count
	}
	working := max(given, timed)*2 >= len(held)
	if working {
		s.Hint(evidence.Owners, says, held[0].Line, held[1].Line)
		w := p.Suspect("backend-still-at-work").Weight(len(held))
		w.Message(fmt.Sprintf("%s may still be at work on %d requests that were given up", who, len(held)))
		w.Hint(evidence.Owners, says, held[0].Line)
		w.Hint(evidence.ErrorLog, fmt.Sprintf("%d requests were given up before the backend answered", max(given, timed)))
	}
	if working {
		return
	}
	// What was closed within the last minute may be given up by a client, of which a
	// log that begins later tells nothing.
	recent := here && len(alone)*2 <= len(held) && !p.logCovers(time.Minute)
	if slowest := p.slowestAt(held[0].Local); recent && slowest >= 2*quick {
		if len(held) < fewGivenUp {
			p.Normal(fmt.Sprintf("%d connections of %s were closed by the other side less than a minute ago: it may be at work on them, since requests take up to %s", len(held), who, seconds(slowest)), held[0].Line)
			return
		}
		s.Hint(evidence.Owners, says, held[0].Line, held[1].Line)
		return
	}
	s.Sign(evidence.Owners, says, held[0].Line, held[1].Line)
	fin, _, ok := p.Setting("net.ipv4.tcp_fin_timeout")
	if !ok {
		fin = 60
	}
	switch {
	case (!here || len(alone)*2 <= len(held)) && len(held) < 20 && len(p.evidence.Tables) < 2:
		// Seen once, and not many: they may be about to close.
	case here && len(alone)*2 > len(held):
		s.Hint(evidence.Sockets, fmt.Sprintf("the other ends of %d of them, which were on this host, no longer exist: they were closed more than %d s ago (tcp_fin_timeout)", len(alone), fin), alone[0].Line)
		if given+timed == 0 && (p.Has(evidence.AccessLog) || p.Has(evidence.ErrorLog)) {
			s.Hint(evidence.AccessLog, "no request was given up, so none of them is still being worked on")
			s.Exclude("backend-still-at-work", "nginx gave no request up, and the other ends are long gone")
		}
	case given+timed == 0 && p.Has(evidence.AccessLog) && !recent:
		s.Hint(evidence.AccessLog, "no request was given up, so none of them is still being worked on")
		s.Exclude("backend-still-at-work", "nginx gave no request up")
	}
}

// fewGivenUp are so many that clients of a busy host give up within a minute.
const fewGivenUp = 30

// logCovers reports whether the access log tells of so long a time before its end.
func (p *Pass) logCovers(d time.Duration) bool {
	groups := p.Access().Groups()
	if len(groups) == 0 {
		return false
	}
	_, timed := accessTime(groups[0].First())
	return timed && spread(groups) >= d
}

// slowestAt is how long the slowest request that a server answered took, in
// milliseconds.
func (p *Pass) slowestAt(a netip.AddrPort) int {
	slowest := 0
	for _, l := range p.Listeners() {
		if !l.Takes(a) {
			continue
		}
		for _, host := range p.spoken(l) {
			f := p.failuresAt(host)
			slowest = max(slowest, f.ok.Max)
		}
	}
	return slowest
}

// bothEndsHere reports whether connections have both their ends in the table, as
// where nginx and the backend share a network.
func (p *Pass) bothEndsHere() bool {
	seen := map[[2]netip.AddrPort]bool{}
	for _, c := range p.Connections() {
		if seen[[2]netip.AddrPort{c.Remote, c.Local}] {
			return true
		}
		seen[[2]netip.AddrPort{c.Local, c.Remote}] = true
	}
	return false
}
