package facts

import (
	"slices"
	"time"
)

// Backend is what somebody declares of the servers behind an upstream: no nginx
// configuration says it.
type Backend struct {
	// Preset names the server's software as PresetFor knows it; empty if
	// nobody said.
	Preset string
	// Version is the release of the software; zero if nobody said.
	Version Version
	// Keeps says what the server does with a connection once it has answered;
	// KeepsUnknown leaves it to IdleTimeout and the preset.
	Keeps Keeping
	// IdleTimeout is when the server closes an idle connection; 0 leaves it to
	// the preset.
	IdleTimeout time.Duration
	// MaxConnections is how many connections one server of the upstream accepts
	// at a time; 0 if that is not known.
	MaxConnections int
	// MaxChildren is how many processes one server of the upstream has, each of
	// which an idle connection occupies (pm.max_children of php-fpm); 0 if that
	// is not known.
	MaxChildren int
	// MaxRequests is the number of requests after which a server closes a
	// connection; 0 if that is not known.
	MaxRequests int
	// Families are the address families on which the servers listen, "ipv4" and
	// "ipv6"; empty if that is not known.
	Families []string
}

// Slots is the number of connections that one server holds at a time, and the
// name of the limit; 0 if there is none that is known.
func (b Backend) Slots() (n int, limit string) {
	n, limit = b.MaxConnections, "max_connections"
	if b.MaxChildren > 0 && (n == 0 || b.MaxChildren < n) {
		n, limit = b.MaxChildren, "max_children"
	}
	return n, limit
}

// Keeping is what the server does with a connection once it has answered: what is
// declared, or what the preset does.
func (b Backend) Keeping() Keeping {
	switch {
	case b.Keeps != KeepsUnknown:
		return b.Keeps
	case b.IdleTimeout > 0:
		return KeepsFor
	}
	p, _ := PresetFor(b.Preset, b.Version)
	return p.Keeps
}

// Idle is the time after which the server closes an idle connection: the one
// that is declared, or the preset's; 0 if it never does, if it keeps none, or if
// that is not known.
func (b Backend) Idle() time.Duration {
	switch {
	case b.Keeping() != KeepsFor:
		return 0
	case b.IdleTimeout > 0:
		return b.IdleTimeout
	}
	p, _ := PresetFor(b.Preset, b.Version)
	return p.IdleTimeout
}

// ListensOnlyOn reports whether the servers are known to listen on one address
// family and no other.
func (b Backend) ListensOnlyOn(family string) bool {
	return len(b.Families) > 0 && !slices.ContainsFunc(b.Families, func(f string) bool { return f != family })
}
