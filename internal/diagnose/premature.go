package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/evidence"
)

var upstreamClosedEarlySymptom = Symptom{
	ID:    "upstream-closed-early",
	Title: "upstream prematurely closed connection, or recv() failed (104: Connection reset by peer)",
	Why: `When it happens tells why. While nginx waits for the header, and within a round trip: the connection came from the pool, and the backend had closed it already, because it was idle for too long or had served its number of requests. nginx tries idempotent requests again, so only POST and the like fail. keepalive_timeout must be below the backend's own, keepalive_requests below its number.

While nginx waits for the header, and after the work began: the application ended the request, by a crash, a limit of its own, or an exception. Then it is one kind of request that fails, with or without a pool.

After the header ("while reading upstream"): the answer was cut. Where nginx had written it to a temporary file up to proxy_max_temp_file_size (1 GB by default), it stops reading until the client has taken some, and a backend with a time-out for writing gives up.`,
	Needs: []evidence.Kind{evidence.ErrorLog},
	Helps: []evidence.Kind{evidence.AccessLog, evidence.Configuration, evidence.BackendLog, evidence.KernelLog},
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_max_temp_file_size",
	},
	Causes: []Cause{
		{
			ID: "stale-pooled-connection", At: Nginx, Title: "the backend closed a kept connection that nginx then used", Harm: 3,
			Rivals:   []string{"backend-broke-off"},
			Explains: []string{"servers-set-aside"},
			Rules:    []string{"nginx-keepalive-timeout-race", "nginx-fastcgi-not-kept"},
			Cure:     "set keepalive_timeout in the upstream below the time after which the backend closes idle connections, and keepalive_requests below the number after which it does",
			Cured:    "no \"upstream prematurely closed connection while reading response header\" under the same traffic",
			Decide:   []string{"the backend's idle timeout and its limit of requests for a connection or a worker", "tcpdump -ni any 'port PORT and tcp[tcpflags] & (tcp-fin|tcp-rst) != 0'  # who closes first, and how long before the request"},
		},
		{
			ID: "backend-broke-off", At: Backend, Title: "the application ended one kind of request without an answer", Harm: 3,
			Rivals:   []string{"stale-pooled-connection", "backend-file-limit"},
			Explains: []string{"servers-set-aside", "nothing-listens"},
			Cure:     "look into the backend's log for these requests: a crash, an exception, a limit of memory or time",
			Cured:    "the requests are answered; error.log names them no more",
			Decide:   []string{"curl the path directly at the backend", "dmesg -T | grep -e segfault -e oom"},
		},
		{
			ID: "backend-file-limit", Rivals: []string{"backend-broke-off"},
		},
		{
			ID: "response-cut-temp-file", At: Nginx, Title: "the temporary file was full, nginx read no further, and the backend gave up", Harm: 3,
			Rivals: []string{"backend-broke-off"},
			Rules:  []string{"nginx-temp-file-limit"},
			Cure:   "proxy_max_temp_file_size 0 for large downloads (nginx then reads as fast as the client), or a longer time-out for writing in the backend",
			Cured:  "large downloads end whole for slow clients; no \"while reading upstream\" in error.log",
			Decide: []string{"curl --limit-rate 1m -o /dev/null URL: does it end at the same size?"},
		},
	},
	Examples: []Example{
		{
			Name: "POST on a connection that the backend had closed",
			Files: `-- nginx.conf --
worker_processes 1;
events {}
http {
	log_format t '$remote_addr "$request" $status $request_time $upstream_connect_time $upstream_response_time [$upstream_addr] $upstream_status';
	upstream app { server 127.0.0.1:8000; keepalive 32; }
	server { listen 80; location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; } }
}
-- error.log --
2026/11/30 01:26:11 [error] 40#40: *1 upstream prematurely closed connection while reading response header from upstream, client: 192.0.2.7, server: , request: "POST /a HTTP/1.1", upstream: "http://127.0.0.1:8000/a", host: "a"
2026/11/30 01:26:19 [error] 40#40: *7 upstream prematurely closed connection while reading response header from upstream, client: 192.0.2.7, server: , request: "POST /b HTTP/1.1", upstream: "http://127.0.0.1:8000/b", host: "a"
-- access.log --
192.0.2.7 "POST /a HTTP/1.1" 502 0.000 0.000 0.000 [127.0.0.1:8000] 502
192.0.2.7 "POST /a HTTP/1.1" 200 0.030 0.000 0.030 [127.0.0.1:8000] 200
192.0.2.7 "POST /b HTTP/1.1" 502 0.001 0.000 0.001 [127.0.0.1:8000] 502
192.0.2.7 "POST /b HTTP/1.1" 200 0.031 0.000 0.031 [127.0.0.1:8000] 200
`,
			Want: []string{"stale-pooled-connection proved"},
		},
		{
			Name: "one kind of request breaks off at work",
			Files: `-- nginx.conf --
worker_processes 1;
events {}
http {
	log_format t '$remote_addr "$request" $status $request_time $upstream_connect_time $upstream_response_time [$upstream_addr] $upstream_status';
	upstream app { server 127.0.0.1:8000; keepalive 32; }
	server { listen 80; location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; } }
}
-- error.log --
2026/11/30 01:26:11 [error] 40#40: *1 upstream prematurely closed connection while reading response header from upstream, client: 192.0.2.7, server: , request: "GET /export HTTP/1.1", upstream: "http://127.0.0.1:8000/export", host: "a"
2026/11/30 01:26:19 [error] 40#40: *7 upstream prematurely closed connection while reading response header from upstream, client: 192.0.2.7, server: , request: "GET /export HTTP/1.1", upstream: "http://127.0.0.1:8000/export", host: "a"
-- access.log --
192.0.2.7 "GET /export HTTP/1.1" 502 0.300 0.000 0.300 [127.0.0.1:8000] 502
192.0.2.7 "GET / HTTP/1.1" 200 0.003 0.000 0.003 [127.0.0.1:8000] 200
192.0.2.7 "GET /export HTTP/1.1" 502 0.302 0.000 0.302 [127.0.0.1:8000] 502
`,
			Want: []string{"backend-broke-off proved"},
		},
	},
	Look: lookPremature,
}

