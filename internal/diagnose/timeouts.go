package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/model"
)

var timedOutSymptom = Symptom{
	ID:    "timed-out",
	Title: "requests end with 504, 408 or 499, after a time that is round",
	Why: `A time that is round is a setting. Which one, the phase tells: while connecting it is proxy_connect_timeout, while sending proxy_send_timeout, while reading the header or the answer proxy_read_timeout, which counts between two reads and not in all; while reading the client's request client_header_timeout or client_body_timeout. The directive that counts is the one in force where the request was passed on, not the first that a search finds.

499 is the other side's patience: the client, or a load balancer in front, closed. If these end on a round number, too, its time-out is shorter than nginx's.

A longer time-out makes a slow answer whole. It does nothing for a backend that never answers: see connections-wait-to-be-accepted for what waits behind a time-out while connecting or reading.`,
	OneOf: []evidence.Kind{evidence.ErrorLog, evidence.AccessLog},
	Helps: []evidence.Kind{evidence.Configuration, evidence.Listeners, evidence.Counters, evidence.Names},
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout",
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#client_body_timeout",
	},
	Causes: []Cause{
		{
			ID: "timeout-in-force", At: Nginx, Title: "a time-out of nginx ended the exchange", Harm: 2,
			Rivals:   []string{"backend-does-not-accept", "pool-fills-backend", "lost-syns", "path-mtu"},
			Explains: []string{"servers-set-aside", "backend-still-at-work"},
			Rules:    []string{"nginx-sse-read-timeout", "nginx-upgrade-timeout", "nginx-client-body-timeout"},
			Cure:     "find out why the answer takes so long; where it may, raise the directive in the location of these requests alone",
			Cured:    "no (110: Connection timed out) for these requests; their $upstream_response_time is what the work takes",
			Decide:   []string{"time curl the path directly at the backend"},
		},
		{
			ID: "client-timed-out", At: Clients, Title: "the other side is what gives up after a fixed time: clients, or a load balancer in front", Harm: 2,
			Cure:   "the time-out in front should be longer than nginx's own, so that the one who knows why gives up first; or make the answer quicker",
			Cured:  "no 499 at that time in the access log",
			Decide: []string{"the idle or response time-out of the balancer in front"},
		},
	},
	Examples: []Example{
		{
			Name: "a report takes longer than proxy_read_timeout",
			Files: `-- nginx.conf --
worker_processes 1;
events {}
http {
	log_format t '$remote_addr "$request" $status $request_time $upstream_response_time [$upstream_addr] $upstream_status';
	server { listen 80; location / { proxy_pass http://app.internal:8000; proxy_read_timeout 5s; } }
}
-- hosts --
127.0.0.1 app.internal
-- error.log --
2026/11/30 01:26:11 [error] 40#40: *1 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 192.0.2.7, server: , request: "GET /report HTTP/1.1", upstream: "http://127.0.0.1:8000/report", host: "a"
-- access.log --
192.0.2.7 "GET /report HTTP/1.1" 504 5.001 5.001 [127.0.0.1:8000] 504
192.0.2.7 "GET / HTTP/1.1" 200 0.001 0.001 [127.0.0.1:8000] 200
-- nstat-before.txt --
TcpRetransSegs                  3                  0.0
-- nstat.txt --
TcpRetransSegs                  3                  0.0
-- ss-ltn.txt --
State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 0      4096       127.0.0.1:8000      0.0.0.0:*
`,
			Want: []string{"timeout-in-force proved"},
		},
		{
			Name: "a balancer gives up after ten seconds",
			Files: `-- nginx.conf --
worker_processes 1;
events {}
http {
	log_format t '$remote_addr "$request" $status $request_time $upstream_response_time [$upstream_addr] $upstream_status';
	server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } }
}
-- access.log --
192.0.2.7 "GET /report HTTP/1.1" 499 10.001 10.001 [127.0.0.1:8000] -
192.0.2.7 "GET /report HTTP/1.1" 499 10.000 10.000 [127.0.0.1:8000] -
192.0.2.7 "GET /report HTTP/1.1" 499 10.002 10.002 [127.0.0.1:8000] -
192.0.2.7 "GET /report HTTP/1.1" 499 10.001 10.001 [127.0.0.1:8000] -
192.0.2.7 "GET /report HTTP/1.1" 499 10.000 10.000 [127.0.0.1:8000] -
`,
			Want: []string{"client-timed-out likely"},
		},
	},
	Look: func(p *Pass) {
		for _, g := range p.Errors(evidence.UpstreamTimedOut) {
			p.upstreamTimedOut(g)
		}
		for _, g := range p.Errors(evidence.ClientTimedOut) {
			p.clientTooSlow(g)
		}
		p.slowBodies()
		p.gaveUp()
	},
}

