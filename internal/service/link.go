package service

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// Query is an address that nginx passes requests to.
type Query struct {
	// Config is the file on disk that nginx reads.
	Config *source.File
	// Host and Port, or Unix. A port of 0 is any; PortName is what a Service of
	// Kubernetes calls it, empty if it has a number.
	Host     string
	Port     int
	PortName string
	Unix     string
	// Protocol is what nginx speaks there: "http", "fastcgi", "uwsgi", "scgi",
	// "grpc", "memcached"; empty for streams.
	Protocol string
	// Software is the program that is declared to listen there, as package facts
	// names it; empty if nobody said.
	Software string
}

// Link is what was found behind an address.
type Link struct {
	// Service is the process that listens there; nil if none was found, or if
	// Candidates are several.
	Service *Service
	// Alike are others that may be meant as well, and say the same of themselves.
	Alike []*Service
	// Candidates are the processes that may listen there, where there are more
	// than one.
	Candidates []*Service
	// Unreachable is a process that the name or the port speaks of and that does
	// not listen in the network where nginx looks.
	Unreachable *Service
	// Loopback says that it is because nginx asks its own container.
	Loopback bool
	// Inward says that it is because the backend listens on the loopback address of
	// its own container only.
	Inward bool
	// Asked is the address.
	Asked Query
}

// Inner returns the port in the container behind one that it publishes on the
// machine; 0 if it publishes none there.
func (s *Service) Inner(port int) int {
	for _, p := range s.Published {
		if p.Port == port {
			return p.Internal
		}
	}
	return 0
}