var _ = add(&upstreamClosedEarlySymptom)

// roundTrip is within what a connection that is closed already fails, in
// milliseconds, unless connections take longer to open. Of many failures some are
// so quick, even where the machine is slow.
const roundTrip = 50

func lookPremature(p *Pass) {
	var header, body []*evidence.ErrorGroup
	for _, g := range p.Errors(evidence.PrematurelyClosed, evidence.ReadFailed, evidence.WriteFailed) {
		if g.Event != evidence.PrematurelyClosed && g.Errno != 104 && g.Errno != 32 || g.Upstream == "" {
			continue
		}
		switch {
		case strings.HasPrefix(g.Phase, "reading response header"), strings.HasPrefix(g.Phase, "sending request"):
			header = append(header, g)
		case g.Phase == "reading upstream":
			body = append(body, g)
		}
	}
	for _, host := range hostsOf(header) {
		p.closedBeforeHeader(host, header)
	}
	for _, g := range body {
		p.cut(g)
	}
}

// hostsOf are the addresses that groups are about.
func hostsOf(groups []*evidence.ErrorGroup) []string {
	var all []string
	for _, g := range groups {
		if !slices.Contains(all, g.Host()) {
			all = append(all, g.Host())
		}
	}
	return all
}

func (p *Pass) closedBeforeHeader(host string, all []*evidence.ErrorGroup) {
	count := 0
	var lines []evidence.Line
	paths := map[string]int{}
	for _, g := range all {
		if g.Host() != host {
			continue
		}
		count += g.Count
		lines = append(lines, g.Lines...)
		for k, n := range g.Paths {
			paths[k] += n
		}
	}
	lines = lines[:min(len(lines), 3)]
	pl, f := p.poolTo(host), p.failuresAt(host)
	says := fmt.Sprintf("%s the backend %s closed the connection before it sent a header", times(count), host)
	trip := max(roundTrip, 3*f.connect.Quantile(0.9))
	never := neverAnswered(paths, f.answered)
	stale := p.Suspect("stale-pooled-connection").Weight(count)
	broke := p.Suspect("backend-broke-off").Weight(count)
	poolSays := func() {
		if !pl.kept {
			return
		}
		says := "nginx keeps connections to this backend and uses them again"
		if pl.timeout > 0 {
			says = fmt.Sprintf("nginx keeps idle connections to this backend for %s", pl.timeout)
		}
		if pl.upstream != nil && pl.upstream.HasKeepalive {
			stale.Configured(says, pl.upstream.Keepalive.Directive)
		} else {
			stale.Configured(says, pl.pass.Directive)
		}
	}
	staleSays := func() {
		stale.Message(fmt.Sprintf("%s had closed kept connections that nginx then used: %s", host, failed(count, f.retried)))
		stale.Sign(evidence.ErrorLog, says, lines...)
		poolSays()
	}
	brokeSays := func() {
		broke.Message(fmt.Sprintf("%s breaks off requests without an answer: %s", host, topPaths(paths)))
		broke.Sign(evidence.ErrorLog, says, lines...)
		for _, m := range slices.Concat(p.Backend(evidence.WorkerCrashed, evidence.WorkerTimeout, evidence.ExecutionTimedOut), p.Kernel(evidence.Segfault, evidence.OutOfMemoryKill)) {
			broke.Sign(evidence.BackendLog, "its process ended: "+string(m.Topic), m.Lines...)
			broke.Exclude("stale-pooled-connection", "the process itself ended")
			broke.Exclude("backend-file-limit", "the process itself ended")
		}
	}
	ended := p.refusedAround(host, all)
	switch {
	case ended != nil && (!pl.known || pl.kept):
		// Whatever was in flight when the process ended fails within a round trip, too.
		brokeSays()
		broke.Message(fmt.Sprintf("the process behind %s ends and comes back: requests in flight fail", host))
		broke.Sign(evidence.ErrorLog, times(ended.Count)+" it refused connections at the same time (111): its process had ended", ended.Lines...)
		broke.Exclude("backend-file-limit", "its process had ended")
		stale.Hint(evidence.ErrorLog, says, lines...)
	case !pl.kept && f.atOnce(trip) && never == "" && (pl.known || f.once*2 > f.first.Count):
		p.turnedAway(host, count, f, lines)
		broke.Hint(evidence.ErrorLog, says, lines...)
	case pl.known && !pl.kept:
		if f.first.Count >= 5 && len(f.answered) == 0 && f.first.Quantile(0.9) <= trip {
			broke.Message(fmt.Sprintf("%s closes every connection without an answer (%s): it may speak another protocol, or refuse nginx", host, requests(f.first.Count)))
		}
		brokeSays()
		broke.Configured("nginx keeps no connections to this backend", nil)
		broke.Exclude("stale-pooled-connection", "nginx keeps no connections to this backend, so none can be stale")
		switch {
		case never != "":
			broke.Exclude("backend-file-limit", "other requests do not fail")
		case f.first.Count >= 5 && len(f.answered) == 0 && f.first.Quantile(0.9) <= trip:
			broke.Decide("curl -v http://" + host + "/  # it has answered nothing so far: does it speak HTTP, and no TLS?")
		case f.first.Count > 0 && f.first.Quantile(0.1) > trip:
			broke.Sign(evidence.AccessLog, fmt.Sprintf("it happened %s after the request was sent, longer than a round trip", seconds(f.first.Quantile(0.5))), linesOf(f.groups)...)
			broke.Exclude("backend-file-limit", "the work had begun")
		}
	case f.changing >= 2 && f.reading == 0 && never == "" && len(f.answered) > 0:
		staleSays()
		stale.Sign(evidence.AccessLog, fmt.Sprintf("all %s that ended with 502 are of a kind that nginx does not send again, and the same ones are answered at other times", requests(f.changing)), linesOf(f.groups)...)
		if pl.kept && f.first.Count > 0 && f.first.Quantile(0.9) <= trip {
			stale.Exclude("backend-broke-off", "it ends within a round trip, and the same requests are answered at other times")
		}
	case f.first.Count+f.retried == 0 && never != "" && count >= 3:
		brokeSays()
		broke.Sign(evidence.AccessLog, never)
		broke.Exclude("stale-pooled-connection", "other requests on the same pool do not fail")
		broke.Exclude("backend-file-limit", "other requests do not fail")
	case f.first.Count+f.retried == 0: // the log tells nothing about them
		if len(paths) == 1 && count >= 5 && !pl.kept {
			brokeSays()
		} else {
			staleSays()
		}
		if pl.kept && len(paths) == 1 && count >= 5 {
			broke.Hint(evidence.ErrorLog, "all of it is about "+topPaths(paths), lines...)
		}
	case f.first.Count > 0 && f.first.Quantile(0.1) > trip:
		brokeSays()
		broke.Sign(evidence.AccessLog, fmt.Sprintf("it happened %s after the request was sent, longer than a round trip", seconds(f.first.Quantile(0.5))), linesOf(f.groups)...)
		broke.Exclude("backend-file-limit", "the work had begun")
		if never == "" && pl.kept && len(f.answered) > 0 {
			// The same requests are answered at other times: the machine, or the way
			// to the backend, may just be slow.
			stale.Hint(evidence.ErrorLog, says, lines...)
			break
		}
		broke.Exclude("stale-pooled-connection", "a connection that was closed before fails within a round trip")
		if never != "" {
			broke.Hint(evidence.AccessLog, never)
		}
	case never != "" && count >= 5:
		// At once, but one kind of request only, which never succeeds.
		brokeSays()
		broke.Sign(evidence.AccessLog, never, linesOf(f.groups)...)
		broke.Exclude("stale-pooled-connection", "other requests on the same pool do not fail")
		broke.Exclude("backend-file-limit", "other requests do not fail")
	case f.once*2 > f.first.Count:
		// Requests that nginx sends again failed at the first attempt.
		brokeSays()
		broke.Sign(evidence.AccessLog, requests(f.once)+" failed at the first attempt that nginx would have sent again if the connection had been a kept one", linesOf(f.groups)...)
		if pl.kept {
			stale.Hint(evidence.ErrorLog, says, lines...)
		}
	default:
		staleSays()
		if f.first.Count > 0 {
			stale.Sign(evidence.AccessLog, fmt.Sprintf("%s ended with 502 within %s: the connection was closed already", requests(f.first.Count), seconds(max(f.first.Quantile(0.9), 1))), linesOf(f.groups)...)
		}
		if f.retried > 0 {
			stale.Sign(evidence.AccessLog, requests(f.retried)+" got 502 from a kept connection and were tried again")
		}
		if pl.kept {
			stale.Exclude("backend-broke-off", "it ends within a round trip, and the same requests are answered at other times")
		}
		for _, m := range p.Backend(evidence.WorkerRecycled) {
			stale.Hint(evidence.BackendLog, "the backend recycles its workers", m.Lines...)
		}
	}
}

