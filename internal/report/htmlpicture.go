package report

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/internal/topology"
)

// The data of the picture. Effective values that several nodes share are rows,
// which they name by number.
type (
	htmlHost struct {
		Name   string      `json:"name"`
		Hidden int         `json:"hidden"`
		Rows   [][3]string `json:"rows"`
		Nodes  []htmlNode  `json:"nodes"`
		Edges  []htmlEdge  `json:"edges"`
	}
	htmlNode struct {
		Stage    topology.Stage `json:"stage"`
		Label    string         `json:"label"`
		Note     string         `json:"note"`
		Server   int            `json:"server"`
		At       string         `json:"at"`
		Rows     []int          `json:"rows"`
		Findings []int          `json:"findings"`
	}
	htmlEdge struct {
		From     int            `json:"from"`
		To       int            `json:"to"`
		State    topology.State `json:"state"`
		Label    string         `json:"label"`
		Findings []int          `json:"findings"`
	}
)

// hasFacts reports whether there is something to show of a host that has no
// connections to draw.
func hasFacts(g *topology.Graph) bool {
	for _, n := range g.Nodes {
		if len(n.Facts) > 0 {
			return true
		}
	}
	return false
}

func hostHTML(g *topology.Graph) htmlHost {
	h := htmlHost{Name: visible(g.Name), Hidden: g.Hidden, Rows: [][3]string{}, Nodes: []htmlNode{}, Edges: []htmlEdge{}}
	facts := 0
	for _, n := range g.Nodes {
		facts += len(n.Facts)
	}
	rows := make(map[show.Value]int, facts)
	for _, n := range g.Nodes {
		j := htmlNode{Stage: n.Stage, Label: visible(n.Label), Note: visible(n.Note), Server: n.Server, Rows: make([]int, 0, len(n.Facts)), Findings: some(n.Findings)}
		if n.At.File != nil {
			j.At = visible(show.Place(n.At.File, n.At.Span))
		}
		for _, v := range n.Facts {
			k, ok := rows[v]
			if !ok {
				k = len(h.Rows)
				rows[v] = k
				h.Rows = append(h.Rows, [3]string{visible(v.Name), visible(v.Value), visible(v.From)})
			}
			j.Rows = append(j.Rows, k)
		}
		h.Nodes = append(h.Nodes, j)
	}
	for _, e := range g.Edges {
		h.Edges = append(h.Edges, htmlEdge{e.From, e.To, e.State, visible(e.Label), some(e.Findings)})
	}
	return h
}

// some is a list that JSON writes as one even if it is empty.
func some(list []int) []int {
	if list == nil {
		return []int{}
	}
	return list
}

// nameApart numbers hosts of the same name.
func nameApart(hosts []htmlHost) {
	seen := map[string]int{}
	for i := range hosts {
		name := hosts[i].Name
		if seen[name]++; seen[name] > 1 {
			hosts[i].Name = fmt.Sprintf("%s (%d)", name, seen[name])
		}
	}
}
