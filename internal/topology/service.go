package topology

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/show"
)

// services draws the processes behind peers, with their limits: the ends of the way.
func (b *builder) services() {
	seen := map[string]int{}
	for i, u := range b.host.Nginx.Upstreams() {
		b.behind(b.upstreams[strings.ToLower(u.Name)], b.described.Upstreams[i].Behind, seen)
	}
	for i, p := range b.host.Nginx.Passes() {
		b.behind(b.target(p), b.described.Locations[i].Behind, seen)
	}
}

// behind draws what is behind an upstream, each process once.
func (b *builder) behind(upstream int, all []show.Behind, seen map[string]int) {
	for i := range all {
		x := &all[i]
		name := x.Service
		if name == "" {
			name = "one of several"
		}
		key := name + "\x00" + x.From + "\x00" + strings.Join(x.Candidates, "\x00")
		if x.From == "declared" {
			key += x.Address + b.Nodes[upstream].Label
		}
		to, ok := seen[key]
		if !ok {
			n := &Node{Stage: Service, Label: name, Note: limits(x.Values), At: x.At, Facts: x.Values, kept: true}
			if x.At.File != nil {
				n.region = []lint.Place{x.At}
			}
			for _, c := range x.Candidates {
				n.Facts = append(n.Facts, show.Value{Name: "may be", Value: c})
			}
			to = b.node(n)
			seen[key] = to
		}
		for _, from := range b.ends(upstream, x.Address) {
			b.edge(from, to)
		}
	}
}

// ends are the nodes that a process is behind: the peer of its address, all peers of an
// upstream where no address is said, the upstream itself where only a variable leads.
func (b *builder) ends(upstream int, address string) []int {
	var peers, exact []int
	for _, e := range b.Edges {
		if e.From != upstream || b.Nodes[e.To].Stage != Peer {
			continue
		}
		peers = append(peers, e.To)
		if label := b.Nodes[e.To].Label; label == address || label+":80" == address || label == address+":80" {
			exact = append(exact, e.To)
		}
	}
	switch {
	case len(exact) > 0:
		return exact
	case len(peers) > 0:
		return peers
	}
	return []int{upstream}
}

// limits says in a few words what decides about connections to a process.
func limits(values []show.Value) string {
	said := map[string]string{}
	for _, v := range values {
		if said[v.Name] == "" {
			said[v.Name] = v.Value
		}
	}
	var out []string
	if n := cmp.Or(said["connections at a time"], said["requests at a time"]); n != "" {
		out = append(out, n+" at a time")
	}
	switch idle := said["idle connections"]; {
	case idle == "":
	case strings.HasPrefix(idle, "none"):
		out = append(out, "no idle")
	case idle == "never closed":
		out = append(out, "idle for ever")
	default:
		out = append(out, "idle "+strings.TrimPrefix(idle, "closed after "))
	}
	if n, err := strconv.Atoi(said["accept queue"]); err == nil {
		out = append(out, "queue "+strconv.Itoa(n))
	}
	return strings.Join(out, ", ")
}