// refusedAround returns refused connections to an address that go along with closed
// ones: then its process ended, or was restarted.
func (p *Pass) refusedAround(host string, closed []*evidence.ErrorGroup) *evidence.ErrorGroup {
	const beside = 5 * time.Second
	for _, r := range p.Errors(evidence.ConnectFailed) {
		if r.Errno != 111 && r.Errno != 2 || r.Host() != host {
			continue
		}
		for _, g := range closed {
			if g.Host() == host && !r.First.After(g.Last.Add(beside)) && !g.First.After(r.Last.Add(beside)) {
				return r
			}
		}
	}
	return nil
}

func failed(count, retried int) string {
	if retried >= count {
		return requests(retried) + " were tried again"
	}
	return requests(count-retried) + " failed"
}

// neverAnswered says so if what failed is one kind of request that succeeds never.
func neverAnswered(failed, answered map[string]int) string {
	if len(failed) == 0 || len(failed) > 3 || len(answered) == 0 || len(answered) >= 16 { // of more, the log keeps no arguments
		return ""
	}
	for path := range failed {
		if answered[path] > 0 {
			return ""
		}
	}
	return topPaths(failed) + " never succeeds, while other requests do"
}

// topPaths names the paths that occur most.
func topPaths(paths map[string]int) string {
	var names []string
	for name := range paths {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := paths[b] - paths[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + fmt.Sprintf(" and %d more paths", len(names)-3)
	}
	return strings.Join(names, ", ")
}

func linesOf(groups []*evidence.AccessGroup) []evidence.Line {
	var out []evidence.Line
	for _, g := range groups {
		if len(g.Lines) > 0 && len(out) < 3 {
			out = append(out, g.Lines[0])
		}
	}
	return out
}

// cut is about answers that end too early.
func (p *Pass) cut(g *evidence.ErrorGroup) {
	says := fmt.Sprintf("%s %s closed the connection in the middle of an answer", times(g.Count), g.Host())
	for _, b := range p.Errors(evidence.ResponseBuffered) {
		if b.Upstream != g.Upstream {
			continue
		}
		s := p.Suspect("response-cut-temp-file").Weight(g.Count)
		s.Message(fmt.Sprintf("%s to %s were cut: nginx had filled a temporary file and read no further until %s gave up", answers(g.Count), topPaths(g.Paths), g.Host()))
		s.Sign(evidence.ErrorLog, says+", after nginx had written answers to temporary files", append(slices.Clone(g.Lines[:1]), b.Lines[:1]...)...)
		for _, pass := range p.passesTo(g.Host()) {
			v := pass.Scope.Get(pass.Protocol + "_max_temp_file_size")
			if !v.Set() {
				s.Configured(pass.Protocol+"_max_temp_file_size is 1 GB by default", pass.Directive)
			} else if v.Text() != "0" {
				s.Configured(pass.Protocol+"_max_temp_file_size is "+v.Text(), v.Settings[0].Directive)
			}
			if v.Text() == "0" {
				continue
			}
			s.Exclude("backend-broke-off", "it is the large answers to slow clients that are cut, after nginx stopped reading")
			break
		}
		return
	}
	s := p.Suspect("backend-broke-off").Weight(g.Count)
	s.Message(fmt.Sprintf("%s breaks off answers in the middle: %s", g.Host(), topPaths(g.Paths)))
	s.Sign(evidence.ErrorLog, says, g.Lines...)
	s.Exclude("stale-pooled-connection", "an answer had begun").Exclude("backend-file-limit", "an answer had begun")
}

func answers(n int) string {
	if n == 1 {
		return "1 answer"
	}
	return fmt.Sprintf("%d answers", n)
}
