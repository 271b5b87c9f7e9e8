package diagnose

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/model"
)

// shared is what several symptoms make of the same evidence, made once.
type shared struct {
	evidence *evidence.Set
	hosts    []*model.Host

	once     sync.Once
	seen     sockets
	ends     sync.Once
	fronts   []netip.AddrPort
	backs    map[netip.AddrPort]bool
	backends map[string]bool // Unix sockets and names with their ports
}

// sockets are those of the host, each once although several tools listed them.
type sockets struct {
	connections []*evidence.Connection
	listeners   []*evidence.Listener
	owners      bool
}

// sockets chooses among tables. Those that share a listener or a connection are
// of one network namespace, seen by several tools: the one that tells most
// counts, and of the others only how long they saw queues.
func (s *shared) sockets() *sockets {
	s.once.Do(func() {
		var tables []*evidence.Table
		for _, t := range s.evidence.Tables {
			if t.Source.Moment != evidence.Before {
				tables = append(tables, t)
			}
		}
		if len(tables) == 0 {
			tables = s.evidence.Tables
		}
		slices.SortStableFunc(tables, func(a, b *evidence.Table) int { return worth(b) - worth(a) })
		var taken []*evidence.Table
		for _, t := range tables {
			if !t.ListenersOnly && !slices.ContainsFunc(taken, func(o *evidence.Table) bool { return sameNamespace(o, t) }) {
				taken = append(taken, t)
				s.seen.connections = append(s.seen.connections, t.Connections...)
				s.seen.owners = s.seen.owners || t.Owners
			}
		}
		for _, t := range tables {
			for _, l := range t.Listeners {
				s.seen.listen(l)
			}
		}
	})
	return &s.seen
}

// worth orders tables: whole ones, those with processes, and those of tools that
// show more come first.
func worth(t *evidence.Table) int {
	n := 0
	if t.ListenersOnly {
		n -= 100
	}
	if t.Owners {
		n += 40
	}
	if !t.Filtered {
		n += 20
	}
	switch t.Tool {
	case "ss":
		n += 3
	case "netstat":
		n += 2
	}
	return n
}

func sameNamespace(a, b *evidence.Table) bool {
	if a.Tool == "/proc/net" && b.Tool == "/proc/net" && a.Source != b.Source && family(a) != family(b) {
		return false // tcp and tcp6 are two files
	}
	if len(b.Listeners) == 0 && len(b.Connections) == 0 {
		return true
	}
	for _, l := range a.Listeners {
		for _, m := range b.Listeners {
			if l.Path == "" && l.Address == m.Address {
				return true
			}
		}
	}
	seen := make(map[[2]netip.AddrPort]bool, len(a.Connections))
	for _, c := range a.Connections {
		seen[[2]netip.AddrPort{c.Local, c.Remote}] = true
	}
	return slices.ContainsFunc(b.Connections, func(c *evidence.Connection) bool {
		return seen[[2]netip.AddrPort{c.Local, c.Remote}]
	})
}

func family(t *evidence.Table) byte {
	if strings.HasSuffix(strings.TrimSuffix(t.Source.Name, ".txt"), "6") {
		return 6
	}
	return 4
}

// listen adds a listener, or what another tool saw of one that is known.
func (s *sockets) listen(l *evidence.Listener) {
	for i, known := range s.listeners {
		if known.Path != l.Path || known.Address != l.Address {
			continue
		}
		merged := *known
		if l.Queued > merged.Queued {
			merged.Queued, merged.Line = l.Queued, l.Line
		}
		merged.Cap = max(merged.Cap, l.Cap)
		if merged.Owners == nil {
			merged.Owners = l.Owners
		}
		s.listeners[i] = &merged
		return
	}
	s.listeners = append(s.listeners, l)
}

