package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/model"
)

// passesTo returns the passes that go to an address: "127.0.0.1:8000",
// "unix:/run/x.sock", or the name of an upstream block.
func (p *Pass) passesTo(host string) []*model.Pass {
	var all []*model.Pass
	for _, pass := range p.Passes() {
		if t := pass.Target; t.Upstream != nil && strings.EqualFold(t.Upstream.Name, host) || slices.ContainsFunc(targets(pass), func(t string) bool { return p.sameHost(t, host) }) {
			all = append(all, pass)
		}
	}
	return all
}

// sameHost reports whether a target of the configuration is an address.
func (p *Pass) sameHost(target, host string) bool {
	if target == host {
		return true
	}
	name, port, ok := cutPort(target)
	want, err := netip.ParseAddrPort(host)
	if !ok || err != nil || want.Port() != port {
		return false
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return false
	}
	known := p.Names(name)
	if len(known) == 0 && name == "localhost" {
		return want.Addr().IsLoopback()
	}
	return slices.ContainsFunc(known, func(n evidence.Name) bool { return n.Address == want.Addr().String() })
}

// pool says what the configuration does about kept connections to an address.
type pool struct {
	// known says that a pass to the address was found.
	known bool
	// kept says that connections may be used again in a version of the target.
	kept bool
	pass *model.Pass
	// size is how many idle ones a worker keeps; 0 if it is not known.
	size int
	// timeout is when nginx closes an idle one.
	timeout  time.Duration
	upstream *model.UpstreamBlock
}

// poolTo reads what the configuration says about an address.
func (p *Pass) poolTo(host string) pool {
	var out pool
	for _, pass := range p.passesTo(host) {
		out.known = true
		if pass.Reuse().Empty() {
			continue
		}
		out.kept, out.pass, out.upstream = true, pass, pass.Target.Upstream
		if u := out.upstream; u != nil {
			out.size, out.timeout = 32, time.Minute // since 1.29.7 by default, and 60s always
			if u.HasKeepalive {
				out.size = atoi(u.Keepalive.Arg(0))
			}
			if set, ok := u.Scope.Own("keepalive_timeout"); ok {
				if d, ok := model.Duration(set.Arg(0)); ok {
					out.timeout = d
				}
			}
		}
	}
	return out
}

// workers is how many processes nginx has; 0 if it is not known.
func (p *Pass) workers() int {
	for _, n := range p.Nginx() {
		if set, ok := n.Root.Own("worker_processes"); ok {
			return atoi(set.Arg(0))
		}
		if !n.Fragment {
			return 1
		}
	}
	return 0
}

// spoken returns the addresses by which a listener is known as a backend; nil if
// it is none.
func (p *Pass) spoken(l *evidence.Listener) []string {
	p.shared.endpoints()
	if l.Path != "" {
		if p.shared.backends["unix:"+l.Path] {
			return []string{"unix:" + l.Path}
		}
		return nil
	}
	var all []string
	for a := range p.shared.backs {
		if l.Takes(a) {
			all = append(all, a.String())
		}
	}
	slices.Sort(all)
	return all
}

// isNginx reports whether nginx itself listens there.
func (p *Pass) isNginx(l *evidence.Listener) bool {
	if l.Owners != nil {
		return l.Owned("nginx")
	}
	return l.Path == "" && p.Front(l.Address)
}

func atoi(s string) int {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' || n > 1<<40 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}
