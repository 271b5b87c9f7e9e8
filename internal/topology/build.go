package topology

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/parser/source"
)

// builder makes the graph of a host.
type builder struct {
	*Graph

	host      *model.Host
	described *show.Host
	// What is drawn once, by its name, and the scopes' nodes.
	listens, upstreams, peers map[string]int
	scopes                    map[*model.Scope]int
	edges                     map[[2]int]*Edge
	unseen                    int // the server of passes around which none is seen; -1 if there is none
}

// Build draws a host and puts the findings where they belong. Findings that stand
// elsewhere, such as in the http block, belong to the hops that they are about.
func Build(h *model.Host, findings []lint.Finding) *Graph {
	b := &builder{
		Graph: &Graph{}, host: h, described: show.Describe(h),
		listens: map[string]int{}, upstreams: map[string]int{}, peers: map[string]int{},
		scopes: map[*model.Scope]int{}, edges: map[[2]int]*Edge{}, unseen: -1,
	}
	if files := h.Files(); len(files) > 0 {
		b.Name = files[0].Path
	}
	b.node(&Node{Stage: Clients, Label: "clients", kept: true})
	if h.Nginx != nil {
		b.servers()
		b.blocks()
		b.passes()
		b.streams()
		b.services()
	}
	b.kernel()
	b.attach(findings)
	b.inherit()
	b.prune()
	return b.Graph
}

// node adds a node and returns its index.
func (b *builder) node(n *Node) int {
	if n.Stage != Location {
		n.Server = -1
	}
	b.Nodes = append(b.Nodes, n)
	return len(b.Nodes) - 1
}

// edge returns the edge between two nodes, a plain one if there was none.
func (b *builder) edge(from, to int) *Edge {
	e := b.edges[[2]int{from, to}]
	if e == nil {
		e = &Edge{From: from, To: to, State: Plain}
		b.edges[[2]int{from, to}] = e
		b.Edges = append(b.Edges, e)
	}
	return e
}

// servers draws the servers and what they listen on.
func (b *builder) servers() {
	for _, s := range b.host.Nginx.Scopes {
		if !s.Is(model.Server, model.StreamServer) {
			continue
		}
		n := &Node{Stage: Server, Label: serverName(s), kept: true}
		n.region, n.At = ofScope(s)
		if s.Kind == model.Server {
			n.Facts = show.Values(s, "keepalive_timeout", "keepalive_requests", "tcp_nodelay", "tcp_nopush", "gzip")
		} else {
			n.Note = "stream"
		}
		i := b.node(n)
		b.scopes[s] = i
		b.listen(s, i)
	}
}

// listen draws what a server listens on.
func (b *builder) listen(s *model.Scope, server int) {
	listens := false
	for set := range s.All("listen") {
		listens = true
		key := model.ListenKey(set.Arg(0))
		if key == "" {
			key = known(set.Arg(0))
		}
		switch {
		case set.Has("udp"):
			key += " udp"
		case set.Has("quic"):
			key += " quic"
		}
		i := b.listener(key, onDisk(set.Directive))
		b.Nodes[i].region = append(b.Nodes[i].region, onDisk(set.Directive))
		for _, kind := range []string{"ssl", "http2", "proxy_protocol"} {
			if set.Has(kind) && !strings.Contains(b.Nodes[i].Note, kind) {
				b.Nodes[i].Note = strings.TrimSpace(b.Nodes[i].Note + " " + kind)
			}
		}
		for _, e := range []*Edge{b.edge(0, i), b.edge(i, server)} {
			e.touches = append(e.touches, onDisk(set.Directive))
		}
	}
	if !listens && s.Kind == model.Server && s.Block != nil && len(s.Includes()) == 0 {
		i := b.listener("*:80", lint.Place{})
		b.edge(0, i)
		b.edge(i, server).Label = "the default, as the server has no listen directive"
	}
}

func (b *builder) listener(key string, at lint.Place) int {
	i, ok := b.listens[key]
	if !ok {
		i = b.node(&Node{Stage: Listen, Label: key, At: at, kept: true})
		b.listens[key] = i
	}
	return i
}

