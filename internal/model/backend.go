package model

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// Backend is what is known of the servers behind an upstream or an address: what is
// declared, or else what their own files say, or the default of the release that is
// known to run, or how the software is shipped. The zero Backend knows nothing.
type Backend struct {
	// Title is the software's name for people; empty if it is not known.
	Title string
	// Preset is what is known of the software; its Name is empty if nothing is.
	Preset facts.Preset
	// Links are what was found behind the addresses, those first that speak.
	Links []Linked
	// All says that something was found behind every server that is in use.
	All bool

	// Keeps, Idle, Requests, Recycle, Slots, Busy, InFlight and Backlog are as in
	// service.Service; of several servers, the one that closes first or takes the
	// least.
	Keeps    service.Field[facts.Keeping]
	Idle     service.Field[time.Duration]
	Requests service.Field[int]
	Recycle  service.Field[int]
	Slots    service.Field[int]
	Busy     service.Field[int]
	InFlight service.Field[time.Duration]
	Backlog  service.Field[int]
	// Families are the address families on which the servers are declared to
	// listen.
	Families []string
}

// Linked is an address that nginx passes requests to, with what is behind it.
type Linked struct {
	// Address is the address as nginx writes it.
	Address string
	// Server is the line of the upstream; it has no directive for the address of
	// a pass.
	Server Setting
	service.Link
}

// Known reports whether anything is known of the servers.
func (b *Backend) Known() bool {
	return b.Preset.Name != "" || b.Keeps.Known() || b.Slots.Known() || b.Busy.Known() || b.Recycle.Known() || b.Requests.Known() || len(b.Families) > 0
}

// Elsewhere reports whether an address is known to lead to no backend, because that
// runs in another container.
func (b *Backend) Elsewhere() bool {
	return slices.ContainsFunc(b.Links, func(l Linked) bool { return l.Unreachable != nil && l.Loopback })
}

// ListensOnlyOn reports whether the servers are declared to listen on one address
// family and no other.
func (b *Backend) ListensOnlyOn(family string) bool {
	return facts.Backend{Families: b.Families}.ListensOnlyOn(family)
}

// Backend returns what is known of the servers behind a pass.
func (p *Pass) Backend() *Backend {
	h := p.Scope.host
	if p.Target.Upstream != nil {
		return h.Backend(p.Target.Upstream)
	}
	if p.Target.Kind != TargetAddress && p.Target.Kind != TargetUnix {
		return &Backend{}
	}
	key := backendKey{p.Protocol, p.Target.Kind, p.Target.Host, p.Target.Port, p.File()}
	h.backendsMu.Lock()
	known := h.backends[key]
	h.backendsMu.Unlock()
	if known != nil {
		return known
	}
	b := p.behind(h)
	h.backendsMu.Lock()
	defer h.backendsMu.Unlock()
	if h.backends == nil {
		h.backends = map[backendKey]*Backend{}
	}
	if len(h.backends) < mostBackends {
		h.backends[key] = b
	}
	return b
}

// backendKey is what passes to an address have in common behind which the same is found.
type backendKey struct {
	protocol   string
	kind       TargetKind
	host, port string
	file       *source.File
}

// mostBackends bounds the memory of what is kept: the rest is worked out for each rule
// that asks.
const mostBackends = 1024

// behind works out what Backend returns of a pass to an address.
func (p *Pass) behind(h *Host) *Backend {
	name := p.Target.address()
	host, port := p.Target.Host, p.Target.Port
	l := Linked{Address: name}
	if p.Target.Kind == TargetUnix {
		l.Link = h.find(p.Protocol, "", "", unixPath(host), h.Backends[name].Preset, p.Setting)
	} else {
		l.Link = h.find(p.Protocol, host, port, "", h.Backends[name].Preset, p.Setting)
	}
	return join(h.Backends[name], []Linked{l})
}

// address is the name by which servers that no upstream names are declared.
func (t *PassTarget) address() string { return strings.TrimSuffix(t.Host+":"+t.Port, ":") }

