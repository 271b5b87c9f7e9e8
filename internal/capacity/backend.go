package capacity

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
)

// backendLimits are those towards and behind each upstream.
func (t *table) backendLimits() {
	n := t.host.Nginx
	if n == nil {
		return
	}
	done := map[string]bool{}
	for _, p := range n.Passes() {
		name, peers := target(p)
		if name == "" || done[name] {
			continue
		}
		done[name] = true
		if peers > 0 {
			t.ports(p, name, peers)
		}
		t.behind(p, name, peers)
	}
}

// target names where a pass goes, and the number of its TCP peers.
func target(p *model.Pass) (name string, peers int) {
	if u := p.Target.Upstream; u != nil {
		for _, s := range u.Servers {
			if arg := s.Arg(0); !s.Has("backup") && !s.Has("down") && (len(arg) < 5 || arg[:5] != "unix:") {
				peers++
			}
		}
		return u.Name, peers
	}
	if p.Target.Kind != model.TargetAddress {
		return "", 0
	}
	return p.Target.Host + ":" + cmp.Or(p.Target.Port, "80"), 1
}

// ports are the source ports towards one peer.
func (t *table) ports(p *model.Pass, name string, peers int) {
	low, high, from, ok := t.pair("net.ipv4.ip_local_port_range")
	kept := p.Reuse() == t.host.Target.Nginx && p.Reuse() != facts.Never
	hold := timeWait
	if v, _, known := t.kernel("net.ipv4.tcp_tw_reuse", 0); known && v == 1 {
		hold = reuseAfter
	}
	l := Limit{
		ID: "ephemeral-ports", Title: "source ports", Subject: name, Unit: "ports for each server",
		Arithmetic: ports(t.question.Latency, hold, kept, peers), Known: ok, Value: high - low + 1, From: []string{from},
		Missing: "sysctl net.ipv4.ip_local_port_range", Note: "reserved ports and those that others use come off",
	}
	if used, line, ok := t.towards(p); ok {
		l.Used, l.HasUsed, l.UsedAt = used, true, line
	}
	t.add(l)
}

// towards counts the sockets to the peer that has most of them.
func (t *table) towards(p *model.Pass) (n float64, line lineOf, ok bool) {
	want := map[string]bool{}
	if u := p.Target.Upstream; u != nil {
		for _, s := range u.Servers {
			want[s.Arg(0)] = true
		}
	} else {
		want[p.Target.Host+":"+cmp.Or(p.Target.Port, "80")] = true
	}
	for _, table := range t.set.Tables {
		if table.ListenersOnly {
			continue
		}
		count, first := map[string]int{}, map[string]lineOf{}
		for _, c := range table.Connections {
			if a := c.Remote.String(); want[a] {
				if count[a]++; count[a] == 1 {
					first[a] = c.Line
				}
			}
		}
		for a, k := range count {
			if float64(k) > n {
				n, line = float64(k), first[a]
			}
		}
		return n, line, n > 0
	}
	return 0, lineOf{}, false
}

// behind are the limits of the servers.
func (t *table) behind(p *model.Pass, name string, peers int) {
	b := p.Backend()
	if b == nil {
		return
	}
	servers := float64(max(peers, 1))
	if b.Busy.Known() {
		t.add(Limit{
			ID: "backend-workers", Title: "requests that the backend works on", Subject: name, Unit: "requests", Known: true,
			Value: float64(b.Busy.Value) * servers, From: []string{b.Busy.At.String()}, Arithmetic: busy(t.question.Latency),
		})
	}
	if b.Backlog.Known() && b.Backlog.Value > 0 {
		l := Limit{ID: "backend-accept-queue", Title: "accept queue of the backend", Subject: name, Unit: "connections", Known: true, Value: float64(b.Backlog.Value), From: []string{b.Backlog.At.String()}, Arithmetic: queue()}
		if v, from, ok := t.kernel("net.core.somaxconn", 0); ok && v < l.Value {
			l.Value, l.From = v, []string{from, l.From[0]}
		}
		t.add(l)
	}
	u := p.Target.Upstream
	if u == nil || !u.HasKeepalive || !b.Slots.Known() {
		return
	}
	size, ok := model.ParseInt(u.Keepalive.Arg(0))
	workers, from, known := t.workers()
	if !ok || !known {
		return
	}
	l := Limit{
		ID: "pool", Title: "idle connections against what the backend holds", Subject: name, Unit: "connections", Known: true,
		Value: float64(b.Slots.Value) * servers, From: []string{b.Slots.At.String()},
		Arithmetic: proportional(Pooled, float64(workers), 0, fmt.Sprintf("keepalive × %d workers", workers)),
	}
	l.Asked, l.HasAsked = l.Need(float64(size)), true
	l.From = append(l.From, slices.DeleteFunc([]string{place(u.Keepalive), from}, func(s string) bool { return s == "" })...)
	t.add(l)
}
