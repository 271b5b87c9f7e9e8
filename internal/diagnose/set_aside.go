package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/model"
)

var noLiveUpstreamsSymptom = Symptom{
	ID:    "no-live-upstreams",
	Title: "no live upstreams while connecting to upstream",
	Why: `Every server of the upstream was set aside: max_fails failures (1 by default) within fail_timeout (10 s) take a server out for as long. What counts as a failure is what proxy_next_upstream lists: errors and time-outs always, statuses such as http_503 if they are named there. So a few answers of one kind can take all servers out, and requests that would have succeeded fail with 502.

The lines "upstream server temporarily disabled" tell which failure it was. If the servers were refused or timed out, that is the cause, and this follows from it.`,
	Needs: []evidence.Kind{evidence.ErrorLog},
	Helps: []evidence.Kind{evidence.Configuration, evidence.AccessLog},
	Refs:  []string{"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#max_fails"},
	Causes: []Cause{{
		ID: "servers-set-aside", At: Nginx, Title: "all servers of an upstream were set aside after failures", Harm: 3,
		Rivals:   []string{"nothing-listens", "timeout-in-force"},
		Explains: []string{"backend-answers-errors"},
		Rules:    []string{"nginx-retry-ejects-servers", "nginx-max-fails-single-server"},
		Cure:     "take statuses that servers answer under load out of proxy_next_upstream, or raise max_fails; mend what made them fail",
		Cured:    "no \"no live upstreams\" in error.log; $upstream_addr is an address for every request, never the name of the upstream",
	}},
	Examples: []Example{{
		Name: "answers of 503 take both servers out",
		Files: `-- nginx.conf --
worker_processes 1;
events {}
http {
	log_format t '$remote_addr "$request" $status $request_time $upstream_response_time [$upstream_addr] $upstream_status';
	upstream app { server 127.0.0.1:8001; server 127.0.0.1:8002; }
	server { listen 80; location / { proxy_pass http://app; proxy_next_upstream error timeout http_503; } }
}
-- error.log --
2026/11/30 01:26:11 [warn] 40#40: *1 upstream server temporarily disabled while reading response header from upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8001/", host: "a"
2026/11/30 01:26:11 [warn] 40#40: *1 upstream server temporarily disabled while reading response header from upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8002/", host: "a"
2026/11/30 01:26:12 [error] 40#40: *2 no live upstreams while connecting to upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://app/", host: "a"
-- access.log --
192.0.2.7 "GET / HTTP/1.1" 503 0.002 0.001, 0.001 [127.0.0.1:8001, 127.0.0.1:8002] 503, 503
192.0.2.7 "GET / HTTP/1.1" 502 0.000 0.000 [app] 502
`,
		Want: []string{"servers-set-aside proved"},
	}},
	Look: lookSetAside,
}

var _ = add(&noLiveUpstreamsSymptom)