// HasServers reports whether there is an upstream of a name, or an address of that name
// is passed to: whether something declared of it is heard.
func (h *Host) HasServers(name string) bool {
	if h.Nginx == nil {
		return false
	}
	return slices.ContainsFunc(h.Nginx.Upstreams(), func(u *UpstreamBlock) bool { return u.Name == name }) ||
		slices.ContainsFunc(h.Nginx.Passes(), func(p *Pass) bool { return p.Target.Upstream == nil && p.Target.address() == name })
}

// HasLocation reports whether there is a location of a path, which has no final "/"
// unless it is all of it, or one to which requests for it surely come.
func (h *Host) HasLocation(path string) bool {
	return h.hasOwnLocation(path) || h.Nginx != nil && len(h.Nginx.serving(path)) > 0
}

// Backend returns what is known of the servers behind an upstream of the host.
func (h *Host) Backend(u *UpstreamBlock) *Backend {
	u.backendOnce.Do(func() { u.backend = h.behind(u) })
	return u.backend
}

// behind works out what Backend returns: rules ask for every pass.
func (h *Host) behind(u *UpstreamBlock) *Backend {
	protocol := ""
	for _, p := range u.Passes {
		protocol = p.Protocol
	}
	var links []Linked
	for _, s := range u.Servers {
		if s.Args().Any(func(w nginx.Arg) bool { return w.Value == "down" }) || s.Words().Len() < 2 {
			continue
		}
		l := Linked{Address: s.Arg(0), Server: s}
		if path, unix := strings.CutPrefix(s.Arg(0), "unix:"); unix {
			l.Link = h.find(protocol, "", "", path, h.Backends[u.Name].Preset, s)
		} else {
			host, port := splitPort(s.Arg(0))
			l.Link = h.find(protocol, host, port, "", h.Backends[u.Name].Preset, s)
		}
		links = append(links, l)
	}
	return join(h.Backends[u.Name], links)
}

// StreamLink returns what is behind the address of a pass in stream.
func (h *Host) StreamLink(pass Setting) service.Link {
	host, port := splitPort(pass.Arg(0))
	if port == "" || strings.HasPrefix(pass.Arg(0), "unix:") {
		return service.Link{}
	}
	return h.find("", host, port, "", "", pass)
}

// unixPath cuts "unix:" off, and the URI that proxy_pass has behind a second colon.
func unixPath(target string) string {
	path := strings.TrimPrefix(target, "unix:")
	if i := strings.IndexByte(path, ':'); i >= 0 {
		path = path[:i]
	}
	return path
}

// anyPort is what readers write who know the name of a Service and not its port.
const anyPort = "*"

// find asks for what listens on an address. The port is that of the protocol where
// none is written.
func (h *Host) find(protocol, host, port, unix, software string, at Setting) service.Link {
	if strings.ContainsAny(host+port+unix, "$\x1a") {
		return service.Link{}
	}
	config := h.input.Main
	if h.Runs() == nil {
		config = at.File()
	}
	q := service.Query{Config: config, Host: host, Unix: unix, Protocol: spoken(protocol), Software: software}
	if unix == "" {
		var err error
		switch q.Port, err = strconv.Atoi(port); {
		case port == "":
			q.Port = 80
		case err != nil && port != anyPort:
			q.PortName = port
		}
	}
	if own := h.itself(q); own != nil {
		return service.Link{Service: own, Asked: q}
	}
	return h.input.Services.Find(q)
}

// spoken is what nginx speaks in a pass of a protocol.
func spoken(protocol string) string {
	if protocol == "proxy" {
		return "http"
	}
	return protocol
}

// join makes one of what is declared and of what is behind the addresses.
func join(declared facts.Backend, links []Linked) *Backend {
	b := &Backend{Links: links, All: len(links) > 0, Families: declared.Families}
	for _, l := range links {
		if l.Service == nil {
			b.All = false
		}
	}
	preset, named := facts.PresetFor(declared.Preset, declared.Version)
	for _, l := range links {
		if s := l.Service; s != nil && (!named || related(declared.Preset, s)) {
			b.add(s)
		}
	}
	if !b.All {
		// What holds for one server says nothing of what the others take.
		b.Slots, b.Busy = service.Field[int]{}, service.Field[int]{}
	}
	if named {
		b.shipped(preset, declared.Version)
	}
	b.declare(declared)
	if b.Preset.Name != "" {
		b.Title = b.Preset.Title
	}
	if b.Keeps.Value != facts.KeepsFor {
		b.Idle = service.Field[time.Duration]{}
	}
	return b
}