// endpoints finds where nginx listens and where it passes requests to: from the
// configuration, the logs and the processes.
func (s *shared) endpoints() {
	s.ends.Do(func() {
		s.backs, s.backends = map[netip.AddrPort]bool{}, map[string]bool{}
		for _, l := range s.sockets().listeners {
			if l.Owned("nginx") {
				s.fronts = append(s.fronts, l.Address)
			}
		}
		for _, h := range s.hosts {
			if h.Nginx == nil {
				continue
			}
			for key := range h.Nginx.Listeners() {
				if a, err := netip.ParseAddrPort(strings.Replace(key, "*:", "0.0.0.0:", 1)); err == nil {
					s.fronts = append(s.fronts, a)
				}
			}
			for _, p := range h.Nginx.Passes() {
				for _, t := range targets(p) {
					s.backend(t)
				}
			}
		}
		for _, g := range s.evidence.Errors.All() {
			s.backend(g.Host())
		}
		for _, g := range s.evidence.Access.Groups() {
			for _, u := range g.Upstreams() {
				s.backend(u)
			}
		}
		// An address that nginx connects to, and does not listen on.
		for _, c := range s.sockets().connections {
			if c.Owned("nginx") && !s.isFront(c.Local) {
				s.backs[c.Remote] = true
			}
		}
	})
}

func (s *shared) backend(host string) {
	if host == "" {
		return
	}
	s.backends[host] = true
	if a, err := netip.ParseAddrPort(host); err == nil {
		s.backs[a] = true
	} else if name, port, ok := cutPort(host); ok {
		for _, n := range s.evidence.Addresses(name) {
			if a, err := netip.ParseAddr(n.Address); err == nil {
				s.backs[netip.AddrPortFrom(a, port)] = true
			}
		}
		if name == "localhost" {
			s.backs[netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)] = true
			s.backs[netip.AddrPortFrom(netip.IPv6Loopback(), port)] = true
		}
	}
}

func cutPort(host string) (name string, port uint16, ok bool) {
	i := strings.LastIndexByte(host, ':')
	if i < 0 {
		return host, 80, true
	}
	n, err := strconv.ParseUint(host[i+1:], 10, 16)
	return host[:i], uint16(n), err == nil
}

func (s *shared) isFront(a netip.AddrPort) bool {
	for _, f := range s.fronts {
		if f.Port() == a.Port() && (f.Addr() == a.Addr() || f.Addr().IsUnspecified()) {
			return true
		}
	}
	return false
}

func (s *shared) front(a netip.AddrPort) bool {
	s.endpoints()
	return s.isFront(a)
}

func (s *shared) back(a netip.AddrPort) bool {
	s.endpoints()
	return s.backs[a]
}

// targets are the addresses that a pass goes to, as the configuration writes
// them, each with its port; Unix sockets with "unix:" before the path.
func targets(p *model.Pass) []string {
	port := map[string]string{"https": "443", "grpcs": "443"}[p.Target.Scheme]
	if port == "" {
		port = "80"
	}
	one := func(host string) string {
		if after, ok := strings.CutPrefix(host, "unix:"); ok {
			path, _, _ := strings.Cut(after, ":")
			return "unix:" + path
		}
		if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
			n, _ := strconv.ParseUint(port, 10, 16)
			return netip.AddrPortFrom(a, uint16(n)).String()
		}
		if strings.Contains(host, ":") {
			return host
		}
		return host + ":" + port
	}
	switch p.Target.Kind {
	case model.TargetUpstream:
		var all []string
		port = "80" // of a server line, whatever the scheme
		for _, s := range p.Target.Upstream.Servers {
			if !s.Has("down") {
				all = append(all, one(s.Arg(0)))
			}
		}
		return all
	case model.TargetUnix:
		return []string{one(p.Target.Host)}
	case model.TargetAddress:
		if p.Target.Port != "" {
			host := p.Target.Host
			if strings.Contains(host, ":") {
				host = "[" + host + "]"
			}
			return []string{host + ":" + p.Target.Port}
		}
		return []string{one(p.Target.Host)}
	default: // nobody knows
		return nil
	}
}