var _ = add(&timedOutSymptom)

// directiveOf names the time-out that ends a phase, without the protocol.
func directiveOf(phase string) string {
	switch {
	case strings.HasPrefix(phase, "connecting"), strings.HasPrefix(phase, "SSL handshaking"):
		return "connect_timeout"
	case strings.HasPrefix(phase, "sending request"):
		return "send_timeout"
	}
	return "read_timeout"
}

func (p *Pass) upstreamTimedOut(g *evidence.ErrorGroup) {
	s := p.Suspect("timeout-in-force").Weight(g.Count)
	name := directiveOf(g.Phase)
	protocol, _, _ := strings.Cut(g.Upstream, "://")
	if strings.HasPrefix(protocol, "http") {
		protocol = "proxy"
	}
	who := g.Host()
	if who == "" { // nginx cuts lines of more than 2048 bytes
		who = "a backend"
	}
	s.Sign(evidence.ErrorLog, fmt.Sprintf("%s %s timed out while %s", times(g.Count), who, g.Phase), g.Lines...)
	failed := p.Access().Where(func(a *evidence.AccessGroup) bool {
		codes, all := a.UpstreamStatuses(), a.Upstreams()
		return a.Status == 504 && len(codes) > 0 && slices.Contains(all, g.Host())
	})
	var took evidence.Times
	paths := map[string]int{}
	for _, a := range failed {
		took.Merge(&a.Response)
		for k, n := range a.Paths {
			paths[k] += n
		}
	}
	for k, n := range g.Paths {
		paths[k] = max(paths[k], n)
	}
	value, set, written := p.timeoutTo(g.Host(), protocol+"_"+name)
	if took.Count > 0 {
		at := took.Quantile(0.5)
		s.Hint(evidence.AccessLog, fmt.Sprintf("%s ended with 504 after %s", requests(took.Count), seconds(at)), linesOf(failed)...)
		if value > 0 && near(at, value) {
			s.Message(fmt.Sprintf("%s_%s %s ended %s: %s", protocol, name, value, requests(g.Count), topPaths(paths)))
		}
	}
	s.Message(fmt.Sprintf("a time-out of nginx while %s ended %s: %s", g.Phase, requests(g.Count), topPaths(paths)))
	switch {
	case value == 0:
	case written:
		s.Configured(fmt.Sprintf("%s_%s %s is in force", protocol, name, value), set.Directive)
	default:
		s.Configured(fmt.Sprintf("%s_%s is %s by default", protocol, name, value), nil)
	}
	p.silentSince(s, g)
	p.slowAlone(s, g, paths)
	p.arrives(s, g.Count)
}

// silentSince says that a backend answers nothing any more, which no time-out cures.
func (p *Pass) silentSince(s *Suspect, g *evidence.ErrorGroup) {
	const few = 5
	last := p.lastAnswer(g.Host())
	if g.Count < few || last.IsZero() || !last.Before(g.First) || g.Last.Sub(g.First) < settled {
		return
	}
	s.Hint(evidence.AccessLog, fmt.Sprintf("%s has answered nothing since %s: it hangs, and a longer time-out will not help", g.Host(), clock(last)))
	s.Decide("cat /proc/PID/stack /proc/PID/wchan; the stacks of its threads (py-spy dump, jstack, kill -QUIT of a Go program)")
}