func lookSetAside(p *Pass) {
	for _, g := range p.Errors(evidence.NoLiveUpstreams) {
		name := g.Host()
		s := p.Suspect("servers-set-aside").Weight(g.Count)
		s.Sign(evidence.ErrorLog, fmt.Sprintf("%s no server of %s was left", times(g.Count), name), g.Lines...)
		failed := p.failuresOf(name)
		if len(failed) == 0 && !strings.HasPrefix(name, "unix:") {
			failed = p.failuresOf("")
		}
		byError, timed := 0, 0
		for _, f := range failed {
			switch f.Event {
			case evidence.ServerDisabled:
				continue
			case evidence.UpstreamTimedOut:
				timed += f.Count
			default:
				byError += f.Count
			}
			s.Hint(evidence.ErrorLog, fmt.Sprintf("before, %s %s at %s", times(f.Count), what(f), f.Host()), f.Lines...)
		}
		disabled := p.Errors(evidence.ServerDisabled)
		codes := p.failingStatuses()
		if byError+timed == 0 && len(codes) > 0 {
			s.Message(fmt.Sprintf("all servers of %s were set aside because of answers with status %s: %s failed without being sent to any", name, strings.Join(codes, " and "), requests(g.Count)))
			s.Sign(evidence.AccessLog, fmt.Sprintf("servers answered %s before they were set aside", strings.Join(codes, ", ")))
		} else {
			s.Message(fmt.Sprintf("all servers of %s were set aside: %s failed without being sent to any", name, requests(g.Count)))
		}
		byAnswer := 0
		for _, d := range disabled {
			if d.Phase == "reading response header from upstream" {
				byAnswer += d.Count
			}
		}
		if byError+timed == 0 && byAnswer > 0 {
			s.Sign(evidence.ErrorLog, fmt.Sprintf("servers were set aside %s while nginx read their answers, and nothing else failed: it was for the status", times(byAnswer)))
			s.statusesIn(p.passesTo(name))
		}
		if len(disabled) > 0 {
			s.Hint(evidence.ErrorLog, fmt.Sprintf("%d messages say which server was disabled", disabled[0].Count), disabled[0].Lines...)
		}
		for _, pass := range p.passesTo(name) {
			next := pass.Scope.Get(pass.Protocol + "_next_upstream")
			for _, c := range codes {
				if next.Set() && next.Settings[len(next.Settings)-1].Has("http_"+c) {
					s.Configured(fmt.Sprintf("%s_next_upstream counts http_%s as a failure of the server", pass.Protocol, c), next.Settings[len(next.Settings)-1].Directive)
				}
			}
		}
		if byError == 0 {
			s.Exclude("nothing-listens", "no server refused a connection")
		}
		if timed == 0 {
			s.Exclude("timeout-in-force", "no server was too slow")
		}
	}
}

// statusesIn adds the statuses that passes count as failures of the server.
func (s *Suspect) statusesIn(passes []*model.Pass) {
	for _, pass := range passes {
		next := pass.Scope.Get(pass.Protocol + "_next_upstream")
		if !next.Set() {
			continue
		}
		set := next.Settings[len(next.Settings)-1]
		for _, w := range set.Args().All() {
			if strings.HasPrefix(w.Value, "http_") {
				s.Configured(fmt.Sprintf("%s_next_upstream counts %s as a failure of the server", pass.Protocol, w.Value), set.Directive)
			}
		}
	}
}

// failuresOf returns what failed at the servers of an upstream; of an empty name,
// anywhere.
func (p *Pass) failuresOf(name string) []*evidence.ErrorGroup {
	var servers []string
	for _, pass := range p.passesTo(name) {
		servers = append(servers, targets(pass)...)
	}
	var out []*evidence.ErrorGroup
	for _, f := range p.Errors(evidence.ConnectFailed, evidence.UpstreamTimedOut, evidence.PrematurelyClosed, evidence.ReadFailed, evidence.WriteFailed, evidence.TLSFailed, evidence.HeaderTooBig, evidence.InvalidResponse) {
		if name == "" || slices.ContainsFunc(servers, func(t string) bool { return p.sameHost(t, f.Host()) }) {
			out = append(out, f)
		}
	}
	return out
}

// failingStatuses are the statuses of servers that proxy_next_upstream may count
// as failures.
func (p *Pass) failingStatuses() []string {
	var codes []string
	for _, g := range p.Access().Groups() {
		if len(g.Upstreams()) > 0 && !strings.Contains(g.Upstream, ".") && !strings.Contains(g.Upstream, ":") {
			continue // the name of the upstream: no server was asked
		}
		for _, c := range g.UpstreamStatuses() {
			if slices.Contains([]string{"500", "503", "403", "404", "429"}, c) && !slices.Contains(codes, c) && p.countsAsFailure(c) {
				codes = append(codes, c)
			}
		}
	}
	return codes
}

// countsAsFailure reports whether a configuration at hand names the status; where
// there is none, it may.
func (p *Pass) countsAsFailure(code string) bool {
	passes := p.Passes()
	for _, pass := range passes {
		v := pass.Scope.Get(pass.Protocol + "_next_upstream")
		if v.Set() && v.Settings[len(v.Settings)-1].Has("http_"+code) {
			return true
		}
	}
	return len(passes) == 0
}
