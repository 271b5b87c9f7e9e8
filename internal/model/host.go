// Package model turns parsed files into what nginx and the kernel make of them:
// includes resolved, a scope for every block, effective values with the place
// that they come from, passes joined to their upstreams, sysctl files in the
// order in which they take effect.
//
// What cannot be known stays unknown: a value that an unseen include, a
// template or an unknown version may decide is not Sure, and rules stay silent
// about it. The package touches no file system; it asks a Reader.
package model

import (
	"fmt"
	"strings"
	"sync"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// Target is the range of versions that findings must hold for.
type Target struct {
	Nginx  facts.Range
	Kernel facts.Range
	// Server is the relative of nginx that is in use; the zero value is nginx
	// itself. Nginx then has the versions whose defaults that server has.
	Server facts.Flavour
	// ServerFrom is the image that tells both; zero if it is not an image that does.
	ServerFrom service.Place
	// Container is where the kernel settings are made; the zero value is the host
	// itself.
	Container Container
	// Loader reads the files of kernel settings; the zero value is any.
	Loader Loader
}

// Container says what keeps the kernel settings apart from the host's own.
type Container struct {
	// In is true for settings of a container or a pod.
	In bool
	// Pod is true for those of a pod, which Kubernetes admits.
	Pod bool
	// Kubernetes is the version that does so; zero if it is not known.
	Kubernetes facts.Version
	// Declared says that the runtime makes the settings before it starts the
	// container, so that one which cannot be made keeps it from starting; commands
	// inside make them otherwise.
	Declared bool
}

// ParseContainer reads where kernel settings are made: "docker" or another name
// for a container, or "kubernetes" or "kubernetes-1.29" for a pod. The error says what there is.
func ParseContainer(s string) (Container, error) {
	name, number, pod := strings.Cut(s, "-")
	switch {
	case !pod && (name == "docker" || name == "podman" || name == "compose" || name == "container"):
		return Container{In: true, Declared: true}, nil
	case !pod && name == "kubernetes":
		return Container{In: true, Pod: true, Declared: true}, nil
	case pod && name == "kubernetes":
		v, err := facts.ParseVersion(number)
		return Container{In: true, Pod: true, Kubernetes: v, Declared: true}, err
	}
	return Container{}, fmt.Errorf("unknown container %q: want docker, podman, compose, container, or kubernetes, best with its version, such as kubernetes-1.29", s)
}

// PoolsWhenAsked are the versions of the target in which an upstream pools only
// with a keepalive line, which must stand below the balancing method.
func (t Target) PoolsWhenAsked() facts.Range {
	if t.Server.AsksForPools {
		return t.Nginx
	}
	return t.Nginx.Intersect(facts.Until(facts.ReuseByDefault))
}

// PoolsAnyway are the versions of the target in which an explicit upstream pools
// unless told otherwise.
func (t Target) PoolsAnyway() facts.Range {
	if t.Server.AsksForPools {
		return facts.Never
	}
	return t.Nginx.Intersect(facts.Since(facts.ReuseByDefault))
}

// Host is one machine or container: one nginx configuration and the sysctl
// settings beneath it. It does not change once it is built.
type Host struct {
	Target Target
	// EventStreams are paths of locations that are known to serve events, from
	// the configuration of tcplint.
	EventStreams []string
	// Backends is what the configuration of tcplint declares of the servers behind
	// upstreams, by the name of the upstream; Backend has all that is known of them.
	Backends map[string]facts.Backend
	// Nginx is nil where no nginx file was given.
	Nginx *Nginx
	// Sysctl is nil where no sysctl file was given.
	Sysctl *Sysctl

	servedOnce sync.Once
	served     map[*Scope]string
	// own are the servers of its own nginx as backends, by Listener.Key.
	ownOnce sync.Once
	own     map[string]*service.Service

	backendsMu sync.Mutex
	backends   map[backendKey]*Backend // of addresses, see Pass.Backend

	input Input // what the host was built from
	runs  *service.Service
}

// Input is what Build needs to know about a host.
type Input struct {
	Target Target
	// Main is the nginx main file, or a fragment that some main file includes.
	Main *source.File
	// Context is the context of a fragment's top level, innermost last; empty
	// means that it is inferred.
	Context []Kind
	// Attach is a site that the main file does not include here because the
	// folder of enabled sites is not part of the repository, while the folder of
	// available ones is. It is read where the main file includes the enabled
	// ones; nil if there is none.
	Attach *source.File
	// Root is the folder below which absolute include paths are looked up;
	// empty if there is none.
	Root string
	// Partial says that what the Reader does not have may well exist: the
	// configuration was found in a manifest or the like, which seldom holds all.
	Partial bool
	// Reader gives access to included files; nil means that none can be seen.
	Reader Reader
	// Sysctl are the host's sysctl files, in any order.
	Sysctl []*source.File
	// SysctlLink is the name of a link in a sysctl.d that leads to sysctl.conf;
	// empty if none is seen.
	SysctlLink string
	// Live says that Sysctl is what "sysctl -a" shows of a running kernel: the
	// values in force, with nothing to write in their place.
	Live bool
	// EventStreams are paths of locations that serve events.
	EventStreams []string
	// Backends is what is declared of the servers behind upstreams, by the name of
	// the upstream.
	Backends map[string]facts.Backend
	// Services is what runs beside nginx, as the files of the repository tell; nil
	// if nobody looked.
	Services *service.Inventory
	// Trees keeps parsed files between builds; nil means that nothing is kept.
	Trees *Trees
}

// Build reads a host. It always returns one; what could not be read is listed
// in it.
func Build(in Input) *Host {
	h := &Host{Target: in.Target, EventStreams: in.EventStreams, Backends: in.Backends}
	if in.Trees == nil {
		in.Trees = NewTrees()
	}
	h.input = in
	if in.Main != nil {
		h.runs = in.Services.Nginx(in.Main)
		h.Nginx = buildNginx(h, in)
	}
	if len(in.Sysctl) > 0 {
		h.Sysctl = buildSysctl(in)
	}
	return h
}

// Services is what runs beside nginx, as the files of the repository tell; nil if
// nobody looked.
func (h *Host) Services() *service.Inventory { return h.input.Services }

// Runs is the container or unit that runs this nginx; nil if it was not found.
func (h *Host) Runs() *service.Service { return h.runs }

// Files are the files that the host was read from, the nginx main file first.
func (h *Host) Files() []*source.File {
	var files []*source.File
	if h.Nginx != nil {
		for _, t := range h.Nginx.Trees {
			files = append(files, t.File)
		}
	}
	if h.Sysctl != nil {
		for _, t := range h.Sysctl.Trees {
			files = append(files, t.File)
		}
	}
	return files
}
