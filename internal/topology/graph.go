// Package topology draws the way of a host's connections as a graph: clients,
// the addresses that nginx listens on, servers, locations, upstreams, their peers,
// the processes behind these and the kernel beneath, joined by edges that say how connections are used. It
// says what is there and where findings belong; how it looks is for others.
package topology

import (
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/show"
)

// Stage is how far a node is on the way from the client to the kernel.
type Stage uint8

// The stages, in the order of the way. A graph has one node for the clients and
// one for the kernel.
const (
	Clients Stage = iota
	Listen
	Server
	Location
	Upstream
	Peer
	Service
	Kernel
)

var stageNames = []string{"clients", "listen", "server", "location", "upstream", "peer", "service", "kernel"}

// String is the stage's name.
func (s Stage) String() string { return stageNames[s] }

// State is how the connections of an edge are used.
type State string

// The states. Plain is every edge but those between a location and its upstream,
// the upstream's peers, and a location with an event stream before it.
const (
	Plain State = "plain"
	// Pooled connections go back to the upstream's pool.
	Pooled State = "pooled"
	// Unpooled connections serve one request.
	Unpooled State = "unpooled"
	// HTTP10 connections speak HTTP/1.0, in some version of the target at least:
	// they serve one request, and the end of a response is that of the
	// connection.
	HTTP10 State = "http10"
	// Events are event streams, whose connections last.
	Events State = "events"
	// Uncertain is what depends on something that cannot be seen.
	Uncertain State = "uncertain"
)

// Node is a place on the way.
type Node struct {
	Stage Stage
	// Label is its name as the configuration has it; Note says more about it in
	// a few words.
	Label, Note string
	// Server is the node of the server that a location belongs to, by its index;
	// -1 for all other nodes.
	Server int
	// At is where it is declared; no file if nowhere.
	At lint.Place
	// Facts are the effective values at it.
	Facts []show.Value
	// Findings are those that stand in it, by their indices.
	Findings []int

	region []lint.Place // the text that is the node's own
	kept   bool         // even if nothing is found in it
}

// Edge is a hop on the way.
type Edge struct {
	From, To int // indices of nodes
	State    State
	// Label says in words how the connections are used.
	Label string
	// Findings are those about the hop, by their indices.
	Findings []int

	own     lint.Place   // the directive that makes the hop; no file if none does
	touches []lint.Place // the directives that decide about it
}

// Graph is the way of the connections of one host.
type Graph struct {
	// Name is the host's main file.
	Name  string
	Nodes []*Node
	Edges []*Edge
	// Hidden is the number of locations that pass nothing on and in which
	// nothing is found: they are not drawn.
	Hidden int
}
