// Package service reads what runs beside nginx: the files of backends and of
// deployments. It says how each process treats its connections, every value with
// its place and with how sure it is, and finds the process that an address of
// nginx's leads to.
//
// It gets files handed in and touches no file system. What is computed, rendered
// from a template or read from the environment is taken only as far as it is
// literal; where two processes may be meant, none is.
package service

import (
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
)

// Kind says what a service was found as.
type Kind uint8

// The kinds of service.
const (
	// File is a backend's own file; nothing says how the backend is started.
	File Kind = iota
	// Compose is a service of a Compose file.
	Compose
	// Kubernetes is a container of a workload.
	Kubernetes
	// Unit is a unit of systemd.
	Unit
	// Quadlet is a container of Podman that systemd starts.
	Quadlet
	// Command is a command of a Dockerfile, a Procfile or a script of a package.
	Command
)

// Network says which network a process lives in.
type Network uint8

// The networks.
const (
	// NetworkUnknown is not known.
	NetworkUnknown Network = iota
	// HostNetwork is that of the machine.
	HostNetwork
	// OwnNetwork is that of a container, which has a loopback of its own.
	OwnNetwork
	// SharedNetwork is that of another service, named by Service.SharesWith.
	SharedNetwork
)

// Address is where a process listens.
type Address struct {
	// Host is an address, empty for all of them; or a name.
	Host string
	Port int
	// Unix is the path of a unix socket; then there is no Host and no Port.
	Unix string
	// Protocol is what is spoken there: "http", "fastcgi", "uwsgi", "scgi";
	// empty if that is not known.
	Protocol string
}

// Published is a port of a container on its machine.
type Published struct {
	Host           string // the machine's address; empty for all
	Port, Internal int
	At             Place
}

// Service is one process that listens, or a container that holds one.
type Service struct {
	Kind Kind
	// Name is how its file calls it, such as "api"; At is where it does so.
	Name string
	At   Place
	// Group tells apart what cannot reach each other by name: the path of the
	// Compose file, the namespace and folder of a manifest; empty on a machine.
	Group string
	// Names are the names that others of the group reach it by.
	Names []string
	// Image is the image of a container.
	Image Field[string]
	// Program is the software, as "gunicorn"; Variant is the preset of package
	// facts that fits how it is set ("gunicorn-gthread"), empty if there is none.
	Program Field[string]
	Variant string
	// Version is the software's release.
	Version Field[facts.Version]

	// Listens are the addresses; it listens on others, too, unless AllListens.
	Listens    []Field[Address]
	AllListens bool

	// Keeps is what it does with a connection once it has answered, Idle when it
	// closes an idle one, Requests the answer after which it closes one, Recycle
	// the number of requests after which the process ends.
	Keeps    Field[facts.Keeping]
	Idle     Field[time.Duration]
	Requests Field[int]
	Recycle  Field[int]
	// Slots is how many connections it holds at a time, idle ones included, Busy
	// how many requests it serves at a time.
	Slots Field[int]
	Busy  Field[int]
	// InFlight is when it closes a connection whose request it has not answered.
	InFlight Field[time.Duration]
	// Backlog is the accept queue that it asks for; -1 stands for as much as the
	// kernel allows.
	Backlog Field[int]
	// Localhost is what it makes of that name.
	Localhost facts.Localhost

	// SoftFiles and HardFiles are the descriptors that it may open.
	SoftFiles, HardFiles Field[int]
	// Sysctls are the kernel settings of its own, by key with dots.
	Sysctls map[string]Field[string]

	Network    Network
	SharesWith string
	Published  []Published
	// Exposed are the ports that the container's file says others may use.
	Exposed []Field[int]
	// Balanced says that connections to its name go through a virtual address of
	// Docker Swarm, which forgets idle ones.
	Balanced Field[bool]

	// fronts are the names and ports under which Services of Kubernetes lead here,
	// pod the pod in whose network it lives.
	fronts []front
	pod    string
	// mounts are where files of the repository lie in the container.
	mounts []mount
	// runsNginx says that nginx is what it runs.
	runsNginx bool
	// makes is what it makes configuration of nginx of, nil if nothing.
	makes *envsubst
	// either are others of which a program reads only one, nobody knows which.
	either []*Service
	// alone says that it surely runs nothing beside its program.
	alone bool
}

// mount is a file or folder of the repository inside of a container.
type mount struct{ inside, outside string }

// Title is the service's name for people: `service "api"`.
func (s *Service) Title() string {
	switch s.Kind {
	case Compose:
		return "service " + quote(s.Name)
	case Kubernetes, Quadlet:
		return "container " + quote(s.Name)
	case Unit:
		return "unit " + s.Name
	case File, Command:
	}
	if s.Program.Known() {
		return s.Program.Value
	}
	return s.Name
}

// IsEnvoy reports whether the container's image is Envoy.
func (s *Service) IsEnvoy() bool {
	name, _ := splitImage(s.Image.Value)
	return name == "envoyproxy/envoy" || strings.HasPrefix(name, "envoyproxy/envoy-")
}

func quote(s string) string { return `"` + s + `"` }

// complete fills in what no file sets from what is known of the software.
func (s *Service) complete() {
	p, ok := facts.PresetFor(s.Variant, s.Version.Value)
	if !ok {
		return
	}
	sure := Preset
	if s.Version.Known() {
		sure = Default
	}
	at := s.Version.At
	if s.Idle.Known() && !s.Keeps.Known() {
		s.Keeps = as(s.Idle, facts.KeepsFor)
	}
	s.Keeps = s.Keeps.or(Field[facts.Keeping]{Value: p.Keeps, Sure: sure, At: at})
	if s.Keeps.Value == facts.KeepsFor && p.IdleTimeout > 0 {
		s.Idle = s.Idle.or(Field[time.Duration]{Value: p.IdleTimeout, Sure: sure, At: at})
	}
	if p.Requests > 0 {
		s.Requests = s.Requests.or(Field[int]{Value: p.Requests, Sure: sure, At: at})
	}
	if p.InFlight > 0 {
		s.InFlight = s.InFlight.or(Field[time.Duration]{Value: p.InFlight, Sure: sure, At: at})
	}
	if p.Slots > 0 {
		s.Slots = s.Slots.or(Field[int]{Value: p.Slots, Sure: sure, At: at, Name: p.Limit})
	}
	if p.Backlog > 0 {
		s.Backlog = s.Backlog.or(Field[int]{Value: p.Backlog, Sure: sure, At: at})
	}
	s.Localhost = p.Localhost
}