// related reports whether a service is what a preset names: the same software, be it
// set in another way.
func related(preset string, s *service.Service) bool {
	family := func(name string) string { name, _, _ = strings.Cut(name, "-"); return name }
	return s.Variant != "" && (preset == s.Variant || family(preset) == family(s.Variant)) || s.Program.Value == preset
}

// add puts a service beside those that are known already.
func (b *Backend) add(s *service.Service) {
	if p, ok := facts.PresetFor(s.Variant, s.Version.Value); ok && b.Preset.Name == "" {
		b.Preset = p
	}
	// The one that closes without a word is the worst, then the one that closes
	// first.
	switch {
	case !s.Keeps.Known():
	case !b.Keeps.Known() || s.Keeps.Value == facts.ClosesUnannounced,
		b.Keeps.Value != facts.ClosesUnannounced && s.Keeps.Value == facts.KeepsFor && (b.Keeps.Value != facts.KeepsFor || s.Idle.Value < b.Idle.Value):
		b.Keeps, b.Idle = s.Keeps, s.Idle
	}
	b.Requests, b.Recycle = least(b.Requests, s.Requests), least(b.Recycle, s.Recycle)
	b.Slots, b.Busy, b.Backlog = least(b.Slots, s.Slots), least(b.Busy, s.Busy), least(b.Backlog, s.Backlog)
	b.InFlight = least(b.InFlight, s.InFlight)
}

// least returns the smaller of two numbers that are known.
func least[T int | time.Duration](a, b service.Field[T]) service.Field[T] {
	if !a.Known() || b.Known() && b.Value < a.Value {
		return b
	}
	return a
}

// shipped puts how a declared software is shipped beneath what its files set. What is
// known of the release that a lock file names is surer than a preset without one.
func (b *Backend) shipped(p facts.Preset, v facts.Version) {
	if b.Preset.Name == "" || !v.IsZero() || p.Name != b.Preset.Name && !strings.HasPrefix(b.Preset.Name, p.Name) {
		b.Preset = p
	}
	weak := func(s service.Sure) bool { return s < service.Default || s == service.Default && !v.IsZero() }
	if weak(b.Keeps.Sure) {
		b.Keeps = service.Field[facts.Keeping]{Value: p.Keeps, Sure: service.Preset}
	}
	if weak(b.Idle.Sure) && p.IdleTimeout > 0 {
		b.Idle = service.Field[time.Duration]{Value: p.IdleTimeout, Sure: service.Preset}
	}
	if weak(b.Requests.Sure) && p.Requests > 0 {
		b.Requests = service.Field[int]{Value: p.Requests, Sure: service.Preset}
	}
	if weak(b.Slots.Sure) && p.Slots > 0 {
		b.Slots = service.Field[int]{Value: p.Slots, Sure: service.Preset, Name: p.Limit}
	}
	if weak(b.InFlight.Sure) && p.InFlight > 0 {
		b.InFlight = service.Field[time.Duration]{Value: p.InFlight, Sure: service.Preset}
	}
	if weak(b.Backlog.Sure) && p.Backlog > 0 {
		b.Backlog = service.Field[int]{Value: p.Backlog, Sure: service.Preset}
	}
}

// declare puts what is declared on top.
func (b *Backend) declare(d facts.Backend) {
	set := func(f *service.Field[int], n int, name string) {
		if n > 0 {
			*f = service.Field[int]{Value: n, Sure: service.Declared, Name: name}
		}
	}
	switch {
	case d.Keeps != facts.KeepsUnknown:
		b.Keeps = service.Field[facts.Keeping]{Value: d.Keeps, Sure: service.Declared, Name: "idle_timeout"}
	case d.IdleTimeout > 0:
		b.Keeps = service.Field[facts.Keeping]{Value: facts.KeepsFor, Sure: service.Declared, Name: "idle_timeout"}
		b.Idle = service.Field[time.Duration]{Value: d.IdleTimeout, Sure: service.Declared, Name: "idle_timeout"}
	}
	slots, limit := d.Slots()
	set(&b.Slots, slots, limit)
	set(&b.Requests, d.MaxRequests, "max_requests")
}
