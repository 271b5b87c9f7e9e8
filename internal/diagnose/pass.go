package diagnose

import (
	"net/netip"
	"slices"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/model"
)

// Pass is all that a symptom sees: evidence, the configuration, and where to put
// what it finds. What it asks for is recorded, so that a test holds it against
// what it declares.
type Pass struct {
	symptom  *Symptom
	evidence *evidence.Set
	hosts    []*model.Host
	shared   *shared
	asked    map[evidence.Kind]bool
	suspects []*Suspect
	normal   []Normal
}

// Normal is something that may look bad and is not.
type Normal struct {
	Message string
	Lines   []evidence.Line
}

// ask records that a sort of evidence was asked for, and returns whether there is
// any.
func (p *Pass) ask(k evidence.Kind) bool {
	p.asked[k] = true
	if k == evidence.Configuration {
		return slices.ContainsFunc(p.hosts, func(h *model.Host) bool { return h.Nginx != nil })
	}
	return p.evidence.Has(k)
}

// Has reports whether there is evidence of a sort.
func (p *Pass) Has(k evidence.Kind) bool { return p.ask(k) }

// Suspect returns the suspect for a cause that the symptom declares, made when it
// is first asked for.
func (p *Pass) Suspect(id string) *Suspect {
	for _, s := range p.suspects {
		if s.cause.ID == id {
			return s
		}
	}
	c := p.symptom.cause(id)
	if c == nil {
		c = &Cause{ID: id} // a test finds it
	}
	s := &Suspect{cause: c, symptom: p.symptom}
	p.suspects = append(p.suspects, s)
	return s
}

// Normal says that something is as it should be.
func (p *Pass) Normal(message string, lines ...evidence.Line) {
	p.normal = append(p.normal, Normal{Message: message, Lines: lines})
}

// Nginx returns the configurations of nginx.
func (p *Pass) Nginx() []*model.Nginx {
	if !p.ask(evidence.Configuration) {
		return nil
	}
	var all []*model.Nginx
	for _, h := range p.hosts {
		if h.Nginx != nil {
			all = append(all, h.Nginx)
		}
	}
	return all
}

// Passes returns the passes of all configurations.
func (p *Pass) Passes() []*model.Pass {
	var all []*model.Pass
	for _, n := range p.Nginx() {
		all = append(all, n.Passes()...)
	}
	return all
}

// Connections returns the connections of the host, once each.
func (p *Pass) Connections() []*evidence.Connection {
	p.ask(evidence.Sockets)
	return p.shared.sockets().connections
}

// ShowsOwners reports whether the connections were listed with their processes.
func (p *Pass) ShowsOwners() bool {
	return p.ask(evidence.Owners) && p.shared.sockets().owners
}

// Listeners returns the listening sockets of the host, each as it was seen with
// the longest queue.
func (p *Pass) Listeners() []*evidence.Listener {
	p.ask(evidence.Listeners)
	return p.shared.sockets().listeners
}

// Growth returns how much a counter of the kernel grew.
func (p *Pass) Growth(name string) (evidence.Growth, bool) {
	if !p.ask(evidence.Counters) {
		return evidence.Growth{}, false
	}
	return p.evidence.Growth(name)
}

// Grew returns the growth of a counter if it grew for sure: between two readings.
func (p *Pass) Grew(name string) (evidence.Growth, bool) {
	g, ok := p.Growth(name)
	return g, ok && g.Measured && g.By > 0
}

// Never reports whether a counter is known not to have grown.
func (p *Pass) Never(name string) bool {
	g, ok := p.Growth(name)
	return ok && g.By == 0
}

// Errors returns groups of messages of nginx.
func (p *Pass) Errors(events ...evidence.Event) []*evidence.ErrorGroup {
	if !p.ask(evidence.ErrorLog) {
		return nil
	}
	return p.evidence.Errors.Groups(events...)
}

// Access returns the requests of nginx's access log; there may be none.
func (p *Pass) Access() *evidence.Access {
	p.ask(evidence.AccessLog)
	return p.evidence.Access
}

// Kernel returns messages of the kernel about topics.
func (p *Pass) Kernel(topics ...evidence.Topic) []*evidence.Message {
	if !p.ask(evidence.KernelLog) {
		return nil
	}
	return p.evidence.Kernel.Of(topics...)
}

// Backend returns messages of servers behind nginx about topics.
func (p *Pass) Backend(topics ...evidence.Topic) []*evidence.Message {
	if !p.ask(evidence.BackendLog) {
		return nil
	}
	return p.evidence.Backends.Of(topics...)
}

// Setting returns a parameter of the kernel: as it is in force, or else as the
// files of the host set it.
func (p *Pass) Setting(key string) (n int, at evidence.Line, ok bool) {
	if p.ask(evidence.Settings) {
		if n, at, ok = p.evidence.Setting(key); ok {
			return n, at, true
		}
	}
	for _, h := range p.hosts {
		if h.Sysctl != nil {
			if v, ok := h.Sysctl.Get(key).Int(); ok {
				return int(v), evidence.Line{}, true
			}
		}
	}
	return 0, evidence.Line{}, false
}

// SettingText returns a parameter of the kernel that is no number.
func (p *Pass) SettingText(key string) (evidence.Setting, bool) {
	p.ask(evidence.Settings)
	s, ok := p.evidence.Settings[key]
	return s, ok
}

// Total returns a number that describes the moment, of a sort of evidence.
func (p *Pass) Total(k evidence.Kind, name string) (evidence.Total, bool) {
	if !p.ask(k) {
		return evidence.Total{}, false
	}
	return p.evidence.Total(name)
}

// MaxOpenFiles returns the limit of descriptors that was recorded.
func (p *Pass) MaxOpenFiles() (evidence.Limit, bool) {
	p.ask(evidence.Limits)
	return p.evidence.MaxOpenFiles()
}

// Processes returns the processes that were listed.
func (p *Pass) Processes() []evidence.Process {
	p.ask(evidence.Processes)
	return p.evidence.Processes
}

// Names returns the addresses of a name that were recorded.
func (p *Pass) Names(name string) []evidence.Name {
	p.ask(evidence.Names)
	return p.evidence.Addresses(name)
}

// Front reports whether an address is one that nginx listens on.
func (p *Pass) Front(a netip.AddrPort) bool { return p.shared.front(a) }

// itself reports whether an address that nginx connects to is surely one that it listens
// on. One that listens on all addresses of its host does not listen on another host's.
func (p *Pass) itself(a netip.AddrPort) bool {
	if !p.Front(a) {
		return false
	}
	return a.Addr().IsLoopback() || slices.Contains(p.shared.fronts, a) ||
		slices.ContainsFunc(p.shared.sockets().connections, func(c *evidence.Connection) bool { return c.Local.Addr() == a.Addr() })
}

// Back reports whether an address is one that nginx passes requests to.
func (p *Pass) Back(a netip.AddrPort) bool { return p.shared.back(a) }
