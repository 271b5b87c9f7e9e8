package page

import (
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/internal/topology"
)

// Picture is the way of a host's connections; how it looks is the page's.
type Picture struct {
	Name   string `json:"name"`
	Hidden int    `json:"hidden"`
	Nodes  []Node `json:"nodes"`
	Edges  []Edge `json:"edges"`
}

// Node is a place on the way. Findings are indices in Checked.
type Node struct {
	Stage    string       `json:"stage"`
	Label    string       `json:"label"`
	Note     string       `json:"note"`
	Server   int          `json:"server"`
	At       *Place       `json:"at,omitempty"`
	Facts    []show.Value `json:"facts"`
	Findings []int        `json:"findings"`
}

// Edge is a hop on the way between two nodes, by their indices.
type Edge struct {
	From     int    `json:"from"`
	To       int    `json:"to"`
	State    string `json:"state"`
	Label    string `json:"label"`
	Findings []int  `json:"findings"`
}

func picture(h *model.Host, findings []lint.Finding) Picture {
	g := topology.Build(h, findings)
	out := Picture{Name: g.Name, Hidden: g.Hidden, Nodes: []Node{}, Edges: []Edge{}}
	for _, n := range g.Nodes {
		out.Nodes = append(out.Nodes, Node{
			n.Stage.String(), n.Label, n.Note, n.Server, placeOf(n.At),
			append([]show.Value{}, n.Facts...), append([]int{}, n.Findings...),
		})
	}
	for _, e := range g.Edges {
		out.Edges = append(out.Edges, Edge{e.From, e.To, string(e.State), e.Label, append([]int{}, e.Findings...)})
	}
	return out
}
