package topology

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/parser/nginx"
)

// passes draws the locations, and the hops from those that pass requests on.
func (b *builder) passes() {
	for _, s := range b.host.Nginx.Scopes {
		if s.Is(model.Location, model.If, model.LimitExcept) && s.Block != nil {
			b.location(s)
		}
	}
	for i, p := range b.host.Nginx.Passes() {
		d := b.described.Locations[i]
		from := b.location(p.Scope)
		n := b.Nodes[from]
		n.kept = true
		n.Facts = append(append(make([]show.Value, 0, 1+len(d.Settings)+len(d.Headers)), d.Pass), d.Settings...)
		for _, h := range d.Headers {
			n.Facts = append(n.Facts, show.Value{Name: "header " + h.Name, Value: h.Value, From: h.From})
		}
		e := b.edge(from, b.target(p))
		e.State, e.Label = stateOf(p)
		e.own = onDisk(p.Directive)
		e.touches = touches(p)
		if n.Server >= 0 && e.State == Events {
			b.edge(n.Server, from).State = Events
		}
	}
	b.peerStates()
}

// peerStates gives the hops from an upstream to its peers the worst state of those
// to the upstream.
func (b *builder) peerStates() {
	states := map[int]State{}
	for _, e := range b.Edges {
		if b.Nodes[e.To].Stage == Upstream {
			states[e.To] = worse(states[e.To], e.State)
		}
	}
	for _, e := range b.Edges {
		if state, ok := states[e.From]; ok {
			e.State = worse(Plain, state)
		}
	}
}

// location draws a location, or an "if" in one, and returns its node.
func (b *builder) location(s *model.Scope) int {
	if i, ok := b.scopes[s]; ok {
		return i
	}
	n := &Node{Stage: Location, Label: locationName(s), Server: b.serverOf(s)}
	n.region, n.At = ofScope(s)
	if set, ok := s.Own("return"); ok {
		n.Note = "return " + words(set.Args())
	}
	if why, ok := s.EventStream(); ok {
		n.Note = why.Why
	} else if s.Upgrades() {
		n.Note = "passes Upgrade on"
	}
	i := b.node(n)
	b.scopes[s] = i
	e := b.edge(n.Server, i)
	if s.Block != nil {
		e.touches = []lint.Place{head(s.Block)}
	}
	return i
}

// serverOf is the node of the server around a location. One that is not seen is
// drawn once.
func (b *builder) serverOf(s *model.Scope) int {
	if server := s.Outer(model.Server); server != nil {
		if i, ok := b.scopes[server]; ok {
			return i
		}
	}
	if b.unseen < 0 {
		b.unseen = b.node(&Node{Stage: Server, Label: "server not seen", Note: "it includes this file", kept: true})
	}
	return b.unseen
}

// target draws what a pass goes to, and returns its node.
func (b *builder) target(p *model.Pass) int {
	t := p.Target
	switch t.Kind {
	case model.TargetUpstream:
		if i, ok := b.upstreams[strings.ToLower(t.Upstream.Name)]; ok {
			return i
		}
	case model.TargetAddress, model.TargetUnix:
		name := t.Host
		if t.Port != "" {
			name += ":" + t.Port
		}
		return b.implicit(known(name))
	case model.TargetUnknown:
	}
	return b.atRunTime(known(p.Arg(0)), p.Directive)
}

// atRunTime draws a target that a variable decides, or that cannot be seen.
func (b *builder) atRunTime(name string, pass *nginx.Directive) int {
	i, ok := b.upstreams["? "+name]
	if !ok {
		i = b.node(&Node{Stage: Upstream, Label: name, Note: "known at run time only", At: onDisk(pass), kept: true})
		b.upstreams["? "+name] = i
	}
	return i
}

// implicit draws the upstream that nginx makes of an address in a pass.
func (b *builder) implicit(address string) int {
	i, ok := b.upstreams["= "+address]
	if !ok {
		i = b.node(&Node{Stage: Upstream, Label: address, Note: "no upstream block: never pooled", kept: true})
		b.upstreams["= "+address] = i
		b.edge(i, b.peer(address, lint.Place{}))
	}
	return i
}

// stateOf says how the connections of a pass are used.
func stateOf(p *model.Pass) (State, string) {
	target := p.Scope.Host().Target.Nginx
	during := func(what string, in facts.Range) string { return what + show.Versions(target, in) }
	var parts []string
	reuse := p.Reuse()
	sure := p.Target.Kind != model.TargetUnknown
	old := facts.Never
	if p.Protocol == "proxy" {
		version := p.Scope.Get("proxy_http_version")
		sure = sure && version.Sure && p.Scope.Connection().Sure
		if old = version.Where("1.0"); !old.Empty() {
			parts = append(parts, during("HTTP/1.0", old.Intersect(target)))
		}
	}
	if u := p.Target.Upstream; u != nil {
		_, ok := u.Pool()
		sure = sure && ok
	}
	if !reuse.Empty() {
		parts = append(parts, during("pooled", reuse))
	}
	state := Unpooled
	switch {
	case reuse.Contains(target):
		state = Pooled
	case !old.Empty():
		state = HTTP10
	case !sure:
		state = Uncertain
		parts = append(parts, "depends on what cannot be seen")
	default:
		rest := target.Without(reuse)
		parts = slices.Insert(parts, 0, during("a new connection for each request", rest))
	}
	if _, ok := p.Scope.EventStream(); ok {
		return Events, strings.Join(slices.Insert(parts, 0, "event stream"), "; ")
	}
	return state, strings.Join(parts, "; ")
}

// worse returns the state to show of two hops that share an edge.
func worse(a, b State) State {
	order := []State{Plain, Uncertain, Pooled, Events, Unpooled, HTTP10}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

// touches are the directives that decide about the hop from a location to its
// upstream.
func touches(p *model.Pass) []lint.Place {
	out := []lint.Place{onDisk(p.Directive)}
	for _, name := range show.Deciding(p.Protocol) {
		for _, set := range p.Scope.Get(name).Settings {
			out = append(out, onDisk(set.Directive))
		}
	}
	if u := p.Target.Upstream; u != nil {
		if u.Scope.Block != nil {
			out = append(out, head(u.Scope.Block))
		}
		for _, set := range u.Scope.Settings {
			if set.Name() != "server" {
				out = append(out, onDisk(set.Directive))
			}
		}
	}
	return out
}

// locationName is the name of a location with those around it.
func locationName(s *model.Scope) string {
	var parts []string
	for ; s != nil && s.Is(model.Location, model.If, model.LimitExcept); s = s.Parent {
		if s.Block == nil {
			parts = append(parts, "location around this file")
			continue
		}
		parts = append(parts, strings.TrimPrefix(known(s.Label()), "location "))
	}
	slices.Reverse(parts)
	return cmp.Or(strings.Join(parts, " \u203a "), "around this file")
}