// Nginx returns the container or unit that runs nginx with a file, nil if none is
// found, or more than one.
func (inv *Inventory) Nginx(config *source.File) *Service {
	if inv == nil || config == nil {
		return nil
	}
	p := path.Clean(config.OnDisk().Path)
	var found []*Service
	for _, s := range inv.Services {
		if s.runsNginx && s.holds(p) {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		// Containers that hold it whatever they start.
		for _, s := range inv.Services {
			if s.holds(p) && (s.Kind == Compose || s.Kind == Kubernetes || s.Kind == Quadlet) && s.mountsConfig(p) {
				found = append(found, s)
			}
		}
	}
	if len(found) > 0 && sameContainer(found) {
		return found[0]
	}
	return nil
}

// sameContainer reports whether services are one container as several files say it,
// with the same network and limits.
func sameContainer(all []*Service) bool {
	a := all[0]
	return !slices.ContainsFunc(all[1:], func(b *Service) bool {
		return a.Kind != Compose || b.Kind != Compose || a.Group != b.Group || a.Name != b.Name || a.Network != b.Network || a.SharesWith != b.SharesWith || a.alone != b.alone ||
			a.HardFiles.Value != b.HardFiles.Value || a.SoftFiles.Value != b.SoftFiles.Value
	})
}

// Unit returns the one unit of systemd of a name, nil if there is none, or more than
// one.
func (inv *Inventory) Unit(name string) *Service {
	if inv == nil {
		return nil
	}
	var found *Service
	for _, s := range inv.Services {
		if s.Kind == Unit && s.Name == name {
			if found != nil {
				return nil
			}
			found = s
		}
	}
	return found
}

// holds reports whether a file of the repository lies in the container.
func (s *Service) holds(p string) bool {
	return slices.ContainsFunc(s.mounts, func(m mount) bool { return within(p, path.Clean(m.outside)) })
}

// mountsConfig reports whether a file lies in the container where nginx looks for its
// configuration.
func (s *Service) mountsConfig(p string) bool {
	return slices.ContainsFunc(s.mounts, func(m mount) bool {
		return within(p, path.Clean(m.outside)) && strings.Contains(m.inside, "nginx")
	})
}

// Find looks for the process behind an address.
func (inv *Inventory) Find(q Query) Link {
	if inv == nil {
		return Link{Asked: q}
	}
	l := inv.find(q)
	if l.Service == nil && l.Unreachable == nil && len(l.Candidates) == 0 && q.Software != "" {
		l = inv.declared(q)
	}
	l.Asked = q
	return l
}

// declared finds the one process of a program that somebody declares, by its port
// alone: how nginx comes to its network is not seen.
func (inv *Inventory) declared(q Query) Link {
	software, _, _ := strings.Cut(q.Software, "-")
	return choose(q, inv.listening(func(s *Service, a Address) bool {
		program, _, _ := strings.Cut(s.Program.Value, "-")
		return program == software && a.Port != 0 && a.Port == q.Port
	}))
}

func (inv *Inventory) find(q Query) Link {
	at := inv.Nginx(q.Config)
	var found []*Service
	switch {
	case q.Unix != "":
		found = inv.listening(func(_ *Service, a Address) bool { return a.Unix != "" && sameSocket(a.Unix, q.Unix) })
	case IsLoopback(q.Host):
		return inv.loopback(q, at)
	case IsBridge(q.Host):
		found = inv.onHost(q)
	case isAddress(q.Host):
		found = inv.elsewhere(q)
	default:
		found = inv.named(q, at)
		if len(found) == 0 && at != nil {
			return inv.published(q, at)
		}
		if len(found) == 1 && found[0] != at && found[0].inward(q.Port) {
			return Link{Unreachable: found[0], Inward: true}
		}
	}
	return choose(q, found)
}

// sameSocket reports whether two paths are those of one socket: /var/run is a link to
// /run everywhere.
func sameSocket(a, b string) bool {
	run := func(p string) string {
		if strings.HasPrefix(p, "/var/run/") {
			return strings.TrimPrefix(p, "/var")
		}
		return p
	}
	return run(a) == run(b)
}

// published finds the container of a name that has the port on its machine and
// listens on another one itself.
func (inv *Inventory) published(q Query, at *Service) Link {
	for _, s := range inv.Services {
		if s == at || s.Group != at.Group || s.Network != OwnNetwork || !s.answersTo(q.Host) || s.listensOn(q.Port) {
			continue
		}
		if inner := s.Inner(q.Port); inner != 0 && s.listensOn(inner) {
			return Link{Unreachable: s}
		}
	}
	return Link{}
}

// choose takes the one candidate; several that are the same in all that matters
// count as one.
func choose(q Query, found []*Service) Link {
	found = slices.DeleteFunc(found, func(s *Service) bool { return !s.speaks(q) })
	for _, s := range slices.Clone(found) {
		for _, other := range s.either {
			if !slices.Contains(found, other) {
				found = append(found, other)
			}
		}
	}
	switch {
	case len(found) == 0:
		return Link{}
	case len(found) == 1 || alike(found):
		return Link{Service: found[0], Alike: found[1:]}
	}
	return Link{Candidates: found}
}

// alike reports whether services say the same of themselves. What is not understood
// counts only where it is one container, as several files of Compose say it.
func alike(all []*Service) bool {
	a := all[0]
	for _, b := range all[1:] {
		one := a.Kind == Compose && b.Kind == Compose && a.Group == b.Group && a.Name == b.Name && !a.Program.Known() && !b.Program.Known()
		if a.Variant == "" && !one || a.Variant != b.Variant || a.Keeps.Value != b.Keeps.Value || a.Idle.Value != b.Idle.Value || a.Slots.Value != b.Slots.Value ||
			a.Busy.Value != b.Busy.Value || a.Requests.Value != b.Requests.Value || a.Recycle.Value != b.Recycle.Value || a.Backlog.Value != b.Backlog.Value {
			return false
		}
	}
	return true
}

// speaks reports whether a service may speak what nginx speaks to it.
func (s *Service) speaks(q Query) bool {
	if q.Protocol == "" || len(s.Listens) == 0 {
		return true
	}
	want := q.Protocol
	if want == "grpc" || want == "memcached" {
		return true
	}
	return slices.ContainsFunc(s.Listens, func(l Field[Address]) bool {
		return l.Value.Protocol == "" || l.Value.Protocol == want
	})
}

// listening are the services that surely listen on an address.
func (inv *Inventory) listening(is func(*Service, Address) bool) []*Service {
	var out []*Service
	for _, s := range inv.Services {
		if slices.ContainsFunc(s.Listens, func(l Field[Address]) bool { return is(s, l.Value) }) {
			out = append(out, s)
		}
	}
	return out
}

// onHost are the processes of the machine itself that listen on a port, and the
// containers that publish it.
func (inv *Inventory) onHost(q Query) []*Service {
	var out []*Service
	for _, s := range inv.Services {
		if s.runsNginx {
			continue
		}
		if s.Network == OwnNetwork || s.Network == SharedNetwork {
			if slices.ContainsFunc(s.Published, func(p Published) bool { return p.Port == q.Port && s.listensOn(p.Internal) }) {
				out = append(out, s)
			}
			continue
		}
		if slices.ContainsFunc(s.Listens, func(l Field[Address]) bool { return l.Value.Port == q.Port && l.Read() }) {
			out = append(out, s)
		}
	}
	return nearest(q.Config, out)
}

// inward reports whether a container is told to listen on a port of its own loopback
// address, and nowhere else.
func (s *Service) inward(port int) bool {
	there := false
	for _, l := range s.Listens {
		if l.Value.Port != port {
			continue
		}
		if !l.Read() || !IsLoopback(l.Value.Host) {
			return false
		}
		there = true
	}
	return there && s.AllListens && s.Network == OwnNetwork && s.Kind == Compose
}

// listensOn reports whether a process may listen on a port.
func (s *Service) listensOn(port int) bool {
	return !s.AllListens || slices.ContainsFunc(s.Listens, func(l Field[Address]) bool { return l.Value.Port == port })
}

// elsewhere are the pools of php-fpm that a repository has for a port that nginx
// reaches on another machine: of all backends, only these speak FastCGI.
func (inv *Inventory) elsewhere(q Query) []*Service {
	if q.Protocol != "fastcgi" {
		return nil
	}
	var out []*Service
	for _, s := range inv.Services {
		if s.Variant == "php-fpm" && (s.Kind == File || s.Kind == Unit) && slices.ContainsFunc(s.Listens, func(l Field[Address]) bool {
			return l.Value.Port == q.Port && !IsLoopback(l.Value.Host) && l.Read()
		}) {
			out = append(out, s)
		}
	}
	return out
}

// named are the containers that a name leads to.
func (inv *Inventory) named(q Query, at *Service) []*Service {
	var out []*Service
	for _, s := range inv.Services {
		if s == at {
			continue
		}
		if s.Kind == Kubernetes {
			if (at == nil || at.Kind == Kubernetes) && s.fronted(q, at) {
				out = append(out, s)
			}
			continue
		}
		if at != nil && at.Group != "" && s.Group != at.Group || !s.answersTo(q.Host) {
			continue
		}
		if q.Port != 0 && !s.listensOn(q.Port) {
			continue
		}
		out = append(out, s)
	}
	if at == nil {
		out = nearest(q.Config, out)
	}
	return out
}

// fronted reports whether a Service of Kubernetes leads from a name and a port to the
// container. A name alone is one of nginx's own namespace.
func (s *Service) fronted(q Query, at *Service) bool {
	return slices.ContainsFunc(s.fronts, func(f front) bool {
		short := !strings.Contains(q.Host, ".")
		if short && at != nil && at.Kind == Kubernetes && at.Group != s.Group {
			return false
		}
		port := f.port == q.Port
		switch {
		case q.PortName != "":
			port = f.portName == q.PortName
		case q.Port == 0:
			port = f.only
		}
		return port && f.called(q.Host) && s.listensOn(f.target)
	})
}

// answersTo reports whether others reach the service by a name.
func (s *Service) answersTo(host string) bool {
	return slices.ContainsFunc(s.Names, func(n string) bool { return strings.EqualFold(n, host) })
}

// loopback are the processes on the machine, or in the container, itself.
func (inv *Inventory) loopback(q Query, at *Service) Link {
	if at == nil || at.Network == HostNetwork {
		return choose(q, inv.onHost(q))
	}
	// Others in the same network.
	var found []*Service
	for _, s := range inv.Services {
		if s != at && s.Group == at.Group && (s.pod != "" && s.pod == at.pod || s.SharesWith == at.Name && s.SharesWith != "" || at.SharesWith == s.Name && at.SharesWith != "") && s.listensOn(q.Port) {
			found = append(found, s)
		}
	}
	if len(found) > 0 {
		return choose(q, found)
	}
	if !at.alone || at.Network != OwnNetwork {
		return Link{}
	}
	for _, s := range inv.Services {
		if s != at && s.Group == at.Group && s.Kind == Compose && s.Name != at.Name && s.opens(q.Port) {
			found = append(found, s)
		}
	}
	if len(found) > 0 && !slices.ContainsFunc(found, func(s *Service) bool { return s.Name != found[0].Name }) {
		return Link{Unreachable: found[0], Loopback: true}
	}
	return Link{}
}

// opens reports whether a container is known to listen on a port: its program does,
// or its file exposes it.
func (s *Service) opens(port int) bool {
	return slices.ContainsFunc(s.Listens, func(l Field[Address]) bool { return l.Value.Port == port }) ||
		slices.ContainsFunc(s.Published, func(p Published) bool { return p.Internal == port }) ||
		slices.ContainsFunc(s.Exposed, func(p Field[int]) bool { return p.Value == port })
}

// nearest keeps the services whose files lie nearest to a configuration: those that
// share the most folders with it.
func nearest(config *source.File, all []*Service) []*Service {
	if config == nil || len(all) < 2 {
		return all
	}
	dir := path.Dir(path.Clean(config.OnDisk().Path))
	best := -1
	var out []*Service
	for _, s := range all {
		if s.At.File == nil {
			continue
		}
		n := shared(dir, path.Dir(path.Clean(s.At.File.OnDisk().Path)))
		switch {
		case n > best:
			best, out = n, []*Service{s}
		case n == best:
			out = append(out, s)
		}
	}
	return out
}

// shared is the number of folders that two folders have in common from the top.
func shared(a, b string) int {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] && x[n] != "." {
		n++
	}
	return n
}