// near reports whether a time is that of a time-out: not before it, and not much
// later.
func near(ms int, value time.Duration) bool {
	want := int(value / time.Millisecond)
	return ms >= want-10 && ms <= want+want/50+60
}

// timeoutTo returns a time-out in force for passes to an address.
func (p *Pass) timeoutTo(host, directive string) (d time.Duration, set model.Setting, written bool) {
	for _, pass := range p.passesTo(host) {
		v := pass.Scope.Get(directive)
		if d, ok := v.Duration(); ok {
			if v.Set() {
				return d, v.Settings[len(v.Settings)-1], true
			}
			return d, model.Setting{}, false
		}
	}
	return 0, model.Setting{}, false
}

// slowAlone excludes what stops every request where only some are too slow.
func (p *Pass) slowAlone(s *Suspect, g *evidence.ErrorGroup, paths map[string]int) {
	if strings.HasPrefix(g.Phase, "connecting") {
		return
	}
	s.Exclude("lost-syns", "the connection had been made")
	ok := 0
	overlap := false
	for _, a := range p.Access().Groups() {
		if all := a.Upstreams(); len(all) == 0 || all[len(all)-1] != g.Host() || a.Status >= 500 || a.Status == 499 {
			continue
		}
		ok += a.Count
		for k := range a.Paths {
			overlap = overlap || paths[k] > 0
		}
	}
	if ok > 0 && !overlap {
		s.Exclude("backend-does-not-accept", requests(ok)+" of other kinds were answered by the same backend")
		waiting := slices.ContainsFunc(p.Listeners(), func(l *evidence.Listener) bool { return p.isAt(l, g.Host()) && l.Queued >= 5 })
		if !waiting {
			s.Exclude("pool-fills-backend", "nothing waits to be accepted, and other requests are answered")
		}
	}
}

// arrives excludes that packets of these requests never arrive: nothing had to be
// sent again, or at least not several times for each of them.
func (p *Pass) arrives(s *Suspect, n int) {
	if g, ok := p.Growth("TcpRetransSegs"); ok && (g.By == 0 || g.Measured && g.By < 3*uint64(n)) {
		s.Exclude("path-mtu", "hardly anything had to be sent again")
	}
}

// clientTooSlow is about requests that did not come in time.
func (p *Pass) clientTooSlow(g *evidence.ErrorGroup) {
	name := "send_timeout"
	switch {
	case strings.Contains(g.Phase, "request body"):
		name = "client_body_timeout"
	case strings.Contains(g.Phase, "request header"), strings.Contains(g.Phase, "request line"):
		name = "client_header_timeout"
	case strings.Contains(g.Phase, "waiting for request"), strings.Contains(g.Phase, "keepalive"):
		return // an idle client that is sent away: that is what the time-out is for
	}
	s := p.Suspect("timeout-in-force").Weight(g.Count)
	s.Message(fmt.Sprintf("%s ended %s of clients that were too slow while %s", name, requests(g.Count), g.Phase))
	s.Sign(evidence.ErrorLog, fmt.Sprintf("%s a client timed out while %s", times(g.Count), g.Phase), g.Lines...)
	for _, n := range p.Nginx() {
		for _, sc := range n.Scopes {
			if set, ok := sc.Own(name); ok {
				s.Configured(name+" is "+set.Arg(0), set.Directive)
			}
		}
	}
	if f := p.Access().Where(func(a *evidence.AccessGroup) bool { return a.Status == 408 }); len(f) > 0 && f[0].Request.Count > 0 {
		s.Hint(evidence.AccessLog, fmt.Sprintf("%s ended with 408 after %s", requests(f[0].Count), seconds(f[0].Request.Quantile(0.5))), f[0].Lines...)
	}
	for _, rival := range []string{"backend-does-not-accept", "pool-fills-backend", "lost-syns", "path-mtu"} {
		s.Exclude(rival, "it is the client that was waited for")
	}
}

