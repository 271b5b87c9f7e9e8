package rules

import (
	"net/netip"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// peerList is an upstream block of http or stream with the lines of its servers.
type peerList struct {
	name    string
	scope   *model.Scope
	servers []model.Setting
}

// peerLists returns the upstreams of http and stream whose servers can all be
// seen: no include hides one, and nothing in the block but nginx's own
// directives, so that no script, module or
// template brings others.
func peerLists(p *lint.Pass) []peerList {
	if p.Host.Nginx == nil {
		return nil
	}
	all, _ := p.Shared("peer lists", func() any {
		var out []peerList
		for _, s := range p.Host.Nginx.Scopes {
			if s.Block == nil || !s.Is(model.Upstream, model.StreamUpstream) || !ordinary(s) {
				continue
			}
			list := peerList{name: s.Block.Arg(0), scope: s, servers: make([]model.Setting, 0, len(s.Settings))}
			for set := range s.All("server") {
				list.servers = append(list.servers, set)
			}
			out = append(out, list)
		}
		return out
	}).([]peerList)
	return all
}

// ordinary reports whether an upstream holds nothing but what is seen.
func ordinary(s *model.Scope) bool {
	for _, inc := range s.Includes() {
		if inc.MayHold("server") {
			return false
		}
	}
	for _, set := range s.Settings {
		if set.Name() == "state" || len(facts.Directives(set.Name())) == 0 {
			return false
		}
	}
	return true
}

// mayHaveMore reports whether a template decides on a parameter of a server, so
// that it may have any.
func mayHaveMore(server model.Setting) bool {
	return server.ArgsFrom(1).Any(func(w nginx.Arg) bool { return source.HasUnknown(w.Value) })
}

// parameter finds a parameter of a server line ("down", or "max_fails=" with any
// value): its place and which argument it is. ok is false if the line does not
// have it.
func parameter(set model.Setting, name string) (at lint.Place, word int, ok bool) {
	for i, w := range set.Args().All() {
		if i > 0 && (w.Value == name || strings.HasSuffix(name, "=") && strings.HasPrefix(w.Value, name)) {
			return lint.AtWord(set.Directive, i+1), i, true
		}
	}
	return lint.Place{}, 0, false
}

// isLiteral reports whether a server is written as an address or a socket, so
// that it is one peer, rather than a name.
func isLiteral(server string) bool {
	if strings.HasPrefix(server, "unix:") {
		return true
	}
	if _, err := netip.ParseAddrPort(server); err == nil {
		return true
	}
	_, err := netip.ParseAddr(strings.Trim(server, "[]"))
	return err == nil
}

// inProtocols are the protocols that have a family of directives for passes.
var inProtocols = []string{"proxy", "grpc", "fastcgi", "uwsgi", "scgi", "memcached"}

// inProtocol is a directive that each protocol has under a name of its own.
type inProtocol struct{ protocol, directive string }

// inEach are the directives of all protocols whose names end so. Rules make the names
// once, and not for every block.
func inEach(suffix string) []inProtocol {
	out := make([]inProtocol, len(inProtocols))
	for i, protocol := range inProtocols {
		out[i] = inProtocol{protocol, protocol + suffix}
	}
	return out
}

// inForce are the passes of a protocol for which a directive that stands in a
// scope decides.
func inForce(s *model.Scope, in inProtocol) []*model.Pass {
	var out []*model.Pass
	for k := range s.Walk() {
		if pass := k.Pass(); pass != nil && pass.Protocol == in.protocol && k.Get(in.directive).Owner == s {
			out = append(out, pass)
		}
	}
	return out
}

// swallowed reports whether a directive that nothing knows has another one's
// name among its words: a place holder, or a name without a semicolon, that
// makes one directive of two.
func swallowed(n *model.Nginx, name string) bool {
	for _, t := range n.Trees {
		if !t.Unknown && !strings.Contains(t.File.Text, name) {
			continue
		}
		for d := range t.Root.Walk() {
			for _, w := range d.Args().All() {
				if (w.Value == name && w.Quote == 0 || source.HasUnknown(w.Value)) && !facts.KnownDirective(d.Name()) {
					return true
				}
			}
		}
	}
	return false
}
