package model

import (
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/source"
)

// Pass is a directive that hands requests to a backend, in the scope in which
// it takes effect.
type Pass struct {
	Setting

	Scope *Scope
	// Protocol is the directive's name without "_pass": proxy, grpc, fastcgi,
	// uwsgi, scgi or memcached.
	Protocol string
	Target   PassTarget

	reuse atomic.Pointer[facts.Range] // what Reuse found; nil if nobody has asked
}

// TargetKind says what a pass goes to.
type TargetKind uint8

// The kinds of target.
const (
	// TargetUnknown cannot be told: a variable decides at run time, or the
	// upstream may stand in a file that is not visible.
	TargetUnknown TargetKind = iota
	// TargetUpstream is an explicit upstream block.
	TargetUpstream
	// TargetAddress is a literal address or name: nginx makes an implicit
	// upstream, which pools in no version (measured: E1).
	TargetAddress
	// TargetUnix is a unix socket.
	TargetUnix
)

// PassTarget is where a pass goes.
type PassTarget struct {
	Kind     TargetKind
	Scheme   string
	Host     string // name or address, without brackets
	Port     string // empty if none is written; may hold source.Unknown
	URI      string // what follows the host, with its "/" or "?"
	Upstream *UpstreamBlock
}

var passes = map[string]string{
	"proxy_pass": "proxy", "grpc_pass": "grpc", "fastcgi_pass": "fastcgi",
	"uwsgi_pass": "uwsgi", "scgi_pass": "scgi", "memcached_pass": "memcached",
}

// Passes returns all passes of http in the order of the files.
func (n *Nginx) Passes() []*Pass { return n.passes }

// Proxied returns those of proxy_pass; sure ones are those whose target is known.
func (n *Nginx) Proxied(sure bool) []*Pass {
	if sure {
		return slices.Clip(n.proxiedSure)
	}
	return slices.Clip(n.proxied)
}

// Pass returns the scope's own pass, nil if it has none.
func (s *Scope) Pass() *Pass { return s.pass }

// index joins passes to upstreams and collects maps.
func (n *Nginx) index() {
	for _, inc := range n.Includes {
		n.unseen = n.unseen || inc.Problem != None && !inc.isKnown
		n.unseenUpstream = n.unseenUpstream || inc.MayHold("upstream")
	}
	for _, s := range n.Scopes {
		if s.Kind == Upstream && s.Block != nil {
			n.unseenUpstream = n.unseenUpstream || source.HasUnknown(s.Block.Arg(0))
			n.indexUpstream(s)
		}
	}
	for _, s := range n.Scopes { // a parent comes before its children
		for i := range s.Settings {
			s.has |= s.Settings[i].name.bit()
			n.indexSetting(s, s.Settings[i])
		}
		s.reach, s.clouded = s.has, s.broken
		if s.Parent != nil {
			s.reach |= s.Parent.reach
			s.clouded = s.clouded || s.Parent.clouded
		}
	}
}

// indexUpstream files an upstream block under its name.
func (n *Nginx) indexUpstream(s *Scope) {
	var key string
	ok := true
	if s.Block.Words().Len() > 1 {
		key, ok = nameKey(s.Block.File(), s.Block.Words().At(1), 0, s.Block.Arg(0))
	}
	if ok && n.upstreams[key] != nil {
		return // nginx refuses the second one
	}
	u := newUpstream(s)
	n.byScope[s] = u
	if ok {
		n.upstreams[key] = u
	}
}

func (n *Nginx) indexSetting(s *Scope, set Setting) {
	name := set.Name()
	switch name {
	case "proxy_set_header":
		if header := set.Arg(0); !n.sent[header] {
			n.sent[header] = true
		}
		return
	case "map":
		if set.Body() != nil && set.Words().Len() == 3 {
			n.addMap(set)
		}
		return
	case "set", "auth_request_set", "js_set", "perl_set", "set_by_lua", "set_by_lua_block", "set_by_lua_file", "geo", "split_clients":
		for _, w := range set.Args().All() {
			if v, ok := strings.CutPrefix(w.Value, "$"); ok {
				n.sets[v] = true
			}
		}
		return
	}
	if !strings.HasSuffix(name, "_pass") || set.Words().Len() != 2 || !s.Is(Location, If, LimitExcept) {
		return
	}
	protocol, ok := passes[name]
	if !ok {
		return
	}
	p := &Pass{Setting: set, Scope: s, Protocol: protocol}
	p.Target = n.target(protocol, set)
	if p.Target.Upstream != nil {
		p.Target.Upstream.Passes = append(p.Target.Upstream.Passes, p)
	}
	s.pass = p
	n.passes = append(n.passes, p)
	if protocol == "proxy" {
		n.proxied = append(n.proxied, p)
		if p.Target.Kind != TargetUnknown {
			n.proxiedSure = append(n.proxiedSure, p)
		}
	}
}

// Sends reports whether a request header of that name, in any case, is set anywhere
// with proxy_set_header.
func (n *Nginx) Sends(header string) bool {
	for name := range n.sent {
		if strings.EqualFold(name, header) {
			return true
		}
	}
	return false
}

// target reads the argument of a pass.
func (n *Nginx) target(protocol string, set Setting) PassTarget {
	arg := set.Arg(0)
	t := PassTarget{Scheme: "http"}
	rest := arg
	if scheme, after, ok := strings.Cut(arg, "://"); ok && !strings.ContainsAny(scheme, "$/\x1a") {
		t.Scheme, rest = strings.ToLower(scheme), after
	} else if protocol == "proxy" {
		return PassTarget{} // a variable that holds the whole address, or an error
	} else {
		t.Scheme = protocol
	}
	if strings.HasPrefix(rest, "unix:") {
		t.Kind, t.Host = TargetUnix, rest
		return t
	}
	host := rest
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host, t.URI = rest[:i], rest[i:]
	}
	// These hold a path, which begins with "/": the host ends before them.
	for _, v := range []string{"$request_uri", "$uri", "$document_uri"} {
		if h, ok := strings.CutSuffix(host, v); ok {
			host, t.URI = h, v+t.URI
		}
	}
	t.Host, t.Port = splitPort(host)
	if source.HasUnknown(t.Host) && t.Port == "" {
		if key, ok := nameKey(set.File(), set.Words().At(1), len(arg)-len(rest), t.Host); ok && n.upstreams[key] != nil {
			t.Kind, t.Upstream = TargetUpstream, n.upstreams[key]
			return t
		}
	}
	if strings.ContainsAny(t.Host, "${}<>%@\x1a") || t.Host == "" || strings.ContainsAny(t.Port, "${}<>%@") {
		return PassTarget{Scheme: t.Scheme}
	}
	if t.Port == "" {
		if u := n.Upstream(t.Host); u != nil {
			t.Kind, t.Upstream = TargetUpstream, u
			return t
		}
	}
	// Of a name alone, a fragment cannot tell whether another file makes it an
	// upstream.
	t.Kind = TargetAddress
	if t.Port == "" && n.mayHideUpstream() && !isAddress(t.Host) {
		t.Kind = TargetUnknown
	}
	return t
}

// mayHideUpstream reports whether an upstream block may stand in a file that
// cannot be seen.
func (n *Nginx) mayHideUpstream() bool { return n.Fragment || n.unseenUpstream }

// splitPort splits "host:port", "[::1]:80" and "[::1]".
func splitPort(s string) (host, port string) {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		host, port, _ = strings.Cut(rest, "]")
		return host, strings.TrimPrefix(port, ":")
	}
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