// slowBodies is about requests whose bodies did not come in time: nginx answers 408
// and writes nothing into its error log (ngx_http_request_body.c).
func (p *Pass) slowBodies() {
	var took evidence.Times
	groups := p.Access().Where(func(a *evidence.AccessGroup) bool {
		return a.Status == 408 && a.Request.Count > 0 && slices.Contains([]string{"POST", "PUT", "PATCH"}, a.Method)
	})
	for _, g := range groups {
		took.Merge(&g.Request)
	}
	if took.Count < 5 {
		return
	}
	at := took.Quantile(0.5)
	for _, n := range p.Nginx() {
		for _, sc := range n.Scopes {
			v := sc.Get("client_body_timeout")
			d, ok := v.Duration()
			// The time counts from byte to byte: some of the body had come before.
			if !ok || at < int(d/time.Millisecond)-10 || at > 3*int(d/time.Millisecond) {
				continue
			}
			s := p.Suspect("timeout-in-force").Weight(took.Count)
			s.Message(fmt.Sprintf("client_body_timeout %s ended %s whose body did not come: %s", d, requests(took.Count), topPaths(groups[0].Paths)))
			s.Sign(evidence.AccessLog, fmt.Sprintf("%s ended with 408 after %s", requests(took.Count), seconds(at)), linesOf(groups)...)
			if v.Set() {
				s.Configured(fmt.Sprintf("client_body_timeout %s is in force", d), v.Settings[len(v.Settings)-1].Directive)
			} else {
				s.Configured(fmt.Sprintf("client_body_timeout is %s by default", d), nil)
			}
			for _, rival := range []string{"backend-does-not-accept", "pool-fills-backend", "lost-syns", "path-mtu"} {
				s.Exclude(rival, "it is the client that was waited for")
			}
			return
		}
	}
}

// gaveUp is about clients that close after a fixed time.
func (p *Pass) gaveUp() {
	var took evidence.Times
	groups := p.Access().Where(func(a *evidence.AccessGroup) bool { return a.Status == 499 && a.Request.Count > 0 })
	for _, g := range groups {
		took.Merge(&g.Request)
	}
	if took.Count < 5 {
		return
	}
	// All at one moment is somebody who went home.
	if spread(groups) < 5*time.Second {
		return
	}
	// A timer goes off at its time or a little later, never before.
	at := took.Quantile(0.5)
	from, to := at-at/20-50, at+at/20+100
	if at < 900 || took.Between(from, to)*10 < took.Count*8 {
		return
	}
	s := p.Suspect("client-timed-out").Weight(took.Count)
	s.Message(fmt.Sprintf("%s were given up by the other side after %s", requests(took.Count), seconds(at)))
	s.Sign(evidence.AccessLog, fmt.Sprintf("%s ended with 499, %d of them between %s and %s", requests(took.Count), took.Between(from, to), seconds(from), seconds(to)), linesOf(groups)...)
}

// spread is how long the requests of groups are apart.
func spread(groups []*evidence.AccessGroup) time.Duration {
	var first, last time.Time
	for _, g := range groups {
		for _, text := range []string{g.First(), g.Last()} {
			at, ok := accessTime(text)
			if !ok {
				return time.Hour // the log has no times
			}
			if first.IsZero() || at.Before(first) {
				first = at
			}
			if at.After(last) {
				last = at
			}
		}
	}
	return last.Sub(first)
}

// accessTime reads a time as access logs write it.
func accessTime(text string) (time.Time, bool) {
	at, err := time.Parse("02/Jan/2006:15:04:05 -0700", text)
	if err != nil {
		at, err = time.Parse(time.RFC3339, text)
	}
	return at, err == nil
}
