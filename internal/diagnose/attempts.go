package diagnose

import (
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/evidence"
)

// failures are what the access log shows of attempts that ended with 502 at an
// address: the groups, the times until the end, and whether the paths that failed
// were answered at other times.
type failures struct {
	groups   []*evidence.AccessGroup
	first    evidence.Times // of the last attempt of requests that failed for good
	ok       evidence.Times // of those that were answered
	connect  evidence.Times
	retried  int
	paths    map[string]int
	answered map[string]int
	// once are requests that nginx would have sent again if their connection had been
	// a kept one: they failed on a new one.
	once int
	// changing are requests with 502 that nginx sends once, reading the others; both
	// are counted where the log names no upstream.
	changing, reading int
}

func (p *Pass) failuresAt(host string) failures {
	f := failures{paths: map[string]int{}, answered: map[string]int{}}
	if a := p.Access(); a.Lines > 0 && !a.Upstreams {
		f.fromStatus(a)
		return f
	}
	for _, g := range p.Access().Groups() {
		all, codes := g.Upstreams(), g.UpstreamStatuses()
		if len(all) != len(codes) || !slices.Contains(all, host) {
			continue
		}
		switch last := codes[len(codes)-1]; {
		case last == "502" && all[len(all)-1] == host:
			f.groups = append(f.groups, g)
			f.first.Merge(&g.Response)
			for path, n := range g.Paths {
				f.paths[path] += n
			}
			if len(codes) == 1 && readsOnly(g.Method) && p.sentAgain(host) {
				f.once += g.Count
			}
		case len(codes) > 1 && codes[0] == "502":
			f.retried += g.Count
		case last != "504" && last != "-":
			f.ok.Merge(&g.Response)
			f.connect.Merge(&g.Connect)
			for path, n := range g.Paths {
				f.answered[path] += n
			}
		}
	}
	return f
}

// sentAgain reports whether nginx sends a request to an address again when a kept
// connection fails, which it does as long as proxy_next_upstream has its default or
// names errors (ngx_http_upstream.c, ngx_http_upstream_next).
func (p *Pass) sentAgain(host string) bool {
	for _, pass := range p.passesTo(host) {
		v := pass.Scope.Get(pass.Protocol + "_next_upstream")
		if v.Set() && !v.Settings[len(v.Settings)-1].Has("error") {
			return false
		}
		if t := pass.Scope.Get(pass.Protocol + "_next_upstream_tries"); t.Set() {
			return false
		}
	}
	return true
}

// fromStatus is about a log that names no upstream: what clients got tells which
// requests failed.
func (f *failures) fromStatus(a *evidence.Access) {
	for _, g := range a.Groups() {
		switch {
		case g.Status == 502:
			f.groups = append(f.groups, g)
			f.first.Merge(&g.Request)
			for path, n := range g.Paths {
				f.paths[path] += n
			}
			if slices.Contains(notSentAgain, g.Method) {
				f.changing += g.Count
			} else {
				f.reading += g.Count
			}
		case g.Status < 500 && g.Status != 499:
			for path, n := range g.Paths {
				f.answered[path] += n
			}
		}
	}
}

// notSentAgain are methods of requests that nginx sends once (ngx_http_upstream.c,
// ngx_http_upstream_test_next).
var notSentAgain = []string{"POST", "PATCH"}

// atOnce reports whether requests fail long before others are answered.
func (f *failures) atOnce(trip int) bool {
	const much = 10
	at := f.first.Quantile(0.9)
	return f.first.Count >= 5 && at <= trip && f.ok.Count > 0 && f.ok.Quantile(0.1) > much*max(at, 1)
}

// turnedAway is about a backend that closes connections as soon as it has accepted
// them, as Node.js does that has no descriptors left (libuv's uv__emfile_trick).
func (p *Pass) turnedAway(host string, count int, f failures, lines []evidence.Line) {
	s := p.Suspect("backend-file-limit").Weight(count)
	s.Message(host + " closes connections as soon as it has accepted them: it seems to have no descriptors left")
	s.Hint(evidence.ErrorLog, fmt.Sprintf("%s the backend %s closed the connection before it sent a header", times(count), host), lines...)
	s.Sign(evidence.AccessLog, fmt.Sprintf("%s ended with 502 within %s, while the same ones take %s when they are answered", requests(f.first.Count), seconds(max(f.first.Quantile(0.9), 1)), seconds(f.ok.Quantile(0.1))), linesOf(f.groups)...)
	for _, m := range p.Backend(evidence.BackendFiles) {
		s.Sign(evidence.BackendLog, "the backend says that it has too many open files", m.Lines...)
		s.Exclude("backend-broke-off", "the backend itself says that descriptors are what it lacks")
	}
}

// readsOnly reports whether a request of a method changes nothing: such is sent again.
func readsOnly(method string) bool { return slices.Contains([]string{"GET", "HEAD"}, method) }