// blocks draws the upstream blocks with their peers.
func (b *builder) blocks() {
	for i, u := range b.host.Nginx.Upstreams() {
		d := b.described.Upstreams[i]
		n := &Node{Stage: Upstream, Label: known(u.Name), Note: "keepalive " + d.Pool.Value, kept: true}
		switch d.Pool.Value {
		case "none":
			n.Note = "no pool"
		case "unknown":
			n.Note = "pool unknown"
		}
		n.region, n.At = ofScope(u.Scope)
		n.Facts = append(n.Facts, d.Pool)
		for _, s := range u.Servers {
			n.Facts = append(n.Facts, show.Value{Name: "server", Value: words(s.Args()), From: line(onDisk(s.Directive))})
		}
		b.upstreams[strings.ToLower(u.Name)] = b.node(n)
		b.members(b.upstreams[strings.ToLower(u.Name)], u.Servers)
	}
	for _, s := range b.host.Nginx.Scopes {
		if s.Kind != model.StreamUpstream || s.Block == nil {
			continue
		}
		n := &Node{Stage: Upstream, Label: known(s.Block.Arg(0)), Note: "stream", kept: true}
		n.region, n.At = ofScope(s)
		i := b.node(n)
		b.upstreams["stream "+strings.ToLower(s.Block.Arg(0))] = i
		b.members(i, slices.Collect(s.All("server")))
	}
}

// members draws the servers of an upstream.
func (b *builder) members(upstream int, servers []model.Setting) {
	for _, s := range servers {
		e := b.edge(upstream, b.peer(known(s.Arg(0)), onDisk(s.Directive)))
		e.touches = append(e.touches, onDisk(s.Directive))
		var params []string
		for _, w := range s.ArgsFrom(1).All() {
			params = append(params, known(w.Value))
		}
		e.Label = strings.Join(params, " ")
	}
}

func (b *builder) peer(name string, at lint.Place) int {
	i, ok := b.peers[name]
	if !ok {
		i = b.node(&Node{Stage: Peer, Label: name, At: at, kept: true})
		b.peers[name] = i
		if strings.HasPrefix(name, "localhost") {
			b.Nodes[i].Note = "two addresses"
		}
	}
	if at.File != nil {
		b.Nodes[i].region = append(b.Nodes[i].region, at)
	}
	return i
}

// streams draws where servers of stream pass connections to.
func (b *builder) streams() {
	for _, s := range b.host.Nginx.Scopes {
		set, ok := s.Own("proxy_pass")
		if !ok || s.Kind != model.StreamServer {
			continue
		}
		name := known(set.Arg(0))
		to, ok := b.upstreams["stream "+strings.ToLower(name)]
		switch {
		case ok:
		case strings.ContainsAny(set.Arg(0), "$\x1a"):
			to = b.atRunTime(name, set.Directive)
		default:
			to = b.implicit(name)
			b.Nodes[to].Note = "no upstream block"
		}
		e := b.edge(b.scopes[s], to)
		e.Label = "a connection for each client"
		e.touches = append(e.touches, onDisk(set.Directive))
	}
}

// kernel draws the kernel, and the hops to it.
func (b *builder) kernel() {
	n := &Node{Stage: Kernel, Label: "kernel", Note: b.host.Target.Kernel.Describe("Linux"), Facts: b.described.Sysctl, kept: true}
	if b.host.Sysctl != nil {
		for _, t := range b.host.Sysctl.Trees {
			f, span := t.File.Locate(source.Span{End: len(t.File.Text)})
			n.region = append(n.region, lint.Place{File: f, Span: span})
		}
	}
	k := b.node(n)
	goesOn := map[int]bool{}
	for _, e := range b.Edges {
		goesOn[e.From] = true
	}
	for i, n := range b.Nodes[:k] {
		if n.Stage == Service || n.Stage == Peer && !goesOn[i] {
			b.edge(i, k)
		}
	}
}

// serverName is the name of a server: its names, or its place.
func serverName(s *model.Scope) string {
	if set, ok := s.Own("server_name"); ok && set.Args().Len() > 0 {
		if name := words(set.Args()); name != `_` && name != "" {
			return name
		}
	}
	if s.Block == nil {
		return "server around this file"
	}
	return "server"
}
